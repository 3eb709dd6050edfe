"""The items screen: every item of the session, filtered and sorted, and all that one holds."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import ScreenResume
from textual.widgets import Input, Static

from judgetui.config.keymap import Scope
from judgetui.core.item_summary import ItemSummary
from judgetui.errors import JudgetuiError
from judgetui.services.item_index import Held, Query, Sort, held, parse_query, read_rows, select
from judgetui.tui.actions import bindings
from judgetui.tui.changes import Changed
from judgetui.tui.deletions import Deletions
from judgetui.tui.later import Later
from judgetui.tui.modals.dialogs import Viewer
from judgetui.tui.screens import items_actions
from judgetui.tui.screens.base import WorkScreen
from judgetui.tui.text import literal
from judgetui.tui.widgets.filter_line import FilterLine
from judgetui.tui.widgets.item_index import IndexTable, Listing
from judgetui.tui.widgets.item_pane import Found, ItemPane
from judgetui.tui.widgets.item_words import item_text
from judgetui.tui.workspace import Workspace

NO_SESSION = "No session is open. 1 goes to the sessions: enter opens one, D opens the demo."
NO_ITEMS = "This session holds no items yet.\n\na imports some: a file, or text that you paste."

DETAIL_AFTER: Final = 0.1
"""Seconds the cursor must stay on an item before it is read, so that a key that is held moves freely."""

FILTER_AFTER: Final = 0.08
"""Seconds without a key before the filter is put to work, which would take the processor from the keys."""

SETTLE: Final = 10_000
"""Rows after which those that are read meanwhile are filtered and sorted with the rest."""

NEEDS_ITEMS: Final = frozenset(
    {"use", "run_these", "whole", "filter", "sort", "reverse", "mark", "mark_all", "delete", "write"}
    | {"duplicates", "splits"}
)
"""Actions that are dimmed while there is no item."""


class ItemsScreen(WorkScreen):
    """All items of the session."""

    SCOPE = Scope.ITEMS
    CSS_PATH = "items.tcss"
    AUTO_FOCUS = "#index"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.ITEMS),
        Binding("escape", "clear_filter", show=False),
        Binding("down", "to_list", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.listing = Listing()
        self._of: Workspace | None = None
        self._state = -1
        self._reading: int | None = None
        self._to_arrange: list[ItemSummary] = []
        self._expected = 0
        self._looked = 0
        self._busy = ""
        self._query = Query()
        self._wanted: int | None = None
        self.deletions = Deletions()
        self._soon = Later(self, DETAIL_AFTER, self._show_detail)
        self._filter_soon = Later(self, FILTER_AFTER, self._filter)
        self._shown: tuple[bool, bool, bool] | None = None

    def body(self) -> ComposeResult:
        """Head, filter, the table and the item under its cursor."""
        yield Static(id="head")
        yield FilterLine(id="filter")
        yield Static(id="empty")
        with Horizontal(id="columns"):
            yield IndexTable(self.listing, id="index")
            yield ItemPane("detail")

    @property
    def table(self) -> IndexTable:
        """The items."""
        return self.query_one(IndexTable)

    @property
    def _line(self) -> FilterLine:
        return self.query_one(FilterLine)

    @property
    def _pane(self) -> ItemPane:
        return self.query_one(ItemPane)

    # reading

    def show(self, changed: Changed) -> None:
        """Read the items of another session, or again where something was written since."""
        if self.space is not self._of:
            self._begin()
        if self.is_current and (changed.session or changed.items):
            self._catch_up()

    def _begin(self) -> None:
        """Forget the session that was open."""
        self.workers.cancel_group(self, "read")
        self.workers.cancel_group(self, "select")
        self._of, self._state, self._reading, self._wanted = self.space, -1, None, None
        self._pane.clear()
        self.deletions.clear()
        self.listing.clear()
        self._paint()

    @on(ScreenResume)
    def _resumed(self) -> None:
        """Catch up with what was written while another screen was shown."""
        if self.space is not self._of:
            self._begin()
        self._catch_up()

    @work(group="look", exclusive=True, exit_on_error=False)
    async def _catch_up(self) -> None:
        space = self.space
        if space is None or self._reading is not None:
            return
        try:
            state = await space.session.read(lambda repos: repos.runs.state())
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        # A run writes all the time, and of the items nothing.
        if state != self._state and (space.live is None or self._state == -1):
            self._read(space)

    @work(group="read", exclusive=True, exit_on_error=False)
    async def _read(self, space: Workspace) -> None:
        """Read all rows: at first they show as they come, later they take the place of the old ones when whole."""
        first = not self.listing.rows
        rows: list[ItemSummary] = self.listing.rows if first else []
        known, settled = Held(), 0
        self._reading = 0
        try:
            self._state, self._expected = await space.session.read(
                lambda repos: (repos.runs.state(), repos.items.count())
            )
            async for portion in read_rows(space.session):
                if space is not self.space:
                    return
                rows += portion
                known = held(portion, known)
                self._reading = len(rows)
                if first:
                    self.listing.held = known
                    if len(rows) - settled >= SETTLE or len(rows) == len(portion):
                        settled = len(rows)
                        self._arrange(rows)
                    elif self._plain:
                        self.listing.view = range(len(rows))
                        self.table.measure()
                    self._show_head()
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        finally:
            if space is self._of:
                self._reading = None
        if len(rows) > SETTLE:
            gc.freeze()  # the collector would look through all of them again and again
        self.listing.held = known
        self.listing.marked &= {row.id for row in rows}
        self._arrange(rows)
        self._soon.ask()

    @property
    def _plain(self) -> bool:
        """Whether all rows show in the order they are read."""
        return not self._query and self.listing.sort is Sort.POSITION and not self.listing.descending

    # filter and order

    def _arrange(self, rows: list[ItemSummary] | None = None) -> None:
        """Filter and sort anew; what was begun before is dropped."""
        rows = self.listing.rows if rows is None else rows
        if self._plain:
            self.workers.cancel_group(self, "select")
            self._put(rows, range(len(rows)), len(rows))
        else:
            self._to_arrange = rows
            self._select()

    @work(group="select", exclusive=True, exit_on_error=False)
    async def _select(self) -> None:
        # The rows are not passed: Textual writes the arguments of a worker out for its log.
        space, rows = self.space, self._to_arrange
        sort, descending = self.listing.sort, self.listing.descending
        if space is None:
            return
        try:
            async for view, looked in select(space.session, rows, self._query, sort, descending=descending):
                self._put(rows, view, looked)
        except JudgetuiError as error:
            self.judgetui.complain(error)

    def _put(self, rows: list[ItemSummary], view: Sequence[int], looked: int) -> None:
        """Show rows; the cursor stays on its item, and comes back to it once it is shown again."""
        self.listing.rows, self.listing.view, self._looked = rows, view, looked
        self._paint()

    def _paint(self) -> None:
        there = bool(self.listing.rows) or (
            self.space is not None and (self._reading is not None or self._state < 0)
        )
        shown = (self.space is None, there, bool(self.listing.rows))
        if shown != self._shown:  # what changes the layout is done when need be: it takes its time
            self._shown = shown
            empty = self.query_one("#empty", Static)
            empty.display = not there
            empty.update(literal(NO_SESSION if self.space is None else NO_ITEMS))
            self.query_one("#columns").display = self.query_one("#head").display = there
            self.refresh_bindings()
        row = self.listing.row_of(self._wanted)
        self.table.update(0 if row is None else row)
        if there and self.focused is None and self.is_current:
            self.table.focus()
        self._show_head()
        if not self._pane.shows(self._current):
            self._soon.ask()

    def _show_head(self) -> None:
        parts = [self.listing.words(self._looked if self._query else None)]
        if self._reading is not None:
            parts.append(f"reading {self._reading:,} of {self._expected:,}")
        if self._busy:
            parts.append(self._busy)
        nothing = self._query and not self.listing.view and self._reading is None
        if nothing and self._looked >= len(self.listing.rows):
            parts.append("nothing is like that; esc clears the filter")
        self.query_one("#head", Static).update(literal(" · ".join(parts)), layout=False)

    def busy(self, what: str) -> None:
        """Say what is being done; nothing, when it is done."""
        self._busy = what
        self._show_head()

    @on(Input.Changed, "#filter")
    def _typed(self) -> None:
        self._filter_soon.ask()

    def _filter(self) -> None:
        """Find what the filter asks for."""
        self._query = parse_query(self._line.value, self.listing.marked)
        self._arrange()

    @on(Input.Submitted, "#filter")
    def action_to_list(self) -> None:
        """Go from the filter to the list."""
        self._line.leave()
        self.set_focus(self.table)

    def action_filter(self) -> None:
        """Filter the list."""
        self._line.open()

    def action_clear_filter(self) -> None:
        """Show all items again."""
        self._line.leave(clear=True)
        self.set_focus(self.table)

    def action_sort(self) -> None:
        """Sort by the next of what there is to sort by."""
        self.listing.sort_by_next()
        self._arrange()

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.listing.descending = not self.listing.descending
        self._arrange()

    # the item under the cursor

    @on(IndexTable.Moved)
    def _moved(self) -> None:
        self._wanted = None if self._current is None else self._current.position
        self._soon.ask()

    @property
    def _current(self) -> ItemSummary | None:
        return self.listing.at(self.table.cursor)

    @work(group="detail", exclusive=True, exit_on_error=False)
    async def _show_detail(self) -> None:
        await self._whole()

    async def _whole(self) -> Found | None:
        """The item under the cursor with its judgements, read anew and shown."""
        space, row = self.space, self._current
        if space is None or row is None:
            self._pane.clear()
            return None
        try:
            return await self._pane.read(space, row)
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return None

    @work(group="view", exclusive=True, exit_on_error=False)
    async def action_whole(self) -> None:
        """Show all of the item."""
        if found := await self._whole():
            self.app.push_screen(Viewer(found[0].id, item_text(*found)))

    # marks

    def action_mark(self) -> None:
        """Mark the item, or take its mark away, and go to the next one."""
        if row := self._current:
            self.listing.marked ^= {row.id}
            self.table.refresh_row(self.table.cursor)
            self.table.action_move(1)
            self._show_head()

    def action_mark_all(self) -> None:
        """Mark all items that are shown; where all are marked, none."""
        self.listing.mark_shown()
        self.table.refresh()
        self._show_head()

    # what is done with items

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what needs an item while there is none, and what needs a session."""
        lacking = action in NEEDS_ITEMS and not self.listing.rows
        if lacking or (action == "import_items" and self.space is None):
            return None
        return super().check_action(action, parameters)

    def shift(self, rows: list[ItemSummary], view: Sequence[int] | None, wanted: int | None) -> None:
        """Show other rows after a change that is in the session already.

        Args:
            view: the places shown; None to filter and sort anew.
            wanted: position of the item that gets the cursor.
        """
        self._wanted = wanted
        if view is None:
            self._arrange(rows)
        else:
            self._put(rows, view, len(rows))

    async def noted(self, space: Workspace, *, shown: bool = True) -> None:
        """Take in that the session's items were changed here, and tell the other screens.

        Args:
            shown: whether the rows show it already; else, or while they are read, they are read again.
        """
        self._state = await space.session.read(lambda repos: repos.runs.state())
        if not shown or self._reading is not None:
            self._read(space)
        self.judgetui.changed.publish(Changed(items=True))
        await space.reload_items()
        self.judgetui.changed.publish(Changed(items=True))

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_use(self) -> None:
        """Show the rubric's prompt with this item."""
        if (row := self._current) is not None:
            await items_actions.use(self, row)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_run_these(self) -> None:
        """Run the rubric on the marked items, or on this one."""
        await items_actions.run(self, self.listing.chosen(self.table.cursor))

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_delete(self) -> None:
        """Delete the marked items, or this one; u brings them back."""
        await items_actions.take_out(self, self.listing.chosen(self.table.cursor))

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_undo(self) -> None:
        """Bring back what was deleted last."""
        await items_actions.undo(self)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_write(self) -> None:
        """Write items to a JSONL file."""
        await items_actions.write_out(self)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_import_items(self) -> None:
        """Add items from a file or a paste."""
        await items_actions.import_items(self)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_splits(self) -> None:
        """Divide the items into train, development and test."""
        await items_actions.divide(self)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_duplicates(self) -> None:
        """Show items that are nearly the same."""
        await items_actions.show_duplicates(self)
