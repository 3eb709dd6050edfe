"""Intervals of correlations of many different values, where resampling takes long and changes nothing.

Every item's influence on a correlation gives its standard error (the infinitesimal jackknife: Jaeckel 1972, Efron and
Tibshirani 1993, chapter 21), and the interval is symmetric on the scale of Fisher's z, which keeps it within 1. With
thousands of items it is the bootstrap's but for the chance of the draws.

An influence says how much an item moves the correlation: that of other weights is near the correlation plus the
weighted mean of the influences. Sides are of shape (n,), with two different values at least.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import atanh, sqrt, tanh
from typing import TYPE_CHECKING, Final

from judgetui.analysis.intervals import Interval, t_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.intp]

NOTE: Final = "the interval is from the infinitesimal jackknife"


def pearson_influence(x: Floats, y: Floats) -> Floats:
    """Of each item on Pearson's correlation: u v - r (u^2 + v^2) / 2 of the standardised sides.

    Devlin, Gnanadesikan and Kettenring 1975, Biometrika 62, 531-545.
    """
    import numpy as np

    u, v = (x - x.mean()) / np.std(x), (y - y.mean()) / np.std(y)
    r = float((u * v).mean())
    found: Floats = u * v - r / 2 * (u * u + v * v)
    return found


def spearman_influence(x: Floats, y: Floats) -> Floats:
    """Of each item on Spearman's correlation, which is Pearson's of the mid-ranks a and b.

    An item counts by its own ranks and by those that it moves: all above it by one, those equal to it by a half
    (Croux and Dehon 2010, Influence Functions of the Spearman and Kendall Correlation Measures, for values that do
    not repeat).
    """
    a, b = _shares_below(x), _shares_below(y)
    covariance = a * b + _moved(x, b) + _moved(y, a)
    spread_a, spread_b = a**2 + 2 * _moved(x, a), b**2 + 2 * _moved(y, b)
    var_a, var_b = float((a**2).mean()), float((b**2).mean())
    root = sqrt(var_a) * sqrt(var_b)
    rho = float((a * b).mean()) / root
    found: Floats = covariance / root - rho / 2 * (spread_a / var_a + spread_b / var_b)
    found -= found.mean()
    return found


def kendall_influence(x: Floats, y: Floats) -> Floats:
    """Of each item on tau-b.

    With c the pairs an item is in that are concordant less those that are discordant, u and v those that are not
    tied on the one and on the other side, tau-b is the mean of c over the root of the means of u and v; twice its
    derivative by the item's share is the influence.
    """
    import numpy as np

    left, right = (np.unique(side, return_inverse=True)[1] for side in (x, y))
    c = np.zeros(len(x))
    for sign_x in (1, -1):
        for sign_y in (1, -1):
            c += sign_x * sign_y * _both_below(sign_x * left, sign_y * right)
    u, v = (len(side) - np.bincount(side)[side] for side in (left, right))
    root = sqrt(u.mean()) * sqrt(v.mean())
    tau = c.mean() / root
    found: Floats = 2 * (c - c.mean()) / root - tau * (u / u.mean() + v / v.mean() - 2)
    return found


def influence_interval(value: float, influences: Floats, clusters: Sequence[int] | None = None) -> Interval:
    """The 95% interval of a correlation from the influence of each item.

    Args:
        value: the correlation.
        influences: of shape (n,); the mean of those over a sample is how far its correlation is from the value.
        clusters: the cluster of each item, whose influences are then added up; None takes items as independent.
    """
    import numpy as np

    n = len(influences)
    sums = influences if clusters is None else np.bincount(clusters, influences)
    k = len(sums)
    if k < 2:
        return Interval(None, None, "an interval needs two items, or two groups where groups are resampled")
    error = sqrt(float((sums**2).sum()) * k / (k - 1)) / n
    if abs(value) >= 1 or error <= 1e-12:
        return Interval(None, None, "no resample would vary, which says little of the uncertainty")
    half = t_quantile(k - 1) * error / (1 - value**2)
    return Interval(tanh(atanh(value) - half), tanh(atanh(value) + half), NOTE)


def _shares_below(side: Floats) -> Floats:
    """The share of values below each, of equal ones half, less a half; their mean is 0."""
    from scipy.stats import rankdata

    found: Floats = (rankdata(side) - 0.5) / len(side) - 0.5
    return found


def _moved(side: Floats, values: Floats) -> Floats:
    """The sum of `values` over the items above each item and half of those equal to it, over n."""
    import numpy as np

    _, codes = np.unique(side, return_inverse=True)
    sums = np.bincount(codes, values)
    found: Floats = ((sums.sum() - np.cumsum(sums) + sums / 2) / len(side))[codes]
    return found


def _both_below(x: Codes, y: Codes) -> Codes:
    """For each item how many have both a smaller x and a smaller y; integers of shape (n,).

    In the order of x, equal ones by y downwards, those are the earlier items with a smaller y. They are counted
    bit by bit: among items that share the higher bits of y, those with a 0 before each with a 1.
    """
    import numpy as np

    order = np.lexsort((-y, x))
    code = y - y.min()
    found = np.zeros(len(x), dtype=np.intp)
    for bit in reversed(range(int(code.max()).bit_length())):
        here = code[order]
        ones = (here >> bit & 1).astype(np.bool_)
        zeros = np.cumsum(~ones)
        first = np.concatenate([[True], np.diff(here >> bit + 1) != 0])
        before = np.maximum.accumulate(np.where(first, zeros - ~ones, 0))
        found[order[ones]] += (zeros - before)[ones]
        order = order[np.argsort(here >> bit, kind="stable")]
    return found
