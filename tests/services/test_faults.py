"""Runs by the real SDKs against a server that fails in every way: each item ends in its state, none lost or doubled."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from judgetui.core.events import Judged
from judgetui.core.run import RunStatus
from judgetui.core.vote import Status
from judgetui.providers.anthropic.messages import AnthropicJudge
from judgetui.providers.openai.chat import OpenAIJudge
from judgetui.providers.sdk import SdkJudge
from judgetui.services import retrying
from judgetui.storage.connections import connect
from judgetui.storage.database import SessionFile
from tests.services.benches import Bench, items, rubric
from tests.services.faulty import ESCAPES, FAULTS, HANGS, LONG, ODD, FaultyServer

ITEMS = 450

JUDGES: dict[str, Callable[[str], SdkJudge]] = {
    "openai": lambda url: OpenAIJudge("openai:m", "m", base_url=f"{url}/v1", key=None),
    "anthropic": lambda url: AnthropicJudge("anthropic:m", "m", base_url=url, key=None),
}


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out of the environment what would change where calls go."""
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "ANTHROPIC_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    """A session of the test's own."""
    with SessionFile.create(tmp_path / "s.db", "s") as opened:
        yield opened


def a_tenth(seed: int) -> Callable[[int, int], str]:
    """A tenth of all answers is at fault, by any of the faults alike; a tenth of the replies is odd.

    No item's tries fail more often than they may: the draw is by item and try, and `ITEMS` are looked through.
    """
    fates = {item: [_drawn(random.Random(f"{seed} {item} {n}")) for n in range(3)] for item in range(ITEMS)}
    for tries in fates.values():
        if all(fate in FAULTS for fate in tries):
            tries[2] = ""
    return lambda item, attempt: fates[item][attempt] if attempt < 3 else ""


def _drawn(draw: random.Random) -> str:
    found = draw.random()
    if found < 0.1:
        return draw.choice(FAULTS)
    return draw.choice(ODD) if found < 0.2 else ""


def each_a_tenth(item: int, attempt: int) -> str:
    """A tenth of the items for each of them: nine in ten first answers are wrong in some way."""
    fate = ("", *FAULTS, *ODD)[item % 10]
    return fate if attempt == 0 or fate in ODD else ""


@pytest.mark.slow
@pytest.mark.parametrize("name", JUDGES)
@pytest.mark.parametrize("plan", [a_tenth(1), a_tenth(2), each_a_tenth], ids=["tenth-1", "tenth-2", "each"])
async def test_every_item_ends_in_its_state(
    session: SessionFile, name: str, plan: Callable[[int, int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if plan is each_a_tenth:  # far more trouble than a run would go on with
        monkeypatch.setattr(retrying, "RETRY_FLOOR", ITEMS)
    server = FaultyServer(plan)
    judge = JUDGES[name](server.url)
    bench = Bench(session, judge)
    run = await bench.start(rubric(protocol="mt-bench-single"), items(ITEMS), concurrency=16)
    told: Counter[int] = Counter()
    async for event in bench.runner.go(run):
        if isinstance(event, Judged):
            told[event.judgement.position] += 1
    await judge.close()
    server.close()

    last = {item: plan(item, server.received[item] - 1) for item in range(ITEMS)}
    stored = await bench.stored(run)
    assert told == Counter(range(ITEMS)) and [each.position for each in stored] == [*range(ITEMS)]
    for judgement in stored:
        fate = last[judgement.position]
        assert fate not in FAULTS
        expected = Status.UNPARSED if fate == "no verdict" else Status.OK
        assert (judgement.status, fate) == (expected, fate)
        assert judgement.outcome.score == (4.0 if expected is Status.OK else None)
        if fate == "long":
            assert len(judgement.votes[0].raw) > LONG
        if fate == "escapes":
            assert judgement.votes[0].raw.startswith(ESCAPES)
    ended = session.read_now(lambda repos: repos.runs.get(run.id))
    assert ended.status is RunStatus.DONE and ended.done == ITEMS

    # As many replies are stored as the server gave, and it was asked once more for each fault. A request on a
    # connection that the server is closing may fail before the server sees it, so that there can be more retries.
    calls = session.read_now(lambda repos: repos.calls.used_by(run.id))
    assert server.replied == Counter(range(ITEMS))
    assert len(calls) == len({call.key for call in calls}) == ITEMS
    assert {vote.call for each in stored for vote in each.votes} == {call.key for call in calls}
    for item, count in server.received.items():
        assert all(plan(item, attempt) in FAULTS for attempt in range(count - 1))
    assert 0 < server.received.total() - ITEMS <= ended.retries
    assert ended.usage.output == 5 * ITEMS
    with closing(connect(session.path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("name", JUDGES)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_that_stays_fails_its_item(session: SessionFile, name: str, fault: str) -> None:
    server = FaultyServer(lambda item, attempt: fault if item == 1 else "")
    judge = JUDGES[name](server.url)
    bench = Bench(session, judge)
    run = await bench.start(rubric(protocol="mt-bench-single"), items(3), max_retries=2, concurrency=1)
    going = await bench.finish(run)
    await judge.close()
    server.close()
    assert going.ended.run.counts == {"ok": 2, "failed": 1}
    assert server.received[1] == (1 + retrying.CROWDED_TRIES if fault == "429" else 3)
    assert len(session.read_now(lambda repos: repos.calls.used_by(run.id))) == 2
    (failed,) = [each for each in await bench.stored(run) if each.status is Status.FAILED]
    assert failed.position == 1 and judge.judge in failed.outcome.detail


@pytest.mark.parametrize("name", JUDGES)
async def test_a_call_that_hangs_ends_at_its_time(session: SessionFile, name: str) -> None:
    """The time limit is counted by the judge, which has no clock to pass in: a third of a second."""
    server = FaultyServer(lambda item, attempt: HANGS if item == 1 and attempt == 0 else "")
    judge = JUDGES[name](server.url)
    bench = Bench(session, judge)
    run = await bench.start(
        rubric(protocol="mt-bench-single"), items(1), max_retries=1, timeout=10, concurrency=1
    )
    await bench.finish(run)  # loads the SDK, which is no time of a call's
    again = await bench.again(run.version_id, items(3), max_retries=1, timeout=0.3, concurrency=1, fresh=True)
    going = await bench.finish(again)
    await judge.close()
    server.close()
    assert going.ended.run.counts == {"ok": 3} and going.ended.run.retries == 1
    assert any("no answer within 0.3 s" in told for told in going.told)
