"""Shares with Wilson's interval, of independent items and of items in clusters; and the positive rates."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from judgetui.analysis.agreement_figures import agreement
from judgetui.analysis.class_rates import class_rates, positives
from judgetui.analysis.intervals import wilson
from judgetui.analysis.kinds import Kind
from judgetui.analysis.shares import share

flags = st.lists(st.booleans(), min_size=1, max_size=40)


@given(flags)
def test_independent_items_have_wilsons_interval(hits: list[bool]) -> None:
    found, rate = share(np.array(hits)), wilson(sum(hits), len(hits))
    assert rate is not None
    assert (found.value, found.n, found.low, found.high) == (rate.value, rate.n, rate.low, rate.high)


def test_the_items_asked_are_the_denominator() -> None:
    hits, among = np.array([True, True, False, True]), np.array([True, False, True, False])
    found = share(hits, None, among)
    assert (found.value, found.n) == (0.5, 2)
    assert share(hits, None, np.zeros(4, dtype=bool), "nobody asked").why == "nobody asked"


def test_copies_in_clusters_tell_nothing_more() -> None:
    """Each item four times has the interval of the items, but for t in place of the normal quantile."""
    hits = np.random.default_rng(0).random(400) < 0.3
    alone = share(hits)
    copies = share(np.repeat(hits, 4), [n // 4 for n in range(1600)])
    careless = share(np.repeat(hits, 4))
    assert copies.value == alone.value and copies.n == 1600
    assert (copies.low, copies.high) == pytest.approx((alone.low, alone.high), abs=0.001)
    assert (careless.high or 0) - (careless.low or 0) < 0.52 * ((copies.high or 0) - (copies.low or 0))


def test_the_design_effect_by_hand() -> None:
    """Three groups of 4, of which 4, 2 and 0 are hits: variance by groups over that of independent items."""
    hits = np.array([True] * 4 + [True, True, False, False] + [False] * 4)
    variance = (2**2 + 0 + 2**2) * 3 / 2 / 12**2
    n = 12 / (variance / (0.25 / 12)) * (1.959964 / t.ppf(0.975, 2)) ** 2
    z2 = 1.959964**2
    half = sqrt(z2) / (1 + z2 / n) * sqrt(0.25 / n + z2 / (4 * n * n))
    found = share(hits, [n // 4 for n in range(12)])
    assert (found.low, found.high) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-6)


def test_a_share_of_one_counts_every_group_as_an_item() -> None:
    found, careless = share(np.ones(100, dtype=bool), [n // 10 for n in range(100)]), wilson(100, 100)
    assert careless is not None and found.low is not None
    assert found.high == 1 and found.low < 0.75 < careless.low


def test_one_group_alone_has_no_interval() -> None:
    found = share(np.array([True, False]), [0, 0])
    assert (found.value, found.low) == (0.5, None) and "two groups" in found.why


def test_groups_that_are_alike_are_not_better_than_independent_items() -> None:
    hits = np.array([True, False] * 50)
    alone, grouped = share(hits), share(hits, [n // 2 for n in range(100)])
    assert alone.low is not None and grouped.low is not None
    assert alone.low - 0.01 < grouped.low <= alone.low


# the positive side


def test_positive_rates_have_their_own_denominators() -> None:
    judge = np.array([True, True, False, True, False])
    labels = np.array([True, True, True, False, False])
    found = class_rates(judge, labels)
    assert found["true_positive_rate"].value == pytest.approx(2 / 3)
    assert found["true_positive_rate"].n == 3
    assert (found["false_positive_rate"].value, found["false_positive_rate"].n) == (0.5, 2)
    alone = class_rates(judge, ~np.zeros(5, dtype=bool))["false_positive_rate"]
    assert (alone.value, alone.n, alone.why) == (None, 0, "no label is negative")


def test_which_values_are_positive() -> None:
    assert positives([1.0, 3.6, 4.0, 4.4], 4).tolist() == [False, False, True, True]
    assert positives(["pass", "fail", "ok"], frozenset({"pass", "ok"})).tolist() == [True, False, True]


def test_verdicts_ask_for_a_and_nothing_is_guessed_of_labels_and_scores() -> None:
    verdicts = agreement(["A", "B", "tie", "A"], ["A", "A", "B", "tie"], Kind.VERDICT, resamples=5).figures
    assert verdicts["true_positive_rate"].value == verdicts["false_positive_rate"].value == 0.5
    for judge, kind in ((["pass", "fail"], Kind.LABEL), ([1.0, 2.0], Kind.SCORE)):
        figure = agreement(judge, judge, kind, resamples=5).figures["true_positive_rate"]
        assert (figure.value, figure.why) == (None, "no positive side is named")
