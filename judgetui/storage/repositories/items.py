"""Items, their contents, and what people said of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from judgetui.core.item import Item, Label
from judgetui.core.run import ItemCounts
from judgetui.storage.codec import ItemColumns, item_columns, item_from_body, label_columns
from judgetui.storage.columns import (
    from_column,
    load,
    maybe_from_column,
    maybe_to_column,
    stamp,
    to_column,
)
from judgetui.storage.repositories.base import batches, marks
from judgetui.storage.repositories.contents import ContentRepository

_PORTION: Final = 4000
"""Items that are added by the same statements."""

_CACHE: Final = -65_536
"""Of a large import: 64 MB hold the index of hashes, which come in no order, for some 500,000 items."""

_SET_LABEL: Final = """
    INSERT INTO labels (item_id, rater, criterion, value, created) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET value = excluded.value, created = excluded.created
    WHERE value <> excluded.value"""


class ItemRepository(ContentRepository):
    """An item keeps its place when its content changes; a run keeps the content it judged."""

    def add(self, items: Iterable[Item]) -> ItemCounts:
        """Add items at the end, or change those whose id is known.

        The labels and the split an item brings are set; those it does not mention stay.

        Returns:
            How many were new, changed in content, labels or split, or just the same.

        Raises:
            ItemError: if a field holds something that cannot be stored.
        """
        counts = ItemCounts()
        portion: dict[str, ItemColumns] = {}
        (cache,) = self._row("PRAGMA cache_size")
        try:
            for item in items:
                columns = item_columns(item)
                if columns.identity in portion or len(portion) == _PORTION:
                    self._change(f"PRAGMA cache_size = {_CACHE}")
                    counts = _sum(counts, self._add(portion))
                    portion = {}
                portion[columns.identity] = columns
            return _sum(counts, self._add(portion))
        finally:
            self._change(f"PRAGMA cache_size = {cache}")

    def all(self, responses: tuple[int, int] | None = None, limit: int | None = None) -> list[Item]:
        """Items in order; with `responses`, those that hold from so many to so many; the first `limit`."""
        where, parameters = ("1", ()) if responses is None else ("i.responses BETWEEN ? AND ?", responses)
        rows = self._rows(
            f"""SELECT i.id, c.body, i.split FROM items i JOIN item_contents c ON c.hash = i.content_hash
            WHERE {where} ORDER BY i.position LIMIT ?""",
            (*parameters, -1 if limit is None else limit),
        )
        names = tuple(identity for identity, *_ in rows) if limit is not None else ()
        labels = self._labels(f"item_id IN ({marks(names)})", *names) if names else self._labels()
        return [
            item_from_body(
                from_column(identity), load(body), labels.get(identity, ()), maybe_from_column(split)
            )
            for identity, body, split in rows
        ]

    def get(self, item_id: str) -> Item | None:
        """The item of that id as it is now, None when there is none."""
        identity = to_column(item_id)
        row = self._row(
            "SELECT c.body, i.split FROM items i JOIN item_contents c ON c.hash = i.content_hash WHERE i.id = ?",
            (identity,),
        )
        if row is None:
            return None
        body, split = row
        labels = self._labels("item_id = ?", identity)
        return item_from_body(item_id, load(body), labels.get(identity, ()), maybe_from_column(split))

    def remove(self, ids: Iterable[str]) -> int:
        """Remove items; runs that judged them keep content and labels.

        Returns:
            How many there were.
        """
        removed = 0
        for portion in batches(to_column(item_id) for item_id in ids):
            removed += self._change(f"DELETE FROM items WHERE id IN ({marks(portion)})", portion)
            self._change(
                f"""DELETE FROM labels WHERE item_id IN ({marks(portion)})
                AND item_id NOT IN (SELECT item_id FROM run_items)""",
                portion,
            )
        return removed

    def count(self, responses: int | None = None) -> int:
        """How many items there are; with `responses`, of those that hold so many."""
        if responses is None:
            return int(self._value("SELECT COUNT(*) FROM items"))
        return int(self._value("SELECT COUNT(*) FROM items WHERE responses = ?", (responses,)))

    def set_label(self, item_id: str, label: Label) -> bool:
        """Set what a rater says of an item or of a criterion of it, in place of what they said before.

        Returns:
            Whether that changed anything.
        """
        return self._label(to_column(item_id), label)

    def remove_label(self, item_id: str, rater: str, criterion: str | None = None) -> bool:
        """Take back what a rater said of an item, or of a criterion of it.

        Returns:
            Whether there was such a label.
        """
        where = (to_column(item_id), to_column(rater), to_column(criterion or ""))
        return bool(
            self._change("DELETE FROM labels WHERE item_id = ? AND rater = ? AND criterion = ?", where)
        )

    def set_splits(self, splits: Mapping[str, str | None]) -> int:
        """Say by id what items are used for; None takes an item out of its split.

        Returns:
            How many changed.
        """
        return sum(self._split(to_column(item_id), split) for item_id, split in splits.items())

    def label_state(self) -> tuple[int, str]:
        """A pair that is another one once a label was set or taken back."""
        count, newest = self._row("SELECT COUNT(*), COALESCE(MAX(created), '') FROM labels")
        return count, newest

    def raters(self) -> list[str]:
        """Everyone who labelled something, by name."""
        return [from_column(rater) for (rater,) in self._rows("SELECT DISTINCT rater FROM labels ORDER BY 1")]

    def _add(self, items: Mapping[str, ItemColumns]) -> ItemCounts:
        """Add or change items by id, in few statements for many."""
        # In the order of their hashes, which is that of the index.
        self._change_many(
            "INSERT OR IGNORE INTO item_contents (hash, body) VALUES (?, ?)",
            sorted([(item.digest, item.body) for item in items.values()]),
        )
        known = {
            identity: (digest, split)
            for names in batches(items)
            for identity, digest, split in self._rows(
                f"SELECT id, content_hash, split FROM items WHERE id IN ({marks(names)})", names
            )
        }
        position = self._value("SELECT COALESCE(MAX(position), -1) FROM items") + 1
        new = [item for identity, item in items.items() if identity not in known]
        self._change_many(
            "INSERT INTO items (id, position, responses, content_hash, split) VALUES (?, ?, ?, ?, ?)",
            [
                (item.identity, place, item.responses, item.digest, item.split)
                for place, item in enumerate(new, position)
            ],
        )
        now = stamp(self._clock())
        self._change_many(_SET_LABEL, [(item.identity, *label, now) for item in new for label in item.labels])
        changed = sum(self._update(items[identity], *before) for identity, before in known.items())
        return ItemCounts(len(new), changed, len(known) - changed)

    def _update(self, item: ItemColumns, digest: str, split: str | None) -> bool:
        """Change an item that had that content and split, and say whether anything changed."""
        now = stamp(self._clock())
        changes = [self._change(_SET_LABEL, (item.identity, *label, now)) for label in item.labels]
        if item.digest != digest:
            changes.append(
                self._change(
                    "UPDATE items SET responses = ?, content_hash = ? WHERE id = ?",
                    (item.responses, item.digest, item.identity),
                )
            )
        if item.split is not None and item.split != split:
            changes.append(
                self._change("UPDATE items SET split = ? WHERE id = ?", (item.split, item.identity))
            )
        return any(changes)

    def _split(self, identity: str, split: str | None) -> bool:
        stored = maybe_to_column(split)
        return bool(
            self._change(
                "UPDATE items SET split = ? WHERE id = ? AND split IS NOT ?", (stored, identity, stored)
            )
        )

    def _label(self, identity: str, label: Label) -> bool:
        return bool(self._change(_SET_LABEL, (identity, *label_columns(label), stamp(self._clock()))))


def _sum(one: ItemCounts, other: ItemCounts) -> ItemCounts:
    return ItemCounts(one.new + other.new, one.changed + other.changed, one.same + other.same)
