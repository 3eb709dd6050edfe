"""A run that is paused, cancelled, or asked about one item first."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from judgetui.core.events import RunEnded, RunStarted, Written
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.core.run import RunStatus
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.services.headless import reparse
from judgetui.storage.database import SessionFile
from tests.services.benches import Bench, Clock, HeldJudge, about, items, rubric, settled, trouble, until
from tests.services.standins import StandInJudge, reply


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    """A session of the test's own."""
    with SessionFile.create(tmp_path / "s.db", "s") as opened:
        yield opened


async def test_nothing_is_sent_while_a_run_is_paused(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    async with bench.going(await bench.start(rubric(), items(8), concurrency=3)) as going:
        await until(lambda: judge.at_once == 3)
        bench.runner.pause()
        judge.give_all(reply("4"))
        await until(lambda: len(going.judged) == 3)
        await settled()
        assert len(judge.asked) == 3
        assert [event.progress.paused for event in going.events][-1]
        bench.runner.pause(False)
        await until(lambda: judge.at_once == 3)
        assert len(judge.asked) == 6
        assert not [event.progress.paused for event in going.events][-1]
        while not going.task.done():
            judge.give_all(reply("4"))
            await settled()
    assert going.ended.run.counts == {"ok": 8} and len(judge.asked) == 8


async def test_a_retry_that_falls_due_during_a_pause_waits_for_its_end(session: SessionFile) -> None:
    judge, clock = HeldJudge(), Clock()
    bench = Bench(session, judge, clock=clock)
    async with bench.going(await bench.start(rubric(), items(1))):
        await until(lambda: judge.held)
        judge.give(trouble(FailureKind.SERVER))
        await settled()
        bench.runner.pause()
        clock.advance(10)
        await settled()
        assert len(judge.asked) == 1
        bench.runner.pause(False)
        await until(lambda: judge.held)
        judge.give(reply("4"))


async def test_a_paused_run_can_be_cancelled(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    async with bench.going(await bench.start(rubric(), items(8), concurrency=1)) as going:
        await until(lambda: judge.held)
        bench.runner.pause()
        judge.give(reply("4"))
        await until(lambda: going.judged)
        bench.runner.cancel()
    assert going.ended.status is RunStatus.CANCELLED and going.ended.run.counts == {"ok": 1}


async def test_the_item_on_screen_goes_first_and_is_streamed(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    run = await bench.start(rubric("a", "b"), items(90), concurrency=2)
    async with bench.going(run) as going:
        await until(lambda: judge.at_once == 2)
        bench.runner.focus(80)
        judge.give_all(reply("4"))
        await until(lambda: len(judge.asked) == 4)
        assert [about(request) for request, _, _ in judge.held] == [80, 80]
        for request, _, on_text in judge.held:
            assert on_text is not None
            for piece in ("It is ", f"{request.criterion}. ", "4"):
                on_text(piece)
        for request, _, _ in list(judge.held):
            judge.give(reply(f"It is {request.criterion}. 4"))
        await until(lambda: len(judge.asked) == 6)
        assert [about(request) for request, _, _ in judge.held] == [1, 1]
        assert [on_text for _, _, on_text in judge.held] == [None, None]
        bench.runner.focus(None)
        bench.runner.cancel()
    written = [event for event in going.events if isinstance(event, Written)]
    assert {(event.judge, event.position) for event in written} == {("standin:one", 80)}
    (made,) = [judgement for judgement in going.judged if judgement.position == 80]
    for vote in made.votes:
        told = "".join(event.text for event in written if event.criterion == vote.criterion)
        assert told == vote.raw == f"It is {vote.criterion}. 4"


async def test_pieces_say_which_try_they_are_of(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    bench.runner.focus(0)
    async with bench.going(await bench.start(rubric(), items(1), concurrency=1)) as going:
        for text, answer in (
            ("It is ri", ProviderError(FailureKind.SERVER, "standin:one answered 500.")),
            ("It is right. 4", reply("It is right. 4")),
        ):
            await until(lambda: judge.held)
            on_text = judge.held[0][2]
            assert on_text is not None
            on_text(text)
            judge.give(answer)
    written = [event for event in going.events if isinstance(event, Written)]
    assert [(event.attempt, event.text) for event in written] == [(0, "It is ri"), (1, "It is right. 4")]


async def test_what_was_on_screen_before_the_run_goes_first(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    bench.runner.focus(5)
    async with bench.going(await bench.start(rubric(), items(7), concurrency=1)) as going:
        for _ in range(7):
            await until(lambda: judge.held)
            judge.give(reply("4"))
    assert [about(request) for request in judge.asked] == [5, 0, 1, 2, 3, 4, 6]
    assert [judgement.position for judgement in going.judged] == [5, 0, 1, 2, 3, 4, 6]


async def test_an_item_that_is_not_of_the_run_changes_nothing(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    bench.runner.focus(99)
    async with bench.going(await bench.start(rubric(), items(2), concurrency=1)) as going:
        for _ in range(2):
            await until(lambda: judge.held)
            judge.give(reply("4"))
    assert going.ended.run.counts == {"ok": 2} and len(judge.asked) == 2


async def test_cancelling_keeps_the_replies_of_judgements_that_are_not_complete(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    run = await bench.start(rubric("a", "b", "c"), items(2), concurrency=3)
    async with bench.going(run) as going:
        await until(lambda: judge.at_once == 3)
        judge.give(reply("4"), 0)
        await until(lambda: len(judge.asked) == 4)
        judge.give(reply("3"), 1)
        await until(lambda: len(judge.asked) == 5)
        bench.runner.cancel()
    assert going.ended.status is RunStatus.CANCELLED and going.judged == [] and judge.at_once == 0
    assert len(session.read_now(lambda repos: repos.calls.used_by(run.id))) == 2
    judge.held.clear()
    judge.asked.clear()
    async with bench.going(run) as going:
        while not going.task.done():
            judge.give_all(reply("5"))
            await settled()
    asked = sorted((about(request), request.criterion) for request in judge.asked)
    assert asked == [(0, "b"), (1, "a"), (1, "b"), (1, "c")]
    first = (await bench.stored(run))[0]
    assert first.outcome.scores == {"a": 4, "b": 5, "c": 3}


async def test_a_reply_that_came_just_before_the_cancelling_is_kept(session: SessionFile) -> None:
    """The first reply of a judge is noted in the session; the run is cancelled while that is written."""
    judge = HeldJudge()
    bench = Bench(session, judge)
    run = await bench.start(rubric("a", "b"), items(1), concurrency=1)
    async with bench.going(run) as going:
        await until(lambda: judge.held)
        judge.give(reply("4"))
        while not judge.asked or (going.progress.calls == 0 and judge.at_once):
            bench.runner.focus(None)
            break
        import asyncio

        for _ in range(3):
            await asyncio.sleep(0)
        bench.runner.cancel()
    assert len(session.read_now(lambda repos: repos.calls.used_by(run.id))) == 1


async def test_a_consumer_that_leaves_keeps_what_came(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    run = await bench.start(rubric(), items(4), concurrency=2)
    events = bench.runner.go(run)
    async for _ in events:
        if judge.at_once == 2:
            break
    judge.give(reply("4"))
    await settled()
    assert isinstance(events, AsyncGenerator)
    await events.aclose()
    ended = session.read_now(lambda repos: repos.runs.get(run.id))
    assert ended.status is RunStatus.CANCELLED and ended.counts == {"ok": 1}
    assert judge.at_once == 0


async def test_a_consumer_that_leaves_at_once_leaves_no_run_behind(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    run = await bench.start(rubric(), items(2))
    events = bench.runner.go(run)
    assert isinstance(await anext(events), RunStarted)
    assert isinstance(events, AsyncGenerator)
    await events.aclose()
    assert session.read_now(lambda repos: repos.runs.get(run.id)).status is RunStatus.CANCELLED
    assert judge.at_once == 0


async def test_a_run_can_be_cancelled_as_soon_as_it_says_that_it_starts(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    run = await bench.start(rubric(), items(3))
    async for event in bench.runner.go(run):
        if isinstance(event, RunStarted):
            bench.runner.cancel()
    assert isinstance(event, RunEnded) and event.status is RunStatus.CANCELLED
    assert judge.asked == []


async def test_reading_again_makes_nothing_of_a_judgement_that_failed(session: SessionFile) -> None:
    def answer(request: JudgeRequest, number: int) -> JudgeReply | ProviderError:
        return trouble(FailureKind.BAD_REQUEST) if request.criterion == "b" else reply("4")

    bench = Bench(session, StandInJudge(answer))
    going = await bench.finish(await bench.start(rubric("a", "b", "c"), items(1)))
    assert going.ended.run.counts == {"failed": 1}
    again = await reparse(session, going.ended.run)
    assert again.changed == ()
    assert (await session.read(lambda repos: repos.runs.get(going.ended.run.id))).counts == {"failed": 1}


async def test_a_fresh_run_that_was_cut_short_goes_on_as_one(session: SessionFile) -> None:
    """With the replies that it has had itself, and with no others."""
    first = StandInJudge(lambda request, number: reply("2"))
    run = await Bench(session, first).start(rubric(), items(6), concurrency=1)
    await Bench(session, first).finish(run)
    judge = HeldJudge()
    bench = Bench(session, judge)
    fresh = await bench.again(run.version_id, items(6), concurrency=1, fresh=True)
    async with bench.going(fresh) as going:
        for _ in range(2):
            await until(lambda: judge.held)
            judge.give(reply("4"))
        await until(lambda: len(going.judged) == 2)
        bench.runner.cancel()
    second = StandInJudge(lambda request, number: reply("4"))
    going = await Bench(session, second).finish(fresh)
    assert [about(request) for request in second.asked] == [2, 3, 4, 5]
    assert {judgement.outcome.score for judgement in await bench.stored(fresh)} == {4}


async def test_only_the_item_that_is_to_be_judged_again_is_asked_afresh(session: SessionFile) -> None:
    judge = StandInJudge(lambda request, number: reply("4"))
    bench = Bench(session, judge)
    run = await bench.start(rubric(), items(3), concurrency=1)
    await bench.finish(run)
    short = await bench.again(run.version_id, items(3))
    going = await bench.finish(short, again=[1])
    assert [about(request) for request in judge.asked[3:]] == [1]
    assert (going.progress.calls, going.progress.cached) == (1, 2)
