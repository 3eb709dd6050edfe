"""Text from outside made fit to show: whatever could steer a terminal becomes a visible sign."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Control characters but newline and tab, direction and other invisible marks, tags, lone surrogates."""


def visible(text: str) -> str:
    """The text with control and format characters as visible signs, such as ␛; newlines and tabs stay."""
    return _HIDDEN.sub(_show, text.replace("\r\n", "\n"))


def one_sign_each(text: str) -> str:
    """The text with each hidden character as one sign, so that places in it stay the same."""
    return _HIDDEN.sub(
        lambda match: chr(0x2400 + ord(match.group())) if match.group() < " " else "\ufffd", text
    )


def one_line(text: str, width: int | None = None) -> str:
    """The text on one line, cut to `width` characters with an ellipsis."""
    line = " ".join(visible(text).split())
    return line if width is None or len(line) <= width else line[: max(0, width - 1)] + "…"


def aligned(rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> list[str]:
    """A table of texts as lines, its columns two cells apart.

    Args:
        rows: of the same length each; a line of headings among them.
        right: the columns of numbers, by index.
    """
    table = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(cells, column)) for column in zip(*table, strict=True)]
    numbers = set(right)
    lines = []
    for row in table:
        padded = [
            " " * (width - cells(cell)) + cell if index in numbers else cell + " " * (width - cells(cell))
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return lines


def cells(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def json_escaped(text: str) -> str:
    """JSON text with the same characters as JSON's own escapes: equal when read, harmless when shown.

    JSON allows them in strings alone, so that the text can be treated as a whole.
    """
    return _HIDDEN.sub(_escape, text)


def _show(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"\u2039U+{code:04X}\u203a"


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
