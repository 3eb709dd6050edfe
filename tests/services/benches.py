"""What tests of runs share: a clock that only the test moves, judges that answer when told, and a session to run in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from judgetui.core.events import Judged, Noticed, Progress, RunEnded, RunEvent
from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling
from judgetui.core.run import Run, RunSettings
from judgetui.providers.base import FailureKind, JudgeProvider, OnText, ProviderError
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from tests.services.standins import Answerer, StandInJudge, reply


def rubric(*criteria: str, protocol: str = "g-eval", samples: int = 1) -> Rubric:
    """A rubric whose judgement is a call for each criterion and sample, or for each order of a pair."""
    return Rubric(
        name="mine",
        protocol=protocol,
        task="Judge the answer.",
        criteria=tuple(Criterion(name, f"Is it {name}?") for name in criteria or ("right",)),
        inputs=(InputField("question"),),
        sampling=Sampling(n=samples),
    )


def items(count: int, *, pairs: bool = False) -> list[Item]:
    """Items whose answers say which they are."""
    return [
        Item(f"i{n}", (f"answer-{n}.", f"other-{n}.") if pairs else (f"answer-{n}.",), {"question": "Why?"})
        for n in range(count)
    ]


def about(request: JudgeRequest) -> int:
    """Which of `items` a request is about."""
    text = "".join(message.content for message in request.messages)
    return int(text.partition("answer-")[2].partition(".")[0])


def trouble(kind: FailureKind, retry_after: float | None = None) -> ProviderError:
    """A failure of that kind."""
    return ProviderError(kind, f"{kind.value}.", "Do this.", retry_after=retry_after)


class Clock:
    """A clock that `advance` moves; with `quick`, whoever waits moves it at once."""

    def __init__(self, *, quick: bool = False) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self._quick = quick
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Wait for the clock."""
        self.waits.append(seconds)
        if self._quick:
            self.now += seconds
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self.now + seconds, waiting))
        await waiting

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        for due, waiting in self._waiting:
            if due <= self.now + 1e-9 and not waiting.done():
                waiting.set_result(None)


class HeldJudge(StandInJudge):
    """A judge whose calls wait until `give` answers them.

    Attributes:
        held: calls that wait, oldest first.
    """

    def __init__(self, name: str = "standin:one", *, endpoint: str = "") -> None:
        super().__init__(lambda request, number: reply("4"), name=name, endpoint=endpoint)
        self.held: list[tuple[JudgeRequest, asyncio.Future[JudgeReply | ProviderError], OnText | None]] = []

    async def ask(
        self,
        request: JudgeRequest,
        *,
        timeout: float,  # noqa: ASYNC109 - as the provider it stands in for has it
        on_text: OnText | None = None,
    ) -> JudgeReply:
        """Wait for `give`."""
        self.asked.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        answer: asyncio.Future[JudgeReply | ProviderError] = asyncio.get_running_loop().create_future()
        self.held.append((request, answer, on_text))
        try:
            found = await answer
        finally:
            self.at_once -= 1
        if isinstance(found, ProviderError):
            raise found
        return found

    def give(self, answer: JudgeReply | ProviderError, place: int = 0) -> None:
        """Answer one of the calls that wait."""
        self.held.pop(place)[1].set_result(answer)

    def give_all(self, answer: JudgeReply | ProviderError) -> None:
        """Answer all of them."""
        while self.held:
            self.give(answer)


@dataclass
class Going:
    """A run that goes on in the background.

    Attributes:
        events: what it has told.
    """

    task: asyncio.Task[None]
    events: list[RunEvent] = field(default_factory=list)

    @property
    def judged(self) -> list[Judgement]:
        """The judgements it has told of."""
        return [event.judgement for event in self.events if isinstance(event, Judged)]

    @property
    def told(self) -> list[str]:
        """The notices it has given."""
        return [event.message for event in self.events if isinstance(event, Noticed)]

    @property
    def progress(self) -> Progress:
        """Where it stands."""
        return self.events[-1].progress

    @property
    def ended(self) -> RunEnded:
        """How it ended."""
        last = self.events[-1]
        assert isinstance(last, RunEnded)
        return last


class Bench:
    """A session, judges, and a runner by the test's own clock."""

    def __init__(self, session: SessionFile, *judges: JudgeProvider, clock: Clock | None = None) -> None:
        self.session = session
        self.clock = clock or Clock(quick=True)
        self.judges = {judge.judge: judge for judge in judges}
        self.runner = Runner(session, self.judges.__getitem__, timer=self.clock, sleep=self.clock.sleep)

    async def start(self, of: Rubric, what: Sequence[Item], **settings: object) -> Run:
        """A run of all judges, stored."""
        version = await self.session.write(lambda repos: repos.rubrics.create(of))
        return await self.again(version.id, what, **settings)

    async def again(self, version_id: int, what: Sequence[Item], **settings: object) -> Run:
        """A run of a version that there is."""
        version = await self.session.read(lambda repos: repos.rubrics.version(version_id))
        wanted = RunSettings(**settings)  # type: ignore[arg-type]
        return await self.runner.create(version, tuple(self.judges), what, wanted)

    @asynccontextmanager
    async def going(
        self, run: Run, *, failed: bool = False, again: Collection[int] = ()
    ) -> AsyncIterator[Going]:
        """The run in the background, which has ended when this has."""
        events: list[RunEvent] = []

        async def collect() -> None:
            async for event in self.runner.go(run, failed=failed, again=again):
                events.append(event)

        going = Going(asyncio.create_task(collect()), events)
        try:
            yield going
            await asyncio.wait_for(going.task, 30)
        finally:
            going.task.cancel()
            await asyncio.gather(going.task, return_exceptions=True)

    async def finish(self, run: Run, *, failed: bool = False, again: Collection[int] = ()) -> Going:
        """The run, at its end."""
        async with self.going(run, failed=failed, again=again) as going:
            pass
        return going

    async def stored(self, run: Run) -> list[Judgement]:
        """What the session holds of the run."""
        return await self.session.read(lambda repos: repos.judgements.for_run(run.id))


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition, ten seconds at most."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a state is waited for that sets no event
            await asyncio.sleep(0.0005)


async def settled() -> None:
    """Let everything happen that can happen without the test: also what the session's threads are at."""
    for _ in range(30):
        await asyncio.sleep(0.002)


def always(text: str) -> Answerer:
    """The same reply to everything."""
    return lambda request, number: reply(text)
