"""What all screens share: header line, footer, and word of what changed."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.worker import Worker

from judgetui.config.keymap import Scope
from judgetui.tui.changes import Changed
from judgetui.tui.widgets.keys import KeysLine
from judgetui.tui.widgets.status import StatusLine

if TYPE_CHECKING:
    from judgetui.tui.app import JudgetuiApp
    from judgetui.tui.workspace import Workspace


START_AT_LATEST = 1.0
"""Seconds a screen waits for the app before it draws all the same."""


class WorkScreen(Screen[None]):
    """A screen over the open session. Subclasses compose `body` and repaint in `show`."""

    SCOPE: ClassVar[Scope]

    def __init__(self) -> None:
        # What most terminals are. Textual puts it right where it is not, and then styles everything once more.
        super().__init__(classes="-wide -tall")

    def compose(self) -> ComposeResult:
        """Status line, body, footer."""
        yield StatusLine(id="status")
        yield from self.body()
        yield KeysLine(show_command_palette=False)

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
        self.judgetui.changed.subscribe(self, self._on_changed)
        self._on_changed(Changed(session=True, rubric=True, run=True))

    async def on_screen_resume(self) -> None:
        """Wait for the app to have started, so that the first picture is drawn once."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.judgetui.started.wait(), START_AT_LATEST)

    def _on_changed(self, changed: Changed) -> None:
        self.query_one(StatusLine).show(self.judgetui)
        self.show(changed)

    @on(Worker.StateChanged)
    def _worker_ended(self, event: Worker.StateChanged) -> None:
        self.judgetui.complain_of(event.worker)

    def show(self, changed: Changed) -> None:
        """Repaint what changed."""
