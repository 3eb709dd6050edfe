"""What a report is made of: sections of paragraphs, tables, plots and texts, whatever file they go into.

Every string is data: whoever writes the file escapes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from judgetui.core.template import Outline


@dataclass(frozen=True, slots=True)
class Code:
    """A stretch of text that is no prose, such as a hash or a setting."""

    text: str


@dataclass(frozen=True, slots=True)
class Strong:
    """A stretch of text that stands out."""

    text: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A link to a section of the same report."""

    text: str
    anchor: str


Inline = str | Code | Strong | Ref
Line = str | tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `warning` is one that nobody should pass over."""

    line: Line
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of lines."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with what there is to say of each."""

    rows: tuple[tuple[str, Line], ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A figure that stands for the report.

    Args:
        value: as written; `n/a` where there is none.
        interval: as written; empty where there is none.
        about: what it was computed from, or why it is absent.
    """

    title: str
    value: str
    interval: str
    about: str


@dataclass(frozen=True, slots=True)
class Keys:
    """A few figures side by side."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a line of headings.

    Args:
        right: the columns of numbers, by index.
        caption: what it shows; empty where its section says so.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    right: frozenset[int] = frozenset()
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text as it stands, with its line breaks.

    Args:
        label: what it is; empty where what is before it says so.
    """

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Diff:
    """Lines of a unified diff."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One item with its texts.

    Args:
        about: a line under the title; empty for none.
        texts: what each is, and the text as it stands.
    """

    title: str
    about: str
    texts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages with what comes from the item set apart."""

    outlines: tuple[Outline, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """One row of an interval plot.

    Args:
        text: the figure as written.
        marks: further values on the same axis, by what they are.
    """

    name: str
    value: float
    low: float | None
    high: float | None
    text: str
    marks: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Intervals:
    """Figures with their intervals on one axis."""

    title: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """How often each label (across) met each value of the judge (down).

    Args:
        counts: by label, then by the judge's value.
        points: in the order they are shown.
    """

    title: str
    counts: Mapping[str, Mapping[str, int]]
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """How often each side gave each point.

    Args:
        sides: counts by point, by the name of the side; two sides.
    """

    title: str
    sides: Mapping[str, Mapping[str, int]]
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """Plots that stand beside each other where there is room."""

    plots: tuple[Intervals | Matrix | Spread, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it.

    Args:
        anchor: what links to it say; unique in the report.
    """

    title: str
    anchor: str
    blocks: tuple[Block, ...]


Plot = Intervals | Matrix | Spread
Block = Paragraph | Bullets | Facts | Keys | Table | Verbatim | Diff | Case | Prompt | Plot | Beside | Section


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    Args:
        kicker: what it is, in a word or two.
        facts: what it is of, at a glance.
        foot: the line at its end.
    """

    title: str
    kicker: str
    facts: Facts
    sections: tuple[Section, ...]
    foot: str
