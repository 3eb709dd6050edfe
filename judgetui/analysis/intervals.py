"""Confidence intervals."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist


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
