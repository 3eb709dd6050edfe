"""Items: what is read, what is refused, and that nothing is lost on the way back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.item import Item, Label, item_from_mapping
from judgetui.errors import ItemError


def test_a_pointwise_item() -> None:
    item = item_from_mapping({"id": "a", "question": "Why?", "response": "So.", "model": "m", "human": 4})
    assert item == Item("a", ("So.",), {"question": "Why?"}, ("m",), labels=(Label("human", 4),))


def test_a_pair_with_everything() -> None:
    data = {
        "id": "a",
        "question": "Why?",
        "extra": [1, {"x": None}],
        "response_a": "One.",
        "response_b": ["Two.", "Turns."],
        "model_a": "m",
        "model_b": None,
        "category": "c",
        "group": "7",
        "split": "dev",
        "human": "A",
        "human.kim": {"facts": "B", "overall": "tie"},
    }
    item = item_from_mapping(data)
    assert item.responses == ("One.", ("Two.", "Turns."))
    assert item.models == ("m", None)
    assert item.fields == {"question": "Why?", "extra": [1, {"x": None}]}
    assert item.labels == (Label("human", "A"), Label("kim", "B", "facts"), Label("kim", "tie"))
    assert item_from_mapping(item.to_mapping()) == item


def test_three_responses() -> None:
    item = item_from_mapping({"responses": ["a", ["b", "c"], "d"], "models": ["x", None, "z"]})
    assert item.responses == ("a", ("b", "c"), "d")
    assert item_from_mapping(item.to_mapping()) == item


def test_an_id_is_text_whole_numbers_included_and_else_the_hash_of_the_content() -> None:
    assert item_from_mapping({"id": 7, "response": "x"}).id == "7"
    plain, again = item_from_mapping({"response": "x"}), item_from_mapping({"response": "x", "human": 3})
    assert plain.id == again.id == plain.content_hash[:12]
    assert item_from_mapping({"id": " ", "response": "x"}).id == plain.id
    assert item_from_mapping({"response": "y"}).id != plain.id


def test_labels_and_ids_are_not_in_the_content_hash() -> None:
    one = item_from_mapping({"id": "a", "response": "x", "human": 3})
    two = item_from_mapping({"id": "b", "response": "x"})
    assert one.content_hash == two.content_hash


def test_an_empty_answer_is_an_answer() -> None:
    assert item_from_mapping({"response": ""}).responses == ("",)


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ([], "", "this is a list, not an item"),
        ("x", "", "this is text, not an item"),
        ({"id": "a"}, "response", "the item has no response"),
        ({"response": None}, "response", "the item has no response"),
        ({"responses": []}, "response", "the item has no response"),
        ({"response": 4}, "response", "expected text or a list of turns, found a number"),
        ({"response": []}, "response", "found a list"),
        ({"responses": ["a", 4]}, "responses.1", "found a number"),
        ({"response_a": "x"}, "response_b", "this is missing"),
        ({"response_b": "x"}, "response_a", "this is missing"),
        ({"response": "x", "response_a": "y"}, "response", "Keep one of the three"),
        ({"id": 1.5, "response": "x"}, "id", "expected text, found a number"),
        ({"id": True, "response": "x"}, "id", "found true or false"),
        ({"response": "x", "model_a": "m"}, "model", "2 models for 1 response"),
        ({"response": "x", "category": ["c"]}, "category", "expected text, found a list"),
        ({"response": "x", "human": True}, "human", "found true or false"),
        ({"response": "x", "human": [4]}, "human", "found a list"),
        ({"response": "x", "human": {"c": [4]}}, "human.c", "found a list"),
        ({"response": "x", "human.kim": {"c": True}}, "human.kim.c", "found true or false"),
    ],
)
def test_broken_items_name_the_field(data: object, field: str, message: str) -> None:
    with pytest.raises(ItemError) as caught:
        item_from_mapping(data)
    assert caught.value.field == field
    assert message in str(caught.value)


def test_null_labels_are_none() -> None:
    assert item_from_mapping({"response": "x", "human": None, "human.kim": {"c": None}}).labels == ()


def test_text_of_a_field() -> None:
    item = Item("a", ("x",), {"question": "Why?", "n": 3, "none": None})
    assert (item.text("question"), item.text("n"), item.text("none"), item.text("absent")) == (
        "Why?",
        "3",
        "",
        "",
    )


_LABELS = st.one_of(st.text(), st.integers(), st.floats(allow_nan=False))
_ITEMS = st.fixed_dictionaries(
    {"response": st.text() | st.lists(st.text(), min_size=1)},
    optional={
        "id": st.text(min_size=1).filter(lambda text: text == text.strip()),
        "question": st.text(),
        "conversation": st.lists(st.fixed_dictionaries({"role": st.text(), "content": st.text()})),
        "model": st.text(),
        "category": st.text(),
        "human": _LABELS,
        "human.kim": st.dictionaries(st.text(), _LABELS, min_size=1),
    },
)


@given(_ITEMS)
def test_nothing_is_lost(data: dict[str, Any]) -> None:
    item = item_from_mapping(data)
    assert item_from_mapping(item.to_mapping()) == item
    assert item_from_mapping(item.to_mapping()).content_hash == item.content_hash
