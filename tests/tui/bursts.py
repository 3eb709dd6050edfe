"""Keys that come faster than they are answered, as over a slow line."""

from __future__ import annotations

from textual import events

from judgetui.tui.app import JudgetuiApp


def burst(app: JudgetuiApp, *keys: str) -> None:
    """Send keys all at once; nothing is worked on between them."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))
