"""QLoRA's released pairwise reviews, read again (artidoro/qlora, eval/ratings-gpt4/vicuna/pairwise)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.vote import Parser, Verdict
from tests.published.data import published, read_lines

GUANACO = get_protocol("guanaco")
OF = starter_rubric("mine", "guanaco")
STORED = {Verdict.A: 1, Verdict.B: 2, Verdict.TIE: 3, None: -1}
"""A verdict as QLoRA stored it; -1 is a review without one."""


def reviews() -> Iterator[dict[str, Any]]:
    return read_lines(published("qlora/pairwise_vicuna.jsonl.gz"))


def verdict(text: str, parser: Parser) -> int:
    """What a review says, as QLoRA stored it."""
    request = JudgeRequest((), OF.criteria[0].name, Order.AB)
    return STORED[GUANACO.parse(OF, request, JudgeReply(text), parser).verdict]


def test_the_faithful_parser_gives_every_stored_score() -> None:
    found = Counter(verdict(row["text"], Parser.FAITHFUL) == row["score"] for row in reviews())
    assert found == {True: 4480}


def test_the_repaired_parser_changes_failures_alone() -> None:
    """Of 13 reviews without a verdict three choose in a sentence; two refuse to, eight are no review."""
    changed = [row for row in reviews() if verdict(row["text"], Parser.REPAIRED) != row["score"]]
    assert [row["score"] for row in changed] == [-1, -1, -1]
    last = [row["text"].rstrip().splitlines()[-1] for row in changed]
    assert all("as both assistants are equivalent" in line for line in last)
    assert all("choose 3" in line or "choose option 3" in line for line in last)
    assert [verdict(row["text"], Parser.REPAIRED) for row in changed] == [3, 3, 3]
    kept = [row["text"] for row in reviews() if verdict(row["text"], Parser.REPAIRED) == -1]
    assert Counter(text if text == "error" else "sentence" for text in kept) == {"error": 8, "sentence": 2}


def test_the_card_s_counts_are_those_of_the_data() -> None:
    counts = Counter(verdict(row["text"], Parser.FAITHFUL) for row in reviews())
    assert counts == Counter(row["score"] for row in reviews())
    assert f"{counts.total():,}" == "4,480" and "4,480" in GUANACO.card.biases
    assert all(f"{counts[place]:,} " in GUANACO.card.biases for place in (1, 2))


def test_the_card_s_swaps_are_those_of_the_data() -> None:
    """Each pair of models was judged both ways round, in files named after both."""
    first: dict[tuple[str, str, int], Verdict] = {}
    for row in reviews():
        one, other = row["file"].removesuffix("-gpt-4-reviewer-threeclass.jsonl").split("-vs-")
        request = JudgeRequest((), OF.criteria[0].name, Order.AB)
        vote = GUANACO.parse(OF, request, JudgeReply(row["text"]), Parser.FAITHFUL)
        if vote.verdict is not None:
            first[one, other, row["question_id"]] = vote.verdict
    both = [
        (verdict, first[other, one, number])
        for (one, other, number), verdict in first.items()
        if one < other and (other, one, number) in first
    ]
    changed = sum(verdict is not swapped.swapped for verdict, swapped in both)
    assert f"{changed} of the {len(both):,} pairs with two verdicts" in GUANACO.card.biases
