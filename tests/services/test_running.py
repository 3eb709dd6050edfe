"""Runs: what is asked, what is committed, what failures do, and going on after a stop."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from judgetui.core.events import HaltCause, Judged, Noticed, RunEnded, RunEvent, RunStarted
from judgetui.core.item import Item
from judgetui.core.reply import TokenLogprob, Usage
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling
from judgetui.core.run import Run, RunSettings, RunStatus
from judgetui.core.session import Version
from judgetui.core.vote import ScoreSource, Status, Verdict
from judgetui.errors import (
    InputError,
    ItemError,
    JudgetuiError,
    NoJudgeError,
    SessionBusyError,
    StorageError,
)
from judgetui.providers.base import FailureKind, JudgeProvider, ProviderError
from judgetui.providers.prices import price
from judgetui.services.committing import Committer, Result
from judgetui.services.planning import estimate
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from tests.services.standins import Answerer, StandInJudge, reply
from tests.storage.builders import FOREIGN_OWNER

POINTWISE = Rubric(
    name="right",
    protocol="g-eval",
    task="Rate the answer.",
    criteria=(Criterion("correctness", "Is it right?"),),
    inputs=(InputField("question"),),
    sampling=Sampling(n=1),
)
PAIRWISE = Rubric(
    name="better",
    protocol="mt-bench-pair",
    task="Compare.",
    criteria=(Criterion("clarity", "Which is clearer?"),),
    inputs=(InputField("question"),),
)


def single(count: int) -> list[Item]:
    return [Item(f"i{n}", (f"answer {n}",), {"question": f"question {n}"}) for n in range(count)]


def pairs(count: int) -> list[Item]:
    return [Item(f"p{n}", (f"good {n}", f"bad {n}"), {"question": f"question {n}"}) for n in range(count)]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    with SessionFile.create(tmp_path / "s.db", "s") as opened:
        yield opened


class Bench:
    """A session with a rubric, a stand-in judge and a runner that never waits."""

    def __init__(self, session: SessionFile, judge: JudgeProvider) -> None:
        self.session = session
        self.judge = judge
        self.waits: list[float] = []
        self.now = 0.0
        self.runner = Runner(session, lambda _: judge, sleep=self._sleep, timer=lambda: self.now)

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    async def version(self, rubric: Rubric) -> Version:
        return await self.session.write(lambda repos: repos.rubrics.create(rubric))

    async def start(self, rubric: Rubric, items: list[Item], **settings: object) -> Run:
        version = await self.version(rubric)
        return await self.runner.create(
            version,
            (self.judge.judge,),
            items,
            RunSettings(**settings),  # type: ignore[arg-type]
        )

    async def finish(self, run: Run, *, again: Collection[int] = ()) -> tuple[list[RunEvent], Run]:
        events = [event async for event in self.runner.go(run, again=again)]
        ended = events[-1]
        assert isinstance(ended, RunEnded)
        return events, ended.run


def always(text: str) -> Answerer:
    return lambda request, number: reply(text)


async def test_every_item_is_judged_and_committed_before_it_is_told(session: SessionFile) -> None:
    bench = Bench(session, StandInJudge(always("4")))
    run = await bench.start(POINTWISE, single(5), concurrency=2)
    seen = []
    async for event in bench.runner.go(run):
        if isinstance(event, Judged):
            seen.append(event.judgement.item.id)
            stored = await session.read(lambda repos: repos.judgements.for_run(run.id))
            assert {found.item.id for found in stored} >= set(seen)
            assert all(found.outcome.score == 4 for found in stored)
    assert sorted(seen) == [f"i{n}" for n in range(5)]
    ended = await session.read(lambda repos: repos.runs.get(run.id))
    assert ended.status is RunStatus.DONE
    assert ended.counts["ok"] == 5
    assert (ended.usage.input, ended.usage.output, ended.usage.cached) == (50, 10, 20)


async def test_concurrency_is_the_most_calls_at_once(session: SessionFile) -> None:
    judge = StandInJudge(always("4"), hold=(hold := asyncio.Event()))
    bench = Bench(session, judge)
    run = await bench.start(POINTWISE, single(12), concurrency=3)
    finishing = asyncio.create_task(bench.finish(run))
    while judge.at_once < 3:  # noqa: ASYNC110  # a count is waited for
        await asyncio.sleep(0)
    hold.set()
    await finishing
    assert judge.most_at_once == 3
    assert len(judge.asked) == 12


async def test_progress_names_the_judgements_that_are_being_made(session: SessionFile) -> None:
    hold = asyncio.Event()
    slow = StandInJudge(always("4"), name="standin:slow", parallel=1, hold=hold)
    quick = StandInJudge(always("4"), name="standin:quick", parallel=2)
    judges = {judge.judge: judge for judge in (slow, quick)}
    runner = Runner(session, judges.__getitem__)
    version = await Bench(session, slow).version(POINTWISE)
    run = await runner.create(version, tuple(judges), single(4), RunSettings(concurrency=4))
    seen = []
    async for event in runner.go(run):
        seen.append(event.progress.at_work)
        if sum(event.progress.counts.values()) == 4 and not hold.is_set():
            assert event.progress.at_work == {("standin:slow", 0)}
            assert event.progress.running == 1
            hold.set()
    assert seen[0] == seen[-1] == frozenset()
    assert {("standin:slow", 0), ("standin:quick", 0), ("standin:quick", 1)} in seen
    assert max(len(at_work) for at_work in seen) == 3


async def test_a_judge_that_takes_one_call_gets_one(session: SessionFile) -> None:
    judge = StandInJudge(always("4"), parallel=1)
    bench = Bench(session, judge)
    await bench.finish(await bench.start(POINTWISE, single(6), concurrency=4))
    assert judge.most_at_once == 1


async def test_a_pair_is_asked_in_both_orders_and_mapped_back(session: SessionFile) -> None:
    def prefers_good(request: JudgeRequest, number: int) -> object:
        text = request.messages[-1].content
        return reply("Because. [[A]]" if text.index("good") < text.index("bad") else "Because. [[B]]")

    bench = Bench(session, StandInJudge(prefers_good))  # type: ignore[arg-type]
    run = await bench.start(PAIRWISE, pairs(2))
    await bench.finish(run)
    for judgement in await session.read(lambda repos: repos.judgements.for_run(run.id)):
        assert judgement.outcome.verdict is Verdict.A
        assert judgement.outcome.consistent is True
        assert [vote.order for vote in judgement.votes] == [Order.AB, Order.BA]


async def test_a_judge_that_likes_the_first_gets_ties_marked_inconsistent(session: SessionFile) -> None:
    bench = Bench(session, StandInJudge(always("[[A]]")))
    run = await bench.start(PAIRWISE, pairs(3))
    await bench.finish(run)
    outcomes = [j.outcome for j in await session.read(lambda repos: repos.judgements.for_run(run.id))]
    assert {(o.verdict, o.consistent) for o in outcomes} == {(Verdict.TIE, False)}


async def test_a_failure_that_may_pass_is_tried_again(session: SessionFile) -> None:
    def flaky(request: JudgeRequest, number: int) -> object:
        if number == 0:
            return ProviderError(FailureKind.RATE_LIMIT, "slow down.", retry_after=7)
        return ProviderError(FailureKind.OVERLOADED, "busy.") if number == 1 else reply("5")

    bench = Bench(session, StandInJudge(flaky))  # type: ignore[arg-type]
    events, run = await bench.finish(await bench.start(POINTWISE, single(1)))
    assert bench.waits == [7, 1.0]
    assert run.counts["ok"] == 1
    assert run.retries == 2
    assert any(isinstance(event, Noticed) and "slow down" in event.message for event in events)


async def test_one_bad_item_never_stops_a_run(session: SessionFile) -> None:
    def picky(request: JudgeRequest, number: int) -> object:
        if "answer 1" in request.messages[0].content:
            return ProviderError(FailureKind.BAD_REQUEST, "I will not read this.")
        return reply("no number here" if "answer 2" in request.messages[0].content else "3")

    judge = StandInJudge(picky)  # type: ignore[arg-type]
    bench = Bench(session, judge)
    _, run = await bench.finish(await bench.start(POINTWISE, single(4), concurrency=1))
    assert run.status is RunStatus.DONE
    assert {name: n for name, n in run.counts.items() if n} == {"ok": 2, "failed": 1, "unparsed": 1}
    found = await session.read(lambda repos: repos.judgements.for_run(run.id))
    failed = next(j for j in found if j.status is Status.FAILED)
    assert "I will not read this" in failed.outcome.detail and failed.outcome.score is None
    unparsed = next(j for j in found if j.status is Status.UNPARSED)
    assert unparsed.votes[0].raw == "no number here" and unparsed.outcome.score is None


@pytest.mark.parametrize("kind", [FailureKind.AUTH, FailureKind.NO_MODEL, FailureKind.UNREACHABLE])
async def test_a_hopeless_failure_ends_the_run_at_once(session: SessionFile, kind: FailureKind) -> None:
    judge = StandInJudge(lambda request, number: ProviderError(kind, "no.", "Set the key."))
    bench = Bench(session, judge)
    events, run = await bench.finish(await bench.start(POINTWISE, single(9), concurrency=1, max_retries=0))
    assert len(judge.asked) == 1
    assert run.status is RunStatus.HALTED
    ended = events[-1]
    assert isinstance(ended, RunEnded) and "Set the key" in ended.reason
    assert ended.cause is HaltCause.JUDGE
    assert run.done == 0


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (StorageError("the disk is full."), HaltCause.STORAGE),
        (NoJudgeError("no key."), HaltCause.JUDGE),
        (InputError("no such judge."), HaltCause.INPUT),
    ],
)
async def test_a_halted_run_says_what_halted_it(
    session: SessionFile, error: JudgetuiError, cause: HaltCause
) -> None:
    judge = StandInJudge(always("4"))

    def fail(name: str) -> JudgeProvider:
        raise error

    bench = Bench(session, judge)
    run = await bench.start(POINTWISE, single(2))
    bench.runner = Runner(session, fail)
    events, ended = await bench.finish(run)
    assert isinstance(events[-1], RunEnded) and events[-1].cause is cause
    assert ended.status is RunStatus.HALTED
    bench.runner = Runner(session, lambda _: judge)
    events, _ = await bench.finish(run)
    assert isinstance(events[-1], RunEnded) and events[-1].cause is None


async def test_a_run_is_changed_only_once_it_is_taken(
    session: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("lanes", "purse", "requirements"):
        monkeypatch.setattr(f"judgetui.services.{module}.price", lambda *arguments: 0.01)
    failing = [True]
    judge = StandInJudge(
        lambda request, number: (
            ProviderError(FailureKind.BAD_REQUEST, "no.")
            if failing[0] and "answer 1" in request.messages[0].content
            else reply("4")
        )
    )
    bench = Bench(session, judge)
    run = await bench.start(POINTWISE, single(3), budget=1.0)
    _, before = await bench.finish(run)
    assert before.counts == {"ok": 2, "failed": 1}
    before = await session.write(lambda repos: repos.runs.take(run.id, FOREIGN_OWNER))
    with pytest.raises(SessionBusyError):
        await anext(bench.runner.go(run, failed=True, budget=2.0))
    assert await session.read(lambda repos: repos.runs.get(run.id)) == before
    await session.write(lambda repos: repos.runs.set_status(run.id, RunStatus.CANCELLED))
    failing[0] = False
    events = [event async for event in bench.runner.go(run, failed=True, budget=2.0)]
    assert isinstance(events[0], RunStarted) and events[0].run.counts == {"ok": 2}
    assert events[0].run.settings.budget == 2.0
    assert isinstance(events[-1], RunEnded) and events[-1].run.counts == {"ok": 3}
    assert len(judge.asked) == 3 + 1


async def test_a_run_does_not_end_as_done_while_judgements_are_missing(
    session: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = StandInJudge(always("4"))
    bench = Bench(session, judge)
    run = await bench.start(POINTWISE, single(5), concurrency=1)
    add = Committer.add

    def lose_some(committer: Committer, result: Result) -> None:
        if result.judgement is None or result.judgement.position not in {1, 3}:
            add(committer, result)

    with monkeypatch.context() as patch:
        patch.setattr(Committer, "add", lose_some)
        events, ended = await bench.finish(run)
    assert (ended.status, ended.counts) == (RunStatus.HALTED, {"ok": 3})
    assert ended.reason.startswith("2 judgements are missing.")
    assert isinstance(events[-1], RunEnded) and events[-1].cause is HaltCause.STORAGE
    _, ended = await bench.finish(run)
    assert (ended.status, ended.reason, ended.counts) == (RunStatus.DONE, "", {"ok": 5})
    assert len(judge.asked) == 5 + 2


async def test_cancel_keeps_what_has_finished_and_resume_asks_only_for_the_rest(session: SessionFile) -> None:
    hold = asyncio.Event()

    def three_then_stuck(request: JudgeRequest, number: int) -> object:
        if number == 2:
            judge._hold = hold
        return reply("4")

    judge = StandInJudge(three_then_stuck)  # type: ignore[arg-type]
    bench = Bench(session, judge)
    run = await bench.start(POINTWISE, single(8), concurrency=1)
    judged = 0
    async for event in bench.runner.go(run):
        if isinstance(event, Judged):
            judged += 1
            if judged == 3:
                bench.runner.cancel()
        last = event
    assert isinstance(last, RunEnded)
    assert last.status is RunStatus.CANCELLED
    kept = await session.read(lambda repos: repos.judgements.done(run.id))
    assert len(kept) == 3
    judge._hold = None
    before = len(judge.asked)
    _, ended = await bench.finish(run)
    assert ended.status is RunStatus.DONE and ended.counts["ok"] == 8
    assert len(judge.asked) - before == 8 - 3


async def test_the_same_request_is_not_sent_twice_unless_asked_fresh(session: SessionFile) -> None:
    judge = StandInJudge(always("4"))
    bench = Bench(session, judge)
    first = await bench.start(POINTWISE, single(3))
    await bench.finish(first)
    again = await bench.runner.create(
        await session.read(lambda repos: repos.rubrics.version(first.version_id)),
        (judge.judge,),
        single(3),
        RunSettings(),
    )
    events, _ = await bench.finish(again)
    assert len(judge.asked) == 3
    assert events[-1].progress.cached == 3 and events[-1].progress.calls == 0
    await bench.finish(again, again=[1])
    assert len(judge.asked) == 4


@pytest.mark.parametrize(
    ("name", "endpoint", "known"),
    [
        ("lab:gpt-4o", "https://api.openai.com/v1/chat/completions", True),
        ("lab:gpt-4o", "https://llm.example.org/v1/chat/completions", False),
        ("openai:gpt-4o", "https://llm.example.org/v1/chat/completions", False),
    ],
)
async def test_what_a_judge_costs_depends_on_who_is_asked(
    session: SessionFile, name: str, endpoint: str, known: bool
) -> None:
    judge = StandInJudge(always("4"), name=name, endpoint=endpoint)
    expected = await estimate(POINTWISE, single(2), judge)
    assert (expected.cost_low is not None, expected.cost_high is not None) == (known, known)
    bench = Bench(session, judge)
    events, run = await bench.finish(await bench.start(POINTWISE, single(2)))
    one = price("openai:gpt-4o", Usage(10, 2, 4)) if known else None
    assert events[-1].progress.cost_usd == run.cost_usd == (None if one is None else pytest.approx(2 * one))


async def test_token_probabilities_make_the_score(session: SessionFile) -> None:
    token = TokenLogprob(
        "4", -0.7, (("4", -0.6931471805599453), ("5", -1.3862943611198906), ("x", -1.3862943611198906))
    )
    bench = Bench(session, StandInJudge(lambda r, n: reply("4", tokens=(token,)), logprobs=True))
    run = await bench.start(POINTWISE, single(1))
    await bench.finish(run)
    (judgement,) = await session.read(lambda repos: repos.judgements.for_run(run.id))
    assert judgement.outcome.source is ScoreSource.LOGPROBS
    assert judgement.outcome.score == pytest.approx((4 * 0.5 + 5 * 0.25) / 0.75)
    assert judgement.outcome.outside == pytest.approx(0.25)


async def test_a_judge_without_probabilities_is_sampled_and_the_user_told(session: SessionFile) -> None:
    texts = ["2", "4", "4", "4", "nothing", "4", "4", "4"]
    judge = StandInJudge(lambda r, n: reply(texts[n % len(texts)]), logprobs=None)
    bench = Bench(session, judge)
    run = await bench.start(POINTWISE, single(1), samples=4)
    events, _ = await bench.finish(run)
    (judgement,) = await session.read(lambda repos: repos.judgements.for_run(run.id))
    assert judgement.outcome.source is ScoreSource.SAMPLES
    assert judgement.outcome.score == 4.0
    assert "3 of 4" in judgement.outcome.detail
    assert any(isinstance(e, Noticed) and "log-probabilities" in e.message for e in events)
    assert await session.read(lambda repos: repos.runs.notices(run.id))


async def test_a_changed_model_name_is_told(session: SessionFile) -> None:
    judge = StandInJudge(lambda r, n: reply("4", model="one" if n < 2 else "two"))
    bench = Bench(session, judge)
    events, _ = await bench.finish(await bench.start(POINTWISE, single(4), concurrency=1))
    told = [event.message for event in events if isinstance(event, Noticed)]
    assert any("from one to two" in message for message in told)


async def test_nothing_is_stored_for_a_run_that_cannot_start(session: SessionFile) -> None:
    bench = Bench(session, StandInJudge(always("4")))
    version = await bench.version(POINTWISE)
    with pytest.raises(InputError):
        await bench.runner.create(version, ("standin:one",), [], RunSettings())
    with pytest.raises(ItemError, match="question"):
        await bench.runner.create(version, ("standin:one",), [Item("x", ("a",))], RunSettings())
    assert await session.read(lambda repos: repos.runs.all()) == []
