"""Corrected rates and means: against the formulas by hand, a textbook case, and simulated coverage."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist, fmean
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.analysis.correction import corrected_mean, corrected_rate
from judgetui.analysis.figures import Figure
from judgetui.analysis.prediction_powered import Moments, more_labels, powered_mean, powered_rate
from judgetui.analysis.rogan_gladen import NOT_RANDOM, Counts, labelled_rate, rogan_gladen

Z: Final = NormalDist().inv_cdf(0.975)

cells = st.integers(0, 40)
tables = st.builds(Counts, cells, cells, cells, cells, st.integers(0, 400), st.integers(0, 400))


def spelt(counts: Counts) -> tuple[list[float], list[float], list[float]]:
    """The same items one by one: the judge's values and labels of those labelled, the judge's of the others."""
    judge = (
        [1.0] * counts.both + [1.0] * counts.judge_only + [0.0] * counts.label_only + [0.0] * counts.neither
    )
    labels = (
        [1.0] * counts.both + [0.0] * counts.judge_only + [1.0] * counts.label_only + [0.0] * counts.neither
    )
    return judge, labels, [1.0] * counts.rest_positive + [0.0] * counts.rest_negative


# counting


def test_items_are_counted() -> None:
    found = Counts.of([True, True, False, False, True, False], [True, False, True, False, None, None])
    assert found == Counts(1, 1, 1, 1, 1, 1)
    assert (found.n, found.labelled, found.positive_labels, found.negative_labels) == (6, 4, 2, 2)


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Counts(1, 1, -1, 1)


# Rogan and Gladen


def test_the_textbook_rate() -> None:
    """epiR's example of `epi.prev`: 23 of 150 cows test positive, sensitivity 96%, specificity 89%; 5.1% are ill."""
    found = rogan_gladen(Counts(96, 11, 4, 89, 230 - 107, 1500 - 230 - 93))
    assert found.value == pytest.approx((23 / 150 + 0.89 - 1) / (0.96 + 0.89 - 1))
    assert found.value == pytest.approx(0.051, abs=5e-4)


@given(tables)
def test_the_estimate_is_the_formula_cut_to_shares(counts: Counts) -> None:
    found = rogan_gladen(counts)
    if found.value is None:
        assert found.why and found.low is None
        return
    se, sp = counts.both / counts.positive_labels, counts.neither / counts.negative_labels
    p = (counts.both + counts.judge_only + counts.rest_positive) / counts.n
    wanted = (p + sp - 1) / (se + sp - 1)
    assert found.value == pytest.approx(min(1, max(0, wanted)))
    assert ("cut to" in found.why) == (abs(found.value - wanted) > 1e-12)
    if found.low is not None and found.high is not None:
        assert 0 <= found.low <= found.value <= found.high <= 1


def test_with_few_labels_among_many_items_the_interval_is_langs_and_reiczigels() -> None:
    """Their formula for independent samples, which labels are when they are a vanishing share of all."""
    counts = Counts(45, 8, 5, 42, 4_000_000, 6_000_000)
    z2 = Z * Z
    p, se, sp = (4e6 + z2 / 2) / (1e7 + z2), 46 / 52, 43 / 52
    rate = (p + sp - 1) / (se + sp - 1)
    errors = se * (1 - se) / 52, sp * (1 - sp) / 52
    spread = sqrt(p * (1 - p) / (1e7 + z2) + rate**2 * errors[0] + (1 - rate) ** 2 * errors[1])
    centre = rate + 2 * z2 * (rate * errors[0] - (1 - rate) * errors[1])
    found = rogan_gladen(counts)
    assert found.low == pytest.approx(centre - Z * spread / (se + sp - 1), abs=1e-4)
    assert found.high == pytest.approx(centre + Z * spread / (se + sp - 1), abs=1e-4)


@given(st.builds(Counts, cells, cells, cells, cells))
def test_where_every_item_is_labelled_the_rate_is_that_of_the_labels(counts: Counts) -> None:
    found = rogan_gladen(counts)
    if found.value is not None:
        assert found.value == pytest.approx(labelled_rate(counts).value)


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        (Counts(0, 0, 0, 0, 5, 5), "no item has a label"),
        (Counts(0, 0, 0, 0, 0, 0), "no item has a label"),
        (Counts(9, 0, 1, 0, 5, 5), "no label is negative"),
        (Counts(0, 1, 0, 9, 5, 5), "no label is positive"),
        (Counts(5, 5, 5, 5, 5, 5), "add up to 1 or less"),
        (Counts(1, 9, 9, 1, 5, 5), "add up to 1 or less"),
    ],
)
def test_what_has_no_rogan_gladen_rate_says_why(counts: Counts, why: str) -> None:
    found = rogan_gladen(counts)
    assert found.value is None and found.low is None and why in found.why


def test_a_judge_that_may_be_no_better_than_chance_has_no_interval() -> None:
    found = rogan_gladen(Counts(6, 4, 4, 6, 50, 50))
    assert found.value == pytest.approx(0.5)
    assert found.low is None and "better than chance" in found.why


# prediction-powered inference


@given(tables)
def test_the_estimate_of_a_rate_is_that_of_its_items_as_numbers(counts: Counts) -> None:
    judge, labels, rest = spelt(counts)
    for tuned in (False, True):
        by_count = powered_rate(counts, tuned=tuned)
        one_by_one = powered_mean(judge, labels, rest, (0, 1), tuned=tuned)
        assert (by_count.figure.value is None) == (one_by_one.figure.value is None)
        if by_count.figure.value is not None and not tuned:
            assert by_count.figure.value == pytest.approx(one_by_one.figure.value)
        found = by_count.figure
        if found.low is not None and found.high is not None and found.value is not None:
            assert 0 <= found.low <= found.value <= found.high <= 1


values = st.lists(st.integers(1, 5).map(float), min_size=3, max_size=30)


@given(st.data())
def test_the_mean_and_its_interval_follow_the_papers(data: st.DataObject) -> None:
    """The estimates by their definitions: t from PPI++, the variance from the two samples, with a normal quantile."""
    labels = data.draw(values)
    judge = data.draw(st.lists(st.integers(1, 5).map(float), min_size=len(labels), max_size=len(labels)))
    rest = data.draw(values)
    n, others = len(labels), len(rest)
    every = np.array([*judge, *rest])
    tuning = 0.0
    if every.var():
        slope = np.cov(judge, labels)[0, 1] / every.var(ddof=1)
        tuning = min(1.0, max(0.0, slope / (1 + n / others)))
    for tuned, t in ((True, tuning), (False, 1.0)):
        found = powered_mean(judge, labels, rest, tuned=tuned)
        assert found.tuning == pytest.approx(t)
        wanted = fmean(labels) + t * (fmean(rest) - fmean(judge))
        assert found.figure.value == pytest.approx(wanted)
        residuals = np.array(labels) - t * np.array(judge)
        spread = sqrt(residuals.var(ddof=1) / n + t**2 * np.array(rest).var(ddof=1) / others)
        if found.figure.low is not None and found.figure.high is not None:
            half = (found.figure.high - found.figure.low) / 2
            assert half / spread >= Z  # Student's quantile is larger
            assert (found.figure.low + found.figure.high) / 2 == pytest.approx(wanted)
        else:
            assert residuals.var() < 1e-12 and found.figure.why


def test_with_many_items_the_quantile_is_nearly_the_normal_one() -> None:
    random = np.random.default_rng(0)
    labels = random.normal(0, 1, 5000)
    judge, rest = labels + random.normal(0, 1, 5000), random.normal(0, 2**0.5, 50_000)
    found = powered_mean(list(judge), list(labels), list(rest), tuned=False).figure
    spread = sqrt((labels - judge).var(ddof=1) / 5000 + rest.var(ddof=1) / 50_000)
    assert found.high is not None and found.low is not None
    assert (found.high - found.low) / 2 == pytest.approx(Z * spread, rel=1e-3)


def test_a_judge_that_tells_nothing_is_left_out() -> None:
    labels = [1.0, 2.0, 3.0, 4.0]
    found = powered_mean([3.0] * 4, labels, [3.0] * 50)
    assert found.tuning == 0 and found.figure.value == 2.5


def test_a_judge_that_is_always_right_carries_the_labels_over() -> None:
    found = powered_mean([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [5.0] * 4 + [1.0] * 4, tuned=False)
    assert found.figure.value == 3.0
    assert found.figure.low is None and "off by the same" in found.figure.why


@pytest.mark.parametrize("labelled", [0, 1])
def test_too_few_labels_give_no_value_but_a_reason(labelled: int) -> None:
    found = corrected_rate(Counts(labelled, 0, 0, 0, 5, 5), 0.1)
    assert found.ppi.value is None and found.ppi_tuned.value is None and found.tuning is None
    assert "it needs 2" in found.ppi.why
    assert found.more is not None and found.more.more is None
    of_scores = corrected_mean([3.0] * labelled, [4.0] * labelled, [2.0] * 9, 0.1)
    assert of_scores.ppi_tuned.value is None and of_scores.rogan_gladen.value is None
    assert of_scores.naive.n == 9 + labelled


def test_nothing_at_all_gives_reasons() -> None:
    found = corrected_rate(Counts(0, 0, 0, 0))
    figures = (found.naive, found.labels_only, found.rogan_gladen, found.ppi, found.ppi_tuned)
    assert all(figure.value is None and figure.why for figure in figures)
    assert all(figure.value is None and figure.why for figure in (found.sensitivity, found.specificity))
    nothing = corrected_mean([], [], [])
    assert nothing.naive == Figure(None, 0, why="no item has a score") and nothing.ppi.value is None


def test_where_every_item_is_labelled_the_judge_adds_nothing() -> None:
    found = corrected_rate(Counts(20, 5, 3, 12))
    assert found.tuning == 0 and found.ppi_tuned.value == pytest.approx(23 / 40)
    assert "every item has a label" in found.ppi_tuned.why
    assert found.ppi.value is None and "every item has a label" in found.ppi.why


def test_labels_that_were_not_drawn_at_random_are_told_of() -> None:
    found = corrected_rate(Counts(20, 5, 3, 12, 100, 80), at_random=False)
    for figure in (found.labels_only, found.rogan_gladen, found.ppi, found.ppi_tuned):
        assert NOT_RANDOM in figure.why
    assert found.naive.why == ""


def test_lengths_must_fit() -> None:
    with pytest.raises(ValueError, match="labels"):
        powered_mean([1.0], [1.0, 2.0], [])


def test_estimates_stay_on_the_scale() -> None:
    found = powered_mean([5.0, 5.0, 3.0], [1.0, 2.0, 1.0], [1.0] * 40, (1, 5), tuned=False).figure
    assert (found.value, found.low) == (1.0, 1.0) and "cut to 1" in found.why


# how many more labels


@given(
    st.builds(Counts, *[st.integers(3, 40)] * 4, st.integers(100, 2000), st.integers(100, 2000)),
    st.floats(0.01, 0.3),
)
def test_so_many_more_labels_reach_the_half_width(counts: Counts, wanted: float) -> None:
    """With as many labels as it says, the variance at the best t is small enough; with one less it is not."""
    moments = Moments.of_counts(counts, 0.5)
    found = more_labels(moments, wanted)
    total = moments.n + moments.rest
    shared = max(0.0, moments.covariance) ** 2 / (moments.label_variance * moments.judge_variance)

    def half(labels: float) -> float:
        """By PPI++'s variance with t = cov / ((1 + n / rest) var), at any number of labels."""
        rest = total - labels
        best = shared / (1 + labels / rest) if rest else 0.0
        return Z * sqrt(moments.label_variance * (1 - best) / labels)

    if found.more is None:
        assert half(total) > wanted and "judge more items" in found.why
        return
    labels = moments.n + found.more
    assert half(min(labels, total)) <= wanted * (1 + 1e-9)
    if found.more > 0:
        assert half(labels - 1) > wanted * (1 - 1e-9)
    assert found.without_judge is not None and found.without_judge >= found.more


def test_a_half_width_is_above_0_and_labels_must_vary() -> None:
    moments = Moments.of_values([1.0, 2.0], [3.0, 3.0], [1.0, 2.0])
    found = more_labels(moments, 0.5)
    assert found.more is None and "do not vary" in found.why
    with pytest.raises(ValueError, match="half-width"):
        more_labels(moments, 0.0)


# coverage

WORLDS: Final = [
    (200, 2000, 0.5, 0.8, 0.8),
    (200, 2000, 0.3, 0.9, 0.85),
    (200, 200, 0.7, 0.95, 0.6),
    (400, 100, 0.8, 0.85, 0.7),
]
"""Labelled items, others, the true share of positives, the judge's sensitivity and specificity."""


@pytest.mark.slow
@pytest.mark.parametrize(("labelled", "others", "share", "se", "sp"), WORLDS)
def test_intervals_of_rates_cover_the_truth(
    labelled: int, others: int, share: float, se: float, sp: float
) -> None:
    random, repeats = np.random.default_rng(3), 3000
    chances = [share * se, (1 - share) * (1 - sp), share * (1 - se), (1 - share) * sp]
    tables = random.multinomial(labelled, chances, size=repeats)
    positives = random.binomial(others, chances[0] + chances[1], size=repeats)
    worlds = [
        Counts(int(a), int(b), int(c), int(d), int(rest), others - int(rest))
        for (a, b, c, d), rest in zip(tables, positives, strict=True)
    ]
    kinds = {
        "Rogan-Gladen": [rogan_gladen(world) for world in worlds],
        "PPI": [powered_rate(world, tuned=False).figure for world in worlds],
        "PPI++": [powered_rate(world).figure for world in worlds],
    }
    for name, figures in kinds.items():
        assert 0.93 <= covered(figures, share) <= 0.97, name


@pytest.mark.slow
@pytest.mark.parametrize("labelled", [50, 200])
@pytest.mark.parametrize("noise", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("tuned", [False, True])
def test_intervals_of_means_cover_the_truth(labelled: int, noise: float, tuned: bool) -> None:
    """Scores of 1 to 5 with the mean 3, by symmetry; the judge is too kind by 0.3 before scores are cut."""
    random, repeats, every = np.random.default_rng(4), 1500, labelled * 10
    quality = random.normal(0, 1, (repeats, every))
    truth = np.clip(np.round(3 + quality + random.normal(0, 0.5, quality.shape)), 1, 5)
    judged = np.clip(np.round(3.3 + quality + random.normal(0, noise, quality.shape)), 1, 5)
    figures = [
        powered_mean(
            said[:labelled].tolist(), right[:labelled].tolist(), said[labelled:].tolist(), (1, 5), tuned=tuned
        ).figure
        for said, right in zip(judged, truth, strict=True)
    ]
    assert 0.93 <= covered(figures, 3.0) <= 0.97


def covered(figures: list[Figure], truth: float) -> float:
    """How often an interval holds the truth."""
    bounds = [(each.low, each.high) for each in figures if each.low is not None and each.high is not None]
    assert len(bounds) > 0.99 * len(figures)
    return fmean(low <= truth <= high for low, high in bounds)
