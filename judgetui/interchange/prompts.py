"""A rubric's prompt with gaps in place of item fields: what every template language is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from judgetui.core.item import Item
from judgetui.core.protocols.cards import Result, TaskType
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import prompt_outline
from judgetui.core.request import Order
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.template import Outline
from judgetui.errors import ExportError, TemplateError

MAX_OPTIONAL: Final = 4
"""Every optional input doubles the prompts to compare."""


@dataclass(frozen=True, slots=True)
class Text:
    """Rubric text, to be escaped."""

    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Where an item field goes."""

    field: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What stands there when an item has the optional field, and what when it has not."""

    field: str
    present: tuple[Part, ...]
    absent: tuple[Part, ...]


Part = Text | Gap | Choice


@dataclass(frozen=True, slots=True)
class GappedMessage:
    """One message of a prompt with gaps."""

    role: str
    parts: tuple[Part, ...]


def formless(rubric: Rubric) -> Rubric:
    """The rubric without its protocol's demand for a form of answer; a template of the rubric's own stays."""
    if rubric.template is not None:
        return rubric
    return replace(rubric, template=get_protocol(rubric.protocol).formless_template(rubric))


def sample_item(rubric: Rubric, text: str = "sample") -> Item:
    """A made-up item with every input field and as many responses as the protocol judges."""
    single = get_protocol(rubric.protocol).card.task_type is TaskType.POINTWISE
    fields = {spec.name: f"{text} {spec.name}" for spec in rubric.inputs}
    return Item("sample", (f"{text} response",) if single else (f"{text} first", f"{text} second"), fields)


def gapped_prompt(
    rubric: Rubric, criterion: Criterion, order: Order | None = None
) -> tuple[GappedMessage, ...]:
    """The messages for one criterion with gaps, and choices for optional fields.

    Raises:
        ExportError: if the template does more with item fields than print them, or there are too many
            optional ones.
        TemplateError: if the template cannot be rendered.
    """
    optional = [spec.name for spec in rubric.inputs if spec.optional]
    if len(optional) > MAX_OPTIONAL:
        raise ExportError(
            f"it has {len(optional)} optional inputs; the most is {MAX_OPTIONAL}.",
            "Make some of them required.",
        )
    return _choose(rubric, criterion, order, optional, frozenset())


def require_verdict(rubric: Rubric) -> str | None:
    """Why a rubric's result has no place in a form of one point or one verdict; None when it has.

    Raises:
        RubricError: if the rubric's protocol is not known.
    """
    protocol = get_protocol(rubric.protocol)
    name = protocol.card.name
    if protocol.card.result not in {Result.POINT, Result.VERDICT}:
        return f"{name} gives {protocol.card.result}; only a single point or verdict can be written."
    return f"{name} judges conversations, turn by turn." if protocol.turns else None


def require_printed(rubric: Rubric) -> str | None:
    """Why the prompt cannot be written with gaps; None when it can.

    Raises:
        RubricError: if the rubric's protocol or template is broken.
    """
    try:
        _try_all(rubric)
    except ExportError as error:
        return str(error)
    except TemplateError as error:
        return f"its template cannot be rendered: {error.message} {error.hint}".rstrip()
    return None


def require_rendering(rubric: Rubric) -> None:
    """Make sure that the template can be rendered for a made-up item.

    Raises:
        TemplateError: with the line of the template.
    """
    with suppress(ExportError):
        _try_all(rubric)


def _try_all(rubric: Rubric) -> None:
    pairwise = get_protocol(rubric.protocol).card.task_type is TaskType.PAIRWISE
    for criterion in rubric.criteria:
        for order in (Order.AB, Order.BA) if pairwise else (None,):
            gapped_prompt(rubric, criterion, order)


def compared(expected: Sequence[tuple[str, str]], found: Sequence[tuple[str, str]], where: str) -> list[str]:
    """Differences between two lists of (role, text) in words."""
    if len(expected) != len(found):
        return [f"{where}: {len(found)} messages where the screen shows {len(expected)}."]
    differences = []
    for number, ((role, text), (other_role, other)) in enumerate(zip(expected, found, strict=True), 1):
        if role != other_role:
            differences.append(f"{where}, message {number}: role {other_role} where the screen shows {role}.")
        if text != other:
            at = next(
                (i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b),
                min(len(text), len(other)),
            )
            differences.append(
                f"{where}, message {number}, character {at + 1}: "
                f"{other[at : at + 40]!r} where the screen shows {text[at : at + 40]!r}."
            )
    return differences


def filled(parts: Sequence[Part], values: Mapping[str, str]) -> str:
    """The text with every gap filled."""
    found = []
    for part in parts:
        match part:
            case Text(text):
                found.append(text)
            case Gap(field):
                found.append(values[field])
            case Choice(field, present, absent):
                found.append(filled(present if field in values else absent, values))
    return "".join(found)


def texts_of(messages: Sequence[GappedMessage]) -> tuple[list[str], list[str]]:
    """All rubric text of a prompt, and the names of its gaps in order."""
    texts: list[str] = []
    names: list[str] = []

    def visit(parts: Sequence[Part]) -> None:
        for part in parts:
            match part:
                case Text(text):
                    texts.append(text)
                case Gap(field):
                    names.append(field)
                case Choice(_, present, absent):
                    visit(present)
                    visit(absent)

    for message in messages:
        visit(message.parts)
    return texts, list(dict.fromkeys(names))


def _choose(
    rubric: Rubric,
    criterion: Criterion,
    order: Order | None,
    optional: Sequence[str],
    left_out: frozenset[str],
) -> tuple[GappedMessage, ...]:
    if not optional:
        return _printed(rubric, criterion, order, left_out)
    name, rest = optional[0], optional[1:]
    present = _choose(rubric, criterion, order, rest, left_out)
    absent = _choose(rubric, criterion, order, rest, left_out | {name})
    return tuple(
        GappedMessage(one.role, _merged(name, one.parts, other.parts))
        for one, other in zip(present, absent, strict=True)
    )


def _merged(name: str, present: tuple[Part, ...], absent: tuple[Part, ...]) -> tuple[Part, ...]:
    """What both have in common at the start and the end, with a choice between."""
    left, right = _split(present), _split(absent)
    most = min(len(left), len(right))
    start = next((i for i in range(most) if left[i] != right[i]), most)
    end = next((i for i in range(most - start) if left[-1 - i] != right[-1 - i]), most - start)
    middle = (left[start : len(left) - end], right[start : len(right) - end])
    parts = list(left[:start])
    if any(middle):
        parts.append(Choice(name, _joined(middle[0]), _joined(middle[1])))
    return _joined(parts + left[len(left) - end :])


def _split(parts: Sequence[Part]) -> list[Part]:
    """The parts with text cut into lines, so that equal lines are found."""
    found: list[Part] = []
    for part in parts:
        if isinstance(part, Text):
            found += [Text(line) for line in part.text.splitlines(keepends=True)]
        else:
            found.append(part)
    return found


def _joined(parts: Sequence[Part]) -> tuple[Part, ...]:
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, Text) and isinstance(last, Text):
            found[-1] = Text(last.text + part.text)
        else:
            found.append(part)
    return tuple(found)


def _printed(
    rubric: Rubric, criterion: Criterion, order: Order | None, left_out: frozenset[str]
) -> tuple[GappedMessage, ...]:
    """The prompt as text and gaps.

    Two made-up items must give the same, or the template reads what it should print.
    """
    protocol = get_protocol(rubric.protocol)
    seen: list[tuple[GappedMessage, ...]] = []
    for text in ("sample", "Another Sample, longer"):
        item = sample_item(rubric, text)
        item = replace(
            item, fields={name: value for name, value in item.fields.items() if name not in left_out}
        )
        outlines = prompt_outline(protocol, rubric, item, criterion, order)
        seen.append(tuple(_gapped(message) for message in outlines))
    if seen[0] != seen[1]:
        raise ExportError(
            "its template does more with item fields than print them.",
            "Use filters and tests on rubric text alone.",
        )
    return seen[0]


def _gapped(message: Outline) -> GappedMessage:
    parts = (Text(part.text) if part.field is None else Gap(part.field) for part in message.segments)
    return GappedMessage(message.role, _joined(list(parts)))
