"""The compare screen: a run's items, the answers side by side, and what the judges said of them."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.events import Resize, ScreenResume, ScreenSuspend
from textual.timer import Timer
from textual.widgets import Static

from judgetui.config.keymap import Scope
from judgetui.core.judgement import Judgement
from judgetui.core.protocols.prompting import response_text
from judgetui.core.run import Run
from judgetui.core.session import Version
from judgetui.errors import JudgetuiError
from judgetui.services import reading
from judgetui.tui.actions import bindings
from judgetui.tui.changes import Changed
from judgetui.tui.modals.dialogs import Viewer
from judgetui.tui.modals.differences import AnswerDifferences
from judgetui.tui.screens.base import WorkScreen
from judgetui.tui.text import literal
from judgetui.tui.widgets.answers import TextPane, letter
from judgetui.tui.widgets.item_side import ItemSide
from judgetui.tui.widgets.items import ItemTable, Rows
from judgetui.tui.widgets.run_head import RunHead
from judgetui.tui.widgets.several import UNASKED
from judgetui.tui.workspace import Detail

LATE = 0.15
"""Seconds that an item the cursor has left may stay on screen, where the next one takes long to read."""

Found = list[tuple[Judgement, list[reading.Evidence]]]
"""Judgements of an item, each with its votes and calls."""

NO_SESSION = "No session is open. 1 goes to the sessions: enter opens one, D opens the demo."
NO_RUN = "This rubric has no run yet, so there are no verdicts.\n\nf5 runs it; verdicts show as they come."


class CompareScreen(WorkScreen):
    """Answers and verdicts of the run that is shown."""

    SCOPE = Scope.COMPARE
    CSS_PATH = "compare.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.COMPARE)

    def __init__(self) -> None:
        super().__init__()
        self._loading: object = None
        self._rows: Rows | None = None
        self._version: Version | None = None
        self._painted: object = None
        self._wanted: object = None
        self._late: Timer | None = None
        self._written = 0

    def body(self) -> ComposeResult:
        """Head, items left, answers and verdict right."""
        yield RunHead(id="head")
        yield Static(id="empty")
        with Horizontal(id="columns"):
            yield ItemTable(id="items")
            yield ItemSide(id="side")

    # painting

    def show(self, changed: Changed) -> None:
        """Repaint what changed; the item shown stays."""
        space = self.space
        run = None if space is None else space.shown
        if space is None or run is None:
            self._loading = self._rows = None
            self.workers.cancel_group(self, "load")
            self.query_one("#empty", Static).update(literal(NO_SESSION if space is None else NO_RUN))
            self._toggle(False)
            return
        if self not in self.app.screen_stack or not (changed.session or changed.rubric or changed.run):
            return
        self._toggle(True)
        if self._rows is not None and self._rows.current():
            self._go_to_wanted()
            self._sync()
            self._show_written()
        elif self._loading is not space.judgements:
            self._loading = space.judgements
            self._load(run)
        self.query_one(RunHead).put(space, counted=not changed.judged)

    def _toggle(self, there_is_a_run: bool) -> None:
        self.query_one("#empty").display = not there_is_a_run
        self.query_one("#columns").display = self.query_one("#head").display = there_is_a_run
        if there_is_a_run and self.focused is None:
            self.query_one(ItemTable).focus()

    @on(ScreenResume)
    def _resumed(self) -> None:
        """Catch up with what came while another screen was shown."""
        self.show(Changed(run=True))

    @on(ScreenSuspend)
    def _suspended(self) -> None:
        """Have no item go before the others any more, unless this is only behind a dialog."""
        if self.space is not None and self not in self.app.screen_stack:
            self.space.aim(None, None)

    @on(Resize)
    def _resized(self) -> None:
        self.query_one(ItemTable).fit(self.size.width)
        self.call_after_refresh(self._refit)

    def _refit(self) -> None:
        """Write again what depends on the width."""
        self.query_one(ItemSide).show_verdict()
        if self.space is not None:
            self.query_one(RunHead).put(self.space, counted=True)

    @work(group="load", exclusive=True, exit_on_error=False)
    async def _load(self, run: Run) -> None:
        """Read a run's items and version, and fill the table; the item shown stays if it is there."""
        space, rows = self.space, self._rows
        if space is None:
            return
        again = rows is not None and rows.run.id == run.id
        here = None if rows is None or not rows.items else rows.items[self._position].item_id
        wanted, space.wanted_item = space.wanted_item or here, None
        if not again:
            self._rows = None
        try:
            if rows is None or not again:
                self._version = await space.session.read(lambda repos: repos.rubrics.version(run.version_id))
                items = await space.session.read(lambda repos: repos.runs.item_rows(run.id))
            else:
                items = list(rows.items)
            at = next((row.position for row in items if row.item_id == wanted), 0)
            if self in self.app.screen_stack:
                space.aim(run, at)
            await space.read_judgements()
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        self._rows = Rows(space, run, items)
        self.query_one(ItemTable).put(self._rows, at)
        self._sync()
        self.query_one(RunHead).put(space)

    def _go_to_wanted(self) -> None:
        """Go to the item that another screen asked for."""
        space, rows = self.space, self._rows
        if space is None or rows is None or space.wanted_item is None:
            return
        wanted, space.wanted_item = space.wanted_item, None
        at = next((row.position for row in rows.items if row.item_id == wanted), None)
        if at is not None:
            self.query_one(ItemTable).go_to(at)

    def _sync(self) -> None:
        """Bring table and side up to date."""
        if self._rows is not None:
            self.query_one(ItemTable).update_rows()
            self._follow()

    @on(ItemTable.Moved)
    def _follow(self) -> None:
        """Have the side show the item under the cursor, as it is now."""
        if self.space is not None and self._rows is not None and self in self.app.screen_stack:
            self.space.aim(self._rows.run, self._position)
        state, before = self._state(), self._wanted
        self._wanted = state
        if state is None or state in (before, self._painted):
            return
        if self._late is None:
            self._late = self.set_timer(LATE, self._blank)
        self._read()

    def _show_written(self) -> None:
        """Show what was written since; a judgement that has come is shown by `_follow`."""
        space, side = self.space, self.query_one(ItemSide)
        if space is None or space.writing.changes == self._written:
            return
        self._written = space.writing.changes
        if self._painted == self._state() and side.detail is not None:
            side.show_verdict()

    @work(group="detail", exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        await self._whole()

    async def _whole(self) -> Detail | None:
        """The item under the cursor: what is shown, else read and, if the cursor is still there, shown."""
        space, rows, side = self.space, self._rows, self.query_one(ItemSide)
        position, state = self._position, self._state()
        if space is None or rows is None or state is None:
            return None
        if state == self._painted:
            return side.detail
        try:
            detail = await space.detail(rows.run, position)
        except JudgetuiError as error:
            self._wanted = None
            self.judgetui.complain(error)
            return None
        if detail is not None and rows is self._rows and position == self._position:
            self._painted = state
            if self._late is not None:
                self._late.stop()
                self._late = None
            side.put(detail, rows, self._version)
        return detail

    def _blank(self) -> None:
        """Take away an item that the cursor has left, where the next one takes long to read."""
        self._late, side = None, self.query_one(ItemSide)
        if side.detail is not None and side.detail.item.position != self._position:
            self._painted = None
            side.clear()

    @property
    def _position(self) -> int:
        return self.query_one(ItemTable).cursor

    def _state(self) -> object:
        """What the side is made of; None without a run."""
        if self._rows is None or not self._rows.items:
            return None
        position = self._position
        return self._rows, self._rows.judgements(position), self._rows.waiting(position), position

    # actions

    def action_next_item(self) -> None:
        """Go to the next item."""
        self._go(1)

    def action_previous_item(self) -> None:
        """Go to the item before."""
        self._go(-1)

    def _go(self, by: int) -> None:
        if self._rows is None:
            return
        position = self._position + by
        if not 0 <= position < len(self._rows.items):
            self.judgetui.tell("That was the last item." if by > 0 else "That was the first item.")
            return
        self.query_one(ItemTable).go_to(position)
        self._follow()

    def action_next_answer(self) -> None:
        """Show the next of several answers."""
        self._turn(1)

    def action_previous_answer(self) -> None:
        """Show the one of several answers before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        if not self.query_one(ItemSide).turn(by):
            self.judgetui.tell("All answers of this item are shown.")

    def action_swap(self) -> None:
        """Swap the sides of the two answers."""
        if not self.query_one(ItemSide).swap():
            self.judgetui.tell("There is one answer, so there are no sides to swap.")

    @work(group="view", exclusive=True, exit_on_error=False)
    async def action_whole(self) -> None:
        """Show the whole text of the pane with the focus, or of the verdict."""
        pane = self.focused if isinstance(self.focused, TextPane) else self.query_one("#verdict", TextPane)
        if await self._whole() is not None:
            self.app.push_screen(Viewer(pane.title, pane.full))

    @work(group="view", exclusive=True, exit_on_error=False)
    async def action_diff(self) -> None:
        """Show what differs between the two answers."""
        if (detail := await self._whole()) is None:
            return
        item, pair = detail.item.item, self.query_one(ItemSide).pair
        if len(pair) != 2:
            self.judgetui.tell("There is one answer, so there is nothing to compare it with.")
            return
        first, second = (response_text(item.responses[answer]) for answer in pair)
        names = (letter(pair[0]), letter(pair[1]))
        title = f"{item.id}: what differs between {names[0]} and {names[1]}"
        self.app.push_screen(AnswerDifferences(title, first, second, names))

    @work(group="view", exclusive=True, exit_on_error=False)
    async def action_raw(self) -> None:
        """Show the raw replies."""
        if found := await self._evidence():
            self._view(found, "raw replies", self._by_judge(found, reading.replies_text))

    @work(group="view", exclusive=True, exit_on_error=False)
    async def action_prompt(self) -> None:
        """Show the prompts exactly as sent."""
        if found := await self._evidence():
            text = self._by_judge(found, reading.prompts_text)
            nothing = "Nothing was sent, or the calls are no longer in the session."
            self._view(found, "prompts as sent", text or nothing)

    @work(group="view", exclusive=True, exit_on_error=False)
    async def action_logprobs(self) -> None:
        """Show the token probabilities at the score."""
        if not (found := await self._evidence()):
            return
        side = self.query_one(ItemSide)
        scale = side.scale
        if text := self._by_judge(found, lambda each: reading.logprobs_text(each, scale)):
            self._view(found, "token probabilities at the score", text)
        elif not side.reads_logprobs:
            self.judgetui.tell(
                "The result is read from the reply's text; no token probabilities are asked for."
            )
        else:
            self.judgetui.tell("The judge returned no token probabilities for this item.")

    def _view(self, found: Found, what: str, text: str) -> None:
        self.app.push_screen(Viewer(f"{found[0][0].item.id}: {what}", text))

    async def _evidence(self) -> Found:
        """Votes and calls of the item under the cursor; says so when there are none."""
        space, rows, detail = self.space, self._rows, await self._whole()
        if space is None or rows is None or detail is None:
            return []
        there = [judgement for judgement in detail.judgements if judgement is not None]
        if not any(judgement.votes for judgement in there):
            item = detail.item
            state = UNASKED if there else rows.waiting(item.position)
            self.judgetui.tell(f"{item.item.id} is {state}; there is no reply{'' if there else ' yet'}.")
            return []
        try:
            return [(each, await reading.evidence(space.session, each)) for each in there]
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return []

    def _by_judge(self, found: Found, write: reading.Write) -> str:
        """One text for each judge, headed by its name where there are several."""
        texts = [(judgement.judge, write(evidence)) for judgement, evidence in found]
        if len(found) == 1:
            return texts[0][1]
        return "\n\n".join(f"{judge}\n{'═' * len(judge)}\n{text}" for judge, text in texts if text)

    @work(group="view", exclusive=True, exit_on_error=False)
    async def action_copy_verdict(self) -> None:
        """Copy the verdict and rationale."""
        detail = await self._whole()
        said = () if detail is None else detail.judgements
        if texts := [reading.verdict_text(judgement) for judgement in said if judgement is not None]:
            self.judgetui.copy("\n\n".join(texts), "the verdict")
        else:
            self.judgetui.tell("There is no verdict to copy yet.")

    @work(group="view", exclusive=True, exit_on_error=False)
    async def action_copy_prompt(self) -> None:
        """Copy the first prompt as sent."""
        found = await self._evidence()
        call = next((each.call for _, every in found for each in every if each.call is not None), None)
        if call is not None:
            order = reading.order_word(call.request.order)
            self.judgetui.copy(
                reading.messages_text(reading.sent_messages(call)),
                f"the prompt{f', {order}' if order else ''}",
            )
        elif found:
            self.judgetui.tell("Nothing was sent for this item.")

    def action_rejudge(self) -> None:
        """Judge this item again."""
        space = self.space
        if space is not None and space.shown is not None and self._may_ask():
            self.judgetui.start_run(space.shown, again=(self._position,))

    @work(group="again", exclusive=True, exit_on_error=False)
    async def action_rerun_failed(self) -> None:
        """Ask again for what failed."""
        space = self.space
        if space is not None and space.shown is not None and self._may_ask():
            await self.judgetui.run_control.ask_failed_again(space, space.shown)

    def _may_ask(self) -> bool:
        """Whether judging again is possible now; says why not."""
        if self._rows is None:
            return False
        if why := self.judgetui.run_control.hindrance(self._rows.run):
            self.judgetui.tell(why, severity="warning")
        return not why
