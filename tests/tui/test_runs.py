"""The runs screen, driven by keys."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input
from textual.widgets._footer import FooterKey

from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.rubric import Criterion
from judgetui.core.run import RunOrigin
from judgetui.storage.database import SessionFile
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals.dialogs import AskText, Confirm
from judgetui.tui.modals.differences import Differences
from judgetui.tui.screens import runs as runs_screen
from judgetui.tui.screens.compare import CompareScreen
from judgetui.tui.screens.runs import RunsScreen
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.tables import RunTable
from tests.services.standins import StandInJudge, reply
from tests.tui.judged import (
    PAIRWISE,
    POINTWISE,
    SIZES,
    add_run,
    app_with,
    bare_session,
    ended,
    held,
    judged_session,
    marks,
    open_on,
    sees,
    told,
)
from tests.tui.spaces import EXPLANATION, HOSTILE, make_app, make_session, until
from tests.tui.test_compare import pair


async def opened(pilot: Pilot[int], app: JudgetuiApp, rubric_id: int = POINTWISE) -> None:
    await open_on(pilot, app, rubric_id, "runs")


def rows(app: JudgetuiApp) -> list[str]:
    """The numbers in the table, top down."""
    return [row.value or "" for row in app.screen.query_one(RunTable).rows]


@pytest.mark.parametrize("size", SIZES)
async def test_every_run_of_the_session_is_listed_newest_first(tmp_path: Path, size: tuple[int, int]) -> None:
    path = await judged_session(tmp_path / "s.db", origin=RunOrigin.RECORDED)
    with SessionFile.open(path) as session:
        await add_run(session, PAIRWISE, judges=("scripted:2",))
    app = make_app(tmp_path, path)
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot, app)
        await sees(
            pilot, app, "better-explanation v1", "answer-correctness v1", "scripted:2", "14/14", "done"
        )
        assert rows(app) == ["3", "2", "1"]
        text = await sees(pilot, app, "14 of 14 judged: 14 ok", "tokens read", "one call at a time")
        assert "these verdicts" not in text
        assert text.count("recorded") == 2
        assert text.count("14 ok") == 4
        await pilot.press("j")
        await sees(pilot, app, "recorded: these verdicts")


@pytest.mark.parametrize("size", SIZES)
async def test_enter_shows_a_run_of_whatever_rubric(tmp_path: Path, size: tuple[int, int]) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot, app, POINTWISE)
        await until(pilot, lambda: rows(app) == ["2", "1"], "listing")
        await pilot.press("enter")
        await sees(pilot, app, "Run 2", "1 of 14 · load-balancing", "A shown first")
        assert app.space is not None
        assert app.space.rubric_id == PAIRWISE


async def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair(f"i{n}") for n in range(4)])
    hold = asyncio.Event()
    hold.set()

    def answer(request: JudgeRequest, number: int) -> JudgeReply:
        if number == 3:
            hold.clear()
        return marks("A", "B")(request, number)  # type: ignore[return-value]

    judge = StandInJudge(answer, hold=hold)
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app, 1)
        await sees(pilot, app, "This session has no runs yet", "f5")
        assert app.space is not None
        app.ask_to_run(app.space.items)
        await held(judge, 5)
        await sees(pilot, app, "running", "2/4")
        await pilot.press("u")
        await told(pilot, app, "A run is going")
        await pilot.press("d")
        await told(pilot, app, "This run is going; x stops it first.")
        await pilot.press("x")
        await sees(pilot, app, "stopped", "2/4", "why it stopped:")
        await ended(pilot, app)
        hold.set()
        await pilot.press("u")
        await told(pilot, app, "Run 1 goes on at 2 of 4")
        await sees(pilot, app, "done", "4/4", "4 of 4 judged: 4 ok")
        assert len(judge.asked) == 9
        await ended(pilot, app)
        await pilot.press("u")
        await told(pilot, app, "Run 1 is complete")


async def test_a_recorded_run_that_is_not_whole_is_not_mixed_with_other_replies(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair("one"), pair("two")])
    judge = StandInJudge(marks("A", "B"))
    with SessionFile.open(path) as session:
        run = await add_run(
            session, 1, judges=(judge.judge,), origin=RunOrigin.RECORDED, open_judge=lambda name: judge
        )
        await session.write(lambda repos: repos.judgements.remove_one(run.id, judge.judge, 1))
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app, 1)
        await sees(pilot, app, "1/2")
        await pilot.press("u")
        await told(pilot, app, "is a recording and stays as it is")
        assert len(judge.asked) == 4


@pytest.mark.parametrize("size", SIZES)
async def test_differences_to_the_run_before_show_text_and_verdicts(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair("one"), pair("two"), pair("three")])
    verdicts = {"first": ["A", "B", "A"], "second": ["B", "B", "A"]}

    def judging(version: str) -> StandInJudge:
        order = {Order.AB: {"A": "A", "B": "B"}, Order.BA: {"A": "B", "B": "A"}}

        def answer(request: JudgeRequest, number: int) -> JudgeReply:
            assert request.order is not None
            return reply(f"[[{order[request.order][verdicts[version][number // 2]]}]]")

        return StandInJudge(answer)

    with SessionFile.open(path) as session:
        first, second = judging("first"), judging("second")
        await add_run(session, 1, judges=(first.judge,), open_judge=lambda name: first)
        changed = replace(EXPLANATION, criteria=(Criterion("explanation", "Which [b]one[/x] is right?"),))
        await session.write(lambda repos: repos.rubrics.add_version(1, changed, "sharper"))
        await add_run(session, 1, judges=(first.judge,), open_judge=lambda name: second)
    app = make_app(tmp_path, path)
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot, app, 1)
        await until(pilot, lambda: rows(app) == ["2", "1"], "listing")
        await pilot.press("equals_sign")
        await until(pilot, lambda: isinstance(app.screen, Differences), "opening")
        text = await sees(pilot, app, "What changed: run 1 (v1) → run 2 (v2)", "Which [b]one[/x] is right?")
        assert "1 line taken out, 1 put in" in text
        await pilot.press("G")
        text = await sees(pilot, app, "1 of 3 verdicts changed, 95% interval 6% to 79%", "A → B")
        assert "label A, away from the label" in text
        await pilot.press("y")
        await until(pilot, lambda: "1 of 3 verdicts changed" in app.clipboard, "copying")
        await pilot.press("escape", "j", "equals_sign")
        await told(pilot, app, "Run 1 is the first of better-explanation")


async def test_judgements_are_written_and_a_file_is_not_replaced_unasked(tmp_path: Path) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    target = tmp_path / "out.jsonl"
    target.write_text("mine", encoding="utf-8")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: rows(app) == ["2", "1"], "listing")

        async def ask() -> None:
            await pilot.press("w")
            await until(pilot, lambda: isinstance(app.screen, AskText), "asking")
            assert app.screen.query_one(Input).value == "s-run2.jsonl"
            app.screen.query_one(Input).value = str(target)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, Confirm), "asking again")

        await ask()
        await pilot.press("n")
        await pilot.pause(0.1)
        assert target.read_text(encoding="utf-8") == "mine"
        await ask()
        await pilot.press("y")
        await told(pilot, app, f"Wrote 14 judgements to {target}.")
        lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
        assert len(lines) == 14
        assert {line["judge"] for line in lines} == {"scripted:1"}


async def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: rows(app) == ["2", "1"], "listing")
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking")
        app.screen.query_one(Input).value = str(tmp_path / "missing" / "[b" / "out.jsonl")
        await pilot.press("enter")
        await told(pilot, app, "cannot be written")


async def test_deleting_asks_with_the_count_and_turns_to_the_run_before(tmp_path: Path) -> None:
    path = await judged_session(tmp_path / "s.db")
    with SessionFile.open(path) as session:
        await add_run(session, PAIRWISE, judges=("scripted:2",))
    app = make_app(tmp_path, path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app, PAIRWISE)
        await until(pilot, lambda: rows(app) == ["3", "2", "1"], "listing")
        await pilot.press("d")
        await sees(pilot, app, "Delete run 3", "with its 14")
        await pilot.press("enter")
        await pilot.pause(0.1)
        assert rows(app) == ["3", "2", "1"]
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, Confirm), "asking")
        await pilot.press("y")
        await until(pilot, lambda: rows(app) == ["2", "1"], "deleting")
        assert app.space is not None
        assert app.space.shown is not None
        assert app.space.shown.id == 2
        await pilot.press("3")
        await sees(pilot, app, "Run 2", "1 of 14")
        assert isinstance(app.screen, CompareScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_text_is_shown_as_it_is(tmp_path: Path, size: tuple[int, int]) -> None:
    path = await bare_session(tmp_path / "s.db", replace(EXPLANATION, name="[/x] [b"), [pair("one")])
    judge = StandInJudge(marks("A", "B"), name="standin:[link=x]\x1b[31m")
    with SessionFile.open(path) as session:
        run = await add_run(session, 1, judges=(judge.judge,), open_judge=lambda name: judge)
        for text in HOSTILE:
            await session.write(lambda repos, text=text: repos.runs.add_notice(run.id, text))  # type: ignore[misc]
    app = make_app(tmp_path, path)
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot, app, 1)
        text = await sees(pilot, app, "[/x] [b v1", "[link=x]␛[31m", "note: [/x] [b")
        app.screen.query_one("#detail", TextPane).focus()
        await pilot.press("G")
        text += await sees(pilot, app, "$name ${x} %s")
        assert "\x1b" not in text
        assert "\u202e" not in text
        await pilot.press("d")
        await sees(pilot, app, "[/x] [b v1", "[link=x]")
        await pilot.press("escape")


async def test_without_runs_or_a_session_no_key_does_harm(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "This session has no runs yet")
        await pilot.press("enter", "u", "equals_sign", "w", "d")
        await pilot.pause()
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await app.switch_mode("runs")
        await sees(pilot, app, "No session is open")
        await pilot.press("enter", "u", "equals_sign", "w", "d")
        await pilot.pause()


async def test_the_cursor_goes_to_a_run_that_begins_and_then_stays_where_it_is_put(tmp_path: Path) -> None:
    path = await judged_session(tmp_path / "s.db")
    judge = StandInJudge(marks("A", "B"), hold=asyncio.Event())
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app, PAIRWISE)
        await until(pilot, lambda: rows(app) == ["2", "1"], "listing")
        await pilot.press("j")
        await sees(pilot, app, "answer-correctness v1 (g-eval)")
        assert app.space is not None
        app.space.judge = judge.judge
        app.ask_to_run(app.space.items[:1])
        await held(judge, 1)
        await until(pilot, lambda: rows(app) == ["3", "2", "1"], "listing the new run")
        await until(pilot, lambda: app.screen.query_one(RunTable).cursor_row == 0, "going to it")
        await sees(pilot, app, "0 of 1 judged", "better-explanation v1 (mt-bench-pair)")
        await pilot.press("j", "j")
        await sees(pilot, app, "answer-correctness v1 (g-eval)")
        await pilot.press("x")
        await ended(pilot, app)
        await sees(pilot, app, "stopped")
        assert app.screen.query_one(RunTable).cursor_row == 2


async def test_a_run_begun_on_another_screen_has_the_cursor_when_the_runs_are_shown(tmp_path: Path) -> None:
    path = await judged_session(tmp_path / "s.db")
    judge = StandInJudge(marks("A", "B"))
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app, PAIRWISE)
        await until(pilot, lambda: rows(app) == ["2", "1"], "listing")
        await pilot.press("j", "2")
        await pilot.pause()
        assert app.space is not None
        app.space.judge = judge.judge
        app.ask_to_run(app.space.items[:1])
        await until(pilot, lambda: judge.asked, "asking")
        await ended(pilot, app)
        await pilot.press("6")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen), "the runs")
        await until(pilot, lambda: rows(app) == ["3", "2", "1"], "listing the new run")
        assert app.screen.query_one(RunTable).cursor_row == 0


async def test_what_another_judgetui_does_in_the_session_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_screen, "LOOK_EVERY", 0.05)
    path = await judged_session(tmp_path / "s.db")
    app = make_app(tmp_path, path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: rows(app) == ["2", "1"], "listing")
        await pilot.press("j")
        await sees(pilot, app, "answer-correctness v1 (g-eval)")
        with SessionFile.open(path) as other:
            await add_run(other, PAIRWISE, judges=("scripted:2",))
            await until(pilot, lambda: rows(app) == ["3", "2", "1"], "listing the other's run")
            await sees(pilot, app, "scripted:2", "14/14")
            assert app.screen.query_one(RunTable).cursor_row == 2
            await other.write(lambda repos: repos.runs.delete(2))
            await until(pilot, lambda: rows(app) == ["3", "1"], "dropping what is gone")
        await sees(pilot, app, "answer-correctness v1 (g-eval)")


async def test_runs_are_not_read_again_while_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_screen, "LOOK_EVERY", 0.02)
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: rows(app) == ["2", "1"], "listing")
        await pilot.pause(0.2)
        reads: list[int] = []
        monkeypatch.setattr(app.screen, "_read", lambda: reads.append(1))
        await pilot.pause(0.2)
        assert not reads


async def test_without_runs_the_keys_that_need_one_are_dimmed(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "This session has no runs yet")

        def dimmed() -> set[str]:
            return {key.description for key in app.screen.query(FooterKey) if key.has_class("-disabled")}

        await until(pilot, lambda: dimmed() == {"open", "resume", "changes"}, "dimming")
