"""What the runs screen asks in dialogs: a larger budget, and where judgements are to be written."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from judgetui.errors import JudgetuiError
from judgetui.tui.budgets import budget_problem, dollars
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


def expanded(given: str) -> Path:
    """A path as typed, with `~` for the home folder."""
    return Path(given).expanduser()
