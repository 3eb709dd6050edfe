"""A report as Markdown: the same sections and figures, plots in plain characters.

Texts from outside stand in fences that they cannot leave, or have every sign escaped that Markdown reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from judgetui.core.template import Outline
from judgetui.core.text import one_line
from judgetui.interchange.markdown import fence, in_line
from judgetui.services.reporting.blocks import (
    Beside,
    Block,
    Bullets,
    Case,
    Code,
    Diff,
    Document,
    Facts,
    Inline,
    Intervals,
    Keys,
    Line,
    Matrix,
    Paragraph,
    Plot,
    Prompt,
    Ref,
    Section,
    Spread,
    Strong,
    Table,
    Verbatim,
)
from judgetui.services.reporting.scrubbing import shown
from judgetui.services.text_plots import distribution_lines, matrix_lines

WIDTH: Final = 72
"""Cells of a plot."""

_LINKS: Final = re.compile(r"(?<=:)//|(?<=www)\.|@|\$|(?<=\w):(?=\w+:)", re.IGNORECASE)
"""Where some readers of Markdown begin a link of bare text, a name, a formula or an emoji."""


_INTERVAL: Final = re.compile(r"\\\[([-\d., %]+)\\\](?![(\[:])")
"""An interval in escaped brackets; with nothing behind it that makes a link it may do without."""

_AT_START: Final = re.compile(r"^(\d+)\\([.)])|^\\([#>+=-])")
"""What is escaped where a line begins, and need not be where a cell does."""


def markdown(document: Document) -> str:
    """The document as a file."""
    parts = [f"# {_one(document.title)}", f"{document.kicker}."]
    parts.append(_facts(document.facts))
    for section in document.sections:
        parts += _section(section, 2)
    parts += ["---", _words(document.foot)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section, level: int) -> list[str]:
    parts = [f"{'#' * min(level, 6)} {_one(section.title)}"]
    for block in section.blocks:
        parts += _section(block, level + 1) if isinstance(block, Section) else [_block(block, level)]
    return parts


def _block(block: Block, level: int) -> str:
    match block:
        case Section():
            return "\n\n".join(_section(block, level + 1))
        case Paragraph(line, warning):
            return f"**Note:** {_line(line)}" if warning else _line(line)
        case Bullets(lines):
            return "\n".join(f"- {_line(line)}" for line in lines)
        case Facts():
            return _facts(block)
        case Keys(keys):
            rows = tuple((key.title, key.value, key.interval, key.about) for key in keys)
            return _table(Table(("figure", "value", "95% interval", "of"), rows, frozenset({1, 2})))
        case Table():
            return _table(block)
        case Verbatim(text, label):
            return "\n\n".join([*([f"_{_one(label)}_"] if label else []), fence(shown(text))])
        case Diff(lines):
            return fence(shown("\n".join(lines))).replace("text\n", "diff\n", 1)
        case Prompt(outlines):
            return _prompt(outlines)
        case Case():
            return _case(block, level + 1)
        case Beside(plots):
            return "\n\n".join(filter(None, map(_plot, plots)))
        case Intervals() | Matrix() | Spread():
            return _plot(block)


def _words(text: str) -> str:
    """Text on one line with every sign escaped that Markdown reads."""
    return _INTERVAL.sub(r"[\1]", _LINKS.sub(r"\\\g<0>", in_line(shown(text))))


def _one(text: str) -> str:
    return _words(one_line(text))


def _line(line: Line) -> str:
    return _words(line) if isinstance(line, str) else "".join(_inline(part) for part in line)


def _inline(part: Inline) -> str:
    match part:
        case Code(text):
            return _code(text)
        case Strong(text):
            return f"**{_one(text)}**{' ' if text.endswith(' ') else ''}"
        case Ref(text):
            return _words(text)
        case str():
            lead = " " if part.startswith(" ") else ""
            return f"{lead}{_words(part.strip())}{' ' if part.endswith(' ') and part.strip() else ''}"


def _code(text: str) -> str:
    """A stretch of code, between more backticks than it holds."""
    text = shown(one_line(text))
    if not text:
        return ""
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    room = " " if "`" in text else ""
    return f"{ticks}{room}{text}{room}{ticks}"


def _facts(facts: Facts) -> str:
    return "\n".join(f"- **{_one(name)}:** {_line(line)}" for name, line in facts.rows)


def _table(table: Table) -> str:
    def row(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    marks = ("---:" if place in table.right else "---" for place in range(len(table.head)))
    lines = [row(map(_one, table.head)), row(marks)]
    lines += [row(_cell(cell) for cell in cells) for cells in table.rows]
    caption = [f"{_one(table.caption)}:", ""] if table.caption else []
    return "\n".join([*caption, *lines])


def _cell(line: Line) -> str:
    """A cell; a code's bars would end it."""
    parts = (line,) if isinstance(line, str) else line
    whole = "".join(
        _inline(part).replace("|", "\\|") if isinstance(part, Code) else _inline(part) for part in parts
    )
    return _AT_START.sub(lambda match: "".join(filter(None, match.groups())), whole)


def _case(case: Case, level: int) -> str:
    parts = [f"{'#' * min(level, 6)} {_one(case.title)}", _one(case.about)]
    for name, text in case.texts:
        parts += [f"_{_one(name)}_", fence(shown(text))]
    return "\n\n".join(part for part in parts if part)


def _prompt(outlines: tuple[Outline, ...]) -> str:
    """The messages, with the item's parts between brackets that occur nowhere else in them."""
    whole = "".join(outline.text for outline in outlines)
    width = 1
    while "⟦" * width in whole or "⟧" * width in whole:
        width += 1
    first, last = "⟦" * width, "⟧" * width
    parts = []
    if any(segment.field is not None for outline in outlines for segment in outline.segments):
        parts.append(f"What stands in {first}field: … {last} comes from the item.")
    for outline in outlines:
        text = "".join(
            segment.text if segment.field is None else f"{first}{segment.field}: {segment.text}{last}"
            for segment in outline.segments
        )
        parts += [f"_{_one(outline.role)}_", fence(shown(text))]
    return "\n\n".join(parts)


def _plot(plot: Plot) -> str:
    match plot:
        case Matrix(title, counts, points):
            lines = ["judge ↓  people →", *matrix_lines(counts, points)]
        case Spread(title, sides, points):
            lines = distribution_lines(sides, WIDTH, points)
        case Intervals():
            return ""  # the table below it has the same figures
    return f"{_one(title)}:\n\n{fence(shown(chr(10).join(lines)))}"
