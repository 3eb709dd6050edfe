"""Juries: majority and mean, who draws, who is left out, and how far a judge agrees with the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.analysis.intervals import wilson
from judgetui.analysis.juries import (
    Combine,
    Kind,
    Ruling,
    kind_of,
    last,
    majority,
    mean,
    points_only,
    said,
    with_the_rest,
)
from judgetui.core.judgement import Outcome
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import ScoreSource, Status, Verdict

OK, FAILED, REFUSED, UNPARSED = Status.OK, Status.FAILED, Status.REFUSED, Status.UNPARSED
GRADES = LabelScale(("good", "fair", "bad"), values={"good": 1, "fair": 0.5, "bad": 0})


def verdicts(*words: str) -> list[Outcome]:
    return [Outcome(OK, verdict=Verdict(word), labels={"c": word}) for word in words]


def labels(*words: str) -> list[Outcome]:
    return [Outcome(OK, label=word, labels={"c": word}) for word in words]


def scores(*values: float) -> list[Outcome]:
    return [Outcome(OK, score=value, scores={"c": value}, source=ScoreSource.SINGLE) for value in values]


def by_verdict(outcomes: Sequence[Outcome]) -> Ruling:
    return majority(outcomes, Kind.VERDICT)


# majority


@pytest.mark.parametrize(
    ("words", "most"),
    [
        (("A", "A", "B"), "A"),
        (("tie", "tie", "B"), "tie"),
        (("both_bad", "both_bad", "A"), "both_bad"),
        (("A", "B"), "tie"),
        (("A", "B", "tie"), "tie"),
        (("A", "A", "B", "B", "tie"), "tie"),
        (("A", "tie"), None),
        (("B", "B", "tie", "tie", "A"), None),
        (("A", "B", "both_bad"), None),
    ],
)
def test_the_most_frequent_verdict_wins_and_opposite_ones_are_a_tie(
    words: tuple[str, ...], most: str | None
) -> None:
    ruling = by_verdict(verdicts(*words))
    assert ruling.outcome.status is OK
    assert said(ruling.outcome, Kind.VERDICT) == most
    assert ruling.decided == (most is not None)
    assert ruling.outcome.labels == ({} if most is None else {"c": most})
    assert ruling.said == Counter(words) and ruling.spoke == ruling.asked == len(words)
    assert ("no majority" in ruling.outcome.detail) == (most is None)


def test_labels_that_draw_have_no_majority_and_the_reason_says_so() -> None:
    ruling = majority(labels("good", "bad"), Kind.LABEL, GRADES)
    assert not ruling.decided and ruling.outcome.status is OK
    assert ruling.outcome.detail == "no majority of 2 judges: good 1, bad 1."
    ruling = majority(labels("good", "bad", "good"), Kind.LABEL, GRADES)
    assert (ruling.outcome.label, ruling.outcome.score, ruling.outcome.scores) == ("good", 1.0, {"c": 1.0})
    assert ruling.outcome.labels == {"c": "good"}
    assert majority(labels("good"), Kind.LABEL, LabelScale(("good", "bad"))).outcome.score is None


def test_scale_points_have_a_majority() -> None:
    ruling = majority(scores(4, 4, 2), Kind.SCORE)
    assert (ruling.outcome.score, ruling.outcome.scores, ruling.said) == (4.0, {"c": 4.0}, {"4": 2, "2": 1})
    assert not majority(scores(4, 2), Kind.SCORE).decided
    assert points_only(scores(4, 2), NumericScale(1, 5))
    assert not points_only(scores(4, 2.5), NumericScale(1, 5))
    assert not points_only(scores(4, 7), NumericScale(1, 5))
    assert not points_only(scores(1, 0), GRADES) and not points_only(scores(1), None)


def test_rankings_have_none() -> None:
    with pytest.raises(ValueError, match="orders"):
        majority([Outcome(OK, ranking=(1, 0, 2))], Kind.RANKING)


@given(
    st.lists(st.sampled_from(["A", "B", "tie", "both_bad"]), min_size=1, max_size=9),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_judges_does_not_matter(words: list[str], random: Random) -> None:
    before = by_verdict(verdicts(*words)).outcome
    random.shuffle(words)
    after = by_verdict(verdicts(*words)).outcome
    assert (before.verdict, before.labels) == (after.verdict, after.labels)


@given(st.lists(st.sampled_from(["A", "B", "tie"]), min_size=1, max_size=9))
def test_swapping_the_answers_swaps_the_result(words: list[str]) -> None:
    ruling = by_verdict(verdicts(*words)).outcome.verdict
    swapped = by_verdict(verdicts(*[Verdict(word).swapped.value for word in words])).outcome.verdict
    assert swapped == (None if ruling is None else ruling.swapped)


# judges without a result


def test_a_judge_without_a_result_is_left_out_and_counted() -> None:
    ruling = by_verdict([*verdicts("A", "A"), Outcome(FAILED), Outcome(UNPARSED)])
    assert (ruling.outcome.verdict, ruling.spoke, ruling.asked) == (Verdict.A, 2, 4)
    assert ruling.outcome.detail == "of 2 judges: A 2. 2 without a result."
    averaged = mean([*scores(4, 5), Outcome(REFUSED)])
    assert (averaged.outcome.score, averaged.spoke, averaged.asked) == (4.5, 2, 3)
    assert averaged.outcome.detail == "1 without a result."


@pytest.mark.parametrize("rule", [by_verdict, mean])
def test_where_no_judge_has_a_result_the_worst_state_stands(rule: Combine) -> None:
    ruling = rule([Outcome(UNPARSED), Outcome(FAILED), Outcome(REFUSED)])
    assert ruling.outcome.status is FAILED and not ruling.decided and ruling.spoke == 0
    assert rule([]).outcome.status is Status.CANCELLED


def test_a_judge_whose_own_samples_draw_has_not_spoken() -> None:
    ruling = majority([*labels("good", "good"), Outcome(OK, detail="as many")], Kind.LABEL, GRADES)
    assert (ruling.outcome.label, ruling.spoke, ruling.asked) == ("good", 2, 3)


# mean


@given(st.lists(st.floats(1, 5), min_size=1, max_size=9))
def test_the_mean_of_scores(values: list[float]) -> None:
    outcome = mean(scores(*values)).outcome
    assert outcome.score == pytest.approx(fmean(values)) == outcome.scores["c"]
    assert min(values) - 1e-9 <= outcome.score <= max(values) + 1e-9
    assert outcome.source is ScoreSource.SINGLE


def test_the_mean_of_each_answers_scores_decides_between_them() -> None:
    pair = [Outcome(OK, verdict=Verdict.A, answer_scores=each) for each in ((8.0, 7.0), (5.0, 9.0))]
    outcome = mean(pair).outcome
    assert (outcome.answer_scores, outcome.verdict) == ((6.5, 8.0), Verdict.B)
    assert mean(pair, delta=2).outcome.verdict is Verdict.TIE
    level = [Outcome(OK, answer_scores=each) for each in ((0.1, 0.3), (0.3, 0.1))]
    assert mean(level).outcome.verdict is Verdict.TIE
    three = [
        Outcome(OK, answer_scores=each, ranking=(1, 0, 2)) for each in ((1.0, 2.0, 0.0), (2.0, 1.0, 1.5))
    ]
    outcome = mean(three).outcome
    assert (outcome.ranking, outcome.label, outcome.verdict) == ((0, 1, 2), "A = B > C", None)


# cascades


def test_a_cascade_has_the_last_judges_result_whatever_it_is() -> None:
    assert last(verdicts("A", "B")).outcome.verdict is Verdict.B
    ruling = last([*verdicts("A"), Outcome(FAILED, detail="no")])
    assert (ruling.outcome.status, ruling.asked, ruling.spoke) == (FAILED, 2, 0)


# what judges give


def test_the_kind_is_what_judges_with_a_result_give() -> None:
    assert kind_of([Outcome(FAILED), *verdicts("A")]) is Kind.VERDICT
    assert kind_of(labels("good")) is Kind.LABEL
    assert kind_of(scores(3)) is Kind.SCORE
    assert kind_of([Outcome(OK, ranking=(0, 2, 1), label="A > C > B")]) is Kind.RANKING
    assert kind_of([Outcome(OK, score=1.0), *labels("good")]) is Kind.LABEL
    assert kind_of([Outcome(FAILED), Outcome(OK)]) is None


# agreement with the rest


def table(rows: list[str]) -> list[dict[str, Outcome]]:
    """Items of judges x, y and z, one letter each: A, B, T for a tie, - for none."""
    words = {"A": "A", "B": "B", "T": "tie"}
    return [
        {
            name: Outcome(FAILED) if letter == "-" else verdicts(words[letter])[0]
            for name, letter in zip("xyz", row, strict=True)
        }
        for row in rows
    ]


def test_a_judge_is_compared_with_what_the_others_come_to() -> None:
    items = table(["AAA", "ABB", "BAA", "TAB", "AAT", "AAB", "A--", "-AA", "AA-"])
    found = with_the_rest(items, "x", Kind.VERDICT, by_verdict)
    # AAA and AA- agree, ABB and BAA do not; TAB, AAT and AAB are split among the others; A-- has none, -AA no x
    rate = wilson(2, 4)
    assert rate is not None
    assert (found.figure.value, found.figure.n, found.undecided) == (rate.value, 4, 4)
    assert (found.figure.low, found.figure.high) == (rate.low, rate.high)


def test_scores_are_compared_by_whole_points() -> None:
    items = [dict(zip("xyz", scores(*row), strict=True)) for row in ((4, 4, 3), (3.4, 3, 3), (5, 1, 2))]
    found = with_the_rest(items, "x", Kind.SCORE, mean)
    assert found.figure.n == 3 and found.figure.value == pytest.approx(2 / 3)  # 3.5 rounds to 4, as 4 does


def test_orders_are_compared_whole() -> None:
    def ranked(*values: float) -> Outcome:
        order = tuple(sorted(range(3), key=lambda answer: -values[answer]))
        return Outcome(OK, answer_scores=values, ranking=order, label=" > ".join("ABC"[i] for i in order))

    items = [
        {"x": ranked(3, 2, 1), "y": ranked(3, 2, 1)},
        {"x": ranked(3, 2, 1), "y": ranked(3, 1, 2)},
    ]
    found = with_the_rest(items, "x", Kind.RANKING, mean)
    assert (found.figure.value, found.figure.n) == (0.5, 2)


def test_a_judge_that_never_spoke_has_no_figure() -> None:
    found = with_the_rest(table(["-AA"]), "x", Kind.VERDICT, by_verdict)
    assert found.figure.value is None and found.figure.why
