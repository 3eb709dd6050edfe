"""The app: one session at a time, a screen for each part of the work, one run in the background."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen
from textual.signal import Signal
from textual.worker import Worker, WorkerCancelled, WorkerFailed, WorkerState

from judgetui.config.keymap import Scope
from judgetui.errors import JudgetuiError
from judgetui.tui.actions import ActionCommands, bindings
from judgetui.tui.changes import Changed
from judgetui.tui.run_control import REFRESH, RunControl
from judgetui.tui.screens import SCREENS
from judgetui.tui.text import one_line, visible

if TYPE_CHECKING:
    from judgetui.core.item import Item
    from judgetui.core.run import Run
    from judgetui.services.context import Context
    from judgetui.tui.workspace import Workspace

HEAD_START = 0.5
"""Seconds the first screen waits for its session: most open sooner, and then nothing is drawn twice."""

PROMPT_FIRST = 0.3
"""Seconds in which the first prompt is drawn before all items of a session are read."""


NEEDS_SESSION: Final = frozenset({"run", "cancel_run", "save", "export"})
"""Actions that are dimmed while no session is open."""

NEEDS_LIVE: Final = frozenset({"pause_run"})
"""Actions that are left out while no run goes."""


class JudgetuiApp(App[int]):
    """Author LLM judges in the terminal.

    Args:
        context: paths, settings and judges.
        session: a session file to open at once; None for the list of sessions.
        demo: make and open the demo session.
    """

    SCOPE = Scope.APP
    TITLE = "judgetui"
    COMMANDS: ClassVar = App.COMMANDS | {ActionCommands}
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.APP)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # Textual declares it so
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # as above

    def __init__(self, context: Context, session: Path | None = None, demo: bool = False) -> None:
        # The first screen as Textual's default one, with its rules from the start: a mode of its own would have
        # all rules read and applied once more before anything is drawn. It becomes a mode once it stands.
        first = self.DEFAULT_MODE = "home" if session is None and not demo else "rubric"  # type: ignore[misc]
        self.MODES = {name: make for name, make in SCREENS.items() if name != first}  # type: ignore[misc]
        super().__init__(css_path=["app.tcss", f"screens/{first}.tcss"])
        self.context = context
        self.space: Workspace | None = None
        self.changed: Signal[Changed] = Signal(self, "changed")
        self.opening = session is not None or demo
        """Whether the session the app was started with is still to come."""
        self.started = asyncio.Event()
        """Set when screens may draw: Textual throws away what is drawn before."""
        self._first = session
        self._first_space: asyncio.Task[Workspace] | None = None
        self._demo = demo
        self.run_control = RunControl(self)
        if context.settings.theme in self.available_themes:
            self.theme = context.settings.theme

    def get_default_screen(self) -> Screen[None]:
        """The first screen."""
        return SCREENS[self.DEFAULT_MODE]()

    async def on_load(self) -> None:
        """Begin to open the session that was asked for; what takes longer is waited for on the screen."""
        if self._first is None or self._demo:
            return
        from judgetui.tui.workspace import Workspace

        opening = self._first_space = asyncio.create_task(Workspace.open(self.context, self._first))
        await asyncio.wait({opening}, timeout=HEAD_START)
        if opening.done() and opening.exception() is None:
            self._adopt(opening.result())

    def on_mount(self) -> None:
        """Go on with what was begun."""
        self.add_mode(self.DEFAULT_MODE, SCREENS[self.DEFAULT_MODE])
        self.started.set()
        self.set_interval(REFRESH, self.run_control.tell_progress)
        if self._demo:
            self.call_after_refresh(self.open_demo)
        elif self._first_space is not None:
            # After the first screen, since reading all items of a large session takes longer than drawing it.
            self.call_after_refresh(self._go_on_opening, self._first_space)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what cannot be done without a session, leave out what is about the run that goes while none does."""
        if action in NEEDS_LIVE and (self.space is None or self.space.live is None):
            return False
        return None if action in NEEDS_SESSION and self.space is None else True

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What Textual can do and our own actions do not."""
        return (command for command in super().get_system_commands(screen) if command.title == "Screenshot")

    # what the user is told

    def tell(self, message: str, *, title: str = "", severity: str = "information") -> None:
        """A toast; the message is literal text."""
        self.notify(
            visible(message),
            title=title,
            severity=severity,  # type: ignore[arg-type]
            timeout=12 if severity == "error" else 6,
            markup=False,
        )

    def complain(self, error: BaseException) -> None:
        """Tell what went wrong and what to do."""
        if isinstance(error, JudgetuiError):
            self.tell(str(error), severity="error")
        elif isinstance(error, OSError) and error.strerror:
            where = f"{error.filename}: " if error.filename else ""
            self.tell(f"{where}{error.strerror}. Choose another place, or make room there.", severity="error")
        else:
            self.tell(f"{type(error).__name__}: {one_line(str(error), 300)}", severity="error")

    def complain_of(self, worker: Worker[object]) -> None:
        """Tell what a worker failed with: a mistake in the program is not kept quiet."""
        if worker.state is WorkerState.ERROR and worker.error is not None:
            self.complain(worker.error)

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        self.complain_of(event.worker)

    def copy(self, text: str, what: str) -> None:
        """Copy text, through the terminal (OSC 52), which works over SSH too."""
        # Half a surrogate pair, which a reply may hold, has no UTF-8.
        self.copy_to_clipboard(text.encode("utf-8", "replace").decode("utf-8"))
        self.tell(f"Copied {what} ({len(text):,} characters). Your terminal must allow OSC 52.")

    # sessions

    @work(group="session", exclusive=True, exit_on_error=False)
    async def open_session(self, path: Path, mode: str = "rubric", judge: str | None = None) -> None:
        """Close what is open and open a session file.

        Args:
            mode: the screen to go to.
            judge: the judge to begin with; None for the default one.
        """
        from judgetui.tui.workspace import Workspace

        async def opened() -> Workspace:
            await self.close_session()
            space = await Workspace.open(self.context, path)
            space.judge = judge or space.judge
            return space

        await self._show_opened(opened(), mode)

    @work(group="session", exclusive=True, exit_on_error=False)
    async def _go_on_opening(self, opening: Awaitable[Workspace]) -> None:
        await self._show_opened(opening, "rubric")

    async def _show_opened(self, opening: Awaitable[Workspace], mode: str) -> None:
        try:
            space = await opening
        except Exception as error:
            self.opening = False
            self.complain(error)
            await self.switch_mode("home")
            self.changed.publish(Changed(session=True))
            return
        if self.space is not space:
            self._adopt(space)
            self.changed.publish(Changed(session=True, rubric=True))
        await self.switch_mode(mode)
        await space.read_rest()
        self.changed.publish(Changed(items=True, run=True))
        if not space.all_items:
            await asyncio.sleep(PROMPT_FIRST)
            await space.reload_items()
            self.changed.publish(Changed(items=True))
        if space.working is not None and space.working.recovered:
            self.tell("Unsaved edits of this rubric are back.")
        await self.run_control.offer_to_go_on()

    def _adopt(self, space: Workspace) -> None:
        self.space, self.opening = space, False
        self.sub_title = one_line(space.session.name, 40)
        self.refresh_bindings()

    @work(group="session", exclusive=True, exit_on_error=False)
    async def open_demo(self) -> None:
        """Make the demo session where it is missing, and open it."""
        from judgetui.services.demo import DEMO_NAME, build_demo

        path = self.context.session_path(DEMO_NAME)
        try:
            if not path.exists():
                self.tell("Making the demo session …")
                await build_demo(path)
        except (JudgetuiError, OSError) as error:
            self.opening = False
            self.complain(error)
            await self.switch_mode("home")
            return
        self.clear_notifications()
        self.open_session(path)

    async def close_session(self) -> None:
        """Keep unsaved edits, stop the run and wait until its state is stored, close the file."""
        space, self.space = self.space, None
        self.sub_title = ""
        self.refresh_bindings()
        if space is None:
            return
        for worker in [worker for worker in self.workers if worker.group == "run"]:
            worker.cancel()
            with contextlib.suppress(WorkerCancelled, WorkerFailed):
                await worker.wait()
        await space.close()

    # the run

    @work(group="run", exclusive=True, exit_on_error=False)
    async def start_run(
        self, run: Run, *, failed: bool = False, again: Collection[int] = (), budget: float | None = None
    ) -> None:
        """Take a run to its end in the background.

        Args:
            failed: as the runner takes it, and so the others.
        """
        await self.run_control.go(run, failed=failed, again=again, budget=budget)

    @work(group="dialog", exclusive=True, exit_on_error=False)
    async def ask_to_run(self, items: Sequence[Item] | None = None) -> None:
        """Ask what to run, unless the items are given, then run it."""
        await self.run_control.ask(items)

    # actions of every screen

    def action_run(self) -> None:
        """Ask what to run."""
        self.ask_to_run()

    def action_cancel_run(self) -> None:
        """Stop the run that is going."""
        self.run_control.cancel()

    def action_pause_run(self) -> None:
        """Pause the run that is going, or go on with it."""
        self.run_control.pause()

    @work(group="dialog", exclusive=True, exit_on_error=False)
    async def action_save(self) -> None:
        """Ask for a note and save a version."""
        from judgetui.tui.modals.dialogs import AskText

        space = self.space
        if space is None or space.working is None:
            self.tell("Open a session first (1).", severity="warning")
            return
        if space.working.rubric == space.working.base.rubric and not space.working.broken:
            self.tell(f"Nothing has changed since v{space.working.base.number}.")
            return
        if space.working.broken:
            self.tell(
                "The YAML cannot be read yet, so nothing was saved. Mend the line it names.",
                severity="warning",
            )
            return
        note = await self.push_screen_wait(
            AskText("Save a version", "Note: what changed, and why", required=False)
        )
        if note is None:
            return
        try:
            space.working = await space.authoring.save(space.working, note)
        except JudgetuiError as error:
            self.complain(error)
            return
        await space.reload_rubrics()
        self.changed.publish(Changed(rubric=True))
        self.tell(f"Saved as v{space.working.base.number}.")

    def action_palette(self) -> None:
        """Open the palette."""
        self.action_command_palette()

    def action_help(self) -> None:
        """Show the keys that work here."""
        from judgetui.tui.modals.help import Help

        self.push_screen(Help(getattr(self.screen, "SCOPE", Scope.APP)))

    @work(group="dialog", exclusive=True, exit_on_error=False)
    async def action_go_to(self) -> None:
        """Ask for a screen's number."""
        from judgetui.tui.modals.help import GoTo

        name = await self.push_screen_wait(GoTo())
        if name is not None:
            await self.switch_mode(name)

    def action_screen_home(self) -> None:
        """Go to the sessions."""
        self.switch_mode("home")

    def action_screen_rubric(self) -> None:
        """Go to the rubric."""
        self._go("rubric")

    def action_screen_compare(self) -> None:
        """Go to the answers and verdicts."""
        self._go("compare")

    def action_screen_label(self) -> None:
        """Go to labelling."""
        self._go("label")

    def action_screen_dashboard(self) -> None:
        """Go to agreement and bias."""
        self._go("dashboard")

    def action_screen_runs(self) -> None:
        """Go to the runs."""
        self._go("runs")

    def action_screen_items(self) -> None:
        """Go to the items."""
        self._go("items")

    def _go(self, mode: str) -> None:
        if self.space is None:
            self.tell("Open a session first.", severity="warning")
            return
        self.switch_mode(mode)

    @work(group="dialog", exclusive=True, exit_on_error=False)
    async def action_choose_judge(self) -> None:
        """Choose a judge, and try it."""
        from judgetui.tui.modals.judge import JudgeDialog

        current = self.space.judge if self.space is not None else self.context.default_judge
        chosen = await self.push_screen_wait(JudgeDialog(self.context, current))
        if chosen is not None and self.space is not None:
            self.space.judge = chosen
            self.changed.publish(Changed(rubric=True))

    @work(group="dialog", exclusive=True, exit_on_error=False)
    async def action_export(self) -> None:
        """Choose targets and write the prompt."""
        from judgetui.tui.modals.export import ExportDialog

        if self.space is None or self.space.working is None:
            self.tell("Open a session first (1).", severity="warning")
            return
        await self.push_screen_wait(ExportDialog(self.space))

    def action_maximise(self) -> None:
        """Maximise the focused pane, or put it back."""
        if self.screen.maximized is not None:
            self.screen.action_minimize()
        elif self.screen.focused is not None:
            self.screen.maximize(self.screen.focused)

    def action_theme(self) -> None:
        """Open the theme picker."""
        self.search_themes()

    def watch_theme(self, theme: str) -> None:
        """Remember the theme; a folder that cannot be written is no reason to complain."""
        if not self.is_running or theme == self.context.settings.theme:
            return
        from judgetui.config.settings import save_setting

        with contextlib.suppress(OSError, JudgetuiError):
            save_setting(self.context.paths.config_file, "theme", theme)

    def action_debug(self) -> None:
        """Show what a bug report needs."""
        from judgetui.services.diagnosis import diagnosis
        from judgetui.tui.modals.dialogs import Viewer

        self.push_screen(Viewer("For a bug report", diagnosis(self.context)))

    async def action_quit(self) -> None:
        """Keep everything and leave."""
        await self.close_session()
        await self.context.close()
        self.exit(0)
