"""The home screen, driven by keys and by the mouse."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from judgetui.core.rubric import Rubric
from judgetui.core.run import RunOrigin, RunSettings, RunStatus
from judgetui.core.session import SessionProblem
from judgetui.storage.database import SessionFile
from judgetui.storage.files import list_sessions, summary
from judgetui.storage.owners import current_owner
from judgetui.storage.repositories import Repositories
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals.dialogs import AskText, Confirm
from judgetui.tui.modals.new_session import NewSessionDialog
from judgetui.tui.screens.home import HomeScreen
from judgetui.tui.widgets.sessions import SessionTable, ago, detail, size_text
from tests.tui.judged import told
from tests.tui.spaces import CORRECTNESS, HOSTILE, make_app, make_session, screen_text, until

SIZES = [(80, 24), (120, 40)]
RAW = ("\x1b", "\u202e", "\x9b", "\x00")


def sessions(home: Path, *names: str) -> Path:
    """A sessions folder; the first name is the one changed last."""
    folder = home / "sessions"
    for place, name in enumerate(names):
        path = make_session(folder / f"{name}.db", CORRECTNESS)
        os.utime(path, (time.time() - 60 * place,) * 2)
    return folder


@asynccontextmanager
async def at_home(
    home: Path, size: tuple[int, int] = (120, 40), judge: str = "scripted:1"
) -> AsyncIterator[tuple[Pilot[int], JudgetuiApp]]:
    """An app that has listed its sessions."""
    app = make_app(home, judge=judge)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: listed(app) is not None, "the listing")
        await pilot.pause()
        yield pilot, app


def listed(app: JudgetuiApp) -> list[str] | None:
    """Names of the listed files; None before the folder was read."""
    screen = app.screen_stack[0]
    if not isinstance(screen, HomeScreen) or screen._entries is None:
        return None
    return [Path(entry.path).name for entry in screen._shown]


def cursor(app: JudgetuiApp) -> str:
    """The highlighted file's name."""
    names = listed(app)
    return "" if not names else names[app.screen_stack[0].query_one(SessionTable).cursor_row]


def opened_file(app: JudgetuiApp) -> str:
    """Name of the session file that is open; empty when none is."""
    return "" if app.space is None else app.space.session.path.name


def name_width(app: JudgetuiApp) -> int:
    """Cells of the name's column."""
    return app.screen.query_one(SessionTable).ordered_columns[0].width


async def test_the_name_takes_the_room_there_is(tmp_path: Path) -> None:
    sessions(tmp_path, "alpha")
    async with at_home(tmp_path, (80, 24)) as (pilot, app):
        narrow = name_width(app)
        await pilot.resize_terminal(99, 24)
        await until(pilot, lambda: name_width(app) == narrow + 19, "the wider column")


async def dialog(pilot: Pilot[int], kind: type) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind), f"the dialog {kind.__name__}")
    await pilot.pause()


async def write(pilot: Pilot[int], text: str) -> None:
    """Replace the text of the dialog's line and accept."""
    await dialog(pilot, AskText)
    pilot.app.screen.query_one(Input).value = text
    await pilot.press("enter")


@pytest.mark.parametrize("size", SIZES)
async def test_sessions_are_listed_with_what_they_hold(tmp_path: Path, size: tuple[int, int]) -> None:
    folder = sessions(tmp_path, "alpha", "beta")
    (folder / "notes.db").write_text("something else")
    os.utime(folder / "notes.db", (1, 1))
    async with at_home(tmp_path, size) as (pilot, app):
        assert listed(app) == ["alpha.db", "beta.db", "notes.db"]
        assert app.focused is app.screen.query_one("#table")
        text = screen_text(app)
        assert "alpha" in text and "1 min ago" in text
        assert "unreadable" in text and "1970-01-01" in text
        assert "answer-correctness  g-eval v1" in text, "the detail of the first session"
        assert "28 items · 0 runs · 0 judgements" in text
        await pilot.press("G")
        assert "is not a judgetui session" in " ".join(screen_text(app).split())
        await pilot.press("enter")
        await pilot.pause(0.1)
        assert app.space is None and isinstance(app.screen, HomeScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_enter_opens_and_the_open_session_is_marked(tmp_path: Path, size: tuple[int, int]) -> None:
    sessions(tmp_path, "alpha", "beta")
    async with at_home(tmp_path, size) as (pilot, app):
        await pilot.press("j", "enter")
        await until(pilot, lambda: app.space is not None and app.current_mode == "rubric", "opening")
        space = app.space
        assert space is not None and space.session.path.name == "beta.db"
        await pilot.press("1")
        await until(pilot, lambda: "● beta" in screen_text(app), "the mark")
        assert cursor(app) == "beta.db"
        assert app.focused is app.screen.query_one("#table")
        await pilot.press("enter")
        await until(pilot, lambda: app.current_mode == "rubric", "going back")
        assert app.space is space, "an open session is not opened again"


@pytest.mark.parametrize("size", SIZES)
async def test_the_second_click_opens(tmp_path: Path, size: tuple[int, int]) -> None:
    sessions(tmp_path, "alpha", "beta")
    async with at_home(tmp_path, size) as (pilot, app):
        await pilot.click("#table", offset=(4, 2))
        assert cursor(app) == "beta.db" and opened_file(app) == ""
        await pilot.click("#table", offset=(4, 2))
        await until(pilot, lambda: opened_file(app) == "beta.db", "opening")


@pytest.mark.parametrize("size", SIZES)
async def test_the_filter_narrows_the_list_and_escape_clears_it(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    sessions(tmp_path, "alpha", "beta", "gamma")
    async with at_home(tmp_path, size) as (pilot, app):
        await pilot.press("slash", *"BET")
        assert listed(app) == ["beta.db"] and "1 of 3" in screen_text(app)
        await pilot.press("enter")
        assert app.focused is app.screen.query_one("#table")
        assert cursor(app) == "beta.db"
        await pilot.press("escape")
        assert listed(app) == ["alpha.db", "beta.db", "gamma.db"]
        assert cursor(app) == "beta.db", "the cursor stays on its session"
        await pilot.press("slash", *"[/x]")
        assert listed(app) == [] and "“[/x]”" in screen_text(app)
        for key in ("enter", "r", "c", "d", "z", "enter"):
            await pilot.press(key)
        assert isinstance(app.screen, HomeScreen) and app.space is None
        await pilot.press("escape")
        assert len(listed(app) or ()) == 3


async def test_a_filter_finds_rubrics_too(tmp_path: Path) -> None:
    sessions(tmp_path, "alpha")
    make_session(tmp_path / "sessions" / "beta.db")
    async with at_home(tmp_path) as (pilot, app):
        await pilot.press("slash", *"mt-bench")
        assert listed(app) == ["beta.db"]


@pytest.mark.parametrize("opened", [False, True])
async def test_renaming_moves_the_file_and_keeps_the_cursor(tmp_path: Path, opened: bool) -> None:
    folder = sessions(tmp_path, "alpha", "beta")
    async with at_home(tmp_path) as (pilot, app):
        await pilot.press("j")
        if opened:
            await open_and_return(pilot, app)
            assert app.space is not None
            app.space.judge = "scripted:7"
        await pilot.press("r")
        await write(pilot, "New [/name] ☃")
        await until(pilot, lambda: "new-name.db" in (listed(app) or ()), "renaming")
        await until(pilot, lambda: cursor(app) == "new-name.db", "the cursor")
        assert summary(folder / "new-name.db").name == "New [/name] ☃"
        assert not (folder / "beta.db").exists()
        assert "New [/name] ☃" in screen_text(app)
        if opened:
            await until(pilot, lambda: app.space is not None, "opening again")
            assert app.space is not None and app.space.session.path.name == "new-name.db"
            assert app.space.judge == "scripted:7" and app.current_mode == "home"


async def open_and_return(pilot: Pilot[int], app: JudgetuiApp) -> None:
    """Open the highlighted session and go home again."""
    await pilot.press("enter")
    await until(pilot, lambda: app.space is not None and app.current_mode == "rubric", "opening")
    await pilot.press("1")
    await until(pilot, lambda: "● " in screen_text(app), "coming home")


async def test_a_name_that_is_taken_changes_nothing(tmp_path: Path) -> None:
    folder = sessions(tmp_path, "alpha", "beta")
    async with at_home(tmp_path) as (pilot, app):
        await pilot.press("r")
        await write(pilot, "Beta")
        await until(pilot, lambda: "already exists" in screen_text(app), "the complaint")
        await pilot.press("c")
        await write(pilot, "///")
        await until(pilot, lambda: "cannot be a file's name" in screen_text(app), "the complaint")
        await pilot.press("r", "escape", "c", "escape")
    assert sorted(path.name for path in folder.iterdir()) == ["alpha.db", "beta.db"]


@pytest.mark.parametrize("opened", [False, True])
async def test_copying_makes_another_file_and_stands_on_it(tmp_path: Path, opened: bool) -> None:
    folder = sessions(tmp_path, "alpha", "beta")
    async with at_home(tmp_path) as (pilot, app):
        if opened:
            await open_and_return(pilot, app)
        await pilot.press("c")
        await dialog(pilot, AskText)
        assert app.screen.query_one(Input).value == "alpha copy"
        await pilot.press("enter")
        await until(pilot, lambda: cursor(app) == "alpha-copy.db", "copying")
        assert summary(folder / "alpha-copy.db").name == "alpha copy"
        assert summary(folder / "alpha-copy.db").items == summary(folder / "alpha.db").items
        assert (app.space is not None) == opened


async def test_a_copy_holds_the_edits_that_are_not_saved_yet(tmp_path: Path) -> None:
    folder = sessions(tmp_path, "alpha")
    async with at_home(tmp_path) as (pilot, app):
        await open_and_return(pilot, app)
        assert app.space is not None and app.space.rubric is not None
        app.space.edit(replace(app.space.rubric, task="Numbat"))
        await pilot.press("c")
        await write(pilot, "twin")
        await until(pilot, lambda: (folder / "twin.db").exists(), "copying")
    with SessionFile.open(folder / "twin.db") as session:
        assert "Numbat" in session.read_now(lambda repos: repos.drafts.all())[0].text


@pytest.mark.parametrize("size", SIZES)
async def test_deleting_asks_and_names_what_goes(tmp_path: Path, size: tuple[int, int]) -> None:
    folder = sessions(tmp_path, "alpha", "beta")
    async with at_home(tmp_path, size) as (pilot, app):
        await pilot.press("d")
        await dialog(pilot, Confirm)
        question = " ".join(screen_text(app).replace("│", " ").split())
        assert "Delete alpha?" in question and "alpha.db" in question and "28" in question
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen), "keeping")
        assert (folder / "alpha.db").exists(), "enter keeps"
        await pilot.press("d")
        await dialog(pilot, Confirm)
        await pilot.click("#yes")
        await until(pilot, lambda: listed(app) == ["beta.db"], "deleting")
        assert sorted(path.name for path in folder.iterdir()) == ["beta.db"]
        assert cursor(app) == "beta.db"


async def test_deleting_the_open_session_closes_it_first(tmp_path: Path) -> None:
    folder = sessions(tmp_path, "alpha")
    async with at_home(tmp_path) as (pilot, app):
        await open_and_return(pilot, app)
        await pilot.press("d")
        await dialog(pilot, Confirm)
        await pilot.press("y")
        await until(pilot, lambda: listed(app) == [], "deleting")
        await until(pilot, lambda: "No sessions yet" in screen_text(app), "the welcome")
        assert app.space is None and not list(folder.iterdir())
        await until(pilot, lambda: app.focused is app.screen.query_one("#demo"), "the focus")


async def test_a_session_that_is_open_elsewhere_is_left_alone(tmp_path: Path) -> None:
    folder = sessions(tmp_path, "alpha")
    with SessionFile.open(folder / "alpha.db"):
        async with at_home(tmp_path) as (pilot, app):
            await pilot.press("d")
            await dialog(pilot, Confirm)
            await pilot.press("y")
            await told(pilot, app, "is open somewhere")
            await pilot.press("z")
            await pilot.pause(0.8)
            assert listed(app) == ["alpha.db"]


async def test_a_file_that_is_no_session_cannot_be_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir()
    (folder / "notes.db").write_text("something else")
    async with at_home(tmp_path) as (pilot, app):
        for key in ("d", "r", "c", "z"):
            await pilot.press(key)
            await pilot.pause(0.05)
            assert isinstance(app.screen, HomeScreen), key
        assert (folder / "notes.db").read_text() == "something else"


@pytest.mark.parametrize("opened", [False, True])
async def test_compacting_says_how_much_it_gave_back(tmp_path: Path, opened: bool) -> None:
    path = sessions(tmp_path, "alpha") / "alpha.db"
    with SessionFile.open(path) as session:
        items = session.read_now(lambda repos: repos.items.all())
        big = [
            replace(item, id=f"x{n}", responses=("word " * 20_000 + str(n),)) for n, item in enumerate(items)
        ]
        session.write_now(lambda repos: repos.items.add(big))
        session.write_now(lambda repos: repos.items.remove([item.id for item in big]))
    before = path.stat().st_size
    async with at_home(tmp_path) as (pilot, app):
        if opened:
            await open_and_return(pilot, app)
        await pilot.press("z")
        await until(pilot, lambda: "MB before" in screen_text(app), "compacting")
        assert path.stat().st_size < before / 2
        if opened:
            await until(pilot, lambda: app.space is not None, "opening again")


async def test_a_live_run_keeps_its_session_in_place(tmp_path: Path) -> None:
    folder = sessions(tmp_path, "alpha", "beta")
    async with at_home(tmp_path, judge="scripted:1?latency=5") as (pilot, app):
        await open_and_return(pilot, app)
        assert app.space is not None
        app.start_run(await app.space.new_run(app.space.items))
        await until(pilot, lambda: app.space is not None and app.space.live is not None, "the run")
        for key in ("d", "r", "z"):
            await pilot.press(key)
            await until(pilot, lambda: "Stop it first" in screen_text(app), "the refusal")
            assert isinstance(app.screen, HomeScreen)
            app.clear_notifications()
            await until(pilot, lambda: "Stop it first" not in screen_text(app), "the toast's end")
        await pilot.press("j", "enter")
        await dialog(pilot, Confirm)
        assert "is going" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen), "staying")
        assert app.space.session.path.name == "alpha.db" and app.space.live is not None
        await pilot.press("enter")
        await dialog(pilot, Confirm)
        await pilot.press("y")
        await until(
            pilot,
            lambda: app.space is not None and app.space.session.path.name == "beta.db",
            "the other session",
        )
    found = summary(folder / "alpha.db")
    assert found.runs == 1 and found.unfinished == 1, "the run can go on later"


async def test_counts_follow_a_run_that_ends(tmp_path: Path) -> None:
    sessions(tmp_path, "alpha")
    async with at_home(tmp_path) as (pilot, app):
        await open_and_return(pilot, app)
        assert app.space is not None
        app.start_run(await app.space.new_run(app.space.items))
        await until(pilot, lambda: "1 run · 14 judgements" in screen_text(app), "the counts")
        assert app.focused is app.screen.query_one("#table")


async def test_unfinished_runs_are_marked(tmp_path: Path) -> None:
    path = sessions(tmp_path, "alpha") / "alpha.db"
    with SessionFile.open(path) as session:
        version = session.read_now(lambda repos: repos.rubrics.latest(1))
        items = session.read_now(lambda repos: repos.items.all((1, 1)))
        run = session.write_now(
            lambda repos: repos.runs.create(
                version.id, ("scripted:1",), RunSettings(), RunOrigin.LIVE, items, current_owner()
            )
        )
        session.write_now(lambda repos: repos.runs.set_status(run.id, RunStatus.CANCELLED, "stopped"))
    async with at_home(tmp_path, (80, 24)) as (_, app):
        text = screen_text(app)
        assert "unfinished" in text and "1 run unfinished; u on the runs screen (6) goes on" in text


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_home_shows_the_way_in(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def build_demo(path: Path) -> None:
        make_session(path)

    monkeypatch.setattr("judgetui.services.demo.build_demo", build_demo)
    async with at_home(tmp_path, size) as (pilot, app):
        assert "No sessions yet" in screen_text(app)
        for key in ("r", "c", "d", "z", "slash", "j"):
            await pilot.press(key)
        assert isinstance(app.screen, HomeScreen)
        await pilot.press("a")
        await dialog(pilot, NewSessionDialog)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen), "closing")
        await pilot.click("#make")
        await dialog(pilot, NewSessionDialog)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, HomeScreen), "closing")
        app.screen.query_one("#demo", Button).focus()
        await pilot.press("enter")
        await until(pilot, lambda: app.space is not None and app.current_mode == "rubric", "the demo")
        assert app.space is not None and app.space.session.path.name == "demo.db"
        space = app.space
        await pilot.press("1")
        await until(pilot, lambda: listed(app) == ["demo.db"], "the list")
        await until(pilot, lambda: name_width(app) > 14, "the name's column takes the room there is")
        await until(pilot, lambda: app.focused is app.screen.query_one("#table"), "the focus")
        await pilot.press("D")
        await until(pilot, lambda: app.current_mode == "rubric", "the demo again")
        assert app.space is space


async def test_a_session_that_is_gone_is_told_and_drops_out(tmp_path: Path) -> None:
    folder = sessions(tmp_path, "alpha", "beta")
    async with at_home(tmp_path) as (pilot, app):
        (folder / "alpha.db").unlink()
        await pilot.press("enter")
        await told(pilot, app, "does not exist")
        await until(pilot, lambda: listed(app) == ["beta.db"], "the list")


async def test_the_list_looks_again_when_one_comes_home(tmp_path: Path) -> None:
    folder = sessions(tmp_path, "alpha")
    async with at_home(tmp_path) as (pilot, app):
        await open_and_return(pilot, app)
        await pilot.press("2")
        make_session(folder / "late.db", CORRECTNESS)
        await pilot.press("1")
        await until(pilot, lambda: "late.db" in (listed(app) or ()), "the new file")
        assert cursor(app) == "alpha.db"


async def test_every_action_is_on_hand_in_the_palette(tmp_path: Path) -> None:
    sessions(tmp_path, "alpha")
    async with at_home(tmp_path) as (pilot, app):
        await pilot.press("f8")
        await pilot.pause(0.1)
        await pilot.press(*"compact")
        await until(pilot, lambda: "Compact (z)" in screen_text(app), "the hit")
        await pilot.press("escape")


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_text_is_shown_as_text(tmp_path: Path, size: tuple[int, int]) -> None:
    folder = tmp_path / "sessions"
    for number, text in enumerate(HOSTILE):
        with SessionFile.create(folder / f"s{number}.db", text) as session:
            rubric = replace(CORRECTNESS, name=f"n {text}", title=text)
            session.write_now(partial(add_hostile, rubric=rubric, note=text))
    for text in (HOSTILE[0], HOSTILE[3], HOSTILE[5]):
        (folder / f"bad {text.replace('/', '')}.db").write_text("x")
    async with at_home(tmp_path, size) as (pilot, app):
        seen = ""
        for row, name in enumerate(listed(app) or ()):
            if row:
                await pilot.press("j")
            seen += screen_text(app)
            await pilot.press("drc"[row % 3] if name.startswith("s") else "enter")
            await pilot.pause()
            seen += screen_text(app)
            await pilot.press("escape")
            app.clear_notifications()
        assert not any(raw in seen for raw in RAW)
        for text in HOSTILE[:3]:
            assert seen.count(text[:15]) >= 3, text


def add_hostile(repos: Repositories, rubric: Rubric, note: str) -> None:
    repos.rubrics.create(rubric, note)


async def test_details_of_a_broken_file_are_literal() -> None:
    now = datetime.now(UTC)
    for text in HOSTILE:
        shown = detail(SessionProblem(f"/x/{text}.db", text, text, now), None, now).plain
        assert not any(raw in shown for raw in RAW)


def test_ages_and_sizes_are_short() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert ago(now, now) == "just now"
    assert ago(now + timedelta(hours=1), now) == "just now", "a clock that runs ahead"
    assert ago(now - timedelta(minutes=59), now) == "59 min ago"
    assert ago(now - timedelta(hours=23), now) == "23 h ago"
    assert ago(now - timedelta(days=27), now) == "27 d ago"
    assert ago(now - timedelta(days=28), now).startswith("2026-0")
    assert [size_text(n) for n in (9, 12_300, 4_560_000)] == ["9 bytes", "12 kB", "4.6 MB"]


def test_listing_a_folder_that_is_missing_is_empty(tmp_path: Path) -> None:
    assert list_sessions(tmp_path / "none") == []


async def test_the_list_has_room_in_a_small_terminal(tmp_path: Path) -> None:
    sessions(tmp_path, "alpha", "beta", "gamma")
    async with at_home(tmp_path, (40, 12)) as (pilot, app):
        table = app.screen.query_one(SessionTable)
        await until(pilot, lambda: table.size.height >= 4, "room for a heading and three sessions")
