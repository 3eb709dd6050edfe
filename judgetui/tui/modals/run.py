"""The dialog before a run: how many items, with what it will ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from judgetui.core.item import Item
from judgetui.errors import InputError, JudgetuiError
from judgetui.services.planning import Estimate, Estimates, estimate_run
from judgetui.tui.budgets import budget_problem, dollars
from judgetui.tui.changes import Changed
from judgetui.tui.modals.dialogs import AskText, Dialog
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.status import money
from judgetui.tui.workspace import Workspace

FEW = 3
"""Items of a quick try."""


class RunPlan(NamedTuple):
    """What is to be run.

    Args:
        judges: who judges; the session's judge alone when none is named.
        budget: US dollars that the run may cost; None for no limit.
    """

    items: Sequence[Item]
    judges: tuple[str, ...] = ()
    budget: float | None = None


class RunDialog(Dialog[RunPlan]):
    """Asks which items to judge, and by whom; gives the plan, or None.

    Args:
        space: what is open; its rubric, judge and items are used.
        offered: items to run it on that are offered before all others.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f5,ctrl+j,alt+enter,ctrl+enter",
            "start",
            "start",
            tooltip="Start the run that is highlighted",
        ),
        Binding("ctrl+o", "judge", "judge", tooltip="Choose another judge, then come back here"),
        Binding("a", "add_judge", "one more", tooltip="Add a judge of the same items"),
        Binding("b", "budget", "budget", tooltip="Say what the run may cost"),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
    ]
    MORE_KEYS = (("enter", "Start the run that is highlighted"), ("j k, arrows", "Highlight another run"))

    def __init__(self, space: Workspace, offered: Sequence[Item] = ()) -> None:
        super().__init__()
        self._space = space
        at = space.item_index
        few = [*space.items[at:], *space.items[:at]][:FEW]
        self._choices: list[tuple[str, list[Item]]] = []
        self._hindered = False
        self._judges: tuple[str, ...] = (space.judge,)
        self._budget: float | None = None
        if offered:
            which = one_line(offered[0].id, 40) if len(offered) == 1 else f"These {len(offered)} items"
            self._choices.append((which, list(offered)))
        if len(space.items) > FEW:
            self._choices.append((f"Try on {len(few)} items, from {few[0].id} on", few))
        if space.items:
            self._choices.append((f"All {len(space.items)} items", list(space.items)))

    def body(self) -> ComposeResult:
        """Title, choices, estimate."""
        space = self._space
        unsaved = space.working is not None and space.rubric != space.working.base.rubric
        with Vertical(classes="dialog"):
            yield Static(self._title, classes="dialog-title")
            if unsaved:
                yield Static(
                    literal(
                        "Unsaved edits become a version of their own first, so that the run can name it."
                    ),
                    classes="dialog-text",
                )
            if self._choices:
                yield OptionList(*(Option(literal(one_line(text, 60))) for text, _ in self._choices))
            else:
                yield Static(
                    literal("No items fit this rubric. On the rubric screen, i adds some from a file."),
                    classes="dialog-text",
                )
            yield Static(literal("counting …"), id="estimate", classes="dialog-hint")
            yield Static(
                literal("enter starts · ctrl+o judge · a one more · b budget · esc closes", "dim"),
                classes="dialog-hint -keys",
            )

    @property
    def _title(self) -> Content:
        """What is run, with which judges, and for how much."""
        space = self._space
        name = "" if space.rubric is None else space.rubric.name
        version = "" if space.working is None else f"v{space.working.base.number}"
        judges = " and ".join(one_line(judge, 60) for judge in self._judges)
        most = "" if self._budget is None else f", for at most {money(self._budget)}"
        return literal(f"Run {name} {version} with {judges}{most}", "bold")

    def on_mount(self) -> None:
        """Highlight the smallest run."""
        if self._choices:
            choices = self.query_one(OptionList)
            choices.highlighted = 0
            choices.focus()
        else:
            self.query_one("#estimate", Static).update("")

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self._estimate(event.option_index)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self._start(event.option_index)

    @work(group="estimate", exclusive=True, exit_on_error=False)
    async def _estimate(self, choice: int) -> None:
        # The items are not passed: Textual writes the arguments of a worker out for its log.
        items = self._choices[choice][1]
        shown = self.query_one("#estimate", Static)
        rubric = self._space.rubric
        if rubric is None:
            return
        context = self._space.context
        try:
            judges = [context.judge(name) for name in self._judges]
            found = await estimate_run(rubric, items, judges, session=self._space.session)
            unpriced = [each.judge for each in found.judges if each.cost_high is None]
            if unpriced and self._budget is not None:
                raise InputError(
                    f"the price of {unpriced[0]} is not known, so that a budget cannot be kept.",
                    "b and an empty line take the budget away.",
                )
        except JudgetuiError as error:
            self._hindered = True
            shown.update(literal(str(error), "$error"))
            return
        self._hindered = False
        shown.update(literal(estimates_text(found)))

    def action_start(self) -> None:
        """Start what is highlighted."""
        if self._choices:
            self._start(self.query_one(OptionList).highlighted or 0)

    def _start(self, choice: int) -> None:
        if self._hindered:
            self.judgetui.tell("This cannot run as it is; ctrl+o chooses another judge.", severity="warning")
            return
        self.dismiss(RunPlan(self._choices[choice][1], self._judges, self._budget))

    @work(group="judge", exclusive=True, exit_on_error=False)
    async def action_judge(self) -> None:
        """Choose another judge in place of those there are, then count again for it."""
        chosen = await self._ask_judge()
        if chosen is not None:
            self._space.judge, self._judges = chosen, (chosen,)
            self.judgetui.changed.publish(Changed(rubric=True))
            self._count_again()

    @work(group="judge", exclusive=True, exit_on_error=False)
    async def action_add_judge(self) -> None:
        """Choose one judge more, then count again for all of them."""
        chosen = await self._ask_judge()
        if chosen in self._judges:
            self.judgetui.tell(f"{chosen} is one of the judges already.", severity="warning")
        elif chosen is not None:
            self._judges += (chosen,)
            self._count_again()

    async def _ask_judge(self) -> str | None:
        from judgetui.tui.modals.judge import JudgeDialog

        return await self.app.push_screen_wait(JudgeDialog(self._space.context, self._space.judge))

    @work(group="judge", exclusive=True, exit_on_error=False)
    async def action_budget(self) -> None:
        """Ask what the run may cost, then count again."""
        given = await self.app.push_screen_wait(
            AskText(
                "Budget",
                "US dollars that the run may cost in all; an empty line for no limit",
                "" if self._budget is None else f"{self._budget:g}",
                required=False,
                check=lambda text: budget_problem(text) if text else "",
            )
        )
        if given is not None:
            self._budget = dollars(given) if given else None
            self._count_again()

    def _count_again(self) -> None:
        self.query_one(".dialog-title", Static).update(self._title)
        if self._choices:
            self._estimate(self.query_one(OptionList).highlighted or 0)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        choices = self.query_one(OptionList)
        choices.action_cursor_down() if by > 0 else choices.action_cursor_up()


def estimates_text(found: Estimates) -> str:
    """Estimates in words: of one judge all of it, of several a line for each and what they come to."""
    if len(found.judges) == 1:
        return estimate_text(found.judges[0])
    held = f", {found.held:,} of them answered already" if found.held else ""
    lines = [f"{found.calls:,} calls of {len(found.judges)} judges{held}"]
    for each in found.judges:
        lines.append(
            f"{one_line(each.judge, 40)}: {each.calls:,} calls, {_span(each.cost_low, each.cost_high)}"
        )
    return "\n".join([*lines, f"together: {_span(found.cost_low, found.cost_high)}"])


def _span(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return money(None)
    return f"{money(low)} to {money(high)}" if high else "no cost"


def estimate_text(found: Estimate) -> str:
    """An estimate in words."""
    held = f", {found.held:,} of them answered already" if found.held else ""
    about = "" if found.exact else "≈ "
    lines = [
        f"{found.calls:,} calls{held}",
        f"{about}{found.input_tokens:,} prompt tokens ({found.method})",
        f"at most {found.most_output:,} written, thinking included" if found.most_output else "",
        _cost_text(found),
    ]
    if found.source == "logprobs":
        lines.append("Scores from token probabilities, where the judge gives them.")
    elif found.source:
        lines.append(f"Scores from {found.source}.")
    return "\n".join(filter(None, lines))


def _cost_text(found: Estimate) -> str:
    if found.cost_low is None or found.cost_high is None:
        return money(None)
    if not found.cost_high:
        return "no cost"
    low = f"{money(found.cost_low)}: {found.low_assumes}".rstrip(": ")
    high = f"{money(found.cost_high)}: {found.high_assumes}".rstrip(": ")
    return f"at least {low}\nat most {high}"
