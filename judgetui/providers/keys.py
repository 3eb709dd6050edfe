"""The identity of a call: what must be equal for two calls to be one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from judgetui.core.vote import JudgeRequest


def call_key(body: Mapping[str, object], sample: int) -> str:
    """SHA-256 of everything that is sent, plus the sample number, as hex.

    Args:
        body: as `JudgeProvider.body` gives it: provider, endpoint, model and the exact body, no secrets.
        sample: 0 for the first vote with this prompt, 1 for the next, and so on.
    """
    whole = json.dumps(
        {"body": body, "sample": sample}, sort_keys=True, ensure_ascii=True, separators=(",", ":")
    )
    return hashlib.sha256(whole.encode()).hexdigest()


def request_key(request: JudgeRequest) -> str:
    """SHA-256 of a request's messages and sample number, as hex: the same for every judge that is asked."""
    return call_key({"messages": [[m.role, m.content] for m in request.messages]}, request.sample)
