"""Small rubrics, items, judgements and calls to store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from judgetui.core.item import Item
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.request import JudgeRequest, Message
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.run import Call, Run, RunOrigin, RunSettings
from judgetui.core.scale import NumericScale
from judgetui.core.vote import ScoreSource, Status, Vote
from judgetui.storage.connections import connect
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import current_owner
from judgetui.storage.repositories import Repositories

JUDGE = "openai:gpt"
SYSTEM = "You judge answers. " * 40

USAGE = Usage(100, 20, 10)

FOREIGN_OWNER = "1@another-host:77"


class Clock:
    """A clock that goes on by a second each time somebody looks."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def a_rubric(name: str = "coherence", task: str = "Judge the answer.", title: str = "") -> Rubric:
    return Rubric(
        name=name,
        protocol="g-eval",
        task=task,
        title=title,
        criteria=(Criterion("coherence", "Does it hang together?"),),
        scale=NumericScale(1, 5),
    )


def an_item(name: str = "one", response: str = "An answer.", **fields: object) -> Item:
    return Item(name, (response,), fields)


def items(count: int) -> list[Item]:
    return [an_item(f"item-{number}", f"Answer {number}.") for number in range(count)]


def a_run(
    q: Repositories,
    count: int = 3,
    judges: Sequence[str] = (JUDGE,),
    owner: str | None = None,
    name: str = "coherence",
) -> Run:
    """A run over new items, of a rubric that is made when it is not there."""
    rubric_id = q.rubrics.by_name(name) or q.rubrics.create(a_rubric(name)).rubric_id
    version = q.rubrics.latest(rubric_id)
    return q.runs.create(
        version.id,
        judges,
        RunSettings(samples=3),
        RunOrigin.LIVE,
        items(count),
        current_owner() if owner is None else owner,
    )


def a_judgement(
    run: Run,
    position: int = 0,
    judge: str = JUDGE,
    status: Status = Status.OK,
    score: float | None = 4.0,
    usage: Usage = USAGE,
    cost: float | None = 0.5,
) -> Judgement:
    item = items(position + 1)[position]
    score = score if status is Status.OK else None
    return Judgement(
        run_id=run.id,
        position=position,
        item=item,
        item_hash=item.content_hash,
        rubric=run.rubric_name,
        rubric_hash="",
        protocol=run.protocol,
        judge=judge,
        outcome=Outcome(
            status,
            score=score,
            scores={} if score is None else {"coherence": score},
            source=None if score is None else ScoreSource.SINGLE,
        ),
        votes=(Vote(status, "coherence", score=score, raw="Score: 4", usage=usage, call=f"key-{position}"),),
        started=datetime(2026, 1, 1, tzinfo=UTC),
        cost_usd=cost,
    )


def a_call(key: str = "key-0", reply: str = "Score: 4", system: str = SYSTEM) -> Call:
    return Call(
        key=key,
        judge=JUDGE,
        request=JudgeRequest((Message("system", system), Message("user", f"Judge {key}."))),
        reply=JudgeReply(reply, usage=Usage(100, 20, 10), model="gpt-1"),
        sent={"model": "gpt", "messages": [{"role": "system", "content": system}]},
        created=datetime(2026, 1, 1, tzinfo=UTC),
    )


def table_count(session: SessionFile, table: str) -> int:
    """Rows of a table, as another connection sees them: what is committed."""
    db = connect(session.path)
    try:
        return int(db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
    finally:
        db.close()


@contextmanager
def untouched(path: Path) -> Iterator[None]:
    """Asserts that a file's bytes and the names beside it are the same afterwards."""

    def state() -> tuple[bytes, list[Path]]:
        return (path.read_bytes() if path.is_file() else b"", sorted(path.parent.iterdir()))

    before = state()
    yield
    assert state() == before
