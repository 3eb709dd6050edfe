"""Items in: a file or a paste, looked into before anything is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, OptionList, Static

from judgetui.errors import JudgetuiError
from judgetui.services.intake import Inspection, Plan, from_path, from_text, inspect, plan_for
from judgetui.services.item_index import all_items
from judgetui.tui.aside import aside
from judgetui.tui.modals.dialogs import AskText, Dialog
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.intake_words import (
    alike_content,
    column_line,
    first_items,
    problems_content,
    summary,
)
from judgetui.tui.widgets.lists import TextList
from judgetui.tui.widgets.source_line import SourceLine, file_named

if TYPE_CHECKING:
    from judgetui.storage.database import SessionFile

QUICK: Final = 200
"""Records that are looked at before there is a first preview; the rest is counted while it is read."""

NOTHING: Final = (
    "Name a file above: CSV, TSV, JSON, JSON lines or Parquet, or a folder of FastChat's questions and answers. "
    "enter looks into it. Or paste the items themselves. Nothing is taken before you have seen it."
)

FIELDS: Final = "id, question, response, response_a, response_b, reference, human, model, category, split, …"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be taken.

    Args:
        skip_bad: whether lines that cannot be read are left out, as the user said.
        found: what is known of it.
    """

    plan: Plan
    skip_bad: bool
    found: Inspection


class ImportDialog(Dialog[Chosen]):
    """Shows what would come of a file or paste; gives what is to be taken, or None.

    Args:
        inputs: the inputs of the rubric that will judge, which columns may be.
        path: a file to begin with.
        paste: a pasted text to begin with.
        session: where the items would go, if there is one; theirs are compared with its own.
    """

    DEFAULT_CSS = """
    ImportDialog #line { height: 1; }
    ImportDialog #line Static { width: 6; }
    ImportDialog #source { width: 1fr; background: $boost; }
    ImportDialog #told { height: auto; max-height: 5; margin: 0; }
    ImportDialog #parts { height: 1fr; min-height: 6; layout: horizontal; }
    ImportDialog #columns {
        width: 1fr; height: 1fr; border: round $foreground 25%; padding: 0;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    ImportDialog #columns:focus { border: round $border; }
    ImportDialog .text-pane {
        width: 1fr; height: 1fr; border: round $foreground 25%; border-title-style: bold; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    ImportDialog .text-pane:focus { border: round $border; }
    ImportDialog .text-pane Static { height: auto; width: 1fr; }
    ImportDialog.-narrow #parts { layout: vertical; }
    ImportDialog .buttons { margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2", "take", "take all", tooltip="Take all items"),
        Binding(
            "b", "skip", "without the bad", tooltip="Leave out the lines that cannot be read, take the others"
        ),
        Binding("s", "suggested", "suggested", tooltip="Take the suggested field of this column"),
        Binding("S", "all_suggested", "all", tooltip="Take the suggested fields of all columns"),
        Binding("e", "encoding", "encoding", tooltip="Say in which encoding the file is"),
        Binding(
            "n",
            "compare",
            "alike",
            tooltip="Look for items that are nearly the same as others, or as the session's",
        ),
        Binding("p", "turn", "problems", tooltip="Show what cannot be read, or the first items again"),
    ]
    MORE_KEYS = (
        ("enter", "In the line: look into the file; in the columns: say which field one becomes"),
        ("right", "In the line: complete the file's name"),
    )

    def __init__(
        self,
        inputs: Sequence[str] = (),
        path: str = "",
        paste: str = "",
        session: SessionFile | None = None,
    ) -> None:
        super().__init__()
        self._session = session
        self._inputs, self._path, self._paste = tuple(inputs), path, paste
        self._source = from_text(paste)
        self._options: dict[str, str] = {}
        self._plan: Plan | None = None
        self._found: Inspection | None = None
        self._next: Plan | None = None
        self._problems = False

    def body(self) -> ComposeResult:
        """The line, what is known, columns and items."""
        with Vertical(classes="dialog full"):
            yield Static(literal("Import items", "bold"), classes="dialog-title")
            with Horizontal(id="line"):
                yield Static(literal("File"))
                yield SourceLine(
                    self._path, id="source", placeholder="path of a file, or paste the items here"
                )
            yield Static(literal(NOTHING, "dim"), id="told")
            with Horizontal(id="parts"):
                yield TextList(id="columns")
                yield TextPane("preview")
            with Horizontal(classes="buttons"):
                yield Button("Cancel (esc)", id="cancel", compact=True)
                yield Button("Take the others (b)", id="skip", compact=True)
                yield Button("Take all (ctrl+s)", id="take", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Start in the line, or look into the file that is given."""
        self.query_one("#columns").border_title = "columns: enter says which field one becomes"
        self._show()
        line = self.query_one(SourceLine)
        line.focus()
        if self._paste:
            self._look()
        elif self._path:
            self._named(self._path)

    # looking

    @on(Input.Submitted, "#source")
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self._named(event.value)

    @on(SourceLine.Pasted)
    def _pasted(self, event: SourceLine.Pasted) -> None:
        self.query_one(SourceLine).value = ""
        self._source = from_text(event.text)
        self._options = {}
        self._look()

    def _named(self, text: str) -> None:
        self._source = from_path(file_named(text))
        self._options = {}
        self._look()

    @work(group="look", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        """Find out how the source is to be read, and look into it."""
        source, encoding = self._source, self._options.get("encoding")
        self._plan = self._found = None
        self._say("looking …")
        try:
            plan = await aside(partial(plan_for, source, encoding=encoding))
        except (JudgetuiError, OSError) as error:
            self._wrong(error)
            return
        await self._inspected(plan)

    @work(group="look", exclusive=True, exit_on_error=False)
    async def _look_again(self) -> None:
        """Look into the source with other fields."""
        if self._next is not None:
            await self._inspected(self._next)

    async def _inspected(self, plan: Plan) -> None:
        """Show what would come of a plan: first of a few records, then of all; the keys are the columns' by then."""
        try:
            for limit in (QUICK, None):
                found = await aside(partial(inspect, plan, inputs=self._inputs, limit=limit))
                self._plan, self._found = plan, found
                self._show()
                if self.query_one(SourceLine).has_focus:
                    self.query_one("#columns").focus()
                if found.complete or not found.good:
                    break  # all there is, or nothing to count before the columns are named
        except (JudgetuiError, OSError) as error:
            self._wrong(error)

    def _wrong(self, error: Exception) -> None:
        self._say(one_line(str(error), 600), "$text-error")
        self._found = None
        self._show(told=False)

    def _say(self, text: str, style: str = "") -> None:
        self.query_one("#told", Static).update(literal(text, style))

    # painting

    def _show(self, *, told: bool = True) -> None:
        """Show what is known."""
        found = self._found
        self.query_one("#parts").display = found is not None
        take_all, skip = self.query_one("#take", Button), self.query_one("#skip", Button)
        ready = found is not None and found.complete
        take_all.disabled = not ready or bool(found and (found.bad or not found.good))
        skip.display = bool(found is not None and found.bad)
        skip.disabled = not ready or not (found and found.good)
        self.refresh_bindings()
        if found is None:
            return
        if told:
            self.query_one("#told", Static).update(summary(found))
        take_all.label = literal(
            f"Take all {found.good:,} (ctrl+s)" if ready and not found.bad else "Take all (ctrl+s)"
        )
        for button in (take_all, skip):
            button.refresh(layout=True)
        skip.label = literal(f"Take {found.good:,}, leave out {found.bad:,} (b)")
        self.query_one("#columns", TextList).put([column_line(each, found.records) for each in found.columns])
        pane = self.query_one("#preview", TextPane)
        if found.problems and (self._problems or not found.items):
            content = problems_content(found)
            pane.put(f"{found.bad:,} that cannot be read (p: items)", content.plain, content)
        else:
            content = first_items(found)
            more = f" (p: {found.bad:,} problem{'' if found.bad == 1 else 's'})" if found.bad else ""
            pane.put(f"the first items as they would be{more}", content.plain, content)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what cannot be done yet."""
        found = self._found
        if (
            action in ("take", "compare", "suggested", "all_suggested", "encoding", "turn", "skip")
            and found is None
        ):
            return False
        if action in ("skip", "turn") and found is not None and not found.bad:
            return False
        if action in ("suggested", "all_suggested") and found is not None and not found.suggested:
            return False
        return super().check_action(action, parameters)

    # fields

    @on(OptionList.OptionSelected, "#columns")
    def _selected(self) -> None:
        self._ask_field()

    @work(group="ask", exclusive=True, exit_on_error=False)
    async def _ask_field(self) -> None:
        found, place = self._found, self.query_one("#columns", TextList).highlighted
        if found is None or place is None:
            return
        column = found.columns[place]
        given = await self.app.push_screen_wait(
            AskText(
                f"The column {one_line(column.name, 60)} becomes",
                f"A field: {FIELDS}\nAny other name keeps it beside; an empty line leaves the column out.",
                column.field,
                required=False,
            )
        )
        if given is not None and given != column.field:
            self._rename({column.name: given})

    def _rename(self, names: dict[str, str]) -> None:
        if self._plan is not None:
            self._next = replace(self._plan, names={**self._plan.names, **names})
            self._look_again()

    def action_suggested(self) -> None:
        """Take the suggested field of the highlighted column."""
        found, place = self._found, self.query_one("#columns", TextList).highlighted
        if found is None or place is None:
            return
        suggestion = found.columns[place].suggestion
        if suggestion is None:
            self.judgetui.tell("Nothing is suggested for this column; enter says which field it becomes.")
        else:
            self._rename({suggestion.column: suggestion.field})

    def action_all_suggested(self) -> None:
        """Take the suggested fields of all columns."""
        if self._found is not None:
            self._rename(self._found.suggested)

    @work(group="ask", exclusive=True, exit_on_error=False)
    async def action_encoding(self) -> None:
        """Ask for the encoding, and look again."""
        plan = self._plan
        if plan is None or plan.layout.encoding is None:
            self.judgetui.tell("This format has no encoding of its own.")
            return
        given = await self.app.push_screen_wait(
            AskText(
                "Encoding", "A name such as utf-8, cp1252, latin-1 or shift_jis", plan.layout.encoding.codec
            )
        )
        if given:
            self._options = {"encoding": given}
            self._look()

    def action_turn(self) -> None:
        """Show the problems, or the first items."""
        self._problems = not self._problems
        self._show()

    @work(group="compare", exclusive=True, exit_on_error=False)
    async def action_compare(self) -> None:
        """Show which of the items are nearly the same as others, or as the session's own."""
        found, pane = self._found, self.query_one("#preview", TextPane)
        if found is None:
            return
        pane.put("comparing …", "")
        try:
            there = [] if self._session is None else await all_items(self._session)
            content = await aside(partial(alike_content, found.plan, there))
        except (JudgetuiError, OSError) as error:
            pane.put("not compared", str(error))
            return
        if found is self._found:
            pane.put("nearly the same (n)", content.plain, content)

    # taking

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        match event.button.id:
            case "take":
                self.action_take()
            case "skip":
                self.action_skip()
            case _:
                self.action_leave()

    def action_take(self) -> None:
        """Take all items; where lines cannot be read, say so instead."""
        found = self._found
        if found is None:
            return
        if not found.complete:
            told = "The records are still being counted." if found.good else "No record is an item yet."
            self.judgetui.tell(told)
        elif found.bad:
            lines = "1 line cannot" if found.bad == 1 else f"{found.bad:,} lines cannot"
            told = f"{lines} be read, so nothing was taken. p shows why"
            good = f"; b takes the other {found.good:,}." if found.good else "."
            self.judgetui.tell(told + good, severity="warning")
        else:
            self.dismiss(Chosen(found.plan, False, found))

    def action_skip(self) -> None:
        """Take what can be read, and leave out the rest."""
        found = self._found
        if found is not None and found.bad and found.good and found.complete:
            self.dismiss(Chosen(found.plan, True, found))
