"""The demo session: built from the package's files, recorded replies parsed like any other."""

from __future__ import annotations

from pathlib import Path

from judgetui.config.paths import package_data
from judgetui.core.run import RunOrigin, RunStatus
from judgetui.core.vote import ScoreSource, Status
from judgetui.datasets import load_items
from judgetui.services.demo import DEMO_JUDGE, DEMO_PARTS, RECORDED, build_demo
from judgetui.storage.database import SessionFile


async def test_the_demo_holds_two_rubrics_with_a_recorded_run_each(tmp_path: Path) -> None:
    path = tmp_path / "demo.db"
    await build_demo(path)
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".part"] == []
    with SessionFile.open(path) as session:
        rubrics = session.read_now(lambda repos: repos.rubrics.summaries())
        assert [rubric.protocol for rubric in rubrics] == ["g-eval", "mt-bench-pair"]
        for run in session.read_now(lambda repos: repos.runs.all()):
            assert run.origin is RunOrigin.RECORDED
            assert run.status is RunStatus.DONE
            assert run.judges == (DEMO_JUDGE,)
            assert run.items >= 12
            found = session.read_now(lambda repos, n=run.id: repos.judgements.for_run(n))  # type: ignore[misc]
            assert len(found) == run.items
            assert all(judgement.status is not Status.FAILED for judgement in found), (
                "a request has no recorded reply: run python -m tests.tools.record_demo"
            )
            assert sum(judgement.status is Status.OK for judgement in found) >= run.items - 2
            if run.protocol == "g-eval":
                assert {j.outcome.source for j in found if j.status is Status.OK} == {ScoreSource.LOGPROBS}


def test_every_demo_item_says_what_is_wrong_with_the_worse_answer() -> None:
    data = package_data() / "sessions"
    for _, name in DEMO_PARTS:
        items = load_items(data / name)
        assert len(items) >= 12
        for item in items:
            (label,) = item.labels
            if len(item.responses) == 2:
                assert item.fields["worse"] == ("B" if label.value == "A" else "A")
            flawed = len(item.responses) == 2 or item.fields["flaw"] is not None
            assert not flawed or item.fields["flaw"] in {"wrong fact", "dropped step", "padding"}
            assert not flawed or item.fields["flaw_note"]


def test_the_recording_holds_no_path_of_the_machine_it_was_made_on() -> None:
    text = (package_data() / "sessions" / RECORDED).read_text(encoding="utf-8")
    assert str(Path.home()) not in text and "/tmp" not in text
