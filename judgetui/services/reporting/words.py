"""Numbers and dates as a report writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from judgetui.analysis.figures import Figure
from judgetui.services.figure_words import figure_text, interval_text, value_text
from judgetui.services.reporting.blocks import Paragraph
from judgetui.services.reporting.findings import Absent


def absent(part: Absent) -> Paragraph:
    """What stands in the place of a part that is not there."""
    return Paragraph(f"Not in this report: {part.why}.")


def plural(n: int, one: str, many: str = "") -> str:
    """A count with its noun, such as `1 item` or `2,000 items`."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"


def counted(counts: Mapping[str, int]) -> str:
    """Counts with their names, such as `ana 40, ben 25`; `none` where there are none."""
    return ", ".join(f"{name} {n:,}" for name, n in counts.items()) or "none"


def value_or_none(figure: Figure | None, *, share: bool = False) -> str:
    """A figure's value; `n/a` where it has none."""
    return "n/a" if figure is None or figure.value is None else value_text(figure.value, share=share)


def with_n(figure: Figure, *, share: bool = False) -> str:
    """A figure with its interval and n, such as `0.71 [0.58, 0.81], n 50`; a reason where it has no value."""
    if figure.value is None:
        return f"n/a ({figure.why})" if figure.why else "n/a"
    bare = "" if interval_text(figure) else ", no interval"
    return f"{figure_text(figure, share=share)}{bare}, n {figure.n:,}"


def point_text(value: float | str) -> str:
    """A score or what was said, as short as it can be."""
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def moment_text(moment: datetime | None) -> str:
    """A moment in UTC to the minute; `not yet` where there is none."""
    return "not yet" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def money(usd: float | None) -> str:
    """US dollars; `unknown` where the price is not known."""
    if usd is None:
        return "unknown"
    return f"${usd:.4f}" if 0 < usd < 0.1 else f"${usd:,.2f}"


def beginning(text: str, most: int) -> str:
    """A text cut to `most` characters, which says so and how long it is."""
    if len(text) <= most:
        return text
    return f"{text[:most].rstrip()} … [the first {most:,} of {len(text):,} characters]"


def sentence(text: str) -> str:
    """The text with a capital at its start and a stop at its end."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"
