"""How long does importing 100,000 items into a session take, beside only reading their file?

The command as users run it (`judgetui session add`), in a process of its own, from the file to the items on disk; beside
a process that reads the same file with the `csv` or the `json` module alone and keeps nothing. Both are taken in turn; the
figure is the ratio of the medians. Parquet is imported beside, without such a figure. Goal: 5 times. Items are made from a
seed: a question of 60 to 200 characters, answers of 300 to 1,500, a model, a category and a label; single answers, and pairs.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.scoring import reasons
from judgetui.storage.database import SessionFile

GOAL = 5.0

BARE = {
    "csv": "import csv, sys\nwith open(sys.argv[1], newline='', encoding='utf-8') as file:\n"
    "    for row in csv.reader(file): pass",
    "jsonl": "import json, sys\nwith open(sys.argv[1], encoding='utf-8') as file:\n"
    "    for line in file: json.loads(line)",
}


def rows(count: int, answers: int) -> Iterator[dict[str, object]]:
    """So many items, of one answer or of a pair."""
    chance = random.Random(0)
    names = ["response"] if answers == 1 else ["response_a", "response_b"]
    models = ["model"] if answers == 1 else ["model_a", "model_b"]
    for number in range(count):
        row: dict[str, object] = {
            "id": f"item-{number:06}",
            "question": reasons(chance)[: chance.randint(60, 200)],
        }
        row |= {name: reasons(chance) for name in names}
        row |= {name: chance.choice(("model-one", "model-two")) for name in models}
        yield row | {
            "category": chance.choice("abcd"),
            "human": chance.randint(1, 5) if answers == 1 else chance.choice("AB"),
        }


def write(folder: Path, count: int, answers: int) -> None:
    """The same items as CSV, JSONL and Parquet."""
    from pyarrow import Table, parquet

    found = list(rows(count, answers))
    with (folder / "items.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    with (folder / "items.jsonl").open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in found)
    parquet.write_table(Table.from_pylist(found), folder / "items.parquet")


def measured(command: Sequence[str]) -> tuple[float, float]:
    """Wall time of a process that must end well, and its peak memory in MB."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    taken = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return taken, usage.ru_maxrss / 1024


def imported(folder: Path, suffix: str) -> tuple[float, float]:
    """What importing a file into a session that holds nothing takes."""
    session = folder / "session.db"
    for path in folder.glob("session.db*"):
        path.unlink()
    SessionFile.create(session, "session").close()
    file = folder / f"items.{suffix}"
    return measured([sys.executable, "-m", "judgetui", "session", "add", str(session), str(file), "--yes"])


def measure(count: int, answers: int, rounds: int) -> float:
    """Print the figures of one kind of items, and return the worst ratio."""
    worst = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, count, answers)
        kind = "single answers" if answers == 1 else "pairs"
        for suffix, code in BARE.items():
            file = folder / f"items.{suffix}"
            size = file.stat().st_size / 1e6
            bare: list[float] = []
            ours: list[tuple[float, float]] = []
            for _ in range(rounds):
                bare.append(measured([sys.executable, "-c", code, str(file)])[0])
                ours.append(imported(folder, suffix))
            least, taken = statistics.median(bare), statistics.median(seconds for seconds, _ in ours)
            ratios = sorted(mine / alone for (mine, _), alone in zip(ours, bare, strict=True))
            worst = max(worst, taken / least)
            print(
                f"{suffix}, {kind}: {count:,} items, {size:.0f} MB; read alone {least:.2f} s, import {taken:.2f} s: "
                f"{taken / least:.2f} times (rounds {ratios[0]:.2f} to {ratios[-1]:.2f}; goal {GOAL:g}), "
                f"peak {max(peak for _, peak in ours):.0f} MB"
            )
        seconds, peak = imported(folder, "parquet")
        print(f"parquet, {kind}: {count:,} items; import {seconds:.2f} s, peak {peak:.0f} MB")
    return worst


def main() -> int:
    """Measure both kinds of items; exit 1 when one misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    worst = max(measure(chosen.count, answers, chosen.rounds) for answers in (1, 2))
    return 0 if worst <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
