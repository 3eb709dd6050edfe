"""Judgements, with the items and votes they stand on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from judgetui.core.item import Item, Label
from judgetui.core.judgement import JudgedItem, Judgement, JudgementRow
from judgetui.core.vote import Status, Verdict
from judgetui.storage.codec import item_from_body, outcome_body, outcome_from, votes_body, votes_from_body
from judgetui.storage.columns import (
    from_column,
    load,
    maybe_from_column,
    maybe_to_column,
    moment,
    stamp,
    to_column,
)
from judgetui.storage.repositories.base import marks
from judgetui.storage.repositories.contents import ContentRepository

_JUDGEMENTS: Final = """
    SELECT j.run_id, j.position, j.judge, j.status, j.score, j.verdict, j.label, j.consistent, j.source,
        j.cost_usd, j.started, b.outcome, b.votes, i.item_id, i.content_hash, r.name, v.rubric_hash,
        v.protocol, n.split, u.judges
    FROM judgements j
    JOIN judgement_bodies b ON b.judgement_id = j.id
    JOIN run_items i ON i.run_id = j.run_id AND i.position = j.position
    JOIN runs u ON u.id = j.run_id
    JOIN versions v ON v.id = u.version_id
    JOIN rubrics r ON r.id = v.rubric_id
    LEFT JOIN items n ON n.id = i.item_id"""


COLUMNS: Final = (
    "run_id", "position", "judge", "status", "score", "verdict", "label", "consistent", "source", "input_tokens",
    "cached_tokens", "output_tokens", "reasoning_tokens", "cache_write_tokens", "cost_usd", "started",
)  # fmt: skip

_AT_ONCE: Final = 100
"""Judgements in one statement, far from the 32,766 values that SQLite takes."""


class JudgementRepository(ContentRepository):
    """One judgement for each run, judge and position; another put replaces it."""

    def put(self, judgement: Judgement) -> None:
        """Store a judgement, in place of the one its run, judge and position had.

        Its item is not stored: it is what the run holds at that position.

        Raises:
            sqlite3.IntegrityError: if the run has no such position; outside the session, a StorageError.
        """
        self.put_many((judgement,))

    def put_many(self, judgements: Sequence[Judgement]) -> None:
        """Store judgements as `put` does, of which no two have the same run, judge and position.

        Few statements for many rows: each one lets go of the interpreter's lock and has to get it back.
        """
        for start in range(0, len(judgements), _AT_ONCE):
            self._put(judgements[start : start + _AT_ONCE])

    def _put(self, judgements: Sequence[Judgement]) -> None:
        rows = [_columns(judgement) for judgement in judgements]
        row = f"({marks(rows[0])})"
        found = self._rows(
            f"""INSERT INTO judgements ({", ".join(COLUMNS)}) VALUES {", ".join([row] * len(rows))}
            ON CONFLICT (run_id, position, judge)
            DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
            RETURNING run_id, position, judge, id""",
            [value for columns in rows for value in columns],
        )
        numbers = {(run_id, position, judge): number for run_id, position, judge, number in found}
        bodies: list[object] = []
        for judgement, (run_id, position, judge, *_) in zip(judgements, rows, strict=True):
            bodies += [
                numbers[run_id, position, judge],
                outcome_body(judgement.outcome),
                votes_body(judgement.votes),
            ]
        self._change(
            f"""INSERT INTO judgement_bodies (judgement_id, outcome, votes)
            VALUES {", ".join(["(?, ?, ?)"] * len(rows))}
            ON CONFLICT DO UPDATE SET outcome = excluded.outcome, votes = excluded.votes""",
            bodies,
        )

    def for_run(self, run_id: int, judge: str | None = None) -> list[Judgement]:
        """A run's judgements by position, then in the order of its judges; with `judge`, that one's."""
        which, parameters = "j.run_id = ?", [run_id]
        if judge is None:
            return self._found(which, parameters)
        return self._found(f"{which} AND j.judge = ?", [*parameters, to_column(judge)])

    def one(self, run_id: int, judge: str, position: int) -> Judgement | None:
        """One judgement, None when there is none yet."""
        found = self._found(
            "j.run_id = ? AND j.position = ? AND j.judge = ?", [run_id, position, to_column(judge)]
        )
        return found[0] if found else None

    def for_item(self, item_id: str) -> list[Judgement]:
        """Every judgement of the item with that id, newest run first, whatever its content was then."""
        found = self._found("i.item_id = ?", [to_column(item_id)])
        return sorted(found, key=lambda judgement: -judgement.run_id)

    def done(self, run_id: int, *, failed: bool = True) -> set[tuple[str, int]]:
        """The (judge, position) pairs that need not be asked again: stored, and not as cancelled.

        Args:
            failed: whether those whose calls failed are among them.
        """
        open_ended = [Status.CANCELLED.value] if failed else [Status.CANCELLED.value, Status.FAILED.value]
        rows = self._rows(
            f"SELECT judge, position FROM judgements WHERE run_id = ? AND status NOT IN ({marks(open_ended)})",
            (run_id, *open_ended),
        )
        return {(from_column(judge), position) for judge, position in rows}

    def rows(self, run_id: int) -> list[JudgementRow]:
        """A run's judgements as a table shows them, in the order of `for_run`."""
        labels = self._run_labels(run_id)
        rows = self._rows(
            """SELECT j.position, j.judge, j.status, j.score, j.verdict, j.label, j.consistent, i.item_id
            FROM judgements j JOIN run_items i ON i.run_id = j.run_id AND i.position = j.position
            WHERE j.run_id = ? ORDER BY j.position""",
            (run_id,),
        )
        judges = self._value("SELECT judges FROM runs WHERE id = ?", (run_id,))
        place = {judge: number for number, judge in enumerate(load(judges or "[]"))}
        found = [_table_row(row, labels) for row in rows]
        if len(place) < 2:
            return found
        return sorted(found, key=lambda row: (row.position, place.get(row.judge, len(place)), row.judge))

    def figures(self, run_id: int, judge: str) -> list[JudgedItem]:
        """One judge's judgements of a run as figures are made of them, by position."""
        labels = self._run_labels(run_id)
        rows = self._rows(
            """SELECT j.position, i.item_id, i.content_hash, j.status, j.score, j.verdict, j.label, j.consistent,
                j.source, b.outcome, n.split,
                json_extract(c.body, '$.category', '$.group', '$.model', '$.model_a', '$.model_b', '$.models'),
                json_array(
                    length(json_extract(c.body, '$.response')),
                    length(json_extract(c.body, '$.response_a')), length(json_extract(c.body, '$.response_b'))
                )
            FROM judgements j
            JOIN judgement_bodies b ON b.judgement_id = j.id
            JOIN run_items i ON i.run_id = j.run_id AND i.position = j.position
            JOIN item_contents c ON c.hash = i.content_hash
            LEFT JOIN items n ON n.id = i.item_id
            WHERE j.run_id = ? AND j.judge = ? ORDER BY j.position""",
            (run_id, to_column(judge)),
        )
        return [_judged_item(row, labels) for row in rows]

    def models(self, run_id: int, judge: str) -> list[str]:
        """The models that answered, as the judge's endpoint named them, by name."""
        rows = self._rows(
            """SELECT DISTINCT v.value -> '$.model' FROM judgements j
            JOIN judgement_bodies b ON b.judgement_id = j.id, json_each(b.votes) v
            WHERE j.run_id = ? AND j.judge = ?""",
            (run_id, to_column(judge)),
        )
        return sorted(load(model) for (model,) in rows if model is not None)

    def remove(self, run_id: int, statuses: Iterable[Status]) -> int:
        """Remove a run's judgements of these statuses, so that the run asks for them again.

        Returns:
            How many there were.
        """
        values = [status.value for status in statuses]
        return self._change(
            f"DELETE FROM judgements WHERE run_id = ? AND status IN ({marks(values)})", (run_id, *values)
        )

    def remove_one(self, run_id: int, judge: str, position: int) -> bool:
        """Remove one judgement, so that the run asks for it again.

        Returns:
            Whether there was one.
        """
        return bool(
            self._change(
                "DELETE FROM judgements WHERE run_id = ? AND position = ? AND judge = ?",
                (run_id, position, to_column(judge)),
            )
        )

    def _found(self, where: str, parameters: Sequence[object]) -> list[Judgement]:
        rows = self._rows(f"{_JUDGEMENTS} WHERE {where} ORDER BY j.run_id, j.position", parameters)
        if not rows:
            return []
        chosen = f"""FROM judgements j JOIN run_items i ON i.run_id = j.run_id AND i.position = j.position
            WHERE {where}"""
        contents = {
            digest: load(body)
            for digest, body in self._rows(
                f"SELECT hash, body FROM item_contents WHERE hash IN (SELECT i.content_hash {chosen})",
                parameters,
            )
        }
        labels = self._labels(f"item_id IN (SELECT i.item_id {chosen})", *parameters)
        places: dict[str, dict[str, int]] = {}
        for row in rows:
            if row[-1] not in places:
                places[row[-1]] = {judge: number for number, judge in enumerate(load(row[-1]))}
        found = [
            (_judgement(row, contents[row[14]], labels.get(row[13], ())), places[row[-1]]) for row in rows
        ]
        found.sort(
            key=lambda each: (
                each[0].run_id,
                each[0].position,
                each[1].get(each[0].judge, len(each[1])),
                each[0].judge,
            )
        )
        return [judgement for judgement, _ in found]


def _columns(judgement: Judgement) -> tuple[object, ...]:
    """A judgement's values for `COLUMNS`."""
    outcome, usage = judgement.outcome, judgement.usage
    return (
        judgement.run_id,
        judgement.position,
        to_column(judgement.judge),
        outcome.status.value,
        outcome.score,
        None if outcome.verdict is None else outcome.verdict.value,
        maybe_to_column(outcome.label),
        None if outcome.consistent is None else int(outcome.consistent),
        None if outcome.source is None else outcome.source.value,
        usage.input,
        usage.cached,
        usage.output,
        usage.reasoning,
        usage.cache_write,
        judgement.cost_usd,
        stamp(judgement.started),
    )


def _judgement(row: Any, content: dict[str, Any], labels: tuple[Label, ...]) -> Judgement:
    (
        run_id, position, judge, status, score, verdict, label, consistent, source,
        cost, started, outcome, votes, item_id, content_hash, name, rubric_hash, protocol, split, _,
    ) = row  # fmt: skip
    item: Item = item_from_body(from_column(item_id), content, labels, maybe_from_column(split))
    return Judgement(
        run_id=run_id,
        position=position,
        item=item,
        item_hash=content_hash,
        rubric=from_column(name),
        rubric_hash=rubric_hash,
        protocol=from_column(protocol),
        judge=from_column(judge),
        outcome=outcome_from(status, score, verdict, label, consistent, source, outcome),
        votes=votes_from_body(votes),
        started=moment(started),
        cost_usd=cost,
    )


def _judged_item(row: Any, labels: Mapping[str, tuple[Label, ...]]) -> JudgedItem:
    (
        position,
        item_id,
        digest,
        status,
        score,
        verdict,
        label,
        consistent,
        source,
        body,
        split,
        known,
        cells,
    ) = row
    category, group, model, model_a, model_b, models = load(known)
    outcome = outcome_from(status, score, verdict, label, consistent, source, body)
    if models is None:
        models = (
            [model] if model is not None else [model_a, model_b] if (model_a, model_b) != (None, None) else []
        )
    return JudgedItem(
        position=position,
        item_id=from_column(item_id),
        item_hash=digest,
        status=outcome.status,
        score=outcome.score,
        scores=outcome.scores,
        label=outcome.label,
        labels=outcome.labels,
        verdict=outcome.verdict,
        consistent=outcome.consistent,
        source=outcome.source,
        said=labels.get(item_id, ()),
        category=category,
        group=group,
        split=maybe_from_column(split),
        models=tuple(models),
        lengths=tuple(length for length in load(cells) if length is not None),
    )


def _table_row(row: Any, labels: Mapping[str, tuple[Label, ...]]) -> JudgementRow:
    position, judge, status, score, verdict, label, consistent, item_id = row
    return JudgementRow(
        position=position,
        judge=from_column(judge),
        status=Status(status),
        score=score,
        verdict=None if verdict is None else Verdict(verdict),
        label=None if label is None else from_column(label),
        consistent=None if consistent is None else bool(consistent),
        labels=labels.get(item_id, ()),
    )
