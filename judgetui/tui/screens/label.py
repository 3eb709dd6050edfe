"""The label screen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from judgetui.config.keymap import Scope
from judgetui.tui.actions import bindings
from judgetui.tui.screens.base import WorkScreen


class LabelScreen(WorkScreen):
    """The label screen."""

    SCOPE = Scope.LABEL
    CSS_PATH = "label.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LABEL)
