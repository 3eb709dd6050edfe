from __future__ import annotations

from datetime import timedelta

import pytest

from judgetui.core.item import Label
from judgetui.core.reply import Usage
from judgetui.core.run import ItemRow, Run, RunOrigin, RunSettings, RunStatus
from judgetui.core.vote import Status
from judgetui.errors import InputError, SessionBusyError
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import HEARTBEAT_LASTS, current_owner
from judgetui.storage.repositories import Repositories
from tests.storage.builders import (
    FOREIGN_OWNER,
    JUDGE,
    Clock,
    a_call,
    a_judgement,
    a_rubric,
    a_run,
    items,
    table_count,
)


def test_a_new_run_is_running_and_empty(session: SessionFile) -> None:
    version = session.write_now(lambda q: q.rubrics.create(a_rubric()))
    settings = RunSettings(concurrency=7, timeout=3.5, max_retries=0, samples=None, order="seeded")
    run = session.write_now(
        lambda q: q.runs.create(
            version.id, ["a:b", "c:d"], settings, RunOrigin.RECORDED, items(3), current_owner()
        )
    )
    assert (run.version_id, run.rubric_id, run.version_number) == (version.id, version.rubric_id, 1)
    assert (run.rubric_name, run.protocol) == ("coherence", "g-eval")
    assert (run.judges, run.settings, run.origin) == (("a:b", "c:d"), settings, RunOrigin.RECORDED)
    assert (run.status, run.reason, run.finished) == (RunStatus.RUNNING, "", None)
    assert (run.items, run.total, run.done, run.counts) == (3, 6, 0, {})
    assert (run.usage, run.cost_usd, run.retries) == (Usage(), 0, 0)
    assert session.read_now(lambda q: q.runs.get(run.id)) == run
    assert [entry.item for entry in session.read_now(lambda q: q.runs.items(run.id))] == items(3)


def test_an_item_of_a_run_alone_and_the_rows_of_all_tell_what_the_list_does(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add(items(3)))
    session.write_now(lambda q: q.items.set_label("item-1", Label("ann", 5)))
    run, other = session.write_now(lambda q: (a_run(q), a_run(q, 1)))
    whole = session.read_now(lambda q: q.runs.items(run.id))
    assert [session.read_now(lambda q, n=n: q.runs.item(run.id, n)) for n in range(4)] == [*whole, None]  # type: ignore[misc]
    rows = session.read_now(lambda q: q.runs.item_rows(run.id))
    assert rows == [ItemRow(each.position, each.item.id, each.item.labels) for each in whole]
    assert rows[1].labels == (Label("ann", 5),)
    assert [row.item_id for row in session.read_now(lambda q: q.runs.item_rows(other.id))] == ["item-0"]


def test_a_run_may_hold_an_item_twice_or_none(session: SessionFile) -> None:
    version = session.write_now(lambda q: q.rubrics.create(a_rubric()))
    twice = items(1) * 2
    run = session.write_now(
        lambda q: q.runs.create(version.id, [JUDGE], RunSettings(), RunOrigin.LIVE, twice, current_owner())
    )
    assert [entry.position for entry in session.read_now(lambda q: q.runs.items(run.id))] == [0, 1]
    empty = session.write_now(lambda q: a_run(q, 0))
    assert (empty.total, session.read_now(lambda q: q.runs.items(empty.id))) == (0, [])


def test_a_run_needs_a_version_and_different_judges(session: SessionFile) -> None:
    with pytest.raises(InputError, match="version 5 is not in this session"):
        session.write_now(
            lambda q: q.runs.create(5, [JUDGE], RunSettings(), RunOrigin.LIVE, [], current_owner())
        )
    with pytest.raises(InputError, match="named twice"):
        session.write_now(lambda q: a_run(q, judges=(JUDGE, JUDGE)))


def test_figures_are_what_the_judgements_add_up_to(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q, 4))
    session.write_now(lambda q: q.judgements.put(a_judgement(run, 0, cost=0.25)))
    session.write_now(lambda q: q.judgements.put(a_judgement(run, 1, usage=Usage(50, 5, None), cost=0.5)))
    session.write_now(
        lambda q: q.judgements.put(a_judgement(run, 2, status=Status.FAILED, usage=Usage(), cost=None))
    )
    session.write_now(
        lambda q: q.judgements.put(a_judgement(run, 3, status=Status.CANCELLED, usage=Usage(), cost=None))
    )
    found = session.read_now(lambda q: q.runs.get(run.id))
    assert found.counts == {"ok": 2, "failed": 1, "cancelled": 1}
    assert found.usage == Usage(150, 25, 10)
    assert found.cost_usd == 0.75
    assert found.done == 3
    assert session.read_now(lambda q: q.runs.all()) == [found]


def test_the_cost_is_unknown_as_soon_as_tokens_have_no_price(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q, 2))
    session.write_now(lambda q: q.judgements.put(a_judgement(run, 0, cost=0.25)))
    session.write_now(lambda q: q.judgements.put(a_judgement(run, 1, cost=None)))
    assert session.read_now(lambda q: q.runs.get(run.id)).cost_usd is None


def test_without_tokens_and_prices_the_cost_is_unknown(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q, 2))
    session.write_now(lambda q: q.judgements.put(a_judgement(run, 0, usage=Usage(), cost=None)))
    found = session.read_now(lambda q: q.runs.get(run.id))
    assert (found.cost_usd, found.usage) == (None, Usage())


def test_runs_come_newest_first(session: SessionFile) -> None:
    first = session.write_now(lambda q: a_run(q))
    second = session.write_now(lambda q: a_run(q, name="other"))
    third = session.write_now(lambda q: a_run(q))
    assert session.read_now(lambda q: [run.id for run in q.runs.all()]) == [third.id, second.id, first.id]
    assert session.read_now(lambda q: q.runs.latest_for_rubric(first.rubric_id)) == third
    assert session.read_now(lambda q: q.runs.latest_for_rubric(second.rubric_id)) == second
    assert session.read_now(lambda q: q.runs.latest_for_rubric(99)) is None


def test_status_and_reason_are_kept(session: SessionFile, clock: Clock) -> None:
    run = session.write_now(lambda q: a_run(q))
    session.write_now(lambda q: q.runs.set_status(run.id, RunStatus.HALTED, "The budget is used up."))
    halted = session.read_now(lambda q: q.runs.get(run.id))
    assert (halted.status, halted.reason) == (RunStatus.HALTED, "The budget is used up.")
    assert halted.finished == clock.now
    session.write_now(lambda q: q.runs.set_status(run.id, RunStatus.RUNNING))
    again = session.read_now(lambda q: q.runs.get(run.id))
    assert (again.status, again.reason, again.finished) == (RunStatus.RUNNING, "", None)


def test_a_run_is_taken_from_the_dead_but_not_from_the_living(session: SessionFile, clock: Clock) -> None:
    mine = current_owner()

    def taken_from(owner: str) -> Run:
        run = session.write_now(lambda q: a_run(q, owner=owner))
        clock.now += HEARTBEAT_LASTS
        return session.write_now(lambda q: q.runs.take(run.id, mine))

    for dead in ("", "not an owner", "999999999@nowhere:1"):
        assert taken_from(dead).status is RunStatus.RUNNING
    live = session.write_now(lambda q: a_run(q, owner=FOREIGN_OWNER))
    with pytest.raises(SessionBusyError, match="running in another process"):
        session.write_now(lambda q: q.runs.take(live.id, mine))
    assert session.write_now(lambda q: q.runs.take(live.id, FOREIGN_OWNER)).id == live.id
    session.write_now(lambda q: q.runs.set_status(live.id, RunStatus.CANCELLED, "Stopped."))
    taken = session.write_now(lambda q: q.runs.take(live.id, mine))
    assert (taken.status, taken.reason, taken.finished) == (RunStatus.RUNNING, "", None)


def test_a_heartbeat_keeps_a_run_of_another_host_alive(session: SessionFile, clock: Clock) -> None:
    beating = session.write_now(lambda q: a_run(q, owner=FOREIGN_OWNER))
    silent = session.write_now(lambda q: a_run(q, owner=FOREIGN_OWNER))
    last_seen = clock.now
    mine = session.write_now(lambda q: a_run(q))
    clock.now += HEARTBEAT_LASTS
    session.write_now(lambda q: q.runs.heartbeat(beating.id))
    (interrupted,) = session.write_now(lambda q: q.runs.mark_interrupted())
    assert interrupted.id == silent.id
    assert interrupted.status is RunStatus.INTERRUPTED
    assert interrupted.finished == last_seen
    assert "gone" in interrupted.reason
    assert session.write_now(lambda q: q.runs.mark_interrupted()) == []
    statuses = session.read_now(lambda q: {run.id: run.status for run in q.runs.all()})
    assert statuses[beating.id] == statuses[mine.id] == RunStatus.RUNNING
    clock.now += timedelta(days=1)
    assert [run.id for run in session.write_now(lambda q: q.runs.mark_interrupted())] == [beating.id]


def test_what_another_host_is_running_is_not_deleted(session: SessionFile, clock: Clock) -> None:
    run = session.write_now(lambda q: a_run(q, owner=FOREIGN_OWNER))
    with pytest.raises(SessionBusyError, match=f"run {run.id}"):
        session.write_now(lambda q: q.runs.delete(run.id))
    with pytest.raises(SessionBusyError, match=f"run {run.id}"):
        session.write_now(lambda q: q.rubrics.delete(run.rubric_id))
    clock.now += HEARTBEAT_LASTS
    session.write_now(lambda q: q.runs.delete(run.id))


def test_retries_add_up(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q))
    session.write_now(lambda q: q.runs.add_retries(run.id, 2))
    session.write_now(lambda q: q.runs.add_retries(run.id, 3))
    assert session.read_now(lambda q: q.runs.get(run.id)).retries == 5


def test_notices_are_kept_once_and_in_order(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q))
    texts = ("temperature dropped", "a second", "temperature dropped")

    def note(q: Repositories) -> None:
        for text in texts:
            q.runs.add_notice(run.id, text)

    session.write_now(note)
    assert session.read_now(lambda q: q.runs.notices(run.id)) == ["temperature dropped", "a second"]


def test_deleting_a_run_keeps_its_calls_for_the_next(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q))
    other = session.write_now(lambda q: a_run(q))
    session.write_now(lambda q: q.judgements.put(a_judgement(run)))
    session.write_now(lambda q: q.judgements.put(a_judgement(other)))
    session.write_now(lambda q: q.calls.add(a_call(), run.id))
    session.write_now(lambda q: q.runs.add_notice(run.id, "noted"))
    session.write_now(lambda q: q.runs.delete(run.id))
    assert session.read_now(lambda q: [run.id for run in q.runs.all()]) == [other.id]
    counts = {table: table_count(session, table) for table in ("judgements", "judgement_bodies", "run_calls")}
    assert counts == {"judgements": 1, "judgement_bodies": 1, "run_calls": 0}
    assert session.read_now(lambda q: q.calls.get("key-0")) == a_call()
    new = session.write_now(lambda q: a_run(q))
    assert new.id > other.id


def test_a_run_that_is_not_there_says_so(session: SessionFile) -> None:
    for missing in (
        lambda q: q.runs.get(9),
        lambda q: q.runs.take(9, current_owner()),
        lambda q: q.runs.delete(9),
        lambda q: q.runs.set_status(9, RunStatus.DONE),
    ):
        with pytest.raises(InputError, match="run 9 is not in this session"):
            session.write_now(missing)
