"""Reads chat completions, whole and streamed, as the openai package builds them.

The SDK builds its objects without checking what came, so any field may be missing or None.
"""

from __future__ import annotations

from typing import Any

from judgetui.core.vote import JudgeReply, TokenLogprob, Usage


class Chunks:
    """A streamed reply as it grows."""

    def __init__(self) -> None:
        self.text = ""
        self.finish = ""
        self._refusal = ""
        self._tokens: list[TokenLogprob] = []
        self._usage = Usage()
        self._model = ""
        self._id = ""

    def add(self, chunk: Any) -> str:
        """Take in a chunk; returns the text it brought."""
        self._model = chunk.model or self._model
        self._id = chunk.id or self._id
        if chunk.usage is not None:
            self._usage = read_usage(chunk)
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        self.finish = choice.finish_reason or self.finish
        if choice.logprobs is not None and choice.logprobs.content:
            self._tokens += [read_token(token) for token in choice.logprobs.content]
        if choice.delta is None:
            return ""
        self._refusal += choice.delta.refusal or ""
        piece = choice.delta.content or ""
        self.text += piece
        return piece

    def reply(self, request_id: str) -> JudgeReply:
        """The whole of it."""
        return JudgeReply(
            text=self.text,
            finish=finish_word(self.finish, self._refusal),
            logprobs=tuple(self._tokens),
            usage=self._usage,
            model=self._model,
            request_id=request_id or self._id,
            refusal=self._refusal or filter_refusal(self.finish),
        )


def finish_word(reason: str | None, refusal: str | None) -> str:
    """Why the model stopped, in judgetui's words: stop, length, refusal, or the server's own."""
    if refusal or reason == "content_filter":
        return "refusal"
    return reason or "stop"


def filter_refusal(reason: str | None) -> str | None:
    """The refusal that a finish reason means, if it means one."""
    return "The provider's content filter held the reply back." if reason == "content_filter" else None


def read_token(token: Any) -> TokenLogprob:
    """A written token with the alternatives at its place, most probable first."""
    top = sorted(((t.token, float(t.logprob)) for t in token.top_logprobs or ()), key=lambda pair: -pair[1])
    return TokenLogprob(token.token, float(token.logprob), tuple(top))


def read_usage(raw: Any) -> Usage:
    """Tokens as the server counted them; what it spent on reasoning is part of the output."""
    usage = raw.usage
    if usage is None:
        return Usage()
    details = usage.prompt_tokens_details
    return Usage(
        input=usage.prompt_tokens,
        output=usage.completion_tokens,
        cached=None if details is None else details.cached_tokens,
    )


def shape(raw: object) -> str:
    """What something that is no chat completion looks like, in words."""
    if isinstance(raw, str):
        return "a web page instead of JSON" if raw.lstrip()[:1] == "<" else "text instead of JSON"
    return "JSON without a reply in it"
