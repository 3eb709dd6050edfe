"""Scores on a reply's first line, as Vicuna, JudgeLM, QLoRA and Orca ask for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite
from typing import Final

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.combining import combine_answer_scores
from judgetui.core.protocols.named_scores import SEVERAL, named_runs, own_words, prose_scores
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.protocols.score_values import Scores, announces, bare, on_scale, score_line
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, Rubric, Sampling
from judgetui.core.scale import NumericScale, Scale
from judgetui.core.vote import Failures, Parser, Vote

MOST_LEADS: Final = 3
"""Lines that may stand before the scores and say no more than that scores follow."""

_CHAT: Final = re.compile(r"(?:sure|certainly|of course|okay|ok|here)\b[^0-9]{0,160}\Z", re.IGNORECASE)
_HEADING: Final = re.compile(
    r"(?:(?:my|the|final|overall)\s)*(?:evaluation|response|assessment|judge?ment|feedback|text|plaintext|python)"
    r"s?:?\Z",
    re.IGNORECASE,
)


class FirstLine(JudgeProtocol):
    """A score for each of several answers on the reply's first line, then the explanation."""

    default_scale = NumericScale(1, 10)
    counts_failures_as = Failures.MINUS_ONE

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The scale's points."""
        return scale_of(self, rubric).texts

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """A line of scores, then the explanation."""
        return scores_first(rubric.sampling.filled(self.published), answers)

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The scores with which the reply begins, as many as there are answers."""
        count = 2 if request.order is None else len(request.order)
        if parser is Parser.FAITHFUL:
            values = faithful_scores(text, count)
            return None if values is None else Reading(answer_scores=values, rationale=after_first(text))
        own = own_words(text, request)
        return reading(find_first(own, scale_of(self, rubric), count), own)

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """The mean score of each answer; the higher one wins."""
        return combine_answer_scores(rubric, votes)


def scores_first(sampling: Sampling, count: int) -> Form:
    """The form of a reply that begins with its scores: one line of them, then the explanation.

    Two characters a token is what dense text comes to; what is cut off is explanation only.
    """
    room = min(4000, max(40, 2 * (sampling.max_tokens or 0) - 20))
    return Form(closing="\n", between=(" ",) * (count - 1), after=room)


def faithful_scores(text: str, count: int = 2) -> tuple[float, ...] | None:
    """The scores as the original reads them (lm-sys/FastChat, fastchat/eval/eval_gpt_review.py, `parse_score`).

    The first line, its commas made spaces, split at single spaces, must have exactly `count` parts, each of
    which `float` takes; what is not finite is no score. JudgeLM has the same code for two.
    """
    parts = text.split("\n", 1)[0].replace(",", " ").split(" ", count)
    if len(parts) != count:
        return None
    try:
        values = tuple(float(part) for part in parts)
    except ValueError:
        return None
    return values if all(map(isfinite, values)) else None


def after_first(text: str) -> str:
    """What follows the first line."""
    return text.partition("\n")[2].strip()


def reading(found: Scores | None, text: str) -> Reading | str | None:
    """What a reply with such scores says; its reasons are what stands before and after them."""
    if found is None or found.problem:
        return None if found is None else found.problem
    reasons = f"{text[: found.start].strip()}\n\n{text[found.end :].strip()}".strip()
    return Reading(answer_scores=found.values, rationale=reasons)


def find_first(text: str, scale: Scale, count: int) -> Scores | None:
    """The scores with which a reply begins, when its first line with any text is on them alone.

    Code fences, headings and lines that only announce scores may stand before it. The scores may be
    announced on their own line, bracketed, parted by commas, written as `8/10`, one to a line, or by name
    (`Assistant 1: 8`), and a comment may follow them. None when the reply begins otherwise.
    """
    lines = _first_lines(text, MOST_LEADS + count + 2)
    for number, (start, end, line) in enumerate(lines[: MOST_LEADS + 1]):
        if found := score_line(line, scale, count):
            return on_scale(found.texts, scale, start, end)
        if stacked := _stacked(lines[number : number + count + 1], scale, count):
            return stacked
        head = text[start : min(len(text), start + 2000)]
        for named in named_runs(head, scale, count):
            scores = named.scores
            if scores.start <= end - start:
                return Scores(scores.values, start + scores.start, start + scores.end, scores.problem)
            break
        if told := [each.scores for each in prose_scores(text[start:end], scale, count)]:
            same = all(each.values == told[0].values for each in told)
            return Scores(told[0].values if same else (), start, end, told[0].problem if same else SEVERAL)
        if not _leads(line):
            return None
    return None


def _first_lines(text: str, most: int) -> list[tuple[int, int, str]]:
    """Start, end and bare text of the first lines that are not blank."""
    found: list[tuple[int, int, str]] = []
    start = 0
    while start < len(text) and len(found) < most:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if text[start:end].strip():
            found.append((start, end, bare(text[start:end])))
        start = end + 1
    return found


def _stacked(lines: Sequence[tuple[int, int, str]], scale: Scale, count: int) -> Scores | None:
    """Scores one to a line, and no further one below them."""
    found = [score_line(line, scale, 1) for _, _, line in lines]
    alone = [each.texts[0] if each is not None and each.alone else None for each in found]
    scores = [text for text in alone[:count] if text is not None]
    if count < 2 or len(scores) < count or any(text is not None for text in alone[count:]):
        return None
    return on_scale(scores, scale, lines[0][0], lines[count - 1][1])


def _leads(line: str) -> bool:
    """Whether a line says no more than that scores follow."""
    return (
        not line or bool(_HEADING.match(line) or _CHAT.match(line)) or (len(line) < 160 and announces(line))
    )
