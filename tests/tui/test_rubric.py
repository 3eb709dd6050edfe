"""The rubric screen, driven by keys."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Static, TextArea

from judgetui.core.rubric import Criterion
from judgetui.storage.database import SessionFile
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.widgets.lists import TextList
from judgetui.tui.widgets.rubric_side import RubricSide
from judgetui.tui.workspace import Workspace
from tests.tui.spaces import (
    CORRECTNESS,
    HOSTILE,
    make_app,
    make_session,
    rubric_of,
    screen_text,
    space_of,
    until,
    working_of,
)

SIZES = [(80, 24), (120, 40)]


async def type_at_end(pilot: Pilot[int], selector: str, text: str) -> None:
    """Focus a text area and type at its end."""
    area = pilot.app.screen.query_one(selector, TextArea)
    area.focus()
    area.move_cursor(area.document.end)
    await pilot.press(*text)


async def opened(pilot: Pilot[int], app: JudgetuiApp) -> None:
    await until(pilot, lambda: app.space is not None and "system" in screen_text(app), "opening")


@pytest.mark.parametrize("size", SIZES)
async def test_the_prompt_stands_beside_the_form_with_its_tokens(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: "tokens" in screen_text(app), "the count")
        text = screen_text(app)
        assert "Is every fact right?" in text
        assert "moe-routing 1/14" in text


async def test_typing_in_a_criterion_changes_the_prompt_and_marks_the_draft(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await type_at_end(pilot, "#description", " Quoll")
        await until(
            pilot, lambda: str(app.screen.query_one("#prompt", Static).content).count("Quoll") == 1, "preview"
        )
        assert "edited" in screen_text(app)


async def test_steps_are_generated_edited_moved_and_frozen(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("E")
        await until(
            pilot,
            lambda: bool(app.space and space_of(app).working and working_of(app).proposed),
            "steps",
        )
        assert app.space is not None and space_of(app).working is not None
        first, second, *_ = working_of(app).proposed
        assert "not frozen" in screen_text(app)
        assert first not in str(app.screen.query_one("#prompt", Static).content)
        await pilot.press("enter")
        await pilot.press(*"New ", "ctrl+s")
        await until(pilot, lambda: working_of(app).proposed[0].startswith("New "), "edit")
        await pilot.press("alt+down")
        assert working_of(app).proposed[0] == second
        assert working_of(app).proposed[1] == f"New {first}"
        await pilot.press("f")
        assert working_of(app).rubric.steps[0] == second
        assert working_of(app).proposed == ()
        await pilot.press("p")
        await until(
            pilot,
            lambda: f"2. New {first}" in str(app.screen.query_one("#prompt", Static).content),
            "prompt with steps",
        )
        await pilot.press("s", "d")
        assert len(working_of(app).rubric.steps) >= 2, "frozen steps cannot be deleted"
        await pilot.press("f")
        assert working_of(app).rubric.steps == ()


async def test_criteria_are_added_moved_deleted_and_brought_back(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("a", *"clarity", "enter")
        await until(pilot, lambda: len(rubric_of(app).criteria) == 2, "adding")
        assert app.space is not None
        app.screen.query_one("#criteria", TextList).focus()
        await pilot.press("alt+up")
        assert [c.name for c in rubric_of(app).criteria] == ["clarity", "correctness"]
        await pilot.press("r", "ctrl+u", *"brevity, 2.5", "enter")
        await until(pilot, lambda: rubric_of(app).criteria[0] == Criterion("brevity", "", 2.5), "renaming")
        await pilot.press("d")
        assert [c.name for c in rubric_of(app).criteria] == ["correctness"]
        await pilot.press("u")
        assert [c.name for c in rubric_of(app).criteria] == ["brevity", "correctness"]


async def test_yaml_with_a_mistake_keeps_the_last_good_rubric_and_names_the_line(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        assert app.space is not None
        await pilot.press("y")
        await pilot.pause(0.2)
        area = app.screen.query_one("#yaml", TextArea)
        good = area.text
        area.text = good + "scael: {min: 1, max: 7}\n"
        await until(
            pilot, lambda: "scael" in str(app.screen.query_one("#problems", Static).content), "the problem"
        )
        assert f"line {len(good.splitlines()) + 1}" in str(area.border_subtitle)
        assert space_of(app).rubric == CORRECTNESS
        area.text = good.replace("max: 5", "max: 7").replace("5: right", "7: right")
        await until(
            pilot, lambda: str(rubric_of(app).scale).startswith("NumericScale(low=1, high=7"), "the new scale"
        )


async def test_yaml_in_the_making_is_never_lost_and_never_saved(tmp_path: Path) -> None:
    path = make_session(tmp_path / "s.db")
    app = make_app(tmp_path, path)
    half = "nonsense: [1, 2\n"
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("y")
        await until(pilot, lambda: bool(app.screen.query("#yaml")), "the pane")
        area = app.screen.query_one("#yaml", TextArea)
        area.text = half + area.text
        await until(pilot, lambda: working_of(app).broken.startswith(half), "noticing")
        assert "edited" in screen_text(app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "nothing was saved" in screen_text(app), "the refusal")
        await pilot.press("f5")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await pilot.pause(0.3)
        assert space_of(app).live is None and space_of(app).shown is None, "no run of something else"
        await pilot.press("escape", "ctrl+r")
        await until(pilot, lambda: working_of(app).rubric.protocol == "mt-bench-pair", "the other rubric")
        await pilot.press("ctrl+q")
    again = make_app(tmp_path, path)
    async with again.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, again)
        await pilot.press("y")
        await until(
            pilot,
            lambda: (
                bool(again.screen.query("#yaml"))
                and again.screen.query_one("#yaml", TextArea).text.startswith(half)
            ),
            "the text as it was left",
        )


async def test_unsaved_edits_and_proposed_steps_survive_a_crash(tmp_path: Path) -> None:
    path = make_session(tmp_path / "s.db")
    app = make_app(tmp_path, path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await type_at_end(pilot, "#task", " Numbat")
        await until(pilot, lambda: _draft(path) is not None, "the journal")
        # No orderly end: the second app below opens the file as a crash would leave it.
        again = make_app(tmp_path, path)
        assert app.space is not None
        space_of(app).session.close()
        app.space = None
    async with again.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, again)
        assert again.space is not None and again.space.rubric is not None
        assert again.space.rubric.task.endswith("Numbat")
        assert again.space.working is not None and again.space.working.recovered
        await until(pilot, lambda: "are back" in screen_text(again), "the notice")


def _draft(path: Path) -> object:
    with SessionFile.open(path) as session:
        found = session.read_now(lambda repos: repos.drafts.all())
        return found[0] if found else None


async def test_versions_are_saved_with_a_note_and_gone_back_to(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        assert app.space is not None
        await type_at_end(pilot, "#task", " Be strict.")
        await pilot.press("ctrl+s")
        await pilot.pause(0.1)
        await pilot.press(*"stricter", "enter")
        await until(pilot, lambda: working_of(app).base.number == 2, "saving")
        assert space_of(app).working is not None and working_of(app).base.note == "stricter"
        app.screen.query_one("#criteria", TextList).focus()
        await pilot.press("v")
        await until(pilot, lambda: "stricter" in screen_text(app), "the versions")
        await pilot.press("j", "b")
        await until(pilot, lambda: working_of(app).base.number == 3, "going back")
        assert space_of(app).rubric == CORRECTNESS
        assert working_of(app).base.rubric_hash == (await _hash_of_v1(app))


async def _hash_of_v1(app: JudgetuiApp) -> str:
    rubric_id = working_of(app).base.rubric_id
    return (await space_of(app).session.read(lambda repos: repos.rubrics.number(rubric_id, 1))).rubric_hash


def _has_run(app: JudgetuiApp, ok: int) -> bool:
    space = space_of(app)
    return space.shown is not None and space.live is None and space.shown.counts.get("ok") == ok


async def test_a_run_of_three_items_then_all_is_two_keys_each(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        assert app.space is not None
        for expected in (3, 14):
            await pilot.press("f5")
            await until(pilot, lambda: "prompt tokens" in screen_text(app), "the estimate")
            if expected == 14:
                await pilot.press("down")
            await pilot.press("enter")
            await until(
                pilot,
                partial(_has_run, app, expected),
                f"a run of {expected}",
            )
        assert app.focused is app.screen.query_one("#criteria"), "the focus stays where it was"


async def test_a_pane_asked_for_before_there_are_panes_is_shown_when_they_come() -> None:
    side = RubricSide()

    class OneSide(App[None]):
        def compose(self) -> ComposeResult:
            yield side

    async with OneSide().run_test() as pilot:
        side.turn_to("steps-pane")
        assert not side.children
        await side.fill()
        await until(pilot, lambda: side.steps.list.has_focus, "the focus")  # type: ignore[arg-type]
        assert side.steps.display and not side.prompt.display


async def test_panes_and_rubrics_can_be_clicked(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        names = app.screen.query_one("#pane-names")
        await pilot.click(names, offset=(17, 0))
        await until(pilot, lambda: "No steps. E lets the judge" in screen_text(app), "the steps")
        await pilot.click(app.screen.query_one("#rubrics"), offset=(30, 0))
        await until(
            pilot, lambda: "mt-bench-pair has no evaluation steps" in screen_text(app), "the other rubric"
        )


async def test_turning_to_another_rubric_while_in_the_yaml_shows_its_yaml(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("y")
        await until(pilot, lambda: app.focused is app.screen.query_one("#yaml"), "the pane")
        await pilot.press("ctrl+r")
        area = app.screen.query_one("#yaml", TextArea)
        await until(pilot, lambda: "name: better-explanation" in area.text, "its YAML")
        area.text = area.text.replace("Two assistants", "Two judges")
        await until(pilot, lambda: rubric_of(app).task.startswith("Two judges"), "the edit")
        assert rubric_of(app).name == "better-explanation"
        kept = area.text = area.text + "\n# a remark\n"
        await pilot.press("ctrl+s")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await until(pilot, lambda: working_of(app).base.number == 2, "saving")
        assert area.text == kept, "what is being typed keeps its layout"


async def test_items_of_the_rubric_that_was_left_are_dropped(tmp_path: Path) -> None:
    space = await Workspace.open(make_app(tmp_path).context, make_session(tmp_path / "s.db"))
    for _ in range(20):
        await space.select_rubric(space.rubrics[0].id)
        await asyncio.gather(space.reload_items(), space.select_rubric(space.rubrics[1].id))
        assert {len(item.responses) for item in space.items} == {2}
    await space.close()


async def test_the_other_rubric_is_one_key_away(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press("ctrl+r")
        await until(pilot, lambda: "load-balancing 1/14" in screen_text(app), "the pairwise prompt")


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_shown_as_text(tmp_path: Path, text: str) -> None:
    from dataclasses import replace

    named = replace(
        CORRECTNESS,
        name=f"n {text}",
        title=text,
        task=f"task {text}",
        criteria=(Criterion(f"c {text}", f"d {text}"),),
        steps=(f"s {text}",),
    )
    app = make_app(tmp_path, make_session(tmp_path / "s.db", named))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        for key in ("s", "p", "f1", "escape", "f5", "escape", "v", "escape", "f12", "escape", "y"):
            await pilot.press(key)
            await pilot.pause(0.05)
            shown = screen_text(app)
            assert "\x1b" not in shown and "\u202e" not in shown and "\x9b" not in shown
        app.complain(ValueError(text))
        await asyncio.sleep(0.05)
        await pilot.pause()
