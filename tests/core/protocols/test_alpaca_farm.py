"""AlpacaFarm: `Output (a)` or `Output (b)`."""

from __future__ import annotations

import pytest

from judgetui.core.protocols.alpaca_farm import AlpacaFarm
from judgetui.core.request import Order
from judgetui.core.rubric import Example, InputField
from judgetui.core.vote import Parser, Status, Verdict
from tests.core.protocols.builders import item, plan, read, rubric

OF = rubric("alpaca-farm")
A, B = Verdict.A, Verdict.B

BOTH_WAYS = {
    "Output (a)": A,
    "Output (b)": B,
    " Output (b)": B,
    "Output (b).": B,
    "\nOutput (a)\n": A,
    "Output (a)\n\nIndeed, Output (a) is better since it is right.": A,
    "Which is best, Output (a) or Output (b)?:\nOutput (b)": B,
    "Output (b) is better than Output (a).": B,
    "Output (a) because it is right.": A,
}
"""What both parsers read alike."""

FAITHFUL = {
    "Output (a) is worse than Output (b)": A,
    "Output (a) or Output (b)": A,
    "Output (a)s are common.": A,
}
"""The original takes a name at the start of a line, whatever follows."""

REPAIRED = {
    "(a)": A,
    "(b) is better": B,
    "output (b)": B,
    "Output b": B,
    "**Output (b)**": B,
    "I prefer Output (b).": B,
    "Answer: (a)": A,
    "  Output (a)": A,
    "Output (a)\n\nOutput (a)": A,
    "<think>\nOutput (a)</think>Output (b)": B,
}
"""What the original has no result for."""

NEITHER = [
    "",
    "a",
    "Both",
    "neither",
    "Output (c)",
    "The right answer is (b)",
    "I would say that it depends.",
    "neither Output (a) nor Output (b)",
    "Output (a): nothing of use.\nOutput (b): names the cause.",
    "Output (a)\nOutput (b)",
]


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize(("text", "verdict"), BOTH_WAYS.items())
def test_an_output_is_read(text: str, verdict: Verdict, parser: Parser) -> None:
    assert read(text, OF, order=Order.AB, parser=parser).verdict is verdict
    assert read(text, OF, order=Order.BA, parser=parser).verdict is verdict.swapped


@pytest.mark.parametrize(("text", "verdict"), FAITHFUL.items())
def test_the_faithful_parser_takes_the_start_of_a_line(text: str, verdict: Verdict) -> None:
    assert read(text, OF, order=Order.AB, parser=Parser.FAITHFUL).verdict is verdict
    assert read(text, OF, order=Order.AB).status is Status.UNPARSED


@pytest.mark.parametrize(("text", "verdict"), REPAIRED.items())
def test_the_repaired_parser_reads_what_was_meant(text: str, verdict: Verdict) -> None:
    assert read(text, OF, order=Order.AB).verdict is verdict
    assert read(text, OF, order=Order.AB, parser=Parser.FAITHFUL).verdict is not verdict


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize("text", NEITHER)
def test_no_output_is_no_verdict(text: str, parser: Parser) -> None:
    vote = read(text, OF, order=Order.AB, parser=parser)
    assert vote.status is Status.UNPARSED and vote.detail


def test_two_outputs_are_two_results_where_the_original_wants_one() -> None:
    """A text is cut behind each one found, so that a name may follow at once (`regex_parser`)."""
    for text in ("Output (a)\nOutput (a)", "Output (a)Output (a)"):
        vote = read(text, OF, order=Order.AB, parser=Parser.FAITHFUL)
        assert vote.status is Status.UNPARSED and "several outputs" in vote.detail


def test_the_prompt() -> None:
    of = rubric("alpaca-farm", inputs=(InputField("question"), InputField("context", optional=True)))
    (request,) = plan(of, about=item("First.", "Second.", question="Why {{ task }}?", context="Here."))
    system, user = request.messages
    assert (system.role, user.role) == ("system", "user")
    assert "Judge the answer." in system.content and "correctness" in system.content
    shown = [
        "### Instruction:\nWhy {{ task }}?",
        "### Context:\nHere.",
        "### Output (a):\nFirst.",
        "### Output (b):\nSecond.",
    ]
    assert user.content == "\n\n".join(shown) + "\n\n### Which is best, Output (a) or Output (b)?:"
    assert (request.temperature, request.max_tokens, request.order) == (1.0, 20, Order.AB)
    assert "nothing but Output (a)" in system.content
    assert "nothing but" not in AlpacaFarm().formless_template(of)[0].content


def test_worked_examples_are_shown() -> None:
    examples = (Example({"question": "1+1?", "output_a": "2"}, "Output (a)", "2 is right."),)
    user = plan(rubric("alpaca-farm", examples=examples), about=item("x", "y"))[0].messages[1].content
    assert user.startswith(
        "### Worked Example:\nQuestion: 1+1?\nOutput a: 2\nThe right answer: Output (a) (2 is right.)\n\n###"
    )


def test_equal_answers_need_no_call() -> None:
    assert plan(OF, about=item("Same.", "Same.")) == ()
