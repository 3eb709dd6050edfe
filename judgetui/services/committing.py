"""Replies and judgements on their way into the session: those that arrive together share one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from judgetui.core.judgement import Judgement
from judgetui.core.reply import JudgeReply
from judgetui.core.run import Call
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

GATHER: Final = 0.02
"""Seconds for which results gather before they are committed."""


@dataclass(frozen=True, slots=True)
class Result:
    """What is to be committed together.

    Args:
        calls: new replies, each with what it cost in US dollars, None where that is not known.
        used: stored calls that answered requests of this run.
        judgement: None while more is to come.
    """

    calls: tuple[tuple[Call, float | None], ...]
    used: tuple[int, ...]
    judgement: Judgement | None


class Committer:
    """Writes results in the order they come.

    Args:
        on_committed: told of judgements once they are safe, those of a transaction together.
    """

    def __init__(
        self, session: SessionFile, run_id: int, on_committed: Callable[[Sequence[Judgement]], None]
    ) -> None:
        self._session = session
        self._run_id = run_id
        self._on_committed = on_committed
        self._waiting: list[Result] = []
        self._under_way: list[Result] = []
        self._some = asyncio.Event()
        self._writing = asyncio.Lock()

    def add(self, result: Result) -> None:
        """Have something committed soon."""
        self._waiting.append(result)
        self._some.set()

    def unsaved(self) -> dict[str, JudgeReply]:
        """The replies that are not committed yet, by the key of their call."""
        results = (*self._under_way, *self._waiting)
        return {call.key: call.reply for result in results for call, _ in result.calls}

    async def run(self) -> None:
        """Commit whatever comes, until cancelled.

        Raises:
            StorageError: if something cannot be committed; then nothing of its group was.
        """
        while True:
            await self._some.wait()
            await asyncio.sleep(GATHER)
            await self.flush()

    async def flush(self) -> None:
        """Commit what is waiting, and return when it is safe and told.

        Whoever stops waiting (a cancelled task) does not stop it; the next flush waits for its end, and tries again
        what could not be committed.

        Raises:
            StorageError: as `run`.
        """
        writing = asyncio.ensure_future(self._flush())
        writing.add_done_callback(_taken_note_of)
        await asyncio.shield(writing)

    async def _flush(self) -> None:
        async with self._writing:
            self._under_way, self._waiting = self._waiting, []
            results = self._under_way
            self._some.clear()
            if not results:
                return
            judgements = [result.judgement for result in results if result.judgement is not None]
            try:
                await self._session.write(lambda repos: _store(repos, self._run_id, results, judgements))
            except BaseException:
                self._waiting = results + self._waiting
                self._some.set()
                raise
            finally:
                self._under_way = []
            self._on_committed(judgements)


def _taken_note_of(writing: asyncio.Future[None]) -> None:
    """Of a failure that nobody waits for, the next flush hears; the event loop need not complain of it."""
    if not writing.cancelled():
        writing.exception()


def add_paid(repos: Repositories, run_id: int, calls: Iterable[tuple[Call, float | None]]) -> None:
    """Store new replies, each with what the run paid for it in US dollars, None where that is not known."""
    paid = 0.0
    for call, cost in calls:
        repos.calls.add(call, run_id)
        paid += cost or 0.0
    if paid:
        repos.runs.pay(run_id, paid)


def _store(repos: Repositories, run_id: int, results: list[Result], judgements: list[Judgement]) -> None:
    add_paid(repos, run_id, (each for result in results for each in result.calls))
    repos.calls.use_calls([number for result in results for number in result.used], run_id)
    repos.judgements.put_many(judgements)
