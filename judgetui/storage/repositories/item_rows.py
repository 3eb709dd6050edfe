"""Items as rows of a long list: read portion by portion, looked through, taken out and put back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from judgetui.core.item import Label
from judgetui.core.item_summary import ItemSummary, RemovedItem, summary_of
from judgetui.errors import InputError
from judgetui.storage.columns import (
    dump,
    from_column,
    load,
    maybe_from_column,
    maybe_to_column,
    moment,
    stamp,
    to_column,
)
from judgetui.storage.repositories.base import batches, marks
from judgetui.storage.repositories.contents import ContentRepository
from judgetui.storage.repositories.items import ItemRepository


class ItemRowRepository(ContentRepository):
    """What a list of items needs beside the items themselves."""

    def summaries(self, behind: int, limit: int) -> list[ItemSummary]:
        """The rows of at most `limit` items, by position, from the first one behind a position."""
        rows = self._rows(
            """SELECT i.id, i.position, i.split, c.body FROM items i
            JOIN item_contents c ON c.hash = i.content_hash
            WHERE i.position > ? ORDER BY i.position LIMIT ?""",
            (behind, limit),
        )
        if not rows:
            return []
        first, last = rows[0][1], rows[-1][1]
        labels = self._labels("item_id IN (SELECT id FROM items WHERE position BETWEEN ? AND ?)", first, last)
        flagged = self._flagged(first, last)
        return [
            summary_of(
                from_column(identity),
                position,
                load(body),
                maybe_from_column(split),
                labels.get(identity, ()),
                identity in flagged,
            )
            for identity, position, split, body in rows
        ]

    def _flagged(self, first: int, last: int) -> set[str]:
        """Ids, as stored, of items between two positions of which somebody's newest answer has a flag."""
        rows = self._rows(
            """SELECT DISTINCT a.item_id FROM items i JOIN answers a ON a.item_id = i.id
            WHERE i.position BETWEEN ? AND ? AND a.flagged = 1 AND a.undone = 0 AND a.id = (
                SELECT MAX(b.id) FROM answers b
                WHERE b.item_id = a.item_id AND b.rater = a.rater AND b.undone = 0)""",
            (first, last),
        )
        return {identity for (identity,) in rows}

    def containing(self, words: Sequence[str], first: int, last: int) -> list[int]:
        """Positions, in order, of the items between two positions whose texts hold every one of some words.

        The fields' texts are looked through, not their names; upper and lower case are the same.
        """
        needles = [word.casefold() for word in words]
        # SQLite finds the few that may hold them: it looks at ASCII alone, and lets other threads run meanwhile.
        runs = [max(_ascii_runs(word), key=len, default="").lower() for word in words]
        where = " AND ".join(["i.position BETWEEN ? AND ?", *("instr(lower(c.body), ?) > 0" for _ in runs)])
        rows = self._rows(
            f"""SELECT i.position, c.body FROM items i JOIN item_contents c ON c.hash = i.content_hash
            WHERE {where} ORDER BY i.position""",
            (first, last, *runs),
        )
        found = []
        for position, body in rows:
            texts = "\n".join(_texts(load(body))).casefold()
            if all(needle in texts for needle in needles):
                found.append(position)
        return found

    def take_out(self, ids: Iterable[str]) -> list[RemovedItem]:
        """Remove items with their labels, and say what it takes to put them back.

        Runs that judged them keep their content and labels, as with `ItemRepository.remove`.
        """
        removed: list[RemovedItem] = []
        for portion in batches(to_column(item_id) for item_id in ids):
            here = marks(portion)
            labels = self._dated_labels(f"item_id IN ({here})", *portion)
            rows = self._rows(
                f"SELECT id, position, responses, content_hash, split FROM items WHERE id IN ({here})",
                portion,
            )
            removed += [
                RemovedItem(
                    from_column(identity),
                    position,
                    answers,
                    digest,
                    maybe_from_column(split),
                    tuple(labels.get(identity, ())),
                )
                for identity, position, answers, digest, split in rows
            ]
        ItemRepository(self._db, self._clock).remove(item.id for item in removed)
        return sorted(removed, key=lambda item: item.position)

    def put_back(self, removed: Iterable[RemovedItem]) -> int:
        """Put items back with their labels: at their old place, or at the end where another item has it by now.

        Returns:
            How many; an item that is there again already is left as it is.

        Raises:
            InputError: if the content of one is gone, since the session was compacted.
        """
        count = 0
        for item in removed:
            identity = to_column(item.id)
            if self._value("SELECT 1 FROM items WHERE id = ?", (identity,)) is not None:
                continue
            if self._value("SELECT 1 FROM item_contents WHERE hash = ?", (item.content_hash,)) is None:
                raise InputError(
                    f"the content of {item.id!r} is gone: the session was compacted since it was deleted.",
                    "Import the file that it came from again.",
                )
            self._change(
                """INSERT INTO items (id, position, responses, content_hash, split) VALUES (?,
                CASE WHEN EXISTS (SELECT 1 FROM items WHERE position = ?)
                THEN (SELECT MAX(position) + 1 FROM items) ELSE ? END, ?, ?, ?)""",
                (
                    identity,
                    item.position,
                    item.position,
                    item.answers,
                    item.content_hash,
                    maybe_to_column(item.split),
                ),
            )
            for label, created in item.labels:
                self._change(
                    """INSERT INTO labels (item_id, rater, criterion, value, created) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT DO NOTHING""",
                    (
                        identity,
                        to_column(label.rater),
                        to_column(label.criterion or ""),
                        dump(label.value),
                        stamp(created),
                    ),
                )
            count += 1
        return count

    def _dated_labels(self, where: str, *parameters: object) -> dict[str, list[tuple[Label, datetime]]]:
        rows = self._rows(
            f"SELECT item_id, rater, criterion, value, created FROM labels WHERE {where} ORDER BY rowid",
            parameters,
        )
        found: dict[str, list[tuple[Label, datetime]]] = {}
        for item_id, rater, criterion, value, created in rows:
            label = Label(from_column(rater), load(value), from_column(criterion) or None)
            found.setdefault(item_id, []).append((label, moment(created)))
        return found


def _ascii_runs(text: str) -> Iterator[str]:
    """The parts of a text that stand in ASCII JSON as they are."""
    run = ""
    for sign in text:
        if sign.isascii() and sign.isprintable() and sign not in '"\\':
            run += sign
        elif run:
            yield run
            run = ""
    if run:
        yield run


def _texts(value: object) -> Iterator[str]:
    """Every text in a content, without the names of fields."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif value is not None:
        yield str(value)
