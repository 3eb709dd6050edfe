"""The demo where there is no terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from judgetui.core.run import RunOrigin
from judgetui.providers.base import JudgeProvider
from judgetui.providers.scripted import ScriptedJudge
from judgetui.services.context import Context
from judgetui.storage.database import SessionFile
from tests.cli.conftest import Call


class StandIn(ScriptedJudge):
    """The scripted judge under the embedded model's name."""

    @property
    def judge(self) -> str:
        return "local:smollm2"


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What stands behind `scripted:`, first of all; the embedded model is there and answers by it."""
    spec = ["1"]

    async def build(path: Path) -> None:
        SessionFile.create(path, "demo").close()

    def judge(self: Context, name: str) -> JudgeProvider:
        return StandIn(spec[0])

    monkeypatch.setattr("judgetui.services.headless.require_judge", lambda context, name: None)
    monkeypatch.setattr("judgetui.cli.plain_demo.build_demo", build)
    monkeypatch.setattr(Context, "judge", judge)
    return spec


def test_the_whole_loop_in_plain_lines(judgetui: Call, options: list[str], home: Path) -> None:
    said = judgetui("demo")
    assert said.code == 0
    lines = said.out.splitlines()
    pointwise = next(line for line in lines if line.startswith("moe-routing"))
    assert pointwise.split()[2:4] == ["logprobs", "5"] and pointwise.split()[4] in {"yes", "no"}
    pairwise = next(line for line in lines if line.startswith("tank-hours"))
    assert {"A", "B"} & set(pairwise.split())
    assert sum(line.startswith("label match") and "[" in line for line in lines) == 2
    assert sum(line.startswith("flip rate") and "/14" in line for line in lines) == 1
    assert "near chance" in " ".join(lines)
    assert "# Correctness of a short answer" in lines and "## Prompt" in lines
    assert "\x1b" not in said.out + said.err
    path = home / "sessions" / "demo.db"
    with SessionFile.open(path) as session:
        runs = session.read_now(lambda repos: repos.runs.all())
        assert [(run.origin, run.done) for run in runs] == [(RunOrigin.LIVE, 14)] * 2
        assert session.read_now(lambda repos: repos.items.count()) == 28


def test_every_time_anew(judgetui: Call, options: list[str], home: Path) -> None:
    judgetui("demo")
    assert judgetui("demo").code == 0
    with SessionFile.open(home / "sessions" / "demo.db") as session:
        assert len(session.read_now(lambda repos: repos.runs.all())) == 4
        assert len(session.read_now(lambda repos: repos.rubrics.summaries())) == 2


def test_replies_without_a_verdict_are_shown_as_such(judgetui: Call, options: list[str]) -> None:
    options[0] = "1?garble=1"
    said = judgetui("demo")
    assert said.code == 0
    assert said.out.count("unparsed") > 28
    assert "label match" not in said.out
