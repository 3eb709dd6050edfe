"""Reads what Anthropic's messages answer, whole and streamed, as JSON.

Any field may be missing: servers that speak the same leave things out, and the API adds kinds of blocks and events.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.request import JudgeRequest
from judgetui.providers.formats import json_in, verdict_text

_STOPS: Final = {
    "": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "stop",
    "max_tokens": "length",
}
"""The API's stop reasons in judgetui's words. `refusal` is one of them as it is; `pause_turn` and
`model_context_window_exceeded` stay the API's own: a reply that is not whole, read as far as it goes."""


class Events:
    """A streamed message as it grows."""

    def __init__(self) -> None:
        self.empty = True
        self.ended = False
        self._message: dict[str, Any] = {}
        self._usage: dict[str, Any] = {}
        self._blocks: dict[object, tuple[dict[str, Any], list[str]]] = {}
        self._spoken = False
        self._id = ""

    def add(self, event: Mapping[str, Any], request_id: str) -> str:
        """Take in an event; returns the text it brought, which is a tool's input where no text came before.

        Thinking is passed over.
        """
        self._id = request_id
        kind, piece = event.get("type"), ""
        match kind:
            case "message_start":
                self._message = dict(mapping(event.get("message")))
                self._count(self._message.get("usage"))
            case "content_block_start":
                block = dict(mapping(event.get("content_block")))
                self._blocks[event.get("index")] = (block, [])
                if block.get("type") == "text":
                    piece = self._grown(event, "text", _text(block, "text"))
            case "content_block_delta":
                delta = mapping(event.get("delta"))
                if delta.get("type") == "text_delta":
                    piece = self._grown(event, "text", _text(delta, "text"))
                elif delta.get("type") == "input_json_delta":
                    piece = self._grown(event, "tool_use", _text(delta, "partial_json"))
            case "message_delta":
                delta = mapping(event.get("delta"))
                self._message |= {name: value for name, value in delta.items() if value is not None}
                self._count(event.get("usage"))
        self.ended = self.ended or kind == "message_stop" or bool(self._message.get("stop_reason"))
        self.empty = self.empty and not (self._message or self._blocks)
        return piece

    def reply(self, request: JudgeRequest, asked: str) -> JudgeReply:
        """The whole of it."""
        whole = {"content": [_whole(*block) for block in self._blocks.values()], "usage": self._usage}
        return read_message(self._message | whole, request, asked, self._id)

    def _grown(self, event: Mapping[str, Any], kind: str, piece: str) -> str:
        _, pieces = self._blocks.setdefault(event.get("index"), ({"type": kind}, []))
        pieces.append(piece)
        self._spoken = self._spoken or (kind == "text" and bool(piece))
        return piece if kind == "text" or not self._spoken else ""

    def _count(self, usage: object) -> None:
        """Later counts are of the whole message, and stand in place of the earlier ones."""
        self._usage |= {name: value for name, value in mapping(usage).items() if value is not None}


def read_message(
    message: Mapping[str, Any], request: JudgeRequest, asked: str, request_id: str
) -> JudgeReply:
    """The reply that a message is: its text, and on a line of its own the input of a tool that it calls.

    Args:
        asked: the format that the verdict was asked for in, one of `options.FORMATS`.
        request_id: the server's own name for the call; the message's id where it gave none.
    """
    content = message.get("content")
    blocks = [block for block in content if isinstance(block, Mapping)] if isinstance(content, list) else []
    text = "".join(_text(block, "text") for block in blocks if block.get("type") == "text")
    given = next((block.get("input") for block in blocks if block.get("type") == "tool_use"), None)
    said = ""
    if asked in {"schema", "tool"}:
        said = verdict_text(request, json_in(text) if given is None else given)
    stop = _text(message, "stop_reason")
    return JudgeReply(
        text="\n".join(part for part in (text, _written(given)) if part),
        finish=_STOPS.get(stop, stop),
        usage=read_usage(mapping(message.get("usage"))),
        model=_text(message, "model"),
        request_id=request_id or _text(message, "id"),
        refusal=_refusal(message, text) if stop == "refusal" else None,
        said=said,
    )


def read_usage(usage: Mapping[str, Any]) -> Usage:
    """Tokens as the API counted them: what was cached stands apart from its `input_tokens`, here it is in."""
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    fresh, cached, cache_write = (_number(usage, name) for name in names)
    told = [number for number in (fresh, cached, cache_write) if number is not None]
    return Usage(
        input=sum(told) if told else None,
        output=_number(usage, "output_tokens"),
        cached=cached,
        reasoning=_number(mapping(usage.get("output_tokens_details")), "thinking_tokens"),
        cache_write=cache_write,
    )


def _whole(block: dict[str, Any], pieces: list[str]) -> dict[str, Any]:
    """A block with the pieces that came after its beginning."""
    joined = "".join(pieces)
    if not joined:
        return block
    if block.get("type") == "text":
        return block | {"text": joined}
    data = json_in(joined)
    return block | {"input": joined if data is None else data}


def _written(given: object) -> str:
    """A tool's input as text; one that broke off in the middle is text already."""
    if given is None or isinstance(given, str):
        return given or ""
    return json.dumps(given, ensure_ascii=False)


def _refusal(message: Mapping[str, Any], text: str) -> str:
    return _text(mapping(message.get("stop_details")), "explanation") or text or "The model refused."


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _number(data: Mapping[str, Any], name: str) -> int | None:
    value = data.get(name)
    return value if isinstance(value, int) else None


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, Mapping) else {}
