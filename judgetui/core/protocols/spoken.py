"""A score that a free answer to a question gives, in whatever words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from judgetui.core.protocols.points import find_place
from judgetui.core.protocols.result_marks import value_pattern
from judgetui.core.scale import NumericScale, Scale

_UNREAL: Final = re.compile(
    r"\b(?:if|unless|could|might|rather than|instead of|not|never|cannot|nor)\b|n[’']t\b", re.IGNORECASE
)
"""Words of a sentence whose number is none that was given."""

_VERBS: Final = (
    r"(?:rate[sd]?|rating|scores?d?|graded?|given?|assign(?:ed)?|award(?:ed)?|deserves?|receives?|earns?|merits?|gets?"
    r"|say|call|choose|answer)"
)
_BEFORE_A_NOUN: Final = (
    r"(?![ \t]+(?!(?:because|since|as|for|due|points?|stars?|in|on|overall|and|but|with|given|out)\b)"
    r"(?-i:[a-z]))"
)
"""Not before a word that the number counts, as in "gives 3 examples"."""

_DIGIT: Final = re.compile("[0-9]")
_REACH: Final = 160
"""Characters before a number, beside the criterion's name, that a pattern for it can begin in."""

_LONGEST: Final = 20_000
"""Characters of a reply that are looked at; an answer to one question is far shorter."""


def find_spoken(text: str, scale: Scale, criterion: str) -> re.Match[str] | None:
    """The place where a free reply gives a point; what stands there may be off the scale.

    The scale itself, repeated from the question ("on a scale of 1-5, 1 is the lowest"), gives none. Where the
    form of `points.find_place` is not met, every sentence that rates is looked at, and all must give the same.
    """
    numeric = isinstance(scale, NumericScale)
    first = 0
    if numeric:
        digit = _DIGIT.search(text)
        if digit is None:
            return None
        first = max(0, digit.start() - _REACH - len(criterion))
        pattern = _scale_pattern(scale.texts[0], scale.texts[-1])
        text = text[:first] + pattern.sub(lambda match: " " * len(match[0]), text[first:])
    place = find_place(text, scale, criterion)
    if place is not None and _is_formal(place):
        return place
    found = [
        match
        for pattern in _ratings(scale.texts, numeric, criterion)
        for match in pattern.finditer(text, first, _LONGEST)
        if not _UNREAL.search(text, _sentence(text, match.start()), match.end())
    ]
    return found[0] if len({match["value"].casefold() for match in found}) == 1 else None


def _is_formal(place: re.Match[str]) -> bool:
    """Whether a score stands alone or behind a colon, and not within a sentence."""
    lead = place.string[place.start() : place.start("value")]
    return re.search(r"[:=]", lead) is not None or re.search(r"\w", lead) is None


def _sentence(text: str, place: int) -> int:
    """Where the sentence around a place begins."""
    return max(text.rfind(mark, 0, place) for mark in (". ", "! ", "? ", "\n")) + 1


@lru_cache(maxsize=64)
def _scale_pattern(low: str, high: str) -> re.Pattern[str]:
    """What repeats the scale: its ends with a dash or a word between them, and what each end means."""
    ends = rf"{re.escape(low)}\s?(?:-|\u2013|to|through)\s?{re.escape(high)}"
    meaning = rf"(?:{re.escape(low)}|{re.escape(high)})\s(?:is|being|means?|meaning|stands?\sfor|indicat(?:es|ing))\b"
    worst = r"\s(?:the\s)?(?:lowest|highest|worst|best|poorest|very)\b"
    return re.compile(
        rf"\(\s?{ends}\s?\)|\b(?:(?:on\s)?(?:a|the)\s(?:likert\s)?scale\s(?:of|from)|from|between)\s{ends}(?![\w.])"
        rf"|\b(?:with\s)?{meaning}{worst}|\b(?:and\s)?{re.escape(high)}{worst}",
        re.IGNORECASE,
    )


@lru_cache(maxsize=64)
def _ratings(texts: tuple[str, ...], numeric: bool, criterion: str) -> tuple[re.Pattern[str], ...]:
    """Where a sentence rates.

    Behind a word that rates, behind a noun such as rating or the criterion's name, as a share of the highest
    point, or in brackets at the end.
    """
    given, opening = value_pattern(texts, numeric) + _BEFORE_A_NOUN, r"[*_(\[\"'`]*+"
    nouns = rf"(?:rating|score|grade{'|' + re.escape(criterion) if criterion else ''})"
    between = r"[^.;:\n0-9]{0,80}?" if numeric else r"[^.;:\n]{0,80}?"
    patterns = [
        rf"\b{_VERBS}\b{between}[\s:]\s*+(?:an?\s+)?{opening}{given}",
        rf"\b{nouns}\b{between}\s(?:is|as|at|of|be)\s+(?:an?\s+)?{opening}{given}",
        rf"\(\s?{given}\s?\)[.\s]*\Z",
    ]
    if numeric:
        highest = re.escape(texts[-1])
        patterns.append(
            rf"(?<![\w./-])(?P<value>[0-9]{{1,9}}(?:\.[0-9]{{1,9}})?)\s?(?:/|out\sof)\s?{highest}(?![\w%])"
        )
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
