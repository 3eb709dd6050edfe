"""Scores that a reply states after its reasons: by name, as a tuple, in a sentence, or on its last line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from judgetui.core.protocols.score_values import (
    NAME,
    Scores,
    announces,
    bare,
    on_scale,
    score_line,
    value_pattern,
)
from judgetui.core.request import JudgeRequest
from judgetui.core.scale import Scale

LINES_AT_THE_END: Final = 40
"""Lines at the end of a reply among which one that announces scores is looked for."""

SEVERAL: Final = "several different scores in the reply."
"""Why scores that contradict each other do not count."""

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_NEXT_LINE: Final = re.compile(r"[^\n]{0,600}\n[\s*_#>•+-]*\Z")
_SAME_LINE: Final = re.compile(
    r"[*_`\])\"']*(?:[ \t]*\([^)\n]{0,200}\))?[ \t]*[,;|&.]?[ \t]*(?:and[ \t]+)?[*_`]*\Z", re.IGNORECASE
)
_ENDS: Final = re.compile(
    r"[*_`\"'\])]*[ \t]*(?:\r?$|\.[ \t]*\r?$|[,;](?![0-9])|(?<=[ \t])\(|(?<=[ \t])[-–—][ \t]+(?![0-9])"
    r"|(?:points?|and|because|since|due|for|as)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_OF_THEM: Final = re.compile(rf"[*_`]*[ \t]+for[ \t]+(?:the[ \t]+)?{NAME}", re.IGNORECASE)
_FENCE: Final = re.compile(r"\s*```\w*\s*\Z")


@dataclass(frozen=True, slots=True)
class Statement:
    """Scores as a reply states them; `strong` where its words say that these are the scores."""

    scores: Scores
    strong: bool


def find_last(text: str, scale: Scale, count: int) -> Scores | None:
    """The scores that a reply states last.

    Scores by name, in a sentence, or announced as scores come before a tuple or numbers that merely stand
    alone. Those count only once the reply has spoken of the last answer: what stands alone before that
    belongs to the question. Where several statements differ, the last counts only on the reply's last line.
    """
    found = sorted(_statements(text, scale, count), key=lambda each: each.scores.start)
    strong = [each.scores for each in found if each.strong]
    if strong:
        last = strong[-1]
        follows = text[_line_end(text, last.end) :].strip()
        if follows and any(each.values != last.values for each in strong):
            return Scores((), last.start, last.end, SEVERAL)
        return last
    spoken = re.search(rf"\b{NAME}\s?\#?(?:{count}|{_LETTERS[count - 1]})\b", text, re.IGNORECASE)
    weak = [each.scores for each in found if spoken is not None and spoken.start() < each.scores.start]
    return weak[-1] if weak else None


def own_words(text: str, request: JudgeRequest) -> str:
    """A reply without the messages that it repeats whole."""
    for message in request.messages:
        if len(message.content) > 1:
            text = text.replace(message.content, "\n")
    return text


def named_runs(text: str, scale: Scale, count: int) -> Iterator[Statement]:
    """Scores by name, such as `Assistant 1: 8` and `Assistant 2: 9`, side by side or on lines of their own.

    A remark may follow each. Every answer has one score; they are told apart by number, not by place.
    """
    run: dict[int, re.Match[str]] = {}
    end = -1
    for match in _named(value_pattern(scale)).finditer(text):
        unannounced = match["is"] and not (match["of"] or match["own"])  # "Assistant 1 is 10" is no score
        if unannounced or not (_total(match) or _ENDS.match(text, match.end())):
            continue
        number = _number(match["number"])
        if end < 0 or number in run or not _follows(text[end : match.start()]):
            run = {}
            if not _begins(text, match.start()):
                end = -1
                continue
        end = match.end()
        run[number] = match
        if len(run) == count:
            if sorted(run) == list(range(1, count + 1)):
                yield _by_name(text, [run[place] for place in sorted(run)], scale)
            run, end = {}, -1


def prose_scores(text: str, scale: Scale, count: int) -> Iterator[Statement]:
    """Scores of a pair in a sentence: `I give Assistant 1 a score of 8 and Assistant 2 a score of 9`."""
    if count == 2:
        for match in _prose(value_pattern(scale)).finditer(text):
            both = match["both"]
            texts = (match["one"], match["two"]) if both is None else (both, both)
            yield Statement(on_scale(texts, scale, match.start(), match.end()), True)


def _statements(text: str, scale: Scale, count: int) -> Iterator[Statement]:
    last = len(text.rstrip())
    for found in named_runs(text, scale, count):
        if found.strong or _line_end(text, found.scores.end) >= last:
            yield Statement(found.scores, True)
    yield from prose_scores(text, scale, count)
    yield from _tuples(text, scale, count)
    yield from _lines_at_the_end(text, scale, count)


def _tuples(text: str, scale: Scale, count: int) -> Iterator[Statement]:
    """Tuples of scores that are announced, or alone on their line."""
    value = value_pattern(scale)
    for match in _tuple(value, count).finditer(text):
        sentence, above = _before(text, match.start())
        announced = announces(sentence or above) or _OF_THEM.match(text, match.end()) is not None
        rest = text[match.end() : _line_end(text, match.end())]
        if announced or not (sentence or rest.strip(" \t\r*_`.")):
            texts = re.findall(value, match.group(), re.IGNORECASE)
            yield Statement(on_scale(texts, scale, match.start(), match.end()), announced)


def _lines_at_the_end(text: str, scale: Scale, count: int) -> Iterator[Statement]:
    """Lines near the end that announce scores, and the last lines where they have nothing but scores."""
    end = lowest = len(text.rstrip())
    if stacked := _stacked_at_the_end(text, scale, count):
        yield Statement(stacked, False)
    for _ in range(LINES_AT_THE_END):
        start = text.rfind("\n", 0, max(end, 0)) + 1
        found = score_line(bare(text[start : max(end, 0)]), scale, count)
        if found is not None and (found.announced or end == lowest):
            yield Statement(on_scale(found.texts, scale, start, end), found.announced)
        if start == 0:
            return
        end = start - 1


def _stacked_at_the_end(text: str, scale: Scale, count: int) -> Scores | None:
    """Scores one to a line on the last lines, and no further one above them."""
    end = before = first = len(text.rstrip())
    texts: list[str] = []
    while before >= 0 and len(texts) <= count:
        start = text.rfind("\n", 0, before) + 1
        line = bare(text[start:before])
        found = score_line(line, scale, 1)
        if found is not None and found.alone:
            texts.insert(0, found.texts[0])
            first = start
        elif line:
            break
        before = start - 1
    return on_scale(texts, scale, first, end) if len(texts) == count else None


def _by_name(text: str, matches: list[re.Match[str]], scale: Scale) -> Statement:
    start, end = min(match.start() for match in matches), max(match.end() for match in matches)
    named = any(_total(match) or match["of"] or match["own"] for match in matches)
    sentence, above = _before(text, start)
    scores = on_scale([match["value"] for match in matches], scale, start, end)
    return Statement(scores, named or announces(sentence or above))


def _total(match: re.Match[str]) -> bool:
    return "/" in match["value"] or "out" in match["value"].casefold()


def _number(name: str) -> int:
    return int(name) if name.isdigit() else _LETTERS.index(name.upper()) + 1


def _begins(text: str, start: int) -> bool:
    """Whether nothing stands before a place on its line, or nothing but words that announce scores."""
    line = bare(text[text.rfind("\n", 0, start) + 1 : start][-160:])
    return not line or announces(line)


def _follows(between: str) -> bool:
    """Whether a score by name belongs with the one before: on the same line, or on the next with any text."""
    return (_NEXT_LINE if "\n" in between else _SAME_LINE).match(between) is not None


def _before(text: str, start: int) -> tuple[str, str]:
    """What leads up to a place: its sentence so far, and the nearest line above that is not blank."""
    line = text.rfind("\n", 0, start) + 1
    sentence = bare(re.split(r"[.!?]\s", text[line:start][-160:])[-1])
    for _ in range(4):
        if line == 0:
            break
        line, end = text.rfind("\n", 0, line - 1) + 1, line - 1
        above = text[line:end][-160:]
        if above.strip() and not _FENCE.match(above):
            return sentence, bare(above)
    return sentence, ""


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


@lru_cache(maxsize=16)
def _named(value: str) -> re.Pattern[str]:
    gap = "[ \t]"
    return re.compile(
        rf"(?<!\w)(?P<of>(?:overall{gap}|final{gap})?(?:score|rating|grade)s?{gap}(?:of|for){gap}(?:the{gap})?)?"
        rf"{NAME}{gap}?\#?(?P<number>[0-9]{{1,2}}|[A-Z])\b(?:['’]s)?(?:{gap}\([^)\n]{{0,40}}\))?"
        rf"(?P<own>{gap}(?:overall{gap}|final{gap})?(?:score|rating|grade))?[*_`\"']*{gap}?"
        rf"(?:[:=]|(?P<is>\bis\b)|(?<=[ \t])[-–—])[ \t*_`\"'\[(]*(?P<value>{value})",
        re.IGNORECASE,
    )


@lru_cache(maxsize=16)
def _prose(value: str) -> re.Pattern[str]:
    score = r"[^\n.;0-9]{0,40}?\b(?:score|rating|grade)\sof\s[*_`\"']*"
    return re.compile(
        rf"\b{NAME}\s?\#?[1A]\b{score}(?P<one>{value})[^\n]{{0,300}}?\b{NAME}\s?\#?[2B]\b{score}(?P<two>{value})"
        rf"|\bboth\b[^\n.;]{{0,60}}?\b(?:score|rating|grade)\sof\s[*_`\"']*(?P<both>{value})",
        re.IGNORECASE,
    )


@lru_cache(maxsize=64)
def _tuple(value: str, count: int) -> re.Pattern[str]:
    values = r"\s?,\s?".join([rf"(?:{value})"] * count)
    return re.compile(rf"(?<![\w)\]])[(\[]\s?{values}\s?[)\]](?![\w^(\[])", re.IGNORECASE)
