"""What of a run goes into batches: its missing calls, split by what a service takes, and made again when needed."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from judgetui.core.batch import Batch, BatchedCall, BatchStep
from judgetui.core.run import Run, RunItem
from judgetui.core.vote import ScoreSource
from judgetui.errors import InputError
from judgetui.providers.base import JudgeProvider
from judgetui.providers.batches import BatchService
from judgetui.providers.prices import BATCH_SHARE
from judgetui.services.breath import Breath
from judgetui.services.cascading import Place
from judgetui.services.making import Job, Maker, Making
from judgetui.services.purse import Purse
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

PORTION: Final = 200
"""Items that are worked on at once."""

MOST_BYTES: Final = 50_000_000
"""Of a batch, though services take more: it is held in memory twice while it is sent."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Batches that are to be made of a judge's calls.

    Args:
        source: where the scores of its judgements come from.
        learned: what the judge is known to refuse.
        batches: the calls of each.
        most: US dollars that they may cost at most; 0 where there is no budget.
    """

    judge: str
    source: ScoreSource
    learned: dict[str, str]
    batches: tuple[tuple[BatchedCall, ...], ...]
    most: float


class Planner:
    """Plans batches, and makes their requests anew from the run's items, which never change.

    Args:
        done: what is judged already.
        again: positions that are judged again, whatever the session holds.
    """

    def __init__(
        self,
        session: SessionFile,
        maker: Maker,
        purse: Purse,
        *,
        done: Collection[Place],
        again: Collection[int],
    ) -> None:
        self._session = session
        self._maker = maker
        self._purse = purse
        self._done = done
        self._again = again

    async def first(self, provider: JudgeProvider) -> Job | None:
        """The first call that is missing."""
        async for job in self._missing(provider, self._maker.source(provider), set()):
            return job
        return None

    async def plan(self, provider: JudgeProvider, service: BatchService, known: Iterable[str]) -> Plan:
        """All that is missing, in as few batches as the service takes.

        Args:
            known: keys of replies that are not to be asked for, even afresh.
        """
        source, most = self._maker.source(provider), 0.0
        limit, size = min(service.most_bytes, MOST_BYTES), 0
        groups: list[list[BatchedCall]] = []
        breath = Breath()
        async for job in self._missing(provider, source, set(known)):
            await breath.take()
            length = len(service.line(custom_id(new_token(), len(job.keys)), job.requests)) + _ROOM
            if not groups or len(groups[-1]) == service.most_requests or size + length > limit:
                groups.append([])
                size = 0
            size += length
            position = job.making.run_item.position
            groups[-1].append(BatchedCall(len(groups[-1]), position, job.keys))
            most += BATCH_SHARE * self._purse.most(provider, job.requests)
        return Plan(provider.judge, source, dict(provider.learned), tuple(map(tuple, groups)), most)

    async def lines(self, provider: JudgeProvider, service: BatchService, batch: Batch) -> list[bytes]:
        """The lines of a batch that was planned.

        Raises:
            InputError: if the judge would be asked otherwise today.
        """
        lines: list[bytes] = []
        breath = Breath()
        while calls := await self._session.read(
            partial(_calls, batch.id, after=len(lines) - 1, count=PORTION)
        ):
            for call, job in await self.jobs(provider, batch, calls):
                if job is None:
                    raise InputError(
                        f"a batch of run {batch.run_id} was planned by another version of judgetui.",
                        "Make the run anew; replies that are there already are not asked for again.",
                    )
                lines.append(service.line(custom_id(batch.token, call.number), job.requests))
                await breath.take()
        return lines

    async def jobs(
        self, provider: JudgeProvider, batch: Batch, calls: Sequence[BatchedCall]
    ) -> list[tuple[BatchedCall, Job | None]]:
        """Calls of a batch with their requests; None where the judge would be asked otherwise today."""
        makings = {
            making.run_item.position: making
            for making in await self._makings(provider, batch.source, {call.position for call in calls})
        }
        return [(call, _job(makings[call.position], call)) for call in calls]

    async def _missing(
        self, provider: JudgeProvider, source: ScoreSource, known: set[str]
    ) -> AsyncIterator[Job]:
        """The calls that are yet to be made, each key once."""
        places = (position for position in range(self._maker.run.items))
        open_ones = [place for place in places if (provider.judge, place) not in self._done]
        for start in range(0, len(open_ones), PORTION):
            makings = await self._makings(provider, source, open_ones[start : start + PORTION])
            kept = (making for making in makings if making.run_item.position not in self._again)
            keys = [key for making in kept for key in making.keys]
            known |= await self._session.read(partial(_held, self._maker.run, keys))
            for making in makings:
                missing = [index for index in making.open if making.keys[index] not in known]
                known.update(making.keys)
                for job in making.jobs(missing):
                    yield job

    async def _makings(
        self, provider: JudgeProvider, source: ScoreSource, positions: Collection[int]
    ) -> list[Making]:
        items = await self._session.read(partial(_items, self._maker.run.id, list(positions)))
        breath, makings = Breath(), list[Making]()
        for item in items:
            makings.append(self._maker.begin(provider, item, source))
            await breath.take()
        return makings


_ROOM: Final = 16
"""Bytes that a line may be longer than it was when it was measured: its number, and what stands between lines."""


def new_token() -> str:
    """A name that no other batch has."""
    return secrets.token_hex(12)


def custom_id(token: str, number: int) -> str:
    """What a call of a batch is called at the provider."""
    return f"{token}-{number}"


def number_of(token: str, identity: str) -> int | None:
    """The number of the call that is called so; None for one of another batch."""
    name, _, number = identity.rpartition("-")
    return int(number) if name == token and number.isascii() and number.isdecimal() else None


def store_plans(run_id: int, plans: Iterable[Plan], repos: Repositories) -> None:
    """Note what is going to be handed in."""
    for plan in plans:
        for calls in plan.batches:
            repos.batches.add(
                run_id, plan.judge, BatchStep.PLANNED, new_token(), plan.source, plan.learned, calls
            )


def _job(making: Making, call: BatchedCall) -> Job | None:
    numbered = {key: index for index, key in enumerate(making.keys)}
    indices = tuple(numbered[key] for key in call.keys if key in numbered)
    return Job(making, indices) if len(indices) == len(call.keys) else None


def _items(run_id: int, positions: list[int], repos: Repositories) -> list[RunItem]:
    return repos.runs.items_at(run_id, positions)


def _held(run: Run, keys: list[str], repos: Repositories) -> set[str]:
    return repos.calls.known(keys, run.id if run.settings.fresh else None)


def _calls(batch_id: int, repos: Repositories, *, after: int, count: int) -> list[BatchedCall]:
    return repos.batches.calls(batch_id, after, count)
