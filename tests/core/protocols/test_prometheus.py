"""Prometheus 1 and 2: a described scale, feedback, and what stands behind `[RESULT]`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from judgetui.core.protocols.prometheus_1 import FirstRelative
from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Order
from judgetui.core.rubric import Criterion, Example, InputField, Rubric
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import Parser, ScoreSource, Status, Verdict, Vote
from tests.bounds import bounded
from tests.core.protocols.builders import item, plan, read, rubric

FIVE = NumericScale(
    1, 5, {1: "Wrong.", 2: "Mostly wrong.", 3: "Half right.", 4: "Nearly right.", 5: "Right."}
)
INPUTS = (InputField("question"), InputField("reference", optional=True))
ABSOLUTE = rubric("prometheus-absolute", FIVE, inputs=INPUTS)
RELATIVE = rubric("prometheus-relative", FIVE, inputs=INPUTS)
FIRST = rubric("prometheus-1-absolute", FIVE, inputs=INPUTS)
FIRST_RELATIVE = rubric("prometheus-1-relative", FIVE, inputs=INPUTS)
A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
PAIR = item("First.", "Second.", reference="Third.")


def headers(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("###")]


# plan


def test_the_prompt_has_upstreams_roles_and_parts() -> None:
    (request,) = plan(ABSOLUTE, about=item("Because.", reference="Since."))
    assert [message.role for message in request.messages] == ["system", "user"]
    user = request.messages[1].content
    assert headers(user) == [
        "###Task Description:",
        "###The instruction to evaluate:",
        "###Response to evaluate:",
        "###Reference Answer (Score 5):",
        "###Score Rubrics:",
        "###Feedback:",
    ]
    assert user.endswith(
        "###Score Rubrics:\n[It is right.]\nScore 1: Wrong.\nScore 2: Mostly wrong.\nScore 3: Half right.\n"
        "Score 4: Nearly right.\nScore 5: Right.\n\n###Feedback:"
    )
    assert (request.temperature, request.top_p, request.max_tokens) == (1.0, 0.9, 1024)
    assert (request.labels, request.form and request.form.opening) == (FIVE.texts, "[RESULT] ")


def test_without_a_reference_none_is_spoken_of() -> None:
    for of, about in ((ABSOLUTE, item("Because.")), (RELATIVE, item("First.", "Second."))):
        user = plan(of, about=about)[0].messages[1].content
        assert "eference" not in user


def test_relative_shows_the_criterion_and_not_the_points() -> None:
    (request,) = plan(replace(RELATIVE, order="as-given"), about=PAIR)
    user = request.messages[1].content
    assert headers(user) == [
        "###Task Description:",
        "###Instruction:",
        "###Response A:",
        "###Response B:",
        "###Reference Answer:",
        "###Score Rubric:",
        "###Feedback:",
    ]
    assert user.endswith("###Score Rubric:\n[It is right.]\n\n###Feedback:")
    assert "###Response A:\nFirst.\n\n###Response B:\nSecond.\n" in user
    (swapped,) = [r for r in plan(replace(RELATIVE, order="both"), about=PAIR) if r.order == Order.BA]
    assert "###Response A:\nSecond.\n\n###Response B:\nFirst.\n" in swapped.messages[1].content
    assert (request.labels, len(plan(RELATIVE, about=PAIR))) == (("A", "B"), 1)


def test_version_one_has_a_label_before_the_feedback_and_a_line_of_its_own_for_the_judge() -> None:
    (first,) = plan(FIRST)
    (second,) = plan(ABSOLUTE)
    assert '"Feedback: (your feedback) [RESULT]' in first.messages[1].content
    assert '"(your feedback) [RESULT]' in second.messages[1].content
    assert 5 <= len(first.messages[0].content.split()) <= 10
    assert (first.top_p, first.max_tokens) == (0.9, 256)
    assert len(plan(FIRST, ScoreSource.SAMPLES)) == len(plan(ABSOLUTE, ScoreSource.SAMPLES)) == 3


def test_version_one_ranks_by_grading_each_response_alone() -> None:
    for order in (None, "both", "seeded", "as-given"):
        requests = get_protocol("prometheus-1-relative").plan(FIRST_RELATIVE, PAIR, ScoreSource.SINGLE, order)
        assert [request.order for request in requests] == [Order.AB, Order.BA]
        assert [message.role for request in requests for message in request.messages] == ["user", "user"]
        one, two = (request.messages[0].content for request in requests)
        assert "###Response to evaluate:\nFirst.\n" in one and "Second." not in one
        assert "###Response to evaluate:\nSecond.\n" in two and "First." not in two
        assert {request.top_p for request in requests} == {0.95}


def test_item_text_is_no_template() -> None:
    about = item("{{ 7 * 7 }}", question="{% raw %}", reference="{{ task }}")
    user = plan(ABSOLUTE, about=about)[0].messages[1].content
    assert all(text in user for text in ("{{ 7 * 7 }}", "{% raw %}", "{{ task }}"))


def test_an_example_ends_in_its_result() -> None:
    of = replace(FIRST, examples=(Example({"question": "1+1?", "response": "2"}, "5", "It is two."),))
    user = plan(of)[0].messages[1].content
    assert "Question: 1+1?\nResponse: 2\nFeedback: It is two. [RESULT] 5\n" in user


# read

SCORES = {
    "Good. [RESULT] 4": (4, 4, 4),
    "Good. [RESULT] 4\n": (4, 4, 4),
    "Feedback: Good.\n[RESULT] 04": (4, None, 4),
    # the spellings that the library's tests have (prometheus-eval, tests/test_parser.py)
    "Unlike the answer (Score 5) it is short. [RESULT] 3": (3, 3, 3),
    "It is unlike the answer (Score 5) in length.": (None, None, None),
    "All true. [RESULT] 5 out of 5": (5, None, 5),
    "All false. [RESULT] score of 1": (1, None, 1),
    "Mostly false. [Result] Score: 2": (2, None, 2),
    "Mostly true. [Result] 4/5": (4, None, 4),
    "All true. (Score 5)": (5, None, 5),
    "Mostly true. [Score 4]": (4, None, 4),
    "Half true. score: 3": (3, None, 3),
    "All false. score of 1": (1, None, 1),
    "All true. [RESULT] (5)": (5, None, 5),
    "Its score is surely not 3.": (None, None, None),
    "To me this is a 10!": (None, None, None),
    "Result: A": (None, None, None),
    # where the three go apart
    "Score: 2.5": (None, None, 2.5),
    "[RESULT] 4\n\nI hope this helps.": (None, None, 4),
    "**[RESULT]** 4": (None, None, 4),
    "[RESULT]: **4**": (None, None, 4),
    "[RESULT: 4]": (4, None, 4),
    "At first [RESULT] 3, but in the end [RESULT] 4": (4, None, 4),
    "Good. [RESULT] 4 [RESULT] 4": (4, 4, 4),
    "[RESULT] 3\n\nOr is it?\n[RESULT] 5\nWho knows.\nI do not.": (None, None, None),
    "[RESULT] 3\n\n###The instruction to evaluate:\nMore.\n###Feedback: Fine. [RESULT] 5": (5, None, 3),
    "[RESULT] 10": (None, None, None),
    "[RESULT] 0": (None, None, None),
    "[RESULT] 4-5": (None, None, None),
    "[RESULT] 4 or 5": (None, None, None),
    "[RESULT] 4, 5": (None, None, None),
    "[RESULT] 4/10": (None, None, None),
    "[RESULT] (a whole number from 1 to 5)": (None, None, None),
    "It ends here.\n4": (None, None, 4),
    "It ends here.\n**Score: 4/5**": (None, None, 4),
    "So the overall score is 3.": (None, None, 3),
    "It falls short of a score of 5.": (None, None, None),
    "It does not deserve a score of 5.": (None, None, None),
    "[RESULT] \u0664": (None, None, None),
    "[RESULT] " + "9" * 5000: (None, None, None),
    "[RESULT] nan": (None, None, None),
    "[RESULT] 1_0": (None, None, None),
    "[RESULT]": (None, None, None),
    "": (None, None, None),
}


@pytest.mark.parametrize(("text", "scores"), SCORES.items())
def test_scores_as_library_script_and_reader_find_them(text: str, scores: tuple[float | None, ...]) -> None:
    found = (
        read(text, ABSOLUTE, parser=Parser.FAITHFUL).score,
        read(text, FIRST, parser=Parser.FAITHFUL).score,
        read(text, ABSOLUTE).score,
    )
    assert found == scores
    assert read(text, FIRST).score == scores[2]


def test_a_score_off_the_scale_is_told() -> None:
    assert read("[RESULT] 7", ABSOLUTE).detail == "the score 7 is not on the scale."
    assert read("[RESULT] 7", replace(ABSOLUTE, scale=NumericScale(1, 10))).score == 7.0
    wide = replace(ABSOLUTE, scale=NumericScale(1, 10))
    assert read("[RESULT] 7", wide, parser=Parser.FAITHFUL).status is Status.UNPARSED


def test_labels_are_results_too() -> None:
    scale = LabelScale(("bad", "good"), values={"bad": 0, "good": 1})
    of = replace(ABSOLUTE, scale=scale)
    vote = read("Fine.\n[RESULT] Good", of)
    assert (vote.label, vote.score, vote.rationale) == ("good", 1.0, "Fine.")
    assert read("[RESULT] bad or good", of).status is Status.UNPARSED


def test_feedback_is_kept_without_its_label_and_the_mark() -> None:
    assert read("Feedback: It is right. [RESULT] 5", FIRST).rationale == "It is right."


CHOICES = {
    "A is right. [RESULT] A": (A, A),
    # the spellings that the library's tests have
    "[Response B says less. [RESULT] A": (A, A),
    "Result A or B, who knows": (None, None),
    "They are alike ... [Response B]": (B, B),
    "They are alike ... [Result] Response B": (B, B),
    "They are alike: Response B Response A": (None, None),
    "They are alike ... [Result: B]": (B, B),
    "There is something to both.": (None, None),
    "Response C is superior.": (None, None),
    "The better one is B, or is it A? I cannot say.": (None, None),
    # where the two go apart
    "All in all I select Response B.": (None, B),
    "Therefore, Response B is the better response.": (None, B),
    "**[RESULT]** **B**": (None, B),
    "[RESULT] A\n\nA names the cause, so that\nit wins.": (A, A),
    "[RESULT] A\nNo.\n[RESULT] B": (A, B),
    "[RESULT] a tie": (None, None),
    "[RESULT] A or B": (None, None),
    "[RESULT] (A or B)": (None, None),
    "Response A is not better.": (None, None),
    "While Response A is fluent, Response B is better.": (None, None),
    "Response A is better than Response B.": (None, None),
    "": (None, None),
}


@pytest.mark.parametrize(("text", "choices"), CHOICES.items())
def test_choices_as_library_and_reader_find_them(text: str, choices: tuple[Verdict | None, ...]) -> None:
    for order, back in ((Order.AB, lambda each: each), (Order.BA, lambda each: each and each.swapped)):
        faithful = read(text, RELATIVE, order=order, parser=Parser.FAITHFUL)
        assert (faithful.verdict, read(text, RELATIVE, order=order).verdict) == tuple(map(back, choices))


def test_a_tie_is_told() -> None:
    detail = read("They are alike. [RESULT] a tie", RELATIVE, order=Order.AB).detail
    assert detail == "the result is 'a tie'; it can only be A or B."


@pytest.mark.parametrize("of", [ABSOLUTE, FIRST, RELATIVE, FIRST_RELATIVE])
def test_an_echoed_prompt_is_no_verdict_and_what_follows_it_is(of: Rubric) -> None:
    rubric_ = replace(of, examples=(Example({"question": "1+1?"}, "2", "It is two."),))
    single = rubric_.protocol.endswith("absolute")
    protocol = get_protocol(rubric_.protocol)
    for request in plan(rubric_, about=item("First.") if single else PAIR):
        prompt = "\n\n".join(message.content for message in request.messages)
        echo = protocol.parse(rubric_, request, JudgeReply(prompt))
        assert echo.status is Status.UNPARSED, echo
        expected = request.labels[-1]
        answered = protocol.parse(rubric_, request, JudgeReply(f"{prompt} It holds up. [RESULT] {expected}"))
        assert answered.status is Status.OK
        assert answered.rationale.endswith("It holds up.")


def test_long_replies_are_read_quickly() -> None:
    long = [
        "[RESULT]" + "(" * 100_000,
        "score" + " " * 100_000 + "x",
        "[RESULT] 4 " * 10_000,
        "score of " * 12_000,
    ]
    for text in long:
        for of in (ABSOLUTE, FIRST, RELATIVE):
            for parser in Parser:
                with bounded():
                    read(text, of, order=Order.AB if of is RELATIVE else None, parser=parser)


# combine


def test_runs_are_averaged() -> None:
    votes = [Vote(Status.OK, "correctness", sample=n, score=score) for n, score in enumerate((3.0, 4.0, 4.0))]
    assert get_protocol("prometheus-absolute").combine(ABSOLUTE, votes).score == pytest.approx(11 / 3)


def test_both_orders_must_agree_where_both_are_asked() -> None:
    votes = [Vote(Status.OK, "correctness", order, verdict=A) for order in (Order.AB, Order.BA)]
    protocol = get_protocol("prometheus-relative")
    assert protocol.combine(RELATIVE, votes).verdict is A
    outcome = protocol.combine(RELATIVE, [votes[0], replace(votes[1], verdict=B)])
    assert (outcome.verdict, outcome.consistent) == (TIE, False)


def test_weights_that_do_not_sum_exactly_still_tie() -> None:
    criteria = (Criterion("x", weight=0.1), Criterion("y", weight=0.2), Criterion("z", weight=0.3))
    of = replace(RELATIVE, criteria=criteria)
    votes = [
        Vote(Status.OK, name, Order.AB, verdict=verdict)
        for name, verdict in zip("xyz", (A, A, B), strict=True)
    ]
    assert get_protocol("prometheus-relative").combine(of, votes).verdict is TIE


def grades(
    first: list[float | None], second: list[float | None], criterion: str = "correctness"
) -> list[Vote]:
    return [
        Vote(
            Status.OK if score is not None else Status.UNPARSED,
            criterion,
            order,
            n,
            score=score,
            source=ScoreSource.SINGLE,
        )
        for order, given in ((Order.AB, first), (Order.BA, second))
        for n, score in enumerate(given)
    ]


@pytest.mark.parametrize(
    ("first", "second", "scores", "verdict"),
    [
        ([4.0], [3.0], (4.0, 3.0), A),
        ([2.0], [3.0], (2.0, 3.0), B),
        ([3.0], [3.0], (3.0, 3.0), TIE),
        ([4.0, 5.0], [5.0, 5.0], (4.5, 5.0), B),
        ([4.0, 5.0, None], [5.0, 3.0, 1.0], (4.5, 3.0), A),
    ],
)
def test_the_response_with_the_higher_grade_wins(
    first: list[float | None], second: list[float | None], scores: tuple[float, float], verdict: Verdict
) -> None:
    outcome = FirstRelative().combine(FIRST_RELATIVE, grades(first, second))
    assert (outcome.status, outcome.answer_scores, outcome.verdict) == (Status.OK, scores, verdict)
    assert outcome.consistent is None
    assert outcome.source is (ScoreSource.SINGLE if len(first) == 1 else ScoreSource.SAMPLES)
    swapped = FirstRelative().combine(FIRST_RELATIVE, grades(second, first))
    assert (swapped.answer_scores, swapped.verdict) == (scores[::-1], verdict.swapped)


def test_a_response_without_a_grade_leaves_no_verdict() -> None:
    outcome = FirstRelative().combine(FIRST_RELATIVE, grades([4.0], [None]))
    assert (outcome.status, outcome.verdict, outcome.answer_scores) == (Status.UNPARSED, None, ())
    assert FirstRelative().combine(FIRST_RELATIVE, grades([4.0], [])).status is Status.CANCELLED


def test_grades_are_weighed_over_criteria() -> None:
    of = replace(FIRST_RELATIVE, criteria=(Criterion("right", weight=0.1), Criterion("clear", weight=0.2)))
    votes = [*grades([5.0], [3.0], "right"), *grades([3.0], [4.0], "clear")]
    outcome = FirstRelative().combine(of, votes)
    assert outcome.answer_scores == pytest.approx((11 / 3, 11 / 3))
    assert outcome.verdict is TIE


def test_the_starters_have_all_five_points() -> None:
    for name in ("prometheus-absolute", "prometheus-1-absolute", "prometheus-1-relative"):
        scale = starter_rubric("mine", name).scale
        assert scale is not None and all(scale.anchor(text) for text in ("1", "2", "3", "4", "5"))
