"""The line of names that stands in for tabs."""

from __future__ import annotations

from textual.app import App, ComposeResult

from judgetui.tui.widgets.strip import Strip
from tests.tui.spaces import HOSTILE


class OneStrip(App[None]):
    """A strip, and which of its names was chosen."""

    def __init__(self, names: list[str], chosen: int = 0) -> None:
        super().__init__()
        self.strip = Strip(names, chosen, id="names")
        self.places: list[int] = []

    def compose(self) -> ComposeResult:
        """The strip."""
        yield self.strip

    def on_strip_chosen(self, event: Strip.Chosen) -> None:
        """Keep what was chosen."""
        self.places.append(event.place)

    @property
    def line(self) -> str:
        """What it shows."""
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips()[:1])


async def test_a_click_chooses_the_name_under_it() -> None:
    app = OneStrip(["one", "two", "three"])
    async with app.run_test(size=(40, 5)) as pilot:
        await pilot.pause()
        await pilot.click(Strip, offset=(app.line.index("three") + 1, 0))
        await pilot.click(Strip, offset=(app.line.index("one"), 0))
        await pilot.click(Strip, offset=(35, 0))
        await pilot.pause()
        assert app.places == [2, 0], "beside the names is nothing"


async def test_the_chosen_name_is_in_sight_however_narrow_it_gets() -> None:
    names = [f"rubric-{number}" for number in range(12)]
    app = OneStrip(names, 10)
    async with app.run_test(size=(120, 5)) as pilot:
        await pilot.pause()
        assert "rubric-10" in app.line
        await pilot.resize_terminal(30, 5)
        await pilot.pause()
        assert "rubric-10" in app.line and app.line.lstrip().startswith("<")
        await pilot.click(Strip, offset=(app.line.index("rubric-10"), 0))
        await pilot.pause()
        assert app.places == [10], "a click means the name it is on"
        app.strip.put(names, 0)
        await pilot.pause()
        assert app.line.strip().startswith("rubric-0")


async def test_names_are_literal_text() -> None:
    app = OneStrip(["[b]bold[/b]", *HOSTILE])
    async with app.run_test(size=(400, 5)) as pilot:
        await pilot.pause()
        assert "[b]bold[/b]" in app.line and "[/x] [b" in app.line and "{{ 7*7 }}" in app.line
        assert not set("\x1b\x07\x9b\u202e\x00") & set(app.line)
