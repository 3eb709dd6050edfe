"""The plain dialogs: a question, a line of text, a longer text, a text to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Click, Resize
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static, TextArea
from textual.worker import Worker

from judgetui.tui.text import literal, visible
from judgetui.tui.widgets.keys import KeysLine
from judgetui.tui.widgets.long_text import LongText
from judgetui.tui.widgets.text_areas import Area

if TYPE_CHECKING:
    from judgetui.tui.app import JudgetuiApp

Result = TypeVar("Result")

LONG = 50_000
"""Characters from which a text area would take too long to lay out."""


Keys = tuple[tuple[str, str], ...]
"""Keys as people read them, each with what it does."""

LIST_WORDS: Final[Keys] = (("j k, arrows", "Move"), ("g, G", "Go to the first, to the last"))
"""What help says of the keys that every list has."""

SCROLL_WORDS: Final[Keys] = (("j k, arrows", "Scroll"), ("g, G", "Go to the start, to the end"))
"""What help says of the keys that every scrollable text has."""

TINY = 18
"""Lines of a terminal below which a dialog leaves out what the last line and f1 say too."""

DEAF = 0.5
"""Seconds in which a dialog that nobody asked for takes no key: it was meant for what is below."""


class Dialog(ModalScreen[Result | None]):
    """A dialog that escape or a click beside it closes with None. Subclasses compose `body`.

    The last line and f1 tell the keys: the bindings that have a tooltip, and `MORE_KEYS`.
    """

    DEFAULT_CSS = """
    Dialog .dialog { overflow-y: auto; scrollbar-size-vertical: 1; }
    Dialog .dialog OptionList, Dialog .dialog DataTable { min-height: 3; }
    Dialog.-tiny .dialog-hint.-keys { display: none; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", tooltip="Close the dialog; nothing is changed by that"),
        Binding("f1,question_mark", "help", "help", tooltip="Show the keys that work here"),
    ]

    MORE_KEYS: ClassVar[Keys] = ()
    """Keys that a widget in the dialog answers, with what they do."""

    def compose(self) -> ComposeResult:
        """What the dialog shows, and the keys that work in it."""
        yield from self.body()
        yield KeysLine(show_command_palette=False)

    def body(self) -> ComposeResult:
        """The dialog's own widgets."""
        yield from ()

    @property
    def judgetui(self) -> JudgetuiApp:
        """The app, typed."""
        return cast("JudgetuiApp", self.app)

    def action_leave(self) -> None:
        """Close without a result."""
        self.dismiss(None)

    def action_help(self) -> None:
        """Show the keys that work here."""
        from judgetui.tui.modals.help import DialogHelp

        self.app.push_screen(DialogHelp(self))

    @on(Resize)
    def _resized(self, event: Resize) -> None:
        self.set_class(event.size.height < TINY, "-tiny")

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
        danger: whether `yes` takes something away.
        unasked: whether it opens by itself; then no key answers it at once.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes", tooltip="Say yes"),
        Binding("n", "answer(False)", "no", tooltip="Say no"),
        Binding("left,right", "app.focus_next", show=False),
    ]
    MORE_KEYS = (("tab, left, right", "Go to the other answer"), ("enter", "Give the answer with the focus"))

    def __init__(
        self, question: str, yes: str, no: str = "Cancel", *, danger: bool = False, unasked: bool = False
    ) -> None:
        super().__init__()
        self._question, self._yes, self._no, self._danger = question, yes, no, danger
        self._unasked, self._deaf = unasked, unasked

    def body(self) -> ComposeResult:
        """Question and buttons."""
        with Vertical(classes="dialog"):
            yield Static(literal(self._question), classes="dialog-text")
            with Horizontal(classes="buttons"):
                yield Button(literal(f"{self._no} (n)"), id="no", disabled=self._deaf)
                yield Button(
                    literal(f"{self._yes} (y)"),
                    id="yes",
                    variant="error" if self._danger else "primary",
                    disabled=self._deaf,
                )

    def on_mount(self) -> None:
        """Take answers, of a question that nobody asked for a little later."""
        if self._deaf:
            self.set_timer(DEAF, self._listen)
        else:
            self._listen()

    def _listen(self) -> None:
        """Take answers; the one that loses nothing has the focus."""
        self._deaf = False
        self.query(Button).set(disabled=False)
        self.query_one("#no" if self._danger or self._unasked else "#yes", Button).focus()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim the answers while none is taken."""
        if self._deaf and action in ("answer", "leave"):
            return None
        return super().check_action(action, parameters)

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

    MORE_KEYS = (("enter", "Accept the line"),)

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

    def body(self) -> ComposeResult:
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

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2,ctrl+j", "accept", "accept", tooltip="Accept the text")
    ]

    def __init__(self, title: str, value: str = "") -> None:
        super().__init__()
        self._title, self._value = title, value

    def body(self) -> ComposeResult:
        """Title, text, hint."""
        with Vertical(classes="dialog wide"):
            yield Static(literal(self._title, "bold"), classes="dialog-title")
            yield Area(self._value, id="text")
            yield Static(literal("ctrl+s accepts · esc cancels", "dim"), classes="dialog-hint -keys")

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
        Binding("y", "copy", "copy", tooltip="Copy the whole text"),
        Binding("q", "leave", "close", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
        Binding("g", "edge(0)", show=False),
        Binding("G", "edge(1)", show=False),
    ]
    MORE_KEYS = SCROLL_WORDS

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    def body(self) -> ComposeResult:
        """Title, text, hint."""
        with Vertical(classes="dialog full"):
            yield Static(literal(self._title, "bold"), classes="dialog-title")
            if len(self._text) > LONG:
                yield LongText(self._text, id="text")
            else:
                yield Area(visible(self._text), id="text", read_only=True, soft_wrap=True)
            yield Static(literal("y copies all · esc closes", "dim"), classes="dialog-hint -keys")

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
