"""What Anthropic's messages answer, as tests lay it out, and a judge that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anthropic  # noqa: F401 - it takes a second or two, which no test's time limit is to count

from judgetui.config.secrets import Secret
from judgetui.providers.anthropic.messages import AnthropicJudge
from tests.providers.conftest import KEY
from tests.providers.endpoint import Answer, Endpoint


def message(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-test-2026",
        "content": list(blocks) or [{"type": "text", "text": "Rating: [[4]]"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 10,
            "output_tokens": 5,
            "cache_read_input_tokens": 100,
            "cache_creation_input_tokens": 20,
        },
        **more,
    }


def text_block(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def tool_block(**given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": "toolu_1", "name": "verdict", "input": given}


def block_start(index: int, block: dict[str, Any]) -> tuple[str, object]:
    return (
        "content_block_start",
        {"type": "content_block_start", "index": index, "content_block": block},
    )


def block_delta(index: int, kind: str, **content: str) -> tuple[str, object]:
    delta = {"type": kind, **content}
    return "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}


def stream(
    *middle: tuple[str, object], stop: str | None = "end_turn", usage: Mapping[str, object] | None = None
) -> list[tuple[str, object]]:
    """A message's events; without its end where `stop` is None.

    Args:
        usage: counts that come at the end, beside 42 output tokens.
    """
    begin = message(content=[], stop_reason=None)
    found = [
        ("message_start", {"type": "message_start", "message": begin}),
        ("ping", {"type": "ping"}),
        *middle,
    ]
    if stop is not None:
        counts = {"output_tokens": 42, **(usage or {})}
        end = {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": counts}
        found += [("message_delta", end), ("message_stop", {"type": "message_stop"})]
    return found


def events(*pieces: str, stop: str | None = "end_turn") -> list[tuple[str, object]]:
    """The events of a message of text alone."""
    deltas = [block_delta(0, "text_delta", text=piece) for piece in pieces]
    close = ("content_block_stop", {"type": "content_block_stop", "index": 0})
    return stream(block_start(0, text_block("")), *deltas, close, stop=stop)


def refused(text: str, status: int = 400) -> Answer:
    """An error as the API words it."""
    error = {"type": "invalid_request_error", "message": text}
    return Answer({"type": "error", "error": error, "request_id": "req-9"}, status=status)


def judge_at(endpoint: Endpoint, **options: str) -> AnthropicJudge:
    return AnthropicJudge(
        "anthropic:claude-test", "claude-test", base_url=endpoint.url, key=Secret(KEY), **options
    )
