"""What people said, did and took back, in the order they did it; the labels are what that comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from judgetui.core.answer import Answer, Candidate, Pick, Queue, Standing
from judgetui.core.item import OVERALL, Label
from judgetui.storage.columns import dump, from_column, load, maybe_from_column, moment, stamp, to_column
from judgetui.storage.repositories.contents import ContentRepository
from judgetui.storage.repositories.items import ItemRepository

_DONE: Final = 0
_UNDONE: Final = 1
_DROPPED: Final = 2
"""What `undone` holds; an answer that was taken back is dropped once its rater goes on: it cannot come back then."""

_COLUMNS: Final = (
    "id", "item_id", "content_hash", "rubric_id", "rater", "queue", "picked", "shown", "said", "before", "note",
    "skipped", "flagged", "blind", "seconds", "created", "undone",
)  # fmt: skip
_ALL: Final = f"SELECT {', '.join(_COLUMNS)} FROM answers"

Value = str | float | None


class AnswerRepository(ContentRepository):
    """Each answer of each person; labels are written with it, in the same transaction."""

    def put(self, answer: Answer) -> Answer:
        """Store an answer and the labels it gives.

        Returns:
            It with its number, its moment, and what the labels were before.

        Raises:
            sqlite3.IntegrityError: if the session has no such content; outside the session, a StorageError.
        """
        self._change(
            "UPDATE answers SET undone = ? WHERE rater = ? AND rubric_id IS ? AND undone = ?",
            (_DROPPED, to_column(answer.rater), answer.rubric_id, _UNDONE),
        )
        labels = self._labels_of(answer)
        before = {key: labels.get(key) for key in answer.said}
        created = answer.created or self._clock()
        number = self._inserted(
            """INSERT INTO answers (item_id, content_hash, rubric_id, rater, queue, picked, shown, said, before, note,
                skipped, flagged, blind, seconds, created)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                to_column(answer.item_id),
                answer.content_hash,
                answer.rubric_id,
                to_column(answer.rater),
                answer.queue.value,
                answer.picked.value,
                answer.shown,
                dump(dict(answer.said)),
                dump(before),
                to_column(answer.note),
                int(answer.skipped),
                int(answer.flagged),
                int(answer.blind),
                answer.seconds,
                stamp(created),
            ),
        )
        for key, value in answer.said.items():
            self._set(answer, key, value)
        return replace(answer, id=number, before=before, created=created, undone=False)

    def undo(self, rater: str, rubric_id: int | None = None) -> Answer | None:
        """Take back the newest answer of a person that they have not taken back, and put back what was before it.

        Where somebody else has settled the same since, that stays, and what was before goes over to it. A label
        that came from elsewhere since, such as an imported file, stays too.

        Returns:
            The answer; None when there is nothing to take back.
        """
        found = self._answers(
            "rater = ? AND rubric_id IS ? AND undone = ? ORDER BY id DESC LIMIT 1",
            (to_column(rater), rubric_id, _DONE),
        )
        if not found:
            return None
        answer = found[0]
        self._change("UPDATE answers SET undone = ? WHERE id = ?", (_UNDONE, answer.id))
        labels = self._labels_of(answer)
        for key, value in answer.before.items():
            later = self._later(answer, key)
            if later is None:
                if labels.get(key) == answer.said.get(key):
                    self._set(answer, key, value)
            else:
                self._set_before(later, {**later.before, key: value})
        return replace(answer, undone=True)

    def redo(self, rater: str, rubric_id: int | None = None) -> Answer | None:
        """Give again what a person took back last, unless they have answered something since.

        Returns:
            The answer; None when there is nothing.
        """
        found = self._answers(
            "rater = ? AND rubric_id IS ? AND undone = ? ORDER BY id LIMIT 1",
            (to_column(rater), rubric_id, _UNDONE),
        )
        if not found:
            return None
        answer, labels = found[0], self._labels_of(found[0])
        before: dict[str, Value] = {}
        for key, value in answer.said.items():
            later = self._later(answer, key)
            if later is None:
                before[key] = labels.get(key)
                self._set(answer, key, value)
            else:
                before[key] = later.before.get(key)
                self._set_before(later, {**later.before, key: value})
        self._change("UPDATE answers SET undone = ? WHERE id = ?", (_DONE, answer.id))
        self._set_before(answer, before)
        return replace(answer, before=before, undone=False)

    def of_item(self, item_id: str) -> list[Answer]:
        """Every answer about an item, in the order they were given, those taken back included."""
        return self._answers("item_id = ? ORDER BY id", (to_column(item_id),))

    def all(self, rater: str | None = None) -> list[Answer]:
        """Every answer, or one person's, in the order they were given, those taken back included."""
        if rater is None:
            return self._answers("1 ORDER BY id")
        return self._answers("rater = ? ORDER BY id", (to_column(rater),))

    def standings(
        self, rater: str, rubric_id: int | None, *, adjudicating: bool = False
    ) -> dict[str, Standing]:
        """Where a person stands with each item they answered by a rubric, by item id.

        Args:
            adjudicating: with the items they settle, apart from those they label.
        """
        rows = self._rows(
            """SELECT s.item_id, COALESCE(s.last, 0), a.picked, a.skipped, a.flagged, a.note, s.blind
            FROM (
                SELECT item_id, MAX(CASE undone WHEN 0 THEN id END) AS last, MIN(blind) AS blind
                FROM answers WHERE rater = ? AND rubric_id IS ? AND (queue = 'adjudication') = ?
                GROUP BY item_id
            ) s LEFT JOIN answers a ON a.id = s.last""",
            (to_column(rater), rubric_id, int(adjudicating)),
        )
        return {
            from_column(item_id): Standing(
                last,
                None if picked is None else Pick(picked),
                bool(skipped),
                bool(flagged),
                from_column(note or ""),
                bool(blind),
            )
            for item_id, last, picked, skipped, flagged, note, blind in rows
        }

    def candidates(self, responses: tuple[int, int], required: Sequence[str] = ()) -> list[Candidate]:
        """The items that can be labelled, in order, without their texts.

        Args:
            responses: how many answers they hold, at least and at most.
            required: fields that must be there.
        """
        there = "".join(" AND COALESCE(json_type(c.body, ?), 'null') <> 'null'" for _ in required)
        rows = self._rows(
            f"""SELECT i.id, i.content_hash, COALESCE(i.split, json_extract(c.body, '$.split'))
            FROM items i JOIN item_contents c ON c.hash = i.content_hash
            WHERE i.responses BETWEEN ? AND ?{there} ORDER BY i.position""",
            (*responses, *(f'$."{name}"' for name in required)),
        )
        return [
            Candidate(from_column(identity), digest, None if split is None else maybe_from_column(str(split)))
            for identity, digest, split in rows
        ]

    def splits(self) -> list[str]:
        """The splits that items are in, by name."""
        rows = self._rows("SELECT DISTINCT split FROM items WHERE split IS NOT NULL")
        return sorted(from_column(split) for (split,) in rows)

    def labels(self) -> dict[str, tuple[Label, ...]]:
        """What everybody said, by item id."""
        return {from_column(item_id): labels for item_id, labels in self._labels().items()}

    def content_hash(self, item_id: str) -> str:
        """The hash of an item's content as it is now; empty when there is no such item."""
        return str(self._value("SELECT content_hash FROM items WHERE id = ?", (to_column(item_id),)) or "")

    def _answers(self, where: str, parameters: Sequence[object] = ()) -> list[Answer]:
        return [_answer(row) for row in self._rows(f"{_ALL} WHERE {where}", parameters)]

    def _labels_of(self, answer: Answer) -> dict[str, str | float]:
        """What the labels are that an answer would replace."""
        rows = self._rows(
            "SELECT criterion, value FROM labels WHERE item_id = ? AND rater = ?",
            (to_column(answer.item_id), to_column(answer.label_rater)),
        )
        return {from_column(criterion) or OVERALL: load(value) for criterion, value in rows}

    def _later(self, answer: Answer, key: str) -> Answer | None:
        """The first answer after this one that said the same under the same name, and stands."""
        rows = self._answers(
            "item_id = ? AND id > ? AND undone = ? AND queue = 'adjudication' ORDER BY id"
            if answer.queue is Queue.ADJUDICATION
            else "item_id = ? AND id > ? AND undone = ? AND queue <> 'adjudication' AND rater = ? ORDER BY id",
            (to_column(answer.item_id), answer.id, _DONE)
            + (() if answer.queue is Queue.ADJUDICATION else (to_column(answer.rater),)),
        )
        return next((each for each in rows if key in each.said), None)

    def _set(self, answer: Answer, key: str, value: Value) -> None:
        """Set a label, or take it away."""
        items = ItemRepository(self._db, self._clock)
        criterion = None if key == OVERALL else key
        if value is None:
            items.remove_label(answer.item_id, answer.label_rater, criterion)
        else:
            items.set_label(answer.item_id, Label(answer.label_rater, value, criterion))

    def _set_before(self, answer: Answer, before: Mapping[str, Value]) -> None:
        self._change("UPDATE answers SET before = ? WHERE id = ?", (dump(dict(before)), answer.id))


def _answer(row: Any) -> Answer:
    (
        number, item_id, content_hash, rubric_id, rater, queue, picked, shown, said, before, note,
        skipped, flagged, blind, seconds, created, undone,
    ) = row  # fmt: skip
    return Answer(
        item_id=from_column(item_id),
        content_hash=content_hash,
        rater=from_column(rater),
        said=load(said),
        rubric_id=rubric_id,
        queue=Queue(queue),
        picked=Pick(picked),
        shown=shown,
        before=load(before),
        note=from_column(note),
        skipped=bool(skipped),
        flagged=bool(flagged),
        blind=bool(blind),
        seconds=seconds,
        created=moment(created),
        undone=undone != _DONE,
        id=number,
    )
