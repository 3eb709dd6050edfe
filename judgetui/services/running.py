"""Runs: rubric version x judges x items, asked, retried, committed, and told as events."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from judgetui.config.settings import Limits
from judgetui.core.batch import AT_PROVIDER
from judgetui.core.events import HaltCause, RunEnded, RunEvent, RunStarted
from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.protocols.prompts import Prompter
from judgetui.core.protocols.questions import require_questions
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.run import Run, RunOrigin, RunSettings, RunStatus, StoredItem
from judgetui.core.session import Version
from judgetui.core.vote import ScoreSource, Status
from judgetui.errors import InputError, JudgetuiError, NoJudgeError, StorageError
from judgetui.providers.base import JudgeProvider, ProviderError
from judgetui.services.batching import BatchCancelledError, Batching
from judgetui.services.cascading import Division
from judgetui.services.committing import Committer
from judgetui.services.desk import Desk
from judgetui.services.lanes import Lane
from judgetui.services.making import Maker
from judgetui.services.pacing import FIRST_WINDOW, LARGEST_WINDOW, Pace, Sleep
from judgetui.services.purse import Prepaid, Purse
from judgetui.services.requirements import require_batches, require_cascade, require_prices
from judgetui.services.retrying import BudgetSpentError, RunHaltedError
from judgetui.services.tally import Tally
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import current_owner
from judgetui.storage.repositories import Repositories

HEARTBEAT: Final = 15.0
"""Seconds between signs of life that other processes on the session can see."""

STORED_AT_ONCE: Final = 500
"""Items whose contents are stored in one go, so that other processes get their turn."""

OpenJudge = Callable[[str], JudgeProvider]

_NO_LIMITS: Final[Mapping[str, Limits]] = MappingProxyType({})


def now() -> datetime:
    """The time of day, with its zone."""
    return datetime.now(UTC)


class Runner:
    """Creates runs in a session and takes one at a time to its end.

    Args:
        open_judge: gives the provider of a judge's name.
        limits: what a provider or profile may be asked a minute, by its name.
        clock: the time of day.
        timer: seconds on a clock that never goes back.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        session: SessionFile,
        open_judge: OpenJudge,
        *,
        limits: Mapping[str, Limits] = _NO_LIMITS,
        clock: Callable[[], datetime] = now,
        timer: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._session = session
        self._open_judge = open_judge
        self._limits = limits
        self._clock = clock
        self._timer = timer
        self._sleep = sleep
        self._work: asyncio.Task[None] | None = None
        self._desk: Desk | None = None
        self._focus: int | None = None
        self._cancelled = False

    async def create(
        self,
        version: Version,
        judges: Sequence[str],
        items: Iterable[Item],
        settings: RunSettings,
        origin: RunOrigin = RunOrigin.LIVE,
    ) -> Run:
        """Store a new run, ready to go.

        Args:
            items: taken one after the other, so that they need not all be held at once.

        Raises:
            InputError: if there is nothing to judge or no judge, or a judge cannot be asked in this way.
            NoJudgeError: if a judge is not set up.
            ItemError: if an item has not what the rubric needs.
            TemplateError: if the rubric's template cannot be rendered.
        """
        if not judges:
            raise InputError("no judge is chosen.", "Choose one, such as local:smollm2.")
        providers = [self._open_judge(judge) for judge in judges]
        require_prices(settings.budget, providers)
        require_batches(settings, providers)
        protocol = get_protocol(version.rubric.protocol)
        if any(provider.capabilities.decisions for provider in providers):
            require_questions(protocol, version.rubric)
        prompter = Prompter(protocol, version.rubric, ScoreSource.SINGLE, settings.order)
        stored: list[StoredItem] = []
        rest = iter(items)
        while portion := list(islice(rest, STORED_AT_ONCE)):
            for item in portion:
                prompter.requests(item)
            if not stored:
                require_cascade(version, providers, settings, portion[0])
            stored += await self._session.write(partial(_store, portion))
            await asyncio.sleep(0)
        if not stored:
            raise InputError("there are no items to judge.", "Add items that fit the rubric's protocol.")
        return await self._session.write(
            lambda repos: repos.runs.create(
                version.id, tuple(judges), settings, origin, stored, current_owner()
            )
        )

    def cancel(self) -> None:
        """Stop the run that is going: calls under way end, what has finished stays."""
        self._cancelled = True
        if self._work is not None:
            self._work.cancel()

    def pause(self, paused: bool = True) -> None:
        """Send no further calls of the run that is going until told to go on; calls under way are finished."""
        if self._desk is not None:
            self._desk.pause(paused)

    def focus(self, position: int | None) -> None:
        """Ask first about the item at this position, and stream its replies; None for no item."""
        self._focus = position
        if self._desk is not None:
            self._desk.focus = position

    async def go(
        self,
        run: Run,
        *,
        failed: bool = False,
        again: Collection[int] = (),
        budget: float | None = None,
        concurrency: int | None = None,
    ) -> AsyncIterator[RunEvent]:
        """Judge whatever of the run has no judgement yet, and tell how it goes.

        The first event is `RunStarted`, with the run as it is once it has been taken; the last is always `RunEnded`,
        unless the consumer leaves early.

        Args:
            failed: judge again where a judgement's calls failed.
            again: positions to judge again, with replies that the session does not hold.
            budget: US dollars that the run may cost over its life, in place of what it was made with.
            concurrency: calls under way at once, to begin with and at most, in place of what the run was made
                with.

        Raises:
            SessionBusyError: if another process is at this run.
            StorageError: if the session cannot even take down how the run ended.
        """
        session = self._session
        run = await session.write(lambda repos: _take(repos, run.id, failed, again, budget))
        if concurrency is not None:
            run = replace(run, settings=replace(run.settings, concurrency=concurrency))
        counts = Counter({name: n for name, n in run.counts.items() if name != "cancelled"})
        tally = Tally(run.id, run.total, counts, self._timer, began=self._timer())
        desk = self._desk = Desk(session, run.id, tally)
        desk.focus = self._focus
        self._cancelled = False
        status, reason = RunStatus.CANCELLED, "stopped; what had finished is kept."
        cause: HaltCause | None = None
        work = self._work = asyncio.create_task(self._judge_all(run, desk, again))
        work.add_done_callback(lambda _: desk.events.put_nowait(None))
        try:
            yield RunStarted(run, tally.progress())
            while (event := await desk.events.get()) is not None:
                yield event
            try:
                await work
                status, reason = RunStatus.DONE, ""
            except asyncio.CancelledError:
                if not self._cancelled:
                    raise
            except BudgetSpentError as error:
                status, reason = RunStatus.PAUSED, str(error)
            except BatchCancelledError as error:
                status, reason = RunStatus.CANCELLED, str(error)
            except JudgetuiError as error:
                status, reason, cause = RunStatus.HALTED, str(error), _cause(error)
        finally:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await work
            self._work = self._desk = None
            await asyncio.shield(
                session.write(lambda repos: _end(repos, run.id, tally.retries, status, reason))
            )
        ended = await session.read(lambda repos: repos.runs.get(run.id))
        yield RunEnded(ended, ended.status, ended.reason, tally.progress(), cause)

    async def _judge_all(self, run: Run, desk: Desk, again: Collection[int]) -> None:
        """Make every judgement that is missing; each endpoint has a lane of its own.

        Raises:
            RunHaltedError: when going on is pointless.
            BudgetSpentError: when the budget leaves no room for another call.
            StorageError: when a result cannot be committed, or did not come into the session.
        """
        session = self._session

        def committed(judgements: Sequence[Judgement]) -> None:
            for judgement in judgements:
                division.judged(judgement)
            desk.judged(judgements, division.left)

        version = await session.read(lambda repos: repos.rubrics.version(run.version_id))
        done = await session.read(lambda repos: repos.judgements.done(run.id))
        division = Division(run, done)
        await division.resume(session, run)
        desk.tally.total = sum(desk.tally.counts.values()) + division.left
        committer = Committer(session, run.id, committed)
        maker = Maker(run, version, self._clock)
        providers = [self._open_judge(judge) for judge in run.judges]
        require_prices(run.settings.budget, providers)
        require_batches(run.settings, providers)
        spent = await session.read(lambda repos: repos.runs.spent(run.id))
        purse = Purse(run.settings.budget, spent)
        prepaid = Prepaid()
        if run.settings.batch:
            batching = Batching(
                session,
                providers,
                maker=maker,
                done=done,
                again=again,
                desk=desk,
                purse=purse,
                sleep=self._sleep,
            )
            await self._drive(run, [batching.run()], committer)
            prepaid = batching.prepaid
        behind: dict[str, list[JudgeProvider]] = {}
        for provider in providers:
            behind.setdefault(provider.endpoint, []).append(provider)
        paces = {endpoint: self._pace(run.settings, members) for endpoint, members in behind.items()}
        desk.tally.at_once = lambda: sum(pace.window for pace in paces.values())
        lanes = [
            Lane(
                session,
                members,
                {provider.judge: division.feeds[provider.judge] for provider in members},
                maker=maker,
                desk=desk,
                pace=paces[endpoint],
                purse=purse,
                prepaid=prepaid,
                committer=committer,
                timer=self._timer,
                sleep=self._sleep,
                again=again,
            )
            for endpoint, members in behind.items()
        ]
        division.watch([lane.changed for lane in lanes])
        try:
            await self._drive(run, [lane.run() for lane in lanes], committer)
        finally:
            # Whatever ended the run, what came back is kept.
            await asyncio.shield(committer.flush())
        if division.left:
            missing = "1 judgement is" if division.left == 1 else f"{division.left} judgements are"
            raise StorageError(f"{missing} missing.", "Going on with the run asks for what is missing.")

    async def _drive(self, run: Run, work: Sequence[Coroutine[Any, Any, None]], committer: Committer) -> None:
        """Do some work to its end, with the committer and the heartbeat beside it.

        Raises:
            JudgetuiError: the first thing that went wrong in any of them.
        """
        try:
            async with asyncio.TaskGroup() as group:
                beside = [group.create_task(committer.run()), group.create_task(self._heartbeat(run.id))]
                working = [group.create_task(each) for each in work]
                await asyncio.wait(working)
                for task in beside:
                    task.cancel()
        except BaseExceptionGroup as errors:
            raise _first(errors) from None

    async def _heartbeat(self, run_id: int) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            await self._session.write(lambda repos: repos.runs.heartbeat(run_id))

    def _pace(self, settings: RunSettings, judges: Sequence[JudgeProvider]) -> Pace:
        """How fast the endpoint of these judges is asked."""
        window, most = settings.concurrency or FIRST_WINDOW, settings.concurrency or LARGEST_WINDOW
        parallel = judges[0].capabilities.parallel
        limits = self._limits.get(judges[0].judge.partition(":")[0], Limits())
        return Pace(
            min(window, parallel or window),
            min(most, parallel or most),
            timer=self._timer,
            sleep=self._sleep,
            requests=limits.requests_per_minute,
            tokens=limits.tokens_per_minute,
        )


def _first(errors: BaseExceptionGroup) -> BaseException:
    """The first error of a group that is no group itself."""
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _store(items: Sequence[Item], repos: Repositories) -> list[StoredItem]:
    return repos.runs.store_contents(items)


def _take(
    repos: Repositories, run_id: int, failed: bool, again: Collection[int], budget: float | None
) -> Run:
    """Make a run this process's own, and only then change what it has and may cost."""
    run = repos.runs.take(run_id, current_owner())
    for judge in run.judges:
        for position in again:
            repos.judgements.remove_one(run_id, judge, position)
    if failed:
        repos.judgements.remove(run_id, [Status.FAILED])
    if budget is not None:
        repos.runs.set_budget(run_id, budget)
    return repos.runs.get(run_id)


def _cause(error: JudgetuiError) -> HaltCause:
    if isinstance(error, StorageError):
        return HaltCause.STORAGE
    if isinstance(error, RunHaltedError | NoJudgeError | ProviderError):
        return HaltCause.JUDGE
    return HaltCause.INPUT


def _end(repos: Repositories, run_id: int, retries: int, status: RunStatus, reason: str) -> None:
    repos.runs.add_retries(run_id, retries)
    if status is RunStatus.CANCELLED and repos.batches.at_provider(run_id):
        status, reason = RunStatus.WAITING, AT_PROVIDER
    repos.runs.set_status(run_id, status, reason)
