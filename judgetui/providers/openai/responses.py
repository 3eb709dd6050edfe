"""Judges behind OpenAI's responses, where newer models tell more of themselves than in chat completions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.providers.base import OnText, ProviderError
from judgetui.providers.endpoints import malformed, unreachable
from judgetui.providers.formats import first_format
from judgetui.providers.openai.output import error_status, read_response
from judgetui.providers.openai.parts import flat_part
from judgetui.providers.openai.reading import mapping
from judgetui.providers.openai.writing import TOP_LOGPROBS, WritingJudge

_LAST: Final = frozenset({"response.completed", "response.incomplete", "response.failed", "error"})
"""Events that end a stream; all but an error hold the whole response."""


class ResponsesJudge(WritingJudge):
    """A `JudgeProvider` over responses. Nothing is kept at OpenAI: `store` is always false."""

    PATH = "/responses"
    PROMPT = "input"
    PART = "input_text"
    LIMIT = "max_output_tokens"
    RUNGS: ClassVar[Mapping[str, str]] = {"schema": "text", "tool": "tools", "grammar": "grammar"}
    LOGPROBS = ("top_logprobs", "include")
    DROPPABLE: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "top_logprobs": LOGPROBS,
        "logprobs": LOGPROBS,
        "include": LOGPROBS,
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "text.format": ("text",),
        "json_schema": ("text",),
        "text": ("text",),
        "tool_choice": ("tools", "tool_choice"),
        "tools": ("tools", "tool_choice"),
        "grammar": ("grammar",),
        "prompt_cache_options": ("prompt_cache_options",),
        "prompt_cache_breakpoint": ("prompt_cache_options",),
        "reasoning.effort": ("reasoning",),
        "reasoning": ("reasoning",),
        "prompt_cache_key": ("prompt_cache_key",),
    }

    async def _ask(
        self, requests: Sequence[JudgeRequest], seconds: float, on_text: OnText | None
    ) -> list[JudgeReply]:
        (request,) = requests
        if on_text is None:
            return [await self._adapted(request, lambda body: self._whole(request, body, seconds))]
        return [await self._adapted(request, lambda body: self._stream(request, body, seconds, on_text))]

    async def _whole(self, request: JudgeRequest, body: dict[str, Any], seconds: float) -> JudgeReply:
        answer = await self._post(self.PATH, body, seconds)
        return self._read(answer.data, request, body, answer.request_id)

    async def _stream(
        self, request: JudgeRequest, body: dict[str, Any], seconds: float, on_text: OnText
    ) -> JudgeReply:
        body["stream"] = True
        last: Mapping[str, Any] = {}
        last_id = ""
        async for event, request_id in self._events(self.PATH, body, seconds):
            if event.get("type") == "response.output_text.delta":
                on_text(str(event.get("delta") or ""))
            if last.get("type") not in _LAST:
                last, last_id = event, request_id
        kind = last.get("type")
        if kind == "error":
            raise self._failed(last)
        if kind in _LAST:
            return self._read(mapping(last.get("response")), request, body, last_id)
        if kind:
            raise unreachable(self._judge, self._url, "the answer broke off")
        raise malformed(self._judge, "a stream without a reply", self._url)

    def batch_body(self, bundle: Sequence[JudgeRequest]) -> dict[str, Any]:
        """The body of a call."""
        (request,) = bundle
        return self._sent(request)

    def batch_replies(
        self, bundle: Sequence[JudgeRequest], data: Mapping[str, Any], request_id: str
    ) -> list[JudgeReply]:
        """The one reply."""
        (request,) = bundle
        return [self._read(data, request, self.batch_body(bundle), request_id)]

    def _read(
        self, data: Mapping[str, Any], request: JudgeRequest, sent: Mapping[str, Any], request_id: str
    ) -> JudgeReply:
        status = data.get("status") or "completed"
        if status == "failed":
            raise self._failed(mapping(data.get("error")))
        if status not in {"completed", "incomplete"} or not isinstance(data.get("output"), list):
            raise malformed(self._judge, "JSON without a reply in it", self._url)
        reply = read_response(data, request, self._format_of(sent), request_id, sent["max_output_tokens"])
        return self._finished(request, reply, sent)

    def _failed(self, error: Mapping[str, Any]) -> ProviderError:
        """The failure that an error inside of an answer with status 200 stands for."""
        return self.refusal(error, error_status(str(error.get("code") or "")))

    def _wanted(self, request: JudgeRequest) -> dict[str, Any]:
        asked = first_format(request, self._format)
        body: dict[str, Any] = {
            "model": self._model,
            **self._prompt(request),
            self.LIMIT: self._limit(request, asked),
            "store": False,
            **self._sampling(request),
        }
        if request.top_logprobs:
            body["top_logprobs"] = min(request.top_logprobs, TOP_LOGPROBS)
            body["include"] = ["message.output_text.logprobs"]
        if self._effort:
            body["reasoning"] = {"effort": self._effort}
        return body | self._format_part(asked, request)

    def _format_part(self, name: str, request: JudgeRequest) -> dict[str, Any]:
        return flat_part(name, request)
