"""How many labels tell two sides apart: the formulas, the exact test's own power, and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.stats.power import TTestPower

from judgetui.analysis.paired_tests import Outcomes, mcnemar, sign_flip
from judgetui.analysis.power import connor, for_mcnemar, for_mean, mcnemar_power


def test_the_power_of_the_exact_test_by_enumeration() -> None:
    n, apart, favoured = 25, 0.4, 0.8
    wanted = 0.0
    for m in range(n + 1):
        for k in range(m + 1):
            chance = binom.pmf(m, n, apart) * binom.pmf(k, m, favoured)
            if m and binomtest(k, m).pvalue <= 0.05:
                wanted += chance
    assert mcnemar_power(n, apart, favoured) == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(20, 200))
def test_the_number_reaches_the_power(first: int, second: int, others: int) -> None:
    outcomes = Outcomes(others, first, second, 0)
    found = for_mcnemar(outcomes)
    if first == second:
        assert found.items is None and found.why
        return
    assert found.items is not None
    apart = (first + second) / outcomes.n
    assert found.items >= connor(apart, abs(second - first) / outcomes.n)
    if found.items <= 20_000:
        assert mcnemar_power(found.items, apart, max(first, second) / (first + second)) >= 0.8


def test_connors_formula() -> None:
    """(1.959964 sqrt(.25) + .841621 sqrt(.25 - .0225))^2 / .0225 = 84.69, and so 85."""
    assert connor(0.25, 0.15) == 85


def test_more_power_takes_more_labels_and_a_larger_difference_fewer() -> None:
    outcomes = Outcomes(50, 8, 20, 22)
    usual, sure = for_mcnemar(outcomes).items, for_mcnemar(outcomes, power=0.95).items
    larger = for_mcnemar(Outcomes(50, 4, 24, 22)).items
    assert usual is not None and sure is not None and larger is not None and larger < usual < sure
    with pytest.raises(ValueError, match="power"):
        for_mcnemar(outcomes, power=1.0)


@pytest.mark.parametrize(
    ("outcomes", "why"),
    [
        (Outcomes(0, 0, 0, 0), "no item"),
        (Outcomes(5, 0, 0, 5), "right on the same items"),
        (Outcomes(5, 3, 3, 5), "equally often"),
    ],
)
def test_where_nothing_differs_no_number_is_given(outcomes: Outcomes, why: str) -> None:
    found = for_mcnemar(outcomes)
    assert found.items is None and why in found.why


def test_scores_that_do_not_differ_have_no_number_either() -> None:
    assert for_mean([]).items is None and for_mean([1.0]).items is None
    assert "nothing differs" in for_mean([0.0, 0.0]).why
    assert "cancel out" in for_mean([1.0, -1.0]).why
    assert "next to nothing" in for_mean([1.0, -1.0, 1e-6, 0.0]).why


@given(st.lists(st.floats(-3, 3, width=16), min_size=4, max_size=20))
def test_items_for_a_mean_are_near_those_of_the_t_test(differences: list[float]) -> None:
    spread = float(np.std(differences, ddof=1))
    effect = abs(float(np.mean(differences))) / spread if spread else 0.0
    if not 0.05 < effect < 0.7:
        return
    wanted = TTestPower().solve_power(effect_size=effect, alpha=0.05, power=0.8)
    found = for_mean(differences).items
    step = min(abs(each) for each in differences if each)
    assert found is not None and wanted - 1 <= found <= wanted + 2 + step / (effect * spread)


@pytest.mark.slow
@pytest.mark.parametrize(
    "outcomes", [Outcomes(60, 5, 15, 20), Outcomes(40, 0, 6, 30), Outcomes(80, 20, 40, 20)]
)
def test_so_many_labels_find_the_difference_in_four_of_five(outcomes: Outcomes) -> None:
    found = for_mcnemar(outcomes)
    assert found.items is not None
    random, repeats = np.random.default_rng(1), 4000
    n = outcomes.n
    shares = [outcomes.both / n, outcomes.first / n, outcomes.second / n, outcomes.neither / n]
    drawn = random.multinomial(found.items, shares, size=repeats)
    p_values = [mcnemar(Outcomes(*map(int, row))).p for row in drawn]
    share = np.mean([p is not None and p <= 0.05 for p in p_values])
    assert 0.78 <= share <= 0.85


@pytest.mark.slow
def test_so_many_scores_find_the_difference_in_four_of_five() -> None:
    random = np.random.default_rng(2)
    seen = random.choice([-2.0, -1.0, 0.0, 1.0, 2.0], 120, p=[0.1, 0.15, 0.3, 0.25, 0.2])
    found = for_mean(list(seen))
    assert found.items is not None
    hits = [
        (sign_flip(list(random.choice(seen, found.items)), seed=seed).p or 0.0) <= 0.05
        for seed in range(1000)
    ]
    assert 0.76 <= np.mean(hits) <= 0.84
