"""How long does `judgetui score` take on 100,000 recorded replies, beside the least that such a task needs?

The command as users run it, in a process of its own, from reading the file to the judgements on disk and the
summary; beside a process that reads the same file as JSON lines and runs one bare regex over each reply, and keeps
nothing. Both are taken in turn; the figure is the ratio of the medians. Goal: 4 times. Replies are made from a seed:
300 to 1,500 characters of reasons, then the mark.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

GOAL = 4.0

BARE = """
import json, re, sys
pattern = re.compile(sys.argv[2])
found = 0
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        for reply in json.loads(line)["replies"]:
            found += pattern.search(reply) is not None
print(found)
"""

CASES = {
    "mt-bench-single": (r"\[\[(\d+\.?\d*)\]\]", [f"Rating: [[{n}]]" for n in range(1, 11)]),
    "mt-bench-pair": (r"\[\[([ABC])\]\]", [f"[[{letter}]]" for letter in "ABC"]),
}
"""The bare regex of each grammar, and the marks that replies end with."""

TEXT = (
    "the response answers what was asked and gives a clear example but it leaves out one step that a reader would "
    "need to follow it and does not say why light of some colours scatters more than others"
)


def reasons(chance: random.Random) -> str:
    """Sentences of 300 to 1,500 characters, with a paragraph here and there."""
    words, length = TEXT.split(), chance.randint(300, 1500)
    parts: list[str] = []
    while sum(map(len, parts)) < length:
        sentence = chance.choices(words, k=chance.randint(6, 24))
        parts.append(" ".join(sentence).capitalize() + chance.choice((". ", ". ", ". ", ".\n\n")))
    return "".join(parts).rstrip()


def write(path: Path, marks: Sequence[str], count: int) -> None:
    """Recorded replies, one an item, with the label of a person."""
    chance = random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            reply = f"{reasons(chance)}\n\n{chance.choice(marks)}"
            label = chance.choice("AB") if "A" in marks[0] else chance.randint(1, 10)
            file.write(json.dumps({"id": f"item-{number:06}", "human": label, "replies": [reply]}) + "\n")


def seconds(command: Sequence[str]) -> float:
    """Wall time of a process that must end well."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def measure(protocol: str, count: int, rounds: int) -> float:
    """Print the two medians of a protocol, and return their ratio."""
    pattern, marks = CASES[protocol]
    with tempfile.TemporaryDirectory() as folder:
        replies, out = Path(folder) / "replies.jsonl", Path(folder) / "judgements.jsonl"
        write(replies, marks, count)
        bare = [sys.executable, "-c", BARE, str(replies), pattern]
        ours = [sys.executable, "-m", "judgetui", "score", "--protocol", protocol]
        ours += ["--replies", str(replies), "--out", str(out)]
        times = [(seconds(bare), seconds(ours)) for _ in range(rounds)]
    least, taken = (statistics.median(column) for column in zip(*times, strict=True))
    ratios = sorted(score / read for read, score in times)
    ratio = float(taken / least)
    print(
        f"{protocol}: {count:,} replies, bare {least:.2f} s, score {taken:.2f} s: {ratio:.2f} times "
        f"(rounds {ratios[0]:.2f} to {ratios[-1]:.2f}; goal {GOAL:g})"
    )
    return ratio


def main() -> int:
    """Measure both grammars; exit 1 when one misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    ratios = [measure(protocol, chosen.count, chosen.rounds) for protocol in CASES]
    return 0 if max(ratios) <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
