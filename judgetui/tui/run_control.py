"""The one run that can go at a time: asked for, started, followed and stopped from any screen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from judgetui.errors import JudgetuiError
from judgetui.tui.changes import Changed

if TYPE_CHECKING:
    from judgetui.core.events import RunEvent
    from judgetui.core.item import Item
    from judgetui.core.judgement import Judgement
    from judgetui.core.run import Run, RunStatus
    from judgetui.tui.app import JudgetuiApp
    from judgetui.tui.workspace import Workspace

REFRESH: Final = 0.1
"""Seconds between repaints while a run writes: often enough to look live, rare enough to leave keys their time."""


class RunControl:
    """Starts and stops runs, and passes on what they tell, gathered for `REFRESH` seconds.

    Args:
        app: whose open session is run.
    """

    def __init__(self, app: JudgetuiApp) -> None:
        self._app = app
        self._judged: list[Judgement] = []
        self._moved = False
        self._paused = False

    async def ask(self, items: Sequence[Item] | None, offered: Sequence[Item] = ()) -> None:
        """Ask what to run, unless the items are given, then run it.

        Args:
            offered: items that are offered before all others.
        """
        from judgetui.tui.modals.run import RunDialog, RunPlan

        app, space = self._app, self._app.space
        if space is None or space.working is None:
            app.tell("Open a session first (1).", severity="warning")
            return
        if space.live is not None:
            app.tell("A run is going; x stops it.", severity="warning")
            return
        if not (space.all_items and space.items_current):
            await space.reload_items()
        chosen = await app.push_screen_wait(RunDialog(space, offered)) if items is None else RunPlan(items)
        if chosen is None or not chosen.items:
            return
        try:
            run = await space.new_run(*chosen)
        except JudgetuiError as error:
            app.complain(error)
            return
        app.changed.publish(Changed(rubric=True))
        app.start_run(run)

    async def go(self, run: Run, *, failed: bool, again: Collection[int], budget: float | None) -> None:
        """Take a run to its end."""
        from judgetui.core.events import RunStarted

        app, space = self._app, self._app.space
        if space is None:
            return
        await space.show_run(run)
        space.begin(run)
        if app.current_mode != "compare":  # which aims by itself, and else opens on the first item
            space.aim(run, 0)
        self._paused = False
        app.changed.publish(Changed(run=True))
        app.refresh_bindings()
        try:
            async for event in space.runner.go(run, failed=failed, again=again, budget=budget):
                if (failed or again) and isinstance(event, RunStarted):
                    await space.show_run(event.run)  # what is judged again is gone from it
                self._take_in(space, event)
        except (JudgetuiError, OSError) as error:
            space.live = None
            app.complain(error)
            app.changed.publish(Changed(run=True))
        finally:
            app.refresh_bindings()

    def cancel(self) -> None:
        """Stop the run that is going, if there is one."""
        space = self._app.space
        if space is None or space.live is None:
            self._app.tell("No run is going.")
        else:
            space.runner.cancel()

    def pause(self) -> None:
        """Send no further calls of the run that is going, or go on sending them."""
        space = self._app.space
        if space is None or space.live is None:
            self._app.tell("No run is going.")
            return
        self._paused = not self._paused
        space.runner.pause(self._paused)
        self._app.tell(
            "Paused: calls under way are finished, no others are sent. h goes on."
            if self._paused
            else "The run goes on."
        )

    def hindrance(self, run: Run) -> str:
        """Why a run cannot be gone on with now; empty when it can."""
        from judgetui.core.run import RunOrigin

        going = any(worker.group == "run" and not worker.is_finished for worker in self._app.workers)
        if going or (self._app.space is not None and self._app.space.live is not None):
            return "A run is going; x stops it."
        if run.origin is RunOrigin.RECORDED:
            return f"Run {run.id} is a recording and stays as it is. f5 runs the rubric anew."
        return ""

    async def ask_failed_again(self, space: Workspace, run: Run) -> None:
        """Ask again for the judgements of a run whose calls failed; all others stay."""
        app = self._app
        try:
            run = await space.session.read(lambda repos: repos.runs.get(run.id))
        except JudgetuiError as error:
            app.complain(error)
            return
        failed = run.counts.get("failed", 0)
        if not failed:
            unread = run.counts.get("unparsed", 0)
            more = f" {unread} could not be parsed; t on an item asks for it anew." if unread else ""
            app.tell(f"Nothing failed in run {run.id}.{more}")
            return
        app.start_run(run, failed=True)
        app.tell(f"Run {run.id} asks again for {failed} judgement{'' if failed == 1 else 's'} that failed.")

    async def offer_to_go_on(self) -> None:
        """Ask about a run of the open session that was cut short, or whose batch is at the provider."""
        from judgetui.core.run import RunStatus
        from judgetui.tui.modals.dialogs import Confirm

        space = self._app.space
        run = None if space is None else await space.unfinished()
        if run is None:
            return
        how = f"Run {run.id} ({run.rubric_name} v{run.version_number})"
        if run.status is RunStatus.WAITING:
            question = (
                f"{how} waits for its batch, with {run.done} of {run.total} judged. Look for the results?"
            )
        else:
            question = f"{how} was cut short at {run.done} of {run.total}. What had finished is there. Go on with the rest?"
        if await self._app.push_screen_wait(Confirm(question, "Go on", "Later", unasked=True)):
            self._app.start_run(run)

    def tell_progress(self) -> None:
        """Pass on what has gathered."""
        if self._moved:
            judged, self._judged, self._moved = tuple(self._judged), [], False
            self._app.changed.publish(Changed(run=True, judged=judged))

    def _take_in(self, space: Workspace, event: RunEvent) -> None:
        from judgetui.core.events import Judged, Noticed, RunEnded

        space.apply(event)
        self._moved = True
        match event:
            case Judged(judgement=judgement):
                self._judged.append(judgement)
            case Noticed(message=message) if message not in space.notices:
                space.notices.append(message)
                self._app.tell(message, severity="warning")
            case RunEnded(run=run, status=status, reason=reason):
                self.tell_progress()
                self._tell_end(run, status, reason)

    def _tell_end(self, run: Run, status: RunStatus, reason: str) -> None:
        from judgetui.core.run import RunStatus
        from judgetui.tui.widgets.run_head import wanted

        counted = ", ".join(f"{count} {name}" for name, count in run.counts.items() if count)
        text = f"Run {run.id}: {run.done} of {wanted(run)} judged" + (f" ({counted})" if counted else "")
        match status:
            case RunStatus.DONE:
                self._app.tell(f"{text}. 3 shows the verdicts.")
            case RunStatus.CANCELLED:
                self._app.tell(
                    f"{text}; stopped. On the runs screen (6), u goes on with it.", severity="warning"
                )
            case RunStatus.PAUSED:
                self._app.tell(
                    f"{text}; paused. {reason} On the runs screen (6), u goes on with a larger budget.",
                    severity="warning",
                )
            case RunStatus.WAITING:
                self._app.tell(f"{text}. {reason}")
            case _:
                self._app.tell(f"{text}. {reason}", severity="error")
