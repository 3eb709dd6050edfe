"""FairEval: evidence, then two lines of scores; several replies in both orders."""

from __future__ import annotations

from math import log

import pytest

from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Order
from judgetui.core.rubric import Example
from judgetui.core.vote import Parser, ScoreSource, Status, Verdict, Vote
from tests.core.protocols.builders import item, plan, read, rubric

OF = rubric("faireval")
PAIR = item("First.", "Second.")
EVIDENCE = "Evaluation evidence: Assistant 1 is short, Assistant 2 gives 3 reasons.\n"

BOTH = {
    "Score of the Assistant 1: 8\nScore of the Assistant 2: 9": (8, 9),
    "Score of the Assistant 1: 8.5\nScore of the Assistant 2: 9": (8.5, 9),
    "Assistant 1: 8\nAssistant 2: 9": (8, 9),
}

ONLY_REPAIRED = {
    "Score of the Assistant 1: 8\nScore of the Assistant 2: 9\n": (8, 9),
    "Score of the Assistant 1: 8/10\nScore of the Assistant 2: 9/10": (8, 9),
    "**Score of the Assistant 1:** 8\n**Score of the Assistant 2:** 9": (8, 9),
    "Score of the Assistant 1: **8**\n\nScore of the Assistant 2: **9**": (8, 9),
    "Score of Assistant 1: 8 (short)\nScore of Assistant 2: 9 (full)": (8, 9),
    "Score of the Assistant 1: 8\nScore of the Assistant 2: 9\n\nAssistant 2 is better.": (8, 9),
    "Score of the Assistant 1: 8, Score of the Assistant 2: 9": (8, 9),
    "Scores: 8 9": (8, 9),
}

ONLY_FAITHFUL = {
    "x: 8\ny: 9": (8, 9),
    "Score of the Assistant 1: 8\nScore of the Assistant 2: 19": (8, 19),
    "Score of the Assistant 1: 1e1\nScore of the Assistant 2: 9": (10, 9),
}

NEITHER = [
    "",
    "Score of the Assistant 1: 8",
    "Score of the Assistant 1: <score>\nScore of the Assistant 2: <score>",
    "Score of the Assistant 1: 1-10\nScore of the Assistant 2: 1-10",
    "Score of the Assistant 1: -1\nScore of the Assistant 2: 9",
    "Score of the Assistant 1: nan\nScore of the Assistant 2: 9",
    "1. Say more\n2. Say it better",
    "Assistant 1 has 8 lines and Assistant 2 has 9.",
]


@pytest.mark.parametrize(("text", "scores"), (BOTH | ONLY_REPAIRED).items())
def test_what_a_person_reads(text: str, scores: tuple[float, float]) -> None:
    vote = read(EVIDENCE + text, OF, order=Order.AB)
    assert (vote.status, vote.answer_scores, vote.source) == (Status.OK, scores, ScoreSource.SINGLE)
    assert vote.rationale.startswith("Evaluation evidence: Assistant 1 is short")


@pytest.mark.parametrize(("text", "scores"), (BOTH | ONLY_FAITHFUL).items())
def test_what_the_original_reads(text: str, scores: tuple[float, float]) -> None:
    vote = read(EVIDENCE + text, OF, order=Order.AB, parser=Parser.FAITHFUL)
    assert (vote.status, vote.answer_scores) == (Status.OK, scores)
    assert vote.rationale == EVIDENCE.strip()


@pytest.mark.parametrize("text", [*ONLY_REPAIRED, *NEITHER])
def test_what_the_original_does_not_read(text: str) -> None:
    assert read(EVIDENCE + text, OF, order=Order.AB, parser=Parser.FAITHFUL).status is Status.UNPARSED


@pytest.mark.parametrize("text", [*ONLY_FAITHFUL, *NEITHER])
def test_what_a_person_does_not_take_for_scores(text: str) -> None:
    assert read(EVIDENCE + text, OF, order=Order.AB).status is Status.UNPARSED


def test_scores_go_by_name_where_the_original_goes_by_place() -> None:
    text = EVIDENCE + "Score of the Assistant 2: 9\nScore of the Assistant 1: 8"
    assert read(text, OF, order=Order.AB).answer_scores == (8, 9)
    assert read(text, OF, order=Order.AB, parser=Parser.FAITHFUL).answer_scores == (9, 8)


def test_the_last_scores_count_and_others_only_where_they_agree() -> None:
    first = "Score of the Assistant 1: 8\nScore of the Assistant 2: 8\n"
    last = "Score of the Assistant 1: 3\nScore of the Assistant 2: 8"
    assert read(first + last, OF, order=Order.AB).answer_scores == (3, 8)
    vote = read(f"{first}{last}\nSo much for it.", OF, order=Order.AB)
    assert (vote.status, vote.detail) == (Status.UNPARSED, "several different scores in the reply.")


def test_the_swap_is_turned_back() -> None:
    text = EVIDENCE + "Score of the Assistant 1: 8\nScore of the Assistant 2: 9"
    vote = read(text, OF, order=Order.BA)
    assert (vote.answer_scores, vote.verdict) == ((9, 8), Verdict.A)


def test_three_replies_in_each_order() -> None:
    requests = plan(OF, ScoreSource.SAMPLES, PAIR)
    assert [(request.order, request.sample) for request in requests] == [
        *((Order.AB, sample) for sample in range(3)),
        *((Order.BA, sample) for sample in range(3)),
    ]
    assert {(request.temperature, request.max_tokens) for request in requests} == {(1.0, 512)}
    alone = plan(rubric("faireval", order="as-given"), ScoreSource.SAMPLES, PAIR)
    assert [request.order for request in alone] == [Order.AB] * 3


def test_the_prompt_asks_for_evidence_before_scores() -> None:
    of = rubric("faireval", examples=(Example({"question": "1+1?"}, "Scores: 1 2", "Two."),))
    system, user = plan(of, about=PAIR)[0].messages
    assert (system.role, user.role) == ("system", "user")
    parts = [
        "[Worked Example]\nQuestion: 1+1?\nTwo.\nScores: 1 2\n",
        "[Question]\nWhy?\n",
        "[Assistant 1's Answer]\nFirst.\n[End of Assistant 1's Answer]",
        "[Assistant 2's Answer]\nSecond.\n[End of Assistant 2's Answer]",
        "[System]\nJudge the answer.\nJudge the answers on correctness: It is right.",
        "from 1 to 10",
        "First weigh",
        "Evaluation evidence: <",
        "Score of the Assistant 1: <score>\nScore of the Assistant 2: <score>",
    ]
    places = [user.content.find(part) for part in parts]
    assert -1 not in places and places == sorted(places)
    assert user.content.endswith(parts[-1])
    echo = get_protocol("faireval").parse(of, plan(of, about=PAIR)[0], JudgeReply(user.content))
    assert echo.status is Status.UNPARSED


def votes(*said: tuple[Order, float | None, float | None]) -> list[Vote]:
    """Votes by order, with the scores of the answer shown first and of the one shown second."""
    made = []
    for sample, (order, one, two) in enumerate(said):
        text = "No." if one is None else f"Score of the Assistant 1: {one}\nScore of the Assistant 2: {two}"
        made.append(read(EVIDENCE + text, OF, order=order, sample=sample))
    return made


def test_the_mean_of_all_replies_decides_and_their_labels_are_shares() -> None:
    cast = votes(
        *((Order.AB, 9, 7), (Order.AB, 8, 8), (Order.AB, 9, 8)),
        *((Order.BA, 9, 8), (Order.BA, 8, 9), (Order.BA, 9, 8)),
    )
    outcome = get_protocol("faireval").combine(OF, cast)
    # A: 9, 8, 9 when shown first and 8, 9, 8 when second; B: 7, 8, 8 and 9, 8, 9.
    assert outcome.answer_scores == pytest.approx((51 / 6, 49 / 6))
    assert (outcome.verdict, outcome.consistent, outcome.source) == (Verdict.A, False, ScoreSource.SAMPLES)
    assert outcome.probabilities == pytest.approx({"A": 3 / 6, "B": 2 / 6, "tie": 1 / 6})
    bpde = -sum(share * log(share) for share in outcome.probabilities.values())
    assert bpde == pytest.approx(log(6) - (3 * log(3) + 2 * log(2)) / 6)


def test_equal_means_are_a_tie() -> None:
    outcome = get_protocol("faireval").combine(OF, votes((Order.AB, 9, 8), (Order.BA, 9, 8)))
    assert (outcome.verdict, outcome.answer_scores, outcome.consistent) == (Verdict.TIE, (8.5, 8.5), False)


def test_replies_without_scores_are_left_out_while_each_order_keeps_most() -> None:
    kept = [(Order.AB, 9, 7), (Order.AB, None, None), (Order.AB, 7, 7), (Order.BA, 5, 6)]
    outcome = get_protocol("faireval").combine(OF, votes(*kept))
    assert outcome.answer_scores == pytest.approx((22 / 3, 19 / 3))
    assert outcome.detail == "correctness: 3 of 4 replies have scores."
    without = get_protocol("faireval").combine(OF, votes(*kept[:3], (Order.BA, None, None)))
    assert (without.status, without.answer_scores) == (Status.UNPARSED, ())
