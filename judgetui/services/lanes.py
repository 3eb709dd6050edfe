"""A lane of calls to one endpoint: what is next, when it may start, and what becomes of it."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Final

from judgetui.core.reply import JudgeReply, Usage
from judgetui.providers.base import FailureKind, JudgeProvider, OnText, ProviderError
from judgetui.providers.prices import price
from judgetui.services.breath import Breath
from judgetui.services.cascading import Feed
from judgetui.services.committing import Committer, Result
from judgetui.services.desk import Desk
from judgetui.services.making import Job, Maker, Making
from judgetui.services.pacing import Pace, Sleep
from judgetui.services.purse import Prepaid, Purse
from judgetui.services.retrying import (
    LONGEST_HOLD,
    OUTAGE,
    BudgetSpentError,
    RunHaltedError,
    may_try_again,
    wait_before,
)
from judgetui.services.sharing import Sharing
from judgetui.storage.database import SessionFile

PORTION: Final = 64
"""Items that are planned at once."""


class Lane:
    """Makes the judgements of all judges behind one endpoint.

    Args:
        feeds: what each judge has to judge; more may come while a feed is open.
        prepaid: what the run's batches brought.
        again: positions that are judged again: never answered from the session, but with what the run's batches brought
            just now.
    """

    def __init__(
        self,
        session: SessionFile,
        providers: Sequence[JudgeProvider],
        feeds: dict[str, Feed],
        *,
        maker: Maker,
        desk: Desk,
        pace: Pace,
        purse: Purse,
        prepaid: Prepaid,
        committer: Committer,
        timer: Callable[[], float],
        sleep: Sleep,
        again: Collection[int],
    ) -> None:
        self._session = session
        self._providers = providers
        self._feeds = feeds
        self._maker = maker
        self._desk = desk
        self._pace = pace
        self._purse = purse
        self._prepaid = prepaid
        self._committer = committer
        self._timer = timer
        self._sleep = sleep
        self._again = again
        self._sharing = Sharing(committer.unsaved)
        self._ready: deque[Job] = deque()
        self._late: list[tuple[float, int, Job]] = []
        self._order = 0
        self._making = 0
        self._outage = 0
        self.changed = asyncio.Event()

    async def run(self) -> None:
        """Make them all.

        Raises:
            RunHaltedError: when going on is pointless.
            BudgetSpentError: when no further call may be sent.
            StorageError: if the session cannot be read.
        """
        for provider in self._providers:
            await self._desk.greet(provider)
        async with asyncio.TaskGroup() as calls:
            while True:
                await self._desk.going.wait()
                job = await self._next()
                if job is None:
                    return
                if not (self._pace.open and self._desk.going.is_set()):
                    self._ready.appendleft(job)
                    await self._pace.room()
                    continue
                if (
                    self._maker.is_outdated(job.making)
                    and job.making.provider.judge not in self._prepaid.sources
                ):
                    await self._plan_again(job)
                    continue
                if not await self._afford(job):
                    continue
                number = self._pace.start(job.tokens)
                self._purse.reserve(job.most)
                job.making.under_way += 1
                calls.create_task(self._send(job, number))

    # what is next

    async def _next(self) -> Job | None:
        """The next call to make; None when there are none left and none can come."""
        job: Job | None
        while True:
            while self._late:
                due, _, job = self._late[0]
                if due > self._timer() and not job.making.over:
                    break
                heapq.heappop(self._late)
                if not job.making.over:
                    return job
                self._give_up(job)
            job = await self._focused() or self._first_ready()
            if job is not None:
                return job
            if await self._plan_more():
                continue
            self.changed.clear()
            if self._late:
                await self._wait(self._late[0][0] - self._timer())
            elif self._making or any(feed.open for feed in self._feeds.values()):
                await self.changed.wait()
            else:
                return None

    def _first_ready(self) -> Job | None:
        while self._ready:
            job = self._ready.popleft()
            if not job.making.over:
                return job
            self._give_up(job)
        return None

    async def _focused(self) -> Job | None:
        """A call for the item on screen, which goes before all others."""
        focus = self._desk.focus
        if focus is None:
            return None
        for provider in self._providers:
            judge = provider.judge
            if self._feeds[judge].take_early(focus):
                await self._plan(provider, [focus])
        for job in self._ready:
            if job.making.run_item.position == focus and not job.making.over:
                self._ready.remove(job)
                return job
        return None

    async def _plan_more(self) -> bool:
        """Plan the next portion of each judge's items; False when there were none."""
        found = False
        for provider in self._providers:
            positions = self._feeds[provider.judge].take(PORTION)
            if positions:
                found = True
                await self._plan(provider, positions)
        return found

    async def _plan(self, provider: JudgeProvider, positions: list[int]) -> None:
        """Plan judgements; those that the session's replies complete are complete at once."""
        run_id = self._maker.run.id
        items = await self._session.read(lambda repos: repos.runs.items_at(run_id, positions))
        source = self._prepaid.sources.get(provider.judge) or self._maker.source(provider)
        breath = Breath()
        makings: list[Making] = []
        for run_item in items:
            making = self._maker.begin(provider, run_item, source)
            making.costs += self._prepaid.beside(making.place, making.keys)
            makings.append(making)
            await breath.take()
        self._making += len(makings)
        await self._look_up(makings)

    async def _look_up(self, makings: Sequence[Making]) -> None:
        """Use what the session knows of some judgements."""
        breath = Breath()
        with self._sharing.looking():
            for making, known in zip(makings, await self._known(makings), strict=True):
                await self._use(making, known)
                await breath.take()

    async def _known(self, makings: Sequence[Making]) -> list[dict[str, tuple[int, JudgeReply]]]:
        """The replies that the session holds already to the requests of each judgement."""
        run, brought = self._maker.run, self._prepaid.brought
        own = run.id if run.settings.fresh else None
        wanted = [
            [key for key in making.keys if making.run_item.position not in self._again or key in brought]
            for making in makings
        ]
        keys = [key for each in wanted for key in each]
        stored = await self._session.read(lambda repos: repos.calls.replies(keys, own))
        return [{key: stored[key] for key in each if key in stored} for each in wanted]

    async def _use(self, making: Making, known: dict[str, tuple[int, JudgeReply]]) -> None:
        """Answer what the session can answer, and line up calls for the rest."""
        for index, key in enumerate(making.keys):
            if key in known:
                number, reply = known[key]
                making.used.append(number)
                self._desk.tally.cached += key not in self._prepaid.brought
                self._maker.take(making, index, reply, self._prepaid.cost(making.place, key))
            elif recent := self._sharing.recent(key):
                self._desk.tally.cached += 1
                self._maker.take(making, index, recent, 0.0)
        if making.complete:
            await self._complete(making)
            return
        self._ready += making.jobs([index for index in making.open if self._sharing.claim(making, index)])

    async def _plan_again(self, job: Job) -> None:
        """Plan a judgement anew, now that more is known of its judge."""
        old = job.making
        old.replaced = True
        self._give_up(job)
        making = self._maker.begin(old.provider, old.run_item, self._maker.source(old.provider))
        await self._look_up([making])

    def _give_up(self, job: Job) -> None:
        """Have others that wait for the same replies ask for them."""
        for key in job.keys:
            if following := self._sharing.given_up(key):
                making, index = following
                self._ready += making.jobs([index])

    # sending

    async def _afford(self, job: Job) -> bool:
        """Whether a call may be sent now; where calls under way may leave room for it, it is put back.

        Raises:
            BudgetSpentError: when there is no room and none will come.
        """
        job.most = self._purse.most(job.making.provider, job.requests)
        if self._purse.has(job.most):
            return True
        self._ready.appendleft(job)
        if not self._purse.calls:
            budget = self._purse.budget or 0.0
            raise BudgetSpentError(
                f"${self._purse.spent:.4f} of the budget of ${budget:g} is spent, and the next call may cost "
                f"${job.most:.4f}."
            )
        await self._purse.settled()
        return False

    async def _send(self, job: Job, number: int) -> None:
        making, settings = job.making, self._maker.run.settings
        provider, requests = making.provider, job.requests
        self._desk.tally.at_work.add(making.place)
        self._desk.advanced()
        try:
            replies = await provider.ask_together(
                requests, timeout=settings.timeout, on_text=self._on_text(job)
            )
        except ProviderError as error:
            await self._failed(job, number, error)
        else:
            self._pace.answered()
            self._outage = 0
            await self._answered(job, replies)
        finally:
            self._pace.end()
            self.changed.set()

    def _on_text(self, job: Job) -> OnText | None:
        """Where a reply is streamed to: to the screen, if its item is there."""
        position = job.making.run_item.position
        if position != self._desk.focus or len(job.indices) > 1:
            return None
        judge, request, attempt = job.making.provider.judge, job.requests[0], job.attempt
        return lambda text: self._desk.written(judge, position, request, attempt, text)

    async def _answered(self, job: Job, replies: Sequence[JudgeReply]) -> None:
        making = job.making
        provider = making.provider
        making.under_way -= 1
        usage = sum((reply.usage for reply in replies), Usage())
        costs = [price(provider.judge, reply.usage, provider.endpoint) for reply in replies]
        cost = None if None in costs else sum(each or 0.0 for each in costs)
        counted = self._purse.settle(job.most, cost)
        pairs = zip(job.keys, replies, strict=False)
        alike = [(self._sharing.answered(key, reply), reply) for key, reply in pairs]
        self._purse.learn(provider.judge, job.requests, usage)
        self._desk.tally.add(usage, cost)
        for index, reply, each in zip(job.indices, replies, costs, strict=False):
            making.calls.append((self._maker.call(making, index, reply), counted))
            counted = None if counted is None else 0.0  # all of it with the first of them
            self._maker.take(making, index, reply, each)
        # What came back is on its way into the session before anything is waited for.
        if making.complete:
            await self._complete(making)
        else:
            self._commit(making)
            self._ready.extendleft(reversed(making.jobs(job.indices[len(replies) :])))
        for waiting, reply in alike:
            for other, index in waiting:
                await self._share(other, index, reply)
        for reply in replies:
            await self._desk.heard(provider, reply)

    async def _share(self, making: Making, index: int, reply: JudgeReply) -> None:
        """Answer a request with the reply to one like it, which is on its way into the session."""
        self._desk.tally.cached += 1
        self._maker.take(making, index, reply, 0.0)
        if making.complete:
            await self._complete(making)

    async def _failed(self, job: Job, number: int, error: ProviderError) -> None:
        """Try again later, stop the run, or let the judgement be a failed one."""
        making = job.making
        making.under_way -= 1
        paid = error.kind in {FailureKind.TIMEOUT, FailureKind.MALFORMED}
        if lost := self._purse.settle(job.most, None if paid else 0.0):
            run_id = self._maker.run.id
            await self._session.write(lambda repos: repos.runs.lose(run_id, lost))
        if error.kind.is_crowding:
            wait = error.retry_after
            self._pace.refused(number, None if wait is None else min(wait, LONGEST_HOLD))
        if may_try_again(error, job, self._maker.run.settings.max_retries, self._desk):
            wait = wait_before(error, job.attempt)
            self._desk.waiting(wait, error)
            job.attempt += 1
            job.crowded += error.kind.is_crowding
            self._order += 1
            heapq.heappush(self._late, (self._timer() + wait, self._order, job))
            return
        away = error.kind is FailureKind.UNREACHABLE or error.kind.is_crowding
        self._outage = self._outage + 1 if away else 0
        unheard = making.provider.judge not in self._desk.answered
        alone = error.kind in {FailureKind.UNREACHABLE, FailureKind.FORBIDDEN} and unheard
        if error.kind.ends_run or alone or self._outage >= OUTAGE:
            raise RunHaltedError(error) from None
        self._maker.fail(making, job.indices[0], str(error))
        self._give_up(job)
        if making.complete:
            await self._complete(making)

    # what becomes of it

    async def _complete(self, making: Making) -> None:
        judge = making.provider.judge
        if self._maker.lacks_logprobs(making):
            again = self._maker.fall_back(making)
            self._commit(making)
            await self._desk.tell(
                f"{judge} returns no log-probabilities; scores come from samples or single replies."
            )
            if again:
                await self._look_up([making])
                return
        self._making -= 1
        self._desk.tally.at_work.discard(making.place)
        self._commit(making, done=True)
        self.changed.set()

    def _commit(self, making: Making, *, done: bool = False) -> None:
        """Have what is new committed, with the judgement when it is complete."""
        calls, making.calls = tuple(making.calls), []
        used, making.used = tuple(making.used), []
        judgement = self._maker.judgement(making) if done else None
        if calls or used or judgement is not None:
            self._committer.add(Result(calls, used, judgement))

    async def _wait(self, seconds: float) -> None:
        """Wait so long, or until something changes."""
        sleeping = asyncio.ensure_future(self._sleep(max(0.0, seconds)))
        woken = asyncio.ensure_future(self.changed.wait())
        try:
            await asyncio.wait((sleeping, woken), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            woken.cancel()
