"""What the judges that write have in common, whichever of OpenAI's two APIs they speak: options, the ladder of
formats, what a server's refusals teach, and the prompt's tokens by OpenAI's own counter."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, Self, TypeVar

from judgetui.config.secrets import Secret
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.providers.base import Capabilities, ProviderError, TokenCount
from judgetui.providers.batches import BatchService
from judgetui.providers.endpoints import check_url, is_loopback, require_unicode
from judgetui.providers.formats import demanded, first_format, was_ignored
from judgetui.providers.openai.client import OpenAISdkJudge
from judgetui.providers.openai.marks import OPTIONS as MARKED
from judgetui.providers.openai.marks import marked_messages, plain_messages
from judgetui.providers.openai.parts import flat_part
from judgetui.providers.options import EFFORTS, FORMATS, split_options
from judgetui.providers.prompt_caches import takes_breakpoints
from judgetui.providers.sdk import find_keys
from judgetui.providers.sdk_batches import BatchingJudge
from judgetui.providers.tokens import count_for_openai

T = TypeVar("T")

OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "effort": EFFORTS,
    "format": FORMATS,
    "api": ("chat", "responses"),
}
"""Options of a judge's name: how hard it thinks, how it is asked for a verdict, and by which API."""

TOP_LOGPROBS: Final = 20
"""Most alternatives at a position, in both APIs."""

COUNT_PATH: Final = "/responses/input_tokens"

_ORDINARY: Final = frozenset({"n", "include", "text", "reasoning"})
"""Names that a message may use as words; there they are taken for a part only between quotes."""

_UNKNOWN: Final = re.compile(
    r"unsupported|unknown|unrecogni[sz]ed|unexpected|extra(?![a-z])|use ['\"`]?max_tokens"
    r"|not (?:\w+ )?(?:supported|permitted|allowed|recogni[sz]ed)",
    re.IGNORECASE,
)
_OUT_OF_RANGE: Final = re.compile(
    r"(?:invalid|unsupported)[_ ]value|too (?:large|high|many)|exceed|at (?:most|least)|above|(?<!rather )than",
    re.IGNORECASE,
)


class WritingJudge(OpenAISdkJudge, BatchingJudge):
    """A judge that writes replies.

    Args:
        effort: how hard a reasoning model thinks, one of `EFFORTS`; empty leaves it to the model.
        verdict_format: how a verdict is asked for, one of `FORMATS`; empty for what suits the request.

    Attributes:
        PROMPT: where a body has its messages.
        PART: what a part of a message is called that is text.
        LIMIT: where a body says how many tokens a reply may have.
        RUNGS: the part of a body that asks for a verdict in each format.
        LOGPROBS: the parts that ask for token probabilities.
        DROPPABLE: what a server may complain of, and the parts that are left out for it. The longer names first:
            one is looked for inside of the server's message.
    """

    PROMPT: ClassVar[str]
    PART: ClassVar[str]
    LIMIT: ClassVar[str]
    RUNGS: ClassVar[Mapping[str, str]]
    LOGPROBS: ClassVar[tuple[str, str]]
    DROPPABLE: ClassVar[Mapping[str, tuple[str, ...]]]

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
    ) -> Self:
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
            logprobs=self._knows(self.LOGPROBS[0]),
            top_logprobs=TOP_LOGPROBS,
            schema=self._knows(self.RUNGS["schema"]),
            tool=self._knows(self.RUNGS["tool"]),
            grammar=False if self._is_openai else self._knows(self.RUNGS["grammar"]),
            temperature=self._knows("temperature"),
        )

    def batches(self, learned: Mapping[str, str]) -> BatchService | None:
        """OpenAI's own; a server on this machine may have one, and nobody else is asked."""
        if not self._is_openai and not is_loopback(self._url):
            return None
        from judgetui.providers.openai.batches import OpenAIBatches

        return OpenAIBatches(self, learned)

    async def count_tokens(self, request: JudgeRequest) -> TokenCount:
        """Tokens of the prompt by tiktoken where its vocabulary is on this machine, else an estimate."""
        return await count_for_openai(request.messages, self._model)

    async def count_there(self, request: JudgeRequest, seconds: float) -> TokenCount | None:
        """Tokens of the prompt by the endpoint beside the responses API, which OpenAI has and some servers on this
        machine; nobody else is asked."""
        if not self._is_openai and not is_loopback(self._url):
            return None
        body = {"model": self._model, "input": plain_messages(request)}
        body |= flat_part(self._asked_as(request), request)
        body.pop("grammar", None)
        try:
            require_unicode(self._judge, request)
            answer = await self._guarded(seconds, lambda: self._post(COUNT_PATH, body, seconds))
        except ProviderError:
            return None
        tokens = answer.data.get("input_tokens")
        return TokenCount(tokens, True, COUNT_PATH[1:]) if isinstance(tokens, int) else None

    @abstractmethod
    def _format_part(self, name: str, request: JudgeRequest) -> dict[str, Any]:
        """The part of a body that asks for a verdict in a format, one of `FORMATS`."""

    def _prompt(self, request: JudgeRequest) -> dict[str, Any]:
        """The messages, and what concerns the provider's cache."""
        body: dict[str, Any] = {self.PROMPT: plain_messages(request)}
        if key := self._cache_key(request):
            body["prompt_cache_key"] = key
            marked = marked_messages(request, self.PART) if takes_breakpoints(self._model) else None
            if marked is not None:
                body |= {self.PROMPT: marked, "prompt_cache_options": MARKED}
        return body

    def _limit(self, request: JudgeRequest, asked: str) -> int:
        """Tokens that a reply may have, asked for in one of `FORMATS`."""
        return request.max_tokens + demanded(request, asked)

    def _sampling(self, request: JudgeRequest) -> dict[str, float]:
        wanted = {"temperature": request.temperature, "top_p": request.top_p}
        return {name: value for name, value in wanted.items() if value is not None}

    def _sent(self, request: JudgeRequest) -> dict[str, Any]:
        """What this server takes of the wanted body, by what it has refused so far."""
        body = {name: value for name, value in self._wanted(request).items() if name not in self._refused}
        if "prompt_cache_options" in self._refused:
            body[self.PROMPT] = plain_messages(request)
        asked = self._asked_as(request)
        if self.LIMIT in body:
            body[self.LIMIT] = self._limit(request, asked)
        return body | self._format_part(asked, request)

    def _asked_as(self, request: JudgeRequest) -> str:
        """The best format from the wanted one down that the server has not refused."""
        rungs = list(FORMATS)
        for rung in rungs[rungs.index(first_format(request, self._format)) :]:
            refused = self.RUNGS.get(rung) in self._refused or (rung == "grammar" and self._is_openai)
            if not refused:
                return rung
        return "text"

    async def _adapted(self, request: JudgeRequest, send: Callable[[dict[str, Any]], Awaitable[T]]) -> T:
        """What `send` makes of the body that the server takes; sent anew, with less, after each refusal."""
        sent: dict[str, Any] = {}

        async def attempt() -> T:
            nonlocal sent
            sent = self._sent(request)
            return await send(sent)

        return await self._adapting(attempt, lambda detail, message: self._learn(detail, message, sent))

    def _learn(self, detail: Mapping[str, Any], message: str, sent: Mapping[str, Any]) -> bool:
        """Remember which part of a body a 400 complains of; false when it is none that can be left out.

        A part may have been refused already, by the answer to a call that was under way at the same time.
        """
        param = str(detail.get("param") or "")
        top = re.split(r"[.\[]", param)[0]
        name = next((each for each in (param, top) if each in self.DROPPABLE), None)
        parts = self.DROPPABLE[name] if name else self._named_in(message, sent)
        if not any(part in sent for part in parts):
            return False
        if self.LIMIT in parts and not _is_unknown(f"{detail.get('code')} {message}"):
            return False
        self._refuse(parts, message)
        return True

    def _named_in(self, message: str, sent: Mapping[str, Any]) -> tuple[str, ...]:
        """The parts that an error without a usable `param` talks about; empty when it talks of none that was sent."""
        for name, parts in self.DROPPABLE.items():
            named = name in message if name not in _ORDINARY else re.search(f"(['\"`]){name}\\1", message)
            if named and any(part in sent for part in parts):
                return parts
        return ()

    def _format_of(self, sent: Mapping[str, Any]) -> str:
        """The format that a body asks for, one of `FORMATS`."""
        return next((rung for rung, part in self.RUNGS.items() if part in sent), "text")

    def _finished(self, request: JudgeRequest, reply: JudgeReply, sent: Mapping[str, Any]) -> JudgeReply:
        """The reply with what was dropped, after what it teaches has been noted.

        Args:
            sent: the body that it answers.
        """
        answered = bool(reply.text) and reply.refusal is None
        if self.LOGPROBS[0] in sent and answered and not reply.logprobs:
            for part in self.LOGPROBS:
                self._refused[part] = f"{self._judge} sent none, though asked."
        asked = self._format_of(sent)
        if asked in {"schema", "tool"} and was_ignored(reply, asked):
            self._refused[self.RUNGS[asked]] = f"{self._judge} sent plain text, though asked for JSON."
        self._shown |= sent.keys()
        wanted = self._wanted(request)
        return replace(reply, dropped={n: why for n, why in self._refused.items() if n in wanted})


def _is_unknown(told: str) -> bool:
    """Whether an error about a part says that the server does not know it at all, and not that its value is out of
    range, which another call's need not be."""
    return bool(_UNKNOWN.search(told)) and not _OUT_OF_RANGE.search(told)
