"""The rubric screen: the form on the left; the prompt, the steps and the YAML on the right, all of one rubric."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import OptionList, TextArea

from judgetui.config.keymap import Scope
from judgetui.core.rubric import Rubric
from judgetui.errors import JudgetuiError, RubricError
from judgetui.tui.actions import bindings
from judgetui.tui.changes import Changed
from judgetui.tui.later import Later
from judgetui.tui.screens.base import WorkScreen
from judgetui.tui.screens.rubric_lists import CriteriaEdits, StepEdits
from judgetui.tui.widgets.rubric_form import RubricForm
from judgetui.tui.widgets.rubric_side import RubricSide
from judgetui.tui.widgets.strip import Strip
from judgetui.tui.widgets.yaml_pane import YamlPane

KEEP_AFTER: Final = 0.8
"""Seconds after the last key until unsaved edits are in the journal."""

UNDOS: Final = 100
"""Changes that can be undone."""


class RubricScreen(WorkScreen):
    """Write a rubric and see the prompt it makes."""

    SCOPE = Scope.RUBRIC
    CSS_PATH = "rubric.tcss"
    AUTO_FOCUS = "#criteria"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.RUBRIC),
        Binding("escape", "leave_field", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._history: list[tuple[Rubric, tuple[str, ...]]] = []
        self._keep = Later(self, KEEP_AFTER, self._keep_draft)
        self._criteria_edits, self._step_edits = CriteriaEdits(self), StepEdits(self)

    def body(self) -> ComposeResult:
        """Names of the rubrics, form left, panes right."""
        self._names = Strip(*self._rubric_names, id="rubrics")
        self.form = RubricForm(self.rubric)
        self.side = RubricSide()
        yield self._names
        with Horizontal(id="columns"):
            yield self.form
            yield self.side

    # painting

    def show(self, changed: Changed) -> None:
        """Repaint what changed; text under the cursor is left alone."""
        if changed.items:
            self._show_prompt()
        if not (changed.session or changed.rubric) or self.judgetui.opening:
            return
        if changed.session:
            self.forget()
        self._names.put(*self._rubric_names)
        self.form.show(self.rubric)
        # The form comes first: the panes, and the template library of the first prompt, take their time.
        self.call_after_refresh(self._show_side)

    async def _show_side(self) -> None:
        await self.side.fill()
        self.show_panes()
        if self.rubric is not None:
            self.form.lint_soon()

    @on(RubricSide.Turned)
    def show_panes(self) -> None:
        """Bring the pane in sight up to date."""
        working = None if self.space is None else self.space.working
        match self.side.shown:
            case "prompt-pane":
                self._show_prompt()
            case "steps-pane" if working is not None:
                self.side.steps.show(working)
            case "yaml-pane":
                self.side.yaml.show(working)

    @on(OptionList.OptionHighlighted, "#criteria")
    def _show_prompt(self) -> None:
        if self.side.filled:
            self.side.prompt.show(self.space, self.form.index)

    @property
    def _rubric_names(self) -> tuple[list[str], int]:
        if self.space is None:
            return [], 0
        ids = [summary.id for summary in self.space.rubrics]
        chosen = ids.index(self.space.rubric_id) if self.space.rubric_id in ids else 0
        return [summary.name for summary in self.space.rubrics], chosen

    # edits

    @property
    def rubric(self) -> Rubric | None:
        """The rubric as edited; None when nothing is open."""
        return None if self.space is None else self.space.rubric

    @property
    def proposed(self) -> tuple[str, ...]:
        """Steps that are not frozen."""
        working = None if self.space is None else self.space.working
        return () if working is None else working.proposed

    def edit(self, rubric: Rubric, proposed: tuple[str, ...] | None = None) -> None:
        """Take a change in that `u` undoes, and show it.

        Args:
            proposed: steps that are not frozen; None leaves them as they are.
        """
        working = None if self.space is None else self.space.working
        if working is not None:
            self._history.append((working.rubric, working.proposed))
            del self._history[:-UNDOS]
            self._show_edit(rubric, proposed)

    def forget(self) -> None:
        """Let `u` undo nothing that was done so far."""
        self._history.clear()

    def _show_edit(self, rubric: Rubric, proposed: tuple[str, ...] | None) -> None:
        self.form.show(rubric)
        self._take_in(rubric, proposed)

    def _take_in(self, rubric: Rubric, proposed: tuple[str, ...] | None = None) -> None:
        if self.space is not None:
            self.space.edit(rubric, proposed)
            if not self.space.items_current:
                self._read_items()
            self._edited()
            self.show_panes()
            self.form.lint_soon()

    def _edited(self) -> None:
        """Tell of an edit, and put it into the journal once typing pauses."""
        self.judgetui.changed.publish(Changed())
        self._keep.ask()

    @work(group="draft", exclusive=True, exit_on_error=False)
    async def _keep_draft(self) -> None:
        space = self.space
        if space is None or space.working is None:
            return
        try:
            await space.authoring.keep(space.working)
        except JudgetuiError as error:
            self.judgetui.complain(error)

    @on(TextArea.Changed, "#task, #description")
    def _typed(self) -> None:
        if self.rubric is not None:
            self._take_in(self.form.read(self.rubric))

    @on(YamlPane.Typed)
    def _yaml_typed(self, event: YamlPane.Typed) -> None:
        if self._take_yaml(event.text):
            self.side.yaml.clear_problem()

    def _take_yaml(self, text: str) -> bool:
        """Make YAML the rubric; where it has a problem the last good rubric stays."""
        from judgetui.rubric_files import parse_rubric

        try:
            rubric = parse_rubric(text)
        except RubricError as error:
            self.form.show_problem(str(error))
            self.side.yaml.show_problem(error.place.line)
            if self.space is not None:
                self.space.keep_broken(text)
                self._edited()
            return False
        working = None if self.space is None else self.space.working
        if rubric != self.rubric or (working is not None and working.broken):
            self.edit(rubric)
        return True

    @on(OptionList.OptionSelected, "#steps")
    def _step_selected(self) -> None:
        self.action_rename()

    # from rubric to rubric

    @on(Strip.Chosen, "#rubrics")
    def _rubric_chosen(self, event: Strip.Chosen) -> None:
        self._turn_to(event.place)

    def action_next_rubric(self) -> None:
        """Turn to the session's next rubric."""
        names, chosen = self._rubric_names
        if names:
            self._turn_to((chosen + 1) % len(names))

    @work(group="turn", exclusive=True, exit_on_error=False)
    async def _turn_to(self, place: int) -> None:
        space = self.space
        if space is None or place >= len(space.rubrics) or space.rubric_id == space.rubrics[place].id:
            return
        try:
            await space.select_rubric(space.rubrics[place].id)
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        self.forget()
        self.judgetui.changed.publish(Changed(rubric=True, run=True))

    # actions

    def action_leave_field(self) -> None:
        """Leave a text field, so that letter keys act; stop the writing of steps."""
        if self.side.steps.writing:
            self.workers.cancel_group(self, "steps")
        elif isinstance(self.focused, TextArea):
            self.form.criteria.focus()

    @property
    def _edits(self) -> CriteriaEdits | StepEdits:
        """What the keys for adding, renaming, deleting and moving act on: the list that has the focus."""
        return self._step_edits if self.side.steps.list.has_focus else self._criteria_edits

    @work(group="edit", exclusive=True, exit_on_error=False)
    async def action_add(self) -> None:
        """Add a criterion, or a step where the steps have the focus."""
        if self.rubric is not None:
            await self._edits.add(self.rubric)

    @work(group="edit", exclusive=True, exit_on_error=False)
    async def action_rename(self) -> None:
        """Rename a criterion or change its weight; edit a step where the steps have the focus."""
        if self.rubric is not None:
            await self._edits.rename(self.rubric)

    def action_delete(self) -> None:
        """Delete the criterion or the step; u brings it back."""
        if self.rubric is not None:
            self._edits.delete(self.rubric)

    def action_move_up(self) -> None:
        """Move the criterion or step up."""
        if self.rubric is not None:
            self._edits.move(self.rubric, -1)

    def action_move_down(self) -> None:
        """Move the criterion or step down."""
        if self.rubric is not None:
            self._edits.move(self.rubric, 1)

    def action_undo(self) -> None:
        """Undo the last change of protocol, criteria, scale or steps."""
        if not self._history:
            self.judgetui.tell("Nothing to undo here; in a text field ctrl+z undoes.")
            return
        self._show_edit(*self._history.pop())

    @work(group="steps", exclusive=True, exit_on_error=False)
    async def action_generate(self) -> None:
        """Let the judge write evaluation steps, and show them as they come."""
        if self.rubric is not None:
            await self._step_edits.generate(self.rubric)

    def action_freeze(self) -> None:
        """Freeze the proposed steps, or thaw the frozen ones."""
        if self.rubric is not None:
            self._step_edits.freeze(self.rubric)

    def action_preview(self) -> None:
        """Show the prompt."""
        self.side.turn_to("prompt-pane")

    def action_steps(self) -> None:
        """Show the steps."""
        self.side.turn_to("steps-pane")

    def action_yaml(self) -> None:
        """Edit as YAML."""
        self.side.turn_to("yaml-pane")

    def action_editor(self) -> None:
        """Edit the YAML in $EDITOR; what comes back broken is shown in the YAML pane, not lost."""
        from judgetui.rubric_files import dump_rubric
        from judgetui.tui.external import edit_in_editor

        rubric = self.rubric
        if rubric is None:
            return
        try:
            text = edit_in_editor(self.app, dump_rubric(rubric), ".yaml")
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        if text is not None and not self._take_yaml(text):
            if self.side.filled:
                self.side.yaml.area.put(text)
            self.action_yaml()

    def action_next_item(self) -> None:
        """Preview with the next item."""
        self._item(1)

    def action_previous_item(self) -> None:
        """Preview with the item before."""
        self._item(-1)

    def _item(self, by: int) -> None:
        space = self.space
        if space is not None and space.items:
            space.item_index = (space.item_index + by) % len(space.items)
            self._show_prompt()

    # dialogs

    @work(group="edit", exclusive=True, exit_on_error=False)
    async def action_protocol(self) -> None:
        """Read about the protocols and choose one."""
        from judgetui.tui.screens.rubric_dialogs import choose_protocol

        await choose_protocol(self)

    @work(group="edit", exclusive=True, exit_on_error=False)
    async def action_import_items(self) -> None:
        """Add items from a file."""
        from judgetui.tui.screens.rubric_dialogs import import_items

        await import_items(self)

    @work(group="edit", exclusive=True, exit_on_error=False)
    async def action_versions(self) -> None:
        """Open the versions."""
        from judgetui.tui.screens.rubric_dialogs import go_back

        await go_back(self)

    @work(group="edit", exclusive=True, exit_on_error=False)
    async def action_discard(self) -> None:
        """Drop unsaved edits after asking."""
        from judgetui.tui.screens.rubric_dialogs import discard

        await discard(self)

    @work(group="items", exclusive=True, exit_on_error=False)
    async def _read_items(self) -> None:
        from judgetui.tui.screens.rubric_dialogs import read_items

        await read_items(self)
