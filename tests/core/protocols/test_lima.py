"""LIMA: A, B or neither is significantly better."""

from __future__ import annotations

import pytest

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.lima import LABELS, Lima
from judgetui.core.request import Order
from judgetui.core.rubric import Example
from judgetui.core.vote import Parser, Status, Verdict
from tests.core.protocols.builders import item, plan, read, rubric

OF = rubric("lima")
A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE

BOTH_WAYS = {
    "Answer A is significantly better.": A,
    "Answer B is significantly better": B,
    "Neither is significantly better.": TIE,
    "A": A,
    "b": B,
    "Neither.": TIE,
    "ANSWER B": B,
}
"""What both parsers read alike."""

REPAIRED = {
    "**B**": B,
    "(A)": A,
    "A significantly better": A,
    "Answer: A": A,
    "Option B": B,
    "Neither answer is significantly better.": TIE,
    "Neither A nor B is significantly better.": TIE,
    "Neither of the two answers is significantly better.": TIE,
    "Neither is significantly better, but A is slightly better.": TIE,
    "I think that Answer B is significantly better because it names the cause.": B,
    "B is much better.": B,
    "A better answer would be B.": B,
    "The better answer is A.": A,
    "I choose B.": B,
    "A: it names the cause.": A,
    "Answer A is significantly better.\n\nBoth are friendly, but A names the cause.": A,
    "Both are friendly.\n\nAnswer B is significantly better.": B,
    "<think>Answer A?</think>Answer B is significantly better.": B,
}
"""What is meant in other words than an option's own."""

NEITHER = [
    "",
    "C",
    "Both",
    "A or B",
    "A good answer",
    "The correct answer is A.",
    "A is slightly better.",
    "A is marginally better than B.",
    "Answer A is not significantly better than Answer B.",
    "I cannot say whether A is significantly better.",
    "Is Answer A significantly better, is Answer B significantly better, or is neither of them?",
    "A: it is right.\nB: it is not.",
    "Answer A is significantly better.\n\nAnswer B is significantly better.",
]


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize(("text", "verdict"), BOTH_WAYS.items())
def test_an_option_is_read(text: str, verdict: Verdict, parser: Parser) -> None:
    assert read(text, OF, order=Order.AB, parser=parser).verdict is verdict
    assert read(text, OF, order=Order.BA, parser=parser).verdict is verdict.swapped


@pytest.mark.parametrize(("text", "verdict"), REPAIRED.items())
def test_the_repaired_parser_reads_what_was_meant(text: str, verdict: Verdict) -> None:
    assert read(text, OF, order=Order.AB).verdict is verdict
    assert read(text, OF, order=Order.AB, parser=Parser.FAITHFUL).status is Status.UNPARSED


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize("text", NEITHER)
def test_no_option_is_no_verdict(text: str, parser: Parser) -> None:
    vote = read(text, OF, order=Order.AB, parser=parser)
    assert (vote.status, vote.verdict) == (Status.UNPARSED, None)
    assert vote.detail


def test_reasons_are_kept() -> None:
    vote = read("Both are friendly.\n\nAnswer B is significantly better.", OF, order=Order.AB)
    assert vote.rationale == "Both are friendly."


def test_the_prompt_is_one_user_message() -> None:
    (request,) = plan(OF, about=item("First.", "Second.", question="Why {{ task }}?"))
    (message,) = request.messages
    assert message.role == "user"
    parts = ["Judge the answer.", "correctness", "Why {{ task }}?", "First.", "Second.", *LABELS]
    places = [message.content.index(part) for part in parts]
    assert places == sorted(places)
    assert request.temperature == 0.0
    assert request.labels == LABELS


def test_one_call_in_the_drawn_order() -> None:
    for question, order in (("q0", Order.AB), ("q1", Order.BA)):
        (request,) = plan(OF, about=item("First.", "Second.", question=question))
        assert request.order == order
        shown = request.messages[0].content
        assert (shown.index("First.") < shown.index("Second.")) is (order == Order.AB)


def test_equal_answers_are_asked_about_too() -> None:
    assert len(plan(OF, about=item("Same.", "Same."))) == 1


def test_the_formless_prompt_has_no_replies_to_choose_from() -> None:
    assert Lima().formless_template(OF)[0].content.endswith("significantly better?")


def test_worked_examples_are_shown() -> None:
    of = rubric("lima", examples=(Example({"question": "1+1?"}, LABELS[0], "2 is right."),))
    content = plan(of, about=item("x", "y"))[0].messages[0].content
    assert f"Worked example:\nQuestion: 1+1?\n2 is right.\n{LABELS[0]}\n" in content


def combine(*replies: tuple[str, Order]) -> Outcome:
    return Lima().combine(OF, [read(text, OF, order=order) for text, order in replies])


def test_the_one_verdict_stands_and_both_orders_must_agree() -> None:
    assert combine(("A", Order.BA)).verdict is B
    assert combine(("A", Order.AB), ("B", Order.BA)).verdict is A
    assert combine(("A", Order.AB), ("Neither", Order.BA)).verdict is TIE
    assert combine(("Both", Order.AB)).status is Status.UNPARSED
