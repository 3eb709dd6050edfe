"""The dialog that chooses a protocol, and what the form says of it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from judgetui.core.item import Item
from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.mt_bench import Pair
from judgetui.core.protocols.registry import get_protocol, protocol_names
from judgetui.core.rubric import Rubric, Sampling
from judgetui.core.vote import Failures
from judgetui.services.protocol_cards import published_words, result_words, span_words
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals import protocols as dialog_module
from judgetui.tui.modals.protocols import ProtocolDialog
from judgetui.tui.text import visible
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.protocol_words import card_content, fit_words
from tests.tui.judged import bare_session, sees, told
from tests.tui.spaces import (
    CORRECTNESS,
    EXPLANATION,
    HOSTILE,
    make_app,
    make_session,
    rubric_of,
    screen_text,
    space_of,
    until,
    working_of,
)

SIZES = [(40, 12), (80, 24), (120, 40)]
RAW = ("\x1b", "\u202e", "\x9b", "\x00")


async def opened(pilot: Pilot[int], app: JudgetuiApp) -> None:
    """Wait until the session is open, then open the dialog."""
    await until(pilot, lambda: app.space is not None and app.space.all_items, "opening")
    await pilot.pause()
    await pilot.press("P")
    await until(pilot, lambda: isinstance(app.screen, ProtocolDialog), "the dialog")
    await until(pilot, lambda: card(app), "the card")


def dialog(app: JudgetuiApp) -> ProtocolDialog:
    """The open dialog."""
    assert isinstance(app.screen, ProtocolDialog)
    return app.screen


def names(app: JudgetuiApp) -> list[str]:
    """What the list shows."""
    return dialog(app)._names


def card(app: JudgetuiApp) -> str:
    """The card's text."""
    found = app.screen.query("#card")
    return found.first(TextPane).full if found else ""


async def all_loaded(pilot: Pilot[int], app: JudgetuiApp) -> None:
    """Wait until every card has been read."""
    await until(pilot, lambda: len(dialog(app)._loaded) == len(protocol_names()), "reading all cards")
    await pilot.pause()


async def closed(pilot: Pilot[int], app: JudgetuiApp) -> None:
    await until(pilot, lambda: not isinstance(app.screen, ProtocolDialog), "closing")
    await pilot.pause()


def prompt(app: JudgetuiApp) -> str:
    """The prompt beside the form."""
    return str(app.screen.query_one("#prompt", Static).content)


def scale_lines(app: JudgetuiApp) -> str:
    return str(app.screen.query_one("#scale", Static).content)


# choosing


@pytest.mark.parametrize("size", SIZES)
async def test_the_dialog_lists_every_protocol_beside_the_card_of_the_rubrics_own(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot, app)
        assert names(app) == list(protocol_names())
        own = get_protocol("g-eval").card
        await until(pilot, lambda: own.citation in card(app), "the card")
        shown = screen_text(app)
        assert "● g-eval" in shown and own.title in shown and "14 of 28 items fit" in shown
        for text in (own.summary, own.needs, own.messages, own.grammar, own.parsing, own.failure):
            assert text in card(app)
        assert own.aggregation in card(app) and own.biases in card(app)


@pytest.mark.parametrize("size", SIZES[:2])
async def test_the_whole_card_can_be_read_without_leaving_the_filter(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press(*"mt-bench-pair-ref-multi")
        await until(pilot, lambda: "Zheng" in card(app), "the card")
        await pilot.pause()
        pane = app.screen.query_one("#card", TextPane)
        seen = ""
        for _ in range(60):
            seen += " ".join(" ".join(screen_text(app).split("│")).split())
            if pane.scroll_offset.y >= pane.max_scroll_y:
                break
            await pilot.press("pagedown")
            await pilot.pause()
        assert "arXiv:2306.05685" in seen and "Known biases" in seen
        assert isinstance(app.focused, Input)
        end = pane.scroll_offset.y
        await pilot.press("pageup")
        await until(pilot, lambda: pane.scroll_offset.y < end, "a page back")


@pytest.mark.parametrize("size", SIZES)
async def test_enter_makes_it_the_rubrics_and_u_goes_back(tmp_path: Path, size: tuple[int, int]) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press(*"mt-bench-single", "down", "up")
        await until(pilot, lambda: "Zheng" in card(app), "its card")
        await pilot.press("enter")
        await closed(pilot, app)
        assert rubric_of(app) == replace(CORRECTNESS, protocol="mt-bench-single"), "all else is kept"
        assert working_of(app).changed
        await until(pilot, lambda: "[[rating]]" in prompt(app), "the new prompt")
        await until(pilot, lambda: "MT-Bench, single answer" in scale_lines(app), "its title")
        await told(pilot, app, "u goes back to g-eval")
        await pilot.press("u")
        assert rubric_of(app) == CORRECTNESS
        await until(pilot, lambda: "[[rating]]" not in prompt(app), "the old prompt")


async def test_escape_changes_nothing(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press(*"pair", "down", "escape")
        await closed(pilot, app)
        assert rubric_of(app) == CORRECTNESS and not working_of(app).changed
        await pilot.press("u")
        await told(pilot, app, "Nothing to undo")


async def test_the_filter_narrows_the_list_and_the_card_follows(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await all_loaded(pilot, app)
        await pilot.press(*"mt-bench-pair ref")
        assert names(app) == ["mt-bench-pair-ref", "mt-bench-pair-ref-multi-turn"]
        assert get_protocol("mt-bench-pair-ref").card.summary in card(app)
        await pilot.press("down", *" multi")
        assert names(app) == ["mt-bench-pair-ref-multi-turn"], "the cursor stays on its protocol"
        await pilot.press("ctrl+u")
        assert names(app) == list(protocol_names())
        assert get_protocol("mt-bench-pair-ref-multi-turn").card.summary in card(app)
        await pilot.press(*"zheng pairwise")
        assert "mt-bench-pair" in names(app), "authors and kind are looked into"
        assert not {"mt-bench-single", "g-eval"} & set(names(app))
        await pilot.press(*"xyz")
        assert names(app) == [] and "No protocol has" in card(app)
        await pilot.press("enter")
        await told(pilot, app, "shorten the filter")
        await pilot.press("ctrl+u", "enter")
        await closed(pilot, app)
        assert rubric_of(app) == CORRECTNESS


async def test_a_click_goes_to_a_protocol_and_the_button_uses_it(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await all_loaded(pilot, app)
        row = next(
            row for row, line in enumerate(screen_text(app).splitlines()) if "  mt-bench-single  one" in line
        )
        top = app.screen.query_one("#protocols").region.y
        await pilot.click("#protocols", offset=(6, row - top))
        await until(pilot, lambda: get_protocol("mt-bench-single").card.title in screen_text(app), "the card")
        assert isinstance(app.screen, ProtocolDialog)
        await pilot.click("#use")
        await closed(pilot, app)
        assert rubric_of(app).protocol == "mt-bench-single"


async def test_the_list_and_the_card_take_keys_of_their_own(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await all_loaded(pilot, app)
        after = protocol_names()[protocol_names().index("g-eval") + 1]
        await pilot.press("tab", "j", "j", "k")
        assert get_protocol(after).card.summary in card(app)
        await pilot.press("tab", "G")
        pane = app.screen.query_one("#card", TextPane)
        await until(pilot, lambda: pane.scroll_offset.y == pane.max_scroll_y > 0, "the end")
        await pilot.press("shift+tab", "enter")
        await closed(pilot, app)
        assert rubric_of(app).protocol == after


async def test_the_palette_opens_it_from_a_text_field(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.space is not None and app.space.all_items, "opening")
        app.screen.query_one("#task", TextArea).focus()
        await pilot.press("ctrl+p", *"protocol")
        await sees(pilot, app, "Protocol (P)")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ProtocolDialog), "the dialog")


# cards


async def test_cards_are_read_beside_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()

    def slow(name: str) -> JudgeProtocol:
        held.wait(20)
        return get_protocol(name)

    monkeypatch.setattr(dialog_module, "get_protocol", slow)
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        try:
            assert card(app) == "reading …" and names(app) == list(protocol_names())
            await pilot.press("down")
            after = protocol_names()[protocol_names().index("g-eval") + 1]
            assert after in str(app.screen.query_one("#card").border_title)
            await pilot.press(*"mt-bench-pair")
            assert names(app)[0] == "mt-bench-pair" and "g-eval" not in names(app)
        finally:
            held.set()
        await until(pilot, lambda: "Zheng" in card(app), "the card of the one under the cursor")
        await all_loaded(pilot, app)
        assert "mt-bench-pair  pair" in screen_text(app)


def with_card(text: str) -> JudgeProtocol:
    """A protocol whose card says only this."""

    class Hostile(Pair):
        card = replace(
            Pair.card,
            title=text,
            summary=f"s {text}",
            needs=text,
            messages=text,
            grammar=text,
            parsing=text,
            failure=text,
            aggregation=text,
            biases=text,
            citation=f"c {text}",
        )

    return Hostile()


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_card_is_markup(text: str) -> None:
    content = card_content(with_card(text), {2: 1})
    assert f"s {visible(text)}" in content.plain and f"c {visible(text)}" in content.plain
    assert all(str(span.style) in {"", "bold $accent", "$text-success"} for span in content.spans)


async def test_hostile_cards_are_shown_as_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = with_card(" ".join(HOSTILE))
    monkeypatch.setattr(dialog_module, "get_protocol", lambda name: hostile)
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await all_loaded(pilot, app)
        shown = await sees(pilot, app, "[type=json_invalid, input_value='x']", "[link=https://x]y[/link]")
        assert not any(sign in shown for sign in RAW)
        await pilot.press(*"[/x] [b")
        await sees(pilot, app, "● g-eval")


@pytest.mark.parametrize("name", protocol_names())
def test_every_card_says_all_there_is_to_know(name: str) -> None:
    protocol = get_protocol(name)
    text = card_content(protocol, {1: 3, 2: 4, 5: 2}).plain
    fit = {(1, 1): "3 of 9", (2, 2): "4 of 9", (2, 26): "6 of 9"}.get(protocol.answers)
    assert fit is None or text.startswith(f"{fit} items fit: it judges ")
    every = protocol.card
    for part in (every.summary, every.needs, every.messages, every.grammar, every.parsing, every.failure):
        assert visible(part) in text
    for part in (every.aggregation, every.biases, every.citation, published_words(protocol)):
        assert visible(part) in text


def test_published_settings_are_said_in_words() -> None:
    assert published_words(get_protocol("mt-bench-pair")) == (
        "1 reply, temperature 0, at most 2048 tokens, asked in both orders."
    )

    class Odd(Pair):
        published = Sampling()
        order = "seeded"
        tie_delta = 0.1
        counts_failures_as = Failures.MINUS_ONE

    assert published_words(Odd()) == (
        "1 reply, asked in one order, drawn by a seed, scores at most 0.1 apart are a tie, "
        "a reply without a result counted as minus-one."
    )


# items that do not fit


async def pointwise(tmp_path: Path) -> Path:
    """A session of two items with one answer each."""
    items = [Item(name, (f"the answer to {name}",), {"question": f"What of {name}?"}) for name in ("a", "b")]
    return await bare_session(tmp_path / "s.db", CORRECTNESS, items)


async def test_a_protocol_that_no_item_fits_says_so_before_and_after(tmp_path: Path) -> None:
    app = make_app(tmp_path, await pointwise(tmp_path))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press(*"mt-bench-pair")
        await sees(pilot, app, "0 of 2 items fit: it judges pairs of answers.")
        await pilot.press("enter")
        await closed(pilot, app)
        await told(pilot, app, "0 of 2 items fit: it judges pairs of answers. i adds items, u goes back.")
        assert space_of(app).items == []
        await sees(pilot, app, "No items fit this rubric: it judges `response_a`")
        await pilot.press("f5")
        await sees(pilot, app, "No items fit this rubric. On the rubric screen")
        await pilot.press("escape", "u")
        await until(pilot, lambda: [item.id for item in space_of(app).items] == ["a", "b"], "the items")
        await sees(pilot, app, "a 1/2")


async def test_the_items_follow_the_protocol_however_it_is_changed(tmp_path: Path) -> None:
    def answers() -> set[int]:
        return {len(item.responses) for item in space_of(app).items}

    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        assert answers() == {1}
        await pilot.press(*"mt-bench-pair", "enter")
        await closed(pilot, app)
        await until(pilot, lambda: answers() == {2}, "pairs")
        await until(pilot, lambda: "Response A" in prompt(app), "their prompt")
        await pilot.press("ctrl+t")
        await sees(pilot, app, "Drop all edits")
        await pilot.press("y")
        await until(pilot, lambda: answers() == {1}, "single answers again")
        await pilot.press("y")
        await until(pilot, lambda: bool(app.screen.query("#yaml")), "the YAML")
        area = app.screen.query_one("#yaml", TextArea)
        area.text = area.text.replace("protocol: g-eval", "protocol: mt-bench-pair")
        await until(pilot, lambda: answers() == {2}, "pairs by YAML")
        area.text = area.text.replace("[question]", "[question, nothing_has_this]")
        await until(pilot, lambda: not space_of(app).items, "an input that no item has")


async def test_what_the_protocol_does_not_use_is_a_problem_of_the_rubric(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press(*"mt-bench-pair", "enter")
        await closed(pilot, app)
        assert rubric_of(app).scale == CORRECTNESS.scale, "kept"
        await sees(pilot, app, "mt-bench-pair does not use `scale`")


def test_how_many_items_fit_is_said_in_words() -> None:
    pair, single = get_protocol("mt-bench-pair"), get_protocol("mt-bench-single")
    assert fit_words(pair, {1: 14}) == "0 of 14 items fit: it judges pairs of answers."
    assert fit_words(single, {1: 1}) == "1 of 1 item fits: it judges one answer at a time."
    assert fit_words(pair, {}) == "It judges pairs of answers; this session has no items yet."


# conversations


TURNS = [
    Item(
        "talk",
        (("one from A", "two from A"), ("one from B", "two from B")),
        {"question": ["What of one?", "And of two?"]},
    )
]


async def test_the_prompt_of_a_conversation_has_every_turn(tmp_path: Path) -> None:
    app = make_app(tmp_path, await bare_session(tmp_path / "s.db", EXPLANATION, TURNS))
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await opened(pilot, app)
        await pilot.press(*"mt-bench-pair-multi", "enter")
        await closed(pilot, app)
        assert rubric_of(app).protocol == "mt-bench-pair-multi-turn"
        await until(pilot, lambda: "two from B" in prompt(app), "the prompt")
        shown = prompt(app)
        places = [shown.index(text) for text in ("What of one?", "one from A", "And of two?", "two from A")]
        assert places == sorted(places) and shown.index("two from A") < shown.index("one from B")


# the form


def described(rubric: Rubric, protocol: JudgeProtocol | None) -> Sequence[str]:
    from judgetui.tui.widgets.rubric_form import _scale_lines

    return _scale_lines(rubric, protocol)


def test_the_form_says_title_result_order_and_scale() -> None:
    assert described(EXPLANATION, get_protocol("mt-bench-pair")) == [
        "protocol mt-bench-pair (P): MT-Bench, pairwise",
        "gives a verdict, A, B or a tie; asked in both orders",
    ]
    seeded = replace(EXPLANATION, order="seeded")
    assert described(seeded, get_protocol("mt-bench-pair"))[1].endswith("asked in one order, drawn by a seed")
    single = described(replace(EXPLANATION, protocol="mt-bench-single"), get_protocol("mt-bench-single"))
    assert single[1:] == [
        "gives a point of the scale",
        "scale 1 to 10, the protocol's own (y edits it)",
    ]
    assert described(CORRECTNESS, None) == [
        "protocol g-eval (P)",
        "…",
        "scale 1 to 5 (y edits it)",
        "1 = wrong",
        "5 = right",
    ]


def test_words_for_results_and_scales() -> None:
    assert result_words(get_protocol("mt-bench-single"), "both") == "a point of the scale"
    assert result_words(get_protocol("mt-bench-pair"), "as-given").endswith("in the order of the item")
    scale = CORRECTNESS.scale
    assert scale is not None and span_words(scale) == "1 to 5"


def test_the_form_is_drawn_before_any_protocol_is_loaded() -> None:
    code = """
import asyncio, sys
from textual.app import App
import judgetui.tui.app, judgetui.tui.workspace, judgetui.tui.screens.rubric
from judgetui.core.rubric import Criterion, Rubric
from judgetui.tui.widgets.rubric_form import RubricForm

class Form(App):
    def compose(self):
        yield RubricForm(None)

async def main():
    app = Form()
    async with app.run_test() as pilot:
        form = app.query_one(RubricForm)
        for name in ("g-eval", "mt-bench-pair"):
            form.show(Rubric("r", name, "task", (Criterion("c", "d"),)))
            await pilot.pause()
        assert "protocol mt-bench-pair" in str(app.query_one("#scale").content)
    loaded = [name for name in sys.modules if name.startswith("judgetui.core.protocols")]
    assert not loaded, loaded

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
