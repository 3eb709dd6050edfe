"""How far recorded judgements agree with labels, one report a criterion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Final

from judgetui.analysis.class_rates import Positive
from judgetui.analysis.kinds import Kind
from judgetui.core.item import OVERALL
from judgetui.core.vote import Failures
from judgetui.datasets.lines import name_of
from judgetui.errors import InputError, Place
from judgetui.services.agreement_files import JudgedLine, LabelValue, judged_lines, label_field, label_lines
from judgetui.services.agreement_pairs import LabelledRow, Report, labelled_row, misfit, report

GROUP: Final = "group"
"""The field that groups items unless another is named."""

CATEGORY: Final = "category"
"""The field that slices items unless others are named."""

MOST_SLICES: Final = 50
"""A field with more values than this slices only where it is named."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which judgements are compared, and how.

    Args:
        by: the field that groups items; None takes `group` where it is there.
        judge: only this judge's; None needs a file of one judge.
        rubric: only this rubric's, by name or the start of its hash; None needs a file of one version.
        failures: what unparsed judgements count as.
        slices: the fields that slice the items; None takes `category` where it is there and has few values.
        positive: the verdicts or labels that are the positive side, or the least score that is.
    """

    by: str | None = None
    judge: str | None = None
    rubric: str | None = None
    failures: Failures = Failures.STATE
    slices: tuple[str, ...] | None = None
    positive: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reports:
    """A report for each labelled criterion, `overall` first.

    Args:
        by: the field that groups items.
        unmatched: labelled ids that no judgement has; 0 without a labels file.
        unsliced: how many values `category` has, where that is too many to slice by it unasked; else 0.
    """

    by_criterion: Mapping[str, Report]
    by: str
    unmatched: int
    unsliced: int


@dataclass(slots=True)
class _Labels:
    """Labels of a file by id and criterion, with the line of each id's first."""

    said: dict[str, dict[str, dict[str, LabelValue]]] = field(default_factory=dict)
    line: dict[str, int] = field(default_factory=dict)


def agree(judgements: Path, labels: Path | None, choice: Choice) -> Reports:
    """Compare a judgements file with the labels on its lines, or with those of a labels file.

    Several raters of an item: the mean of scores, the majority of verdicts and labels; a draw is no label. What
    `human.adjudicated` says settles it.

    Args:
        judgements: JSONL, `-` for stdin; it is streamed, only ids and figures are held.
        labels: lines of `{"id", "human"...}`; None takes the labels of the judgements themselves.

    Raises:
        InputError: with file, line and field; also where several judges or rubrics are mixed, nothing is
            labelled, or failures cannot count as what is asked for.
    """
    known = None if labels is None else _read_labels(labels)
    name = name_of(judgements)
    rows: dict[str, list[LabelledRow]] = {}
    seen: set[str] = set()
    grouped = False
    for line in _chosen(judgements, choice):
        seen.add(line.id)
        grouped = grouped or line.group is not None
        said = line.human if known is None else known.said.get(line.id, {})
        place = Place(name, line.line) if known is None else Place(str(labels), known.line.get(line.id, 0))
        for criterion, raters in said.items():
            rows.setdefault(criterion, []).append(labelled_row(line, criterion, raters, place))
    if choice.by is not None and not grouped:
        raise InputError(
            f"no judgement has the field {choice.by!r}.", "Name another with --by.", place=Place(name)
        )
    if not rows:
        raise _nothing_labelled(name, labels)
    slices, unsliced = _slices(choice, rows, name)
    names = sorted(rows, key=lambda criterion: criterion != OVERALL)
    reports = {
        criterion: report(
            criterion,
            rows[criterion],
            len(seen),
            choice.failures,
            slices=slices,
            positive=_positive(choice, rows[criterion][0]),
        )
        for criterion in names
    }
    _check_positive(choice, reports)
    if choice.failures not in {each.counted_as for each in reports.values()}:
        raise misfit(choice.failures, {each.agreement.kind for each in reports.values()})
    unmatched = 0 if known is None else len(known.said.keys() - seen)
    return Reports(reports, choice.by or GROUP, unmatched, unsliced)


def _slices(
    choice: Choice, rows: Mapping[str, Sequence[LabelledRow]], name: str
) -> tuple[tuple[str, ...], int]:
    """The fields to slice by, and how many values keep `category` from being one."""
    values: dict[str, set[str]] = {}
    for criterion in rows:
        for row in rows[criterion]:
            for field_name, value in row.slices.items():
                values.setdefault(field_name, set()).add(value)
    if choice.slices is None:
        count = len(values.get(CATEGORY, ()))
        return ((CATEGORY,), 0) if 0 < count <= MOST_SLICES else ((), count)
    for asked in choice.slices:
        if asked not in values:
            raise InputError(
                f"no labelled judgement has the field {asked!r}.",
                "Name another with --slice.",
                place=Place(name),
            )
    return choice.slices, 0


def _positive(choice: Choice, row: LabelledRow) -> Positive | None:
    """The positive side of a criterion that has a row such as this; None where none is named for its kind."""
    if isinstance(row.value, str):
        return frozenset(choice.positive) or None
    numbers = [number for number in map(_number, choice.positive) if number is not None]
    if len(numbers) > 1:
        raise InputError(
            f"scores have one least value that is positive, not {len(numbers)}.",
            "Name one number.",
            field="--positive",
        )
    return numbers[0] if numbers else None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _check_positive(choice: Choice, reports: Mapping[str, Report]) -> None:
    """Raise an error for a positive side that nothing can be on."""
    kinds = {each.agreement.kind for each in reports.values()}
    words = {
        word
        for each in reports.values()
        if each.agreement.kind is not Kind.SCORE
        for word in each.agreement.label_counts
    }
    words |= {"A", "B", "tie"} if Kind.VERDICT in kinds else set()
    known = {word.casefold() for word in words} | ({"both_bad"} if Kind.VERDICT in kinds else set())
    for text in choice.positive:
        if text.casefold() in known or (Kind.SCORE in kinds and _number(text) is not None):
            continue
        there = ", ".join(sorted(words)) or "a number, the least score that is positive"
        raise InputError(f"nothing is {text!r}.", f"There is: {there}.", field="--positive")


def _chosen(path: Path, choice: Choice) -> Iterator[JudgedLine]:
    """The judgements of one judge under one rubric version, no item twice."""
    name = name_of(path)
    first: dict[str, int] = {}
    chosen: dict[tuple[str, str, str], None] = {}
    there: dict[tuple[str, str], None] = {}
    slices = (CATEGORY,) if choice.slices is None else choice.slices
    for line in judged_lines(path, choice.by or GROUP, slices):
        there[line.judge, line.rubric] = None
        if choice.judge not in {None, line.judge} or not _is_rubric(line, choice.rubric):
            continue
        chosen[line.judge, line.rubric, line.rubric_hash] = None
        if len(chosen) > 1:
            continue  # that is an error, which names all there are
        if line.id in first:
            raise InputError(
                f"the id {line.id!r} is there twice, first on line {first[line.id]}.",
                "Keep one judgement of each item.",
                field="id",
                place=Place(name, line.line),
            )
        first[line.id] = line.line
        yield line
    if len(chosen) > 1:
        raise _several(name, list(chosen))
    if not there:
        raise InputError(
            "the file holds no judgements.", "`judgetui run --out` writes some.", place=Place(name)
        )
    if not chosen:
        pairs = ", ".join(f"--judge {judge} --rubric {rubric}" for judge, rubric in there)
        raise InputError(
            "no judgement is of this judge and rubric.", f"There are: {pairs}.", place=Place(name)
        )


def _is_rubric(line: JudgedLine, wanted: str | None) -> bool:
    return wanted is None or wanted == line.rubric or (wanted != "" and line.rubric_hash.startswith(wanted))


def _several(name: str, keys: Sequence[tuple[str, str, str]]) -> InputError:
    judges, rubrics, hashes = ({key[part] for key in keys} for part in range(3))
    if len(judges) > 1:
        what, option, there = "judges", "--judge", sorted(judges)
    elif len(rubrics) > 1:
        what, option, there = "rubrics", "--rubric", sorted(rubrics)
    else:
        what, option, there = "versions of one rubric", "--rubric", sorted(digest[:12] for digest in hashes)
    return InputError(
        f"the judgements are those of {len(there)} {what}, and figures would mix them.",
        f"Choose one with {option}: {', '.join(there)}.",
        place=Place(name),
    )


def _nothing_labelled(name: str, labels: Path | None) -> InputError:
    if labels is None:
        return InputError(
            "no judgement has a label.",
            "Add `human` to the items, or name a file of labels with --labels.",
            place=Place(name),
        )
    return InputError(
        f"no id of this file is in {name}.", "The ids of both have to be the same.", place=Place(str(labels))
    )


def _read_labels(path: Path) -> _Labels:
    labels = _Labels()
    for line, identity, human in label_lines(path):
        known = labels.said.setdefault(identity, {})
        labels.line.setdefault(identity, line)
        for criterion, raters in human.items():
            before = known.setdefault(criterion, {})
            twice = next((rater for rater in raters if rater in before), None)
            if twice is not None:
                raise InputError(
                    f"the id {identity!r} has this label already.",
                    "Keep one, or name the raters: human.anna, human.ben.",
                    field=label_field(twice),
                    place=Place(str(path), line),
                )
            before |= raters
    labels.said = {identity: said for identity, said in labels.said.items() if said}
    if not labels.said:
        raise InputError(
            "the file holds no labels.", 'Write {"id": ..., "human": ...}.', place=Place(str(path))
        )
    return labels
