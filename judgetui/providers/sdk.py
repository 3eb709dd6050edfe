"""What the judges over a vendor's SDK share: one client an event loop, time limits, what a model turned out to
refuse, and failures in people's words.

The openai and anthropic packages are built alike, so that both are used in the same way: bodies are sent and
answers taken as JSON, without the SDK's own objects, which are built unchecked and take half of a call's time.
"""

from __future__ import annotations

import asyncio
import json
import time
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from judgetui.config.secrets import KEYRING_SERVICE, Secret, find_key
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.errors import NoJudgeError
from judgetui.providers.base import FailureKind, JudgeProvider, OnText, ProviderError
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
from judgetui.providers.error_words import error_words

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})

NO_KEY: Final = Secret("no-key-needed")
"""The SDKs refuse an empty key; servers on this machine ignore this one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered with status 200.

    Args:
        data: the JSON object, as it came.
        request_id: the server's own name for the call.
    """

    data: Mapping[str, Any]
    request_id: str


class SdkJudge(JudgeProvider):
    """A judge over an SDK, which is loaded by the first call. Retries are the runner's business: the SDK makes none.

    What a server refuses with status 400 is left out from then on, and named in the reply's `dropped`.

    Args:
        judge: the judge's name, `provider:model` with its options.
        model: the model as the server knows it.
        base_url: where the server's API begins.
        key_env: where the key came from, for messages.
        headers: sent with every call; not part of a call's identity.
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
        self._shown: set[str] = set()
        self._client: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._judge!r}, {self._url!r})"

    @property
    def judge(self) -> str:
        """The judge's name."""
        return self._judge

    @property
    def learned(self) -> Mapping[str, str]:
        """Parts that the model refused or did not answer, with the reason."""
        return dict(self._refused)

    def recall(self, learned: Mapping[str, str]) -> None:
        """Take in what an earlier process learned of this model."""
        self._refused |= learned

    def body(self, request: JudgeRequest) -> Mapping[str, object]:
        """The request's JSON, with provider and endpoint; the same before and after a refusal of parts."""
        return {
            "provider": self._judge.partition(":")[0],
            "endpoint": self.endpoint,
            **self._wanted(request),
        }

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
        return (await self.ask_together((request,), timeout=timeout, on_text=on_text))[0]

    async def ask_together(
        self,
        requests: Sequence[JudgeRequest],
        *,
        timeout: float,  # noqa: ASYNC109 - as above
        on_text: OnText | None = None,
    ) -> list[JudgeReply]:
        """Send one of `bundles`; a part that the server refuses is dropped, and the rest is sent again at once.

        Raises:
            ProviderError: when no reply came back.
        """
        for request in requests:
            require_unicode(self._judge, request)
        await self._connect()  # the SDK takes a while to load, which is no time of the call's
        started = time.perf_counter()
        replies = await self._guarded(timeout, lambda: self._ask(requests, timeout, on_text))
        latency = (time.perf_counter() - started) * 1000
        return [replace(reply, latency_ms=latency) for reply in replies]

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.close()

    # what each of them does in its own way

    @abstractmethod
    def _wanted(self, request: JudgeRequest) -> dict[str, Any]:
        """The whole request in the API's words, whatever was refused so far."""

    @abstractmethod
    async def _ask(
        self, requests: Sequence[JudgeRequest], seconds: float, on_text: OnText | None
    ) -> list[JudgeReply]:
        """Send a bundle and read the answer; anything may be raised, `_guarded` translates it."""

    @abstractmethod
    def _sdk(self) -> Any:
        """The SDK's module, imported here and not before; called in a thread first, since it takes a second."""

    @abstractmethod
    def _new_client(self, sdk: Any, key: str, headers: Mapping[str, str]) -> Any:
        """A client that makes no retries."""

    # sending

    async def _post(self, path: str, body: Mapping[str, Any], seconds: float) -> Answer:
        """Send a body and take the answer's JSON.

        Raises:
            ProviderError: for an answer that is no JSON object.
        """
        client = await self._connect()
        raw: httpx2.Response = await client.post(
            path, cast_to=_response_type(), body=body, options={"timeout": _wait(seconds)}
        )
        try:
            data = json.loads(raw.content)
        except ValueError:
            page = raw.content.lstrip()[:1] == b"<"
            what = "a web page instead of JSON" if page else "something that is not JSON"
            raise malformed(self._judge, what, self._url) from None
        if not isinstance(data, dict):
            raise malformed(self._judge, "JSON without a reply in it", self._url)
        return Answer(data, raw.headers.get("x-request-id") or raw.headers.get("request-id") or "")

    async def _events(
        self, path: str, body: Mapping[str, Any], seconds: float
    ) -> AsyncIterator[tuple[Mapping[str, Any], str]]:
        """Send a body and take the events of the answer's stream, each with the request id."""
        client = await self._connect()
        # llama.cpp's server closes a connection after a stream, though it promises to keep it; opening one anew
        # costs next to nothing where nothing is encrypted.
        closing = {"Connection": "close"} if self._url.startswith("http://") else {}
        stream = await client.post(
            path,
            cast_to=object,
            body=body,
            options={"timeout": _wait(seconds), "headers": closing},
            stream=True,
            stream_cls=self._sdk().AsyncStream[object],
        )
        if not hasattr(stream, "__aiter__"):
            raise malformed(self._judge, "something that is no stream", self._url)
        async with stream:
            headers = stream.response.headers
            request_id = headers.get("x-request-id") or headers.get("request-id") or ""
            async for event in stream:
                if isinstance(event, Mapping):
                    yield event, request_id

    async def _connect(self) -> Any:
        """The client; a new one for a new event loop, since connections belong to a loop."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            sdk = await asyncio.to_thread(self._sdk)  # it takes a second or two, and the screen must go on
            if self._client is None or self._loop is not loop:  # still: another call may have waited as well
                headers = {k: v.reveal() if isinstance(v, Secret) else v for k, v in self._headers.items()}
                self._client = self._new_client(sdk, (self._key or NO_KEY).reveal(), headers)
                self._loop = loop
        return self._client

    async def _guarded(self, seconds: float, call: Callable[[], Awaitable[T]]) -> T:
        """What the call gives within the time there is.

        Raises:
            ProviderError: for whatever goes wrong, and for too long a wait.
        """
        failure: ProviderError
        try:
            async with asyncio.timeout(seconds):
                return await call()
        except TimeoutError:
            failure = timed_out(self._judge, seconds)
        except ProviderError as error:
            failure = error
        except Exception as error:  # whatever the SDK lets through; its frames hold headers and so the key
            failure = self._failure(error)
        # Outside of the handler, so that no traceback leads back to those frames.
        raise failure.with_traceback(None)

    # learning

    def _knows(self, *parts: str) -> bool | None:
        """Whether the model takes these parts: False once one was refused, True once they were answered."""
        if any(part in self._refused for part in parts):
            return False
        return True if all(part in self._shown for part in parts) else None

    def _refuse(self, parts: Iterable[str], message: str) -> None:
        """Remember that the model does not take these parts."""
        why = f"{self._judge} refused it: {' '.join(message.split())[:200]}"
        for part in parts:
            self._refused[part] = why

    async def _adapting(
        self, send: Callable[[], Awaitable[T]], learn: Callable[[Mapping[str, Any], str], bool]
    ) -> T:
        """Send again and again while the server refuses parts that can be left out. A prompt that is too long is
        refused for itself, whatever parts the message names.

        Args:
            send: makes the call; called anew after each lesson.
            learn: given the error's details and its message; whether something can be left out.
        """
        while True:
            try:
                return await send()
            except self._sdk().APIStatusError as error:
                detail = error_detail(error.body)
                about_it = error.status_code in {400, 422}
                if not about_it or self._failure(error).kind is not FailureKind.BAD_REQUEST:
                    raise
                if not learn(detail, self._scrub(error_words(detail) or error.message)):
                    raise

    # failures

    def _failure(self, error: Exception) -> ProviderError:
        sdk = self._sdk()
        if isinstance(error, sdk.APIConnectionError):
            return unreachable(self._judge, self._url, self._scrub(str(error.__cause__ or error)))
        if isinstance(error, sdk.APIError) and not isinstance(error, sdk.APIResponseValidationError):
            status = getattr(error, "status_code", 200)
            response = getattr(error, "response", None)
            return self.refusal(
                error_detail(error.body),
                status if status >= 400 else None,  # an error inside of a stream
                headers={} if response is None else response.headers,
                otherwise=error.message,
            )
        if isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
            return malformed(self._judge, "something that is not JSON", self._url)
        if type(error).__module__.startswith(("httpx", "httpcore")):
            return unreachable(self._judge, self._url, self._scrub(f"{type(error).__name__}: {error}"))
        what = self._scrub(f"an answer that cannot be read ({type(error).__name__}: {error})")
        return malformed(self._judge, what[:300], self._url)

    def refusal(
        self,
        detail: Mapping[str, Any],
        status: int | None,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        otherwise: str = "",
    ) -> ProviderError:
        """The failure that a server's error stands for.

        Args:
            detail: of the error.
            status: of the answer; None for an error that has none of its own and is told by its code or type.
            headers: of the answer.
            otherwise: what is said where the details say nothing.
        """
        codes = [str(word) for word in (detail.get("code"), detail.get("type")) if word]
        if status is None:
            told_by = (int(word) if word.isdecimal() else STATUS_OF_TYPE.get(word) for word in codes)
            status = next(filter(None, told_by), 500)
        return status_failure(
            self._judge,
            status,
            self._scrub(error_words(detail) or otherwise),
            headers,
            key_env=self._key_env,
            url=self._url,
            code=" ".join(codes),
        )

    def _scrub(self, text: str) -> str:
        for secret in (self._key, *self._headers.values()):
            if isinstance(secret, Secret):
                text = secret.scrub(text)
        return text


STATUS_OF_TYPE: Final = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "slow_down": 429,
    "server_error": 500,
    "server_is_overloaded": 503,
    "service_unavailable_error": 503,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""What an error's code or type means where it has no status: Anthropic's documented types, and OpenAI's codes and
types (developers.openai.com/api/docs/guides/error-codes)."""


def error_detail(body: object) -> Mapping[str, Any]:
    """What an error's body tells: OpenAI's SDK hands out the inner object, Anthropic's the whole."""
    if not isinstance(body, Mapping):
        return {}
    inner = body.get("error")
    return inner if isinstance(inner, Mapping) else body


def missing_key(judge: str, key_env: str) -> NoJudgeError:
    """No key for a judge that needs one."""
    return NoJudgeError(
        f"{judge} needs an API key, and {key_env} is not set.",
        f"Set {key_env}, or store it with `keyring set {KEYRING_SERVICE} {key_env}`. "
        "The judge local:smollm2 needs none.",
    )


def find_keys(
    judge: str, url: str, key_env: str, headers: Mapping[str, str] | None = None
) -> tuple[Secret | None, dict[str, str | Secret]]:
    """The key and the headers of a judge, from the environment or the keyring; none is needed on this machine.

    Raises:
        NoJudgeError: without a key, or with one that cannot be sent, with what to do.
    """
    key = find_key(key_env)
    if key is None and key_env and not is_loopback(url):
        raise missing_key(judge, key_env)
    found: dict[str, str | Secret] = {}
    for name, value in (headers or {}).items():
        if not value.startswith("$"):
            found[name] = value
            continue
        secret = find_key(value[1:], spaces=True)
        if secret is None:
            raise missing_key(judge, value[1:])
        found[name] = secret
    return key, found


def _wait(seconds: float) -> httpx2.Timeout:
    """The SDK's limit is for connecting; the rest is `asyncio.timeout`'s, which counts the whole call."""
    import httpx2

    return httpx2.Timeout(seconds + 5, connect=CONNECT_SECONDS)


def _response_type() -> type[httpx2.Response]:
    import httpx2

    return httpx2.Response
