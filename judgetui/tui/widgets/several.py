"""Results on several answers: what each order said, what the orders come to, and the answers best first."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.vote import ScoreSource
from judgetui.services.reading import conclusion, order_lines, scores_words
from judgetui.tui.text import one_line
from judgetui.tui.widgets.answers import letter

ORDERS_SHOWN: Final = 12
"""Orders of one item that the panel lists; four answers have 24."""

UNASKED: Final = "settled without a call"
"""What is said of a judgement that needed no judge."""

Part = tuple[str, str]


def said_lines(judgement: Judgement) -> list[str]:
    """What the judge said in each order, one line an order; the first few of many."""
    lines = order_lines(judgement)
    left = len(lines) - ORDERS_SHOWN
    return lines if left <= 0 else [*lines[:ORDERS_SHOWN], f"and {left} more orders: r shows all replies"]


def comes_to(judgement: Judgement) -> str:
    """What the orders come to together; empty where the result is no verdict and no ranking.

    Scores stand beside the verdict on a pair; those of more answers, and points that come from places, are in
    `answer_lines`.
    """
    out = judgement.outcome
    if _by_places(judgement) or len(out.answer_scores) > 2:
        judgement = replace(judgement, outcome=replace(out, answer_scores=()))
    words = conclusion(judgement)
    return words if judgement.votes or not words else f"{words}, {UNASKED}"


def answer_lines(judgement: Judgement, item: Item, span: str) -> list[Part]:
    """Three or more answers best first, each with its model and what it got; nothing for fewer.

    Args:
        span: of the scale, such as ` on 1 to 10`; empty where there is none.
    """
    out = judgement.outcome
    if len(item.responses) < 3 or not (out.ranking or out.answer_scores):
        return []
    order = out.ranking or range(len(out.answer_scores))
    models = [one_line(_model(item, answer), 40) for answer in order]
    width = max(map(len, models))
    parts: list[Part] = []
    for answer, model in zip(order, models, strict=True):
        parts += [(f"  {letter(answer)}  ", "bold"), (f"{model.ljust(width)}  " if width else "", "")]
        parts.append((f"{_worth(judgement, answer, span)}\n", ""))
    return parts


def share_words(judgement: Judgement) -> str:
    """How sure a verdict on a pair is; empty where there is no telling."""
    out = judgement.outcome
    if out.verdict is None or not out.probabilities or not judgement.votes:
        return ""
    certain = out.source in (ScoreSource.LOGPROBS, ScoreSource.DECISION)
    shares = ", ".join(f"{name.replace('_', ' ')} {share:.0%}" for name, share in out.probabilities.items())
    return f"{'probability' if certain else 'share of replies'}: {shares}"


def _by_places(judgement: Judgement) -> bool:
    """Whether the answers' scores are points for their places, not what the judge gave them."""
    return any(vote.ranking for vote in judgement.votes)


def _model(item: Item, answer: int) -> str:
    return (item.models[answer] or "") if answer < len(item.models) else ""


def _worth(judgement: Judgement, answer: int, span: str) -> str:
    """An answer's score, or how many others it is ranked above."""
    scores = judgement.outcome.answer_scores
    if not scores:
        return ""
    score = scores_words(scores[answer : answer + 1])
    return f"above {score} of {len(scores) - 1} others" if _by_places(judgement) else f"{score}{span}"
