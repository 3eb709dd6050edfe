"""Two sides on the same items: textbook p-values, scipy and statsmodels on random tables, and what has no answer."""

from __future__ import annotations

from itertools import product
from math import comb
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test, spearmanr
from sklearn.metrics import accuracy_score, cohen_kappa_score
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from judgetui.analysis.paired_tests import (
    EXACT,
    Outcomes,
    PairedTest,
    Statistic,
    adjusted,
    changed,
    holm,
    mcnemar,
    paired_bootstrap,
    sign_flip,
)

MAIZE: Final = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
"""Darwin's pairs of maize plants, crossed less self-fertilised, in eighths of an inch (Fisher 1935, The Design of
Experiments, sections 16 and 21)."""

cells = st.integers(0, 60)
tables = st.builds(Outcomes, cells, cells, cells, cells)
points = st.integers(1, 5).map(float)


# McNemar


@pytest.mark.parametrize(
    ("outcomes", "p"),
    [(Outcomes(7, 1, 7, 6), 0.0703), (Outcomes(59, 6, 16, 80), 0.0525)],
)
def test_the_textbook_p_values(outcomes: Outcomes, p: float) -> None:
    """The two examples of Fagerland, Lydersen and Laake 2013 (BMC Medical Research Methodology 13:91), exact test."""
    assert mcnemar(outcomes).p == pytest.approx(p, abs=5e-5)


@given(tables)
def test_mcnemar_equals_statsmodels(outcomes: Outcomes) -> None:
    found = mcnemar(outcomes)
    if not outcomes.n:
        assert found.p is None and found.effect is None and found.why
        return
    table = [[outcomes.both, outcomes.first], [outcomes.second, outcomes.neither]]
    assert found.p == pytest.approx(min(1.0, reference_mcnemar(table, exact=True).pvalue))
    assert found.effect == pytest.approx((outcomes.second - outcomes.first) / outcomes.n)
    if found.low is not None and found.high is not None and found.effect is not None:
        assert -1 <= found.low <= found.effect <= found.high <= 1


def test_items_are_counted_by_who_is_right() -> None:
    sides = [True, True, False, False, True], [True, False, True, False, True]
    assert Outcomes.of(*sides) == Outcomes(2, 1, 1, 1)
    with pytest.raises(ValueError, match="zip"):
        Outcomes.of([True], [])


def test_right_on_the_same_items_is_no_evidence() -> None:
    found = mcnemar(Outcomes(9, 0, 0, 3))
    assert (found.effect, found.p) == (0.0, 1.0) and "same items" in found.why
    assert found.low is not None and found.high is not None and found.low < 0 < found.high


def test_one_item_has_no_interval() -> None:
    found = mcnemar(Outcomes(0, 0, 1, 0))
    assert (found.n, found.effect, found.p, found.low) == (1, 1.0, 1.0, None) and "two items" in found.why


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), [(0.1, 0.1), (0.15, 0.05), (0.02, 0.06)])
def test_the_interval_covers_the_difference(first: float, second: float) -> None:
    random, repeats, n = np.random.default_rng(0), 4000, 200
    drawn = random.multinomial(n, [0.5, first, second, 0.5 - first - second], size=repeats)
    held = 0
    for row in drawn:
        found = mcnemar(Outcomes(*map(int, row)))
        assert found.low is not None and found.high is not None
        held += found.low <= second - first <= found.high
    assert 0.93 <= held / repeats <= 0.97


# sign flips


def test_fishers_maize() -> None:
    """Of 32,768 assignments of signs 1,726 have as large a sum (Fisher 1935, section 21)."""
    found = sign_flip(MAIZE)
    assert found.p == 1726 / 32768 and found.method == "exact sign-flip test"
    assert found.effect == pytest.approx(314 / 15)
    assert found.low is not None and found.low < 314 / 15


@settings(max_examples=50)
@given(st.lists(st.floats(-5, 5, width=16), min_size=2, max_size=10))
def test_all_signs_equal_scipys_permutation_test(differences: list[float]) -> None:
    values = np.array(differences)
    found = sign_flip(differences)
    if not values.any():
        assert found.p == 1.0 and found.effect == 0
        return
    wanted = permutation_test(
        (values, np.zeros_like(values)),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    assert found.p == pytest.approx(wanted.pvalue, abs=1e-9)


@given(st.lists(st.sampled_from([-2.0, -1.0, 1.0, 2.0]), min_size=1, max_size=12))
def test_all_signs_by_enumeration(differences: list[float]) -> None:
    sums = [
        sum(sign * abs(each) for sign, each in zip(signs, differences, strict=True))
        for signs in product((-1, 1), repeat=len(differences))
    ]
    wanted = sum(abs(each) >= abs(sum(differences)) for each in sums) / len(sums)
    assert sign_flip(differences).p == pytest.approx(wanted)


@pytest.mark.parametrize("spread", [0.0, 1e-3])
def test_random_signs_come_near_the_exact_share(spread: float) -> None:
    """30 differences of about 1 are signed at random, whether they are equal or all distinct."""
    values = [1.0 + spread * n for n in range(30)]
    signed = [value if n < 20 else -value for n, value in enumerate(values)]
    wanted = 2 * sum(comb(30, k) for k in range(20, 31)) / 2**30
    found = sign_flip(signed)
    assert len(signed) > EXACT and "random draws" in found.method
    assert found.p is not None
    if not spread:
        assert found.p == pytest.approx(wanted, abs=4 * (wanted / 9_999) ** 0.5)
    else:
        exact = permutation_test(
            (np.array(signed), np.zeros(30)),
            lambda x, y, axis: np.mean(x - y, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=20_000,
            rng=np.random.default_rng(0),
        )
        assert found.p == pytest.approx(exact.pvalue, abs=0.012)


def test_a_random_p_value_is_never_0() -> None:
    assert sign_flip([1.0] * 40).p == pytest.approx(1 / 10_000)
    assert sign_flip([1.0] * 40, draws=99).p == pytest.approx(1 / 100)


def test_signs_are_drawn_from_a_seed() -> None:
    values = [0.1 * n - 1 for n in range(40)]
    assert sign_flip(values, seed=1) == sign_flip(values, seed=1)


def test_no_difference_and_no_item() -> None:
    same = sign_flip([0.0, 0.0, 0.0])
    assert (same.p, same.effect, same.low) == (1.0, 0.0, None) and same.why
    none = sign_flip([])
    assert (none.n, none.p, none.effect) == (0, None, None) and none.why
    one = sign_flip([2.0])
    assert (one.n, one.p, one.low) == (1, 1.0, None) and one.why


# paired bootstrap

sides = st.integers(3, 25).flatmap(
    lambda n: st.tuples(*[st.lists(points, min_size=n, max_size=n) for _ in range(3)])
)


def by_library(statistic: Statistic, side: list[float], labels: list[float]) -> float:
    match statistic:
        case Statistic.ACCURACY:
            return float(accuracy_score(labels, side))
        case Statistic.KAPPA:
            return float(cohen_kappa_score(side, labels))
        case Statistic.WEIGHTED_KAPPA:
            x, y = np.array(side, dtype=int), np.array(labels, dtype=int)
            return float(cohen_kappa_score(x, y, labels=range(1, 6), weights="quadratic"))
    return float(spearmanr(side, labels).statistic)


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=40, deadline=None)
@given(sides, st.sampled_from(Statistic))
def test_the_effect_is_the_difference_of_library_figures(
    sides: tuple[list[float], list[float], list[float]], statistic: Statistic
) -> None:
    first, second, labels = sides
    found = paired_bootstrap(statistic, first, second, labels, resamples=50)
    wanted = by_library(statistic, second, labels) - by_library(statistic, first, labels)
    if found.effect is None:
        assert np.isnan(wanted) and found.why
    else:
        assert found.effect == pytest.approx(wanted, abs=1e-9)


def test_resamples_draw_both_sides_together() -> None:
    """The same seeded draws, figured one by one by scikit-learn, have the same percentiles to within their spread."""
    random = np.random.default_rng(5)
    labels = random.integers(1, 6, 80)
    first = np.clip(labels + random.integers(-1, 2, 80), 1, 5)
    second = np.clip(labels + random.integers(-2, 3, 80), 1, 5)
    found = paired_bootstrap(Statistic.WEIGHTED_KAPPA, list(first), list(second), list(labels))
    figures = []
    for _ in range(1000):
        drawn = random.integers(0, 80, 80)
        one, two = (
            by_library(Statistic.WEIGHTED_KAPPA, list(side[drawn]), list(labels[drawn]))
            for side in (first, second)
        )
        figures.append(two - one)
    low, high = np.quantile(figures, [0.025, 0.975])
    assert found.low == pytest.approx(low, abs=0.03) and found.high == pytest.approx(high, abs=0.03)
    apart = np.std(figures)
    alone = [
        by_library(Statistic.WEIGHTED_KAPPA, list(side[d]), list(labels[d]))
        for side in (first, second)
        for d in random.integers(0, 80, (200, 80))
    ]
    assert apart < np.std(alone[:200]) + np.std(alone[200:])


def test_the_p_value_says_what_the_interval_says() -> None:
    random = np.random.default_rng(6)
    for step in range(12):
        labels = random.integers(0, 2, 60).astype(float)
        first = np.where(random.random(60) < 0.8, labels, 1 - labels)
        second = np.where(random.random(60) < 0.8 - 0.03 * step, labels, 1 - labels)
        found = paired_bootstrap(Statistic.KAPPA, list(first), list(second), list(labels))
        assert found.p is not None and found.low is not None and found.high is not None
        if found.p < 0.045:
            assert not found.low < 0 < found.high
        if found.p > 0.055:
            assert found.low <= 0 <= found.high


def test_sides_that_say_the_same_do_not_differ() -> None:
    found = paired_bootstrap(
        Statistic.KAPPA, [1.0, 2.0, 1.0, 2.0], [1.0, 2.0, 1.0, 2.0], [1.0, 2.0, 2.0, 2.0]
    )
    assert (found.effect, found.p, found.low) == (0.0, 1.0, None) and "same" in found.why


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_items_for_a_bootstrap(n: int) -> None:
    found = paired_bootstrap(Statistic.KAPPA, [1.0] * n, [2.0] * n, [1.0] * n)
    assert (found.n, found.effect, found.p) == (n, None, None) and found.why


def test_a_constant_side_has_no_correlation() -> None:
    found = paired_bootstrap(
        Statistic.SPEARMAN, [3.0] * 5, [1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 2.0, 3.0, 4.0, 5.0]
    )
    assert found.effect is None and "nothing varies" in found.why


def test_sides_must_be_of_a_length() -> None:
    with pytest.raises(ValueError, match="labels"):
        paired_bootstrap(Statistic.KAPPA, [1.0], [1.0, 2.0], [1.0, 2.0])


@pytest.mark.slow
@pytest.mark.parametrize("statistic", [Statistic.KAPPA, Statistic.WEIGHTED_KAPPA, Statistic.SPEARMAN])
def test_the_bootstrap_covers_the_difference(statistic: Statistic) -> None:
    """The truth is the difference over a very large sample of the same world."""
    random = np.random.default_rng(7)

    def world(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        labels = random.integers(1, 6, n)
        near = np.clip(labels + random.choice([-1, 0, 1], n, p=[0.2, 0.6, 0.2]), 1, 5)
        far = np.clip(labels + random.choice([-2, -1, 0, 1, 2], n, p=[0.1, 0.2, 0.4, 0.2, 0.1]), 1, 5)
        return near.astype(float), far.astype(float), labels.astype(float)

    truth = paired_bootstrap(statistic, *map(list, world(400_000)), resamples=2).effect
    held, repeats = 0, 1500
    for seed in range(repeats):
        found = paired_bootstrap(statistic, *map(list, world(200)), resamples=600, seed=seed)
        assert found.low is not None and found.high is not None and truth is not None
        held += found.low <= truth <= found.high
    assert 0.93 <= held / repeats <= 0.97


# changes, and many tests


@given(st.integers(0, 50), st.integers(0, 50))
def test_changes_have_wilsons_interval(changes: int, same: int) -> None:
    found = changed(changes, changes + same)
    if changes + same == 0:
        assert found.value is None and found.why
        return
    low, high = proportion_confint(changes, changes + same, method="wilson")
    assert [found.low, found.high] == pytest.approx([low, high], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_equals_statsmodels(p_values: list[float]) -> None:
    wanted = multipletests(p_values, method="holm")[1]
    assert list(holm(p_values)) == pytest.approx(list(wanted))


def test_what_has_no_p_value_does_not_count_among_them() -> None:
    assert list(holm([0.01, None, 0.04, 0.03, 0.005])) == pytest.approx([0.03, None, 0.06, 0.06, 0.02])
    assert holm([]) == ()
    tests = [PairedTest("", 9, 0.1, None, None, p) for p in (0.02, None, 0.03)]
    assert [test.adjusted for test in adjusted(tests)] == pytest.approx([0.04, None, 0.04])
