"""What the screens say of runs: budgets, failures, cascades, caches, notes, states."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from judgetui.core.events import Progress
from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.run import Run, RunOrigin, RunSettings, RunStatus
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.services.pacing import FIRST_WINDOW, LARGEST_WINDOW
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.budgets import budget_problem
from judgetui.tui.modals.dialogs import AskText
from judgetui.tui.screens import runs as runs_screen
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.run_head import cache_words, detail_text, of_wanted, spent_words, state_words
from judgetui.tui.widgets.status import progress_text
from tests.services.standins import StandInJudge, reply
from tests.tui.judged import SIZES, app_with, bare_session, ended, held, marks, open_on, sees, told
from tests.tui.spaces import EXPLANATION, make_app, space_of, until
from tests.tui.test_compare import pair

PRICED = "openai:gpt-4o-mini"
"""A judge whose price is known."""

RUN = Run(
    id=3,
    version_id=1,
    rubric_id=1,
    rubric_name="r",
    version_number=2,
    protocol="mt-bench-pair",
    judges=("a:one", "b:two"),
    settings=RunSettings(),
    origin=RunOrigin.LIVE,
    status=RunStatus.DONE,
    reason="",
    items=10,
    counts={"ok": 13},
    usage=Usage(4_000, 900, 1_240),
    cost_usd=0.5,
    created=datetime(2026, 1, 2, tzinfo=UTC),
    finished=None,
)
GOING = Progress(3, 20, {"ok": 5}, frozenset(), 5, 0, 0, Usage(4_000, 900, 1_240), 0.5, 10.0, 30.0, at_once=8)


async def paid_session(path: Path, budget: float) -> tuple[Path, StandInJudge]:
    """A run that its budget paused before the first call."""
    await bare_session(path, EXPLANATION, [pair("one"), pair("two")])
    judge = StandInJudge(marks("A", "B"), name=PRICED, endpoint="https://api.openai.com/v1")
    with SessionFile.open(path) as session:
        version = await session.read(lambda repos: repos.rubrics.latest(1))
        items = await session.read(lambda repos: repos.items.all())
        runner = Runner(session, lambda name: judge)
        run = await runner.create(version, (judge.judge,), items, RunSettings(concurrency=1, budget=budget))
        async for _ in runner.go(run):
            pass
        assert (await session.read(lambda repos: repos.runs.get(run.id))).status is RunStatus.PAUSED
    return path, judge


async def answered(pilot: Pilot[int], app: JudgetuiApp, text: str) -> None:
    """Write a line into the dialog and accept it."""
    await until(pilot, lambda: isinstance(app.screen, AskText), "asking")
    app.screen.query_one(Input).value = text
    await pilot.press("enter")


@pytest.mark.parametrize("size", SIZES)
async def test_a_run_that_its_budget_paused_goes_on_with_a_larger_one(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    path, judge = await paid_session(tmp_path / "s.db", 0.0001)
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, 1, "runs")
        await sees(pilot, app, "paused: budget", "0/2")
        await until(
            pilot,
            lambda: (
                "why it stopped: $0.0000 of the budget of $0.0001 is spent"
                in (app.screen.query_one("#detail", TextPane).full)
            ),
            "the reason",
        )
        await pilot.press("u")
        await sees(pilot, app, "Go on with run 1", "of the budget of $0.0001 is spent", "more than $0.0001")
        await answered(pilot, app, "a lot [b")
        await sees(pilot, app, "write a number of US dollars, such as 0.50.")
        await answered(pilot, app, "0.0001")
        await sees(pilot, app, "it must be more than $0.0001.")
        assert not judge.asked
        await answered(pilot, app, "$1.50")
        await told(pilot, app, "Run 1 goes on at 0 of 2.")
        await sees(pilot, app, "2/2", "done")
        await ended(pilot, app)
        assert len(judge.asked) == 4
        assert "budget $1.50" in app.screen.query_one("#detail", TextPane).full


async def test_without_a_larger_budget_it_stays_paused(tmp_path: Path) -> None:
    path, judge = await paid_session(tmp_path / "s.db", 0.0001)
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1, "runs")
        await sees(pilot, app, "paused: budget")
        await pilot.press("u")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking")
        await pilot.press("escape")
        await sees(pilot, app, "paused: budget")
        assert space_of(app).live is None and not judge.asked


async def test_the_end_by_budget_is_told_with_what_to_do(tmp_path: Path) -> None:
    path, judge = await paid_session(tmp_path / "s.db", 0.0001)
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1, "compare")
        await sees(pilot, app, "paused: budget", "$0.0000 of the budget of $0.0001 is spent")
        run = space_of(app).shown
        assert run is not None
        app.start_run(run)
        await told(pilot, app, "On the runs screen (6), u goes on with a larger budget.")


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-1", "0", "1", "0,5", "$", "1 dollar"])
def test_no_budget(text: str) -> None:
    assert budget_problem(text, 1.0)


@pytest.mark.parametrize("text", ["1.01", "$2", " 5 ", "1e3"])
def test_a_budget(text: str) -> None:
    assert not budget_problem(text, 1.0)


async def test_on_the_runs_screen_only_what_failed_is_asked_again(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair("one"), pair("two"), pair("three")])
    failing = [True]

    def answer(request: JudgeRequest, number: int) -> JudgeReply | ProviderError:
        if failing[0] and "What of two?" in request.messages[-1].content:
            return ProviderError(FailureKind.TIMEOUT, "no answer within 1 s.")
        return marks("A", "B")(request, number)

    judge = StandInJudge(answer)
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1, "runs")
        app.ask_to_run(space_of(app).items)
        await sees(pilot, app, "2 ok 1 failed")
        await ended(pilot, app)
        asked, failing[0] = len(judge.asked), False
        await pilot.press("R")
        await told(pilot, app, "Run 1 asks again for 1 judgement that failed.")
        await sees(pilot, app, "3 ok")
        await ended(pilot, app)
        assert {request.order for request in judge.asked[asked:]} == {Order.AB, Order.BA}
        assert all("What of two?" in request.messages[-1].content for request in judge.asked[asked:])
        await pilot.press("R")
        await told(pilot, app, "Nothing failed in run 1.")


async def cascade_session(path: Path, names: Sequence[str] = ("one", "two", "three")) -> Path:
    """A cascade whose first judge contradicts itself on the last item alone, so that one goes on."""
    await bare_session(path, EXPLANATION, [pair(name) for name in names])

    def doubts(request: JudgeRequest, number: int) -> JudgeReply:
        sure = f"What of {names[-1]}?" not in request.messages[-1].content
        return reply("[[A]]" if not sure or request.order == Order.AB else "[[B]]")

    first = StandInJudge(doubts, name="standin:cheap")
    second = StandInJudge(marks("A", "B"), name="standin:dear")
    judges = {judge.judge: judge for judge in (first, second)}
    with SessionFile.open(path) as session:
        version = await session.read(lambda repos: repos.rubrics.latest(1))
        items = await session.read(lambda repos: repos.items.all())
        runner = Runner(session, judges.__getitem__)
        run = await runner.create(version, tuple(judges), items, RunSettings(concurrency=1, cascade=0.6))
        async for _ in runner.go(run):
            pass
    return path


@pytest.mark.parametrize("size", SIZES)
async def test_a_cascade_says_its_threshold_and_how_many_went_on(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = make_app(tmp_path, await cascade_session(tmp_path / "s.db"))
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, 1, "runs")
        await sees(pilot, app, "4/4", "done")
        detail = "1 of 3 items went on to standin:dear (certainty below 0.6)"
        await until(pilot, lambda: detail in app.screen.query_one("#detail", TextPane).full, "the detail")
        full = app.screen.query_one("#detail", TextPane).full
        assert "4 of 4 judged" in full and "cascade: standin:cheap judged 3 of 3 items" in full
        await pilot.press("u")
        await told(pilot, app, "Run 1 is complete")
        await pilot.press("3")
        text = await sees(
            pilot, app, "cascade below 0.6: 3 → 1", "4/4", "not asked: standin:cheap is certain"
        )
        assert not re.search("1 of 2(?! ✓)", text) and "not judged" not in text
        await pilot.press("n", "n")
        await sees(pilot, app, "3 of 3 · three", "= A, consistent")


def test_a_cascade_that_has_not_ended_may_come_to_fewer() -> None:
    cascade = replace(RUN, settings=RunSettings(cascade=0.6))
    assert of_wanted(13, cascade) == "13/13"
    assert of_wanted(13, replace(cascade, status=RunStatus.CANCELLED)) == "13/≤20"
    assert of_wanted(5, replace(cascade, status=RunStatus.RUNNING), replace(GOING, total=14)) == "5/14"
    assert of_wanted(13, RUN) == "13/20"
    text = detail_text(replace(cascade, status=RunStatus.CANCELLED), cascade.counts, [])
    assert "13 of at most 20 judged" in text


def test_what_was_spent_says_what_was_thinking_and_what_the_cache_gave() -> None:
    assert cache_words(RUN.usage) == "31% of prompt tokens from the judge's cache (1,240 of 4,000)"
    usage = replace(RUN.usage, reasoning=512, cache_write=300)
    assert spent_words(usage) == "4,000 tokens read, 900 written (512 of them thinking)"
    assert cache_words(usage).endswith("(1,240 of 4,000), 300 written to it")
    assert cache_words(Usage(4_000, 900)) == ""
    assert cache_words(Usage(4_000, 900, cache_write=300)) == "300 written to the judge's cache"
    assert cache_words(Usage(4_000, 900, 0)).startswith("0% of prompt tokens")
    assert cache_words(Usage(None, None, 0)) == ""
    text = detail_text(replace(RUN, usage=usage), RUN.counts, ["a note [b"])
    for line in (spent_words(usage), cache_words(usage), "note: a note [b"):
        assert line in text


def test_calls_at_once_are_told_as_asked_and_as_they_are() -> None:
    adaptive = f"{FIRST_WINDOW} to {LARGEST_WINDOW} calls at once, as the endpoint bears"
    assert adaptive in detail_text(RUN, RUN.counts, [])
    assert f"{adaptive} (8 for the moment)" in detail_text(RUN, RUN.counts, [], progress=GOING)
    few = replace(RUN, settings=RunSettings(concurrency=7))
    assert "at most 7 calls at once" in detail_text(few, RUN.counts, [])


def test_the_live_line_says_more_where_there_is_room() -> None:
    wide, narrow = progress_text(GOING, room=200), progress_text(GOING, room=60, width=10)
    assert wide.startswith(progress_text(GOING, room=0))
    assert wide.endswith("8 at once  31% of 4,000 cached")
    assert "at once" not in narrow and "cached" not in narrow
    assert progress_text(replace(GOING, paused=True), room=0).count("paused, h goes on") == 1


@pytest.mark.parametrize("status", RunStatus)
async def test_every_state_has_words(tmp_path: Path, status: RunStatus) -> None:
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair("one")])
    app = make_app(tmp_path, path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.space is not None, "opening")
        assert state_words(replace(RUN, status=status), space_of(app))


async def test_what_was_noticed_stands_with_the_run(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair("one"), pair("two")])
    verdicts = marks("A", "B")

    def answer(request: JudgeRequest, number: int) -> JudgeReply:
        found = verdicts(request, number)
        assert isinstance(found, JudgeReply)
        dropped = {"temperature": "it has [b none"}
        return replace(found, model="m-1" if number < 2 else "m-2", dropped=dropped)

    judge = StandInJudge(answer)
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1, "runs")
        app.ask_to_run(space_of(app).items)
        await ended(pilot, app)
        changed = "the server's model changed during the run, from m-1 to m-2"
        dropped = "temperature was not sent as asked: it has [b none"
        await told(pilot, app, changed)
        await told(pilot, app, dropped)
        await sees(pilot, app, "2/2", f"note: standin:one: {changed}", f"note: standin:one: {dropped}")
        await sees(pilot, app, "40% of prompt tokens from the judge's cache (16 of 40)")


async def test_what_a_run_has_cost_so_far_is_told_while_it_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_screen, "NOTICES_AFTER", 0.0)
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair("one"), pair("two")])
    hold = asyncio.Event()
    hold.set()

    def answer(request: JudgeRequest, number: int) -> JudgeReply:
        if number == 1:
            hold.clear()
        found = marks("A", "B")(request, number)
        assert isinstance(found, JudgeReply)
        return found

    judge = StandInJudge(answer, hold=hold)
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1, "runs")
        app.ask_to_run(space_of(app).items)
        await held(judge, 3)
        await pilot.press("h")
        await sees(pilot, app, "1/2", "20 tokens read, 4 written", "(1 for the moment)")
        await pilot.press("x")
