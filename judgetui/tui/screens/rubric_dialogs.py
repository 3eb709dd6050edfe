"""What the rubric screen asks in dialogs: the protocol, more items, an older version, whether to drop edits."""

from __future__ import annotations

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
    """Add items from a file or a paste."""
    from judgetui.tui.importing import import_into

    space = screen.space
    if space is None or await import_into(screen.judgetui, space) is None:
        return
    await space.reload_items()
    screen.judgetui.changed.publish(Changed(rubric=True, items=True))
    screen.judgetui.tell(f"{len(space.items):,} of the session's items fit this rubric.")


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
