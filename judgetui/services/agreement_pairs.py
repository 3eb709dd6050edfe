"""Pairs what a judge said with what people said, for one criterion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Final

from judgetui.analysis.agreement_figures import Agreement, Kind, agreement
from judgetui.analysis.class_rates import Positive
from judgetui.analysis.misses import Miss, misses
from judgetui.analysis.raters import ceiling
from judgetui.core.item import ADJUDICATED, OVERALL
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
        slices: for each field that was asked for, the agreement over the items of each of its values; an item
            without the field is in none.
        misses: the items whose judge and label differ, the largest differences first.
    """

    agreement: Agreement
    skipped: Mapping[str, int]
    counted_as: Failures
    failures: int
    slices: Mapping[str, Mapping[str, Agreement]]
    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """One labelled judgement: what people said, and what the judge said or why nothing.

    Args:
        id: of the item.
        said: what people said of the criterion, by rater; one of them at least. A label by `ADJUDICATED` settles
            what the others said, and is nobody's among raters.
        slices: what the fields hold that slice the items, by field.
        place: where the label stands; None when it is in no file.
    """

    id: str
    said: Mapping[str, LabelValue]
    score: float | None
    label: str | None
    verdict: str | None
    status: Status
    group: str | None
    slices: Mapping[str, str]
    place: Place | None

    @property
    def value(self) -> LabelValue:
        """What the first rater said."""
        return next(iter(self.said.values()))

    def error(self, message: str, hint: str, criterion: str) -> InputError:
        """An error about its label, with the place of it or else the item."""
        field = "human" if criterion == OVERALL else f"human.{criterion}"
        if self.place is None:
            field = f"item {self.id}: {field}"
        return InputError(message, hint, field=field, place=self.place)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A row that the judge has something to say of.

    Args:
        raters: what each person says of it.
        label: what people say together; None when their votes draw.
    """

    row: LabelledRow
    judge: LabelValue
    raters: Mapping[str, LabelValue]
    label: LabelValue | None


def labelled_row(
    line: JudgedLine, criterion: str, said: Mapping[str, LabelValue], place: Place
) -> LabelledRow:
    """The row of a judgements file's line.

    Args:
        said: what people said of the criterion, by rater.
        place: where the label stands.
    """
    verdict = line.verdict if criterion == OVERALL else None
    score, label = line.scores.get(criterion), line.labels.get(criterion)
    return LabelledRow(line.id, said, score, label, verdict, line.status, line.group, line.slices, place)


def report(
    criterion: str,
    rows: Sequence[LabelledRow],
    total: int,
    failures: Failures,
    *,
    slices: Iterable[str] = (),
    positive: Positive | None = None,
) -> Report:
    """Pair what was said of one criterion, and figure it.

    Args:
        rows: its labelled judgements, one or more.
        total: all judgements, labelled or not.
        failures: what unparsed ones count as, where that fits scores or verdicts.
        slices: the fields of the rows to slice by.
        positive: see `agreement`; of no account where it does not fit what is compared.

    Raises:
        InputError: if numbers and texts, or verdicts and labels, are mixed, people did not give what the judge
            gave, or a label is no verdict.
    """
    for row in rows:
        _check(row, criterion)
    kind = _kind(criterion, rows)
    counted_as = failures if (failures, kind) in _COUNTED_AS else Failures.STATE
    pairs: list[_Pair] = []
    skipped = Counter({"no label": total - len(rows)})
    unparsed = 0
    spellings: dict[str, str] = {}
    for row in rows:
        said = {rater: _plain(criterion, row, value, kind, spellings) for rater, value in row.said.items()}
        label = _merged(said, kind)
        given = _given(row, kind, spellings)
        if row.status is Status.UNPARSED:
            unparsed += label is not None
            given = _COUNTED_AS.get((counted_as, kind))
        if label is None:
            skipped["raters draw"] += 1
        elif given is None:
            skipped[f"no {kind}" if row.status is Status.OK else row.status.value] += 1
        if given is not None:
            said.pop(ADJUDICATED, None)
            pairs.append(_Pair(row, given, said, label))
    side = _fitting(positive, kind, spellings)
    return Report(
        _agreement(pairs, kind, side),
        {reason: n for reason, n in skipped.items() if n},
        counted_as,
        unparsed,
        {name: _sliced(pairs, name, kind, side) for name in slices},
        misses(((pair.row.id, pair.judge, pair.label) for pair in pairs if pair.label is not None), kind),
    )


def _agreement(pairs: Sequence[_Pair], kind: Kind, positive: Positive | None) -> Agreement:
    grouped = any(pair.row.group is not None for pair in pairs)
    compared = [(pair.judge, pair.label, pair.row.group) for pair in pairs if pair.label is not None]
    found = agreement(
        [judge for judge, _, _ in compared],
        [label for _, label, _ in compared],
        kind,
        [group for _, _, group in compared] if grouped else (),
        positive=positive,
    )
    people = ceiling(
        [pair.judge for pair in pairs],
        [pair.raters for pair in pairs],
        kind,
        [pair.row.group for pair in pairs] if grouped else (),
    )
    return replace(found, ceiling=people)


def _sliced(pairs: Sequence[_Pair], name: str, kind: Kind, positive: Positive | None) -> dict[str, Agreement]:
    """The agreement over each value of a field, the values in their order."""
    parts: dict[str, list[_Pair]] = {}
    for pair in pairs:
        if name in pair.row.slices:
            parts.setdefault(pair.row.slices[name], []).append(pair)
    return {value: _agreement(part, kind, positive) for value, part in sorted(parts.items())}


def _fitting(positive: Positive | None, kind: Kind, spellings: Mapping[str, str]) -> Positive | None:
    """The positive side as the values are spelt; None when it is of another kind."""
    if positive is None or isinstance(positive, frozenset) == (kind is Kind.SCORE):
        return None
    if not isinstance(positive, frozenset):
        return positive
    spelt = _VERDICTS if kind is Kind.VERDICT else spellings
    return frozenset(spelt.get(text.casefold(), text) for text in positive)


def _check(row: LabelledRow, criterion: str) -> None:
    """Raise an error if people gave numbers and texts, or not what the judge gave."""
    texts = {isinstance(value, str) for value in row.said.values()}
    if len(texts) > 1:
        raise row.error("some raters gave a number, some a text.", "Use one of the two.", criterion)
    if row.status is not Status.OK:
        return
    worded = (row.verdict, row.label) != (None, None)
    if True in texts and row.score is not None and not worded:
        raise row.error(
            f"the label {row.value!r} is text, the judgement has a score.",
            "Write a number without quotes.",
            criterion,
        )
    if False in texts and row.score is None and worded:
        what = "verdict" if row.verdict is not None else "label"
        hint = "Write A, B or tie." if row.verdict is not None else "Write the label that is meant."
        raise row.error(f"the label {row.value:g} is a number, the judgement has a {what}.", hint, criterion)


def _kind(criterion: str, rows: Sequence[LabelledRow]) -> Kind:
    """What is compared, by what people and the judge gave; all rows have to give the same."""
    first = rows[0]
    numbers = not isinstance(first.value, str)
    for row in rows:
        if isinstance(row.value, str) == numbers:
            raise row.error(
                f"this is {_what(not numbers)}; the label at {first.place or first.id} is {_what(numbers)}.",
                "Use one of the two throughout.",
                criterion,
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
    words = all(str(value).casefold() in _VERDICTS for row in rows for value in row.said.values())
    return Kind.VERDICT if words else Kind.LABEL


def _what(number: bool) -> str:
    return "a number" if number else "text"


def _merged(said: Mapping[str, LabelValue], kind: Kind) -> LabelValue | None:
    """What the raters say together, or whoever settled it; None when their votes draw."""
    if ADJUDICATED in said:
        return said[ADJUDICATED]
    if kind is Kind.SCORE:
        return fmean(float(value) for value in said.values())
    (word, most), *others = Counter(said.values()).most_common(2)
    return None if others and others[0][1] == most else word


def _plain(
    criterion: str, row: LabelledRow, value: LabelValue, kind: Kind, spellings: dict[str, str]
) -> LabelValue:
    """A label as it is compared: verdicts by their names, labels as the first of them is spelt."""
    if not isinstance(value, str) or kind is Kind.SCORE:
        return value
    if kind is Kind.LABEL:
        return spellings.setdefault(value.casefold(), value)
    if value.casefold() not in _VERDICTS:
        raise row.error(f"{value!r} is no verdict.", "Write A, B or tie.", criterion)
    return _VERDICTS[value.casefold()]


def _given(row: LabelledRow, kind: Kind, spellings: dict[str, str]) -> LabelValue | None:
    """What the judge said; None when it has no such result."""
    if row.status is not Status.OK:
        return None
    if kind is Kind.SCORE:
        return row.score
    if kind is Kind.LABEL:
        return None if row.label is None else spellings.setdefault(row.label.casefold(), row.label)
    return None if row.verdict is None else _VERDICTS[row.verdict.casefold()]


def compared_values(
    criterion: str, rows: Sequence[LabelledRow]
) -> tuple[Kind, list[tuple[LabelValue | None, LabelValue | None]]]:
    """What is compared, and of each row what the judge and what people say together, spelt alike over all rows.

    Args:
        rows: labelled judgements, one or more; those of several judges may be among them.

    Returns:
        The kind, and pairs in the order of the rows: None where the judge has no result, or people's votes draw.

    Raises:
        InputError: as `report`.
    """
    for row in rows:
        _check(row, criterion)
    kind = _kind(criterion, rows)
    spellings: dict[str, str] = {}
    found: list[tuple[LabelValue | None, LabelValue | None]] = []
    for row in rows:
        said = {rater: _plain(criterion, row, value, kind, spellings) for rater, value in row.said.items()}
        found.append((_given(row, kind, spellings), _merged(said, kind)))
    return kind, found


def misfit(failures: Failures, kinds: set[Kind]) -> InputError:
    """The error where unparsed judgements can count as what is asked for in no criterion."""
    fitting = [option.value for option, kind in _COUNTED_AS if kind in kinds]
    return InputError(
        f"an unparsed judgement cannot count as {failures} among {' and '.join(f'{kind}s' for kind in kinds)}.",
        f"Use --failures {' or '.join(fitting)}." if fitting else "Leave --failures out.",
    )
