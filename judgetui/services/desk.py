"""What the parts of a run share: its events, its count, what was told, and whether it may go on sending."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from judgetui.core.events import Advanced, Judged, Noticed, RunEvent, Written
from judgetui.core.judgement import Judgement
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.providers.base import JudgeProvider, ProviderError
from judgetui.services.tally import Tally
from judgetui.storage.database import SessionFile


class Desk:
    """Where a run's news go out and its orders come in.

    Attributes:
        events: what the run tells; None is the end.
        focus: the position of the item on screen, which is asked first and streamed.
        going: set while calls may be sent.
        answered: judges that have answered at least once.
        tries: retries so far, but for those of calls that the endpoint was too busy for.
    """

    def __init__(self, session: SessionFile, run_id: int, tally: Tally) -> None:
        self.events: asyncio.Queue[RunEvent | None] = asyncio.Queue()
        self.tally = tally
        self.focus: int | None = None
        self.going = asyncio.Event()
        self.going.set()
        self.answered: set[str] = set()
        self.tries = 0
        self._session = session
        self._run_id = run_id
        self._told: set[str] = set()
        self._models: dict[str, str] = {}
        self._refused: dict[str, dict[str, str]] = {}

    def pause(self, paused: bool) -> None:
        """Send no further calls, or go on sending them."""
        self.tally.paused = paused
        if paused:
            self.going.clear()
        else:
            self.going.set()
        self.advanced()

    def advanced(self) -> None:
        """Tell that something is under way."""
        self.events.put_nowait(Advanced(self.tally.progress()))

    def judged(self, judgements: Sequence[Judgement], left: int) -> None:
        """Tell of judgements that were committed together, when so many are left; each is told with all counted."""
        tally = self.tally
        tally.counts.update(judgement.status.value for judgement in judgements)
        tally.judged += len(judgements)
        tally.total = sum(tally.counts.values()) + left
        progress = tally.progress()
        for judgement in judgements:
            self.events.put_nowait(Judged(judgement, progress))

    def written(self, judge: str, position: int, request: JudgeRequest, attempt: int, text: str) -> None:
        """Pass on a piece of a reply."""
        self.events.put_nowait(
            Written(
                judge,
                position,
                request.criterion,
                None if request.order is None else request.order.value,
                request.sample,
                attempt,
                text,
                self.tally.progress(),
            )
        )

    def waiting(self, seconds: float, error: ProviderError) -> None:
        """Tell of a retry."""
        self.tally.retries += 1
        self.tries += not error.kind.is_crowding
        self.events.put_nowait(
            Noticed(f"{error.message} Trying again in {max(1, round(seconds))} s.", self.tally.progress())
        )

    async def tell(self, message: str) -> None:
        """Tell once a run, and keep it with the run."""
        if message in self._told:
            return
        self._told.add(message)
        self.events.put_nowait(Noticed(message, self.tally.progress()))
        await self._session.write(lambda repos: repos.runs.add_notice(self._run_id, message))

    async def greet(self, provider: JudgeProvider) -> None:
        """Hand a judge what the session knows of it."""
        judge, endpoint = provider.judge, provider.endpoint
        facts = await self._session.read(lambda repos: repos.judges.facts(judge, endpoint))
        provider.recall(facts.refused)
        self._refused[judge] = dict(facts.refused)
        if facts.model:
            self._models[judge] = facts.model

    async def heard(self, provider: JudgeProvider, reply: JudgeReply) -> None:
        """Note what a reply tells of its judge: what was not sent, and which model answered."""
        judge, endpoint = provider.judge, provider.endpoint
        first = judge not in self.answered
        self.answered.add(judge)
        lessons = [f"{judge}: {part} was not sent as asked: {why}" for part, why in reply.dropped.items()]
        stored = self._refused.setdefault(judge, {})
        # What was only recalled keeps its date: it is asked for again when that is too long ago.
        fresh = {part: why for part, why in provider.learned.items() if stored.get(part) != why}
        if fresh:
            stored |= fresh
            await self._session.write(lambda repos: repos.judges.refused(judge, endpoint, fresh))
        for lesson in lessons:
            await self.tell(lesson)
        known = self._models.get(judge)
        if not reply.model or reply.model == known:
            return
        self._models[judge] = reply.model
        await self._session.write(lambda repos: repos.judges.answered_as(judge, endpoint, reply.model))
        if known is not None:
            since = "since the run before" if first else "during the run"
            await self.tell(f"{judge}: the server's model changed {since}, from {known} to {reply.model}.")
