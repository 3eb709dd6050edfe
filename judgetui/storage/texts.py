"""Long texts are stored once, by their hash, however many requests repeat them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

LONG: Final = 200
"""Texts of this many characters or more are worth storing apart; a reference takes about 80."""

_TEXT: Final = "$text"
_PLAIN: Final = "$plain"
_REFERENCE: Final = re.compile(r'\{"\$text":"([0-9a-f]{64})"\}')


def text_hash(text: str) -> str:
    """SHA-256 of any text, as hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def take_out(value: object, texts: dict[str, str]) -> object:
    """The value with a reference in place of each long text; the texts are added to `texts` by their hash."""
    match value:
        case str() if len(value) >= LONG:
            name = text_hash(value)
            texts[name] = value
            return {_TEXT: name}
        case Mapping():
            inner = {str(key): take_out(part, texts) for key, part in value.items()}
            # What looks like a reference but is none is wrapped, so that it comes back as it was.
            return {_PLAIN: inner} if set(value) in ({_TEXT}, {_PLAIN}) else inner
        case list() | tuple():
            return [take_out(part, texts) for part in value]
    return value


def put_back(value: Any, texts: Mapping[str, str]) -> Any:
    """What `take_out` was given; tuples come back as lists.

    Raises:
        KeyError: if a text is missing.
    """
    match value:
        case {"$text": str() as name} if len(value) == 1:
            return texts[name]
        case {"$plain": dict() as inner} if len(value) == 1:
            return {key: put_back(part, texts) for key, part in inner.items()}
        case dict():
            return {key: put_back(part, texts) for key, part in value.items()}
        case list():
            return [put_back(part, texts) for part in value]
    return value


def referred(body: str) -> list[str]:
    """The hashes of the texts that a value stored as compact JSON refers to, with repeats.

    A text cannot look like a reference, since quotes within it are escaped. A wrapped value can, and one hash
    too many does no harm.
    """
    return _REFERENCE.findall(body)
