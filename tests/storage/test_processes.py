"""Several processes on one session: killed ones, and ones that write at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from judgetui.core.run import RunStatus
from judgetui.errors import SessionBusyError
from judgetui.storage import files
from judgetui.storage.connections import connect
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import current_owner
from tests.storage.builders import a_run

ROOT = Path(__file__).parents[2]

WRITES_FOR_EVER = """
import asyncio, sys
from judgetui.storage.database import SessionFile
from tests.storage.builders import a_call, a_judgement, a_run

session = SessionFile.open(sys.argv[1])
run = session.write_now(lambda q: a_run(q, 5000))

async def one(position):
    def put(q):
        q.calls.add(a_call(f"key-{position}"), run.id)
        q.judgements.put(a_judgement(run, position))
    await session.write(put)
    print(position, flush=True)

async def main():
    for start in range(0, 5000, 25):
        await asyncio.gather(*(one(position) for position in range(start, start + 25)))

asyncio.run(main())
"""

WRITES_MANY = """
import asyncio, sys
from judgetui.storage.database import SessionFile

path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])

async def main():
    with SessionFile.open(path, busy_timeout=60) as session:
        print("ready", flush=True)
        sys.stdin.readline()
        def note(number):
            return session.write(lambda q: q.runs.add_notice(1, f"{name} {number}"))
        await asyncio.gather(*map(note, range(count)))
        for number in range(20):
            await session.write(lambda q: q.runs.add_retries(1, 1))

asyncio.run(main())
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_everything_acknowledged_survives_a_kill(session: SessionFile) -> None:
    session.close()
    with start(WRITES_FOR_EVER, session.path) as process:
        told = {int(line(process)) for _ in range(200)}
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
        told |= {int(rest) for rest in process.stdout.read().split("\n")[:-1]}
    with SessionFile.open(session.path) as again:
        (run,) = again.read_now(lambda q: q.runs.all())
        assert run.status is RunStatus.RUNNING
        stored = again.read_now(lambda q: q.judgements.for_run(run.id))
        assert told <= {judgement.position for judgement in stored}
        # A judgement and its call were written by one function: neither is there without the other.
        calls = again.read_now(lambda q: q.calls.used_by(run.id))
        assert {call.key for call in calls} == {judgement.votes[0].call for judgement in stored}
        (interrupted,) = again.write_now(lambda q: q.runs.mark_interrupted())
        assert interrupted.status is RunStatus.INTERRUPTED
        assert interrupted.finished is not None
    with closing(connect(session.path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_two_processes_lose_no_row(session: SessionFile) -> None:
    session.write_now(lambda q: a_run(q))
    session.close()
    count = 1000
    with (
        start(WRITES_MANY, session.path, "a", count) as one,
        start(WRITES_MANY, session.path, "b", count) as two,
    ):
        for process in (one, two):
            assert line(process) == "ready"
        for process in (one, two):
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        assert [one.wait(120), two.wait(120)] == [0, 0]
    with SessionFile.open(session.path) as again:
        notes = again.read_now(lambda q: q.runs.notices(1))
        assert sorted(notes) == sorted(f"{name} {number}" for name in "ab" for number in range(count))
        assert again.read_now(lambda q: q.runs.get(1)).retries == 40
    assert list(session.path.parent.iterdir()) == [session.path]


def test_what_another_process_has_open_stays_as_it_is(session: SessionFile) -> None:
    session.write_now(lambda q: a_run(q))
    session.close()
    other = session.path.with_name("other.db")
    with start(WRITES_MANY, session.path, "a", 3) as process:
        assert line(process) == "ready"
        for refused in (
            lambda: files.delete(session.path),
            lambda: files.rename(session.path, "New"),
            lambda: files.compact(session.path),
        ):
            with pytest.raises(SessionBusyError, match="open somewhere"):
                refused()
        files.copy(session.path, other)
        assert files.summary(session.path).runs == 1
        process.communicate("\n", timeout=60)
        assert process.returncode == 0
    with SessionFile.open(session.path) as again:
        assert len(again.read_now(lambda q: q.runs.notices(1))) == 3
    with SessionFile.open(other) as copied:
        assert copied.read_now(lambda q: q.runs.notices(1)) == []


TAKES = """
import sys
from judgetui.core.run import RunStatus
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import current_owner

with SessionFile.open(sys.argv[1]) as session:
    session.write_now(lambda q: q.runs.take(1, current_owner()))
    print("taken", flush=True)
    sys.stdin.readline()
"""


def test_a_run_belongs_to_the_living_process_that_took_it(session: SessionFile) -> None:
    session.write_now(lambda q: a_run(q))
    session.write_now(lambda q: q.runs.set_status(1, RunStatus.CANCELLED))
    with start(TAKES, session.path) as process:
        assert line(process) == "taken"
        assert session.write_now(lambda q: q.runs.mark_interrupted()) == []
        for refused in (
            lambda: session.write_now(lambda q: q.runs.take(1, current_owner())),
            lambda: session.write_now(lambda q: q.runs.delete(1)),
            lambda: session.write_now(lambda q: q.rubrics.delete(1)),
        ):
            with pytest.raises(SessionBusyError, match="run 1"):
                refused()
        assert files.summary(session.path).unfinished == 0
        process.kill()
        process.wait(60)
        # The process is gone, whether or not its parent has collected it.
        assert files.summary(session.path).unfinished == 1
        assert session.write_now(lambda q: q.runs.take(1, current_owner())).status is RunStatus.RUNNING
