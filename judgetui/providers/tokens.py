"""How many tokens a prompt has: counted where a vocabulary is at hand, else estimated and said to be."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from judgetui.core.request import Message
from judgetui.providers.base import TokenCount

_VOCABULARIES: Final = {
    "o200k_base": (
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    "cl100k_base": (
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
}
"""tiktoken's name for each vocabulary's cached file, and that file's SHA-256."""

_OLDER: Final = ("gpt-4-", "gpt-3.5", "text-embedding-")
_PER_MESSAGE: Final = 4
"""Tokens that mark where a chat message begins and whose it is."""

_LONG: Final = 20_000
"""Characters from which encoding takes long enough to leave the event loop's thread."""

CHARACTERS_A_TOKEN: Final = 4
"""OpenAI's rule of thumb for English (help.openai.com, "What are tokens and how to count them?")."""

BY_LENGTH: Final = "characters / 4"
"""The method of a count that is nothing but that rule."""


def characters_over_four(messages: Sequence[Message]) -> TokenCount:
    """The estimate that needs nothing: a token for every four characters, and four for every message."""
    characters = sum(len(message.content) for message in messages)
    tokens = -(-characters // CHARACTERS_A_TOKEN) + _PER_MESSAGE * len(messages)
    return TokenCount(tokens=tokens, exact=False, method=BY_LENGTH)


def fewest_tokens(text: str) -> int:
    """Tokens of a reply that is this text and nothing else, by its length; at least one."""
    return max(1, -(-len(text) // CHARACTERS_A_TOKEN))


async def count_for_openai(messages: Sequence[Message], model: str) -> TokenCount:
    """Tokens by tiktoken if its vocabulary is on this machine, else the estimate. No network is used."""
    name = vocabulary(model)
    if not is_cached(name):
        return characters_over_four(messages)
    texts = [message.content for message in messages]
    if sum(map(len, texts)) < _LONG and name in _loaded:
        count = _encode(texts, name)
    else:
        count = await asyncio.to_thread(_encode, texts, name)
    if count is None:
        return characters_over_four(messages)
    # Not exact: how a server wraps messages is its own business.
    return TokenCount(count + _PER_MESSAGE * len(messages), exact=False, method=f"tiktoken {name}")


def vocabulary(model: str) -> str:
    """The tiktoken vocabulary of an OpenAI model; for unknown ones that of the newer models."""
    older = model == "gpt-4" or model.startswith(_OLDER)
    return "cl100k_base" if older else "o200k_base"


def is_cached(name: str) -> bool:
    """Whether tiktoken would find this vocabulary on disk, in the place where it looks for it."""
    return _cached_file(name) is not None


def _cached_file(name: str) -> Path | None:
    folder = os.environ.get("TIKTOKEN_CACHE_DIR", os.environ.get("DATA_GYM_CACHE_DIR"))
    if folder == "":  # tiktoken takes an empty name as a wish to cache nothing
        return None
    place = Path(tempfile.gettempdir()) / "data-gym-cache" if folder is None else Path(folder)
    file = place / _VOCABULARIES[name][0]
    return file if file.is_file() else None


_loaded: set[str] = set()


def _encode(texts: Sequence[str], name: str) -> int | None:
    try:
        if name not in _loaded and not _is_whole(name):
            return None
        import tiktoken

        encoding = tiktoken.get_encoding(name)
        _loaded.add(name)
        return sum(len(encoding.encode_ordinary(text)) for text in texts)
    except Exception:  # a count is never worth a failure; the estimate does as well
        return None


def _is_whole(name: str) -> bool:
    """Whether the cached file is what it should be: tiktoken deletes and downloads one that is not."""
    file = _cached_file(name)
    return file is not None and hashlib.sha256(file.read_bytes()).hexdigest() == _VOCABULARIES[name][1]
