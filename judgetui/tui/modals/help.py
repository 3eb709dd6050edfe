"""Help for the screen at hand, and the overlay that goes to another screen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from judgetui.config.keymap import Scope, actions, keys_shown
from judgetui.tui.modals.dialogs import LIST_WORDS, Dialog, Keys
from judgetui.tui.text import literal

SCREEN_WORDS: Final[Keys] = (*LIST_WORDS, ("tab", "Go to the next pane"), ("esc", "Go one step back"))
"""What help says of the keys that every screen has."""

DIALOG_WORDS: Final[Keys] = (("tab, shift+tab", "Go to the next field, to the one before"),)


class KeyTable(Dialog[None]):
    """Keys and what they do, under headings."""

    IN_TEXT = "In a text field only ctrl and function keys act. esc closes this."

    def body(self) -> ComposeResult:
        """A table for each heading."""
        with VerticalScroll(classes="dialog full", id="keys"):
            for heading, rows in self.tables():
                yield Static(literal(heading, "bold $accent"), classes="dialog-title")
                width = max((len(keys) for keys, _ in rows), default=0)
                yield Static(
                    Content("\n").join(
                        Content.assemble((keys.ljust(width + 2), "bold"), text) for keys, text in rows
                    )
                )
            yield Static(literal(self.IN_TEXT, "dim"), classes="dialog-hint")

    def tables(self) -> Iterator[tuple[str, Keys]]:
        """Headings, and the rows below each."""
        yield from ()

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one("#keys").focus()

    def action_help(self) -> None:
        """Put the keys away again."""
        self.action_leave()


class Help(KeyTable):
    """The keys that work on a screen, then those that work everywhere.

    Args:
        scope: the screen's.
    """

    IN_TEXT = "In a text field only ctrl and function keys act; esc leaves the field. esc closes this."

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def tables(self) -> Iterator[tuple[str, Keys]]:
        """The screen's, then the app's."""
        for scope in dict.fromkeys((self._scope, Scope.APP)):
            rows = tuple((action.shown_keys, action.help) for action in actions(scope))
            yield f"Keys: {scope.value}", rows if scope is Scope.APP else rows + SCREEN_WORDS


class DialogHelp(KeyTable):
    """The keys that work in a dialog.

    Args:
        dialog: the one below.
    """

    def __init__(self, dialog: Dialog[Any]) -> None:
        super().__init__()
        self._dialog = dialog

    def tables(self) -> Iterator[tuple[str, Keys]]:
        """The dialog's, with those of its parts."""
        nodes = [self._dialog, *self._dialog.query("*")]
        told = dict.fromkeys(row for node in nodes for row in told_keys(node))
        yield "Keys: this dialog", (*told, *self._dialog.MORE_KEYS, *DIALOG_WORDS)


def told_keys(node: DOMNode) -> Iterator[tuple[str, str]]:
    """A node's keys that have a tooltip, the most particular first; Textual gives its own none."""
    for kind in type(node).__mro__:
        for binding in kind.__dict__.get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.tooltip:
                yield keys_shown(binding.key.split(",")), binding.tooltip


PLACES: Final = (
    "2  rubric",
    "3  compare: answers and verdicts",
    "4  label",
    "5  dashboard: agreement and bias",
    "6  runs",
    "7  items",
)
"""The screens of an open session."""


class GoTo(Dialog[str]):
    """Asks for a screen; gives its mode's name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1,h", "go('home')", "home", tooltip="Go to the sessions"),
        Binding("2,r", "go('rubric')", "rubric", tooltip="Go to the rubric"),
        Binding("3,c", "go('compare')", "compare", tooltip="Go to the answers and verdicts"),
        Binding("4,l", "go('label')", "label", tooltip="Go to labelling"),
        Binding("5,d", "go('dashboard')", "dashboard", tooltip="Go to agreement with people, and bias"),
        Binding("6,u", "go('runs')", "runs", tooltip="Go to the runs"),
        Binding("7,i", "go('items')", "items", tooltip="Go to the items"),
    ]

    def body(self) -> ComposeResult:
        """The choices; dim are those that need a session while none is open."""
        rest = "" if self.judgetui.space is not None else "dim"
        with Vertical(classes="dialog"):
            yield Static(literal("Go to", "bold"), classes="dialog-title")
            yield Static(literal("1  home: sessions"))
            yield Static(literal("\n".join(PLACES), rest))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what needs a session while none is open."""
        if action == "go" and parameters != ("home",) and self.judgetui.space is None:
            return None
        return super().check_action(action, parameters)

    def action_go(self, name: str) -> None:
        """Choose."""
        self.dismiss(name)
