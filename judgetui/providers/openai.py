"""Judges behind OpenAI's chat completions, and every server that speaks the same."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from judgetui.config.secrets import KEYRING_SERVICE, Secret, find_key
from judgetui.core.vote import JudgeReply, JudgeRequest
from judgetui.errors import NoJudgeError
from judgetui.providers.base import Capabilities, OnText, ProviderError, TokenCount
from judgetui.providers.chat_reading import (
    Chunks,
    filter_refusal,
    finish_word,
    read_token,
    read_usage,
    shape,
)
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
from judgetui.providers.tokens import count_for_openai

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk

DEFAULT_URL: Final = "https://api.openai.com/v1"

_NO_KEY: Final = Secret("no-key-needed")
"""The SDK refuses an empty key; servers on this machine ignore this one."""

_LOGPROBS: Final = frozenset({"logprobs", "top_logprobs"})
_DROPPABLE: Final = (
    "stream_options",
    "top_logprobs",
    "logprobs",
    "max_completion_tokens",
    "temperature",
    "top_p",
)
"""Parts that a server may refuse. The longer names first: one is looked for inside the server's message."""


class OpenAIJudge:
    """A `JudgeProvider` over the openai package, which is loaded by the first call.

    What a server refuses with status 400 is left out from then on, named in the reply's `dropped`, and shown
    in `capabilities`. Retries are the runner's business: the SDK makes none.

    Args:
        judge: the judge's name, such as openai:MODEL or PROFILE:MODEL.
        model: the model as the server knows it.
        key_env: where the key came from, for messages.
        headers: sent with every call; not part of the call's identity.
    """

    def __init__(
        self,
        judge: str,
        model: str,
        *,
        base_url: str,
        key: Secret | None,
        key_env: str = "",
        headers: Mapping[str, str | Secret] | None = None,
    ) -> None:
        self._judge = judge
        self._model = model
        self._url = check_url(base_url, f"The address of {judge}")
        self._key = key
        self._key_env = key_env
        self._headers = dict(headers or {})
        self._refused: dict[str, str] = {}
        self._capabilities = Capabilities(network=True)
        self._client: AsyncOpenAI | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

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

        Raises:
            NoJudgeError: without a key, with what to do.
            InputError: when `base_url` is no address.
        """
        url = check_url(base_url, f"The address of {judge}")
        key = find_key(key_env)
        if key is None and key_env and not is_loopback(url):
            raise missing_key(judge, key_env)
        found: dict[str, str | Secret] = {}
        for name, value in (headers or {}).items():
            if not value.startswith("$"):
                found[name] = value
                continue
            secret = find_key(value[1:])
            if secret is None:
                raise missing_key(judge, value[1:])
            found[name] = secret
        return cls(judge, model, base_url=url, key=key, key_env=key_env, headers=found)

    def __repr__(self) -> str:
        return f"OpenAIJudge({self._judge!r}, {self._url!r})"

    @property
    def judge(self) -> str:
        """The judge's name."""
        return self._judge

    @property
    def capabilities(self) -> Capabilities:
        """What is known of the model; a refused or missing feature turns to False."""
        return self._capabilities

    def body(self, request: JudgeRequest) -> Mapping[str, object]:
        """The request's JSON, with provider and endpoint; the same before and after a refusal of parts."""
        return {
            "provider": self._judge.partition(":")[0],
            "endpoint": f"{self._url}/chat/completions",
            **self._wanted(request),
        }

    async def count_tokens(self, request: JudgeRequest) -> TokenCount:
        """Tokens of the prompt by tiktoken where its vocabulary is on this machine, else an estimate."""
        return await count_for_openai(request.messages, self._model)

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
        """Send one request; a part that the server refuses is dropped, and the rest is sent again at once.

        Raises:
            ProviderError: when no reply came back.
        """
        require_unicode(self._judge, request)
        client = await self._connect()
        started = time.perf_counter()
        failure: ProviderError
        try:
            async with asyncio.timeout(timeout):
                reply = await self._ask(client, request, timeout, on_text)
            return replace(reply, latency_ms=(time.perf_counter() - started) * 1000)
        except TimeoutError:
            failure = timed_out(self._judge, timeout)
        except ProviderError as error:
            failure = error
        except Exception as error:  # whatever the SDK lets through; its frames hold headers and so the key
            failure = self._failure(error)
        # Outside of the handler, so that no traceback leads back to those frames.
        raise failure.with_traceback(None)

    async def _ask(
        self, client: AsyncOpenAI, request: JudgeRequest, seconds: float, on_text: OnText | None
    ) -> JudgeReply:
        from openai import APIStatusError

        while True:
            body = self._sent(request, stream=on_text is not None)
            try:
                if on_text is None:
                    reply = self._read(await client.chat.completions.create(**body, timeout=_wait(seconds)))
                else:
                    reply = await self._stream(client, body, seconds, on_text)
            except APIStatusError as error:
                if error.status_code not in {400, 422} or not self._learn(error, body):
                    raise
                continue
            return self._finished(request, reply)

    async def _stream(
        self, client: AsyncOpenAI, body: dict[str, Any], seconds: float, on_text: OnText
    ) -> JudgeReply:
        chunks = Chunks()
        raw: object = await client.chat.completions.create(**body, timeout=_wait(seconds))
        if not hasattr(raw, "__aiter__"):
            raise malformed(self._judge, shape(raw), self._url)
        stream: AsyncStream[ChatCompletionChunk] = raw  # type: ignore[assignment]  # **body hides it
        async with stream:
            async for chunk in stream:
                piece = chunks.add(chunk)
                if piece:
                    on_text(piece)
        if not chunks.finish and not chunks.text:
            raise malformed(self._judge, "a stream without a reply", self._url)
        if not chunks.finish:
            raise unreachable(self._judge, self._url, "the answer broke off")
        return chunks.reply(getattr(stream.response, "headers", {}).get("x-request-id", ""))

    def _wanted(self, request: JudgeRequest) -> dict[str, Any]:
        """The whole request in this API's words."""
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
            body |= {
                "logprobs": True,
                "top_logprobs": min(request.top_logprobs, self._capabilities.top_logprobs),
            }
        return body

    def _sent(self, request: JudgeRequest, *, stream: bool) -> dict[str, Any]:
        """What this server takes of it, by what it has refused so far."""
        body = self._wanted(request)
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        for name in self._refused:
            value = body.pop(name, None)
            if name == "max_completion_tokens" and value is not None:
                body["max_tokens"] = value
        return body

    def _learn(self, error: Any, body: Mapping[str, object]) -> bool:
        """Remember which part a 400 complains of; false when it is none that can be left out."""
        message = self._scrub(str(error.message))
        detail = error.body if isinstance(error.body, Mapping) else {}
        param = str(detail.get("param") or error.param or "")
        name = param if param in _DROPPABLE else _named_in(message, param)
        if name is None or name not in body:
            return False
        why = f"{self._judge} refused it: {' '.join(message.split())[:200]}"
        for each in _LOGPROBS if name in _LOGPROBS else {name}:
            self._refused[each] = why
        if name in _LOGPROBS:
            self._capabilities = replace(self._capabilities, logprobs=False)
        elif name == "temperature":
            self._capabilities = replace(self._capabilities, temperature=False)
        return True

    def _finished(self, request: JudgeRequest, reply: JudgeReply) -> JudgeReply:
        """The reply with what was dropped, after what it teaches has been noted."""
        wanted = self._wanted(request)
        dropped = {name: why for name, why in self._refused.items() if name in wanted}
        if "max_completion_tokens" in dropped:
            dropped["max_completion_tokens"] = f"sent as max_tokens; {dropped['max_completion_tokens']}"
        if "logprobs" in wanted and "logprobs" not in self._refused:
            if reply.logprobs:
                self._capabilities = replace(self._capabilities, logprobs=True)
            elif reply.text and reply.refusal is None:
                self._capabilities = replace(self._capabilities, logprobs=False)
                dropped["logprobs"] = f"{self._judge} sent none, though asked."
        if "temperature" in wanted and "temperature" not in self._refused:
            self._capabilities = replace(self._capabilities, temperature=True)
        return replace(reply, dropped=dropped)

    def _read(self, raw: object) -> JudgeReply:
        from openai.types.chat import ChatCompletion

        if not isinstance(raw, ChatCompletion) or not raw.choices or raw.choices[0].message is None:
            raise malformed(self._judge, shape(raw), self._url)
        choice = raw.choices[0]
        message = choice.message
        tokens = choice.logprobs.content if choice.logprobs is not None else None
        return JudgeReply(
            text=message.content or "",
            finish=finish_word(choice.finish_reason, message.refusal),
            logprobs=tuple(read_token(token) for token in tokens or ()),
            usage=read_usage(raw),
            model=raw.model or "",
            request_id=raw._request_id or raw.id or "",
            refusal=message.refusal or filter_refusal(choice.finish_reason),
        )

    async def _connect(self) -> AsyncOpenAI:
        """The client; a new one for a new event loop, since connections belong to a loop."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            await asyncio.to_thread(_load_sdk)  # it takes a second or two, and the screen must go on
        if self._client is None or self._loop is not loop:  # still: another call may have waited as well
            from openai import AsyncOpenAI

            headers = {k: v.reveal() if isinstance(v, Secret) else v for k, v in self._headers.items()}
            self._client = AsyncOpenAI(
                api_key=(self._key or _NO_KEY).reveal(),
                base_url=self._url,
                max_retries=0,
                default_headers=headers,
            )
            self._loop = loop
        return self._client

    def _failure(self, error: Exception) -> ProviderError:
        from openai import APIConnectionError, APIError, APIResponseValidationError, APIStatusError

        if isinstance(error, APIConnectionError):
            return unreachable(self._judge, self._url, self._scrub(str(error.__cause__ or error)))
        if isinstance(error, APIError) and not isinstance(error, APIResponseValidationError):
            detail = error.body if isinstance(error.body, Mapping) else {}
            told = detail.get("message") or detail.get("detail") or error.message
            code = str(detail.get("code") or "")
            # An error inside of a stream has no status of its own; some servers give it as the code.
            status = int(code) if code.isdecimal() else 500
            headers: Mapping[str, str] = {}
            if isinstance(error, APIStatusError):
                status, headers = error.status_code, error.response.headers
            return status_failure(
                self._judge,
                status,
                self._scrub(str(told)),
                headers,
                key_env=self._key_env,
                url=self._url,
                code=code,
            )
        if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
            return malformed(self._judge, "something that is not JSON", self._url)
        if type(error).__module__.startswith(("httpx", "httpcore")):
            return unreachable(self._judge, self._url, self._scrub(f"{type(error).__name__}: {error}"))
        what = self._scrub(f"an answer that cannot be read ({type(error).__name__}: {error})")
        return malformed(self._judge, what[:300], self._url)

    def _scrub(self, text: str) -> str:
        for secret in (self._key, *self._headers.values()):
            if isinstance(secret, Secret):
                text = secret.scrub(text)
        return text


def missing_key(judge: str, key_env: str) -> NoJudgeError:
    """No key for a judge that needs one."""
    return NoJudgeError(
        f"{judge} needs an API key, and {key_env} is not set.",
        f"Set {key_env}, or store it with `keyring set {KEYRING_SERVICE} {key_env}`. "
        "The judge local:smollm2 needs none.",
    )


def _load_sdk() -> None:
    import openai.resources.chat
    import openai.types.chat  # noqa: F401 - what a call would load otherwise


def _wait(seconds: float) -> httpx2.Timeout:
    """The SDK's limit is for connecting; the rest is `asyncio.timeout`'s, which counts the whole call."""
    import httpx2

    return httpx2.Timeout(seconds + 5, connect=CONNECT_SECONDS)


def _named_in(message: str, param: str) -> str | None:
    """The droppable part that an error without a usable `param` talks about."""
    for name in _DROPPABLE:
        if name in param or name in message:
            return name
    return None
