"""Orders: permutations of the answers, and the way back to the item's own."""

from __future__ import annotations

from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.item import Item
from judgetui.core.protocols.orders import (
    MOST_PERMUTED,
    orders_for,
    own_ranking,
    own_scores,
    own_verdict,
    seeded,
)
from judgetui.core.request import Order
from judgetui.core.vote import Verdict
from judgetui.errors import ItemError

ORDERS = st.integers(2, 6).flatmap(lambda n: st.permutations(range(n))).map(Order.of)


def an_item(answers: int, question: str = "Why?") -> Item:
    return Item("i1", tuple(f"answer {n}" for n in range(answers)), {"question": question})


@pytest.mark.parametrize("text", ["", "a", "aa", "ac", "AB", "abd", "b a"])
def test_only_permutations_are_orders(text: str) -> None:
    with pytest.raises(ValueError, match="no order of answers"):
        Order(text)


@given(ORDERS)
def test_an_order_is_its_letters(order: Order) -> None:
    assert Order(order.value) == order
    assert Order.of(order.indices) == order


@pytest.mark.parametrize("answers", [2, 3, 4, 5])
def test_all_orders_are_all_permutations(answers: int) -> None:
    orders = orders_for(an_item(answers), "all")
    assert len(orders) == len(set(orders)) == factorial(answers)


def test_every_order_of_many_answers_is_refused() -> None:
    with pytest.raises(ItemError, match=f"Up to {MOST_PERMUTED}"):
        orders_for(an_item(MOST_PERMUTED + 1), "all")


def test_both_orders_are_forwards_and_backwards() -> None:
    assert orders_for(an_item(2), "both") == (Order.AB, Order.BA)
    assert orders_for(an_item(3), "both") == (Order("abc"), Order("cba"))
    assert orders_for(an_item(3), "as-given") == (Order("abc"),)


def test_a_seed_shuffles_lists_the_same_way_each_time_and_differently_by_item() -> None:
    orders = [seeded(an_item(4, f"question {n}")) for n in range(40)]
    assert orders == [seeded(an_item(4, f"question {n}")) for n in range(40)]
    assert len(set(orders)) > 10


@given(ORDERS)
def test_what_was_shown_goes_back_to_the_item(order: Order) -> None:
    shown_scores = [10.0 * index for index in order.indices]
    assert own_scores(shown_scores, order) == tuple(10.0 * n for n in range(len(order)))
    assert own_ranking(range(len(order)), order) == order.indices
    assert own_scores((), order) == ()


def test_a_verdict_goes_back_to_the_item() -> None:
    assert [own_verdict(Verdict.A, order) for order in (None, Order.AB, Order.BA)] == [
        Verdict.A,
        Verdict.A,
        Verdict.B,
    ]
    assert own_verdict(Verdict.TIE, Order.BA) is Verdict.TIE
