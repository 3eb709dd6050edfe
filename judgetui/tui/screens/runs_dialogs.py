"""What the runs screen asks in dialogs: a larger budget, where judgements are to be written, whether a run is to go."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from judgetui.core.run import RunOrigin
from judgetui.errors import JudgetuiError
from judgetui.tui.budgets import budget_problem, dollars
from judgetui.tui.changes import Changed
from judgetui.tui.modals.dialogs import AskText, Confirm
from judgetui.tui.widgets.status import money

if TYPE_CHECKING:
    from judgetui.core.run import Run
    from judgetui.tui.screens.runs import RunsScreen


async def ask_budget(screen: RunsScreen, run: Run) -> float | None:
    """Ask for a larger budget, in US dollars, of a run that its budget paused; None when it is to stay so."""
    least = max(run.settings.budget or 0.0, run.cost_usd or 0.0)
    told = f"{run.reason}\nBudget for the whole run in US dollars, more than {money(least)}:"
    given = await screen.app.push_screen_wait(
        AskText(f"Go on with run {run.id}", told, check=partial(budget_problem, least=least))
    )
    return None if given is None else dollars(given)


async def write_out(screen: RunsScreen, run: Run) -> None:
    """Ask for a file and write a run's judgements to it."""
    from judgetui.datasets import write_judgements

    space = screen.space
    if space is None:
        return
    proposed = f"{space.session.path.stem}-run{run.id}.jsonl"
    given = await screen.app.push_screen_wait(
        AskText(f"Write run {run.id}", "Path of the file, one judgement a line", proposed)
    )
    if not given:
        return
    path = expanded(given)
    if await asyncio.to_thread(path.exists):
        question = f"{path} is there already. Put the {run.done} judgements of run {run.id} in its place?"
        if not await screen.app.push_screen_wait(Confirm(question, "Replace it", danger=True)):
            return
    try:
        found = await space.session.read(lambda repos: repos.judgements.for_run(run.id))
        written = await asyncio.to_thread(write_judgements, path, found)
    except (JudgetuiError, OSError) as error:
        screen.judgetui.complain(error)
        return
    screen.judgetui.tell(f"Wrote {written} judgements to {path}.")


async def delete(screen: RunsScreen, run: Run) -> None:
    """Ask whether a run and its judgements are to go, and delete them."""
    space = screen.space
    if space is None:
        return
    if space.live is not None and space.live.id == run.id:
        screen.judgetui.tell("This run is going; x stops it first.", severity="warning")
        return
    recorded = "recorded " if run.origin is RunOrigin.RECORDED else ""
    question = (
        f"Delete run {run.id} ({run.rubric_name} v{run.version_number}, {', '.join(run.judges)}) "
        f"with its {run.done} {recorded}judgements? This cannot be undone. "
        "Replies stay in the session, so running the same again asks for nothing twice."
    )
    if not await screen.app.push_screen_wait(Confirm(question, "Delete", danger=True)):
        return
    try:
        await space.session.write(lambda repos: repos.runs.delete(run.id))
        if space.shown is not None and space.shown.id == run.id:
            rubric_id = run.rubric_id
            latest = await space.session.read(lambda repos: repos.runs.latest_for_rubric(rubric_id))
            await space.show_run(latest)
    except JudgetuiError as error:
        screen.judgetui.complain(error)
        return
    screen.judgetui.changed.publish(Changed(run=True))
    screen.judgetui.tell(f"Run {run.id} and its {run.done} judgements are deleted.")


def expanded(given: str) -> Path:
    """A path as typed, with `~` for the home folder."""
    return Path(given).expanduser()
