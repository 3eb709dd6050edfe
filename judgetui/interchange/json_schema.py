"""The verdict as a JSON Schema, for any API with structured output."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from judgetui.core.item import Item
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.rubric import Rubric
from judgetui.core.scale import NumericScale, Scale
from judgetui.interchange.base import ExportContext, ExportFile
from judgetui.interchange.prompts import require_verdict

_FILE: Final = PurePosixPath("verdict.schema.json")
_VERDICTS: Final = ["A", "B", "tie"]
_REASON_NAMES: Final = ("reasoning", "explanation", "rationale", "why")


class JsonSchema:
    """A draft 2020-12 schema of the structured verdict, reasons first."""

    name = "json-schema"
    title = "JSON Schema"
    describe = (
        "The structured verdict as a draft 2020-12 JSON Schema: reasoning first, then the scale's points."
    )
    folder = "json-schema"

    def refuse(self, rubric: Rubric) -> str | None:
        """Results that are more than a point or a verdict."""
        return require_verdict(rubric)

    def write(self, rubric: Rubric, context: ExportContext) -> list[ExportFile]:
        """One schema file."""
        text = json.dumps(verdict_schema(rubric), indent=2, ensure_ascii=False) + "\n"
        return [ExportFile(_FILE, text, "For an API with structured output; the prompt is not part of it.")]

    def verify(self, rubric: Rubric, item: Item, files: Sequence[ExportFile]) -> list[str]:
        """Read the schema back and compare its values with the scale's points."""
        properties: dict[str, Any] = json.loads(files[0].text)["properties"]
        values = [part["enum"] for part in properties.values() if "enum" in part]
        expected = [_values(rubric)] * len(rubric.criteria)
        return [] if values == expected else [f"the schema takes {values} where the rubric has {expected}."]


def verdict_schema(rubric: Rubric) -> dict[str, object]:
    """The schema: one property for the verdict, or one for each of several criteria."""
    pairwise = _pairwise(rubric)
    names = (
        {criterion.name.casefold() for criterion in rubric.criteria} if len(rubric.criteria) > 1 else set()
    )
    reason = next(name for name in (*_REASON_NAMES, "reasoning_text") if name not in names)
    properties: dict[str, object] = {
        reason: {"type": "string", "description": "The reasons, before the verdict."}
    }
    scale = scale_of(get_protocol(rubric.protocol), rubric)
    kind = "verdict" if pairwise else "score" if isinstance(scale, NumericScale) else "label"
    for criterion in rubric.criteria:
        about = criterion.description if len(rubric.criteria) > 1 else ""
        points = "A or B is better, or tie." if pairwise else _anchors(scale)
        part: dict[str, object] = {
            "type": "integer" if kind == "score" else "string",
            "enum": _values(rubric),
        }
        if text := "\n".join(bit for bit in (about, points) if bit):
            part["description"] = text
        properties[criterion.name if len(rubric.criteria) > 1 else kind] = part
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{rubric.name} verdict",
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def _pairwise(rubric: Rubric) -> bool:
    return get_protocol(rubric.protocol).card.task_type is TaskType.PAIRWISE


def _values(rubric: Rubric) -> list[object]:
    if _pairwise(rubric):
        return list(_VERDICTS)
    scale = scale_of(get_protocol(rubric.protocol), rubric)
    return list(scale.points) if isinstance(scale, NumericScale) else list(scale.labels)


def _anchors(scale: Scale) -> str:
    return "; ".join(f"{text} = {scale.anchor(text)}" for text in scale.texts if scale.anchor(text))
