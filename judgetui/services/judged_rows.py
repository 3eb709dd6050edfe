"""A session's judgements beside what people said of their items, by criterion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from judgetui.core.item import OVERALL
from judgetui.core.judgement import JudgedItem
from judgetui.core.rubric import Rubric
from judgetui.services.agreement_pairs import LabelledRow

Said = Mapping[str, Mapping[str, float | str]]
"""What people said of an item: by criterion, `overall` for the whole, and rater."""


def said_of(judged: JudgedItem, rater: str | None = None) -> dict[str, dict[str, float | str]]:
    """What people said of an item, by criterion and rater; with `rater`, that one's alone."""
    found: dict[str, dict[str, float | str]] = {}
    for label in judged.said:
        if rater in (None, label.rater):
            found.setdefault(label.criterion or OVERALL, {})[label.rater] = label.value
    return found


def criteria_of(rubric: Rubric, said: Iterable[Said]) -> list[str]:
    """The labelled criteria: the whole, the rubric's in their order, then others that people labelled."""
    labelled = {criterion: None for each in said for criterion in each}
    known = [OVERALL, *(criterion.name for criterion in rubric.criteria)]
    return [name for name in known if name in labelled] + [name for name in labelled if name not in known]


def labelled_judgement(judged: JudgedItem, criterion: str, said: Mapping[str, float | str]) -> LabelledRow:
    """The row of a judgement for one criterion.

    Args:
        said: what people said of that criterion, by rater.
    """
    whole = criterion == OVERALL
    return LabelledRow(
        id=judged.item_id,
        said=said,
        score=judged.score if whole else judged.scores.get(criterion),
        label=judged.label if whole else judged.labels.get(criterion),
        verdict=judged.verdict.value if whole and judged.verdict is not None else None,
        status=judged.status,
        group=judged.group,
        slices=fields_of(judged),
        place=None,
    )


def fields_of(judged: JudgedItem) -> dict[str, str]:
    """What an item can be told apart by; a pair has no one model."""
    model = judged.models[0] if len(judged.models) == 1 else None
    found = {"category": judged.category, "split": judged.split, "model": model}
    return {name: value for name, value in found.items() if value is not None}


def result_of(judged: JudgedItem, criterion: str) -> float | str | None:
    """What the judge said of a criterion: a verdict, else a label, else a score; None where it has no result."""
    if criterion == OVERALL:
        if judged.verdict is not None:
            return judged.verdict.value
        return judged.label if judged.label is not None else judged.score
    label = judged.labels.get(criterion)
    return label if label is not None else judged.scores.get(criterion)
