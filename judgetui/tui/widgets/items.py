"""The table of a run's items. Only the rows in sight are ever made, so 10,000 of them cost what 30 do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from judgetui.core.judgement import JudgementRow
from judgetui.core.request import Order
from judgetui.core.run import ItemRow, Run
from judgetui.core.vote import Status
from judgetui.services.reading import AGREES, match_word, order_word, overall_label, short_result
from judgetui.tui.text import one_line
from judgetui.tui.workspace import Workspace

RANKING: Final = re.compile(r"[A-Z](?: [>=] [A-Z]){2,}")
"""A ranking of three or more answers in letters."""

Columns = tuple[tuple[str, int], ...]
"""Names and widths, without the gap of one cell."""


def columns_for(width: int) -> Columns:
    """Columns for a screen of that width."""
    if width < 100:
        return (("id", 12), ("result", 9))
    if width < 120:
        return (("id", 14), ("result", 9), ("label", 5), ("match", 9))
    wide = min(40, 14 + (width - 120) // 3)
    return (("id", wide), ("result", 9), ("label", 5), ("match", 9), ("state", 9))


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and its tone: `good`, `bad`, `odd`, `faint`, or nothing."""

    text: str
    tone: str = ""


class Rows:
    """What the table shows of a run.

    Args:
        items: the run's, by position.
    """

    def __init__(self, space: Workspace, run: Run, items: Sequence[ItemRow]) -> None:
        self.run = run
        self.items = items
        self._space = space
        self._stored = space.judgements

    def current(self) -> bool:
        """Whether this is still the run, and the judgements, that the workspace shows."""
        shown = self._space.shown
        return shown is not None and shown.id == self.run.id and self._stored is self._space.judgements

    def judgements(self, position: int) -> tuple[JudgementRow | None, ...]:
        """One for each judge of the run, None where there is none yet."""
        return tuple(self._stored.get((judge, position)) for judge in self.run.judges)

    def stored(self) -> list[JudgementRow]:
        """Every judgement there is."""
        return list(self._stored.values())

    def waiting(self, position: int, judge: str | None = None) -> str:
        """What an item without judgement is waiting for: of one judge, or of any."""
        if not self.live:
            return "not judged"
        at_work = position in self.running() if judge is None else (judge, position) in self._at_work
        return "running" if at_work else "queued"

    def writing(self, position: int, judge: str) -> list[tuple[str, str]]:
        """The replies to an item that a judge is writing: which one each is, and the text so far."""
        replies = self._space.writing.replies(judge, position)
        samples = any(which.sample for which, _ in replies)
        found = []
        for which, text in replies:
            order = order_word(None if which.order is None else Order(which.order))
            sample = f"sample {which.sample + 1}" if samples else ""
            found.append((one_line(" · ".join(filter(None, (which.criterion, order, sample))), 80), text))
        return found

    def cells(self, position: int, running: set[int]) -> dict[str, Cell]:
        """A row by column.

        Args:
            running: where calls are under way.
        """
        every = self.judgements(position)
        there = [judgement for judgement in every if judgement is not None]
        item = self.items[position]
        result = " / ".join(_compact(short_result(judgement)) for judgement in there)
        worst = max(
            (judgement.status for judgement in there), key=lambda status: status.severity, default=None
        )
        if worst is None:
            state = "not judged" if not self.live else "running" if position in running else "queued"
        elif len(there) < len(every) and (self.run.settings.cascade is None or position in running):
            state = f"{len(there)} of {len(every)}"
        else:
            state = "done" if worst is Status.OK else worst.value
        tone = {None: "faint", Status.OK: "", Status.FAILED: "bad"}.get(worst, "odd")
        return {
            "id": Cell(item.item_id),
            "result": Cell(result or state, tone),
            "label": Cell(overall_label(item)),
            "match": _match(there),
            "state": Cell(state, tone),
        }

    @property
    def live(self) -> bool:
        """Whether the run goes on now."""
        live = self._space.live
        return live is not None and live.id == self.run.id

    def running(self) -> set[int]:
        """Where a judge is at work."""
        return {position for _, position in self._at_work}

    @property
    def _at_work(self) -> frozenset[tuple[str, int]]:
        progress = self._space.progress
        return progress.at_work if self.live and progress is not None else frozenset()


def _compact(result: str) -> str:
    """A ranking without its spaces; any other result as it stands."""
    return result.replace(" ", "") if RANKING.fullmatch(result) else result


def _match(there: Sequence[JudgementRow]) -> Cell:
    words = [word for word in map(match_word, there) if word]
    if len(words) > 1:
        return Cell(f"{words.count(AGREES)} of {len(words)} ✓")
    return Cell(words[0], "good" if words[0] == AGREES else "bad") if words else Cell("")


_BLOCKS = frozenset({"items--head", "items--cursor"})
"""Lines with a background of their own."""


class ItemTable(ScrollView, can_focus=True):
    """A run's items under a line of headings, with a cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "items--head",
        "items--cursor",
        "items--good",
        "items--bad",
        "items--odd",
        "items--faint",
    }
    DEFAULT_CSS = """
    ItemTable { background: $surface; color: $foreground; }
    ItemTable .items--head { background: $panel; color: $foreground; text-style: bold; }
    ItemTable .items--cursor {
        background: $block-cursor-blurred-background;
        color: $block-cursor-blurred-foreground;
        text-style: bold;
    }
    ItemTable:focus .items--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
    ItemTable .items--good { color: $text-success; }
    ItemTable .items--bad { color: $text-error; }
    ItemTable .items--odd { color: $text-warning; }
    ItemTable .items--faint { color: $foreground; text-style: dim; }
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
        """The user put the cursor on another item.

        Args:
            position: the item's.
        """

        def __init__(self, position: int) -> None:
            super().__init__()
            self.position = position

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.cursor = 0
        self.cells = 0
        self._columns: Columns = ()
        self._rows: Rows | None = None
        self._painted: object = None
        self._at_work: set[int] = set()
        self._styles: dict[str, Style] = {}

    def fit(self, width: int) -> None:
        """Choose columns for a screen of that width."""
        self._columns = columns_for(width)
        self.cells = sum(cells + 1 for _, cells in self._columns) + (2 if width < 100 else 3)
        self.styles.width = self.cells
        self._measure()

    def put(self, rows: Rows, cursor: int) -> None:
        """Show a run's items, with the cursor on one of them."""
        self._rows, self.cursor = rows, cursor
        self._measure()
        self.go_to(cursor)

    def update_rows(self) -> None:
        """Paint again if a row in sight has changed."""
        state = self._state()
        if state != self._painted:
            self._painted = state
            self.refresh()

    def go_to(self, position: int) -> None:
        """Put the cursor on an item and bring it in sight; nobody is told."""
        before, self.cursor = self.cursor, position
        top, high = round(self.scroll_offset.y), max(1, self.size.height - 1)
        if not top <= position < top + high:
            above = position < top
            to = position if above else position - high + 1
            self.scroll_to(y=to, animate=False, force=True, immediate=True)
        self._refresh_row(before)
        self._refresh_row(position)

    def _refresh_row(self, position: int) -> None:
        line = position - round(self.scroll_offset.y) + 1
        if 0 < line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return 0 if self._rows is None else len(self._rows.items)

    def _measure(self) -> None:
        # The headings take the place of one row, so that the last one can be scrolled into sight.
        self.virtual_size = Size(sum(cells + 1 for _, cells in self._columns) - 1, self.row_count + 1)
        self.refresh()

    def _in_sight(self) -> range:
        top = round(self.scroll_offset.y)
        return range(top, min(top + max(0, self.size.height - 1), self.row_count))

    def _state(self) -> object:
        """What the rows in sight are made of."""
        rows = self._rows
        if rows is None:
            return None
        running, sight = rows.running(), self._in_sight()
        return rows.live, [(rows.judgements(position), position in running) for position in sight]

    # painting

    def render_lines(self, crop: Region) -> list[Strip]:
        """Look up once what every line needs."""
        self._at_work = set() if self._rows is None else self._rows.running()
        self._styles = {
            name.removeprefix("items--"): self.get_component_rich_style(name, partial=name not in _BLOCKS)
            for name in self.COMPONENT_CLASSES
        }
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """The headings, then a row a line."""
        base = self.rich_style
        width = self.size.width
        left = round(self.scroll_offset.x)
        if y == 0:
            head = self._styles["head"]
            segments = [Segment(name.ljust(cells + 1), head) for name, cells in self._columns]
            return Strip(segments).crop(left, left + width).extend_cell_length(width, head)
        position = round(self.scroll_offset.y) + y - 1
        if self._rows is None or position >= self.row_count:
            return Strip.blank(width, base)
        row = self._rows.cells(position, self._at_work)
        at_cursor = position == self.cursor
        back = self._styles["cursor"] if at_cursor else base
        segments = [self._segment(row[name], cells, back, at_cursor) for name, cells in self._columns]
        return Strip(segments).crop(left, left + width).extend_cell_length(width, back)

    def _segment(self, cell: Cell, width: int, back: Style, at_cursor: bool) -> Segment:
        style = back
        if cell.tone and not at_cursor:
            style = back + self._styles[cell.tone]
        return Segment(set_cell_size(one_line(cell.text, width), width) + " ", style)

    # moving

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self._choose(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self._choose(self.cursor + by * max(1, self.size.height - 2))

    def action_edge(self, last: bool) -> None:
        """Move the cursor to an end."""
        self._choose(self.row_count if last else 0)

    def _choose(self, position: int) -> None:
        position = max(0, min(position, self.row_count - 1))
        if position != self.cursor and self.row_count:
            self.go_to(position)
            self.post_message(self.Moved(position))

    def on_click(self, event: Click) -> None:
        """Put the cursor where the mouse clicked."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y > 0:
            position = round(self.scroll_offset.y) + offset.y - 1
            if position < self.row_count:
                self._choose(position)

    def on_resize(self, event: Resize) -> None:
        """Keep the cursor in sight."""
        self.go_to(self.cursor)
