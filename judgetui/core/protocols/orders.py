"""The orders in which several answers are shown, and the way back to the item's own order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from random import Random
from typing import Final

from judgetui.core.item import Item
from judgetui.core.request import Order
from judgetui.core.vote import Verdict
from judgetui.errors import ItemError

MOST_PERMUTED: Final = 5
"""Answers of which every permutation may be asked for; five have 120."""


def orders_for(item: Item, order: str) -> tuple[Order, ...]:
    """The orders an item's answers are shown in.

    Args:
        order: one of `rubric.ORDERS`.

    Raises:
        ItemError: for every permutation of too many answers.
    """
    given = Order.of(range(len(item.responses)))
    match order:
        case "as-given":
            return (given,)
        case "seeded":
            return (seeded(item),)
        case "all":
            if len(given) > MOST_PERMUTED:
                raise ItemError(
                    f"item {item.id!r} has {len(given)} responses; every order of them is too many.",
                    f"Up to {MOST_PERMUTED} can be shown in all orders; `order: both` asks for two.",
                    field="responses",
                )
            return tuple(Order.of(indices) for indices in permutations(given.indices))
        case _:
            return (given, Order.of(given.indices[::-1]))


def seeded(item: Item) -> Order:
    """One order for each item, drawn from its text: the same item is always shown the same way round.

    For a pair it is AlpacaEval's draw, with its seed string and seed 0 (tatsu-lab/alpaca_eval,
    annotators/pairwise_evaluator.py); for more answers a shuffle from the same string.
    """
    chance = Random(f"is_switched_outputs{item.text('instruction') or item.text('question')}0")
    indices = list(range(len(item.responses)))
    if len(indices) == 2:
        return Order.BA if chance.choices([False, True], k=1)[0] else Order.AB
    chance.shuffle(indices)
    return Order.of(indices)


def own_verdict(verdict: Verdict, order: Order | None) -> Verdict:
    """A verdict on the answers as shown, in the item's own order."""
    return verdict.swapped if order == Order.BA else verdict


def own_scores(scores: Sequence[float], order: Order | None) -> tuple[float, ...]:
    """Scores of the answers as shown, in the item's own order; none stay none."""
    if order is None or not scores:
        return tuple(scores)
    found = [0.0] * len(order)
    for place, index in enumerate(order.indices):
        found[index] = scores[place]
    return tuple(found)


def own_ranking(ranking: Sequence[int], order: Order | None) -> tuple[int, ...]:
    """A ranking of places, as one of the item's answers."""
    return tuple(ranking) if order is None else tuple(order.indices[place] for place in ranking)
