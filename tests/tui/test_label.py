"""The label screen, driven by keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from judgetui.config.settings import load_settings
from judgetui.core.answer import Answer, Pick, Queue
from judgetui.core.item import ADJUDICATED, OVERALL, Item, Label
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.errors import StorageError
from judgetui.services.labelling import LabelDesk, Sheet
from judgetui.storage.database import SessionFile
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals.dialogs import AskText
from judgetui.tui.modals.label_queue import QueueDialog
from judgetui.tui.screens.label import LabelScreen
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.label_rows import LabelRow
from tests.tui.judged import SIZES, add_run, bare_session, open_on, sees, told
from tests.tui.spaces import CORRECTNESS, EXPLANATION, HOSTILE, make_app, screen_text, space_of, until

TWO = replace(
    CORRECTNESS, criteria=(Criterion("correct", "Is it right?"), Criterion("clear", "Is it clear?"))
)


def single(name: str, **more: object) -> Item:
    item = Item(name, (f"An answer to {name}.",), {"question": f"What of {name}?"}, models=("big-model",))
    return replace(item, **more)  # type: ignore[arg-type]


def pair(name: str) -> Item:
    texts = (f"first of {name}", f"second of {name}")
    return Item(name, texts, {"question": f"What of {name}?", "flaw": "planted"}, models=("m-one", "m-two"))


async def labelling(pilot: Pilot[int], app: JudgetuiApp) -> LabelScreen:
    """Go to the screen and wait for its first item."""
    await open_on(pilot, app, 1, "label")
    await until(pilot, lambda: screen_of(app)._sheet is not None, "showing an item")
    return screen_of(app)


def screen_of(app: JudgetuiApp) -> LabelScreen:
    assert isinstance(app.screen, LabelScreen)
    return app.screen


async def press(pilot: Pilot[int], app: JudgetuiApp, *keys: str) -> None:
    """Press keys, each once what the one before began is done."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot, app)


async def settled(pilot: Pilot[int], app: JudgetuiApp) -> None:
    groups = {"store", "sheet", "undo", "reveal"}
    await app.workers.wait_for_complete([w for w in app.workers if w.group in groups and w.is_running])
    await pilot.pause()


async def answers_of(app: JudgetuiApp) -> list[Answer]:
    return await space_of(app).session.read(lambda repos: repos.answers.all())


async def labels_of(app: JudgetuiApp, item_id: str) -> tuple[Label, ...]:
    item = await space_of(app).session.read(lambda repos: repos.items.get(item_id))
    assert item is not None
    return item.labels


@pytest.mark.parametrize("size", SIZES)
async def test_a_digit_labels_the_item_and_goes_on_at_once(tmp_path: Path, size: tuple[int, int]) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one"), single("two")])
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=size, notifications=True) as pilot:
        await labelling(pilot, app)
        text = await sees(pilot, app, "What of one?", "An answer to one.", "1 of 2", "▸correctness")
        assert "Label · answer-correctness · blind · you: ana" in text
        assert "picked in order" in text
        assert "1 wrong · 5 right" in text
        assert "big-model" not in text
        await press(pilot, app, "4")
        await sees(pilot, app, "What of two?", "2 of 2", "item before: you 4")
        assert await labels_of(app, "one") == (Label("ana", 4),)
        (answer,) = await answers_of(app)
        assert (answer.blind, answer.picked, answer.queue, answer.shown) == (
            True,
            Pick.IN_ORDER,
            Queue.FIRST,
            "",
        )
        assert answer.seconds is not None and 0 <= answer.seconds < 60
        await press(pilot, app, "5")
        text = await sees(pilot, app, "This queue is done: 2 of 2 items are labelled")
        assert "They were picked: 2 in order." in text
        await press(pilot, app, "1")
        await until(
            pilot, lambda: app.current_mode == "home", "a digit switching screens where there is no item"
        )


async def test_keys_before_the_next_item_is_there_say_nothing_and_lead_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one"), single("two")])
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        read, there = LabelDesk.sheet, asyncio.Event()

        async def slow(desk: LabelDesk) -> Sheet | None:
            await there.wait()
            return await read(desk)

        monkeypatch.setattr(LabelDesk, "sheet", slow)
        await pilot.press("3", "3", "s")
        assert app.current_mode == "label"
        there.set()
        await sees(pilot, app, "What of two?", "item before: you 3")
        assert [answer.item_id for answer in await answers_of(app)] == ["one"]


async def test_a_key_that_comes_twice_labels_one_item(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one"), single("two")])
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        row = app.screen.query_one(LabelRow)
        given: list[object] = []
        with monkeypatch.context() as patched:
            patched.setattr(row, "post_message", given.append)
            row.choose(2)
            row.choose(2)
            once = [message for message in given if isinstance(message, LabelRow.Given)]
            row.put(None)
            row.choose(3)
        assert [message.value for message in once] == [3]
        assert [m.value for m in given if isinstance(m, LabelRow.Given)] == [3, 4]


async def test_several_criteria_are_stored_when_all_are_given(tmp_path: Path) -> None:
    app = make_app(tmp_path, await bare_session(tmp_path / "s.db", TWO, [single("one")]), rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await sees(pilot, app, "▸correct", "Is it right?")
        await press(pilot, app, "4")
        await sees(pilot, app, "▸clear", "[4]", "Is it clear?")
        assert await answers_of(app) == []
        await press(pilot, app, "up", "2", "3")
        assert await labels_of(app, "one") == (Label("ana", 2, "correct"), Label("ana", 3, "clear"))


async def test_arrows_show_what_a_point_means_and_enter_gives_it(tmp_path: Path) -> None:
    wide = replace(CORRECTNESS, scale=NumericScale(0, 100, {1: "hardly anything"}))
    app = make_app(
        tmp_path, await bare_session(tmp_path / "s.db", wide, [single("one"), single("two")]), rater="a"
    )
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await press(pilot, app, "right", "right")
        await sees(pilot, app, "(1)", "1: hardly anything")
        await press(pilot, app, "enter")
        assert await labels_of(app, "one") == (Label("a", 1),)
        await sees(pilot, app, "What of two?")
        await press(pilot, app, "4")
        await sees(pilot, app, "4_")
        await press(pilot, app, "7")
        assert await labels_of(app, "two") == (Label("a", 47),)


async def test_ten_points_need_one_key_each(tmp_path: Path) -> None:
    ten = replace(CORRECTNESS, scale=NumericScale(1, 10))
    app = make_app(
        tmp_path, await bare_session(tmp_path / "s.db", ten, [single("one"), single("two")]), rater="a"
    )
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await press(pilot, app, "1", "0")
        assert (await labels_of(app, "one"), await labels_of(app, "two")) == (
            (Label("a", 1),),
            (Label("a", 10),),
        )


async def test_labels_go_by_number_and_by_letters_that_mean_nothing_else(tmp_path: Path) -> None:
    words = replace(CORRECTNESS, protocol="pass-fail", scale=LabelScale(("correct", "partial", "wrong")))
    app = make_app(
        tmp_path, await bare_session(tmp_path / "s.db", words, [single("one"), single("two")]), rater="a"
    )
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await sees(pilot, app, "1 correct", "2 partial", "3 wrong")
        await press(pilot, app, "2", "w")
        assert await labels_of(app, "one") == (Label("a", "partial"),)
        assert await labels_of(app, "two") == (Label("a", "wrong"),)


async def test_fail_is_no_flag_only_by_its_number(tmp_path: Path) -> None:
    words = replace(CORRECTNESS, protocol="pass-fail", scale=LabelScale(("pass", "fail")))
    app = make_app(tmp_path, await bare_session(tmp_path / "s.db", words, [single("one")]), rater="a")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await press(pilot, app, "p", "f")
        await sees(pilot, app, "⚑ flagged")
        assert await labels_of(app, "one") == ()


@pytest.mark.parametrize("size", SIZES)
async def test_a_pair_is_shuffled_and_mapped_back(tmp_path: Path, size: tuple[int, int]) -> None:
    names = [f"p{number}" for number in range(8)]
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair(name) for name in names])
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=size, notifications=True) as pilot:
        await labelling(pilot, app)
        for name in names:
            text = await sees(pilot, app, f"What of {name}?", f"first of {name}", f"second of {name}")
            assert "m-one" not in text and "planted" not in text and f"{name} ·" not in text
            swapped = text.index(f"second of {name}") < text.index(f"first of {name}")
            await press(pilot, app, "a")
            (label,) = await labels_of(app, name)
            assert label.value == ("B" if swapped else "A")
        answers = await answers_of(app)
        assert {answer.shown for answer in answers} == {"ab", "ba"}
        assert all(answer.said == {OVERALL: "A" if answer.shown == "ab" else "B"} for answer in answers)


async def test_ties_and_weak_pairs(tmp_path: Path) -> None:
    app = make_app(
        tmp_path,
        await bare_session(tmp_path / "s.db", EXPLANATION, [pair("p"), pair("q"), pair("r")]),
        rater="ana",
    )
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await press(pilot, app, "t", "w", "4")
        values = [(await labels_of(app, name))[0].value for name in "pqr"]
        assert values == ["tie", "both_bad", "both_bad"]


async def test_answers_of_a_list_are_ranked_by_their_numbers(tmp_path: Path) -> None:
    ranked = Rubric("best", "listwise", "Rank.", (Criterion("best"),), inputs=EXPLANATION.inputs)
    item = Item("one", ("alpha", "beta", "gamma"), {"question": "Which?"})
    app = make_app(tmp_path, await bare_session(tmp_path / "s.db", ranked, [item]), rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        screen = await labelling(pilot, app)
        assert screen._sheet is not None
        shown = screen._sheet.shown
        await press(pilot, app, "3", "backspace", "2")
        await sees(pilot, app, "best first: B")
        await press(pilot, app, "1")
        letters = [shown[place].upper() for place in (1, 0, 2)]
        assert await labels_of(app, "one") == (Label("ana", " > ".join(letters)),)


async def test_undo_redo_skip_note_and_flag(tmp_path: Path) -> None:
    path = await bare_session(
        tmp_path / "s.db", CORRECTNESS, [single(name) for name in ("one", "two", "six")]
    )
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await press(pilot, app, "4", "f")
        await sees(pilot, app, "⚑ flagged")
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking for a note")
        await pilot.press(*"odd", "enter")
        await settled(pilot, app)
        await sees(pilot, app, "⚑ flagged · note: odd")
        await press(pilot, app, "s")
        await sees(pilot, app, "What of six?", "item before: skipped")
        await press(pilot, app, "u")
        await told(pilot, app, "Taken back: skip.")
        await sees(pilot, app, "What of two?", "⚑ flagged · note: odd")
        await press(pilot, app, "u", "u", "u")
        await sees(pilot, app, "What of one?")
        assert await labels_of(app, "one") == ()
        await press(pilot, app, "u")
        await told(pilot, app, "nothing to take back")
        await press(pilot, app, "U")
        assert await labels_of(app, "one") == (Label("ana", 4),)
        await sees(pilot, app, "[4]")


async def test_going_back_changes_an_answer(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one"), single("two")])
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await press(pilot, app, "4", "left_square_bracket")
        await sees(pilot, app, "What of one?", "[4]")
        await press(pilot, app, "2")
        await sees(pilot, app, "What of two?")
        assert await labels_of(app, "one") == (Label("ana", 2),)
        await press(pilot, app, "left_square_bracket", "left_square_bracket")
        await told(pilot, app, "That was the first item.")


async def test_the_judge_is_hidden_until_space_and_the_label_is_not_blind_then(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair("one"), pair("two")])
    with SessionFile.open(path) as session:
        await add_run(session, 1)
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await labelling(pilot, app)
        text = await sees(pilot, app, "What of one?")
        assert "scripted" not in text.split("\n", 1)[1]
        await press(pilot, app, "space")
        await sees(pilot, app, "judge scripted:1: ", "m-one", "flaw: planted", "judge shown")
        await press(pilot, app, "b", "a")
        assert [answer.blind for answer in await answers_of(app)] == [False, True]


async def test_verdicts_after_an_answer_show_only_when_wanted(tmp_path: Path) -> None:
    path = await bare_session(
        tmp_path / "s.db", CORRECTNESS, [single(name) for name in ("one", "two", "six")]
    )
    with SessionFile.open(path) as session:
        await add_run(session, 1)
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await labelling(pilot, app)
        await press(pilot, app, "4")
        assert "item before: you 4 · " not in await sees(pilot, app, "item before: you 4")
        await press(pilot, app, "v", "3")
        await sees(pilot, app, "item before: you 3 · scripted:1 ")
        await press(pilot, app, "left_square_bracket", "2")
        assert [answer.blind for answer in await answers_of(app)] == [True, True, False]


async def test_a_name_is_asked_for_once_and_kept(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one")])
    app = make_app(tmp_path, path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_on(pilot, app, 1, "label")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking for a name")
        await pilot.press(*ADJUDICATED, "enter")
        await sees(pilot, app, "is the name under which disagreements are settled")
        app.screen.query_one(Input).value = "ana"
        await pilot.press("enter")
        await sees(pilot, app, "you: ana", "What of one?")
    assert load_settings(app.context.paths.config_file).rater == "ana"


async def test_without_a_name_nothing_is_labelled_and_the_key_is_told(tmp_path: Path) -> None:
    app = make_app(tmp_path, await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one")]))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_on(pilot, app, 1, "label")
        await until(pilot, lambda: isinstance(app.screen, AskText), "asking for a name")
        await pilot.press("escape")
        await sees(pilot, app, "Labels are kept by who gave them", "Q asks who you are")


async def choose(pilot: Pilot[int], app: JudgetuiApp, **chosen: object) -> None:
    """Open the dialog, choose by its widgets' ids, and start."""
    await pilot.press("Q")
    await until(pilot, lambda: isinstance(app.screen, QueueDialog), "the queue dialog")
    for name, value in chosen.items():
        widget = app.screen.query_one(f"#{name}")
        if isinstance(widget, Input):
            widget.value = str(value)
        else:
            widget.query("RadioButton")[int(str(value))].toggle()  # type: ignore[attr-defined]
    await pilot.pause()
    await pilot.press("ctrl+s")
    await until(pilot, lambda: isinstance(app.screen, LabelScreen), "closing the dialog")
    await app.workers.wait_for_complete([w for w in app.workers if w.group == "desk" and w.is_running])
    await pilot.pause()


async def test_a_second_rater_gets_what_the_first_one_labelled(tmp_path: Path) -> None:
    path = await bare_session(
        tmp_path / "s.db", CORRECTNESS, [single("one"), single("two", labels=(Label("ana", 5),))]
    )
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await choose(pilot, app, rater="ben", queue=1, pick=1)
        text = await sees(
            pilot, app, "What of two?", "second rater", "you: ben", "1 of 1", "picked at random"
        )
        assert "[5]" not in text
        await press(pilot, app, "3")
        assert await labels_of(app, "two") == (Label("ana", 5), Label("ben", 3))
        answer = (await answers_of(app))[0]
        assert (answer.queue, answer.picked, answer.rater) == (Queue.SECOND, Pick.AT_RANDOM, "ben")


async def test_an_adjudicator_sees_answers_without_names_and_settles_them(tmp_path: Path) -> None:
    said = (Label("zoe", 5), Label("ben", 2))
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one", labels=said), single("two")])
    app = make_app(tmp_path, path, rater="cem")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await choose(pilot, app, queue=2)
        text = await sees(pilot, app, "adjudication", "rater 1: ", "rater 2: ")
        assert "zoe" not in text
        await press(pilot, app, "i")
        await sees(pilot, app, "zoe: 5", "ben: 2")
        await press(pilot, app, "4")
        assert await labels_of(app, "one") == (*said, Label(ADJUDICATED, 4))
        assert (await answers_of(app))[0].rater == "cem"
        await sees(pilot, app, "This queue is done")


async def test_only_items_of_the_chosen_split_come(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one"), single("two", split="test")])
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await choose(pilot, app, split=1)
        await sees(pilot, app, "What of two?", "1 of 1")


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ({"queue": 1}, "No item that fits this rubric has somebody else's label"),
        ({"queue": 2}, "People agree on every item"),
        ({"pick": 2}, "The rubric has no run yet"),
        ({"pick": 3}, "Fewer than two judges have judged by this rubric"),
    ],
)
@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_queue_says_why_and_what_to_do(
    tmp_path: Path, size: tuple[int, int], chosen: dict[str, object], text: str
) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one")])
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=size, notifications=True) as pilot:
        await labelling(pilot, app)
        await choose(pilot, app, **chosen)
        await sees(pilot, app, text, "Q chooses another")


async def test_no_item_that_fits(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [pair("one")])
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_on(pilot, app, 1, "label")
        await sees(pilot, app, "No items fit this rubric")


async def test_another_rubric_brings_another_queue(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one"), pair("two")])
    with SessionFile.open(path) as session:
        await session.write(lambda repos: repos.rubrics.create(EXPLANATION, "first"))
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await sees(pilot, app, "What of one?")
        await app.switch_mode("rubric")
        await open_on(pilot, app, 2, "label")
        await sees(pilot, app, "What of two?", "b B")


async def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one"), single("two")])
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await pilot.press("4", "ctrl+q")
        await pilot.pause(0.2)
    again = make_app(tmp_path, path, rater="ana")
    async with again.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, again)
        await sees(pilot, again, "What of two?", "2 of 2")
        await press(pilot, again, "left_square_bracket")
        await sees(pilot, again, "What of one?", "[4]")


async def test_what_was_labelled_is_seen_on_the_other_screens(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one")])
    with SessionFile.open(path) as session:
        await add_run(session, 1)
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await labelling(pilot, app)
        await press(pilot, app, "4")
        await app.switch_mode("compare")
        await sees(pilot, app, "label 4")
        assert space_of(app).items[0].labels == (Label("ana", 4),)


async def test_an_answer_that_cannot_be_written_is_told_and_waits_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one"), single("two")])
    app = make_app(tmp_path, path, rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)

        async def full(fn: Callable[..., object]) -> object:
            raise StorageError("The disk is full.", "Make room.")

        monkeypatch.setattr(space_of(app).session, "write", full)
        await press(pilot, app, "4")
        await told(pilot, app, "The disk is full. Make room.")
        await sees(pilot, app, "What of one?", "1 of 2")


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_text_is_shown_as_it_is(tmp_path: Path, size: tuple[int, int]) -> None:
    text = " ".join(HOSTILE)
    rubric = replace(
        CORRECTNESS,
        criteria=(Criterion("[/x] [b", text),),
        scale=LabelScale(("[b]", "[/b] $x", "{{ 7*7 }}"), anchors={"[b]": text}),
        protocol="pass-fail",
    )
    item = Item("[/x]", (text,), {"question": text}, models=("[b]m",), category="[/x]")
    path = await bare_session(tmp_path / "s.db", rubric, [item, replace(item, id="[y")])
    app = make_app(tmp_path, path, rater="[b]ana")
    async with app.run_test(size=size, notifications=True) as pilot:
        await labelling(pilot, app)
        await press(pilot, app, "right", "space", "f")
        shown = await sees(pilot, app, "you: [b]ana", "[/x] [b", "[/b] $x", "⚑ flagged")
        assert "\x1b" not in shown and "\u202e" not in shown
        await press(pilot, app, "2")
        assert await labels_of(app, "[/x]") == (Label("[b]ana", "[/b] $x"),)


async def test_a_click_gives_a_point(tmp_path: Path) -> None:
    app = make_app(tmp_path, await bare_session(tmp_path / "s.db", CORRECTNESS, [single("one")]), rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        row = app.screen.query_one(LabelRow)
        text = screen_text(app).splitlines()[row.region.y]
        await pilot.click(LabelRow, offset=(text.index("3") - row.region.x, 0))
        await settled(pilot, app)
        assert await labels_of(app, "one") == (Label("ana", 3),)


async def test_a_long_answer_scrolls_from_the_row_and_opens_whole(tmp_path: Path) -> None:
    item = single("one", responses=("\n".join(f"line {n}" for n in range(200)),))
    app = make_app(tmp_path, await bare_session(tmp_path / "s.db", CORRECTNESS, [item]), rater="ana")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await labelling(pilot, app)
        await press(pilot, app, "j")
        assert app.screen.query_one("#left", TextPane).scroll_y > 0
        await pilot.press("o")
        await sees(pilot, app, "line 0")
