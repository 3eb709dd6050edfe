"""Judges behind Anthropic's messages, and every server that speaks the same."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from judgetui.config.secrets import Secret
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.providers.anthropic.client import AnthropicSdkJudge
from judgetui.providers.anthropic.prompt import has_user, is_marked, prompt_part
from judgetui.providers.anthropic.reading import Events, read_message
from judgetui.providers.base import Capabilities, OnText, ProviderError, TokenCount
from judgetui.providers.batches import BatchService
from judgetui.providers.endpoints import check_url, is_loopback, malformed, unreachable
from judgetui.providers.formats import NAME, demanded, first_format, verdict_schema, was_ignored
from judgetui.providers.options import split_options
from judgetui.providers.prices import service
from judgetui.providers.sdk import find_keys
from judgetui.providers.sdk_batches import BatchingJudge
from judgetui.providers.tokens import characters_over_four

KEY_VARIABLE: Final = "ANTHROPIC_API_KEY"

OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "effort": ("low", "medium", "high", "xhigh", "max"),
    "format": ("schema", "tool", "text"),
}
"""Options of a judge's name: how hard it thinks (`OutputConfigParam.effort` of anthropic 2.12), and how it is asked
for a verdict."""

_FORMAT: Final = "output_config.format"
_EFFORT: Final = "output_config.effort"
_MARKS: Final = "cache_control"

_NAMED: Final = (
    ("cache_control", _MARKS),
    ("tool_choice", "tool_choice"),
    ("tool", "tools"),
    ("strict", "tools"),
    ("effort", _EFFORT),
    ("format", _FORMAT),
    ("schema", _FORMAT),
    ("structured", _FORMAT),
    ("output_config", _FORMAT),
    ("schema", "tools"),
    ("output_config", _EFFORT),
)
"""Words of an error's message, and the part of the request that they mean, likeliest first: the API's errors have no
field for it. A forced `tool_choice` is refused while the model thinks, where a free one is not."""

_TOGETHER: Final = {"tools": ("tools", "tool_choice")}
"""Parts that go together."""

_NO_SAMPLING: Final = "Anthropic's messages take no sampling parameters."
_NO_LOGPROBS: Final = "Anthropic's messages give no token probabilities."
_MOVED: Final = "the only message was a system message; it was sent as the user's."


class AnthropicJudge(AnthropicSdkJudge, BatchingJudge):
    """A `JudgeProvider` over messages.

    Args:
        effort: how hard the model thinks, one of `OPTIONS`; empty leaves it to the model.
        verdict_format: how a verdict is asked for, one of `OPTIONS`; empty for what suits the request.
    """

    PATH = "/v1/messages"

    def __init__(
        self,
        judge: str,
        model: str,
        *,
        base_url: str,
        key: Secret | None,
        effort: str = "",
        verdict_format: str = "",
    ) -> None:
        super().__init__(judge, model, base_url=base_url, key=key, key_env=KEY_VARIABLE)
        self._effort = effort
        self._format = verdict_format

    @classmethod
    def open(cls, judge: str, model: str, *, base_url: str) -> AnthropicJudge:
        """A judge with its key found in the environment or the keyring; none is needed on this machine.

        Args:
            model: with the options of `OPTIONS` behind a question mark.

        Raises:
            NoJudgeError: without a key, with what to do.
            InputError: when `base_url` is no address, or for an unknown option.
        """
        url = check_url(base_url, f"The address of {judge}")
        name, options = split_options(model, OPTIONS)
        key, _ = find_keys(judge, url, KEY_VARIABLE)
        return cls(
            judge,
            name,
            base_url=url,
            key=key,
            effort=options.get("effort", ""),
            verdict_format=options.get("format", ""),
        )

    @property
    def capabilities(self) -> Capabilities:
        """No token probabilities and no temperature; a refused format turns to False."""
        return Capabilities(
            logprobs=False,
            top_logprobs=0,
            schema=self._knows(_FORMAT),
            tool=self._knows("tools"),
            grammar=False,
            temperature=False,
        )

    def batches(self, learned: Mapping[str, str]) -> BatchService | None:
        """Anthropic's own; a server on this machine may have one, and nobody else is asked."""
        if service(self._judge, self._url) != "anthropic" and not is_loopback(self._url):
            return None
        from judgetui.providers.anthropic.batches import AnthropicBatches

        return AnthropicBatches(self, learned)

    def batch_body(self, bundle: Sequence[JudgeRequest]) -> dict[str, Any]:
        """The body of a call."""
        (request,) = bundle
        return self._sent(request)

    def batch_replies(
        self, bundle: Sequence[JudgeRequest], data: Mapping[str, Any], request_id: str
    ) -> list[JudgeReply]:
        """The one reply."""
        (request,) = bundle
        body = self.batch_body(bundle)
        return [self._finished(request, body, self._read(data, request, body, request_id))]

    async def count_tokens(self, request: JudgeRequest) -> TokenCount:
        """An estimate: Anthropic's vocabularies are not public."""
        return characters_over_four(request.messages)

    async def count_there(self, request: JudgeRequest, seconds: float) -> TokenCount | None:
        """Tokens of all that would be sent, by the API's own counter; None when it does not answer in time."""
        body = self._sent(request)
        del body["max_tokens"]
        path = f"{self.PATH}/count_tokens"
        try:
            answer = await self._guarded(seconds, lambda: self._post(path, body, seconds))
        except ProviderError:
            return None
        tokens = answer.data.get("input_tokens")
        return TokenCount(tokens, exact=True, method="count_tokens") if isinstance(tokens, int) else None

    async def _ask(
        self, requests: Sequence[JudgeRequest], seconds: float, on_text: OnText | None
    ) -> list[JudgeReply]:
        (request,) = requests
        body: dict[str, Any] = {}

        async def send() -> JudgeReply:
            nonlocal body
            body = self._sent(request)
            if on_text is None:
                return await self._whole(request, body, seconds)
            return await self._stream(request, body, seconds, on_text)

        reply = await self._adapting(send, lambda _, message: self._learn(body, message))
        return [self._finished(request, body, reply)]

    async def _whole(self, request: JudgeRequest, body: Mapping[str, Any], seconds: float) -> JudgeReply:
        answer = await self._post(self.PATH, body, seconds)
        return self._read(answer.data, request, body, answer.request_id)

    def _read(
        self, data: Mapping[str, Any], request: JudgeRequest, sent: Mapping[str, Any], request_id: str
    ) -> JudgeReply:
        if not isinstance(data.get("content"), list):
            raise malformed(self._judge, "JSON without a reply in it", self._url)
        return read_message(data, request, _asked_as(sent), request_id)

    async def _stream(
        self, request: JudgeRequest, body: Mapping[str, Any], seconds: float, on_text: OnText
    ) -> JudgeReply:
        events = Events()
        async for event, request_id in self._events(self.PATH, {**body, "stream": True}, seconds):
            if piece := events.add(event, request_id):
                on_text(piece)
        if events.empty:
            raise malformed(self._judge, "a stream without a reply", self._url)
        if not events.ended:
            raise unreachable(self._judge, self._url, "the answer broke off")
        return events.reply(request, _asked_as(body))

    def _wanted(self, request: JudgeRequest) -> dict[str, Any]:
        return self._without((), request)

    def _sent(self, request: JudgeRequest) -> dict[str, Any]:
        """What this server takes of it, by what it has refused so far."""
        return self._without(self._refused, request)

    def _without(self, refused: Collection[str], request: JudgeRequest) -> dict[str, Any]:
        """A request's body without some parts; the verdict is asked for in the next format that is left."""
        asked = first_format(request, self._format)
        if asked == "schema" and _FORMAT in refused:
            asked = "tool"
        if asked == "tool" and "tools" in refused:
            asked = "text"
        room = demanded(request, asked)
        body: dict[str, Any] = {"model": self._model, "max_tokens": request.max_tokens + room}
        body |= prompt_part(request, marked=_MARKS not in refused)
        config: dict[str, Any] = {}
        if self._effort and _EFFORT not in refused:
            config["effort"] = self._effort
        if asked == "schema":
            config["format"] = {"type": "json_schema", "schema": verdict_schema(request)}
        elif asked == "tool":
            body |= _tool_part(request, forced="tool_choice" not in refused)
        return body | ({"output_config": config} if config else {})

    def _learn(self, body: Mapping[str, Any], message: str) -> bool:
        """Remember which part of a body a 400 complains of; false when it is none that can be left out.

        A call that was under way at the same time may have taught it already.
        """
        parts, told = _parts(body), message.lower()
        name = next((part for word, part in _NAMED if part in parts and _holds(told, word)), None)
        if name is None:
            return False
        self._refuse(_TOGETHER.get(name, (name,)), message)
        return True

    def _finished(self, request: JudgeRequest, body: Mapping[str, Any], reply: JudgeReply) -> JudgeReply:
        """The reply with what was dropped, after what it teaches has been noted."""
        wanted, parts = _parts(self._wanted(request)), _parts(body)
        if _FORMAT in wanted - parts:
            wanted |= {"tools", "tool_choice"}  # which were tried instead
        dropped = wanted - parts
        asked = _asked_as(body)
        if asked != "text" and was_ignored(reply, asked):
            part = _FORMAT if _FORMAT in parts else "tools"
            self._refused[part] = f"{self._judge} sent plain text, though asked for JSON."
            dropped.add(part)
        self._shown |= parts
        told = {name: why for name, why in self._refused.items() if name in dropped}
        if "tools" in body and "tool_choice" in told:
            told["tool_choice"] = f"sent as auto; {told['tool_choice']}"
        return replace(reply, dropped=_unsaid(request) | told)


def _holds(told: str, word: str) -> bool:
    """Whether a message holds a word or its plural, by itself or in a name (`json_schema`), not within another one."""
    return re.search(rf"(?<![a-z]){word}s?(?![a-z])", told) is not None


def _unsaid(request: JudgeRequest) -> dict[str, str]:
    """What of a request cannot be said in this API, with the reason."""
    dropped: dict[str, str] = {} if has_user(request) else {"system role": _MOVED}
    if request.temperature is not None:
        dropped["temperature"] = _NO_SAMPLING
    if request.top_p is not None:
        dropped["top_p"] = _NO_SAMPLING
    if request.top_logprobs:
        dropped["logprobs"] = _NO_LOGPROBS
    return dropped


def _tool_part(request: JudgeRequest, *, forced: bool) -> dict[str, Any]:
    """The part of a body that asks for a verdict as one call of a tool."""
    tool = {
        "name": NAME,
        "description": "Give the verdict.",
        "strict": True,
        "input_schema": verdict_schema(request),
    }
    choice = {"type": "tool", "name": NAME} if forced else {"type": "auto"}
    return {"tools": [tool], "tool_choice": {**choice, "disable_parallel_tool_use": True}}


def _asked_as(body: Mapping[str, Any]) -> str:
    """The format that a body asks for a verdict in."""
    if "format" in body.get("output_config", ()):
        return "schema"
    return "tool" if "tools" in body else "text"


def _parts(body: Mapping[str, Any]) -> set[str]:
    """The parts of a body that a server may refuse and that can be left out."""
    found = {f"output_config.{name}" for name in body.get("output_config", ())}
    if "tools" in body:
        found |= {"tools", "tool_choice"} if body["tool_choice"]["type"] == "tool" else {"tools"}
    return found | ({_MARKS} if is_marked(body) else set())
