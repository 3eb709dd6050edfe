"""How far a judge's verdicts depend on what should not matter."""

from __future__ import annotations

from collections.abc import Iterable

from judgetui.analysis.intervals import Rate, wilson
from judgetui.core.judgement import JudgedItem, Judgement, JudgementRow, row_of
from judgetui.core.vote import Status


def flip_rate(judgements: Iterable[Judgement | JudgementRow | JudgedItem]) -> Rate | None:
    """Share of pairs whose verdict changed with the order, among pairs that were judged in both.

    The complement of MT-Bench's consistency (Zheng et al. 2023, section 3.3). None when no pair was.
    """
    rows = (each if isinstance(each, JudgedItem) else row_of(each) for each in judgements)
    asked = [row for row in rows if row.status is Status.OK and row.consistent is not None]
    return wilson(sum(not row.consistent for row in asked), len(asked))
