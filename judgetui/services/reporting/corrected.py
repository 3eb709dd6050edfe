"""The rate or mean that a run's judgements come to, and what it would be under people's labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from judgetui.analysis.correction import corrected_mean, corrected_rate
from judgetui.analysis.kinds import Kind
from judgetui.analysis.rogan_gladen import Counts
from judgetui.core.item import OVERALL
from judgetui.core.judgement import JudgedItem
from judgetui.core.scale import NumericScale
from judgetui.core.vote import Status
from judgetui.services.agreement_pairs import compared_values
from judgetui.services.alignment import Study
from judgetui.services.judged_rows import labelled_judgement, result_of, said_of
from judgetui.services.reporting.findings import Absent, Corrects

_WORTH: Final[Mapping[str, float]] = {"A": 1.0, "tie": 0.5, "both_bad": 0.5, "B": 0.0}
"""What a verdict is worth to answer A: neither side's is half a win for both."""

Said = tuple[float | str, float | str | None]
"""What the judge says of an item, and what people say together; None where they say nothing, or their votes draw."""


def corrects_of(study: Study, *, at_random: bool) -> Corrects | Absent:
    """The share of passing labels, the win rate of answer A, or the mean score, of the study's headline criterion.

    Args:
        at_random: whether the labelled items were drawn at random from all.
    """
    if study.headline is None:
        return Absent("nobody has labelled the items that were judged")
    criterion, report = study.headline
    said = _said(study, criterion, report.agreement.kind)
    match report.agreement.kind:
        case Kind.LABEL:
            return _rate(study, said, at_random)
        case Kind.VERDICT:
            worth = [
                (_WORTH[str(judge)], None if label is None else _WORTH[str(label)]) for judge, label in said
            ]
            return _mean(worth, f"win rate of {_system(study)}", (0.0, 1.0), True, at_random)
        case Kind.SCORE:
            scores = [(float(judge), None if label is None else float(label)) for judge, label in said]
            scale = study.version.rubric.scale
            bounds = (float(scale.low), float(scale.high)) if isinstance(scale, NumericScale) else None
            return _mean(scores, "mean score", bounds, False, at_random)


def _said(study: Study, criterion: str, kind: Kind) -> list[Said]:
    """Every item that the judge has a result of, labelled ones first."""
    words = [(each, said_of(each, study.selection.rater)) for each in study.judged]
    rows = [labelled_judgement(each, criterion, said[criterion]) for each, said in words if criterion in said]
    _, labelled = compared_values(criterion, rows)
    found: list[Said] = [(judge, label) for judge, label in labelled if judge is not None]
    for each, said in words:
        result = _result(each, criterion, kind) if criterion not in said else None
        if result is not None:
            found.append((result, None))
    return found


def _result(judged: JudgedItem, criterion: str, kind: Kind) -> float | str | None:
    if judged.status is not Status.OK:
        return None
    if kind is Kind.SCORE:
        return judged.score if criterion == OVERALL else judged.scores.get(criterion)
    result = result_of(judged, criterion)
    return result if isinstance(result, str) else None


def _rate(study: Study, said: Sequence[Said], at_random: bool) -> Corrects | Absent:
    positive = study.positive
    if not isinstance(positive, frozenset):
        return Absent("the rubric names no passing label, so there is no rate to correct")
    passing = {text.casefold() for text in positive}
    judge = [str(given).casefold() in passing for given, _ in said]
    labels = [None if label is None else str(label).casefold() in passing for _, label in said]
    figures = corrected_rate(Counts.of(judge, labels), at_random=at_random)
    return Corrects(f"share of {' or '.join(sorted(positive))}", True, figures)


def _mean(
    said: Sequence[tuple[float, float | None]],
    what: str,
    bounds: tuple[float, float] | None,
    share: bool,
    at_random: bool,
) -> Corrects:
    both = [(judge, label) for judge, label in said if label is not None]
    rest = [judge for judge, label in said if label is None]
    figures = corrected_mean(
        [judge for judge, _ in both], [label for _, label in both], rest, bounds=bounds, at_random=at_random
    )
    return Corrects(what, share, figures)


def _system(study: Study) -> str:
    """Whose win rate it is: the one model that gave every first answer, else the first answer."""
    names = {each.models[0] if each.models else None for each in study.judged}
    name = next(iter(names)) if len(names) == 1 else None
    return name or "answer A"
