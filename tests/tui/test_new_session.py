"""The dialog that makes a session, driven by keys and by the mouse."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, RadioSet, Static

from judgetui.core.item import Item
from judgetui.core.rubric import InputField
from judgetui.datasets import write_items
from judgetui.rubric_files import dump_rubric
from judgetui.storage.files import summary
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals import new_session as dialog_module
from judgetui.tui.modals.new_session import NewSession, NewSessionDialog, starter_line
from judgetui.tui.widgets.judges import JudgeChooser
from judgetui.tui.widgets.lists import TextList
from judgetui.tui.widgets.source_line import file_named
from tests.tui.bursts import burst
from tests.tui.spaces import CORRECTNESS, HOSTILE, make_app, screen_text, until

SIZES = [(80, 24), (120, 40)]
RAW = ("\x1b", "\u202e", "\x9b", "\x00")
SINGLE = Item("one", ("yes",), {"question": "is it?"})
PAIR = Item("two", ("yes", "no"), {"question": "is it?"})


@asynccontextmanager
async def making(
    home: Path, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[Pilot[int], JudgetuiApp, list[NewSession | None]]]:
    """An app with the dialog open and its rubrics read; the list fills with what it gave."""
    app = make_app(home)
    made: list[NewSession | None] = []
    async with app.run_test(size=size, notifications=True) as pilot:
        app.push_screen(NewSessionDialog(app.context), made.append)
        await until(pilot, lambda: starters_read(app), "the rubrics")
        await until(pilot, lambda: app.screen.query_one(JudgeChooser)._listings, "the judges")
        await pilot.pause()
        yield pilot, app, made


def starters_read(app: JudgetuiApp) -> bool:
    """Whether the dialog is open and lists its rubrics."""
    return isinstance(app.screen, NewSessionDialog) and bool(app.screen._starters)


def told(app: JudgetuiApp, where: str) -> str:
    """What stands below a part of the form; empty when it is hidden."""
    shown = app.screen.query_one(where, Static)
    return str(shown.content) if shown.display else ""


def field(app: JudgetuiApp, selector: str) -> Input:
    return app.screen.query_one(selector, Input)


async def says(pilot: Pilot[int], where: str, words: str) -> None:
    """Wait until the words stand there."""
    await until(pilot, lambda: words in told(cast(JudgetuiApp, pilot.app), where), words)


async def ended(pilot: Pilot[int], made: list[NewSession | None]) -> NewSession:
    await until(pilot, lambda: made, "the session")
    assert made[0] is not None
    return made[0]


@pytest.mark.parametrize("size", SIZES)
async def test_the_first_run_path_by_keys(tmp_path: Path, size: tuple[int, int]) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: "No sessions yet" in screen_text(app), "the welcome")
        await pilot.press("a")
        await until(pilot, lambda: starters_read(app), "the rubrics")
        await until(pilot, lambda: field(app, "#name").value == "answer-correctness", "the suggestion")
        await pilot.press(*"My judge", "enter")
        await until(pilot, lambda: field(app, "#name").value == "My judge", "what was written, alone")
        await says(pilot, "#name-told", "my-judge.db")
        await until(pilot, lambda: app.focused is app.screen.query_one("#starters"), "the rubrics' focus")
        await pilot.press("j")
        await says(pilot, "#starter-told", "Criteria: ")
        assert field(app, "#name").value == "My judge"
        await pilot.press("enter")
        await until(pilot, lambda: app.focused is app.screen.query_one("#items"), "the items' focus")
        await pilot.press("tab")
        await until(pilot, lambda: app.focused is app.screen.query_one("#judges"), "the judges' focus")
        await pilot.press("t")
        findings = app.screen.query_one("#findings", Static)
        await until(pilot, lambda: "as scripted-1" in str(findings.content), "the test of the judge")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.space is not None and app.current_mode == "rubric", "opening")
        assert app.space is not None and app.space.rubric is not None
        assert app.space.session.name == "My judge"
        assert app.space.rubric.name == "better-explanation"
        space = app.space
        await until(pilot, lambda: len(space.items) >= 12, "reading the items")
        assert space.judge == "scripted:1"


@pytest.mark.parametrize("size", SIZES)
async def test_the_first_run_path_by_the_mouse(tmp_path: Path, size: tuple[int, int]) -> None:
    async with making(tmp_path, size) as (pilot, app, made):
        await pilot.click("#starters", offset=(4, 2))
        assert field(app, "#name").value == "better-explanation"
        buttons = list(app.screen.query_one("#items", RadioSet).children)
        buttons[2].scroll_visible(animate=False)
        await pilot.pause()
        await pilot.click(buttons[2])
        assert app.screen.query_one("#items", RadioSet).pressed_index == 2
        app.screen.query_one("#judges").scroll_visible(animate=False)
        await pilot.pause()
        await pilot.click("#judges", offset=(6, 1))
        await pilot.click("#create")
        session = await ended(pilot, made)
        assert session.judge == "scripted:1"
        assert summary(session.path).items == 0


async def test_defaults_make_a_session_at_once(tmp_path: Path) -> None:
    for name in ("answer-correctness", "answer-correctness-2"):
        async with making(tmp_path) as (pilot, _, made):
            await pilot.press("ctrl+s")
            session = await ended(pilot, made)
            assert session.path.stem == name and summary(session.path).items >= 12


async def test_the_judge_may_be_another(tmp_path: Path) -> None:
    async with making(tmp_path) as (pilot, app, made):
        field(app, "#judge").value = "scripted:8"
        await pilot.press("f2")
        assert (await ended(pilot, made)).judge == "scripted:8"


@pytest.mark.parametrize("size", SIZES)
async def test_items_from_a_file_with_its_mistakes_told_inline(tmp_path: Path, size: tuple[int, int]) -> None:
    good, broken, pairs = (tmp_path / name for name in ("good items.jsonl", "broken.jsonl", "pairs.jsonl"))
    write_items(good, [SINGLE, PAIR])
    broken.write_text('{"id": "a", "question": "q", "response": "r"}\n{"id": [/x]\n', encoding="utf-8")
    write_items(pairs, [PAIR])
    async with making(tmp_path, size) as (pilot, app, made):
        field(app, "#name").value = "kept"
        app.screen.query_one("#items").focus()
        await pilot.press("down", "enter")
        assert app.focused is field(app, "#file")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Write the path" in told(app, "#items-told"), "the missing path")
        for path, words in (
            (tmp_path / "none.jsonl", "no such file"),
            (broken, "broken.jsonl:2"),
            (pairs, "none of the 1 items fits"),
            (tmp_path, "folder"),
            (Path("~nobody-of-that-name/x.jsonl"), "no such file"),
        ):
            field(app, "#file").value = str(path)
            await pilot.press("ctrl+s")
            await says(pilot, "#items-told", words)
            assert app.screen.query_one("#items-told").has_class("-wrong")
            assert field(app, "#file").value == str(path) and field(app, "#name").value == "kept"
            assert app.focused is field(app, "#file")
            await pilot.pause(0.05)
            seen = "".join(screen_text(app).replace("│", " ").split())  # a long path is broken over lines
            assert words.replace(" ", "") in seen, "it can be seen"
        assert not made and not list((tmp_path / "sessions").glob("*"))
        field(app, "#file").value = f"'{good}'"
        await pilot.press("enter")
        await until(pilot, lambda: "2 items, 1 of them fit" in told(app, "#items-told"), "the count")
        assert not app.screen.query_one("#items-told").has_class("-wrong")
        await pilot.press("ctrl+s")
        session = await ended(pilot, made)
        assert summary(session.path).items == 2 and summary(session.path).name == "kept"


async def test_a_name_that_is_taken_or_none_is_told_below_it(tmp_path: Path) -> None:
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions" / "taken.db").touch()
    async with making(tmp_path) as (pilot, app, made):
        for name, words in (
            ("Taken", "is there already"),
            ("///", "cannot be a file's name"),
            (" ", "needs a name"),
        ):
            field(app, "#name").value = name
            app.screen.query_one("#starters").focus()
            await pilot.press("ctrl+s")
            await says(pilot, "#name-told", words)
            assert app.focused is field(app, "#name") and not made
        await pilot.press("escape")
        await until(pilot, lambda: made, "closing")
        assert made == [None]


async def test_a_judge_that_is_none_is_told_by_it(tmp_path: Path) -> None:
    async with making(tmp_path, (80, 24)) as (pilot, app, made):
        field(app, "#judge").value = "opnai:gpt"
        await pilot.press("ctrl+s")
        findings = app.screen.query_one("#findings", Static)
        await until(pilot, lambda: "There is no provider" in str(findings.content), "the complaint")
        assert app.focused is field(app, "#judge") and not made
        assert not list((tmp_path / "sessions").glob("*")), "nothing is made before all is well"


async def test_a_rubric_without_fitting_demo_items_asks_for_another_source(tmp_path: Path) -> None:
    (tmp_path / "rubrics").mkdir()
    needy = replace(CORRECTNESS, name="needy", title="Needy", inputs=(InputField("transcript"),))
    (tmp_path / "rubrics" / "needy.yaml").write_text(dump_rubric(needy), encoding="utf-8")
    async with making(tmp_path) as (pilot, app, made):
        starters = app.screen.query_one("#starters", TextList)
        starters.highlighted = starters.option_count - 1
        words = "None of the demo's items fits needy"
        await until(pilot, lambda: words in told(app, "#items-told"), "the notice")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.focused is app.screen.query_one("#items"), "the focus")
        assert not made
        await pilot.press("down", "down", "enter", "ctrl+s")
        assert summary((await ended(pilot, made)).path).items == 0


async def test_broken_rubrics_are_listed_with_their_reason_but_are_no_choice(tmp_path: Path) -> None:
    (tmp_path / "rubrics").mkdir()
    (tmp_path / "rubrics" / "broken.yaml").write_text("judgetui: 1\nnme: x\n", encoding="utf-8")
    async with making(tmp_path, (80, 24)) as (pilot, app, made):
        starters = app.screen.query_one("#starters", TextList)
        starters.focus()
        await pilot.press("G")
        assert "broken.yaml  cannot be used" in screen_text(app)
        assert "'nme' is not a known key" in told(app, "#starter-told")
        app.screen.query_one("#name").focus()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.focused is starters, "the complaint")
        assert not made


async def test_escape_stops_a_test_of_the_judge_first(tmp_path: Path) -> None:
    async with making(tmp_path) as (pilot, app, made):
        field(app, "#judge").value = "scripted:1?latency=60"
        field(app, "#judge").focus()
        await pilot.press("f5")
        findings = app.screen.query_one("#findings", Static)
        await until(pilot, lambda: "asking" in str(findings.content), "the test")
        await pilot.press("escape")
        await until(pilot, lambda: "Stopped" in str(findings.content), "the stop")
        assert not made
        await pilot.press("escape")
        await until(pilot, lambda: made == [None], "closing")


async def test_a_folder_that_takes_no_file_is_told_in_the_dialog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*args: object) -> Path:
        raise OSError(28, "No space left on device [/x]")

    monkeypatch.setattr(dialog_module, "create_session", full)
    async with making(tmp_path, (80, 24)) as (pilot, app, made):
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "No space left on device [/x]" in told(app, "#told"), "the complaint")
        assert not made and "No space left" in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_rubrics_and_files_are_shown_as_text(tmp_path: Path, size: tuple[int, int]) -> None:
    folder = tmp_path / "rubrics"
    folder.mkdir()
    for number, text in enumerate(HOSTILE):
        if "\ud800" in text or "\x00" in text or "\x1b" in text or "\x9b" in text:
            continue
        rubric = replace(CORRECTNESS, name=f"n {text}", title=f"t {text}", notes=text)
        (folder / f"{number}.yaml").write_text(dump_rubric(rubric), encoding="utf-8")
    (folder / "\x1b[31m\u202e [b.yaml").write_text("nme: x\n", encoding="utf-8")
    async with making(tmp_path, size) as (pilot, app, made):
        starters = app.screen.query_one("#starters", TextList)
        starters.focus()
        seen = ""
        for _ in range(starters.option_count + 1):
            await pilot.press("j")
            seen += screen_text(app)
        assert not any(raw in seen for raw in RAW)
        assert "t [/x] [b" in seen and "{{ 7*7 }}" in seen and "␛[31m\u2039U+202E\u203a [b.yaml" in seen
        field(app, "#name").value = "[/x] [b"
        starters.action_first()
        await pilot.press("ctrl+s")
        assert summary((await ended(pilot, made)).path).name == "[/x] [b"


def test_starter_lines_are_literal() -> None:
    from judgetui.services.sessions import Starter

    for text in HOSTILE:
        for rubric, problem in ((CORRECTNESS, ""), (None, text)):
            shown = starter_line(Starter(text, text, text, text, Path("x.yaml"), True, rubric, problem)).plain
            assert not any(raw in shown for raw in RAW)


def test_paths_are_read_as_people_paste_them() -> None:
    assert file_named("  '/a b/c.jsonl' ") == Path("/a b/c.jsonl")
    assert file_named("file:///a/c.jsonl") == Path("/a/c.jsonl")
    assert file_named("~/c.jsonl") == Path.home() / "c.jsonl"


@pytest.mark.parametrize("size", SIZES)
async def test_a_name_that_is_typed_in_a_hurry_is_whole(tmp_path: Path, size: tuple[int, int]) -> None:
    async with making(tmp_path, size) as (pilot, app, made):
        field(app, "#name").value = ""
        await pilot.pause()
        burst(app, *"hurried", "ctrl+s")
        assert (await ended(pilot, made)).path.name == "hurried.db"


async def test_what_is_chosen_in_a_hurry_is_what_is_made(tmp_path: Path) -> None:
    async with making(tmp_path) as (pilot, app, made):
        app.screen.query_one("#starters").focus()
        await pilot.pause()
        burst(app, "down", "ctrl+s")
        found = await ended(pilot, made)
        assert found.path.name == "better-explanation.db"
        assert summary(found.path).rubrics[0].name == "better-explanation"
