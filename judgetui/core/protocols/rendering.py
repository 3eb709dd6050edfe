"""A rubric's template under its protocol: which one it is, what it may name, and what it prints for an item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from judgetui.core.item import Item
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.prompting import item_fields, template_values, turn_fields
from judgetui.core.request import Message, Order
from judgetui.core.rubric import Criterion, Rubric, TemplateMessage
from judgetui.core.scale import NumericScale, Scale
from judgetui.core.template import Outline, check, outline, render

if TYPE_CHECKING:
    from judgetui.core.protocols.base import JudgeProtocol


def scale_of(protocol: JudgeProtocol, rubric: Rubric) -> Scale:
    """The rubric's scale, or the protocol's own."""
    scale = rubric.scale or protocol.default_scale
    return scale if scale is not None else NumericScale(1, 10)


def order_of(protocol: JudgeProtocol, rubric: Rubric) -> str:
    """The order in which several answers are shown, the rubric's or the published one."""
    return rubric.order or protocol.order


def answer_names(protocol: JudgeProtocol) -> tuple[str, ...]:
    """The names by which a template shows what is judged; of several, all or the last one."""
    if protocol.turns:
        return ("turns",)
    match protocol.card.task_type:
        case TaskType.POINTWISE:
            return ("response",)
        case TaskType.PAIRWISE:
            return ("response_a", "response_b", "responses")
        case TaskType.LISTWISE:
            return ("responses",)


def template_names(protocol: JudgeProtocol, rubric: Rubric) -> frozenset[str]:
    """Every name a template of this rubric may use."""
    return frozenset(
        {"task", "title", "criterion", "criteria", "scale", "steps", "examples", "fields", "category"}
        | set(answer_names(protocol))
        | {spec.name for spec in rubric.inputs}
    )


def effective_template(protocol: JudgeProtocol, rubric: Rubric) -> tuple[TemplateMessage, ...]:
    """The rubric's template, or the protocol's own.

    Raises:
        TemplateError: if the rubric's template is broken or names an unknown field.
    """
    if rubric.template is None:
        return protocol.template(rubric)
    check(rubric.template, template_names(protocol, rubric))
    return rubric.template


def prompt(
    protocol: JudgeProtocol, rubric: Rubric, item: Item, criterion: Criterion, order: Order | None = None
) -> tuple[Message, ...]:
    """The messages for one criterion of one item."""
    values = template_values(
        rubric,
        criterion,
        scale_of(protocol, rubric),
        shown_fields(protocol, rubric, item, order),
        item_category(item),
    )
    return render(effective_template(protocol, rubric), values)


def prompt_outline(
    protocol: JudgeProtocol, rubric: Rubric, item: Item, criterion: Criterion, order: Order | None = None
) -> tuple[Outline, ...]:
    """The same messages, with what comes from the item set apart."""
    scale = scale_of(protocol, rubric)
    return outline(
        effective_template(protocol, rubric),
        lambda shown: template_values(rubric, criterion, scale, shown, item_category(item)),
        shown_fields(protocol, rubric, item, order),
    )


def shown_fields(protocol: JudgeProtocol, rubric: Rubric, item: Item, order: Order | None) -> dict[str, str]:
    """The item's texts as a template prints them, by name.

    Raises:
        ItemError: if a required input is absent.
    """
    return (turn_fields if protocol.turns else item_fields)(rubric, item, order)


def item_category(item: Item) -> str:
    """The item's category as templates compare it."""
    return (item.category or "").strip().lower()
