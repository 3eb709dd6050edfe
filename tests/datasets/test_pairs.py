"""Pairs from two files of single answers."""

from __future__ import annotations

import pytest

from judgetui.core.item import Item, Label, item_from_mapping
from judgetui.datasets.pairs import paired
from judgetui.errors import ItemError

LEFT = [
    Item("1", ("a1",), {"question": "Q1", "note": "x"}, ("m1",), category="c", labels=(Label("human", 4),)),
    Item("2", ("a2",), {"question": "Q2"}),
    Item("3", ("a3",), {"question": "Q3"}, group="g"),
]
RIGHT = [
    Item("3", ("b3",), {"question": "Q3", "extra": 1}, ("m2",), split="test"),
    Item("1", (("b", "1"),), {"question": "Other"}, ("m2",), category="d", labels=(Label("ann", 2), Label("bo", 3, "tone"))),
    Item("9", ("b9",), {"question": "Q2"}),
]  # fmt: skip


def test_answers_are_paired_by_id() -> None:
    found = paired(LEFT, RIGHT)
    one, three = found.items
    assert one == Item(
        "1",
        ("a1", ("b", "1")),
        {"question": "Q1", "note": "x", "human_a": 4, "human_b": {"ann": 2, "bo": {"tone": 3}}},
        ("m1", "m2"),
        category="c",
    )
    assert three == Item(
        "3", ("a3", "b3"), {"question": "Q3", "extra": 1}, (None, "m2"), group="g", split="test"
    )
    assert (found.alone_a, found.alone_b) == (("2",), ("9",))
    assert found.differing == {"1": ("question", "category")}
    assert item_from_mapping(one.to_mapping()) == one


def test_answers_are_paired_by_a_field() -> None:
    found = paired(LEFT, RIGHT, "question")
    assert [(item.id, item.responses) for item in found.items] == [("2", ("a2", "b9")), ("3", ("a3", "b3"))]


def test_what_cannot_be_paired_is_refused() -> None:
    with pytest.raises(ItemError, match="item '1' of the second file holds 2 answers"):
        paired(LEFT, [Item("1", ("a", "b"))])
    with pytest.raises(ItemError, match="item '1' of the first file has no 'group'"):
        paired(LEFT, RIGHT, "group")
    with pytest.raises(ItemError, match="'Q1' is there twice in the first file"):
        paired([*LEFT, Item("4", ("x",), {"question": "Q1"})], RIGHT, "question")
