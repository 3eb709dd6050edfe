"""The dialog that chooses a rubric's protocol: all of them, and the card of the one under the cursor."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.events import Resize
from textual.widgets import Button, Input, OptionList, Static

from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.registry import get_protocol, protocol_names
from judgetui.errors import JudgetuiError
from judgetui.tui.modals.dialogs import Dialog
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.lists import TextList
from judgetui.tui.widgets.protocol_words import card_content, fitting, protocol_line, searched
from judgetui.tui.workspace import Workspace

THIN: Final = 68
"""Cells of a terminal below which the card stands under the list, not beside it."""


class ProtocolList(TextList):
    """The protocols; enter uses one, a click only goes to it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "screen.use", show=False)]


class ProtocolDialog(Dialog[str]):
    """Asks for the protocol of the rubric at hand; gives its name, or None.

    Args:
        space: what is open.
    """

    CSS = """
    ProtocolDialog .dialog { padding: 0 1; }
    ProtocolDialog .line { height: 1; margin: 0 0 1 0; }
    ProtocolDialog .line Static { width: auto; max-width: 50%; margin: 0 2 0 0; text-style: bold; }
    ProtocolDialog #filter { width: 1fr; background: $boost; }
    ProtocolDialog #columns { height: 1fr; layout: horizontal; }
    ProtocolDialog #protocols {
        width: 42; height: 1fr; padding: 0; background: transparent; text-wrap: nowrap; text-overflow: ellipsis;
    }
    ProtocolDialog #card {
        width: 1fr; height: 1fr; padding: 0 1; border: round $foreground 25%; scrollbar-size-vertical: 1;
        border-title-color: $foreground; border-title-style: bold;
    }
    ProtocolDialog #card:focus { border: round $border; }
    ProtocolDialog #card Static { height: auto; width: 1fr; }
    ProtocolDialog #cancel { background: $panel; }
    ProtocolDialog.-narrow #protocols { width: 34; }
    ProtocolDialog.-short .line { margin: 0; }
    ProtocolDialog.-short .buttons { margin: 0; }
    ProtocolDialog.-thin #columns { layout: vertical; }
    ProtocolDialog.-thin #protocols { width: 1fr; height: 2fr; }
    ProtocolDialog.-thin #card { height: 3fr; }
    ProtocolDialog.-thin #columns:focus-within #protocols:focus { height: 3fr; }
    ProtocolDialog.-tiny .buttons { display: none; }
    ProtocolDialog.-tiny #protocols, ProtocolDialog.-tiny #card { border: none; }
    ProtocolDialog.-tiny #card { border-top: solid $foreground 25%; }
    ProtocolDialog.-tiny #card:focus { border: none; border-top: solid $border; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2", "use", "use", tooltip="Use the protocol under the cursor for this rubric"),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(1)", show=False),
    ]
    MORE_KEYS = (
        ("letters", "Filter by name, kind, result and authors"),
        ("arrows", "Go to another protocol"),
        ("page up, page down", "Scroll the card"),
        ("enter", "Use the protocol under the cursor"),
    )

    def __init__(self, space: Workspace) -> None:
        super().__init__()
        self._space = space
        self._current = "" if space.rubric is None else space.rubric.protocol
        self._names: list[str] = []
        self._loaded: dict[str, JudgeProtocol] = {}
        self._counts: dict[int, int] = {}

    def body(self) -> ComposeResult:
        """Filter above, list and card below, buttons."""
        with Vertical(classes="dialog full"):
            with Horizontal(classes="line"):
                yield Static(literal("Protocol"))
                yield Input(placeholder="type to filter", id="filter", compact=True)
            with Container(id="columns"):
                yield ProtocolList(id="protocols", classes="pane")
                yield TextPane("card")
            with Horizontal(classes="buttons"):
                yield Button("Cancel (esc)", id="cancel", compact=True)
                yield Button("Use it (enter)", id="use", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Show the names at once, with the cursor on the rubric's own; cards follow."""
        self.query_one("#filter", Input).focus()
        self._list()
        self.call_after_refresh(self._load)

    @on(Resize)
    def _fit(self, event: Resize) -> None:
        self.set_class(event.size.width < THIN, "-thin")

    @property
    def _options(self) -> ProtocolList:
        return self.query_one(ProtocolList)

    @property
    def _chosen(self) -> str | None:
        """The protocol under the cursor; None while the filter leaves none."""
        place = self._options.highlighted
        return None if place is None or place >= len(self._names) else self._names[place]

    @work(group="cards", exclusive=True, exit_on_error=False)
    async def _load(self) -> None:
        """Load the card under the cursor, then all others, which the filter looks into; each in a thread."""
        try:
            self._counts = await self._space.answer_counts()
        except JudgetuiError as error:
            self.judgetui.complain(error)
        while waiting := [name for name in protocol_names() if name not in self._loaded]:
            name = self._chosen if self._chosen in waiting else waiting[0]
            self._loaded[name] = await asyncio.to_thread(get_protocol, name)
            if name == self._chosen:
                self._show_card()
        self._list()

    @on(Input.Changed, "#filter")
    def _list(self) -> None:
        """List what the filter leaves; the cursor stays on its protocol as long as that is there."""
        words = self.query_one("#filter", Input).value.casefold().split()
        before = self._chosen or self._current
        self._names = [
            name
            for name in protocol_names()
            if all(word in searched(name, self._loaded.get(name)) for word in words)
        ]
        options = self._options
        with self.prevent(OptionList.OptionHighlighted):
            options.put([self._line(name) for name in self._names])
            if self._names:
                options.highlighted = self._names.index(before) if before in self._names else 0
        self._show_card()

    def _line(self, name: str) -> Content:
        protocol = self._loaded.get(name)
        fits = protocol is None or not self._counts or fitting(protocol, self._counts) > 0
        return protocol_line(name, protocol, chosen=name == self._current, fits=fits)

    @on(OptionList.OptionHighlighted)
    def _show_card(self) -> None:
        name, pane = self._chosen, self.query_one("#card", TextPane)
        protocol = None if name is None else self._loaded.get(name)
        if protocol is not None:
            content = card_content(protocol, self._counts)
            pane.put(protocol.card.title, content.plain, content)
        elif name is not None:
            pane.put(name, "reading …")
        else:
            words = one_line(self.query_one("#filter", Input).value, 40)
            pane.put("", f"No protocol has {words!r} in its name, title, kind, result or authors.")

    def action_move(self, by: int) -> None:
        """Move the cursor in the list, from wherever the focus is."""
        self._options.action_cursor_down() if by > 0 else self._options.action_cursor_up()

    def action_scroll(self, pages: int) -> None:
        """Scroll the card, from wherever the focus is."""
        card = self.query_one("#card", TextPane)
        card.scroll_relative(y=pages * max(1, card.size.height - 1), animate=False)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.action_leave()

    @on(Button.Pressed, "#use")
    @on(Input.Submitted, "#filter")
    def _use(self) -> None:
        self.action_use()

    def action_use(self) -> None:
        """Close with the protocol under the cursor."""
        if self._chosen is None:
            self.judgetui.tell("No protocol is listed; shorten the filter.", severity="warning")
        else:
            self.dismiss(self._chosen)
