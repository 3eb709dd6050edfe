"""Confidence intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.intp]

RESAMPLES: Final = 2000
"""How many resamples an interval takes: as many as DiCiccio and Efron 1996 (Bootstrap Confidence Intervals); Efron
and Tibshirani 1993 ask for about 1,000 where percentiles are taken."""

SEED: Final = 0
"""Seed of the resamples, so that the same data have the same interval."""

_DEFINED: Final = 0.9
"""An interval needs a figure in at least this share of the resamples; it would describe the others' data else."""

_AT_ONCE: Final = 1_000_000
"""Counts in memory at a time, 8 MB of them."""

_PER_KIND: Final = 20
"""Where a kind has so many items on average, drawing how often each kind occurs is quicker than drawing items."""

_DENSE: Final = 0.1
"""A table of which a smaller share is not 0 is kept sparse."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its origin: `hits` of `n`, and a 95% interval.

    Args:
        low: lower bound, 0 to 1.
        high: upper bound, 0 to 1.
    """

    hits: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.hits / self.n

    def __str__(self) -> str:
        return f"{self.hits}/{self.n} = {self.value:.0%} [{self.low:.0%}, {self.high:.0%}]"


def wilson(hits: int, n: int, confidence: float = 0.95) -> Rate | None:
    """Wilson's score interval for a binomial share (Wilson 1927, JASA 22, 209-212); None when n is 0.

    Raises:
        ValueError: unless 0 <= hits <= n and 0 < confidence < 1.
    """
    if not 0 <= hits <= n or not 0 < confidence < 1:
        raise ValueError(f"{hits} of {n} at {confidence}")
    return Rate(hits, n, *score_interval(hits / n, n, confidence)) if n else None


def score_interval(share: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Both bounds of Wilson's interval of a share, 0 to 1, of n items; n may be an effective number above 0."""
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z / scale * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return 0.0 if share == 0 else centre - half, 1.0 if share == 1 else centre + half


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95% interval of a figure, or why there is none.

    Args:
        low: lower bound, in the figure's unit; None when there is no interval.
        high: upper bound; None when there is no interval.
        why: the reason for its absence, or what to know of it; empty when there is nothing to say.
    """

    low: float | None
    high: float | None
    why: str = ""


def bootstrap(
    statistic: Callable[[Floats], Floats],
    items: int,
    clusters: Sequence[int] | None = None,
    *,
    kinds: Sequence[int] | Codes | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    confidence: float = 0.95,
) -> tuple[Interval, ...]:
    """Percentile bootstrap by item, or by cluster (Efron 1979; Efron and Tibshirani 1993, chapter 13).

    The percentiles are those of `percentiles`.

    By cluster, whole clusters are drawn with all their items (Davison and Hinkley 1997, section 3.8).

    Args:
        statistic: from counts of shape (r, items), how often each item was drawn, to figures of shape (r,) or
            (r, k); nan where a figure has no value. With `kinds`, of shape (r, kinds): how often each was drawn.
        clusters: the cluster of each item, counted from 0 without gaps; None draws single items.
        kinds: the kind of each item, counted from 0 without gaps, where items of one kind are the same to the
            statistic; None takes every item apart.

    Returns:
        An interval for each of the k figures.
    """
    import numpy as np

    parts = [statistic(counts) for counts in drawn(items, clusters, resamples, seed, kinds)]
    figures = np.concatenate(parts).reshape(resamples, -1)
    units = items if clusters is None else max(clusters, default=-1) + 1
    return tuple(percentiles(figures[:, k], units, confidence) for k in range(figures.shape[1]))


def drawn(
    items: int,
    clusters: Sequence[int] | None,
    resamples: int,
    seed: int,
    kinds: Sequence[int] | Codes | None = None,
) -> Iterator[Floats]:
    """How often each item, or each kind of item, is in each resample: batches of rows, `resamples` in all.

    Items are drawn with replacement, so how often each kind is drawn has a multinomial distribution. Where kinds
    are few that is drawn at once: the same in distribution as drawing items, and no matter of their number.

    Raises:
        ValueError: if there is nothing to draw from.
    """
    import numpy as np

    of_cluster = None if clusters is None else np.asarray(clusters, dtype=np.intp)
    of_kind = None if kinds is None else np.asarray(kinds, dtype=np.intp)
    units = items if of_cluster is None else int(of_cluster.max(initial=-1)) + 1
    if not units:
        raise ValueError("there is nothing to draw from")
    columns = items if of_kind is None else int(of_kind.max()) + 1
    random = np.random.default_rng(seed)
    if of_cluster is None and of_kind is not None and columns * _PER_KIND <= items:
        shares = np.bincount(of_kind) / items
        for r in _batches(resamples, columns):
            yield random.multinomial(items, shares, size=r).astype(np.float64)
    elif of_cluster is None:
        for r in _batches(resamples, max(items, columns)):
            draws = random.integers(0, items, (r, items))
            yield _counted(draws if of_kind is None else of_kind[draws], columns)
    else:
        table = None if of_kind is None else incidence(of_cluster, of_kind, (units, columns))
        for r in _batches(resamples, max(units, columns)):
            counts = _counted(random.integers(0, units, (r, units)), units)
            yield counts[:, of_cluster] if table is None else table(counts)


def _batches(resamples: int, width: int) -> Iterator[int]:
    """How many rows of this width to take at a time."""
    rows = max(1, _AT_ONCE // width)
    for start in range(0, resamples, rows):
        yield min(rows, resamples - start)


def _counted(draws: Codes, size: int) -> Floats:
    """How often each number below `size` is in each row; shape (r, size)."""
    import numpy as np

    r = len(draws)
    codes = draws + np.arange(r)[:, None] * size
    return np.bincount(codes.ravel(), minlength=r * size).reshape(r, size).astype(np.float64)


def incidence(
    rows: Codes, columns: Codes, shape: tuple[int, int], weights: Floats | None = None
) -> Callable[[Floats], Floats]:
    """Multiplication with the table that holds how often each row meets each column.

    Args:
        rows: row of each meeting; shape (m,).
        columns: its column; shape (m,).
        shape: of the table.
        weights: what each meeting counts; None counts 1.

    Returns:
        From counts of the rows, of shape (r, rows), to counts of the columns, of shape (r, columns).
    """
    import numpy as np
    from scipy.sparse import csr_array

    once = np.ones(len(rows)) if weights is None else weights
    table = csr_array((once, (columns, rows)), shape=shape[::-1])
    if table.nnz >= _DENSE * shape[0] * shape[1]:
        dense = table.toarray().T
        return lambda counts: counts @ dense
    return lambda counts: np.ascontiguousarray((table @ counts.T).T)


def percentiles(figures: Floats, units: int, confidence: float = 0.95) -> Interval:
    """The interval between two percentiles of resampled figures, nan among them where there is no value.

    The percentiles lie as far out as few units ask for: where the normal distribution has its quantile
    sqrt(n / (n - 1)) t, of n units and Student's t with n - 1 degrees of freedom, since resamples vary by
    (n - 1) / n too little and their spread is an estimate (the expanded percentile interval of Hesterberg
    2015, What Teachers Should Know About the Bootstrap, The American Statistician 69, 371-386).

    Args:
        figures: of shape (r,).
        units: how many items or clusters were drawn from.
    """
    import numpy as np

    defined = figures[~np.isnan(figures)]
    if units < 2:
        return Interval(None, None, "an interval needs two items, or two groups where groups are resampled")
    if len(defined) < _DEFINED * len(figures):
        return Interval(
            None, None, f"{len(figures) - len(defined)} of {len(figures)} resamples have no value"
        )
    tail = NormalDist().cdf(-sqrt(units / (units - 1)) * t_quantile(units - 1, confidence))
    low, high = np.quantile(defined, [tail, 1 - tail])
    if high - low <= 1e-12 * max(1.0, abs(high)):
        return Interval(None, None, "the resamples do not vary, which says little of the uncertainty")
    return Interval(float(low), float(high))


def t_quantile(freedom: int, confidence: float = 0.95) -> float:
    """Student's t that is exceeded in either direction with the probability 1 - confidence."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + confidence / 2))
