"""Help for the screen at hand, and the overlay that goes to another screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from judgetui.config.keymap import Scope, actions
from judgetui.tui.modals.dialogs import Dialog
from judgetui.tui.text import literal

LIST_HELP = (("j k, arrows", "move"), ("g, G", "first, last"), ("tab", "next pane"), ("esc", "one step back"))


class Help(Dialog[None]):
    """The keys that work on a screen, then those that work everywhere.

    Args:
        scope: the screen's.
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def compose(self) -> ComposeResult:
        """A table of keys."""
        with VerticalScroll(classes="dialog full"):
            for scope in dict.fromkeys((self._scope, Scope.APP)):
                yield Static(literal(f"Keys: {scope.value}", "bold $accent"), classes="dialog-title")
                rows = [(action.shown_keys, action.help) for action in actions(scope)]
                if scope is not Scope.APP:
                    rows += LIST_HELP
                width = max((len(keys) for keys, _ in rows), default=0)
                lines = [Content.assemble((keys.ljust(width + 2), "bold"), text) for keys, text in rows]
                yield Static(Content("\n").join(lines))
            yield Static(
                literal(
                    "In a text field only ctrl and function keys act; esc leaves the field. esc closes this.",
                    "dim",
                ),
                classes="dialog-hint",
            )


class GoTo(Dialog[str]):
    """Asks for a screen; gives its mode's name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1,h", "go('home')", show=False),
        Binding("2,r", "go('rubric')", show=False),
        Binding("3,c", "go('compare')", show=False),
        Binding("6,u", "go('runs')", show=False),
    ]

    def compose(self) -> ComposeResult:
        """The choices."""
        with Vertical(classes="dialog"):
            yield Static(literal("Go to", "bold"), classes="dialog-title")
            yield Static(literal("1  home: sessions\n2  rubric\n3  compare: answers and verdicts\n6  runs"))

    def action_go(self, name: str) -> None:
        """Choose."""
        self.dismiss(name if name == "home" or self.judgetui.space is not None else None)
