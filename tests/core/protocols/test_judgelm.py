"""JudgeLM: pairs, several answers, and one answer beside a reference that has the highest score."""

from __future__ import annotations

import pytest

from judgetui.core.item import Item
from judgetui.core.protocols.failures import counted
from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Order
from judgetui.core.rubric import Example, InputField, Rubric
from judgetui.core.scale import NumericScale
from judgetui.core.vote import Failures, Parser, ScoreSource, Status, Verdict
from judgetui.errors import ItemError
from tests.core.protocols.builders import item, plan, read, rubric

WITH_REFERENCE = (InputField("question"), InputField("reference", optional=True))
PAIR = rubric("judgelm", inputs=WITH_REFERENCE)
SINGLE = rubric("judgelm-single", inputs=WITH_REFERENCE)
MULTI = rubric("judgelm-multi", inputs=WITH_REFERENCE)


def text_of(of: Rubric, about: Item) -> str:
    """The only message's text."""
    (message,) = plan(of, about=about)[0].messages
    assert message.role == "user"
    return message.content


def in_order(text: str, *parts: str) -> bool:
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


# pairs


def test_a_pair_is_one_text_to_complete() -> None:
    of = rubric("judgelm", inputs=WITH_REFERENCE, examples=(Example({"question": "1+1?"}, "1 2", "Two."),))
    text = text_of(of, item("First.", "Second.", reference="Truly."))
    assert in_order(
        text,
        "You check the quality of answers",
        "[Worked Example]\nQuestion: 1+1?\n1 2\nTwo.",
        "[Question]\nWhy?\n",
        "[Reference answer]\nTruly.\n",
        "[Assistant 1's Answer]\nFirst.\n[End of Assistant 1's Answer]",
        "[Assistant 2's Answer]\nSecond.\n[End of Assistant 2's Answer]",
        "[System]\nJudge the answer.\nJudge the answers on correctness: It is right.",
        "from 1 to 10",
        "nothing but 2 scores",
    )
    assert text.endswith("### Response:")
    assert "Reference" not in text_of(PAIR, item("First.", "Second."))


def test_both_orders_at_the_published_sampling() -> None:
    requests = plan(PAIR, about=item("First.", "Second."))
    assert [request.order for request in requests] == [Order.AB, Order.BA]
    assert {(request.temperature, request.max_tokens) for request in requests} == {(0.2, 2048)}


@pytest.mark.parametrize(
    ("text", "faithful", "repaired"),
    [
        ("8 9\nThe second.", (8, 9), (8, 9)),
        ("8,9\nThe second.", (8, 9), (8, 9)),
        ("  \n8 9\nThe second.", (8, 9), (8, 9)),
        ("8 9</s>", (8, 9), (8, 9)),
        ("8 9</s>### 1 2", (8, 9), (8, 9)),
        ("8, 9\nThe second.", (), (8, 9)),
        ("8 9 \nThe second.", (), (8, 9)),
        ("11 9", (11, 9), ()),
        ("8 9 7", (), ()),
        # the end is not the place of these scores
        ("The second is better.\n\nScores:\nAssistant 1: 8\nAssistant 2: 9", (), ()),
        ("", (), ()),
    ],
)
def test_what_a_pair_s_reply_says(
    text: str, faithful: tuple[float, ...], repaired: tuple[float, ...]
) -> None:
    assert read(text, PAIR, order=Order.AB, parser=Parser.FAITHFUL).answer_scores == faithful
    assert read(text, PAIR, order=Order.AB).answer_scores == repaired
    assert read(text, PAIR, order=Order.BA).answer_scores == repaired[::-1]


def test_the_last_character_is_not_cut_off_again() -> None:
    assert read("8 10", PAIR, order=Order.AB, parser=Parser.FAITHFUL).answer_scores == (8, 10)


def test_a_failure_is_a_draw_by_name() -> None:
    protocol = get_protocol("judgelm")
    vote = read("8, 9", PAIR, order=Order.AB, parser=Parser.FAITHFUL)
    made = counted(protocol, vote, Failures.MINUS_ONE)
    assert protocol.counts_failures_as is Failures.MINUS_ONE
    assert (made.answer_scores, made.verdict) == ((-1, -1), Verdict.TIE)


def test_orders_are_averaged() -> None:
    outcome = get_protocol("judgelm").combine(
        PAIR, [read("9 7", PAIR, order=Order.AB), read("9 8", PAIR, order=Order.BA)]
    )
    assert (outcome.answer_scores, outcome.verdict, outcome.consistent) == ((8.5, 8), Verdict.A, False)


# several answers


def test_there_is_a_block_for_each_of_several_answers() -> None:
    about = Item("i1", ("One.", "Two.", "Three."), {"question": "Why?"})
    text = text_of(MULTI, about)
    assert in_order(
        text, "[Assistant 1's Answer]\nOne.", "[Assistant 2's Answer]\nTwo.", "nothing but 3 scores"
    )
    assert "[Assistant 3's Answer]\nThree.\n[End of Assistant 3's Answer]\n\n[System]" in text
    (request,) = plan(MULTI, about=about)
    assert request.order == Order("abc")
    assert request.form is not None and request.form.verdict("8", "9", "7") == "8 9 7\n"


@pytest.mark.parametrize("parser", list(Parser))
def test_several_scores_go_back_to_their_answers(parser: Parser) -> None:
    vote = read("8 9 7\nThe first.", MULTI, order=Order("cab"), parser=parser)
    assert (vote.answer_scores, vote.verdict) == ((9, 7, 8), None)


@pytest.mark.parametrize("text", ["8 9", "8 9 7 6", "8 9 x"])
@pytest.mark.parametrize("parser", list(Parser))
def test_several_answers_need_as_many_scores(text: str, parser: Parser) -> None:
    assert read(text, MULTI, order=Order("abc"), parser=parser).status is Status.UNPARSED


def test_several_answers_are_ranked_by_score() -> None:
    outcome = get_protocol("judgelm-multi").combine(MULTI, [read("8 9 8", MULTI, order=Order("abc"))])
    assert (outcome.ranking, outcome.label, outcome.verdict) == ((1, 0, 2), "B > A = C", None)


# one answer


def test_the_reference_stands_in_the_first_place_with_its_score() -> None:
    text = text_of(SINGLE, item("Because.", reference="Truly."))
    assert in_order(
        text,
        "[Question]\nWhy?\n\n[Assistant 1's Answer]\nTruly.\n[End",
        "[Assistant 2's Answer]\nBecause.\n[End",
        "has 10; its score is written already",
    )
    assert text.endswith("### Response:10")
    assert "Reference answer" not in text
    five = rubric("judgelm-single", NumericScale(1, 5), inputs=WITH_REFERENCE)
    assert text_of(five, item("Because.", reference="Truly.")).endswith("### Response:5")


@pytest.mark.parametrize("of", [SINGLE, rubric("judgelm-single")])
def test_an_item_without_a_reference_is_refused(of: Rubric) -> None:
    about = item("Because.", reference="Truly.") if len(of.inputs) == 1 else item("Because.")
    with pytest.raises(ItemError, match="has no reference"):
        get_protocol("judgelm-single").plan(of, about, ScoreSource.SINGLE)


@pytest.mark.parametrize(
    ("text", "faithful", "repaired"),
    [
        ("7\nIt is short.", 7, 7),
        (" 7\nIt is short.", 7, 7),
        ("10 7\nIt is short.", 7, 7),
        ("10,7\nIt is short.", 7, 7),
        ("10 10", 10, 10),
        ("10", 10, 10),
        ("7.5", 7.5, 7.5),
        ("7</s>", 7, 7),
        ("Score: 7", None, 7),
        ("7/10\nIt is short.", None, 7),
        ("7 because it is short", None, 7),
        ("Assistant 1: 10\nAssistant 2: 7", None, 7),
        ("11", 11, None),
        ("8 7", 7, None),
        ("7 8 9", None, None),
        ("1. It is short", None, None),
        ("It is short.\n7", None, None),
        ("", None, None),
    ],
)
def test_what_a_single_reply_says(text: str, faithful: float | None, repaired: float | None) -> None:
    assert read(text, SINGLE, parser=Parser.FAITHFUL).score == faithful
    vote = read(text, SINGLE)
    assert (vote.score, vote.answer_scores) == (repaired, ())


def test_why_a_single_reply_does_not_count() -> None:
    assert read("8 7", SINGLE).detail == "the reference has 8 instead of 10."
    assert read("11", SINGLE).detail == "the score 11 is not on the scale."
    five = rubric("judgelm-single", NumericScale(1, 5))
    assert (read("5 4", five).score, read("4 4", five).score) == (4, None)


def test_single_scores_are_averaged() -> None:
    votes = [read(f"{score}\nx", SINGLE, sample=sample) for sample, score in enumerate((6, 9))]
    assert get_protocol("judgelm-single").combine(SINGLE, votes).score == 7.5
    assert votes[0].rationale == "x"


@pytest.mark.parametrize("name", ["judgelm", "judgelm-single", "judgelm-multi"])
def test_without_its_form_nothing_is_to_be_completed(name: str) -> None:
    protocol, of = get_protocol(name), starter_rubric("mine", name)
    (message,) = protocol.formless_template(of)
    assert "Response:" not in message.content and "line" not in message.content


def test_an_echo_of_a_worked_example_is_no_verdict() -> None:
    of = rubric("judgelm", examples=(Example({"question": "1+1?"}, "1 2"),))
    request = plan(of, about=item("First.", "Second."))[0]
    echo = request.messages[0].content
    protocol = get_protocol("judgelm")
    assert protocol.parse(of, request, JudgeReply(echo)).status is Status.UNPARSED
    assert protocol.parse(of, request, JudgeReply(f"{echo}\n8 9\nThe second.")).answer_scores == (8, 9)
