"""Long texts are taken out, shared, and put back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from judgetui.storage.columns import dump, load
from judgetui.storage.texts import LONG, put_back, referred, take_out, text_hash

LONG_TEXT = "é" * LONG

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(LONG_TEXT),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["$text", "$plain", "a", "b"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(values)
def test_what_is_taken_out_can_be_put_back(value: object) -> None:
    texts: dict[str, str] = {}
    body = dump(take_out(value, texts))
    assert put_back(load(body), texts) == value
    assert set(texts) <= set(referred(body))


def test_a_long_text_leaves_a_reference() -> None:
    texts: dict[str, str] = {}
    taken = take_out({"messages": [LONG_TEXT, "short", LONG_TEXT]}, texts)
    name = text_hash(LONG_TEXT)
    assert taken == {"messages": [{"$text": name}, "short", {"$text": name}]}
    assert texts == {name: LONG_TEXT}
    assert referred(dump(taken)) == [name, name]


def test_what_only_looks_like_a_reference_comes_back() -> None:
    for value in ({"$text": "f" * 64}, {"$plain": {"$text": "f" * 64}}, {"$text": 1, "more": 2}):
        texts: dict[str, str] = {}
        assert put_back(load(dump(take_out(value, texts))), texts) == value
    assert referred(dump('{"$text":"' + "f" * 64 + '"}')) == []
