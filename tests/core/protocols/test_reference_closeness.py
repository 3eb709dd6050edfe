"""Closeness to a reference: the first response, the second, neither or both."""

from __future__ import annotations

import pytest

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.reference_closeness import ReferenceCloseness
from judgetui.core.request import Order
from judgetui.core.rubric import Example, InputField
from judgetui.core.vote import Parser, Status, Verdict
from judgetui.errors import ItemError
from tests.core.protocols.builders import item, plan, read, rubric

OF = rubric("reference-closeness", inputs=(InputField("question"), InputField("reference")))
A, B, TIE, BAD = Verdict.A, Verdict.B, Verdict.TIE, Verdict.BOTH_BAD
PAIR = item("First.", "Second.", question="Why {{ task }}?", reference="Truth.")

BOTH_WAYS = {
    "Response 1": A,
    "Response 2": B,
    "Neither": BAD,
    "Both": TIE,
    "It says the same.\n\nResponse 2\n": B,
    "Response 1 says it.\n\nNeither": BAD,
}
"""What both parsers read alike."""

REPAIRED = {
    "**Response 2**": B,
    "response 1.": A,
    "1": A,
    "second": B,
    "The first response is closer.": A,
    "Response 2 is closer to the reference answer.": B,
    "Response 1 is closer in meaning than Response 2.": A,
    "The closer one is Response 1.": A,
    "Neither is close to the reference answer.": BAD,
    "Neither response is closer.": BAD,
    "Both are equally close to the reference.": TIE,
    "Answer: Both": TIE,
    "My choice: Neither.": BAD,
    "<think>Both</think>\nNeither, since both miss the point.": BAD,
}
"""What is meant in other words than a choice's own."""

NEITHER = [
    "",
    "3",
    "Response 3",
    "The correct answer is 1.",
    "Response 1 or Response 2",
    "Response 2 is less close.",
    "Response 1 is not closer.",
    "Both are far from the reference.",
    "Neither the first nor the second says it all, but there is some truth in them.",
    "Is Response 1 or Response 2 closer to the reference answer, or neither of them, or both alike?",
    "Response 1: it says the same.\nResponse 2: it does not.",
]


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize(("text", "verdict"), BOTH_WAYS.items())
def test_the_last_line_is_read(text: str, verdict: Verdict, parser: Parser) -> None:
    assert read(text, OF, order=Order.AB, parser=parser).verdict is verdict
    assert read(text, OF, order=Order.BA, parser=parser).verdict is verdict.swapped


@pytest.mark.parametrize(("text", "verdict"), REPAIRED.items())
def test_the_repaired_parser_reads_what_was_meant(text: str, verdict: Verdict) -> None:
    assert read(text, OF, order=Order.AB).verdict is verdict
    assert read(text, OF, order=Order.AB, parser=Parser.FAITHFUL).status is Status.UNPARSED


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize("text", NEITHER)
def test_no_choice_is_no_verdict(text: str, parser: Parser) -> None:
    vote = read(text, OF, order=Order.AB, parser=parser)
    assert (vote.status, vote.verdict) == (Status.UNPARSED, None)
    assert vote.detail


@pytest.mark.parametrize("parser", list(Parser))
def test_reasons_are_kept(parser: Parser) -> None:
    vote = read("It says the same.\n\nResponse 2", OF, order=Order.AB, parser=parser)
    assert vote.rationale == "It says the same."


def test_the_prompt() -> None:
    one, two = plan(OF, about=PAIR)
    (message,) = one.messages
    assert message.role == "user"
    parts = ["Judge the answer.", "correctness", "Why {{ task }}?", "Reference answer:\nTruth.", "First."]
    parts += ["Second.", "closer to the reference answer", "a last line of its own"]
    places = [message.content.index(part) for part in parts]
    assert places == sorted(places)
    assert (one.order, two.order) == (Order.AB, Order.BA)
    assert "Response 1:\nSecond." in two.messages[0].content
    assert one.labels == ("Response 1", "Response 2", "Neither", "Both")
    assert "a last line" not in ReferenceCloseness().formless_template(OF)[0].content


def test_worked_examples_are_shown() -> None:
    example = Example({"question": "1+1?", "reference": "2"}, "Neither", "Both say 3.")
    of = rubric("reference-closeness", inputs=OF.inputs, examples=(example,))
    content = plan(of, about=PAIR)[0].messages[0].content
    assert "Worked example:\nQuestion: 1+1?\nReference: 2\nBoth say 3.\nNeither\n" in content


@pytest.mark.parametrize("given", [{}, {"reference": ""}, {"reference": " \n"}, {"reference": None}])
def test_an_item_needs_a_reference(given: dict[str, object]) -> None:
    of = rubric(
        "reference-closeness", inputs=(InputField("question"), InputField("reference", optional=True))
    )
    with pytest.raises(ItemError, match="no reference answer"):
        plan(of, about=item("First.", "Second.", **given))


def test_the_rubric_must_show_it() -> None:
    with pytest.raises(ItemError, match="no input `reference`"):
        plan(rubric("reference-closeness"), about=PAIR)


def combine(one: str, two: str) -> Outcome:
    """The outcome of a reply in each order."""
    votes = [read(one, OF, order=Order.AB), read(two, OF, order=Order.BA)]
    return ReferenceCloseness().combine(OF, votes)


@pytest.mark.parametrize(
    ("one", "two", "verdict", "consistent"),
    [
        ("1", "2", A, True),
        ("2", "1", B, True),
        ("Neither", "Neither", BAD, True),
        ("Both", "Both", TIE, True),
        ("1", "1", TIE, False),
        ("Neither", "Both", TIE, False),
        ("1", "Neither", TIE, False),
    ],
)
def test_both_orders_must_agree(one: str, two: str, verdict: Verdict, consistent: bool) -> None:
    outcome = combine(one, two)
    assert (outcome.status, outcome.verdict, outcome.consistent) == (Status.OK, verdict, consistent)


def test_one_order_without_a_choice_leaves_none() -> None:
    assert combine("1", "Response 3").status is Status.UNPARSED
