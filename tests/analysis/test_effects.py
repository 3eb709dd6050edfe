"""Effects of probes against other libraries, on textbook shapes, and where nothing varies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from judgetui.analysis.effects import (
    Measured,
    beyond_control,
    first_slot,
    group_difference,
    mean_change,
    mean_share,
    rate,
    slope,
    within_sd,
)
from judgetui.analysis.probe_effects import (
    Effect,
    Kin,
    Lengths,
    Pair,
    Words,
    attack_effects,
    change_effects,
    family_effects,
    instability_effects,
    length_effects,
    opinion_effects,
    order_effects,
    repeat_effects,
    settled,
)
from judgetui.core.probes.attacks import CONTROL
from judgetui.core.probes.seen import Seen, Span
from judgetui.core.vote import Status, Verdict

POINTS = Words(Span(1, 10, 1, "points"), {"x": "with x"})
WINS = Words(Span(0, 1, 0.5, "share of wins"))


def seen(value: float | None, result: str = "") -> Seen:
    return Seen(Status.OK if value is not None else Status.UNPARSED, value, result)


def pairs(*values: tuple[float | None, float | None]) -> list[Pair]:
    return [Pair(f"i{n}", seen(before), seen(after)) for n, (before, after) in enumerate(values)]


def by_name(effects: list[Effect]) -> dict[str, Effect]:
    return {effect.name: effect for effect in effects}


def inside(tested: Measured, value: float) -> bool:
    low, high = tested.figure.low, tested.figure.high
    return low is not None and high is not None and low <= value <= high


# single figures


def test_a_mean_change_is_that_of_scipys_permutation_test() -> None:
    changes = [1.0, 2.0, 0.0, -1.0, 1.5, 0.5, 1.0, 0.0, 2.0, -0.5]
    found = mean_change(changes, 9)
    exact = stats.permutation_test(
        (np.array(changes),), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
    )
    assert found.figure.value == pytest.approx(np.mean(changes))
    assert found.p == pytest.approx(exact.pvalue)
    assert inside(found, float(np.mean(changes)))


def test_where_every_item_changes_alike_the_interval_allows_for_others() -> None:
    found = mean_change([1.0] * 20, 9)
    upper = stats.binomtest(0, 20).proportion_ci(method="wilson").high
    assert found.figure.low == pytest.approx(1 - upper * 10) and found.figure.high == pytest.approx(
        1 + upper * 8
    )
    assert found.p == pytest.approx(2 / 2**20)
    still = mean_change([0.0] * 20, 1)
    assert (still.figure.value, still.p) == (0, 1)
    assert inside(still, 0) and still.figure.why


def test_nothing_and_one_item() -> None:
    assert mean_change([], 1).figure.value is None and mean_change([], 1).figure.why
    one = mean_change([1.0], 1)
    assert (one.figure.value, one.figure.low) == (1, None) and one.figure.why
    assert rate([]).value is None and rate([]).why
    assert mean_share([], "nobody").why == "nobody"
    assert first_slot([]).figure.value is None
    assert within_sd([[1.0], []]).value is None
    assert group_difference([1.0], []).figure.value is None
    assert slope([1, 2, 3], [1, 2, 3]).figure.value is None


def test_the_first_place_wins_half_more_than_it_should() -> None:
    always = first_slot([(2, 0)] * 20)
    assert always.figure.value == 0.5 and always.p is not None and always.p < 0.001
    assert inside(always, 0.5)
    mixed = first_slot([(2, 0), (1, 0), (0, 0)] * 6)
    assert mixed.figure.value == 0.5 and inside(mixed, 0.5)
    even = first_slot([(1, 1)] * 20)
    assert (even.figure.value, even.p) == (0, 1)
    some = first_slot([(2, 0), (1, 1), (1, 0), (0, 0), (0, 2), (2, 0)])
    assert some.figure.value == pytest.approx(6 / 9 - 0.5)
    assert first_slot([(0, 0)] * 3).figure.value is None


@given(st.lists(st.lists(st.integers(1, 10), min_size=2, max_size=4), min_size=2, max_size=30))
def test_the_spread_within_items_is_the_residual_of_an_analysis_of_variance(repeats: list[list[int]]) -> None:
    squares = sum(np.var(each, ddof=1) * (len(each) - 1) for each in repeats)
    freedom = sum(len(each) - 1 for each in repeats)
    found = within_sd([[float(x) for x in each] for each in repeats])
    assert found.value == pytest.approx(np.sqrt(squares / freedom), abs=1e-12)
    assert found.n == len(repeats)


@given(st.integers(0, 10_000))
def test_a_slope_is_statsmodels_with_and_without_a_control(seed: int) -> None:
    import statsmodels.api as sm

    random = np.random.default_rng(seed)
    x, control = random.normal(size=30), random.integers(0, 3, 30).astype(float)
    y = 0.5 * x + control + random.normal(size=30)
    plain = slope(y, x, resamples=50)  # type: ignore[arg-type]
    assert plain.figure.value == pytest.approx(stats.linregress(x, y).slope)
    held = slope(y, x, control, resamples=50)  # type: ignore[arg-type]
    fit = sm.OLS(y, sm.add_constant(np.column_stack([x, control]))).fit()
    assert held.figure.value == pytest.approx(fit.params[1])


def test_a_slope_that_is_there_is_told_from_one_that_is_not() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=40)
    noise = random.normal(size=40)
    there, absent = slope(list(2 * x + noise), list(x)), slope(list(noise), list(x))
    assert there.p is not None and there.p < 0.001 and inside(there, 2)
    assert absent.p is not None and absent.p > 0.05 and inside(absent, 0)


def test_a_slope_of_equal_lengths_or_of_lengths_that_go_with_labels_has_no_value() -> None:
    assert slope([1, 2, 3, 4, 5], [3] * 5).figure.value is None
    assert slope([1, 2, 3, 4, 9], [1, 2, 3, 4, 5], [2, 4, 6, 8, 10]).figure.value is None
    assert slope([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [7] * 5).figure.value == pytest.approx(1)


def test_two_groups_are_scipys_permutation_test_of_means() -> None:
    own, others = [4.0, 5, 5, 4, 5, 4], [3.0, 2, 4, 3, 3, 2, 3]
    found = group_difference(own, others)

    def difference(one: list[float], two: list[float]) -> float:
        return float(np.mean(one) - np.mean(two))

    exact = stats.permutation_test((own, others), difference, n_resamples=np.inf)
    assert found.figure.value == pytest.approx(difference(own, others))
    assert found.p == pytest.approx(exact.pvalue, abs=0.01)
    assert (found.figure.low or 0) > 0


def test_intervals_of_a_mean_change_cover_it() -> None:
    random = np.random.default_rng(3)
    hits = sum(inside(mean_change(list(random.choice([-0.5, 0, 0, 0.5, 1], 24)), 1), 0.2) for _ in range(400))
    assert 0.92 <= hits / 400 <= 0.98


# effects of probes


def test_a_change_is_told_with_the_share_that_changed_and_without_what_failed() -> None:
    found = by_name(change_effects({"x": pairs((3, 5), (4, 4), (None, 9), (2, 4), (5, None))}, POINTS))
    assert found["x.change"].figure.value == pytest.approx(4 / 3)
    assert found["x.change"].figure.n == 3 and found["x.change"].main
    assert found["x.changed"].figure.value == pytest.approx(2 / 3)
    assert found["x.change"].title.startswith("with x")


def test_instability_is_what_changes_beyond_the_retest() -> None:
    moved = pairs(*[(3, 6)] * 12, *[(3, 3)] * 12)
    still = pairs(*[(3, 3)] * 24)
    clear = settled([instability_effects({"x": moved}, still, POINTS)])[0]
    assert by_name(clear)["x.beyond"].clear is True
    noisy = settled([instability_effects({"x": moved}, moved, POINTS)])[0]
    assert by_name(noisy)["x.beyond"].figure.value == 0 and by_name(noisy)["x.beyond"].clear is False
    alone = by_name(instability_effects({"x": moved}, [], POINTS))
    assert alone["x.beyond"].figure.value == 0.5 and "without a retest" in alone["x.beyond"].title


def test_opinions_are_compared_with_each_other() -> None:
    found = by_name(opinion_effects(pairs((3, 8), (4, 4), (5, 4)), POINTS))
    assert found["opinion.change"].figure.value == pytest.approx(4 / 3)
    assert found["opinion.followed"].figure.value == pytest.approx(1 / 3)


def test_an_attack_wins_when_it_reaches_the_upper_tenth_from_below() -> None:
    won = pairs((3, 10), (9, 9.1), (10, 10), (3, 9.0), (None, 10))
    none = pairs((3, 3), (9, 9), (10, 10), (3, 3), (None, 3))
    found = by_name(attack_effects({CONTROL: none, "x": won, "y": none}, POINTS))
    assert (found["x.won"].figure.value, found["x.won"].figure.n) == (2 / 3, 3)
    assert found["y.won"].figure.value == 0 and found[f"{CONTROL}.won"].figure.value == 0
    assert found["any.won"].figure.value == pytest.approx(2 / 3)
    assert found["all.won"].figure.value == pytest.approx(1 / 3)
    assert found["all.beyond"].figure.value == pytest.approx(1 / 3) and found["all.beyond"].main


def test_what_a_harmless_remark_wins_is_no_success_of_attacks() -> None:
    same = pairs(*[(0, 1)] * 12)
    found = by_name(attack_effects({CONTROL: same, "x": same}, WINS))
    assert found["all.won"].figure.value == 1 and found["all.beyond"].figure.value == 0
    full = by_name(attack_effects({CONTROL: pairs((1, 1)), "x": pairs((1, 1))}, WINS))
    assert full["all.beyond"].figure.value is None and "at the top" in full["all.beyond"].figure.why


def test_one_attack_among_many_is_found_and_wobbling_results_are_not() -> None:
    names = [f"i{n}" for n in range(24)]
    still = dict.fromkeys(names, False)
    one = {f"a{n}": dict.fromkeys(names, n == 3) for n in range(16)}
    found, single = beyond_control(one, still)
    assert found.figure.value == pytest.approx(1 / 16) and found.p is not None and found.p < 1e-5
    assert single["a3"] == pytest.approx(2 / 2**24) and single["a4"] == 1
    random = np.random.default_rng(4)

    def wobble(share: float) -> dict[str, bool]:
        return {name: bool(random.random() < share) for name in names}

    for share in (0.1, 0.5):
        drawn = [
            beyond_control({f"a{n}": wobble(share) for n in range(16)}, wobble(share)) for _ in range(100)
        ]
        assert sum(measured.p is not None and measured.p < 0.05 for measured, _ in drawn) <= 10


def test_many_attacks_that_win_now_and_then_are_found_together() -> None:
    random = np.random.default_rng(5)
    names = [f"i{n}" for n in range(24)]
    won = {f"a{n}": {name: bool(random.random() < 0.3) for name in names} for n in range(16)}
    found, _ = beyond_control(won, dict.fromkeys(names, False))
    assert found.p is not None and found.p < 0.01
    assert beyond_control(won, {})[0].figure.value is None


def test_orders_are_told_by_place() -> None:
    a, b, tie = Verdict.A, Verdict.B, Verdict.TIE
    found = by_name(order_effects([(a, b)] * 6 + [(a, a), (b, b), (tie, tie)]))
    assert found["first.advantage"].figure.value == pytest.approx(14 / 16 - 0.5)
    assert found["flips"].figure.value == pytest.approx(6 / 9)


def test_repeats_count_an_item_once_and_give_a_spread_for_scores_alone() -> None:
    scores = {"again-1": pairs((3, 3), (4, 6)), "again-2": pairs((3, 3), (4, 8))}
    found = by_name(repeat_effects({"i0": seen(3), "i1": seen(4)}, scores, POINTS))
    assert (found["changed"].figure.value, found["changed"].clear) == (0.5, True)
    assert found["sd"].figure.value == pytest.approx(np.sqrt(np.var([4, 6, 8], ddof=1) * 2 / 4))
    verdicts = {"again-1": [Pair("i0", seen(1, "A"), seen(1, "A"))]}
    whole = by_name(repeat_effects({"i0": seen(1, "A")}, verdicts, WINS))
    assert list(whole) == ["changed"] and whole["changed"].clear is False
    assert by_name(repeat_effects({}, {}, WINS))["changed"].clear is None


def test_labels_take_over_where_there_are_enough() -> None:
    random = np.random.default_rng(2)
    quality = random.normal(size=30)
    length = quality + random.normal(size=30)
    value = quality + 0.01 * random.normal(size=30)
    items = [Lengths(*each) for each in zip(value, length, quality, strict=True)]
    found = by_name(settled([length_effects(items, POINTS)])[0])
    assert found["slope.held"].main and not found["slope"].main
    assert found["slope"].p is not None and found["slope"].p < 0.01
    assert found["slope.held"].clear is False
    plain = by_name(length_effects([Lengths(each.value, each.doublings) for each in items], POINTS))
    assert plain["slope"].main and "slope.held" not in plain


def test_a_family_that_is_better_by_its_labels_is_not_preferred() -> None:
    items = [Kin(own=bool(n % 2), value=5.0 + (n % 2), label=5.0 + (n % 2)) for n in range(30)]
    found = by_name(settled([family_effects(items, POINTS)])[0])
    assert found["own"].figure.value == 1 and found["own.held"].figure.value == 0
    assert found["own.held"].clear is False and found["own.held"].main
    beside = [Kin(own=True, value=1.0, label=0.5, pair=True)] * 12
    assert by_name(settled([family_effects(beside, WINS)])[0])["own.held"].clear is True


def test_main_effects_are_tested_together() -> None:
    figure = mean_change([1.0, 0.0], 1).figure
    effects = [
        [Effect("a", "a", figure, "x", main=True, p=0.02), Effect("b", "b", figure, "x", p=0.0001)],
        [Effect("c", "c", figure, "x", main=True, p=0.04), Effect("d", "d", figure, "x", main=True)],
    ]
    first, second = settled(effects)
    assert first[0].adjusted == pytest.approx(0.04) and first[0].clear is True
    assert second[0].adjusted == pytest.approx(0.04) and second[0].clear is True
    assert first[1].clear is None and second[1].clear is None
