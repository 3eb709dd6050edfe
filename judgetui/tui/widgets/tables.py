"""Tables with the keys that every list has."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.widgets import DataTable

from judgetui.tui.actions import LIST_KEYS


class RowTable(DataTable[Text]):
    """A table of rows, with the keys that every list has."""

    BINDINGS: ClassVar[list[BindingType]] = LIST_KEYS
