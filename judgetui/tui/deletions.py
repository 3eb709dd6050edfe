"""Items that were deleted and can be brought back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from judgetui.core.item_summary import ItemSummary, RemovedItem
from judgetui.tui.workspace import Workspace

UNDOS: Final = 50
"""Deletions that can be brought back, the newest ones."""


class Deletions:
    """What was deleted of one session, the newest last."""

    def __init__(self) -> None:
        self._history: list[tuple[list[RemovedItem], list[ItemSummary]]] = []

    def clear(self) -> None:
        """Forget everything, as when another session is opened."""
        self._history.clear()

    def __bool__(self) -> bool:
        return bool(self._history)

    async def take_out(self, space: Workspace, rows: Sequence[ItemSummary]) -> set[str]:
        """Take items out of the session.

        Returns:
            Their ids.

        Raises:
            StorageError: if that cannot be written.
        """
        gone = {row.id for row in rows}
        removed = await space.session.write(lambda repos: repos.item_rows.take_out(gone))
        self._history.append((removed, list(rows)))
        del self._history[:-UNDOS]
        space.items = [item for item in space.items if item.id not in gone]
        space.item_index = min(space.item_index, max(0, len(space.items) - 1))
        return gone

    async def undo(self, space: Workspace) -> list[ItemSummary]:
        """Put back what was taken out last.

        Returns:
            The rows of what is back, where it is in the session.

        Raises:
            StorageError: if that cannot be written.
            InputError: if the content of an item is gone.
        """
        removed, rows = self._history[-1]
        positions = await space.session.write(lambda repos: repos.item_rows.put_back(removed))
        self._history.pop()
        return [replace(row, position=positions[row.id]) for row in rows if row.id in positions]
