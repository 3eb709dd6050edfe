"""The label screen: one item after the other, blind until it is answered, and nothing waits for the disk."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.events import Click, Key, MouseScrollDown, MouseScrollUp, Resize, ScreenResume, ScreenSuspend
from textual.widgets import Static

from judgetui.config.keymap import Scope
from judgetui.config.settings import save_setting
from judgetui.core.answer import Answer, Queue
from judgetui.core.judgement import Judgement
from judgetui.core.vote import Verdict
from judgetui.errors import InputError, JudgetuiError
from judgetui.services.label_scales import asks
from judgetui.services.labelling import LabelDesk, Sheet, Stopwatch, rater_problem
from judgetui.services.labelling_queues import Plan
from judgetui.tui.actions import bindings
from judgetui.tui.changes import Changed
from judgetui.tui.modals.dialogs import AskText, Viewer
from judgetui.tui.screens.base import WorkScreen
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.label_item import LabelItem
from judgetui.tui.widgets.label_rows import LabelRow, LabelRows, meaning
from judgetui.tui.widgets.label_words import beside, end_words, head_words

NO_SESSION: Final = "No session is open. 1 goes to the sessions: enter opens one, D opens the demo."
NO_RUBRIC: Final = "This session has no rubric, so there is nothing to label by."
NO_RATER: Final = "Labels are kept by who gave them, so that raters can be compared.\n\nQ asks who you are."

LATE: Final = 0.3
"""Seconds until it is told that a queue is being read."""

NEEDS_SHEET: Final = frozenset(
    {"point", "first", "second", "tie", "both_bad", "skip", "note", "flag", "reveal", "who", "whole"}
)
"""Actions about the item at hand: without one their keys mean what they mean elsewhere."""

PAIRS_ONLY: Final = frozenset({"first", "second", "tie", "both_bad"})
NEEDS_DESK: Final = frozenset({"undo", "redo", "next_item", "previous_item", "after"})


class LabelScreen(WorkScreen):
    """A queue of items, and what the rubric asks of them."""

    SCOPE = Scope.LABEL
    CSS_PATH = "label.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LABEL)

    def __init__(self) -> None:
        super().__init__()
        self._desk: LabelDesk | None = None
        self._plan: Plan | None = None
        self._sheet: Sheet | None = None
        self._said: dict[str, str | float] = {}
        self._watch = Stopwatch()
        self._digit = ""
        self._seen: dict[str, list[Judgement]] = {}
        self._named = False
        self._after = False
        self._last = ""
        self._stored = 0
        self._stale = True

    def body(self) -> ComposeResult:
        """Head, item, rows, what the choices mean, and what else is known."""
        yield Static(id="label-head")
        yield Static(id="empty")
        with Vertical(id="desk"):
            yield LabelItem()
            yield LabelRows()
            yield Static(id="meaning")
            yield Static(id="beside")

    # the queue

    def show(self, changed: Changed) -> None:
        """Begin anew with another session or rubric, or when items have changed."""
        if changed.session:
            self._plan, self._seen, self._last, self._after = None, {}, "", False
        if not (changed.session or changed.rubric or changed.items):
            return
        if not (changed.session or changed.items) and self._version_is_shown:
            return
        self._stale = True
        if self.app.screen is self:
            self._open()

    @property
    def _version_is_shown(self) -> bool:
        """Whether the queue is of the rubric's version that is open."""
        working = None if self.space is None else self.space.working
        return self._desk is not None and working is not None and self._desk.version == working.base

    @on(ScreenResume)
    def _resumed(self) -> None:
        if self._stale:
            self._open()
        self._watch.start()

    @on(ScreenSuspend)
    def _suspended(self) -> None:
        """Have the other screens show what was labelled."""
        if self._stored and self.space is not None and self not in self.app.screen_stack:
            self._stored = 0
            self._pass_on()

    @work(group="pass on", exclusive=True, exit_on_error=False)
    async def _pass_on(self) -> None:
        space = self.space
        if space is None:
            return
        await space.reload_items()
        if space.live is None:
            await space.show_run(space.shown)
        self.judgetui.changed.publish(Changed(items=True, run=True))
        self._stale = False

    @work(group="desk", exclusive=True, exit_on_error=False)
    async def _open(self) -> None:
        """Read the queue, once it is known who labels."""
        self._stale, self._desk, self._sheet = False, None, None
        space = self.space
        if space is None or space.working is None:
            self._tell_empty(NO_SESSION if space is None else NO_RUBRIC)
            return
        if self._plan is None:
            self._plan = Plan(space.context.settings.rater)
        if not self._plan.rater:
            self._tell_empty(NO_RATER)
            name = await self.app.push_screen_wait(
                AskText("Who labels?", "Your name, as labels are to be kept under", check=rater_problem)
            )
            if not name:
                return
            self._remember(replace(self._plan, rater=name))
        late = self.set_timer(LATE, partial(self._tell_empty, "Reading the queue …"))
        try:
            self._desk = await LabelDesk.open(space.session, space.working.base, self._plan)
        except JudgetuiError as error:
            self._tell_empty(f"{error}\n\nQ chooses another queue or pick.")
            return
        finally:
            late.stop()
        await self._turn()

    def _remember(self, plan: Plan) -> None:
        """Keep the plan while the app runs, and the name for the next time."""
        self._plan = plan
        context = self.judgetui.context
        if plan.rater != context.settings.rater:
            context.settings = replace(context.settings, rater=plan.rater)
            with contextlib.suppress(OSError, JudgetuiError):
                save_setting(context.paths.config_file, "rater", plan.rater)

    def _tell_empty(self, text: str) -> None:
        self._sheet = None
        self.query_one("#empty", Static).update(literal(text))
        self._toggle(False)

    def _toggle(self, there: bool) -> None:
        self.query_one("#empty").display = not there
        self.query_one("#desk").display = there
        self.query_one("#label-head", Static).display = self._desk is not None
        if self._desk is not None:
            self.query_one("#label-head", Static).update(literal(self._head()))
        self.refresh_bindings()

    def _head(self) -> str:
        desk = self._desk
        return "" if desk is None else head_words(desk, blind=self._blind, width=max(20, self.size.width - 2))

    # the item

    @work(group="sheet", exclusive=True, exit_on_error=False)
    async def _next(self) -> None:
        await self._turn()

    async def _turn(self) -> None:
        """Show the item at hand, or what there is to say at the end."""
        desk = self._desk
        if desk is None:
            return
        try:
            sheet = await desk.sheet()
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        if desk is not self._desk:
            return
        if sheet is None:
            self._tell_empty("\n\n".join(filter(None, (end_words(desk), self._last))))
            return
        self._sheet, self._said, self._named = sheet, sheet.as_shown(sheet.entry.said), False
        self._toggle(True)
        self._show_item()
        rows = self.query_one(LabelRows)
        await rows.put(sheet.asks, self._said)
        if self.focused is None and rows.row is not None and self.app.screen is self:
            rows.row.focus()
        self._show_beside()
        self._watch.start()

    @property
    def _blind(self) -> bool:
        """Whether the judge is hidden, and was for the item at hand."""
        return self._sheet is None or self._sheet.item.id not in self._seen

    def _show_item(self, *, again: bool = False) -> None:
        sheet, desk = self._sheet, self._desk
        if sheet is None or desk is None:
            return
        inputs = [spec.name for spec in desk.version.rubric.inputs]
        self.query_one(LabelItem).put(sheet.item, sheet.shown, inputs, blind=self._blind, again=again)
        self.query_one("#label-head", Static).update(literal(self._head()))

    def _show_beside(self) -> None:
        """Notes, flags, what raters said, what the judge said, and how it went with the item before."""
        sheet = self._sheet
        if sheet is None:
            return
        seen = self._seen.get(sheet.item.id)
        lines = beside(sheet, seen, named=self._named, last=self._last)
        shown = self.query_one("#beside", Static)
        shown.display = bool(lines)
        shown.update(lines)

    @on(LabelRow.Turned)
    def _show_meaning(self) -> None:
        row = self.query_one(LabelRows).row
        if row is not None:
            lines = 2 if self.has_class("-short") else 4
            self.query_one("#meaning", Static).update(meaning(row, lines * max(20, self.size.width - 4)))

    @on(Resize)
    def _resized(self) -> None:
        self._show_meaning()
        if self._desk is not None:
            self.query_one("#label-head", Static).update(literal(self._head()))

    @on(LabelRow.Scrolled)
    def _scroll(self, event: LabelRow.Scrolled) -> None:
        self.query_one(LabelItem).scroll_answers(event.by)

    # time and keys

    @on(Key)
    def _pressed(self, event: Key) -> None:
        """Note that somebody is there, which digit it was, and whether it is a label's first letter."""
        self._watch.touch()
        self._digit = event.key if event.key in "0123456789" else ""
        row = self.query_one(LabelRows).row if self._sheet is not None else None
        if row is not None and event.character is not None and row.letter(event.character):
            event.stop()
            event.prevent_default()

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
        row = self.query_one(LabelRows).row
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
        if (row := self.query_one(LabelRows).row) is not None:
            self._given(LabelRow.Given(row, verdict.value))

    @on(LabelRow.Given)
    def _given(self, event: LabelRow.Given) -> None:
        """Take in what is said of a criterion; once all is said, store it and go on."""
        sheet, desk, row = self._sheet, self._desk, event.row
        if sheet is None or desk is None or row.ask not in sheet.asks:
            return
        self._said[row.ask.key] = event.value
        row.put(event.value)
        rows = self.query_one(LabelRows)
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
        note = await self.app.push_screen_wait(
            AskText("Note", "What is to be remembered of this item", sheet.entry.note, required=False)
        )
        if note is not None and note != sheet.entry.note and desk is self._desk:
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
            self._show_item(again=True)
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
        from judgetui.tui.modals.label_queue import QueueDialog

        space = self.space
        if space is None or space.working is None:
            self.judgetui.tell("Open a session first (1).", severity="warning")
            return
        plan = self._plan or Plan(space.context.settings.rater)
        numeric = not isinstance(asks(space.working.base.rubric, 2)[0].choices[0].value, str)
        splits = await space.session.read(lambda repos: repos.answers.splits())
        chosen = await self.app.push_screen_wait(QueueDialog(plan, splits, numeric=numeric))
        if chosen is not None:
            self._remember(chosen)
            self._last = ""
            self._open()
