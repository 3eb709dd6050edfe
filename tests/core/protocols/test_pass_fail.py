"""Pass or fail: a label in double brackets after the reasons, and the majority of samples."""

from __future__ import annotations

from dataclasses import replace

import pytest

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import JudgeReply
from judgetui.core.rubric import Criterion, Example
from judgetui.core.scale import LabelScale
from judgetui.core.vote import Parser, Status, Vote
from tests.bounds import bounded
from tests.core.protocols.builders import plan, read, rubric

OF = rubric("pass-fail")
THREE = replace(OF, scale=LabelScale(("yes", "partly", "no")))

LABELS = {
    "It is right.\n\n[[pass]]": "pass",
    "It is wrong.\n\n[[fail]]": "fail",
    "[[PASS]]": "pass",
    "[[ fail ]].": "fail",
    "**[[pass]]**": "pass",
    "Verdict: [[fail]] (it is wrong)": "fail",
    "At first [[pass]], but no: [[fail]]": "fail",
    "[[fail]]\n\nAgain: [[fail]]\nThat is all\nI can say.": "fail",
    'It is "[[pass]]" or "[[fail]]".\n\n[[fail]]': "fail",
    "[[1]] and [[Paris]] are cited.\n[[pass]]": "pass",
    "<think>[[fail]]</think>[[pass]]": "pass",
    # brackets forgotten, alone on the last line
    "It is right.\npass": "pass",
    "It is right.\n**Verdict: PASS**": "pass",
    "It is wrong.\nMy final verdict is: fail.": "fail",
    "It is wrong.\n[fail]": "fail",
    "It is right.\n[[pass": "pass",
}

NONE = [
    "",
    "It would pass.",
    "pass\nbut I am not sure",
    "[[pass]] or [[fail]]",
    '"[[pass]]", "[[fail]]"',
    "[[pass]]/[[fail]]",
    "[[pass]]\nWell.\n[[fail]]\nI do not\nknow.",
    "[[maybe]]",
    "It does not pass",
    "Verdict: pass or fail",
    "[[fa\u0130l]]",
    "[[pass]] or [[fail]]\npass",
]


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize(("text", "label"), LABELS.items())
def test_the_label_is_read(text: str, label: str, parser: Parser) -> None:
    if parser is Parser.FAITHFUL and "<think>" in text:
        return  # the reply as it came, thinking and all
    vote = read(text, OF, parser=parser)
    assert (vote.status, vote.label, vote.score) == (Status.OK, label, float(label == "pass"))


@pytest.mark.parametrize("text", NONE)
def test_no_label_is_unparsed(text: str) -> None:
    vote = read(text, OF)
    assert (vote.status, vote.label, vote.score) == (Status.UNPARSED, None, None)


def test_contradictions_are_told() -> None:
    assert (
        read("[[pass]]\nWell.\n[[fail]]\nI do not\nknow.", OF).detail
        == "several different verdicts in the reply."
    )


def test_a_rubric_brings_its_own_labels() -> None:
    (request,) = plan(THREE)
    assert request.labels == ("yes", "partly", "no")
    assert '"[[yes]]", "[[partly]]" or "[[no]]".' in request.messages[1].content
    vote = read("Half of it.\n[[partly]]", THREE)
    assert (vote.label, vote.score) == ("partly", None)
    assert read("[[pass]]", THREE).status is Status.UNPARSED


def test_each_criterion_is_asked_by_itself_with_what_the_labels_stand_for() -> None:
    of = replace(OF, criteria=(Criterion("right", "It is right."), Criterion("clear", "It is clear.")))
    requests = plan(of)
    assert [request.criterion for request in requests] == ["right", "clear"]
    first = requests[0].messages[1].content
    assert "right: It is right.\npass = the response meets the criterion\n" in first
    assert "clear" not in first
    assert '"[[pass]]" or "[[fail]]".' in first


def test_an_example_that_is_echoed_is_no_verdict() -> None:
    of = replace(OF, examples=(Example({"question": "1+1?", "response": "3"}, "fail", "It is two."),))
    (request,) = plan(of)
    text = request.messages[1].content
    assert "It is two. [[fail]]" in text
    assert get_protocol("pass-fail").parse(of, request, JudgeReply(text)).status is Status.UNPARSED
    after = get_protocol("pass-fail").parse(of, request, JudgeReply(f"{text}\n\nIt is right.\n[[pass]]"))
    assert after.label == "pass"


def test_long_replies_are_read_quickly() -> None:
    for text in ("[[pass]] " * 12_000, "*" * 100_000, "[[" * 50_000, "[[" + " " * 100_000, "my " * 30_000):
        with bounded():
            read(text, OF)


def combine(*labels: str | None, criteria: tuple[Criterion, ...] = OF.criteria) -> Outcome:
    of = replace(OF, criteria=criteria)
    scale = get_protocol("pass-fail").default_scale
    assert scale is not None
    votes = [
        Vote(
            Status.UNPARSED if label is None else Status.OK,
            criteria[n % len(criteria)].name,
            sample=n,
            label=label,
            score=None if label is None else scale.value(label),
        )
        for n, label in enumerate(labels)
    ]
    return get_protocol("pass-fail").combine(of, votes)


def test_the_majority_of_samples_with_the_labels_shares() -> None:
    outcome = combine("pass", "fail", "pass", "pass")
    assert (outcome.label, outcome.score) == ("pass", 0.75)
    assert outcome.probabilities == {"pass": 0.75, "fail": 0.25}
    assert outcome.margin == 0.5


def test_samples_without_a_label_have_no_share() -> None:
    outcome = combine("fail", None, "fail")
    assert (outcome.label, outcome.probabilities) == ("fail", {"fail": 1.0})
    assert "2 of 3" in outcome.detail
    assert combine("fail", None).status is Status.UNPARSED


def test_as_many_of_each_is_no_majority() -> None:
    outcome = combine("pass", "fail")
    assert (outcome.status, outcome.label, outcome.score) == (Status.OK, None, 0.5)
    assert outcome.detail == "correctness: as many samples say pass as fail."


def test_a_single_reply_has_no_shares() -> None:
    assert combine("pass").probabilities == {}


def test_criteria_keep_their_labels_and_weigh_in_the_score() -> None:
    criteria = (Criterion("right", weight=3), Criterion("clear"))
    outcome = combine("pass", "fail", criteria=criteria)
    assert (outcome.label, outcome.labels) == (None, {"right": "pass", "clear": "fail"})
    assert (outcome.score, outcome.probabilities) == (0.75, {})
