"""How many labelled items would tell two judges apart, if they differ as the labelled ones so far say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist, fmean, stdev
from typing import Final

from judgetui.analysis.paired_tests import Outcomes

POWER: Final = 0.8
ALPHA: Final = 0.05
"""The customary ones (Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, sections 1.4 and 2.4)."""

_MOST: Final = 10_000_000
"""More labels than this are as good as none."""

_EXACT: Final = 20_000
"""Up to so many items the power of the exact test is summed; beyond, the normal approximation is as good."""

_TAILS: Final = 8.0
"""Standard deviations of the number of discordant items that are summed over."""


@dataclass(frozen=True, slots=True)
class LabelsNeeded:
    """How many labelled items tell two sides apart.

    Args:
        items: all that it takes, those there are among them; None where no number would do.
        n: labelled items that it was estimated from.
        power: the chance that the test finds the difference.
        alpha: the level of the two-sided test.
        why: what the number takes for granted, or why there is none.
    """

    items: int | None
    n: int
    power: float
    alpha: float
    why: str


def for_mcnemar(outcomes: Outcomes, power: float = POWER, alpha: float = ALPHA) -> LabelsNeeded:
    """Items for the exact McNemar test, if the shares of discordant items are those seen.

    Connor's normal approximation (1987, Biometrics 43, 207-211; Miettinen 1968, Biometrics 24, 339-352) comes to (z_a
    sqrt(s) + z_b sqrt(s - d^2))^2 / d^2 items, with s the sum and d the difference of the two shares. The exact test
    needs somewhat more, so that the number is raised until the test's own power, summed over how many items may be
    discordant, is reached.

    Raises:
        ValueError: unless power and alpha are between 0 and 1, and power above alpha.
    """
    _check(power, alpha)
    n = outcomes.n
    if not n:
        return LabelsNeeded(None, 0, power, alpha, "no item has a label and a result of both")
    gap = abs(outcomes.second - outcomes.first) / n
    if not gap:
        apart = outcomes.first + outcomes.second
        why = "they are right equally often" if apart else "they are right on the same items"
        return LabelsNeeded(
            None, n, power, alpha, f"{why}, so that no number of labels is known to tell them apart"
        )
    apart_share = (outcomes.first + outcomes.second) / n
    favoured = max(outcomes.first, outcomes.second) / (outcomes.first + outcomes.second)
    items = connor(apart_share, gap, power, alpha)
    if items <= _EXACT:
        items = _raised(items, apart_share, favoured, power, alpha)
    return _found(items, n, power, alpha)


def connor(discordant: float, difference: float, power: float = POWER, alpha: float = ALPHA) -> int:
    """Items by Connor's formula.

    Args:
        discordant: share of items that one side alone is right on.
        difference: of the two shares that make it up, above 0.
    """
    normal = NormalDist()
    level, chance = normal.inv_cdf(1 - alpha / 2), normal.inv_cdf(power)
    root = level * sqrt(discordant) + chance * sqrt(max(0.0, discordant - difference**2))
    return ceil(root**2 / difference**2)


def mcnemar_power(items: int, discordant: float, favoured: float, alpha: float = ALPHA) -> float:
    """The chance that the exact McNemar test rejects at `alpha`.

    Args:
        items: labelled items.
        discordant: share of items that one side alone is right on.
        favoured: share of those on which it is the better side.
    """
    import numpy as np
    from scipy.stats import binom

    centre, spread = items * discordant, sqrt(items * discordant * (1 - discordant))
    apart = np.arange(
        max(0, int(centre - _TAILS * spread - 1)), min(items, int(centre + _TAILS * spread + 1)) + 1
    )
    # The most items of the rarer side at which a fair coin's two-sided p-value is at most alpha.
    most = binom.ppf(alpha / 2, apart, 0.5)
    most = np.where(binom.cdf(most, apart, 0.5) <= alpha / 2, most, most - 1)
    rejects = np.where(
        most >= 0, binom.cdf(most, apart, 1 - favoured) + binom.cdf(most, apart, favoured), 0.0
    )
    return float(binom.pmf(apart, items, discordant) @ rejects)


def _raised(items: int, discordant: float, favoured: float, power: float, alpha: float) -> int:
    """The least number from `items` on, by bisection, with which the exact test has the power."""

    def enough(count: int) -> bool:
        return mcnemar_power(count, discordant, favoured, alpha) >= power

    low, high = items - 1, items
    while not enough(high):
        low, high = high, high + max(1, high // 4)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def for_mean(differences: Sequence[float], power: float = POWER, alpha: float = ALPHA) -> LabelsNeeded:
    """Items for a test of the mean difference, if mean and standard deviation are those seen.

    (z_a + z_b)^2 (sd / mean)^2, the normal approximation for one sample (Cohen 1988, chapter 2), plus z_a^2 / 2 for the
    standard deviation's being estimated (Guenther 1981, The American Statistician 35, 243-244). The sign-flip test has
    the power of the t test as items grow (Hoeffding 1952, Annals of Mathematical Statistics 23, 169-192). Where all
    differences are multiples of a step, sums of signs are 2 steps apart and the equal ones count: step / mean is added,
    the continuity correction of half their distance.

    Args:
        differences: the second side's value less the first's, an item each.

    Raises:
        ValueError: unless power and alpha are between 0 and 1, and power above alpha.
    """
    _check(power, alpha)
    n = len(differences)
    if n < 2:
        return LabelsNeeded(None, n, power, alpha, "it needs two items to tell how differences vary")
    gap, spread = abs(fmean(differences)), stdev(differences)
    if gap <= 1e-12 * spread or not (gap or spread):
        why = "the differences cancel out" if spread else "nothing differs"
        return LabelsNeeded(
            None, n, power, alpha, f"{why}, so that no number of labels is known to tell them apart"
        )
    normal = NormalDist()
    level, chance = normal.inv_cdf(1 - alpha / 2), normal.inv_cdf(power)
    items = ((level + chance) * spread / gap) ** 2 + level**2 / 2 + _step(differences) / gap
    return _found(ceil(min(items, 10.0 * _MOST)), n, power, alpha)


def _step(differences: Sequence[float]) -> float:
    """The least difference where all others are multiples of it; 0 where they are not."""
    sizes = {abs(each) for each in differences if each}
    least = min(sizes, default=0.0)
    return least if all(abs(size / least - round(size / least)) < 1e-9 for size in sizes) else 0.0


def _found(items: int, n: int, power: float, alpha: float) -> LabelsNeeded:
    if items > _MOST:
        why = f"more than {_MOST:,}: the difference is next to nothing"
        return LabelsNeeded(None, n, power, alpha, why)
    return LabelsNeeded(
        items, n, power, alpha, f"if they differ as on these {n} items, which is itself uncertain"
    )


def _check(power: float, alpha: float) -> None:
    if not 0 < alpha < power < 1:
        raise ValueError(f"power {power} at level {alpha}")
