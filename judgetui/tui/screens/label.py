"""The label screen: one item after the other, blind until it is answered, and nothing waits for the disk."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on, work
from textual.binding import BindingType
from textual.events import Click, Key, MouseScrollDown, MouseScrollUp

from judgetui.config.keymap import Scope
from judgetui.core.answer import Answer, Queue
from judgetui.core.judgement import Judgement
from judgetui.core.vote import Verdict
from judgetui.errors import InputError, JudgetuiError
from judgetui.services.labelling import LabelDesk, Sheet
from judgetui.tui.actions import bindings
from judgetui.tui.modals.dialogs import Viewer
from judgetui.tui.screens.label_dialogs import ask_note, ask_plan
from judgetui.tui.screens.label_queue import QueueScreen
from judgetui.tui.text import one_line
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.label_rows import LabelRow
from judgetui.tui.widgets.label_view import LabelView

NEEDS_SHEET: Final = frozenset(
    {"point", "first", "second", "tie", "both_bad", "skip", "note", "flag", "reveal", "who", "whole"}
)
"""Actions about the item at hand: without one their keys mean what they mean elsewhere."""

PAIRS_ONLY: Final = frozenset({"first", "second", "tie", "both_bad"})
NEEDS_DESK: Final = frozenset({"undo", "redo", "next_item", "previous_item", "after"})


class LabelScreen(QueueScreen):
    """A queue of items, and what the rubric asks of them."""

    SCOPE = Scope.LABEL
    CSS_PATH = "label.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LABEL)

    def __init__(self) -> None:
        super().__init__()
        self._digit = ""

    # time and keys

    @on(Key)
    def _pressed(self, event: Key) -> None:
        """Note that somebody is there, which digit it was, and whether it is a label's first letter."""
        self._watch.touch()
        if self._turning and event.is_printable:
            event.stop()
            return
        self._digit = event.key if event.key in "0123456789" else ""
        row = self.query_one(LabelView).rows.row if self._sheet is not None else None
        if row is not None and event.character is not None and row.letter(event.character):
            event.stop()

    @on(MouseScrollDown)
    @on(MouseScrollUp)
    @on(Click)
    def _moved(self) -> None:
        self._watch.touch()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave out what there is no item or queue for, so that those keys do what they do elsewhere."""
        if action in NEEDS_SHEET and self._sheet is None:
            return False
        if action in NEEDS_DESK and self._desk is None:
            return False
        if action in PAIRS_ONLY and self._sheet is not None and not self._pair:
            return False
        return action != "who" or self._desk is None or self._desk.plan.queue is Queue.ADJUDICATION

    @property
    def _pair(self) -> bool:
        return (
            self._sheet is not None and len(self._sheet.item.responses) == 2 and not self._sheet.asks[0].ranks
        )

    # what is said

    def action_point(self) -> None:
        """Give the point or label of a digit, or rank the answer of that number."""
        row = self.query_one(LabelView).rows.row
        if row is None or not self._digit:
            self.judgetui.tell("Press the number of a point, label or answer.")
        else:
            row.type(self._digit)

    def action_first(self) -> None:
        """Say that the first answer on screen is better."""
        self._give(Verdict.A)

    def action_second(self) -> None:
        """Say that the second answer on screen is better."""
        self._give(Verdict.B)

    def action_tie(self) -> None:
        """Say that neither is better."""
        self._give(Verdict.TIE)

    def action_both_bad(self) -> None:
        """Say that both are weak."""
        self._give(Verdict.BOTH_BAD)

    def _give(self, verdict: Verdict) -> None:
        if (row := self.query_one(LabelView).rows.row) is not None:
            self._given(LabelRow.Given(row, verdict.value))

    @on(LabelRow.Given)
    def _given(self, event: LabelRow.Given) -> None:
        """Take in what is said of a criterion; once all is said, store it and go on."""
        sheet, desk, row = self._sheet, self._desk, event.row
        if sheet is None or desk is None or row.ask not in sheet.asks:
            return
        self._said[row.ask.key] = event.value
        row.put(event.value)
        rows = self.query_one(LabelView).rows
        if missing := next((each for each in rows.rows if each.ask.key not in self._said), None):
            rows.turn_to(missing)
            return
        said = {ask.key: self._said[ask.key] for ask in sheet.asks}
        try:
            answer = desk.label(sheet, said, blind=self._blind, seconds=self._watch.seconds)
        except InputError as error:
            self.judgetui.complain(error)
            return
        self._last = f"item before: you {sheet.words(said)}"
        self._leave(sheet, answer)

    def _leave(self, sheet: Sheet, answer: Answer) -> None:
        """Store in the background, and go on at once."""
        self._sheet = None
        if self._desk is not None:
            self._store(self._desk, answer, sheet if self._after and answer.said else None)
        self._next()

    @work(group="store", exit_on_error=False)
    async def _store(self, desk: LabelDesk, answer: Answer, compared: Sheet | None = None) -> None:
        self._stored += 1
        try:
            await desk.store(answer)
            if compared is not None:
                self._compare(compared, await desk.verdicts(answer.item_id))
        except JudgetuiError as error:
            self.judgetui.complain(error)
            self._open()

    def _compare(self, sheet: Sheet, verdicts: list[Judgement]) -> None:
        """Show what the judge said of the item that was just answered; to label it again is not blind then."""
        self._seen.setdefault(sheet.item.id, verdicts)
        told = ", ".join(f"{each.judge} {sheet.judge_words(each)}" for each in verdicts) or "no judge yet"
        self._last = f"{self._last} · {one_line(told, 80)}"
        self._show_beside()

    # notes, flags, skips, undo

    def action_skip(self) -> None:
        """Pass the item over."""
        if self._sheet is not None and self._desk is not None:
            sheet = self._sheet
            answer = self._desk.skip(sheet, blind=self._blind, seconds=self._watch.seconds)
            self._last = "item before: skipped"
            self._leave(sheet, answer)

    def action_flag(self) -> None:
        """Flag the item, or take its flag away."""
        if self._sheet is not None and self._desk is not None:
            flagged = not self._sheet.entry.flagged
            self._store(self._desk, self._desk.remark(self._sheet, flagged=flagged, blind=self._blind))
            self._show_beside()

    @work(group="note", exclusive=True, exit_on_error=False)
    async def action_note(self) -> None:
        """Ask for a note."""
        sheet, desk = self._sheet, self._desk
        if sheet is None or desk is None:
            return
        note = await ask_note(self.judgetui, sheet.entry.note)
        if note is not None and desk is self._desk:
            self._store(desk, desk.remark(sheet, note=note, blind=self._blind))
            self._show_beside()

    @work(group="undo", exit_on_error=False)
    async def action_undo(self) -> None:
        """Take back what was done last."""
        await self._go_back(again=False)

    @work(group="undo", exit_on_error=False)
    async def action_redo(self) -> None:
        """Do again what was taken back."""
        await self._go_back(again=True)

    async def _go_back(self, *, again: bool) -> None:
        desk = self._desk
        if desk is None:
            return
        try:
            answer = await (desk.redo() if again else desk.undo())
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        if answer is None:
            self.judgetui.tell("There is nothing to do again." if again else "There is nothing to take back.")
            return
        self._stored += 1
        self._last = ""
        what = "label" if answer.said else "skip" if answer.skipped else "note or flag"
        if desk.entry is None or desk.entry.item_id != answer.item_id:
            what = f"{what} of an item of another queue"
        self.judgetui.tell(f"{'Done again' if again else 'Taken back'}: {what}.")
        if desk is self._desk:
            self._next()

    # what else

    def action_reveal(self) -> None:
        """Show what the judge said, and what is hidden while it is blind."""
        if self._sheet is not None:
            self._reveal(self._sheet)

    @work(group="reveal", exclusive=True, exit_on_error=False)
    async def _reveal(self, sheet: Sheet) -> None:
        if self._desk is None:
            return
        try:
            found = await self._desk.verdicts(sheet.item.id)
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        if self._sheet is sheet:
            self._seen[sheet.item.id] = found
            self.query_one(LabelView).show_item(sheet, self._inputs, blind=False, again=True)
            self._show_head()
            self._show_beside()

    def action_after(self) -> None:
        """Show the judge's verdict after each answer, or stop that."""
        self._after = not self._after
        self.judgetui.tell(
            "After each answer the judge's verdict shows; later labels may lean towards it."
            if self._after
            else "The judge's verdicts stay hidden."
        )

    def action_who(self) -> None:
        """Show whose answers they are that are settled."""
        self._named = not self._named
        self._show_beside()

    def action_next_item(self) -> None:
        """Go to the next item."""
        self._move(1)

    def action_previous_item(self) -> None:
        """Go to the item before."""
        self._move(-1)

    def _move(self, by: int) -> None:
        if self._desk is None:
            return
        if not self._desk.move(by):
            self.judgetui.tell("That was the end of the queue." if by > 0 else "That was the first item.")
            return
        self._last = ""
        self._next()

    def action_whole(self) -> None:
        """Show the whole text of a pane."""
        pane = self.focused if isinstance(self.focused, TextPane) else self.query_one("#left", TextPane)
        self.app.push_screen(Viewer(pane.title, pane.full))

    @work(group="desk", exclusive=True, exit_on_error=False)
    async def action_queue(self) -> None:
        """Choose what is labelled next, and by whom."""
        space = self.space
        if space is None or space.working is None:
            self.judgetui.tell("Open a session first (1).", severity="warning")
            return
        try:
            chosen = await ask_plan(self.judgetui, space, self._plan)
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        if chosen is not None:
            self._plan, self._last = chosen, ""
        if chosen is not None or self._desk is None:
            self._open()
