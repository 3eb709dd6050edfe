"""Text and slots as Jinja that renders to the letter, and the small things that every reader needs."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from string import Formatter
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from judgetui.core.rubric import TemplateMessage
from judgetui.core.template import render
from judgetui.errors import InputError
from judgetui.interchange.pieces import (
    Piece,
    Refusal,
    Slot,
    format_pieces,
    jinja,
    pattern_pieces,
    require_slots,
    slots,
)
from judgetui.interchange.reading import (
    LONGEST_NAME,
    json_lines,
    left_out,
    made_name,
    number_in,
    origin,
    scale_in,
    whole_in,
)
from tests.interchange.sources import HOSTILE, MemorySource

BRACES = st.text(st.sampled_from("{}%#-+ \n\r\tab'\"\\é{"), max_size=30)
PIECES = st.lists(
    st.one_of(BRACES, st.text(max_size=10), st.sampled_from([Slot("a"), Slot("b")])), max_size=8
)


def rendered(source: str, **values: str) -> str:
    return render([TemplateMessage("user", source)], values)[0].content


@given(PIECES, BRACES)
@example(["{", Slot("a"), "}"], "x")
@example(["\n\n", Slot("a"), "\n\n"], "\n")
@example(["{% raw %}\n  {{ x }}\r\n{# c #}\r"], "")
@example(["\n"], "")
@example(["{\n"], "")
@example(["{\r"], "")
@example(["{{\n", Slot("a"), "{"], "{")
def test_any_text_and_any_value_come_out_to_the_letter(pieces: list[Piece], value: str) -> None:
    values = {"a": value, "b": "{{ a }}"}
    expected = "".join(piece if isinstance(piece, str) else values[piece.name] for piece in pieces)
    assert rendered(jinja(pieces, {"a": "a", "b": "b"}), **values) == expected


@given(st.lists(st.one_of(st.sampled_from(["{x}", "{{", "}}", "{y}", "\n"]), st.text("ab {}%#", max_size=5))))
def test_a_format_string_renders_as_python_fills_it(parts: list[str]) -> None:
    template = "".join(parts)
    values = {"x": "{y} {{ z }}", "y": "1"}
    try:
        plain = all(
            name is None or (name in values and not form and not conversion)
            for _, name, form, conversion in Formatter().parse(template)
        )
        expected = template.format(**values) if plain else None
    except (ValueError, KeyError, IndexError):
        expected = None
    if expected is None:
        with pytest.raises(Refusal):
            pieces = format_pieces(template)
            require_slots(pieces, {"x": "x", "y": "y"}, ())
        return
    assert rendered(jinja(format_pieces(template), {"x": "x", "y": "y"}), **values) == expected


@pytest.mark.parametrize("template", ["{x!r}", "{x:>3}", "{x.y}", "{x[0]}", "{}", "{0}", "{", "x}", "{x"])
def test_a_format_string_with_more_than_names_is_refused(template: str) -> None:
    with pytest.raises(Refusal, match="its template"):
        format_pieces(template)


@pytest.mark.parametrize("value", HOSTILE)
def test_values_are_never_read_as_template(value: str) -> None:
    pieces = pattern_pieces("a {{A}} {b {{B}}\n", re.compile(r"\{\{(\w)\}\}"))
    assert slots(pieces) == ["A", "B"]
    assert rendered(jinja(pieces, {"A": "x", "B": "y"}), x=value, y=value) == f"a {value} {{b {value}\n"


def test_slots_are_known_and_those_that_are_needed_are_there() -> None:
    require_slots([Slot("a"), "text"], {"a": "a", "b": "b"}, ("a",))
    with pytest.raises(Refusal, match=r"has \{c\}, for which there is no value; known are \{a\}, \{b\}"):
        require_slots([Slot("a"), Slot("c")], {"a": "a", "b": "b"}, ())
    with pytest.raises(Refusal, match=r"lacks \{b\}"):
        require_slots([Slot("a")], {"a": "a", "b": "b"}, ("a", "b"))
    with pytest.raises(Refusal) as caught:
        require_slots([Slot("x" * 9000)], {"a": "a"}, ())
    assert len(str(caught.value)) < 200


def test_a_name_is_one_printable_line() -> None:
    assert made_name("  a\n\tb\x1b[31m ") == "a b [31m"
    assert len(made_name("x" * 500)) == LONGEST_NAME
    with pytest.raises(Refusal, match="no name"):
        made_name(" \n\x00")


def test_numbers_are_numbers_in_range() -> None:
    assert number_in(None, "t", 0, 2) is None
    assert (number_in(1, "t", 0, 2), whole_in(4.0, "n", 1, 9)) == (1.0, 4)
    for value, why in (
        (True, "true or false, not a number"),
        ("1", "text, not a number"),
        (3, "0 to 2"),
        (10**400, "0 to 2"),
        (float("nan"), "is nan; it can be 0 to 2"),
    ):
        with pytest.raises(Refusal, match=why):
            number_in(value, "t", 0, 2)
    with pytest.raises(Refusal, match="not a whole number"):
        whole_in(1.5, "n", 1, 9)


def test_what_has_no_place_is_listed_value_by_value() -> None:
    assert list(left_out("a", {"b": 1, "c": {"d": ["x"], "e": {}}, "f": "text"})) == [
        "no place for a.b: 1",
        'no place for a.c.d: ["x"]',
        "no place for a.c.e: {}",
        "no place for a.f: text",
    ]
    (long,) = left_out("a", "x" * 900)
    assert len(long) < 250
    deep: dict[str, Any] = {}
    for _ in range(5000):
        deep = {"b": deep}
    (short,) = left_out("a", deep)
    assert len(short) < 250


def test_a_prompt_may_state_its_scale() -> None:
    found = scale_in("rate the response on a scale of 1 to 10 by")
    assert found is not None
    assert (found.low, found.high) == (1, 10)
    assert scale_in("on a scale of 5 to 5") is None
    assert scale_in("nothing of the kind") is None


def test_an_origin_is_a_file_and_its_folder() -> None:
    assert origin(PurePosixPath("/home/kim/private/prompts/x.txt")) == "prompts/x.txt"
    assert origin(PurePosixPath("/x.txt")) == "x.txt"
    assert origin(PurePosixPath("x.txt")) == "x.txt"


def test_json_lines_are_placed() -> None:
    path = PurePosixPath("a/b.jsonl")
    found = list(json_lines(MemorySource(path, '{"a": 1}\n\n{"a": 2}\n')))
    assert [(str(place), entry) for place, entry in found] == [
        ("a/b.jsonl:1", {"a": 1}),
        ("a/b.jsonl:3", {"a": 2}),
    ]
    for text, where, why in (
        ('{"a": 1}\n[\n', "b.jsonl:2", "not JSON.*one object on each line"),
        ("[1]\n", "b.jsonl:1", "a list, not an object"),
        ("[" * 100_000, "b.jsonl:1", "not JSON"),
    ):
        with pytest.raises(InputError, match=f"{where}: .*{why}"):
            list(json_lines(MemorySource(path, text)))
