"""Vicuna's evaluation: three prompts, two scores, on the first line or at the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from judgetui.core.item import Item
from judgetui.core.protocols.failures import counted
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest, Order
from judgetui.core.rubric import Criterion, Example, Rubric, TemplateMessage
from judgetui.core.scale import NumericScale
from judgetui.core.vote import Failures, Parser, ScoreSource, Status, Verdict, Vote
from tests.core.protocols.builders import plan, read, rubric

OF = rubric("vicuna")
LAST = Form("\nScores: (", ")", 2000, between=(", ",))
SOLVED = "First I solve it: the point is (3, 4). Assistant 1 is right, Assistant 2 is wrong.\n"


def pair(category: str | None = None, *answers: str) -> Item:
    return Item("i1", answers or ("First.", "Second."), {"question": "Why?"}, category=category)


def request_for(category: str | None, of: Rubric = OF) -> JudgeRequest:
    (request,) = plan(of, about=pair(category))
    return request


AT_THE_END = {
    "Output: (10, 1)": (10, 1),
    "(10, 1)": (10, 1),
    "10 1": (10, 1),
    "10\n1": (10, 1),
    "Scores: 10 1": (10, 1),
    "Scores: (9.5,1)": (9.5, 1),
    "Output: [10, 1]": (10, 1),
    "The tuple containing the scores for Assistant 1 and Assistant 2 is (10, 1). So much for it.": (10, 1),
    "```python\n(10, 1)\n```": (10, 1),
    "```python\nscores = (10, 1)\n```\nAssistant 1 is better.": (10, 1),
    "I rate them (10, 1) for Assistant 1 and Assistant 2, respectively.\nSo much for it.": (10, 1),
    "Scores:\nAssistant 1: 10\nAssistant 2: 1\n\nAssistant 1 performed better.": (10, 1),
    "Scores:\n\nAssistant 1: 10 (right)\n\nAssistant 2: 1 (wrong: x is 10)\n\nAssistant 1 is better.": (
        10,
        1,
    ),
    "Assistant 1: 10/10 - right.\n\nAssistant 2: 1/10 - wrong.\n\nAssistant 1 is better.": (10, 1),
    "**Assistant 1: 10/10**\n**Assistant 2: 1/10**": (10, 1),
    "Scores: Assistant 1: 10, Assistant 2: 1\n\nAssistant 1 is better.": (10, 1),
    "Final scores: Assistant 1 - 10, Assistant 2 - 1": (10, 1),
    "Assistant 2's score: 1\nAssistant 1's score: 10\nSo much for it.": (10, 1),
    "I would give Assistant 1 a score of 10 and Assistant 2 a score of 1. So much\nfor it.": (10, 1),
    "I would give Assistant 1 a score of 2 out of 10. I would give Assistant 2 a score of 9.": (2, 9),
    "I will give both Assistant 1 and Assistant 2 a score of 7.": (7, 7),
    # said twice, alike or corrected on the last line
    "Scores:\nAssistant 1: 10\nAssistant 2: 1\n\nAssistant 1 is better.\n\nOutput: (10, 1)": (10, 1),
    "Output: (10, 1)\nNo, I was too strict.\nOutput: (10, 3)": (10, 3),
}

NOT_AT_THE_END = [
    "",
    "Output: (x, y)",
    "The points are (2, 2) and (10, 4).\nThe distance is 10",
    "Results:\nAssistant 1: 10 units\nAssistant 2: 8 units",
    "Assistant 1: 10\nAssistant 2: 8\nare their results, of which one is right",
    "1. The first step is right\n2. The second is not",
    "Improve this:\n2. Use a loop.\n3. Add comments.",
    "Output: (10, 1)\nNo, I was too strict.\nOutput: (10, 3)\nSo much for it.",
    "Scores: Assistant 1: 1-10, Assistant 2: 1-10",
    "Assistant 1 gets 10 as the result and Assistant 2 gets 8.",
    "f(2, 3) = 5",
]


@pytest.mark.parametrize(("text", "scores"), AT_THE_END.items())
def test_scores_at_the_end(text: str, scores: tuple[float, float]) -> None:
    for order, expected in ((Order.AB, scores), (Order.BA, scores[::-1])):
        vote = read(SOLVED + text, OF, order=order)
        assert (vote.status, vote.answer_scores) == (Status.OK, expected)
        assert vote.verdict is not None
        assert read(SOLVED + text, OF, order=order, parser=Parser.FAITHFUL).status is Status.UNPARSED


@pytest.mark.parametrize("text", NOT_AT_THE_END)
def test_other_numbers_at_the_end_are_no_scores(text: str) -> None:
    assert read(SOLVED + text, OF, order=Order.AB).status is Status.UNPARSED


def test_a_tuple_before_the_answers_are_spoken_of_belongs_to_the_question() -> None:
    assert read("The endpoints are\n(2, 2)\n(10, 4)", OF, order=Order.AB).status is Status.UNPARSED
    assert read("x\nScores:\n(2, 2)", OF, order=Order.AB).answer_scores == (2, 2)


def test_scores_off_the_scale_at_the_end_are_named() -> None:
    vote = read(SOLVED + "Output: (12, 1)", OF, order=Order.AB)
    assert (vote.status, vote.detail) == (Status.UNPARSED, "the score 12 is not on the scale.")


@pytest.mark.parametrize("category", [None, "writing", "coding"])
def test_the_first_line_comes_first_where_it_was_asked_for(category: str | None) -> None:
    text = "8 9\nThe second is better.\nOutput: (7, 7)"
    request = request_for(category)
    vote = get_protocol("vicuna").parse(OF, request, JudgeReply(text))
    assert (vote.answer_scores, vote.rationale) == ((8, 9), "The second is better.\nOutput: (7, 7)")


def test_the_end_comes_first_where_it_was_asked_for() -> None:
    text = f"(3, 4)\n{SOLVED}Output: (10, 1)"
    protocol = get_protocol("vicuna")
    assert protocol.parse(OF, request_for("math"), JudgeReply(text)).answer_scores == (10, 1)
    unknown = read(text, OF, order=Order.AB)
    assert (unknown.status, unknown.detail) == (Status.UNPARSED, "several different scores in the reply.")
    assert read(text.replace("(3, 4)", "(2, -2)"), OF, order=Order.AB).answer_scores == (10, 1)
    assert read("(8, 9)\nAssistant 2 is better.", OF, order=Order.AB).answer_scores == (8, 9)
    assert protocol.parse(OF, request_for("math"), JudgeReply("8 9\nBoth.")).answer_scores == (8, 9)


def test_what_stands_around_the_scores_is_the_rationale() -> None:
    vote = read(SOLVED + "Output: (10, 1)", OF, order=Order.AB)
    assert vote.rationale.startswith("First I solve it")
    assert vote.source is ScoreSource.SINGLE
    assert read("8 9\nThe second.", OF, order=Order.AB, parser=Parser.FAITHFUL).rationale == "The second."


def test_an_echo_of_a_worked_example_is_no_verdict() -> None:
    of = rubric("vicuna", examples=(Example({"question": "1+1?"}, "Scores: (8, 9)", "The first is off."),))
    request = request_for("math", of)
    echo = request.messages[1].content
    assert "The first is off.\nScores: (8, 9)" in echo
    protocol = get_protocol("vicuna")
    assert protocol.parse(of, request, JudgeReply(echo)).status is Status.UNPARSED
    said = protocol.parse(of, request, JudgeReply(f"{echo}\n\n{SOLVED}Scores: (2, 3)"))
    assert said.answer_scores == (2, 3)


def test_one_call_in_the_given_order() -> None:
    (request,) = plan(OF, about=pair())
    assert (request.order, request.temperature, request.max_tokens) == (Order.AB, 0.2, 1024)
    assert [message.role for message in request.messages] == ["system", "user"]
    assert request.labels == tuple(str(point) for point in range(1, 11))


def test_the_general_prompt() -> None:
    of = rubric(
        "vicuna", NumericScale(1, 5, {1: "bad"}), examples=(Example({"question": "1+1?"}, "1 2", "Two."),)
    )
    assert request_for(None, of).messages[1].content == (
        "[Worked Example]\nQuestion: 1+1?\n1 2\nTwo.\n\n"
        "[Question]\nWhy?\n\n"
        "[Assistant 1's Answer]\nFirst.\n[End of Assistant 1's Answer]\n\n"
        "[Assistant 2's Answer]\nSecond.\n[End of Assistant 2's Answer]\n\n"
        "[System]\nJudge the answer.\nJudge the answers on correctness: It is right.\n1 = bad\n"
        "Give each assistant one score from 1 to 5; a better answer has a higher score.\n"
        "Begin with one line that holds nothing but the two scores, Assistant 1's and then Assistant 2's, with a "
        "space between them. From the next line on, explain your scores in full.\n"
        "Take no side beforehand, and do not let the order of the answers change your scores."
    )


def test_the_category_chooses_the_prompt() -> None:
    general, coding, mathematics = (
        request_for(each).messages[1].content for each in ("knowledge", "coding", " Math ")
    )
    assert "program" in coding and "program" not in general + mathematics
    assert "First solve the problem yourself" in mathematics and "First solve" not in general + coding
    assert "Begin with one line" in general and "Begin with one line" in coding
    assert mathematics.index("First solve") < mathematics.index("Python tuple") and "Begin" not in mathematics
    start = general.index("Give each assistant")
    assert coding[:start] == mathematics[:start] == general[:start]
    assert len({request_for(each).messages[0] for each in ("knowledge", "coding", "math")}) == 1


def test_the_category_chooses_the_form() -> None:
    assert request_for("math").form == LAST.__class__("\nScores: (", ")", 2028, between=(", ",))
    for category in ("coding", None):
        form = request_for(category).form
        assert form is not None and (form.reasons, form.between) == (0, (" ",))
    own = rubric("vicuna", template=(TemplateMessage("user", "{{ response_a }}{{ response_b }}"),))
    form = request_for("math", own).form
    assert form is not None and form.reasons == 0


@pytest.mark.parametrize("category", ["math", "coding", None])
def test_its_own_form_is_read(category: str | None) -> None:
    request = request_for(category)
    assert request.form is not None
    said = request.form.verdict("7", "3")
    text = f"I solve it first.\n{said}" if request.form.reasons else f"{said}The first is better."
    vote = get_protocol("vicuna").parse(OF, request, JudgeReply(text))
    assert (vote.answer_scores, vote.verdict) == ((7, 3), Verdict.A)


def test_without_its_form_no_place_is_demanded() -> None:
    of = replace(OF, template=get_protocol("vicuna").formless_template(OF))
    for category in ("math", "coding", None):
        text = request_for(category, of).messages[1].content
        assert "line" not in text and "tuple" not in text
        assert "from 1 to 10" in text


def test_the_higher_score_wins_and_equal_scores_tie() -> None:
    protocol = get_protocol("vicuna")
    for text, verdict in (("8 9", Verdict.B), ("9 8", Verdict.A), ("8 8", Verdict.TIE)):
        outcome = protocol.combine(OF, [read(text, OF, order=Order.AB)])
        assert (outcome.status, outcome.verdict, outcome.consistent) == (Status.OK, verdict, None)
    both = [read("9 6", OF, order=Order.AB), read("9 8", OF, order=Order.BA)]
    outcome = protocol.combine(OF, both)
    assert (outcome.answer_scores, outcome.verdict, outcome.consistent) == ((8.5, 7.5), Verdict.A, False)


def test_criteria_are_weighed() -> None:
    of = rubric("vicuna", criteria=(Criterion("x", weight=3), Criterion("y")))
    votes = [read("8 6", of, criterion="x", order=Order.AB), read("2 10", of, criterion="y", order=Order.AB)]
    assert get_protocol("vicuna").combine(of, votes).answer_scores == (6.5, 7)


def test_a_failure_is_minus_one_only_by_name() -> None:
    protocol = get_protocol("vicuna")
    vote: Vote = read("8, 9", OF, order=Order.AB, parser=Parser.FAITHFUL)
    assert (vote.status, vote.answer_scores) == (Status.UNPARSED, ())
    made = counted(protocol, vote, protocol.counts_failures_as)
    assert protocol.counts_failures_as is Failures.MINUS_ONE
    assert (made.status, made.answer_scores, made.verdict) == (Status.OK, (-1, -1), Verdict.TIE)
    assert made.parser == "vicuna/faithful-1+minus-one"
