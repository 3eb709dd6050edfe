"""Results on their way into the session: told when they are safe, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from judgetui.core.judgement import Judgement
from judgetui.errors import StorageError
from judgetui.services.committing import GATHER, Committer, Result
from judgetui.storage.database import SessionFile


class SlowSession:
    """A session whose writes end when told, one after the other."""

    def __init__(self) -> None:
        self.stored: list[object] = []
        self.writes = 0
        self.go_on = asyncio.Event()
        self.error: Exception | None = None

    async def write(self, fn: Callable[[Any], None]) -> None:
        """Take down what would be stored."""
        self.writes += 1
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        nothing: Callable[..., None] = lambda *arguments: None  # noqa: E731 - one word of it
        judgements = SimpleNamespace(put=self.stored.append, put_many=self.stored.extend)
        fn(SimpleNamespace(calls=SimpleNamespace(add=nothing, use_calls=nothing), judgements=judgements))


def judgement(number: int) -> Judgement:
    """Something to store."""
    return cast(Judgement, SimpleNamespace(number=number))


def result(number: int) -> Result:
    return Result((), (), judgement(number))


def committer(session: SlowSession, told: list[int]) -> Committer:
    def note(found: Sequence[Judgement]) -> None:
        told.extend(cast(Any, one).number for one in found)

    return Committer(cast(SessionFile, session), 1, note)


async def abandoned(session: SlowSession, told: list[int]) -> Committer:
    """A committer that nobody waits for any more while it writes 1, and that has 2 to write."""
    one = committer(session, told)
    running = asyncio.create_task(one.run())
    one.add(result(1))
    while not session.writes:  # noqa: ASYNC110 - a count is waited for
        await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    one.add(result(2))
    return one


async def test_what_arrives_together_shares_a_transaction() -> None:
    session, told = SlowSession(), list[int]()
    one = committer(session, told)
    session.go_on.set()
    running = asyncio.create_task(one.run())
    for number in range(50):
        one.add(result(number))
    await asyncio.sleep(3 * GATHER)
    running.cancel()
    assert told == list(range(50)) and session.writes == 1 and len(session.stored) == 50


async def test_nothing_is_told_before_it_is_safe() -> None:
    session, told = SlowSession(), list[int]()
    one = committer(session, told)
    one.add(result(1))
    flushing = asyncio.create_task(one.flush())
    await asyncio.sleep(0.01)
    assert session.writes == 1 and told == []
    session.go_on.set()
    await flushing
    assert told == [1]


async def test_whoever_stops_waiting_stops_nothing() -> None:
    """A run that is over, or cancelled, ends while a group is written: the group is told all the same."""
    session, told = SlowSession(), list[int]()
    one = await abandoned(session, told)
    last = asyncio.create_task(one.flush())
    session.go_on.set()
    await last
    assert told == [1, 2]


async def test_what_could_not_be_written_is_not_told() -> None:
    session, told = SlowSession(), list[int]()
    one = committer(session, told)
    session.error = StorageError("the disk is full.")
    session.go_on.set()
    running = asyncio.create_task(one.run())
    one.add(result(1))
    with pytest.raises(StorageError, match="disk is full"):
        await asyncio.wait_for(running, 5)
    assert told == []


async def test_what_could_not_be_written_is_tried_again_by_the_next_flush() -> None:
    """Though nobody waited any more when it failed."""
    session, told = SlowSession(), list[int]()
    one = await abandoned(session, told)
    session.error = StorageError("another process holds it.")
    session.go_on.set()
    with pytest.raises(StorageError):
        await one.flush()
    assert told == []
    session.error = None
    await one.flush()
    assert told == [1, 2] and session.writes == 3
