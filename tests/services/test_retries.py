"""Failures: what is tried again and how often, what fails an item, and what stops a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from judgetui.core.events import HaltCause
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.core.run import RunStatus
from judgetui.core.vote import Status
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.services.retrying import CROWDED_TRIES, OUTAGE, RETRY_FLOOR, RETRY_SHARE
from judgetui.storage.database import SessionFile
from tests.services.benches import Bench, HeldJudge, about, items, rubric, settled, trouble, until
from tests.services.standins import StandInJudge, reply

PASSING = [kind for kind in FailureKind if kind.may_pass and kind is not FailureKind.UNREACHABLE]
LASTING = [FailureKind.BAD_REQUEST, FailureKind.TOO_LONG, FailureKind.FORBIDDEN]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    """A session of the test's own."""
    with SessionFile.create(tmp_path / "s.db", "s") as opened:
        yield opened


def by_try(
    plan: Callable[[int, int], FailureKind | None], retry_after: float | None = None
) -> Callable[[JudgeRequest, int], JudgeReply | ProviderError]:
    """Answers by item and try, both counted from 0."""
    tries: Counter[int] = Counter()

    def answer(request: JudgeRequest, number: int) -> JudgeReply | ProviderError:
        item = about(request)
        kind = plan(item, tries[item])
        tries[item] += 1
        return reply("4") if kind is None else trouble(kind, retry_after)

    return answer


@pytest.mark.parametrize("kind", PASSING)
async def test_what_may_pass_is_tried_again(session: SessionFile, kind: FailureKind) -> None:
    judge = StandInJudge(by_try(lambda item, attempt: kind if attempt < 2 else None))
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric(), items(1), max_retries=2))
    assert len(judge.asked) == 3 and going.ended.run.retries == 2
    assert going.ended.run.counts == {"ok": 1}
    assert bench.clock.waits == [0.5, 1.0]


@pytest.mark.parametrize("kind", [kind for kind in PASSING if not kind.is_crowding])
async def test_no_more_than_so_many_times(session: SessionFile, kind: FailureKind) -> None:
    judge = StandInJudge(by_try(lambda item, attempt: None if item == 0 else kind))
    bench = Bench(session, judge)
    run = await bench.start(rubric(), items(2), max_retries=3, concurrency=1)
    going = await bench.finish(run)
    assert len(judge.asked) == 1 + 4
    assert going.ended.status is RunStatus.DONE and going.ended.run.counts == {"ok": 1, "failed": 1}
    failed = (await bench.stored(run))[1]
    assert failed.status is Status.FAILED and failed.outcome.detail.startswith(kind.value)
    assert failed.outcome.score is None and failed.cost_usd == 0


@pytest.mark.parametrize("kind", LASTING)
async def test_what_cannot_pass_fails_its_item_alone(session: SessionFile, kind: FailureKind) -> None:
    judge = StandInJudge(by_try(lambda item, attempt: kind if item == 2 else None))
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric(), items(6), concurrency=1))
    assert len(judge.asked) == 6 and going.ended.run.retries == 0
    assert going.ended.status is RunStatus.DONE and going.ended.run.counts == {"ok": 5, "failed": 1}


CROWDING = [kind for kind in FailureKind if kind.is_crowding]


@pytest.mark.parametrize("kind", CROWDING)
async def test_waiting_for_a_crowded_endpoint_is_no_failure_of_a_call(
    session: SessionFile, kind: FailureKind
) -> None:
    plan = [kind] * 5 + [FailureKind.SERVER] * 2 + [kind] * 3
    judge = StandInJudge(by_try(lambda item, attempt: plan[attempt] if attempt < len(plan) else None))
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric(), items(1), max_retries=2))
    assert going.ended.run.counts == {"ok": 1}
    assert len(judge.asked) == 11 and going.ended.run.retries == 10


@pytest.mark.parametrize("kind", CROWDING)
async def test_an_endpoint_that_stays_crowded_is_given_up(session: SessionFile, kind: FailureKind) -> None:
    judge = StandInJudge(by_try(lambda item, attempt: kind))
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric(), items(1)))
    assert len(judge.asked) == 1 + CROWDED_TRIES and going.ended.run.counts == {"failed": 1}
    assert max(bench.clock.waits) == 30


@pytest.mark.parametrize("kind", CROWDING)
async def test_an_endpoint_that_stays_crowded_for_several_calls_stops_the_run(
    session: SessionFile, kind: FailureKind
) -> None:
    judge = StandInJudge(by_try(lambda item, attempt: kind))
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric(), items(50), concurrency=1))
    assert going.ended.status is RunStatus.HALTED and going.ended.run.counts == {"failed": OUTAGE - 1}


@pytest.mark.parametrize("kind", CROWDING)
async def test_many_calls_that_come_too_soon_together_all_go_through_later(
    session: SessionFile, kind: FailureKind
) -> None:
    judge = StandInJudge(lambda request, number: trouble(kind, 1.0) if number < 100 else reply("4"))
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric(), items(200), concurrency=100))
    assert going.ended.run.counts == {"ok": 200} and len(judge.asked) == 300


async def test_a_run_in_trouble_stops_trying_again(session: SessionFile) -> None:
    """So that an endpoint that fails everything is not asked three times over."""
    judge = StandInJudge(by_try(lambda item, attempt: FailureKind.SERVER))
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric(), items(100), max_retries=5))
    assert going.ended.run.counts == {"failed": 100}
    assert len(judge.asked) == 100 + RETRY_FLOOR


async def test_answers_make_up_for_retries(session: SessionFile) -> None:
    judge = StandInJudge(by_try(lambda item, attempt: FailureKind.SERVER if item % 2 else None))
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric(), items(200), max_retries=5, concurrency=1))
    assert going.ended.run.counts == {"ok": 100, "failed": 100}
    most = RETRY_FLOOR + RETRY_SHARE * 100
    assert most - 5 <= going.ended.run.retries <= most


async def test_refusals_for_coming_too_soon_leave_the_retries_of_a_run_alone(session: SessionFile) -> None:
    kinds = {0: FailureKind.RATE_LIMIT, 1: FailureKind.RATE_LIMIT, 2: FailureKind.SERVER}
    judge = StandInJudge(by_try(lambda item, attempt: kinds.get(attempt)))
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric(), items(RETRY_FLOOR), max_retries=1, concurrency=1))
    assert going.ended.run.counts == {"ok": RETRY_FLOOR}
    assert going.ended.run.retries == 3 * RETRY_FLOOR


async def test_no_retries_means_none(session: SessionFile) -> None:
    judge = StandInJudge(by_try(lambda item, attempt: FailureKind.SERVER if item else None))
    bench = Bench(session, judge)
    await bench.finish(await bench.start(rubric(), items(3), max_retries=0))
    assert len(judge.asked) == 3


@pytest.mark.parametrize("kind", [FailureKind.AUTH, FailureKind.NO_MODEL])
async def test_what_fails_every_call_stops_the_run_at_once(session: SessionFile, kind: FailureKind) -> None:
    judge = HeldJudge()
    bench = Bench(session, judge)
    run = await bench.start(rubric(), items(20), concurrency=4)
    async with bench.going(run) as going:
        await until(lambda: judge.at_once == 4)
        judge.give(reply("4"))
        await until(lambda: len(judge.held) == 4)
        judge.give(trouble(kind))
    assert len(judge.asked) == 5 and judge.at_once == 0
    assert going.ended.status is RunStatus.HALTED and going.ended.cause is HaltCause.JUDGE
    assert "Do this." in going.ended.reason and going.ended.run.counts == {"ok": 1}


@pytest.mark.parametrize("kind", [FailureKind.FORBIDDEN, FailureKind.UNREACHABLE])
async def test_a_first_call_that_is_turned_away_stops_the_run(
    session: SessionFile, kind: FailureKind
) -> None:
    judge = StandInJudge(by_try(lambda item, attempt: kind))
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric(), items(9), concurrency=1, max_retries=0))
    assert going.ended.status is RunStatus.HALTED and going.ended.cause is HaltCause.JUDGE
    assert len(judge.asked) == 1
    assert going.ended.run.counts == {}


async def test_an_outage_stops_the_run_which_can_go_on(session: SessionFile) -> None:
    down = False
    judge = StandInJudge(
        lambda request, number: (
            trouble(FailureKind.UNREACHABLE) if down and about(request) >= 5 else reply("4")
        )
    )
    bench = Bench(session, judge)
    run = await bench.start(rubric(), items(40), max_retries=0, concurrency=1)
    down = True
    going = await bench.finish(run)
    assert going.ended.status is RunStatus.HALTED and going.ended.cause is HaltCause.JUDGE
    assert len(judge.asked) == 5 + OUTAGE
    assert going.ended.run.counts == {"ok": 5, "failed": OUTAGE - 1}
    down = False
    going = await bench.finish(run, failed=True)
    assert going.ended.status is RunStatus.DONE and going.ended.run.counts == {"ok": 40}
    assert len(judge.asked) == 5 + OUTAGE + 35


async def test_an_answer_between_ends_an_outage(session: SessionFile) -> None:
    judge = StandInJudge(by_try(lambda item, attempt: FailureKind.UNREACHABLE if item % OUTAGE else None))
    bench = Bench(session, judge)
    going = await bench.finish(await bench.start(rubric(), items(30), max_retries=0, concurrency=1))
    assert going.ended.status is RunStatus.DONE
    assert going.ended.run.counts == {"ok": 30 // OUTAGE, "failed": 30 - 30 // OUTAGE}


async def test_an_item_that_cannot_be_asked_about_fails_alone(session: SessionFile) -> None:
    """A judge that takes half of a surrogate pair for a bad request, as the real ones do."""
    judge = HeldJudge()
    bench = Bench(session, judge)
    run = await bench.start(rubric(), items(4), concurrency=4)
    async with bench.going(run) as going:
        await until(lambda: judge.at_once == 4)
        judge.give(trouble(FailureKind.BAD_REQUEST), 2)
        await settled()
        judge.give_all(reply("4"))
    assert going.ended.status is RunStatus.DONE
    assert [judgement.status.value for judgement in await bench.stored(run)] == ["ok", "ok", "failed", "ok"]
