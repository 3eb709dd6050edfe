"""The choice of a judge: a list, a line for any other, and one call that shows what it can do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, OptionList, Static
from textual.worker import Worker

from judgetui.errors import InputError, JudgetuiError
from judgetui.providers.base import JudgeListing
from judgetui.providers.registry import parse_judge
from judgetui.services.context import Context
from judgetui.services.judge_check import JudgeCheck, State, check_named, fetch_model, missing_model
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.lists import TextList

if TYPE_CHECKING:
    from judgetui.tui.app import JudgetuiApp

BLANKS: Final = ("MODEL", "FILE", "SEED")
"""What stands for the part of a listed judge's name that the user writes."""

NAME_WIDTH: Final = 18
"""Cells of a judge's name in the list, at least."""

_MARKS: Final = {State.YES: ("✓", "$text-success"), State.NO: ("✗", "$text-error"), State.UNKNOWN: ("?", "")}


def is_pattern(judge: str) -> bool:
    """Whether a listed judge is a pattern, such as `openai:MODEL`, rather than a name."""
    return judge.partition(":")[2] in BLANKS


def judge_line(listing: JudgeListing, current: str) -> Content:
    """A judge in the list: mark, name, state, detail."""
    mark = ("✓ ", "$text-success") if listing.ready else ("· ", "$text-warning")
    name = one_line(listing.judge, 40)
    state = "chosen" if listing.judge == current else "ready" if listing.ready else "not set up"
    return Content.assemble(
        mark,
        (name.ljust(NAME_WIDTH), "bold" if listing.ready else ""),
        f" {state:<11}",
        (one_line(listing.detail), "dim"),
    )


def check_lines(check: JudgeCheck) -> Content:
    """What a check showed, a line each; all of it literal."""
    width = max(len(finding.name) for finding in check.findings)
    lines = [
        Content.assemble(
            (f"{_MARKS[finding.state][0]} ", _MARKS[finding.state][1]),
            (f"{finding.name.ljust(width)}  ", "bold"),
            literal(one_line(finding.text, 600)),
        )
        for finding in check.findings
    ]
    if check.hint:
        lines.append(literal(f"→ {one_line(check.hint, 600)}"))
    return Content("\n").join(lines)


class JudgeList(TextList):
    """The judges; enter says so, a click only chooses."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "enter", show=False)]

    class Entered(Message):
        """Enter was pressed on a judge."""

    def action_enter(self) -> None:
        """Tell it."""
        self.post_message(self.Entered())


class JudgeChooser(Vertical):
    """A list of judges over a line for any name, with a test. The line is what counts; the list fills it.

    Args:
        context: knows the judges.
        current: the judge to start with.
    """

    SCOPED_CSS = False
    DEFAULT_CSS = """
    JudgeChooser { height: auto; }
    JudgeChooser #judges {
        height: auto; max-height: 8; border: round $border-blurred; padding: 0; background: transparent;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    JudgeChooser #judges:focus { border: round $border; }
    JudgeChooser #judge-line { height: 1; margin: 0; }
    JudgeChooser #judge-line Static { width: auto; }
    JudgeChooser #judge { width: 1fr; background: $boost; }
    JudgeChooser #about { height: auto; color: $text-muted; }
    JudgeChooser #about.-warn { color: $text-warning; }
    JudgeChooser #judge-buttons { height: 1; margin: 1 0 0 0; }
    JudgeChooser #judge-buttons Button { margin: 0 2 0 0; background: $panel; }
    JudgeChooser #findings { height: auto; margin: 1 0 0 0; }
    .-short JudgeChooser #judges { max-height: 6; }
    .-short JudgeChooser #judge-buttons { margin: 0; }
    .-short JudgeChooser #findings { margin: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t,f5", "test", "test", tooltip="Ask the judge once, to see what it can do")
    ]

    class Accepted(Message):
        """Enter was pressed on a judge's name."""

    class Picked(Message):
        """Another name stands in the line."""

    def __init__(self, context: Context, current: str) -> None:
        super().__init__()
        self._known = context
        self._current = current
        self._listings: list[JudgeListing] = []
        self._busy = ""
        self._taken: int | None = None

    def compose(self) -> ComposeResult:
        """List, line, what is known of it, buttons, findings."""
        yield JudgeList(id="judges")
        with Horizontal(id="judge-line"):
            yield Static(literal("Judge  "))
            yield Input(
                self._current,
                id="judge",
                placeholder="provider:model",
                compact=True,
                select_on_focus=False,  # after a pattern is chosen, the model is written behind the colon
            )
        yield Static(id="about")
        with Horizontal(id="judge-buttons"):
            yield Button("Test this judge (t)", id="test", compact=True)
            yield Button("Get the model", id="pull", classes="hidden", compact=True)
        yield Static(id="findings")

    def on_mount(self) -> None:
        """List the judges once the dialog stands."""
        self._tell_about()
        self._load()

    @property
    def value(self) -> str:
        """The name in the line."""
        return self.query_one("#judge", Input).value.strip()

    def settle(self) -> None:
        """Take the highlighted judge at once: a key may overtake the word that another is highlighted."""
        judges = self.query_one("#judges", JudgeList)
        if judges.has_focus and judges.highlighted not in (None, self._taken):
            self._choose(judges.highlighted)

    def problem(self) -> str:
        """Why the name in the line cannot be a judge; empty when it can."""
        try:
            parse_judge(self.value, self._known.settings)
        except InputError as error:
            return str(error)
        return ""

    def complain(self, message: str) -> None:
        """Show what is wrong, below the line."""
        self.query_one("#findings", Static).update(literal(message, "$text-error"))
        self.query_one("#judge", Input).focus()

    def stop(self) -> bool:
        """End the test or fetch that is going; whether there was one."""
        if not self._busy:
            return False
        self.workers.cancel_group(self, self._busy)
        return True

    @work(group="list", exclusive=True, exit_on_error=False)
    async def _load(self) -> None:
        listings = await asyncio.to_thread(self._known.judges)
        names = [listing.judge for listing in listings]
        if self._current and self._current not in names:
            like = self._pattern(self._current, listings)
            known = JudgeListing("", True, "") if like is None else like
            listings.insert(0, JudgeListing(self._current, known.ready, known.detail))
        self._listings = listings
        chosen = self.value
        judges = self.query_one("#judges", JudgeList)
        with judges.prevent(OptionList.OptionHighlighted):
            judges.put([judge_line(listing, self._current) for listing in listings])
            places = [place for place, listing in enumerate(listings) if listing.judge == chosen]
            judges.highlighted = places[0] if places else None
            self._taken = judges.highlighted
        self._tell_about()

    def _tell_about(self) -> None:
        """Say what is known of the judge in the line."""
        about, name = self.query_one("#about", Static), self.value
        model = missing_model(name, self._known.paths)
        pull = self.query_one("#pull", Button)
        if model is None and pull.has_focus:
            self.query_one("#judges", JudgeList).focus()
        pull.set_class(model is None, "hidden")
        warn = True
        if model is not None:
            pull.label = literal(f"Get the model ({model.size // 1_000_000} MB)")
            text = (
                f"{model.about}. It is not on this machine yet: the button below or "
                f"`judgetui model pull {model.name}` gets it, once."
            )
        else:
            listing = next((each for each in self._listings if each.judge == name), None)
            listing = listing or self._pattern(name, self._listings)
            warn = listing is not None and not listing.ready
            text = "" if listing is None else f"{'Not set up' if warn else 'Ready'}: {listing.detail}."
        about.set_class(warn, "-warn")
        about.update(literal(one_line(text, 400)))

    @staticmethod
    def _pattern(judge: str, listings: list[JudgeListing]) -> JudgeListing | None:
        """The listed pattern that a judge's name follows."""
        provider = judge.partition(":")[0]
        patterns = (each for each in listings if is_pattern(each.judge))
        return next((each for each in patterns if each.judge.partition(":")[0] == provider), None)

    def _choose(self, index: int) -> None:
        self._taken = index
        name = self._listings[index].judge
        line = self.query_one("#judge", Input)
        line.value = f"{name.partition(':')[0]}:" if is_pattern(name) else name
        line.cursor_position = len(line.value)

    @on(OptionList.OptionHighlighted, "#judges")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if event.option_list.has_focus:
            self._choose(event.option_index)

    @on(OptionList.OptionSelected, "#judges")
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._choose(event.option_index)

    @on(JudgeList.Entered)
    def _entered(self, event: JudgeList.Entered) -> None:
        event.stop()
        index = self.query_one("#judges", JudgeList).highlighted
        if index is None:
            return
        self._choose(index)
        if is_pattern(self._listings[index].judge):
            self.query_one("#judge", Input).focus()
        else:
            self.post_message(self.Accepted())

    @on(Input.Submitted, "#judge")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Accepted())

    @on(Input.Changed, "#judge")
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._tell_about()
        self.post_message(self.Picked())

    @on(Button.Pressed, "#test")
    def _test_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_test()

    @on(Button.Pressed, "#pull")
    def _pull_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._fetch()

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        cast("JudgetuiApp", self.app).complain_of(event.worker)

    def action_test(self) -> None:
        """Ask the judge once, unless something is going already."""
        if not self._busy:
            self._test()

    def _say(self, content: Content) -> None:
        findings = self.query_one("#findings", Static)
        findings.update(content)
        self.call_after_refresh(findings.scroll_visible, animate=False)

    @work(group="test", exclusive=True, exit_on_error=False)
    async def _test(self) -> None:
        name = self.value
        if problem := self.problem():
            self.complain(problem)
            return
        self._busy = "test"
        self._say(literal(f"asking {one_line(name, 60)} … esc stops it"))
        try:
            check = await check_named(self._known.judge, name, self._known.settings.timeout)
            self._say(check_lines(check))
        except asyncio.CancelledError:
            if self.is_attached:
                self._say(literal("Stopped; nothing was learned."))
            raise
        finally:
            self._busy = ""

    @work(group="fetch", exclusive=True, exit_on_error=False)
    async def _fetch(self) -> None:
        model = missing_model(self.value, self._known.paths)
        if model is None or self._busy:
            return
        self._busy = "fetch"
        lines: list[str] = []

        def report(line: str) -> None:
            lines.append(one_line(line, 300))
            if self.is_attached and self._busy:
                self._say(literal("\n".join([*lines[-3:], "esc stops it"])))

        try:
            await fetch_model(model.name, self._known.paths, report)
            self._say(literal("\n".join([*lines[-1:], "t tests it."])))
        except JudgetuiError as error:
            self._say(literal(str(error), "$text-error"))
        except asyncio.CancelledError:
            if self.is_attached:
                self._say(literal("Stopped; what had come is thrown away."))
            raise
        finally:
            self._busy = ""
            if self.is_attached:
                self._load()
