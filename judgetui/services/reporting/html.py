"""A report as one HTML page that needs nothing else: no script, no address, no font.

Every text goes through `safe`. The page is well-formed XML, too, so that a strict reader finds what leaves its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import count
from typing import Final

from judgetui.core.text import one_line
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
from judgetui.services.reporting.style import STYLE
from judgetui.services.reporting.svg_plots import HATCH, svg

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
)
"""What a browser may do with the page: show it."""

MOST_CHILDREN: Final = 8
"""Subsections that the table of contents lists under a section; more would bury the sections."""


def safe(text: str) -> str:
    """Text that stands in the page as it is, and does nothing there."""
    return escape(shown(text), quote=True)


def page(document: Document) -> str:
    """The page."""
    numbers = count(1)
    body = "\n".join(_section(section, 2, numbers) for section in document.sections)
    title = safe(one_line(f"{document.title} · {document.kicker}"))
    facts = "".join(
        f"<div><dt>{safe(name)}</dt><dd>{_line(line)}</dd></div>" for name, line in document.facts.rows
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="{POLICY}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="referrer" content="no-referrer"/>
<title>{title}</title>
<style>
{STYLE}</style>
</head>
<body>
{HATCH}
<a class="skip" href="#judged">Skip the contents</a>
<div class="sheet">
<header>
<p class="kicker">{safe(document.kicker)}</p>
<h1>{safe(one_line(document.title))}</h1>
<dl class="head">{facts}</dl>
</header>
<nav aria-label="Contents"><p>Contents</p><ol>{"".join(_entries(document.sections))}</ol></nav>
<main>
{body}
</main>
<footer><p>{safe(document.foot)}</p></footer>
</div>
</body>
</html>
"""


def _entries(sections: Iterable[Section]) -> Iterator[str]:
    """The table of contents, two levels deep."""
    for section in sections:
        inner = [block for block in section.blocks if isinstance(block, Section)]
        below = (
            "".join(f"<li>{_link(each)}</li>" for each in inner) if 1 < len(inner) <= MOST_CHILDREN else ""
        )
        yield f"<li>{_link(section)}{f'<ol>{below}</ol>' if below else ''}</li>"


def _link(section: Section) -> str:
    return f'<a href="#{safe(section.anchor)}">{safe(one_line(section.title, 60))}</a>'


def _section(section: Section, level: int, numbers: Iterator[int]) -> str:
    blocks = "\n".join(_block(block, level, numbers) for block in section.blocks)
    heading = f"h{min(level, 6)}"
    return (
        f'<section id="{safe(section.anchor)}">\n<{heading}>{safe(one_line(section.title))}</{heading}>\n'
        f"{blocks}\n</section>"
    )


def _block(block: Block, level: int, numbers: Iterator[int]) -> str:
    match block:
        case Section():
            return _section(block, level + 1, numbers)
        case Paragraph(line, warning):
            return f'<p class="warning">{_line(line)}</p>' if warning else f"<p>{_line(line)}</p>"
        case Bullets(lines):
            return f"<ul>{''.join(f'<li>{_line(line)}</li>' for line in lines)}</ul>"
        case Facts(rows):
            inner = "".join(f"<dt>{safe(name)}</dt><dd>{_line(line)}</dd>" for name, line in rows)
            return f'<dl class="facts">{inner}</dl>'
        case Keys():
            return _keys(block)
        case Table():
            return _table(block)
        case Verbatim(text, label):
            return _verbatim(safe(text), label)
        case Diff(lines):
            return _verbatim("\n".join(_changed(line) for line in lines), "what changed", "diff")
        case Prompt():
            return _prompt(block)
        case Case():
            return _case(block, level + 1)
        case Beside(plots):
            return f'<div class="beside">{"".join(_figure(plot, numbers) for plot in plots)}</div>'
        case Intervals() | Matrix() | Spread():
            return _figure(block, numbers)


def _line(line: Line) -> str:
    return safe(line) if isinstance(line, str) else "".join(_inline(part) for part in line)


def _inline(part: Inline) -> str:
    match part:
        case Code(text):
            return f"<code>{safe(text)}</code>"
        case Strong(text):
            return f"<strong>{safe(text)}</strong>"
        case Ref(text, anchor):
            return f'<a href="#{safe(anchor)}">{safe(text)}</a>'
        case str():
            return safe(part)


def _keys(keys: Keys) -> str:
    inner = "".join(
        f'<div><dt>{safe(key.title)}</dt><dd><span class="value">{safe(key.value)}</span> '
        f'<span class="interval">{safe(key.interval)}</span> <span class="about">{safe(key.about)}</span></dd></div>'
        for key in keys.keys
    )
    return f'<dl class="keys">{inner}</dl>'


def _table(table: Table) -> str:
    def cells(row: Iterable[Line], tag: str) -> str:
        scope, number = ' scope="col"' if tag == "th" else "", ' class="num"'
        return "".join(
            f"<{tag}{scope}{number if place in table.right else ''}>{_line(cell)}</{tag}>"
            for place, cell in enumerate(row)
        )

    caption = f"<caption>{safe(table.caption)}</caption>" if table.caption else ""
    rows = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in table.rows)
    label = safe(one_line(table.caption or ", ".join(table.head), 80))
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{label}"><table>{caption}'
        f"<thead><tr>{cells(table.head, 'th')}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _verbatim(inner: str, label: str, kind: str = "") -> str:
    name = f' class="{kind}"' if kind else ""
    told = f'<p class="label">{safe(label)}</p>' if label else ""
    return f'{told}<pre{name} tabindex="0">{inner}</pre>'


def _changed(line: str) -> str:
    kind = {"+": "ins", "-": "del"}.get(line[:1])
    return safe(line) if kind is None else f"<{kind}>{safe(line)}</{kind}>"


def _prompt(prompt: Prompt) -> str:
    parts = []
    for outline in prompt.outlines:
        inner = "".join(
            safe(segment.text)
            if segment.field is None
            else f'<mark data-field="{safe(segment.field)}">{safe(segment.text)}</mark>'
            for segment in outline.segments
        )
        parts.append(_verbatim(inner, outline.role, "prompt"))
    return "\n".join(parts)


def _case(case: Case, level: int) -> str:
    heading = f"h{min(level, 6)}"
    about = f'<p class="label">{safe(one_line(case.about))}</p>' if case.about else ""
    texts = "".join(
        f'<div><dt>{safe(one_line(name))}</dt><dd class="text">{safe(text)}</dd></div>'
        for name, text in case.texts
    )
    return (
        f'<article class="case"><{heading}>{safe(one_line(case.title, 160))}</{heading}>{about}'
        f"<dl>{texts}</dl></article>"
    )


def _figure(plot: Plot, numbers: Iterator[int]) -> str:
    drawn = svg(plot, f"plot-{next(numbers)}", safe)
    return f"<figure>{drawn}<figcaption>{safe(one_line(plot.title))}</figcaption></figure>"
