"""The item at hand with all that is known and asked of it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from judgetui.core.judgement import Judgement
from judgetui.services.labelling import Sheet
from judgetui.tui.widgets.label_item import LabelItem
from judgetui.tui.widgets.label_rows import LabelRow, LabelRows, meaning
from judgetui.tui.widgets.label_words import beside


class LabelView(Vertical):
    """Item, rows, what the choices mean, and what else is known."""

    def compose(self) -> ComposeResult:
        """The parts, from top to bottom."""
        yield LabelItem()
        yield LabelRows()
        yield Static(id="meaning")
        yield Static(id="beside")

    @property
    def rows(self) -> LabelRows:
        """What can be said."""
        return self.query_one(LabelRows)

    async def put(self, sheet: Sheet, inputs: Sequence[str], *, blind: bool) -> None:
        """Show another item.

        Args:
            inputs: the fields that the judge sees.
            blind: whether the judge is hidden.
        """
        self.show_item(sheet, inputs, blind=blind)
        await self.rows.put(sheet.asks, sheet.as_shown(sheet.entry.said))

    def show_item(self, sheet: Sheet, inputs: Sequence[str], *, blind: bool, again: bool = False) -> None:
        """Show the item's texts.

        Args:
            again: whether they are shown already.
        """
        self.query_one(LabelItem).put(sheet.item, sheet.shown, inputs, blind=blind, again=again)

    def show_beside(self, sheet: Sheet, seen: Sequence[Judgement] | None, *, named: bool, last: str) -> None:
        """Show notes, flags, what raters and the judge said, and how it went with the item before."""
        lines = beside(sheet, seen, named=named, last=last)
        shown = self.query_one("#beside", Static)
        shown.display = bool(lines)
        shown.update(lines)

    @on(LabelRow.Turned)
    def show_meaning(self) -> None:
        """Say what the choice under the cursor means."""
        row = self.rows.row
        if row is not None:
            lines = 2 if self.screen.has_class("-short") else 4
            self.query_one("#meaning", Static).update(
                meaning(row, lines * max(20, self.screen.size.width - 4))
            )

    @on(LabelRow.Scrolled)
    def _scroll(self, event: LabelRow.Scrolled) -> None:
        self.query_one(LabelItem).scroll_answers(event.by)
