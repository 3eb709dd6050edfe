"""One module a screen, each imported when the screen is first shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual.screen import Screen


def _home() -> Screen[None]:
    from judgetui.tui.screens.home import HomeScreen

    return HomeScreen()


def _rubric() -> Screen[None]:
    from judgetui.tui.screens.rubric import RubricScreen

    return RubricScreen()


def _compare() -> Screen[None]:
    from judgetui.tui.screens.compare import CompareScreen

    return CompareScreen()


def _label() -> Screen[None]:
    from judgetui.tui.screens.label import LabelScreen

    return LabelScreen()


def _dashboard() -> Screen[None]:
    from judgetui.tui.screens.dashboard import DashboardScreen

    return DashboardScreen()


def _items() -> Screen[None]:
    from judgetui.tui.screens.items import ItemsScreen

    return ItemsScreen()


def _runs() -> Screen[None]:
    from judgetui.tui.screens.runs import RunsScreen

    return RunsScreen()


SCREENS: Final[dict[str, Callable[[], Screen[None]]]] = {
    "home": _home,
    "rubric": _rubric,
    "compare": _compare,
    "label": _label,
    "dashboard": _dashboard,
    "runs": _runs,
    "items": _items,
}
"""What makes the screen of a mode, by the mode's name."""
