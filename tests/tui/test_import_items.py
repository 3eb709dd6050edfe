"""Items in, driven by keys: looked into, mapped, taken or left."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Button, Input, OptionList

from judgetui.core.item import Item
from judgetui.core.run import ItemCounts
from judgetui.services import intake
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.importing import stored_words
from judgetui.tui.modals import import_items as dialog_module
from judgetui.tui.modals import taking
from judgetui.tui.modals.dialogs import AskText
from judgetui.tui.modals.import_items import ImportDialog
from judgetui.tui.modals.new_session import NewSessionDialog
from judgetui.tui.modals.taking import TakingDialog
from judgetui.tui.widgets.source_line import completed, is_content
from tests.tui.judged import SIZES, sees, told
from tests.tui.spaces import HOSTILE, make_app, screen_text, space_of, until
from tests.tui.test_items import opened, shown, started


def lines(path: Path, records: Iterable[object]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def good(count: int) -> list[dict[str, str]]:
    return [{"id": f"new-{n}", "question": f"Q{n}?", "response": f"A{n}"} for n in range(count)]


async def looked(pilot: Pilot[int], app: JudgetuiApp, text: str | Path) -> ImportDialog:
    """Open the dialog and have it look into a file."""
    await pilot.press("a")
    await until(pilot, lambda: isinstance(app.screen, ImportDialog), "opening the dialog")
    dialog = app.screen
    assert isinstance(dialog, ImportDialog)
    dialog.query_one("#source", Input).value = str(text)
    await pilot.press("enter")
    await until(pilot, lambda: dialog._found is not None and dialog._found.complete, "looking")
    await until(pilot, lambda: isinstance(dialog.focused, OptionList), "going to the columns")
    return dialog


async def count(app: JudgetuiApp) -> int:
    return await space_of(app).session.read(lambda repos: repos.items.count())


@pytest.mark.parametrize("size", SIZES)
async def test_a_good_file_is_shown_first_and_then_taken(tmp_path: Path, size: tuple[int, int]) -> None:
    app = await started(tmp_path)
    path = lines(tmp_path / "new.jsonl", [*good(3), {"id": "item-001", "response": "other"}])
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot, app)
        await looked(pilot, app, path)
        await sees(
            pilot, app, "JSON lines, read as UTF-8", "4 records", "question", "Q0?", "Take all 4 (ctrl+s)"
        )
        assert await count(app) == 4
        await pilot.press("ctrl+s")
        await told(pilot, app, "Items: 3 new, 1 changed, 0 as before.")
        await until(pilot, lambda: len(shown(screen)) == 7, "listing them")
        assert app.screen is screen


async def test_nothing_is_taken_when_the_dialog_is_left(tmp_path: Path) -> None:
    app = await started(tmp_path)
    async with app.run_test() as pilot:
        screen = await opened(pilot, app)
        await looked(pilot, app, lines(tmp_path / "new.jsonl", good(3)))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen, "closing")
        assert await count(app) == 4


async def test_bad_lines_are_told_and_the_others_taken_only_when_that_is_said(tmp_path: Path) -> None:
    app = await started(tmp_path)
    records: list[object] = [*good(4), {"id": "x"}, {"id": "y", "response": 5}]
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app)
        dialog = await looked(pilot, app, lines(tmp_path / "bad.jsonl", records))
        await sees(pilot, app, "6 records", "4 are items, 2 cannot be read", "Take 4, leave out 2 (b)")
        assert dialog.query_one("#take", Button).disabled
        await pilot.press("p")
        await sees(pilot, app, "line 5: response:", "line 6: response:")
        await pilot.press("p", "ctrl+s")
        await told(pilot, app, "2 lines cannot be read, so nothing was taken.")
        assert app.screen is dialog and await count(app) == 4
        await pilot.press("b")
        await told(pilot, app, "Items: 4 new, 0 changed, 0 as before, 2 lines left out.")
        await until(pilot, lambda: len(shown(screen)) == 8, "listing them")


async def test_columns_become_fields_as_suggested_or_as_said(tmp_path: Path) -> None:
    app = await started(tmp_path, ())
    path = tmp_path / "table.csv"
    path.write_bytes(
        "prompt;completion;Topic;junk\nWie groß?;Sehr.;Maße;x\nWarum?;Darum.;Gründe;y\n".encode("cp1252")
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, app)
        dialog = await looked(pilot, app, path)
        await sees(pilot, app, "semicolon-separated", "(a guess)", "look whether accents are right")
        await sees(pilot, app, "question? (100 of 100)", "none is an item yet")
        assert dialog.query_one("#skip", Button).disabled
        await pilot.press("b")
        assert app.screen is dialog
        await pilot.press("S")
        await sees(pilot, app, "prompt  → question", "completion  → response", "Take all 2 (ctrl+s)")
        await pilot.press("G", "enter")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking for the field")
        app.screen.query_one(Input).value = ""
        await pilot.press("enter")
        await sees(pilot, app, "junk  left out")
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking for the encoding")
        app.screen.query_one(Input).value = "no-such"
        await pilot.press("enter")
        await sees(pilot, app, "there is no encoding 'no-such'")
        assert dialog._found is None
        dialog.query_one("#source", Input).focus()
        await pilot.press("enter")
        await sees(pilot, app, "question? (100 of 100)")
        await pilot.press("S")
        await sees(pilot, app, "Take all 2 (ctrl+s)")
        await pilot.press("ctrl+s")
        await told(pilot, app, "Items: 2 new")
        (item, _) = await space_of(app).session.read(lambda repos: repos.items.all())
        assert (item.fields["question"], item.responses, item.category) == ("Wie groß?", ("Sehr.",), "Maße")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.csv", None, "there is no such file"),
        ("empty.jsonl", b"", "no items"),
        ("broken.json", b'[{"id": ', "this is not JSON"),
        ("packed.zip", b"PK\x03\x04rest", "a packed file"),
    ],
)
async def test_a_file_that_cannot_be_read_is_told_and_the_line_stays(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    app = await started(tmp_path)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    async with app.run_test() as pilot:
        await opened(pilot, app)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, ImportDialog), "opening the dialog")
        app.screen.query_one("#source", Input).value = str(tmp_path / name)
        await pilot.press("enter")
        await sees(pilot, app, message)
        assert app.screen.query_one("#source", Input).value == str(tmp_path / name)
        await pilot.press("ctrl+s")
        assert isinstance(app.screen, ImportDialog)


async def test_a_long_file_can_be_mapped_before_all_of_it_is_counted(tmp_path: Path) -> None:
    app = await started(tmp_path, ())
    records = [{"prompt": f"Q{n}?", "completion": f"A{n}"} for n in range(dialog_module.QUICK + 50)]
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, app)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ImportDialog), "opening the dialog")
        app.screen.query_one("#source", Input).value = str(lines(tmp_path / "long.jsonl", records))
        await pilot.press("enter")
        await sees(pilot, app, f"at least {dialog_module.QUICK} records", "none is an item yet")
        await pilot.press("ctrl+s")
        await told(pilot, app, "No record is an item yet.")
        await pilot.press("S")
        await sees(pilot, app, f"{len(records)} records", f"Take all {len(records)} (ctrl+s)")


async def test_items_can_be_pasted(tmp_path: Path) -> None:
    app = await started(tmp_path, ())
    async with app.run_test() as pilot:
        screen = await opened(pilot, app)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ImportDialog), "opening the dialog")
        text = "".join(json.dumps(record) + "\n" for record in good(2))
        app.screen.query_one("#source", Input).post_message(Paste(text))
        await sees(pilot, app, "2 records", "Q0?")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: shown(screen) == ["new-0", "new-1"], "listing them")


async def test_items_that_are_nearly_there_already_are_shown_before_they_are_taken(tmp_path: Path) -> None:
    text = "A long answer about rivers, engines and markets that nobody would write twice by chance."
    app = await started(tmp_path, [Item("old", (text,), {"question": "What of it?"})])
    records = [
        {"id": "same", "question": "What of it?", "response": f"{text} Yes."},
        {"id": "old", "question": "What of it?", "response": text},
        {"id": "other", "question": "And now?", "response": "Nothing alike at all."},
    ]
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, app)
        await looked(pilot, app, lines(tmp_path / "new.jsonl", records))
        await pilot.press("n")
        await sees(pilot, app, "same  ≈  in the session: old")
        assert "other" not in screen_text(app)
        assert await count(app) == 1


async def test_hostile_columns_and_texts_stay_texts(tmp_path: Path) -> None:
    app = await started(tmp_path, ())
    records = [{"response": text, text: text, "question": text} for text in HOSTILE[:-1]]
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, app)
        await looked(pilot, app, lines(tmp_path / "[x] $y.jsonl", records))
        text = await sees(pilot, app, "[/x] [b")
        assert "\x1b" not in text and "\u202e" not in text
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking")
        assert "\x1b" not in screen_text(app)


async def test_an_import_can_be_stopped_and_then_nothing_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await started(tmp_path)
    path = lines(tmp_path / "many.jsonl", good(3000))
    asked: list[TakingDialog] = []

    class Stopped(TakingDialog):
        def _told(self, done: int) -> bool:
            asked.append(self)
            self.action_leave()
            return super()._told(done)

    monkeypatch.setattr(taking, "TakingDialog", Stopped)
    async with app.run_test() as pilot:
        screen = await opened(pilot, app)
        await looked(pilot, app, path)
        await pilot.press("ctrl+s")
        await told(pilot, app, "the import was stopped; nothing was taken")
        await until(pilot, lambda: app.screen is screen, "closing")
        assert asked and await count(app) == 4


async def test_the_rubric_screen_takes_items_in_the_same_way(tmp_path: Path) -> None:
    app = await started(tmp_path, ())
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.space is not None and app.space.all_items, "opening")
        await pilot.pause()
        app.screen.query_one("#criteria").focus()
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, ImportDialog), "opening the dialog")
        app.screen.query_one("#source", Input).value = str(lines(tmp_path / "new.jsonl", good(3)))
        await pilot.press("enter")
        await sees(pilot, app, "Take all 3 (ctrl+s)")
        await pilot.press("ctrl+s")
        await told(pilot, app, "3 of the session's items fit this rubric.")
        assert len(space_of(app).items) == 3


async def test_a_new_session_takes_a_file_whose_columns_were_named(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("prompt,completion\nWhy?,Because.\n", encoding="utf-8")
    app = make_app(tmp_path)
    async with app.run_test(size=(120, 46)) as pilot:
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, NewSessionDialog), "opening the dialog")
        dialog = app.screen
        assert isinstance(dialog, NewSessionDialog)
        await until(pilot, lambda: dialog._rubric is not None, "reading the rubrics")
        dialog.query_one("#file", Input).value = str(path)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(app.screen, ImportDialog), "looking into the file")
        await sees(pilot, app, "question? (100 of 100)")
        await pilot.press("S")
        await sees(pilot, app, "Take all 1 (ctrl+s)")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.screen is dialog, "going back")
        await sees(pilot, app, "1 items, 1 of them fit.")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.space is not None and len(app.space.items) == 1, "opening the session")
        assert space_of(app).items[0].fields == {"question": "Why?"}


def test_names_of_files_are_completed(tmp_path: Path) -> None:
    (tmp_path / "items-b.csv").touch()
    (tmp_path / "items-a.csv").touch()
    (tmp_path / "folder").mkdir()
    assert completed(f"{tmp_path}/it") == f"{tmp_path}/items-a.csv"
    assert completed(f"{tmp_path}/fo") == f"{tmp_path}/folder/"
    assert completed(f"{tmp_path}/nothing") is None
    assert completed(f"{tmp_path}/none/x") is None
    assert completed(f"{tmp_path}/") is None
    assert completed("\0") is None


def test_what_is_pasted_is_a_path_or_items() -> None:
    assert is_content('{"id": 1}') and is_content("a,b\n1,2\n") and is_content(" [")
    assert not is_content("/tmp/x.csv\n") and not is_content("~/x.csv")


def test_an_import_is_told_in_numbers() -> None:
    stored = intake.Stored(ItemCounts(1200, 1, 0), bad=3)
    assert stored_words(stored) == "Items: 1,200 new, 1 changed, 0 as before, 3 lines left out."
