"""JSON of data files: lines that are read quickly are read as those that are looked at closely."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.datasets.json_text import decode_line, decode_lines
from judgetui.datasets.writing import json_line, json_value
from judgetui.errors import ItemError

TEXTS: Final = st.text(st.characters(), max_size=8) | st.sampled_from(['"', "\\", '\\"', ':"', "a", ""])
VALUES: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def closely(line: bytes) -> Any:
    """The value of a line or the complaint about it, as `decode_line` has it."""
    try:
        return decode_line(line.decode().rstrip("\r\n"), "f", 3)
    except ItemError as error:
        return str(error)


def quickly(line: bytes) -> Any:
    try:
        ((number, value),) = decode_lines([line], "f", first=3)
    except ItemError as error:
        return str(error)
    assert number == 3
    return value


@given(VALUES, st.booleans(), st.sampled_from(["\n", "\r\n", " \n", ""]))
def test_a_value_is_read_as_it_was_written(value: Any, ascii_only: bool, end: str) -> None:
    line = (json.dumps(value, ensure_ascii=ascii_only) + end).encode()
    assert repr(quickly(line)) == repr(closely(line)) == repr(value)  # 1 is not 1.0, nor True


@given(st.lists(st.tuples(TEXTS, VALUES), min_size=1, max_size=4), st.integers(0, 3))
def test_a_key_that_is_there_twice_is_found(pairs: list[tuple[str, Any]], again: int) -> None:
    pairs = [*pairs, (pairs[again % len(pairs)][0], "u0022 \" '")]
    written = ", ".join(f"{json.dumps(key)} : {json.dumps(value)}" for key, value in pairs)
    line = f"{{{written}}}"
    assert quickly(line.encode()) == closely(line.encode())
    assert "is there twice" in quickly(line.encode())


@pytest.mark.parametrize(
    "line",
    [
        b'{"a": NaN}',
        b'{"a": 1,}',
        b'{"a": "\\ud800"}',
        b'{"a": "\n"}',
        b'{"a": 01}',
        b"{} {}",
        b"[" * 5000,
        b'{"a": ' * 300 + b"1" + b"}" * 300,
        b'{"a": "\\u0022", "a": "\\u0022"}',
        b'{"a": 1, "a": "\\""}',
        b'{"a\\\\": 1, "a\\\\": 2}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": 123456789012345678901}',
        b'{"a": 1e999}',
        b"null",
        b"3",
    ],
)
def test_what_is_unusual_is_read_or_refused_alike(line: bytes) -> None:
    assert quickly(line) == closely(line)


def test_blank_lines_are_left_out_and_counted() -> None:
    assert list(decode_lines([b"\xef\xbb\xbf1\n", b" \t\n", b"2\n"], "f")) == [(1, 1), (3, 2)]


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert repr(json.loads(json_value(value))) == repr(value)


def test_half_characters_and_long_numbers_are_written_too() -> None:
    data = {"a": "\ud800", "b": 2**80, "c": ["ü"]}
    assert json.loads(json_line(data)) == data
    assert json_line(data).endswith(b"}\n") and b"\n" not in json_line(data)[:-1]
