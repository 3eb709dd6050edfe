"""Every protocol through the runner: planned, asked, parsed, combined, stored, and read again without a call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from judgetui.core.judgement import Judgement
from judgetui.core.protocols.registry import get_protocol, protocol_names, starter_rubric
from judgetui.core.run import Run, RunSettings
from judgetui.core.vote import Parser, Status
from judgetui.providers.scripted import ScriptedJudge
from judgetui.services.headless import reparse
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from tests.core.protocols.test_every_protocol import an_item


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    with SessionFile.create(tmp_path / "s.db", "s") as opened:
        yield opened


async def run(session: SessionFile, name: str) -> Run:
    """A run of one item with two samples a vote."""
    rubric = starter_rubric("mine", name)
    version = await session.write(lambda repos: repos.rubrics.create(rubric, ""))
    items = [an_item(get_protocol(name), rubric)]
    runner = Runner(session, lambda judge: ScriptedJudge(judge.removeprefix("scripted:")))
    made = await runner.create(version, ["scripted:1"], items, RunSettings(samples=2))
    async for _ in runner.go(made):
        pass
    return await session.read(lambda repos: repos.runs.get(made.id))


async def judgements(session: SessionFile, run: Run) -> list[Judgement]:
    return await session.read(lambda repos: repos.judgements.for_run(run.id))


@pytest.mark.parametrize("name", protocol_names())
async def test_a_run_and_the_way_there_and_back(session: SessionFile, name: str) -> None:
    done = await run(session, name)
    (first,) = await judgements(session, done)
    assert first.status is Status.OK, first.outcome.detail
    assert first.votes and all(vote.parser == f"{name}/repaired-{revision(name)}" for vote in first.votes)
    out = first.outcome
    assert out.score is not None or out.verdict is not None or out.label is not None
    await reparse(session, done, Parser.FAITHFUL)
    (faithful,) = await judgements(session, done)
    assert all(vote.parser == f"{name}/faithful-{revision(name)}" for vote in faithful.votes)
    assert [vote.raw for vote in faithful.votes] == [vote.raw for vote in first.votes]
    await reparse(session, done)
    assert await judgements(session, done) == [first]


def revision(name: str) -> int:
    return get_protocol(name).revision
