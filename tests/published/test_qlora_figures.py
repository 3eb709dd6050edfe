"""QLoRA's tables of GPT-4's judgements, from the released reviews.

Published in Dettmers et al. 2023 (arXiv 2305.14314): Table 6, percent of ChatGPT's score on the Vicuna questions,
and Table 1, Elo ratings. The reviews are those of artidoro/qlora, commit 7f4e95a6, eval/ratings-gpt4/vicuna.
"""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from judgetui.analysis.bradley_terry import bradley_terry
from judgetui.analysis.elo import elo
from judgetui.analysis.ratings import Games, Ratings
from judgetui.analysis.win_rates import Percent, Scores, mean_of_orders, pooled_ratio, ratio_of_sums
from judgetui.core.vote import Failures, Verdict
from tests.published.data import published, read_lines

QUESTIONS: Final = 80

Orders = tuple[list[Scores], list[Scores]]


@pytest.fixture(scope="module")
def reviews() -> dict[str, Orders]:
    """By system: its and ChatGPT's scores of each question, ChatGPT shown first, then ChatGPT shown second.

    A review that GPT-4 or its reader left without scores is stored as [-1, -1].
    """
    found: dict[str, Orders] = {}
    for review in read_lines(published("qlora/relative_to_chatgpt.jsonl.gz")):
        system = system_of(review)
        chatgpt = review["chatgpt_position"] - 1
        scores = None if -1 in review["score"] else (review["score"][1 - chatgpt], review["score"][chatgpt])
        found.setdefault(system, ([], []))[chatgpt].append(scores)
    assert all(len(order) == QUESTIONS for orders in found.values() for order in orders)
    return found


def system_of(review: dict[str, Any]) -> str:
    first, second = review["file"].removesuffix(".jsonl").split("-vs-")
    named = second if first == "gpt-3.5" else first
    return re.sub(r"-vicuna-generations-topp0.9-temp0.7|-gpt4-reviewer", "", named)


def figures(orders: Orders, failures: Failures = Failures.STATE) -> tuple[Percent, Percent, Percent, Percent]:
    """ChatGPT first, ChatGPT second, both pooled, and the mean of the two."""
    found = (
        ratio_of_sums(orders[0], failures, resamples=50),
        ratio_of_sums(orders[1], failures, resamples=50),
        pooled_ratio(*orders, failures, resamples=50),
        mean_of_orders(*orders, failures, resamples=50),
    )
    first, second, pooled, mean = found
    assert first is not None and second is not None and pooled is not None and mean is not None
    return first, second, pooled, mean


# Table 6: "ChatGPT vs Sys", "Sys vs ChatGPT" and "Mean"


@pytest.mark.parametrize(
    ("system", "row"),
    [
        ("65b-guanaco", (96.7, 101.9, 99.3)),
        ("30b-guanaco", (96.5, 99.2, 97.8)),
        ("vicuna-13b", (91.2, 98.7, 94.9)),
        ("bard", (93.2, 96.4, 94.8)),
    ],
)
def test_rows_of_table_6(reviews: dict[str, Orders], system: str, row: tuple[float, ...]) -> None:
    found = figures(reviews[system])
    assert tuple(round(each.value, 1) for each in found[:3]) == row
    assert found[2].n == QUESTIONS and found[2].failed == 0
    assert found[2].rule == "pooled ratio of two orders"


def test_the_mean_of_table_6_is_pooled(reviews: dict[str, Orders]) -> None:
    """Alpaca-65B, published as 70.7: the mean of its two percentages is another figure."""
    _, _, pooled, mean = figures(reviews["65b-alpaca"])
    assert round(pooled.value, 1) == 70.7
    assert round(mean.value, 1) == 70.4


@pytest.mark.parametrize(
    ("system", "column", "printed", "kept"),
    # The published figure is the one without failed reviews; with -1 in both sums it would be the last.
    [
        ("13b-self-instruct", 0, 38.0, 37.7),
        ("13b-alpaca", 0, 63.8, 63.6),
        ("gpt4", 2, 114.5, 114.6),
    ],
)
def test_failed_reviews_are_left_out_of_table_6(
    reviews: dict[str, Orders], system: str, column: int, printed: float, kept: float
) -> None:
    dropped = figures(reviews[system])[column]
    summed = figures(reviews[system], Failures.MINUS_ONE)[column]
    assert round(dropped.value, 1) == printed
    assert round(summed.value, 1) == kept
    assert dropped.failed == summed.failed > 0
    assert (dropped.failures, summed.failures) == (Failures.STATE, Failures.MINUS_ONE)
    assert summed.n >= dropped.n


def test_failures_are_few_and_always_of_both_scores(reviews: dict[str, Orders]) -> None:
    """-1 never stands beside a score, so that a review fails as a whole; each file has three at most."""
    for orders in reviews.values():
        assert all(sum(review is None for review in order) in {0, 3} for order in orders)


def test_where_nothing_failed_both_ways_agree(reviews: dict[str, Orders]) -> None:
    kept = [orders for orders in reviews.values() if not any(None in order for order in orders)]
    assert len(kept) > 10
    for orders in kept:
        plain, summed = figures(orders), figures(orders, Failures.MINUS_ONE)
        assert [each.value for each in plain] == [each.value for each in summed]


# Table 1

TABLE_1: Final = {
    "gpt4": 1348,
    "65b-guanaco": 1022,
    "30b-guanaco": 992,
    "vicuna-13b": 974,
    "gpt35": 966,
    "13b-guanaco": 916,
    "bard": 902,
    "7b-guanaco": 879,
}


@pytest.fixture(scope="module")
def games() -> Games:
    """All ordered pairs of eight systems on 80 questions; 3 is a tie, -1 a reply without a verdict."""
    verdicts = {1: Verdict.A, 2: Verdict.B, 3: Verdict.TIE, -1: None}
    found = Games()
    for review in read_lines(published("qlora/pairwise_vicuna.jsonl.gz")):
        named = re.sub(r"-vicuna-generations-topp0.9-temp0.7|answer-|-gpt-4-reviewer.*", "", review["file"])
        model_a, model_b = named.split("-vs-")
        found.add(model_a, model_b, verdicts[review["score"]])
    return found


def by_model(ratings: Ratings) -> dict[str, float]:
    return {each.model: each.rating for each in ratings.ratings if each.rating is not None}


def test_the_games_of_table_1(games: Games) -> None:
    assert (games.n, games.ties, games.skipped) == (4467, 600, 13)
    assert len(games.models) == 8


@pytest.mark.slow
def test_table_1_comes_out_with_k_4(games: Games) -> None:
    """10,000 random orders, as published. The paper's text gives K = 32."""
    found = elo(games, k=4, orders=10_000, resamples=100)
    assert [each.model for each in found.ratings] == list(TABLE_1)
    assert by_model(found) == pytest.approx(TABLE_1, abs=0.75)
    assert found.order_error is not None and found.order_error < 0.5


@pytest.mark.slow
def test_table_1_does_not_come_out_with_k_32(games: Games) -> None:
    found = elo(games, k=32, orders=10_000, resamples=0)
    assert [each.model for each in found.ratings] == list(TABLE_1)
    assert found.order_error is not None
    off = {model: abs(rating - TABLE_1[model]) for model, rating in by_model(found).items()}
    assert off["gpt4"] > 20 > 20 * found.order_error
    assert sum(each > 2 for each in off.values()) >= 6


def test_bradley_terry_has_the_order_of_table_1(games: Games) -> None:
    """No such ratings are published; with all games at once no K and no order has a part in them."""
    found = bradley_terry(games)
    assert [each.model for each in found.ratings] == list(TABLE_1)
    assert found.split == 0
    for each in found.ratings:
        assert each.low is not None and each.rating is not None and each.high is not None
        assert each.low < each.rating < each.high
