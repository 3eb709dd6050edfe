"""The app that the items screen's keys are compared with: a line to type in, and a short list."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Footer, Header, Input, OptionList


class Rows(OptionList):
    """A list that j moves in."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("j", "cursor_down", show=False)]


class Bare(App[None]):
    """Nothing but what the keys need."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "focus('line')", show=False),
        Binding("escape", "focus('rows')", show=False),
    ]
    AUTO_FOCUS = "#rows"

    def compose(self) -> ComposeResult:
        """Header, a line, thirty rows, footer."""
        yield Header()
        yield Input(id="line", placeholder="the bare app is ready")
        yield Rows(*(f"item-{number:06}" for number in range(300)), id="rows")
        yield Footer()


if __name__ == "__main__":
    Bare().run()
