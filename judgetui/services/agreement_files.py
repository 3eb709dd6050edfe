"""Reads what `agree` compares, a line at a time: judgements, and the labels of people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judgetui.core.item import OVERALL
from judgetui.core.reading import type_name
from judgetui.core.vote import Status, Verdict
from judgetui.datasets.json_text import decode_lines
from judgetui.datasets.lines import name_of, opened
from judgetui.datasets.records import strict_records
from judgetui.errors import InputError, Place

_EXAMPLE: Final = '{"id": "1", ...}'

LabelValue = float | str

_LARGEST: Final = 1e12
"""A score beyond this is no score; the squares that correlations take stay exact enough below it."""


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """What `agree` needs of a line of a judgements file.

    Args:
        scores: by criterion, `overall` among them.
        labels: by criterion, likewise; a verdict stands apart.
        group: what the field that groups holds; None when it is absent.
        slices: what the fields hold that slice the items, by name; absent ones are left out.
        human: what people said, by criterion and rater; `human` is who is not named.
    """

    line: int
    id: str
    judge: str
    rubric: str
    rubric_hash: str
    status: Status
    scores: Mapping[str, float]
    labels: Mapping[str, str]
    verdict: str | None
    group: str | None
    slices: Mapping[str, str]
    human: Mapping[str, Mapping[str, LabelValue]]


def judged_lines(path: Path, by: str, slices: Sequence[str] = ()) -> Iterator[JudgedLine]:
    """The lines of a judgements file; `-` is stdin.

    Args:
        by: the field whose value is the group.
        slices: the fields whose values slice the items.

    Raises:
        InputError: with file, line and field.
    """
    for line, data in _judged_records(path):
        try:
            yield _judged(line, data, by, slices)
        except InputError as error:
            raise error.at(Place(name_of(path), line)) from None


def label_lines(path: Path) -> Iterator[tuple[int, str, Mapping[str, Mapping[str, LabelValue]]]]:
    """Line, id and what people said, by criterion and rater, of a labels file: JSONL, JSON, a table or
    Parquet.

    An items file with labels is one.

    Raises:
        InputError: with file, line and field.
    """
    for line, data in _objects(strict_records(path), name_of(path)):
        try:
            yield line, _id(data), _human(data)
        except InputError as error:
            raise error.at(Place(name_of(path), line)) from None


def _judged_records(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    name = name_of(path)
    with opened(path) as file:
        yield from _objects(decode_lines(file, name, _EXAMPLE), name)


def _objects(values: Iterable[tuple[int, object]], name: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    for number, value in values:
        if not isinstance(value, Mapping):
            raise InputError(
                f"this is {type_name(value)}, not an object.",
                f"Write one object a line, such as {_EXAMPLE}.",
                place=Place(name, number),
            )
        yield number, value


def _judged(line: int, data: Mapping[str, object], by: str, slices: Sequence[str]) -> JudgedLine:
    score, label = _number(data, "score"), _text(data, "label")
    scores, labels = {} if score is None else {OVERALL: score}, {} if label is None else {OVERALL: label}
    for criterion, part in _mapping(data, "scores"):
        if part is not None:
            scores[criterion] = _as_number(part, f"scores.{criterion}")
    for criterion, part in _mapping(data, "labels"):
        if part is not None:
            labels[criterion] = _plain_text(part, f"labels.{criterion}")
    return JudgedLine(
        line=line,
        id=_id(data),
        judge=_text(data, "judge") or "",
        rubric=_text(data, "rubric") or "",
        rubric_hash=_text(data, "rubric_hash") or "",
        status=_status(data),
        scores=scores,
        labels=labels,
        verdict=_verdict(data),
        group=_part(data, by, "Group"),
        slices={name: part for name in slices if (part := _part(data, name, "Slice")) is not None},
        human=_human(data),
    )


def _id(data: Mapping[str, object]) -> str:
    value = data.get("id")
    if value is None:
        raise InputError("this is missing.", "Every line needs the id of its item.", field="id")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InputError(f"expected text, found {type_name(value)}.", field="id")
    return str(value).strip()


def _status(data: Mapping[str, object]) -> Status:
    text = _text(data, "status")
    known = ", ".join(Status)
    if text is None:
        raise InputError("this is missing.", f"Write one of {known}.", field="status")
    try:
        return Status(text)
    except ValueError:
        raise InputError(f"{text!r} is not known.", f"Use one of {known}.", field="status") from None


def _verdict(data: Mapping[str, object]) -> str | None:
    text = _text(data, "verdict")
    known = {verdict.value.casefold(): verdict.value for verdict in Verdict}
    if text is None or text.casefold() in known:
        return None if text is None else known[text.casefold()]
    raise InputError(f"{text!r} is no verdict.", f"Use one of {', '.join(Verdict)}.", field="verdict")


def _part(data: Mapping[str, object], name: str, verb: str) -> str | None:
    """What a field holds that items are told apart by."""
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool | str | int | float):
        return str(value)
    raise InputError(
        f"expected text or a number, found {type_name(value)}.", f"{verb} by another field.", field=name
    )


def _human(data: Mapping[str, object]) -> dict[str, dict[str, LabelValue]]:
    """What people said by criterion and rater; `overall` is the whole."""
    said: dict[str, dict[str, LabelValue]] = {}
    for key, value in data.items():
        if key != "human" and not key.startswith("human."):
            continue
        parts = value if isinstance(value, Mapping) else {OVERALL: value}
        for criterion, part in parts.items():
            if part is None or (isinstance(part, str) and not part.strip()):
                continue
            field = f"{key}.{criterion}" if isinstance(value, Mapping) else key
            raters = said.setdefault(str(criterion), {})
            rater = key.removeprefix("human.")
            if rater in raters:
                raise InputError("`human` and `human.human` are the same rater.", "Keep one.", field=field)
            raters[rater] = (
                part.strip()
                if isinstance(part, str)
                else _as_number(part, field, "a score, a label or a verdict")
            )
    return said


def label_field(rater: str) -> str:
    """The key of a rater's labels in a file."""
    return "human" if rater == "human" else f"human.{rater}"


def _text(data: Mapping[str, object], key: str) -> str | None:
    value = data.get(key)
    return None if value is None else _plain_text(value, key)


def _plain_text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"expected text, found {type_name(value)}.", "Put it in quotes.", field=field)
    return value.strip()


def _number(data: Mapping[str, object], key: str) -> float | None:
    value = data.get(key)
    return None if value is None else _as_number(value, key)


def _as_number(value: object, field: str, expected: str = "a number") -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"expected {expected}, found {type_name(value)}.", field=field)
    if not -_LARGEST <= value <= _LARGEST:
        raise InputError(f"{value:.3g} is too large for a score.", field=field)
    return float(value)


def _mapping(data: Mapping[str, object], key: str) -> list[tuple[str, object]]:
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, Mapping):
        raise InputError(
            f"expected an object, found {type_name(value)}.", "Write {criterion: value}.", field=key
        )
    return [(str(name), part) for name, part in value.items()]
