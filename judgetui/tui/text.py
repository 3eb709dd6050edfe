"""The one road from data to the screen: literal text, with whatever could steer a terminal made visible."""

from __future__ import annotations

from rich.text import Text
from textual.content import Content

from judgetui.core.text import one_line, visible

__all__ = ["cell", "literal", "one_line", "visible"]


def literal(text: str, style: str = "") -> Content:
    """Text for any widget but tables and trees."""
    return Content.styled(visible(text), style) if style else Content(visible(text))


def cell(text: str, style: str = "") -> Text:
    """Text for a table cell, on one line."""
    return Text(one_line(text), style=style, no_wrap=True, overflow="ellipsis")
