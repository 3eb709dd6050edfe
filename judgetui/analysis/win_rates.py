"""How often and by how much one side of a pair is better, in the ways published leaderboards count it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Final

from judgetui.analysis.intervals import RESAMPLES, SEED, Interval, bootstrap, percentiles, wilson
from judgetui.core.vote import Failures, Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Scores = tuple[float, float] | None
"""What the judge gave the system and the reference on one item; None where there is no result."""

BASELINE_BETTER: Final = 1.0
DRAW: Final = 1.5
MODEL_BETTER: Final = 2.0
"""AlpacaEval's preferences (tatsu-lab/alpaca_eval, metrics/winrate.py); between them a soft preference."""

_BY_ITEM: Final = "bootstrap by item"


@dataclass(frozen=True, slots=True)
class Percent:
    """A percentage about pairs, with its origin.

    Args:
        rule: the formula.
        value: in percent; a ratio is above 100 where the system has the higher scores.
        low: lower bound of the 95% interval, in percent; None when there is no interval.
        high: upper bound; None when there is no interval.
        n: items that count.
        failed: results that are missing: items, or reviews where each item has two.
        failures: what the missing ones were counted as.
        interval: how the interval was made.
        why: the reason for an absent interval, or what to know of it.
    """

    rule: str
    value: float
    low: float | None
    high: float | None
    n: int
    failed: int
    failures: Failures
    interval: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class WinRate:
    """A win rate with ties half, and what it is made of.

    Args:
        ties: verdicts of neither side; failures that count as ties are not among them.
        both_bad: verdicts that both are bad; each counts as a tie.
    """

    percent: Percent
    wins: int
    ties: int
    both_bad: int
    losses: int


@dataclass(frozen=True, slots=True)
class PreferenceRates:
    """What AlpacaEval tells of one model against the baseline.

    Args:
        win_rate: mean of preference - 1.
        discrete_win_rate: the same after each preference is rounded to a win or a loss; draws stay half.
        standard_error: of `win_rate`, in percent, with n - 1; None for a single item.
        n_wins: preferences above 1.5.
        n_wins_base: preferences below 1.5.
        n_draws: preferences of exactly 1.5.
        n_total: annotated items; the two percentages have their `n` from here.
    """

    win_rate: Percent
    discrete_win_rate: Percent
    standard_error: float | None
    n_wins: int
    n_wins_base: int
    n_draws: int
    n_total: int


def win_rate(
    verdicts: Iterable[Verdict | None],
    side: Verdict = Verdict.A,
    failures: Failures = Failures.STATE,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> WinRate | None:
    """(wins + ties / 2) / n (MT-Bench's adjusted win rate, FastChat llm_judge/show_result.py).

    The interval is Wilson's where no verdict is a tie, else a bootstrap by item.

    Args:
        verdicts: one an item; None where there is none.
        side: whose win rate, A or B.
        failures: `STATE` leaves items without a verdict out; `TIE` counts them as ties, as PandaLM does.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        None when no item counts.

    Raises:
        ValueError: for another side or another way with failures.
    """
    _check(failures, Failures.STATE, Failures.TIE)
    if side not in {Verdict.A, Verdict.B}:
        raise ValueError(f"{side} is no side of a pair")
    counts = dict.fromkeys((*Verdict, None), 0)
    for verdict in verdicts:
        counts[verdict] += 1
    wins, losses, failed = counts[side], counts[side.swapped], counts[None]
    halves = counts[Verdict.TIE] + counts[Verdict.BOTH_BAD] + (failed if failures is Failures.TIE else 0)
    n = wins + losses + halves
    if n == 0:
        return None
    how, interval = _win_interval(wins, halves, losses, resamples, seed)
    value = 100 * (wins + halves / 2) / n
    percent = _percent("win rate, ties half", value, n, failed, failures, how, interval)
    return WinRate(percent, wins, counts[Verdict.TIE], counts[Verdict.BOTH_BAD], losses)


def preference_of(verdict: Verdict | None) -> float | None:
    """AlpacaEval's preference for a verdict on a pair whose response A is the baseline's."""
    match verdict:
        case None:
            return None
        case Verdict.A:
            return BASELINE_BETTER
        case Verdict.B:
            return MODEL_BETTER
        case _:
            return DRAW


def preference_rates(
    preferences: Iterable[float | None], resamples: int = RESAMPLES, seed: int = SEED
) -> PreferenceRates | None:
    """AlpacaEval's win rate, standard error and discrete win rate (tatsu-lab/alpaca_eval, metrics/helpers.py).

    Args:
        preferences: one an item, from 1 (baseline better) to 2 (model better); 0 is an old form of 1.5. None
            and not-a-number are items without an annotation, which are left out and counted.
        resamples: of the bootstrap, which draws items.
        seed: of the bootstrap.

    Returns:
        None when no item is annotated.

    Raises:
        ValueError: for any other number.
    """
    kept: list[float] = []
    failed = 0
    for preference in preferences:
        if preference is None or isnan(preference):
            failed += 1
        elif preference == 0 or 1 <= preference <= 2:
            kept.append(preference or DRAW)
        else:
            raise ValueError(f"{preference} is no preference; it lies between 1 and 2")
    if not kept:
        return None
    import numpy as np

    soft = np.array(kept) - 1
    discrete = np.where(soft == 0.5, 0.5, np.round(soft))
    n = len(kept)

    def percent(rule: str, values: Floats) -> Percent:
        interval = _by_item(values[:, None], lambda sums: 100 * sums[:, 0] / n, resamples, seed)
        return _percent(rule, 100 * float(values.mean()), n, failed, Failures.STATE, _BY_ITEM, interval)

    return PreferenceRates(
        percent("mean preference - 1", soft),
        percent("mean of rounded preferences - 1, draws half", discrete),
        100 * float(soft.std(ddof=1)) / n**0.5 if n > 1 else None,
        int((soft > 0.5).sum()),
        int((soft < 0.5).sum()),
        int((soft == 0.5).sum()),
        n,
    )


def ratio_of_sums(
    scores: Sequence[Scores],
    failures: Failures = Failures.STATE,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Percent | None:
    """100 * sum of the system's scores / sum of the reference's (Vicuna's blog, QLoRA Table 6, Orca).

    It is not the mean of the items' ratios, which gives another figure and which none of them publishes.

    Args:
        scores: the system's and the reference's score of each item, or None.
        failures: `STATE` leaves items without scores out; `MINUS_ONE` adds -1 to both sums for each, the value
            that Vicuna's parser stores for a failure. QLoRA's released reviews hold it; its Table 6 comes out
            without it.

    Returns:
        None when no item counts or the reference's sum is not above 0.

    Raises:
        ValueError: for another way with failures.
    """
    return _of_sums("ratio of sums", (scores,), _ratio, failures, resamples, seed)


def pooled_ratio(
    first: Sequence[Scores],
    second: Sequence[Scores],
    failures: Failures = Failures.STATE,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Percent | None:
    """Ratio of sums over the reviews of both orders together, QLoRA's `Mean` (arXiv 2305.14314, Table 6).

    Args:
        first: each item's scores, system first, where the answers were shown in one order.
        second: the same items' scores from the other order, again system first.
        failures: as `ratio_of_sums`, for each review by itself.

    Returns:
        None when nothing counts or the reference's sum is not above 0.

    Raises:
        ValueError: for orders of different length, or another way with failures.
    """
    return _of_sums("pooled ratio of two orders", (first, second), _pooled, failures, resamples, seed)


def mean_of_orders(
    first: Sequence[Scores],
    second: Sequence[Scores],
    failures: Failures = Failures.STATE,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Percent | None:
    """Mean of the two orders' ratios of sums; arguments and errors as `pooled_ratio`.

    It differs from the pooled ratio where the reference's sums differ between the orders.
    """
    return _of_sums("mean of two orders' ratios", (first, second), _mean_ratio, failures, resamples, seed)


def _check(failures: Failures, *known: Failures) -> None:
    if failures not in known:
        raise ValueError(f"{failures} is not how failures are counted here; use {' or '.join(known)}")


def _percent(
    rule: str, value: float, n: int, failed: int, failures: Failures, how: str, interval: Interval
) -> Percent:
    return Percent(rule, value, interval.low, interval.high, n, failed, failures, how, interval.why)


def _win_interval(wins: int, halves: int, losses: int, resamples: int, seed: int) -> tuple[str, Interval]:
    n = wins + halves + losses
    if not halves:
        rate = wilson(wins, n)
        assert rate is not None
        return "Wilson", Interval(100 * rate.low, 100 * rate.high)
    import numpy as np

    # Drawing n items anew draws the three counts from a multinomial.
    shares = [wins / n, halves / n, losses / n]
    drawn = np.random.default_rng(seed).multinomial(n, shares, size=resamples)
    return _BY_ITEM, percentiles(100 * (drawn[:, 0] + drawn[:, 1] / 2) / n, n)


def _by_item(columns: Floats, of_sums: Callable[[Floats], Floats], resamples: int, seed: int) -> Interval:
    """Interval of a statistic of column sums; the columns' shape is (items, columns), the sums' (r, columns)."""
    import numpy as np

    distinct, kinds = np.unique(columns, axis=0, return_inverse=True)
    (interval,) = bootstrap(
        lambda counts: of_sums(counts @ distinct),
        len(columns),
        kinds=kinds.ravel(),
        resamples=resamples,
        seed=seed,
    )
    return interval


def _ratio(sums: Floats) -> Floats:
    return _share(sums[:, 0], sums[:, 1])


def _pooled(sums: Floats) -> Floats:
    return _share(sums[:, 0] + sums[:, 2], sums[:, 1] + sums[:, 3])


def _mean_ratio(sums: Floats) -> Floats:
    return (_share(sums[:, 0], sums[:, 1]) + _share(sums[:, 2], sums[:, 3])) / 2


def _share(system: Floats, reference: Floats) -> Floats:
    import numpy as np

    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(reference > 0, 100 * system / reference, np.nan)


def _of_sums(
    rule: str,
    orders: tuple[Sequence[Scores], ...],
    statistic: Callable[[Floats], Floats],
    failures: Failures,
    resamples: int,
    seed: int,
) -> Percent | None:
    """A statistic of the column sums of a table with one row an item and two columns an order."""
    import numpy as np

    _check(failures, Failures.STATE, Failures.MINUS_ONE)
    items = list(zip(*orders, strict=True))
    failed = sum(review is None for item in items for review in item)
    if failures is Failures.STATE:
        items = [item for item in items if any(review is not None for review in item)]
    if not items:
        return None
    missing = (-1.0, -1.0) if failures is Failures.MINUS_ONE else (0.0, 0.0)
    columns = np.array([[x for review in item for x in review or missing] for item in items], dtype=float)
    value = float(statistic(columns.sum(axis=0, keepdims=True))[0])
    if np.isnan(value):
        return None
    interval = _by_item(columns, statistic, resamples, seed)
    return _percent(rule, value, len(items), failed, failures, _BY_ITEM, interval)
