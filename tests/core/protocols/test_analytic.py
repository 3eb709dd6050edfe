"""Analytic scoring: all criteria in one call, one line for each in the reply."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import JudgeReply
from judgetui.core.rubric import Criterion, Example, Rubric
from judgetui.core.scale import LabelScale
from judgetui.core.vote import Parser, ScoreSource, Status, Vote
from tests.bounds import bounded
from tests.core.protocols.builders import FIVE, plan, rubric
from tests.core.protocols.builders import read as read_one

CRITERIA = (
    Criterion("right", "It is true.", 3),
    Criterion("clear", "It is easy to follow."),
    Criterion("style"),
)
OF = rubric("analytic", FIVE, criteria=CRITERIA)
LABELS = replace(OF, scale=LabelScale(("bad", "good"), values={"bad": 0, "good": 1}))


def read(text: str, of: Rubric = OF, parser: Parser = Parser.REPAIRED) -> Vote:
    return read_one(text, of, criterion="", parser=parser)


def scores(vote: Vote) -> tuple[float, ...]:
    return tuple(vote.scores.values())


READ = {
    "It is true.\n\nright: 5\nclear: 4\nstyle: 3": (5, 4, 3),
    "right: 5\nclear: 4\nstyle: 3": (5, 4, 3),
    "style: 3\nright: 5\nclear: 4": (5, 4, 3),
    "**Right**: 5/5\n**Clear:** 4/5\n- style = 3 out of 5": (5, 4, 3),
    "1. right: 5\n2. clear: 4\n3. style: 3": (5, 4, 3),
    "| right | 5 |\n| clear | 4 |\n| style | 3 |": (5, 4, 3),
    '{"right": 5, "clear": 4, "style": 3}': (5, 4, 3),
    "right: 5, clear: 4, style: 3": (5, 4, 3),
    "right: 5 (no mistake)\nclear: 4 - one long sentence\nstyle: 3 because it is dry": (5, 4, 3),
    "right: 4.5\nclear: 4\nstyle: 3": (4.5, 4, 3),
    "Right: it is true.\nClear: it has 2 long sentences.\n\nright: 5\nclear: 4\nstyle: 3": (5, 4, 3),
    "right: 5\nclear: 4\nstyle: 3\n\nTogether that is 12.": (5, 4, 3),
    "First thoughts:\nright: 3\n\nIn the end:\n\nright: 5\nclear: 4\nstyle: 3": (5, 4, 3),
    "<think>right: 1</think>right: 5\nclear: 4\nstyle: 3": (5, 4, 3),
}

NOT_READ = {
    "right: 5\nclear: 4": "the reply has no score for style.",
    "right: 5": "the reply has no score for clear, style.",
    "right: 5\nclear: 4\nstyle: 9": "the score 9 for style is not on the scale.",
    "right: 5\nclear: -4\nstyle: 3": "the score -4 for clear is not on the scale.",
    "right: 5\nclear: 4\nstyle: 3-4": "the reply has no score for style.",
    "right: 5\nclear: 4\nstyle: 3 or 4": "the reply has no score for style.",
    "right: 5\nclear: 4\nstyle: 3/10": "the reply has no score for style.",
    "right: 5\nclear: 4\nstyle: 3\nor else\nright: 2\nclear: 4": "several different scores for right.",
    "right: 5\nclear: 4\nstyle: 3\nright: 2\n\nSo it is.\nReally.": "several different scores for right.",
    "right: \u0665\nclear: 4\nstyle: 3": "the reply has no score for right.",
    "right: nan\nclear: 4\nstyle: 3": "the reply has no score for right.",
    "overall: 4": "no verdict in the reply.",
    "birght: 4\nunclear: 4\nlifestyle: 3": "no verdict in the reply.",
    "It is right: 5 of 5 people said so, and clear as well.": "no verdict in the reply.",
    "": "the reply is empty.",
}


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize(("text", "expected"), READ.items())
def test_a_line_for_each_criterion_is_read(text: str, expected: tuple[float, ...], parser: Parser) -> None:
    if parser is Parser.FAITHFUL and "<think>" in text:
        return  # the reply as it came, thinking and all
    vote = read(text, parser=parser)
    assert (vote.status, scores(vote)) == (Status.OK, expected), vote.detail
    assert list(vote.scores) == ["right", "clear", "style"]
    assert (vote.score, vote.criterion) == (None, "")


@pytest.mark.parametrize(("text", "detail"), NOT_READ.items())
def test_what_is_missing_or_wrong_is_named(text: str, detail: str) -> None:
    vote = read(text)
    assert (vote.status, vote.scores, vote.detail) == (Status.UNPARSED, {}, detail)


def test_labels_for_each_criterion() -> None:
    vote = read("right: Good\nclear: bad\nstyle: good", LABELS)
    assert vote.labels == {"right": "good", "clear": "bad", "style": "good"}
    assert scores(vote) == (1.0, 0.0, 1.0)
    bare = replace(LABELS, scale=LabelScale(("bad", "good")))
    vote = read("right: Good\nclear: bad\nstyle: good", bare)
    assert (len(vote.labels), vote.scores) == (3, {})
    assert read("right: good or bad\nclear: bad\nstyle: good", LABELS).status is Status.UNPARSED


def test_one_request_asks_for_all_criteria() -> None:
    (request,) = plan(OF)
    assert request.criterion == ""
    assert [message.role for message in request.messages] == ["system", "user"]
    user = request.messages[1].content
    assert "- right: It is true.\n- clear: It is easy to follow.\n- style:" in user
    assert "one line for each of right, clear, style" in user
    assert request.form is not None
    assert request.form.verdict("5", "4", "3") == "\nright: 5\nclear: 4\nstyle: 3"
    assert len(plan(OF, ScoreSource.SAMPLES)) == 1


def test_names_that_contain_each_other_or_signs_are_told_apart() -> None:
    names = ("style", "style (of the text)", "C++ use", "tone\nof voice")
    of = replace(OF, criteria=tuple(Criterion(name) for name in names))
    (request,) = plan(of)
    assert request.form is not None
    text = "Reasons.\n" + request.form.verdict("1", "2", "3", "4")
    vote = get_protocol("analytic").parse(of, request, JudgeReply(text))
    assert vote.scores == dict(zip(names, (1.0, 2.0, 3.0, 4.0), strict=True)), vote.detail


def test_an_example_that_is_echoed_is_no_verdict() -> None:
    of = replace(
        OF, examples=(Example({"question": "1+1?"}, "right: 1\nclear: 2\nstyle: 3", "It is two, not three."),)
    )
    (request,) = plan(of)
    protocol = get_protocol("analytic")
    text = request.messages[1].content
    assert "It is two, not three.\nright: 1\nclear: 2\nstyle: 3\n" in text
    assert protocol.parse(of, request, JudgeReply(text)).status is Status.UNPARSED
    after = protocol.parse(of, request, JudgeReply(f"{text}\n\nIt holds.\nright: 5\nclear: 4\nstyle: 3"))
    assert scores(after) == (5, 4, 3)


def test_reasons_stand_before_the_scores() -> None:
    assert read("It is true.\n\n- right: 5\n- clear: 4\n- style: 3").rationale == "It is true."


def test_long_replies_are_read_quickly() -> None:
    for text in (
        "right: 5, " * 10_000,
        "|" * 100_000,
        ", " * 50_000,
        "right" + " " * 100_000,
        "-\n" * 50_000,
    ):
        with bounded():
            read(text)


@given(
    st.lists(
        st.none() | st.tuples(*[st.integers(1, 5)] * 3),
        min_size=1,
        max_size=7,
    ),
    st.tuples(*[st.floats(0.1, 9)] * 3),
)
def test_samples_are_averaged_for_each_criterion_and_then_weighed(
    samples: list[tuple[int, int, int] | None], weights: tuple[float, float, float]
) -> None:
    of = replace(OF, criteria=tuple(replace(c, weight=w) for c, w in zip(CRITERIA, weights, strict=True)))
    votes = [
        read(
            "no scores"
            if each is None
            else "\n".join(f"{c.name}: {n}" for c, n in zip(CRITERIA, each, strict=True)),
            of,
        )
        for each in samples
    ]
    outcome = get_protocol("analytic").combine(of, votes)
    there = [each for each in samples if each is not None]
    if 2 * len(there) <= len(samples):
        assert (outcome.status, outcome.score, outcome.scores) == (Status.UNPARSED, None, {})
        return
    means = [fmean(each[k] for each in there) for k in range(3)]
    assert list(outcome.scores.values()) == pytest.approx(means)
    assert outcome.score == pytest.approx(
        sum(m * w for m, w in zip(means, weights, strict=True)) / sum(weights)
    )
    assert outcome.source is (ScoreSource.SAMPLES if len(there) > 1 else ScoreSource.SINGLE)
    assert (f"{len(there)} of {len(samples)} samples" in outcome.detail) is (len(there) < len(samples))


def test_labels_take_the_majority_for_each_criterion() -> None:
    texts = ["right: good\nclear: bad\nstyle: good"] * 2 + ["right: bad\nclear: bad\nstyle: good"]
    outcome = get_protocol("analytic").combine(LABELS, [read(text, LABELS) for text in texts])
    assert outcome.labels == {"right": "good", "clear": "bad", "style": "good"}
    assert outcome.scores["right"] == pytest.approx(2 / 3)
    assert outcome.label is None


def test_a_single_criterion_is_one_line() -> None:
    of = replace(OF, criteria=CRITERIA[:1])
    vote = read("It is true.\nright: 4", of)
    assert vote.scores == {"right": 4.0}
    assert get_protocol("analytic").combine(of, [vote]).score == 4.0
