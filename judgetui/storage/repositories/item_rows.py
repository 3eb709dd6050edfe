"""Items as rows of a long list: read portion by portion, looked through, taken out and put back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from sys import intern

from judgetui.core.item import Item, Label
from judgetui.core.item_summary import ItemSummary, RemovedItem, summary_of
from judgetui.core.vote import Status
from judgetui.errors import InputError
from judgetui.storage.codec import item_from_body
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
        flagged, results = self._flagged(first, last), self._results(first, last)
        return [
            summary_of(
                from_column(identity),
                position,
                load(body),
                maybe_from_column(split),
                labels.get(identity, ()),
                identity in flagged,
                results.get(identity, ""),
            )
            for identity, position, split, body in rows
        ]

    def whole(
        self, behind: int, limit: int, responses: tuple[int, int] | None = None
    ) -> tuple[list[Item], int | None]:
        """At most `limit` items, by position, from the first one behind a position.

        Args:
            responses: from how many to how many answers an item is to hold; None for any number.

        Returns:
            The items, and the position of the last one; None where there are no further ones.
        """
        low, high = responses or (0, 2**62)
        rows = self._rows(
            """SELECT i.id, i.position, i.split, c.body FROM items i
            JOIN item_contents c ON c.hash = i.content_hash
            WHERE i.position > ? AND i.responses BETWEEN ? AND ? ORDER BY i.position LIMIT ?""",
            (behind, low, high, limit),
        )
        if not rows:
            return [], None
        last = rows[-1][1]
        labels = self._labels(
            "item_id IN (SELECT id FROM items WHERE position BETWEEN ? AND ?)", rows[0][1], last
        )
        items = [
            item_from_body(
                from_column(identity), load(body), labels.get(identity, ()), maybe_from_column(split)
            )
            for identity, _, split, body in rows
        ]
        return items, last if len(rows) == limit else None

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

    def _results(self, first: int, last: int) -> dict[str, str]:
        """By id as stored what the newest run that has an item, probes aside, made of those between two positions."""
        rows = self._rows(
            """WITH own AS (
                SELECT u.id FROM runs u JOIN versions v ON v.id = u.version_id
                JOIN rubrics b ON b.id = v.rubric_id WHERE b.purpose = ''
            ), newest AS (
                SELECT r.item_id, MAX(r.run_id) AS run_id FROM items i JOIN run_items r ON r.item_id = i.id
                WHERE i.position BETWEEN ? AND ? AND r.run_id IN own GROUP BY r.item_id
            )
            SELECT n.item_id, j.status, j.score, j.verdict, j.label FROM newest n
            JOIN run_items r ON r.run_id = n.run_id AND r.item_id = n.item_id
            JOIN judgements j ON j.run_id = r.run_id AND j.position = r.position
            ORDER BY j.id""",
            (first, last),
        )
        found: dict[str, str] = {}
        for identity, status, score, verdict, label in rows:
            said = _result(status, score, verdict, label)
            found[identity] = intern(f"{found[identity]} / {said}" if identity in found else said)
        return found

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

    def put_back(self, removed: Iterable[RemovedItem]) -> dict[str, int]:
        """Put items back with their labels: at their old place, or at the end where another item has it by now.

        Returns:
            Their positions by id; an item that is there again already is left as it is, and left out.

        Raises:
            InputError: if the content of one is gone, since the session was compacted.
        """
        positions = {}
        for item in removed:
            identity = to_column(item.id)
            if self._value("SELECT 1 FROM items WHERE id = ?", (identity,)) is not None:
                continue
            if self._value("SELECT 1 FROM item_contents WHERE hash = ?", (item.content_hash,)) is None:
                raise InputError(
                    f"the content of {item.id!r} is gone: the session was compacted since it was deleted.",
                    "Import the file that it came from again.",
                )
            position = item.position
            if self._value("SELECT 1 FROM items WHERE position = ?", (position,)) is not None:
                position = self._value("SELECT MAX(position) + 1 FROM items")
            self._change(
                "INSERT INTO items (id, position, responses, content_hash, split) VALUES (?, ?, ?, ?, ?)",
                (identity, position, item.answers, item.content_hash, maybe_to_column(item.split)),
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
            positions[item.id] = position
        return positions

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


def _result(status: str, score: float | None, verdict: str | None, label: str | None) -> str:
    if status != Status.OK.value:
        return status
    if verdict is not None:
        return verdict.replace("_", " ")
    if label is not None:
        return from_column(label)
    return "no score" if score is None else f"{score:.2f}"


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
