"""Judges behind Anthropic's messages."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from judgetui.config.secrets import KEYRING_SERVICE, Secret, find_key
from judgetui.core.vote import JudgeReply, JudgeRequest, Message, Usage
from judgetui.errors import NoJudgeError
from judgetui.providers.base import Capabilities, JudgeProvider, OnText, ProviderError, TokenCount
from judgetui.providers.endpoints import (
    CONNECT_SECONDS,
    check_url,
    is_loopback,
    malformed,
    require_unicode,
    status_failure,
    timed_out,
    unreachable,
)
from judgetui.providers.tokens import characters_over_four

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic, AsyncStream
    from anthropic.types import RawMessageStreamEvent

DEFAULT_URL: Final = "https://api.anthropic.com"
KEY_VARIABLE: Final = "ANTHROPIC_API_KEY"

_NO_KEY: Final = Secret("no-key-needed")
_STOPS: Final = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "refusal": "refusal"}
_NO_SAMPLING: Final = "Anthropic's messages take no sampling parameters."
_NO_LOGPROBS: Final = "Anthropic's messages give no token probabilities."
_MOVED: Final = "the only message was a system message; it was sent as the user's."


class AnthropicJudge(JudgeProvider):
    """A `JudgeProvider` over the anthropic package, which is loaded by the first call. The SDK makes no
    retries.

    Args:
        judge: the judge's name, anthropic:MODEL.
        model: the model as the API knows it.
    """

    def __init__(self, judge: str, model: str, *, base_url: str, key: Secret | None) -> None:
        self._judge = judge
        self._model = model
        self._url = check_url(base_url, f"The address of {judge}")
        self._key = key
        self._client: AsyncAnthropic | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def open(cls, judge: str, model: str, *, base_url: str) -> AnthropicJudge:
        """A judge with its key found in the environment or the keyring; none is needed on this machine.

        Raises:
            NoJudgeError: without a key, with what to do.
            InputError: when `base_url` is no address.
        """
        key = find_key(KEY_VARIABLE)
        if key is None and not is_loopback(check_url(base_url, f"The address of {judge}")):
            raise NoJudgeError(
                f"{judge} needs an API key, and {KEY_VARIABLE} is not set.",
                f"Set {KEY_VARIABLE}, or store it with `keyring set {KEYRING_SERVICE} {KEY_VARIABLE}`. "
                "The judge local:smollm2 needs none.",
            )
        return cls(judge, model, base_url=base_url, key=key)

    def __repr__(self) -> str:
        return f"AnthropicJudge({self._judge!r}, {self._url!r})"

    @property
    def judge(self) -> str:
        """The judge's name."""
        return self._judge

    @property
    def capabilities(self) -> Capabilities:
        """No token probabilities, no temperature."""
        return Capabilities(logprobs=False, top_logprobs=0, temperature=False, schema=True, network=True)

    def body(self, request: JudgeRequest) -> Mapping[str, object]:
        """The request's JSON, with provider and endpoint."""
        return {"provider": "anthropic", "endpoint": f"{self._url}/v1/messages", **self._sent(request)[0]}

    async def count_tokens(self, request: JudgeRequest) -> TokenCount:
        """An estimate: the API's own counter is a network call."""
        return characters_over_four(request.messages)

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.close()

    async def ask(
        self,
        request: JudgeRequest,
        *,
        timeout: float,  # noqa: ASYNC109 - a runner has one for all judges, and each knows when its clock starts
        on_text: OnText | None = None,
    ) -> JudgeReply:
        """Send one request. What the API cannot take is left out and named in the reply's `dropped`.

        Raises:
            ProviderError: when no reply came back.
        """
        require_unicode(self._judge, request)
        client = await self._connect()
        body, dropped = self._sent(request)
        started = time.perf_counter()
        failure: ProviderError
        try:
            async with asyncio.timeout(timeout):
                reply = await self._ask(client, body, timeout, on_text)
            elapsed = (time.perf_counter() - started) * 1000
            return replace(reply, dropped=dropped, latency_ms=elapsed)
        except TimeoutError:
            failure = timed_out(self._judge, timeout)
        except ProviderError as error:
            failure = error
        except Exception as error:  # whatever the SDK lets through; its frames hold headers and so the key
            failure = self._failure(error)
        # Outside of the handler, so that no traceback leads back to those frames.
        raise failure.with_traceback(None)

    async def _ask(
        self, client: AsyncAnthropic, body: dict[str, Any], seconds: float, on_text: OnText | None
    ) -> JudgeReply:
        import httpx2

        # The SDK's limit is for connecting; the rest is asyncio.timeout's, which counts the whole call.
        wait = httpx2.Timeout(seconds + 5, connect=CONNECT_SECONDS)
        if on_text is None:
            return self._read(await client.messages.create(**body, timeout=wait))
        raw: object = await client.messages.create(**body, timeout=wait, stream=True)
        if not hasattr(raw, "__aiter__"):
            raise malformed(self._judge, "something that is no stream", self._url)
        stream: AsyncStream[RawMessageStreamEvent] = raw  # type: ignore[assignment]  # **body hides it
        events = _Events()
        async with stream:
            async for event in stream:
                piece = events.add(event)
                if piece:
                    on_text(piece)
        if not events.started:
            raise malformed(self._judge, "a stream without a reply", self._url)
        if not events.stop:
            raise unreachable(self._judge, self._url, "the answer broke off")
        return events.reply(stream.response.headers.get("request-id", ""))

    def _sent(self, request: JudgeRequest) -> tuple[dict[str, Any], dict[str, str]]:
        """The request in this API's words, and what could not be said in them."""
        dropped: dict[str, str] = {}
        system = [m.content for m in request.messages if m.role in {"system", "developer"}]
        rest = [m for m in request.messages if m.role not in {"system", "developer"}]
        if not rest:
            rest, system = [Message("user", "\n\n".join(system))], []
            dropped["system role"] = _MOVED
        body: dict[str, Any] = {
            "model": self._model,
            "max_tokens": request.max_tokens,
            "messages": [{"role": m.role, "content": m.content} for m in rest],
        }
        if system:
            body["system"] = "\n\n".join(system)
        if request.temperature is not None:
            dropped["temperature"] = _NO_SAMPLING
        if request.top_p is not None:
            dropped["top_p"] = _NO_SAMPLING
        if request.top_logprobs:
            dropped["logprobs"] = _NO_LOGPROBS
        return body, dropped

    def _read(self, raw: Any) -> JudgeReply:
        from anthropic.types import Message as Answer

        if isinstance(raw, str):
            raise malformed(self._judge, "a web page or text instead of JSON", self._url)
        # The SDK builds its objects without checking, so any field may be missing.
        content: Any = raw.content if isinstance(raw, Answer) else None
        if not isinstance(content, list) or raw.role != "assistant":
            raise malformed(self._judge, "JSON without a reply in it", self._url)
        text = "".join(block.text for block in content if block.type == "text")
        return JudgeReply(
            text=text,
            finish=_STOPS.get(raw.stop_reason, raw.stop_reason or "stop"),
            usage=_usage(raw.usage),
            model=raw.model or "",
            request_id=raw._request_id or raw.id or "",
            refusal=_refusal(raw.stop_reason, text),
        )

    async def _connect(self) -> AsyncAnthropic:
        """The client; a new one for a new event loop, since connections belong to a loop."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            await asyncio.to_thread(_load_sdk)  # it takes a second or two, and the screen must go on
        if self._client is None or self._loop is not loop:  # still: another call may have waited as well
            from anthropic import AsyncAnthropic

            key = (self._key or _NO_KEY).reveal()
            self._client = AsyncAnthropic(api_key=key, base_url=self._url, max_retries=0)
            self._loop = loop
        return self._client

    def _failure(self, error: Exception) -> ProviderError:
        from anthropic import APIConnectionError, APIError, APIResponseValidationError, APIStatusError

        if isinstance(error, APIConnectionError):
            return unreachable(self._judge, self._url, self._scrub(str(error.__cause__ or error)))
        if isinstance(error, APIError) and not isinstance(error, APIResponseValidationError):
            detail = error.body if isinstance(error.body, Mapping) else {}
            inner = detail.get("error")
            inner = inner if isinstance(inner, Mapping) else {}
            kind = str(inner.get("type") or "")
            # Errors inside of a stream come with status 200; their type says what they are.
            status = getattr(error, "status_code", 200)
            return status_failure(
                self._judge,
                _STATUS_OF_TYPE.get(kind, 500) if status < 400 else status,
                self._scrub(str(inner.get("message") or error.message)),
                error.response.headers if isinstance(error, APIStatusError) else {},
                key_env=KEY_VARIABLE,
                url=self._url,
                code=kind,
            )
        if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
            return malformed(self._judge, "something that is not JSON", self._url)
        if type(error).__module__.startswith(("httpx", "httpcore")):
            return unreachable(self._judge, self._url, self._scrub(f"{type(error).__name__}: {error}"))
        what = self._scrub(f"an answer that cannot be read ({type(error).__name__}: {error})")
        return malformed(self._judge, what[:300], self._url)

    def _scrub(self, text: str) -> str:
        return self._key.scrub(text) if self._key is not None else text


def _load_sdk() -> None:
    import anthropic.resources.messages
    import anthropic.types  # noqa: F401 - what a call would load otherwise


_STATUS_OF_TYPE: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}


class _Events:
    """A streamed reply as it grows."""

    def __init__(self) -> None:
        self.started = False
        self.stop = ""
        self._text = ""
        self._model = ""
        self._id = ""
        self._usage = Usage()

    def add(self, event: Any) -> str:
        """Take in an event; returns the text it brought."""
        match event.type:
            case "message_start":
                self.started = True
                self._model, self._id = event.message.model or "", event.message.id or ""
                self._usage = _usage(event.message.usage)
            case "content_block_delta" if event.delta.type == "text_delta":
                self._text += event.delta.text
                return str(event.delta.text)
            case "message_delta":
                self.stop = event.delta.stop_reason or self.stop
                if event.usage is not None and event.usage.output_tokens is not None:
                    self._usage = replace(self._usage, output=event.usage.output_tokens)
        return ""

    def reply(self, request_id: str) -> JudgeReply:
        """The whole of it."""
        return JudgeReply(
            text=self._text,
            finish=_STOPS.get(self.stop, self.stop),
            usage=self._usage,
            model=self._model,
            request_id=request_id or self._id,
            refusal=_refusal(self.stop, self._text),
        )


def _usage(usage: Any) -> Usage:
    """Anthropic counts cached and newly cached tokens apart from the input; here the input is all of them."""
    if usage is None:
        return Usage()
    cached = usage.cache_read_input_tokens or 0
    fresh = (usage.input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    return Usage(input=fresh + cached, output=usage.output_tokens, cached=cached)


def _refusal(stop: str | None, text: str) -> str | None:
    return (text or "The model refused.") if stop == "refusal" else None
