"""What a column can hold: JSON, texts with characters that SQLite cannot carry, moments.

JSON is written in ASCII, so that lone surrogates and NUL survive.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

_COMPACT: Final = json.JSONEncoder(separators=(",", ":"))  # ASCII, since that is the default

_ESCAPED: Final = "\x1b"
"""First character of a text column that holds JSON because plain text would not survive."""


def dump(value: object) -> str:
    """A value as compact JSON in ASCII.

    Raises:
        TypeError: if JSON has no word for it.
    """
    return _COMPACT.encode(value)


def load(text: str) -> Any:
    """What `dump` was given."""
    return json.loads(text)


def to_column(text: str) -> str:
    """Any text as SQLite can store and compare it; almost always the text itself."""
    if text.isascii() and text.isprintable():
        return text
    if text.startswith(_ESCAPED) or "\0" in text or not _is_utf8(text):
        return _ESCAPED + json.dumps(text)
    return text


def from_column(text: str) -> str:
    """What `to_column` was given."""
    return str(json.loads(text[1:])) if text.startswith(_ESCAPED) else text


def maybe_to_column(text: str | None) -> str | None:
    """`to_column`, None staying None."""
    return None if text is None else to_column(text)


def maybe_from_column(text: str | None) -> str | None:
    """`from_column`, None staying None."""
    return None if text is None else from_column(text)


def stamp(moment: datetime) -> str:
    """A moment as UTC text that sorts by time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment(text: str) -> datetime:
    """What `stamp` was given."""
    return datetime.fromisoformat(text)


def maybe_moment(text: str | None) -> datetime | None:
    """`moment`, None staying None."""
    return None if text is None else datetime.fromisoformat(text)


def _is_utf8(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


# ------------------------------------------------------------------------------------------------ items
