"""Texts fit for a file: without the folders of the machine they come from, and with every sign visible."""

from __future__ import annotations

import re
from typing import Final

from judgetui.core.text import visible

_FOLDERS: Final = re.compile(r"(?<![\w:/.\\-])(?:~|[A-Za-z]:)?(?:[\\/][^\\/\s:;,'\"()<>]+)+[\\/](?=[^\\/\s])")
"""The folders of an absolute path, which no address on the web begins with: there a colon stands before."""

_SIDE: Final = re.compile(r"^(local|replay):(.*[\\/])(?=[^\\/]+$)", re.DOTALL)

_NAMED: Final = re.compile(r"(?<!\w)(local|replay):\S*[\\/](?=[^\\/\s])")
"""A judge's name within a text, up to its file."""

_NO_CHARACTER: Final = re.compile("[\ufffe\uffff]")
"""Code points that XML has no room for, beside those that `visible` shows."""


def shown(text: str) -> str:
    """The text with what could steer a reader, or is no character, as visible signs."""
    return _NO_CHARACTER.sub("\ufffd", visible(text))


def shown_judge(name: str) -> str:
    """A judge's name; where it names a file, without the folder."""
    return _SIDE.sub(r"\1:", name)


def without_folders(text: str) -> str:
    """The text with the folders of absolute paths, and of files that judges are named after, left out."""
    return _FOLDERS.sub("…/", _NAMED.sub(r"\1:", text))
