"""The dashboard screen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from judgetui.config.keymap import Scope
from judgetui.tui.actions import bindings
from judgetui.tui.screens.base import WorkScreen


class DashboardScreen(WorkScreen):
    """The dashboard screen."""

    SCOPE = Scope.DASHBOARD
    CSS_PATH = "dashboard.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.DASHBOARD)
