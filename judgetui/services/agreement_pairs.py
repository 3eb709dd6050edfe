"""Pairs what a judge said with what people said, for one criterion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from judgetui.analysis.agreement_figures import Agreement, Kind, agreement
from judgetui.core.item import OVERALL
from judgetui.core.vote import Failures, Status
from judgetui.errors import InputError, Place
from judgetui.services.agreement_files import JudgedLine, LabelValue

_VERDICTS: Final = {"a": "A", "b": "B", "tie": "tie", "both_bad": "tie"}

_COUNTED_AS: Final[Mapping[tuple[Failures, Kind], float | str]] = {
    (Failures.TIE, Kind.VERDICT): "tie",
    (Failures.ZERO, Kind.SCORE): 0.0,
    (Failures.MINUS_ONE, Kind.SCORE): -1.0,
}
"""What an unparsed judgement counts as where the user asks for it: a tie as in PandaLM, 0 as in G-Eval's evaluation,
-1 as in Vicuna's and QLoRA's reviews."""


@dataclass(frozen=True, slots=True)
class Report:
    """How far the judgements of one criterion agree with its labels.

    Args:
        skipped: judgements that could not be compared, by reason.
        counted_as: what unparsed judgements count as; `state` leaves them out.
        failures: unparsed judgements that have a label.
    """

    agreement: Agreement
    skipped: Mapping[str, int]
    counted_as: Failures
    failures: int


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """One labelled judgement: where its label stands, what people said, what the judge said or why nothing."""

    place: Place
    said: tuple[LabelValue, ...]
    score: float | None
    label: str | None
    verdict: str | None
    status: Status
    group: str | None


def _field(criterion: str) -> str:
    """The label's field as messages name it."""
    return "human" if criterion == OVERALL else f"human.{criterion}"


def labelled_row(line: JudgedLine, criterion: str, said: tuple[LabelValue, ...], place: Place) -> LabelledRow:
    """A labelled judgement.

    Raises:
        InputError: if people gave numbers and texts, or not what the judge gave.
    """
    texts = {isinstance(value, str) for value in said}
    human = _field(criterion)
    if len(texts) > 1:
        raise InputError(
            "some raters gave a number, some a text.", "Use one of the two.", field=human, place=place
        )
    verdict = line.verdict if criterion == OVERALL else None
    score, label = line.scores.get(criterion), line.labels.get(criterion)
    if line.status is Status.OK and True in texts and score is not None and (verdict, label) == (None, None):
        raise InputError(
            f"the label {said[0]!r} is text, the judgement has a score.",
            "Write a number without quotes.",
            field=human,
            place=place,
        )
    if line.status is Status.OK and False in texts and score is None and (verdict, label) != (None, None):
        what = "verdict" if verdict is not None else "label"
        hint = "Write A, B or tie." if verdict is not None else "Write the label that is meant."
        raise InputError(
            f"the label {said[0]:g} is a number, the judgement has a {what}.", hint, field=human, place=place
        )
    return LabelledRow(place, said, score, label, verdict, line.status, line.group)


def report(criterion: str, rows: Sequence[LabelledRow], total: int, failures: Failures) -> Report:
    """Pair what was said of one criterion, and figure it.

    Args:
        rows: its labelled judgements, one or more.
        total: all judgements, labelled or not.
        failures: what unparsed ones count as, where that fits scores or verdicts.

    Raises:
        InputError: if numbers and texts, or verdicts and labels, are mixed, or a label is no verdict.
    """
    kind = _kind(criterion, rows)
    counted_as = failures if (failures, kind) in _COUNTED_AS else Failures.STATE
    judge: list[LabelValue] = []
    labels: list[LabelValue] = []
    groups: list[str | None] = []
    skipped = Counter({"no label": total - len(rows)})
    unparsed = 0
    spellings: dict[str, str] = {}
    for row in rows:
        label = _merged(criterion, row, kind, spellings)
        given = _given(row, kind, spellings)
        if label is None:
            skipped["raters draw"] += 1
            continue
        if row.status is Status.UNPARSED:
            unparsed += 1
            given = _COUNTED_AS.get((counted_as, kind))
        if given is None:
            skipped[f"no {kind}" if row.status is Status.OK else row.status.value] += 1
        else:
            judge.append(given)
            labels.append(label)
            groups.append(row.group)
    figures = agreement(judge, labels, kind, groups if any(group is not None for group in groups) else ())
    return Report(figures, {reason: n for reason, n in skipped.items() if n}, counted_as, unparsed)


def _kind(criterion: str, rows: Sequence[LabelledRow]) -> Kind:
    """What is compared, by what people and the judge gave; all rows have to give the same."""
    first = rows[0]
    numbers = not isinstance(first.said[0], str)
    human = _field(criterion)
    for row in rows:
        if isinstance(row.said[0], str) == numbers:
            raise InputError(
                f"this is {_what(not numbers)}; the label at {first.place} is {_what(numbers)}.",
                "Use one of the two throughout.",
                field=human,
                place=row.place,
            )
    if numbers:
        return Kind.SCORE
    given = [row for row in rows if row.status is Status.OK and (row.verdict, row.label) != (None, None)]
    verdicts = [row.verdict is not None for row in given]
    if len(set(verdicts)) > 1:
        odd = given[verdicts.index(not verdicts[0])]
        raise InputError(
            "some judgements have a verdict, some a label.", "Compare them apart.", place=odd.place
        )
    if verdicts:
        return Kind.VERDICT if verdicts[0] else Kind.LABEL
    words = all(str(value).casefold() in _VERDICTS for row in rows for value in row.said)
    return Kind.VERDICT if words else Kind.LABEL


def _what(number: bool) -> str:
    return "a number" if number else "text"


def _merged(criterion: str, row: LabelledRow, kind: Kind, spellings: dict[str, str]) -> LabelValue | None:
    """What the raters say together; None when their votes draw."""
    if kind is Kind.SCORE:
        return fmean(float(value) for value in row.said)
    human = _field(criterion)
    words = [str(value) for value in row.said]
    if kind is Kind.VERDICT:
        for word in words:
            if word.casefold() not in _VERDICTS:
                raise InputError(
                    f"{word!r} is no verdict.", "Write A, B or tie.", field=human, place=row.place
                )
        votes = Counter(_VERDICTS[word.casefold()] for word in words)
    else:
        votes = Counter(spellings.setdefault(word.casefold(), word) for word in words)
    (word, most), *others = votes.most_common(2)
    return None if others and others[0][1] == most else word


def _given(row: LabelledRow, kind: Kind, spellings: dict[str, str]) -> LabelValue | None:
    """What the judge said; None when it has no such result."""
    if row.status is not Status.OK:
        return None
    if kind is Kind.SCORE:
        return row.score
    if kind is Kind.LABEL:
        return None if row.label is None else spellings.setdefault(row.label.casefold(), row.label)
    return None if row.verdict is None else _VERDICTS[row.verdict.casefold()]


def misfit(failures: Failures, kinds: set[Kind]) -> InputError:
    """The error where unparsed judgements can count as what is asked for in no criterion."""
    fitting = [option.value for option, kind in _COUNTED_AS if kind in kinds]
    return InputError(
        f"an unparsed judgement cannot count as {failures} among {' and '.join(f'{kind}s' for kind in kinds)}.",
        f"Use --failures {' or '.join(fitting)}." if fitting else "Leave --failures out.",
    )
