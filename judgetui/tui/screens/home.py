"""The home screen: the sessions of the folder, what is in the highlighted one, what can be done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import ScreenResume
from textual.widgets import Button, DataTable, Input, Static

from judgetui.config.keymap import Scope
from judgetui.core.session import SessionSummary
from judgetui.errors import JudgetuiError
from judgetui.services.sessions import copy_session
from judgetui.storage import files
from judgetui.tui.actions import bindings
from judgetui.tui.changes import Changed
from judgetui.tui.modals.dialogs import AskText, Confirm
from judgetui.tui.screens.base import WorkScreen
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.sessions import (
    Entry,
    SessionTable,
    contents,
    counted,
    detail,
    is_open,
    matches,
    size_text,
)

T = TypeVar("T")

STALE: Final = 2.0
"""Seconds between looks at the folder while a run writes."""

WELCOME: Final = (
    ("judgetui writes LLM judges, runs them, and checks them.", "bold"),
    "\n\nNo sessions yet. A session is one file: rubrics with all their versions, items, runs.\n\n",
    ("a       ", "bold"),
    "makes one: a starter rubric, items, a judge\n",
    ("D       ", "bold"),
    "opens the demo: recorded verdicts, no key, no network\n",
    ("ctrl+o  ", "bold"),
    "chooses a judge and tests it",
)

NEEDS_SESSION: Final = frozenset({"open", "rename", "copy", "delete", "compact", "filter"})
"""Actions that are dimmed while there is no session."""


class HomeScreen(WorkScreen):
    """Choose, make and keep sessions."""

    SCOPE = Scope.HOME
    CSS_PATH = "home.tcss"
    AUTO_FOCUS = "#table"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.HOME),
        Binding("escape", "clear_filter", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[Entry] | None = None
        self._shown: list[Entry] = []
        self._looked = 0.0
        self._due = False
        self._cursor: str | None = None

    def body(self) -> ComposeResult:
        """Table left, what is in the session right; a welcome while there is none."""
        with Container(id="columns"):
            with Vertical(id="sessions", classes="pane") as sessions:
                sessions.border_title = "Sessions"
                yield Input(id="filter", placeholder="filter by name; esc clears", compact=True)
                yield Static(literal("reading the folder …"), id="nothing")
                yield SessionTable(id="table")
            with VerticalScroll(id="detail", classes="pane"):
                yield Static(id="detail-text")
        with Vertical(id="empty"):
            yield Static(Content.assemble(*WELCOME), id="welcome")
            with Horizontal(id="empty-buttons"):
                yield Button("New session (a)", id="make", variant="primary")
                yield Button("Open the demo (D)", id="demo")

    # painting

    @property
    def _opened(self) -> Path | None:
        return None if self.space is None else self.space.session.path.resolve()

    def show(self, changed: Changed) -> None:
        """Look at the folder again when a session opened or closed, and now and then while a run writes."""
        # A run may begin and end between two repaints: whatever is said of runs while none goes is an end.
        ended = changed.run and (self.space is None or self.space.live is None)
        due = bool(changed.judged) and asyncio.get_running_loop().time() - self._looked > STALE
        if changed.session or ended or due:
            # The session that was just opened is the one that the next key is meant for.
            opened = self.space.session.path if changed.session and self.space is not None else None
            self._look(opened)

    @on(ScreenResume)
    def _resumed(self) -> None:
        self._look()

    def _look(self, cursor: Path | None = None) -> None:
        """Read the folder once the screen is painted; while another one is on show there is no need to.

        Args:
            cursor: the session to stand on then; None for the one that has the cursor.
        """
        if cursor is not None:
            self._cursor = str(cursor)
        if not self._due:
            self._due = True
            self.call_after_refresh(self._read_folder)

    @work(group="folder", exclusive=True, exit_on_error=False)
    async def _read_folder(self) -> None:
        self._due = False
        if self.app.current_mode != "home":
            return
        self._looked = asyncio.get_running_loop().time()
        try:
            entries = await asyncio.to_thread(files.list_sessions, self.judgetui.context.paths.sessions)
        except OSError as error:
            self.judgetui.complain(error)
            entries = []
        before, self._entries = self._entries, entries
        self._paint()
        if not before or not entries:
            self.call_after_refresh(self._start_focus)

    def _start_focus(self) -> None:
        """Put the focus where the first key is useful, unless the user has put it elsewhere."""
        if self.focused is None or self.focused.id in ("table", "demo", "make"):
            self.query_one("#table" if self._entries else "#demo").focus()

    def _paint(self) -> None:
        """Show the entries that the filter leaves; the cursor stays on its session."""
        if self._entries is None:
            return
        table, words = self.query_one(SessionTable), self.query_one("#filter", Input).value
        here = self._chosen
        self.set_class(not self._entries, "-empty")
        self._shown = [entry for entry in self._entries if matches(entry, words)]
        now, opened = datetime.now(UTC), self._opened
        wanted = self._cursor
        there = wanted in {entry.path for entry in self._shown}
        if there:  # else the folder was read before the session came, and will be again
            self._cursor = None
        cursor = wanted if there else None if here is None else here.path
        with self.prevent(DataTable.RowHighlighted):
            table.put(self._shown, opened, now, cursor)
        nothing = self.query_one("#nothing", Static)
        nothing.display = bool(self._entries) and not self._shown
        nothing.update(literal(f"Nothing is named “{one_line(words, 60)}”. esc clears the filter."))
        sessions = self.query_one("#sessions")
        sessions.border_subtitle = f"{len(self._shown)} of {len(self._entries)}" if words.strip() else ""
        self._show_detail()
        self.refresh_bindings()

    def _show_detail(self) -> None:
        entry, text = self._chosen, self.query_one("#detail-text", Static)
        text.update("" if entry is None else detail(entry, self._opened, datetime.now(UTC)))

    @property
    def _chosen(self) -> Entry | None:
        """The highlighted entry."""
        row = self.query_one(SessionTable).cursor_row
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what needs a session while there is none."""
        if action in NEEDS_SESSION and not self._entries:
            return None
        return super().check_action(action, parameters)

    @on(DataTable.RowHighlighted, "#table")
    def _highlighted(self) -> None:
        self._show_detail()

    @on(DataTable.RowSelected, "#table")
    def _selected(self) -> None:
        self.action_open()

    @on(Button.Pressed, "#make")
    def _make_pressed(self) -> None:
        self.action_new()

    @on(Button.Pressed, "#demo")
    def _demo_pressed(self) -> None:
        self.action_demo()

    # the filter

    def action_filter(self) -> None:
        """Filter the list."""
        line = self.query_one("#filter", Input)
        line.add_class("-on")
        line.focus()

    def action_clear_filter(self) -> None:
        """Show all sessions again."""
        line = self.query_one("#filter", Input)
        line.remove_class("-on")
        line.value = ""
        if self._entries:
            self.query_one(SessionTable).focus()

    @on(Input.Changed, "#filter")
    def _filtered(self) -> None:
        self._paint()

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.query_one("#filter").set_class(bool(self.query_one("#filter", Input).value.strip()), "-on")
        self.query_one(SessionTable).focus()

    # opening

    async def _may_leave(self) -> bool:
        """Whether the open session may be closed; asks when a run is going in it."""
        space = self.space
        if space is None or space.live is None:
            return True
        progress = space.progress
        done, total = (0, space.live.total) if progress is None else (progress.done, progress.total)
        question = (
            f"Run {space.live.id} in {one_line(space.session.name, 60)} is going: {done} of {total} judged. "
            "Leaving the session stops it; what has finished is kept."
        )
        answer = await self.app.push_screen_wait(Confirm(question, "Stop it", "Stay", danger=True))
        return answer is True

    @work(group="home", exclusive=True, exit_on_error=False)
    async def action_open(self) -> None:
        """Open the highlighted session, or go back to it when it is open."""
        entry = self._readable()
        if entry is None:
            return
        if is_open(entry, self._opened):
            await self.app.switch_mode("rubric")
        elif await self._may_leave():
            self.judgetui.open_session(Path(entry.path))

    @work(group="home", exclusive=True, exit_on_error=False)
    async def action_new(self) -> None:
        """Make a session and open it."""
        from judgetui.tui.modals.new_session import NewSessionDialog

        if not await self._may_leave():
            return
        made = await self.app.push_screen_wait(NewSessionDialog(self.judgetui.context))
        if made is not None:
            self.judgetui.open_session(made.path, judge=made.judge)

    @work(group="home", exclusive=True, exit_on_error=False)
    async def action_demo(self) -> None:
        """Open the demo session, made anew where it is missing."""
        from judgetui.services.demo import DEMO_NAME

        path = self.judgetui.context.session_path(DEMO_NAME)
        if path.exists() and path.resolve() == self._opened:
            await self.app.switch_mode("rubric")
        elif await self._may_leave():
            self.judgetui.open_demo()

    # keeping

    def _readable(self) -> SessionSummary | None:
        """The highlighted session; says why when it is none."""
        entry = self._chosen
        if entry is None or isinstance(entry, SessionSummary):
            return entry
        self.judgetui.tell(f"{entry.message} {entry.hint}".strip(), severity="error")
        return None

    def _free(self) -> SessionSummary | None:
        """The highlighted session, if no run is going in it."""
        entry, live = self._readable(), None if self.space is None else self.space.live
        if entry is None or live is None or not is_open(entry, self._opened):
            return entry
        self.judgetui.tell(f"Run {live.id} is going in this session. Stop it first (x).", severity="warning")
        return None

    async def _aside(
        self, entry: SessionSummary, work: Callable[[], T], path_after: Callable[[T], Path | None]
    ) -> T | None:
        """Do something to a session's file that needs it closed; one that was open is opened again.

        Args:
            work: runs in a thread.
            path_after: where the file is then; None when it is gone.

        Returns:
            What `work` gave; None when it failed, which has been told.
        """
        app, judge = self.judgetui, None
        if was_open := is_open(entry, self._opened):
            judge = None if self.space is None else self.space.judge
            await app.close_session()
            app.changed.publish(Changed(session=True, rubric=True, run=True))
        done: T | None = None
        path: Path | None = Path(entry.path)
        try:
            done = await asyncio.to_thread(work)
            path = path_after(done)
        except (JudgetuiError, OSError) as error:
            app.complain(error)
        if was_open and path is not None:
            app.open_session(path, "home", judge)
        self._look(path)
        return done

    @work(group="home", exclusive=True, exit_on_error=False)
    async def action_rename(self) -> None:
        """Rename the highlighted session and its file."""
        entry = self._free()
        if entry is None:
            return
        asked = AskText("Rename the session", "New name; the file follows", entry.name)
        name = await self.app.push_screen_wait(asked)
        if name is None or name == entry.name:
            return
        path = await self._aside(entry, lambda: files.rename(Path(entry.path), name), lambda path: path)
        if path is not None:
            self.judgetui.tell(f"Renamed to {one_line(name, 60)}, in {path.name}.")

    @work(group="home", exclusive=True, exit_on_error=False)
    async def action_copy(self) -> None:
        """Copy the highlighted session, even while a run goes on in it."""
        entry = self._readable()
        if entry is None:
            return
        asked = AskText("Copy the session", "Name of the copy", f"{entry.name} copy")
        name = await self.app.push_screen_wait(asked)
        if name is None:
            return
        if is_open(entry, self._opened) and self.space is not None and self.space.working is not None:
            await self.space.authoring.keep(self.space.working)
        try:
            path = await asyncio.to_thread(copy_session, Path(entry.path), name)
        except (JudgetuiError, OSError) as error:
            self.judgetui.complain(error)
            return
        self._look(path)
        self.judgetui.tell(f"Copied {one_line(entry.name, 60)} to {path.name}.")

    @work(group="home", exclusive=True, exit_on_error=False)
    async def action_delete(self) -> None:
        """Delete the highlighted session's file, after asking."""
        entry = self._free()
        if entry is None:
            return
        path = Path(entry.path)
        held = f"{counted(len(entry.rubrics), 'rubric')}, {contents(entry, ', ')}"
        question = f"Delete {one_line(entry.name, 60)}? The file {path.name} goes for good, with {held}."
        if not await self.app.push_screen_wait(Confirm(question, "Delete", "Keep", danger=True)):
            return
        if self._free() is None:
            return
        if await self._aside(entry, lambda: _delete(path), lambda _: None):
            self.judgetui.tell(f"Deleted {path.name}.")

    @work(group="home", exclusive=True, exit_on_error=False)
    async def action_compact(self) -> None:
        """Make the highlighted session's file smaller."""
        entry = self._free()
        if entry is None:
            return
        path = Path(entry.path)
        sizes = await self._aside(entry, lambda: files.compact(path), lambda _: path)
        if sizes is not None:
            before, after = sizes
            self.judgetui.tell(f"{path.name}: {size_text(before)} before, {size_text(after)} after.")


def _delete(path: Path) -> bool:
    files.delete(path)
    return True
