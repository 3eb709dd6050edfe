"""Correlations pooled and within groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from judgetui.analysis.correlations import MEASURES, by_group, pooled
from tests.analysis import formulas

numbers = st.integers(-20, 20).map(lambda n: n / 4)


@given(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=20))
def test_pooled_figures_are_their_definitions(pairs: list[tuple[float, float]]) -> None:
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    assume(len(set(left)) > 1 and len(set(right)) > 1)
    found = pooled(left, right, resamples=40)
    for name in MEASURES:
        assert found[name].value == pytest.approx(getattr(formulas, name)(left, right), abs=1e-9)


@given(st.lists(st.tuples(numbers, numbers), min_size=3, max_size=12))
def test_ranks_alone_matter_to_rank_correlations(pairs: list[tuple[float, float]]) -> None:
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    cubed = [a**3 for a in left]
    for name in ("spearman", "kendall"):
        plain, other = pooled(left, right, resamples=20)[name], pooled(cubed, right, resamples=20)[name]
        assert plain.value == (None if other.value is None else pytest.approx(other.value))


def test_the_interval_of_pearson_is_near_fishers() -> None:
    """For normal data, tanh(atanh r +- 1.96 / sqrt(n - 3)) (Fisher 1921)."""
    random = np.random.default_rng(2)
    left = random.normal(size=3000)
    right = left + random.normal(size=3000)
    found = pooled(left, right, resamples=2000)["pearson"]
    assert found.value is not None
    middle, half = np.arctanh(found.value), 1.96 / np.sqrt(2997)
    assert (found.low, found.high) == pytest.approx(np.tanh([middle - half, middle + half]), abs=0.003)


def test_the_mean_over_groups_skips_constant_ones() -> None:
    """As G-Eval's meta-evaluation: a document in which either side is constant is left out."""
    groups = ["a"] * 4 + ["b"] * 3 + ["c"] * 3 + ["d"] * 3 + ["e"]
    judge = [1.0, 2, 3, 5, 2, 2, 2, 1, 2, 3, 3, 1, 2, 4]
    labels = [1.0, 3, 2, 4, 1, 2, 3, 5, 5, 5, 1, 2, 2, 4]
    found = by_group(judge, labels, groups, resamples=300)
    for name in MEASURES:
        defined = getattr(formulas, name)
        inside = [defined(judge[:4], labels[:4]), defined(judge[10:13], labels[10:13])]
        figure = getattr(found, name)
        assert figure.value == pytest.approx(sum(inside) / 2)
        assert figure.n == 2
        assert (figure.low, figure.high) == pytest.approx((min(inside), max(inside)))
    assert (found.groups, found.skipped, found.ungrouped) == (2, 3, 0)


def test_pooled_and_within_groups_differ() -> None:
    """Groups at different levels: within each the judge is wrong, over all it is right."""
    judge = [1.0, 2, 3, 11, 12, 13]
    labels = [3.0, 2, 1, 13, 12, 11]
    assert (pooled(judge, labels, resamples=20)["pearson"].value or 0) > 0.9
    assert by_group(judge, labels, list("aaabbb"), resamples=20).pearson.value == pytest.approx(-1)


def test_a_pair_of_items_counts_as_upstream() -> None:
    found = by_group([1.0, 2, 1, 2], [1.0, 2, 2, 1], list("aabb"), resamples=20)
    assert found.pearson.value == pytest.approx(0, abs=1e-12)
    assert found.groups == 2


def test_no_groups_say_why() -> None:
    alone = by_group([1.0, 2], [1.0, 2], [None, None])
    assert (alone.pearson.value, alone.pearson.why, alone.ungrouped) == (None, "no item has a group", 2)
    constant = by_group([1.0, 1], [1.0, 2], ["a", "a"])
    assert (constant.kendall.why, constant.skipped) == ("a side is constant in every group", 1)
