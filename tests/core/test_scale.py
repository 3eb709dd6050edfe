"""Scales: points, anchors, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from judgetui.core.reading import MappingReader
from judgetui.core.scale import LabelScale, NumericScale, Scale, scale_from_reader, scale_mapping
from judgetui.errors import RubricError


def read(data: object) -> Scale:
    return scale_from_reader(MappingReader(data, RubricError, "scale"))


def test_a_numeric_scale_has_whole_points() -> None:
    scale = NumericScale(-1, 1, {-1: " bad ", 0: "  "})
    assert scale.points == (-1, 0, 1)
    assert scale.texts == ("-1", "0", "1")
    assert (scale.value("-1"), scale.value("2"), scale.value("x")) == (-1.0, None, None)
    assert (scale.anchor("-1"), scale.anchor("0"), scale.anchor("9")) == ("bad", "", "")
    assert scale.anchors == {-1: "bad"}


def test_a_label_scale_has_labels_in_order() -> None:
    scale = LabelScale((" fail", "pass "), ("pass",), {"fail": 0, "pass": 1}, {"pass": "fine", "fail": ""})
    assert scale.texts == ("fail", "pass")
    assert (scale.value("pass"), scale.value("Pass")) == (1.0, None)
    assert scale.anchors == {"pass": "fine"}
    assert LabelScale(("a", "b")).value("a") is None


@pytest.mark.parametrize(
    ("low", "high", "anchors", "field", "message"),
    [
        (5, 5, {}, "scale", "no points between min 5 and max 5"),
        (5, 1, {}, "scale", "no points"),
        (0, 101, {}, "scale", "102 points; the most is 101"),
        (1, 5, {6: "x"}, "scale.anchors.6", "anchor 6 is not on the scale 1 to 5"),
    ],
)
def test_broken_numeric_scales(
    low: int, high: int, anchors: dict[int, str], field: str, message: str
) -> None:
    with pytest.raises(RubricError, match=message) as caught:
        NumericScale(low, high, anchors)
    assert caught.value.field == field
    assert caught.value.hint


@pytest.mark.parametrize(
    ("settings", "field", "message"),
    [
        ({"labels": ("a",)}, "scale.labels", "has 1 labels"),
        ({"labels": ("a", " ")}, "scale.labels", "a label is empty"),
        ({"labels": ("a", "A")}, "scale.labels", "two labels are the same"),
        ({"labels": ("a", "b"), "passing": ("c",)}, "scale.pass", "'c' is not one of the labels"),
        ({"labels": ("a", "b"), "values": {"c": 1}}, "scale.values", "'c' is not one of the labels"),
        ({"labels": ("a", "b"), "anchors": {"c": "x"}}, "scale.anchors", "'c' is not one of the labels"),
        ({"labels": ("a", "b"), "values": {"a": 1}}, "scale.values", "no value for b"),
    ],
)
def test_broken_label_scales(settings: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(RubricError, match=message) as caught:
        LabelScale(**settings)
    assert caught.value.field == field
    assert caught.value.hint


@pytest.mark.parametrize(
    "data",
    [
        {"min": 0, "max": 100},
        {"min": 1, "max": 5, "anchors": {1: "bad", 5: "good"}},
        {"labels": ["fail", "pass"]},
        {"labels": ["a", "b"], "pass": ["b"], "values": {"a": 0.0, "b": 1.0}, "anchors": {"b": "fine"}},
    ],
)
def test_a_scale_is_written_as_it_was_read(data: dict[str, object]) -> None:
    assert scale_mapping(read(data)) == data


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ({}, "scale", "no points"),
        ({"min": 1}, "scale", "no points"),
        ({"min": 1.5, "max": 5}, "scale.min", "expected a whole number, found a number"),
        ({"min": True, "max": 5}, "scale.min", "found true or false"),
        ({"min": 1, "max": 10**6}, "scale.max", "out of range"),
        ({"min": 1, "max": 5, "anchors": {"good": "x"}}, "scale.anchors.good", "not a whole number"),
        ({"min": 1, "max": 5, "anchors": {1: 2}}, "scale.anchors.1", "expected text, found a number"),
        ({"min": 1, "max": 5, "anchors": []}, "scale.anchors", "expected a mapping, found a list"),
        ({"min": 1, "max": 5, "step": 1}, "scale.step", "not a known key"),
        ({"labels": ["a", 1]}, "scale.labels.1", "expected text, found a number"),
        ({"labels": ["a", "b"], "passes": ["b"]}, "scale.passes", "Did you mean 'pass'"),
        (
            {"labels": ["a", "b"], "values": {"a": "1", "b": 2}},
            "scale.values.a",
            "expected a number, found text",
        ),
        ("1-5", "scale", "this is text, not a mapping"),
    ],
)
def test_broken_scales_in_files(data: object, field: str, message: str) -> None:
    with pytest.raises(RubricError) as caught:
        read(data)
    assert caught.value.field == field
    assert message in str(caught.value)
