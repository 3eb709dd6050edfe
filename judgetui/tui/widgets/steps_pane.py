"""The evaluation steps: frozen or proposed, and the stream of a judge that writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from judgetui.tui.text import literal
from judgetui.tui.widgets.lists import TextList, step_line

if TYPE_CHECKING:
    from judgetui.services.authoring import Working

STREAMED: Final = 4_000
"""Characters of the stream that are shown."""


class StepsPane(Vertical):
    """State line, what a judge is writing, list of steps."""

    def __init__(self) -> None:
        super().__init__(id="steps-pane")
        self._state = Static(id="steps-state", classes="state")
        self._stream = Static(id="stream")
        self.list = TextList(id="steps", classes="pane")
        self.writing = False
        """Whether a judge is writing steps."""

    def compose(self) -> ComposeResult:
        """State, stream, list."""
        yield self._state
        yield self._stream
        yield self.list

    def show(self, working: Working) -> None:
        """Show the steps of a rubric being edited: the proposed ones where there are any, else the frozen ones."""
        rubric, proposed = working.rubric, working.proposed
        steps = proposed or rubric.steps
        self.list.put([step_line(number, step, not proposed) for number, step in enumerate(steps, 1)])
        if not self.writing:
            self._state.update(literal(_state(working)))

    def begin(self, judge: str) -> Callable[[str], None]:
        """Show that a judge is writing; returns what takes each piece of its reply."""
        written: list[str] = []

        def take(piece: str) -> None:
            written.append(piece)
            self._stream.update(literal("".join(written)[-STREAMED:]))

        self.writing = True
        self._stream.update("")
        self._stream.add_class("-on")
        self._state.update(literal(f"{judge} is writing steps … esc stops it."))
        return take

    def end(self) -> None:
        """Take the stream away."""
        self.writing = False
        self._stream.remove_class("-on")


def _state(working: Working) -> str:
    from judgetui.core.protocols.registry import get_protocol

    rubric, proposed = working.rubric, working.proposed
    if not get_protocol(rubric.protocol).uses_steps:
        return f"{rubric.protocol} has no evaluation steps."
    if proposed and rubric.steps:
        return (
            f"{len(proposed)} proposed steps. Runs still use the {len(rubric.steps)} frozen ones "
            f"({rubric.steps_hash}); f freezes these in their place, u goes back."
        )
    if proposed:
        return f"{len(proposed)} proposed steps, not frozen: runs do not use them yet. f freezes."
    if rubric.steps:
        return (
            f"{len(rubric.steps)} frozen steps ({rubric.steps_hash}), part of the prompt. "
            "f thaws, E writes new ones."
        )
    return "No steps. E lets the judge write them, a adds one by hand."
