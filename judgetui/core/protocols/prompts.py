"""The prompts of a rubric for one item after another.

Where a template only prints what an item brings, it is rendered once for all items of the same shape, and their
texts are put in: a hundred times sooner than rendering it for each. It also tells where the rubric's part ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from judgetui.core.item import Item
from judgetui.core.protocols.base import JudgeProtocol, require_fit
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.rendering import (
    effective_template,
    item_category,
    prompt,
    prompt_outline,
    shown_fields,
)
from judgetui.core.request import JudgeRequest, Message, Order
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.template import Outline
from judgetui.core.transparency import is_transparent
from judgetui.core.vote import ScoreSource

_MOST_SHAPES: Final = 256


@dataclass(frozen=True, slots=True)
class _Skeleton:
    """A prompt without an item's texts.

    Args:
        stable: characters of the joined contents before the first of them.
    """

    messages: tuple[Outline, ...]
    stable: int

    def filled(self, texts: Mapping[str, str]) -> tuple[Message, ...]:
        """The prompt with an item's texts."""
        return tuple(
            Message(
                outline.role,
                "".join(part.text if part.field is None else texts[part.field] for part in outline.segments),
            )
            for outline in self.messages
        )


class Prompter:
    """Plans the requests of one rubric, item by item.

    Args:
        source: where scores shall come from.
        order: overrides the rubric's.
    """

    def __init__(
        self, protocol: JudgeProtocol, rubric: Rubric, source: ScoreSource, order: str | None = None
    ) -> None:
        self._protocol = protocol
        self._rubric = rubric
        self._source = source
        self._order = order
        self._criteria = {criterion.name: criterion for criterion in rubric.criteria}
        self._skeletons: dict[object, _Skeleton | None] = {}
        # One answer leaves nothing to the item but its texts, unless a protocol plans its calls in its own way.
        own = type(protocol).calls is not JudgeProtocol.calls
        self._alike = protocol.card.task_type is TaskType.POINTWISE and not own
        self._calls: tuple[JudgeRequest, ...] = ()

    def requests(self, item: Item) -> tuple[JudgeRequest, ...]:
        """What `JudgeProtocol.plan` gives, each request with its `stable` part where that is known.

        Raises:
            ItemError: if the item has not what the rubric needs.
            TemplateError: if the template cannot be rendered.
        """
        protocol, rubric = self._protocol, self._rubric
        if self._source is ScoreSource.DECISION:
            return protocol.plan(rubric, item, self._source, self._order)
        require_fit(protocol, item)
        if protocol.settled(rubric, item) is not None:
            return ()
        texts: dict[Order | None, dict[str, str]] = {}
        found = []
        for call in self._planned(item):
            if call.order not in texts:
                texts[call.order] = shown_fields(protocol, rubric, item, call.order)
            criterion = self._criteria.get(call.criterion, rubric.criteria[0])
            skeleton = self._skeleton(item, criterion, call.order, texts[call.order])
            if skeleton is None:
                found.append(call.about(prompt(protocol, rubric, item, criterion, call.order)))
                continue
            found.append(call.about(skeleton.filled(texts[call.order]), skeleton.stable))
        return tuple(found)

    def _planned(self, item: Item) -> tuple[JudgeRequest, ...]:
        """The calls without their prompts."""
        if not self._alike:
            return self._protocol.calls(self._rubric, item, self._source, self._order)
        if not self._calls:
            self._calls = self._protocol.calls(self._rubric, item, self._source, self._order)
        return self._calls

    def _skeleton(
        self, item: Item, criterion: Criterion, order: Order | None, texts: Mapping[str, str]
    ) -> _Skeleton | None:
        """The prompt of all items of this shape; None where each must be rendered by itself."""
        filled = tuple((name, bool(text)) for name, text in texts.items())
        shape = (criterion.name, item_category(item), filled)
        if shape not in self._skeletons:
            if len(self._skeletons) >= _MOST_SHAPES:
                self._skeletons.clear()
            self._skeletons[shape] = self._render(item, criterion, order, frozenset(texts))
        return self._skeletons[shape]

    def _render(
        self, item: Item, criterion: Criterion, order: Order | None, names: frozenset[str]
    ) -> _Skeleton | None:
        if not is_transparent(effective_template(self._protocol, self._rubric), names):
            return None
        outlines = prompt_outline(self._protocol, self._rubric, item, criterion, order)
        if not all(outline.told for outline in outlines):
            return None
        stable = 0
        for part in (part for outline in outlines for part in outline.segments):
            if part.field is not None:
                break
            stable += len(part.text)
        return _Skeleton(outlines, stable)
