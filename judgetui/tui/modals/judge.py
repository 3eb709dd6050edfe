"""The dialog that chooses a judge and keeps it as the default one where that is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Static

from judgetui.config.settings import save_setting
from judgetui.errors import JudgetuiError
from judgetui.services.context import Context
from judgetui.tui.modals.dialogs import Dialog
from judgetui.tui.text import literal
from judgetui.tui.widgets.judges import JudgeChooser, JudgeList
from judgetui.tui.widgets.toggles import Tick


class JudgeDialog(Dialog[str]):
    """Asks for a judge; gives its name, or None.

    Args:
        context: knows the judges, and takes the default judge.
        current: the judge in use.
    """

    CSS = """
    JudgeDialog .dialog { width: 96%; max-width: 110; height: 96%; max-height: 32; }
    JudgeDialog #cancel { background: $panel; }
    JudgeDialog #form { height: 1fr; scrollbar-size-vertical: 1; }
    JudgeDialog.-short .buttons { margin: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2", "accept", "use", tooltip="Use the judge that is named in the line")
    ]
    MORE_KEYS = (("enter", "In the list: use the judge, or write its model's name"),)

    def __init__(self, context: Context, current: str) -> None:
        super().__init__()
        self._known = context
        self._current = current

    def body(self) -> ComposeResult:
        """Title, chooser, default box, buttons."""
        with Vertical(classes="dialog"):
            yield Static(literal("Choose a judge", "bold"), classes="dialog-title")
            with VerticalScroll(id="form", can_focus=False):
                yield JudgeChooser(self._known, self._current)
            yield Tick("Start with this judge from now on (default judge)", id="default", compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Cancel (esc)", id="cancel", compact=True)
                yield Button("Use this judge (ctrl+s)", id="use", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Start in the list."""
        self.query_one("#judges", JudgeList).focus()

    @property
    def _chooser(self) -> JudgeChooser:
        return self.query_one(JudgeChooser)

    def action_leave(self) -> None:
        """Stop what is going; nothing going, close without a result."""
        if not self._chooser.stop():
            super().action_leave()

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.action_leave()

    @on(Button.Pressed, "#use")
    @on(JudgeChooser.Accepted)
    def _use(self) -> None:
        self.action_accept()

    def action_accept(self) -> None:
        """Close with the judge, and keep it as the default where that is asked."""
        self._chooser.settle()
        if problem := self._chooser.problem():
            self._chooser.complain(problem)
            return
        name = self._chooser.value
        if self.query_one("#default", Tick).value:
            try:
                save_setting(self._known.paths.config_file, "judge", name)
            except JudgetuiError as error:
                self._chooser.complain(str(error))
                return
            self._known.settings = replace(self._known.settings, judge=name)
        self._chooser.stop()
        self.dismiss(name)
