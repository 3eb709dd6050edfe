"""Results behind the mark `[RESULT]`: what Prometheus's own code reads, and what a careful reader does."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from judgetui.core.protocols.replies import last_line
from judgetui.core.protocols.settling import Found, own, settled
from judgetui.core.request import JudgeRequest
from judgetui.core.scale import NumericScale, Scale

MARK: Final = "[RESULT]"

Result = tuple[str, int]
"""A score or a letter, and where the part of the reply that gives it begins."""

_POINTS: Final = ("1", "2", "3", "4", "5")
"""The only scores upstream knows, whatever the rubric says (prometheus-eval issue 77)."""

_LIBRARY_SCORE: Final = re.compile(
    r"(?:\[RESULT\]:?|\[SCORE\]|(?:score|result):?|score\s+of)"
    r"[\s(\[]*([0-9]+)(?:[)\]\s]|/\s*5|\s*out\s*of\s*5)?\s*\Z",
    re.IGNORECASE,
)
_LIBRARY_CHOICE: Final = re.compile(
    r"(?:\[RESULT\](?:\s+Response)?\s*|\[RESULT:\s*|\[Response\s+|^Result:?\s*)([AB])\]?\s*$",
    re.IGNORECASE | re.MULTILINE,
)


def library_score(text: str) -> Result | None:
    """The score that Prometheus 2's library reads: 1 to 5, at the end of the text.

    Source: prometheus-eval/prometheus-eval, prometheus_eval/parser.py, `_parse_output_absolute`.
    """
    match = _LIBRARY_SCORE.search(text)
    digits = "" if match is None else match[1].lstrip("0")
    return None if match is None or digits not in _POINTS else (digits, match.start())


def library_choice(text: str) -> Result | None:
    """The choice that Prometheus 2's library reads: the first one that ends a line, `A` or `B`.

    Source: prometheus-eval/prometheus-eval, prometheus_eval/parser.py, `_parse_output_relative`.
    """
    match = _LIBRARY_CHOICE.search(text)
    return None if match is None else (match[1].upper(), match.start())


def script_score(text: str) -> Result | None:
    """The score that Prometheus 1's scripts read: all that stands between the first mark and the next.

    Source: kaistAI/prometheus, evaluation/benchmark/run_absolute_scoring.py, `create`.
    """
    parts = text.split(MARK)
    if len(parts) < 2 or parts[1].strip() not in _POINTS:
        return None
    return parts[1].strip(), len(parts[0])


# a careful reader

_OPEN: Final = r"[\s:*_(\[\"'`]*+"
_CLOSE: Final = r"[)\]*_\"'`.!]*+"
_LINE_END: Final = r"[ \t]*+(?=\n|\Z|\#\#\#)"
_NAME: Final = r"(?:(?:final|overall)\s+)?(?:score|result|rating|grade|verdict)\b"
_GIVES: Final = (
    r"\b(?:deserves?|receives?|earns?|merits?|gets?|warrants?|assign|given?|gives|award(?:ed)?)"
    r"\s+(?:it\s+|this\s+response\s+|the\s+response\s+)?(?:an?\s+)?(?:final\s+|overall\s+)?score\s+of"
)
_DENIES: Final = re.compile(
    r"\b(?:not|never|nor|neither|cannot|than|instead|without|if|whether|would\s+have)\b|n[’']t\b",
    re.IGNORECASE,
)
_HEADER: Final = re.compile(r"^[ \t]*#{3}", re.MULTILINE)

_MARKED_CHOICE: Final = re.compile(
    rf"\[\s*+RESULT\b[\s\]:*_(\[\"'`]*+(?:(?:Response|Answer)\s+)?(?P<value>[AB]|(?:a\s+)?tie|both|neither|equal)"
    rf"(?:{_CLOSE}{_LINE_END}|{_CLOSE}\s+is\s+(?:the\s+)?(?:better|superior)\b|{_CLOSE}[,;]?\s+(?:because|since)\b)",
    re.IGNORECASE,
)
_LAST_CHOICE: Final = re.compile(
    rf"(?:^[\s*_\#>(\[\"'`]*+(?:{_NAME}{_OPEN}(?:(?:Response|Answer)\s+)?)"
    r"|\[Response\s+"
    r"|\b(?:choose|select|prefer|pick)\s+(?:the\s+)?Response\s+"
    r"|\b(?:better|superior|preferred)\s+(?:response|answer|one|choice)\s+is\s+(?:Response\s+)?"
    r"|\bResponse\s+(?=[AB]\s+is\s))"
    rf"[*_\"'`]*+(?P<value>[AB])\b{_CLOSE}"
    r"(?:\s+is\s+(?:(?:the|clearly|overall|slightly|much)\s+)*(?:better|superior)"
    rf"(?:\s+(?:response|answer|one|choice))?(?:\s+overall)?{_CLOSE})?\s*\Z",
    re.IGNORECASE | re.MULTILINE,
)
_OTHER_CHOICE: Final = re.compile(r"\b(?:Response|Answer)\s+([AB])\b", re.IGNORECASE)

_LONGEST_LINE: Final = 300
"""Characters at the end of a last line in which an unmarked result is looked for."""


def read_score(text: str, scale: Scale, request: JudgeRequest) -> Result | str | None:
    """The score behind the last mark, or else one that ends the reply under a word such as score.

    A mark that was copied from the prompt does not count, nor does one before several scores. Scores are
    points as the scale writes them, or decimals within a numeric scale.

    Returns:
        The score; or why it does not count; or None.
    """
    marked, last = _score_patterns(scale.texts, isinstance(scale, NumericScale))
    found = _own_marks(marked, text, request)
    if found:
        kept = settled(found, text)
        return _SEVERAL if kept is None else _on_scale(kept, scale)
    single = _at_the_end(last, text, request)
    return None if single is None else _on_scale(single, scale)


def read_choice(text: str, request: JudgeRequest) -> Result | str | None:
    """The letter behind the last mark, or else the one answer that the reply's last words call better.

    Returns:
        `A` or `B`; or why there is none, such as a tie; or None.
    """
    found = _own_marks(_MARKED_CHOICE, text, request)
    if found:
        kept = settled(found, text)
        if kept is None:
            return _SEVERAL
        if kept.value not in {"A", "B"}:
            return f"the result is {kept.value.lower()!r}; it can only be A or B."
        return kept.value, kept.start
    single = _at_the_end(_LAST_CHOICE, text, request)
    if single is None:
        return None
    letters = {each[1].upper() for each in _OTHER_CHOICE.finditer(text, _sentence(text), single.end)}
    return None if letters - {single.value.upper()} else (single.value.upper(), single.start)


_SEVERAL: Final = "several different results in the reply."


def _own_marks(pattern: re.Pattern[str], text: str, request: JudgeRequest) -> list[Found]:
    """Marked results that are no echo, up to where the judge goes on to an item that it made up."""
    found = [
        Found(" ".join(match["value"].split()).upper(), match.start(), match.end())
        for match in pattern.finditer(text)
    ]
    kept = own(found, text, request)
    if len({each.value for each in kept}) > 1 and (header := _HEADER.search(text, kept[0].end)):
        return [each for each in kept if each.start < header.start()]
    return kept


def _at_the_end(pattern: re.Pattern[str], text: str, request: JudgeRequest) -> Found | None:
    """An unmarked result that ends the last line, in a sentence that denies nothing."""
    match = pattern.search(text, _last_words(text))
    if match is None or _DENIES.search(text, min(match.start(), _sentence(text)), match.end()):
        return None
    found = Found(match["value"], match.start(), match.end())
    return found if own([found], text, request) else None


def _last_words(text: str) -> int:
    """Where the last line begins, or the end of a very long one."""
    return max(last_line(text), len(text.rstrip()) - _LONGEST_LINE)


def _sentence(text: str) -> int:
    """Where the last sentence of the last line begins."""
    start, end = _last_words(text), len(text.rstrip(" \t\r\n.!?)]*_\"'`"))
    return max(
        [start, *(match.end() for match in re.finditer(r"[.!?]\s", text[:end]) if match.end() > start)]
    )


def _on_scale(found: Found, scale: Scale) -> Result | str:
    value = found.value
    if isinstance(scale, NumericScale):
        if scale.low <= float(value) <= scale.high:
            return value, found.start
    else:
        named = {label.casefold(): label for label in scale.labels}
        if value.casefold() in named:
            return named[value.casefold()], found.start
    return f"the score {value} is not on the scale."


def value_pattern(texts: tuple[str, ...], numeric: bool) -> str:
    """A regular expression for one point of a scale or a decimal, as the group `value`.

    What follows must not make it part of a word, a range, a list, a decimal or a share of another total.

    Args:
        texts: the scale's points.
    """
    if not numeric:
        value = "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
        other = rf"[ \t]*(?:/|\||,|or\b|and\b)[ \t]*(?:or[ \t]+)?(?:{value})(?!\w)"
        return rf"(?P<value>{value})(?![\w-]|{other})"
    total = rf"[ \t]*(?:/|out[ \t]+of)[ \t]*{re.escape(texts[-1])}(?![\w%])"
    alone = (
        r"(?![\w%]|[ \t]*[-\u2013+*/^=|,][ \t]*[0-9]|\.[0-9]|[ \t]*(?:to|or|and|through)[ \t]*[0-9]"
        r"|[ \t]*out[ \t]+of\b)"
    )
    return rf"(?P<value>-?[0-9]{{1,9}}(?:\.[0-9]{{1,9}})?)(?:{total})?{alone}"


@lru_cache(maxsize=64)
def _score_patterns(texts: tuple[str, ...], numeric: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Patterns of a score behind the mark, and of one at the end of the last line."""
    given = value_pattern(texts, numeric)
    marked = rf"\[\s*+(?:RESULT|SCORE)\b[\s\]:*_(\[\"'`]*+(?:(?:score|result)\b(?:\s+of\b)?{_OPEN})?{given}"
    last = (
        rf"(?:^[\s*_\#>(\[\"'`]*+(?:{_NAME}\s*+(?:is\b|of\b)?{_OPEN})?"
        rf"|[(\[]\s*(?:score|result){_OPEN}"
        rf"|\b{_NAME}\s*+[*_\"'`]*:{_OPEN}"
        rf"|\b(?:final|overall)\s+(?:score|rating)\s+(?:is|of){_OPEN}"
        rf"|(?:^|(?<=[.!?]\s))(?:an?\s+)?(?:final\s+|overall\s+)?score\s+of{_OPEN}"
        rf"|{_GIVES}{_OPEN})"
        rf"{given}{_CLOSE}\s*\Z"
    )
    return re.compile(marked, re.IGNORECASE), re.compile(last, re.IGNORECASE | re.MULTILINE)
