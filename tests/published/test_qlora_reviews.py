"""GPT-4's released reviews of 36 systems against ChatGPT, in both orders, read by the parsers of `vicuna`.

5,760 reviews (artidoro/qlora, commit 7f4e95a6, eval/ratings-gpt4/vicuna/relative-gpt-3.5), each with the pair of
scores that was stored: what Vicuna's parser gave, what people put in its place, or -1.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.vote import Parser, Status, Vote
from tests.published.data import published, read_lines


@cache
def reviews() -> list[dict[str, Any]]:
    """Every review with its question's category."""
    categories = {
        question["question_id"]: question["category"]
        for question in read_lines(published("qlora/prompts/vicuna_questions.jsonl"))
    }
    found = [
        review | {"category": categories[review["question_id"]]}
        for review in read_lines(published("qlora/relative_to_chatgpt.jsonl.gz"))
    ]
    assert len(found) == 5760
    return found


def vote_on(text: str, parser: Parser) -> Vote:
    of = starter_rubric("vicuna", "vicuna")
    request = JudgeRequest((), of.criteria[0].name, Order.AB)
    return get_protocol("vicuna").parse(of, request, JudgeReply(text), parser)


def said(review: dict[str, Any], parser: Parser) -> tuple[float, ...]:
    """What the parser makes of a review, in the original's terms: -1 for both where it finds nothing."""
    vote = vote_on(review["text"], parser)
    return vote.answer_scores if vote.status is Status.OK else (-1.0, -1.0)


def test_the_first_line_gives_all_but_156_which_are_on_mathematics() -> None:
    others = [
        (review["category"], said(review, Parser.FAITHFUL))
        for review in reviews()
        if said(review, Parser.FAITHFUL) != tuple(review["score"])
    ]
    assert Counter(others) == {("math", (-1.0, -1.0)): 156}


def test_the_repaired_parser_finds_all_156_as_people_did_and_60_that_they_left() -> None:
    found = Counter[str]()
    for review in reviews():
        if said(review, Parser.FAITHFUL) != (-1.0, -1.0):
            continue
        scores = said(review, Parser.REPAIRED)
        assert review["category"] == "math" and min(scores) >= 1
        if review["score"] == [-1, -1]:
            found["left"] += 1
            # The review says them in one of three ways; the parser was not asked which.
            one, two = (f"{score:g}" for score in scores)
            text = review["text"]
            assert any(
                words in text
                for words in (f"({one}, {two})", f"Assistant 1: {one}", f"a score of {one}", f"1: {one}/10")
            )
            assert any(
                words in text
                for words in (f"({one}, {two})", f"Assistant 2: {two}", f"a score of {two}", f"2: {two}/10")
            )
        else:
            found["as people did" if scores == tuple(review["score"]) else "otherwise"] += 1
    assert found == {"as people did": 156, "left": 60}


def test_on_the_scale_that_was_asked_for_eleven_scores_of_0_are_none() -> None:
    lost = [
        (review["score"][0], vote_on(review["text"], Parser.REPAIRED).detail)
        for review in reviews()
        if said(review, Parser.REPAIRED) == (-1.0, -1.0)
    ]
    assert lost == [(0.0, "the score 0 is not on the scale.")] * 11


def test_where_both_parsers_find_scores_they_agree() -> None:
    for review in reviews():
        faithful, repaired = said(review, Parser.FAITHFUL), said(review, Parser.REPAIRED)
        assert -1.0 in faithful or -1.0 in repaired or faithful == repaired
