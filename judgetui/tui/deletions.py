"""What was done to a session's items and can be taken back: deletions and splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from judgetui.core.item_summary import ItemSummary, RemovedItem
from judgetui.tui.workspace import Workspace

UNDOS: Final = 50
"""What can be taken back, the newest first."""

Removed = tuple[list[RemovedItem], list[ItemSummary]]
"""Items that were deleted, with their rows."""


class Deletions:
    """What was deleted of one session, or divided anew; the newest last."""

    def __init__(self) -> None:
        self._history: list[Removed | dict[str, str | None]] = []

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

    async def divide(
        self, space: Workspace, splits: Mapping[str, str], before: Mapping[str, str | None]
    ) -> int:
        """Put items into splits.

        Args:
            before: the splits that they, and perhaps others, had.

        Returns:
            How many have another split than before.

        Raises:
            StorageError: if that cannot be written.
        """
        changed = await space.session.write(lambda repos: repos.items.set_splits(splits))
        self._history.append({identity: before[identity] for identity in splits})
        del self._history[:-UNDOS]
        return changed

    async def undo(self, space: Workspace) -> list[ItemSummary] | None:
        """Take back what was done last.

        Returns:
            The rows of items that are back, where they are in the session; None where splits were taken back.

        Raises:
            StorageError: if that cannot be written.
            InputError: if the content of an item is gone.
        """
        last = self._history[-1]
        if isinstance(last, dict):
            splits = last
            await space.session.write(lambda repos: repos.items.set_splits(splits))
            self._history.pop()
            return None
        removed, rows = last
        positions = await space.session.write(lambda repos: repos.item_rows.put_back(removed))
        self._history.pop()
        return [replace(row, position=positions[row.id]) for row in rows if row.id in positions]
