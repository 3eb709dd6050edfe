"""Verdicts in double brackets: which mark of a reply is its verdict, and what stands before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from judgetui.core.protocols.replies import last_line
from judgetui.core.scale import LabelScale, Scale
from judgetui.core.vote import Verdict

VERDICTS: Final = {"A": Verdict.A, "B": Verdict.B, "C": Verdict.TIE, "TIE": Verdict.TIE}
"""What each mark says."""

_ECHO: Final = re.compile(
    r"[\"'`”’]?,?\s*(?:(?:if|when|means)\s+(?:the\s+)?(?:response|assistant|answer)?\s*[AB]\b"
    r"|(?:for|if|when|means)\s+(?:it(?:'s| is)\s+)?(?:a\s+)?tie\b)",
    re.IGNORECASE,
)
"""What follows a mark when the judge repeats its instructions instead of giving a verdict."""

_EITHER: Final = re.compile(
    r"\[\[\s*[ABC]\s*\]\](?:[\"'`]?\s*(?:,?\s*or|,|/)\s*[\"'`]?\[\[\s*[ABC]\s*\]\])+", re.IGNORECASE
)
"""Marks between which the judge does not choose."""

_OPTION: Final = re.compile(
    r"\s*\(?(?:a\s+tie|(?:the\s+)?(?:response\s+|assistant\s+|answer\s+)?[AB]\s+is\s+better)\b", re.IGNORECASE
)
"""What explains a mark; a list of several so explained is the list of options, a single one is a verdict."""

_EXAMPLE: Final = re.compile(r"\b(?:example|e\.g\.):?[\s\"'`“‘*]*(?:rating:?\s*)?\Z", re.IGNORECASE)
"""What stands before a rating when the judge repeats its instructions."""

_RANGE: Final = re.compile(r"\[\[\s*-?\d+\s*\]\][^\[\]\n]{0,40}\bto\s+[\"'`]?\[\[\s*-?\d+\s*\]\]")
"""Two ratings that name the ends of the scale."""

_RATING: Final = re.compile(r"\[\[\s*([^\[\]\n]{1,40}?)\s*(?:/\s*\d+\s*)?\]\]")
_BARE_RATING: Final = re.compile(
    r"\b(?:rating|score)\b[\s\"'*_]*(?::|=|is|of)[\s\"'*_]*\[?\s*([^\[\]\n*_/]{1,40}?)\s*(?:/\s*\d+)?\s*\]?[*_.\s]*$",
    re.IGNORECASE | re.MULTILINE,
)
"""A rating whose brackets were forgotten, at the end of a line."""

_VERDICT: Final = re.compile(r"\[\[\s*([ABC]|tie)\s*\]\]", re.IGNORECASE)
_BARE_VERDICT: Final = re.compile(
    r"\W*(?:(?:my\s+|the\s+)?(?:final\s+)?verdict\W{0,6}(?:is\W{0,6})?)?\[([ABC])\]\W*\Z",
    re.IGNORECASE,
)
"""A verdict whose second brackets were forgotten, alone on the last line."""


@dataclass(frozen=True, slots=True)
class Mark:
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
    marks = [mark for mark in _RATING.finditer(text) if not _repeats(text, mark)]
    for mark in reversed(marks or list(_BARE_RATING.finditer(text))):
        raw = mark.group(1)
        if isinstance(scale, LabelScale):
            label = next((label for label in scale.labels if label.casefold() == raw.casefold()), None)
            if label is not None:
                return Mark(label, mark.start())
        elif re.fullmatch(r"-?\d+(?:\.\d+)?", raw):
            if scale.low <= float(raw) <= scale.high:
                return Mark(raw, mark.start())
            return Mark("", mark.start(), f"the rating {raw} is not on the scale.")
    return None


def find_verdict(text: str) -> Mark | None:
    """The last verdict mark of a reply, or else one whose second brackets were forgotten on the last line.

    Marks that repeat the instructions do not count. Where several different ones remain, the last counts only
    if nothing but closing words follow it on its line; None when none remains.
    """
    marks = _verdict_marks(text)
    if not marks and (bare := _BARE_VERDICT.match(text, last_line(text))):
        marks = [bare]
    if not marks:
        return None
    last = marks[-1]
    different = len({VERDICTS[mark.group(1).upper()] for mark in marks}) > 1
    if different and "\n" in text[last.end() :].strip():
        return Mark("", last.start(), "several different verdicts in the reply.")
    return Mark(last.group(1).upper(), last.start())


def _verdict_marks(text: str) -> list[re.Match[str]]:
    """Marks that give a verdict, without those that repeat or list what the judge may choose from."""
    spans = [(span.start(), span.end()) for span in _EITHER.finditer(text)]
    marks = [
        mark
        for mark in _VERDICT.finditer(text)
        if not _ECHO.match(text, mark.end()) and not any(start <= mark.start() < end for start, end in spans)
    ]
    options = [mark for mark in marks if _OPTION.match(text, mark.end())]
    several = len({mark.group(1) for mark in options}) > 1
    return [mark for mark in marks if not (several and mark in options)]


def _repeats(text: str, mark: re.Match[str]) -> bool:
    """Whether a rating belongs to the instructions, which the judge repeats."""
    if _EXAMPLE.search(text, max(0, mark.start() - 40), mark.start()):
        return True
    line = text.rfind("\n", 0, mark.start()) + 1
    return any(
        span.start() <= mark.start() < span.end() for span in _RANGE.finditer(text, line, mark.end() + 80)
    )


def reasons(text: str, end: int) -> str:
    """What stands before the verdict, without the words that announce it."""
    before = re.sub(r"(?:^|\n|(?<=[.!?]))[^\n.!?]{0,40}?:?\s*[\"'*]*\Z", "", text[:end].rstrip())
    return before.strip() or text[end:].partition("]]")[2].strip()
