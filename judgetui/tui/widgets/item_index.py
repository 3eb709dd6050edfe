"""The table of a session's items, of which there may be very many."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from typing import Final

from textual.events import Resize

from judgetui.core.item_summary import ItemSummary
from judgetui.services.item_index import SHOWN, Held, Sort
from judgetui.tui.widgets.row_view import Cell, Columns, RowView

WIDEST_ID: Final = 24
"""Cells of the ids' column, at most."""

TEXT: Final = 22
"""Cells that the first words have, before there is a further column."""

_WIDEST: Final = {
    "label": 9,
    "split": 11,
    "category": 14,
    "judge": 9,
    "raters": 14,
    "model": 16,
    "answers": 7,
    "group": 14,
}
"""Columns between id and text by their weight, with the cells they have at most."""

_ORDER: Final = ("category", "group", "split", "model", "answers", "length", "label", "raters", "judge")
"""The same in the order they stand."""

_SORTED: Final = {
    Sort.POSITION: "",
    Sort.ID: "id",
    Sort.CATEGORY: "category",
    Sort.SPLIT: "split",
    Sort.LENGTH: "length",
    Sort.LABEL: "label",
    Sort.RESULT: "judge",
}
"""The column whose heading says that the rows are sorted by it."""


_ALWAYS: Final = frozenset({Sort.POSITION, Sort.ID, Sort.LENGTH})
"""What every session's items can be sorted by."""


class Listing:
    """What the table shows.

    Attributes:
        rows: all that were read, by position.
        view: places in `rows` that are shown, in order.
        marked: ids.
        held: what the rows hold.
    """

    def __init__(self) -> None:
        self.rows: list[ItemSummary] = []
        self.view: Sequence[int] = range(0)
        self.marked: set[str] = set()
        self.held = Held()
        self.sort = Sort.POSITION
        self.descending = False

    def clear(self) -> None:
        """Forget all rows; the order stays."""
        self.rows, self.view, self.held = [], range(0), Held()
        self.marked.clear()

    def words(self, looked: int | None) -> str:
        """How many items there are, are found and are marked, and what they are sorted by.

        Args:
            looked: how many the filter has looked through; None without a filter.
        """
        every = len(self.rows)
        parts = [f"{every:,} item{'' if every == 1 else 's'}"]
        if looked is not None:
            parts.append(f"{len(self.view):,} found{'' if looked >= every else f', looking … {looked:,}'}")
        if self.marked:
            parts.append(f"{len(self.marked):,} marked")
        if self.sort is not Sort.POSITION or self.descending:
            parts.append(f"by {self.sort.value} {'↓' if self.descending else '↑'}")
        return " · ".join(parts)

    def at(self, row: int) -> ItemSummary | None:
        """The item of a row that is shown."""
        return self.rows[self.view[row]] if 0 <= row < len(self.view) else None

    def row_of(self, position: int | None) -> int | None:
        """The row that shows the item at a position of the session; None where none does."""
        if position is None:
            return None
        place = bisect_left(self.rows, position, key=lambda row: row.position)
        if place >= len(self.rows) or self.rows[place].position != position:
            return None
        try:
            return self.view.index(place)
        except ValueError:
            return None

    def chosen(self, row: int) -> list[ItemSummary]:
        """The marked items by position, else the one of a row."""
        if self.marked:
            return [each for each in self.rows if each.id in self.marked]
        one = self.at(row)
        return [] if one is None else [one]

    def sort_by_next(self) -> None:
        """Choose the next of what there is to sort by."""
        every = [sort for sort in Sort if sort in _ALWAYS or self.held.widths.get(_SORTED[sort])]
        place = every.index(self.sort) if self.sort in every else -1
        self.sort = every[(place + 1) % len(every)]

    def mark_shown(self) -> None:
        """Mark all items that are shown; where all are marked, none."""
        shown = {self.rows[place].id for place in self.view}
        if shown <= self.marked:
            self.marked -= shown
        else:
            self.marked |= shown

    def leave_out(self, gone: Collection[str], row: int) -> tuple[list[ItemSummary], list[int], int | None]:
        """What is left without some items.

        Args:
            gone: their ids.
            row: where the cursor is.

        Returns:
            The rows, the places shown, and the position of the item that the cursor goes to: the next that stays.
        """
        rows, view = self.rows, self.view
        near = chain(view[row:], view[:row][::-1])
        stays = next((place for place in near if rows[place].id not in gone), None)
        left: list[ItemSummary] = []
        moved: list[int | None] = []
        for each in rows:
            moved.append(None if each.id in gone else len(left))
            if each.id not in gone:
                left.append(each)
        shown = [place for place in map(moved.__getitem__, view) if place is not None]
        self.marked -= set(gone)
        return left, shown, None if stays is None else rows[stays].position


def columns_for(width: int, held: Held, sort: Sort) -> Columns:
    """The columns that fit a table of that width: those that some item holds something in, by weight."""
    identity = max(4, min(WIDEST_ID, held.widths.get("id", 0), width // 4))
    left = width - (identity + 1) - 2 - TEXT
    wanted = {name: most for name, most in _WIDEST.items() if held.widths.get(name)}
    if not held.several:
        wanted.pop("answers", None)
    if sort is Sort.LENGTH:
        wanted = {"length": 9} | wanted
    taken = {}
    for name, most in wanted.items():
        cells = min(most, max(len(name) + 2 * (name == _SORTED[sort]), held.widths[name]))
        if cells < left:
            taken[name] = cells
            left -= cells + 1
    between = tuple((name, taken[name]) for name in _ORDER if name in taken)
    return (("", 1), ("id", identity), *between, ("text", max(1, left + TEXT - 1)))


class IndexTable(RowView):
    """A session's items, as far as they were read and are asked for."""

    def __init__(self, listing: Listing, *, id: str) -> None:
        super().__init__(id=id)
        self._listing = listing
        self._shown: list[str] = []

    def update(self, row: int | None = None) -> None:
        """Take in that the listing has changed.

        Args:
            row: where the cursor goes; None leaves it where it is, as far as there is a row.
        """
        self._fit()
        self.go_to(max(0, min(self.cursor if row is None else row, self.row_count - 1)))

    def _fit(self) -> None:
        width = self.scrollable_content_region.width
        columns = columns_for(width, self._listing.held, self._listing.sort)
        self._shown = [name for name, _ in columns if name in SHOWN]
        self.set_columns(columns)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._listing.view)

    def heading(self, name: str) -> str:
        """A column's name, with an arrow where the rows are sorted by it."""
        listing = self._listing
        if name and name == _SORTED[listing.sort]:
            return f"{name} {'↓' if listing.descending else '↑'}"
        return name

    def row_cells(self, row: int) -> Mapping[str, Cell]:
        """An item's cells by column."""
        item = self._listing.at(row)
        if item is None:
            return {}
        marked = item.id in self._listing.marked
        mark = Cell("●" if marked else "⚑" if item.flagged else "", "odd" if item.flagged else "")
        shown = {name: Cell(SHOWN[name](item)) for name in self._shown}
        return {"": mark, **shown, "text": Cell(item.text, "faint")}

    def on_resize(self, event: Resize) -> None:
        """Fit the columns to the new width, and keep the cursor in sight."""
        self._fit()
        super().on_resize(event)
