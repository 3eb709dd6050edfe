"""What a judgement comes to for one answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from judgetui.core.item import Item, Label
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.probes.records import ProbeSettings, settings_from_mapping
from judgetui.core.probes.seen import Seen, by_order, said_by_people, seen, span_of
from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.request import Order
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import Status, Verdict, Vote

PAIR = get_protocol("mt-bench-pair")
PAIRS = starter_rubric("x", "mt-bench-pair")
SINGLE = get_protocol("mt-bench-single")
POINTS = replace(starter_rubric("x", "mt-bench-single"), scale=NumericScale(1, 5))


def judged(outcome: Outcome, votes: tuple[Vote, ...] = (), answers: int = 2) -> Judgement:
    item = Item("a", tuple("abc"[:answers]), {"question": "?"})
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Judgement(1, 0, item, "", "x", "", "mt-bench-pair", "a:b", outcome, votes, now)


def vote(verdict: Verdict, order: Order) -> Vote:
    return Vote(Status.OK, PAIRS.criteria[0].name, order, verdict=verdict)


@pytest.mark.parametrize(("verdict", "values"), [("A", (1, 0)), ("B", (0, 1)), ("tie", (0.5, 0.5))])
def test_a_verdict_is_a_share_of_wins(verdict: str, values: tuple[float, float]) -> None:
    outcome = Outcome(Status.OK, verdict=Verdict(verdict))
    for side in (0, 1):
        assert seen(PAIR, PAIRS, judged(outcome), side) == Seen(Status.OK, values[side], verdict)


def test_of_several_answers_it_is_the_share_of_the_others_beaten() -> None:
    protocol, rubric = get_protocol("listwise"), starter_rubric("x", "listwise")
    scored = Outcome(Status.OK, answer_scores=(3.0, 1.0, 3.0), label="A = C > B")
    assert [seen(protocol, rubric, judged(scored, answers=3), side).value for side in range(3)] == [
        0.75,
        0,
        0.75,
    ]
    ranked = Outcome(Status.OK, ranking=(2, 0, 1), label="C > A > B")
    assert [seen(protocol, rubric, judged(ranked, answers=3), side).value for side in range(3)] == [0.5, 0, 1]


def test_a_failure_has_no_number() -> None:
    found = seen(SINGLE, POINTS, judged(Outcome(Status.UNPARSED), answers=1), 0)
    assert (found.status, found.value) == (Status.UNPARSED, None)


def test_labels_count_by_their_values_or_by_passing_or_not_at_all() -> None:
    outcome = Outcome(Status.OK, label="fair", labels={POINTS.criteria[0].name: "fair"})

    def value(scale: LabelScale) -> float | None:
        return seen(SINGLE, replace(POINTS, scale=scale), judged(outcome, answers=1), 0).value

    labels = ("poor", "fair", "good")
    assert value(LabelScale(labels, values={"poor": 0, "fair": 2, "good": 3})) == 2
    assert value(LabelScale(labels, passing=("fair", "good"))) == 1
    assert value(LabelScale(labels)) is None


def test_votes_in_other_orders_are_left_out_when_asked() -> None:
    votes = (vote(Verdict.A, Order.AB), vote(Verdict.B, Order.BA))
    judgement = judged(PAIR.combine(PAIRS, votes), votes)
    assert seen(PAIR, PAIRS, judgement, 0).result == "tie"
    assert seen(PAIR, PAIRS, judgement, 0, {Order.AB}).result == "A"
    assert seen(PAIR, PAIRS, judgement, 0, {Order.BA}).result == "B"
    assert by_order(PAIR, PAIRS, judgement) == {Order.AB: Verdict.A, Order.BA: Verdict.B}
    assert by_order(PAIR, PAIRS, replace(judgement, votes=votes[:1])) is None


def test_scores_differ_from_half_a_step_on() -> None:
    span = span_of(SINGLE, POINTS)
    assert (span.low, span.high, span.step, span.reach) == (1, 5, 1, 4)
    assert span.near_top == pytest.approx(4.6)
    one = Seen(Status.OK, 3.0)
    assert not one.differs(Seen(Status.OK, 3.4), span)
    assert one.differs(Seen(Status.OK, 3.5), span)
    assert Seen(Status.OK, 3.0, "a").differs(Seen(Status.OK, 3.0, "b"), span)


def test_the_range_of_labels_is_that_of_their_values() -> None:
    scale = LabelScale(("a", "b", "c"), values={"a": 0, "b": 1, "c": 4})
    span = span_of(SINGLE, replace(POINTS, scale=scale))
    assert (span.low, span.high, span.step) == (0, 4, 1)


def test_people_are_read_in_the_same_numbers() -> None:
    item = Item("a", ("x", "y"), {})

    def said(*values: str | float, side: int = 0, of: Item = item) -> float | None:
        labels = tuple(Label(f"r{n}", value) for n, value in enumerate(values))
        return said_by_people(replace(of, labels=labels), POINTS, side)

    assert said() is None
    assert (said("A"), said("A", side=1), said("tie")) == (1, 0, 0.5)
    assert said("A", "B") is None
    assert said("B", "B", "A") == 0
    single = replace(item, responses=("x",))
    assert said(2, 3, of=single) == 2.5
    assert said(2, "x", of=single) is None


def test_settings_come_back_as_they_were() -> None:
    settings = ProbeSettings(7, 3, ("names",), {"length": "why"}, "abc")
    assert settings_from_mapping(settings.to_mapping()) == settings
    assert settings.same_as(replace(settings, skipped={}))
    assert not settings.same_as(replace(settings, seed=4))
