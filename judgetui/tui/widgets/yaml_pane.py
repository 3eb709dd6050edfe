"""The whole rubric as YAML, read whenever typing pauses."""

from __future__ import annotations

from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import TextArea

from judgetui.errors import RubricError
from judgetui.services.authoring import Working
from judgetui.tui.later import Later
from judgetui.tui.widgets.text_areas import Field

PAUSE: Final = 0.3
"""Seconds after the last key until YAML is read."""


class YamlPane(Vertical):
    """A text area with the rubric; what is typed is handed on once typing pauses."""

    class Typed(Message):
        """Typing has paused."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(id="yaml-pane")
        self.area = Field("yaml", "The whole rubric", language="yaml")
        self._pause = Later(self, PAUSE, self._paused)

    def compose(self) -> ComposeResult:
        """The text area."""
        yield self.area

    def show(self, working: Working | None) -> None:
        """Show a rubric being edited, or the text of one that does not read yet; what is being typed stays."""
        self.area.disabled = working is None
        if working is None or self._pause.waiting or (self.area.has_focus and self._says(working)):
            return
        from judgetui.rubric_files import dump_rubric

        self.area.put(working.broken or dump_rubric(working.rubric))
        self.clear_problem()

    def _says(self, working: Working) -> bool:
        """Whether the text stands for that rubric already, in whatever layout."""
        from judgetui.rubric_files import parse_rubric

        try:
            return parse_rubric(self.area.text) == working.rubric
        except RubricError:
            return self.area.text == working.broken

    def show_problem(self, line: int | None) -> None:
        """Say that the last good rubric is kept, and which line is to be mended."""
        kept = "last good rubric kept"
        self.area.border_subtitle = f"line {line}: {kept}" if line else kept

    def clear_problem(self) -> None:
        """The text reads as a rubric."""
        self.area.border_subtitle = ""

    @on(TextArea.Changed, "#yaml")
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._pause.ask()

    def _paused(self) -> None:
        self.post_message(self.Typed(self.area.text))
