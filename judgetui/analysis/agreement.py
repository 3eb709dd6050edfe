"""How far a judge agrees with labels."""

from __future__ import annotations

from collections.abc import Iterable

from judgetui.analysis.intervals import Rate, wilson
from judgetui.core.judgement import Judgement, JudgementRow, row_of
from judgetui.core.vote import Status


def matches_label(judgement: Judgement | JudgementRow) -> bool | None:
    """Whether a judgement says what the item's first overall label says.

    Scores are compared after rounding to the nearest scale point, halves to the even one.
    None when there is no label, or nothing to compare.
    """
    row = row_of(judgement)
    if row.status is not Status.OK:
        return None
    label = next((label for label in row.labels if label.criterion is None), None)
    if label is None:
        return None
    if isinstance(label.value, str):
        given = row.verdict.value if row.verdict is not None else row.label
        return None if given is None else given.casefold() == label.value.casefold()
    return None if row.score is None else round(row.score) == round(label.value)


def accuracy(judgements: Iterable[Judgement | JudgementRow]) -> Rate | None:
    """Share of judgements that match their label, among those that have both; None when none has."""
    known = [match for match in map(matches_label, judgements) if match is not None]
    return wilson(sum(known), len(known))
