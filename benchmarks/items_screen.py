"""Do 100,000 items list, filter and sort without a pause?

The app runs on a pseudo-terminal. Keys are timed until the screen shows what they did: `j` in the list, letters in the
filter, each of which filters all items anew, and `j` while the items are still being read. Each figure stands beside the
same keys in a bare app with a line and a short list. Goal: 95th percentile at most 50 ms.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks.parts.terminals import PYTHON, Terminal, plain
from judgetui.config.paths import package_data
from judgetui.core.item import Item, Label
from judgetui.core.item_summary import ItemSummary
from judgetui.rubric_files import load_rubric
from judgetui.storage.database import SessionFile

WORDS: Final = ("river", "split:test", "label:4 engine", "number 777", "category:sci model:x")
"""What is typed into the filter."""

TOPICS: Final = ("science", "coding", "writing", "history", "engineering")
THINGS: Final = ("river", "engine", "market", "grammar", "protein", "cache", "voltage")

PAUSE: Final = 0.06
"""Seconds between two keys, which is fast typing."""


def items(count: int) -> Iterator[Item]:
    """Made-up items, some of them labelled."""
    for n in range(count):
        thing = THINGS[n % len(THINGS)]
        labels = (Label("ana", 1 + n % 5),) if n % 10 == 0 else ()
        yield Item(
            f"item-{n:06}",
            (f"An answer about the {thing}, at some length. " * 8,),
            {"question": f"What is the {thing}, number {n}?"},
            models=(f"model-{'xyz'[n % 3]}",),
            category=TOPICS[n % len(TOPICS)],
            split=("train", "development", "test")[n % 3],
            labels=labels,
        )


def made(path: Path, count: int) -> Path:
    """A session of so many items."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rubric = load_rubric(package_data() / "rubrics" / "answer-correctness.yaml")
    with SessionFile.create(path, path.stem) as session:
        session.write_now(lambda repos: repos.rubrics.create(rubric))
        session.write_now(lambda repos: repos.items.add(items(count)))
    return path


def until(terminal: Terminal, start: int, seen: Callable[[bytes], bool]) -> float:
    """Seconds until the output since `start` is as wanted."""
    pressed = time.perf_counter()
    while not seen(plain(bytes(terminal.output[start:]))):
        if time.perf_counter() - pressed > 10:
            raise TimeoutError(plain(bytes(terminal.output))[-800:].decode(errors="replace"))
        terminal.read(0.5)
    return time.perf_counter() - pressed


def settle(terminal: Terminal, seconds: float) -> None:
    """Read for a while."""
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        terminal.read(left)


def moves(terminal: Terminal, first: int, count: int) -> list[float]:
    """Seconds from each `j` to the next row's repaint; the cursor stands on row `first`."""
    times = []
    for row in range(first + 1, first + count + 1):
        start, wanted = len(terminal.output), f"item-{row:06}".encode()
        terminal.press(b"j")
        times.append(until(terminal, start, lambda output, wanted=wanted: wanted in output))  # type: ignore[misc]
        settle(terminal, PAUSE)
    return times


def letters(terminal: Terminal, rounds: int) -> list[float]:
    """Seconds from each letter in the filter to its repaint."""
    times = []
    for word in WORDS * rounds:
        terminal.press(b"/")
        settle(terminal, 0.5)
        for place, letter in enumerate(word):
            start, wanted = len(terminal.output), word[: place + 1].encode()
            terminal.press(letter.encode())
            found = until(terminal, start, lambda output, wanted=wanted: wanted in output)  # type: ignore[misc]
            times.append(found)
            settle(terminal, PAUSE)
        terminal.press(b"\x15")
        settle(terminal, 0.2)
        terminal.press(b"\x1b")
        settle(terminal, 0.5)
    return times


def p95(times: list[float]) -> float:
    """The 95th percentile, in milliseconds."""
    return 1000 * statistics.quantiles(times, n=20)[-1]


def rows_alone(path: Path) -> tuple[float, float]:
    """Seconds to read all rows, and the megabytes they take."""
    with SessionFile.open(path) as session:
        began = time.perf_counter()
        found = _all_rows(session)
        seconds = time.perf_counter() - began
        del found
        tracemalloc.start()
        found = _all_rows(session)
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found
    return seconds, size / 1e6


def _all_rows(session: SessionFile) -> list[ItemSummary]:
    rows: list[ItemSummary] = []
    behind = -1
    while portion := session.read_now(lambda repos, behind=behind: repos.item_rows.summaries(behind, 1000)):  # type: ignore[misc]
        rows += portion
        behind = portion[-1].position
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--keys", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    still = {"TEXTUAL_ANIMATIONS": "none"}
    with Terminal([PYTHON, "-m", "benchmarks.parts.bare_list"], still) as terminal:
        terminal.wait_for("bare app is ready")
        settle(terminal, 1.0)
        bare = moves(terminal, 0, arguments.keys), letters(terminal, arguments.rounds)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        session = made(home / "sessions" / "big.db", arguments.items)
        seconds, megabytes = rows_alone(session)
        environment = {"JUDGETUI_HOME": str(home), **still}
        with Terminal([PYTHON, "-m", "judgetui", str(session)], environment) as terminal:
            terminal.wait_for("criteria|Criteria")
            settle(terminal, 1.0)
            start, pressed = len(terminal.output), time.perf_counter()
            terminal.press(b"7")
            terminal.wait_for("item-000020", start=start)
            first = time.perf_counter() - pressed
            early = moves(terminal, 0, 15)
            terminal.wait_for(f"{arguments.items:,} items(?! ·)", seconds=60, start=start)
            whole = time.perf_counter() - pressed
            settle(terminal, 1.5)
            listed = moves(terminal, 15, arguments.keys)
            typed = letters(terminal, arguments.rounds)
            peak = terminal.peak_memory() / 1e6
    out = sys.stdout.write
    out(f"{arguments.items:,} items: the first screenful after {first:.2f} s, all after {whole:.1f} s; ")
    out(f"their rows alone {seconds:.1f} s and {megabytes:.0f} MB; the app at most {peak:.0f} MB\n")
    for name, times, beside in (
        ("j while the items are read", early, bare[0]),
        ("j in the list", listed, bare[0]),
        ("a letter in the filter", typed, bare[1]),
    ):
        out(f"{name}: 95th percentile {p95(times):.0f} ms (goal 50), bare app {p95(beside):.0f} ms: ")
        out(f"ratio {p95(times) / p95(beside):.2f}; medians {1000 * statistics.median(times):.0f} and ")
        out(f"{1000 * statistics.median(beside):.0f} ms, most {1000 * max(times):.0f} ms\n")


if __name__ == "__main__":
    main()
