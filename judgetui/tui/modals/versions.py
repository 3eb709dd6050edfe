"""A rubric's versions: their notes, what changed in words and verdicts, and going back."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import DataTable, Static

from judgetui.analysis.compare import compare
from judgetui.core.run import Run
from judgetui.core.session import Version
from judgetui.tui.modals.dialogs import LIST_WORDS, Confirm, Dialog
from judgetui.tui.text import cell, literal, one_line
from judgetui.tui.widgets.tables import RowTable
from judgetui.tui.workspace import Workspace


class VersionsDialog(Dialog[Version]):
    """Lists the versions of the rubric at hand; gives the one to go back to, or None.

    Args:
        space: what is open.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("equals_sign", "differences", "what changed", tooltip="Show what changed since the version"),
        Binding("b", "restore", "go back to it", tooltip="Make the version's rubric the newest again"),
    ]
    MORE_KEYS = (("enter", "Show what changed since the version"), *LIST_WORDS)

    def __init__(self, space: Workspace) -> None:
        super().__init__()
        self._space = space
        self._versions: list[Version] = []
        self._runs: dict[int, list[Run]] = {}

    def body(self) -> ComposeResult:
        """Table, detail, hint."""
        with Vertical(classes="dialog full"):
            name = "" if self._space.rubric is None else self._space.rubric.name
            yield Static(literal(f"Versions of {name}", "bold"), classes="dialog-title")
            yield RowTable(cursor_type="row", id="versions")
            yield Static(id="version-detail", classes="dialog-text")
            yield Static(
                literal(
                    "enter or = shows what changed since it, of the newest since the one before · "
                    "b goes back to it (as a new version) · esc closes",
                    "dim",
                ),
                classes="dialog-hint -keys",
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
        """Show what changed from the highlighted version on, or why there is nothing to show."""
        from judgetui.tui.modals.differences import Differences

        version = self._chosen
        if version is None:
            return
        pair = self._pair(version)
        if pair is None:
            self.judgetui.tell(f"v{version.number} is the only version: there is nothing to compare it with.")
            return
        older, newer = pair
        titles = None if newer.id != older.id else (f"v{older.number}", f"v{older.number} with unsaved edits")
        before, after = self._runs.get(older.id), self._runs.get(newer.id)
        comparison = None
        if before and after and titles is None:
            read = self._space.session.read
            first = await read(lambda repos: repos.judgements.for_run(before[0].id))
            second = await read(lambda repos: repos.judgements.for_run(after[0].id))
            comparison = compare(first, second)
        await self.app.push_screen_wait(Differences(older, newer, comparison, titles))

    def _pair(self, version: Version) -> tuple[Version, Version] | None:
        """What is compared: a version with the newest; the newest with its unsaved edits or the one before.

        Returns:
            The older and the newer one; None when there is no other.
        """
        newest, working = self._versions[0], self._space.working
        if version.id != newest.id:
            return version, newest
        if working is not None and working.base.id == newest.id and working.rubric != newest.rubric:
            return newest, replace(newest, rubric=working.rubric)
        return (self._versions[1], newest) if len(self._versions) > 1 else None

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
