"""What the rubric screen asks in dialogs: the protocol, more items, an older version, whether to drop edits."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from judgetui.errors import JudgetuiError
from judgetui.tui.changes import Changed

if TYPE_CHECKING:
    from judgetui.tui.screens.rubric import RubricScreen


async def choose_protocol(screen: RubricScreen) -> None:
    """Ask for a protocol and make it the rubric's; all else in the rubric stays."""
    from judgetui.tui.modals.protocols import ProtocolDialog

    space = screen.space
    if space is None or space.rubric is None:
        return
    name = await screen.app.push_screen_wait(ProtocolDialog(space))
    rubric = screen.rubric
    if name is None or rubric is None or name == rubric.protocol:
        return
    screen.edit(replace(rubric, protocol=name))
    screen.judgetui.tell(f"{name} judges this rubric; u goes back to {rubric.protocol}.")


async def import_items(screen: RubricScreen) -> None:
    """Ask for a file and add its items."""
    from judgetui.datasets import load_items
    from judgetui.tui.external import typed_path
    from judgetui.tui.modals.dialogs import AskText

    space = screen.space
    if space is None:
        return
    given = await screen.app.push_screen_wait(
        AskText("Add items", "Path of a .jsonl, .json, .csv or .tsv file")
    )
    if not given:
        return
    try:
        items = await asyncio.to_thread(load_items, typed_path(given))
        counts = await space.session.write(lambda repos: repos.items.add(items))
    except (JudgetuiError, OSError) as error:
        screen.judgetui.complain(error)
        return
    await space.reload_items()
    screen.judgetui.changed.publish(Changed(rubric=True))
    screen.judgetui.tell(
        f"{counts.new} new, {counts.changed} changed, {counts.same} as before; {len(space.items)} fit this rubric."
    )


async def go_back(screen: RubricScreen) -> None:
    """Show the versions, and make the chosen one the newest again."""
    from judgetui.tui.modals.versions import VersionsDialog

    space = screen.space
    if space is None or space.working is None:
        return
    version = await screen.app.push_screen_wait(VersionsDialog(space))
    if version is None:
        return
    try:
        space.working = await space.authoring.restore(version)
    except JudgetuiError as error:
        screen.judgetui.complain(error)
        return
    screen.forget()
    await space.reload_rubrics()
    await space.reload_items()
    screen.judgetui.changed.publish(Changed(rubric=True))
    screen.judgetui.tell(f"v{version.number} is back, as v{space.working.base.number}.")


async def discard(screen: RubricScreen) -> None:
    """Ask, then drop unsaved edits."""
    from judgetui.tui.modals.dialogs import Confirm

    space = screen.space
    if space is None or space.working is None or not space.working.changed:
        screen.judgetui.tell("There are no unsaved edits.")
        return
    question = f"Drop all edits since v{space.working.base.number}, proposed steps included?"
    if await screen.app.push_screen_wait(Confirm(question, "Drop them", "Keep them", danger=True)):
        space.working = await space.authoring.discard(space.working)
        if not space.items_current:
            await space.reload_items()
        screen.judgetui.changed.publish(Changed(rubric=True))


async def read_items(screen: RubricScreen) -> None:
    """Read the items that fit the rubric as it stands; say why where none does."""
    from judgetui.core.protocols.registry import get_protocol
    from judgetui.tui.widgets.protocol_words import fit_words

    space = screen.space
    if space is None:
        return
    await space.reload_items()
    screen.judgetui.changed.publish(Changed(items=True))
    if space.items or space.rubric is None:
        return
    protocol, counts = get_protocol(space.rubric.protocol), await space.answer_counts()
    if counts:
        screen.judgetui.tell(f"{fit_words(protocol, counts)} i adds items, u goes back.", severity="warning")
