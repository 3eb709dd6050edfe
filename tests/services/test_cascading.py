"""Cascades: what goes on to the next judge, where a run was cut short, and what fails on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from judgetui.core.judgement import Judgement
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.core.run import RunStatus
from judgetui.errors import InputError
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.services.cascading import Feed
from judgetui.services.headless import items_left
from judgetui.storage.database import SessionFile
from tests.services.benches import Bench, HeldJudge, about, items, rubric, settled, trouble, until
from tests.services.standins import StandInJudge, reply

CHEAP, NEXT, LAST = "standin:cheap", "standin:next", "standin:last"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    """A session of the test's own."""
    with SessionFile.create(tmp_path / "s.db", "s") as opened:
        yield opened


def split(name: str, agreeing: dict[int, int], kind: FailureKind | None = None) -> StandInJudge:
    """A judge of four samples: so many of an item's say 4, all where `agreeing` has no number, the others 5.

    Two or three of four make 4.5 or 4.25, so that as many say what the judgement says, which is the certainty.
    An item with 0 there fails by `kind`.
    """

    def answer(request: JudgeRequest, number: int) -> JudgeReply | ProviderError:
        agree = agreeing.get(about(request), 4)
        if kind is not None and agree == 0:
            return trouble(kind)
        return reply("4" if request.sample < agree else "5")

    return StandInJudge(answer, name=name)


def by_judge(judgements: list[Judgement]) -> dict[str, list[int]]:
    """The positions that each judge has judged, in order."""
    found: dict[str, list[int]] = {}
    for judgement in judgements:
        found.setdefault(judgement.judge, []).append(judgement.position)
    return {judge: sorted(places) for judge, places in found.items()}


async def test_the_uncertain_items_alone_go_on(session: SessionFile) -> None:
    bench = Bench(session, split(CHEAP, {1: 3, 4: 2}), split(NEXT, {}))
    run = await bench.start(rubric(samples=4), items(6), cascade=0.9)
    going = await bench.finish(run)
    assert by_judge(await bench.stored(run)) == {CHEAP: [0, 1, 2, 3, 4, 5], NEXT: [1, 4]}
    assert going.ended.status is RunStatus.DONE
    assert going.progress.total == going.ended.run.done == len(going.judged) == 8


@pytest.mark.parametrize(
    ("threshold", "on"),
    [(0.0, []), (0.5, []), (0.501, [2]), (0.75, [2]), (0.751, [1, 2]), (1.0, [1, 2])],
)
async def test_an_item_as_certain_as_the_threshold_stays(
    session: SessionFile, threshold: float, on: list[int]
) -> None:
    bench = Bench(session, split(CHEAP, {1: 3, 2: 2}), split(NEXT, {}))
    run = await bench.start(rubric(samples=4), items(3), cascade=threshold)
    going = await bench.finish(run)
    assert by_judge(await bench.stored(run)).get(NEXT, []) == on
    assert going.ended.status is RunStatus.DONE and going.progress.total == 3 + len(on)


async def test_three_judges(session: SessionFile) -> None:
    bench = Bench(session, split(CHEAP, {n: 2 for n in range(6)}), split(NEXT, {2: 3, 5: 2}), split(LAST, {}))
    run = await bench.start(rubric(samples=4), items(10), cascade=0.8)
    going = await bench.finish(run)
    assert by_judge(await bench.stored(run)) == {CHEAP: [*range(10)], NEXT: [*range(6)], LAST: [2, 5]}
    assert going.progress.total == 18 and going.ended.status is RunStatus.DONE


async def test_the_later_judge_does_not_wait_for_all_of_the_earlier(session: SessionFile) -> None:
    cheap = HeldJudge(CHEAP)
    later = split(NEXT, {})
    bench = Bench(session, cheap, later)
    run = await bench.start(rubric(samples=2), items(3), cascade=1.0, concurrency=2)
    async with bench.going(run) as going:
        await until(lambda: cheap.at_once == 2)
        cheap.give(reply("4"))
        cheap.give(reply("5"))
        await until(lambda: len(later.asked) == 2)
        assert not going.task.done() and {about(request) for request in later.asked} == {0}
        while not going.task.done():
            cheap.give_all(reply("4"))
            await settled()
    assert by_judge(await bench.stored(run)) == {CHEAP: [0, 1, 2], NEXT: [0]}


async def test_both_judges_behind_one_endpoint(session: SessionFile) -> None:
    cheap, later = split(CHEAP, {1: 2}), split(NEXT, {})
    for judge in (cheap, later):
        judge._endpoint = "shared"
    bench = Bench(session, cheap, later)
    run = await bench.start(rubric(samples=4), items(3), cascade=0.9, concurrency=1)
    assert (await bench.finish(run)).ended.status is RunStatus.DONE
    assert by_judge(await bench.stored(run)) == {CHEAP: [0, 1, 2], NEXT: [1]}


@pytest.mark.parametrize("kind", [FailureKind.BAD_REQUEST, FailureKind.SERVER])
async def test_what_the_first_judge_cannot_judge_goes_on(session: SessionFile, kind: FailureKind) -> None:
    bench = Bench(session, split(CHEAP, {1: 0, 3: 0}, kind), split(NEXT, {}))
    run = await bench.start(rubric(samples=4), items(4), cascade=0.6, max_retries=1)
    going = await bench.finish(run)
    assert by_judge(await bench.stored(run)) == {CHEAP: [0, 1, 2, 3], NEXT: [1, 3]}
    assert going.ended.status is RunStatus.DONE and going.ended.run.counts == {"ok": 4, "failed": 2}


async def test_what_failed_of_a_cascade_that_is_done_is_asked_again_and_goes_on(session: SessionFile) -> None:
    failing = {1: 0, 2: 0, 3: 2}
    cheap, later = (
        split(CHEAP, failing, FailureKind.BAD_REQUEST),
        split(NEXT, {2: 0}, FailureKind.BAD_REQUEST),
    )
    bench = Bench(session, cheap, later)
    run = await bench.start(rubric(samples=4), items(5), cascade=0.9)
    done = (await bench.finish(run)).ended.run
    assert by_judge(await bench.stored(run)) == {CHEAP: [0, 1, 2, 3, 4], NEXT: [1, 2, 3]}
    assert (done.done, done.total, done.counts) == (8, 8, {"ok": 5, "failed": 3})
    again = done.without_failed
    assert (again.done, again.total, again.counts) == (5, 10, {"ok": 5})
    left = await items_left(session, done, failed=True)
    assert [item.id for item in left] == [item.id for item in items(5)[1:3]]
    assert await items_left(session, done) == []
    failing |= {1: 2, 2: 4}
    cheap.asked.clear()
    later.asked.clear()
    going = await bench.finish(run, failed=True)
    assert {about(request) for request in cheap.asked} == {1, 2} and later.asked == []
    assert by_judge(await bench.stored(run)) == {CHEAP: [0, 1, 2, 3, 4], NEXT: [1, 3]}
    assert going.ended.status is RunStatus.DONE and going.ended.run.counts == {"ok": 7}
    assert going.ended.run.without_failed is going.ended.run


async def test_an_item_that_failed_before_goes_on_when_it_is_uncertain(session: SessionFile) -> None:
    failing, refusing = {1: 0}, {1: 0}
    bench = Bench(
        session,
        split(CHEAP, failing, FailureKind.BAD_REQUEST),
        split(NEXT, refusing, FailureKind.BAD_REQUEST),
    )
    run = await bench.start(rubric(samples=4), items(3), cascade=0.9)
    assert (await bench.finish(run)).ended.run.counts == {"ok": 2, "failed": 2}
    failing[1], refusing[1] = 2, 4
    going = await bench.finish(run, failed=True)
    assert by_judge(going.judged) == {CHEAP: [1], NEXT: [1]}
    assert going.ended.status is RunStatus.DONE and going.ended.run.counts == {"ok": 4}


async def test_a_run_cut_short_goes_on_where_it_was(session: SessionFile) -> None:
    cheap, later = split(CHEAP, {n: 2 for n in range(0, 12, 2)}), HeldJudge(NEXT)
    bench = Bench(session, cheap, later)
    run = await bench.start(rubric(samples=4), items(12), cascade=0.9, concurrency=4)
    async with bench.going(run) as going:
        await until(lambda: later.at_once == 4)
        later.give_all(reply("4"))
        await until(lambda: any(judgement.judge == NEXT for judgement in going.judged))
        bench.runner.cancel()
    before = by_judge(await bench.stored(run))
    assert before[NEXT] == [0]
    asked = len(cheap.asked)
    later.asked.clear()
    later.held.clear()
    async with bench.going(run) as going:
        while not going.task.done():
            later.give_all(reply("4"))
            await settled()
    left = set(range(12)) - set(before[CHEAP])
    assert len(cheap.asked) - asked <= 4 * len(left)
    assert by_judge(await bench.stored(run)) == {CHEAP: [*range(12)], NEXT: [0, 2, 4, 6, 8, 10]}
    assert 0 not in {about(request) for request in later.asked}
    assert going.ended.status is RunStatus.DONE and going.progress.total == 18


async def test_cut_short_with_nothing_but_the_last_judge_left(session: SessionFile) -> None:
    cheap, middle, last = split(CHEAP, {n: 2 for n in range(4)}), split(NEXT, {0: 2, 3: 2}), HeldJudge(LAST)
    bench = Bench(session, cheap, middle, last)
    run = await bench.start(rubric(samples=4), items(4), cascade=0.9)
    async with bench.going(run) as going:
        await until(lambda: len(going.judged) == 8 and last.at_once)
        bench.runner.cancel()
    calls = len(cheap.asked) + len(middle.asked)
    last.held.clear()
    async with bench.going(run) as going:
        while not going.task.done():
            last.give_all(reply("4"))
            await settled()
    assert len(cheap.asked) + len(middle.asked) == calls
    assert by_judge(await bench.stored(run))[LAST] == [0, 3]
    assert going.ended.status is RunStatus.DONE


async def test_the_item_on_screen_is_shown_to_no_judge_that_it_was_not_handed_to(
    session: SessionFile,
) -> None:
    bench = Bench(session, split(CHEAP, {3: 2}), split(NEXT, {}))
    bench.runner.focus(5)
    run = await bench.start(rubric(samples=4), items(7), cascade=0.9, concurrency=1)
    going = await bench.finish(run)
    assert going.judged[0].position == 5
    assert by_judge(await bench.stored(run)) == {CHEAP: [*range(7)], NEXT: [3]}
    assert going.progress.total == len(going.judged) == 8


async def test_the_item_on_screen_goes_first_to_the_next_judge_too(session: SessionFile) -> None:
    cheap, later = split(CHEAP, {n: 2 for n in range(6)}), HeldJudge(NEXT)
    bench = Bench(session, cheap, later)
    run = await bench.start(rubric(samples=4), items(6), cascade=0.9, concurrency=1)
    async with bench.going(run) as going:
        await until(lambda: sum(judgement.judge == CHEAP for judgement in going.judged) == 6)
        bench.runner.focus(4)
        await until(lambda: later.held)
        later.give(reply("4"))
        await until(lambda: len(later.asked) == 2)
        assert about(later.asked[1]) == 4
        while not going.task.done():
            later.give_all(reply("4"))
            await settled()
    assert by_judge(await bench.stored(run))[NEXT] == [*range(6)]
    places = [judgement.position for judgement in going.judged if judgement.judge == NEXT]
    assert len(places) == len(set(places)) == 6


async def test_a_cascade_that_cannot_be_is_refused(session: SessionFile) -> None:
    with pytest.raises(InputError, match="two judges or more"):
        await Bench(session, split(CHEAP, {})).start(rubric(samples=4), items(1), cascade=0.5)
    with pytest.raises(InputError, match="standin:cheap would not tell how sure it is"):
        await Bench(session, split(CHEAP, {}), split(NEXT, {})).again(1, items(1), samples=1, cascade=0.5)


def test_a_feed_gives_every_position_once() -> None:
    feed = Feed(range(10), lambda position: position != 3)
    assert feed.take(2) == [0, 1]
    assert feed.take_early(7) and not feed.take_early(7)
    assert not feed.take_early(1) and not feed.take_early(3)
    assert feed.take(3) == [2, 4, 5]
    assert feed.take(99) == [6, 8, 9] and feed.take(1) == []
    assert not feed.take_early(8)


def test_a_feed_that_is_added_to() -> None:
    feed = Feed((), lambda position: True, open=True)
    assert feed.take(5) == [] and not feed.take_early(2)
    for position in (4, 2, 9):
        feed.add(position)
    assert feed.take_early(2)
    assert feed.take(1) == [4] and feed.take(5) == [9] and feed.take(5) == []
