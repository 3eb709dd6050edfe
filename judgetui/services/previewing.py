"""The prompt as it will be sent, and what it measures."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from judgetui.core.item import Item
from judgetui.core.protocols.orders import orders_for
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import order_of, prompt_outline
from judgetui.core.request import JudgeRequest, Message
from judgetui.core.rubric import Rubric
from judgetui.core.template import Outline
from judgetui.providers.base import JudgeProvider, TokenCount
from judgetui.providers.tokens import characters_over_four


@dataclass(frozen=True, slots=True)
class Preview:
    """The messages of one criterion of one item, as they will be sent.

    Args:
        outlines: the messages, with what comes from the item set apart.
        tokens: of the whole prompt; an estimate when there is no judge to count them.
    """

    item_id: str
    criterion: str
    outlines: tuple[Outline, ...]
    tokens: TokenCount


async def preview(rubric: Rubric, item: Item, criterion_name: str, judge: JudgeProvider | None) -> Preview:
    """The exact messages for an item, with their token count by the judge that is given.

    Raises:
        ItemError: if the item has not what the rubric needs.
        TemplateError: if the template cannot be rendered.
    """
    protocol = get_protocol(rubric.protocol)
    criterion = next((c for c in rubric.criteria if c.name == criterion_name), rubric.criteria[0])
    several = len(item.responses) > 1
    order = orders_for(item, order_of(protocol, rubric))[0] if several else None
    # In a thread: the first template brings in its library, and a long one takes its time.
    outlines = await asyncio.to_thread(prompt_outline, protocol, rubric, item, criterion, order)
    request = JudgeRequest(tuple(Message(o.role, o.text) for o in outlines), criterion.name, order)
    tokens = await judge.count_tokens(request) if judge else characters_over_four(request.messages)
    return Preview(item.id, criterion.name, outlines, tokens)
