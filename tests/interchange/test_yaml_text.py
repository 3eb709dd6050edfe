"""The YAML writer: whatever it writes, another program reads the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from judgetui.interchange.yaml_text import yaml_lines
from tests.core.strategies import texts

SCALARS = st.one_of(
    texts(), st.integers(), st.booleans(), st.none(), st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(texts(), inner, min_size=1, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(texts(), VALUES, min_size=1, max_size=4))
def test_it_is_read_as_it_was_written(data: dict[str, Any]) -> None:
    assert YAML(typ="safe", pure=True).load("\n".join(yaml_lines(data)) + "\n") == data


def test_it_looks_as_a_person_would_write_it() -> None:
    data = {
        "a": "b c",
        "list": ["x", {"k": "v", "num": 1.0}],
        "text": "one\ntwo: 3",
        "yes": "yes",
        "q": "{{ x }}",
    }
    assert yaml_lines(data) == [
        "a: b c",
        "list:",
        "  - x",
        "  - k: v",
        "    num: 1",
        "text: |-",
        "  one",
        "  two: 3",
        '"yes": "yes"',
        'q: "{{ x }}"',
    ]
