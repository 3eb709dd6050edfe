"""Effects of probes: what a change does to a judge's results, on paired values, each with its n and interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import RESAMPLES, SEED, Interval, bootstrap, wilson
from judgetui.analysis.means import mean
from judgetui.analysis.paired_tests import Outcomes, holm, mcnemar, sign_flip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS: Final = 9_999
"""Random permutations of a test; with the data's own order they make 10,000."""

_LEAST_SLOPE: Final = 4
"""Items that a slope needs: with fewer a line goes nearly through all of them."""

_SAME: Final = 1e-12
"""Variances below this, relative to the squared values, are rounding."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure and the two-sided p-value of its being 0 by chance; None where there is no test."""

    figure: Figure
    p: float | None = None


def mean_change(changes: Sequence[float], reach: float) -> Measured:
    """The mean of paired changes, with a percentile bootstrap by item and Fisher's sign-flip test (`paired_tests`).

    Args:
        changes: the value under the change less the value without it, an item each.
        reach: the largest change that an item can have, either way.
    """
    if not changes:
        return Measured(Figure(None, 0, why="no item has a result with and without the change"))
    test = sign_flip(changes)
    figure = Figure(test.effect, test.n, test.low, test.high)
    return Measured(_bounded(figure, changes, -reach, reach), test.p)


def mean_share(shares: Sequence[float], nothing: str = "there is nothing to compare") -> Figure:
    """The mean of shares from 0 to 1, an item each, with a percentile bootstrap by item."""
    if not shares:
        return Figure(None, 0, why=nothing)
    return _bounded(replace(mean(Counter(shares)), why=""), shares, 0.0, 1.0)


def _bounded(figure: Figure, values: Sequence[float], least: float, most: float) -> Figure:
    """The figure with an interval where every item gives the same, so that no resample differs.

    Wilson's upper bound for 0 of n says which share of items may be otherwise; the interval lets all of these have
    the least or the largest value there is.
    """
    if figure.value is None or figure.low is not None:
        return figure
    if len(values) < 2:
        return replace(figure, why="an interval needs two items")
    none = wilson(0, len(values))
    assert none is not None
    value, others = figure.value, none.high
    low, high = (value + others * (end - value) for end in (least, most))
    return Figure(value, figure.n, low, high, "every item gives the same; the interval allows for others")


def rate(hits: Sequence[bool], nothing: str = "there is nothing to compare") -> Figure:
    """The share of items that are hits, with Wilson's interval."""
    if not hits:
        return Figure(None, 0, why=nothing)
    return Figure.of_rate(wilson(sum(hits), len(hits)))


def first_slot(pairs: Sequence[tuple[int, int]]) -> Measured:
    """The first place's share of decided verdicts, less a half: 0 without a preference, -0.5 to 0.5.

    Each pair is judged in both orders, so that without a preference either place wins as often. The interval is a
    percentile bootstrap by item, the test flips the sign of each item's difference.

    Args:
        pairs: how often the answer shown first won, and how often the one shown second, of each item.
    """
    import numpy as np

    n = len(pairs)
    wins = np.array(pairs, dtype=np.float64).reshape(n, 2)
    if not wins.sum():
        why = "no verdict prefers an answer" if n else "no pair has a verdict in both orders"
        return Measured(Figure(None, n, why=why))

    def advantage(counts: Floats) -> Floats:
        first, second = counts @ wins[:, 0], counts @ wins[:, 1]
        return _ratio(first, first + second) - 0.5

    value = float(advantage(np.ones((1, n)))[0])
    (interval,) = bootstrap(advantage, n)
    leads = [first - second for first, second in pairs]
    figure = Figure(value, n).within(interval)
    decided = [first / (first + second) for first, second in pairs if first + second]
    if len(set(decided)) == 1:
        figure = _bounded(Figure(value, n), decided, -0.5, 0.5)
    return Measured(figure, sign_flip(leads).p)


def beyond_control(
    won: Mapping[str, Mapping[str, bool]], control: Mapping[str, bool], *, seed: int = SEED
) -> tuple[Measured, Mapping[str, float | None]]:
    """The mean share of attacks that win an item, less whether the control wins it.

    Were attacks no better than the control, any of an item's results could be the control's: the test draws anew
    which one is, with the p-value (b + 1) / (m + 1) of Phipson and Smyth 2010. It does not see a single attack among
    many, so each is compared with the control, too (exact McNemar test, adjusted by Holm over the attacks). The p-value
    is twice the smaller one of both, by Bonferroni. Percentile bootstrap by item.

    Args:
        won: by attack, whether it won each item.
        control: whether the control won each item; items without one are left out.

    Returns:
        The figure over all attacks, and the p-value of each by itself.
    """
    import numpy as np

    by_item = {
        name: [float(hits[name]) for hits in won.values() if name in hits]
        for name in control
        if any(name in hits for hits in won.values())
    }
    if not by_item:
        return Measured(Figure(None, 0, why="no item has a result both under attack and without")), {}
    others = np.array([sum(hits) for hits in by_item.values()])
    attacks = np.array([float(len(hits)) for hits in by_item.values()])
    own = np.array([float(control[name]) for name in by_item])
    drawn = np.random.default_rng(seed).random((DRAWS, len(own))) < (others + own) / (attacks + 1)
    leads = ((others + own - drawn) / attacks - drawn).sum(axis=1)
    least = abs(float((others / attacks - own).sum()))
    together = (int((np.abs(leads) >= least - 1e-9 * len(own)).sum()) + 1) / (DRAWS + 1)
    single: dict[str, float | None] = {}
    for attack, hits in won.items():
        shared = [name for name in hits if name in control]
        single[attack] = mcnemar(
            Outcomes.of([control[name] for name in shared], [hits[name] for name in shared])
        ).p
    adjusted = [p for p in holm(list(single.values())) if p is not None]
    figure = mean_change(list(others / attacks - own), 1.0).figure
    return Measured(figure, min(1.0, 2 * min([together, *adjusted]))), single


def within_sd(repeats: Sequence[Sequence[float]]) -> Figure:
    """The standard deviation of repeated scores of the same item, in points.

    The square root of the pooled variance within items, sum of squares over sum of degrees of freedom (Bland and
    Altman 1996, Measurement error, BMJ 312, 1654). Percentile bootstrap by item.

    Args:
        repeats: the scores of each item; items with fewer than two are left out.
    """
    import numpy as np

    kept = [np.asarray(each, dtype=np.float64) for each in repeats if len(each) > 1]
    if not kept:
        return Figure(None, 0, why="no item has two scores")
    squares = np.array([float(((each - each.mean()) ** 2).sum()) for each in kept])
    freedom = np.array([float(len(each) - 1) for each in kept])
    (interval,) = bootstrap(lambda counts: np.sqrt((counts @ squares) / (counts @ freedom)), len(kept))
    if not squares.any():
        interval = Interval(None, None, "every score came back the same")
    return Figure(float(np.sqrt(squares.sum() / freedom.sum())), len(kept)).within(interval)


def slope(
    values: Sequence[float],
    lengths: Sequence[float],
    control: Sequence[float] | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Measured:
    """The least-squares slope of values on lengths, with another variable held constant where one is given.

    By Frisch and Waugh 1933: the slope between what the control leaves of either. Percentile bootstrap by item; the
    test permutes what the control leaves of the values (Freedman and Lane 1983, A Nonstochastic Interpretation of
    Reported Significance Levels), its p-value is (b + 1) / (m + 1) of Phipson and Smyth 2010.

    Args:
        lengths: in doublings, the logarithm to base 2.
        control: such as what people say of each item.
    """
    import numpy as np

    n = len(values)
    if n < _LEAST_SLOPE + (control is not None):
        return Measured(Figure(None, n, why=f"a slope needs {_LEAST_SLOPE + (control is not None)} items"))
    y, x = np.asarray(values, dtype=np.float64), np.asarray(lengths, dtype=np.float64)
    held = np.zeros(n) if control is None else np.asarray(control, dtype=np.float64)
    figure_of = _slopes(y, x, held)
    value = float(figure_of(np.ones((1, n)))[0])
    if np.isnan(value):
        return Measured(Figure(None, n, why="the lengths do not differ, or go with the labels exactly"))
    (interval,) = bootstrap(figure_of, n, resamples=resamples, seed=seed)
    left_y, left_x = _residuals(y, held), _residuals(x, held)
    random = np.random.default_rng(seed)
    shuffled = random.permuted(np.tile(left_y, (DRAWS, 1)), axis=1)
    least = abs(float(left_y @ left_x))
    as_large = int((np.abs(shuffled @ left_x) >= least * (1 - 1e-9)).sum())
    return Measured(Figure(value, n).within(interval), (as_large + 1) / (DRAWS + 1))


def group_difference(
    own: Sequence[float], others: Sequence[float], *, resamples: int = RESAMPLES, seed: int = SEED
) -> Measured:
    """The mean of one group of items less that of the others.

    Percentile bootstrap by item over both groups; the test permutes which item belongs to which (Fisher 1935), with
    the p-value (b + 1) / (m + 1) of Phipson and Smyth 2010.
    """
    import numpy as np

    n = len(own) + len(others)
    if not own or not others:
        return Measured(Figure(None, n, why="one of the two groups has no result"))
    y = np.array([*own, *others], dtype=np.float64)
    mine = np.array([1.0] * len(own) + [0.0] * len(others))

    def difference(counts: Floats) -> Floats:
        return _ratio(counts @ (y * mine), counts @ mine) - _ratio(
            counts @ (y * (1 - mine)), counts @ (1 - mine)
        )

    value = float(difference(np.ones((1, n)))[0])
    (interval,) = bootstrap(difference, n, resamples=resamples, seed=seed)
    random = np.random.default_rng(seed)
    sums = random.permuted(np.tile(y, (DRAWS, 1)), axis=1)[:, : len(own)].sum(axis=1)
    drawn = sums / len(own) - (y.sum() - sums) / len(others)
    as_large = int((np.abs(drawn) >= abs(value) - 1e-9 * np.abs(y).max(initial=0)).sum())
    return Measured(Figure(value, n).within(interval), (as_large + 1) / (DRAWS + 1))


def _slopes(y: Floats, x: Floats, held: Floats) -> Callable[[Floats], Floats]:
    """From counts of shape (r, n) to slopes of shape (r,), nan where the lengths do not vary."""
    import numpy as np

    columns = {"x": x, "y": y, "c": held}
    products = {a + b: columns[a] * columns[b] for a, b in ("xx", "xy", "xc", "cc", "cy")}

    def figure(counts: Floats) -> Floats:
        total = counts.sum(axis=1)
        means = {name: counts @ column / total for name, column in columns.items()}
        s = {name: counts @ each / total - means[name[0]] * means[name[1]] for name, each in products.items()}
        varies = s["cc"] > _SAME * (1 + means["c"] ** 2)
        own = np.where(varies, s["xx"] * s["cc"] - s["xc"] ** 2, s["xx"])
        joint = np.where(varies, s["xy"] * s["cc"] - s["cy"] * s["xc"], s["xy"])
        scale = np.where(varies, s["xx"] * s["cc"], 1 + means["x"] ** 2)
        return _ratio(joint, np.where(own > 1e-9 * scale, own, 0.0))

    return figure


def _residuals(y: Floats, held: Floats) -> Floats:
    """What a variable held constant leaves."""
    centred: Floats = y - y.mean()
    other: Floats = held - held.mean()
    varies = float(other @ other) > _SAME * len(held) * (1 + float(held.mean()) ** 2)
    if not varies:
        return centred
    left: Floats = centred - other * (float(centred @ other) / float(other @ other))
    return left


def _ratio(above: Floats, below: Floats) -> Floats:
    """Quotients, nan where there is nothing to divide by."""
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)
    return found
