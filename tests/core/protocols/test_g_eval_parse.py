"""G-Eval: which score a reader finds in a reply, and which replies have none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.protocols.points import find_point
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import ScoreSource, Status
from tests.core.protocols.builders import FIVE, TEN, read, rubric

LABELS = LabelScale(("fail", "pass"), ("pass",), {"fail": 0, "pass": 1})
GRADES = LabelScale(("incorrect", "partially correct", "correct"))

SCORES = {
    # the form is completed
    "4": 4,
    " 4": 4,
    "4\n": 4,
    "\n\n4": 4,
    "4.": 4,
    "**4**": 4,
    "4/5": 4,
    "4 / 5": 4,
    "4 out of 5": 4,
    "[4]": 4,
    '"4"': 4,
    "4 - The answer is nearly complete.": 4,
    "4. The answer is nearly complete.": 4,
    "4, since a step is missing": 4,
    "4 because a step is missing": 4,
    "4 The answer is nearly complete.": 4,
    "4\nthe answer is nearly complete": 4,
    "4 points": 4,
    "4\n\n1. It is right.\n2. It is short.": 4,
    "Correctness: 4": 4,
    "- Correctness: 4": 4,
    "correctness: 4": 4,
    "Correctness (1-5): 4": 4,
    "**Correctness**: 4": 4,
    "**Correctness:** 4": 4,
    "Correctness = 4": 4,
    "Score: 4": 4,
    "Score: 4/5": 4,
    "Rating: **4**": 4,
    "Overall score: 4": 4,
    "Correctness: 4 with a small gap": 4,
    "3.5": 3.5,
    "4.0": 4,
    "Correctness: 2.5/5": 2.5,
    # what a small model goes on with after the form is not its score
    "4\n\nExample:\nQuestion: Why?\nResponse: x\n\nEvaluation Form (scores ONLY):\n- Correctness: 2": 4,
    "Correctness: 4\n\nExample:\nQuestion: Why?\n- Correctness: 2": 4,
    # reasons first
    "The answer has every step but one.\n\nCorrectness: 3": 3,
    "It names 2 of 3 causes, so it is not complete. Score: 3": 3,
    "It is right.\n\n5": 5,
    "It is right.\n\n**5**": 5,
    "It is right.\n\n4/5": 4,
    "I would give this a 4.": 4,
    "I rate this response 4 out of 5.": 4,
    "The score is 4.": 4,
    "The response deserves a rating of 2.": 2,
    "Step 1: fine. Step 2: missing.\nScore: 2\nOn reflection, the gap is small.\nScore: 4": 4,
    '{"reason": "a step is missing", "score": 3}': 3,
    "100% correct. Score: 5": 5,
    "Clarity: 2\nCorrectness: 4": 4,
    "Score (1-5): 3\nA score of 5 would need the missing step.": 3,
    "1. List the facts.\n2. Check each.\n\nScore: 4": 4,
    "<think>Is it 2? Or 3?</think>4": 4,
    "<thinking>Score: 1</thinking>\nScore: 4": 4,
    "Is it 2? Or 3?</think>\n\n4": 4,
}

NO_SCORE = [
    "",
    "   ",
    "The answer is correct.",
    "1. List the facts\n2. Check each",
    "1) List the facts\n2) Check each",
    "**1.** List the facts\n**2.** Check each",
    "1 = wrong\n3 = padded\n5 = right",
    "2+2 is 4 in this case, which is fine",
    "2 + 2 is",
    "3 apples are left",
    "3 of the steps",
    "(1-5)",
    "1-5",
    "1 to 5",
    "1–5",  # an en dash, as judges write it
    "Correctness (1-5):",
    "Correctness:",
    "Score: 1-5",
    "Score: 4 out of 10",
    "4/10",
    "4%",
    "4th",
    "3,5",
    "2024 was a good year",
    "There are 3 facts and 2 of them are right.",
    "A score of 5 would need the missing step.",
    "I would give 2 reasons for this",
    "I would give it a 4. No, I would give it a 2.",
    "<think>Score: 4",
    "I'm sorry, but I can't judge this.",
]

OFF_SCALE = ["6", "0", "-1", "Score: 7", "Correctness: 10", "It is excellent.\n\n10", "5.5"]


@pytest.mark.parametrize(("text", "score"), SCORES.items())
def test_score_is_read(text: str, score: float) -> None:
    vote = read(text, rubric(scale=FIVE))
    assert (vote.status, vote.score) == (Status.OK, score)
    assert vote.source is ScoreSource.SINGLE
    assert vote.raw == text
    assert vote.parser == "g-eval/repaired-1"
    assert vote.detail == ""


@pytest.mark.parametrize("text", NO_SCORE)
def test_no_score_is_unparsed(text: str) -> None:
    vote = read(text, rubric(scale=FIVE))
    assert vote.status is Status.UNPARSED
    assert vote.score is None
    assert vote.raw == text
    assert vote.detail


@pytest.mark.parametrize("text", OFF_SCALE)
def test_a_score_off_the_scale_is_unparsed_and_named(text: str) -> None:
    vote = read(text, rubric(scale=FIVE))
    assert vote.status is Status.UNPARSED
    assert vote.score is None
    assert "not on the scale" in vote.detail


def test_negative_points_are_points_of_a_scale_that_has_them() -> None:
    of = rubric(scale=NumericScale(-2, 2))
    assert read("-1", of).score == -1
    assert read("Correctness: -2", of).score == -2
    assert read("- Correctness: 2", of).score == 2


def test_ten_is_read_whole() -> None:
    assert read("10", rubric(scale=TEN)).score == 10
    assert read("Score: 10/10", rubric(scale=TEN)).score == 10


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("pass", "pass"),
        ("Pass.", "pass"),
        ("**FAIL**", "fail"),
        ("Correctness: pass", "pass"),
        ("Label: fail", "fail"),
        ("fail. It does not pass.", "fail"),
        ("It is fine.\n\nVerdict: pass", "pass"),
        ("It is fine.\n\npass", "pass"),
    ],
)
def test_label_is_read(text: str, label: str) -> None:
    vote = read(text, rubric(scale=LABELS))
    assert (vote.status, vote.label, vote.score) == (Status.OK, label, LABELS.values[label])


@pytest.mark.parametrize(
    "text", ["pass or fail?", "pass/fail", "fail | pass", "passable", "not pass", "It may pass or not"]
)
def test_no_label(text: str) -> None:
    assert read(text, rubric(scale=LABELS)).status is Status.UNPARSED


def test_a_longer_label_wins_and_needs_no_value() -> None:
    vote = read("Partially correct", rubric(scale=GRADES))
    assert (vote.label, vote.score) == ("partially correct", None)
    assert read("incorrect", rubric(scale=GRADES)).label == "incorrect"


def test_one_letter_labels_are_not_articles() -> None:
    letters = rubric(scale=LabelScale(("A", "B")))
    assert read("A good answer", letters).status is Status.UNPARSED
    assert read("A", letters).label == "A"
    assert read("A. It is good.", letters).label == "A"


def test_criterion_names_are_taken_literally() -> None:
    vote = read("C++ (style): 4", rubric(scale=FIVE), criterion="C++ (style)")
    assert vote.score == 4
    assert read("Kohärenz: 4", rubric(scale=FIVE), criterion="Kohärenz").score == 4


def test_refusals_are_refused_not_unparsed() -> None:
    assert read("", refusal="I cannot help.").status is Status.REFUSED
    assert read("", refusal="I cannot help.").raw == "I cannot help."
    assert read("4", finish="content_filter").status is Status.REFUSED
    assert read("4", finish="refusal").score is None


def test_a_cut_reply_says_so() -> None:
    vote = read("The answer names", finish="length")
    assert vote.status is Status.UNPARSED
    assert "cut at 1024 tokens" in vote.detail


def test_later_samples_are_samples() -> None:
    assert read("4", sample=3).source is ScoreSource.SAMPLES


_NUMBERS = ["4", "10", "-1", "1.", "2)", "3.5", "/5", " out of ", "(1-5)", "=", "-", " ", "\n"]
_MARKS = ["[[", "]]", "**", "<think>", "</think>", "é", "🎉", "\x00", "pass", "fail"]
_WORDS = st.sampled_from([*_NUMBERS, *_MARKS, "Score:", "correctness", "I rate it a "])


@given(st.one_of(st.text(), st.lists(_WORDS).map("".join)), st.sampled_from([FIVE, TEN, LABELS, GRADES]))
def test_parse_never_raises(text: str, scale: NumericScale | LabelScale) -> None:
    vote = read(text, rubric(scale=scale))
    if vote.status is Status.OK and isinstance(scale, NumericScale):
        assert vote.score is not None
        assert scale.low <= vote.score <= scale.high
    elif vote.status is Status.OK:
        assert vote.label in scale.texts


@given(st.lists(_WORDS).map("".join), st.text(max_size=5))
def test_the_place_of_a_point_is_where_it_stands(text: str, criterion: str) -> None:
    found = find_point(text, FIVE, criterion)
    if found is not None:
        answer, start, end = found
        assert float(text[start:end]) == float(answer)


def test_a_long_reply_is_read_in_time() -> None:
    for part in ("I give ", "score ", "4 out of ", "1. x\n", "correctness (", "[[", "*" * 50):
        read(part * 5_000, rubric(scale=FIVE))
