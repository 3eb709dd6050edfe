"""Runs: rubric version x judges x items, asked, retried, committed, and told as events."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from judgetui.core.events import (
    Advanced,
    HaltCause,
    Judged,
    Noticed,
    RunEnded,
    RunEvent,
    RunStarted,
)
from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.protocols.base import source_for
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.replies import failed_vote
from judgetui.core.rubric import Rubric
from judgetui.core.run import Run, RunItem, RunOrigin, RunSettings, RunStatus
from judgetui.core.session import Version
from judgetui.core.vote import JudgeRequest, ScoreSource, Vote
from judgetui.errors import InputError, ItemError, JudgetuiError, NoJudgeError, StorageError, TemplateError
from judgetui.providers.base import FailureKind, JudgeProvider, ProviderError
from judgetui.services.asking import Answer, Asker, Sleep
from judgetui.services.tally import Tally
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import current_owner
from judgetui.storage.repositories import Repositories

HEARTBEAT: Final = 15.0
"""Seconds between signs of life that other processes on the session can see."""

OpenJudge = Callable[[str], JudgeProvider]


def now() -> datetime:
    """The time of day, with its zone."""
    return datetime.now(UTC)


class RunHaltedError(JudgetuiError):
    """Every other call of the run would fail alike; `cause` says why."""

    def __init__(self, cause: ProviderError) -> None:
        super().__init__(cause.message, cause.hint)
        self.cause = cause


class Runner:
    """Creates runs in a session and takes one at a time to its end.

    Args:
        open_judge: gives the provider of a judge's name.
        clock: the time of day.
        timer: seconds on a clock that never goes back.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        session: SessionFile,
        open_judge: OpenJudge,
        *,
        clock: Callable[[], datetime] = now,
        timer: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._session = session
        self._open_judge = open_judge
        self._clock = clock
        self._timer = timer
        self._sleep = sleep
        self._work: asyncio.Task[None] | None = None
        self._cancelled = False

    async def create(
        self,
        version: Version,
        judges: Sequence[str],
        items: Sequence[Item],
        settings: RunSettings,
        origin: RunOrigin = RunOrigin.LIVE,
    ) -> Run:
        """Store a new run, ready to go.

        Raises:
            InputError: if there is nothing to judge or no judge.
            ItemError: if an item has not what the rubric needs.
            TemplateError: if the rubric's template cannot be rendered.
        """
        if not items:
            raise InputError("there are no items to judge.", "Add items that fit the rubric's protocol.")
        if not judges:
            raise InputError("no judge is chosen.", "Choose one, such as local:smollm2.")
        protocol = get_protocol(version.rubric.protocol)
        for item in items:
            protocol.plan(version.rubric, item, ScoreSource.SINGLE, settings.order)
        return await self._session.write(
            lambda repos: repos.runs.create(
                version.id, tuple(judges), settings, origin, items, current_owner()
            )
        )

    async def forget(self, run: Run, positions: Sequence[int]) -> None:
        """Drop the judgements at these positions, so that `go` asks for them again."""
        await self._session.write(
            lambda repos: [
                repos.judgements.remove_one(run.id, judge, position)
                for judge in run.judges
                for position in positions
            ]
        )

    def cancel(self) -> None:
        """Stop the run that is going: calls under way end, what has finished stays."""
        if self._work is not None:
            self._cancelled = True
            self._work.cancel()

    async def go(
        self, run: Run, *, fresh: bool = False, concurrency: int | None = None
    ) -> AsyncIterator[RunEvent]:
        """Judge whatever of the run has no judgement yet, and tell how it goes.

        The last event is always `RunEnded`, unless the consumer leaves early.

        Args:
            fresh: ask again even where the session holds the reply to the same request.
            concurrency: calls under way at once, at most, in place of what the run was made with.

        Raises:
            SessionBusyError: if another process is at this run.
            StorageError: if the session cannot even take down how the run ended.
        """
        session = self._session
        run = await session.write(lambda repos: repos.runs.take(run.id, current_owner()))
        if concurrency is not None:
            run = replace(run, settings=replace(run.settings, concurrency=concurrency))
        version = await session.read(lambda repos: repos.rubrics.version(run.version_id))
        items = await session.read(lambda repos: repos.runs.items(run.id))
        done = await session.read(lambda repos: repos.judgements.done(run.id))
        counts = Counter({name: n for name, n in run.counts.items() if name != "cancelled"})
        tally = Tally(run.id, run.total, counts, self._timer, began=self._timer())
        yield RunStarted(run, tally.progress())
        invocation = _Invocation(self._session, run, version, tally, self._clock, self._sleep, fresh)
        self._cancelled = False
        status, reason = RunStatus.CANCELLED, "stopped; what had finished is kept."
        cause: HaltCause | None = None
        self._work = asyncio.create_task(
            invocation.judge_all(
                self._open_judge, [(j, i) for j in run.judges for i in items if (j, i.position) not in done]
            )
        )
        try:
            while (event := await invocation.events.get()) is not None:
                yield event
            try:
                await self._work
                status, reason = RunStatus.DONE, ""
            except asyncio.CancelledError:
                if not self._cancelled:
                    raise
            except JudgetuiError as error:
                status, reason, cause = RunStatus.HALTED, str(error), _cause(error)
        finally:
            self._work.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self._work
            self._work = None
            await asyncio.shield(
                session.write(lambda repos: _end(repos, run.id, tally.retries, status, reason))
            )
        ended = await session.read(lambda repos: repos.runs.get(run.id))
        yield RunEnded(ended, status, reason, tally.progress(), cause)


class _Invocation:
    """One go at a run."""

    def __init__(
        self,
        session: SessionFile,
        run: Run,
        version: Version,
        tally: Tally,
        clock: Callable[[], datetime],
        sleep: Sleep,
        fresh: bool,
    ) -> None:
        self.events: asyncio.Queue[RunEvent | None] = asyncio.Queue()
        self._session = session
        self._run = run
        self._version = version
        self._tally = tally
        self._clock = clock
        self._rubric = _with_samples(version.rubric, run.settings.samples)
        self._protocol = get_protocol(version.rubric.protocol)
        self._asker = Asker(
            session, run.id, run.settings, clock=clock, sleep=sleep, on_wait=self._waiting, fresh=fresh
        )
        self._answered: set[str] = set()
        self._models: dict[str, str] = {}
        self._without_logprobs: set[str] = set()
        self._told: set[str] = set()

    async def judge_all(self, open_judge: OpenJudge, pending: Sequence[tuple[str, RunItem]]) -> None:
        """Judge every pending pair of judge and item; each judge has workers of its own.

        Raises:
            RunHaltedError: when going on is pointless.
            StorageError: when a result cannot be committed.
        """
        tasks = [asyncio.create_task(self._heartbeat())]
        workers: list[asyncio.Task[None]] = []
        try:
            for judge in self._run.judges:
                own = [item for name, item in pending if name == judge]
                if own:
                    provider = open_judge(judge)
                    at_once = min(self._run.settings.concurrency, len(own))
                    at_once = min(at_once, provider.capabilities.parallel or at_once)
                    shared = iter(own)
                    workers += [
                        asyncio.create_task(self._worker(provider, shared)) for _ in range(max(1, at_once))
                    ]
            tasks += workers
            if workers:
                done, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
                for worker in done:
                    worker.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.events.put_nowait(None)

    async def _heartbeat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            await self._session.write(lambda repos: repos.runs.heartbeat(self._run.id))

    async def _worker(self, provider: JudgeProvider, waiting: Iterator[RunItem]) -> None:
        for run_item in waiting:
            made = (provider.judge, run_item.position)
            self._tally.at_work.add(made)
            self.events.put_nowait(Advanced(self._tally.progress()))
            try:
                judgement = await self._judge(provider, run_item)
                await self._commit(judgement)
            finally:
                self._tally.at_work.discard(made)
            self._tally.counts[judgement.status.value] += 1
            self._tally.judged += 1
            self.events.put_nowait(Judged(judgement, self._tally.progress()))

    async def _commit(self, judgement: Judgement) -> None:
        await self._session.write(lambda repos: repos.judgements.put(judgement))

    async def _judge(self, provider: JudgeProvider, run_item: RunItem) -> Judgement:
        started = self._clock()
        votes = await self._votes(provider, run_item.item)
        costs = [self._tally.cost(provider.judge, vote.usage) for vote in votes if vote.call]
        return Judgement(
            run_id=self._run.id,
            position=run_item.position,
            item=run_item.item,
            item_hash=run_item.content_hash,
            rubric=self._run.rubric_name,
            rubric_hash=self._version.rubric_hash,
            protocol=self._version.rubric.protocol,
            judge=provider.judge,
            outcome=self._protocol.settled(self._rubric, run_item.item)
            or self._protocol.combine(self._rubric, votes),
            votes=tuple(votes),
            started=started,
            cost_usd=None if any(cost is None for cost in costs) else sum(cost or 0.0 for cost in costs),
        )

    async def _votes(self, provider: JudgeProvider, item: Item) -> list[Vote]:
        logprobs = (
            provider.capabilities.logprobs is not False and provider.judge not in self._without_logprobs
        )
        source = source_for(
            self._protocol,
            self._rubric,
            logprobs,
            self._run.settings.samples,
            decisions=provider.capabilities.decisions,
        )
        votes, had_logprobs = await self._cast(provider, item, source)
        answered = any(vote.call for vote in votes)
        if source is not ScoreSource.LOGPROBS or had_logprobs or not answered:
            return votes
        self._without_logprobs.add(provider.judge)
        await self._tell(
            f"{provider.judge} returns no log-probabilities; scores come from samples or single replies."
        )
        fallback = source_for(self._protocol, self._rubric, False, self._run.settings.samples)
        if fallback is ScoreSource.SINGLE:
            return votes
        return (await self._cast(provider, item, fallback))[0]

    async def _cast(
        self, provider: JudgeProvider, item: Item, source: ScoreSource
    ) -> tuple[list[Vote], bool]:
        """The votes of one item, and whether any reply carried log-probabilities."""
        try:
            requests = self._protocol.plan(self._rubric, item, source, self._run.settings.order)
        except (ItemError, TemplateError) as error:
            blank = JudgeRequest(messages=(), criterion=self._rubric.criteria[0].name)
            return [failed_vote(blank, str(error))], False
        votes: list[Vote] = []
        had_logprobs = False
        for request in requests:
            try:
                answer = await self._asker.ask(provider, request)
            except ProviderError as error:
                self._halt_if_hopeless(provider, error)
                votes.append(failed_vote(request, str(error)))
                break
            await self._notice(provider, answer)
            had_logprobs = had_logprobs or bool(answer.reply.logprobs)
            vote = self._protocol.parse(self._rubric, request, answer.reply)
            votes.append(replace(vote, call=answer.key))
            self.events.put_nowait(Advanced(self._tally.progress()))
        return votes, had_logprobs

    def _halt_if_hopeless(self, provider: JudgeProvider, error: ProviderError) -> None:
        unheard = error.kind is FailureKind.UNREACHABLE and provider.judge not in self._answered
        if error.kind.ends_run or unheard:
            raise RunHaltedError(error) from None

    async def _notice(self, provider: JudgeProvider, answer: Answer) -> None:
        judge, reply = provider.judge, answer.reply
        self._answered.add(judge)
        self._tally.add(judge, answer)
        for part, why in reply.dropped.items():
            await self._tell(f"{judge}: {part} was not sent as asked: {why}")
        known = self._models.setdefault(judge, reply.model)
        if reply.model and reply.model != known:
            await self._tell(f"{judge}: the server's model changed from {known} to {reply.model}.")
            self._models[judge] = reply.model

    def _waiting(self, seconds: float, error: ProviderError) -> None:
        self._tally.retries += 1
        self.events.put_nowait(
            Noticed(f"{error.message} Trying again in {max(1, round(seconds))} s.", self._tally.progress())
        )

    async def _tell(self, message: str) -> None:
        """Tell once a run, and keep it with the run."""
        if message in self._told:
            return
        self._told.add(message)
        self.events.put_nowait(Noticed(message, self._tally.progress()))
        await self._session.write(lambda repos: repos.runs.add_notice(self._run.id, message))


def _cause(error: JudgetuiError) -> HaltCause:
    if isinstance(error, StorageError):
        return HaltCause.STORAGE
    if isinstance(error, RunHaltedError | NoJudgeError | ProviderError):
        return HaltCause.JUDGE
    return HaltCause.INPUT


def _end(repos: Repositories, run_id: int, retries: int, status: RunStatus, reason: str) -> None:
    repos.runs.add_retries(run_id, retries)
    repos.runs.set_status(run_id, status, reason)


def _with_samples(rubric: Rubric, samples: int | None) -> Rubric:
    if samples is None:
        return rubric
    return replace(rubric, sampling=replace(rubric.sampling, n=samples))
