"""Figures equal those of scipy, scikit-learn, krippendorff, statsmodels and irrCAC on random tables."""

from __future__ import annotations

from itertools import combinations

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from irrCAC.raw import CAC
from scipy.stats import kendalltau, pearsonr, spearmanr
from sklearn.metrics import accuracy_score, cohen_kappa_score, precision_recall_fscore_support, recall_score
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

from judgetui.analysis.agreement_figures import agreement
from judgetui.analysis.figures import Figure
from judgetui.analysis.kinds import Kind, Level
from judgetui.analysis.raters import ceiling

Table = list[list[int]]
Ratings = list[dict[str, float]]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Counts of 2 to 5 points on each side, of which two differ."""
    k = draw(st.integers(2, 5))
    counts = draw(st.lists(st.lists(st.integers(0, 9), min_size=k, max_size=k), min_size=k, max_size=k))
    table = np.array(counts)
    assume(table.sum() > 2 and np.count_nonzero(table.sum(axis=0) + table.sum(axis=1)) > 1)
    return counts


def sides(table: Table) -> tuple[list[float], list[float]]:
    """Both sides of a table, one value a pair."""
    pairs = [
        (float(row + 1), float(column + 1))
        for row, counts in enumerate(table)
        for column, times in enumerate(counts)
        for _ in range(times)
    ]
    return [a for a, _ in pairs], [b for _, b in pairs]


def scored(table: Table) -> dict[str, Figure]:
    return dict(agreement(*sides(table), kind=Kind.SCORE, positive=2.0, resamples=5).figures)


def worded(table: Table) -> tuple[dict[str, Figure], list[str], list[str]]:
    left, right = ([f"w{value:.0f}" for value in side] for side in sides(table))
    found = agreement(left, right, Kind.LABEL, positive=frozenset({"w1"}), resamples=5)
    return dict(found.figures), left, right


@given(tables())
def test_kappas_are_those_of_statsmodels(table: Table) -> None:
    found = scored(table)
    plain = cohens_kappa(np.array(table), return_results=False)
    squared = cohens_kappa(np.array(table), wt="fc", return_results=False)  # squared distances
    assert found["kappa"].value == pytest.approx(plain)
    assert found["weighted_kappa"].value == pytest.approx(squared)


@given(tables())
def test_kappas_are_those_of_scikit_learn(table: Table) -> None:
    left, right = sides(table)
    found, points = scored(table), list(range(1, len(table) + 1))
    assert found["kappa"].value == pytest.approx(cohen_kappa_score(left, right))
    quadratic = cohen_kappa_score(left, right, labels=points, weights="quadratic")
    assert found["weighted_kappa"].value == pytest.approx(quadratic)


@given(tables())
@settings(max_examples=30)
def test_coefficients_are_those_of_irr_cac(table: Table) -> None:
    """irrCAC rounds to five decimals."""
    left, right = sides(table)
    found = scored(table)
    occur = sorted({*left, *right})
    for weights, names in (
        ("identity", {"gwet": "gwet_ac1", "krippendorff": "krippendorff_alpha_nominal", "conger": "kappa"}),
        ("quadratic", {"krippendorff": "krippendorff_alpha_interval", "conger": "weighted_kappa"}),
    ):
        coefficients = CAC(pd.DataFrame({"a": left, "b": right}), weights=weights, categories=occur)
        for method, name in names.items():
            value = getattr(coefficients, method)()["est"]["coefficient_value"]
            assert found[name].value == pytest.approx(value, abs=2e-5)


@given(tables())
def test_alphas_are_those_of_krippendorff(table: Table) -> None:
    left, right = sides(table)
    found = scored(table)
    for level in Level:
        expected = krippendorff.alpha(np.array([left, right]), level_of_measurement=level.value)
        assert found[f"krippendorff_alpha_{level}"].value == pytest.approx(expected)
    assert found["krippendorff_alpha"] == found["krippendorff_alpha_ordinal"]


@given(tables())
def test_shares_are_those_of_scikit_learn_and_statsmodels(table: Table) -> None:
    left, right = sides(table)
    found = scored(table)
    hits = {
        "accuracy": np.array(left) == np.array(right),
        "within_one": np.abs(np.array(left) - np.array(right)) <= 1,
    }
    for name, flags in hits.items():
        low, high = proportion_confint(flags.sum(), len(flags), method="wilson")
        assert found[name].value == pytest.approx(flags.mean())
        assert (found[name].low, found[name].high) == pytest.approx((low, high), abs=1e-9)
    assert found["accuracy"].value == pytest.approx(accuracy_score(right, left))


@given(tables())
def test_positive_rates_are_the_recall_of_each_side(table: Table) -> None:
    left, right = sides(table)
    judged, labelled = np.array(left) >= 2, np.array(right) >= 2
    found = scored(table)
    for name, positive in (("true_positive_rate", True), ("false_positive_rate", False)):
        n = int((labelled == positive).sum())
        assert found[name].n == n
        if not n:
            assert (found[name].value, found[name].low) == (None, None) and found[name].why
            continue
        recall = recall_score(labelled, judged, pos_label=positive)
        assert found[name].value == pytest.approx(recall if positive else 1 - recall)
        hits = int((judged & (labelled == positive)).sum())
        bounds = proportion_confint(hits, n, method="wilson")
        assert (found[name].low, found[name].high) == pytest.approx(bounds, abs=1e-9)


@given(tables())
def test_macro_averages_are_those_of_scikit_learn(table: Table) -> None:
    found, left, right = worded(table)
    expected = precision_recall_fscore_support(right, left, average="macro", zero_division=0)[:3]
    values = [found[f"macro_{name}"].value for name in ("precision", "recall", "f1")]
    assert values == pytest.approx(list(expected))


@given(tables())
def test_correlations_are_those_of_scipy(table: Table) -> None:
    left, right = sides(table)
    found = scored(table)
    assume(len(set(left)) > 1 and len(set(right)) > 1)
    for name, measure in (("pearson", pearsonr), ("spearman", spearmanr), ("kendall", kendalltau)):
        assert found[name].value == pytest.approx(measure(left, right)[0], abs=1e-9)


# people with gaps


@st.composite
def ratings(draw: st.DrawFn) -> Ratings:
    """What two to four people said of items, with gaps; two at least spoke of some item."""
    people = "abcd"[: draw(st.integers(2, 4))]
    row = st.fixed_dictionaries({}, optional={name: st.integers(1, 4).map(float) for name in people})
    rows = draw(st.lists(row, min_size=4, max_size=14))
    assume(len({value for said in rows if len(said) > 1 for value in said.values()}) > 1)
    return rows


def matrix(rows: Ratings) -> tuple[list[str], list[list[float]]]:
    kept = [said for said in rows if len(said) > 1]
    people = sorted({name for said in kept for name in said})
    return people, [[said.get(name, float("nan")) for said in kept] for name in people]


@given(ratings())
@settings(max_examples=60)
def test_alpha_of_people_with_gaps_is_that_of_krippendorff_and_irr_cac(rows: Ratings) -> None:
    found = ceiling([1.0] * len(rows), rows, Kind.SCORE, resamples=5)
    people, sides = matrix(rows)
    assert found is not None and sorted(found.raters) == people
    for level in Level:
        expected = krippendorff.alpha(np.array(sides), level_of_measurement=level.value)
        assert found.people[f"krippendorff_alpha_{level}"].value == pytest.approx(expected)
    if found.n < 2:  # irrCAC's variance divides by n - 1
        return
    frame = pd.DataFrame(np.array(sides).T, columns=people)
    nominal = CAC(frame).krippendorff()["est"]["coefficient_value"]
    assert found.people["krippendorff_alpha_nominal"].value == pytest.approx(nominal, abs=2e-5)


@given(ratings(), st.data())
@settings(max_examples=30)
def test_figures_between_people_are_means_over_their_pairs(rows: Ratings, data: st.DataObject) -> None:
    judge = [float(data.draw(st.integers(1, 4))) for _ in rows]
    found = ceiling(judge, rows, Kind.SCORE, resamples=5)
    _, sides = matrix(rows)
    given_by = [score for score, said in zip(judge, rows, strict=True) if len(said) > 1]
    assert found is not None and found.n == len(given_by)
    for pairs, figures in (
        (list(combinations(sides, 2)), found.people),
        ([(given_by, side) for side in sides], found.judge),
    ):
        common = [
            [(a, b) for a, b in zip(first, second, strict=True) if a == a and b == b]
            for first, second in pairs
        ]
        each = [
            (agreement([a for a, _ in met], [b for _, b in met], Kind.SCORE, resamples=2).figures, len(met))
            for met in common
        ]
        for name in ("accuracy", "within_one", "kappa", "weighted_kappa", "spearman", "kendall"):
            known = [(value, n) for of, n in each if (value := of[name].value) is not None]
            value = sum(value * n for value, n in known) / sum(n for _, n in known) if known else None
            assert figures[name].value == (None if value is None else pytest.approx(value, abs=1e-9))
            assert (figures[name].value is None) <= bool(figures[name].why)
