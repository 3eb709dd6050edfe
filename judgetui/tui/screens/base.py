"""What all screens share: header line, footer, and word of what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer
from textual.worker import Worker

from judgetui.config.keymap import Scope
from judgetui.tui.widgets.status import StatusLine

if TYPE_CHECKING:
    from judgetui.tui.app import Changed, JudgetuiApp
    from judgetui.tui.workspace import Workspace


class WorkScreen(Screen[None]):
    """A screen over the open session. Subclasses compose `body` and repaint in `show`."""

    SCOPE: ClassVar[Scope]

    def compose(self) -> ComposeResult:
        """Status line, body, footer."""
        yield StatusLine(id="status")
        yield from self.body()
        yield Footer(show_command_palette=False)

    def body(self) -> ComposeResult:
        """The screen's own widgets."""
        yield from ()

    @property
    def judgetui(self) -> JudgetuiApp:
        """The app, typed."""
        return cast("JudgetuiApp", self.app)

    @property
    def space(self) -> Workspace | None:
        """What is open; None when nothing is."""
        return self.judgetui.space

    def on_mount(self) -> None:
        """Listen, and paint what there is."""
        from judgetui.tui.app import Changed

        self.judgetui.changed.subscribe(self, self._on_changed)
        self._on_changed(Changed(session=True, rubric=True, run=True))

    def _on_changed(self, changed: Changed) -> None:
        self.query_one(StatusLine).show(self.judgetui)
        self.show(changed)

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        self.judgetui.complain_of(event.worker)

    def show(self, changed: Changed) -> None:
        """Repaint what changed."""
