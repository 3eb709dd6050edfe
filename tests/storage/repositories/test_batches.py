"""Batches: their steps, their calls, and what stays of them."""

from __future__ import annotations

from judgetui.core.batch import AT_PROVIDER, Batch, BatchedCall, BatchStep
from judgetui.core.run import Run, RunStatus
from judgetui.core.vote import ScoreSource
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from tests.storage.builders import JUDGE, a_run

GONE = "nobody"


def a_batch(q: Repositories, run: Run, count: int = 3, token: str = "t") -> Batch:
    calls = [BatchedCall(number, number, (f"k{number}",)) for number in range(count)]
    return q.batches.add(
        run.id, JUDGE, BatchStep.PLANNED, token, ScoreSource.SINGLE, {"temperature": "no."}, calls
    )


def test_a_batch_goes_from_step_to_step(session: SessionFile) -> None:
    def steps(q: Repositories) -> list[Batch]:
        run = a_run(q)
        planned = a_batch(q, run)
        return [
            planned,
            q.batches.uploaded(planned.id, "file-1"),
            q.batches.submitted(planned.id, "batch_1"),
            q.batches.taken(planned.id, "1 brought nothing"),
        ]

    planned, uploaded, submitted, taken = session.write_now(steps)
    assert [each.step.value for each in (planned, uploaded, submitted, taken)] == [
        "planned",
        "uploaded",
        "submitted",
        "taken",
    ]
    assert (planned.requests, planned.source, planned.learned) == (
        3,
        ScoreSource.SINGLE,
        {"temperature": "no."},
    )
    assert (taken.upload, taken.remote, taken.detail) == ("file-1", "batch_1", "1 brought nothing")
    assert session.read_now(lambda q: q.batches.for_run(planned.run_id)) == [taken]
    assert session.read_now(lambda q: q.batches.remotes()) == {"batch_1"}


def test_a_batch_that_was_refused_begins_anew(session: SessionFile) -> None:
    def refused(q: Repositories) -> Batch:
        batch = a_batch(q, a_run(q))
        q.batches.uploaded(batch.id, "file-1")
        q.batches.submitted(batch.id, "batch_1")
        return q.batches.planned(batch.id, "another", "Too many tokens.")

    batch = session.write_now(refused)
    assert (batch.step, batch.token, batch.upload, batch.remote) == (BatchStep.PLANNED, "another", "", "")
    assert batch.detail == "Too many tokens."


def test_calls_are_read_in_portions_and_answered_one_by_one(session: SessionFile) -> None:
    batch = session.write_now(lambda q: a_batch(q, a_run(q, count=5), count=5))
    numbers, after = [], -1
    while portion := session.read_now(lambda q, n=after: q.batches.calls(batch.id, n, 2)):  # type: ignore[misc]
        assert len(portion) <= 2
        numbers += [call.number for call in portion]
        after = numbers[-1]
    assert numbers == [0, 1, 2, 3, 4]

    session.write_now(lambda q: q.batches.answered(batch.id, 3, [0.25, None]))
    assert session.read_now(lambda q: q.batches.unanswered(batch.id)) == 4
    paid = session.read_now(lambda q: q.batches.paid(batch.run_id))
    assert paid == [(JUDGE, BatchedCall(3, 3, ("k3",), (0.25, None)))]
    assert session.read_now(lambda q: q.batches.calls_at(batch.id, [3, 1, 9])) == [
        BatchedCall(1, 1, ("k1",)),
        paid[0][1],
    ]


def test_a_run_whose_process_is_gone_waits_if_its_batch_is_at_the_provider(session: SessionFile) -> None:
    def two(q: Repositories) -> None:
        for token, submitted in (("a", True), ("b", False)):
            batch = a_batch(q, a_run(q, owner=GONE), token=token)
            q.batches.uploaded(batch.id, "")
            if submitted:
                q.batches.submitted(batch.id, "batch_1")

    session.write_now(two)
    left = session.write_now(lambda q: q.runs.mark_interrupted())
    assert [run.status for run in left] == [RunStatus.WAITING, RunStatus.INTERRUPTED]
    assert left[0].reason == AT_PROVIDER


def test_batches_go_with_their_run(session: SessionFile) -> None:
    batch = session.write_now(lambda q: a_batch(q, a_run(q)))
    session.write_now(lambda q: q.runs.set_status(batch.run_id, RunStatus.DONE))
    session.write_now(lambda q: q.runs.delete(batch.run_id))
    assert session.read_now(lambda q: q.batches.for_run(batch.run_id)) == []
    assert session.read_now(lambda q: q.batches.calls(batch.id, -1, 10)) == []
