"""The prompt as it will be sent, with what comes from the item set apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from judgetui.errors import JudgetuiError
from judgetui.tui.later import Later
from judgetui.tui.text import literal, one_line, visible

if TYPE_CHECKING:
    from judgetui.core.rubric import Rubric
    from judgetui.services.previewing import Preview
    from judgetui.tui.workspace import Workspace

GATHER: Final = 0.03
"""Seconds that changes are gathered before the prompt is rendered again."""

SHOWN: Final = 20_000
"""Characters of one stretch of text that are laid out; typing stays fluent beside a megabyte."""


class PromptPane(Vertical):
    """Item, criterion and tokens in one line, the messages below it."""

    def __init__(self) -> None:
        super().__init__(id="prompt-pane")
        self.scroll = VerticalScroll(id="prompt-scroll")
        self._state_line = Static(id="prompt-state", classes="state")
        self._messages = Static(id="prompt")
        self._soon = Later(self, GATHER, self._draw)
        self._space: Workspace | None = None
        self._criterion = 0

    def compose(self) -> ComposeResult:
        """State line and messages."""
        yield self._state_line
        with self.scroll:
            yield self._messages

    def show(self, space: Workspace | None, criterion: int) -> None:
        """Render the prompt of the space's rubric and item soon.

        Args:
            criterion: which of the rubric's criteria, from 0.
        """
        self._space, self._criterion = space, criterion
        self._soon.ask()

    @work(group="preview", exclusive=True, exit_on_error=False)
    async def _draw(self) -> None:
        from judgetui.services.previewing import preview

        space = self._space
        rubric = None if space is None else space.rubric
        if space is None or rubric is None:
            self._put(Content(""), Content(""))
            return
        if space.item is None:
            self._put(literal(_none_fits(rubric) if space.all_items else ""), Content(""))
            return
        try:
            judge = space.context.judge(space.judge)
        except JudgetuiError:
            judge = None  # the prompt can be read without one
        name = rubric.criteria[min(self._criterion, len(rubric.criteria) - 1)].name
        try:
            seen = await preview(rubric, space.item, name, judge)
        except JudgetuiError as error:
            self._state_line.update(literal(str(error), "$error"))
            return
        self._put(self._state(space, seen), _messages(seen))

    def _state(self, space: Workspace, seen: Preview) -> Content:
        more = "" if space.all_items else "…"
        place = f"{one_line(seen.item_id, 30)} {space.item_index + 1}/{len(space.items)}{more}"
        count = seen.tokens
        tokens = f"{'' if count.exact else '≈ '}{count.tokens:,} tokens by {count.method}"
        return Content.assemble((place, "bold"), literal(f" · {one_line(seen.criterion, 24)} · {tokens}"))

    def _put(self, state: Content, messages: Content) -> None:
        self._state_line.update(state)
        self._messages.update(messages)


def _none_fits(rubric: Rubric) -> str:
    from judgetui.core.protocols.base import wanted_answers
    from judgetui.core.protocols.registry import get_protocol

    needed = wanted_answers(get_protocol(rubric.protocol))
    return (
        f"No items fit this rubric: it judges {needed}. i adds some from a file, P chooses another protocol."
    )


def _messages(seen: Preview) -> Content:
    parts: list[tuple[str, str]] = []
    for message in seen.outlines:
        parts.append((f"{message.role}\n", "bold $accent"))
        for segment in message.segments:
            style = "" if segment.field is None else "$text-secondary on $secondary-muted"
            parts.append((visible(_capped(segment.text)), style))
        parts.append(("\n\n", ""))
    return Content.assemble(*parts[:-1])


def _capped(text: str) -> str:
    left = len(text) - SHOWN
    return text if left <= 0 else f"{text[:SHOWN]}\n… {left:,} more characters, which are sent as well"
