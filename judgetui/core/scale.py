"""Scales: the points a judge may answer with, and what each is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from judgetui.core.reading import MappingReader, type_name
from judgetui.errors import RubricError

_Point = TypeVar("_Point")

MAX_POINTS = 101
"""A numeric scale has at most this many points, enough for 0 to 100."""


@dataclass(frozen=True, slots=True)
class NumericScale:
    """Whole numbers from `low` to `high`, both included.

    Raises:
        RubricError: if the range is empty or too long, or an anchor is not a point.
    """

    low: int
    high: int
    anchors: Mapping[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "anchors", _texts(self.anchors))
        if self.low >= self.high:
            raise RubricError(
                f"the scale has no points between min {self.low} and max {self.high}.",
                "Write min smaller than max, such as {min: 1, max: 5}.",
                field="scale",
            )
        if self.high - self.low >= MAX_POINTS:
            raise RubricError(
                f"the scale has {self.high - self.low + 1} points; the most is {MAX_POINTS}.",
                "Use a coarser scale.",
                field="scale",
            )
        for point in self.anchors:
            if point not in self.points:
                raise RubricError(
                    f"anchor {point} is not on the scale {self.low} to {self.high}.",
                    f"Give anchors for whole numbers from {self.low} to {self.high}.",
                    field=f"scale.anchors.{point}",
                )

    @property
    def points(self) -> tuple[int, ...]:
        """Every point, lowest first."""
        return tuple(range(self.low, self.high + 1))

    @property
    def texts(self) -> tuple[str, ...]:
        """Every point as the judge writes it."""
        return tuple(str(point) for point in self.points)

    def value(self, text: str) -> float | None:
        """What a point written as `text` is worth; None if it is no point."""
        return float(text) if text in self.texts else None

    def anchor(self, text: str) -> str:
        """The description of a point, empty when it has none."""
        return self.anchors.get(int(text), "") if text in self.texts else ""


@dataclass(frozen=True, slots=True)
class LabelScale:
    """Named answers, in order.

    Args:
        labels: the answers a judge may give; no two equal when case is ignored.
        passing: the labels that count as a pass; may be empty.
        values: what each label is worth; empty, or a number for every label.
        anchors: a description of each label.

    Raises:
        RubricError: if there are fewer than two labels, duplicates, or an unknown label in a mapping.
    """

    labels: tuple[str, ...]
    passing: tuple[str, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    anchors: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("labels", "passing"):
            object.__setattr__(self, name, tuple(text.strip() for text in getattr(self, name)))
        # Whole numbers and floats are one value, so they must give one hash.
        object.__setattr__(self, "values", {label: float(value) for label, value in self.values.items()})
        object.__setattr__(self, "anchors", _texts(self.anchors))
        if len(self.labels) < 2:
            raise RubricError(
                f"the scale has {len(self.labels)} labels; it needs two or more.",
                "Write labels such as {labels: [pass, fail]}.",
                field="scale.labels",
            )
        if any(not label.strip() for label in self.labels):
            raise RubricError("a label is empty.", "Give every label a name.", field="scale.labels")
        if len({label.casefold() for label in self.labels}) < len(self.labels):
            raise RubricError(
                "two labels are the same.", "Give each a name of its own.", field="scale.labels"
            )
        known = set(self.labels)
        for name, keys in (("pass", self.passing), ("values", self.values), ("anchors", self.anchors)):
            for key in keys:
                if key not in known:
                    raise RubricError(
                        f"{key!r} is not one of the labels.",
                        f"The labels are {', '.join(self.labels)}.",
                        field=f"scale.{name}",
                    )
        if self.values and (missing := known - set(self.values)):
            raise RubricError(
                f"no value for {', '.join(sorted(missing))}.",
                "Give every label a value, or none.",
                field="scale.values",
            )

    @property
    def texts(self) -> tuple[str, ...]:
        """Every label as the judge writes it."""
        return self.labels

    def value(self, text: str) -> float | None:
        """What a label is worth; None if it is no label or labels have no values."""
        return self.values.get(text)

    def anchor(self, text: str) -> str:
        """The description of a label, empty when it has none."""
        return self.anchors.get(text, "")


def _texts(anchors: Mapping[_Point, str]) -> dict[_Point, str]:
    """Anchors without white space at either end; an empty one is none."""
    return {point: text.strip() for point, text in anchors.items() if text.strip()}


Scale = NumericScale | LabelScale


def scale_mapping(scale: Scale) -> dict[str, object]:
    """A scale as a rubric file holds it."""
    data: dict[str, object]
    if isinstance(scale, NumericScale):
        data = {"min": scale.low, "max": scale.high}
        if scale.anchors:
            data["anchors"] = {point: scale.anchors[point] for point in sorted(scale.anchors)}
        return data
    data = {"labels": list(scale.labels)}
    if scale.passing:
        data["pass"] = list(scale.passing)
    if scale.values:
        data["values"] = {label: scale.values[label] for label in scale.labels}
    if scale.anchors:
        data["anchors"] = {label: scale.anchors[label] for label in scale.labels if label in scale.anchors}
    return data


def scale_from_reader(reader: MappingReader) -> Scale:
    """Read `{min, max, anchors}` or `{labels, pass, values, anchors}`."""
    if reader.has("labels"):
        labels = reader.texts("labels")
        passing = reader.texts("pass")
        values: dict[str, float] = {}
        for key, value in reader.mapping("values").items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise reader.fail(f"values.{key}", f"expected a number, found {type_name(value)}.")
            values[str(key)] = float(value)
        named = {str(key): text for key, text in _anchor_texts(reader).items()}
        reader.finish()
        return LabelScale(labels, passing, values, named)
    low, high = reader.whole("min", -1000, 1000), reader.whole("max", -1000, 1000)
    if low is None or high is None:
        raise reader.fail("", "the scale has no points.", "Write {min: 1, max: 5} or {labels: [pass, fail]}.")
    anchors: dict[int, str] = {}
    for point, text in _anchor_texts(reader).items():
        try:
            anchors[int(str(point))] = text
        except ValueError:
            raise reader.fail(f"anchors.{point}", f"{point!r} is not a whole number.") from None
    reader.finish()
    return NumericScale(low, high, anchors)


def _anchor_texts(reader: MappingReader) -> dict[object, str]:
    found: dict[object, str] = {}
    for key, value in reader.mapping("anchors").items():
        if not isinstance(value, str):
            raise reader.fail(
                f"anchors.{key}", f"expected text, found {type_name(value)}.", "Put it in quotes."
            )
        found[key] = value.strip()
    return found
