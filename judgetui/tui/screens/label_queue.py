"""A queue of items on screen: read once it is known who labels, shown one by one, passed on to the other screens."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from typing import Final

from textual import on, work
from textual.app import ComposeResult
from textual.events import Resize, ScreenResume, ScreenSuspend
from textual.widgets import Static

from judgetui.core.judgement import Judgement
from judgetui.errors import JudgetuiError
from judgetui.services.labelling import LabelDesk, Sheet, Stopwatch
from judgetui.services.labelling_queues import Plan
from judgetui.tui.changes import Changed
from judgetui.tui.screens.base import WorkScreen
from judgetui.tui.screens.label_dialogs import ask_rater
from judgetui.tui.text import literal
from judgetui.tui.widgets.label_view import LabelView
from judgetui.tui.widgets.label_words import end_words, head_words

NO_SESSION: Final = "No session is open. 1 goes to the sessions: enter opens one, D opens the demo."
NO_RUBRIC: Final = "This session has no rubric, so there is nothing to label by."
NO_RATER: Final = "Labels are kept by who gave them, so that raters can be compared.\n\nQ asks who you are."

LATE: Final = 0.3
"""Seconds until it is told that a queue is being read."""


class QueueScreen(WorkScreen):
    """Goes through a queue and shows the item at hand. Subclasses take in what is said of it."""

    def __init__(self) -> None:
        super().__init__()
        self._desk: LabelDesk | None = None
        self._plan: Plan | None = None
        self._sheet: Sheet | None = None
        self._said: dict[str, str | float] = {}
        self._watch = Stopwatch()
        self._turning = False
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
        yield LabelView(id="desk")

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
        self._watch.resume()

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
        with contextlib.suppress(JudgetuiError):  # a session that is being closed
            await space.reload_items()
            if space.live is None:
                await space.show_run(space.shown)
        if space is not self.space:
            return
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
            name = await ask_rater(self.judgetui)
            if not name:
                return
            self._plan = replace(self._plan, rater=name)
        late = self.set_timer(LATE, partial(self._tell_empty, "Reading the queue …"))
        try:
            self._desk = await LabelDesk.open(space.session, space.working.base, self._plan)
        except JudgetuiError as error:
            self._tell_empty(f"{error}\n\nQ chooses another queue or pick.")
            return
        finally:
            late.stop()
        await self._turn()

    def _tell_empty(self, text: str) -> None:
        self._sheet = None
        self.query_one("#empty", Static).update(literal(text))
        self._toggle(False)

    def _toggle(self, there: bool) -> None:
        self.query_one("#empty").display = not there
        self.query_one("#desk").display = there
        self._show_head()
        self.refresh_bindings()

    def _show_head(self) -> None:
        head, desk = self.query_one("#label-head", Static), self._desk
        head.display = desk is not None
        if desk is not None:
            head.update(literal(head_words(desk, blind=self._blind, width=max(20, self.size.width - 2))))

    # the item

    def _next(self) -> None:
        """Turn to the item at hand; keys that come before it is there are meant for no item."""
        self._turning = True
        self._read_next()

    @work(group="sheet", exclusive=True, exit_on_error=False)
    async def _read_next(self) -> None:
        await self._turn()

    async def _turn(self) -> None:
        """Show the item at hand, or what there is to say at the end."""
        await self._show_next()
        self._turning = False

    async def _show_next(self) -> None:
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
        view = self.query_one(LabelView)
        await view.put(sheet, self._inputs, blind=self._blind)
        if self.focused is None and view.rows.row is not None and self.app.screen is self:
            view.rows.row.focus()
        self._show_beside()
        self._watch.start()

    @property
    def _blind(self) -> bool:
        """Whether the judge is hidden, and was for the item at hand."""
        return self._sheet is None or self._sheet.item.id not in self._seen

    @property
    def _inputs(self) -> list[str]:
        return [] if self._desk is None else [spec.name for spec in self._desk.version.rubric.inputs]

    def _show_beside(self) -> None:
        sheet = self._sheet
        if sheet is not None:
            seen = self._seen.get(sheet.item.id)
            self.query_one(LabelView).show_beside(sheet, seen, named=self._named, last=self._last)

    @on(Resize)
    def _resized(self) -> None:
        self.query_one(LabelView).show_meaning()
        self._show_head()
