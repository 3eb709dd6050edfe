"""What can be said of an item, a row for each criterion, answered by number, arrows or mouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Click, DescendantFocus
from textual.message import Message
from textual.widgets import Static

from judgetui.core.text import one_line
from judgetui.services.label_scales import VERDICTS, Ask, Choice, value_text
from judgetui.tui.text import literal

MOST: Final = 11
"""Choices that a row shows beside each other; of more it shows the ends and what is typed."""

NAME: Final = 18
"""Cells of a criterion's name."""

_VERDICT_KEYS: Final = {verdict.value: key for (verdict, *_), key in zip(VERDICTS, "abtw", strict=True)}

_KEPT: Final = frozenset("sfnuvioxhjkg")
"""Letters that mean something else on the screen, and so choose no label."""


class LabelRow(Static, can_focus=True):
    """One thing to say, with its choices; the one that was given stands in brackets, the cursor in round ones.

    Args:
        ask: what is to be said.
        width: cells that names take.

    Attributes:
        value: what was given, in the letters on screen; None while nothing is.
        cursor: which choice the arrows are at; None until they are used, so that no point is suggested.
        typed: digits of a number, or letters of an order, that is not whole yet.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "point(-1)", "left", show=False),
        Binding("right", "point(1)", "right", show=False),
        Binding("enter", "give", "give", show=False, tooltip="Give the point that the arrows are at"),
        Binding("backspace", "unsay", "back", show=False, tooltip="Take back the last digit or place"),
        Binding("up", "row(-1)", show=False),
        Binding("down", "row(1)", show=False),
        Binding("j,pagedown", "scroll_texts(1)", show=False),
        Binding("k,pageup", "scroll_texts(-1)", show=False),
    ]

    @dataclass
    class Given(Message):
        """A choice was made."""

        row: LabelRow
        value: str | float

    @dataclass
    class Turned(Message):
        """The cursor moved, or the row is the current one now."""

        row: LabelRow

    @dataclass
    class Left(Message):
        """The row before or after is wanted."""

        row: LabelRow
        by: int

    @dataclass
    class Scrolled(Message):
        """The answers are to be scrolled."""

        by: int

    def __init__(self, ask: Ask, width: int) -> None:
        super().__init__(classes="label-row")
        self.ask = ask
        self.value: str | float | None = None
        self.cursor: int | None = None
        self.typed = ""
        self.current = False
        self._width = width
        self._told = False
        self._places: list[tuple[int, int, int]] = []

    def put(self, value: str | float | None, *, current: bool | None = None) -> None:
        """Show what was given, and whether digits go here."""
        self.value, self.typed, self._told = value, "", False
        self.current = self.current if current is None else current
        self.paint()

    def paint(self) -> None:
        """Write the row."""
        name = one_line(self.ask.name, self._width).ljust(self._width)
        parts: list[tuple[str, str]] = [("▸" if self.current else " ", "$accent"), (f"{name} ", "bold")]
        at = 1 + self._width + 1
        self._places = []
        for place, text, style in self._pieces():
            if place is not None:
                self._places.append((at, at + len(text), place))
            parts.append((text, style))
            at += len(text)
        self.update(Content.assemble(*parts))

    def _pieces(self) -> list[tuple[int | None, str, str]]:
        """The row's parts: which choice each is, its text and its style."""
        choices = self.ask.choices
        if self.ask.ranks:
            said = self.typed or (str(self.value) if self.value is not None else "")
            keys = [
                (n, f" {number_key(n, len(choices))} {c.text} ", "dim" if c.text in said else "")
                for n, c in enumerate(choices)
            ]
            return [*keys, (None, f"  best first: {said or '…'}", "bold")]
        if len(choices) > MOST:
            given = "" if self.value is None else f" [{self.ask.text(self.value)}]"
            at = "" if self.cursor is None else f" ({choices[self.cursor].text})"
            asked = f" {self.typed}_" if self.typed else ""
            span = f"{choices[0].text} … {choices[-1].text}"
            return [(None, f"{span}{given}{at}{asked}  type it, enter gives it", "")]
        return [
            (n, self._piece(n, choice), "bold reverse" if choice.value == self.value else "")
            for n, choice in enumerate(choices)
        ]

    def _piece(self, number: int, choice: Choice) -> str:
        text = one_line(choice.text, 24)
        if isinstance(choice.value, str):
            key = _VERDICT_KEYS.get(choice.value, "") if is_verdict(self.ask) else ""
            text = f"{key or number_key(number, len(self.ask.choices))} {text}"
        if choice.value == self.value:
            return f"[{text}]"
        return f"({text})" if self.cursor == number else f" {text} "

    def type(self, digit: str) -> None:
        """Take a digit: a number of a choice, or part of a point's number."""
        if self.ask.ranks or isinstance(self.ask.choices[0].value, str):
            self.choose((int(digit) or 10) - 1)
            return
        texts = [choice.text for choice in self.ask.choices]
        if digit == "0" and not self.typed and texts[0] == "1" and texts[-1] == "10":
            self.choose(9)
            return
        self.typed += digit
        begun = [text for text in texts if text.startswith(self.typed)]
        if not begun:
            self.typed = digit if any(text.startswith(digit) for text in texts) else ""
            begun = [text for text in texts if self.typed and text.startswith(self.typed)]
        if begun == [self.typed] or (self.typed in begun and texts == [str(n) for n in range(1, 11)]):
            self.choose(texts.index(self.typed))
            return
        self.paint()

    def letter(self, key: str) -> bool:
        """Take the first letter of a label, where those of all labels differ and mean nothing else here."""
        choices = self.ask.choices
        if self.ask.ranks or is_verdict(self.ask) or not isinstance(choices[0].value, str):
            return False
        firsts = [choice.text[0].casefold() for choice in choices]
        if len(set(firsts)) < len(firsts) or set(firsts) & _KEPT or key not in firsts:
            return False
        self.choose(firsts.index(key))
        return True

    def choose(self, number: int) -> None:
        """Give a choice by its place; nothing where there is none, or when one was given a moment ago."""
        if self._told or not 0 <= number < len(self.ask.choices):
            return
        choice = self.ask.choices[number]
        if not self.ask.ranks:
            self._give(choice.value)
            return
        letters = [] if not self.typed else self.typed.split(" > ")
        if choice.text in letters:
            return
        letters.append(choice.text)
        left = [each.text for each in self.ask.choices if each.text not in letters]
        if len(left) > 1:
            self.typed = " > ".join(letters)
            self.paint()
            return
        self._give(" > ".join([*letters, *left]))

    def _give(self, value: str | float) -> None:
        """Tell what was given, once: a second key must not reach the item after this one."""
        self.typed, self._told = "", True
        self.post_message(self.Given(self, value))

    def action_point(self, by: int) -> None:
        """Move the cursor."""
        last = len(self.ask.choices) - 1
        start = next((n for n, c in enumerate(self.ask.choices) if c.value == self.value), None)
        if self.cursor is None:
            self.cursor = (0 if by > 0 else last) if start is None else max(0, min(last, start + by))
        else:
            self.cursor = max(0, min(last, self.cursor + by))
        self.paint()
        self.post_message(self.Turned(self))

    def action_give(self) -> None:
        """Give what was typed, else what the cursor is at."""
        texts = [choice.text for choice in self.ask.choices]
        if not self.ask.ranks and self.typed in texts:
            self.choose(texts.index(self.typed))
        elif self.cursor is not None:
            self.choose(self.cursor)

    def action_unsay(self) -> None:
        """Take back the last digit or place."""
        self.typed = " > ".join(self.typed.split(" > ")[:-1]) if self.ask.ranks else self.typed[:-1]
        self.paint()

    def action_row(self, by: int) -> None:
        """Go to another row."""
        self.post_message(self.Left(self, by))

    def action_scroll_texts(self, by: int) -> None:
        """Scroll the answers."""
        self.post_message(self.Scrolled(by))

    @on(Click)
    def _clicked(self, event: Click) -> None:
        self.focus()
        for start, end, place in self._places:
            if start <= event.x < end:
                self.choose(place)


class LabelRows(VerticalScroll, can_focus=False):
    """Every row of an item, and below what the current one's choices mean."""

    def compose(self) -> ComposeResult:
        """Nothing yet: rows come with the item."""
        yield from ()

    @property
    def rows(self) -> list[LabelRow]:
        """The rows in order."""
        return list(self.query(LabelRow))

    @property
    def row(self) -> LabelRow | None:
        """The one that digits go to."""
        rows = self.rows
        return next((row for row in rows if row.current), rows[0] if rows else None)

    async def put(self, asks: Sequence[Ask], values: dict[str, str | float]) -> None:
        """Show these rows, with what was given; the first without a value is the current one."""
        rows = self.rows
        if [row.ask for row in rows] != list(asks):
            width = min(NAME, max((len(one_line(ask.name, NAME)) for ask in asks), default=0))
            focused = any(row.has_focus for row in rows) or not rows
            await self.remove_children()
            await self.mount(*(LabelRow(ask, width) for ask in asks))
            rows = self.rows
            if focused and rows and not self.screen.is_modal:
                rows[0].focus()
        for row in rows:
            row.cursor = None
            row.put(values.get(row.ask.key), current=False)
        self.turn_to(next((row for row in rows if row.value is None), rows[0]) if rows else None)

    def turn_to(self, row: LabelRow | None) -> None:
        """Make a row the current one; the focus goes along where it was on another."""
        rows = self.rows
        for each in rows:
            if each.current != (each is row):
                each.current = each is row
                each.paint()
        if row is not None:
            if any(each.has_focus for each in rows):
                row.focus()
            self.post_message(LabelRow.Turned(row))

    @on(DescendantFocus)
    def _focused(self, event: DescendantFocus) -> None:
        if isinstance(event.widget, LabelRow) and not event.widget.current:
            self.turn_to(event.widget)

    @on(LabelRow.Left)
    def _leave(self, event: LabelRow.Left) -> None:
        event.stop()
        rows = self.rows
        if len(rows) < 2:
            self.post_message(LabelRow.Scrolled(event.by))
        elif 0 <= (place := rows.index(event.row) + event.by) < len(rows):
            self.turn_to(rows[place])


def is_verdict(ask: Ask) -> bool:
    """Whether a pair is asked about."""
    return [choice.value for choice in ask.choices] == [verdict.value for verdict, _, _ in VERDICTS]


def number_key(number: int, count: int) -> str:
    """The digit of a choice, counted from 0; empty for those that have none."""
    return "" if number > 9 or (number == 9 and count > 10) else str((number + 1) % 10)


def meaning(row: LabelRow, room: int) -> Content:
    """What the choice at the cursor means, else what the criterion and the ends of its scale do.

    Args:
        room: characters that it may take.
    """
    ask = row.ask
    if row.cursor is not None:
        choice = ask.choices[row.cursor]
        return Content.assemble(
            (f"{value_text(choice.value)}: ", "bold"),
            literal(one_line(choice.anchor or "no description", room)),
        )
    anchored = [f"{choice.text} {choice.anchor}" for choice in ask.choices if choice.anchor]
    if is_verdict(ask):
        anchored = []
    told = " · ".join([*([ask.about] if ask.about else []), *anchored])
    return literal(one_line(told, room), "$text-muted")
