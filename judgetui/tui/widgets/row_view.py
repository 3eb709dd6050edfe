"""A table of any number of rows. Only those in sight are ever made, so 100,000 of them cost what 30 do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from judgetui.tui.text import one_line

Columns = tuple[tuple[str, int], ...]
"""Names and widths, without the gap of one cell."""

_BLOCKS = frozenset({"items--head", "items--cursor"})
"""Lines with a background of their own."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and its tone: `good`, `bad`, `odd`, `faint`, or nothing."""

    text: str
    tone: str = ""


NOTHING = Cell("")


class RowView(ScrollView, can_focus=True):
    """Rows under a line of headings, with a cursor. Subclasses say how many there are and what is in one.

    Attributes:
        cursor: the row it stands on.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "items--head",
        "items--cursor",
        "items--good",
        "items--bad",
        "items--odd",
        "items--faint",
    }
    DEFAULT_CSS = """
    RowView { background: $surface; color: $foreground; }
    RowView .items--head { background: $panel; color: $foreground; text-style: bold; }
    RowView .items--cursor {
        background: $block-cursor-blurred-background;
        color: $block-cursor-blurred-foreground;
        text-style: bold;
    }
    RowView:focus .items--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    RowView .items--good { color: $text-success; }
    RowView .items--bad { color: $text-error; }
    RowView .items--odd { color: $text-warning; }
    RowView .items--faint { color: $foreground; text-style: dim; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("pagedown,ctrl+d", "page(1)", show=False),
        Binding("pageup,ctrl+u", "page(-1)", show=False),
        Binding("home,g", "edge(False)", show=False),
        Binding("end,G", "edge(True)", show=False),
    ]

    class Moved(Message):
        """The user put the cursor on another row.

        Args:
            position: the row, counted from 0.
        """

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.cursor = 0
        self._columns: Columns = ()
        self._base = Style()
        self._styles: dict[str, Style] = {}

    # what a subclass says

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def row_cells(self, row: int) -> Mapping[str, Cell]:
        """A row's cells by column; one that is missing is empty."""
        raise NotImplementedError

    def before_painting(self) -> None:
        """Look up once what every row needs."""

    # what it is told

    def set_columns(self, columns: Columns) -> None:
        """Show these columns."""
        self._columns = columns
        self.measure()

    def measure(self) -> None:
        """Take in that there are other rows or columns."""
        # The headings take the place of one row, so that the last one can be scrolled into sight.
        self.virtual_size = Size(sum(cells + 1 for _, cells in self._columns) - 1, self.row_count + 1)
        self.refresh()

    def go_to(self, row: int) -> None:
        """Put the cursor on a row and bring it in sight; nobody is told."""
        before, self.cursor = self.cursor, row
        top, high = round(self.scroll_offset.y), max(1, self.size.height - 1)
        if not top <= row < top + high:
            to = row if row < top else row - high + 1
            self.scroll_to(y=to, animate=False, force=True, immediate=True)
        self.refresh_row(before)
        self.refresh_row(row)

    def refresh_row(self, row: int) -> None:
        """Paint a row again, if it is in sight."""
        line = row - round(self.scroll_offset.y) + 1
        if 0 < line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    def in_sight(self) -> range:
        """The rows in sight."""
        top = round(self.scroll_offset.y)
        return range(top, min(top + max(0, self.size.height - 1), self.row_count))

    # painting

    def render_lines(self, crop: Region) -> list[Strip]:
        """Look up once what every line needs."""
        self.before_painting()
        self._base = self.rich_style
        self._styles = {
            name.removeprefix("items--"): self.get_component_rich_style(name, partial=name not in _BLOCKS)
            for name in self.COMPONENT_CLASSES
        }
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """The headings, then a row a line."""
        base = self._base
        width = self.size.width
        left = round(self.scroll_offset.x)
        if y == 0:
            head = self._styles["head"]
            segments = [
                Segment(set_cell_size(self.heading(name), cells) + " ", head) for name, cells in self._columns
            ]
            return Strip(segments).crop(left, left + width).extend_cell_length(width, head)
        place = round(self.scroll_offset.y) + y - 1
        if place >= self.row_count:
            return Strip.blank(width, base)
        row = self.row_cells(place)
        at_cursor = place == self.cursor
        back = self._styles["cursor"] if at_cursor else base
        segments = [
            self._segment(row.get(name, NOTHING), cells, back, at_cursor) for name, cells in self._columns
        ]
        return Strip(segments).crop(left, left + width).extend_cell_length(width, back)

    def heading(self, name: str) -> str:
        """What stands over a column."""
        return name

    def _segment(self, cell: Cell, width: int, back: Style, at_cursor: bool) -> Segment:
        style = back
        if cell.tone and not at_cursor:
            style = back + self._styles[cell.tone]
        return Segment(set_cell_size(one_line(cell.text, width), width) + " ", style)

    # moving

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self.choose(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self.choose(self.cursor + by * max(1, self.size.height - 2))

    def action_edge(self, last: bool) -> None:
        """Move the cursor to an end."""
        self.choose(self.row_count if last else 0)

    def choose(self, row: int) -> None:
        """Put the cursor on a row, or the nearest there is, and tell of it."""
        row = max(0, min(row, self.row_count - 1))
        if row != self.cursor and self.row_count:
            self.go_to(row)
            self.post_message(self.Moved(row))

    def on_click(self, event: Click) -> None:
        """Put the cursor where the mouse clicked."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y > 0:
            row = round(self.scroll_offset.y) + offset.y - 1
            if row < self.row_count:
                self.choose(row)

    def on_resize(self, event: Resize) -> None:
        """Keep the cursor in sight."""
        self.go_to(self.cursor)
