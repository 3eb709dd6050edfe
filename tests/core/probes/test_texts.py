"""Answers written anew: what stays, what comes, and that the same text gives the same one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.probes import texts

ANSWER = "TLS encrypts a connection. It doesn't hide who talks to whom.\n\n```\nopen **it**\n```"
MARKDOWN = "# Title\n\n- **First** point\n- `second` point\n\n> said *once*"


def test_padding_says_every_sentence_again_and_keeps_the_original() -> None:
    longer = texts.padded(ANSWER)
    assert ANSWER in longer
    assert longer.count("TLS encrypts a connection.") == 2
    assert longer.count("It doesn't hide who talks to whom.") == 2
    assert len(longer) > 2 * len(ANSWER)


def test_the_list_stands_before_the_original_and_holds_nothing_else() -> None:
    listed = texts.listed("One is odd. Two is even.")
    points, _, original = listed.partition("\n\n")
    assert original == "One is odd. Two is even."
    assert [line.split(": ")[1] for line in points.splitlines()] == ["one is odd.", "two is even."]
    assert points.splitlines()[0].startswith("1. ") and points.splitlines()[1].startswith("2. ")


def test_names_in_capitals_keep_them_in_the_list() -> None:
    assert ": TLS is old." in texts.listed("TLS is old.")


def test_markdown_is_put_on_and_taken_off() -> None:
    put_on = texts.marked_up("One is odd. Two is even.")
    assert put_on.startswith("## ") and "- **One** is odd." in put_on
    assert texts.plain(put_on).split() == ["Answer", "One", "is", "odd.", "Two", "is", "even."]
    assert texts.plain(MARKDOWN) == "Title\n\nFirst point\nsecond point\n\nsaid once"


def test_text_with_markdown_of_its_own_gets_no_more() -> None:
    assert texts.marked_up(MARKDOWN) == MARKDOWN


@pytest.mark.parametrize("edit", [texts.plain, texts.casual, texts.formal])
def test_code_stays(edit: object) -> None:
    assert "```\nopen **it**\n```" in edit(ANSWER)  # type: ignore[operator]


def test_registers_change_the_words() -> None:
    assert "It's right and doesn't matter." in texts.casual("It is right and does not matter.")
    assert "It is right and does not matter." in texts.formal("It's right and doesn't matter.")
    assert "There's" in texts.casual("There is more.")


@pytest.mark.parametrize("text", ["2 * 3 * 4 = 24", "snake_case_name", "a*b*c", "-5 degrees", "C# and F#"])
def test_what_only_looks_like_markdown_stays(text: str) -> None:
    assert texts.plain(text) == text


def test_whole_words_are_exchanged_at_once() -> None:
    words = {"Ann": "Bob", "Bob": "Ann", "Anna": "Eve"}
    assert texts.swapped_words("Ann and Bob, Anna, Anne", words) == "Bob and Ann, Eve, Anne"


@given(st.text(max_size=300))
def test_any_text_can_be_edited_and_always_alike(text: str) -> None:
    for edit in (texts.padded, texts.listed, texts.marked_up, texts.plain, texts.casual, texts.formal):
        assert edit(text) == edit(text)
