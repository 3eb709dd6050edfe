"""Which run the dashboard is about: a run of the rubric and one of its judges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import DataTable, Static

from judgetui.core.run import Run
from judgetui.tui.modals.dialogs import LIST_WORDS, Dialog
from judgetui.tui.text import cell, literal, one_line
from judgetui.tui.widgets.tables import RowTable

Choice = tuple[Run, str]
"""A run and the judge of it."""


class ChooseRun(Dialog[Choice]):
    """Lists runs, a line for each judge; gives the one chosen, or None.

    Args:
        runs: the newest first.
        current: the choice to begin with.
    """

    BINDINGS: ClassVar[list[BindingType]] = []
    MORE_KEYS = (("enter", "Show the figures of the run"), *LIST_WORDS)

    def __init__(self, runs: Sequence[Run], current: Choice) -> None:
        super().__init__()
        self._choices: list[Choice] = [(run, judge) for run in runs for judge in run.judges]
        self._current = current

    def body(self) -> ComposeResult:
        """Title, table, hint."""
        with Vertical(classes="dialog full"):
            name = self._current[0].rubric_name
            yield Static(literal(f"Runs of {one_line(name, 40)}", "bold"), classes="dialog-title")
            yield RowTable(cursor_type="row", id="choices")
            yield Static(literal("enter shows its figures · esc closes", "dim"), classes="dialog-hint -keys")

    def on_mount(self) -> None:
        """Fill the table; the cursor stands on what is shown."""
        table = self.query_one("#choices", RowTable)
        for label in ("version", "run", "judge", "judged", "started"):
            table.add_column(cell(label))
        for run, judge in self._choices:
            table.add_row(
                cell(f"v{run.version_number}"),
                cell(str(run.id)),
                cell(one_line(judge, 36)),
                cell(f"{run.done} of {run.total}"),
                cell(f"{run.created.astimezone():%Y-%m-%d %H:%M}"),
            )
        current = (self._current[0].id, self._current[1])
        places = [(run.id, judge) for run, judge in self._choices]
        if current in places:
            table.move_cursor(row=places.index(current), animate=False)
        table.focus()

    @on(DataTable.RowSelected)
    def _selected(self, event: DataTable.RowSelected) -> None:
        self.dismiss(self._choices[event.cursor_row])
