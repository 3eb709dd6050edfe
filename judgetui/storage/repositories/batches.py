"""Batches: what of a run was handed to a provider's batch service, and how far that has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from judgetui.core.batch import Batch, BatchedCall, BatchStep
from judgetui.core.vote import ScoreSource
from judgetui.storage.columns import dump, from_column, load, moment, stamp, to_column
from judgetui.storage.repositories.base import Repository, marks

_BATCHES: Final = """
    SELECT id, run_id, judge, step, token, source, learned, upload, remote, requests, detail, created
    FROM batches"""

_CALLS: Final = "SELECT number, position, keys, costs FROM batch_calls"


class BatchRepository(Repository):
    """Requests themselves are not stored: the run's items and its rubric's version make them again."""

    def add(
        self,
        run_id: int,
        judge: str,
        step: BatchStep,
        token: str,
        source: ScoreSource,
        learned: Mapping[str, str],
        calls: Sequence[BatchedCall],
    ) -> Batch:
        """Store a batch with its calls."""
        now = stamp(self._clock())
        batch_id = self._inserted(
            """INSERT INTO batches
            (run_id, judge, step, token, source, learned, upload, remote, requests, detail, created, updated)
            VALUES (?, ?, ?, ?, ?, ?, '', '', ?, '', ?, ?)""",
            (
                run_id,
                to_column(judge),
                step.value,
                token,
                source.value,
                dump(dict(learned)),
                len(calls),
                now,
                now,
            ),
        )
        self._db.executemany(
            "INSERT INTO batch_calls (batch_id, number, position, keys, costs) VALUES (?, ?, ?, ?, ?)",
            (
                (batch_id, each.number, each.position, dump(list(each.keys)), _costs_column(each.costs))
                for each in calls
            ),
        )
        return self.get(batch_id)

    def get(self, batch_id: int) -> Batch:
        """A batch by its number, which must be there."""
        return _batch(self._row(f"{_BATCHES} WHERE id = ?", (batch_id,)))

    def for_run(self, run_id: int) -> list[Batch]:
        """A run's batches, oldest first."""
        return [_batch(row) for row in self._rows(f"{_BATCHES} WHERE run_id = ? ORDER BY id", (run_id,))]

    def at_provider(self, run_id: int) -> bool:
        """Whether a provider works on a batch of the run, or has its results."""
        found = self._value(
            "SELECT 1 FROM batches WHERE run_id = ? AND step = ?", (run_id, BatchStep.SUBMITTED.value)
        )
        return found is not None

    def remotes(self) -> set[str]:
        """The providers' names of all batches of the session."""
        return {from_column(name) for (name,) in self._rows("SELECT remote FROM batches WHERE remote <> ''")}

    def uploaded(self, batch_id: int, upload: str) -> Batch:
        """Note that a batch's requests are with the provider, under this name."""
        return self._moved(batch_id, BatchStep.UPLOADED, upload=upload, remote="")

    def submitted(self, batch_id: int, remote: str) -> Batch:
        """Note that a batch was started, under this name."""
        return self._moved(batch_id, BatchStep.SUBMITTED, remote=remote)

    def taken(self, batch_id: int, detail: str = "") -> Batch:
        """Note that all that a batch brought is in the session; `detail` says what it did not bring."""
        return self._moved(batch_id, BatchStep.TAKEN, detail=detail)

    def planned(self, batch_id: int, token: str, detail: str) -> Batch:
        """Have a batch that the provider refused handed in anew, under another token; `detail` says why."""
        return self._moved(batch_id, BatchStep.PLANNED, token=token, upload="", remote="", detail=detail)

    def calls(self, batch_id: int, after: int, count: int) -> list[BatchedCall]:
        """The calls that follow a number, so many at most."""
        rows = self._rows(
            f"{_CALLS} WHERE batch_id = ? AND number > ? ORDER BY number LIMIT ?", (batch_id, after, count)
        )
        return [_call(row) for row in rows]

    def calls_at(self, batch_id: int, numbers: Sequence[int]) -> list[BatchedCall]:
        """The calls of these numbers, a few hundred at most, in order; those that are not there are left out."""
        where = f"batch_id = ? AND number IN ({marks(numbers)})"
        return [
            _call(row) for row in self._rows(f"{_CALLS} WHERE {where} ORDER BY number", (batch_id, *numbers))
        ]

    def answered(self, batch_id: int, number: int, costs: Sequence[float | None]) -> None:
        """Note that a call's replies are in the session, and what each cost."""
        self._change(
            "UPDATE batch_calls SET costs = ? WHERE batch_id = ? AND number = ?",
            (_costs_column(costs), batch_id, number),
        )

    def unanswered(self, batch_id: int) -> int:
        """How many calls have brought nothing."""
        return int(
            self._value("SELECT COUNT(*) FROM batch_calls WHERE batch_id = ? AND costs IS NULL", (batch_id,))
        )

    def paid(self, run_id: int) -> list[tuple[str, BatchedCall]]:
        """Every call of a run's batches whose replies are in the session, with its judge."""
        rows = self._rows(
            """SELECT b.judge, c.number, c.position, c.keys, c.costs
            FROM batches b JOIN batch_calls c ON c.batch_id = b.id
            WHERE b.run_id = ? AND c.costs IS NOT NULL""",
            (run_id,),
        )
        return [(from_column(judge), _call(row)) for judge, *row in rows]

    def _moved(self, batch_id: int, step: BatchStep, **columns: str) -> Batch:
        columns |= {"step": step.value, "updated": stamp(self._clock())}
        changes = ", ".join(f"{name} = ?" for name in columns)
        values = [to_column(value) for value in columns.values()]
        self._change(f"UPDATE batches SET {changes} WHERE id = ?", (*values, batch_id))
        return self.get(batch_id)


def _batch(row: Any) -> Batch:
    identity, run_id, judge, step, token, source, learned, upload, remote, requests, detail, created = row
    return Batch(
        id=identity,
        run_id=run_id,
        judge=from_column(judge),
        step=BatchStep(step),
        token=token,
        source=ScoreSource(source),
        learned=load(learned),
        upload=from_column(upload),
        remote=from_column(remote),
        requests=requests,
        detail=from_column(detail),
        created=moment(created),
    )


def _call(row: Any) -> BatchedCall:
    number, position, keys, costs = row
    return BatchedCall(number, position, tuple(load(keys)), None if costs is None else tuple(load(costs)))


def _costs_column(costs: Sequence[float | None] | None) -> str | None:
    return None if costs is None else dump(list(costs))
