"""The demo session: two rubrics, their items, and one recorded run of the embedded model for each."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from judgetui.config.paths import package_data
from judgetui.core.item import Item
from judgetui.core.rubric import Rubric
from judgetui.core.run import RunOrigin, RunSettings
from judgetui.core.session import Version
from judgetui.datasets import load_items
from judgetui.providers.replay import ReplayJudge
from judgetui.rubric_files import load_rubric
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

DEMO_NAME: Final = "demo"
DEMO_JUDGE: Final = "local:smollm2"
DEMO_PARTS: Final = (
    ("answer-correctness.yaml", "demo-pointwise.jsonl"),
    ("better-explanation.yaml", "demo-pairwise.jsonl"),
)
RECORDED: Final = "demo-recorded.jsonl"


def _take_in(repos: Repositories, rubric: Rubric, items: list[Item]) -> Version:
    repos.items.add(items)
    return repos.rubrics.create(rubric, "as shipped")


async def build_demo(path: Path) -> None:
    """Make the demo session at `path`, from the files in the package.

    Recorded replies are parsed as any reply is; the runs are marked as recorded. The file appears whole or not at all.

    Raises:
        StorageError: if the file cannot be written.
    """
    data = package_data()
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    session = SessionFile.create(part, DEMO_NAME)
    try:
        judge = ReplayJudge(data / "sessions" / RECORDED, DEMO_JUDGE)
        runner = Runner(session, lambda name: judge)
        for rubric_file, items_file in DEMO_PARTS:
            rubric = load_rubric(data / "rubrics" / rubric_file)
            items = load_items(data / "sessions" / items_file)
            version = await session.write(partial(_take_in, rubric=rubric, items=items))
            run = await runner.create(
                version, (DEMO_JUDGE,), items, RunSettings(concurrency=1), RunOrigin.RECORDED
            )
            async for _ in runner.go(run):
                pass
    finally:
        session.close()
    part.replace(path)
