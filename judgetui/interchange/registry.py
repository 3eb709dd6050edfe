"""Every target by name, and the one way to export: refuse, write, read back."""

from __future__ import annotations

from dataclasses import dataclass

from judgetui.core.item import Item
from judgetui.core.protocols.base import fits
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reading import nearest
from judgetui.core.rubric import Rubric
from judgetui.errors import ExportError
from judgetui.interchange.base import ExportContext, ExportFile, Target
from judgetui.interchange.json_schema import JsonSchema
from judgetui.interchange.markdown import Markdown
from judgetui.interchange.promptfoo import Promptfoo
from judgetui.interchange.prompts import sample_item

_TARGETS: dict[str, Target] = {target.name: target for target in (Markdown(), JsonSchema(), Promptfoo())}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written for one target.

    Args:
        differences: what the tool's prompt says otherwise than the screen's; empty when identical.
    """

    target: Target
    files: tuple[ExportFile, ...]
    differences: tuple[str, ...]


def targets() -> tuple[Target, ...]:
    """All targets, in the order they are listed."""
    return tuple(_TARGETS.values())


def get_target(name: str) -> Target:
    """The target of that name.

    Raises:
        ExportError: naming the nearest known target.
    """
    found = _TARGETS.get(name)
    if found is None:
        near = nearest(name, _TARGETS)
        hint = f"Did you mean {near!r}?" if near else f"Known are {', '.join(_TARGETS)}."
        raise ExportError(f"{name!r} is not a known target.", hint)
    return found


def export(target: Target, rubric: Rubric, context: ExportContext) -> Exported:
    """Write a rubric for a target and read it back.

    Read back with each of the context's items that the rubric can judge, or with a made-up one if there is
    none.

    Raises:
        ExportError: if the target cannot carry the rubric.
        RubricError: if the rubric's protocol or template is broken.
    """
    reason = target.refuse(rubric)
    if reason is not None:
        raise ExportError(f"{target.title} cannot carry {rubric.name!r}: {reason}")
    files = tuple(target.write(rubric, context))
    for file in files:
        if not _writable(file.text):
            raise ExportError(
                f"{file.path}: half a character (surrogate) cannot be written to a file.", "Remove it."
            )
    items = [item for item in context.items if _judgeable(rubric, item)] or [sample_item(rubric)]
    found = [
        f"item {item.id}: {difference}" for item in items for difference in target.verify(rubric, item, files)
    ]
    return Exported(target, files, tuple(found))


def _judgeable(rubric: Rubric, item: Item) -> bool:
    required = (spec.name for spec in rubric.inputs if not spec.optional)
    return fits(get_protocol(rubric.protocol), item) and all(
        item.fields.get(name) is not None for name in required
    )


def _writable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
