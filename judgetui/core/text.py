"""Text from outside made fit to show: whatever could steer a terminal becomes a visible sign."""

from __future__ import annotations

import re
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
