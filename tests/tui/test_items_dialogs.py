"""Splits and near-duplicates, driven by keys from the items screen."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from textual.widgets import Button, Input

from judgetui.core.item import Item, Label
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals.duplicates import DuplicatesDialog
from judgetui.tui.modals.splits import SplitsDialog
from judgetui.tui.widgets.toggles import Tick
from tests.tui.judged import SIZES, sees, told
from tests.tui.spaces import space_of, until
from tests.tui.test_items import an_item, opened, shown, started

SAME = "The quick brown fox jumps over the lazy dog and runs away into the dark green wood [b]."


def unlike(number: int, **more: object) -> Item:
    """An item that no other is like."""
    rng = random.Random(number)
    words = " ".join("".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(12))
    return an_item(number, responses=(words,), fields={"question": words[::-1]}, **more)


def twenty() -> list[Item]:
    return [unlike(number, category="arts" if number % 2 else "science") for number in range(20)]


async def splits_of(app: JudgetuiApp) -> dict[str, str | None]:
    items = await space_of(app).session.read(lambda repos: repos.items.all())
    return {item.id: item.split for item in items}


@pytest.mark.parametrize("size", SIZES)
async def test_items_are_divided_after_a_look_and_u_takes_it_back(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = await started(tmp_path, twenty())
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot, app)
        await pilot.press("S")
        await until(pilot, lambda: isinstance(app.screen, SplitsDialog), "opening the dialog")
        dialog = app.screen
        await sees(pilot, app, "train 12, development 4, test 4", "20 items get another split")
        dialog.query_one("#by", Input).value = "category"
        await sees(pilot, app, "arts: train 6, development 2, test 2")
        dialog.query_one("#test", Input).value = "0.3"
        await sees(pilot, app, "the shares add up to 1.1.")
        assert dialog.query_one("#divide", Button).disabled
        dialog.query_one("#test", Input).value = "x"
        await sees(pilot, app, "'x' is no share.")
        dialog.query_one("#test", Input).value = "20%"
        await sees(pilot, app, "train 12, development 4, test 4")
        assert set((await splits_of(app)).values()) == {None}
        await pilot.press("ctrl+s")
        await told(pilot, app, "20 items have another split; u takes that back.")
        assert Counter((await splits_of(app)).values()) == {"train": 12, "development": 4, "test": 4}
        await until(pilot, lambda: screen.listing.rows[0].split is not None, "showing them")
        await pilot.press("u")
        await told(pilot, app, "The splits are as they were.")
        assert set((await splits_of(app)).values()) == {None}


async def test_items_keep_their_split_unless_they_are_dealt_out_again(tmp_path: Path) -> None:
    items = [unlike(number, split="test") for number in range(10)]
    app = await started(tmp_path, items)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, app)
        await pilot.press("S")
        await until(pilot, lambda: isinstance(app.screen, SplitsDialog), "opening the dialog")
        await sees(pilot, app, "0 items get another split")
        await pilot.press("ctrl+s")
        await told(pilot, app, "No item would get another split.")
        app.screen.query_one("#again", Tick).value = True
        await sees(pilot, app, "train 6, development 2, test 2")
        await pilot.press("escape")
        assert set((await splits_of(app)).values()) == {"test"}


@pytest.mark.parametrize("size", SIZES)
async def test_near_duplicates_stand_side_by_side_and_one_key_keeps_one(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    items = [
        an_item(1, responses=(SAME,), split="train", labels=(Label("ana", 3),)),
        an_item(2, responses=(f"{SAME} Yes.",), fields={"question": "Question number 1?"}, split="test"),
        an_item(3, responses=("Something else altogether, which nothing here is like.",)),
        an_item(4, responses=(SAME.upper(),), fields={"question": "question number 1"}, split="train"),
    ]
    app = await started(tmp_path, items)
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot, app)
        await pilot.press("D")
        await until(pilot, lambda: isinstance(app.screen, DuplicatesDialog), "showing the pairs")
        dialog = app.screen
        assert isinstance(dialog, DuplicatesDialog)
        assert next((near.first, near.second) for near in dialog._pairs) == (0, 3)
        await sees(pilot, app, "item-001", "item-004", "dark green wood [b]", "leak: train and test")
        await pilot.press("ctrl+s")
        await told(pilot, app, "Nothing is to be deleted yet")
        await pilot.press("2", "1")
        await sees(pilot, app, "2 to delete; ctrl+s deletes")
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen, "leaving")
        assert len(shown(screen)) == 4
        await pilot.press("equals_sign")
        await until(pilot, lambda: isinstance(app.screen, DuplicatesDialog), "showing the pairs again")
        await pilot.press("A", "ctrl+s")
        await until(pilot, lambda: shown(screen) == ["item-001", "item-003"], "deleting")
        await pilot.press("u")
        await until(pilot, lambda: len(shown(screen)) == 4, "bringing them back")
        assert await space_of(app).session.read(lambda repos: repos.items.all()) == items


async def test_where_nothing_is_alike_that_is_said(tmp_path: Path) -> None:
    app = await started(
        tmp_path, [an_item(1, responses=("One thing.",)), an_item(3, responses=("Fully other words",))]
    )
    async with app.run_test() as pilot:
        await opened(pilot, app)
        await pilot.press("D")
        await told(pilot, app, "None of the 2 items are nearly the same.")
