"""Win rates and ratios of scores, on cases that can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.analysis.intervals import wilson
from judgetui.analysis.win_rates import (
    Percent,
    mean_of_orders,
    pooled_ratio,
    preference_of,
    preference_rates,
    ratio_of_sums,
    win_rate,
)
from judgetui.core.vote import Failures, Verdict

A, B, TIE, BOTH_BAD = Verdict.A, Verdict.B, Verdict.TIE, Verdict.BOTH_BAD

verdicts = st.lists(st.sampled_from([*Verdict, None]), max_size=40)
preferences = st.lists(st.none() | st.floats(1, 2), max_size=40)
scores = st.lists(st.none() | st.tuples(st.integers(1, 10), st.integers(1, 10)), max_size=20)


def ends(percent: Percent) -> tuple[float, float]:
    assert percent.low is not None and percent.high is not None
    return percent.low, percent.high


# verdicts


def test_ties_and_both_bad_are_half_and_failures_are_left_out() -> None:
    found = win_rate([A, A, A, B, TIE, TIE, BOTH_BAD, TIE, None, None])
    assert found is not None
    assert (found.wins, found.ties, found.both_bad, found.losses) == (3, 3, 1, 1)
    percent = found.percent
    assert percent.value == pytest.approx(100 * 5 / 8)
    assert (percent.n, percent.failed, percent.failures) == (8, 2, Failures.STATE)


def test_failures_can_be_ties_as_pandalm_counts_them() -> None:
    found = win_rate([A, A, A, None], failures=Failures.TIE)
    assert found is not None
    assert found.percent.value == pytest.approx(100 * 3.5 / 4)
    assert (found.percent.n, found.percent.failed, found.percent.failures) == (4, 1, Failures.TIE)
    assert found.ties == 0


@pytest.mark.parametrize("failures", [Failures.ZERO, Failures.MINUS_ONE])
def test_a_verdict_cannot_fail_as_a_number(failures: Failures) -> None:
    with pytest.raises(ValueError, match="state or tie"):
        win_rate([A], failures=failures)


def test_a_tie_is_no_side() -> None:
    with pytest.raises(ValueError, match="side"):
        win_rate([A], side=TIE)


def test_without_ties_the_interval_is_wilsons() -> None:
    found = win_rate([A] * 7 + [B] * 3)
    expected = wilson(7, 10)
    assert found is not None and expected is not None
    assert ends(found.percent) == pytest.approx((100 * expected.low, 100 * expected.high))
    assert found.percent.interval == "Wilson"


def test_with_ties_the_interval_is_drawn_and_the_seed_decides_it() -> None:
    votes = [A] * 30 + [TIE] * 20 + [B] * 10
    first, again, other = win_rate(votes), win_rate(votes), win_rate(votes, seed=1)
    assert first is not None and again is not None and other is not None
    assert first == again
    assert ends(first.percent) != ends(other.percent)
    # The normal approximation: points have the variance (30 + 20 / 4) / 60 - (40 / 60) ** 2.
    half = 196 * ((35 / 60 - (40 / 60) ** 2) / 60) ** 0.5
    low, high = ends(first.percent)
    assert (high - low) / 2 == pytest.approx(half, rel=0.1)


def test_ties_alone_have_no_interval() -> None:
    found = win_rate([TIE, TIE, BOTH_BAD])
    assert found is not None
    assert found.percent.value == 50 and found.percent.low is None and found.percent.why


def test_nothing_has_no_win_rate() -> None:
    assert win_rate([]) is None
    assert win_rate([None]) is None


@given(verdicts)
def test_the_other_side_has_the_rest(votes: list[Verdict | None]) -> None:
    ours, theirs = win_rate(votes), win_rate(votes, side=B)
    mirrored = win_rate([vote.swapped if vote else None for vote in votes])
    if ours is None or theirs is None or mirrored is None:
        assert ours is theirs is mirrored is None
        return
    assert ours.percent.value + theirs.percent.value == pytest.approx(100)
    assert mirrored.percent.value == theirs.percent.value
    assert ours.percent.n + ours.percent.failed == len(votes)


# preferences


def test_preferences_of_verdicts() -> None:
    assert [preference_of(verdict) for verdict in (A, B, TIE, BOTH_BAD, None)] == [1.0, 2.0, 1.5, 1.5, None]


def test_preferences_are_counted_as_alpaca_eval_does() -> None:
    found = preference_rates([2.0, 1.0, 1.5, 0, 1.75, 1.2, None, float("nan")])
    assert found is not None
    assert found.win_rate.value == pytest.approx(100 * (1 + 0 + 0.5 + 0.5 + 0.75 + 0.2) / 6)
    assert found.discrete_win_rate.value == pytest.approx(100 * (1 + 0 + 0.5 + 0.5 + 1 + 0) / 6)
    assert (found.n_wins, found.n_wins_base, found.n_draws, found.n_total) == (2, 2, 2, 6)
    assert found.win_rate.failed == found.discrete_win_rate.failed == 2
    assert found.win_rate.n == 6


def test_the_standard_error_divides_by_n_minus_one() -> None:
    found = preference_rates([1.0, 2.0, 2.0, 2.0])
    assert found is not None and found.standard_error is not None
    assert found.standard_error == pytest.approx(100 * (0.75 / 3) ** 0.5 / 2)


def test_a_single_preference_has_neither_error_nor_interval() -> None:
    found = preference_rates([1.7])
    assert found is not None
    assert found.standard_error is None and found.win_rate.low is None and found.win_rate.why


@pytest.mark.parametrize("wrong", [-1, 0.5, 2.1, 3])
def test_other_numbers_are_no_preferences(wrong: float) -> None:
    with pytest.raises(ValueError, match="between 1 and 2"):
        preference_rates([1.0, wrong])


def test_no_preferences_have_no_rates() -> None:
    assert preference_rates([]) is None
    assert preference_rates([None]) is None


@given(preferences)
def test_exchanging_model_and_baseline_mirrors_every_rate(given: list[float | None]) -> None:
    ours = preference_rates(given, resamples=20)
    theirs = preference_rates([None if each is None else 3 - each for each in given], resamples=20)
    if ours is None or theirs is None:
        assert ours is theirs is None
        return
    assert ours.win_rate.value + theirs.win_rate.value == pytest.approx(100)
    assert ours.n_wins + ours.n_wins_base + ours.n_draws == ours.n_total
    if all(each is None or each == 3 - (3 - each) for each in given):  # else rounding moves a draw
        assert (ours.n_wins, ours.n_draws) == (theirs.n_wins_base, theirs.n_draws)


def test_the_interval_is_that_of_the_items() -> None:
    given = [1 + (n % 10) / 10 for n in range(400)]
    found = preference_rates(given)
    assert found is not None and found.standard_error is not None
    low, high = ends(found.win_rate)
    assert low < found.win_rate.value < high
    assert (high - low) / 2 == pytest.approx(1.96 * found.standard_error, rel=0.1)


# ratios


def test_the_ratio_is_of_sums_and_not_a_mean_of_ratios() -> None:
    found = ratio_of_sums([(10, 5), (2, 4), None])
    assert found is not None
    assert found.value == pytest.approx(100 * 12 / 9)
    assert (found.n, found.failed, found.failures) == (2, 1, Failures.STATE)
    assert found.rule == "ratio of sums"


def test_failures_can_be_minus_one_in_both_sums() -> None:
    found = ratio_of_sums([(10, 5), (2, 4), None], failures=Failures.MINUS_ONE)
    assert found is not None
    assert found.value == pytest.approx(100 * 11 / 8)
    assert (found.n, found.failed, found.failures) == (3, 1, Failures.MINUS_ONE)


def test_two_orders_pooled_and_averaged_differ() -> None:
    first, second = [(8.0, 4.0), (6.0, 6.0)], [(5.0, 10.0), None]
    pooled, mean = pooled_ratio(first, second), mean_of_orders(first, second)
    assert pooled is not None and mean is not None
    assert pooled.value == pytest.approx(100 * 19 / 20)
    assert mean.value == pytest.approx((140 + 50) / 2)
    assert (pooled.n, pooled.failed) == (mean.n, mean.failed) == (2, 1)
    kept = pooled_ratio(first, second, failures=Failures.MINUS_ONE)
    assert kept is not None and kept.value == pytest.approx(100 * 18 / 19)


def test_an_item_that_failed_in_both_orders_is_no_item() -> None:
    found = pooled_ratio([(8, 4), None], [(5, 10), None])
    assert found is not None and (found.n, found.failed) == (1, 2)


def test_orders_have_the_same_items() -> None:
    with pytest.raises(ValueError, match="shorter"):
        pooled_ratio([(1, 1)], [])


@pytest.mark.parametrize("failures", [Failures.ZERO, Failures.TIE])
@pytest.mark.parametrize("figure", [ratio_of_sums, lambda s, failures: pooled_ratio(s, s, failures)])
def test_scores_fail_as_nothing_or_minus_one(
    failures: Failures, figure: Callable[..., Percent | None]
) -> None:
    with pytest.raises(ValueError, match="state or minus-one"):
        figure([(1, 1)], failures=failures)


def test_nothing_below_the_line_has_no_ratio() -> None:
    assert ratio_of_sums([]) is None
    assert ratio_of_sums([None]) is None
    assert ratio_of_sums([None], failures=Failures.MINUS_ONE) is None
    assert ratio_of_sums([(3, 0)]) is None


@given(scores)
def test_the_same_scores_are_100_percent_in_every_rule(given: list[tuple[float, float] | None]) -> None:
    same = [None if each is None else (each[0], each[0]) for each in given]
    for found in (
        ratio_of_sums(same, resamples=10),
        pooled_ratio(same, same, resamples=10),
        mean_of_orders(same, same, resamples=10),
    ):
        assert found is None or found.value == pytest.approx(100)


@given(scores)
def test_an_order_pooled_with_itself_is_itself(given: list[tuple[float, float] | None]) -> None:
    alone, pooled = ratio_of_sums(given, resamples=50), pooled_ratio(given, given, resamples=50)
    if alone is None or pooled is None:
        assert alone is pooled is None
        return
    assert pooled.value == pytest.approx(alone.value)
    assert (pooled.low, pooled.high) == pytest.approx((alone.low, alone.high))  # items are drawn, not reviews


def test_a_ratio_lies_in_its_interval_and_the_seed_decides_it() -> None:
    given = [(5.0 + n % 5, 7.0 + n % 3) for n in range(60)]
    found = ratio_of_sums(given)
    assert found is not None
    low, high = ends(found)
    assert low < found.value < high
    assert ratio_of_sums(given) == found
    assert ratio_of_sums(given, seed=7) != found
