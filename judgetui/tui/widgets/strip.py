"""A line of names, one of them chosen, that the mouse can choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click, Resize
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from judgetui.tui.text import one_line

LONGEST: Final = 30
"""Characters of a name that are shown."""

_PLACE: Final = "place"
"""What a name carries, so that a click on it can tell which one it is."""


class Strip(Static):
    """Names side by side on one line; when they do not all fit, those around the chosen one are shown.

    Keys are the screen's business: a strip takes no focus.
    """

    class Chosen(Message):
        """A name was clicked; `place` counts from 0."""

        def __init__(self, strip: Strip, place: int) -> None:
            super().__init__()
            self.strip = strip
            self.place = place

        @property
        def control(self) -> Strip:
            """The strip."""
            return self.strip

    def __init__(self, names: Sequence[str] = (), chosen: int = 0, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.names, self.chosen = _shown(names), chosen
        self._first = 0
        if names:
            self.update(self._line())

    def put(self, names: Sequence[str], chosen: int) -> None:
        """Show these names, literal text each, with one of them chosen."""
        if (_shown(names), chosen) != (self.names, self.chosen):
            self.names, self.chosen = _shown(names), chosen
            self.update(self._line())

    def on_resize(self, event: Resize) -> None:
        """Show as many names as fit now."""
        if sum(map(_cells, self.names)) > event.size.width or self._first:
            self.update(self._line())

    def on_click(self, event: Click) -> None:
        """Tell which name was clicked."""
        place = event.style.meta.get(_PLACE)
        if place is not None:
            self.post_message(self.Chosen(self, place))

    def _line(self) -> Content:
        self._first = self._first_shown()
        parts: list[Content] = [Content.styled("< ", "dim")] if self._first else []
        for place, name in enumerate(self.names[self._first :], self._first):
            look = "bold reverse" if place == self.chosen else "dim"
            text = Content.styled(f" {name} ", look)
            parts.append(text.stylize(Style.from_meta({_PLACE: place})))
        return Content("").join(parts)

    def _first_shown(self) -> int:
        room = self.size.width or 80
        first = 0
        while first < self.chosen and sum(map(_cells, self.names[first : self.chosen + 1])) + 2 > room:
            first += 1
        return first


def _shown(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(one_line(name, LONGEST) for name in names)


def _cells(name: str) -> int:
    return cell_len(name) + 2
