"""Whether two judges, or two versions of a rubric, differ by more than chance on the same items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from judgetui.analysis import paired_cells
from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import RESAMPLES, SEED, drawn, incidence, percentiles, wilson
from judgetui.analysis.means import mean
from judgetui.analysis.paired_cells import Cells

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

EXACT: Final = 20
"""Up to so many differences that are not 0, every assignment of signs is counted: at most 1,048,576."""

DRAWS: Final = 9_999
"""Random assignments of signs where there are too many to count; with the data's own they make 10,000."""

_DISTINCT: Final = 1000
"""So many distinct differences are signed by drawing how many of each are positive."""

_AT_ONCE: Final = 4_000_000
"""Signs in memory at a time."""

_Z: Final = NormalDist().inv_cdf(0.975)

_NOTHING: Final = "no item has a label and a result of both"


@dataclass(frozen=True, slots=True)
class PairedTest:
    """A difference between two sides on the same items, the second less the first.

    Args:
        method: what was done, in words.
        n: items that both sides and people have a result of.
        effect: the difference; None where it has no meaning.
        low: lower bound of its 95% interval; None when there is no interval.
        high: upper bound; None when there is no interval.
        p: two-sided p-value; None where there is no test.
        adjusted: the p-value after Holm's adjustment over all tests of a family; None where none was made.
        why: the reason for what is absent, or what to know of it.
    """

    method: str
    n: int
    effect: float | None
    low: float | None
    high: float | None
    p: float | None
    why: str = ""
    adjusted: float | None = None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Items by which of two sides is right.

    Args:
        both: items that both sides are right on.
        first: items that the first side alone is right on.
        second: items that the second side alone is right on.
        neither: items that neither is right on.
    """

    both: int
    first: int
    second: int
    neither: int

    @classmethod
    def of(cls, first: Sequence[bool], second: Sequence[bool]) -> Outcomes:
        """Count items.

        Raises:
            ValueError: if the lengths differ.
        """
        counts = Counter(zip(first, second, strict=True))
        return cls(counts[True, True], counts[True, False], counts[False, True], counts[False, False])

    @property
    def n(self) -> int:
        """All items."""
        return self.both + self.first + self.second + self.neither


def mcnemar(outcomes: Outcomes) -> PairedTest:
    """Whether two sides are right equally often: McNemar's test in its exact form.

    The p-value is that of a fair coin for the items that one side alone is right on (McNemar 1947, Psychometrika 12;
    the exact conditional form, as Fagerland, Lydersen and Laake 2013, BMC Medical Research Methodology 13:91, have it);
    1 where there are no such items. The interval of the difference in accuracy is Bonett and Price's adjusted one (2012,
    Journal of Educational and Behavioral Statistics 37, 479-488): Wald's with one item added to either cell.
    """
    method, n = "exact McNemar test", outcomes.n
    if not n:
        return PairedTest(method, 0, None, None, None, None, _NOTHING)
    from scipy.stats import binomtest

    apart = outcomes.first + outcomes.second
    p = float(binomtest(outcomes.first, apart).pvalue) if apart else 1.0
    why = "" if apart else "both are right on the same items"
    effect = (outcomes.second - outcomes.first) / n
    if n < 2:
        return PairedTest(method, n, effect, None, None, p, why or "an interval needs two items")
    first, second = (outcomes.first + 1) / (n + 2), (outcomes.second + 1) / (n + 2)
    half = _Z * sqrt((first + second - (second - first) ** 2) / (n + 2))
    low, high = max(-1.0, second - first - half), min(1.0, second - first + half)
    return PairedTest(method, n, effect, min(low, effect), max(high, effect), p, why)


def sign_flip(differences: Sequence[float], *, draws: int = DRAWS, seed: int = SEED) -> PairedTest:
    """Whether paired differences have the mean 0: Fisher's randomisation test (1935, The Design of Experiments, 21).

    Were the two sides alike, either sign of each difference would be as likely. The p-value is the share of signs with
    as large an absolute sum as the data's: of all where at most `EXACT` differences are not 0, else (b + 1) / (m + 1)
    of random ones (Phipson and Smyth 2010, Statistical Applications in Genetics and Molecular Biology 9:39). The
    interval of the mean is a percentile bootstrap by item.

    Args:
        differences: the second side's value less the first's, an item each.
        draws: random assignments of signs.
        seed: of the signs and of the bootstrap.
    """
    import numpy as np

    n = len(differences)
    if not n:
        return PairedTest("sign-flip test", 0, None, None, None, None, _NOTHING)
    values = np.asarray(differences, dtype=np.float64)
    sizes = np.abs(values[values != 0])
    figure = mean(Counter(values.tolist()), seed=seed)
    least = abs(float(values.sum())) - 1e-9 * float(sizes.sum())  # as large but for rounding
    if len(sizes) <= EXACT:
        method = "exact sign-flip test"
        sums = np.zeros(1)
        for size in sizes:
            sums = np.concatenate([sums - size, sums + size])
        p = float((np.abs(sums) >= least).mean())
    else:
        method = f"sign-flip test, {draws:,} random draws, seed {seed}"
        p = (int((np.abs(_flipped(sizes, draws, seed)) >= least).sum()) + 1) / (draws + 1)
    why = figure.why if len(sizes) else "both are as far from the labels on every item"
    return PairedTest(method, n, figure.value, figure.low, figure.high, p, why)


def _flipped(sizes: Floats, draws: int, seed: int) -> Floats:
    """Sums of the sizes with random signs, of shape (draws,)."""
    import numpy as np

    random = np.random.default_rng(seed)
    distinct, counts = np.unique(sizes, return_counts=True)
    if len(distinct) <= _DISTINCT:
        return np.asarray((2.0 * random.binomial(counts, 0.5, (draws, len(counts))) - counts) @ distinct)
    found = np.empty(draws)
    rows = max(1, _AT_ONCE // len(sizes))
    for start in range(0, draws, rows):
        signs = random.integers(0, 2, (min(rows, draws - start), len(sizes)), dtype=np.int8)
        found[start : start + rows] = 2.0 * (signs @ sizes) - sizes.sum()
    return found


class Statistic(StrEnum):
    """Agreement with labels that two sides are compared by."""

    ACCURACY = "accuracy"
    KAPPA = "kappa"
    WEIGHTED_KAPPA = "weighted kappa"
    SPEARMAN = "Spearman"


_OF_COUNTS: Final[Mapping[Statistic, Callable[[Cells, Floats], Floats]]] = {
    Statistic.ACCURACY: paired_cells.agreement,
    Statistic.KAPPA: paired_cells.kappa,
    Statistic.WEIGHTED_KAPPA: paired_cells.weighted_kappa,
    Statistic.SPEARMAN: paired_cells.spearman,
}


def paired_bootstrap(
    statistic: Statistic,
    first: Sequence[float],
    second: Sequence[float],
    labels: Sequence[float],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> PairedTest:
    """The difference of two sides' agreement with the same labels, by a percentile bootstrap of items.

    Each resample draws items with what both sides and people said of them, so that what the sides share cancels out.
    The p-value is where the percentile interval would just touch 0 (Efron and Tibshirani 1993, An Introduction to the
    Bootstrap, section 15.4), with the data's own sample counted on either side.

    Args:
        first: numbers; texts stand as their codes. Weighted kappa takes whole points.
        second: of the same length.
        labels: of the same length.

    Raises:
        ValueError: if the lengths differ.
    """
    import numpy as np

    n, method = len(labels), f"paired bootstrap of the difference in {statistic}, {resamples:,} resamples"
    if not len(first) == len(second) == n:
        raise ValueError(f"{len(first)}, {len(second)} values and {n} labels")
    if n < 2:
        return PairedTest(
            method, n, None, None, None, None, "it needs two items with a label and a result of both"
        )
    table = np.array([first, second, labels], dtype=np.float64).T
    rows, kinds = np.unique(table, axis=0, return_inverse=True)
    sides: list[tuple[Cells, Callable[[Floats], Floats]]] = []
    for side in (0, 1):
        cells = Cells.of(rows[:, side].copy(), rows[:, 2].copy())
        shape = (len(rows), len(cells.left))
        sides.append((cells, incidence(np.arange(len(rows)), cells.kinds, shape)))

    def difference(counts: Floats) -> Floats:
        one, two = (_OF_COUNTS[statistic](cells, summed(counts)) for cells, summed in sides)
        return two - one

    codes = kinds.ravel().astype(np.intp)
    effect = float(difference(np.bincount(codes).astype(np.float64)[None])[0])
    if np.isnan(effect):
        return PairedTest(
            method, n, None, None, None, None, f"a side has no {statistic}: nothing varies on these items"
        )
    figures = np.concatenate([difference(counts) for counts in drawn(n, None, resamples, seed, kinds=codes)])
    interval = percentiles(figures, n)
    if interval.low is None:
        same = bool((figures[~np.isnan(figures)] == 0).all()) and effect == 0
        return PairedTest(
            method,
            n,
            effect,
            None,
            None,
            1.0 if same else None,
            "both say the same" if same else interval.why,
        )
    known = figures[~np.isnan(figures)]
    tail = min(int((known <= 0).sum()), int((known >= 0).sum()))
    p = min(1.0, 2 * (tail + 1) / (len(known) + 1))
    return PairedTest(method, n, effect, interval.low, interval.high, p)


def changed(changes: int, n: int) -> Figure:
    """The share of items whose result changed, with Wilson's interval; it needs no labels."""
    return Figure.of_rate(wilson(changes, n))


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """P-values adjusted for their number (Holm 1979, Scandinavian Journal of Statistics 6, 65-70).

    Ascending, the i-th of m is multiplied by m - i + 1, and none is less than the one before, or more than 1. None is
    no test, and stays.
    """
    order = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    found: list[float | None] = [None] * len(p_values)
    most = 0.0
    for rank, (p, place) in enumerate(order):
        most = max(most, min(1.0, (len(order) - rank) * p))
        found[place] = most
    return tuple(found)


def adjusted(tests: Sequence[PairedTest]) -> tuple[PairedTest, ...]:
    """The tests with Holm's adjustment over all of them."""
    return tuple(
        replace(test, adjusted=p) for test, p in zip(tests, holm([test.p for test in tests]), strict=True)
    )
