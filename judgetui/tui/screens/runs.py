"""The runs screen: every run of the session, what became of it, and what was noted about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from time import monotonic
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Mount, Resize, ScreenResume
from textual.widgets import DataTable, Static

from judgetui.analysis.compare import compare
from judgetui.config.keymap import Scope
from judgetui.core.events import Progress
from judgetui.core.run import Run, RunOrigin, RunStatus
from judgetui.errors import JudgetuiError
from judgetui.storage.repositories import Repositories
from judgetui.tui.actions import bindings
from judgetui.tui.changes import Changed
from judgetui.tui.screens.base import WorkScreen
from judgetui.tui.screens.runs_dialogs import ask_budget, delete, write_out
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.run_head import detail_text, of_wanted, results_words, state_words, wanted
from judgetui.tui.widgets.status import money
from judgetui.tui.widgets.tables import RunTable
from judgetui.tui.workspace import Workspace

NO_SESSION = "No session is open. 1 goes to the sessions: enter opens one, D opens the demo."
NO_RUNS = "This session has no runs yet.\n\nf5 runs the rubric; every run is listed here, the newest first."

NOTICES_AFTER = 1.0
"""Seconds until the notices of a run that goes are read again."""

LOOK_EVERY = 2.0
"""Seconds between looks whether another judgetui has written to the session."""

NEEDS_RUN = frozenset({"open", "resume", "rerun_failed", "differences", "write", "delete"})
"""Actions that are dimmed while there is no run."""

COLUMNS = ("run", "rubric", "judge", "state", "done", "results", "tokens", "cost", "started", "origin")
NARROW = ("run", "rubric", "judge", "state", "done", "results")


class RunsScreen(WorkScreen):
    """All runs of the session."""

    SCOPE = Scope.RUNS
    CSS_PATH = "runs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.RUNS)

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[Run] = []
        self._live: int | None = None
        self._stale = False
        self._noted: tuple[int, float, list[str], Counter[str]] = (0, 0.0, [], Counter())
        self._state = 0
        self._detailed: int | None = None
        self._begun: int | None = None
        self._follow: int | None = None

    def body(self) -> ComposeResult:
        """The table, and what is known of the highlighted run."""
        yield Static(id="empty")
        yield RunTable(id="runs", cursor_type="row")
        yield TextPane("detail")

    # painting

    def show(self, changed: Changed) -> None:
        """Read the runs again when one began, ended or went; else repaint the one that goes."""
        space = self.space
        if space is None:
            self._runs = []
            self._paint()
            return
        self._follow_begun(space.shown, changed)
        if not (changed.session or changed.rubric or changed.run):
            return
        if self not in self.app.screen_stack:
            self._stale = True
            return
        live = None if space.live is None else space.live.id
        going = live is not None and live == self._live and not changed.session and not changed.rubric
        if not going or live not in {run.id for run in self._runs}:
            self._live = live
            self._read()
            return
        self._paint_row(live)
        if self._chosen is not None and self._chosen.id == live:
            self._show_detail()

    def _follow_begun(self, shown: Run | None, changed: Changed) -> None:
        """Note that the cursor is to go to a run that was just begun, unless it is moved first."""
        if shown is None or shown.status is not RunStatus.RUNNING or shown.id == self._begun:
            return
        self._begun = shown.id
        self._follow = None if changed.session else shown.id

    @on(Mount)
    def _keep_looking(self) -> None:
        self.set_interval(LOOK_EVERY, self._look)

    def _look(self) -> None:
        """See whether another program wrote, while the list is in sight and no run of its own keeps it new."""
        if self.space is not None and self.space.live is None and self.app.screen is self:
            self._look_at(self.space)

    @work(group="look", exclusive=True, exit_on_error=False)
    async def _look_at(self, space: Workspace) -> None:
        try:
            state = await space.session.read(lambda repos: repos.runs.state())
        except JudgetuiError:
            return  # told by whatever needs the session next
        if state != self._state:
            self._read()

    @on(ScreenResume)
    def _resumed(self) -> None:
        """Catch up with what came while another screen was shown."""
        if self._stale:
            self._read()

    @work(group="read", exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        space, self._stale = self.space, False
        if space is None:
            return
        try:
            self._state, self._runs = await space.session.read(
                lambda repos: (repos.runs.state(), repos.runs.all())
            )
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        self._noted = (0, 0.0, [], Counter())
        self._paint()

    def _paint(self) -> None:
        """Show the list; the cursor stays on its run, or goes to the one that was just begun."""
        there = bool(self._runs)
        empty = self.query_one("#empty", Static)
        empty.display = not there
        empty.update(literal(NO_SESSION if self.space is None else NO_RUNS))
        table = self.query_one(RunTable)
        table.display = self.query_one("#detail").display = there
        columns = NARROW if self.size.width < 100 else COLUMNS
        chosen = self._chosen
        keys = [str(run.id) for run in self._runs]
        if keys == [row.value for row in table.rows] and columns == tuple(c.value for c in table.columns):
            for run in self._runs:
                self._paint_row(run.id)
        else:
            with self.prevent(DataTable.RowHighlighted):
                table.clear(columns=True)
                for name in columns:
                    table.add_column(Text(name), key=name)
                for run in self._runs:
                    texts = self._texts(run)
                    table.add_row(*(texts[name] for name in columns), key=str(run.id))
                if chosen is not None and str(chosen.id) in keys:
                    table.move_cursor(row=keys.index(str(chosen.id)), animate=False)
        if str(self._follow) in keys:
            with self.prevent(DataTable.RowHighlighted):
                table.move_cursor(row=keys.index(str(self._follow)), animate=False)
            self._follow = None
        if there and self.focused is None:
            table.focus()
        self._show_detail()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what needs a run while there is none."""
        if action in NEEDS_RUN and not self._runs:
            return None
        return super().check_action(action, parameters)

    def _paint_row(self, run_id: int) -> None:
        run = next((run for run in self._runs if run.id == run_id), None)
        if run is None:
            return
        table = self.query_one(RunTable)
        texts = self._texts(run)
        for column in list(table.columns):
            if column.value is not None:
                table.update_cell(str(run_id), column.value, texts[column.value], update_width=True)

    def _texts(self, run: Run) -> dict[str, Text]:
        """A run's cells by column."""
        space = self.space
        counts = self._counts(run)
        state = "" if space is None else state_words(run, space)
        recorded = run.origin is RunOrigin.RECORDED
        tokens = (run.usage.input or 0) + (run.usage.output or 0)
        probing = "" if run.probing is None else f", probing {run.probing}"
        plain = {
            "run": str(run.id),
            "rubric": f"{one_line(run.rubric_name, 24)} v{run.version_number}{probing}",
            "judge": one_line(", ".join(run.judges), 24),
            "state": f"{state}, recorded" if recorded and self.size.width < 100 else state,
            "done": of_wanted(sum(counts.values()), run, self._progress(run)),
            "results": results_words(counts),
            "tokens": f"{tokens:,}",
            "cost": money(run.cost_usd),
            "started": f"{run.created.astimezone():%m-%d %H:%M}",
            "origin": "recorded" if recorded else "live",
        }
        styles = {"state": "green" if state == "running" else "yellow" if state != "done" else ""}
        if recorded:
            styles["origin"] = "yellow"
        return {name: Text(text, style=styles.get(name, ""), no_wrap=True) for name, text in plain.items()}

    def _progress(self, run: Run) -> Progress | None:
        """How far the run has come, if it is the one that goes."""
        space = self.space
        if space is None or space.live is None or space.live.id != run.id:
            return None
        return space.progress

    def _counts(self, run: Run) -> Mapping[str, int]:
        """Judgements by status: of the run that goes, those it told of."""
        progress = self._progress(run)
        return run.counts if progress is None else progress.counts

    @property
    def _chosen(self) -> Run | None:
        """The run under the cursor."""
        table = self.query_one(RunTable)
        if not table.is_valid_row_index(table.cursor_row):
            return None
        key = table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value
        return next((run for run in self._runs if str(run.id) == key), None)

    @on(Resize)
    def _resized(self) -> None:
        self._paint()

    @on(DataTable.RowHighlighted, "#runs")
    def _highlighted(self) -> None:
        self._follow = None
        self._show_detail()

    @on(DataTable.RowSelected, "#runs")
    def _selected(self) -> None:
        self.action_open()

    @work(group="detail", exclusive=True, exit_on_error=False)
    async def _show_detail(self) -> None:
        """Everything about the highlighted run, its notices too; of the same run, at the same place."""
        space, run = self.space, self._chosen
        if space is None or run is None:
            return
        of, until, _, _ = self._noted
        if of != run.id or (space.live is not None and monotonic() > until):
            try:
                known, notices, judged = await space.session.read(
                    partial(_noted, run, self._progress(run) is not None)
                )
            except JudgetuiError as error:
                self.judgetui.complain(error)
                return
            self._noted = (run.id, monotonic() + NOTICES_AFTER, notices, judged)
            self._runs = [known if each.id == run.id else each for each in self._runs]
            run = known
            self._paint_row(run.id)
        _, _, notices, judged = self._noted
        text = detail_text(run, self._counts(run), notices, progress=self._progress(run), judged=judged)
        keep_place, self._detailed = self._detailed == run.id, run.id
        self.query_one("#detail", TextPane).put(f"Run {run.id}", text, keep_place=keep_place)

    # actions

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_open(self) -> None:
        """Show the run's judgements."""
        space, run = self.space, self._chosen
        if space is None or run is None:
            return
        if await self._turn_to(space, run):
            await self.app.switch_mode("compare")

    async def _turn_to(self, space: Workspace, run: Run) -> bool:
        """Make a run, and its rubric, the ones that are shown."""
        try:
            if space.rubric_id != run.rubric_id:
                await space.select_rubric(run.rubric_id)
            await space.show_run(run)
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return False
        self.judgetui.changed.publish(Changed(rubric=True, run=True))
        return True

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_resume(self) -> None:
        """Go on with a run that was cut short, or that its budget paused."""
        space, run = self.space, self._chosen
        if space is None or run is None:
            return
        if run.done >= wanted(run):
            self.judgetui.tell(f"Run {run.id} is complete; there is nothing to go on with.")
            return
        if why := self.judgetui.run_control.hindrance(run):
            self.judgetui.tell(why, severity="warning")
            return
        paused = run.status is RunStatus.PAUSED
        budget = await ask_budget(self, run) if paused else None
        if paused and budget is None:
            return
        if await self._turn_to(space, run):
            self.judgetui.start_run(run, budget=budget)
            self.judgetui.tell(f"Run {run.id} goes on at {run.done} of {wanted(run)}. 3 shows the verdicts.")

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_rerun_failed(self) -> None:
        """Ask again for what failed in the run."""
        space, run = self.space, self._chosen
        if space is None or run is None:
            return
        if why := self.judgetui.run_control.hindrance(run):
            self.judgetui.tell(why, severity="warning")
        elif await self._turn_to(space, run):
            await self.judgetui.run_control.ask_failed_again(space, run)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_differences(self) -> None:
        """Show what changed since the rubric's run before the highlighted one."""
        from judgetui.tui.modals.differences import Differences

        space, run = self.space, self._chosen
        if space is None or run is None:
            return
        earlier = next(
            (r for r in self._runs if r.rubric_id == run.rubric_id and r.id < run.id and r.done), None
        )
        if earlier is None:
            self.judgetui.tell(f"Run {run.id} is the first of {run.rubric_name}: nothing to compare it with.")
            return
        read = space.session.read
        try:
            older = await read(lambda repos: repos.rubrics.version(earlier.version_id))
            newer = await read(lambda repos: repos.rubrics.version(run.version_id))
            before = await read(lambda repos: repos.judgements.for_run(earlier.id))
            after = await read(lambda repos: repos.judgements.for_run(run.id))
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        titles = (f"run {earlier.id} (v{older.number})", f"run {run.id} (v{newer.number})")
        await self.app.push_screen_wait(Differences(older, newer, compare(before, after), titles))

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_write(self) -> None:
        """Write the judgements to a JSONL file."""
        run = self._chosen
        if run is not None and not run.done:
            self.judgetui.tell(f"Run {run.id} has no judgements to write yet.")
        elif run is not None:
            await write_out(self, run)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_delete(self) -> None:
        """Delete the run and its judgements."""
        if self._chosen is not None:
            await delete(self, self._chosen)


def _noted(run: Run, going: bool, repos: Repositories) -> tuple[Run, list[str], Counter[str]]:
    """A run, as it is by now where it goes; its notices; and of a cascade how many items each judge judged."""
    judged = repos.judgements.done(run.id) if run.settings.cascade is not None else ()
    known = repos.runs.get(run.id) if going else run
    return known, repos.runs.notices(run.id), Counter(judge for judge, _ in judged)
