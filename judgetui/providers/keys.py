"""The identity of a call: what must be equal for two calls to be one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from judgetui.core.request import JudgeRequest

_ENCODER: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"))
_PIECE: Final = 2047
"""Bytes; CPython's hashlib keeps the lock for up to so many (HASHLIB_GIL_MINSIZE in Modules/hashlib.h)."""


def call_key(body: Mapping[str, object], sample: int) -> str:
    """SHA-256 of everything that is sent, plus the sample number, as hex.

    Args:
        body: as `JudgeProvider.body` gives it: provider, endpoint, model and the exact body, no secrets.
        sample: 0 for the first vote with this prompt, 1 for the next, and so on.
    """
    return _digest(_ENCODER.encode({"body": body, "sample": sample}).encode())


def _digest(data: bytes) -> str:
    """SHA-256 as hex. In small pieces: for larger ones hashlib lets go of the interpreter's lock, and to get it
    back from a busy thread takes longer than the hashing."""
    digest = hashlib.sha256()
    for start in range(0, len(data), _PIECE):
        digest.update(data[start : start + _PIECE])
    return digest.hexdigest()


def request_key(request: JudgeRequest) -> str:
    """SHA-256 of a request's messages, question and sample number, as hex: the same for every judge that is asked."""
    asked: dict[str, object] = {"messages": [[m.role, m.content] for m in request.messages]}
    if request.question is not None:
        asked["question"] = request.question.to_mapping()
    return call_key(asked, request.sample)
