"""Runs by batch, over the vendors' own packages against a server on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from judgetui.core.batch import AT_PROVIDER
from judgetui.core.events import HaltCause, RunEnded, RunEvent
from judgetui.core.item import Item
from judgetui.core.reply import Usage
from judgetui.core.request import JudgeRequest, Message
from judgetui.core.rubric import Rubric, Sampling
from judgetui.core.run import Run, RunSettings, RunStatus
from judgetui.core.session import Version
from judgetui.errors import InputError
from judgetui.providers.anthropic.messages import AnthropicJudge
from judgetui.providers.base import JudgeProvider
from judgetui.providers.openai.batches import OpenAIBatches
from judgetui.providers.openai.chat import OpenAIJudge
from judgetui.providers.openai.responses import ResponsesJudge
from judgetui.providers.prices import price
from judgetui.services import batching
from judgetui.services.lanes import PORTION
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from tests.providers.batch_server import CREATED, BatchServer
from tests.services.benches import items, rubric
from tests.services.standins import StandInJudge, reply

NAMES = {"chat": "openai:m", "responses": "openai:m?api=responses", "messages": "anthropic:m"}


@pytest.fixture
def server() -> Iterator[BatchServer]:
    made = BatchServer()
    yield made
    made.close()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    with SessionFile.create(tmp_path / "s.db", "s", clock=at) as opened:
        yield opened


def at() -> datetime:
    return datetime.fromtimestamp(CREATED, UTC)


def judge_at(server: BatchServer, api: str) -> JudgeProvider:
    match api:
        case "chat":
            return OpenAIJudge(NAMES[api], "m", base_url=f"{server.url}/v1", key=None)
        case "priced":
            return Priced("openai:gpt-4o-mini", "gpt-4o-mini", base_url=f"{server.url}/v1", key=None)
        case "responses":
            return ResponsesJudge(NAMES[api], "m", base_url=f"{server.url}/v1", key=None)
    return AnthropicJudge(NAMES[api], "m", base_url=server.url, key=None)


class Crashed(BaseException):
    """The process is gone."""


async def crash() -> None:
    raise Crashed


class Crash:
    """The end of a process, at a call over the network or at a write of the session.

    Args:
        what: `call` or `write`.
        number: which of them, from 0; none where it is negative.
        after: whether it is done before the process ends.
    """

    def __init__(self, what: str, number: int, after: bool) -> None:
        self.what, self.number, self.after = what, number, after
        self.count = 0
        self.happened = False

    def around(self, what: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """The same call, during which the process may end."""

        async def made(*arguments: Any, **more: Any) -> Any:
            mine = what == self.what and self.count == self.number
            self.count += what == self.what
            if self.happened or (mine and not self.after):
                self.happened = True
                raise Crashed
            found = await call(*arguments, **more)
            if mine:
                self.happened = True
                raise Crashed
            return found

        return made


class Session:
    """An open session, as a process that may end sees it."""

    def __init__(self, session: SessionFile, crash: Crash) -> None:
        self.write = crash.around("write", session.write)
        self.read = session.read


class Desk:
    """A session and a judge, and processes that come and go.

    Attributes:
        runner: of the process that is there.
        meanwhile: done instead of the first wait.
    """

    def __init__(self, server: BatchServer, session: SessionFile, api: str = "chat") -> None:
        self.server = server
        self.session = session
        self.api = api
        self.waits: list[float] = []
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        self.runner: Runner

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        if self.meanwhile is not None:
            await self.meanwhile()
        await asyncio.sleep(0)

    async def start(
        self, some: int | list[Item], *, samples: int = 1, top_logprobs: int = 0, **settings: Any
    ) -> Run:
        judge = judge_at(self.server, self.api)
        runner = Runner(self.session, lambda _: judge)
        mine = replace(rubric(), sampling=Sampling(n=samples, top_logprobs=top_logprobs))
        version = await self.session.write(lambda repos: _version(repos, mine))
        wanted = items(some) if isinstance(some, int) else some
        return await runner.create(version, (judge.judge,), wanted, RunSettings(batch=True, **settings))

    async def go(
        self,
        run: Run,
        *,
        failed: bool = False,
        budget: float | None = None,
        crash: Crash | None = None,
        expect: type[BaseException] | None = None,
    ) -> list[RunEvent]:
        """Take it to its end with a runner and a judge of their own, as another process would.

        Args:
            expect: what it may end with before.
        """
        crash = crash or Crash("", -1, after=False)
        judge: Any = judge_at(self.server, self.api)
        judge.over = crash.around("call", judge.over)
        judge.ask_together = crash.around("call", judge.ask_together)
        session: Any = Session(self.session, crash)
        self.runner = Runner(session, lambda _: judge, sleep=self._sleep, timer=lambda: 0.0)
        events: list[RunEvent] = []
        try:
            async for event in self.runner.go(run, failed=failed, budget=budget):
                events.append(event)
        except BaseException as error:
            if expect is None or not isinstance(error, expect):
                raise
        finally:
            await judge.close()
        return events


def _version(repos: Repositories, rubric: Rubric) -> Version:
    """The version of that rubric, which is made where it is not there."""
    number = repos.rubrics.by_name(rubric.name)
    return repos.rubrics.create(rubric) if number is None else repos.rubrics.add_version(number, rubric, "")


async def writes_of_a_run(desk: Desk) -> int:
    """How often a run like the desk's writes."""
    crash = Crash("write", -1, after=False)
    with SessionFile.create(desk.session.path.with_name("other.db"), "o", clock=at) as session:
        other = Desk(BatchServer(), session, desk.api)
        await other.go(await other.start(10), crash=crash)
        other.server.close()
    return crash.count


def lines_of(server: BatchServer) -> list[dict[str, Any]]:
    return [line for batch in server.batches.values() for line in batch.lines]


def body_of(line: dict[str, Any]) -> str:
    return json.dumps(line.get("body") or line.get("params"), sort_keys=True)


def about_body(body: dict[str, Any]) -> int:
    """Which of `items` a body is about."""
    return int(json.dumps(body).partition("answer-")[2].partition(".")[0])


def ended(events: list[RunEvent]) -> RunEnded:
    last = events[-1]
    assert isinstance(last, RunEnded)
    return last


@pytest.mark.parametrize("api", list(NAMES))
async def test_a_run_goes_by_batch(server: BatchServer, session: SessionFile, api: str) -> None:
    desk = Desk(server, session, api)
    run = await desk.start(30)
    last = ended(await desk.go(run))
    assert (last.status, last.reason, dict(last.run.counts)) == (RunStatus.DONE, "", {"ok": 30})
    assert len(server.singles) == 1
    assert len(server.batches) == 1
    assert len(server.asked) == len(set(server.asked)) == 29
    assert (last.progress.calls, last.progress.cached) == (30, 0)


# what is asked, and what it costs


async def test_samples_of_an_item_travel_in_one_line(server: BatchServer, session: SessionFile) -> None:
    desk = Desk(server, session)
    run = await desk.start(4, samples=3)
    last = ended(await desk.go(run))
    (batch,) = server.batches.values()
    assert [line["body"]["n"] for line in batch.lines] == [3, 3, 3]
    assert server.singles[0]["n"] == 3
    assert (last.status, len(server.singles)) == (RunStatus.DONE, 1)
    found = await session.read(lambda repos: repos.judgements.for_run(run.id))
    assert [len(each.votes) for each in found] == [3, 3, 3, 3]


async def test_samples_that_did_not_come_are_asked_for_one_by_one(
    server: BatchServer, session: SessionFile
) -> None:
    desk = Desk(server, session)
    run = await desk.start(2, samples=3)

    def first(body: dict[str, Any]) -> str:
        server.samples = 2 if server.seen.count("POST /v1/chat/completions") == 1 else 3
        return "4"

    server.single = first
    last = ended(await desk.go(run))
    found = await session.read(lambda repos: repos.judgements.for_run(run.id))
    assert last.status is RunStatus.DONE
    assert [len(each.votes) for each in found] == [3, 3]


async def test_what_the_model_refuses_is_learned_from_one_call(
    server: BatchServer, session: SessionFile
) -> None:
    server.refuse = lambda body: "Unsupported parameter: 'temperature'." if "temperature" in body else ""
    desk = Desk(server, session)
    run = await desk.start(5)
    last = ended(await desk.go(run))
    assert dict(last.run.counts) == {"ok": 5}
    (batch,) = server.batches.values()
    assert not any("temperature" in line["body"] for line in batch.lines)
    assert len(server.singles) == 2


async def test_a_batch_that_lacks_what_it_asked_for_is_not_asked_again(
    server: BatchServer, session: SessionFile
) -> None:
    server.logprobs = True
    desk = Desk(server, session)
    run = await desk.start(PORTION + 2, top_logprobs=20)
    last = ended(await desk.go(run))
    (batch,) = server.batches.values()
    assert all(line["body"]["logprobs"] for line in batch.lines)
    assert (dict(last.run.counts), len(server.singles)) == ({"ok": PORTION + 2}, 1)


async def test_items_that_are_the_same_are_asked_about_once(
    server: BatchServer, session: SessionFile
) -> None:
    desk = Desk(server, session)
    same = [replace(each, id=f"again-{each.id}") for each in items(4)]
    run = await desk.start(items(4) + same)
    last = ended(await desk.go(run))
    assert dict(last.run.counts) == {"ok": 8}
    assert len(server.asked) + len(server.singles) == 4


async def test_what_the_session_holds_is_not_asked_again_unless_afresh(
    server: BatchServer, session: SessionFile
) -> None:
    desk = Desk(server, session)
    await desk.go(await desk.start(4))
    second = ended(await desk.go(await desk.start(6)))
    assert (len(server.asked), len(server.singles)) == (3 + 1, 2)
    assert (second.progress.calls, second.progress.cached) == (2, 4)
    server.answer = server.single = lambda body: "2"
    third = await desk.start(4, fresh=True)
    last = ended(await desk.go(third))
    assert (last.progress.calls, last.progress.cached) == (4, 0)
    found = await session.read(lambda repos: repos.judgements.for_run(third.id))
    assert [each.outcome.score for each in found] == [2, 2, 2, 2]


async def test_requests_are_split_by_what_a_batch_takes(
    server: BatchServer, session: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenAIBatches, "most_requests", 4)
    desk = Desk(server, session)
    last = ended(await desk.go(await desk.start(12)))
    assert [len(batch.lines) for batch in server.batches.values()] == [4, 4, 3]
    assert dict(last.run.counts) == {"ok": 12}

    longest = max(len(line) for line in server.files["file-0"].splitlines())
    monkeypatch.setattr(OpenAIBatches, "most_bytes", 2 * longest + 60)
    await desk.go(await desk.start(6, fresh=True))
    uploaded = [content for name, content in server.files.items() if name.startswith("file-")][3:]
    assert all(len(content) <= 2 * longest + 60 for content in uploaded)
    assert [content.count(b"\n") for content in uploaded] == [2, 2, 1]


PRICED = "https://api.openai.com/v1/chat/completions"


class Priced(OpenAIJudge):
    """A judge at loopback whose prices are OpenAI's."""

    @property
    def endpoint(self) -> str:
        return PRICED


def cost(batch: bool) -> float:
    found = price("openai:gpt-4o-mini", Usage(1000, 10), PRICED, batch)
    assert found
    return found


async def test_a_judgement_costs_what_was_paid_for_it(server: BatchServer, session: SessionFile) -> None:
    desk = Desk(server, session, "priced")
    run = await desk.start(10, budget=1.0)
    last = ended(await desk.go(run))
    paid = cost(False) + 9 * cost(True)
    assert last.run.cost_usd == pytest.approx(paid)
    assert last.progress.cost_usd == pytest.approx(paid)


@pytest.mark.parametrize("lost", range(3))
async def test_it_is_counted_once_whenever_the_run_was_cut_short(
    server: BatchServer, session: SessionFile, lost: int
) -> None:
    desk = Desk(server, session, "priced")
    run = await desk.start(10)
    writes = await writes_of_a_run(desk)
    await desk.go(run, crash=Crash("write", writes - 1 - lost, after=True), expect=Crashed)
    last = ended(await desk.go(run))
    assert last.run.cost_usd == pytest.approx(cost(False) + 9 * cost(True))
    assert len(server.asked) == 9


async def test_a_budget_that_a_batch_may_exceed_stops_the_run_before_it(
    server: BatchServer, session: SessionFile
) -> None:
    desk = Desk(server, session, "priced")
    run = await desk.start(10, budget=0.0005)
    last = ended(await desk.go(run))
    assert (last.status, server.batches) == (RunStatus.PAUSED, {})
    assert "the batch may cost $" in last.reason
    await session.write(lambda repos: repos.runs.set_budget(run.id, 1.0))
    last = ended(await desk.go(run))
    assert (last.status, len(server.asked), len(server.singles)) == (RunStatus.DONE, 9, 1)


async def test_what_was_judged_is_not_counted_twice_against_the_budget(
    server: BatchServer, session: SessionFile
) -> None:
    server.answer = lambda body: None if about_body(body) == 5 else "4"
    server.single = lambda body: 400 if about_body(body) == 5 else "4"
    desk = Desk(server, session, "priced")
    run = await desk.start(10, budget=0.01)
    first = ended(await desk.go(run))
    assert (first.status, first.run.counts["failed"]) == (RunStatus.DONE, 1)
    paid = first.run.cost_usd
    assert paid is not None
    assert paid == pytest.approx(cost(False) + 8 * cost(True))
    server.single = lambda body: "4"
    last = ended(await desk.go(run, failed=True, budget=1.8 * paid))
    assert (last.status, dict(last.run.counts)) == (RunStatus.DONE, {"ok": 10})


# what does not come


@pytest.mark.parametrize("api", list(NAMES))
async def test_what_a_batch_does_not_bring_is_asked_one_by_one(
    server: BatchServer, session: SessionFile, api: str
) -> None:
    fates: dict[int, int | str | None] = {2: None, 3: "missing", 4: 400, 5: 500}
    server.answer = lambda body: fates.get(about_body(body), "4")
    desk = Desk(server, session, api)
    run = await desk.start(8)
    last = ended(await desk.go(run))
    assert dict(last.run.counts) == {"ok": 8}
    assert sorted(map(about_body, server.singles)) == [0, 2, 3, 4, 5]
    (notice,) = [
        each for each in await session.read(lambda repos: repos.runs.notices(run.id)) if "nothing" in each
    ]
    assert "4 of 7 calls of batch_0 brought nothing" in notice


async def test_an_expired_batch_brings_what_was_done(server: BatchServer, session: SessionFile) -> None:
    server.state = "expired"
    server.answer = lambda body: None if about_body(body) % 2 else "4"
    desk = Desk(server, session)
    last = ended(await desk.go(await desk.start(7)))
    assert (dict(last.run.counts), len(server.singles)) == ({"ok": 7}, 1 + 3)


async def test_a_batch_that_is_refused_as_a_whole_stops_the_run_and_is_handed_in_anew(
    server: BatchServer, session: SessionFile
) -> None:
    server.state = "failed"
    desk = Desk(server, session)
    run = await desk.start(4)
    last = ended(await desk.go(run))
    assert (last.status, last.cause) == (RunStatus.HALTED, HaltCause.JUDGE)
    assert "refused the batch batch_0: Too many tokens." in last.reason
    assert len(server.singles) == 1
    server.state = "completed"
    last = ended(await desk.go(run))
    assert (last.status, len(server.batches), len(server.singles)) == (RunStatus.DONE, 2, 1)


@pytest.mark.parametrize("api", ["chat", "messages"])
async def test_a_batch_that_somebody_cancelled_is_taken_and_not_replaced_unasked(
    server: BatchServer, session: SessionFile, api: str
) -> None:
    server.answer = lambda body: None if about_body(body) > 3 else "4"
    desk = Desk(server, session, api)
    run = await desk.start(6)
    judge = judge_at(server, api)

    async def cancel() -> None:
        service = judge.batches({})
        assert service is not None
        await service.cancel("batch_0")
        await judge.close()

    desk.meanwhile = cancel
    last = ended(await desk.go(run))
    assert last.status is RunStatus.CANCELLED
    assert "batch_0 was cancelled at the provider" in last.reason
    assert len(server.singles) == 1
    desk.meanwhile = None
    last = ended(await desk.go(run))
    assert (last.status, dict(last.run.counts), len(server.batches)) == (RunStatus.DONE, {"ok": 6}, 1)
    assert sorted(map(about_body, server.singles)) == [0, 4, 5]


async def test_a_key_that_is_refused_stops_the_run_before_there_is_a_batch(
    server: BatchServer, session: SessionFile
) -> None:
    server.single = lambda body: 401
    desk = Desk(server, session)
    last = ended(await desk.go(await desk.start(3)))
    assert (last.status, last.cause, server.batches) == (RunStatus.HALTED, HaltCause.JUDGE, {})


async def test_an_item_that_is_refused_alone_does_not_keep_the_others_from_their_batch(
    server: BatchServer, session: SessionFile
) -> None:
    server.single = lambda body: 400
    server.answer = lambda body: 400 if about_body(body) == 0 else "4"
    desk = Desk(server, session)
    last = ended(await desk.go(await desk.start(4)))
    assert (last.status, dict(last.run.counts)) == (RunStatus.DONE, {"ok": 3, "failed": 1})


# waiting


async def test_it_looks_ever_more_seldom_and_tells_how_far_the_batch_is(
    server: BatchServer, session: SessionFile
) -> None:
    server.looks = 14
    desk = Desk(server, session)
    events = await desk.go(await desk.start(5))
    assert desk.waits[:3] == [10, 15, 22.5]
    assert desk.waits == sorted(desk.waits)
    assert desk.waits[-1] == 300
    told = [event.progress.batch for event in events if event.progress.batch is not None]
    assert (told[0].done, told[0].total, told[0].next_look) == (1, 4, 10)
    assert ended(events).progress.batch is None


async def test_a_run_that_is_stopped_waits_and_its_batch_goes_on(
    server: BatchServer, session: SessionFile
) -> None:
    server.looks = 1000
    desk = Desk(server, session)
    run = await desk.start(5)

    async def stop() -> None:
        desk.runner.cancel()

    desk.meanwhile = stop
    last = ended(await desk.go(run))
    assert (last.status, last.run.status) == (RunStatus.WAITING, RunStatus.WAITING)
    assert last.reason == last.run.reason == AT_PROVIDER
    desk.meanwhile = None
    server.batches["batch_0"].looks = 0
    last = ended(await desk.go(run))
    assert (last.status, len(server.batches), len(server.singles)) == (RunStatus.DONE, 1, 1)


async def test_a_run_waits_when_its_process_is_gone(server: BatchServer, session: SessionFile) -> None:
    server.looks = 1000
    desk = Desk(server, session)
    run = await desk.start(5)
    desk.meanwhile = crash
    await desk.go(run, expect=Crashed)
    await session.write(lambda repos: repos.runs._change("UPDATE runs SET owner = 'nobody'"))
    (left,) = await session.write(lambda repos: repos.runs.mark_interrupted())
    assert (left.status, left.reason) == (RunStatus.WAITING, AT_PROVIDER)


async def test_an_outage_while_it_waits_is_waited_out(server: BatchServer, session: SessionFile) -> None:
    desk = Desk(server, session)
    run = await desk.start(3)
    # 0: the first call, 1: the upload, 2: the batch, then looks at it
    server.lose = lambda number: "request" if 3 <= number < 15 else ""
    last = ended(await desk.go(run))
    assert (last.status, last.progress.retries) == (RunStatus.DONE, 12)


# crashes


@pytest.mark.parametrize("api", ["chat", "messages"])
@pytest.mark.parametrize("lost", ["request", "answer"])
async def test_whatever_is_lost_on_the_way_no_batch_is_made_twice(
    server: BatchServer, session: SessionFile, api: str, lost: str
) -> None:
    for number in range(2, 10):
        start = len(server.seen)
        server.lose = lambda n, at=start + number: lost if n == at else ""  # type: ignore[misc]
        desk = Desk(server, session, api)
        server.answer = server.single = lambda body, text=str(1 + number % 5): text  # type: ignore[misc]
        run = await desk.start(3, fresh=True)
        last = ended(await desk.go(run))
        assert (last.status, dict(last.run.counts)) == (RunStatus.DONE, {"ok": 3})
        assert len(server.batches) == number - 1
    assert len(server.asked) == 2 * len(server.batches)


@pytest.mark.parametrize("api", ["chat", "messages"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("what", ["call", "write"])
async def test_a_crash_between_any_two_steps_loses_and_doubles_nothing(
    tmp_path: Path, api: str, what: str, after: bool
) -> None:
    number = 0
    while True:
        server = BatchServer(looks=1)
        try:
            with SessionFile.create(tmp_path / f"{number}.db", "s", clock=at) as session:
                desk = Desk(server, session, api)
                run = await desk.start(4)
                crash = Crash(what, number, after)
                await desk.go(run, crash=crash, expect=Crashed)
                events = await desk.go(run) if crash.happened else []
                left = await session.read(lambda repos, n=run.id: repos.runs.get(n))  # type: ignore[misc]
                calls = await session.read(lambda repos, n=run.id: repos.calls.used_by(n))  # type: ignore[misc]
        finally:
            server.close()
        assert (left.status, dict(left.counts)) == (RunStatus.DONE, {"ok": 4}), (number, events)
        assert len(calls) == len({call.key for call in calls}) == 4
        assert len(server.batches) == 1, number
        assert sorted({body_of(line) for line in lines_of(server)}) == sorted(map(body_of, lines_of(server)))
        # Only the call that goes before all others may be made again: nothing tells that it was answered.
        assert len(server.singles) <= (2 if crash.happened and number <= 1 else 1)
        if not crash.happened:
            break
        number += 1
    assert number >= 3


async def test_what_was_taken_before_a_crash_is_not_taken_again(
    server: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "PORTION", 2)
    seen, crash = set(), Crash("", -1, after=True)
    for number in range(100):
        with SessionFile.create(tmp_path / f"{number}.db", "s", clock=at) as session:
            desk = Desk(server, session)
            run = await desk.start(7)
            crash = Crash("write", number, after=True)
            await desk.go(run, crash=crash, expect=Crashed)
            if not crash.happened:
                break
            taken = await session.read(lambda repos, n=run.id: len(repos.batches.paid(n)))  # type: ignore[misc]
            seen.add(taken)
            assert ended(await desk.go(run)).progress.calls == 7 - taken
    assert seen == {0, 1, 3, 5, 7}


async def test_another_batch_with_as_many_requests_is_not_taken_for_ours(
    server: BatchServer, session: SessionFile
) -> None:
    desk = Desk(server, session, "messages")
    run = await desk.start(4)
    await desk.go(run, crash=Crash("call", 1, after=False), expect=Crashed)
    assert server.batches == {}
    judge = judge_at(server, "messages")
    other = judge.batches({})
    assert other is not None
    bundle = (JudgeRequest((Message("user", "answer-0."),)),)
    await other.create("", [other.line(f"other-{n}", bundle) for n in range(3)], "other")
    await judge.close()
    last = ended(await desk.go(run))
    assert (last.status, dict(last.run.counts)) == (RunStatus.DONE, {"ok": 4})
    assert [len(batch.lines) for batch in server.batches.values()] == [3, 3]


# what cannot go by batch


async def test_a_judge_without_a_batch_service_is_refused(session: SessionFile) -> None:
    judge = StandInJudge(lambda request, number: reply("4"))
    runner = Runner(session, lambda _: judge)
    version = await session.write(lambda repos: repos.rubrics.create(rubric()))
    with pytest.raises(InputError, match="standin:one has no batch service"):
        await runner.create(version, (judge.judge,), items(2), RunSettings(batch=True))


async def test_a_cascade_is_refused(server: BatchServer, session: SessionFile) -> None:
    judge = judge_at(server, "chat")
    runner = Runner(session, lambda _: judge)
    version = await session.write(lambda repos: repos.rubrics.create(rubric()))
    with pytest.raises(InputError, match="a cascade cannot go by batch"):
        await runner.create(version, ("a:b", "c:d"), items(2), RunSettings(batch=True, cascade=0.5))
