"""Verdicts in double brackets: long replies, and what stands before the verdict."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from judgetui.core.protocols.marks import find_rating, find_verdict, reasons
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Order
from tests.bounds import bounded
from tests.core.protocols.builders import TEN, rubric

LONG = 100_000

PIECES = (
    *("One is better. ", "Why?", "Rating: ", "My final verdict is: ", "[[A]]", "[[7]]", "\n", "\n\n", " "),
    *('"', "**", "'", ":", ".", "x" * 45, "because it is so", "\t", "!", "\u2003", " " * 130, "*" * 90),
)
WHAT_ANNOUNCES = re.compile(r"(?:^|\n|(?<=[.!?]))[^\n.!?]{0,40}?:?\s*[\"'*]*\Z")


@pytest.mark.parametrize(
    "text",
    [
        "[[" + " " * LONG,
        "[[" + " " * LONG + "x",
        "[[" * 20_000 + " " * LONG,
        "[[5]] " * 15_000,
        "[[1]] to [[10]] " * 6_000,
        "[[A]] or " * 10_000,
        "[[A]] if the" + " " * LONG + "x",
        "[[A]]" + " " * LONG + "or" + " " * LONG + "[[B]]",
        "[[A]] A is better [[B]] B is better " * 3_000,
        "rating:" + " " * LONG + "[5" + " " * LONG + "/3" + " " * LONG + "]x",
        "score: 5" + " " * LONG + "x" * 50,
        "x" + " " * LONG + "\"'" * LONG,
    ],
)
def test_a_strange_reply_of_any_length_is_read_in_no_time(text: str) -> None:
    with bounded():
        find_rating(text, TEN)
        find_verdict(text)
        reasons(text, len(text))


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.integers(0, 60) | st.integers(0, 900))
def test_reasons_are_what_stands_before_the_words_that_announce_the_verdict(text: str, end: int) -> None:
    before = WHAT_ANNOUNCES.sub("", text[:end].rstrip()).strip()
    assert reasons(text, end) == (before or text[end:].partition("]]")[2].strip())


MARKS = (
    *("[[A]]", "[[c]]", "[[TIE]]", "[[7]]", "[[11]]", "[[7.5]]", "[[ 7 ]]", "[[7/10]]", "[[", "]]", "[", "]"),
    *(
        "7",
        "x",
        "\n",
        " ",
        ":",
        '"',
        "Rating: ",
        "for example: ",
        "e.g. ",
        " if A is better",
        " for a tie",
        ".",
    ),
)


@given(st.lists(st.sampled_from(MARKS), max_size=8).map("".join))
@example("[[7x")
@example("[[7]")
@example("for example: [[7]]")
@example("[[11]]")
@example("[[A]] if A is better")
@example("[[A]] if A is better]]")
@example("[[A]x")
@example("[[A]].")
def test_a_lone_mark_is_read_as_it_would_be_among_other_brackets(text: str) -> None:
    before = f"[note]{' ' * 40}\n"
    for find in (lambda found: find_rating(found, TEN), find_verdict):
        alone, among = find(text), find(before + text)
        assert (alone and (alone.value, alone.problem)) == (among and (among.value, among.problem))
        assert alone is None or among is None or among.start - alone.start == len(before)


def test_a_digit_of_another_script_is_no_rating() -> None:
    assert find_rating("Rating: [[\u0663]]", TEN) is None
    found = find_rating("Rating: [[3]]", TEN)
    assert found is not None and found.value == "3"


def test_an_echo_of_the_scale_is_no_rating_and_a_rating_after_it_is() -> None:
    echo = 'from [[1]] to [[10]], for example: "Rating: [[10]]"'
    assert find_rating(echo, TEN) is None
    found = find_rating(f"{echo}\n[[4]] it is.", TEN)
    assert found is not None and found.value == "4"


def test_a_vote_has_all_of_its_request_and_reply() -> None:
    of = rubric("mt-bench-pair")
    vote = get_protocol("mt-bench-pair").parse(
        of, JudgeRequest((), "correctness", Order.BA, 2), JudgeReply("B is.\n\nVerdict: [[A]]", model="m")
    )
    assert (vote.verdict, vote.sample, vote.model, vote.rationale) == ("B", 2, "m", "B is.")
    assert vote.raw == "B is.\n\nVerdict: [[A]]"
