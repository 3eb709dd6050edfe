"""The dialog that chooses what is labelled next, by whom and how it is picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, RadioSet, Static

from judgetui.core.answer import Pick, Queue
from judgetui.services.labelling import rater_problem
from judgetui.services.labelling_queues import Plan
from judgetui.tui.modals.dialogs import Dialog
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.toggles import Choice, Tick

QUEUES: Final = (
    (Queue.FIRST, "without my label"),
    (Queue.SECOND, "that others labelled"),
    (Queue.ADJUDICATION, "people disagree on"),
)
PICKS: Final = (
    (Pick.IN_ORDER, "in order"),
    (Pick.AT_RANDOM, "at random: honest"),
    (Pick.UNCERTAIN, "judge is unsure"),
    (Pick.DISAGREEMENT, "judges disagree"),
)


class QueueDialog(Dialog[Plan]):
    """Asks for queue, pick, split and rater; gives the plan, or None.

    Args:
        plan: what holds now.
        splits: those that items have.
        numeric: whether labels are numbers, that may be a little apart.
    """

    CSS = """
    QueueDialog .dialog { width: 76; }
    QueueDialog .body { height: auto; max-height: 1fr; scrollbar-size-vertical: 1; }
    QueueDialog .line { height: auto; }
    QueueDialog .line > Static { width: 8; }
    QueueDialog .line Input { width: 1fr; background: $boost; }
    QueueDialog .line #apart { width: 6; }
    QueueDialog .line #apart-told { width: 1fr; padding: 0 0 0 2; color: $text-muted; }
    QueueDialog .sets { height: auto; margin: 1 0 0 0; }
    QueueDialog .sets Vertical { width: 1fr; height: auto; }
    QueueDialog RadioSet { width: 1fr; height: auto; border: none; padding: 0; background: transparent; }
    QueueDialog #split { layout: horizontal; }
    QueueDialog #split > RadioButton { width: auto; margin: 0 2 0 0; }
    QueueDialog Tick { border: none; padding: 0; background: transparent; }
    QueueDialog #told { height: auto; color: $text-error; }
    QueueDialog.-short .sets { margin: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2", "start", "start", tooltip="Label from this queue")
    ]
    MORE_KEYS = (("tab", "Go on to what comes next"), ("space, enter", "Choose what the cursor is at"))

    def __init__(self, plan: Plan, splits: Sequence[str], *, numeric: bool) -> None:
        super().__init__()
        self._plan, self._splits, self._numeric = plan, list(splits), numeric

    def body(self) -> ComposeResult:
        """The form over its buttons."""
        plan = self._plan
        with Vertical(classes="dialog"):
            yield Static(literal("What to label next", "bold"), classes="dialog-title")
            with VerticalScroll(classes="body", can_focus=False):
                with Horizontal(classes="line"):
                    yield Static(literal("Rater", "bold"))
                    yield Input(plan.rater, id="rater", compact=True)
                with Horizontal(classes="sets"):
                    with Vertical():
                        yield Static(literal("Items", "bold"))
                        with RadioSet(id="queue", compact=True):
                            yield from (Choice(text, value=queue is plan.queue) for queue, text in QUEUES)
                    with Vertical():
                        yield Static(literal("Next comes", "bold"))
                        with RadioSet(id="pick", compact=True):
                            yield from (Choice(text, value=pick is plan.pick) for pick, text in PICKS)
                if self._splits:
                    with Vertical(classes="line"):
                        yield Static(literal("Split", "bold"))
                        with RadioSet(id="split", compact=True):
                            yield Choice("all", value=plan.split not in self._splits)
                            for split in self._splits:
                                yield Choice(literal(one_line(split, 16)), value=split == plan.split)
                if self._numeric:
                    with Horizontal(classes="line"):
                        yield Static(literal("Apart", "bold"))
                        yield Input(f"{plan.apart:g}", id="apart", compact=True)
                        yield Static(literal("points that are no disagreement yet"), id="apart-told")
                yield Tick("skipped items wait again", plan.again, id="again", compact=True)
            yield Static(id="told")
            with Horizontal(classes="buttons"):
                yield Button("Cancel (esc)", id="cancel", compact=True)
                yield Button("Start (ctrl+s)", id="start", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Start with the queue, or with the name where there is none."""
        self.query_one("#queue" if self._plan.rater else "#rater").focus()

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.action_leave()

    @on(Button.Pressed, "#start")
    @on(Input.Submitted)
    def _start(self) -> None:
        self.action_start()

    def action_start(self) -> None:
        """Close with the plan, or say what is wrong with it."""
        rater = self.query_one("#rater", Input).value.strip()
        if problem := rater_problem(rater):
            self._tell(problem, "#rater")
            return
        apart = self._apart()
        if apart is None:
            self._tell("write how many points raters may be apart, such as 0 or 1.", "#apart")
            return
        split = self.query_one("#split", RadioSet).pressed_index - 1 if self._splits else -1
        self.dismiss(
            replace(
                self._plan,
                rater=rater,
                queue=QUEUES[self.query_one("#queue", RadioSet).pressed_index][0],
                pick=PICKS[self.query_one("#pick", RadioSet).pressed_index][0],
                split=self._splits[split] if split >= 0 else None,
                apart=apart,
                again=self.query_one("#again", Tick).value,
            )
        )

    def _apart(self) -> float | None:
        if not self._numeric:
            return self._plan.apart
        try:
            apart = float(self.query_one("#apart", Input).value or "0")
        except ValueError:
            return None
        return apart if 0 <= apart < 1e6 else None

    def _tell(self, text: str, where: str) -> None:
        self.query_one("#told", Static).update(literal(text))
        self.query_one(where).focus()
