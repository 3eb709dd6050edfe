"""Verdicts in double brackets: which mark of a reply is its verdict, and what stands before it."""

from __future__ import annotations

import re
from math import inf
from typing import Final, NamedTuple

from judgetui.core.protocols.replies import last_line
from judgetui.core.scale import MAX_POINTS, LabelScale, NumericScale, Scale
from judgetui.core.vote import Verdict

VERDICTS: Final = {"A": Verdict.A, "B": Verdict.B, "C": Verdict.TIE, "TIE": Verdict.TIE}
"""What each mark says."""

# Quantifiers of white space are possessive (`*+`): they match the same, and a reply that is nearly all white space
# is not cut up in every possible way first.

_ECHO: Final = re.compile(
    r"[\"'`”’]?,?\s*+(?:(?:if|when|means)\s++(?:the\s++)?(?:(?:response|assistant|answer)\s*+)?[AB]\b"
    r"|(?:for|if|when|means)\s++(?:it(?:'s| is)\s++)?(?:a\s++)?tie\b)",
    re.IGNORECASE,
)
"""What follows a mark when the judge repeats its instructions instead of giving a verdict."""

_EITHER: Final = re.compile(
    r"\[\[\s*+[ABC]\s*+\]\](?:[\"'`]?\s*+(?:,\s*+or|or|,|/)\s*+[\"'`]?\[\[\s*+[ABC]\s*+\]\])+", re.IGNORECASE
)
"""Marks between which the judge does not choose."""

_OPTION: Final = re.compile(
    r"\s*\(?(?:a\s+tie|(?:the\s+)?(?:response\s+|assistant\s+|answer\s+)?[AB]\s+is\s+better)\b", re.IGNORECASE
)
"""What explains a mark; a list of several so explained is the list of options, a single one is a verdict."""

_EXAMPLE: Final = re.compile(r"\b(?:example|e\.g\.):?[\s\"'`“‘*]*(?:rating:?\s*)?\Z", re.IGNORECASE)
"""What stands before a rating when the judge repeats its instructions."""

_RANGE: Final = re.compile(
    r"\[\[\s*-?\d+\s*\]\][^\[\]\n]{0,40}\bto[^\S\n]+[\"'`]?(?P<second>\[\[)\s*-?\d+\s*\]\]"
)
"""Two ratings that name the ends of the scale."""

_RATING: Final = re.compile(r"\[\[\s*+([^\[\]\n]{1,40}?)\s*+(?:/\s*\d+\s*)?\]\]")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_WHOLE: Final = {str(number): float(number) for number in range(MAX_POINTS)}
"""The numbers that nearly all ratings are."""

_BARE_RATING: Final = re.compile(
    r"\b(?:rating|score)\b[\s\"'*_]*+(?::|=|is|of)[\s\"'*_]*+(?:\[\s*+)?([^\[\]\n*_/]{1,40}?)"
    r"(?:\s*+/\s*+\d+)?[^\S\n]*+\]?(?:[*_.]|[^\S\n])*+$",
    re.IGNORECASE | re.MULTILINE,
)
"""A rating whose brackets were forgotten, at the end of a line."""

_VERDICT: Final = re.compile(r"\[\[\s*+([ABC]|tie)\s*+\]\]", re.IGNORECASE)
_BARE_VERDICT: Final = re.compile(
    r"\W*(?:(?:my\s+|the\s+)?(?:final\s+)?verdict\W{0,6}(?:is\W{0,6})?)?\[([ABC])\]\W*\Z",
    re.IGNORECASE,
)
"""A verdict whose second brackets were forgotten, alone on the last line."""


class Mark(NamedTuple):
    """The verdict of a reply.

    Args:
        value: the scale point or the key of `VERDICTS`; empty when the reply has one that does not count.
        start: where it stands.
        problem: why it does not count.
    """

    value: str
    start: int
    problem: str = ""


def find_rating(text: str, scale: Scale) -> Mark | None:
    """The last `[[rating]]` of a reply, or else one whose brackets were forgotten at the end of a line.

    Ratings that repeat the instructions do not count; None when no other is left.
    """
    raw, only = _only_mark(text)
    number = _WHOLE.get(raw, inf)
    if isinstance(scale, NumericScale) and scale.low <= number <= scale.high and not _is_example(text, only):
        return Mark(raw, only)
    marks = _bracketed(_RATING, text)
    ends = _ends_of_ranges(text) if len(marks) > 1 else ()
    own = False
    for mark in reversed(marks):
        start = mark.start()
        if start not in ends and not _is_example(text, start):
            own = True
            if (rating := _rating(mark, scale)) is not None:
                return rating
    bare = [] if own else list(_BARE_RATING.finditer(text))
    return next((rating for mark in reversed(bare) if (rating := _rating(mark, scale)) is not None), None)


def _rating(mark: re.Match[str], scale: Scale) -> Mark | None:
    """What a rating says, on the scale or not; None when it is no point at all."""
    raw = mark[1]
    if isinstance(scale, LabelScale):
        label = next((label for label in scale.labels if label.casefold() == raw.casefold()), None)
        return None if label is None else Mark(label, mark.start())
    if _NUMBER.fullmatch(raw) is None:
        return None
    if scale.low <= float(raw) <= scale.high:
        return Mark(raw, mark.start())
    return Mark("", mark.start(), f"the rating {raw} is not on the scale.")


def find_verdict(text: str) -> Mark | None:
    """The last verdict mark of a reply, or else one whose second brackets were forgotten on the last line.

    Marks that repeat the instructions do not count. Where several different ones remain, the last counts only
    if nothing but closing words follow it on its line; None when none remains.
    """
    raw, only = _only_mark(text)
    if raw in VERDICTS and only + len(raw) + 4 == len(text):
        return Mark(raw, only)
    marks = _verdict_marks(text)
    if not marks and (bare := _BARE_VERDICT.match(text, last_line(text))):
        marks = [bare]
    if not marks:
        return None
    last = marks[-1]
    different = len(marks) > 1 and len({VERDICTS[mark[1].upper()] for mark in marks}) > 1
    if different and "\n" in text[last.end() :].strip():
        return Mark("", last.start(), "several different verdicts in the reply.")
    return Mark(last[1].upper(), last.start())


def _verdict_marks(text: str) -> list[re.Match[str]]:
    """Marks that give a verdict, without those that repeat or list what the judge may choose from."""
    found = _bracketed(_VERDICT, text)
    unchosen: set[int] = set()
    if len(found) > 1:
        for span in _bracketed(_EITHER, text):
            unchosen.update(mark.start() for mark in _VERDICT.finditer(text, span.start(), span.end()))
    marks = [mark for mark in found if mark.start() not in unchosen and not _ECHO.match(text, mark.end())]
    if len(marks) < 2:
        return marks
    options = [mark for mark in marks if _OPTION.match(text, mark.end())]
    if len({mark[1] for mark in options}) < 2:
        return marks
    listed = {mark.start() for mark in options}
    return [mark for mark in marks if mark.start() not in listed]


def _only_mark(text: str) -> tuple[str, int]:
    """What stands between two brackets, and where they begin, if no other bracket opens in a text; else nothing.

    Nearly every reply has one mark and no other bracket, and is read several times as fast for it.
    """
    start = text.find("[")
    end = text.find("]]", start)
    if start < 0 or end < 0 or start != text.rfind("[["):
        return "", -1
    return text[start + 2 : end], start


def _bracketed(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Every match of a pattern that begins with two brackets, as `finditer` gives them.

    Looking for a bracket first is many times faster in a reply that is all reasons.
    """
    found: list[re.Match[str]] = []
    start = text.find("[[")
    while start >= 0:
        match = pattern.match(text, start)
        if match is not None:
            found.append(match)
        start = text.find("[[", start + 1 if match is None else match.end())
    return found


def _ends_of_ranges(text: str) -> frozenset[int]:
    """Where ratings stand that only name the ends of the scale."""
    ranges = _bracketed(_RANGE, text)
    return frozenset(start for each in ranges for start in (each.start(), each.start("second")))


def _is_example(text: str, start: int) -> bool:
    """Whether a rating is the instructions' example, which the judge repeats."""
    low = start - 40 if start > 40 else 0
    before = text[low:start].lower()
    return ("example" in before or "e.g." in before) and _EXAMPLE.search(text, low, start) is not None


def reasons(text: str, end: int) -> str:
    """What stands before the verdict, without the words that announce it.

    They are the last line or sentence, if it has no more than 40 characters and perhaps a colon; quotes and stars
    that open the verdict go with them.
    """
    before = text[:end].rstrip()
    core = before.rstrip("\"'*").rstrip()
    low = max(0, len(core) - 42)
    cut = max([core.rfind(sign, low) for sign in "\n.!?"])
    size = len(core) - cut - 1
    if (cut >= 0 or not low) and (size <= 40 or (size == 41 and core[-1] == ":")):
        before = core[: cut + 1]
    elif "\n" in before[len(core) :]:
        before = core
    return before.strip() or text[end:].partition("]]")[2].strip()
