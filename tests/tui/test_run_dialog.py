"""The dialog before a run: what it says a run will ask for and cost."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from judgetui.core.vote import ScoreSource
from judgetui.services.planning import Estimate
from judgetui.tui.modals.dialogs import AskText
from judgetui.tui.modals.judge import JudgeDialog
from judgetui.tui.modals.run import estimate_text
from tests.services.standins import StandInJudge, reply
from tests.tui.judged import app_with, ended, judged_session, sees, told
from tests.tui.spaces import make_app, make_session, run_of, until

PAID = Estimate(
    judge="openai:gpt-5",
    calls=60,
    held=0,
    certain=True,
    input_tokens=38_400,
    cacheable_tokens=9_000,
    exact=False,
    method="tiktoken o200k_base",
    least_output=60,
    most_output=61_440,
    cost_low=0.0125,
    cost_high=0.59,
    source=ScoreSource.LOGPROBS,
    batch=False,
)


def test_what_it_asks_for_and_between_what_and_what_it_costs() -> None:
    assert estimate_text(PAID).splitlines() == [
        "60 calls",
        "≈ 38,400 prompt tokens (tiktoken o200k_base)",
        "at most 61,440 written, thinking included",
        "at least $0.0125: bare verdicts, the rubric from the cache",
        "at most $0.59: the longest replies, nothing from the cache",
        "Scores from token probabilities, where the judge gives them.",
    ]


def test_what_is_answered_already_is_said() -> None:
    assert estimate_text(replace(PAID, held=12)).startswith("60 calls, 12 of them answered already\n")


def test_an_exact_count_has_no_mark_of_an_estimate() -> None:
    assert "\n38,400 prompt tokens (llama.cpp)\n" in estimate_text(
        replace(PAID, exact=True, method="llama.cpp")
    )


def test_unknown_is_never_shown_as_nothing() -> None:
    unknown = estimate_text(replace(PAID, cost_low=None, cost_high=None))
    assert "\ncost unknown\n" in unknown and "$" not in unknown
    assert "\nno cost\n" in estimate_text(replace(PAID, cost_low=0.0, cost_high=0.0))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_figures_have_a_line_each(tmp_path: Path, size: tuple[int, int]) -> None:
    pytest.importorskip("genai_prices")
    judge = StandInJudge(lambda request, number: reply("4"), name="anthropic:claude-opus-5-5")
    app = app_with(tmp_path, make_session(tmp_path / "s.db"), judge)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: app.space is not None and app.space.all_items, "opening")
        await pilot.press("f5")
        text = await sees(pilot, app, "at most $")
        for line in (
            r" 60 calls ",
            r" ≈ [\d,]+ prompt tokens \(words\) ",
            r" at most 300 written, thinking included ",
            r" at least \$0\.\d+: bare verdicts ",
            r" at most \$0\.\d+: the longest replies ",
        ):
            assert re.search(line, text), text


async def test_a_run_that_was_made_before_is_answered_already(tmp_path: Path) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.space is not None and app.space.all_items, "opening")
        await pilot.press("f5")
        await sees(pilot, app, "3 of them answered already")
        await pilot.press("down")
        await sees(pilot, app, "14 of them answered already")


async def test_judges_are_added_and_a_budget_is_set(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.space is not None and app.space.all_items, "opening")
        await pilot.press("f5")
        await sees(pilot, app, "Run answer-correctness v1 with scripted:1", "prompt tokens")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, JudgeDialog), "the judges")
        app.screen.query_one("#judge", Input).focus()
        app.screen.query_one("#judge", Input).value = "scripted:2"
        await pilot.press("ctrl+s")
        await sees(pilot, app, "with scripted:1 and scripted:2", "6 calls of 2 judges", "together: no cost")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, JudgeDialog), "the judges")
        await pilot.press("ctrl+s")
        await told(pilot, app, "scripted:1 is one of the judges already.")
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking")
        app.screen.query_one(Input).value = "none"
        await pilot.press("enter")
        await sees(pilot, app, "write a number of US dollars")
        app.screen.query_one(Input).value = "2"
        await pilot.press("enter")
        await sees(pilot, app, "most $2.00", "together: no cost")
        await pilot.press("enter")
        await ended(pilot, app)
        await until(pilot, lambda: app.space is not None and app.space.shown is not None, "running")
        run = run_of(app)
        assert run.judges == ("scripted:1", "scripted:2")
        assert (run.settings.budget, run.items, run.done) == (2.0, 3, 6)


async def test_a_budget_needs_prices(tmp_path: Path) -> None:
    judge = StandInJudge(lambda request, number: reply("4"))
    app = app_with(tmp_path, make_session(tmp_path / "s.db"), judge)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.space is not None and app.space.all_items, "opening")
        await pilot.press("f5")
        await sees(pilot, app, "cost unknown")
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking")
        app.screen.query_one(Input).value = "2"
        await pilot.press("enter")
        await sees(pilot, app, "the price of standin:one is not known")
        await pilot.press("enter")
        await told(pilot, app, "This cannot run as it is")
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking")
        app.screen.query_one(Input).value = ""
        await pilot.press("enter")
        await sees(pilot, app, "cost unknown")
        assert not judge.asked
