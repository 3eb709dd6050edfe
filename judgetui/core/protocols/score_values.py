"""Scores in free text: how one is written, whether it is on the scale, and lines that hold nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from judgetui.core.scale import LabelScale, Scale

NAME: Final = r"(?:assistant|answer|response|model|candidate)"
"""What a judge calls the answers it compares."""

LONGEST_LINE: Final = 400
"""Characters of a line that are looked at; a line of scores is far shorter."""

_ANNOUNCES: Final = re.compile(
    r"\b(?:scor(?:e|es|ed|ing)|rat(?:ed?|ings?)|grades?|marks|tuple|outputs?|verdicts?)\b", re.IGNORECASE
)
_NAMING: Final = re.compile(
    rf"\b{NAME}s?\s?\#?[0-9]{{1,2}}\b(?:['’]s)?"
    rf"(?:\s?(?:,\s?and|,|and|&|vs\.?)\s?(?:{NAME}s?\s?)?\#?[0-9]{{1,2}}\b(?:['’]s)?)*",
    re.IGNORECASE,
)
_MARKS: Final = re.compile(r"\A(?:[*_#>`~•]+\s?|[-+](?:\s|\Z))+|[*_`~]+\Z")
_SPLIT: Final = re.compile(r"[:=]|\b(?:are|is)\b", re.IGNORECASE)
_COMMENT: Final = r"(?:(?:[.,;:]?\s?[-–—(]|[.,;:])\s?(?=[^\W\d_])|\s(?:because|since|as|for|due)\b)"

_OPENING: Final = r"[\s*_`\[({\"'“]*"
_CLOSING: Final = r"[*_`\])}\"'”]*"


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores that a reply gives, in the order in which the answers were shown.

    Args:
        values: one for each answer; empty when they do not count.
        start: where they begin in the text.
        end: where they end.
        problem: why they do not count.
    """

    values: tuple[float, ...]
    start: int
    end: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of scores as they are written.

    Args:
        announced: whether words say that these are scores.
        alone: whether no comment follows them.
    """

    texts: tuple[str, ...]
    announced: bool
    alone: bool


def value_pattern(scale: Scale) -> str:
    """A regular expression for one score: a number or a label, with its total (`8/10`) where it has one.

    What follows must not make it a part of something else: a word, a percentage, another total, a range.
    Numbers are ASCII digits without leading zeros, exponents or grouping.
    """
    if isinstance(scale, LabelScale):
        labels = sorted(scale.labels, key=len, reverse=True)
        return rf"(?:{'|'.join(map(re.escape, labels))})(?!\w)"
    total = rf"(?:\s?/\s?{scale.high}|\s?out\s?of\s?{scale.high})(?![0-9]|\.[0-9])"
    ranged = r"\s?[-–]\s?[0-9]" if scale.low >= 0 else r"[-–][0-9]|\s?[-–]\s[0-9]"
    alone = rf"(?![\w%/^]|\.[0-9]|{ranged}|\s?(?:to|out\s?of)\s)"
    return rf"-?(?:0|[1-9][0-9]{{0,5}})(?:\.[0-9]{{1,6}})?(?:{total}|{alone})"


def on_scale(texts: Sequence[str], scale: Scale, start: int, end: int) -> Scores:
    """Scores as they were written, as numbers; with a problem when one is not on the scale."""
    values: list[float] = []
    for text in texts:
        if isinstance(scale, LabelScale):
            named = {label.casefold(): label for label in scale.labels}
            value = scale.value(named.get(text.casefold(), text))
            if value is None:
                return Scores((), start, end, "the labels of the scale have no values.")
        else:
            raw = re.split(r"\s?/|\s?out", text, maxsplit=1)[0]
            value = float(raw)
            if not scale.low <= value <= scale.high:
                return Scores((), start, end, f"the score {raw} is not on the scale.")
        values.append(value)
    return Scores(tuple(values), start, end)


def bare(line: str) -> str:
    """The beginning of a line without white space, bullets and emphasis around it."""
    return _MARKS.sub("", " ".join(line[:LONGEST_LINE].split()))


def announces(text: str) -> bool:
    """Whether a text says that scores follow, and has no number but those of the answers."""
    return _ANNOUNCES.search(text) is not None and not re.search("[0-9]", _NAMING.sub(" ", text))


def score_line(line: str, scale: Scale, count: int) -> Line | None:
    """The scores of a line that is on them alone, announced or not; a comment may follow them.

    Args:
        line: as `bare` gives it.
        count: how many scores the line must have, no more and no fewer.
    """
    pattern = _score_line(value_pattern(scale), count)
    if match := pattern.match(line):
        return None if _is_list(match, count) else _line(match, scale, False)
    for split in _SPLIT.finditer(line, 0, 120):
        if announces(line[: split.start()]) and (match := pattern.match(line, split.end())):
            return _line(match, scale, True)
    return None


@lru_cache(maxsize=64)
def _score_line(value: str, count: int) -> re.Pattern[str]:
    between = rf"{_CLOSING}(?:\s?(?:[,;|&]|\band\b|\bvs\b\.?)|\s){_OPENING}"
    values = between.join([f"(?:{value})"] * count)
    comment = _COMMENT if count == 1 else rf"(?:{_COMMENT}|\s(?=(?-i:[A-Z])))"
    return re.compile(rf"{_OPENING}(?P<values>{values}){_CLOSING}(?:[.,;:]?\Z|{comment})", re.IGNORECASE)


def _line(match: re.Match[str], scale: Scale, announced: bool) -> Line:
    value = re.compile(value_pattern(scale), re.IGNORECASE)
    texts = tuple(found.group().strip() for found in value.finditer(match["values"]))
    return Line(texts, announced, match.end() == len(match.string))


def _is_list(match: re.Match[str], count: int) -> bool:
    """Whether a single number counts the first entry of a list."""
    rest = match.string[match.end("values") :]
    return count == 1 and match["values"] == "1" and rest[:1] in {".", ")", ":"} and len(rest) > 2
