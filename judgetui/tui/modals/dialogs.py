"""The plain dialogs: a question, a line of text, a longer text, a text to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Click
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static, TextArea
from textual.worker import Worker

from judgetui.tui.text import literal, visible
from judgetui.tui.widgets.long_text import LongText
from judgetui.tui.widgets.text_areas import Area

if TYPE_CHECKING:
    from judgetui.tui.app import JudgetuiApp

Result = TypeVar("Result")

LONG = 50_000
"""Characters from which a text area would take too long to lay out."""


class Dialog(ModalScreen[Result | None]):
    """A dialog that escape or a click beside it closes with None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "close", show=False)]

    @property
    def judgetui(self) -> JudgetuiApp:
        """The app, typed."""
        return cast("JudgetuiApp", self.app)

    def action_leave(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        self.judgetui.complain_of(event.worker)

    @on(Click)
    def _click_beside(self, event: Click) -> None:
        if event.widget is self:
            self.action_leave()


class Confirm(Dialog[bool]):
    """A question with two answers; the one that changes nothing has the focus.

    Args:
        question: what is asked; names the thing and the count.
        yes: label of the answer that does it.
        no: label of the other one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes", show=False),
        Binding("n", "answer(False)", "no", show=False),
        Binding("left,right", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, yes: str, no: str = "Cancel", *, danger: bool = False) -> None:
        super().__init__()
        self._question, self._yes, self._no, self._danger = question, yes, no, danger

    def compose(self) -> ComposeResult:
        """Question and buttons."""
        with Vertical(classes="dialog"):
            yield Static(literal(self._question), classes="dialog-text")
            with Horizontal(classes="buttons"):
                yield Button(literal(f"{self._no} (n)"), id="no")
                yield Button(
                    literal(f"{self._yes} (y)"), id="yes", variant="error" if self._danger else "primary"
                )

    def on_mount(self) -> None:
        """Focus the answer that loses nothing."""
        self.query_one("#no" if self._danger else "#yes", Button).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer by key."""
        self.dismiss(yes)


class AskText(Dialog[str]):
    """A line of text.

    Args:
        title: what it is for.
        label: what to write.
        value: what stands there already.
        required: whether an empty line is refused.
        check: says what is wrong with a text, empty when nothing is; the dialog stays open until then.
    """

    def __init__(
        self,
        title: str,
        label: str,
        value: str = "",
        *,
        required: bool = True,
        check: Callable[[str], str] = lambda text: "",
    ) -> None:
        super().__init__()
        self._title, self._label, self._value, self._required = title, label, value, required
        self._check = check

    def compose(self) -> ComposeResult:
        """Title, input, hint."""
        with Vertical(classes="dialog"):
            yield Static(literal(self._title, "bold"), classes="dialog-title")
            yield Static(literal(self._label), classes="dialog-text")
            yield Input(visible(self._value), id="text")
            yield Static(literal("enter accepts · esc cancels", "dim"), classes="dialog-hint")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        wrong = "write something, or press esc." if self._required and not text else self._check(text)
        if wrong:
            self.query_one(".dialog-hint", Static).update(literal(wrong, "$text-error"))
        else:
            self.dismiss(text)


class EditText(Dialog[str]):
    """A text of several lines.

    Args:
        title: what it is.
        value: what stands there already.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s,f2,ctrl+j", "accept", "accept", priority=True)]

    def __init__(self, title: str, value: str = "") -> None:
        super().__init__()
        self._title, self._value = title, value

    def compose(self) -> ComposeResult:
        """Title, text, hint."""
        with Vertical(classes="dialog wide"):
            yield Static(literal(self._title, "bold"), classes="dialog-title")
            yield Area(self._value, id="text")
            yield Static(literal("ctrl+s accepts · esc cancels", "dim"), classes="dialog-hint")

    def action_accept(self) -> None:
        """Close with the text."""
        self.dismiss(self.query_one(TextArea).text.strip())


class Viewer(Dialog[None]):
    """A text to read, search and copy; shown as it is, control characters made visible.

    Args:
        title: what it is.
        text: the text; `copy` puts it in the clipboard unchanged.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy"),
        Binding("q", "leave", "close", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
        Binding("g", "edge(0)", show=False),
        Binding("G", "edge(1)", show=False),
    ]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """Title, text, hint."""
        with Vertical(classes="dialog full"):
            yield Static(literal(self._title, "bold"), classes="dialog-title")
            if len(self._text) > LONG:
                yield LongText(self._text, id="text")
            else:
                yield Area(visible(self._text), id="text", read_only=True, soft_wrap=True)
            yield Static(literal("y copies all · esc closes", "dim"), classes="dialog-hint")

    def action_copy(self) -> None:
        """Copy the whole text."""
        self.judgetui.copy(self._text, self._title)

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one("#text").scroll_relative(y=lines, animate=False)

    def action_edge(self, end: int) -> None:
        """Scroll to the start or the end."""
        area = self.query_one("#text")
        area.scroll_end(animate=False) if end else area.scroll_home(animate=False)
