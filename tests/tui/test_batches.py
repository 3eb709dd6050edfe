"""A run by batch, as the screens show it: it is offered again, waits in words, and comes in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from judgetui.core.run import RunSettings, RunStatus
from judgetui.providers.openai.chat import OpenAIJudge
from judgetui.services import batching
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from judgetui.tui.modals.dialogs import Confirm
from tests.providers.batch_server import BatchServer
from tests.tui.judged import SIZES, bare_session, sees
from tests.tui.spaces import EXPLANATION, make_app, space_of, until
from tests.tui.test_compare import pair


@pytest.fixture
def server() -> Iterator[BatchServer]:
    made = BatchServer(looks=1000)
    yield made
    made.close()


def judge_at(server: BatchServer) -> OpenAIJudge:
    return OpenAIJudge("openai:m", "m", base_url=f"{server.url}/v1", key=None)


async def left_waiting(path: Path, judge: OpenAIJudge) -> Path:
    """A run that was left while its batch was at the provider."""
    await bare_session(path, EXPLANATION, [pair(name) for name in ("one", "two", "three")])
    with SessionFile.open(path) as session:
        version = await session.read(lambda repos: repos.rubrics.latest(1))
        items = await session.read(lambda repos: repos.items.all())
        runner = Runner(session, lambda name: judge, sleep=lambda seconds: asyncio.sleep(0))
        run = await runner.create(version, (judge.judge,), items, RunSettings(batch=True))
        async for event in runner.go(run):
            if event.progress.batch is not None:
                runner.cancel()
        assert (await session.read(lambda repos: repos.runs.get(run.id))).status is RunStatus.WAITING
    await judge.close()
    return path


@pytest.mark.parametrize("size", SIZES)
async def test_a_batch_that_was_left_is_looked_for_again(
    tmp_path: Path, server: BatchServer, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "FIRST_LOOK", 0.2)
    path = await left_waiting(tmp_path / "s.db", judge_at(server))
    app = make_app(tmp_path, path, judge="openai:m")
    judge = judge_at(server)
    app.context.add_judge(judge)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Confirm), "the question")
        await sees(pilot, app, "waits for its batch")
        await pilot.pause(0.6)  # for so long the question takes no key
        await pilot.press("y")
        await until(pilot, lambda: space_of(app).live is not None, "going on")
        await pilot.press("escape", "3")
        await sees(pilot, app, "calls done at the", "next look")
        server.batches["batch_0"].looks = 0
        await sees(pilot, app, "done", "3/3")
    await judge.close()
    assert len(server.batches) == 1
