"""Sessions that reports are made of: runs by stand-ins, labels by two people, failures, hostile texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from judgetui.core.item import Item, Label
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling
from judgetui.core.run import Run, RunSettings
from judgetui.core.scale import NumericScale
from judgetui.core.session import Version
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from tests.services.benches import trouble
from tests.services.standins import StandInJudge, reply

NOW: Final = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)

HOSTILE: Final = (
    "</script><img src=x onerror=alert(1)>",
    "</title></style><script>document.title='gone'</script>",
    '"><svg onload=alert(1)> &amp; &lt; &#60; ]]> <!-- -->',
    "[red]x[/red] [link](https://example.com/x) ![i](https://example.com/i.png)",
    "````\n# heading\n| a | b |\n~~~ $x$ <b>bold</b>\n```text\nend",
    "nul \x00 esc \x1b[31m bidi \u202e end \ufffe \uffff",
    "lone \ud800 half",
    "javascript:alert(1) https://example.com www.example.com a@example.com :smile:",
)
"""Texts that would do something in a page or a Markdown file, or break one."""

SCORES: Final = Rubric(
    name="answers",
    title="How good is the answer?",
    protocol="g-eval",
    task="Judge the answer.",
    criteria=(Criterion("truth", "Is it true?"), Criterion("clarity", "Is it clear?")),
    scale=NumericScale(1, 5, {1: "bad", 5: "good"}),
    inputs=(InputField("question"),),
    sampling=Sampling(n=1),
)
PAIRS: Final = Rubric(
    name="pairs",
    title="Which answer is better?",
    protocol="mt-bench-pair",
    task="Compare two answers.",
    criteria=(Criterion("better", "Which has its facts right?"),),
    inputs=(InputField("question"),),
)


def clock() -> datetime:
    """The same moment always."""
    return NOW


def point(value: int) -> int:
    """A point of the scale from 1 to 5."""
    return max(1, min(5, value))


def hostile(n: int) -> str:
    """One of the hostile texts."""
    return HOSTILE[n % len(HOSTILE)]


def scored_items(count: int, *, mean: bool = False) -> list[Item]:
    """Items with labels by two people on both criteria; with `mean`, of hostile texts."""
    found = []
    for n in range(count):
        quality = n % 5 + 1
        extra, every = f" {hostile(n)}" if mean else "", "\n".join(HOSTILE)
        labels = [
            Label("ana", float(quality), "truth"),
            Label("ana", float(point(quality + (n % 7 == 0))), "clarity"),
        ]
        if n % 2:
            labels.append(Label("ben <b>" if mean else "ben", float(point(quality - (n % 9 < 3))), "truth"))
        found.append(
            Item(
                f"i{n}{extra}",
                (f"answer-{n}.{extra}",),
                {"question": f"Why {n}?{every if mean and not n else extra}"},
                models=(f"m{n % 2}{extra[:20]}" if mean else f"m{n % 2}",),
                category=("maths", "poems")[n % 2],
                split="test" if n % 3 else "development",
                labels=tuple(labels) if n % 6 else (),
            )
        )
    return found


def pair_items(count: int) -> list[Item]:
    """Pairs by two models with verdicts of one person."""
    return [
        Item(
            f"p{n}",
            (f"answer-{n}." + " and more" * (n % 3), f"other-{n}."),
            {"question": f"Why {n}?"},
            models=("large", "small"),
            labels=(Label("ana", ("A", "B", "tie")[n % 3]),),
        )
        for n in range(count)
    ]


def number_of(request: JudgeRequest) -> int:
    """Which item a request is about."""
    text = "".join(message.content for message in request.messages)
    return int(text.partition("answer-")[2].partition(".")[0])


def scoring(lift: int) -> Callable[[JudgeRequest, int], JudgeReply | ProviderError]:
    """A judge that gives every fourth answer `lift` points too many, fails on some and talks of others."""

    def answer(request: JudgeRequest, asked: int) -> JudgeReply | ProviderError:
        n = number_of(request)
        if n % 11 == 10:
            return trouble(FailureKind.BAD_REQUEST)
        if n % 13 == 12:
            return reply(f"I would rather not say. {hostile(n)}")
        return reply(str(point(n % 5 + 1 + (lift if n % 4 == 0 else 0))))

    return answer


def comparing(request: JudgeRequest, asked: int) -> JudgeReply | ProviderError:
    """A judge that prefers the first slot on every fifth pair."""
    n = number_of(request)
    if n % 5 == 4:
        return reply("The first is better. [[A]]")
    better = ("A", "B", "C")[n % 3 if n % 4 else 0]
    if request.order == Order.BA:
        better = {"A": "B", "B": "A"}.get(better, better)
    return reply(f"Reasons {hostile(n)} for {n}. [[{better}]]")


async def run(session: SessionFile, version: Version, items: Sequence[Item], *judges: StandInJudge) -> Run:
    """Judge items by a version."""
    by_name = {judge.judge: judge for judge in judges}
    runner = Runner(session, by_name.__getitem__)
    made = await runner.create(
        version, tuple(by_name), items, RunSettings(concurrency=1, max_retries=0, timeout=60.0)
    )
    async for _ in runner.go(made):
        pass
    return await session.read(lambda repos: repos.runs.get(made.id))


async def scored_session(path: Path, count: int = 40, *, mean: bool = False) -> SessionFile:
    """Two versions of a rubric, run 1 of the first by one judge, run 2 of the second by two."""
    session = SessionFile.create(path, path.stem, clock=clock)
    items = scored_items(count, mean=mean)
    rubric = replace(SCORES, title=f"{SCORES.title} {HOSTILE[0]}", notes=HOSTILE[4]) if mean else SCORES
    better = replace(rubric, task=f"Judge the answer with care. {HOSTILE[3] if mean else ''}".strip())
    first = await session.write(lambda repos: repos.rubrics.create(rubric, "the first try"))
    await session.write(lambda repos: repos.items.add(items))
    await run(session, first, items, StandInJudge(scoring(2), name="standin:one"))
    note = HOSTILE[1] if mean else "asks for care"
    second = await session.write(lambda repos: repos.rubrics.add_version(first.rubric_id, better, note))
    await run(
        session,
        second,
        items,
        StandInJudge(scoring(1), name="standin:one"),
        StandInJudge(scoring(-1), name="standin:two"),
    )
    return session


async def paired_session(path: Path, count: int = 30) -> SessionFile:
    """One run of a pairwise rubric by one judge."""
    session = SessionFile.create(path, path.stem, clock=clock)
    items = pair_items(count)
    version = await session.write(lambda repos: repos.rubrics.create(PAIRS, "first"))
    await session.write(lambda repos: repos.items.add(items))
    await run(session, version, items, StandInJudge(comparing, name="standin:pairs"))
    return session
