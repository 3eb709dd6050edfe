"""Sessions with a run whose outcomes are given, for what is told of runs and labels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from judgetui.core.item import Item, Label
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.run import Run, RunOrigin, RunSettings
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import ScoreSource, Status
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import current_owner
from judgetui.storage.repositories import Repositories

JUDGE = "scripted:1"
TWO = (Criterion("clarity", "Is it clear?"), Criterion("truth", "Is it true?"))
SCORED = Rubric("answers", "g-eval", "Judge the answer.", TWO, scale=NumericScale(1, 5))
LABELLED = Rubric(
    "gate", "pass-fail", "Judge the answer.", TWO[:1], scale=LabelScale(("pass", "fail"), ("pass",))
)
PAIRS = Rubric("better", "mt-bench-pair", "Which is better?", TWO[:1])


async def judged(
    path: Path, rubric: Rubric, given: Sequence[tuple[Item, Outcome]]
) -> tuple[SessionFile, Run]:
    """A session with one run in which these outcomes were come to."""
    session = SessionFile.create(path, path.stem)
    items = [item for item, _ in given]

    def made(repos: Repositories) -> Run:
        version = repos.rubrics.create(rubric)
        repos.items.add(items)
        run = repos.runs.create(version.id, (JUDGE,), RunSettings(), RunOrigin.LIVE, items, current_owner())
        put_outcomes(repos, run, given)
        return run

    return session, await session.write(made)


def put_outcomes(repos: Repositories, run: Run, given: Sequence[tuple[Item, Outcome]]) -> None:
    """Store what a run came to, one outcome an item."""
    repos.judgements.put_many(
        [
            Judgement(
                run_id=run.id,
                position=n,
                item=item,
                item_hash=item.content_hash,
                rubric=run.rubric_name,
                rubric_hash="",
                protocol=run.protocol,
                judge=run.judges[0],
                outcome=outcome,
                votes=(),
                started=datetime(2026, 1, 1, tzinfo=UTC),
            )
            for n, (item, outcome) in enumerate(given)
        ]
    )


def scored(clarity: float, truth: float) -> Outcome:
    return Outcome(
        Status.OK,
        score=(clarity + truth) / 2,
        scores={"clarity": clarity, "truth": truth},
        source=ScoreSource.SINGLE,
    )


def item(name: str, *labels: Label, category: str | None = None, split: str | None = None) -> Item:
    return Item(name, (f"Answer {name}.",), category=category, split=split, labels=labels)
