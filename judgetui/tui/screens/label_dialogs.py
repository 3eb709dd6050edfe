"""What the label screen asks for in dialogs: who labels, what comes next, a note."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from judgetui.config.settings import save_setting
from judgetui.errors import JudgetuiError
from judgetui.services.context import Context
from judgetui.services.label_scales import asks
from judgetui.services.labelling import rater_problem
from judgetui.services.labelling_queues import Plan
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals.dialogs import AskText
from judgetui.tui.workspace import Workspace


async def ask_rater(app: JudgetuiApp) -> str:
    """Ask who labels, and keep the name; empty when nobody says."""
    name = await app.push_screen_wait(
        AskText("Who labels?", "Your name, as labels are to be kept under", check=rater_problem)
    )
    if name:
        remember_rater(app.context, name)
    return name or ""


async def ask_plan(app: JudgetuiApp, space: Workspace, plan: Plan | None) -> Plan | None:
    """Ask what is labelled next, and by whom; None when that stays as it is."""
    from judgetui.tui.modals.label_queue import QueueDialog

    if space.working is None:
        return None
    rubric = space.working.base.rubric
    numeric = not isinstance(asks(rubric, 2)[0].choices[0].value, str)
    splits = await space.session.read(lambda repos: repos.answers.splits())
    known = plan or Plan(app.context.settings.rater)
    chosen = await app.push_screen_wait(QueueDialog(known, splits, numeric=numeric))
    if chosen is not None:
        remember_rater(app.context, chosen.rater)
    return chosen


async def ask_note(app: JudgetuiApp, note: str) -> str | None:
    """Ask for a note; None when it stays as it is."""
    given = await app.push_screen_wait(
        AskText("Note", "What is to be remembered of this item", note, required=False)
    )
    return None if given == note else given


def remember_rater(context: Context, name: str) -> None:
    """Keep a rater's name for the next time; a folder that cannot be written is no reason to complain."""
    if name == context.settings.rater:
        return
    context.settings = replace(context.settings, rater=name)
    with contextlib.suppress(OSError, JudgetuiError):
        save_setting(context.paths.config_file, "rater", name)
