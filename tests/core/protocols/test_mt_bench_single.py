"""MT-Bench, single answer: reasons, then `[[rating]]`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.rubric import Example
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import ScoreSource, Status
from tests.core.protocols.builders import plan, protocol, read, rubric

OF = rubric("mt-bench-single")

RATINGS = {
    "It is right.\n\nRating: [[7]]": 7,
    "[[7]]": 7,
    "[[ 7 ]]": 7,
    "[[7.5]]": 7.5,
    "[[7/10]]": 7,
    "[[10]]": 10,
    "First [[3]]. On reflection: [[6]]": 6,
    'I rate strictly in this form: "[[rating]]".\nRating: [[6]]': 6,
    'strictly in this form: "[[rating]]", for example: "Rating: [[10]]".\n\nRating: [[4]]': 4,
    "[[5]]\n\nThe form was, for example: [[10]]": 5,
    "I choose from [[1]] (poor) to [[10]] (excellent).\nRating: [[6]]": 6,
    "<think>[[2]]</think>Fine. [[8]]": 8,
    # brackets forgotten
    "It is right.\n\nRating: [7]": 7,
    "It is right.\n\n[Rating: 7]": 7,
    "It is right.\n\nRating: 7": 7,
    "It is right.\n\n**Rating:** 7/10": 7,
    "It is right. I give it a score of 7.": 7,
}

NONE = [
    "",
    "It is right.",
    "[[rating]]",
    'strictly in this form: "[[rating]]", for example: "Rating: [[10]]".',
    "The last line must be the rating in double brackets, from [[1]] (poor) to [[10]] (excellent).",
    "There are 7 reasons.",
    "[[good]]",
    "a score of 5 would need more",
    "<think>Rating: [[7]]",
]


@pytest.mark.parametrize(("text", "score"), RATINGS.items())
def test_rating_is_read(text: str, score: float) -> None:
    vote = read(text, OF)
    assert (vote.status, vote.score, vote.source) == (Status.OK, score, ScoreSource.SINGLE)
    assert vote.parser == "mt-bench-single/repaired-1"


@pytest.mark.parametrize("text", NONE)
def test_no_rating_is_unparsed(text: str) -> None:
    vote = read(text, OF)
    assert (vote.status, vote.score) == (Status.UNPARSED, None)
    assert vote.raw == text


@pytest.mark.parametrize("text", ["[[11]]", "[[0]]", "[[-3]]", "[[5]] no, [[12]]", "Rating: 42"])
def test_a_rating_off_the_scale_is_unparsed_and_named(text: str) -> None:
    vote = read(text, OF)
    assert (vote.status, vote.score) == (Status.UNPARSED, None)
    assert "not on the scale" in vote.detail


def test_reasons_are_kept_without_the_rating() -> None:
    assert read("It is right.\nIt is short.\n\nRating: [[7]]", OF).rationale == "It is right.\nIt is short."
    assert read("[[7]] because it is right.", OF).rationale == "because it is right."
    assert read("It is right. My rating: [[7]]", OF).rationale == "It is right."


def test_labels_are_ratings_too() -> None:
    of = rubric("mt-bench-single", LabelScale(("bad", "good"), values={"bad": 0, "good": 1}))
    assert (read("Fine. [[Good]]", of).label, read("Fine. [[Good]]", of).score) == ("good", 1)
    assert read("Fine. Rating: bad", of).label == "bad"
    assert read("Fine. [[7]]", of).status is Status.UNPARSED


def test_negative_points() -> None:
    of = rubric("mt-bench-single", NumericScale(-3, 3))
    assert read("[[-2]]", of).score == -2


def test_samples_are_averaged() -> None:
    votes = [read(f"[[{score}]]", OF, sample=sample) for sample, score in enumerate((6, 9))]
    outcome = protocol(OF).combine(OF, votes)
    assert (outcome.score, outcome.source) == (7.5, ScoreSource.SAMPLES)


def test_refusals() -> None:
    assert read("[[7]]", OF, finish="content_filter").status is Status.REFUSED


def test_the_prompt() -> None:
    of = rubric(
        "mt-bench-single",
        NumericScale(1, 10, {1: "bad", 10: "good"}),
        examples=(Example({"question": "1+1?", "response": "3"}, "1", "It is 2."),),
    )
    (request,) = plan(of)
    system, user = request.messages
    assert (system.role, user.role) == ("system", "user")
    assert user.content == (
        "[Instruction]\nJudge the answer.\n"
        "Judge the quality of the response below on correctness: It is right.\n1 = bad\n10 = good\n"
        "First explain your judgement briefly and without favour. Then rate the response from 1 to 10, "
        'strictly in this form: "[[rating]]", for example: "Rating: [[10]]".\n\n'
        "[Worked Example]\nQuestion: 1+1?\nResponse: 3\nIt is 2. Rating: [[1]]\n\n"
        "[Question]\nWhy?\n\n"
        "[The Start of the Response]\nBecause.\n[The End of the Response]"
    )
    assert (request.temperature, request.max_tokens, request.top_logprobs) == (0.0, 2048, 0)


@given(st.text(alphabet=st.sampled_from("[]()1234567890 .-\nratingforexampleto:*/")))
def test_parse_never_raises(text: str) -> None:
    vote = read(text, OF)
    assert (vote.status is Status.OK) == (vote.score is not None)
