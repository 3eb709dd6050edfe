"""Where a judge and the labels differ, the largest differences first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from judgetui.analysis.agreement_figures import Kind


@dataclass(frozen=True, slots=True)
class Miss:
    """An item of which the judge says something else than its label.

    Args:
        id: of the item.
        judge: a score, a verdict or a label.
        label: what people say, of the same sort.
        size: how far they are apart. Of scores the distance, in points; of verdicts 2 between A and B, 1 between
            one of them and a tie; of labels 1.
    """

    id: str
    judge: float | str
    label: float | str
    size: float


def misses(pairs: Iterable[tuple[str, float | str, float | str]], kind: Kind) -> tuple[Miss, ...]:
    """The pairs whose sides differ, by size downwards, then by id.

    Scores differ when they round to different points, halves to the even one, as they do in the accuracy.

    Args:
        pairs: id, judge's value and label of each item; of scores both are numbers.
    """
    found = (
        Miss(identity, judge, label, _size(judge, label, kind))
        for identity, judge, label in pairs
        if _point(judge) != _point(label)
    )
    return tuple(sorted(found, key=lambda miss: (-miss.size, miss.id)))


def _point(value: float | str) -> float | str:
    return value if isinstance(value, str) else round(value)


def _size(judge: float | str, label: float | str, kind: Kind) -> float:
    if isinstance(judge, str) or isinstance(label, str):
        return 2.0 if kind is Kind.VERDICT and {judge, label} == {"A", "B"} else 1.0
    return abs(judge - label)
