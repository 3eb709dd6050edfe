"""How long until the first usable screen, with a session of 10,000 judgements, against a bare Textual app?

The first usable screen is the rubric screen with its form filled: session, rubric, criteria, descriptions, scale. The
prompt for the first item follows; the time until it shows is printed as a second figure, with its own ratio.

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
from collections.abc import Sequence
from pathlib import Path

from benchmarks.parts.sessions import big_session
from benchmarks.parts.terminals import PYTHON, Terminal, plain_environment

FORM = r"fully right, nothing"
"""The form's last line, in the scale: what stands above it is drawn with it or before."""

PROMPT = r"item-00000 1/"
"""The head of the prompt for the first item."""


def start(command: list[str], markers: Sequence[str], home: Path) -> list[tuple[float, int]]:
    """Seconds to each marker, and peak memory in bytes at that moment."""
    with Terminal(command, {"JUDGETUI_HOME": str(home), "TEXTUAL_ANIMATIONS": "none"}) as terminal:
        return [(terminal.wait_for(marker), terminal.peak_memory()) for marker in markers]


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
        bare = [PYTHON, "-m", "benchmarks.parts.bare_app"]
        ours = [PYTHON, "-m", "judgetui", str(session)]
        figures: dict[str, list[tuple[float, int]]] = {"bare": [], "form": [], "prompt": []}
        for turn in range(arguments.runs + 1):
            found = start(bare, ["the bare app is ready"], home) + start(ours, [FORM, PROMPT], home)
            if turn:
                for each, figure in zip(figures.values(), found, strict=True):
                    each.append(figure)
        bare_s, form_s, prompt_s = (statistics.median(s for s, _ in each) for each in figures.values())
        bare_m, form_m, prompt_m = (statistics.median(m for _, m in each) for each in figures.values())
        version = [seconds_of([PYTHON, "-m", "judgetui", "--version"]) for _ in range(arguments.runs)]
        nothing = [seconds_of([PYTHON, "-c", "pass"]) for _ in range(arguments.runs)]
    allowed = 1.5 * statistics.median(nothing) + 0.060
    out = sys.stdout.write
    out(f"first screen, {arguments.judgements:,} judgements: ratio {form_s / bare_s:.2f} (goal 1.6): ")
    out(f"{form_s * 1000:.0f} ms against {bare_s * 1000:.0f} ms, medians of {arguments.runs}\n")
    out(f"prompt for the first item: ratio {prompt_s / bare_s:.2f}: {prompt_s * 1000:.0f} ms\n")
    out(f"peak memory at the first screen: ratio {form_m / bare_m:.2f} (goal 2.5): ")
    out(f"{form_m / 1e6:.0f} MB against {bare_m / 1e6:.0f} MB; at the prompt {prompt_m / 1e6:.0f} MB\n")
    out(
        f"judgetui --version: {statistics.median(version) * 1000:.0f} ms (goal {allowed * 1000:.0f} ms: 1.5 times "
    )
    out(f"python -c pass, {statistics.median(nothing) * 1000:.0f} ms, plus 60 ms)\n")


if __name__ == "__main__":
    main()
