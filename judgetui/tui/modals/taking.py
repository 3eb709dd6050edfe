"""Items on their way into a session: how far, and how to stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import ProgressBar, Static

from judgetui.errors import JudgetuiError
from judgetui.services.intake import Stored, take
from judgetui.tui.modals.dialogs import Dialog
from judgetui.tui.modals.import_items import Chosen
from judgetui.tui.text import literal

if TYPE_CHECKING:
    from judgetui.storage.database import SessionFile


class TakingDialog(Dialog[Stored]):
    """Puts items into a session and shows how far it is; gives what came of it, or None when it was stopped.

    Args:
        session: where they go.
        chosen: what is taken.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "stop", tooltip="Stop the import; then nothing is taken")
    ]

    def __init__(self, session: SessionFile, chosen: Chosen) -> None:
        super().__init__()
        self._session, self._chosen = session, chosen
        self._done, self._stopped = 0, False

    def body(self) -> ComposeResult:
        """A bar."""
        with Vertical(classes="dialog"):
            yield Static(literal("Taking the items", "bold"), classes="dialog-title")
            yield ProgressBar(total=self._chosen.found.good, show_eta=False)
            yield Static(literal("esc stops; then nothing is taken", "dim"), classes="dialog-hint -keys")

    def on_mount(self) -> None:
        """Begin."""
        self.set_interval(0.1, self._show)
        self._take()

    def _show(self) -> None:
        self.query_one(ProgressBar).progress = self._done

    def _told(self, done: int) -> bool:
        self._done = done
        return not self._stopped

    @work(group="take", exit_on_error=False)
    async def _take(self) -> None:
        chosen = self._chosen
        try:
            stored = await take(self._session, chosen.plan, skip_bad=chosen.skip_bad, progress=self._told)
        except (JudgetuiError, OSError) as error:
            self.judgetui.complain(error)
            self.dismiss(None)
            return
        self.dismiss(stored)

    def action_leave(self) -> None:
        """Stop; the dialog closes once that is done."""
        self._stopped = True
