"""Requests of one run that are alike: one is sent, and its reply serves them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from judgetui.core.item import Item
from judgetui.core.request import JudgeRequest
from judgetui.core.run import RunStatus
from judgetui.core.vote import ScoreSource, Status
from judgetui.providers.base import FailureKind
from judgetui.storage.database import SessionFile
from tests.services.benches import Bench, HeldJudge, always, rubric, settled, trouble, until
from tests.services.standins import StandInJudge, reply


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    with SessionFile.create(tmp_path / "s.db", "s") as opened:
        yield opened


def alike(count: int, *answers: str) -> list[Item]:
    """Items that differ in nothing but their names."""
    return [Item(f"i{n}", answers or ("answer-0.",), {"question": "Why?"}) for n in range(count)]


class Plain(StandInJudge):
    """A judge to which only the prompt matters, as to most."""

    def body(self, request: JudgeRequest) -> Mapping[str, object]:
        """The messages alone."""
        return {"messages": [message.content for message in request.messages]}


async def test_equal_items_are_one_call(session: SessionFile) -> None:
    judge = StandInJudge(always("4"))
    bench = Bench(session, judge)
    run = await bench.start(rubric(), alike(200), concurrency=8)
    going = await bench.finish(run)
    assert len(judge.asked) == 1
    assert (going.progress.calls, going.progress.cached) == (1, 199)
    assert going.ended.run.counts == {"ok": 200}
    calls = await session.read(lambda repos: repos.calls.used_by(run.id))
    assert {vote.call for judgement in await bench.stored(run) for vote in judgement.votes} == {calls[0].key}
    assert len(calls) == 1


async def test_the_two_orders_of_equal_answers_are_one_call(session: SessionFile) -> None:
    judge = Plain(always("[[A]]"))
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric(protocol="mt-bench-pair"), alike(1, "so", "so")))
    assert len(judge.asked) == 1
    (judgement,) = going.judged
    assert [vote.status for vote in judgement.votes] == [Status.OK, Status.OK]
    assert judgement.outcome.consistent is False, "the first place won twice"


async def test_samples_of_equal_items_stay_different_calls(session: SessionFile) -> None:
    judge = StandInJudge(always("4"))
    bench = Bench(session, judge)
    await bench.finish(await bench.start(rubric(samples=3), alike(10)))
    assert sorted(request.sample for request in judge.asked) == [0, 1, 2]


async def test_one_that_fails_is_followed_by_the_next(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    async with bench.going(await bench.start(rubric(), alike(4), concurrency=4)) as going:
        for _ in range(2):
            await until(lambda: judge.held)
            await settled()
            assert judge.at_once == 1
            judge.give(trouble(FailureKind.BAD_REQUEST))
        await until(lambda: judge.held)
        judge.give(reply("4"))
    assert len(judge.asked) == 3
    assert going.ended.status is RunStatus.DONE and going.ended.run.counts == {"ok": 2, "failed": 2}


async def test_one_that_is_not_sent_any_more_holds_nobody_up(session: SessionFile) -> None:
    """The second criterion of the first item is lined up when its first one fails; the second item waits for it."""
    judge = StandInJudge(
        lambda request, number: trouble(FailureKind.BAD_REQUEST) if number == 0 else reply("4")
    )
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric("a", "b"), alike(3), concurrency=1))
    assert sorted(request.criterion for request in judge.asked) == ["a", "a", "b"]
    assert going.ended.run.counts == {"ok": 2, "failed": 1}


async def test_a_fresh_run_asks_once_for_equal_items_as_well(session: SessionFile) -> None:
    judge = StandInJudge(always("4"))
    bench = Bench(session, judge)
    run = await bench.start(rubric(), alike(100))
    await bench.finish(run)
    await bench.finish(await bench.again(run.version_id, alike(100), fresh=True))
    assert len(judge.asked) == 2


async def test_a_judge_without_probabilities_is_not_asked_for_them_again(session: SessionFile) -> None:
    judge = StandInJudge(always("4"), logprobs=None)
    bench = Bench(session, judge)
    items = [Item(f"i{n}", (f"answer-{n}.",), {"question": "Why?"}) for n in range(10)]
    run = await bench.start(rubric("a", "b", samples=3), items, concurrency=1)
    going = await bench.finish(run)
    assert going.ended.run.counts == {"ok": 10}
    asked_for = [request for request in judge.asked if request.top_logprobs]
    assert len(asked_for) == 2, "those of the first item, which taught it"
    assert len(judge.asked) == 2 + 10 * 2 * 3
    sources = {judgement.outcome.source for judgement in await bench.stored(run)}
    assert sources == {ScoreSource.SAMPLES}
