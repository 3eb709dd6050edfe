"""Runs by batch: calls handed to providers' batch services, waited for, and taken into the session.

Every step is noted in the session before the next one touches the outside, and what may have been done is looked for
there before it is done again. So a run goes on after a crash between any two steps, and nothing is paid for twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Final

from judgetui.core.batch import Batch, BatchedCall, BatchStep
from judgetui.core.events import BatchProgress
from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.run import Call
from judgetui.errors import JudgetuiError
from judgetui.providers.base import FailureKind, JudgeProvider, ProviderError
from judgetui.providers.batches import BatchResult, BatchService, BatchState, BatchStatus
from judgetui.providers.prices import BATCH_SHARE, price
from judgetui.services.batch_plans import PORTION, Planner, new_token, number_of, store_plans
from judgetui.services.breath import Breath
from judgetui.services.cascading import Place
from judgetui.services.committing import add_paid
from judgetui.services.desk import Desk
from judgetui.services.making import Job, Maker
from judgetui.services.pacing import Sleep
from judgetui.services.patience import TRIES, Patience
from judgetui.services.purse import Prepaid, Purse
from judgetui.services.retrying import BudgetSpentError, RunHaltedError
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

FIRST_LOOK: Final = 10.0
"""Seconds between the first two looks at a batch; each further time is longer by half."""

LONGEST_LOOK: Final = 300.0
"""Seconds between two looks at most."""


class BatchCancelledError(JudgetuiError):
    """Somebody cancelled a batch at the provider."""


class Batching:
    """The part of a run that goes by batch.

    Args:
        providers: the run's judges, all of which have a batch service.
        done: what is judged already.

    Attributes:
        prepaid: what it brought.
    """

    def __init__(
        self,
        session: SessionFile,
        providers: Sequence[JudgeProvider],
        *,
        maker: Maker,
        done: Collection[Place],
        again: Collection[int],
        desk: Desk,
        purse: Purse,
        sleep: Sleep,
    ) -> None:
        self.prepaid = Prepaid()
        self._session = session
        self._providers = {provider.judge: provider for provider in providers}
        self._run = maker.run
        self._maker = maker
        self._planner = Planner(session, maker, purse, done=done, again=again)
        self._done = done
        self._desk = desk
        self._purse = purse
        self._sleep = sleep
        self._patience = Patience(desk, sleep)
        self._others: set[str] = set()

    async def run(self) -> None:
        """Hand in what is missing, wait for it, and take it.

        Raises:
            RunHaltedError: when a provider refuses what going on depends on.
            BudgetSpentError: when the budget does not allow for what the batches may cost.
            BatchCancelledError: when somebody cancelled one.
            StorageError: if the session cannot be read or written.
        """
        for provider in self._providers.values():
            await self._desk.greet(provider)
        asked = await self._count_paid()
        batches = await self._batches()
        if not batches:
            await self._plan(asked)
            batches = await self._batches()
        self.prepaid.sources |= {batch.judge: batch.source for batch in batches}
        open_ones = [batch for batch in batches if batch.step is not BatchStep.TAKEN]
        await self._follow([await self._submit(batch) for batch in open_ones])

    # before

    async def _batches(self) -> list[Batch]:
        found = await self._session.read(lambda repos: repos.batches.for_run(self._run.id))
        return [batch for batch in found if batch.step is not BatchStep.FIRST]

    async def _count_paid(self) -> dict[str, tuple[str, ...]]:
        """Take in what an earlier go at the run has paid for.

        Returns:
            Of each judge, the keys of some replies that came.
        """
        asked: dict[str, tuple[str, ...]] = {}
        for judge, call in await self._session.read(lambda repos: repos.batches.paid(self._run.id)):
            costs = call.costs or ()
            asked[judge] = call.keys
            self.prepaid.add((judge, call.position), call.keys, costs)
            if (judge, call.position) not in self._done:
                self._purse.spend(sum(cost or 0.0 for cost in costs))
        return asked

    async def _plan(self, asked: Mapping[str, tuple[str, ...]]) -> None:
        """Plan batches of all that is missing, as soon as each judge has answered one call.

        Args:
            asked: of the judges that have, the keys of the replies.
        """
        plans = []
        for judge, provider in self._providers.items():
            known = asked[judge] if judge in asked else await self._ask_first(provider)
            plans.append(await self._planner.plan(provider, _service(provider, provider.learned), known))
        most = sum(plan.most for plan in plans)
        if not self._purse.has(most):
            raise BudgetSpentError(
                f"the batch may cost ${most:.4f} at most, and ${self._purse.spent:.4f} of the budget of "
                f"${self._purse.budget or 0.0:g} is spent."
            )
        await self._session.write(partial(store_plans, self._run.id, plans))

    async def _ask_first(self, provider: JudgeProvider) -> tuple[str, ...]:
        """Make one call by itself, so that a part that the model refuses is not refused in each call of a batch.

        Returns:
            The keys of the replies.
        """
        job = await self._planner.first(provider)
        if job is None:
            return ()
        most = self._purse.most(provider, job.requests)
        if not self._purse.has(most):
            raise BudgetSpentError(f"the first call may cost ${most:.4f}, which is more than the budget has.")
        timeout = self._run.settings.timeout
        try:
            replies = await self._patience.result(
                partial(provider.ask_together, job.requests, timeout=timeout)
            )
        except RunHaltedError as halted:
            if halted.cause.kind in {FailureKind.BAD_REQUEST, FailureKind.TOO_LONG}:
                return ()  # it may lie in this item; the others are asked all the same
            raise
        costs = [price(provider.judge, reply.usage, provider.endpoint) for reply in replies]
        call = BatchedCall(0, job.making.run_item.position, job.keys, tuple(costs))
        calls = self._calls(job, replies)

        def store(repos: Repositories) -> None:
            repos.batches.add(
                self._run.id, provider.judge, BatchStep.FIRST, new_token(), job.making.source, {}, [call]
            )
            add_paid(repos, self._run.id, zip(calls, costs, strict=True))

        await self._session.write(store)
        await self._count(provider, job, replies, costs, most)
        return job.keys[: len(replies)]

    # handing in

    async def _submit(self, batch: Batch) -> Batch:
        """The batch, under way at its provider."""
        if batch.step is BatchStep.SUBMITTED:
            return batch
        await self._desk.going.wait()
        provider = self._providers[batch.judge]
        service = _service(provider, batch.learned)
        lines: list[bytes] = []
        may_be_there = batch.step is BatchStep.UPLOADED
        if not may_be_there:
            lines = await self._planner.lines(provider, service, batch)
            upload = await self._patience.result(partial(service.upload, lines))
            batch = await self._session.write(lambda repos: repos.batches.uploaded(batch.id, upload))
        elif not batch.upload:
            lines = await self._planner.lines(provider, service, batch)
        remote = await self._start(service, batch, lines, may_be_there)
        batch = await self._session.write(lambda repos: repos.batches.submitted(batch.id, remote))
        await self._desk.tell(f"{batch.judge}: {batch.requests} calls are at the provider, as {remote}.")
        return batch

    async def _start(
        self, service: BatchService, batch: Batch, lines: Sequence[bytes], may_be_there: bool
    ) -> str:
        """The name of the batch at the provider: of one that is there already, else of one that is started."""
        others = self._others | await self._session.read(lambda repos: repos.batches.remotes())
        for attempt in range(1, TRIES + 1):
            if may_be_there:
                look = partial(service.find, batch.token, batch.requests, batch.created, others)
                found = await self._patience.result(look)
                if found is not None:
                    return found
            try:
                return await service.create(batch.upload, lines, batch.token)
            except ProviderError as error:
                if not error.kind.may_pass:
                    await self._refused(batch, error.message)
                if not error.kind.may_pass or attempt == TRIES:
                    raise RunHaltedError(error) from None
                may_be_there = True  # the answer may have been lost, and not the batch
                await self._patience.rest(error, attempt)
        raise AssertionError("the last attempt returns or raises")

    async def _refused(self, batch: Batch, why: str) -> None:
        """Have a batch that the provider did not take handed in anew when the run goes on."""
        token = new_token()
        await self._session.write(lambda repos: repos.batches.planned(batch.id, token, why))

    # waiting

    async def _follow(self, waiting: list[Batch]) -> None:
        """Look at batches until each has ended and is taken."""
        wait, finished, cancelled = FIRST_LOOK, 0, list[str]()
        while waiting:
            still: list[Batch] = []
            seen: list[BatchStatus] = []
            for batch in waiting:
                status = await self._look(batch)
                if status.state is BatchState.WORKING:
                    still.append(batch)
                    seen.append(status)
                    continue
                taken = await self._take(batch)
                if taken.step is not BatchStep.TAKEN:
                    still.append(taken)
                    continue
                finished += taken.requests
                if status.state is BatchState.CANCELLED:
                    cancelled.append(batch.remote)
            waiting = still
            if waiting:
                total = finished + sum(batch.requests for batch in waiting)
                done = finished + sum(status.done + status.failed for status in seen)
                self._desk.tally.batch = BatchProgress(done, total, wait)
                self._desk.advanced()
                await self._sleep(wait)
                wait = min(1.5 * wait, LONGEST_LOOK)
        self._desk.tally.batch = None
        if cancelled:
            raise BatchCancelledError(
                f"{', '.join(cancelled)} was cancelled at the provider. What it brought is kept; going on asks for "
                "the rest call by call."
            )

    async def _look(self, batch: Batch) -> BatchStatus:
        """Where a batch stands.

        Raises:
            RunHaltedError: if the provider refused it as a whole; it is handed in anew when the run goes on.
        """
        service = _service(self._providers[batch.judge], batch.learned)
        status = await self._patience.result(partial(service.status, batch.remote), tries=None)
        if status.state is BatchState.FAILED:
            await self._refused(batch, status.detail)
            why = f"{batch.judge} refused the batch {batch.remote}: {status.detail or 'no reason is given'}"
            raise RunHaltedError(ProviderError(FailureKind.BAD_REQUEST, why))
        return status

    # taking

    async def _take(self, batch: Batch) -> Batch:
        """Take what a batch brought. One that turns out to be somebody else's is left, and our own is started."""
        problems: Counter[str] = Counter()
        if not await self._patience.result(lambda: self._take_all(batch, problems)):
            self._others.add(batch.remote)
            again = await self._session.write(lambda repos: repos.batches.uploaded(batch.id, batch.upload))
            return await self._submit(again)
        missing = await self._session.read(lambda repos: repos.batches.unanswered(batch.id))
        common = problems.most_common(1)
        detail = f"{missing} brought nothing; {common[0][0] if common else ''}" if missing else ""
        if missing:
            await self._desk.tell(
                f"{batch.judge}: {missing} of {batch.requests} calls of {batch.remote} brought nothing "
                f"({common[0][0] if common else 'they are not in its results'})."
            )
        return await self._session.write(lambda repos: repos.batches.taken(batch.id, detail))

    async def _take_all(self, batch: Batch, problems: Counter[str]) -> bool:
        """Store every reply; False where the results are those of another batch."""
        problems.clear()
        results = _service(self._providers[batch.judge], batch.learned).results(batch.remote)
        portion: dict[int, BatchResult] = {}
        async with aclosing(results):
            async for result in results:
                number = number_of(batch.token, result.custom_id)
                if number is None:
                    return False
                portion[number] = result
                if len(portion) >= PORTION:
                    await self._keep(batch, portion, problems)
                    portion = {}
        await self._keep(batch, portion, problems)
        return True

    async def _keep(self, batch: Batch, portion: dict[int, BatchResult], problems: Counter[str]) -> None:
        """Store some of a batch's replies, in one transaction with the note that they came."""
        provider = self._providers[batch.judge]
        service = _service(provider, batch.learned)
        found = await self._session.read(lambda repos: repos.batches.calls_at(batch.id, list(portion)))
        fresh = [call for call in found if call.costs is None]
        kept: list[tuple[BatchedCall, Job, list[JudgeReply], list[float | None]]] = []
        breath = Breath()
        for call, job in await self._planner.jobs(provider, batch, fresh):
            await breath.take()
            if job is None:
                problems["they were asked for by another version of judgetui"] += 1
                continue
            try:
                replies = service.replies(job.requests, portion[call.number])
            except ProviderError as error:
                problems[error.message] += 1
                continue
            costs = [price(provider.judge, reply.usage, provider.endpoint, batch=True) for reply in replies]
            kept.append((call, job, replies, costs))
        stored = [(call.number, costs, self._calls(job, replies)) for call, job, replies, costs in kept]

        def store(repos: Repositories) -> None:
            for number, costs, calls in stored:
                add_paid(repos, self._run.id, zip(calls, costs, strict=True))
                repos.batches.answered(batch.id, number, costs)

        await self._session.write(store)
        for _, job, replies, costs in kept:
            most = BATCH_SHARE * self._purse.most(provider, job.requests)
            await self._count(provider, job, replies, costs, most)

    def _calls(self, job: Job, replies: Sequence[JudgeReply]) -> list[Call]:
        pairs = zip(job.indices, replies, strict=False)
        return [self._maker.call(job.making, index, reply) for index, reply in pairs]

    async def _count(
        self,
        provider: JudgeProvider,
        job: Job,
        replies: Sequence[JudgeReply],
        costs: Sequence[float | None],
        most: float,
    ) -> None:
        """Count replies that are in the session.

        Args:
            most: US dollars that they may have cost, where they do not tell.
        """
        cost = None if None in costs else sum(each or 0.0 for each in costs)
        usage = sum((reply.usage for reply in replies), Usage())
        self._desk.tally.add(usage, cost)
        self._purse.spend(most if cost is None else cost)
        self._purse.learn(provider.judge, job.requests, usage)
        self.prepaid.add(job.making.place, job.keys, costs)
        self.prepaid.brought.update(job.keys[: len(replies)])
        for reply in replies:
            await self._desk.heard(provider, reply)


def _service(provider: JudgeProvider, learned: Mapping[str, str]) -> BatchService:
    service = provider.batches(learned)
    assert service is not None  # `require_batches` has seen to it
    return service
