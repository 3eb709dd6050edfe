"""A run that goes, as the screens show it: paused and gone on with, the item on screen first, replies as they come."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets._footer import FooterKey

from judgetui.core.item import Item
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.core.run import RunSettings
from judgetui.providers.base import OnText
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals.dialogs import Viewer
from judgetui.tui.widgets.answers import TextPane
from tests.services.standins import StandInJudge
from tests.tui.judged import SIZES, app_with, bare_session, ended, held, marks, open_on, sees, told
from tests.tui.spaces import EXPLANATION, HOSTILE, screen_text, space_of, until
from tests.tui.test_compare import pair


class Writer(StandInJudge):
    """Writes what it is told to, when it is told to, and answers once the call is let go.

    Attributes:
        streams: where the calls under way write to, None for one that nobody listens to.
    """

    def __init__(self, *, name: str = "standin:one") -> None:
        super().__init__(marks("A", "B"), name=name)
        self.streams: list[OnText | None] = []
        self.ends: list[asyncio.Event] = []

    async def ask(
        self,
        request: JudgeRequest,
        *,
        timeout: float,  # noqa: ASYNC109 - as the provider it stands in for has it
        on_text: OnText | None = None,
    ) -> JudgeReply:
        """Wait for its end."""
        end = asyncio.Event()
        self.streams.append(on_text)
        self.ends.append(end)
        number = len(self.asked)
        self.asked.append(request)
        await end.wait()
        found = self._answer(request, number)
        assert isinstance(found, JudgeReply)
        return found

    def write(self, call: int, text: str) -> None:
        """Write a piece of a reply."""
        stream = self.streams[call]
        assert stream is not None
        stream(text)


def about(judge: StandInJudge) -> list[str]:
    """Which items the calls so far were about."""
    prompts = ["\n".join(message.content for message in request.messages) for request in judge.asked]
    return [prompt.split("What of ")[1].split("?")[0] for prompt in prompts]


def verdict(app: JudgetuiApp) -> str:
    return str(app.screen.query_one("#verdict", TextPane).query_one("Static").render())


async def begun(
    pilot: Pilot[int], app: JudgetuiApp, judge: StandInJudge, *, mode: str = "compare", calls: int = 1
) -> None:
    """Start a run of all items from a screen."""
    await open_on(pilot, app, 1, mode)
    app.ask_to_run(space_of(app).items)
    await held(judge, calls)


def footer(app: JudgetuiApp) -> set[str]:
    return {key.description for key in app.screen.query(FooterKey)}


async def session_of(tmp_path: Path, *names: str) -> Path:
    return await bare_session(tmp_path / "s.db", EXPLANATION, [pair(name) for name in names])


@pytest.mark.parametrize("size", SIZES)
async def test_a_paused_run_sends_nothing_until_it_goes_on(tmp_path: Path, size: tuple[int, int]) -> None:
    hold = asyncio.Event()
    judge = StandInJudge(marks("A", "B"), hold=hold)
    app = app_with(tmp_path, await session_of(tmp_path, "one", "two", "three"), judge)
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, 1)
        assert "pause" not in footer(app)
        app.ask_to_run(space_of(app).items)
        await held(judge, 1)
        await until(pilot, lambda: "pause" in footer(app), "the key in the footer")
        await pilot.press("h")
        await told(pilot, app, "Paused: calls under way are finished, no others are sent. h goes on.")
        text = await sees(pilot, app, "standin:one · paused", "paused, h goes on")
        assert text.count("paused, h goes on") >= 1
        hold.set()
        await until(pilot, lambda: judge.at_once == 0, "finishing what was under way")
        await pilot.pause(0.3)
        assert len(judge.asked) == 1
        await app.switch_mode("runs")
        await sees(pilot, app, "paused")
        await pilot.press("h")
        await told(pilot, app, "The run goes on.")
        await ended(pilot, app)
        assert len(judge.asked) == 6
        await until(pilot, lambda: "pause" not in footer(app), "the footer without the key")


async def test_pressed_twice_at_once_it_goes_on(tmp_path: Path) -> None:
    hold = asyncio.Event()
    judge = StandInJudge(marks("A", "B"), hold=hold)
    app = app_with(tmp_path, await session_of(tmp_path, "one", "two"), judge)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await begun(pilot, app, judge)
        await until(pilot, lambda: "pause" in footer(app), "the key in the footer")
        await pilot.press("h", "h")
        hold.set()
        await ended(pilot, app)
        assert len(judge.asked) == 4


async def test_the_item_on_screen_is_judged_next(tmp_path: Path) -> None:
    names = [f"i{number}" for number in range(9)]
    judge = Writer()
    app = app_with(tmp_path, await session_of(tmp_path, *names), judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await begun(pilot, app, judge)
        await sees(pilot, app, "1 of 9 · i0", "running")
        await pilot.press("n", "n", "n", "n", "n")
        await sees(pilot, app, "6 of 9 · i5")
        for call in range(3):
            judge.ends[call].set()
            await held(judge, call + 2)
        assert about(judge) == ["i0", "i5", "i5", "i0"]
        assert judge.streams[2] is not None
        # On another screen there is no item on screen, so nothing is listened to.
        await pilot.press("n", "n", "6")
        await until(pilot, lambda: space_of(app).writing.position is None, "leaving")
        for call in range(3, 5):
            judge.ends[call].set()
            await held(judge, call + 2)
        assert judge.streams[4:] == [None, None]
        await pilot.press("x")


async def test_a_dialog_over_the_item_leaves_it_first(tmp_path: Path) -> None:
    judge = Writer()
    app = app_with(tmp_path, await session_of(tmp_path, "one", "two", "three"), judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await begun(pilot, app, judge)
        await sees(pilot, app, "1 of 3 · one", "running")
        await pilot.press("n", "n", "f1")
        await until(pilot, lambda: app.screen.is_modal, "help")
        await pilot.pause(0.2)
        judge.ends[0].set()
        await held(judge, 2)
        assert about(judge) == ["one", "three"]
        await pilot.press("escape", "x")


@pytest.mark.parametrize("size", SIZES)
async def test_replies_appear_as_they_are_written_and_give_way_to_the_verdict(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    judge = Writer()
    app = app_with(tmp_path, await session_of(tmp_path, "one", "two"), judge)
    async with app.run_test(size=size, notifications=True) as pilot:
        await begun(pilot, app, judge)
        await until(pilot, lambda: judge.streams[0] is not None, "listening to the first call")
        judge.write(0, "Both are ")
        text = await sees(pilot, app, "explanation · A shown first: Both are")
        lines = text.splitlines()
        heading = next(number for number, line in enumerate(lines) if "verdict · standin:one" in line)
        assert "running" in lines[heading + 1]
        judge.write(0, "right, but")
        await sees(pilot, app, "A shown first: Both are right, but")
        judge.ends[0].set()
        await held(judge, 2)
        judge.write(1, '{"reason": "The sec')
        text = await sees(pilot, app, "explanation · B shown first:", '{"reason": "The sec')
        assert "right, but" in verdict(app)
        assert "label A" in text
        judge.ends[1].set()
        await sees(pilot, app, "= A, consistent", "why Reasons.")
        assert "right, but" not in screen_text(app)
        await pilot.press("x")


async def test_only_what_is_written_of_the_item_on_screen_is_kept(tmp_path: Path) -> None:
    judge = Writer()
    app = app_with(tmp_path, await session_of(tmp_path, "one", "two"), judge)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await begun(pilot, app, judge)
        judge.write(0, "seen and ")
        await sees(pilot, app, "seen and")
        await pilot.press("n")
        await sees(pilot, app, "2 of 2 · two", "queued")
        judge.write(0, "not seen and ")
        await pilot.pause(0.2)
        assert space_of(app).writing.replies(judge.judge, 0) == []
        await pilot.press("N")
        await sees(pilot, app, "1 of 2 · one")
        judge.write(0, "seen again")
        await sees(pilot, app, "A shown first: … seen again")
        await pilot.press("x")
        await sees(pilot, app, "not judged")
        assert "seen again" not in screen_text(app)


async def test_judges_keep_their_texts_apart(tmp_path: Path) -> None:
    first, second = Writer(), Writer(name="standin:two")
    app = app_with(tmp_path, await session_of(tmp_path, "one", "two"), first)
    app.context.add_judge(second)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1)
        space = space_of(app)
        assert space.working is not None
        run = await space.runner.create(
            space.working.base, (first.judge, second.judge), space.items, RunSettings(concurrency=1)
        )
        app.start_run(run)
        await held(first, 1)
        await held(second, 1)
        first.write(0, "from the first")
        second.write(0, "from the second")
        await sees(pilot, app, "from the first", "from the second")
        text = verdict(app)
        places = [text.index(each) for each in ("standin:one", "the first", "standin:two", "the second")]
        assert places == sorted(places)
        await pilot.press("x")


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_pieces_are_shown_as_they_are(tmp_path: Path, size: tuple[int, int]) -> None:
    judge = Writer()
    app = app_with(tmp_path, await session_of(tmp_path, "one"), judge)
    async with app.run_test(size=size, notifications=True) as pilot:
        await begun(pilot, app, judge)
        for text in (*HOSTILE, "\x1b", "[31m", "\ud83d", "\udc69", "👩\u200d", "🚀", "汉字", "{"):
            judge.write(0, f"{text}")
            await pilot.pause(0.05)
        judge.write(0, " the end")
        await until(pilot, lambda: "the end" in verdict(app), "writing")
        text = screen_text(app) + verdict(app)
        assert "\x1b" not in text and "\u202e" not in text and "\x9b" not in text
        assert "[/x] [b" in verdict(app) and "[link=https://x]y[/link]" in verdict(app)
        assert "␛[31m" in verdict(app) and "汉字{" in verdict(app)
        await pilot.press("x")


async def test_the_end_of_a_long_reply_is_in_sight_unless_the_reader_scrolls(tmp_path: Path) -> None:
    judge = Writer()
    app = app_with(tmp_path, await session_of(tmp_path, "one"), judge)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await begun(pilot, app, judge)
        for number in range(40):
            judge.write(0, f"line {number} of the reasons\n")
        await sees(pilot, app, "line 39 of the reasons")
        pane = app.screen.query_one("#verdict", TextPane)
        pane.focus()
        await pilot.press("g")
        await sees(pilot, app, "line 0 of the reasons")
        judge.write(0, "line 40 of the reasons\n")
        await until(pilot, lambda: "line 40" in verdict(app), "writing")
        await pilot.pause(0.2)
        assert "line 0 of the reasons" in screen_text(app)
        await pilot.press("G")
        judge.write(0, "line 41 of the reasons\n")
        await sees(pilot, app, "line 41 of the reasons")
        judge.ends[0].set()
        await held(judge, 2)
        judge.ends[1].set()
        await sees(pilot, app, "= A, consistent")
        assert pane.scroll_offset.y == 0


async def test_of_a_very_long_reply_the_end_is_shown(tmp_path: Path) -> None:
    judge = Writer()
    app = app_with(tmp_path, await session_of(tmp_path, "one"), judge)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await begun(pilot, app, judge)
        for _ in range(100):
            judge.write(0, "x" * 10_000)
        judge.write(0, " the end")
        await sees(pilot, app, "the end")
        assert len(verdict(app)) < 6_000
        await pilot.press("x")


async def test_the_first_item_is_listened_to_from_its_first_call(tmp_path: Path) -> None:
    judge = Writer()
    items = [Item(f"i{n}", ("a", "b"), {"question": f"What of i{n}?"}) for n in range(300)]
    app = app_with(tmp_path, await bare_session(tmp_path / "s.db", EXPLANATION, items), judge)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await begun(pilot, app, judge)
        assert judge.streams[0] is not None
        await sees(pilot, app, "1 of 300 · i0", "running")
        await pilot.press("x")
        await ended(pilot, app)
        # The same item is at hand in the next run.
        await pilot.press("n", "n")
        await sees(pilot, app, "3 of 300 · i2")
        calls = len(judge.asked)
        app.ask_to_run(space_of(app).items)
        await held(judge, calls + 1)
        assert about(judge)[calls:] == ["i2"]
        assert judge.streams[calls] is not None
        await pilot.press("x")


async def test_a_run_that_begins_elsewhere_is_listened_to_as_well(tmp_path: Path) -> None:
    judge = Writer()
    app = app_with(tmp_path, await session_of(tmp_path, "one", "two"), judge)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await begun(pilot, app, judge, mode="rubric")
        judge.write(0, "early words")
        await pilot.press("escape", "3")
        await sees(pilot, app, "1 of 2 · one", "early words")
        await pilot.press("x")


async def test_a_reply_that_is_read_in_full_does_not_stop_the_stream(tmp_path: Path) -> None:
    judge = Writer()
    app = app_with(tmp_path, await session_of(tmp_path, "one"), judge)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await begun(pilot, app, judge)
        judge.write(0, "because")
        await sees(pilot, app, "because")
        await pilot.press("space")
        await until(pilot, lambda: isinstance(app.screen, Viewer), "the viewer")
        assert "because" in screen_text(app)
        judge.write(0, " it is so")
        await pilot.press("escape")
        await sees(pilot, app, "because it is so")
        await pilot.press("x")
