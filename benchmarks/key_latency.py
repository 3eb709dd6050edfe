"""How long from a key press to its repaint while a run writes 50 judgements a second?

The app runs on a pseudo-terminal with a seeded stand-in judge; letters are typed into the rubric's task while the
run goes, and each is timed until the screen shows it. Goal: 95th percentile at most 50 ms.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.parts.sessions import fresh_session
from benchmarks.parts.terminals import PYTHON, Terminal, plain

JUDGE = "scripted:1?latency=0.055"
"""Four calls at once, 55 ms each: about 50 judgements a second once each is stored."""

WORD = "abcdefghijklmnopqrstuvwxyz"


def typed(terminal: Terminal, letters: int, pause: float) -> list[float]:
    """Seconds from each key press to the moment the output shows the word so far."""
    found: list[float] = []
    for number in range(letters):
        place = number % len(WORD)
        if place == 0 and number:
            terminal.press(b"\r")
            time.sleep(pause)
        while terminal.read(0):
            pass
        start = len(terminal.output)
        pressed = time.perf_counter()
        terminal.press(WORD[place].encode())
        wanted = WORD[: place + 1].encode()
        while wanted not in plain(bytes(terminal.output[start:])):
            if time.perf_counter() - pressed > 5:
                raise TimeoutError(f"{wanted!r} did not show")
            terminal.read(0.5)
        found.append(time.perf_counter() - pressed)
        until = time.perf_counter() + pause
        while (left := until - time.perf_counter()) > 0:
            terminal.read(left)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=200)
    parser.add_argument("--items", type=int, default=2000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "settings.toml").write_text(f'judge = "{JUDGE}"\nconcurrency = 4\n')
        session = fresh_session(home / "sessions" / "big.db", arguments.items)
        command = [PYTHON, "-m", "judgetui", str(session)]
        with Terminal(command, {"JUDGETUI_HOME": str(home), "TEXTUAL_ANIMATIONS": "none"}) as terminal:
            terminal.wait_for("tokens by")
            idle = typed_in_task(terminal, arguments.letters)
            terminal.press(b"\x1b[15~")
            terminal.wait_for("prompt tokens")
            terminal.press(b"\x1b[B")
            time.sleep(0.3)
            terminal.press(b"\r")
            terminal.wait_for("running", start=len(terminal.output))
            began, before = time.perf_counter(), counted(session)
            busy = typed_in_task(terminal, arguments.letters)
            seconds, written = time.perf_counter() - began, counted(session) - before
    idle_ms, busy_ms = (1000 * statistics.quantiles(times, n=20)[-1] for times in (idle, busy))
    out = sys.stdout.write
    out(
        f"key to repaint, 95th percentile of {arguments.letters}: {busy_ms:.0f} ms while {written / seconds:.0f} "
    )
    out(f"judgements a second are written (goal 50 ms at 50), {idle_ms:.0f} ms without a run: ")
    out(f"ratio {busy_ms / idle_ms:.2f}; medians {1000 * statistics.median(busy):.0f} and ")
    out(f"{1000 * statistics.median(idle):.0f} ms\n")


def typed_in_task(terminal: Terminal, letters: int) -> list[float]:
    """Go to the task's field and type there; the focus is left on the criteria."""
    terminal.press(b"\x1b[Z")
    time.sleep(0.3)
    terminal.press(b"\r")
    times = typed(terminal, letters, pause=0.03)
    terminal.press(b"\x1b")
    time.sleep(0.3)
    return times


def counted(session: Path) -> int:
    """Judgements in the file."""
    import sqlite3

    with sqlite3.connect(f"file:{session}?mode=ro", uri=True) as database:
        return int(database.execute("SELECT COUNT(*) FROM judgements").fetchone()[0])


if __name__ == "__main__":
    main()
