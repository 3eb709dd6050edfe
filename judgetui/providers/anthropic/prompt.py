"""A request's messages in Anthropic's words: a system prompt apart, and a cache mark behind the rubric's part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from judgetui.core.request import JudgeRequest

_SYSTEM: Final = frozenset({"system", "developer"})
_BETWEEN: Final = "\n\n"
"""What stands between system messages, since there is one system prompt."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A message, and how many characters at its beginning are the rubric's."""

    role: str
    text: str
    stable: int


def has_user(request: JudgeRequest) -> bool:
    """Whether anything but system messages is there; what is alone is sent as the user's."""
    return any(message.role not in _SYSTEM for message in request.messages)


def prompt_part(request: JudgeRequest, *, marked: bool) -> dict[str, Any]:
    """The part of a body that is the prompt: `messages`, and `system` where there is one.

    The API reads the system prompt before the messages, and caches what stands before a mark. So the mark is
    on the last block that lies within the rubric's part, in this order; where that part ends inside of a
    message, the message is split there into two blocks. A block of white space alone is refused by the API, so a
    message is not split where that would leave one.

    Args:
        marked: whether cache marks are set, if `request.stable` tells where.
    """
    turns = _turns(request)
    system = [turn for turn in turns if turn.role in _SYSTEM]
    ordered = [turn for turn in turns if turn.role not in _SYSTEM]
    if not ordered:
        ordered, system = [replace(_joined(system), role="user")], []
    if system:
        ordered.insert(0, _joined(system))
    place = _mark(ordered) if marked else None
    contents = [_blocks(turn) if number == place else turn.text for number, turn in enumerate(ordered)]
    body: dict[str, Any] = {"system": contents[0]} if system else {}
    body["messages"] = [
        {"role": turn.role, "content": content}
        for turn, content in zip(ordered, contents, strict=True)
        if turn.role not in _SYSTEM
    ]
    return body


def is_marked(body: Mapping[str, Any]) -> bool:
    """Whether a body's prompt has a cache mark: no other content is in blocks."""
    contents = [body.get("system"), *(message["content"] for message in body["messages"])]
    return any(isinstance(content, list) for content in contents)


def _turns(request: JudgeRequest) -> list[_Turn]:
    left, found = request.stable, list[_Turn]()
    for message in request.messages:
        stable = min(left, len(message.content))
        left -= stable
        found.append(_Turn(message.role, message.content, stable))
    return found


def _joined(turns: Sequence[_Turn]) -> _Turn:
    """One turn of several; its rubric's part ends where the last of theirs does."""
    start = stable = 0
    for turn in turns:
        if turn.stable:
            stable = start + turn.stable
        start += len(turn.text) + len(_BETWEEN)
    return _Turn("system", _BETWEEN.join(turn.text for turn in turns), stable)


def _mark(turns: Sequence[_Turn]) -> int | None:
    """Which turn has the last block that lies within the rubric's part; None where none has."""
    found = None
    for place, turn in enumerate(turns):
        if turn.text[: turn.stable].strip() and len(_pieces(turn)[0]) <= turn.stable:
            found = place
        if turn.stable < len(turn.text):
            break
    return found


def _pieces(turn: _Turn) -> list[str]:
    pieces = [turn.text[: turn.stable], turn.text[turn.stable :]]
    return pieces if all(piece.strip() for piece in pieces) else [turn.text]


def _blocks(turn: _Turn) -> list[dict[str, Any]]:
    first, *rest = _pieces(turn)
    marked = {"type": "text", "text": first, "cache_control": {"type": "ephemeral"}}
    return [marked, *({"type": "text", "text": piece} for piece in rest)]
