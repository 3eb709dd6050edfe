"""The items screen, driven by keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from judgetui.core.item import Item, Label
from judgetui.datasets import load_items
from judgetui.storage.database import SessionFile
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals.dialogs import AskText, Confirm, Viewer
from judgetui.tui.modals.run import RunDialog
from judgetui.tui.screens.items import ItemsScreen
from judgetui.tui.widgets.item_index import IndexTable
from tests.tui.judged import SIZES, add_run, bare_session, sees, told
from tests.tui.spaces import CORRECTNESS, HOSTILE, make_app, screen_text, space_of, until


def an_item(number: int, **more: object) -> Item:
    """A pointwise item with a question."""
    fields = {"question": f"Question number {number}?"}
    item = Item(f"item-{number:03}", (f"Answer {number}.",), fields, models=("gpt-x",))
    return replace(item, **more)  # type: ignore[arg-type]


FEW = (
    an_item(1, category="science", split="train", labels=(Label("ana", 4), Label("ben", 2, "style"))),
    an_item(2, category="arts", split="test"),
    an_item(3, category="science", labels=(Label("ana", 1),)),
    an_item(4, responses=("A longer answer than the others have.",)),
)


async def opened(pilot: Pilot[int], app: JudgetuiApp) -> ItemsScreen:
    """Go to the items of the session, once it is open."""
    await until(pilot, lambda: app.space is not None and app.space.working is not None, "opening")
    await pilot.pause()
    await app.switch_mode("items")
    screen = app.screen
    assert isinstance(screen, ItemsScreen)
    await until(pilot, lambda: screen._state >= 0 and screen._reading is None, "reading the items")
    await pilot.pause()
    return screen


async def started(tmp_path: Path, items: Sequence[Item] = FEW) -> JudgetuiApp:
    return make_app(tmp_path, await bare_session(tmp_path / "s.db", CORRECTNESS, items))


def shown(screen: ItemsScreen) -> list[str]:
    """Ids of the rows shown, in order."""
    listing = screen.listing
    return [listing.rows[place].id for place in listing.view]


def under_cursor(screen: ItemsScreen) -> str:
    row = screen.listing.at(screen.query_one(IndexTable).cursor)
    return "" if row is None else row.id


async def filtered(pilot: Pilot[int], screen: ItemsScreen, line: str, ids: Sequence[str]) -> None:
    await pilot.press("slash")
    screen.query_one("#filter", Input).value = line
    await until(pilot, lambda: shown(screen) == list(ids), f"finding {line!r}")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(screen.focused, IndexTable), "going to the list")


@pytest.mark.parametrize("size", SIZES)
async def test_every_item_has_a_row_and_the_one_at_hand_is_told_in_full(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = await started(tmp_path)
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot, app)
        assert shown(screen) == ["item-001", "item-002", "item-003", "item-004"]
        text = await sees(pilot, app, "4 items", "science", "train", "ben of style: 2", "gpt-x")
        assert "Question number 2?" in text
        await pilot.press("j")
        await sees(pilot, app, "2 · item-002", "Answer 2.")
        await pilot.press("G", "space")
        await until(pilot, lambda: isinstance(app.screen, Viewer), "showing all of it")
        await sees(pilot, app, "A longer answer than the others have.")


async def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    items = [
        Item(
            f"id {text}",
            (text,),
            {text or "x": text, "question": text},
            models=(text,),
            category=text,
            split=text,
        )
        for text in HOSTILE
    ]
    items = [replace(item, labels=(Label(text, text),)) for item, text in zip(items, HOSTILE, strict=True)]
    app = await started(tmp_path, items)
    async with app.run_test(size=(160, 45)) as pilot:
        screen = await opened(pilot, app)
        for item in items:
            await until(pilot, lambda item=item: under_cursor(screen) == item.id, "moving")  # type: ignore[misc]
            await pilot.pause(0.1)
            text = screen_text(app)
            assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text
            await pilot.press("j")
        assert "[/x] [b" in screen_text(app)
        assert "[link=https://x]y[/link]" in screen_text(app)


async def test_a_session_without_items_says_which_key_brings_some(tmp_path: Path) -> None:
    app = await started(tmp_path, ())
    async with app.run_test() as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "This session holds no items yet.", "a imports some")
        await pilot.press("d", "o", "w", "space", "m", "enter")
        await pilot.pause()
        assert "This session holds no items yet." in screen_text(app)


async def test_the_filter_narrows_and_the_cursor_comes_back_to_its_item(tmp_path: Path) -> None:
    app = await started(tmp_path)
    async with app.run_test() as pilot:
        screen = await opened(pilot, app)
        await pilot.press("j")
        assert under_cursor(screen) == "item-002"
        await filtered(pilot, screen, "label:none", ["item-002", "item-004"])
        assert under_cursor(screen) == "item-002"
        await filtered(pilot, screen, "category:science -label:4", ["item-003"])
        await sees(pilot, app, "1 found", "3 · item-003")
        await filtered(pilot, screen, "text:longer", ["item-004"])
        await filtered(pilot, screen, "no such", [])
        await sees(pilot, app, "nothing is like that; esc clears the filter")
        await pilot.press("escape")
        await until(pilot, lambda: len(shown(screen)) == 4, "showing all again")
        assert under_cursor(screen) == "item-002"


async def test_sorting_goes_round_what_there_is_and_both_ways(tmp_path: Path) -> None:
    app = await started(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app)
        await pilot.press("j")
        seen = []
        for _ in range(6):
            await pilot.press("o")
            await app.workers.wait_for_complete()
            seen.append(screen.listing.sort.value)
        assert seen == ["id", "category", "split", "length", "label", "position"]  # nothing was judged
        await pilot.press("o", "o", "O")
        await until(
            pilot, lambda: shown(screen) == ["item-001", "item-003", "item-002", "item-004"], "sorting"
        )
        assert under_cursor(screen) == "item-002"
        await sees(pilot, app, "by category ↓", "category ↓")


async def test_results_of_the_newest_run_show_and_sort(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, FEW)
    with SessionFile.open(path) as session:
        run = await add_run(session, 1, FEW[:2])
        said = {
            each.item.id: each.outcome.score
            for each in session.read_now(lambda r: r.judgements.for_run(run.id))
        }
    app = make_app(tmp_path, path)
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await opened(pilot, app)
        score = said["item-001"]
        assert score is not None
        await sees(pilot, app, "judge", f"{score:.2f}", "run 1, scripted:1")
        await filtered(pilot, screen, "result:none", ["item-003", "item-004"])


async def test_marked_items_are_deleted_and_come_back_with_their_labels(tmp_path: Path) -> None:
    app = await started(tmp_path)
    async with app.run_test() as pilot:
        screen = await opened(pilot, app)
        before = await space_of(app).session.read(lambda repos: repos.items.all())
        await pilot.press("m", "j", "m")
        await sees(pilot, app, "2 marked")
        await pilot.press("d")
        await until(pilot, lambda: shown(screen) == ["item-002", "item-004"], "deleting")
        await told(pilot, app, "Deleted 2 items; u brings back")
        assert under_cursor(screen) == "item-004"
        await pilot.press("d")
        await until(pilot, lambda: shown(screen) == ["item-002"], "deleting one more")
        assert await space_of(app).session.read(lambda repos: repos.items.count()) == 1
        await until(pilot, lambda: len(space_of(app).items) == 1, "taking it from the rubric's items")
        await pilot.press("u")
        await until(pilot, lambda: shown(screen) == ["item-002", "item-004"], "undoing")
        await pilot.press("u")
        await until(pilot, lambda: len(shown(screen)) == 4, "undoing all")
        assert under_cursor(screen) == "item-001"
        assert await space_of(app).session.read(lambda repos: repos.items.all()) == before
        await until(pilot, lambda: len(space_of(app).items) == 4, "giving them back to the rubric")
        await pilot.press("u")
        await told(pilot, app, "There is nothing to take back here.")


async def test_marks_can_be_asked_for_and_taken_from_all(tmp_path: Path) -> None:
    app = await started(tmp_path)
    async with app.run_test() as pilot:
        screen = await opened(pilot, app)
        await pilot.press("m")
        await filtered(pilot, screen, "marked", ["item-001"])
        await filtered(pilot, screen, "split:none", ["item-003", "item-004"])
        await pilot.press("asterisk")
        await sees(pilot, app, "3 marked")
        await pilot.press("asterisk")
        await sees(pilot, app, "1 marked")


async def test_enter_shows_the_prompt_with_the_item(tmp_path: Path) -> None:
    app = await started(tmp_path, [*FEW, an_item(5, responses=("a", "b"), models=())])
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, app)
        await pilot.press("j", "j", "enter")
        await until(pilot, lambda: app.current_mode == "rubric", "going to the rubric")
        item = space_of(app).item
        assert item is not None and item.id == "item-003"
        await sees(pilot, app, "Question number 3?")
        screen = await opened(pilot, app)
        await pilot.press("G", "enter")
        await told(pilot, app, "item-005 does not fit answer-correctness")
        assert app.screen is screen


async def test_marked_items_are_offered_to_run(tmp_path: Path) -> None:
    app = await started(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, app)
        await pilot.press("m", "j", "m", "r")
        await until(pilot, lambda: isinstance(app.screen, RunDialog), "asking")
        await sees(pilot, app, "These 2 items", "2 calls")
        await pilot.press("enter")
        await until(pilot, lambda: space_of(app).shown is not None, "running")
        run = space_of(app).shown
        assert run is not None and run.items == 2


async def test_what_is_shown_or_marked_is_written(tmp_path: Path) -> None:
    app = await started(tmp_path)
    out = tmp_path / "out.jsonl"
    async with app.run_test() as pilot:
        screen = await opened(pilot, app)
        await filtered(pilot, screen, "category:science", ["item-001", "item-003"])
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking where")
        await sees(pilot, app, "Write 2 found items")
        app.screen.query_one(Input).value = str(out)
        await pilot.press("enter")
        await told(pilot, app, "Wrote 2 items")
        assert load_items(out) == [FEW[0], FEW[2]]
        await pilot.press("m", "w")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking again")
        await sees(pilot, app, "Write 1 marked item")
        app.screen.query_one(Input).value = str(out)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Confirm), "asking whether to replace")
        await pilot.press("n")
        await pilot.pause()
        assert len(load_items(out)) == 2


async def test_another_session_takes_the_place_of_the_first(tmp_path: Path) -> None:
    app = await started(tmp_path)
    other = await bare_session(tmp_path / "other.db", CORRECTNESS, [an_item(9)])
    async with app.run_test() as pilot:
        await opened(pilot, app)
        app.open_session(other)
        await until(
            pilot,
            lambda: (
                app.space is not None and app.space.session.path == other and app.current_mode == "rubric"
            ),
            "opening the other one",
        )
        screen = await opened(pilot, app)
        await until(pilot, lambda: shown(screen) == ["item-009"], "reading it")


async def test_labels_given_on_another_screen_show(tmp_path: Path) -> None:
    app = await started(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app)
        await app.switch_mode("runs")
        await space_of(app).session.write(lambda repos: repos.items.set_label("item-002", Label("zoe", 5)))
        await app.switch_mode("items")
        await until(pilot, lambda: screen.listing.rows[1].raters == ("zoe",), "reading the label")
        await sees(pilot, app, "zoe")
