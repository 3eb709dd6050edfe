"""Reading what a report says back from its page and from its Markdown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from markdown_it import MarkdownIt
from markdown_it.token import Token

from judgetui.services.alignment import Study, find_study
from judgetui.services.reporting.document import document
from judgetui.services.reporting.findings import Findings
from judgetui.services.reporting.gather import gather
from judgetui.services.reporting.html import page
from judgetui.services.reporting.markdown import markdown
from judgetui.storage.database import SessionFile

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Written:
    """A report in both forms, with what it is of."""

    study: Study
    findings: Findings
    html: str
    markdown: str

    @property
    def root(self) -> Element:
        """The page as a strict reader of XML has it."""
        return ElementTree.fromstring(self.html.removeprefix("<!DOCTYPE html>\n"))


def written(make: Callable[[Path], Awaitable[SessionFile]], path: Path, judge: str | None = None) -> Written:
    """The report of the newest run of a session."""

    async def write() -> Written:
        with await make(path) as session:
            study = await find_study(session, judge=judge)
            found = await gather(session, study)
            made = document(found)
            return Written(study, found, page(made), markdown(made))

    return asyncio.run(write())


def text_of(element: Element) -> str:
    """All text within an element, on one line."""
    return " ".join("".join(element.itertext()).split())


def section(root: Element, anchor: str) -> Element:
    """The section of that name."""
    found = root.find(f".//section[@id='{anchor}']")
    assert found is not None, anchor
    return found


def tables(element: Element) -> list[Rows]:
    """Every table within an element, the line of headings first."""
    return [[[text_of(cell) for cell in row] for row in table.iter("tr")] for table in element.iter("table")]


def markdown_tokens(text: str) -> list[Token]:
    """What a reader of CommonMark with tables makes of a file, down to the words."""
    found: list[Token] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        found += [token, *(token.children or ())]
    return found


def markdown_tables(text: str) -> list[Rows]:
    """Every table of a Markdown file, as it shows."""
    found: list[Rows] = []
    inside = False
    for token in markdown_tokens(text):
        if token.type in ("table_open", "table_close"):
            inside = token.type == "table_open"
            found += [[]] if inside else []
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("th_open", "td_open"):
            found[-1][-1].append("")
        elif token.type in ("text", "code_inline", "html_inline") and inside:
            found[-1][-1][-1] += " " if token.type == "html_inline" else token.content
    return [[[" ".join(cell.split()) for cell in row] for row in rows] for rows in found]
