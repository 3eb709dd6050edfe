"""Statistics of paired values for many resamples at once.

Pairs that are equal share a cell, and a resample is how often each cell was drawn. So every function here takes
counts of shape (r, c), for r resamples and c cells, and gives r figures, nan where a figure has no value. One row
of plain counts gives the figure of the data itself. The formulas are those of the libraries that give the figure
itself (scikit-learn, krippendorff, scipy), written over counts, which those do not take in bulk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from judgetui.analysis.kinds import Level

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.intp]
    Flags = NDArray[np.bool_]

_AT_ONCE: Final = 1_000_000
"""Numbers in one temporary array, 8 MB of them."""

_TABLE: Final = 10_000
"""A table of all value combinations up to this size is summed quickly, resample by resample."""

_NEAR_CONSTANT: Final = 1e-13
"""A spread below this share of the values' size is rounding (scipy.stats.pearsonr warns below the same)."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The distinct pairs among n paired values.

    Args:
        points: the distinct values of both sides, ascending; shape (k,).
        left: index of each cell's left value among the points; shape (c,), ascending.
        right: the same of its right value.
        kinds: the cell of each pair; shape (n,).
        once: how many pairs each cell holds, as the counts of one row; shape (1, c).
    """

    points: Floats
    left: Codes
    right: Codes
    kinds: Codes
    once: Floats

    @classmethod
    def of(cls, left: Floats, right: Floats) -> Cells:
        """The cells of paired values, both of shape (n,)."""
        import numpy as np

        points, codes = np.unique(np.concatenate([left, right]), return_inverse=True)
        keys = codes[: len(left)] * len(points) + codes[len(left) :]
        distinct, kinds, times = np.unique(keys, return_inverse=True, return_counts=True)
        once = times[None].astype(np.float64)
        return cls(points, distinct // len(points), distinct % len(points), kinds, once)

    def margins(self, counts: Floats) -> tuple[Floats, Floats]:
        """How often each point was drawn on the left and on the right, each of shape (r, k)."""
        return _totals(counts, self.left, len(self.points)), _totals(counts, self.right, len(self.points))


def _totals(counts: Floats, codes: Codes, size: int) -> Floats:
    import numpy as np

    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)
    totals = np.zeros((len(counts), size))
    totals[:, present] = np.add.reduceat(counts[:, order], starts, axis=1)
    return totals


def _ratio(above: Floats, below: Floats) -> Floats:
    """The quotients, nan where the divisor is 0."""
    import numpy as np

    quotients: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return quotients


def agreement(cells: Cells, counts: Floats) -> Floats:
    """Share of pairs whose sides are equal."""
    share: Floats = counts[:, cells.left == cells.right].sum(axis=1) / counts.sum(axis=1)
    return share


def near(cells: Cells) -> Flags:
    """Which cells hold points that are at most one apart; shape (c,)."""
    import numpy as np

    apart: Flags = np.abs(cells.points[cells.left] - cells.points[cells.right]) <= 1
    return apart


def within_one(cells: Cells, counts: Floats) -> Floats:
    """Share of pairs whose sides are at most one point apart."""
    share: Floats = counts[:, near(cells)].sum(axis=1) / counts.sum(axis=1)
    return share


def kappa(cells: Cells, counts: Floats) -> Floats:
    """Cohen's kappa, (p_o - p_e) / (1 - p_e) (Cohen 1960)."""
    n = counts.sum(axis=1)
    left, right = cells.margins(counts)
    chance = (left * right).sum(axis=1) / n**2
    return _ratio(agreement(cells, counts) - chance, 1 - chance)


def weighted_kappa(cells: Cells, counts: Floats) -> Floats:
    """Kappa with squared distances between points, which are whole numbers, as weights (Cohen 1968).

    1 - mean (x - y)^2 / (var x + var y + (mean x - mean y)^2): the denominator is the mean squared distance of
    independent draws.
    """
    n = counts.sum(axis=1)
    x, y = cells.points[cells.left], cells.points[cells.right]
    shift = cells.points[0]
    observed = counts @ (x - y) ** 2 / n
    mean_x, mean_y = counts @ (x - shift) / n, counts @ (y - shift) / n
    spread = (counts @ (x - shift) ** 2 + counts @ (y - shift) ** 2) / n - 2 * mean_x * mean_y
    return _ratio(spread - observed, spread)


def alpha(cells: Cells, counts: Floats, level: Level) -> Floats:
    """Krippendorff's alpha (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability).

    1 - (N - 1) D_o / D_e over the N = 2n values, D_o summed over the pairs taken both ways and D_e over all pairs
    of values. The ordinal distance of two points is the squared difference of their mid-ranks among the N
    values, which is his sum of the ranks between them less half of both ends; the interval distance is that of
    the points.

    Several raters with gaps are pairs too: where m values of an item meet, each pair of them counts 1 / (m - 1).
    """
    import numpy as np

    left, right = cells.margins(counts)
    values = left + right
    total = values.sum(axis=1)
    if level is Level.NOMINAL:
        observed = 2 * counts[:, cells.left != cells.right].sum(axis=1)
        expected = total**2 - (values**2).sum(axis=1)
        return _ratio(expected - (total - 1) * observed, expected)
    places = cells.points[None] - cells.points[0] if level is Level.INTERVAL else _mid_ranks(values)
    apart = (places[:, cells.left] - places[:, cells.right]) ** 2
    observed = 2 * (counts * apart).sum(axis=1)
    mean = (values * places).sum(axis=1) / total
    expected = 2 * total * (values * (places - mean[:, None]) ** 2).sum(axis=1)
    expected[expected <= _NEAR_CONSTANT * total**2 * np.abs(places).max(axis=1) ** 2] = 0.0
    return _ratio(expected - (total - 1) * observed, expected)


def ac1(cells: Cells, counts: Floats) -> Floats:
    """Gwet's AC1, (p_o - p_e) / (1 - p_e) with p_e = sum of p_k (1 - p_k) / (q - 1) (Gwet 2008).

    p_k is the mean share of point k over both sides, q the number of points that occur in the data.
    """
    import numpy as np

    if len(cells.points) < 2:
        return np.full(len(counts), np.nan)
    left, right = cells.margins(counts)
    share = (left + right) / (2 * counts.sum(axis=1))[:, None]
    chance = (share * (1 - share)).sum(axis=1) / (len(cells.points) - 1)
    return _ratio(agreement(cells, counts) - chance, 1 - chance)


def macro(cells: Cells, counts: Floats, classes: int) -> tuple[Floats, Floats, Floats]:
    """Macro-averaged precision, recall and F1 of the left side, the right side being the truth.

    A class that was never predicted has precision 0, one that never occurs recall 0, as in PandaLM's and JudgeLM's
    evaluation code.

    Args:
        classes: by how many the sums are divided; classes without pairs count 0.
    """
    import numpy as np

    same = cells.left == cells.right
    hits = _totals(counts[:, same], cells.left[same], len(cells.points)) if same.any() else 0.0
    predicted, actual = cells.margins(counts)

    def mean(above: Floats | float, below: Floats) -> Floats:
        shares = np.divide(above, below, out=np.zeros_like(below), where=below > 0)
        total: Floats = shares.sum(axis=1) / classes
        return total

    return mean(hits, predicted), mean(hits, actual), mean(2 * hits, predicted + actual)


def pearson(cells: Cells, counts: Floats) -> Floats:
    """Pearson's product-moment correlation."""
    return _correlation(cells.points[cells.left], cells.points[cells.right], counts)


def spearman(cells: Cells, counts: Floats) -> Floats:
    """Spearman's rank correlation: Pearson's of the mid-ranks."""
    left, right = map(_mid_ranks, cells.margins(counts))
    return _correlation(left[:, cells.left], right[:, cells.right], counts)


def kendall(cells: Cells, counts: Floats) -> Floats:
    """Kendall's tau-b, corrected for ties on both sides (Kendall 1945)."""
    import numpy as np

    n = counts.sum(axis=1)
    left, right = cells.margins(counts)
    pairs = n * (n - 1) / 2
    untied_left = pairs - (left * (left - 1)).sum(axis=1) / 2
    untied_right = pairs - (right * (right - 1)).sum(axis=1) / 2
    return _ratio(_concordance(cells, counts), np.sqrt(untied_left) * np.sqrt(untied_right))


def kendall_is_quick(cells: Cells) -> bool:
    """Whether tau-b of resamples is a matter of small tables."""
    import numpy as np

    return len(np.unique(cells.left)) * len(np.unique(cells.right)) <= _TABLE


def _concordance(cells: Cells, counts: Floats) -> Floats:
    """Concordant pairs less discordant ones."""
    import numpy as np

    _, x = np.unique(cells.left, return_inverse=True)
    _, y = np.unique(cells.right, return_inverse=True)
    shape = (int(x.max()) + 1, int(y.max()) + 1)
    rows = max(1, _AT_ONCE // (shape[0] * shape[1]))
    found = np.empty(len(counts))
    for start in range(0, len(counts), rows):
        table = np.zeros((len(counts[start : start + rows]), *shape))
        table[:, x, y] = counts[start : start + rows]
        before = np.cumsum(table, axis=1) - table  # with a smaller left value
        upto = np.cumsum(before, axis=2)
        below, above = upto - before, upto[:, :, -1:] - upto  # and a smaller, a larger right value
        found[start : start + rows] = (table * (below - above)).sum(axis=(1, 2))
    return found


def _mid_ranks(values: Floats) -> Floats:
    """The mean rank of each point, less one half, from how often each occurs; shape (r, k)."""
    import numpy as np

    ranks: Floats = np.cumsum(values, axis=1) - values / 2
    return ranks


def _correlation(x: Floats, y: Floats, counts: Floats) -> Floats:
    import numpy as np

    n = counts.sum(axis=1)[:, None]
    apart_x = x - (counts * x).sum(axis=1)[:, None] / n
    apart_y = y - (counts * y).sum(axis=1)[:, None] / n
    spread_x = np.sqrt((counts * apart_x**2).sum(axis=1))
    spread_y = np.sqrt((counts * apart_y**2).sum(axis=1))
    least = _NEAR_CONSTANT * n[:, 0]
    varied = (spread_x > least * np.abs(x).max()) & (spread_y > least * np.abs(y).max())
    product = np.where(varied, spread_x * spread_y, 0.0)
    return _ratio((counts * apart_x * apart_y).sum(axis=1), product)
