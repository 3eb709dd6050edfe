"""How long do all agreement figures take with 2,000 bootstrap draws, beside a plain loop over as many draws?

Ours is the whole `agreement`: every figure with its interval, the constant judge's beside it, confusion and counts.
The plain loop draws items with replacement and calls scikit-learn, scipy and krippendorff on each draw, for those of
the figures that they have. It would take hours, so a part of its draws is timed in the same run, in turn with ours,
and scaled up to all of them. Goal: a twentieth. Labels are made from a seed: scores from 1 to 5, verdicts, and scores
with decimals against whole labels, as weighted by token probabilities; of those the correlations take no draws but
each item's influence (see judgetui/analysis/influence.py). Peak memory is what Python and numpy hold at
most during the call, in a call of its own.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import TYPE_CHECKING

import krippendorff
import numpy as np
from scipy.stats import kendalltau, pearsonr, spearmanr
from sklearn.metrics import accuracy_score, cohen_kappa_score, precision_recall_fscore_support

from judgetui.analysis.agreement_figures import Kind, agreement
from judgetui.analysis.intervals import RESAMPLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Side = NDArray[np.float64]

GOAL = 1 / 20

WORDS = np.array(["A", "B", "tie"])


def scores(count: int) -> tuple[Side, Side]:
    """Labels from 1 to 5, and a judge that is one off in about half of them."""
    random = np.random.default_rng(0)
    labels = random.integers(1, 6, count).astype(float)
    return np.clip(labels + random.integers(-1, 2, count), 1, 5), labels


def decimals(count: int) -> tuple[Side, Side]:
    """The same labels, and a judge whose scores hardly repeat."""
    _, labels = scores(count)
    return np.clip(labels + np.random.default_rng(1).normal(size=count), 1, 5), labels


def verdicts(count: int) -> tuple[Side, Side]:
    """Codes of three verdicts, the judge's right in about two of three."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, count).astype(float)
    return np.where(random.random(count) < 0.5, labels, random.integers(0, 3, count)), labels


def plain_scores(judge: Side, labels: Side) -> None:
    """One draw of scores by the libraries."""
    x, y = np.rint(judge), np.rint(labels)
    accuracy_score(y, x)
    accuracy_score(np.abs(x - y) <= 1, np.ones(len(x), dtype=bool))
    cohen_kappa_score(x, y)
    cohen_kappa_score(x, y, weights="quadratic")
    for level in ("nominal", "ordinal", "interval"):
        krippendorff.alpha(np.stack([x, y]), level_of_measurement=level)
    for measure in (pearsonr, spearmanr, kendalltau):
        measure(judge, labels)


def plain_verdicts(judge: Side, labels: Side) -> None:
    """One draw of verdicts by the libraries."""
    accuracy_score(labels, judge)
    cohen_kappa_score(judge, labels)
    krippendorff.alpha(np.stack([judge, labels]), level_of_measurement="nominal")
    precision_recall_fscore_support(labels, judge, average="macro", zero_division=0)


def ours(judge: Side, labels: Side, kind: Kind) -> Callable[[], object]:
    """Our whole call, on lists as it gets them."""
    if kind is Kind.SCORE:
        return lambda: agreement(judge.tolist(), labels.tolist(), kind)
    left, right = (WORDS[side.astype(int)].tolist() for side in (judge, labels))
    return lambda: agreement(left, right, kind)


def seconds(work: Callable[[], object]) -> float:
    """Wall time of a call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak(work: Callable[[], object]) -> float:
    """The most memory that a call holds at a time, in MB."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


CASES: dict[str, tuple[Callable[[int], tuple[Side, Side]], Callable[[Side, Side], None], Kind]] = {
    "scores 1 to 5": (scores, plain_scores, Kind.SCORE),
    "verdicts": (verdicts, plain_verdicts, Kind.VERDICT),
    "scores with decimals": (decimals, plain_scores, Kind.SCORE),
}


def measure(name: str, count: int, rounds: int, draws: int) -> float:
    """Print both figures of a case, and return their ratio."""
    make, plain, kind = CASES[name]
    judge, labels = make(count)
    call, random = ours(judge, labels, kind), np.random.default_rng(0)

    def loop() -> None:
        for _ in range(draws):
            rows = random.integers(0, count, count)
            plain(judge[rows], labels[rows])

    call()  # imports
    pairs = [(seconds(loop) * RESAMPLES / draws, seconds(call)) for _ in range(rounds)]
    slow, quick = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(
        f"{name}, {count:,} labels, {RESAMPLES:,} draws: plain loop {slow:,.0f} s "
        f"({rounds * draws} draws timed, scaled to all), ours {quick:.2f} s: 1/{slow / quick:,.0f} of it "
        f"(goal 1/{1 / GOAL:.0f}); peak memory {peak(call):.0f} MB",
        flush=True,
    )
    return float(quick / slow)


def main() -> int:
    """Measure every case with 10,000 and 100,000 labels; exit 1 when one misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--draws", type=int, default=5, help="of the plain loop, in each round")
    chosen = parser.parse_args()
    ratios = [measure(name, count, chosen.rounds, chosen.draws) for count in chosen.counts for name in CASES]
    return 0 if max(ratios) <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
