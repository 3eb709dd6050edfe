"""Means of scores, with an interval that is quick where many are equal."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from typing import Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import RESAMPLES, SEED, bootstrap, percentiles

_FEW: Final = 1000
"""So many distinct scores are counted anew faster than items are drawn."""


def mean(counts: Mapping[float, int], resamples: int = RESAMPLES, seed: int = SEED) -> Figure:
    """The arithmetic mean and its percentile bootstrap interval by item (Efron and Tibshirani 1993, chapter 13).

    Items are drawn with replacement, so how often each distinct score is drawn has a multinomial distribution.
    Where few are distinct, that is drawn instead: the same in distribution.

    Args:
        counts: how many items have each score.

    Returns:
        A figure without a value when there are no scores.
    """
    n = sum(counts.values())
    if not n:
        return Figure(None, 0, why="no item has a score")
    import numpy as np

    values = np.array(list(counts), dtype=np.float64)
    times = np.array(list(counts.values()))
    found = Figure(fsum(value * count for value, count in counts.items()) / n, n)
    if len(values) > _FEW:
        scores = np.repeat(values, times)
        (interval,) = bootstrap(lambda weights: weights @ scores / n, n, resamples=resamples, seed=seed)
        return found.within(interval)
    drawn = np.random.default_rng(seed).multinomial(n, times / n, size=resamples)
    return found.within(percentiles(drawn @ values / n, n))
