"""Stand-ins for judges: no model, no network, made to answer and to fail on command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from judgetui.core.reply import JudgeReply, TokenLogprob, Usage
from judgetui.core.request import JudgeRequest
from judgetui.providers.base import Capabilities, JudgeProvider, OnText, ProviderError, TokenCount

Answerer = Callable[[JudgeRequest, int], JudgeReply | ProviderError]


class StandInJudge(JudgeProvider):
    """Answers what a function says; counts what it was asked.

    Args:
        answer: given the request and how many came before it.
        hold: when set, every call waits for it.
        endpoint: the address it says it is asked at; its name when empty.
    """

    judge = ""
    capabilities = Capabilities()

    def __init__(
        self,
        answer: Answerer,
        *,
        name: str = "standin:one",
        logprobs: bool | None = False,
        parallel: int | None = None,
        hold: asyncio.Event | None = None,
        endpoint: str = "",
    ) -> None:
        self.judge = name
        self.capabilities = Capabilities(logprobs=logprobs, parallel=parallel)
        self.asked: list[JudgeRequest] = []
        self.at_once = 0
        self.most_at_once = 0
        self._answer = answer
        self._hold = hold
        self._endpoint = endpoint or name

    @property
    def endpoint(self) -> str:
        """The address it says it is asked at."""
        return self._endpoint

    def body(self, request: JudgeRequest) -> Mapping[str, object]:
        """All of the request but its sample number."""
        data = request.to_mapping()
        del data["sample"]
        return {"endpoint": self._endpoint, **data}

    async def ask(
        self, request: JudgeRequest, *, timeout: float, on_text: OnText | None = None
    ) -> JudgeReply:
        """Answer or fail as the function says."""
        number = len(self.asked)
        self.asked.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await (self._hold.wait() if self._hold is not None else asyncio.sleep(0))
            found = self._answer(request, number)
        finally:
            self.at_once -= 1
        if isinstance(found, ProviderError):
            raise found
        if on_text is not None:
            on_text(found.text)
        return found

    async def count_tokens(self, request: JudgeRequest) -> TokenCount:
        """Words."""
        return TokenCount(sum(len(m.content.split()) for m in request.messages), False, "words")

    async def close(self) -> None:
        """Nothing is held."""


def reply(text: str, *, tokens: tuple[TokenLogprob, ...] = (), model: str = "standin-1") -> JudgeReply:
    """A reply with ten prompt tokens, four of them cached, and two written."""
    return JudgeReply(text, logprobs=tokens, usage=Usage(10, 2, 4), model=model, latency_ms=1.0)
