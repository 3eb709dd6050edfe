"""Sessions of a given size, for benchmarks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from judgetui.config.paths import package_data
from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.run import RunOrigin, RunSettings, RunStatus
from judgetui.core.vote import ScoreSource
from judgetui.rubric_files import load_rubric
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import current_owner

JUDGE = "scripted:1"


def some_items(count: int) -> list[Item]:
    """Made-up items for a pointwise rubric."""
    return [
        Item(f"item-{n:05}", (f"Answer number {n}. " * 8,), {"question": f"Question number {n}?"})
        for n in range(count)
    ]


def fresh_session(path: Path, items: int) -> Path:
    """A session with a rubric and items, and no run."""
    rubric = load_rubric(package_data() / "rubrics" / "answer-correctness.yaml")
    path.parent.mkdir(parents=True, exist_ok=True)
    with SessionFile.create(path, path.stem) as session:
        session.write_now(lambda repos: repos.rubrics.create(rubric))
        session.write_now(lambda repos: repos.items.add(some_items(items)))
    return path


def big_session(path: Path, judgements: int) -> Path:
    """A session whose one run holds so many judgements of made-up replies."""
    rubric = load_rubric(package_data() / "rubrics" / "answer-correctness.yaml")
    protocol = get_protocol(rubric.protocol)
    items = some_items(judgements)
    path.parent.mkdir(parents=True, exist_ok=True)
    with SessionFile.create(path, path.stem) as session:
        version = session.write_now(lambda repos: repos.rubrics.create(rubric))
        session.write_now(lambda repos: repos.items.add(items))
        run = session.write_now(
            lambda repos: repos.runs.create(
                version.id, (JUDGE,), RunSettings(), RunOrigin.LIVE, items, current_owner()
            )
        )
        run_items = session.read_now(lambda repos: repos.runs.items(run.id))
        made: list[Judgement] = []
        for run_item in run_items:
            (request,) = protocol.plan(rubric, run_item.item, ScoreSource.SINGLE)
            vote = protocol.parse(
                rubric, request, JudgeReply(str(1 + run_item.position % 5), usage=Usage(200, 2, 100))
            )
            made.append(
                Judgement(
                    run_id=run.id,
                    position=run_item.position,
                    item=run_item.item,
                    item_hash=run_item.content_hash,
                    rubric=rubric.name,
                    rubric_hash=version.rubric_hash,
                    protocol=rubric.protocol,
                    judge=JUDGE,
                    outcome=protocol.combine(rubric, [vote]),
                    votes=(vote,),
                    started=datetime.now(UTC),
                )
            )
        session.write_now(lambda repos: repos.judgements.put_many(made))
        session.write_now(lambda repos: repos.runs.set_status(run.id, RunStatus.DONE))
    return path
