"""Adding, renaming, deleting and moving: what the same four keys do to criteria and to steps; steps are written and
frozen too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from judgetui.core.rubric import Criterion, Rubric
from judgetui.errors import JudgetuiError
from judgetui.tui.text import one_line

if TYPE_CHECKING:
    from judgetui.tui.screens.rubric import RubricScreen

T = TypeVar("T")

LONGEST_NAME: Final = 80
"""Characters of a criterion's name: a name, not a description."""


class CriteriaEdits:
    """Edits of a rubric's criteria."""

    def __init__(self, screen: RubricScreen) -> None:
        self._screen = screen

    async def add(self, rubric: Rubric) -> None:
        """Ask for a name and add a criterion."""
        from judgetui.tui.modals.dialogs import AskText

        name = await self._screen.app.push_screen_wait(
            AskText(
                "Add a criterion",
                "Name, such as correctness",
                check=lambda text: name_problem(text, rubric.criteria),
            )
        )
        if name:
            self._put(rubric, (*rubric.criteria, Criterion(name)))
            self._screen.form.criteria.highlighted = len(rubric.criteria)

    async def rename(self, rubric: Rubric) -> None:
        """Ask for another name, and weight, of the criterion under the cursor."""
        from judgetui.tui.modals.dialogs import AskText

        index = self._screen.form.index
        old, others = rubric.criteria[index], without(rubric.criteria, index)
        given = await self._screen.app.push_screen_wait(
            AskText(
                "Criterion",
                "Name; a weight after a comma, as in: clarity, 2",
                f"{old.name}, {old.weight:g}",
                check=lambda text: name_problem(named(old, text).name, others),
            )
        )
        if given:
            self._put(rubric, (*rubric.criteria[:index], named(old, given), *rubric.criteria[index + 1 :]))

    def delete(self, rubric: Rubric) -> None:
        """Delete the criterion under the cursor, unless it is the last one."""
        if len(rubric.criteria) == 1:
            self._screen.judgetui.tell("A rubric needs one criterion at least.", severity="warning")
            return
        index = self._screen.form.index
        name = rubric.criteria[index].name
        self._put(rubric, without(rubric.criteria, index))
        self._screen.judgetui.tell(f"{one_line(name, 40)} deleted; u brings it back.")

    def move(self, rubric: Rubric, by: int) -> None:
        """Move the criterion under the cursor some places down; up when negative."""
        index = self._screen.form.index
        if 0 <= index + by < len(rubric.criteria):
            self._put(rubric, moved(rubric.criteria, index, by))
            self._screen.form.criteria.highlighted = index + by

    def _put(self, rubric: Rubric, criteria: tuple[Criterion, ...]) -> None:
        self._screen.edit(replace(rubric, criteria=criteria))


class StepEdits:
    """Edits of the proposed steps; frozen ones have to be thawed first."""

    def __init__(self, screen: RubricScreen) -> None:
        self._screen = screen

    async def add(self, rubric: Rubric) -> None:
        """Ask for a step and add it at the end."""
        from judgetui.tui.modals.dialogs import EditText

        if self._may(rubric) and (text := await self._screen.app.push_screen_wait(EditText("A new step"))):
            self._screen.edit(rubric, (*self._screen.proposed, text))

    async def rename(self, rubric: Rubric) -> None:
        """Edit the step under the cursor."""
        from judgetui.tui.modals.dialogs import EditText

        index = self._index
        if index is None or not self._may(rubric):
            return
        text = await self._screen.app.push_screen_wait(
            EditText(f"Step {index + 1}", self._screen.proposed[index])
        )
        if text:
            steps = self._screen.proposed
            self._screen.edit(rubric, (*steps[:index], text, *steps[index + 1 :]))

    def delete(self, rubric: Rubric) -> None:
        """Delete the step under the cursor."""
        index = self._index
        if index is not None and self._may(rubric):
            self._screen.edit(rubric, without(self._screen.proposed, index))
            self._screen.judgetui.tell("Step deleted; u brings it back.")

    def move(self, rubric: Rubric, by: int) -> None:
        """Move the step under the cursor some places down; up when negative."""
        index, steps = self._index, self._screen.proposed
        if index is not None and self._may(rubric) and 0 <= index + by < len(steps):
            self._screen.edit(rubric, moved(steps, index, by))
            self._screen.side.steps.list.highlighted = index + by

    async def generate(self, rubric: Rubric) -> None:
        """Let the judge write steps, and show them as they come."""
        from judgetui.services.steps import generate_steps

        screen, space, pane = self._screen, self._screen.space, self._screen.side.steps
        if space is None:
            return
        await screen.side.fill()
        screen.side.turn_to("steps-pane")
        written_for = space.rubric_id
        take = pane.begin(space.judge)
        try:
            generated = await generate_steps(
                rubric,
                space.context.judge(space.judge),
                timeout=space.context.settings.timeout,
                on_text=take,
            )
        except JudgetuiError as error:
            screen.judgetui.complain(error)
        else:
            if screen.rubric is None or space.rubric_id != written_for:
                screen.judgetui.tell(
                    "The steps were for the rubric you left; they are dropped.", severity="warning"
                )
                return
            screen.edit(screen.rubric, generated.steps)
            pane.list.focus()
            screen.judgetui.tell(
                f"{len(generated.steps)} steps from {space.judge}. enter edits, alt+up moves, f freezes."
            )
        finally:
            pane.end()
            screen.show_panes()

    def freeze(self, rubric: Rubric) -> None:
        """Freeze the proposed steps, or thaw the frozen ones."""
        screen = self._screen
        if screen.proposed:
            screen.edit(replace(rubric, steps=screen.proposed), ())
            frozen = screen.rubric
            screen.judgetui.tell(f"Frozen as {frozen.steps_hash if frozen else ''}; the prompt has them now.")
        elif rubric.steps:
            screen.edit(replace(rubric, steps=()), rubric.steps)
            screen.judgetui.tell("Thawed: edit them, then f freezes them again.")
        else:
            screen.judgetui.tell("There are no steps to freeze; E writes some.")

    @property
    def _index(self) -> int | None:
        return self._screen.side.steps.list.highlighted

    def _may(self, rubric: Rubric) -> bool:
        if rubric.steps and not self._screen.proposed:
            self._screen.judgetui.tell("These steps are frozen; f thaws them.", severity="warning")
            return False
        from judgetui.core.protocols.registry import get_protocol

        return get_protocol(rubric.protocol).uses_steps


def without(entries: Sequence[T], index: int) -> tuple[T, ...]:
    """All entries but one."""
    return (*entries[:index], *entries[index + 1 :])


def moved(entries: Sequence[T], index: int, by: int) -> tuple[T, ...]:
    """The entries with one moved by some places."""
    rest = list(entries)
    rest.insert(index + by, rest.pop(index))
    return tuple(rest)


def name_problem(name: str, others: Sequence[Criterion]) -> str:
    """What is wrong with a criterion's name beside the others; empty when nothing is."""
    if len(name) > LONGEST_NAME:
        return f"a name has at most {LONGEST_NAME} characters; the description has room for more."
    if name.casefold() in {other.name.casefold() for other in others}:
        return "there is a criterion of that name; choose another."
    return ""


def named(criterion: Criterion, text: str) -> Criterion:
    """A criterion renamed by `name` or `name, weight`."""
    name, _, weight = text.rpartition(",")
    try:
        value = float(weight)
    except ValueError:
        return replace(criterion, name=text.strip())
    if not name.strip() or not 0 <= value <= 1e6:
        return replace(criterion, name=text.strip())
    return replace(criterion, name=name.strip(), weight=value)
