"""Tables with the keys that every list has."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import DataTable

from judgetui.tui.actions import LIST_KEYS


class RowTable(DataTable[Text]):
    """A table of rows, with the keys that every list has."""

    BINDINGS: ClassVar[list[BindingType]] = LIST_KEYS


class RunTable(RowTable):
    """Runs by number; the row key is the number."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", "open")]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim opening while there is nothing to open; an empty table may have the focus all the same."""
        if action == "select_cursor" and not self.row_count:
            return None
        return super().check_action(action, parameters)
