"""Medians with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median as middle
from typing import TYPE_CHECKING

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import bootstrap

if TYPE_CHECKING:
    from judgetui.analysis.intervals import Floats


def median(values: Sequence[float], nothing: str) -> Figure:
    """The median, with a percentile bootstrap by value (Efron and Tibshirani 1993, chapter 13).

    Args:
        nothing: the reason where there are no values.
    """
    if not values:
        return Figure(None, 0, why=nothing)
    return Figure(float(middle(values)), len(values)).within(
        bootstrap(_of_resamples(sorted(values)), len(values))[0]
    )


def _of_resamples(values: Sequence[float]) -> Callable[[Floats], Floats]:
    """The medians of resamples, from how often each of the values, which go up, is in them."""

    def statistic(counts: Floats) -> Floats:
        import numpy as np

        sizes, reached = np.asarray(values, dtype=np.float64), counts.cumsum(axis=1)
        lower = (reached >= (len(values) + 1) // 2).argmax(axis=1)
        upper = (reached >= len(values) // 2 + 1).argmax(axis=1)
        medians: Floats = (sizes[lower] + sizes[upper]) / 2
        return medians

    return statistic
