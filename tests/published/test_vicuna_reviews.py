"""GPT-4's released reviews, read by the parsers of `vicuna`.

1,040 reviews of 80 questions in 13 files (lm-sys/vicuna-blog-eval, commit 29e5d378), each with the pair of scores
that the authors stored: what their parser gave or, where it failed, what people put in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, Final

import pytest

from judgetui.analysis.win_rates import ratio_of_sums
from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.rubric import Rubric
from judgetui.core.scale import NumericScale
from judgetui.core.vote import Parser, Status, Vote
from tests.published.data import published, read_lines

FROM_0: Final = NumericScale(0, 10)
"""The prompt asks for 1 to 10; GPT-4 gave an empty answer 0."""

MISTYPED: Final = {
    ("review_bard_vicuna-13b", 70): ((10.0, 2.0), (10.0, 4.0)),
    ("review_llama-13b_vicuna-13b", 70): ((10.0, 2.0), (10.0, 4.0)),
}
"""By file and question: the pair that people stored, and the one that the review gives."""


@cache
def reviews() -> list[dict[str, Any]]:
    """Every review with its file and its question's category."""
    categories = {
        question["question_id"]: question["category"]
        for question in read_lines(published("vicuna_eval/question.jsonl"))
    }
    files = sorted(published("vicuna_eval/review").glob("*/*.jsonl.gz"))
    found = [
        review | {"file": file.name.partition(".")[0], "category": categories[review["question_id"]]}
        for file in files
        for review in read_lines(file)
    ]
    assert (len(files), len(found)) == (13, 1040)
    return found


def vote_on(text: str, parser: Parser, rubric: Rubric | None = None) -> Vote:
    of = rubric or starter_rubric("vicuna", "vicuna")
    request = JudgeRequest((), of.criteria[0].name, Order.AB)
    return get_protocol("vicuna").parse(of, request, JudgeReply(text), parser)


def stored(review: dict[str, Any]) -> tuple[float, float]:
    first, second = review["score"]
    return float(first), float(second)


def repaired_votes(rubric: Rubric) -> Iterator[tuple[dict[str, Any], Vote]]:
    for review in reviews():
        yield review, vote_on(review["text"], Parser.REPAIRED, rubric)


def test_the_faithful_parser_gives_the_stored_pair_of_1001_and_nothing_of_39_on_mathematics() -> None:
    found = Counter[tuple[bool, str]]()
    for review in reviews():
        vote = vote_on(review["text"], Parser.FAITHFUL)
        said = "nothing" if vote.status is Status.UNPARSED else "another pair"
        if vote.answer_scores == stored(review):
            said = "the stored pair"
        found[review["category"] == "math", said] += 1
    assert found == {(False, "the stored pair"): 1001, (True, "nothing"): 39}


def test_the_repaired_parser_gives_what_people_put_in_place_but_for_two_slips_of_theirs() -> None:
    of = replace(starter_rubric("vicuna", "vicuna"), scale=FROM_0)
    others: dict[tuple[str, int], tuple[tuple[float, ...], tuple[float, ...]]] = {}
    for review, vote in repaired_votes(of):
        assert vote.status is Status.OK, review["text"]
        if vote.answer_scores != stored(review):
            others[review["file"], review["question_id"]] = (stored(review), vote.answer_scores)
    assert others == MISTYPED


def test_the_two_slips_are_not_what_the_reviews_say() -> None:
    for review in reviews():
        if (review["file"], review["question_id"]) in MISTYPED:
            assert "\nScores:\nAssistant 1: 10\nAssistant 2: 4\n" in review["text"]


def test_on_the_scale_that_was_asked_for_four_scores_of_0_are_none() -> None:
    missing = [
        (review["category"], stored(review), vote.detail)
        for review, vote in repaired_votes(starter_rubric("vicuna", "vicuna"))
        if vote.status is not Status.OK
    ]
    assert missing == [("writing", (0.0, 9.0), "the score 0 is not on the scale.")] * 4


@pytest.mark.parametrize(
    ("baseline", "totals"),
    # The blog post's, for the baseline and for Vicuna-13B; where a slip was stored, Vicuna's 2 points are added.
    [
        ("llama-13b", (513.0, 694.0 + 2)),
        ("alpaca-13b", (583.0, 704.0)),
        ("bard", (664.0, 655.5 + 2)),
        ("gpt35", (693.0, 638.0)),
    ],
)
def test_totals_of_what_the_reviews_say(baseline: str, totals: tuple[float, float]) -> None:
    protocol = get_protocol("vicuna")
    of = replace(starter_rubric("vicuna", "vicuna"), scale=FROM_0)
    outcomes = [
        protocol.combine(of, [vote])
        for review, vote in repaired_votes(of)
        if review["file"] == f"review_{baseline}_vicuna-13b"
    ]
    scores = [(outcome.answer_scores[1], outcome.answer_scores[0]) for outcome in outcomes]
    assert len(scores) == 80
    assert (sum(pair[1] for pair in scores), sum(pair[0] for pair in scores)) == totals
    ratio = ratio_of_sums(scores, resamples=50)
    assert ratio is not None
    if baseline == "gpt35":
        assert round(ratio.value, 2) == 92.06
