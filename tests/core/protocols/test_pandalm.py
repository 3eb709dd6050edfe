"""PandaLM: `1`, `2` or `Tie` on the first line, then a reason and a reference."""

from __future__ import annotations

import pytest

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.failures import counted
from judgetui.core.protocols.pandalm import PandaLM
from judgetui.core.request import Order
from judgetui.core.rubric import Example, InputField
from judgetui.core.vote import Failures, Parser, Status, Verdict
from tests.core.protocols.builders import item, plan, read, rubric

OF = rubric("pandalm", inputs=(InputField("question"), InputField("input", optional=True)))
A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
REST = "\n\n### Reason: It is right.\n\n### Reference: Because."

BOTH_WAYS = {
    "1": A,
    "2": B,
    "Tie": TIE,
    "tie": TIE,
    "TIE": TIE,
    f"1{REST}": A,
    f"  2{REST}": B,
    f"Tie{REST}": TIE,
    f"<s>1{REST}</s>": A,
    "2\n1": B,
}
"""What both parsers read alike; both cut special tokens out, as the original does."""

REPAIRED = {
    f"**1**{REST}": A,
    f"1.{REST}": A,
    f"1 {REST}": A,
    f"Response 2{REST}": B,
    "Response 2 is better.": B,
    "2 ### Reason: It is right.": B,
    "2\r\n\r\n### Reason: It is right.": B,
    f"Result: 2{REST}": B,
    f"### Evaluation:\n2{REST}": B,
    "1 because it is right.": A,
    "1: it names the cause.": A,
    "It is a tie.": TIE,
    f"A tie{REST}": TIE,
    "<think>1</think>2": B,
}
"""What the original counts as a tie for want of a verdict."""

NEITHER = [
    "",
    "0",
    "3",
    "12",
    "1/2",
    "1 or 2",
    "-1",
    "\u0661",
    "garbage",
    "Both responses are good.",
    "### Reason: Response 1 is better.",
    "1: it is clear.\n2: it is not.",
    "tiebreak",
    "2 apples are enough.",
]


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize(("text", "verdict"), BOTH_WAYS.items())
def test_a_verdict_is_read(text: str, verdict: Verdict, parser: Parser) -> None:
    assert read(text, OF, order=Order.AB, parser=parser).verdict is verdict
    assert read(text, OF, order=Order.BA, parser=parser).verdict is verdict.swapped


@pytest.mark.parametrize(("text", "verdict"), REPAIRED.items())
def test_the_repaired_parser_reads_what_was_meant(text: str, verdict: Verdict) -> None:
    assert read(text, OF, order=Order.AB).verdict is verdict
    assert read(text, OF, order=Order.AB, parser=Parser.FAITHFUL).status is Status.UNPARSED


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize("text", NEITHER)
def test_no_verdict_is_a_state(text: str, parser: Parser) -> None:
    vote = read(text, OF, order=Order.AB, parser=parser)
    assert (vote.status, vote.verdict) == (Status.UNPARSED, None)
    assert vote.detail


@pytest.mark.parametrize("parser", list(Parser))
def test_the_reason_is_kept_without_the_reference(parser: Parser) -> None:
    assert read(f"1{REST}", OF, order=Order.AB, parser=parser).rationale == "It is right."
    assert read("1\nIt is right.", OF, order=Order.AB, parser=parser).rationale == "It is right."
    assert read("1", OF, order=Order.AB, parser=parser).rationale == ""


def test_a_failure_is_a_tie_only_by_name() -> None:
    assert PandaLM().counts_failures_as is Failures.TIE
    vote = read("garbage", OF, order=Order.BA, parser=Parser.FAITHFUL)
    assert counted(PandaLM(), vote, Failures.STATE).status is Status.UNPARSED
    tie = counted(PandaLM(), vote, Failures.TIE)
    assert (tie.status, tie.verdict, tie.parser) == (Status.OK, TIE, "pandalm/faithful-1+tie")


def test_the_prompt_is_one_message_to_be_completed() -> None:
    first, second = plan(OF, about=item("First.", "Second.", question="Why {{ task }}?", input="Here."))
    (message,) = first.messages
    assert message.role == "user"
    assert message.content.startswith("Judge the answer.")
    shown = [
        "### Instruction:\nWhy {{ task }}?",
        "### Input:\nHere.",
        "### Response 1:\nFirst.",
        "### Response 2:\nSecond.",
        "### Evaluation:\n",
    ]
    assert message.content.endswith("\n\n".join(shown).rstrip("\n"))
    assert (first.order, second.order) == (Order.AB, Order.BA)
    assert "### Response 1:\nSecond." in second.messages[0].content
    assert (first.temperature, first.max_tokens, first.top_p) == (0.0, 512, 1.0)
    assert first.labels == ("1", "2", "Tie")


@pytest.mark.parametrize("given", [{}, {"input": ""}])
def test_an_input_that_is_not_there_has_no_heading(given: dict[str, object]) -> None:
    content = plan(OF, about=item("First.", "Second.", **given))[0].messages[0].content
    assert "### Input" not in content
    assert "### Instruction:\nWhy?\n\n### Response 1:" in content


def test_the_formless_prompt_ends_with_the_responses() -> None:
    (message,) = PandaLM().formless_template(OF)
    assert message.content.endswith("{{ response_b }}")
    assert "Tie" not in message.content


def test_worked_examples_are_shown() -> None:
    of = rubric("pandalm", examples=(Example({"question": "1+1?"}, "2", "2 is right."),))
    content = plan(of, about=item("x", "y"))[0].messages[0].content
    assert "### Worked Example:\nQuestion: 1+1?\nThe better one: 2 (2 is right.)\n" in content


def combine(one: str, two: str) -> Outcome:
    """The outcome of a reply in each order."""
    return PandaLM().combine(OF, [read(one, OF, order=Order.AB), read(two, OF, order=Order.BA)])


@pytest.mark.parametrize(
    ("one", "two", "verdict", "consistent"),
    [
        ("1", "2", A, True),
        ("2", "1", B, True),
        ("Tie", "Tie", TIE, True),
        ("1", "1", TIE, False),  # the same place twice: opposite winners
        ("2", "2", TIE, False),
        ("1", "Tie", A, False),  # else the first order is followed
        ("2", "Tie", B, False),
        ("Tie", "1", TIE, False),
        ("Tie", "2", TIE, False),
    ],
)
def test_the_first_order_is_followed(one: str, two: str, verdict: Verdict, consistent: bool) -> None:
    """WeOpenML/PandaLM, issue 41."""
    outcome = combine(one, two)
    assert (outcome.status, outcome.verdict, outcome.consistent) == (Status.OK, verdict, consistent)


def test_one_order_without_a_verdict_leaves_none() -> None:
    assert combine("1", "garbage").status is Status.UNPARSED
