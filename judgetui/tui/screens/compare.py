"""The compare screen: a run's items, the answers side by side, and what the judges said of them."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize, ScreenResume
from textual.widgets import Static

from judgetui.config.keymap import Scope
from judgetui.core.judgement import Judgement
from judgetui.core.protocols.base import response_text, scale_of
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.run import Run, RunItem, RunOrigin
from judgetui.core.scale import Scale
from judgetui.core.session import Version
from judgetui.core.vote import Status
from judgetui.errors import JudgetuiError
from judgetui.services import reading
from judgetui.tui.actions import bindings
from judgetui.tui.changes import Changed
from judgetui.tui.modals.dialogs import Viewer
from judgetui.tui.modals.differences import AnswerDifferences
from judgetui.tui.screens.base import WorkScreen
from judgetui.tui.text import literal
from judgetui.tui.widgets.answers import Answers, TextPane, background
from judgetui.tui.widgets.items import ItemTable, Rows
from judgetui.tui.widgets.run_head import RunHead
from judgetui.tui.widgets.verdict import VerdictView, verdict_content

AGAIN = frozenset({Status.FAILED, Status.UNPARSED, Status.CANCELLED})
"""What `rerun failed` asks for again; a refusal is an answer."""

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
        self._position: int | None = None
        self._swapped = False
        self._painted: object = None

    def body(self) -> ComposeResult:
        """Head, items left, answers and verdict right."""
        yield RunHead(id="head")
        yield Static(id="empty")
        with Horizontal(id="columns"):
            yield ItemTable(id="items")
            with Vertical(id="side"):
                yield Answers()
                yield TextPane("verdict")

    # painting

    def show(self, changed: Changed) -> None:
        """Repaint what changed; the item shown stays."""
        space = self.space
        run = None if space is None else space.shown
        if space is None or run is None:
            self._loading = self._rows = self._position = None
            self.workers.cancel_group(self, "load")
            self.query_one("#empty", Static).update(literal(NO_SESSION if space is None else NO_RUN))
            self._toggle(False)
            return
        if self not in self.app.screen_stack or not (changed.session or changed.rubric or changed.run):
            return
        self._toggle(True)
        if self._rows is not None and self._rows.current():
            self._sync()
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

    @on(Resize)
    def _resized(self) -> None:
        self.query_one(ItemTable).fit(self.size.width)
        self.call_after_refresh(self._refit)

    def _refit(self) -> None:
        """Write again what depends on the width."""
        self._show_verdict()
        if self.space is not None:
            self.query_one(RunHead).put(self.space, counted=True)

    @work(group="load", exclusive=True, exit_on_error=False)
    async def _load(self, run: Run) -> None:
        """Read a run's items and version, and fill the table; the item shown stays if it is there."""
        space, rows = self.space, self._rows
        if space is None:
            return
        again = rows is not None and rows.run.id == run.id
        wanted = None if self._item is None else self._item.item.id
        if not again:
            self._rows = self._position = None
        try:
            if rows is None or not again:
                self._version = await space.session.read(lambda repos: repos.rubrics.version(run.version_id))
                items = await space.session.read(lambda repos: repos.runs.items(run.id))
            else:
                items = list(rows.items)
            await space.read_judgements()
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        self._rows = Rows(space, run, items)
        first = next((each.position for each in items if each.item.id == wanted), 0)
        self.query_one(ItemTable).put(self._rows, first)
        self._show_item(first)
        self._sync()
        self.query_one(RunHead).put(space)

    def _sync(self) -> None:
        """Bring table and verdict up to date."""
        if self._rows is None:
            return
        self.query_one(ItemTable).update_rows()
        if self._verdict_state() != self._painted:
            self._show_verdict()

    @property
    def _item(self) -> RunItem | None:
        if self._rows is None or self._position is None:
            return None
        return self._rows.items[self._position]

    def _judgements(self) -> tuple[Judgement | None, ...]:
        """What the judges said of the item shown, None for those that have not yet."""
        if self._rows is None or self._position is None:
            return ()
        return self._rows.judgements(self._position)

    def _verdict_state(self) -> object:
        """What the verdict of the item shown is made of."""
        if self._rows is None or self._position is None:
            return None
        return self._judgements(), self._rows.waiting(self._position)

    def _show_item(self, position: int) -> None:
        if self._rows is None or position == self._position or not 0 <= position < len(self._rows.items):
            return
        self._position = position
        self._show_answers()
        self._show_verdict(keep_place=False)

    def _show_answers(self) -> None:
        item = self._item
        if item is None or self._rows is None:
            return
        category = f" · {item.item.category}" if item.item.category else ""
        title = f"{item.position + 1} of {len(self._rows.items)} · {item.item.id}{category}"
        self.query_one(Answers).put(item.item, title, self._inputs, self._swapped)

    def _show_verdict(self, *, keep_place: bool = True) -> None:
        item = self._item
        if item is None or self._rows is None:
            return
        judges = self._rows.run.judges
        found, self._painted = self._judgements(), self._verdict_state()
        frame = 3 if self.has_class("-narrow") else 5
        view = VerdictView(
            item=item.item,
            judgements=dict(zip(judges, found, strict=True)),
            waiting=self._rows.waiting(item.position),
            scale=self._scale,
            background=background(item.item, self._inputs),
            width=max(20, self.size.width - self.query_one(ItemTable).cells - frame),
            short=self.has_class("-short"),
        )
        title = f"verdict · {judges[0]}" if len(judges) == 1 else f"verdicts of {len(judges)} judges"
        content = verdict_content(view)
        pane = self.query_one("#verdict", TextPane)
        pane.put(title, content.plain, content, keep_place=keep_place)
        pane.full = (
            "\n\n".join(reading.verdict_text(each) for each in found if each is not None) or content.plain
        )

    @property
    def _inputs(self) -> list[str]:
        return [] if self._version is None else [spec.name for spec in self._version.rubric.inputs]

    @property
    def _scale(self) -> Scale | None:
        if self._version is None:
            return None
        protocol = get_protocol(self._version.rubric.protocol)
        if protocol.default_scale is None:
            return None
        return scale_of(protocol, self._version.rubric)

    @on(ItemTable.Moved)
    def _moved(self, event: ItemTable.Moved) -> None:
        self._show_item(event.position)

    # actions

    def action_next_item(self) -> None:
        """Go to the next item."""
        self._go(1)

    def action_previous_item(self) -> None:
        """Go to the item before."""
        self._go(-1)

    def _go(self, by: int) -> None:
        if self._rows is None or self._position is None:
            return
        position = self._position + by
        if not 0 <= position < len(self._rows.items):
            self.judgetui.tell("That was the last item." if by > 0 else "That was the first item.")
            return
        self._show_item(position)
        self.query_one(ItemTable).go_to(position)

    def action_swap(self) -> None:
        """Swap the sides of the two answers."""
        item = self._item
        if item is None or len(item.item.responses) != 2:
            self.judgetui.tell("There is one answer, so there are no sides to swap.")
            return
        self._swapped = not self._swapped
        self._show_answers()

    def action_whole(self) -> None:
        """Show the whole text of the pane with the focus, or of the verdict."""
        pane = self.focused if isinstance(self.focused, TextPane) else self.query_one("#verdict", TextPane)
        if self._item is not None:
            self.app.push_screen(Viewer(pane.title, pane.full))

    def action_diff(self) -> None:
        """Show what differs between the two answers."""
        item = self._item
        if item is None or len(item.item.responses) != 2:
            self.judgetui.tell("There is one answer, so there is nothing to compare it with.")
            return
        first, second = (response_text(response) for response in item.item.responses)
        self.app.push_screen(
            AnswerDifferences(f"{item.item.id}: what differs between A and B", first, second)
        )

    @work(group="view", exclusive=True, exit_on_error=False)
    async def action_raw(self) -> None:
        """Show the raw replies."""
        if found := await self._evidence():
            self._view("raw replies", self._by_judge(found, reading.replies_text))

    @work(group="view", exclusive=True, exit_on_error=False)
    async def action_prompt(self) -> None:
        """Show the prompts exactly as sent."""
        if found := await self._evidence():
            text = self._by_judge(found, reading.prompts_text)
            self._view(
                "prompts as sent", text or "Nothing was sent, or the calls are no longer in the session."
            )

    @work(group="view", exclusive=True, exit_on_error=False)
    async def action_logprobs(self) -> None:
        """Show the token probabilities at the score."""
        if not (found := await self._evidence()):
            return
        scale = self._scale
        if text := self._by_judge(found, lambda each: reading.logprobs_text(each, scale)):
            self._view("token probabilities at the score", text)
        elif scale is None:
            self.judgetui.tell(
                "A verdict is read from the reply's text; no token probabilities are asked for."
            )
        else:
            self.judgetui.tell("The judge returned no token probabilities for this item.")

    def _view(self, what: str, text: str) -> None:
        item = self._item
        if item is not None:
            self.app.push_screen(Viewer(f"{item.item.id}: {what}", text))

    async def _evidence(self) -> list[tuple[str, list[reading.Evidence]]]:
        """Votes and calls of the item shown, by judge; says so when there are none."""
        space, item = self.space, self._item
        if space is None or item is None or self._rows is None:
            return []
        there = [judgement for judgement in self._judgements() if judgement is not None]
        if not there:
            self.judgetui.tell(
                f"{item.item.id} is {self._rows.waiting(item.position)}; there is no reply yet."
            )
            return []
        try:
            return [(each.judge, await reading.evidence(space.session, each)) for each in there]
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return []

    def _by_judge(self, found: list[tuple[str, list[reading.Evidence]]], write: reading.Write) -> str:
        """One text for each judge, headed by its name where there are several."""
        texts = [(judge, write(each)) for judge, each in found]
        if len(found) == 1:
            return texts[0][1]
        return "\n\n".join(f"{judge}\n{'═' * len(judge)}\n{text}" for judge, text in texts if text)

    def action_copy_verdict(self) -> None:
        """Copy the verdict and rationale."""
        texts = [reading.verdict_text(judgement) for judgement in self._judgements() if judgement is not None]
        if texts:
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
        if self._rows is not None and self._position is not None and self._may_ask():
            self._again({judge: [self._position] for judge in self._rows.run.judges})

    def action_rerun_failed(self) -> None:
        """Judge again what failed or could not be parsed."""
        if self._rows is None or not self._may_ask():
            return
        wanted: dict[str, list[int]] = {}
        for judgement in self._rows.stored():
            if judgement.status in AGAIN:
                wanted.setdefault(judgement.judge, []).append(judgement.position)
        if wanted:
            self._again(wanted)
        else:
            self.judgetui.tell("Nothing failed, and every reply could be parsed.")

    def _may_ask(self) -> bool:
        """Whether judging again is possible now; says why not."""
        space = self.space
        if space is None or self._rows is None:
            return False
        if space.live is not None or any(w.group == "run" and not w.is_finished for w in self.app.workers):
            self.judgetui.tell("A run is going; x stops it.", severity="warning")
            return False
        if self._rows.run.origin is RunOrigin.RECORDED:
            self.judgetui.tell(
                "This run is a recording and stays as it is. f5 runs the rubric anew.", severity="warning"
            )
            return False
        return True

    @work(group="again", exclusive=True, exit_on_error=False)
    async def _again(self, wanted: dict[str, list[int]]) -> None:
        """Forget judgements by judge and position, and take the run to its end again."""
        space = self.space
        if space is None or space.shown is None:
            return
        run = space.shown
        try:
            for judge, positions in wanted.items():
                await space.runner.forget(replace(run, judges=(judge,)), positions)
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        self.judgetui.start_run(run, fresh=True)
