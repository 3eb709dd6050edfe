"""Runs whose process is killed at any moment, and runs of two processes on one session: nothing is lost or paid twice."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from judgetui.core.request import JudgeRequest, Order
from judgetui.core.run import Run, RunSettings, RunStatus
from judgetui.services.running import Runner
from judgetui.storage.connections import connect
from judgetui.storage.database import SessionFile
from tests.loopback import Loopback
from tests.services.benches import about, items, rubric
from tests.services.faulty import body_for
from tests.services.killable import Nursery
from tests.services.standins import StandInJudge, reply

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked"),
]

Place = tuple[int, str]
"""An item, and the order in which its answers were shown; empty for a single one."""

LATENCY = 0.01
"""Seconds that every answer takes."""

CONCURRENCY = 6

WINDOW = 1.5
"""Seconds after which an answer is committed. Results gather for 0.02 s and transactions for 0.05 s, which is what the
answers that are lost come to on a quiet machine; the rest is for a busy one."""


@dataclass
class Ledger(Loopback):
    """A server that takes down what it was asked and when it had answered.

    Attributes:
        asked: each request, in the order they came.
        answered: when each request of this life was answered.
    """

    asked: list[Place] = field(default_factory=list)
    answered: dict[Place, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.changed = threading.Condition()
        self.busy = 0
        self.listen(_handler(self))

    def wait_for(self, answers: int) -> None:
        """Until so many requests of this life are answered."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.answered) >= answers, 60)

    def next_life(self) -> tuple[list[Place], dict[Place, float]]:
        """What was asked and answered in this life, once nothing is under way any more; the next one begins."""
        time.sleep(2 * LATENCY)  # what the dead process had sent arrives
        with self.changed:
            assert self.changed.wait_for(lambda: not self.busy, 60)
            asked, self.asked = self.asked, []
            answered, self.answered = self.answered, {}
        return asked, answered


def _handler(ledger: Ledger) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            item = int(raw.partition(b"answer-")[2].partition(b".")[0])
            first = raw.find(b"answer-") < raw.find(b"other-")
            place = item, ("ab" if first else "ba") if b"other-" in raw else ""
            with ledger.changed:
                ledger.busy += 1
                ledger.asked.append(place)
            time.sleep(LATENCY)
            body = body_for(self.path, "").replace(b"[[4]]", b"[[A]]" if place[1] else b"[[4]]")
            try:
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True
            with ledger.changed:
                ledger.busy -= 1
                ledger.answered[place] = time.monotonic()
                ledger.changed.notify_all()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Where the processes come from."""
    with Nursery() as found:
        yield found


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """A server of the test's own."""
    server = Ledger()
    yield server
    server.close()


async def a_run(path: Path, count: int, *, pairs: bool, name: str = "mine") -> Run:
    """A run that nobody has taken up."""
    of = rubric(protocol="mt-bench-pair" if pairs else "mt-bench-single")
    judge = StandInJudge(lambda request, number: reply(""), name="openai:m")
    opened = SessionFile.open(path) if path.exists() else SessionFile.create(path, "s")
    with opened as session:
        version = await session.write(lambda repos: repos.rubrics.create(replace(of, name=name)))
        run = await Runner(session, lambda _: judge).create(
            version, ("openai:m",), items(count, pairs=pairs), RunSettings()
        )
        await session.write(lambda repos: repos.runs.set_status(run.id, RunStatus.CANCELLED))
    return run


def place_of(request: JudgeRequest) -> Place:
    """Which of the server's requests that is."""
    return about(request), {Order.AB: "ab", Order.BA: "ba", None: ""}[request.order]


def committed(path: Path, run: Run) -> Counter[Place]:
    """The replies that the session holds for a run, and that every one is there once."""
    with SessionFile.open(path) as session:
        calls = session.read_now(lambda repos: repos.calls.used_by(run.id))
    return Counter(place_of(call.request) for call in calls)


def check(path: Path, run: Run, expected: set[Place]) -> None:
    """Every item has its judgement, every request its reply, and the file is sound."""
    assert committed(path, run) == Counter(expected)
    with SessionFile.open(path) as session:
        ended = session.read_now(lambda repos: repos.runs.get(run.id))
        judgements = session.read_now(lambda repos: repos.judgements.for_run(run.id))
        calls = session.read_now(lambda repos: repos.calls.used_by(run.id))
    assert ended.status is RunStatus.DONE and ended.counts == {"ok": run.items}
    assert [judgement.position for judgement in judgements] == [*range(run.items)]
    votes = [vote.call for judgement in judgements for vote in judgement.votes]
    assert sorted(votes) == sorted(call.key for call in calls)
    with closing(connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def places(count: int, *, pairs: bool) -> set[Place]:
    """All requests of a run."""
    return {(item, order) for item in range(count) for order in (("ab", "ba") if pairs else ("",))}


def live(
    nursery: Nursery, ledger: Ledger, path: Path, run: Run, kill_at: int | None
) -> tuple[list[Place], int]:
    """One life of a run's process, killed when so many requests are answered; None lets it live.

    Whatever was committed before is not asked again, and nothing is asked twice. Of what is asked, all that is
    not committed when the process dies was under way, or was answered within the commit window before.

    Returns:
        What it asked, and how much of it is not committed.
    """
    before = set(committed(path, run))
    pid = nursery.run(path, run.id, ledger.url, CONCURRENCY)
    if kill_at is None:
        assert nursery.wait(pid) == 0
    else:
        ledger.wait_for(kill_at)
        os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    if kill_at is not None:
        assert nursery.wait(pid) == -signal.SIGKILL
    asked, answered = ledger.next_life()
    after = set(committed(path, run))
    assert before.isdisjoint(asked)
    assert len(asked) == len(set(asked))
    assert before <= after <= before | set(asked)
    lost = set(asked) - after
    under_way = {place for place in lost if answered[place] > killed}
    assert len(under_way) <= CONCURRENCY
    assert all(killed - answered[place] <= WINDOW for place in lost)
    if kill_at is None:
        assert not lost
    return asked, len(lost)


@pytest.mark.parametrize("seed", range(50))
async def test_a_run_that_is_killed_goes_on_where_it_was(
    tmp_path: Path, nursery: Nursery, ledger: Ledger, seed: int
) -> None:
    """Killed once to three times, at moments spread over the run: the server sees every request once, and once more
    for each time that its reply was not committed when the process died."""
    draw = random.Random(seed)
    pairs, path = bool(seed % 2), tmp_path / "s.db"
    count = 24 if pairs else 40
    wanted = places(count, pairs=pairs)
    run = await a_run(path, count, pairs=pairs)
    repeats, total = 0, 0
    for _ in range(draw.choice([1, 1, 2, 3])):
        left = len(wanted - set(committed(path, run)))
        if left < 2:
            break
        asked, lost = live(nursery, ledger, path, run, draw.randint(1, left - 1))
        total, repeats = total + len(asked), repeats + lost
    asked, _ = live(nursery, ledger, path, run, None)
    assert total + len(asked) == len(wanted) + repeats
    check(path, run, wanted)


async def test_a_kill_loses_no_more_than_the_last_moment(
    tmp_path: Path, nursery: Nursery, ledger: Ledger
) -> None:
    """Of a longer run, that is: nearly all of it is committed when it dies."""
    path, count = tmp_path / "s.db", 1200
    run = await a_run(path, count, pairs=False)
    began = time.monotonic()
    _, lost = live(nursery, ledger, path, run, 1100)
    pace = 1100 / (time.monotonic() - began)
    assert lost <= CONCURRENCY + WINDOW * 1.5 * pace
    assert lost < 1100 / 2
    live(nursery, ledger, path, run, None)
    check(path, run, places(count, pairs=False))


async def test_two_processes_on_one_session_lose_no_row(
    tmp_path: Path, nursery: Nursery, ledger: Ledger
) -> None:
    path, count = tmp_path / "s.db", 300
    one = await a_run(path, count, pairs=False)
    two = await a_run(path, count // 2, pairs=True, name="other")
    pids = [nursery.run(path, run.id, ledger.url, 16) for run in (one, two)]
    assert [nursery.wait(pid) for pid in pids] == [0, 0]
    check(path, one, places(count, pairs=False))
    check(path, two, places(count // 2, pairs=True))
    asked, _ = ledger.next_life()
    assert Counter(asked) == Counter(places(count, pairs=False) | places(count // 2, pairs=True))
    assert [found.name for found in tmp_path.iterdir()] == ["s.db"]


async def test_a_killed_process_takes_nothing_from_the_other(
    tmp_path: Path, nursery: Nursery, ledger: Ledger
) -> None:
    path, count = tmp_path / "s.db", 120
    one = await a_run(path, count, pairs=False)
    two = await a_run(path, count // 2, pairs=True, name="other")
    pids = [nursery.run(path, run.id, ledger.url, CONCURRENCY) for run in (one, two)]
    ledger.wait_for(count)
    os.kill(pids[0], signal.SIGKILL)
    assert nursery.wait(pids[0]) == -signal.SIGKILL
    assert nursery.wait(pids[1]) == 0
    check(path, two, places(count // 2, pairs=True))
    ledger.next_life()
    live(nursery, ledger, path, one, None)
    check(path, one, places(count, pairs=False))
