"""Judges behind OpenAI's chat completions, and every server that speaks the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, ClassVar, Final

from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.providers.base import Capabilities, OnText
from judgetui.providers.endpoints import malformed, unreachable
from judgetui.providers.formats import first_format
from judgetui.providers.openai.parts import nested_part
from judgetui.providers.openai.reading import Chunks, read_choices
from judgetui.providers.openai.writing import TOP_LOGPROBS, WritingJudge

MOST_SAMPLES: Final = 32
"""Votes in one call; the API takes up to 128, but a call that fails loses all of them."""


class OpenAIJudge(WritingJudge):
    """A `JudgeProvider` over chat completions."""

    PATH = "/chat/completions"
    PROMPT = "messages"
    PART = "text"
    LIMIT = "max_completion_tokens"
    RUNGS: ClassVar[Mapping[str, str]] = {"schema": "response_format", "tool": "tools", "grammar": "grammar"}
    LOGPROBS = ("logprobs", "top_logprobs")
    DROPPABLE: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "stream_options": ("stream_options",),
        "top_logprobs": LOGPROBS,
        "logprobs": LOGPROBS,
        "max_completion_tokens": ("max_completion_tokens",),
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "response_format": ("response_format",),
        "json_schema": ("response_format",),
        "tool_choice": ("tools", "tool_choice"),
        "tools": ("tools", "tool_choice"),
        "grammar": ("grammar",),
        "prompt_cache_options": ("prompt_cache_options",),
        "prompt_cache_breakpoint": ("prompt_cache_options",),
        "reasoning_effort": ("reasoning_effort",),
        "prompt_cache_key": ("prompt_cache_key",),
        "n": ("n",),
    }

    @property
    def capabilities(self) -> Capabilities:
        """What is known of the model; a refused or missing feature turns to False."""
        return replace(super().capabilities, samples=1 if self._knows("n") is False else MOST_SAMPLES)

    def bundles(self, requests: Sequence[JudgeRequest]) -> list[tuple[JudgeRequest, ...]]:
        """Samples of the same prompt travel in one call."""
        most = self.capabilities.samples
        found: list[tuple[JudgeRequest, ...]] = []
        for _, group in groupby(requests, key=lambda request: replace(request, sample=0)):
            same = tuple(group)
            found += [same[start : start + most] for start in range(0, len(same), most)]
        return found

    async def _ask(
        self, requests: Sequence[JudgeRequest], seconds: float, on_text: OnText | None
    ) -> list[JudgeReply]:
        request = requests[0]
        if on_text is not None and len(requests) == 1:
            return await self._adapted(request, lambda body: self._stream(request, body, seconds, on_text))
        return await self._adapted(request, lambda body: self._whole(requests, body, seconds))

    async def _whole(
        self, requests: Sequence[JudgeRequest], body: dict[str, Any], seconds: float
    ) -> list[JudgeReply]:
        self._ask_for(len(requests), body)
        answer = await self._post(self.PATH, body, seconds)
        return self._read(answer.data, requests, body, answer.request_id)

    def batch_body(self, bundle: Sequence[JudgeRequest]) -> dict[str, Any]:
        """The body of a call, with the number of its samples."""
        body = self._sent(bundle[0])
        self._ask_for(len(bundle), body)
        return body

    def batch_replies(
        self, bundle: Sequence[JudgeRequest], data: Mapping[str, Any], request_id: str
    ) -> list[JudgeReply]:
        """One reply a choice."""
        return self._read(data, bundle, self.batch_body(bundle), request_id)

    def _ask_for(self, samples: int, body: dict[str, Any]) -> None:
        """Have a body ask for so many replies, where the server gives several."""
        if samples > 1 and self._knows("n") is not False:
            body["n"] = samples

    def _read(
        self,
        data: Mapping[str, Any],
        requests: Sequence[JudgeRequest],
        sent: Mapping[str, Any],
        request_id: str,
    ) -> list[JudgeReply]:
        asked = requests[: sent.get("n", 1)]
        replies = read_choices(data, asked, self._format_of(sent), request_id)
        if not replies:
            raise malformed(self._judge, "JSON without a reply in it", self._url)
        if len(replies) < len(asked):
            self._refused["n"] = f"{self._judge} sent {len(replies)} replies, though asked for {len(asked)}."
        return [self._finished(each, reply, sent) for each, reply in zip(asked, replies, strict=False)]

    async def _stream(
        self, request: JudgeRequest, body: dict[str, Any], seconds: float, on_text: OnText
    ) -> list[JudgeReply]:
        body["stream"] = True
        if "stream_options" not in self._refused:
            body["stream_options"] = {"include_usage": True}
        chunks = Chunks()
        async for chunk, request_id in self._events(self.PATH, body, seconds):
            if piece := chunks.add(chunk, request_id):
                on_text(piece)
        if chunks.empty:
            raise malformed(self._judge, "a stream without a reply", self._url)
        if not chunks.finish:
            raise unreachable(self._judge, self._url, "the answer broke off")
        return [self._finished(request, chunks.reply(request, self._format_of(body)), body)]

    def _wanted(self, request: JudgeRequest) -> dict[str, Any]:
        asked = first_format(request, self._format)
        body: dict[str, Any] = {
            "model": self._model,
            **self._prompt(request),
            self.LIMIT: self._limit(request, asked),
            **self._sampling(request),
        }
        if request.top_logprobs:
            body |= {"logprobs": True, "top_logprobs": min(request.top_logprobs, TOP_LOGPROBS)}
        if self._effort:
            body["reasoning_effort"] = self._effort
        return body | self._format_part(asked, request)

    def _sent(self, request: JudgeRequest) -> dict[str, Any]:
        body = super()._sent(request)
        if self.LIMIT in self._refused:
            body["max_tokens"] = self._limit(request, self._asked_as(request))
        return body

    def _format_part(self, name: str, request: JudgeRequest) -> dict[str, Any]:
        return nested_part(name, request)

    def _finished(self, request: JudgeRequest, reply: JudgeReply, sent: Mapping[str, Any]) -> JudgeReply:
        finished = super()._finished(request, reply, sent)
        dropped = dict(finished.dropped)
        if why := dropped.get("max_completion_tokens"):
            dropped["max_completion_tokens"] = f"sent as max_tokens; {why}"
        return replace(finished, dropped=dropped)
