"""JSON Schema: valid, strict, and it takes verdicts and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from judgetui.core.rubric import Criterion, Rubric
from judgetui.interchange import ExportContext, export, get_target
from tests.interchange.rubrics import ALL, LABELS, PAIR, POINTWISE, SINGLE


def schema_of(rubric: Rubric) -> dict[str, Any]:
    (file,) = export(get_target("json-schema"), rubric, ExportContext()).files
    assert str(file.path) == "verdict.schema.json"
    found: dict[str, Any] = json.loads(file.text)
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def takes(rubric: Rubric, verdict: object) -> bool:
    return bool(jsonschema.Draft202012Validator(schema_of(rubric)).is_valid(verdict))


@pytest.mark.parametrize("rubric", ALL, ids=lambda rubric: rubric.name)
def test_reasons_come_first_and_everything_is_required(rubric: Rubric) -> None:
    schema = schema_of(rubric)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert next(iter(schema["properties"])) == "reasoning"
    assert schema["required"] == list(schema["properties"])
    assert schema["additionalProperties"] is False


def test_scores() -> None:
    assert takes(POINTWISE, {"reasoning": "x", "score": 4})
    for score in (9, 0, 4.5, "4", None):
        assert not takes(POINTWISE, {"reasoning": "x", "score": score})
    assert not takes(POINTWISE, {"score": 4})
    assert not takes(POINTWISE, {"reasoning": "x", "score": 4, "more": 1})
    assert schema_of(POINTWISE)["properties"]["score"]["description"] == "1 = wrong; 5 = right"


def test_labels_and_verdicts() -> None:
    assert takes(LABELS, {"reasoning": "x", "label": "pass"})
    assert not takes(LABELS, {"reasoning": "x", "label": "Pass"})
    for verdict in ("A", "B", "tie"):
        assert takes(PAIR, {"reasoning": "x", "verdict": verdict})
    assert not takes(PAIR, {"reasoning": "x", "verdict": "C"})


def test_several_criteria_are_several_properties() -> None:
    assert takes(SINGLE, {"reasoning": "x", "facts": 10, "tone": 1})
    assert not takes(SINGLE, {"reasoning": "x", "facts": 10})
    assert schema_of(SINGLE)["properties"]["facts"]["description"] == "They hold."


def test_a_criterion_named_reasoning_keeps_its_name() -> None:
    rubric = replace(SINGLE, criteria=(Criterion("Reasoning"), Criterion("explanation")))
    assert list(schema_of(rubric)["properties"]) == ["rationale", "Reasoning", "explanation"]
