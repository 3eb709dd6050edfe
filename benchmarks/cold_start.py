"""How long until the first usable screen, with a session of 10,000 judgements, against a bare Textual app?

Both run in turn on the same pseudo-terminal, several times; medians are compared. Goals: time at most 1.6 times the
bare app's, peak memory at most 2.5 times; `judgetui --version` at most 1.5 times `python -c pass` plus 60 ms.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.sessions import big_session
from benchmarks.terminals import PYTHON, Terminal, plain_environment

FIRST_SCREEN = r"item-00000 1/"
"""The form is filled and the prompt for the first item stands beside it."""


def start(command: list[str], marker: str, home: Path) -> tuple[float, int]:
    """Seconds to the marker, and peak memory in bytes at that moment."""
    with Terminal(command, {"JUDGETUI_HOME": str(home), "TEXTUAL_ANIMATIONS": "none"}) as terminal:
        seconds = terminal.wait_for(marker)
        return seconds, terminal.peak_memory()


def seconds_of(command: list[str]) -> float:
    """Wall time of a command."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=plain_environment())
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--judgements", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        session = big_session(home / "sessions" / "big.db", arguments.judgements)
        bare = [PYTHON, "-m", "benchmarks.bare_app"]
        ours = [PYTHON, "-m", "judgetui", str(session)]
        figures: dict[str, list[tuple[float, int]]] = {"bare": [], "ours": []}
        for turn in range(arguments.runs + 1):
            first = start(bare, "the bare app is ready", home)
            second = start(ours, FIRST_SCREEN, home)
            if turn:
                figures["bare"].append(first)
                figures["ours"].append(second)
        bare_s, ours_s = (statistics.median(s for s, _ in figures[name]) for name in ("bare", "ours"))
        bare_m, ours_m = (statistics.median(m for _, m in figures[name]) for name in ("bare", "ours"))
        version = [seconds_of([PYTHON, "-m", "judgetui", "--version"]) for _ in range(arguments.runs)]
        nothing = [seconds_of([PYTHON, "-c", "pass"]) for _ in range(arguments.runs)]
    allowed = 1.5 * statistics.median(nothing) + 0.060
    out = sys.stdout.write
    out(f"first screen, {arguments.judgements:,} judgements: ratio {ours_s / bare_s:.2f} (goal 1.6): ")
    out(f"{ours_s * 1000:.0f} ms against {bare_s * 1000:.0f} ms, medians of {arguments.runs}\n")
    out(f"peak memory there: ratio {ours_m / bare_m:.2f} (goal 2.5): ")
    out(f"{ours_m / 1e6:.0f} MB against {bare_m / 1e6:.0f} MB\n")
    out(
        f"judgetui --version: {statistics.median(version) * 1000:.0f} ms (goal {allowed * 1000:.0f} ms: 1.5 times "
    )
    out(f"python -c pass, {statistics.median(nothing) * 1000:.0f} ms, plus 60 ms)\n")


if __name__ == "__main__":
    main()
