"""Scores on the first line: what the original reads, and what a careful person does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.protocols.first_line import faithful_scores, find_first, scores_first
from judgetui.core.rubric import Sampling
from judgetui.core.scale import LabelScale, NumericScale
from tests.core.protocols.builders import TEN

FAITHFUL = {
    "8 9\nBoth are good.": (8, 9),
    "8 9": (8, 9),
    "8,9\nBoth are good.": (8, 9),
    "8.5 9\n": (8.5, 9),
    "8 9\r\nBoth are good.": (8, 9),
    "0 11": (0, 11),
    "-1 -1": (-1, -1),
    "1e1 9": (10, 9),
    "1_0 9": (10, 9),
    "٣ ٤": (3, 4),
    # the first line of a numbered list
    "1. 8\n2. 9": (1, 8),
    # the original's traps
    "8, 9\nBoth are good.": None,
    "8 9 \nBoth are good.": None,
    " 8 9": None,
    "[8, 9]": None,
    "\n8 9": None,
    "8  9": None,
    "8\t9": None,
    "8 9 7": None,
    "8/10 9/10": None,
    "Scores: 8 9": None,
    "First I solve it.\nOutput: (10, 1)": None,
    "": None,
    "nan 9": None,
    "inf 9": None,
    f"{'9' * 400} 9": None,
}

REPAIRED = {
    "8 9\nBoth are good.": (8, 9),
    "8,9": (8, 9),
    "8, 9\nBoth are good.": (8, 9),
    "8 9 \nBoth are good.": (8, 9),
    "  8   9": (8, 9),
    "\n\n8 9\nBoth are good.": (8, 9),
    "8 9\r\nBoth are good.": (8, 9),
    "8.5 9.25": (8.5, 9.25),
    "10 1": (10, 1),
    "[8, 9]": (8, 9),
    "(8, 9)": (8, 9),
    "[[8]] [[9]]": (8, 9),
    "**8 9**": (8, 9),
    "`8 9`": (8, 9),
    '"8 9"': (8, 9),
    "```\n8 9\n```\nBoth are good.": (8, 9),
    "8; 9": (8, 9),
    "8 and 9": (8, 9),
    "8/10 9/10": (8, 9),
    "8 out of 10 and 9 out of 10": (8, 9),
    "8 9/10": (8, 9),
    # announced
    "Scores: 8 9\nBoth are good.": (8, 9),
    "**Scores:** 8 9": (8, 9),
    "### Scores\n8 9": (8, 9),
    "Scores for Assistant 1 and 2: 8 9": (8, 9),
    "Scores for Assistant 1 and Assistant 2:\n8 9": (8, 9),
    "The scores are 8 and 9, respectively.": (8, 9),
    "Sure! Here are the scores:\n\n8 9\nBoth are good.": (8, 9),
    "### Response:\n8 9": (8, 9),
    # by name, in any order
    "Assistant 1: 8\nAssistant 2: 9\nBoth are good.": (8, 9),
    "Assistant 2: 9\nAssistant 1: 8": (8, 9),
    "Assistant 1: 8, Assistant 2: 9": (8, 9),
    "- **Assistant 1**: 8/10\n- **Assistant 2**: 9/10": (8, 9),
    "Assistant A: 8; Assistant B: 9": (8, 9),
    "Assistant 1's score is 8, Assistant 2's score is 9": (8, 9),
    "I would give Assistant 1 a score of 8 and Assistant 2 a score of 9. Both are good.": (8, 9),
    # a comment on the same line
    "8 9 Assistant 2 is better.": (8, 9),
    "8 9. Both are good.": (8, 9),
    "8 9 - both are good": (8, 9),
    "8 9 because both are good": (8, 9),
    # one to a line
    "8\n9\nBoth are good.": (8, 9),
}

NONE = [
    "",
    "8",
    "8 9 7",
    "8\n9\n7",
    "8-9",
    "8 to 9",
    "8:9",
    "8.9",
    "8% 9%",
    "8^2 9",
    "08 09",
    "1,000 9",
    "1e1 9",
    "1_0 9",
    "٣ ٤",
    "\uff18 \uff19",
    "nan inf",
    "8 9 apples",
    "8/5 9/5",
    "2 3 and 4 are primes",
    "Let me think.\n8 9",
    "Both are good, so 8 9.",
    "Both are good.\n\nScores: 8 9",
    "1. Read the answers\n2. Compare them",
    "Assistant 1: 1. It is short\nAssistant 2: 2. It is long",
    "Assistant 1 is 8 and Assistant 2 is 9",
    "Assistant 1: 8",
    "Assistant 1: 8\nAssistant 1: 9",
    "[Question]\nScores: 8 9",
]


def read(text: str, scale: NumericScale | LabelScale = TEN, count: int = 2) -> tuple[float, ...] | str | None:
    found = find_first(text, scale, count)
    return None if found is None else found.values or found.problem


@pytest.mark.parametrize(("text", "scores"), FAITHFUL.items())
def test_what_the_original_reads(text: str, scores: tuple[float, ...] | None) -> None:
    assert faithful_scores(text) == scores


@pytest.mark.parametrize(("text", "scores"), REPAIRED.items())
def test_what_a_person_reads(text: str, scores: tuple[float, ...]) -> None:
    assert read(text) == scores


@pytest.mark.parametrize("text", NONE)
def test_what_gives_no_scores(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(("text", "which"), [("11 9", "11"), ("8 0", "0"), ("8/10 11/10", "11")])
def test_scores_off_the_scale_are_named(text: str, which: str) -> None:
    assert read(text) == f"the score {which} is not on the scale."


def test_a_sentence_that_contradicts_itself_gives_none() -> None:
    told = "I give Assistant 1 a score of 8 and Assistant 2 a score of 9"
    assert read(f"{told}; again: {told}.") == (8, 9)
    assert read(f"{told}; or rather {told.replace('8', '7')}.") == "several different scores in the reply."


def test_other_scales() -> None:
    assert read("0 9", NumericScale(0, 10)) == (0, 9)
    assert read("-2 -3", NumericScale(-3, 3)) == (-2, -3)
    assert read("80/100, 95/100", NumericScale(0, 100)) == (80, 95)
    assert read("8/10 9/10", NumericScale(0, 100)) is None


def test_labels_are_scores_where_they_have_values() -> None:
    worth = LabelScale(("bad", "very good"), values={"bad": 0, "very good": 2})
    assert read("bad, very good\nThe second is.", worth) == (0, 2)
    assert read("Very good bad", worth) == (2, 0)
    assert read("bad good", LabelScale(("bad", "good"))) == "the labels of the scale have no values."


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        ("8 9 7\nThe second.", (8, 9, 7)),
        ("8, 9 and 7", (8, 9, 7)),
        ("8\n9\n7\nThe second.", (8, 9, 7)),
        ("Assistant 1: 8\nAssistant 3: 7\nAssistant 2: 9", (8, 9, 7)),
        ("8 9", None),
        ("8 9 7 6", None),
        ("Assistant 1: 8\nAssistant 2: 9", None),
    ],
)
def test_as_many_scores_as_answers(text: str, scores: tuple[float, ...] | None) -> None:
    assert read(text, count=3) == scores


def test_the_original_s_grammar_for_more_answers() -> None:
    assert faithful_scores("8 9 7\nThe second.", 3) == (8, 9, 7)
    assert faithful_scores("8 9", 3) is None
    assert faithful_scores("8 9 7 6", 3) is None


def test_the_form_leaves_room_for_the_explanation_within_the_reply() -> None:
    form = scores_first(Sampling(max_tokens=512), 3)
    assert form.verdict("8", "9", "7") == "8 9 7\n"
    assert (form.reasons, form.after) == (0, 1004)


@given(st.integers(1, 10), st.integers(1, 10), st.text())
def test_a_line_of_scores_is_read_whatever_follows(one: int, two: int, rest: str) -> None:
    text = f"{one} {two}\nAn explanation: {rest}"
    assert faithful_scores(text) == read(text) == (one, two)


@given(st.text(alphabet=st.sampled_from("189. ,/\n-:()[]*AssistantScore#and|")))
def test_both_never_raise_and_scores_are_on_the_scale(text: str) -> None:
    faithful_scores(text)
    found = find_first(text, TEN, 2)
    if found is not None and not found.problem:
        assert len(found.values) == 2
        assert all(1 <= value <= 10 for value in found.values)
        assert 0 <= found.start <= found.end <= len(text)
