"""Budgets: a run never costs more than it may, whatever comes back in which order, and can go on with more."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.request import JudgeRequest
from judgetui.core.run import RunStatus
from judgetui.errors import InputError
from judgetui.providers.base import FailureKind, OnText
from judgetui.storage.database import SessionFile
from tests.services.benches import Bench, about, items, rubric, trouble
from tests.services.standins import StandInJudge

LONGEST = 2048
"""Tokens that a reply may have in the protocol that is used here, MT-bench's for one answer."""

TOKEN = 0.001
"""US dollars for a token that is written; those that are read cost nothing here."""


def price(judge: str, usage: Usage, endpoint: str = "") -> float | None:
    """What a call of `Spender` costs."""
    return None if usage.output is None else TOKEN * usage.output


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    """A session of the test's own."""
    with SessionFile.create(tmp_path / "s.db", "s") as opened:
        yield opened


@pytest.fixture
def priced() -> Iterator[None]:
    """All judges cost what `price` says."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("lanes", "purse", "requirements"):
            patch.setattr(f"judgetui.services.{module}.price", price)
        yield


class Spender(StandInJudge):
    """A judge whose call about an item writes so many tokens, after so many turns of the event loop.

    Args:
        written: tokens by item; -1 is a call that times out once, whose cost is not known.
        turns: by item.

    Attributes:
        spent: US dollars for all answers so far.
    """

    def __init__(self, name: str, written: list[int], turns: list[int]) -> None:
        super().__init__(lambda request, number: trouble(FailureKind.SERVER), name=name)
        self.spent = 0.0
        self._written = list(written)
        self._turns = turns

    async def ask(
        self,
        request: JudgeRequest,
        *,
        timeout: float,  # noqa: ASYNC109 - as the provider it stands in for has it
        on_text: OnText | None = None,
    ) -> JudgeReply:
        """Take its turns, then answer."""
        self.asked.append(request)
        item = about(request)
        for _ in range(self._turns[item % len(self._turns)]):
            await asyncio.sleep(0)
        tokens = self._written[item % len(self._written)]
        if tokens < 0:
            self._written[item % len(self._written)] = request.max_tokens
            self.spent += TOKEN * request.max_tokens
            raise trouble(FailureKind.TIMEOUT)
        tokens = min(tokens, request.max_tokens)
        self.spent += TOKEN * tokens
        return JudgeReply("Rating: [[4]]", usage=Usage(10, tokens))


@settings(max_examples=40)
@given(
    written=st.lists(st.integers(-1, LONGEST), min_size=1, max_size=12),
    turns=st.lists(st.integers(0, 60), min_size=1, max_size=12),
    share=st.floats(0.02, 1.3),
    judges=st.integers(1, 3),
    concurrency=st.sampled_from([1, 3, None, 16]),
)
@example(written=[LONGEST], turns=[50], share=0.5, judges=1, concurrency=16)
@example(written=[1, LONGEST], turns=[60, 0, 7], share=0.4, judges=3, concurrency=None)
@example(written=[-1, LONGEST, 0], turns=[9, 0], share=0.7, judges=2, concurrency=3)
async def test_a_budget_is_never_overdrawn(
    written: list[int], turns: list[int], share: float, judges: int, concurrency: int | None
) -> None:
    """With several judges, each behind an endpoint of its own, one purse is shared by lanes that know nothing of
    each other."""
    count = 12
    with (
        pytest.MonkeyPatch.context() as patch,
        tempfile.TemporaryDirectory() as folder,
        SessionFile.create(Path(folder) / "s.db", "s") as session,
    ):
        for module in ("lanes", "purse", "requirements"):
            patch.setattr(f"judgetui.services.{module}.price", price)
        asked = [Spender(f"standin:{n}", written, turns) for n in range(judges)]
        bench = Bench(session, *asked)
        budget = share * judges * count * LONGEST * TOKEN
        run = await bench.start(
            rubric(protocol="mt-bench-single"),
            items(count),
            budget=budget,
            concurrency=concurrency,
            max_retries=3,
        )
        going = await bench.finish(run)
        spent = sum(judge.spent for judge in asked)
        assert spent <= budget + 1e-9
        known = going.ended.run.cost_usd or 0.0
        assert known <= spent + 1e-9
        if going.ended.status is RunStatus.PAUSED:
            assert "budget" in going.ended.reason and f"${budget:g}" in going.ended.reason
            calls = sum(len(judge.asked) for judge in asked)
            again = await bench.finish(run)
            assert sum(judge.spent for judge in asked) <= budget + 1e-9 or -1 in written
            await session.write(lambda repos: repos.runs.set_budget(run.id, 1e6))
            going = await bench.finish(run)
            assert sum(len(judge.asked) for judge in asked) > calls
            assert again.ended.status in {RunStatus.PAUSED, RunStatus.DONE}
        assert going.ended.status is RunStatus.DONE
        assert going.ended.run.counts == {"ok": judges * count}
        for judge in asked:
            failed = sum(1 for each in range(count) if written[each % len(written)] == -1)
            assert count <= len(judge.asked) <= count + failed


async def test_it_goes_as_far_as_the_money_lasts(session: SessionFile, priced: None) -> None:
    judge = Spender("standin:one", [100], [0])
    bench = Bench(session, judge)
    run = await bench.start(rubric(protocol="mt-bench-single"), items(40), budget=3.0, concurrency=4)
    going = await bench.finish(run)
    most = TOKEN * LONGEST
    assert going.ended.status is RunStatus.PAUSED and going.ended.cause is None
    assert 3.0 - most < judge.spent <= 3.0
    assert going.ended.run.cost_usd == pytest.approx(judge.spent)
    assert {each.max_tokens for each in judge.asked} == {LONGEST}
    assert going.ended.run.counts == {"ok": len(judge.asked)}


async def test_one_lane_waits_for_what_another_may_leave(session: SessionFile, priced: None) -> None:
    """The first judge may take all of the money and takes little; the second then has room, and is not stopped."""
    slow, quick = Spender("standin:slow", [1], [400]), Spender("standin:quick", [1], [0])
    bench = Bench(session, slow, quick)
    most = TOKEN * LONGEST
    run = await bench.start(rubric(protocol="mt-bench-single"), items(1), budget=1.5 * most)
    going = await asyncio.wait_for(bench.finish(run), 20)
    assert going.ended.status is RunStatus.DONE and going.ended.run.counts == {"ok": 2}


async def test_a_budget_wants_a_price(session: SessionFile) -> None:
    bench = Bench(session, Spender("standin:one", [1], [0]))
    with pytest.raises(InputError, match="price of standin:one is not known"):
        await bench.start(rubric(protocol="mt-bench-single"), items(1), budget=1.0)
    assert session.read_now(lambda repos: repos.runs.all()) == []


async def test_without_a_budget_nothing_is_counted(session: SessionFile) -> None:
    bench = Bench(session, Spender("standin:one", [1], [0]))
    going = await bench.finish(await bench.start(rubric(protocol="mt-bench-single"), items(3)))
    assert going.ended.status is RunStatus.DONE and going.ended.run.cost_usd is None


async def test_what_was_paid_for_incomplete_judgements_counts_when_it_goes_on(
    session: SessionFile, priced: None
) -> None:
    """Eight calls a judgement, and money for fewer: no judgement is ever complete, and no go pays anew."""
    judge = Spender("standin:one", [LONGEST], [0])
    bench = Bench(session, judge)
    most = TOKEN * LONGEST
    of = rubric(*"abcdefgh", protocol="mt-bench-single")
    run = await bench.start(of, items(2), budget=3.5 * most, concurrency=1)
    for _ in range(3):
        going = await bench.finish(run)
        assert going.ended.status is RunStatus.PAUSED and going.judged == []
    assert len(judge.asked) == 3
    assert await session.read(lambda repos: repos.runs.spent(run.id)) == pytest.approx(3 * most)


async def test_what_timed_out_calls_may_have_cost_counts_when_it_goes_on(
    session: SessionFile, priced: None
) -> None:
    judge = StandInJudge(lambda request, number: trouble(FailureKind.TIMEOUT))
    bench = Bench(session, judge)
    most = TOKEN * LONGEST
    of = rubric(protocol="mt-bench-single")
    run = await bench.start(of, items(9), budget=3.5 * most, concurrency=1, max_retries=0)
    for _ in range(3):
        going = await bench.finish(run)
        assert going.ended.status is RunStatus.PAUSED and "is spent" in going.ended.reason
        assert len(judge.asked) == 3
    assert await session.read(lambda repos: repos.runs.spent(run.id)) == pytest.approx(3 * most)
    assert going.ended.run.cost_usd == 0, "nobody knows whether they were charged"


async def test_a_runs_cost_is_all_that_was_paid_for_it(session: SessionFile, priced: None) -> None:
    """Also what failed judgements had cost that were asked again."""
    bad = {"b"}
    judge = StandInJudge(
        lambda request, number: (
            trouble(FailureKind.BAD_REQUEST)
            if request.criterion in bad
            else JudgeReply("Rating: [[4]]", usage=Usage(0, 100))
        )
    )
    bench = Bench(session, judge)
    run = await bench.start(rubric("a", "b", protocol="mt-bench-single"), items(5), concurrency=1)
    first = await bench.finish(run)
    assert first.ended.run.cost_usd == pytest.approx(5 * 100 * TOKEN)
    bad.clear()
    second = await bench.finish(run, failed=True)
    assert second.ended.run.counts == {"ok": 5}
    assert second.ended.run.cost_usd == pytest.approx(10 * 100 * TOKEN)
    (listed,) = await session.read(lambda repos: repos.runs.all())
    assert listed.cost_usd == second.ended.run.cost_usd
