"""Item contents and labels, which items, runs and judgements all need."""

from __future__ import annotations

from judgetui.core.item import Item, Label
from judgetui.storage.codec import item_body
from judgetui.storage.columns import from_column, load
from judgetui.storage.repositories.base import Repository


class ContentRepository(Repository):
    """Stores each different content once, under its hash."""

    def _store_content(self, item: Item) -> str:
        body, digest = item_body(item), item.content_hash
        self._change("INSERT OR IGNORE INTO item_contents (hash, body) VALUES (?, ?)", (digest, body))
        return digest

    def _labels(self, where: str = "1", *parameters: object) -> dict[str, tuple[Label, ...]]:
        """Labels by item id as stored, of the items that `where` selects by `item_id`, in the order given."""
        found: dict[str, list[Label]] = {}
        rows = self._rows(
            f"SELECT item_id, rater, criterion, value FROM labels WHERE {where} ORDER BY rowid", parameters
        )
        for item_id, rater, criterion, value in rows:
            label = Label(from_column(rater), load(value), from_column(criterion) or None)
            found.setdefault(item_id, []).append(label)
        return {item_id: tuple(labels) for item_id, labels in found.items()}

    def _run_labels(self, run_id: int) -> dict[str, tuple[Label, ...]]:
        """Labels by item id as stored, of a run's items."""
        return self._labels("item_id IN (SELECT item_id FROM run_items WHERE run_id = ?)", run_id)
