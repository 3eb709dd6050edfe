"""Sessions whose judges said what a test wants, without a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from judgetui.core.item import Item, Label
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.protocols.registry import starter_rubric
from judgetui.core.reply import Usage
from judgetui.core.rubric import Rubric
from judgetui.core.run import Run, RunOrigin, RunSettings
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

NOW = datetime(2026, 1, 2, tzinfo=UTC)
OK = Status.OK
PAIRS = starter_rubric("pairs", "mt-bench-pair")
GRADES = replace(starter_rubric("grades", "g-eval"), scale=NumericScale(1, 5))
CHECKS = replace(
    starter_rubric("checks", "pass-fail"),
    scale=LabelScale(("pass", "fail"), ("pass",), {"pass": 1, "fail": 0}),
)
LISTS = starter_rubric("lists", "listwise")

Said = Mapping[str, object]
"""What each judge said of an item; a status where it has no result, nothing where it was not asked."""


def outcome(said: object, criterion: str) -> Outcome:
    """The outcome that says this on one criterion."""
    match said:
        case Status():
            return Outcome(said)
        case float():
            return Outcome(OK, score=said, scores={criterion: said}, source=ScoreSource.SINGLE)
        case tuple():
            order = tuple(sorted(range(len(said)), key=lambda answer: -said[answer]))
            label = " > ".join("ABC"[answer] for answer in order)
            return Outcome(OK, answer_scores=said, ranking=order, label=label)
        case "A" | "B" | "tie" | "both_bad":
            return Outcome(OK, verdict=Verdict(said), labels={criterion: said})
    return Outcome(OK, label=str(said), labels={criterion: str(said)}, score=float(said == "pass"))


async def judged(
    path: Path,
    rubric: Rubric,
    rows: Sequence[Said],
    judges: Sequence[str] = ("x", "y", "z"),
    cascade: float | None = None,
) -> tuple[SessionFile, Run]:
    """A session with a run whose judges said this of its items."""
    items = [
        Item(f"i{n}", ("one", "two"), {"question": "q"}, labels=(Label("human", "A"),))
        for n in range(len(rows))
    ]

    def store(repos: Repositories) -> Run:
        version = repos.rubrics.create(rubric, "")
        repos.items.add(items)
        settings = RunSettings(cascade=cascade)
        run = repos.runs.create(version.id, judges, settings, RunOrigin.LIVE, items, "me")
        for position, (item, row) in enumerate(zip(items, rows, strict=True)):
            for judge, said in row.items():
                found = outcome(said, rubric.criteria[0].name)
                vote = Vote(found.status, usage=Usage(10, 1, 0))
                repos.judgements.put(
                    Judgement(
                        run.id, position, item, item.content_hash, rubric.name, "", rubric.protocol, judge,
                        found, (vote,), NOW, 0.5 if judge != "z" else None,
                    )
                )  # fmt: skip
        return run

    session = SessionFile.create(path, "s")
    return session, await session.write(store)


def each(rows: Sequence[str]) -> list[Said]:
    """Items of x, y and z, a letter each: A, B, T for a tie, - for a failure, space for not asked."""
    words: dict[str, object] = {"A": "A", "B": "B", "T": "tie", "-": Status.FAILED}
    return [
        {name: words[letter] for name, letter in zip("xyz", row, strict=True) if letter != " "}
        for row in rows
    ]
