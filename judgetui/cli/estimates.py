"""What a run will ask for and cost, in lines of text."""

from __future__ import annotations

from textwrap import wrap

from judgetui.cli.meter import money
from judgetui.services.planning import Estimate, Estimates


def estimate_lines(found: Estimates, columns: int = 80) -> list[str]:
    """An estimate of each judge, and the sum of several.

    Args:
        columns: of the terminal; no line fills the last one.
    """
    lines = [line for each in found.judges for line in _judge_lines(each)]
    if len(found.judges) > 1:
        lines.append(f"together: {found.calls:,} calls, {_span(found.cost_low, found.cost_high)}")
    width = max(20, columns - 1)
    return [part for line in lines for part in wrap(line, width, subsequent_indent="    ")]


def _judge_lines(found: Estimate) -> list[str]:
    few = "" if found.certain else "0 to "
    calls = f"{found.judge}: {few}{found.calls:,} calls"
    if found.held:
        calls += f", {found.held:,} of them answered already"
    if found.batch:
        calls += ", in a batch" if found.cost_high is None else ", in a batch at half price"
    about = "" if found.exact else "about "
    written = f", at most {found.most_output:,} written (thinking included)" if found.most_output else ""
    tokens = f"  {about}{found.input_tokens:,} prompt tokens{written}"
    return [calls, tokens, f"  by {found.method}", *_cost_lines(found)]


def _cost_lines(found: Estimate) -> list[str]:
    if found.cost_low is None or found.cost_high is None:
        return ["  its price is not known"]
    if not found.cost_high:
        return ["  no cost"]
    return [
        f"  at least {money(found.cost_low)}: {found.low_assumes}".rstrip(": "),
        f"  at most {money(found.cost_high)}: {found.high_assumes}".rstrip(": "),
    ]


def _span(low: float | None, high: float | None) -> str:
    return money(None) if low is None or high is None else f"{money(low)} to {money(high)}"
