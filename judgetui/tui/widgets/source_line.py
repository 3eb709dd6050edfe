"""The line in which a file is named, or text is pasted."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Final

from textual.events import Paste
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

MOST_NAMES: Final = 5_000
"""Names in a folder that are looked through for the one that is meant."""


def file_named(text: str) -> Path:
    """The path in a line of text, as people paste it: quoted, with a tilde, or as a file address."""
    plain = text.strip().strip("'\"")
    path = Path(plain.removeprefix("file://"))
    try:
        return path.expanduser()
    except RuntimeError:  # a tilde before the name of nobody: then it is the file's own
        return path


class FileNames(Suggester):
    """Completes the name of a file or folder."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """The line with the first name that begins so."""
        return await asyncio.to_thread(completed, value)


def completed(value: str) -> str | None:
    """A line that names the start of a file or folder, with the rest of the first such name; None without one."""
    head, slash, begun = value.rpartition("/")
    if not begun or value != value.lstrip():
        return None
    folder = file_named(head + slash) if slash else Path()
    try:
        with os.scandir(folder) as entries:
            names = [
                entry.name + ("/" if entry.is_dir() else "")
                for entry, _ in zip(entries, range(MOST_NAMES), strict=False)
                if entry.name.startswith(begun)
            ]
    except (OSError, ValueError):
        return None
    return None if not names else head + slash + min(names)


def is_content(text: str) -> bool:
    """Whether pasted text is items rather than the name of a file."""
    return "\n" in text.strip() or text.lstrip()[:1] in ("{", "[")


class SourceLine(Input):
    """A line for a path. Pasted text that is no path is not put into it, but told of."""

    class Pasted(Message):
        """Items were pasted.

        Args:
            text: all of it.
        """

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, value: str = "", *, id: str, placeholder: str) -> None:
        super().__init__(value, id=id, placeholder=placeholder, suggester=FileNames(), compact=True)

    def on_paste(self, event: Paste) -> None:
        """Tell of items; a path goes into the line as any text does."""
        if is_content(event.text):
            event.prevent_default()
            event.stop()
            self.post_message(self.Pasted(event.text))

    def action_paste(self) -> None:
        """Paste what was copied in this program."""
        if is_content(self.app.clipboard):
            self.post_message(self.Pasted(self.app.clipboard))
        else:
            super().action_paste()
