"""What is likely wrong in a rubric that can be read: things a run would not stop at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from judgetui.core.item import Item
from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.cards import Result, TaskType
from judgetui.core.protocols.prompting import TURNED
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import answer_names, effective_template, prompt, scale_of
from judgetui.core.request import Order
from judgetui.core.rubric import Rubric
from judgetui.core.template import fields
from judgetui.errors import RubricError, TemplateError

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at.

    Args:
        level: an error makes results useless; a warning makes them worse, or is a sign of a slip.
        field: dotted path of the field, as in `RubricError`.
        hint: what to do about it.
        line: in the text of the field, from 1; 0 for the field as a whole.
    """

    level: Level
    field: str
    message: str
    hint: str
    line: int = 0


def lint(rubric: Rubric) -> list[Finding]:
    """Everything that the checks find, errors first."""
    try:
        protocol = get_protocol(rubric.protocol)
        effective_template(protocol, rubric)
    except RubricError as error:
        return [Finding("error", error.field, error.message, error.hint, error.place.line)]
    found = [finding for check in _CHECKS for finding in check(protocol, rubric)]
    return sorted(found, key=lambda finding: finding.level != "error")


def _unused_keys(protocol: JudgeProtocol, rubric: Rubric) -> Iterator[Finding]:
    name = protocol.card.name
    single = protocol.card.task_type is TaskType.POINTWISE
    used = fields(effective_template(protocol, rubric))
    answers = protocol.answers[0]
    unused = {
        "scale": protocol.default_scale is None
        and rubric.scale is not None
        and "scale" not in used
        and protocol.labels(rubric, answers) == protocol.labels(replace(rubric, scale=None), answers),
        "steps": bool(rubric.steps) and "steps" not in used,
        "order": single and rubric.order is not None,
        "sampling.top_logprobs": not protocol.uses_logprobs and bool(rubric.sampling.top_logprobs),
    }
    for field, is_unused in unused.items():
        if not is_unused:
            continue
        if field == "steps" and rubric.template is not None and protocol.uses_steps:
            yield Finding(
                "warning", field, "the template does not show the steps.", "Write {{ steps }} in it."
            )
        else:
            yield Finding("warning", field, f"{name} does not use `{field}`.", "Remove it.")


def _renders(protocol: JudgeProtocol, rubric: Rubric) -> Iterator[Finding]:
    """A trial with made-up fields; only a warning, since real items may have what the made-up one lacks."""
    if rubric.template is None:
        return
    pointwise = protocol.card.task_type is TaskType.POINTWISE
    item = Item(
        "trial", ("text",) if pointwise else ("text", "text"), {i.name: "text" for i in rubric.inputs}
    )
    if protocol.turns:
        item = replace(
            item,
            responses=tuple(("text", "text") for _ in item.responses),
            fields={i.name: ["text", "text"] for i in rubric.inputs},
        )
    try:
        prompt(protocol, rubric, item, rubric.criteria[0], None if pointwise else Order.AB)
    except TemplateError as error:
        hint = error.hint or "Try it on an item."
        yield Finding("warning", error.field or "template", error.message, hint, error.place.line)


def _steps(protocol: JudgeProtocol, rubric: Rubric) -> Iterator[Finding]:
    if not rubric.steps and "steps" in fields(effective_template(protocol, rubric)):
        yield Finding(
            "warning",
            "steps",
            "there are no evaluation steps.",
            "Generate and freeze them; without them agreement with people is lower.",
        )


def _anchors(protocol: JudgeProtocol, rubric: Rubric) -> Iterator[Finding]:
    if protocol.card.result not in {Result.POINT, Result.POINTS}:
        return
    if rubric.template is not None and "scale" not in fields(rubric.template):
        return  # it shows no anchors, whichever there are
    scale = scale_of(protocol, rubric)
    ends = (scale.texts[0], scale.texts[-1])
    if not any(scale.anchor(end) for end in ends):
        yield Finding(
            "warning",
            "scale",
            f"neither end of the scale, {ends[0]} or {ends[1]}, has an anchor.",
            "Say what the lowest and the highest point stand for.",
        )


def _task(protocol: JudgeProtocol, rubric: Rubric) -> Iterator[Finding]:
    if not rubric.task:
        yield Finding("warning", "task", "the task is empty.", "Say in a sentence what is judged.")


def _criteria(protocol: JudgeProtocol, rubric: Rubric) -> Iterator[Finding]:
    for index, criterion in enumerate(rubric.criteria):
        if not criterion.description:
            yield Finding(
                "warning",
                f"criteria.{index}.description",
                f"{criterion.name} has no description.",
                "Say what a good response has.",
            )
    if not any(criterion.weight for criterion in rubric.criteria):
        yield Finding(
            "error", "criteria", "every weight is 0, so there is no score.", "Give one criterion a weight."
        )


def _inputs(protocol: JudgeProtocol, rubric: Rubric) -> Iterator[Finding]:
    used = fields(effective_template(protocol, rubric))
    if "fields" in used:
        return
    turned = TURNED if protocol.turns and "turns" in used else ()
    for index, spec in enumerate(rubric.inputs):
        if spec.name not in used and spec.name not in turned:
            yield Finding(
                "warning",
                f"inputs.{index}",
                f"the template never shows {spec.name!r}.",
                f"Write {{{{ {spec.name} }}}} in the template, or remove the input.",
            )


def _responses(protocol: JudgeProtocol, rubric: Rubric) -> Iterator[Finding]:
    used = fields(effective_template(protocol, rubric))
    names = answer_names(protocol)
    for name in names if names[-1] not in used else ():
        if name not in used and (len(names) == 1 or name != names[-1]):
            yield Finding(
                "error",
                "template",
                f"the template never shows {name!r}, so the judge does not see what it judges.",
                f"Write {{{{ {name} }}}} in it.",
            )


_CHECKS: Final[tuple[Callable[[JudgeProtocol, Rubric], Iterator[Finding]], ...]] = (
    _responses,
    _criteria,
    _task,
    _anchors,
    _steps,
    _inputs,
    _unused_keys,
    _renders,
)
