"""The app as a whole: actions, palette, themes, going on after a crash, toasts, help."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from pathlib import Path

import pytest

from judgetui.config.keymap import ACTIONS, Scope, actions
from judgetui.core.item import Item
from judgetui.core.run import RunOrigin, RunSettings, RunStatus
from judgetui.errors import StorageError
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.screens import SCREENS
from tests.tui.spaces import (
    HOSTILE,
    judged,
    make_app,
    make_session,
    run_of,
    screen_text,
    space_of,
    until,
)
from tests.tui.test_rubric import opened

THEMES = ("textual-dark", "textual-light", "ansi-dark", "ansi-light", "nord", "gruvbox", "solarized-light")

HOLDERS = {Scope.APP: JudgetuiApp, **{Scope(name): type(make()) for name, make in SCREENS.items()}}

FROM_TEXT_FIELDS = {
    *(f"f{number}" for number in (1, 2, 3, 4, 5, 8, 9, 10, 12)),
    *(f"ctrl+{letter}" for letter in "bfghjlnorstpqc"),
    *("alt+enter", "ctrl+enter", "alt+up", "alt+down", "escape"),
}
"""Keys that reach a screen while a text area has the focus, as tried with Textual 8.2.8."""


def test_ids_are_unique_and_no_key_means_two_things_on_one_screen() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    for scope in Scope:
        keys = [key for action in (*actions(scope), *actions(Scope.APP)) for key in action.keys]
        if scope is Scope.LABEL:  # where digits give points, and ctrl+g goes to other screens
            keys = [key for key in keys if not key.isdigit()]
        if scope is not Scope.APP:
            assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_can_be_carried_out_and_says_what_it_does(action: object) -> None:
    assert action.help and action.label  # type: ignore[attr-defined]
    assert hasattr(HOLDERS[action.scope], f"action_{action.name}")  # type: ignore[attr-defined]
    if action.vital:  # type: ignore[attr-defined]
        assert set(action.keys) & FROM_TEXT_FIELDS  # type: ignore[attr-defined]


async def test_a_key_that_is_vital_works_while_typing(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot, app)
        app.screen.query_one("#task").focus()
        await pilot.press("f5")
        await until(pilot, lambda: "prompt tokens" in screen_text(app), "the run dialog")


async def test_the_palette_finds_every_action_of_the_screen(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("ctrl+p")
        await pilot.pause(0.2)
        await pilot.press(*"freeze the")
        await until(pilot, lambda: "Freeze the proposed" in screen_text(app), "the hit")


async def test_help_lists_the_keys_of_the_screen(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 50), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("f1")
        await pilot.pause(0.2)
        text = screen_text(app)
        for action in actions(Scope.RUBRIC)[:8]:
            assert action.help in text
        await pilot.press("escape")
        await pilot.pause(0.1)
        assert "Keys: rubric" not in screen_text(app)


@pytest.mark.parametrize("theme", THEMES)
async def test_every_theme_shows_the_same_words(tmp_path: Path, theme: str) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"), theme=theme)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        assert app.theme == theme
        assert "correctness: description" in screen_text(app)


async def test_without_colour_everything_is_still_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("f5", "enter")
        await until(
            pilot,
            lambda: space_of(app).shown is not None and run_of(app).counts.get("ok") == 3,
            "a run",
        )
        await pilot.press("3")
        await until(pilot, lambda: "score" in screen_text(app), "the verdict")
        text = screen_text(app)
        assert "agrees" in text or "differs" in text


def _cut_short(repos: Repositories, items: list[Item]) -> None:
    """A run as a process that was killed leaves it: nobody alive owns it."""
    version = repos.rubrics.latest(1)
    run = repos.runs.create(
        version.id,
        ("scripted:1",),
        RunSettings(),
        RunOrigin.LIVE,
        items,
        f"999999999@{socket.gethostname()}:1",
    )
    assert run.status is RunStatus.RUNNING


async def test_a_run_that_a_crash_cut_short_is_offered_again(tmp_path: Path) -> None:
    path = make_session(tmp_path / "s.db")
    with SessionFile.open(path) as session:
        items = session.read_now(lambda repos: repos.items.all((1, 1)))
        session.write_now(partial(_cut_short, items=items))
    app = make_app(tmp_path, path)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: "was cut short at 0 of 14" in screen_text(app), "the offer")
        await pilot.press("enter")
        await until(pilot, lambda: app.focused is not None and app.focused.id == "no", "taking answers")
        await pilot.press("y")
        await until(
            pilot,
            lambda: space_of(app).shown is not None and run_of(app).status is RunStatus.DONE,
            "going on",
        )
        assert app.space is not None and space_of(app).shown is not None
        assert run_of(app).counts["ok"] == 14


async def test_a_run_is_stopped_half_way_and_gone_on_with(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"), judge="scripted:1?latency=0.1", concurrency=1)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("f5")
        await until(pilot, lambda: "prompt tokens" in screen_text(app), "the run dialog")
        await pilot.press("down", "enter")
        await until(
            pilot,
            lambda: judged(app) >= 2,
            "two verdicts",
        )
        assert "left" in screen_text(app)
        await pilot.press("x")
        await until(pilot, lambda: space_of(app).live is None, "stopping")
        assert app.space is not None and space_of(app).shown is not None
        kept = run_of(app).done
        assert run_of(app).status is RunStatus.CANCELLED and 2 <= kept < 14
        await pilot.press("6")
        await until(pilot, lambda: f"{kept}/14" in screen_text(app), "the run in the list")
        await pilot.press("u")
        await until(pilot, lambda: run_of(app).status is RunStatus.DONE, "going on")
        assert run_of(app).counts["ok"] == 14


@pytest.mark.parametrize("text", HOSTILE)
async def test_toasts_show_hostile_text_as_text(tmp_path: Path, text: str) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        app.tell(text)
        app.complain(StorageError(text, text))
        app.complain(ValueError(text))
        await asyncio.sleep(0.05)
        await pilot.pause()
        shown = screen_text(app)
        assert "\x1b" not in shown and "\u202e" not in shown


async def test_a_file_that_is_no_session_is_refused_with_the_list_in_sight(tmp_path: Path) -> None:
    alien = tmp_path / "notes.db"
    alien.write_text("not a database")
    app = make_app(tmp_path, alien)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: "notes.db" in screen_text(app), "the message")
        assert app.current_mode == "home"
        assert alien.read_text() == "not a database"


def _shows(app: JudgetuiApp, mode: str) -> bool:
    return app.current_mode == mode


async def test_going_to_a_screen_by_number(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        for number, mode in (("3", "compare"), ("6", "runs"), ("1", "home"), ("2", "rubric")):
            await pilot.press("ctrl+g")
            await pilot.pause(0.1)
            await pilot.press(number)
            await until(pilot, partial(_shows, app, mode), mode)
