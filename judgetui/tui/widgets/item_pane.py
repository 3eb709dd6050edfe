"""The pane that shows one item of a session in full."""

from __future__ import annotations

from judgetui.core.item import Item
from judgetui.core.item_summary import ItemSummary
from judgetui.core.judgement import Judgement
from judgetui.storage.repositories import Repositories
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.item_words import item_content
from judgetui.tui.workspace import Workspace

Found = tuple[Item, list[Judgement]]
"""An item with what judges said of it, the newest run first."""


class ItemPane(TextPane):
    """An item with its labels and judgements.

    Attributes:
        found: what is shown; None while nothing is.
    """

    def __init__(self, identity: str) -> None:
        super().__init__(identity)
        self.found: Found | None = None

    def shows(self, row: ItemSummary | None) -> bool:
        """Whether this is the item shown."""
        return row is not None and self.found is not None and self.found[0].id == row.id

    def clear(self) -> None:
        """Show nothing."""
        self.found = None
        self.put("", "")

    async def read(self, space: Workspace, row: ItemSummary) -> Found | None:
        """Read an item anew and show it; None when it is gone. The reader's place stays in the same item.

        Raises:
            StorageError: if the session cannot be read.
        """
        item, judgements = await space.session.read(lambda repos: _looked_up(repos, row.id))
        if item is None:
            self.found = None
            self.put(row.id, "This item is no longer in the session.")
            return None
        again = self.shows(row)
        if self.found != (item, judgements):
            self.found = (item, judgements)
            content = item_content(item, judgements)
            self.put(f"{row.position + 1} · {item.id}", content.plain, content, keep_place=again)
        return self.found


def _looked_up(repos: Repositories, item_id: str) -> tuple[Item | None, list[Judgement]]:
    return repos.items.get(item_id), repos.judgements.for_item(item_id)
