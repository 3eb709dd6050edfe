"""The form of a rubric: task, criteria, the description of one of them, scale, problems."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList, Static

from judgetui.core.rubric import Rubric
from judgetui.errors import RubricError
from judgetui.services.protocol_cards import result_words, span_words
from judgetui.tui.later import Later
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.lists import TextList, criterion_line
from judgetui.tui.widgets.text_areas import Field

if TYPE_CHECKING:
    # The form is drawn before any protocol is loaded.
    from judgetui.core.protocols.base import JudgeProtocol

LINT_AFTER: Final = 0.05
"""Seconds that changes are gathered before the problems are looked for again."""

PROBLEMS: Final = 3
"""Problems that the form has room for."""


def _scale_lines(rubric: Rubric, protocol: JudgeProtocol | None) -> list[str]:
    """Protocol, result and scale in words.

    Args:
        protocol: None while it is not loaded.
    """
    scale, own = rubric.scale, ""
    if protocol is None:
        lines = [f"protocol {rubric.protocol} (P)", "…"]
    else:
        order = rubric.order or protocol.order
        lines = [
            f"protocol {rubric.protocol} (P): {protocol.card.title}",
            f"gives {result_words(protocol, order)}",
        ]
        if scale is None:
            scale, own = protocol.default_scale, ", the protocol's own"
    if scale is not None:
        lines.append(f"scale {span_words(scale)}{own} (y edits it)")
        lines += [f"{text} = {scale.anchor(text)}" for text in scale.texts if scale.anchor(text)]
    return lines


def _loaded(name: str) -> JudgeProtocol | None:
    """The protocol of that name, None where there is none; loads it."""
    from judgetui.core.protocols.registry import get_protocol

    try:
        return get_protocol(name)
    except RubricError:
        return None


class RubricForm(Vertical):
    """What most edits are made in. Shows a rubric and reads back what was typed; it holds no state of its own."""

    def __init__(self, rubric: Rubric | None) -> None:
        super().__init__(id="form")
        closed = rubric is None
        self._task_field = Field("task", "Task", disabled=closed)
        self.criteria = TextList(id="criteria", classes="pane")
        self.criteria.border_title = "Criteria"
        self._description_field = Field("description", "Description", disabled=closed)
        self._scale = Static(id="scale")
        self._problems = Static(id="problems")
        self._rubric = rubric
        self._protocol: JudgeProtocol | None = None
        self._lint = Later(self, LINT_AFTER, self._show_lint)

    def compose(self) -> ComposeResult:
        """From the task down to the problems."""
        yield self._task_field
        yield self.criteria
        yield self._description_field
        yield self._scale
        yield self._problems

    @property
    def index(self) -> int:
        """The criterion under the cursor, from 0."""
        last = 0 if self._rubric is None else len(self._rubric.criteria) - 1
        return min(self.criteria.highlighted or 0, last)

    def show(self, rubric: Rubric | None) -> None:
        """Show a rubric, or none; text under the cursor that is the same is left alone."""
        self._rubric = rubric
        for area in (self._task_field, self._description_field):
            area.disabled = rubric is None
        if rubric is None:
            self.show_problem("No session is open. Press 1, then enter on a session or D for the demo.")
            return
        self._task_field.put(rubric.task)
        with self.prevent(OptionList.OptionHighlighted):
            self.criteria.put([criterion_line(c, len(rubric.criteria) == 1) for c in rubric.criteria])
        self.show_criterion()
        self._show_scale(rubric)

    def _show_scale(self, rubric: Rubric) -> None:
        known = self._protocol is not None and self._protocol.card.name == rubric.protocol
        lines = _scale_lines(rubric, self._protocol if known else None)
        self._scale.update(literal("\n".join(lines)))

    def show_criterion(self) -> None:
        """Show the description of the criterion under the cursor."""
        if self._rubric is not None:
            criterion = self._rubric.criteria[self.index]
            self._description_field.border_title = literal(f"{one_line(criterion.name, 30)}: description")
            self._description_field.put(criterion.description)

    def read(self, rubric: Rubric) -> Rubric:
        """The rubric with task and description as they were typed."""
        index = self.index
        criterion = replace(rubric.criteria[index], description=self._description_field.text.strip())
        criteria = (*rubric.criteria[:index], criterion, *rubric.criteria[index + 1 :])
        self._rubric = replace(rubric, task=self._task_field.text.strip(), criteria=criteria)
        return self._rubric

    # problems

    def show_problem(self, message: str) -> None:
        """Show what is wrong with text that is no rubric yet."""
        self._lint.stop()
        self.workers.cancel_group(self, "lint")
        self._problems.update(literal(message, "$error"))

    def lint_soon(self) -> None:
        """Look for problems, and load the protocol that the form tells of, once what changed is painted."""
        self._lint.ask()

    @work(group="lint", exclusive=True, exit_on_error=False)
    async def _show_lint(self) -> None:
        from judgetui.core.lint import lint

        rubric = self._rubric
        if rubric is None:
            return
        # In threads, since the protocol, and what reads the first template, are imported for it.
        if self._protocol is None or self._protocol.card.name != rubric.protocol:
            self._protocol = await asyncio.to_thread(_loaded, rubric.protocol)
            self._show_scale(rubric)
        findings = await asyncio.to_thread(lint, rubric)
        if rubric is not self._rubric:
            return
        lines = [f"{finding.level}: {finding.message}" for finding in findings[:PROBLEMS]]
        if len(findings) > PROBLEMS:
            lines.append(f"and {len(findings) - PROBLEMS} more (judgetui rubric lint)")
        self._problems.update(literal("\n".join(lines), "$warning") if lines else "")

    @on(OptionList.OptionHighlighted, "#criteria")
    def _highlighted(self) -> None:
        self.show_criterion()

    @on(OptionList.OptionSelected, "#criteria")
    def _selected(self) -> None:
        self._description_field.focus()
