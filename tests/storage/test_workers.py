"""Group commit, isolation, cancellation, and what happens when SQLite fails."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from judgetui.errors import InputError, SessionBusyError, StorageError
from judgetui.storage import workers
from judgetui.storage.connections import connect
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from tests.storage.builders import a_rubric, an_item, table_count

PATIENCE = 30


def rubric(name: str) -> Callable[[Repositories], object]:
    return lambda q: q.rubrics.create(a_rubric(name))


def names(session: SessionFile) -> list[str]:
    return session.read_now(lambda q: [summary.name for summary in q.rubrics.summaries()])


@contextmanager
def held_up(session: SessionFile) -> Iterator[Future[None]]:
    """The writer is busy with a job while the block queues others behind it."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(q: Repositories) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)

    first = session._writer.submit(wait)
    assert begun.wait(PATIENCE)
    try:
        yield first
    finally:
        go_on.set()


@contextmanager
def commits(session: SessionFile) -> Iterator[list[str]]:
    """The COMMIT statements of the writing connection."""
    statements: list[str] = []
    session.write_now(lambda q: q.rubrics._db.set_trace_callback(statements.append))
    found: list[str] = []
    yield found
    session.write_now(lambda q: q.rubrics._db.set_trace_callback(None))
    found += [statement for statement in statements if statement == "COMMIT"]


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still: everything that is queued fits one group."""
    monkeypatch.setattr(workers, "monotonic", lambda: 0.0)


@pytest.mark.usefixtures("still")
def test_what_is_queued_together_is_committed_together(session: SessionFile) -> None:
    with commits(session) as found:
        with held_up(session):
            waiting = [session._writer.submit(rubric(f"r{number}")) for number in range(100)]
        for answer in waiting:
            answer.result(PATIENCE)
    # One for the setting of the trace itself, whose transaction ends under trace, and one for the group.
    assert len(found) == 2
    assert len(names(session)) == 100


def test_a_group_ends_after_its_time(session: SessionFile, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0

    def jump() -> float:
        nonlocal now
        now += workers.GROUP_SECONDS
        return now

    monkeypatch.setattr(workers, "monotonic", jump)
    with commits(session) as found:
        with held_up(session):
            waiting = [session._writer.submit(rubric(f"r{number}")) for number in range(5)]
        for answer in waiting:
            answer.result(PATIENCE)
    assert len(found) == 7


@pytest.mark.usefixtures("still")
def test_nobody_is_answered_before_the_commit(session: SessionFile) -> None:
    with held_up(session):
        early = session._writer.submit(rubric("early"))
        begun, go_on = threading.Event(), threading.Event()

        def late(q: Repositories) -> None:
            begun.set()
            assert go_on.wait(PATIENCE)

        last = session._writer.submit(late)
    assert begun.wait(PATIENCE)
    assert not early.done()
    assert table_count(session, "rubrics") == 0
    go_on.set()
    early.result(PATIENCE)
    assert table_count(session, "rubrics") == 1
    last.result(PATIENCE)


@pytest.mark.usefixtures("still")
def test_a_failing_function_takes_back_only_its_own(session: SessionFile) -> None:
    def fails(q: Repositories) -> None:
        q.rubrics.create(a_rubric("undone"))
        q.items.add([an_item()])
        raise InputError("no.")

    with held_up(session):
        before = session._writer.submit(rubric("before"))
        failing = session._writer.submit(fails)
        clash = session._writer.submit(rubric("before"))
        after = session._writer.submit(rubric("after"))
    before.result(PATIENCE)
    after.result(PATIENCE)
    with pytest.raises(InputError, match=r"^no\.$"):
        failing.result(PATIENCE)
    with pytest.raises(InputError, match="already has a rubric"):
        clash.result(PATIENCE)
    assert names(session) == ["before", "after"]
    assert table_count(session, "items") == 0


def test_even_an_exit_in_a_function_only_reaches_its_caller(session: SessionFile) -> None:
    def leave(q: Repositories) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        session.write_now(leave)
    with pytest.raises(SystemExit):
        session.read_now(leave)
    session.write_now(rubric("still works"))
    assert names(session) == ["still works"]


async def gathered(session: SessionFile, count: int) -> list[int]:
    async def one(number: int) -> int:
        await session.write(rubric(f"r{number}"))
        return await session.read(lambda q: len(q.rubrics.summaries()))

    return await asyncio.gather(*(one(number) for number in range(count)))


def test_the_event_loop_can_await_writes_and_reads(session: SessionFile) -> None:
    seen = asyncio.run(gathered(session, 50))
    assert max(seen) == 50
    assert min(seen) >= 1


def test_a_cancelled_task_does_not_stop_its_write(session: SessionFile) -> None:
    async def cancel() -> None:
        with held_up(session):
            task = asyncio.create_task(session.write(rubric("kept")))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            other = asyncio.create_task(session.write(rubric("next")))
            await asyncio.sleep(0)
        await other

    asyncio.run(cancel())
    assert names(session) == ["kept", "next"]


def test_a_long_write_does_not_hold_up_reads(session: SessionFile) -> None:
    session.write_now(rubric("there"))
    with held_up(session) as first:
        assert names(session) == ["there"]
        assert not first.done()


def test_a_long_read_does_not_hold_up_writes_and_sees_one_state(session: SessionFile) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def look_twice(q: Repositories) -> tuple[int, int]:
        before = len(q.rubrics.summaries())
        begun.set()
        assert go_on.wait(PATIENCE)
        return before, len(q.rubrics.summaries())

    reading = session._reader.submit(look_twice)
    assert begun.wait(PATIENCE)
    session.write_now(rubric("meanwhile"))
    go_on.set()
    assert reading.result(PATIENCE) == (0, 0)
    assert names(session) == ["meanwhile"]


def test_reading_cannot_write(session: SessionFile) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        session.read_now(rubric("x"))


def test_close_does_what_is_queued(session: SessionFile) -> None:
    with held_up(session):
        waiting = [session._writer.submit(rubric(f"r{number}")) for number in range(20)]
        closing_thread = threading.Thread(target=session.close)
        closing_thread.start()
    closing_thread.join(PATIENCE)
    assert all(answer.done() for answer in waiting)
    with SessionFile.open(session.path) as again:
        assert len(names(again)) == 20


def test_a_closed_session_says_so(session: SessionFile) -> None:
    session.close()
    with pytest.raises(StorageError, match="is closed"):
        session.write_now(rubric("x"))
    with pytest.raises(StorageError, match="is closed"):
        session.read_now(lambda q: q.items.count())


def test_a_function_may_not_call_its_own_session(session: SessionFile) -> None:
    with pytest.raises(RuntimeError, match="must use the repositories"):
        session.write_now(lambda q: session.write_now(rubric("x")))


def test_a_session_held_by_another_writer_is_busy_then_free(path: Path) -> None:
    SessionFile.create(path, "S").close()
    with SessionFile.open(path, busy_timeout=0.01) as session, closing(connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE session SET name = 'x'")
        with pytest.raises(SessionBusyError, match="this change was not saved"):
            session.write_now(rubric("refused"))
        assert names(session) == []
        other.execute("COMMIT")
        session.write_now(rubric("taken"))
        assert names(session) == ["taken"]


def test_everyone_in_the_queue_hears_of_the_lock_at_once(path: Path) -> None:
    SessionFile.create(path, "S").close()
    with SessionFile.open(path, busy_timeout=0.5) as session, closing(connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = [session._writer.submit(rubric(f"r{number}")) for number in range(50)]
        errors = [answer.exception(PATIENCE) for answer in waiting]
        other.execute("ROLLBACK")
    assert {type(error) for error in errors} == {SessionBusyError}
    assert {str(error).partition("; ")[2].partition(".")[0] for error in errors} == {
        "none of the last 50 changes was saved"
    }


@pytest.mark.usefixtures("still")
def test_a_transaction_that_sqlite_ends_by_itself_fails_for_all_in_it(session: SessionFile) -> None:
    def ends_it(q: Repositories) -> None:
        q.items._db.execute("INSERT OR ROLLBACK INTO session (id, name, created) VALUES (1, 'x', 'x')")

    with held_up(session) as first:
        lost = session._writer.submit(rubric("lost"))
        ending = session._writer.submit(ends_it)
        later = session._writer.submit(rubric("later"))
    for error in (first.exception(PATIENCE), lost.exception(PATIENCE), ending.exception(PATIENCE)):
        assert isinstance(error, sqlite3.IntegrityError)
    later.result(PATIENCE)
    assert names(session) == ["later"]


def filled(q: Repositories) -> None:
    q.items.add(an_item(f"big-{number}", f"{number} {'x' * 50_000}") for number in range(20))


def test_a_full_disk_fails_clearly_and_later_writes_succeed(session: SessionFile) -> None:
    session.write_now(rubric("before"))

    def limit(pages: int) -> None:
        def set_limit(q: Repositories) -> None:
            (now,) = q.items._db.execute("PRAGMA page_count").fetchone()
            q.items._db.execute(f"PRAGMA max_page_count = {now + pages}")

        session.write_now(set_limit)

    limit(5)
    with pytest.raises(StorageError, match="the disk is full") as caught:
        session.write_now(filled)
    assert "not saved" in caught.value.message
    assert "Make room" in caught.value.hint
    assert names(session) == ["before"]
    limit(10_000)
    session.write_now(filled)
    assert session.read_now(lambda q: q.items.count()) == 20
    session.close()
    assert intact(session.path)


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Writes beyond a size fail, as on a disk that breaks."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("still")
def test_a_commit_that_fails_fails_for_the_whole_group(session: SessionFile) -> None:
    session.write_now(rubric("before"))
    with no_file_larger_than(200_000):
        with held_up(session):
            small = session._writer.submit(rubric("small"))
            wrong = session._writer.submit(rubric("before"))
            large = session._writer.submit(filled)
        for answer in (small, large):
            error = answer.exception(PATIENCE)
            assert isinstance(error, StorageError)
            assert "changes was saved" in error.message
        assert isinstance(wrong.exception(PATIENCE), InputError)
        assert names(session) == ["before"]
    session.write_now(filled)
    session.write_now(rubric("after"))
    assert names(session) == ["before", "after"]
    session.close()
    assert intact(session.path)


def test_a_mistake_in_the_program_surfaces_as_it_is(session: SessionFile) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        session.write_now(lambda q: q.items._db.execute("DELETE FROM no_table"))
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        session.read_now(lambda q: q.items._db.execute("SELECT * FROM no_table"))


def test_nobody_is_left_waiting_when_a_function_ruins_the_transaction(session: SessionFile) -> None:
    def ruin(q: Repositories) -> None:
        q.items._db.execute("COMMIT")

    with pytest.raises(sqlite3.OperationalError):
        session.write_now(ruin)
    session.write_now(rubric("works"))
    assert names(session) == ["works"]


def intact(path: Path) -> bool:
    with closing(connect(path)) as db:
        result: str = db.execute("PRAGMA integrity_check").fetchone()[0]
    return result == "ok"
