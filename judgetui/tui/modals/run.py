"""The dialog before a run: how many items, with what it will ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from judgetui.core.item import Item
from judgetui.errors import JudgetuiError
from judgetui.services.planning import Estimate, estimate
from judgetui.tui.changes import Changed
from judgetui.tui.modals.dialogs import Dialog
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.status import money
from judgetui.tui.workspace import Workspace

FEW = 3
"""Items of a quick try."""


class RunDialog(Dialog[Sequence[Item]]):
    """Asks which items to judge; gives them, or None.

    Args:
        space: what is open; its rubric, judge and items are used.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f5,ctrl+j,alt+enter,ctrl+enter",
            "start",
            "start",
            tooltip="Start the run that is highlighted",
        ),
        Binding("ctrl+o", "judge", "judge", tooltip="Choose another judge, then come back here"),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
    ]
    MORE_KEYS = (("enter", "Start the run that is highlighted"), ("j k, arrows", "Highlight another run"))

    def __init__(self, space: Workspace) -> None:
        super().__init__()
        self._space = space
        at = space.item_index
        few = [*space.items[at:], *space.items[:at]][:FEW]
        self._choices: list[tuple[str, list[Item]]] = []
        self._hindered = False
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
                literal("enter or f5 starts · ctrl+o chooses another judge · esc closes", "dim"),
                classes="dialog-hint -keys",
            )

    @property
    def _title(self) -> Content:
        """What is run, and with which judge."""
        space = self._space
        name = "" if space.rubric is None else space.rubric.name
        version = "" if space.working is None else f"v{space.working.base.number}"
        return literal(f"Run {name} {version} with {space.judge}", "bold")

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
        self._estimate(self._choices[event.option_index][1])

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self._start(event.option_index)

    @work(group="estimate", exclusive=True, exit_on_error=False)
    async def _estimate(self, items: list[Item]) -> None:
        shown = self.query_one("#estimate", Static)
        rubric = self._space.rubric
        if rubric is None:
            return
        try:
            judge = self._space.context.judge(self._space.judge)
            found = await estimate(rubric, items, judge, session=self._space.session)
        except JudgetuiError as error:
            self._hindered = True
            shown.update(literal(str(error), "$error"))
            return
        self._hindered = False
        shown.update(literal(estimate_text(found)))

    def action_start(self) -> None:
        """Start what is highlighted."""
        if self._choices:
            self._start(self.query_one(OptionList).highlighted or 0)

    def _start(self, choice: int) -> None:
        if self._hindered:
            self.judgetui.tell("This cannot run as it is; ctrl+o chooses another judge.", severity="warning")
            return
        self.dismiss(self._choices[choice][1])

    @work(group="judge", exclusive=True, exit_on_error=False)
    async def action_judge(self) -> None:
        """Choose another judge, then count again for it."""
        from judgetui.tui.modals.judge import JudgeDialog

        space = self._space
        chosen = await self.app.push_screen_wait(JudgeDialog(space.context, space.judge))
        if chosen is None:
            return
        space.judge = chosen
        self.judgetui.changed.publish(Changed(rubric=True))
        self.query_one(".dialog-title", Static).update(self._title)
        if self._choices:
            self._estimate(self._choices[self.query_one(OptionList).highlighted or 0][1])

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        choices = self.query_one(OptionList)
        choices.action_cursor_down() if by > 0 else choices.action_cursor_up()


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
