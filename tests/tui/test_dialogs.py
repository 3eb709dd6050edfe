"""What all dialogs share: their keys in sight, room for their lists, and no key taken that was meant for another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Button, DataTable, Input, OptionList, TextArea
from textual.widgets._footer import FooterKey

from judgetui.config.keymap import ACTIONS
from judgetui.storage.database import SessionFile
from judgetui.tui.actions import entry_title
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals.dialogs import DEAF, AskText, Confirm, Dialog, EditText, Viewer
from judgetui.tui.modals.differences import Differences
from judgetui.tui.modals.export import ExportDialog
from judgetui.tui.modals.help import DialogHelp, GoTo, Help, KeyTable
from judgetui.tui.modals.judge import JudgeDialog
from judgetui.tui.modals.new_session import NewSessionDialog
from judgetui.tui.modals.protocols import ProtocolDialog
from judgetui.tui.modals.run import RunDialog
from judgetui.tui.modals.versions import VersionsDialog
from judgetui.tui.widgets.keys import KeysLine
from tests.tui.bursts import burst
from tests.tui.judged import judged_session, sees, told
from tests.tui.spaces import make_app, make_session, rubric_of, screen_text, space_of, until, working_of

OF_THE_SESSION = (RunDialog, VersionsDialog, ExportDialog, ProtocolDialog)


def a_dialog(app: JudgetuiApp, kind: type[Dialog[Any]]) -> Dialog[Any]:
    """A dialog of that kind, over what the app has open."""
    made: dict[type, Dialog[Any]] = {
        AskText: AskText("Title", "Label"),
        Confirm: Confirm("Really?", "Do it"),
        EditText: EditText("Title", "text"),
        Viewer: Viewer("Title", "text"),
        GoTo: GoTo(),
    }
    if kind in OF_THE_SESSION:
        return kind(space_of(app))
    if kind is JudgeDialog:
        return JudgeDialog(app.context, "scripted:1")
    if kind is NewSessionDialog:
        return NewSessionDialog(app.context)
    return made[kind]


KINDS = (
    AskText,
    Confirm,
    EditText,
    ExportDialog,
    GoTo,
    JudgeDialog,
    NewSessionDialog,
    ProtocolDialog,
    RunDialog,
    VersionsDialog,
    Viewer,
)


async def opened(pilot: Pilot[int], app: JudgetuiApp) -> None:
    """Wait until the session with all its items is open."""
    await until(pilot, lambda: app.space is not None and app.space.all_items, "opening")
    await pilot.pause()


def last_line(app: JudgetuiApp) -> str:
    """What the last line of the screen shows; empty while nothing is drawn."""
    return (screen_text(app).splitlines() or [""])[-1]


def dimmed(app: JudgetuiApp) -> set[str]:
    """What the last line shows and does not do."""
    return {key.description for key in app.screen.query(FooterKey) if key.has_class("-disabled")}


async def shown(pilot: Pilot[int], app: JudgetuiApp, kind: type) -> None:
    await until(pilot, lambda: isinstance(app.screen, kind), kind.__name__)
    await pilot.pause()


# their keys


@pytest.mark.parametrize("kind", KINDS)
async def test_a_dialog_shows_its_own_keys_in_the_last_line_and_on_f1(
    tmp_path: Path, kind: type[Dialog[Any]]
) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot, app)
        dialog = a_dialog(app, kind)
        app.push_screen(dialog)
        await until(pilot, lambda: "close" in last_line(app), "the last line")
        assert dialog.query_one(KeysLine).region.bottom == app.size.height
        last = last_line(app)
        assert "help" in last
        assert "save" not in last and "run" not in last.replace("runs", "")
        await pilot.press("f1")
        await shown(pilot, app, DialogHelp)
        text = " ".join(screen_text(app).split())
        for active in dialog.active_bindings.values():
            if active.tooltip:
                assert active.tooltip in text
        for _, what in kind.MORE_KEYS:
            assert what in text
        await pilot.press("f1")
        await shown(pilot, app, kind)


async def test_the_help_of_a_screen_shows_its_own_keys_too_and_f1_puts_it_away(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("f1")
        await shown(pilot, app, Help)
        await until(pilot, lambda: "close" in last_line(app), "the last line")
        assert "save" not in last_line(app)
        await pilot.press("f1")
        await until(pilot, lambda: not isinstance(app.screen, KeyTable), "closing")


async def test_a_key_in_the_last_line_can_be_clicked(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        app.push_screen(Viewer("Title", "text"))
        await shown(pilot, app, Viewer)
        await until(pilot, lambda: app.screen.query(FooterKey), "the last line")
        key = next(key for key in app.screen.query(FooterKey) if key.description == "copy")
        await pilot.click(key)
        await until(pilot, lambda: app.clipboard == "text", "copying")


async def test_going_somewhere_without_a_session_is_dimmed(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        app.push_screen(GoTo())
        await shown(pilot, app, GoTo)
        await pilot.press("2")
        assert isinstance(app.screen, GoTo)
        await until(pilot, lambda: app.screen.query(FooterKey), "the last line")
        assert dimmed(app) == {"rubric", "compare", "label", "dashboard", "runs", "items"}
        await pilot.press("1")
        await until(pilot, lambda: not isinstance(app.screen, GoTo), "going")


@pytest.mark.parametrize("kind", [AskText, RunDialog, Viewer])
async def test_a_dialog_does_not_keep_anybody_from_leaving(tmp_path: Path, kind: type[Dialog[Any]]) -> None:
    path = make_session(tmp_path / "s.db")
    app = make_app(tmp_path, path)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot, app)
        space_of(app).edit(replace(rubric_of(app), task="Numbat"))
        app.push_screen(a_dialog(app, kind))
        await shown(pilot, app, kind)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: app.return_code == 0, "leaving")
    with SessionFile.open(path) as session:
        assert "Numbat" in session.read_now(lambda repos: repos.drafts.all())[0].text, "edits are kept"


# the palette


def test_the_palette_writes_labels_as_they_are() -> None:
    titles = {action.id: entry_title(action.label, action.shown_keys) for action in ACTIONS}
    assert titles["rubric.editor"] == "$EDITOR (f4)"
    assert titles["rubric.yaml"] == "YAML (y)"
    assert titles["app.run"].startswith("Run (f5")


@pytest.mark.parametrize("scope", sorted({action.scope for action in ACTIONS}))
def test_no_two_actions_of_a_screen_have_one_label(scope: str) -> None:
    labels = [action.label for action in ACTIONS if action.scope in (scope, "everywhere")]
    assert len(labels) == len(set(labels))


async def test_the_palette_has_one_entry_for_each_thing(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(100, 50), notifications=True) as pilot:
        await opened(pilot, app)
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert titles == ["Screenshot"], "the rest are actions of ours, in our words"
        await pilot.press("ctrl+p")
        text = await sees(pilot, app, "Maximise (f10)")
        assert "Maximize" not in text and text.count("Theme") == 1
        await pilot.press(*"screensh")
        await sees(pilot, app, "Screenshot")


async def test_without_a_session_what_needs_one_is_dimmed(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: app.screen.query(FooterKey), "the last line")
        assert {"run", "save"} <= dimmed(app)
        app.open_session(make_session(tmp_path / "s.db"))
        await opened(pilot, app)
        await until(pilot, lambda: app.screen.query(FooterKey) and not dimmed(app), "the last line")


async def test_over_a_dialog_the_palette_offers_what_the_dialog_can_do(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(100, 50), notifications=True) as pilot:
        await opened(pilot, app)
        app.push_screen(Viewer("Title", "the text"))
        await shown(pilot, app, Viewer)
        await pilot.press("ctrl+p")
        text = await sees(pilot, app, "Copy the whole text", "Choose light, dark")
        assert "Run the rubric on items" not in text
        await pilot.press(*"whole text")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await until(pilot, lambda: app.clipboard == "the text", "copying")


# a dialog that nobody asked for


@pytest.mark.parametrize("key", ["enter", "y", "escape", "space"])
async def test_a_dialog_that_opens_by_itself_takes_no_key_at_once(tmp_path: Path, key: str) -> None:
    app = make_app(tmp_path)
    given: list[bool | None] = []
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        app.push_screen(Confirm("Go on?", "Go on", "Later", unasked=True), given.append)
        await shown(pilot, app, Confirm)
        await pilot.press(key)
        assert isinstance(app.screen, Confirm) and not given
        await pilot.pause(DEAF)
        await until(pilot, lambda: app.focused is not None, "listening")
        assert app.focused is app.screen.query_one("#no", Button)
        await pilot.press("y")
        await until(pilot, lambda: given == [True], "answering")


# room


@pytest.mark.parametrize("kind", [ExportDialog, JudgeDialog, NewSessionDialog, RunDialog, VersionsDialog])
async def test_a_list_in_a_dialog_has_room_in_a_small_terminal(
    tmp_path: Path, kind: type[Dialog[Any]]
) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(40, 12), notifications=True) as pilot:
        await opened(pilot, app)
        app.push_screen(a_dialog(app, kind))
        await shown(pilot, app, kind)
        lists = [*app.screen.query(OptionList), *app.screen.query(DataTable)]
        await until(pilot, lambda: all(each.size.height >= 3 for each in lists), "room")
        focused = app.focused
        assert focused is not None
        for _ in range(12):
            await pilot.press("tab")
            await pilot.pause()
            here = app.focused
            assert here is not None
            seen = app.screen.query_one(".dialog").region.intersection(here.region)
            assert seen.height >= min(here.region.height, 1), here


# keys in a hurry


async def test_all_that_was_typed_before_ctrl_s_is_accepted(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    given: list[str | None] = []
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        app.push_screen(EditText("Title", ""), given.append)
        await shown(pilot, app, EditText)
        app.screen.query_one(TextArea).focus()
        await pilot.pause()
        burst(app, *"hello", "ctrl+s")
        await until(pilot, lambda: given, "accepting")
        assert given == ["hello"]


async def test_the_run_that_was_highlighted_just_before_f5_is_started(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    given: list[object] = []
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        app.push_screen(RunDialog(space_of(app)), given.append)
        await sees(pilot, app, "prompt tokens")
        burst(app, "down", "f5")
        await until(pilot, lambda: given, "starting")
        assert len(given[0].items) == 14  # type: ignore[attr-defined]


# the dialog before a run


async def test_choosing_a_judge_comes_back_to_the_run_dialog(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("f5")
        await sees(pilot, app, "with scripted:1", "prompt tokens")
        await pilot.press("down", "ctrl+o")
        await shown(pilot, app, JudgeDialog)
        await pilot.press("escape")
        await shown(pilot, app, RunDialog)
        await pilot.press("ctrl+o")
        await shown(pilot, app, JudgeDialog)
        app.screen.query_one("#judge", Input).value = "scripted:2"
        await pilot.press("ctrl+s")
        await shown(pilot, app, RunDialog)
        await sees(pilot, app, "with scripted:2", "prompt tokens")
        await pilot.press("enter")
        await until(pilot, lambda: space_of(app).shown is not None, "running")
        run = space_of(app).shown
        assert run is not None and run.judges == ("scripted:2",) and run.total == 14
        assert not isinstance(app.screen, ModalScreen)


# versions


async def test_the_only_version_is_not_compared_with_itself(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot, app)
        app.push_screen(VersionsDialog(space_of(app)))
        await sees(pilot, app, "v1")
        await pilot.press("enter")
        await told(pilot, app, "v1 is the only version: there is nothing to compare it with.")
        assert isinstance(app.screen, VersionsDialog)


async def test_the_newest_version_is_compared_with_the_one_before_or_with_unsaved_edits(
    tmp_path: Path,
) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(pilot, app)
        space = space_of(app)
        space.edit(replace(rubric_of(app), task="Rate it."))
        space.working = await space.authoring.save(working_of(app), "shorter")
        app.push_screen(VersionsDialog(space))
        await sees(pilot, app, "shorter", "v2")
        await pilot.press("enter")
        await shown(pilot, app, Differences)
        await sees(pilot, app, "What changed: v1 → v2", "+task: Rate it.")
        await pilot.press("escape", "down", "enter")
        await shown(pilot, app, Differences)
        await sees(pilot, app, "What changed: v1 → v2")
        await pilot.press("escape", "up")
        space.edit(replace(rubric_of(app), task="Rate [/x] it."))
        await pilot.press("enter")
        await shown(pilot, app, Differences)
        await sees(pilot, app, "What changed: v2 → v2 with unsaved edits", "Rate [/x] it.")
