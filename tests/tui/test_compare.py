"""The compare screen, driven by keys."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from judgetui.analysis.agreement import accuracy, matches_label
from judgetui.analysis.bias import flip_rate
from judgetui.core.item import Item, Label
from judgetui.core.judgement import Judgement, Outcome, row_of
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.core.rubric import Criterion
from judgetui.core.run import ItemRow, Run, RunOrigin, RunStatus
from judgetui.core.vote import Status, Verdict, Vote
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.services import reading
from judgetui.storage import codec
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories, judgements
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals.dialogs import Viewer
from judgetui.tui.screens.compare import CompareScreen
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.items import ItemTable
from tests.services.standins import StandInJudge, reply
from tests.tui.judged import (
    PAIRWISE,
    POINTWISE,
    SIZES,
    add_run,
    app_with,
    bare_session,
    ended,
    held,
    judged_session,
    marks,
    open_on,
    sees,
    told,
)
from tests.tui.spaces import CORRECTNESS, EXPLANATION, HOSTILE, make_app, make_session, screen_text, until


def pair(identity: str, **more: object) -> Item:
    """A pair with a question, labelled A."""
    fields: Mapping[str, object] = {"question": f"What of {identity}?", **more}
    return Item(
        identity, (f"first of {identity}", f"second of {identity}"), fields, labels=(Label("human", "A"),)
    )


def pane(app: JudgetuiApp, name: str) -> TextPane:
    return app.screen.query_one(f"#{name}", TextPane)


async def viewer_text(pilot: Pilot[int], app: JudgetuiApp) -> str:
    await until(pilot, lambda: isinstance(app.screen, Viewer), "opening a viewer")
    assert isinstance(app.screen, Viewer)
    return app.screen._text


@pytest.mark.parametrize("size", SIZES)
async def test_a_pair_shows_both_answers_both_orders_and_why_its_label_is_what_it_is(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    path = await bare_session(
        tmp_path / "s.db", EXPLANATION, [pair("one", worse="B", flaw="wrong fact", flaw_note="B errs.")]
    )
    with SessionFile.open(path) as session:
        judge = StandInJudge(marks("A", "A"))
        await add_run(session, 1, judges=(judge.judge,), open_judge=lambda name: judge)
    app = make_app(tmp_path, path)
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, 1)
        text = await sees(pilot, app, "What of one?", "first of one", "second of one")
        assert "A shown first → A    B shown first → B" in text
        assert "= tie, the orders disagree ⚠" in text
        assert "label A  ✗ differs" in text
        assert "worse: B · flaw: wrong fact" in text
        assert "flaw_note: B errs." in text
        assert "why Reasons." in text
        assert text.index("first of one") < text.index("second of one")


@pytest.mark.parametrize("size", SIZES)
async def test_the_head_has_progress_and_figures_with_n_interval_and_origin(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        text = await sees(pilot, app, "14/14", "0 failed", "tok")
        figures = next(line for line in text.splitlines() if "flip" in line and "/14 =" in line)
        assert figures.count("/14 = ") == 2
        assert figures.count("–") == 2
        assert "items'" in figures and " labels matched 1" in figures
        assert "95%" in figures


@pytest.mark.parametrize("size", SIZES)
async def test_a_score_shows_its_source_bars_and_the_mass_outside_the_scale(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, POINTWISE)
        text = await sees(pilot, app, "from token probabilities", "outside the scale", "rounds to")
        assert "on 1 to 5" in text
        assert "2.0% of the probability lay outside the scale" in text
        for point in "12345":
            assert f"{point} █" in text or f"{point} ░" in text
        assert not pane(app, "right").display


async def test_every_criterion_has_a_line_and_no_bar_claims_to_speak_for_all(tmp_path: Path) -> None:
    rubric = replace(CORRECTNESS, criteria=(Criterion("clarity"), Criterion("depth", weight=2)))
    path = await bare_session(tmp_path / "s.db", rubric, [Item("one", ("an answer",), {"question": "why?"})])
    with SessionFile.open(path) as session:
        scores = {"clarity": "2", "depth": "5"}
        judge = StandInJudge(lambda request, number: reply(scores[request.criterion]))
        await add_run(session, 1, judges=(judge.judge,), open_judge=lambda name: judge)
    app = make_app(tmp_path, path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1)
        text = await sees(pilot, app, "score 4.00 on 1 to 5, mean of 20 samples a criterion")
        assert "clarity  2.00" in text
        assert "depth    5.00" in text


@pytest.mark.parametrize("size", SIZES)
async def test_several_judges_have_a_block_each(tmp_path: Path, size: tuple[int, int]) -> None:
    path = await judged_session(tmp_path / "s.db", judges=("scripted:1", "scripted:2"))
    app = make_app(tmp_path, path)
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        await sees(pilot, app, "verdicts of 2 judges")
        shown = pane(app, "verdict").query_one("Static").render()
        text = str(shown)
        assert text.index("scripted:1") < text.index("scripted:2")
        assert text.count("A shown first") == 2
        assert text.count("the label") >= 2
        assert text.count("label B") == 1


async def test_a_recorded_run_is_marked_where_room_is_scarce(tmp_path: Path) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db", origin=RunOrigin.RECORDED))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        text = await sees(pilot, app, "● recorded", "1 of 14")
        head = next(line for line in text.splitlines() if "● recorded" in line)
        assert "14/14  0 failed" in head
        assert "$" in head


async def test_a_recorded_run_is_marked_and_is_not_judged_again(tmp_path: Path) -> None:
    path = await judged_session(tmp_path / "s.db", origin=RunOrigin.RECORDED)
    app = make_app(tmp_path, path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        await sees(pilot, app, "recorded run of scripted:1: these verdicts were not made now")
        await pilot.press("t")
        await told(pilot, app, "is a recording and stays as it is")
        await pilot.press("R")
        await pilot.pause(0.2)
        assert app.space is not None
        assert len(app.space.judgements) == 14


@pytest.mark.parametrize("size", SIZES)
async def test_items_are_gone_through_by_keys_without_moving_the_focus(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        await sees(pilot, app, "1 of 14 · load-balancing")
        await pilot.press("j", "k")
        assert isinstance(app.focused, ItemTable)
        pane(app, "left").focus()
        await pilot.press("n", "right_square_bracket")
        await sees(pilot, app, "3 of 14 · style-training")
        await pilot.press("left_square_bracket")
        await sees(pilot, app, "2 of 14 · tank-hours")
        await pilot.press("N", "N")
        await sees(pilot, app, "1 of 14 · load-balancing")
        await told(pilot, app, "That was the first item.")
        assert app.focused is not None
        assert app.focused.id == "left"
        app.screen.query_one(ItemTable).focus()
        await pilot.press("G")
        await sees(pilot, app, "14 of 14")
        await pilot.press("k", "up", "j")
        await sees(pilot, app, "13 of 14")
        await pilot.press("g")
        await sees(pilot, app, "1 of 14 · load-balancing")


async def test_a_click_chooses_an_item(tmp_path: Path) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        await sees(pilot, app, "1 of 14")
        await pilot.click(ItemTable, offset=(4, 5))
        await sees(pilot, app, "4 of 14 · kv-cache-memory")


async def test_swap_turns_the_sides_but_not_the_verdict(tmp_path: Path) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        await sees(pilot, app, "A · hasty")
        before = pane(app, "left").full
        verdict = pane(app, "verdict").full
        await pilot.press("s")
        text = await sees(pilot, app, "B · careful")
        assert text.index("B · careful") < text.index("A · hasty")
        assert pane(app, "right").full == before
        assert pane(app, "verdict").full == verdict


@pytest.mark.parametrize("size", SIZES)
async def test_the_difference_of_the_answers_marks_words_with_signs(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    item = Item("one", ("It is [a] red\nhouse", "It is [b] red\nhouse"), {"question": "?"})
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [item])
    with SessionFile.open(path) as session:
        judge = StandInJudge(marks("A", "B"))
        await add_run(session, 1, judges=(judge.judge,), open_judge=lambda name: judge)
    app = make_app(tmp_path, path)
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, 1)
        await sees(pilot, app, "1 of 1")
        await pilot.press("i")
        await sees(pilot, app, "It is [-[a]-] {+[b]+} red")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen), "closing")


async def test_raw_prompt_and_whole_text_open_in_a_viewer(tmp_path: Path) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        await sees(pilot, app, "1 of 14")
        await pilot.press("r")
        text = await viewer_text(pilot, app)
        assert "reply 1 of 2 · explanation · A shown first" in text
        assert text.count("[[") == 2
        await pilot.press("escape", "p")
        text = await viewer_text(pilot, app)
        assert "prompt 2 of 2 · explanation · B shown first" in text
        assert text.index("[system]") < text.index("[user]")
        assert "asked for: temperature 0.0, max_tokens" in text
        await pilot.press("escape")
        pane(app, "right").focus()
        await pilot.press("space")
        assert (await viewer_text(pilot, app)).startswith("Without it, the router")


async def test_token_probabilities_are_a_table_where_there_are_any(tmp_path: Path) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_on(pilot, app, POINTWISE)
        await sees(pilot, app, "1 of 14")
        await pilot.press("l")
        text = await viewer_text(pilot, app)
        assert "token 1 of 1" in text
        assert "point 5" in text
        assert "outside" in text
        await pilot.press("escape")
        await open_on(pilot, app, PAIRWISE)
        await sees(pilot, app, "load-balancing")
        await pilot.press("l")
        await told(pilot, app, "read from the reply's text")


async def test_verdict_and_prompt_are_copied(tmp_path: Path) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        await sees(pilot, app, "1 of 14")
        await pilot.press("y")
        await until(pilot, lambda: "load-balancing · better-explanation" in app.clipboard, "copying")
        assert "What decides between them" in app.clipboard
        await pilot.press("Y")
        await until(pilot, lambda: app.clipboard.startswith("[system]"), "copying the prompt")
        assert "Why add a load-balancing loss" in app.clipboard


async def test_a_reply_without_verdict_shows_its_raw_text_and_counts_nowhere(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair("one"), pair("two")])
    with SessionFile.open(path) as session:
        judge = StandInJudge(lambda request, number: reply("I like [b]oth" if number < 2 else "[[A]]"))
        await add_run(session, 1, judges=(judge.judge,), open_judge=lambda name: judge)
    app = make_app(tmp_path, path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1)
        text = await sees(pilot, app, "unparsed: no verdict in the reply.", "raw I like [b]oth")
        assert "1 without verdict" in text
        assert "labels matched 0/1" in text
        row = next(line for line in text.splitlines() if "│one" in line)
        assert "unparsed" in row
        assert "differs" not in row


async def test_results_come_in_while_the_run_goes_and_nothing_moves_under_the_reader(tmp_path: Path) -> None:
    path = await bare_session(
        tmp_path / "s.db", EXPLANATION, [pair(name) for name in ("one", "two", "three")]
    )
    hold = asyncio.Event()
    judge = StandInJudge(marks("A", "B"), hold=hold)
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1)
        await sees(pilot, app, "This rubric has no run yet", "f5")
        assert app.space is not None
        app.ask_to_run(app.space.items)
        await held(judge, 1)
        text = await sees(pilot, app, "1 of 3 · one", "0/3", "1 running")
        assert [line.split()[1] for line in text.splitlines() if line.startswith("│") and "queued" in line]
        assert next(line for line in text.splitlines() if "│one" in line).count("running") == 2
        await pilot.press("n", "tab")
        await sees(pilot, app, "2 of 3 · two", "queued")
        focused = app.focused
        hold.set()
        await sees(pilot, app, "3/3", "labels matched 3/3", "= A, consistent")
        assert app.focused is focused
        assert "2 of 3 · two" in screen_text(app)
        await until(pilot, lambda: screen_text(app).count("✓ agrees") == 4, "showing every match")


async def test_an_item_is_judged_again_afresh(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair("one"), pair("two")])
    answers = iter(["A", "B"] * 2 + ["B", "A"])
    judge = StandInJudge(lambda request, number: reply(f"[[{next(answers)}]]"))
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1)
        assert app.space is not None
        app.ask_to_run(app.space.items)
        await sees(pilot, app, "2/2", "= A, consistent")
        await ended(pilot, app)
        await pilot.press("n", "t")
        await sees(pilot, app, "2 of 2 · two", "= B, consistent")
        await ended(pilot, app)
        assert len(judge.asked) == 6
        assert len(app.space.judgements) == 2


async def test_a_run_that_is_shown_anew_while_it_is_read_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when an item is judged again: the run is shown once more as soon as it has been taken."""
    path = await judged_session(tmp_path / "s.db")
    app = make_app(tmp_path, path)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        space = app.space
        assert space is not None and space.shown is not None
        run = space.shown
        await space.show_run(run)
        read, shown = space.session.read, list[Run]()

        async def slowly(fn: Callable[[Repositories], object]) -> object:
            found = await read(fn)
            if not shown:
                shown.append(run)
                await space.show_run(run)
            return found

        monkeypatch.setattr(space.session, "read", slowly)
        await space.read_judgements()
        assert shown and len(space.judgements) == run.done > 1


async def test_only_what_failed_is_asked_again(tmp_path: Path) -> None:
    path = await bare_session(
        tmp_path / "s.db", EXPLANATION, [pair(name) for name in ("one", "two", "three")]
    )

    def answer(request: JudgeRequest, number: int) -> JudgeReply | ProviderError:
        if number == 0:
            return ProviderError(FailureKind.TIMEOUT, "no answer within 1 s.")
        return reply(
            "hm" if number in {1, 2} else f"[[{'A' if request.order and request.order == 'ab' else 'B'}]]"
        )

    judge = StandInJudge(answer)
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1)
        assert app.space is not None
        app.ask_to_run(app.space.items)
        text = await sees(pilot, app, "3/3", "failed: no answer within 1 s.")
        assert "1 failed" in text
        asked = len(judge.asked)
        await ended(pilot, app)
        await pilot.press("R")
        await told(pilot, app, "Run 1 asks again for 1 judgement that failed.")
        await sees(pilot, app, "3/3", "0 failed", "= A, consistent")
        await ended(pilot, app)
        assert len(judge.asked) == asked + 2
        await pilot.press("R")
        await told(
            pilot, app, "Nothing failed in run 1. 1 could not be parsed; t on an item asks for it anew."
        )


async def test_while_a_run_goes_nothing_is_judged_again(tmp_path: Path) -> None:
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair("one")])
    judge = StandInJudge(marks("A", "B"), hold=asyncio.Event())
    app = app_with(tmp_path, path, judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1)
        assert app.space is not None
        app.ask_to_run(app.space.items)
        await held(judge, 1)
        await sees(pilot, app, "running")
        await until(pilot, lambda: app.screen.focused is not None, "the focus")
        await pilot.press("t")
        await told(pilot, app, "A run is going; x stops it.")
        await pilot.press("r")
        await told(pilot, app, "one is running; there is no reply yet.")
        await pilot.press("x")
        await sees(pilot, app, "not judged", "stopped")


async def test_without_a_session_the_screen_says_what_to_do(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await app.switch_mode("compare")
        await sees(pilot, app, "No session is open", "D opens the")
        await pilot.press("n", "r", "p", "l", "s", "i", "t", "R", "y", "Y", "space")
        await pilot.pause()


async def test_the_table_follows_the_width_of_the_terminal(tmp_path: Path) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        await sees(pilot, app, "match", "state", "✗ differs")
        await pilot.press("n", "n")
        await pilot.resize_terminal(80, 24)
        text = await sees(pilot, app, "3 of 14", "result")
        assert "state" not in text
        assert pane(app, "left").region.y == pane(app, "right").region.y
        assert pane(app, "left").region.right <= pane(app, "right").region.x


def hostile_item(text: str, number: int) -> Item:
    return Item(
        f"{number} {text}",
        (f"a {text}", f"b {text}"),
        {"question": f"q {text}", f"extra {text}": f"x {text}"},
        models=(f"m {text}", f"n {text}"),
        category=f"c {text}",
        labels=(Label(f"r {text}", f"l {text}"),),
    )


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_text_is_shown_as_it_is_wherever_it_may_stand(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    items = [hostile_item(text, number) for number, text in enumerate((" ".join(HOSTILE), *HOSTILE))]
    path = await bare_session(tmp_path / "s.db", replace(EXPLANATION, name="[/x] [b"), items)
    judge = StandInJudge(
        lambda request, number: reply(
            f"because {items[number // 2].id} [[{'A' if number % 2 else 'B'}]]", model="[/x] [b"
        ),
        name="standin:[/x] [b",
    )
    with SessionFile.open(path) as session:
        await add_run(session, 1, judges=(judge.judge,), open_judge=lambda name: judge)
    app = make_app(tmp_path, path)
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, 1)
        text = await sees(pilot, app, "1 of 11", "[/x] [b")
        for key in ("r", "p", "i"):
            await pilot.press(key)
            await until(pilot, lambda: not isinstance(app.screen, CompareScreen), "opening")
            text += screen_text(app)
            await pilot.press("escape")
        await pilot.press("y", "Y")
        for number in range(len(HOSTILE)):
            await pilot.press("n")
            text += await sees(pilot, app, f"{number + 2} of 11")
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "␛[31m" in text
        assert "\u2039U+202E\u203a" in text
        assert "[link=https://x]y[/link]" in text


async def test_hostile_failures_are_shown_as_they_are(tmp_path: Path) -> None:
    items = [pair(str(number)) for number in range(len(HOSTILE))]
    path = await bare_session(tmp_path / "s.db", EXPLANATION, items)
    judge = StandInJudge(
        lambda request, number: (
            ProviderError(FailureKind.BAD_REQUEST, f"no: {HOSTILE[number // 2]}")
            if number % 2
            else reply(f"{HOSTILE[number // 2]} and no verdict")
        )
    )
    with SessionFile.open(path) as session:
        await add_run(session, 1, judges=(judge.judge,), open_judge=lambda name: judge)
        stored = await session.read(lambda repos: repos.judgements.for_run(1))
    assert {each.status for each in stored} == {Status.FAILED}
    app = make_app(tmp_path, path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_on(pilot, app, 1)
        for number in range(5):
            await sees(pilot, app, f"{number + 1} of 10", "failed: no:")
            await pilot.press("r")
            assert "no verdict" in await viewer_text(pilot, app)
            await pilot.press("escape", "n")


async def test_texts_of_a_megabyte_are_cut_on_screen_and_whole_in_the_viewer(tmp_path: Path) -> None:
    answer, why = "word " * 200_000, "because " * 25_000
    item = Item("big", (answer, "short"), {"question": "q" * 300_000, "flaw_note": "n" * 100_000})
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [pair("one"), item])
    judge = StandInJudge(lambda request, number: reply(f"{why} [[A]]"))
    with SessionFile.open(path) as session:
        await add_run(session, 1, judges=(judge.judge,), open_judge=lambda name: judge)
    app = make_app(tmp_path, path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_on(pilot, app, 1)
        await sees(pilot, app, "1 of 2")
        await pilot.press("n")
        await sees(pilot, app, "2 of 2 · big")
        shown = str(pane(app, "left").query_one("Static").render())
        assert len(shown) < 11_000
        assert "… 990,000 more characters: space shows all" in shown
        verdict = str(pane(app, "verdict").query_one("Static").render())
        assert "more characters: r shows all" in verdict
        assert len(verdict) < 6_000
        began = asyncio.get_running_loop().time()
        await pilot.press("N", "n")
        await sees(pilot, app, "2 of 2 · big")
        assert asyncio.get_running_loop().time() - began < 2
        await pilot.press("r")
        assert len(await viewer_text(pilot, app)) > 400_000
        await sees(pilot, app, "reply 1 of 2", "because because")
        await pilot.press("G")
        await sees(pilot, app, "[[A]]")
        await pilot.press("escape", "i")
        await sees(pilot, app, "only the first 4,000 of")


@pytest.mark.parametrize("label", ["A", "pass", 4.0, 2.5])
@pytest.mark.parametrize(
    "outcome",
    [
        *(
            Outcome(Status.OK, verdict=verdict, consistent=flips)
            for verdict in Verdict
            for flips in (None, False)
        ),
        Outcome(Status.OK, label="pass", score=1.0),
        Outcome(Status.OK, score=3.751),
        Outcome(Status.OK),
        *(Outcome(status) for status in Status),
    ],
)
async def test_a_row_says_what_the_whole_judgement_does(outcome: Outcome, label: str | float) -> None:
    item = Item("one", ("a", "b"), labels=(Label("ann", 1.0, "depth"), Label("ann", label)))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    whole = Judgement(1, 0, item, "", "r", "", "p", "a:b", outcome, (Vote(Status.OK),), now)
    row = row_of(whole)
    assert reading.short_result(row) == reading.short_result(whole)
    assert reading.overall_label(ItemRow(0, "one", row.labels)) == reading.overall_label(item)
    assert reading.match_word(row) == reading.match_word(whole)
    assert matches_label(row) == matches_label(whole)
    assert (flip_rate([row]), accuracy([row])) == (flip_rate([whole]), accuracy([whole]))


@contextmanager
def reads_held_up(app: JudgetuiApp) -> Iterator[None]:
    """Nothing is read from the session meanwhile."""
    go_on = threading.Event()
    assert app.space is not None
    blocked = app.space.session._reader.submit(lambda repos: go_on.wait(10))
    try:
        yield
    finally:
        go_on.set()
        blocked.result()


def watch_titles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles that the question's pane is given from now on."""
    seen: list[str] = []
    put = TextPane.put

    def watched(self: TextPane, title: str, *arguments: Any, **more: Any) -> None:
        if self.id == "question":
            seen.append(title)
        put(self, title, *arguments, **more)

    monkeypatch.setattr(TextPane, "put", watched)
    return seen


async def test_an_item_that_comes_late_is_shown_only_if_the_cursor_is_still_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        await sees(pilot, app, "1 of 14 · load-balancing", "the orders disagree")
        titles = watch_titles(monkeypatch)
        with reads_held_up(app):
            await pilot.press("j", "j", "j")
            text = await sees(pilot, app, "reading …")
            assert "1 of 14" not in text
            assert "the orders disagree" not in text
            assert "Why add a load-balancing loss" not in text
            await pilot.press("k", "y")
        await sees(pilot, app, "3 of 14 · style-training", "A shown first")
        await until(
            pilot, lambda: app.clipboard.startswith("style-training"), "copying what is under the cursor"
        )
        assert {title for title in titles if " of " in title} == {"3 of 14 · style-training · adaptation"}
        assert "reading …" not in screen_text(app)


async def test_going_to_and_fro_ends_on_the_item_under_the_cursor(tmp_path: Path) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        await sees(pilot, app, "1 of 14 · load-balancing")
        with reads_held_up(app):
            await pilot.press("j", "k")
        await pilot.press("j")
        await sees(pilot, app, "2 of 14 · tank-hours")
        with reads_held_up(app):
            await pilot.press("j", "k", "j", "space")
        assert (await viewer_text(pilot, app)).startswith("style-training · better-explanation")
        await pilot.press("escape")
        await sees(pilot, app, "3 of 14 · style-training")


async def test_thousands_of_items_cost_what_a_screenful_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await bare_session(tmp_path / "s.db", EXPLANATION, [])
    items = [replace(pair(f"item {n}"), labels=()) for n in range(3_000)]
    judge = StandInJudge(marks("A", "B"))
    with SessionFile.open(path) as session:
        run = await add_run(session, 1, items[:1], judges=(judge.judge,), open_judge=lambda name: judge)
        (stored,) = await session.read(lambda repos: repos.judgements.for_run(run.id))

        def fill(repos: Repositories) -> None:
            many = repos.runs.create(run.version_id, run.judges, run.settings, run.origin, items, "nobody")
            for each in repos.runs.items(many.id):
                repos.judgements.put(replace(stored, run_id=many.id, position=each.position))
            repos.runs.set_status(many.id, RunStatus.DONE)

        await session.write(fill)
    decoded: list[str] = []

    def counted(body: str) -> tuple[Vote, ...]:
        decoded.append(body)
        return codec.votes_from_body(body)

    monkeypatch.setattr(judgements, "votes_from_body", counted)
    app = make_app(tmp_path, path)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await open_on(pilot, app, 1)
        await sees(pilot, app, "1 of 3000", "item 0")
        assert len(decoded) == 1
        await pilot.press("G")
        text = await sees(pilot, app, "3000 of 3000")
        rows = [line for line in text.splitlines() if line.startswith("item ")]
        assert rows[-1].startswith("item 2999")
        assert 10 < len(rows) < 24
        await pilot.press("k")
        await sees(pilot, app, "2999 of 3000")
        assert len(decoded) == 3


async def test_edits_of_the_rubric_leave_the_shown_run_alone(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, PAIRWISE)
        await sees(pilot, app, "This rubric has no run yet")
        assert app.space is not None
        app.ask_to_run(app.space.items[:2])
        await sees(pilot, app, "2/2", "1 of 2")
        await ended(pilot, app)
        app.space.edit(replace(EXPLANATION, task="Another task."))
        await pilot.press("2")
        await pilot.press("3")
        await sees(pilot, app, "better-explanation v1", "1 of 2")
