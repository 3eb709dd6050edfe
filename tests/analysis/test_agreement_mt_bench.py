"""Votes on pairs, counted as MT-Bench and LIMA count them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.analysis.intervals import Rate
from judgetui.analysis.mt_bench_agreement import (
    PairVote,
    Setup,
    judge_kind,
    mt_bench_agreement,
    tie_discounted,
)

GPT4 = ("gpt-4", "pair-v2")
WINNERS = ("model_a", "model_b", "tie", "tie (inconsistent)")


def vote(
    winner: str, judge: str | Sequence[str] = "expert_1", question: int = 81, turn: int = 1, pair: str = "xy"
) -> PairVote:
    return PairVote(question, turn, pair[0], pair[1], judge, winner)


def counted(rate: Rate | None) -> tuple[int, int] | None:
    return None if rate is None else (rate.hits, rate.n)


@pytest.mark.parametrize(
    ("judge", "kind"),
    [
        ("expert_7", "human"),
        ("author_1", "author"),
        (GPT4, "gpt4-pair"),
        (["gpt-4", "pair-math-v1-multi-turn"], "gpt4-pair"),
        (("gpt-4", "single-v1"), "gpt4-single"),
        ("somebody", "somebody"),
    ],
)
def test_kinds_of_judges(judge: str | Sequence[str], kind: str) -> None:
    assert judge_kind(judge) == kind


def test_gpt4_meets_each_human_vote_in_either_order_of_the_models() -> None:
    votes = [
        vote("model_a", GPT4),
        vote("model_a", "expert_1"),
        vote("model_b", "expert_2", pair="yx"),  # the same winner, named from the other side
        vote("model_b", "expert_3"),
        vote("model_a", "expert_4", question=82),  # no vote of GPT-4's on this one
        vote("model_a", "author_1"),
    ]
    assert counted(mt_bench_agreement(votes, "gpt4-pair", "human", Setup.S1)) == (2, 3)
    assert counted(mt_bench_agreement(votes, "gpt4-pair", "author", Setup.S1)) == (1, 1)


def test_human_votes_meet_in_all_unordered_pairs() -> None:
    votes = [vote(winner, f"expert_{n}") for n, winner in enumerate(["model_a", "model_a", "model_b", "tie"])]
    assert counted(mt_bench_agreement(votes, "human", "human", Setup.S1)) == (1, 6)
    assert counted(mt_bench_agreement(votes, "human", "human", Setup.S2)) == (1, 3)


def test_every_kind_of_tie_is_a_tie_and_setup_two_bans_it_on_either_side() -> None:
    votes = [
        vote("tie (inconsistent)", GPT4),
        vote("tie", "expert_1"),
        vote("model_a", "expert_2"),
        vote("model_a", GPT4, question=82),
        vote("tie", "expert_1", question=82),
        vote("model_a", "expert_2", question=82),
    ]
    assert counted(mt_bench_agreement(votes, "gpt4-pair", "human", Setup.S1)) == (2, 4)
    assert counted(mt_bench_agreement(votes, "gpt4-pair", "human", Setup.S2)) == (1, 1)


def test_turns_stay_apart() -> None:
    votes = [vote("model_a", GPT4), vote("model_a"), vote("model_b", GPT4, turn=2), vote("model_a", turn=2)]
    rates = [mt_bench_agreement(votes, "gpt4-pair", "human", Setup.S1, turn) for turn in (1, 2, None)]
    assert [counted(rate) for rate in rates] == [(1, 1), (0, 1), (1, 2)]


def test_a_model_has_one_vote() -> None:
    with pytest.raises(ValueError, match="gpt4-pair voted 2 times"):
        mt_bench_agreement(
            [vote("tie", GPT4), vote("tie", GPT4), vote("tie")], "gpt4-pair", "human", Setup.S1
        )


def test_an_error_is_no_vote() -> None:
    with pytest.raises(ValueError, match="error"):
        mt_bench_agreement([vote("error", GPT4), vote("tie")], "gpt4-pair", "human", Setup.S1)


def test_judges_that_never_met_have_no_agreement() -> None:
    assert mt_bench_agreement([vote("tie")], "human", "human", Setup.S1) is None


def test_random_votes() -> None:
    """What votes cast at random would agree on, over all combinations of choices."""
    for setup, choices in ((Setup.S1, 3), (Setup.S2, 2)):
        same = sum(a == b for a in range(choices) for b in range(choices))
        assert setup.random == same / choices**2


@given(st.lists(st.tuples(st.integers(81, 83), st.sampled_from(WINNERS), st.booleans()), max_size=15))
def test_the_order_in_which_models_are_named_does_not_matter(cast: list[tuple[int, str, bool]]) -> None:
    other = {"model_a": "model_b", "model_b": "model_a"}
    votes = [vote(winner, question=question) for question, winner, _ in cast]
    turned = [
        vote(other.get(winner, winner), question=question, pair="yx")
        if turn
        else vote(winner, question=question)
        for question, winner, turn in cast
    ]
    for setup in Setup:
        rates = [mt_bench_agreement(each, "human", "human", setup) for each in (votes, turned, votes[::-1])]
        assert rates[0] == rates[1] == rates[2]


def test_tie_discounted_accuracy() -> None:
    """LIMA: 1 for the same, 0.5 where exactly one says tie, else 0."""
    left = ["A", "A", "A", "tie", "both_bad", "b"]
    right = ["A", "tie", "B", "tie", "tie", "B"]
    found = tie_discounted(left, right)
    assert found.value == pytest.approx((1 + 0.5 + 0 + 1 + 1 + 1) / 6)
    assert found.n == 6
    assert found.low is not None and found.low < 0.75 < (found.high or 0)
    assert tie_discounted([], []).value is None


@given(st.lists(st.tuples(*[st.sampled_from(["A", "B", "tie"])] * 2), min_size=1, max_size=20))
def test_tie_discounted_is_between_agreement_and_one(pairs: list[tuple[str, str]]) -> None:
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    value = tie_discounted(left, right, resamples=10).value
    assert value is not None
    assert sum(a == b for a, b in pairs) / len(pairs) <= value <= 1
    assert value == tie_discounted(right, left, resamples=10).value
