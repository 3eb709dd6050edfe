"""Judges behind OpenAI's chat completions, and every server that speaks the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, Final

from judgetui.config.secrets import Secret
from judgetui.core.vote import JudgeReply, JudgeRequest
from judgetui.providers.base import Capabilities, OnText, TokenCount
from judgetui.providers.endpoints import check_url, malformed, unreachable
from judgetui.providers.formats import NAME, first_format, grammar, json_in, verdict_schema
from judgetui.providers.openai.client import OpenAISdkJudge
from judgetui.providers.openai.reading import Chunks, read_choices
from judgetui.providers.options import EFFORTS, FORMATS, split_options
from judgetui.providers.sdk import find_keys
from judgetui.providers.tokens import count_for_openai

OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {"effort": EFFORTS, "format": FORMATS}
"""Options of a judge's name: how hard it thinks, and how it is asked for a verdict."""

MOST_SAMPLES: Final = 32
"""Votes in one call; the API takes up to 128, but a call that fails loses all of them."""

TOP_LOGPROBS: Final = 20

_TOGETHER: Final = {
    "logprobs": ("logprobs", "top_logprobs"),
    "top_logprobs": ("logprobs", "top_logprobs"),
    "tools": ("tools", "tool_choice"),
    "tool_choice": ("tools", "tool_choice"),
}
"""Parts that go together."""

_DROPPABLE: Final = (
    "stream_options", "top_logprobs", "logprobs", "max_completion_tokens", "temperature", "top_p",
    "response_format", "json_schema", "tool_choice", "tools", "grammar", "reasoning_effort", "prompt_cache_key", "n",
)  # fmt: skip
"""Parts that a server may refuse. The longer names first: one is looked for inside the server's message."""


class OpenAIJudge(OpenAISdkJudge):
    """A `JudgeProvider` over chat completions.

    Args:
        effort: how hard a reasoning model thinks, one of `EFFORTS`; empty leaves it to the model.
        verdict_format: how a verdict is asked for, one of `FORMATS`; empty for what suits the request.
    """

    PATH = "/chat/completions"

    def __init__(
        self,
        judge: str,
        model: str,
        *,
        base_url: str,
        key: Secret | None,
        key_env: str = "",
        headers: Mapping[str, str | Secret] | None = None,
        effort: str = "",
        verdict_format: str = "",
    ) -> None:
        super().__init__(judge, model, base_url=base_url, key=key, key_env=key_env, headers=headers)
        self._effort = effort
        self._format = verdict_format

    @classmethod
    def open(
        cls,
        judge: str,
        model: str,
        *,
        base_url: str,
        key_env: str,
        headers: Mapping[str, str] | None = None,
    ) -> OpenAIJudge:
        """A judge with its key found in the environment or the keyring; none is needed on this machine.

        Args:
            model: with the options of `OPTIONS` behind a question mark.

        Raises:
            NoJudgeError: without a key, with what to do.
            InputError: when `base_url` is no address, or for an unknown option.
        """
        url = check_url(base_url, f"The address of {judge}")
        name, options = split_options(model, OPTIONS)
        key, found = find_keys(judge, url, key_env, headers)
        return cls(
            judge,
            name,
            base_url=url,
            key=key,
            key_env=key_env,
            headers=found,
            effort=options.get("effort", ""),
            verdict_format=options.get("format", ""),
        )

    @property
    def capabilities(self) -> Capabilities:
        """What is known of the model; a refused or missing feature turns to False."""
        return Capabilities(
            logprobs=self._knows("logprobs"),
            top_logprobs=TOP_LOGPROBS,
            samples=1 if self._knows("n") is False else MOST_SAMPLES,
            schema=self._knows("response_format"),
            tool=self._knows("tools"),
            grammar=False if self._is_openai else self._knows("grammar"),
            temperature=self._knows("temperature"),
        )

    def bundles(self, requests: Sequence[JudgeRequest]) -> list[tuple[JudgeRequest, ...]]:
        """Samples of the same prompt travel in one call."""
        most = self.capabilities.samples
        found: list[tuple[JudgeRequest, ...]] = []
        for _, group in groupby(requests, key=lambda request: replace(request, sample=0)):
            same = tuple(group)
            found += [same[start : start + most] for start in range(0, len(same), most)]
        return found

    async def count_tokens(self, request: JudgeRequest) -> TokenCount:
        """Tokens of the prompt by tiktoken where its vocabulary is on this machine, else an estimate."""
        return await count_for_openai(request.messages, self._model)

    async def _ask(
        self, requests: Sequence[JudgeRequest], seconds: float, on_text: OnText | None
    ) -> list[JudgeReply]:
        request = requests[0]
        if on_text is not None and len(requests) == 1:
            replies = [await self._adapting(lambda: self._stream(request, seconds, on_text), self._learn)]
        else:
            replies = await self._adapting(lambda: self._whole(requests, seconds), self._learn)
        replies = [self._finished(each, reply) for each, reply in zip(requests, replies, strict=False)]
        for late in requests[len(replies) :]:
            replies += await self._ask((late,), seconds, None)
        return replies

    async def _whole(self, requests: Sequence[JudgeRequest], seconds: float) -> list[JudgeReply]:
        body = self._sent(requests[0])
        several = len(requests) > 1 and self._knows("n") is not False
        if several:
            body["n"] = len(requests)
        answer = await self._post(self.PATH, body, seconds)
        sent = requests if several else requests[:1]
        replies = read_choices(answer.data, sent, self._asked_as(requests[0]), answer.request_id)
        if not replies:
            raise malformed(self._judge, "JSON without a reply in it", self._url)
        if len(replies) < len(sent):
            self._refused["n"] = f"{self._judge} sent {len(replies)} replies, though asked for {len(sent)}."
        return replies

    async def _stream(self, request: JudgeRequest, seconds: float, on_text: OnText) -> JudgeReply:
        body = self._sent(request) | {"stream": True}
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
        return chunks.reply(request, self._asked_as(request))

    def _wanted(self, request: JudgeRequest) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "max_completion_tokens": request.max_tokens,
        }
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.top_p is not None:
            body["top_p"] = request.top_p
        if request.top_logprobs:
            body |= {"logprobs": True, "top_logprobs": min(request.top_logprobs, TOP_LOGPROBS)}
        if self._effort:
            body["reasoning_effort"] = self._effort
        if key := self._cache_key(request):
            body["prompt_cache_key"] = key
        return body | _format_part(first_format(request, self._format), request)

    def _sent(self, request: JudgeRequest) -> dict[str, Any]:
        """What this server takes of it, by what it has refused so far."""
        body = self._wanted(request)
        for name in self._refused:
            value = body.pop(name, None)
            if name == "max_completion_tokens" and value is not None:
                body["max_tokens"] = value
        return body | _format_part(self._asked_as(request), request)

    def _asked_as(self, request: JudgeRequest) -> str:
        """The best format from the wanted one down that the server has not refused."""
        rungs = list(FORMATS)
        for rung in rungs[rungs.index(first_format(request, self._format)) :]:
            part = {"schema": "response_format", "tool": "tools", "grammar": "grammar"}.get(rung)
            if part is None or not (part in self._refused or (rung == "grammar" and self._is_openai)):
                return rung
        return "text"

    def _learn(self, detail: Mapping[str, Any], message: str) -> bool:
        """Remember which part a 400 complains of; false when it is none that can be left out."""
        param = str(detail.get("param") or "")
        name = param if param in _DROPPABLE else _named_in(message, param)
        name = "response_format" if name == "json_schema" else name
        if name is None or name in self._refused:
            return False
        self._refuse(_TOGETHER.get(name, (name,)), message)
        return True

    def _finished(self, request: JudgeRequest, reply: JudgeReply) -> JudgeReply:
        """The reply with what was dropped, after what it teaches has been noted."""
        wanted, asked = self._wanted(request), self._asked_as(request)
        answered = bool(reply.text) and reply.refusal is None
        if "logprobs" in wanted and "logprobs" not in self._refused and answered and not reply.logprobs:
            for part in ("logprobs", "top_logprobs"):
                self._refused[part] = f"{self._judge} sent none, though asked."
        ignored = answered and reply.finish == "stop" and json_in(reply.text) is None
        if asked in {"schema", "tool"} and ignored:
            part = "response_format" if asked == "schema" else "tools"
            self._refused[part] = f"{self._judge} sent plain text, though asked for JSON."
        dropped = {name: why for name, why in self._refused.items() if name in wanted}
        if "max_completion_tokens" in dropped:
            dropped["max_completion_tokens"] = f"sent as max_tokens; {dropped['max_completion_tokens']}"
        self._shown |= self._sent(request).keys()
        return replace(reply, dropped=dropped)


def _format_part(name: str, request: JudgeRequest) -> dict[str, Any]:
    """The part of a body that asks for a verdict in a format."""
    match name:
        case "schema":
            schema = {"name": NAME, "strict": True, "schema": verdict_schema(request)}
            return {"response_format": {"type": "json_schema", "json_schema": schema}}
        case "tool":
            function = {
                "name": NAME,
                "description": "Give the verdict.",
                "strict": True,
                "parameters": verdict_schema(request),
            }
            choice = {"type": "function", "function": {"name": NAME}}
            return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
        case "grammar" if request.form is not None:
            return {"grammar": grammar(request.form, request.labels)}
    return {}


def _named_in(message: str, param: str) -> str | None:
    """The droppable part that an error without a usable `param` talks about."""
    for name in _DROPPABLE:
        if len(name) > 1 and (name in param or name in message):
            return name
    return None
