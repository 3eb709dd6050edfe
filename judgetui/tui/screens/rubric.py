"""The rubric screen: the form on the left; the prompt, the steps and the YAML on the right, all of one rubric."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import OptionList, Static, Tab, TabbedContent, TabPane, Tabs, TextArea

from judgetui.config.keymap import Scope
from judgetui.core.lint import lint
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.rubric import Criterion, Rubric
from judgetui.errors import InputError, JudgetuiError, RubricError
from judgetui.tui.actions import bindings
from judgetui.tui.app import Changed
from judgetui.tui.screens.base import WorkScreen
from judgetui.tui.screens.rubric_edits import moved, name_problem, named, scale_lines, without
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.lists import TextList, criterion_line, step_line
from judgetui.tui.widgets.prompt_pane import PromptPane
from judgetui.tui.widgets.text_areas import Area

KEEP_AFTER = 0.8
"""Seconds after the last key until unsaved edits are in the journal."""

LINT_AFTER = 0.05
"""Seconds that changes are gathered before the problems are looked for again."""

YAML_AFTER = 0.3
"""Seconds after the last key until YAML is read."""


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
        self._keep_timer: Timer | None = None
        self._yaml_timer: Timer | None = None
        self._lint_timer: Timer | None = None
        self._panes_filled = False
        self._generating = False
        self._tabs_shown: tuple[str, ...] = ()

    def body(self) -> ComposeResult:
        """Form left, prompt, steps and YAML right; the latter two are filled when they are first shown."""
        closed = self.space is None
        self._tabs_shown = self._tab_names
        yield Tabs(*self._tabs, id="rubrics")
        with Horizontal(id="columns"):
            with Vertical(id="form"):
                yield _area("task", "Task", closed)
                criteria = TextList(id="criteria", classes="pane")
                criteria.border_title = "Criteria"
                yield criteria
                yield _area("description", "Description", closed)
                yield Static(id="scale")
                yield Static(id="problems")
            with Vertical(id="side"), TabbedContent(id="panes"):
                with TabPane("Prompt", id="prompt-pane"):
                    yield PromptPane()
                yield TabPane("Steps", id="steps-pane")
                yield TabPane("YAML", id="yaml-pane")

    # painting

    def show(self, changed: Changed) -> None:
        """Repaint what changed; text under the cursor is left alone."""
        if changed.items:
            self._refresh_prompt()
        if not (changed.session or changed.rubric) or self.judgetui.opening:
            return
        if changed.session:
            self._history.clear()
        self._show_tabs()
        self._show_form()
        # The form comes first: the first prompt brings in the template library.
        self.call_after_refresh(self._show_rest)

    def _show_rest(self) -> None:
        self._refresh_prompt()
        self._lint_soon()

    def _show_tabs(self) -> None:
        names = self._tab_names
        if names == self._tabs_shown or self.space is None:
            return
        self._tabs_shown = names
        self._fill_tabs(self.query_one("#rubrics", Tabs))

    @property
    def _tab_names(self) -> tuple[str, ...]:
        """What tells one row of tabs from another."""
        return () if self.space is None else tuple(f"{r.id}\0{r.name}" for r in self.space.rubrics)

    @property
    def _tabs(self) -> list[Tab]:
        rubrics = [] if self.space is None else self.space.rubrics
        return [Tab(literal(one_line(summary.name, 30)), id=f"rubric-{summary.id}") for summary in rubrics]

    @work(group="tabs", exclusive=True)
    async def _fill_tabs(self, tabs: Tabs) -> None:
        space = self.space
        if space is None:
            return
        with self.prevent(Tabs.TabActivated):
            await tabs.clear()
            for tab in self._tabs:
                await tabs.add_tab(tab)
            if space.rubric_id is not None:
                tabs.active = f"rubric-{space.rubric_id}"

    def _show_form(self) -> None:
        rubric = self._rubric
        for area in self.query(TextArea):
            area.disabled = rubric is None
        if rubric is None:
            self._show_problem(
                InputError("no session is open.", "Press 1, then enter on a session or D for the demo.")
            )
            return
        self._put("#task", rubric.task)
        criteria = self.query_one("#criteria", TextList)
        with self.prevent(OptionList.OptionHighlighted):
            criteria.put([criterion_line(c, len(rubric.criteria) == 1) for c in rubric.criteria])
        self._show_criterion()
        self.query_one("#scale", Static).update(literal("\n".join(scale_lines(rubric))))
        self._show_steps()
        self._show_yaml()

    def _show_yaml(self) -> None:
        """Write the YAML where it is in sight and nobody types in it."""
        rubric = self._rubric
        in_sight = self.query_one("#panes", TabbedContent).active == "yaml-pane"
        if rubric is not None and in_sight and not self._yaml.has_focus:
            from judgetui.rubric_files import dump_rubric

            working = None if self.space is None else self.space.working
            self._put("#yaml", (working and working.broken) or dump_rubric(rubric))

    @on(TabbedContent.TabActivated, "#panes")
    def _pane_activated(self, event: TabbedContent.TabActivated) -> None:
        if event.pane.id != "prompt-pane":
            self._fill_panes()
            self._show_steps()
            self._show_yaml()

    def _fill_panes(self) -> None:
        """Mount what the steps and the YAML are shown in, once."""
        if self._panes_filled:
            return
        self._panes_filled = True
        self.query_one("#steps-pane", TabPane).mount(
            Static(id="steps-state", classes="state"),
            Static(id="stream"),
            TextList(id="steps", classes="pane"),
        )
        self.query_one("#yaml-pane", TabPane).mount(
            _area("yaml", "The whole rubric", self._rubric is None, "yaml")
        )

    @property
    def _step_list(self) -> TextList:
        self._fill_panes()
        return self.query_one("#steps", TextList)

    @property
    def _yaml(self) -> TextArea:
        self._fill_panes()
        return self.query_one("#yaml", TextArea)

    def _show_criterion(self) -> None:
        rubric, index = self._rubric, self._criterion_index
        if rubric is None:
            return
        criterion = rubric.criteria[index]
        area = self.query_one("#description", TextArea)
        area.border_title = literal(f"{one_line(criterion.name, 30)}: description")
        self._put("#description", criterion.description)

    def _show_steps(self) -> None:
        space, rubric = self.space, self._rubric
        if space is None or space.working is None or rubric is None or not self._panes_filled:
            return
        proposed = space.working.proposed
        steps = proposed or rubric.steps
        self._step_list.put([step_line(number, step, not proposed) for number, step in enumerate(steps, 1)])
        if not get_protocol(rubric.protocol).uses_steps:
            state = f"{rubric.protocol} has no evaluation steps."
        elif proposed:
            state = f"{len(proposed)} proposed steps, not frozen: runs do not use them yet. f freezes."
        elif rubric.steps:
            state = f"{len(rubric.steps)} frozen steps ({rubric.steps_hash}), part of the prompt. f thaws, E writes new ones."
        else:
            state = "No steps. E lets the judge write them, a adds one by hand."
        if not self._generating:
            self.query_one("#steps-state", Static).update(literal(state))

    def _lint_soon(self) -> None:
        """Show the problems once what changed is painted."""
        if self._lint_timer is not None:
            self._lint_timer.stop()
        self._lint_timer = self.set_timer(LINT_AFTER, self._show_lint)

    @work(group="lint", exclusive=True, exit_on_error=False)
    async def _show_lint(self) -> None:
        rubric = self._rubric
        if rubric is None:
            return
        # In a thread, since the first template is read by a library that is imported for it.
        findings = await asyncio.to_thread(lint, rubric)
        if rubric is not self._rubric:
            return
        if not findings:
            self.query_one("#problems", Static).update("")
            return
        lines = [f"{finding.level}: {finding.message}" for finding in findings[:3]]
        if len(findings) > 3:
            lines.append(f"and {len(findings) - 3} more (judgetui rubric lint)")
        self.query_one("#problems", Static).update(literal("\n".join(lines), "$warning"))

    def _show_problem(self, error: JudgetuiError) -> None:
        if self._lint_timer is not None:
            self._lint_timer.stop()
        self.workers.cancel_group(self, "lint")
        self.query_one("#problems", Static).update(literal(str(error), "$error"))

    def _put(self, selector: str, text: str) -> None:
        """Set a text area's text without telling anyone; nothing happens where it is the same."""
        area = self.query_one(selector, TextArea)
        if area.text.strip() != text.strip():
            with self.prevent(TextArea.Changed):
                area.load_text(text)

    def _refresh_prompt(self) -> None:
        self.query_one(PromptPane).show(self.space, self._criterion_index)

    # edits

    @property
    def _rubric(self) -> Rubric | None:
        return None if self.space is None else self.space.rubric

    @property
    def _criterion_index(self) -> int:
        rubric = self._rubric
        last = 0 if rubric is None else len(rubric.criteria) - 1
        return min(self.query_one("#criteria", TextList).highlighted or 0, last)

    def _edit(
        self, rubric: Rubric, proposed: tuple[str, ...] | None = None, *, remember: bool = False
    ) -> None:
        """Take an edit in: preview, problems and journal follow."""
        space = self.space
        if space is None or space.working is None:
            return
        if remember:
            self._history.append((space.working.rubric, space.working.proposed))
            del self._history[:-100]
        space.edit(rubric, proposed)
        if remember:
            self._show_form()
        self.judgetui.changed.publish(Changed())
        self._show_rest()
        self._keep_soon()

    def _keep_soon(self) -> None:
        """Put unsaved edits into the journal once typing pauses."""
        if self._keep_timer is not None:
            self._keep_timer.stop()
        self._keep_timer = self.set_timer(KEEP_AFTER, self._keep_draft)

    @work(group="draft", exclusive=True, exit_on_error=False)
    async def _keep_draft(self) -> None:
        space = self.space
        if space is None or space.working is None:
            return
        try:
            await space.authoring.keep(space.working)
        except JudgetuiError as error:
            self.judgetui.complain(error)

    @on(TextArea.Changed, "#task")
    def _task_changed(self, event: TextArea.Changed) -> None:
        if (rubric := self._rubric) is not None:
            self._edit(replace(rubric, task=event.text_area.text.strip()))

    @on(TextArea.Changed, "#description")
    def _description_changed(self, event: TextArea.Changed) -> None:
        rubric = self._rubric
        if rubric is None:
            return
        index = self._criterion_index
        criterion = replace(rubric.criteria[index], description=event.text_area.text.strip())
        criteria = (*rubric.criteria[:index], criterion, *rubric.criteria[index + 1 :])
        self._edit(replace(rubric, criteria=criteria))

    @on(TextArea.Changed, "#yaml")
    def _yaml_changed(self) -> None:
        if self._yaml_timer is not None:
            self._yaml_timer.stop()
        self._yaml_timer = self.set_timer(YAML_AFTER, self._yaml_settled)

    def _yaml_settled(self) -> None:
        area = self._yaml
        if self._take_yaml(area.text):
            area.border_subtitle = ""

    def _take_yaml(self, text: str) -> bool:
        """Make YAML the rubric; where it has a problem the last good rubric stays."""
        from judgetui.rubric_files import parse_rubric

        try:
            rubric = parse_rubric(text)
        except RubricError as error:
            self._show_problem(error)
            if self.space is not None:
                self.space.keep_broken(text)
                self.judgetui.changed.publish(Changed())
                self._keep_soon()
            place = error.place
            self._yaml.border_subtitle = (
                f"line {place.line}: last good rubric kept" if place.line else "last good rubric kept"
            )
            return False
        working = None if self.space is None else self.space.working
        if rubric != self._rubric or (working is not None and working.broken):
            self._edit(rubric, remember=True)
        return True

    @on(OptionList.OptionHighlighted, "#criteria")
    def _criterion_highlighted(self) -> None:
        self._show_criterion()
        self._refresh_prompt()

    @on(OptionList.OptionSelected, "#criteria")
    def _criterion_selected(self) -> None:
        self.query_one("#description", TextArea).focus()

    @on(OptionList.OptionSelected, "#steps")
    def _step_selected(self) -> None:
        self.action_rename()

    @on(Tabs.TabActivated, "#rubrics")
    def _tab_activated(self, event: Tabs.TabActivated) -> None:
        if event.tab.id is not None:
            self._turn_to(int(event.tab.id.removeprefix("rubric-")))

    @work(group="turn", exclusive=True, exit_on_error=False)
    async def _turn_to(self, rubric_id: int) -> None:
        space = self.space
        if space is None or space.rubric_id == rubric_id:
            return
        try:
            await space.select_rubric(rubric_id)
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        self._history.clear()
        self.judgetui.changed.publish(Changed(rubric=True, run=True))

    # actions

    def action_leave_field(self) -> None:
        """Leave a text field, so that letter keys act; stop the writing of steps."""
        if self._generating:
            self.workers.cancel_group(self, "steps")
        elif isinstance(self.focused, TextArea):
            self.query_one("#criteria", TextList).focus()

    def action_next_rubric(self) -> None:
        """Turn to the session's next rubric."""
        self.query_one("#rubrics", Tabs).action_next_tab()

    @property
    def _on_steps(self) -> bool:
        return self._panes_filled and self._step_list.has_focus

    @property
    def _steps(self) -> tuple[str, ...]:
        """The proposed steps, which may be edited; says so when they are frozen."""
        working = None if self.space is None else self.space.working
        return () if working is None else working.proposed

    def _thawed(self) -> bool:
        rubric = self._rubric
        if rubric is not None and rubric.steps and not self._steps:
            self.judgetui.tell("These steps are frozen; f thaws them.", severity="warning")
            return False
        return rubric is not None and get_protocol(rubric.protocol).uses_steps

    @work(group="edit", exclusive=True, exit_on_error=False)
    async def action_add(self) -> None:
        """Add a criterion, or a step where the steps have the focus."""
        from judgetui.tui.modals.dialogs import AskText, EditText

        rubric = self._rubric
        if rubric is None:
            return
        if self._on_steps:
            if self._thawed() and (text := await self.app.push_screen_wait(EditText("A new step"))):
                self._edit(rubric, (*self._steps, text), remember=True)
            return
        name = await self.app.push_screen_wait(
            AskText(
                "Add a criterion",
                "Name, such as correctness",
                check=lambda text: name_problem(text, rubric.criteria),
            )
        )
        if name:
            self._edit(replace(rubric, criteria=(*rubric.criteria, Criterion(name))), remember=True)
            self.query_one("#criteria", TextList).highlighted = len(rubric.criteria)

    @work(group="edit", exclusive=True, exit_on_error=False)
    async def action_rename(self) -> None:
        """Rename a criterion or change its weight; edit a step where the steps have the focus."""
        from judgetui.tui.modals.dialogs import AskText, EditText

        rubric = self._rubric
        if rubric is None:
            return
        if self._on_steps:
            index = self._step_list.highlighted
            if index is None or not self._thawed():
                return
            text = await self.app.push_screen_wait(EditText(f"Step {index + 1}", self._steps[index]))
            if text:
                self._edit(rubric, (*self._steps[:index], text, *self._steps[index + 1 :]), remember=True)
            return
        index = self._criterion_index
        old = rubric.criteria[index]
        others = without(rubric.criteria, index)
        given = await self.app.push_screen_wait(
            AskText(
                "Criterion",
                "Name; a weight after a comma, as in: clarity, 2",
                f"{old.name}, {old.weight:g}",
                check=lambda text: name_problem(named(old, text).name, others),
            )
        )
        if given:
            criteria = (*rubric.criteria[:index], named(old, given), *rubric.criteria[index + 1 :])
            self._edit(replace(rubric, criteria=criteria), remember=True)

    def action_delete(self) -> None:
        """Delete the criterion or the step; u brings it back."""
        rubric = self._rubric
        if rubric is None:
            return
        if self._on_steps:
            index = self._step_list.highlighted
            if index is not None and self._thawed():
                self._edit(rubric, without(self._steps, index), remember=True)
                self.judgetui.tell("Step deleted; u brings it back.")
            return
        if len(rubric.criteria) == 1:
            self.judgetui.tell("A rubric needs one criterion at least.", severity="warning")
            return
        index = self._criterion_index
        name = rubric.criteria[index].name
        self._edit(replace(rubric, criteria=without(rubric.criteria, index)), remember=True)
        self.judgetui.tell(f"{one_line(name, 40)} deleted; u brings it back.")

    def action_undo(self) -> None:
        """Undo the last change of criteria, scale or steps."""
        if not self._history:
            self.judgetui.tell("Nothing to undo here; in a text field ctrl+z undoes.")
            return
        rubric, proposed = self._history.pop()
        self._edit(rubric, proposed)
        self._show_form()

    def action_move_up(self) -> None:
        """Move the criterion or step up."""
        self._move(-1)

    def action_move_down(self) -> None:
        """Move the criterion or step down."""
        self._move(1)

    def _move(self, by: int) -> None:
        rubric = self._rubric
        if rubric is None:
            return
        if self._on_steps:
            entries = self._step_list
            index = entries.highlighted
            if index is None or not self._thawed() or not 0 <= index + by < len(self._steps):
                return
            self._edit(rubric, moved(self._steps, index, by), remember=True)
        else:
            entries, index = self.query_one("#criteria", TextList), self._criterion_index
            if not 0 <= index + by < len(rubric.criteria):
                return
            self._edit(replace(rubric, criteria=moved(rubric.criteria, index, by)), remember=True)
        entries.highlighted = index + by

    @work(group="steps", exclusive=True, exit_on_error=False)
    async def action_generate(self) -> None:
        """Let the judge write evaluation steps, and show them as they come."""
        from judgetui.services.authoring import generate_steps

        space, rubric = self.space, self._rubric
        if space is None or rubric is None:
            return
        self._fill_panes()
        self.query_one("#panes", TabbedContent).active = "steps-pane"
        stream, state = self.query_one("#stream", Static), self.query_one("#steps-state", Static)
        written_for = space.rubric_id
        written: list[str] = []

        def on_text(piece: str) -> None:
            written.append(piece)
            stream.update(literal("".join(written)[-4000:]))

        self._generating = True
        stream.update("")
        stream.add_class("-on")
        state.update(literal(f"{space.judge} is writing steps … esc stops it."))
        try:
            generated = await generate_steps(
                rubric,
                space.context.judge(space.judge),
                timeout=space.context.settings.timeout,
                on_text=on_text,
            )
        except JudgetuiError as error:
            self.judgetui.complain(error)
        else:
            now = self._rubric
            if now is None or space.rubric_id != written_for:
                self.judgetui.tell(
                    "The steps were for the rubric you left; they are dropped.", severity="warning"
                )
                return
            self._edit(now, generated.steps, remember=True)
            self._step_list.focus()
            self.judgetui.tell(
                f"{len(generated.steps)} steps from {space.judge}. enter edits, alt+up moves, f freezes."
            )
        finally:
            self._generating = False
            stream.remove_class("-on")
            self._show_steps()

    def action_freeze(self) -> None:
        """Freeze the proposed steps, or thaw the frozen ones."""
        rubric = self._rubric
        if rubric is None:
            return
        if self._steps:
            self._edit(replace(rubric, steps=self._steps), (), remember=True)
            frozen = self._rubric
            self.judgetui.tell(f"Frozen as {frozen.steps_hash if frozen else ''}; the prompt has them now.")
        elif rubric.steps:
            self._edit(replace(rubric, steps=()), rubric.steps, remember=True)
            self.judgetui.tell("Thawed: edit them, then f freezes them again.")
        else:
            self.judgetui.tell("There are no steps to freeze; E writes some.")

    def action_preview(self) -> None:
        """Show the prompt."""
        self._pane("prompt-pane", "#prompt-scroll")

    def action_steps(self) -> None:
        """Show the steps."""
        self._pane("steps-pane", "#steps")

    def action_yaml(self) -> None:
        """Edit as YAML."""
        self._pane("yaml-pane", "#yaml")

    def _pane(self, pane: str, selector: str) -> None:
        self._fill_panes()
        self.query_one("#panes", TabbedContent).active = pane
        self.call_after_refresh(self.query_one(selector).focus)

    def action_editor(self) -> None:
        """Edit the YAML in $EDITOR; what comes back broken is shown in the YAML pane, not lost."""
        from judgetui.rubric_files import dump_rubric
        from judgetui.tui.external import edit_in_editor

        rubric = self._rubric
        if rubric is None:
            return
        try:
            text = edit_in_editor(self.app, dump_rubric(rubric), ".yaml")
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        if text is not None and not self._take_yaml(text):
            area = self._yaml
            with self.prevent(TextArea.Changed):
                area.load_text(text)
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
            self._refresh_prompt()

    @work(group="edit", exclusive=True, exit_on_error=False)
    async def action_import_items(self) -> None:
        """Add items from a file."""
        from judgetui.datasets import load_items
        from judgetui.tui.external import typed_path
        from judgetui.tui.modals.dialogs import AskText

        space = self.space
        if space is None:
            return
        given = await self.app.push_screen_wait(
            AskText("Add items", "Path of a .jsonl, .json, .csv or .tsv file")
        )
        if not given:
            return
        try:
            items = await asyncio.to_thread(load_items, typed_path(given))
            counts = await space.session.write(lambda repos: repos.items.add(items))
        except (JudgetuiError, OSError) as error:
            self.judgetui.complain(error)
            return
        await space.reload_items()
        self.judgetui.changed.publish(Changed(rubric=True))
        self.judgetui.tell(
            f"{counts.new} new, {counts.changed} changed, {counts.same} as before; {len(space.items)} fit this rubric."
        )

    @work(group="edit", exclusive=True, exit_on_error=False)
    async def action_versions(self) -> None:
        """Open the versions."""
        from judgetui.tui.modals.versions import VersionsDialog

        space = self.space
        if space is None or space.working is None:
            return
        version = await self.app.push_screen_wait(VersionsDialog(space))
        if version is None:
            return
        try:
            space.working = await space.authoring.restore(version)
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        self._history.clear()
        await space.reload_rubrics()
        await space.reload_items()
        self.judgetui.changed.publish(Changed(rubric=True))
        self.judgetui.tell(f"v{version.number} is back, as v{space.working.base.number}.")

    @work(group="edit", exclusive=True, exit_on_error=False)
    async def action_discard(self) -> None:
        """Drop unsaved edits after asking."""
        from judgetui.tui.modals.dialogs import Confirm

        space = self.space
        if space is None or space.working is None or not space.working.changed:
            self.judgetui.tell("There are no unsaved edits.")
            return
        question = f"Drop all edits since v{space.working.base.number}, proposed steps included?"
        if await self.app.push_screen_wait(Confirm(question, "Drop them", "Keep them", danger=True)):
            space.working = await space.authoring.discard(space.working)
            self.judgetui.changed.publish(Changed(rubric=True))


def _area(identity: str, title: str, disabled: bool, language: str | None = None) -> TextArea:
    area = Area(id=identity, language=language, soft_wrap=True, tab_behavior="focus", disabled=disabled)
    area.border_title = title
    return area
