"""Reads what OpenAI's chat completions answer, whole and streamed, as JSON.

Servers that speak the same leave things out and send nulls, so nothing is taken for granted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from judgetui.core.reply import JudgeReply, TokenLogprob, Usage
from judgetui.core.request import JudgeRequest
from judgetui.providers.formats import json_in, verdict_text

_WRITTEN: Final = (None, "text", "output_text")
"""Types of a message's parts that are said; others are thought."""


class Chunks:
    """A streamed reply as it grows."""

    def __init__(self) -> None:
        self.text = ""
        self.finish = ""
        self._refusal = ""
        self._arguments = ""
        self._tokens: list[TokenLogprob] = []
        self._usage: Mapping[str, Any] = {}
        self._model = ""
        self._id = ""

    @property
    def empty(self) -> bool:
        """Whether no reply has come at all."""
        return not (self.finish or self.text or self._arguments)

    def add(self, chunk: Mapping[str, Any], request_id: str) -> str:
        """Take in a chunk; returns the text it brought. Thinking is passed over."""
        self._model = chunk.get("model") or self._model
        self._id = request_id or chunk.get("id") or self._id
        self._usage = mapping(chunk.get("usage")) or self._usage
        choice = first_choice(chunk)
        self.finish = choice.get("finish_reason") or self.finish
        self._tokens += tokens(mapping(choice.get("logprobs")).get("content"))
        delta = mapping(choice.get("delta"))
        self._refusal += delta.get("refusal") or ""
        self._arguments += arguments(delta)
        piece = content(delta)
        self.text += piece
        return piece

    def reply(self, request: JudgeRequest, asked: str) -> JudgeReply:
        """The whole of it."""
        return made(
            request,
            asked,
            JudgeReply(
                text=self.text,
                finish=finish_word(self.finish, self._refusal),
                logprobs=tuple(self._tokens),
                usage=read_usage(self._usage),
                model=self._model,
                request_id=self._id,
                refusal=self._refusal or filter_refusal(self.finish),
            ),
            self._arguments,
        )


def read_choices(
    data: Mapping[str, Any], requests: Sequence[JudgeRequest], asked: str, request_id: str
) -> list[JudgeReply]:
    """The replies of a chat completion, one a choice, for as many requests as there are choices.

    Args:
        asked: the format that the verdict was asked for in, one of `options.FORMATS`.
    """
    usage = read_usage(mapping(data.get("usage")))
    choices = [choice for choice in data.get("choices") or () if isinstance(choice, Mapping)]
    replies: list[JudgeReply] = []
    for request, choice in zip(requests, choices, strict=False):
        message = mapping(choice.get("message"))
        if not message:
            break
        refusal = message.get("refusal") or None
        finish = choice.get("finish_reason")
        reply = JudgeReply(
            text=content(message),
            finish=finish_word(finish, refusal),
            logprobs=tuple(tokens(mapping(choice.get("logprobs")).get("content"))),
            usage=Usage(0, 0, 0) if replies else usage,
            model=str(data.get("model") or ""),
            request_id=request_id or str(data.get("id") or ""),
            refusal=refusal or filter_refusal(finish),
        )
        replies.append(made(request, asked, reply, arguments(message)))
    return replies


def made(request: JudgeRequest, asked: str, reply: JudgeReply, called: str) -> JudgeReply:
    """The reply with what a tool was called with on a line of its own, and with what its JSON says in the protocol's
    text, where JSON was asked for and came."""
    whole = replace(reply, text="\n".join(part for part in (reply.text, called) if part))
    if asked not in {"schema", "tool"}:
        return whole
    return replace(whole, said=verdict_text(request, json_in(called or reply.text)))


def finish_word(reason: str | None, refusal: str | None) -> str:
    """Why the model stopped, in judgetui's words: stop, length, refusal, or the server's own."""
    if refusal or reason == "content_filter":
        return "refusal"
    return "stop" if reason in {None, "", "tool_calls"} else str(reason)


def filter_refusal(reason: str | None) -> str | None:
    """The refusal that a finish reason means, if it means one."""
    return "The provider's content filter held the reply back." if reason == "content_filter" else None


def tokens(listed: object) -> list[TokenLogprob]:
    """The written tokens, each with the alternatives at its place, most probable first."""
    found = []
    for token in listed if isinstance(listed, list) else ():
        top = ((each["token"], float(each["logprob"])) for each in token.get("top_logprobs") or ())
        found.append(
            TokenLogprob(
                token["token"], float(token["logprob"]), tuple(sorted(top, key=lambda pair: -pair[1]))
            )
        )
    return found


def read_usage(usage: Mapping[str, Any], prompt: str = "prompt", written: str = "completion") -> Usage:
    """Tokens as the server counted them.

    Args:
        prompt: what the API calls the tokens of the prompt; responses and Decisions say `input`.
        written: and those of the reply; they say `output`.
    """
    of_prompt = mapping(usage.get(f"{prompt}_tokens_details"))
    of_reply = mapping(usage.get(f"{written}_tokens_details"))
    return Usage(
        input=usage.get(f"{prompt}_tokens"),
        output=usage.get(f"{written}_tokens"),
        cached=of_prompt.get("cached_tokens"),
        reasoning=of_reply.get("reasoning_tokens"),
        cache_write=of_prompt.get("cache_write_tokens"),
    )


def first_choice(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The first choice of a completion or a chunk; empty where there is none."""
    choices = data.get("choices")
    return mapping(choices[0]) if isinstance(choices, list) and choices else {}


def content(message: Mapping[str, Any]) -> str:
    """A message's text, which some servers send in parts."""
    found = message.get("content")
    if isinstance(found, list):
        parts = [part for part in found if isinstance(part, Mapping)]
        return "".join(str(part.get("text") or "") for part in parts if part.get("type") in _WRITTEN)
    return found if isinstance(found, str) else ""


def arguments(message: Mapping[str, Any]) -> str:
    """What a message calls a tool with."""
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        return ""
    return "".join(str(mapping(mapping(call).get("function")).get("arguments") or "") for call in calls)


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, Mapping) else {}
