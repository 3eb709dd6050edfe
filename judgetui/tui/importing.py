"""Items into the open session, asked for on any screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from judgetui.services.intake import Stored
    from judgetui.tui.app import JudgetuiApp
    from judgetui.tui.workspace import Workspace


async def import_into(app: JudgetuiApp, space: Workspace) -> Stored | None:
    """Ask for a file or a paste, show what would come of it, and take it.

    Returns:
        What came of it; None when nothing was taken.
    """
    from judgetui.tui.modals.import_items import ImportDialog
    from judgetui.tui.modals.taking import TakingDialog

    inputs = () if space.rubric is None else tuple(spec.name for spec in space.rubric.inputs)
    chosen = await app.push_screen_wait(ImportDialog(inputs, session=space.session))
    if chosen is None:
        return None
    stored = await app.push_screen_wait(TakingDialog(space.session, chosen))
    if stored is not None:
        app.tell(stored_words(stored))
    return stored


def stored_words(stored: Stored) -> str:
    """What an import did, in a sentence."""
    counts = stored.counts
    parts = [f"{counts.new:,} new", f"{counts.changed:,} changed", f"{counts.same:,} as before"]
    if stored.bad:
        parts.append(f"{stored.bad:,} lines left out")
    return f"Items: {', '.join(parts)}."
