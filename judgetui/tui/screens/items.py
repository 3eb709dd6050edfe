"""The items screen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from judgetui.config.keymap import Scope
from judgetui.tui.actions import bindings
from judgetui.tui.screens.base import WorkScreen


class ItemsScreen(WorkScreen):
    """The items screen."""

    SCOPE = Scope.ITEMS
    CSS_PATH = "items.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.ITEMS)
