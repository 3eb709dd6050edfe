"""Reading plain mappings: names of kinds, and the nearest known word."""

from __future__ import annotations

from datetime import date

import pytest

from judgetui.core.reading import nearest, type_name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "nothing"),
        (True, "true or false"),
        (1, "a number"),
        (1.5, "a number"),
        ("x", "text"),
        ({}, "a mapping"),
        ([], "a list"),
        ((), "a list"),
        (date(2026, 1, 1), "date"),
    ],
)
def test_kinds_are_named_in_a_reader_s_words(value: object, name: str) -> None:
    assert type_name(value) == name


def test_nearest() -> None:
    assert nearest("descripton", ["name", "description"]) == "description"
    assert nearest("zzz", ["name", "description"]) is None
