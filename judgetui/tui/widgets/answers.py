"""The item at hand: what was asked and the answers, side by side where there are two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from judgetui.core.item import Item
from judgetui.core.protocols.prompting import field_text, response_text
from judgetui.tui.text import literal, one_line

SHOWN = 10_000
"""Characters of a text that a pane lays out; the viewer shows the rest."""

SCROLL_KEYS: list[BindingType] = [
    Binding("j", "scroll_down", show=False),
    Binding("k", "scroll_up", show=False),
    Binding("g", "scroll_home", show=False),
    Binding("G", "scroll_end", show=False),
]
"""Keys that every scrollable text has beside the arrows."""


def capped(text: str, limit: int = SHOWN, how: str = "space shows all") -> str:
    """The start of a text, with a word on how much more there is and how to see it."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}\n… {len(text) - limit:,} more characters: {how}"


class TextPane(VerticalScroll):
    """A scrollable text with a title in its border, capped on screen; `full` is all of it."""

    BINDINGS: ClassVar[list[BindingType]] = SCROLL_KEYS

    def __init__(self, identity: str) -> None:
        super().__init__(id=identity, classes="text-pane")
        self.full = ""
        self.title = ""

    def compose(self) -> ComposeResult:
        """The text."""
        yield Static()

    def put(self, title: str, text: str, shown: Content | None = None, *, keep_place: bool = False) -> None:
        """Show a text from its start.

        Args:
            shown: the text as styled content; None shows `text` as it is.
            keep_place: stay where the reader had scrolled to.
        """
        self.full, self.title = text, title
        self.border_title = literal(one_line(title, 200))
        self.query_one(Static).update(literal(capped(text)) if shown is None else shown)
        if not keep_place:
            self.scroll_home(animate=False)


class Answers(Vertical):
    """Question and answers of one item."""

    def compose(self) -> ComposeResult:
        """Question above, answers beside each other."""
        yield TextPane("question")
        with Horizontal(id="pair"):
            yield TextPane("left")
            yield TextPane("right")

    def put(self, item: Item, title: str, inputs: Sequence[str], swapped: bool) -> None:
        """Show an item.

        Args:
            title: which item it is.
            inputs: names of the fields that the judge sees, in order.
            swapped: whether the second answer stands on the left.
        """
        self.query_one("#question", TextPane).put(title, inputs_text(item, inputs))
        sides = list(range(len(item.responses)))[:2]
        pair = len(sides) == 2
        if pair and swapped:
            sides.reverse()
        right = self.query_one("#right", TextPane)
        right.display = pair
        for pane, side in zip((self.query_one("#left", TextPane), right), sides, strict=False):
            pane.put(answer_title(item, side), response_text(item.responses[side]))


def inputs_text(item: Item, inputs: Sequence[str]) -> str:
    """The fields that the judge sees; a single one goes without its name."""
    present = [name for name in inputs if item.fields.get(name) is not None]
    if len(present) == 1:
        return field_text(item.fields[present[0]])
    return "\n".join(f"{name}: {field_text(item.fields[name])}" for name in present)


def answer_title(item: Item, side: int) -> str:
    """An answer's letter and who gave it."""
    letter = "AB"[side] if len(item.responses) == 2 else "answer"
    model = item.models[side] if side < len(item.models) else None
    return f"{letter} · {model}" if model else letter


def background(item: Item, inputs: Sequence[str]) -> list[tuple[str, str]]:
    """The fields that the judge does not see, such as a planted flaw and a note on it, without empty ones."""
    return [
        (name, field_text(value))
        for name, value in item.fields.items()
        if name not in inputs and value is not None and value != ""
    ]
