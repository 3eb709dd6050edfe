"""Plots of plain characters, for the terminal and for Markdown; the numbers always stand beside the marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from judgetui.core.text import one_line

LONGEST_NAME: Final = 10
"""Cells that the name of a row or column may take."""

MOST_POINTS: Final = 12
"""Rows and columns of a matrix; beyond them a terminal shows nothing of use."""

_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def bar(share: float, width: int) -> str:
    """A bar of block characters, exact to an eighth of a cell.

    Args:
        share: 0 to 1; what lies outside is drawn as the nearest end.
        width: cells of a whole bar.
    """
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def point_order(points: Sequence[str]) -> list[str]:
    """Points of a scale in their order: numbers by size, then other words by name."""

    def place(text: str) -> tuple[float, str]:
        try:
            return float(text), text
        except ValueError:
            return float("inf"), text

    return sorted(set(points), key=place)


def matrix_lines(
    confusion: Mapping[str, Mapping[str, int]], points: Sequence[str] | None = None
) -> list[str]:
    """How often each label (across) met each value of the judge (down), one line a value.

    Args:
        confusion: counts by label, then by the judge's value.
        points: in the order they are shown; None takes those that occur, in `point_order`.
    """
    every = point_order([*confusion, *(value for row in confusion.values() for value in row)])
    shown = list(points) if points is not None else every
    if len(shown) > MOST_POINTS:
        return [f"{len(shown)} different values: too many for a matrix"]
    names = [one_line(point, LONGEST_NAME) for point in shown]
    largest = max((count for row in confusion.values() for count in row.values()), default=0)
    cell = max(3, len(str(largest)), *(len(name) for name in names)) + 1
    side = max((len(name) for name in names), default=1)
    lines = [" " * side + "".join(name.rjust(cell) for name in names)]
    for point, name in zip(shown, names, strict=True):
        counts = (confusion.get(label, {}).get(point, 0) for label in shown)
        lines.append(name.ljust(side) + "".join((str(n) if n else "·").rjust(cell) for n in counts))
    return lines


def distribution_lines(
    sides: Mapping[str, Mapping[str, int]], width: int, points: Sequence[str] | None = None
) -> list[str]:
    """How often each side gave each point, one line a point and side.

    Args:
        sides: counts by point, by the name of the side.
        width: cells of a whole line.
        points: in the order they are shown; None takes those that occur, in `point_order`.
    """
    every = point_order([point for counts in sides.values() for point in counts])
    shown = list(points) if points is not None else every
    names = {point: one_line(point, LONGEST_NAME) for point in shown}
    first = max((len(name) for name in names.values()), default=1)
    second = max((len(name) for name in sides), default=1)
    totals = {name: sum(counts.values()) for name, counts in sides.items()}
    most = max(
        (
            counts.get(point, 0) / totals[name]
            for name, counts in sides.items()
            if totals[name]
            for point in shown
        ),
        default=0.0,
    )
    room = max(4, width - first - second - 14)
    lines = []
    for point in shown:
        for number, (name, counts) in enumerate(sides.items()):
            count, total = counts.get(point, 0), totals[name]
            share = count / total if total else 0.0
            drawn = bar(share / most if most else 0.0, room)
            head = names[point] if number == 0 else ""
            lines.append(
                f"{head.ljust(first)} {name.ljust(second)} {count:>6} {share:>4.0%} {drawn}".rstrip()
            )
    return lines
