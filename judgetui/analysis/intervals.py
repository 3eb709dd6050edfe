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

RESAMPLES: Final = 1000
"""How many resamples an interval takes; Efron and Tibshirani 1993 ask for about 1,000 where percentiles are taken."""

SEED: Final = 0
"""Seed of the resamples, so that the same data have the same interval."""

_DEFINED: Final = 0.9
"""An interval needs a figure in at least this share of the resamples; it would describe the others' data else."""

_AT_ONCE: Final = 4_000_000
"""Weights in memory at a time, 32 MB of them."""


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
    if n == 0:
        return None
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = hits / n
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z / scale * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Rate(hits, n, 0.0 if hits == 0 else centre - half, 1.0 if hits == n else centre + half)


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
    resamples: int = RESAMPLES,
    seed: int = SEED,
    confidence: float = 0.95,
) -> tuple[Interval, ...]:
    """Percentile bootstrap by item, or by cluster (Efron 1979; Efron and Tibshirani 1993, chapter 13).

    By cluster, whole clusters are drawn with all their items (Davison and Hinkley 1997, section 3.8).

    Args:
        statistic: from weights of shape (r, items), how often each item was drawn, to figures of shape (r,) or
            (r, k); nan where a figure has no value.
        clusters: the cluster of each item, counted from 0 without gaps; None draws single items.

    Returns:
        An interval for each of the k figures.
    """
    import numpy as np

    parts = [statistic(weights) for weights in drawn(items, clusters, resamples, seed)]
    figures = np.concatenate(parts).reshape(resamples, -1)
    units = items if clusters is None else max(clusters, default=-1) + 1
    return tuple(percentiles(figures[:, k], units, confidence) for k in range(figures.shape[1]))


def drawn(items: int, clusters: Sequence[int] | None, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each item is in each resample: batches of shape (r, items), `resamples` rows in all.

    Raises:
        ValueError: if there is nothing to draw from.
    """
    import numpy as np

    of_item = None if clusters is None else np.asarray(clusters, dtype=np.intp)
    units = items if of_item is None else int(of_item.max(initial=-1)) + 1
    if not units:
        raise ValueError("there is nothing to draw from")
    random = np.random.default_rng(seed)
    rows = max(1, _AT_ONCE // max(units, items))
    for start in range(0, resamples, rows):
        r = min(rows, resamples - start)
        draws = random.integers(0, units, (r, units)) + np.arange(r)[:, None] * units
        counts = np.bincount(draws.ravel(), minlength=r * units).reshape(r, units).astype(np.float64)
        yield counts if of_item is None else counts[:, of_item]


def percentiles(figures: Floats, units: int, confidence: float = 0.95) -> Interval:
    """The interval between two percentiles of resampled figures, nan among them where there is no value.

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
    low, high = np.quantile(defined, [0.5 - confidence / 2, 0.5 + confidence / 2])
    if high - low <= 1e-12 * max(1.0, abs(high)):
        return Interval(None, None, "the resamples do not vary, which says little of the uncertainty")
    return Interval(float(low), float(high))
