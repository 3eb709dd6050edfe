"""Reads what OpenAI's responses answer, as JSON (openai/types/responses/response.py of the openai package).

Servers that speak the same leave things out and send nulls, so nothing is taken for granted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.providers.openai.reading import filter_refusal, finish_word, made, mapping, read_usage, tokens
from judgetui.providers.sdk import STATUS_OF_TYPE

_REASONS: Final = {"max_output_tokens": "length"}
"""Why a response is incomplete, in chat completions' words where they differ."""


def read_response(
    data: Mapping[str, Any], request: JudgeRequest, asked: str, request_id: str, limit: int
) -> JudgeReply:
    """The reply of a response that is completed or incomplete. What the model thought is no part of its text.

    Args:
        asked: the format that the verdict was asked for in, one of `options.FORMATS`.
        limit: tokens that it might have.
    """
    items = [item for item in data.get("output") or () if isinstance(item, Mapping)]
    parts = list(_parts(items))
    written = [part for part in parts if part.get("type") == "output_text"]
    called = "".join(str(i.get("arguments") or "") for i in items if i.get("type") == "function_call")
    refusal = "".join(str(part.get("refusal") or "") for part in parts if part.get("type") == "refusal")
    usage = read_usage(mapping(data.get("usage")), "input", "output")
    reason = str(mapping(data.get("incomplete_details")).get("reason") or "")
    reason = _REASONS.get(reason, reason)
    if not reason and (usage.output or 0) >= limit:
        reason = "length"  # llama.cpp's server calls a reply complete that it cut
    reply = JudgeReply(
        text="".join(str(part.get("text") or "") for part in written),
        finish=finish_word(reason, refusal),
        logprobs=tuple(token for part in written for token in tokens(part.get("logprobs"))),
        usage=usage,
        model=str(data.get("model") or ""),
        request_id=request_id or str(data.get("id") or ""),
        refusal=refusal or filter_refusal(reason),
    )
    return made(request, asked, reply, called)


def error_status(code: str) -> int:
    """The HTTP status that a failed response's code stands for. Those that a response has of its own
    (openai/types/responses/response_error.py) are about the request, and so do not pass."""
    return STATUS_OF_TYPE.get(code, 400 if code else 500)


def _parts(items: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The parts of what was said to the user, in order."""
    for item in items:
        content = item.get("content")
        if item.get("type") == "message" and isinstance(content, list):
            yield from (part for part in content if isinstance(part, Mapping))
