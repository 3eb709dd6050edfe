"""Lanes: how many calls are under way, what is told and kept of judges, and judgements of several calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from judgetui.core.events import Judged
from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.request import JudgeRequest
from judgetui.core.run import RunStatus
from judgetui.core.vote import Status
from judgetui.providers.base import FailureKind, OnText
from judgetui.services.pacing import FIRST_WINDOW
from judgetui.storage.database import SessionFile
from tests.services.benches import (
    Bench,
    Clock,
    HeldJudge,
    about,
    always,
    items,
    rubric,
    settled,
    trouble,
    until,
)
from tests.services.standins import StandInJudge, reply
from tests.storage.builders import Clock as StorageClock


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    """A session of the test's own."""
    with SessionFile.create(tmp_path / "s.db", "s") as opened:
        yield opened


# how many at once


async def test_more_are_asked_at_once_while_answers_come(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    run = await bench.start(rubric(), items(60))
    seen = []
    async with bench.going(run) as going:
        while not going.task.done():
            await settled()
            seen.append(judge.at_once)
            judge.give_all(reply("4"))
    assert seen[0] == FIRST_WINDOW == 4
    assert seen[:5] == sorted(seen[:5]) and max(seen) >= 7


@pytest.mark.parametrize("kind", [FailureKind.RATE_LIMIT, FailureKind.OVERLOADED])
async def test_half_as_many_are_asked_at_once_after_a_refusal(
    session: SessionFile, kind: FailureKind
) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    async with bench.going(await bench.start(rubric(), items(20), concurrency=8)) as going:
        await until(lambda: judge.at_once == 8)
        judge.give_all(trouble(kind))
        await until(lambda: judge.at_once == 4)
        await settled()
        assert judge.at_once == 4 and going.progress.at_once == 4
        judge.give(trouble(kind))
        await settled()
        assert going.progress.at_once == 2 and judge.at_once == 3
        while not going.task.done():
            judge.give_all(reply("4"))
            await settled()
    assert going.ended.run.counts == {"ok": 20}


async def test_another_failure_slows_nothing_down(session: SessionFile) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    async with bench.going(await bench.start(rubric(), items(8), concurrency=4)) as going:
        await until(lambda: judge.at_once == 4)
        judge.give_all(trouble(FailureKind.SERVER))
        await until(lambda: judge.at_once == 4)
        while not going.task.done():
            judge.give_all(reply("4"))
            await settled()


async def test_an_endpoint_that_asked_to_wait_gets_nothing_and_another_everything(
    session: SessionFile,
) -> None:
    crowded, free = HeldJudge("standin:crowded"), StandInJudge(always("4"), name="standin:free")
    clock = Clock()
    bench = Bench(session, crowded, free, clock=clock)
    async with bench.going(await bench.start(rubric(), items(6), concurrency=2)) as going:
        await until(lambda: crowded.at_once == 2)
        crowded.give(trouble(FailureKind.RATE_LIMIT, 50))
        crowded.give(reply("4"))
        await until(lambda: len(free.asked) == 6)
        await settled()
        assert len(crowded.asked) == 2
        clock.advance(49)
        await settled()
        assert len(crowded.asked) == 2
        clock.advance(1)
        await until(lambda: len(crowded.asked) > 2)
        while not going.task.done():
            crowded.give_all(reply("4"))
            await settled()
    assert going.ended.run.counts == {"ok": 12}


async def test_a_hold_that_comes_while_the_next_call_is_looked_for_holds_it(session: SessionFile) -> None:
    """All items are under way; one is to be tried again soon when another brings a longer wait."""
    judge, clock = HeldJudge(), Clock()
    bench = Bench(session, judge, clock=clock)
    async with bench.going(await bench.start(rubric(), items(2), concurrency=4)):
        await until(lambda: judge.at_once == 2)
        judge.give(trouble(FailureKind.SERVER))
        await settled()
        judge.give(trouble(FailureKind.RATE_LIMIT, 60))
        await settled()
        clock.advance(1)
        await settled()
        assert len(judge.asked) == 2
        clock.advance(59)
        await until(lambda: judge.at_once == 2)
        judge.give_all(reply("4"))


async def test_an_endless_hold_is_not_waited_out(session: SessionFile) -> None:
    """Five minutes at most, as the notice says."""
    judge, clock = HeldJudge(), Clock()
    bench = Bench(session, judge, clock=clock)
    async with bench.going(await bench.start(rubric(), items(1))) as going:
        await until(lambda: judge.held)
        judge.give(trouble(FailureKind.RATE_LIMIT, 86_400))
        await settled()
        clock.advance(300)
        await until(lambda: judge.held)
        judge.give(reply("4"))
    assert going.told == ["rate limit. Trying again in 300 s."]


async def test_two_judges_behind_one_endpoint_share_its_pace(session: SessionFile) -> None:
    one, two = HeldJudge("standin:a", endpoint="e"), HeldJudge("standin:b", endpoint="e")
    clock = Clock()
    bench = Bench(session, one, two, clock=clock)
    async with bench.going(await bench.start(rubric(), items(5), concurrency=3)) as going:
        await until(lambda: one.at_once + two.at_once == 3)
        await settled()
        assert one.at_once + two.at_once == 3
        (one if one.held else two).give(trouble(FailureKind.OVERLOADED, 9))
        one.give_all(reply("4"))
        two.give_all(reply("4"))
        await settled()
        assert one.at_once + two.at_once == 0
        clock.advance(9)
        await until(lambda: one.at_once + two.at_once)
        while not going.task.done():
            one.give_all(reply("4"))
            two.give_all(reply("4"))
            clock.advance(1)
            await settled()
    assert going.ended.run.counts == {"ok": 10}


async def test_a_run_ends_when_its_last_judgement_is_there(session: SessionFile) -> None:
    """Nobody waits for the next try of a call whose judgement has failed by another, nor for an allowance."""
    judge, clock = HeldJudge(), Clock()
    bench = Bench(session, judge, clock=clock)
    run = await bench.start(rubric("right", "kind"), items(1), concurrency=2)
    async with bench.going(run) as going:
        await until(lambda: judge.at_once == 2)
        judge.give(trouble(FailureKind.SERVER, 100))
        await settled()
        judge.give(trouble(FailureKind.BAD_REQUEST))
    assert clock.now == 0 and going.ended.run.counts == {"failed": 1}
    assert len(judge.asked) == 2


# what is told, once


@pytest.mark.parametrize("calls", [2, 3])
async def test_a_judgement_whose_replies_come_together_is_told_once(session: SessionFile, calls: int) -> None:
    """The first reply of a judge is noted in the session, which takes a while; the others come meanwhile."""
    judge = HeldJudge()
    bench = Bench(session, judge)
    run = await bench.start(
        rubric("right", "kind", "brief") if calls == 3 else rubric("right", "kind"), items(1)
    )
    async with bench.going(run) as going:
        await until(lambda: judge.at_once == calls)
        judge.give_all(reply("4"))
    assert len(going.judged) == 1
    assert going.progress.counts == {"ok": 1} and going.progress.total == 1


async def test_every_judgement_is_told_when_it_is_stored_and_before_the_end(session: SessionFile) -> None:
    bench = Bench(session, StandInJudge(always("4")))
    run = await bench.start(rubric(), items(150), concurrency=16)
    told: Counter[int] = Counter()
    async for event in bench.runner.go(run):
        if isinstance(event, Judged):
            place = event.judgement.position
            done = await session.read(lambda repos: repos.judgements.done(run.id))
            assert ("standin:one", place) in done
            told[place] += 1
    assert told == Counter(range(150))


class Renamed(StandInJudge):
    """A judge whose server names another model from some call on."""

    def __init__(self, *models: str) -> None:
        super().__init__(lambda request, number: reply("4", model=models[min(number, len(models) - 1)]))


async def test_a_model_that_changed_is_told_and_kept(session: SessionFile) -> None:
    first = Bench(session, Renamed("m-1", "m-1", "m-2"))
    run = await first.start(rubric(), items(4), concurrency=1)
    going = await first.finish(run)
    during = "standin:one: the server's model changed during the run, from m-1 to m-2."
    assert going.told == [during]
    assert session.read_now(lambda repos: repos.runs.notices(run.id)) == [during]

    second = Bench(session, Renamed("m-3"))
    later = await second.again(run.version_id, items(2), fresh=True)
    since = "standin:one: the server's model changed since the run before, from m-2 to m-3."
    assert (await second.finish(later)).told == [since]
    assert session.read_now(lambda repos: repos.runs.notices(later.id)) == [since]

    same = Bench(session, Renamed("m-3"))
    assert (await same.finish(await same.again(run.version_id, items(2), fresh=True))).told == []


class Learner(StandInJudge):
    """A judge that leaves out what its endpoint refused, and says so.

    Args:
        why: said to it though it knew; empty when nothing is.

    Attributes:
        recalled: what it was handed before its first call.
    """

    def __init__(self, why: str = "") -> None:
        super().__init__(always("4"))
        self.recalled: list[Mapping[str, str]] = []
        self._known: dict[str, str] = {}
        self._why = why

    @property
    def learned(self) -> Mapping[str, str]:
        """What was refused so far."""
        return dict(self._known)

    def recall(self, learned: Mapping[str, str]) -> None:
        """Take in what was known before."""
        assert not self.asked
        self.recalled.append(dict(learned))
        self._known |= learned

    async def ask(
        self,
        request: JudgeRequest,
        *,
        timeout: float,  # noqa: ASYNC109 - as the provider it stands in for has it
        on_text: OnText | None = None,
    ) -> JudgeReply:
        """Learn that a temperature is refused."""
        self._known["temperature"] = self._why or self._known.get("temperature", "it said no.")
        await super().ask(request, timeout=timeout, on_text=on_text)
        return JudgeReply("4", usage=Usage(1, 1), dropped=self.learned)


async def test_what_an_endpoint_refused_is_remembered(session: SessionFile) -> None:
    first, second = Learner(), Learner()
    bench = Bench(session, first)
    run = await bench.start(rubric(), items(3), concurrency=1)
    going = await bench.finish(run)
    assert first.recalled == [{}]
    assert going.told == ["standin:one: temperature was not sent as asked: it said no."]
    assert session.read_now(lambda repos: repos.runs.notices(run.id)) == going.told
    bench = Bench(session, second)
    await bench.finish(await bench.again(run.version_id, items(3), fresh=True))
    assert second.recalled == [{"temperature": "it said no."}]


@pytest.mark.parametrize(
    ("again", "known"),
    [("", [True, True, False, True]), ("it said so again.", [True, True, True, False])],
    ids=["left out", "refused again"],
)
async def test_what_was_only_recalled_is_not_learned_anew(
    tmp_path: Path, again: str, known: list[bool]
) -> None:
    """A run every three days: what was refused is asked for again when a week is over.

    Args:
        again: what the second run's judge is told, though it knew.
    """
    clock = StorageClock()
    with SessionFile.create(tmp_path / "s.db", "s", clock=clock) as session:
        bench = Bench(session, Learner())
        run = await bench.start(rubric(), items(2), concurrency=1)
        await bench.finish(run)
        found = []
        for why in (again, "", "", ""):
            clock.now += timedelta(days=3)
            bench = Bench(session, judge := Learner(why))
            await bench.finish(await bench.again(run.version_id, items(2), fresh=True))
            found += [bool(parts) for parts in judge.recalled]
    assert found == known


# judgements of several calls


class Bundler(StandInJudge):
    """A judge that takes all samples of a prompt in one call; `plan` says what becomes of each call.

    Args:
        takes: how many it answers at once, as is seen when it answers fewer than it was asked.
    """

    def __init__(self, *plan: FailureKind | None, takes: int = 100) -> None:
        super().__init__(always("4"))
        self.bundled: list[list[int]] = []
        self._plan = plan
        self._takes = takes
        self._known = 100

    def bundles(self, requests: Sequence[JudgeRequest]) -> list[tuple[JudgeRequest, ...]]:
        """As many as it is known to take."""
        return [
            tuple(requests[start : start + self._known]) for start in range(0, len(requests), self._known)
        ]

    async def ask_together(
        self,
        requests: Sequence[JudgeRequest],
        *,
        timeout: float,  # noqa: ASYNC109 - as the provider it stands in for has it
        on_text: OnText | None = None,
    ) -> list[JudgeReply]:
        """A reply for each, the usage with the first."""
        self.bundled.append([request.sample for request in requests])
        place = len(self.bundled) - 1
        kind = self._plan[place] if place < len(self._plan) else None
        if kind is not None:
            raise trouble(kind)
        usage = [Usage(10, 8), *[Usage(0, 0) for _ in requests[1:]]][: self._takes]
        if len(requests) > self._takes:
            self._known = self._takes
        return [JudgeReply("4", usage=each) for each in usage]


async def test_samples_travel_together_and_are_stored_apart(session: SessionFile) -> None:
    judge = Bundler(FailureKind.SERVER)
    bench = Bench(session, judge)
    run = await bench.start(rubric(samples=4), items(1))
    going = await bench.finish(run)
    assert judge.bundled == [[0, 1, 2, 3], [0, 1, 2, 3]]
    (judgement,) = await bench.stored(run)
    assert len({vote.call for vote in judgement.votes}) == len(judgement.votes) == 4
    assert judgement.usage.output == 8 and going.progress.calls == 1
    calls = session.read_now(lambda repos: repos.calls.used_by(run.id))
    assert {call.key for call in calls} == {vote.call for vote in judgement.votes}
    more = await bench.again(run.version_id, items(1), samples=6)
    await bench.finish(more)
    assert judge.bundled[2:] == [[4, 5]]


async def test_a_server_that_answers_fewer_is_asked_for_the_rest_in_calls_of_their_own(
    session: SessionFile,
) -> None:
    judge = Bundler(None, FailureKind.SERVER, takes=2)
    bench = Bench(session, judge)
    run = await bench.start(rubric(samples=5), items(2), concurrency=1)
    going = await bench.finish(run)
    # What came is kept though the call after it fails; an item that was planned before is bundled as it was.
    assert judge.bundled[:2] == [[0, 1, 2, 3, 4], [2, 3]]
    assert sorted(judge.bundled) == sorted([[0, 1, 2, 3, 4], [2, 3], [4]] * 2 + [[2, 3]])
    assert [len(judgement.votes) for judgement in await bench.stored(run)] == [5, 5]
    assert {judgement.status for judgement in going.judged} == {Status.OK}
    assert going.progress.calls == 6 and going.progress.usage.output == 48


async def test_a_call_that_fails_keeps_the_others_of_its_judgement(session: SessionFile) -> None:
    """Those under way are finished and kept, those not sent are not sent, and none is asked again."""
    judge = HeldJudge()
    bench = Bench(session, judge)
    run = await bench.start(rubric("a", "b", "c", "d"), items(1), concurrency=3)
    async with bench.going(run) as going:
        await until(lambda: judge.at_once == 3)
        judge.give(trouble(FailureKind.BAD_REQUEST), 1)
        await settled()
        assert judge.at_once == 2 and not going.judged
        judge.give_all(reply("4"))
    assert [request.criterion for request in judge.asked] == ["a", "b", "c"]
    (failed,) = await bench.stored(run)
    assert failed.status is Status.FAILED and failed.outcome.score is None
    assert {vote.criterion: vote.status for vote in failed.votes} == {
        "a": Status.OK, "c": Status.OK, "b": Status.FAILED
    }  # fmt: skip
    async with bench.going(run, failed=True) as going:
        await until(lambda: judge.at_once == 2)
        judge.give_all(reply("5"))
    assert [request.criterion for request in judge.asked[3:]] == ["b", "d"]
    (made,) = await bench.stored(run)
    assert made.status is Status.OK and made.outcome.scores == {"a": 4, "b": 5, "c": 4, "d": 5}


async def test_only_what_failed_is_asked_again(session: SessionFile) -> None:
    bad = {1, 3}
    judge = StandInJudge(
        lambda request, number: trouble(FailureKind.BAD_REQUEST) if about(request) in bad else reply("4")
    )
    bench = Bench(session, judge)
    run = await bench.start(rubric(), items(5))
    assert (await bench.finish(run)).ended.run.counts == {"ok": 3, "failed": 2}
    assert (await bench.finish(run)).ended.run.counts == {"ok": 3, "failed": 2}
    assert len(judge.asked) == 5
    bad.clear()
    going = await bench.finish(run, failed=True)
    assert sorted(map(about, judge.asked[5:])) == [1, 3]
    assert going.ended.status is RunStatus.DONE and going.ended.run.counts == {"ok": 5}


async def test_a_judgement_of_stored_replies_costs_nothing_and_names_its_calls(
    session: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("judgetui.services.lanes.price", lambda *arguments: 0.25)
    judge = StandInJudge(always("4"))
    bench = Bench(session, judge)
    run = await bench.start(rubric("a", "b"), items(3))
    assert (await bench.finish(run)).ended.run.cost_usd == 1.5
    again = await bench.again(run.version_id, items(3))
    going = await bench.finish(again)
    assert (going.progress.cached, going.progress.calls, len(judge.asked)) == (6, 0, 6)
    assert going.ended.run.cost_usd == 0 and going.progress.cost_usd == 0
    calls = session.read_now(lambda repos: repos.calls.used_by(again.id))
    assert len(calls) == 6
    made = await bench.stored(again)
    assert {vote.call for each in made for vote in each.votes} == {call.key for call in calls}
    fresh = await bench.again(run.version_id, items(3), fresh=True)
    going = await bench.finish(fresh)
    assert (going.progress.cached, going.progress.calls, len(judge.asked)) == (0, 6, 12)
    assert going.ended.run.cost_usd == 1.5
