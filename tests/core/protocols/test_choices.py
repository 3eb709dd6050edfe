"""Choices in plain words: where they stand, and what is none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.protocols.choices import Choice, Options, closing_choice, either_choice, opening_choice
from tests.bounds import bounded

NUMBERS = Options(r"(?<![\w./])(?:answer\s+)?(?P<key>[12])(?![\w/])")
LETTERS = Options(r"(?<!\w)(?P<key>m|M)(?!\w)", flags=re.RegexFlag(0))


def test_a_choice_says_where_it_stands() -> None:
    text = "  \nBoth are right.\nThe better one: **answer 2**.\n\n"
    assert closing_choice(text, NUMBERS) == Choice("2", text.index("2"), text.index("The"))
    assert opening_choice(text, NUMBERS) is None
    first = "\n Answer 1\nIt is right."
    assert opening_choice(first, NUMBERS) == Choice("1", first.index("1"), first.index("Answer"))


def test_options_may_differ_in_their_case_alone() -> None:
    found = closing_choice("Not sure.\nThe best is M", LETTERS)
    assert found is not None and found.key == "M"
    assert closing_choice("The best is m, the best is M", LETTERS) is None
    assert either_choice("m\nM", LETTERS) == "the reply begins with one choice and ends with another."
    assert either_choice("ANSWER 1\nanswer 1", NUMBERS) == Choice("1", 7, 0)


@pytest.mark.parametrize("text", ["1\n2", "Answer 2 is better.\n\nSo I choose answer 1."])
def test_a_reply_that_changes_its_choice_makes_none(text: str) -> None:
    assert isinstance(either_choice(text, NUMBERS), str)


def test_a_reason_may_name_the_others() -> None:
    for text in ("1, because 2 is wrong", "1 since 2 is wrong"):
        found = closing_choice(text, NUMBERS)
        assert found is not None and found.key == "1"
    for text in ("1 as good as 2", "1: better than 2"):
        assert closing_choice(text, NUMBERS) is None


def test_a_list_of_remarks_is_no_choice() -> None:
    remarks = "1: it names the cause.\n2: it does not."
    assert opening_choice(remarks, NUMBERS) is None
    assert closing_choice(remarks, NUMBERS) is None
    assert opening_choice("1: it names the cause.\nIt is short.", NUMBERS) is not None
    assert closing_choice("It is short.\n2: it names the cause.", NUMBERS) is not None


@pytest.mark.parametrize(
    "text", ["The best is 1 or 2", "The best is 1, 2", "Best: 1 2 1 2 1 2 1 2 1", "the best are 1 and 2"]
)
def test_several_options_are_no_choice(text: str) -> None:
    assert closing_choice(text, NUMBERS) is None


HOSTILE = ["[" * 100_000, "1 " * 50_000, "* " * 50_000, "is best: " * 12_000, "1 is " * 20_000, "x" * 100_000]
HOSTILE += ["1's " * 25_000, "\n" * 100_000, "1 because\n" * 10_000, "- " * 50_000 + "1", "1" + ")" * 100_000]


@pytest.mark.parametrize("text", HOSTILE)
def test_long_text_is_read_in_bounded_time(text: str) -> None:
    with bounded():
        either_choice(text, NUMBERS)


@given(st.text(st.sampled_from("12 answer is best:\n.,()*’s")))
def test_a_choice_stands_in_the_text(text: str) -> None:
    for found in (opening_choice(text, NUMBERS), closing_choice(text, NUMBERS)):
        if found is not None:
            assert text[found.start : found.start + len(found.key)] == found.key
            assert found.line == 0 or text[found.line - 1].isspace()
