"""A text of any length to scroll through: lines are cut once, and only those in sight are drawn."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from textual.binding import BindingType
from textual.events import Resize
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from judgetui.tui.text import visible
from judgetui.tui.widgets.answers import SCROLL_KEYS


class LongText(ScrollView, can_focus=True):
    """Literal text, wrapped at spaces where there are any.

    Args:
        text: shown with control characters made visible.
    """

    DEFAULT_CSS = "LongText { height: 1fr; background: $surface; color: $foreground; }"
    BINDINGS: ClassVar[list[BindingType]] = SCROLL_KEYS

    def __init__(self, text: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = visible(text).expandtabs(4)
        self._lines: list[str] = []
        self._width = 0

    def on_resize(self, event: Resize) -> None:
        """Cut the lines anew when the width is another."""
        width = self.scrollable_content_region.width
        if width and width != self._width:
            self._width = width
            self._lines = [part for line in self._text.split("\n") for part in wrapped(line, width)]
            self.virtual_size = Size(width, len(self._lines))
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the text."""
        number = round(self.scroll_offset.y) + y
        line = self._lines[number] if number < len(self._lines) else ""
        return Strip([Segment(line, self.rich_style)]).adjust_cell_length(self.size.width, self.rich_style)


def wrapped(line: str, width: int) -> list[str]:
    """A line in parts of at most `width` cells."""
    if not line.isascii():
        return [line] if cell_len(line) <= width else chop_cells(line, width)
    parts: list[str] = []
    start = 0
    while len(line) - start > width:
        space = line.rfind(" ", start, start + width + 1)
        end = space + 1 if space > start else start + width
        parts.append(line[start:end])
        start = end
    return [*parts, line[start:]]
