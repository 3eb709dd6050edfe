"""Plots as inline SVG: numbers stand in them, marks differ by shape as well as colour, colours are the page's.

All are `WIDTH` units wide, which is about what a phone has room for, so that texts stay readable there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from judgetui.core.text import one_line
from judgetui.services.reporting.blocks import Intervals, Matrix, Plot, Spread

WIDTH: Final = 420

_LETTER: Final = 7.2
"""Units that a letter of the plots' size takes at most, roughly."""

HATCH: Final = (
    '<svg width="0" height="0" class="defs" aria-hidden="true" focusable="false"><defs>'
    '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" class="hatch-ground"/><rect width="2.5" height="6" class="hatch-line"/>'
    "</pattern></defs></svg>"
)
"""The pattern of people's bars; once a page."""

Safe = Callable[[str], str]


def svg(plot: Plot, identity: str, safe: Safe) -> str:
    """A plot as an element.

    Args:
        identity: unique in the page.
        safe: makes text fit for the page.
    """
    match plot:
        case Intervals():
            return _intervals(plot, identity, safe)
        case Matrix():
            return _matrix(plot, identity, safe)
        case Spread():
            return _spread(plot, identity, safe)


def described(plot: Plot) -> str:
    """A plot's numbers as a sentence each, for those who do not see it."""
    match plot:
        case Intervals():
            return " ".join(
                f"{each.name}: {each.text}"
                + "".join(f", {mark} {value:.2f}" for mark, value in each.marks.items())
                + "."
                for each in plot.spans
            )
        case Matrix():
            return " ".join(
                f"Judge {point}: "
                + ", ".join(
                    f"label {label} {plot.counts.get(label, {}).get(point, 0)}" for label in plot.points
                )
                + "."
                for point in plot.points
            )
        case Spread():
            return " ".join(
                f"{point}: "
                + ", ".join(f"{side} {counts.get(point, 0)}" for side, counts in plot.sides.items())
                + "."
                for point in plot.points
            )


def _whole(plot: Plot, identity: str, height: float, parts: Iterable[str], safe: Safe) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-labelledby="{identity}-t {identity}-d">'
        f'<title id="{identity}-t">{safe(plot.title)}</title><desc id="{identity}-d">{safe(described(plot))}</desc>'
        f"{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, text: str, safe: Safe, kind: str = "", end: str = "start") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{end}"{name}>{safe(text)}</text>'


def _cut(text: str, room: float) -> str:
    """The text on one line, cut to what fits a width."""
    return one_line(text, max(2, int(room / _LETTER)))


# intervals


def _intervals(plot: Intervals, identity: str, safe: Safe) -> str:
    """One row a figure: name and numbers above its track; a dot on a line, a diamond for people, a bar for the constant."""
    values = [
        value
        for span in plot.spans
        for value in (span.value, span.low, span.high, *span.marks.values())
        if value is not None
    ]
    least = min([0.0, *values])
    low = 0.0 if least >= 0 else -0.5 if least >= -0.5 else -1.0
    high = max([1.0, *values])
    left, right = 8.0, WIDTH - 8.0

    def place(value: float) -> float:
        return round(left + (max(low, value) - low) / (high - low) * (right - left), 1)

    kinds = dict.fromkeys(mark for span in plot.spans for mark in span.marks)
    parts = [_intervals_legend(list(kinds), safe)]
    top, row = 26.0, 38.0
    bottom = top + row * len(plot.spans)
    ticks = [tick / 4 for tick in range(round(low * 4), 5)]
    for tick in ticks:
        x = place(tick)
        end = "start" if x <= left else "end" if x >= right else "middle"
        parts.append(_text(x, bottom + 15, f"{tick:g}", safe, "faint", end))
    for number, span in enumerate(plot.spans):
        y = top + row * number
        parts.append(_text(left, y + 14, _cut(span.name, 230), safe))
        parts.append(_text(right, y + 14, span.text, safe, "number", "end"))
        middle = y + 25
        parts.append(f'<line class="track" x1="{left}" y1="{middle}" x2="{right}" y2="{middle}"/>')
        for tick in ticks:
            kind, x = "zero" if tick == 0 else "grid", place(tick)
            parts.append(f'<line class="{kind}" x1="{x}" y1="{middle - 5}" x2="{x}" y2="{middle + 5}"/>')
        if span.low is not None and span.high is not None:
            a, b = place(span.low), place(span.high)
            parts.append(f'<line class="span" x1="{a}" y1="{middle}" x2="{b}" y2="{middle}"/>')
        for kind, value in span.marks.items():
            parts.append(_mark(kind, place(value), middle))
        parts.append(f'<circle class="judge" cx="{place(span.value)}" cy="{middle}" r="4.5"/>')
    return _whole(plot, identity, bottom + 22, parts, safe)


def _mark(kind: str, x: float, y: float) -> str:
    if kind == "people":
        return f'<path class="people" d="M{x} {y - 6}L{x + 6} {y}L{x} {y + 6}L{x - 6} {y}Z"/>'
    return f'<line class="constant" x1="{x}" y1="{y - 7}" x2="{x}" y2="{y + 7}"/>'


def _intervals_legend(kinds: Sequence[str], safe: Safe) -> str:
    parts = [
        '<line class="span" x1="8" y1="12" x2="28" y2="12"/><circle class="judge" cx="18" cy="12" r="4.5"/>'
    ]
    parts.append(_text(34, 16, "judge, 95% interval", safe, "faint"))
    x = 172.0
    for kind in kinds:
        parts += [_mark(kind, x, 12), _text(x + 11, 16, kind, safe, "faint")]
        x += 34 + _LETTER * len(kind)
    return "".join(parts)


# matrix


def _matrix(plot: Matrix, identity: str, safe: Safe) -> str:
    """A table of counts, shaded by how many; where both sides say the same a frame stands."""
    longest = max(len(point) for point in plot.points)
    left = min(120.0, 26 + _LETTER * min(longest, 12))
    cell = min(46.0 if longest <= 4 else 96.0, (WIDTH - left - 4) / len(plot.points))
    tall, top = min(34.0, max(22.0, cell)), 40.0
    most = max((n for row in plot.counts.values() for n in row.values()), default=0)
    parts = [
        _text(left + cell * len(plot.points) / 2, 13, "label by people", safe, "faint", "middle"),
        f'<text class="faint" text-anchor="middle" transform="translate(11 {top + tall * len(plot.points) / 2:g}) '
        f'rotate(-90)">judge</text>',
    ]
    for column, label in enumerate(plot.points):
        parts.append(_text(left + cell * (column + 0.5), 32, _cut(label, cell), safe, "", "middle"))
    for line, point in enumerate(plot.points):
        y = top + tall * line
        parts.append(_text(left - 8, y + tall / 2 + 4, _cut(point, left - 26), safe, "", "end"))
        for column, label in enumerate(plot.points):
            n, x = plot.counts.get(label, {}).get(point, 0), left + cell * column
            shade = 0.08 + 0.42 * n / most if n else 0.0
            kind = "cell same" if label == point else "cell"
            parts.append(
                f'<rect class="{kind}" x="{x + 1:g}" y="{y + 1:g}" width="{cell - 2:g}" height="{tall - 2:g}" '
                f'fill-opacity="{shade:.2f}"/>'
            )
            text = f"{n:,}" if n else "·"
            parts.append(
                _text(x + cell / 2, y + tall / 2 + 4, text, safe, "number" if n else "faint", "middle")
            )
    height = top + tall * len(plot.points) + 22
    parts.append(_text(left, height - 6, "framed: both say the same", safe, "faint"))
    return _whole(plot, identity, height, parts, safe)


# spread


def _spread(plot: Spread, identity: str, safe: Safe) -> str:
    """Two bars a point, as long as their shares; the counts stand behind them."""
    longest = max(len(point) for point in plot.points)
    left = min(130.0, 14 + _LETTER * min(longest, 15))
    room = WIDTH - left - 92
    totals = {name: sum(counts.values()) for name, counts in plot.sides.items()}
    shares = [
        counts.get(point, 0) / totals[name]
        for name, counts in plot.sides.items()
        for point in plot.points
        if totals[name]
    ]
    most = max(shares, default=0.0) or 1.0
    parts: list[str] = []
    x = left
    for name in plot.sides:
        parts.append(f'<rect class="bar {_side(name)}" x="{x:g}" y="6" width="14" height="10"/>')
        parts.append(_text(x + 20, 15, f"{name} (n {totals[name]:,})", safe, "faint"))
        x += 60 + _LETTER * (len(name) + len(f"{totals[name]:,}"))
    top, row = 28.0, 34.0
    for number, point in enumerate(plot.points):
        y = top + row * number
        parts.append(_text(left - 8, y + 19, _cut(point, left - 10), safe, "", "end"))
        for place, (name, counts) in enumerate(plot.sides.items()):
            n, total = counts.get(point, 0), totals[name]
            share = n / total if total else 0.0
            width, at = room * share / most, y + 2 + 13 * place
            parts.append(
                f'<rect class="bar {_side(name)}" x="{left:g}" y="{at:g}" width="{width:.1f}" height="11"/>'
            )
            parts.append(_text(left + width + 6, at + 9.5, f"{n:,} · {share:.0%}", safe, "number small"))
    bottom = top + row * len(plot.points)
    parts.append(f'<line class="zero" x1="{left:g}" y1="{top:g}" x2="{left:g}" y2="{bottom:g}"/>')
    return _whole(plot, identity, bottom + 4, parts, safe)


def _side(name: str) -> str:
    return "judge" if name == "judge" else "people"
