"""A rubric's versions: their notes, what changed in words and verdicts, and going back."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import DataTable, Static

from judgetui.analysis.compare import compare
from judgetui.core.run import Run
from judgetui.core.session import Version
from judgetui.tui.modals.dialogs import Confirm, Dialog
from judgetui.tui.text import cell, literal, one_line
from judgetui.tui.widgets.tables import RowTable
from judgetui.tui.workspace import Workspace


class VersionsDialog(Dialog[Version]):
    """Lists the versions of the rubric at hand; gives the one to go back to, or None.

    Args:
        space: what is open.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("equals_sign", "differences", "what changed"),
        Binding("b", "restore", "go back to it"),
    ]

    def __init__(self, space: Workspace) -> None:
        super().__init__()
        self._space = space
        self._versions: list[Version] = []
        self._runs: dict[int, list[Run]] = {}

    def compose(self) -> ComposeResult:
        """Table, detail, hint."""
        with Vertical(classes="dialog full"):
            name = "" if self._space.rubric is None else self._space.rubric.name
            yield Static(literal(f"Versions of {name}", "bold"), classes="dialog-title")
            yield RowTable(cursor_type="row", id="versions")
            yield Static(id="version-detail", classes="dialog-text")
            yield Static(
                literal(
                    "enter or = shows what changed since it · b goes back to it (as a new version) · esc closes",
                    "dim",
                ),
                classes="dialog-hint",
            )

    async def on_mount(self) -> None:
        """Read the versions and their runs."""
        space = self._space
        rubric_id = space.rubric_id
        if rubric_id is None:
            return
        self._versions = await space.session.read(lambda repos: repos.rubrics.versions(rubric_id))
        for run in await space.session.read(lambda repos: repos.runs.all()):
            if run.rubric_id == rubric_id:
                self._runs.setdefault(run.version_id, []).append(run)
        table = self.query_one("#versions", RowTable)
        for label in ("version", "note", "runs", "steps", "saved", "hash"):
            table.add_column(cell(label))
        for version in self._versions:
            table.add_row(
                cell(f"v{version.number}"),
                cell(one_line(version.note, 36)),
                cell(str(len(self._runs.get(version.id, ())))),
                cell(str(len(version.rubric.steps) or "-")),
                cell(version.created.astimezone().strftime("%Y-%m-%d %H:%M")),
                cell(version.rubric_hash[:10]),
            )
        table.focus()

    @property
    def _chosen(self) -> Version | None:
        table = self.query_one("#versions", RowTable)
        return self._versions[table.cursor_row] if self._versions else None

    @on(DataTable.RowHighlighted)
    def _highlighted(self) -> None:
        version = self._chosen
        if version is None:
            return
        runs = self._runs.get(version.id, [])
        told = "; ".join(f"run {run.id}: {run.done} of {run.total}, {run.origin}" for run in runs[:3])
        note = one_line(version.note, 200) or "no note"
        self.query_one("#version-detail", Static).update(literal(f"{note}. {told or 'No runs.'}"))

    @on(DataTable.RowSelected)
    def _selected(self) -> None:
        self.action_differences()

    @work(group="differences", exclusive=True, exit_on_error=False)
    async def action_differences(self) -> None:
        """Show what changed from the highlighted version to the rubric as it stands."""
        from judgetui.tui.modals.differences import Differences

        older, newer = self._chosen, self._newer()
        if older is None or newer is None:
            return
        before, after = self._runs.get(older.id), self._runs.get(newer.id)
        comparison = None
        if before and after:
            read = self._space.session.read
            first = await read(lambda repos: repos.judgements.for_run(before[0].id))
            second = await read(lambda repos: repos.judgements.for_run(after[0].id))
            comparison = compare(first, second)
        await self.app.push_screen_wait(Differences(older, newer, comparison))

    def _newer(self) -> Version | None:
        """What the highlighted version is compared with: the newest, or for the newest the one before it."""
        working = self._space.working
        return self._versions[0] if self._versions and working is not None else None

    @work(group="restore", exclusive=True, exit_on_error=False)
    async def action_restore(self) -> None:
        """Go back to the highlighted version."""
        version, working = self._chosen, self._space.working
        if version is None or working is None:
            return
        if version.number == working.base.number and not working.changed:
            self.judgetui.tell(f"v{version.number} is what you have.")
            return
        if working.changed:
            question = (
                f"Going back to v{version.number} drops the unsaved edits since v{working.base.number}."
            )
            if not await self.app.push_screen_wait(Confirm(question, "Go back", danger=True)):
                return
        self.dismiss(version)
