"""The first-run path in one dialog: a name, a starter rubric, items, a judge."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, OptionList, RadioSet, Static

from judgetui.core.item import Item
from judgetui.core.rubric import Rubric
from judgetui.errors import InputError, JudgetuiError
from judgetui.services.context import Context
from judgetui.services.intake import read
from judgetui.services.sessions import (
    Starter,
    create_session,
    demo_items,
    fitting,
    free_name,
    free_path,
    items_from_file,
    starter_rubrics,
)
from judgetui.tui.modals.dialogs import Dialog
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.judges import JudgeChooser
from judgetui.tui.widgets.lists import TextList
from judgetui.tui.widgets.source_line import SourceLine, file_named
from judgetui.tui.widgets.toggles import Choice

if TYPE_CHECKING:
    from judgetui.tui.modals.import_items import Chosen

DEMO: Final = 0
FILE: Final = 1
"""Places of the items' choices; the third is none."""


@dataclass(frozen=True, slots=True)
class NewSession:
    """What the dialog made: a session file, and the judge to open it with."""

    path: Path
    judge: str


def starter_line(starter: Starter) -> Content:
    """A rubric in the list: title, protocol, what it is for; of a broken file, why it is no choice."""
    if starter.rubric is None:
        name = one_line(starter.path.name, 60)
        head = Content.assemble((name, "bold"), ("  cannot be used", "$text-warning"))
        behind = starter.problem
    else:
        protocol = f"  {one_line(starter.protocol, 20)}{', yours' if starter.own else ''}"
        head = Content.assemble((one_line(starter.title, 60), "bold"), protocol)
        behind = starter.summary
    return Content.assemble(head, "  ", (one_line(behind, 300), "dim"))


def none_fits(rubric: Rubric) -> str:
    """What to say when the demo has nothing for a rubric."""
    return f"None of the demo's items fits {rubric.name}; choose another source."


class NewSessionDialog(Dialog[NewSession]):
    """Makes a session; gives its path and the judge, or None.

    Args:
        context: knows folders and judges.
    """

    CSS = """
    NewSessionDialog .dialog { width: 96%; max-width: 110; height: 96%; max-height: 46; }
    NewSessionDialog #form { height: 1fr; padding: 0 1 0 0; scrollbar-size-vertical: 1; }
    NewSessionDialog .line { height: 1; }
    NewSessionDialog .line Static { width: 8; }
    NewSessionDialog .line Input { width: 1fr; background: $boost; }
    NewSessionDialog #cancel { background: $panel; }
    NewSessionDialog .told { height: auto; color: $text-muted; display: none; }
    NewSessionDialog .told.-wrong { color: $text-error; }
    NewSessionDialog .heading { height: 1; margin: 1 0 0 0; }
    NewSessionDialog.-short .heading { margin: 0; }
    NewSessionDialog #starters {
        height: auto; max-height: 10; padding: 0; border: round $border-blurred; background: transparent;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    NewSessionDialog #starters:focus { border: round $border; }
    NewSessionDialog #items { width: 1fr; height: auto; border: none; padding: 0; background: transparent; }
    NewSessionDialog #file-line.-off { display: none; }
    NewSessionDialog.-short #starters { max-height: 7; }
    NewSessionDialog.-short .buttons { margin: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2", "create", "create", tooltip="Make the session and open it"),
        Binding("f3", "look", "look into the file", tooltip="Look into the file: its columns, and bad lines"),
    ]
    MORE_KEYS = (("enter", "Go on to what comes next"),)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._known = context
        self._starters: list[Starter] = []
        self._demo: list[Item] = []
        self._suggested = ""
        self._creating = False
        self._import: Chosen | None = None
        self._looked_into = ""
        self._paste = ""

    def body(self) -> ComposeResult:
        """The form over its buttons."""
        with Vertical(classes="dialog"):
            yield Static(literal("New session", "bold"), classes="dialog-title")
            with VerticalScroll(id="form", can_focus=False):
                with Horizontal(classes="line"):
                    yield Static(literal("Name", "bold"))
                    yield Input(id="name", compact=True)
                yield Static(id="name-told", classes="told")
                yield Static(literal("Start from this rubric", "bold"), classes="heading")
                yield TextList(id="starters")
                yield Static(id="starter-told", classes="told")
                yield Static(literal("Items to judge", "bold"), classes="heading")
                with RadioSet(id="items", compact=True):
                    yield Choice("The demo's items that fit", value=True)
                    yield Choice("A file: CSV, TSV, JSON, JSON lines or Parquet; f3 looks into it")
                    yield Choice("None yet")
                with Horizontal(classes="line -off", id="file-line"):
                    yield Static(literal("  File"))
                    yield SourceLine(id="file", placeholder="path of the file, or paste the items here")
                yield Static(id="items-told", classes="told")
                yield Static(literal("Judge", "bold"), classes="heading")
                yield JudgeChooser(self._known, self._known.default_judge)
            yield Static(id="told", classes="told")
            with Horizontal(classes="buttons"):
                yield Button("Cancel (esc)", id="cancel", compact=True)
                yield Button("Create (ctrl+s)", id="create", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Start in the name; rubrics are read once the dialog stands."""
        self.query_one("#name", Input).focus()
        self._load()

    @work(group="starters", exclusive=True, exit_on_error=False)
    async def _load(self) -> None:
        try:
            self._starters = await asyncio.to_thread(starter_rubrics, self._known.paths)
            self._demo = await asyncio.to_thread(demo_items)
        except (JudgetuiError, OSError) as error:
            self._tell("#starter-told", str(error), wrong=True)
        starters = self.query_one("#starters", TextList)
        starters.put([starter_line(starter) for starter in self._starters])
        if not self._starters:
            self._tell("#starter-told", "There are no rubrics to start from.", wrong=True)

    def _tell(self, where: str, text: str, *, wrong: bool = False) -> None:
        shown = self.query_one(where, Static)
        shown.display = bool(text)
        shown.set_class(wrong, "-wrong")
        shown.update(literal(one_line(text, 600)))
        if wrong:
            self.call_after_refresh(shown.scroll_visible, animate=False)

    @property
    def _starter(self) -> Starter | None:
        index = self.query_one("#starters", TextList).highlighted
        return None if index is None or index >= len(self._starters) else self._starters[index]

    @property
    def _rubric(self) -> Rubric | None:
        return None if self._starter is None else self._starter.rubric

    @on(OptionList.OptionHighlighted, "#starters")
    def _starter_highlighted(self) -> None:
        starter, rubric = self._starter, self._rubric
        if starter is None:
            return
        if rubric is None:
            self._tell("#starter-told", starter.problem, wrong=True)
            self._tell_items()
            return
        self._suggest(one_line(starter.name, 60))
        criteria = ", ".join(criterion.name for criterion in rubric.criteria)
        self._tell("#starter-told", f"{starter.summary} Criteria: {criteria}.")
        self._tell_items()

    @on(OptionList.OptionSelected, "#starters")
    def _starter_selected(self) -> None:
        self.query_one("#items", RadioSet).focus()

    def _suggest(self, name: str) -> None:
        """Put a free name in the line, unless the user has written one."""
        line = self.query_one("#name", Input)
        if line.value.strip() in ("", self._suggested):
            self._suggested = free_name(self._known.paths, name)
            line.value = self._suggested
            if line.has_focus:
                line.action_select_all()

    @on(Input.Changed, "#name")
    def _name_changed(self, event: Input.Changed) -> None:
        if not event.value.strip():
            self._tell("#name-told", "")
            return
        try:
            path = free_path(self._known.paths, event.value)
        except InputError as error:
            self._tell("#name-told", str(error), wrong=True)
        else:
            self._tell("#name-told", f"The file will be {path}")

    @on(Input.Submitted, "#name")
    @on(Input.Submitted, "#file")
    @on(JudgeChooser.Accepted)
    def _next(self) -> None:
        self.focus_next()

    @on(RadioSet.Changed, "#items")
    def _items_chosen(self) -> None:
        self._tell_items()
        if self._items_choice == FILE:
            self.query_one("#file", Input).focus()

    @property
    def _items_choice(self) -> int:
        return self.query_one("#items", RadioSet).pressed_index

    def _tell_items(self) -> None:
        rubric, choice = self._rubric, self._items_choice
        self.query_one("#file-line").set_class(choice != FILE, "-off")
        count = 0 if rubric is None else len(fitting(rubric, self._demo))
        demo = self.query_one("#items", RadioSet).query(Choice).first()
        demo.label = literal(f"The demo's items that fit ({count})")
        if choice == DEMO and rubric is not None and not count:
            self._tell("#items-told", none_fits(rubric), wrong=True)
        elif choice == FILE and self.query_one("#file", Input).value.strip():
            self._look_at_file()
        else:
            self._tell("#items-told", "")

    @on(Input.Blurred, "#file")
    def _file_left(self, event: Input.Blurred) -> None:
        if event.value.strip():
            self._look_at_file()

    @work(group="file", exclusive=True, exit_on_error=False)
    async def _look_at_file(self) -> None:
        await self._file_items()

    async def _file_items(self) -> list[Item] | None:
        """The items of the file in the line, or None once its problem is shown."""
        rubric, text = self._rubric, self.query_one("#file", Input).value
        if rubric is None:
            return None
        if not text.strip():
            self._tell("#items-told", "Write the path of the file, or choose another source.", wrong=True)
            return None
        chosen = self._import if text == self._looked_into else None
        try:
            if chosen is None:
                items = await asyncio.to_thread(items_from_file, rubric, file_named(text))
            else:
                taken = await asyncio.to_thread(read, chosen.plan, skip_bad=chosen.skip_bad)
                items = list(taken.items)
        except (JudgetuiError, OSError, ValueError) as error:
            hint = " f3 looks into the file and says which column is which." if chosen is None else ""
            self._tell("#items-told", f"{error}{hint}", wrong=True)
            return None
        fit = len(fitting(rubric, items))
        others = f"; the other {len(items) - fit} are kept for other rubrics" if fit < len(items) else ""
        self._tell("#items-told", f"{len(items)} items, {fit} of them fit{others}.")
        return items

    @on(SourceLine.Pasted)
    def _pasted(self, event: SourceLine.Pasted) -> None:
        self._paste = event.text
        self._look_into()

    def action_look(self) -> None:
        """Look into the file before anything is taken."""
        self._paste = ""
        self._look_into()

    @work(group="import", exclusive=True, exit_on_error=False)
    async def _look_into(self) -> None:
        from judgetui.tui.modals.import_items import ImportDialog

        line, inputs = self.query_one("#file", Input), () if self._rubric is None else self._rubric.inputs
        dialog = ImportDialog([spec.name for spec in inputs], line.value, self._paste)
        chosen = await self.app.push_screen_wait(dialog)
        if chosen is not None:
            self._import = chosen
            source = chosen.plan.source
            self._looked_into = source.name if source.path is None else str(source.path)
            line.value = self._looked_into
            self.query_one("#items", RadioSet).query(Choice)[FILE].value = True
            self._look_at_file()

    def action_leave(self) -> None:
        """Stop a test or fetch; nothing going, close without a result."""
        if not self.query_one(JudgeChooser).stop():
            super().action_leave()

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.action_leave()

    @on(Button.Pressed, "#create")
    def _create_pressed(self) -> None:
        self.action_create()

    def action_create(self) -> None:
        """Make the session, or show what is missing; what was written stays."""
        if not self._creating:
            self._create()

    @work(group="create", exclusive=True, exit_on_error=False)
    async def _create(self) -> None:
        self._creating = True
        try:
            made = await self._make()
        finally:
            self._creating = False
        if made is not None:
            self.query_one(JudgeChooser).stop()
            self.dismiss(made)

    async def _make(self) -> NewSession | None:
        name, chooser, starter = self.query_one("#name", Input), self.query_one(JudgeChooser), self._starter
        self._tell("#told", "")
        chooser.settle()
        if starter is not None and starter.rubric is not None and name.value.strip() == self._suggested:
            # The key may have overtaken the word that another rubric is highlighted.
            self._suggest(one_line(starter.name, 60))
        try:
            free_path(self._known.paths, name.value)
        except InputError as error:
            self._wrong("#name-told", str(error), name)
            return None
        if starter is None or starter.rubric is None:
            problem = "Choose a rubric to start from." if starter is None else starter.problem
            self._wrong("#starter-told", problem, self.query_one("#starters"))
            return None
        items = await self._items(starter.rubric)
        if items is None:
            return None
        if problem := chooser.problem():
            chooser.complain(problem)
            return None
        try:
            path = await create_session(self._known.paths, name.value, starter.path, items)
        except (JudgetuiError, OSError) as error:
            self._tell("#told", str(error), wrong=True)
            return None
        return NewSession(path, chooser.value)

    async def _items(self, rubric: Rubric) -> Sequence[Item] | None:
        choice = self._items_choice
        if choice == FILE:
            items = await self._file_items()
            if items is None:
                self.query_one("#file", Input).focus()
            return items
        if choice != DEMO:
            return ()
        found = fitting(rubric, self._demo)
        if not found:
            self._wrong("#items-told", none_fits(rubric), self.query_one("#items"))
            return None
        return found

    def _wrong(self, where: str, text: str, widget: object) -> None:
        self._tell(where, text, wrong=True)
        if isinstance(widget, Input | RadioSet | OptionList):
            widget.focus()
