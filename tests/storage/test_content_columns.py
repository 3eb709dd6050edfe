"""What is stored of an item is what its own hash and body say, however it is made."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.item import Item
from judgetui.errors import ItemError
from judgetui.storage.codec import content_columns, item_body
from tests.storage.builders import an_item

TEXTS = st.text(st.characters(), max_size=12) | st.sampled_from(["\x7f", '"\\\n', "é", "", "\ud800"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(TEXTS.filter(lambda key: not key.startswith("response")), VALUES, max_size=4),
    st.lists(TEXTS, min_size=1, max_size=3),
    st.none() | TEXTS,
)
def test_hash_and_body_are_the_item_s_own(
    fields: dict[str, object], answers: list[str], group: str | None
) -> None:
    item = Item("a", tuple(answers), fields, group=group)
    assert content_columns(item) == (item.content_hash, item_body(item))


def test_what_cannot_be_kept_is_told_with_the_item() -> None:
    with pytest.raises(ItemError, match="item 'one' cannot be stored"):
        content_columns(replace(an_item(), fields={"when": object()}))
