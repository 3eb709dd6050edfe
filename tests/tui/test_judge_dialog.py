"""The dialog that chooses and tests a judge, driven by keys and by the mouse."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from judgetui.config.paths import Paths
from judgetui.config.settings import load_settings
from judgetui.errors import NoJudgeError
from judgetui.providers.base import FailureKind, JudgeListing, ProviderError
from judgetui.providers.models import MODELS, model_path
from judgetui.services import judge_check
from judgetui.services.context import Context
from judgetui.services.judge_check import Finding, JudgeCheck, State
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals.judge import JudgeDialog
from judgetui.tui.widgets import judges as chooser_module
from judgetui.tui.widgets.judges import JudgeChooser, JudgeList, check_lines, judge_line
from judgetui.tui.widgets.toggles import Tick
from tests.services.standins import StandInJudge, reply
from tests.tui.bursts import burst
from tests.tui.spaces import HOSTILE, make_app, make_session, screen_text, until

SIZES = [(80, 24), (120, 40)]
RAW = ("\x1b", "\u202e", "\x9b", "\x00")


@asynccontextmanager
async def asking(
    home: Path, size: tuple[int, int] = (120, 40), judge: str = "scripted:1"
) -> AsyncIterator[tuple[Pilot[int], JudgetuiApp, list[str | None]]]:
    """An app with the dialog open; the list fills with what it gave."""
    app = make_app(home, judge=judge)
    given: list[str | None] = []
    async with app.run_test(size=size, notifications=True) as pilot:
        app.push_screen(JudgeDialog(app.context, judge), given.append)
        await until(pilot, lambda: listed(app), "the list of judges")
        await pilot.pause()
        yield pilot, app, given


def listed(app: JudgetuiApp) -> list[str]:
    """The judges in the list."""
    found = app.screen.query(JudgeChooser)
    return [listing.judge for listing in found.first()._listings] if found else []


def line(app: JudgetuiApp) -> Input:
    return app.screen.query_one("#judge", Input)


def findings(app: JudgetuiApp) -> str:
    return str(app.screen.query_one("#findings", Static).content)


async def gave(pilot: Pilot[int], given: list[str | None], what: str | None) -> None:
    await until(pilot, lambda: given, "the answer")
    assert given == [what]


@pytest.mark.parametrize("size", SIZES)
async def test_a_judge_is_tested_and_used_by_keys(tmp_path: Path, size: tuple[int, int]) -> None:
    async with asking(tmp_path, size) as (pilot, app, given):
        text = screen_text(app)
        assert "Choose a judge" in text and "local:smollm2" in text and "chosen" in text
        assert app.focused is app.screen.query_one("#judges")
        await pilot.press("t")
        await until(pilot, lambda: "as scripted-1" in findings(app), "the test")
        await pilot.pause(0.1)
        text = " ".join(screen_text(app).split())
        for part in ("log-probs", "samples", "temperature", "schema", "tokens", "Use this judge"):
            assert part in text
        await pilot.press("enter")
        await gave(pilot, given, "scripted:1")


@pytest.mark.parametrize("size", SIZES)
async def test_a_judge_is_chosen_tested_and_used_by_the_mouse(tmp_path: Path, size: tuple[int, int]) -> None:
    async with asking(tmp_path, size) as (pilot, app, given):
        place = listed(app).index("openai:MODEL")
        await pilot.click("#judges", offset=(6, 1 + place))
        assert line(app).value == "openai:", "a click on a pattern leaves the model to write"
        await pilot.click("#judges", offset=(6, 1))
        assert line(app).value == "scripted:1"
        await pilot.click("#test")
        await until(pilot, lambda: "as scripted-1" in findings(app), "the test")
        await pilot.click("#use")
        await gave(pilot, given, "scripted:1")


async def test_moving_in_the_list_fills_the_line_and_enter_on_a_pattern_goes_there(tmp_path: Path) -> None:
    async with asking(tmp_path) as (pilot, app, given):
        await pilot.press("j")
        assert line(app).value == "local:smollm2"
        await pilot.press("G")
        assert line(app).value == "scripted:"
        await pilot.press("enter")
        assert app.focused is line(app) and not given
        await pilot.press(*"42", "enter")
        await gave(pilot, given, "scripted:42")


async def test_another_judge_is_typed(tmp_path: Path) -> None:
    async with asking(tmp_path) as (pilot, app, given):
        await pilot.press("tab", "ctrl+u", *"scripted:t", "f5")
        await until(pilot, lambda: "as scripted-t" in findings(app), "the test")
        await pilot.press("ctrl+s")
        await gave(pilot, given, "scripted:t")


@pytest.mark.parametrize("name", ["", "nonsense", "opnai:gpt", "openai:"])
async def test_a_name_that_is_none_is_told_and_nothing_is_lost(tmp_path: Path, name: str) -> None:
    async with asking(tmp_path) as (pilot, app, given):
        line(app).value = name
        for key in ("ctrl+s", "f5"):
            app.screen.query_one("#findings", Static).update("")
            await pilot.press(key)
            await until(pilot, lambda: findings(app), "the complaint")
            assert line(app).value == name and app.focused is line(app) and not given
        await pilot.press("escape")
        await gave(pilot, given, None)


@pytest.mark.parametrize("size", SIZES)
async def test_escape_stops_the_test_then_closes(tmp_path: Path, size: tuple[int, int]) -> None:
    async with asking(tmp_path, size) as (pilot, app, given):
        judge = StandInJudge(lambda request, number: reply("4"), name="scripted:1", hold=asyncio.Event())
        app.context.add_judge(judge)
        await pilot.press("t")
        await until(pilot, lambda: judge.at_once == 1, "the call")
        assert "asking scripted:1 … esc stops it" in screen_text(app)
        await pilot.press("t")
        await pilot.press("escape")
        await until(pilot, lambda: "Stopped" in findings(app), "the stop")
        assert judge.at_once == 0 and len(judge.asked) == 1 and not given
        await pilot.press("escape")
        await gave(pilot, given, None)


async def test_closing_the_app_under_a_test_ends_it(tmp_path: Path) -> None:
    judge = StandInJudge(lambda request, number: reply("4"), name="scripted:1", hold=asyncio.Event())
    async with asking(tmp_path) as (pilot, app, _):
        app.context.add_judge(judge)
        await pilot.press("t")
        await until(pilot, lambda: judge.at_once == 1, "the call")
    assert judge.at_once == 0


async def test_a_failure_says_what_to_do(tmp_path: Path) -> None:
    async with asking(tmp_path) as (pilot, app, _):
        error = ProviderError(FailureKind.AUTH, "it answered 401 [/x] [b.", "Check the key [INFO].")
        app.context.add_judge(StandInJudge(lambda request, number: error, name="scripted:1"))
        await pilot.press("t")
        await until(pilot, lambda: "401" in findings(app), "the failure")
        text = screen_text(app)
        assert "no answer  it answered 401 [/x] [b." in text and "→ Check the key [INFO]." in text


async def test_the_choice_is_kept_as_the_default_only_when_asked(tmp_path: Path) -> None:
    for tick in (False, True):
        async with asking(tmp_path, (80, 24)) as (pilot, app, given):
            line(app).value = "scripted:9"
            if tick:
                await pilot.click("#default")
                assert "▐X▌" in screen_text(app), "the tick shows without colour"
            await pilot.press("ctrl+s")
            await gave(pilot, given, "scripted:9")
            assert load_settings(app.context.paths.config_file).judge == ("scripted:9" if tick else "")
            assert app.context.default_judge == ("scripted:9" if tick else "scripted:1")


async def test_a_settings_file_that_cannot_be_written_is_told_in_the_dialog(tmp_path: Path) -> None:
    async with asking(tmp_path) as (pilot, app, given):
        app.context.paths.config_file.mkdir(parents=True)
        app.screen.query_one("#default", Tick).value = True
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "settings.toml" in findings(app), "the complaint")
        assert not given and line(app).value == "scripted:1"


async def test_the_app_takes_the_choice_for_the_open_session(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.space is not None, "opening")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, JudgeDialog), "the dialog")
        await until(pilot, lambda: listed(app), "the list of judges")
        line(app).value = "scripted:5"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.space is not None and app.space.judge == "scripted:5", "the choice")


async def test_the_judge_that_was_highlighted_just_before_ctrl_s_is_used(tmp_path: Path) -> None:
    async with asking(tmp_path) as (pilot, app, given):
        assert listed(app)[:2] == ["scripted:1", "local:smollm2"]
        burst(app, "down", "ctrl+s")
        await gave(pilot, given, "local:smollm2")


# the embedded model


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package that runs models is there, whatever this machine has."""
    monkeypatch.setattr("judgetui.providers.registry.find_spec", lambda name: object())
    monkeypatch.setattr(judge_check, "find_spec", lambda name: object())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.usefixtures("installed")
async def test_a_missing_model_is_described_and_fetched_on_the_press_alone(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    go_on = threading.Event()

    def pull(name: str, paths: Paths, report: Callable[[str], None]) -> Path:
        asked.append(name)
        report("Fetching [/x] [b smollm2")
        go_on.wait(5)
        file = model_path(name, paths)
        file.parent.mkdir(parents=True)
        file.write_bytes(b"GGUF")
        report("smollm2 is ready")
        return file

    monkeypatch.setattr(judge_check, "pull", pull)
    async with asking(tmp_path, size, "local:smollm2") as (pilot, app, _):
        text = " ".join(screen_text(app).replace("│", " ").split())
        assert "135M" in text and "near chance" in text and "judgetui model pull smollm2" in text
        assert not asked, "nothing is fetched unasked"
        await pilot.click("#pull")
        await until(pilot, lambda: "Fetching [/x] [b smollm2" in screen_text(app), "the progress")
        go_on.set()
        await until(pilot, lambda: "smollm2 is ready" in findings(app), "the end")
        await until(pilot, lambda: app.screen.query_one("#pull").has_class("hidden"), "the button's end")
        assert asked == ["smollm2"]
        about = str(app.screen.query_one("#about", Static).content)
        assert about.startswith("Ready: ") and MODELS["smollm2"].about in about
        await until(pilot, lambda: app.focused is app.screen.query_one("#judges"), "the focus")


@pytest.mark.usefixtures("installed")
async def test_a_fetch_that_fails_or_is_stopped_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str, paths: Paths, report: Callable[[str], None]) -> Path:
        raise NoJudgeError("smollm2 could not be fetched: [Errno 101].", "Check the network.")

    monkeypatch.setattr(judge_check, "pull", fail)
    async with asking(tmp_path, judge="local:smollm2") as (pilot, app, given):
        await pilot.click("#pull")
        await until(pilot, lambda: "[Errno 101]. Check the network." in findings(app), "the failure")
        began, go_on = threading.Event(), threading.Event()

        def hang(name: str, paths: Paths, report: Callable[[str], None]) -> Path:
            began.set()
            go_on.wait(5)
            report("more")
            raise AssertionError("the fetch went on")

        monkeypatch.setattr(judge_check, "pull", hang)
        button = app.screen.query_one("#pull")
        await until(pilot, lambda: not button.has_class("-active"), "the button's rest")
        await pilot.click("#pull")
        await until(pilot, began.is_set, "the fetch")
        await pilot.press("escape")
        await until(pilot, lambda: "Stopped" in findings(app), "the stop")
        go_on.set()
        assert not given
        await pilot.press("escape")
        await gave(pilot, given, None)


async def test_without_the_package_no_fetch_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("judgetui.providers.registry.find_spec", lambda name: None)
    monkeypatch.setattr(judge_check, "find_spec", lambda name: None)
    async with asking(tmp_path, judge="local:smollm2") as (_, app, _given):
        assert app.screen.query_one("#pull").has_class("hidden")
        assert 'pip install "judgetui[local]"' in str(app.screen.query_one("#about", Static).content)


# hostile text


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_judges_and_answers_are_shown_as_text(
    tmp_path: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = [JudgeListing(f"local:{text}", bool(n % 2), text) for n, text in enumerate(HOSTILE)]
    monkeypatch.setattr(Context, "judges", lambda self: hostile)
    texts = iter(HOSTILE * 2)

    async def check(opened: object, name: str, seconds: float) -> JudgeCheck:
        text = next(texts)
        return JudgeCheck(text, (Finding("answers", State.YES, text), Finding("x", State.NO, text)), text)

    monkeypatch.setattr(chooser_module, "check_named", check)
    async with asking(tmp_path, size) as (pilot, app, _):
        seen = screen_text(app)
        for number in range(len(HOSTILE)):
            app.screen.query_one("#findings", Static).update("")
            line(app).value = "scripted:1"
            app.screen.query_one("#judges", JudgeList).focus()
            await pilot.press("t")
            await until(pilot, lambda: findings(app).startswith("✓"), f"check {number}")
            await pilot.pause()
            seen += screen_text(app)
        assert not any(raw in seen for raw in RAW)
        assert seen.count("[/x] [b") >= 4 and seen.count("{{ 7*7 }} {% raw %}") >= 3


def test_lines_of_judges_and_checks_are_literal() -> None:
    for text in HOSTILE:
        shown = judge_line(JudgeListing(text, True, text), text).plain
        shown += check_lines(JudgeCheck(text, (Finding("answers", State.YES, text),), text)).plain
        assert not any(raw in shown for raw in RAW)
