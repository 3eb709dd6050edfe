"""Budgets as people type them."""

from __future__ import annotations

import math

from judgetui.tui.widgets.status import money


def dollars(text: str) -> float:
    """US dollars as typed, with or without the sign; not a number when it is none."""
    try:
        return float(text.strip().removeprefix("$"))
    except ValueError:
        return math.nan


def budget_problem(text: str, least: float = 0.0) -> str:
    """What is wrong with a budget as typed; empty when nothing is.

    Args:
        least: US dollars that it must be above.
    """
    usd = dollars(text)
    if not math.isfinite(usd):
        return "write a number of US dollars, such as 0.50."
    return "" if usd > least else f"it must be more than {money(least)}."
