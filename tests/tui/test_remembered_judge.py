"""Which judge a session opens with."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from judgetui.core.run import RunOrigin
from judgetui.storage.database import SessionFile
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals.judge import JudgeDialog
from tests.services.standins import StandInJudge, reply
from tests.tui.judged import POINTWISE, add_run, ended, judged_session, open_on, sees
from tests.tui.spaces import make_app, make_session, space_of, until


async def opens_with(app: JudgetuiApp) -> str:
    """The judge that the session is opened with, once all of it is read."""
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.space is not None and app.space.all_items, "opening")
        return space_of(app).judge


async def test_the_judge_that_was_chosen_and_run_is_there_again(tmp_path: Path) -> None:
    path = make_session(tmp_path / "s.db")
    app = make_app(tmp_path, path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, POINTWISE)
        assert space_of(app).judge == "scripted:1"
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, JudgeDialog), "the dialog")
        app.screen.query_one("#judge", Input).focus()
        app.screen.query_one("#judge", Input).value = "scripted:9"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: space_of(app).judge == "scripted:9", "choosing")
        app.ask_to_run(space_of(app).items[:1])
        await sees(pilot, app, "1/1")
        await ended(pilot, app)
    again = make_app(tmp_path, path)
    async with again.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: again.space is not None and again.space.all_items, "opening")
        await sees(pilot, again, "scripted:9")
        assert space_of(again).judge == "scripted:9"
    assert again.context.settings.judge == "scripted:1"


async def test_a_session_without_runs_has_the_default_judge(tmp_path: Path) -> None:
    assert await opens_with(make_app(tmp_path, make_session(tmp_path / "s.db"))) == "scripted:1"


async def test_recordings_choose_no_judge(tmp_path: Path) -> None:
    path = await judged_session(tmp_path / "s.db", judges=("scripted:7",), origin=RunOrigin.RECORDED)
    assert await opens_with(make_app(tmp_path, path)) == "scripted:1"


async def test_a_judge_that_is_gone_gives_way_to_the_default_one(tmp_path: Path) -> None:
    path = make_session(tmp_path / "s.db")
    with SessionFile.open(path) as session:
        judge = StandInJudge(lambda request, number: reply("4"), name="gone:one")
        await add_run(session, POINTWISE, judges=(judge.judge,), open_judge=lambda name: judge)
    assert await opens_with(make_app(tmp_path, path)) == "scripted:1"


async def test_of_several_judges_it_is_the_first_of_the_newest_run(tmp_path: Path) -> None:
    path = await judged_session(tmp_path / "s.db", judges=("scripted:5", "scripted:6"))
    assert await opens_with(make_app(tmp_path, path)) == "scripted:5"
