"""Shares of items with Wilson's interval, for items that are independent and for those that come in clusters."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import score_interval, t_quantile, wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]


def share(
    hits: Flags, clusters: Sequence[int] | None = None, among: Flags | None = None, nothing: str = ""
) -> Figure:
    """The share of items that are hits, with Wilson's interval.

    In clusters the interval is that of as many independent items as would tell as much: n over the design effect
    (the linearised variance of the share over clusters by that of independent items, 1 at least), times
    (z / t)^2 with the t quantile of the clusters less one (Korn and Graubard 1998, Survey Methodology 24; with
    Wilson's interval in Dean and Pagano 2015, Journal of Survey Statistics and Methodology 3). A share of 0 or 1
    tells nothing of the design effect; every cluster then counts as one item.

    Args:
        hits: of shape (n,).
        clusters: the cluster of each item; None where items are independent.
        among: which items are asked; None asks all.
        nothing: why there may be none to ask.
    """
    import numpy as np

    asked = np.ones(len(hits), dtype=np.bool_) if among is None else among
    n, found = int(asked.sum()), int((hits & asked).sum())
    if not n:
        return Figure(None, 0, why=nothing or "there is nothing to compare")
    if clusters is None:
        return Figure.of_rate(wilson(found, n))
    of_item = np.asarray(clusters, dtype=np.intp)[asked]
    value = found / n
    _, codes = np.unique(of_item, return_inverse=True)
    k = int(codes.max()) + 1
    if k < 2:
        return Figure(value, n, why="an interval needs two groups where groups are resampled")
    residuals = np.bincount(codes, hits[asked] - value)
    variance = float((residuals**2).sum()) * k / (k - 1) / n**2
    plain = value * (1 - value) / n
    design = max(1.0, variance / plain) if plain else n / k
    fewer = (NormalDist().inv_cdf(0.975) / t_quantile(k - 1)) ** 2
    low, high = score_interval(value, n / design * fewer)
    return Figure(value, n, low, high)
