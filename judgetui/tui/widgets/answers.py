"""The item at hand: what was asked and the answers, two of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from judgetui.core.item import Item
from judgetui.core.protocols.prompting import field_text
from judgetui.tui.text import literal, one_line, visible

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
    """Question and answers of one item, two of them side by side.

    Attributes:
        shown: which of the item's answers stand left and right, counted from 0.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[int] = []
        self._item: Item | None = None

    def compose(self) -> ComposeResult:
        """Question above, answers beside each other."""
        yield TextPane("question")
        with Horizontal(id="pair"):
            yield TextPane("left")
            yield TextPane("right")

    def put(self, item: Item, title: str, inputs: Sequence[str], swapped: bool) -> None:
        """Show an item and its first two answers.

        Args:
            title: which item it is.
            inputs: names of the fields that the judge sees, in order.
            swapped: whether the second answer stands on the left.
        """
        question = self.query_one("#question", TextPane)
        question.put(title, *inputs_text(item, inputs))
        self._item, self.shown = item, list(range(len(item.responses)))[:2]
        if swapped:
            self.shown.reverse()
        self._show()

    def swap(self) -> None:
        """Have the two answers change sides."""
        self.shown.reverse()
        self._show()

    def turn(self, by: int) -> bool:
        """Show the next answer that is not shown yet, or the one before; False where there are no more than two.

        It comes into the pane that has the focus, else into the right one.
        """
        if self._item is None or len(self._item.responses) < 3:
            return False
        place = 0 if self.query_one("#left").has_focus else 1
        every, other = len(self._item.responses), self.shown[1 - place]
        answer = (self.shown[place] + by) % every
        self.shown[place] = (answer + by) % every if answer == other else answer
        self._show()
        return True

    def _show(self) -> None:
        item = self._item
        if item is None:
            return
        right = self.query_one("#right", TextPane)
        right.display = len(self.shown) > 1
        for pane, answer in zip((self.query_one("#left", TextPane), right), self.shown, strict=False):
            response = item.responses[answer]
            turns = (response,) if isinstance(response, str) else response
            pane.put(answer_title(item, answer), *turns_text(turns))


def letter(answer: int) -> str:
    """What an answer of an item is called, counted from 0; the number from 1 where letters end."""
    return ascii_uppercase[answer] if answer < len(ascii_uppercase) else str(answer + 1)


def turns_text(turns: Sequence[str]) -> tuple[str, Content | None]:
    """The turns of a conversation under a line each that says which it is; a single one as it stands.

    Returns:
        The text, and how it is shown where it is short enough to be shown whole, else None.
    """
    if len(turns) == 1:
        return turns[0], None
    parts: list[tuple[str, str]] = []
    for number, turn in enumerate(turns, 1):
        parts += [(f"turn {number} of {len(turns)}\n", "bold $text-accent"), (f"{visible(turn)}\n\n", "")]
    content = Content.assemble(*parts).rstrip()
    return content.plain, content if len(content.plain) <= SHOWN else None


def inputs_text(item: Item, inputs: Sequence[str]) -> tuple[str, Content | None]:
    """The fields that the judge sees; a single one goes without its name, and its turns apart.

    Returns:
        The same as `turns_text`.
    """
    present = [name for name in inputs if item.fields.get(name) is not None]
    if len(present) == 1:
        return turns_text(field_turns(item.fields[present[0]]))
    return "\n".join(f"{name}: {field_text(item.fields[name])}" for name in present), None


def field_turns(value: object) -> tuple[str, ...]:
    """The turns of a field that is a list of texts, else all of it as one."""
    if isinstance(value, list | tuple) and value and all(isinstance(turn, str) for turn in value):
        return tuple(value)
    return (field_text(value),)


def answer_title(item: Item, answer: int) -> str:
    """An answer's letter and who gave it; where not all are shown, of how many it is one, and the key for more."""
    every = len(item.responses)
    parts = [
        letter(answer) if every > 1 else "answer",
        f"{answer + 1} of {every} (a)" if every > 2 else None,
        item.models[answer] if answer < len(item.models) else None,
    ]
    return " · ".join(part for part in parts if part)


def background(item: Item, inputs: Sequence[str]) -> list[tuple[str, str]]:
    """The fields that the judge does not see, such as a planted flaw and a note on it, without empty ones."""
    return [
        (name, field_text(value))
        for name, value in item.fields.items()
        if name not in inputs and value is not None and value != ""
    ]
