"""Runs by batch, over the vendors' own packages against a server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from judgetui.core.events import RunEnded, RunEvent
from judgetui.core.rubric import Sampling
from judgetui.core.run import Run, RunSettings, RunStatus
from judgetui.providers.anthropic.messages import AnthropicJudge
from judgetui.providers.base import JudgeProvider
from judgetui.providers.openai.chat import OpenAIJudge
from judgetui.providers.openai.responses import ResponsesJudge
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from tests.providers.batch_server import CREATED, BatchServer
from tests.services.benches import items, rubric

NAMES = {"chat": "openai:m", "responses": "openai:m?api=responses", "messages": "anthropic:m"}


@pytest.fixture
def server() -> Iterator[BatchServer]:
    made = BatchServer()
    yield made
    made.close()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    with SessionFile.create(tmp_path / "s.db", "s", clock=at) as opened:
        yield opened


def at() -> datetime:
    return datetime.fromtimestamp(CREATED, UTC)


def judge_at(server: BatchServer, api: str) -> JudgeProvider:
    match api:
        case "chat":
            return OpenAIJudge(NAMES[api], "m", base_url=f"{server.url}/v1", key=None)
        case "responses":
            return ResponsesJudge(NAMES[api], "m", base_url=f"{server.url}/v1", key=None)
    return AnthropicJudge(NAMES[api], "m", base_url=server.url, key=None)


class Desk:
    """A session and a judge, and processes that come and go."""

    def __init__(self, server: BatchServer, session: SessionFile, api: str = "chat") -> None:
        self.server = server
        self.session = session
        self.api = api
        self.waits: list[float] = []

    async def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def start(self, count: int, *, samples: int = 1, top_logprobs: int = 0, **settings: Any) -> Run:
        judge = judge_at(self.server, self.api)
        runner = Runner(self.session, lambda _: judge, sleep=self._sleep)
        mine = replace(rubric(), sampling=Sampling(n=samples, top_logprobs=top_logprobs))
        version = await self.session.write(lambda repos: repos.rubrics.create(mine))
        return await runner.create(version, (judge.judge,), items(count), RunSettings(batch=True, **settings))

    async def go(self, run: Run, *, fresh: bool = False) -> list[RunEvent]:
        """Take it to its end with a runner and a judge of their own, as another process would."""
        judge = judge_at(self.server, self.api)
        runner = Runner(self.session, lambda _: judge, sleep=self._sleep, timer=lambda: 0.0)
        try:
            return [event async for event in runner.go(run, fresh=fresh)]
        finally:
            await judge.close()


def ended(events: list[RunEvent]) -> RunEnded:
    last = events[-1]
    assert isinstance(last, RunEnded)
    return last


@pytest.mark.parametrize("api", list(NAMES))
async def test_a_run_goes_by_batch(server: BatchServer, session: SessionFile, api: str) -> None:
    desk = Desk(server, session, api)
    run = await desk.start(30)
    last = ended(await desk.go(run))
    assert (last.status, last.reason, dict(last.run.counts)) == (RunStatus.DONE, "", {"ok": 30})
    assert len(server.singles) == 1
    assert len(server.batches) == 1
    assert len(server.asked) == len(set(server.asked)) == 29
    assert (last.progress.calls, last.progress.cached) == (30, 0)
