"""The line that a list is filtered by, there only while it is used."""

from __future__ import annotations

from typing import Final

from textual.widgets import Input

HELP: Final = 'words, split:test, label:none, model:x, category:x, flag, text:"in all of it"; - is not'


class FilterLine(Input):
    """What is to be found."""

    DEFAULT_CSS = "FilterLine { height: 1; padding: 0 1; background: $boost; display: none; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, placeholder=HELP, compact=True)

    def open(self) -> None:
        """Take the keys, at once, so that what is typed next is not taken for the list's."""
        self.display = True
        self.screen.set_focus(self)

    def leave(self, *, clear: bool = False) -> None:
        """Go out of sight, unless there is something in it."""
        if clear:
            self.value = ""
        self.display = bool(self.value.strip())
