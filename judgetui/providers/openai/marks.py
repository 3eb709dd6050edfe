"""Where OpenAI's newer models are told that the rubric's part of a prompt ends, which is what later calls share.

Left to themselves they keep the whole prompt, item and all, which no other call begins with.
"""

from __future__ import annotations

from typing import Any, Final

from judgetui.core.request import JudgeRequest

OPTIONS: Final = {"mode": "explicit"}
"""Keep what is marked and nothing else (`PromptCacheOptions` in openai/types/chat/completion_create_params.py)."""

_MARK: Final = {"prompt_cache_breakpoint": {"mode": "explicit"}}
_MARKABLE: Final = frozenset({"system", "developer", "user"})


def plain_messages(request: JudgeRequest) -> list[dict[str, Any]]:
    """A request's messages as both APIs take them."""
    return [{"role": message.role, "content": message.content} for message in request.messages]


def marked_messages(request: JudgeRequest, part: str) -> list[dict[str, Any]] | None:
    """The same with a mark where the rubric's part ends; None where there is no place for one.

    The message in which it ends becomes two parts; the joined text is the same.

    Args:
        part: what the API calls a part that is text.
    """
    messages, left = plain_messages(request), request.stable
    if not left:
        return None
    for message in messages:
        content = message["content"]
        if left > len(content):
            left -= len(content)
            continue
        if message["role"] not in _MARKABLE:
            return None
        message["content"] = [{"type": part, "text": content[:left], **_MARK}]
        if content[left:]:
            message["content"].append({"type": part, "text": content[left:]})
        return messages
    return None
