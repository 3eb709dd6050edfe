"""Guanaco's three classes: reasons, then 1, 2 or 3 on the last line."""

from __future__ import annotations

import pytest

from judgetui.core.item import Item
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.guanaco import Guanaco
from judgetui.core.request import Order
from judgetui.core.rubric import Example
from judgetui.core.vote import Parser, Status, Verdict
from tests.core.protocols.builders import item, plan, read, rubric

OF = rubric("guanaco")
A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
PAIR = item("First.", "Second.", question="Why {{ task }}?")

BOTH_WAYS = {
    "Both name it.\n\n1": A,
    "Both name it.\n2\n": B,
    "3": TIE,
    "  2  ": B,
    "1\r\n": A,
    "2\n\nAssistant 1 is better.\n\n1": A,
    "<think>1</think>\n2": B,
}
"""What both parsers read alike."""

FAITHFUL = {"+2": B, "0_1": A, "\u0663": TIE, "002": B, "Good.\n\u2002 1": A}
"""What Python's int() takes besides."""

REPAIRED = {
    "Good.\n\n**2**": B,
    "Good.\n\n2.": B,
    "[[3]]": TIE,
    "3 (both are equivalent)": TIE,
    "Best answer: 2": B,
    "**Best answer:** 2": B,
    "The best answer is 1.": A,
    "The best answer is Assistant 2's.": B,
    "The best answer is given by Assistant 1": A,
    "Final verdict: 3": TIE,
    "Good.\nAssistant 1": A,
    "Overall, Assistant 2 is better.": B,
    "Assistant 1 is better than Assistant 2.": A,
    "Assistant 1's answer is slightly better.": A,
    "Assistant 2 provided the better answer.": B,
    "Therefore, I choose option 3, as both assistants are equivalent in their incorrectness.": TIE,
    "Since both are wrong, I choose 3 as both assistants are equivalent.": TIE,
    "I choose 2 rather than 1.": B,
    "Between 1 and 2, I prefer 2.": B,
    "Assistant 2's answer is more detailed, so I choose 2.": B,
    "Mejor respuesta: 2": B,
    "La meilleure r\u00e9ponse est 2.": B,
    "\u6700\u4f73\u7b54\u6848\uff1a2": B,
    "Best answer: 2\n\n---": B,
    "3 - both are equivalent": TIE,
}
"""What the original stores as -1."""

NEITHER = [
    "",
    "error",
    "2 is a good number of examples.",
    "1 or 2",
    "1, 2",
    "1/2",
    "Best: 1/2",
    "2.0",
    "x = 2",
    "The correct answer is 3.",
    "The answer is 2.",
    "The worst answer is 2",
    "Assistant 2 is worse.",
    "Assistant 2 is not better.",
    "I would not choose 2.",
    "If the first is better: 1",
    "Therefore, I cannot choose between Assistant 1 and Assistant 2 as both are incorrect.",
    "1 if Assistant 1 is better, 2 if Assistant 2 is better, or 3 where both are equal.",
    "Assistant 1: 8/10, Assistant 2: 9/10",
    "Assistant 1: complete.\nAssistant 2: it lacks the cause.",
    "2\n\nI hope that this helps.",
    "12",
    "nan",
    "9" * 5000,
]

OTHER_NUMBERS = ["4", "0", "-1", "10"]


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize(("text", "verdict"), BOTH_WAYS.items())
def test_the_last_line_is_read(text: str, verdict: Verdict, parser: Parser) -> None:
    assert read(text, OF, order=Order.AB, parser=parser).verdict is verdict
    assert read(text, OF, order=Order.BA, parser=parser).verdict is verdict.swapped


@pytest.mark.parametrize(("text", "verdict"), FAITHFUL.items())
def test_the_faithful_parser_takes_what_int_takes(text: str, verdict: Verdict) -> None:
    assert read(text, OF, order=Order.AB, parser=Parser.FAITHFUL).verdict is verdict


@pytest.mark.parametrize("text", ["+2", "0_1", "\u0663", "002"])
def test_the_repaired_parser_takes_three_numbers_alone(text: str) -> None:
    assert read(text, OF, order=Order.AB).status is Status.UNPARSED


@pytest.mark.parametrize(("text", "verdict"), REPAIRED.items())
def test_the_repaired_parser_reads_what_was_meant(text: str, verdict: Verdict) -> None:
    assert read(text, OF, order=Order.AB).verdict is verdict
    assert read(text, OF, order=Order.AB, parser=Parser.FAITHFUL).verdict is None


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize("text", NEITHER)
def test_no_choice_is_no_verdict(text: str, parser: Parser) -> None:
    vote = read(text, OF, order=Order.AB, parser=parser)
    assert (vote.status, vote.verdict) == (Status.UNPARSED, None)
    assert vote.detail


@pytest.mark.parametrize("text", OTHER_NUMBERS)
def test_other_numbers_are_no_verdict(text: str) -> None:
    faithful = read(text, OF, order=Order.AB, parser=Parser.FAITHFUL)
    assert faithful.status is Status.UNPARSED and "the original stores it" in faithful.detail
    assert read(text, OF, order=Order.AB).status is Status.UNPARSED


@pytest.mark.parametrize("parser", list(Parser))
def test_reasons_are_kept_without_the_last_line(parser: Parser) -> None:
    assert read("It is right.\nQuite.\n\n2", OF, order=Order.AB, parser=parser).rationale == (
        "It is right.\nQuite."
    )


def test_a_long_last_line_is_read_from_its_end() -> None:
    talk = "Assistant 1 names 3 causes. " * 100
    assert read(f"{talk}Therefore, I choose 2.", OF, order=Order.AB).verdict is B
    assert read(talk, OF, order=Order.AB).status is Status.UNPARSED


def test_the_prompt() -> None:
    one, two = plan(OF, about=PAIR)
    system, user = one.messages
    assert (system.role, user.role) == ("system", "user")
    assert user.content.startswith(
        "[Question]\nWhy {{ task }}?\n\n[The Start of Assistant 1's Answer]\nFirst.\n\n"
        "[The End of Assistant 1's Answer]\n\n[The Start of Assistant 2's Answer]\nSecond.\n\n"
        "[The End of Assistant 2's Answer]\n\n[System]\nJudge the answer."
    )
    assert user.content.endswith("or 3 where both are equal.")
    assert (one.order, two.order) == (Order.AB, Order.BA)
    assert (one.temperature, one.max_tokens) == (0.2, 1024)
    assert one.labels == ("1", "2", "3")


def test_the_category_decides_the_instructions() -> None:
    shown = {
        category: plan(OF, about=Item("i", ("x", "y"), {"question": "Why?"}, category=category))[0]
        .messages[1]
        .content
        for category in (None, "writing", "math", "Math", "coding")
    }
    assert shown[None] == shown["writing"]
    assert shown["math"] == shown["Math"]
    assert "solve the problem yourself" in shown["math"]
    assert "write a program" in shown["coding"]
    assert len(set(shown.values())) == 3
    assert all("correctness" in text and text.endswith("are equal.") for text in shown.values())


def test_the_formless_prompt_asks_for_no_number() -> None:
    assert "last line" in Guanaco().template(OF)[1].content
    assert "last line" not in Guanaco().formless_template(OF)[1].content


def test_worked_examples_are_shown() -> None:
    of = rubric("guanaco", examples=(Example({"question": "1+1?"}, "1", "2 is right."),))
    content = plan(of, about=PAIR)[0].messages[1].content
    assert "[Worked Example]\nQuestion: 1+1?\n2 is right.\n1\n\nWhen" in content


def combine(one: str, two: str) -> Outcome:
    """The outcome of a reply in each order."""
    return Guanaco().combine(OF, [read(one, OF, order=Order.AB), read(two, OF, order=Order.BA)])


@pytest.mark.parametrize(
    ("one", "two", "verdict"),
    [("1", "2", A), ("2", "1", B), ("3", "3", TIE), ("1", "1", TIE), ("1", "3", TIE), ("3", "1", TIE)],
)
def test_a_side_wins_when_both_orders_agree(one: str, two: str, verdict: Verdict) -> None:
    assert combine(one, two).verdict is verdict
    assert combine(one, two).consistent is ((one, two) in {("1", "2"), ("2", "1"), ("3", "3")})


def test_one_order_without_a_verdict_leaves_none() -> None:
    assert combine("1", "error").status is Status.UNPARSED
