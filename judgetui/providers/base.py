"""What a provider is, what it can do, and the ways a call fails."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.errors import JudgetuiError
from judgetui.providers.batches import BatchService

OnText = Callable[[str], None]
"""Called with each piece of text as it is written, on the event loop's thread."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model behind a provider can do. None is unknown: it is tried, and learned from the answer.

    Args:
        logprobs: whether token probabilities come back.
        top_logprobs: most alternatives at each position.
        decisions: whether it answers questions with a probability for each label, and writes nothing.
        samples: most votes that one call may bring.
        schema: whether replies can be held to a JSON schema.
        tool: whether replies can be given as a call of a strict tool.
        grammar: whether replies can be held to a grammar of the protocol's own text.
        temperature: whether sampling parameters are accepted.
        parallel: calls that may be under way at once; None for no limit of its own.
        network: whether a call leaves this machine's process.
    """

    logprobs: bool | None = None
    top_logprobs: int = 20
    decisions: bool = False
    samples: int = 1
    schema: bool | None = None
    tool: bool | None = None
    grammar: bool | None = None
    temperature: bool | None = None
    parallel: int | None = None
    network: bool = True


class FailureKind(StrEnum):
    """Why a call failed, as far as it decides what to do next."""

    AUTH = "auth"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    NO_MODEL = "no model"
    RATE_LIMIT = "rate limit"
    OVERLOADED = "overloaded"
    SERVER = "server error"
    TIMEOUT = "timeout"
    BAD_REQUEST = "bad request"
    TOO_LONG = "too long"
    MALFORMED = "malformed answer"

    @property
    def may_pass(self) -> bool:
        """Whether the same call may succeed later."""
        return self in {
            FailureKind.UNREACHABLE,
            FailureKind.RATE_LIMIT,
            FailureKind.OVERLOADED,
            FailureKind.SERVER,
            FailureKind.TIMEOUT,
            FailureKind.MALFORMED,
        }

    @property
    def is_crowding(self) -> bool:
        """Whether the endpoint has too much to do, so that it should be asked more slowly."""
        return self in {FailureKind.RATE_LIMIT, FailureKind.OVERLOADED}

    @property
    def ends_run(self) -> bool:
        """Whether every other call of the run would fail alike."""
        return self in {FailureKind.AUTH, FailureKind.NO_MODEL}


class ProviderError(JudgetuiError):
    """A call that brought no reply.

    Args:
        kind: what sort of failure it was.
        retry_after: seconds the endpoint asked to wait; None when it did not say.
    """

    def __init__(
        self, kind: FailureKind, message: str, hint: str = "", *, retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint)
        self.kind = kind
        self.retry_after = retry_after


class JudgeProvider(ABC):
    """One judge: a model behind an endpoint. Made by `providers.registry.open_judge`."""

    @property
    @abstractmethod
    def judge(self) -> str:
        """The judge's name, `provider:model`."""

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What is known of it now; sharper after calls that taught something."""

    @property
    def endpoint(self) -> str:
        """The address that is asked; the judge's name where there is none."""
        return self.judge

    @property
    def learned(self) -> Mapping[str, str]:
        """Parts of requests that the model turned out to refuse, with the reason; `recall` takes them back in."""
        return {}

    def recall(self, learned: Mapping[str, str]) -> None:  # noqa: B027 - most have nothing to take in
        """Take in what an earlier process learned of this model."""

    @abstractmethod
    def body(self, request: JudgeRequest) -> Mapping[str, object]:
        """The request in the provider's own words, without headers and secrets; `endpoint` is its address.

        Two requests with equal bodies and sample numbers are the same call, so it depends on the request
        alone: what an endpoint turned out to refuse stays in it, and the reply's `dropped` names it. How the
        answer travels (streaming, in how many calls) is no part of it.
        """

    @abstractmethod
    async def ask(
        self,
        request: JudgeRequest,
        *,
        timeout: float,  # noqa: ASYNC109 - a runner has one for all judges, and each knows when its clock starts
        on_text: OnText | None = None,
    ) -> JudgeReply:
        """Send one request.

        Args:
            timeout: seconds until the call is given up.
            on_text: when given, the reply is streamed to it.

        Raises:
            ProviderError: when no reply came back. Cancelling the task ends the call.
        """

    def bundles(self, requests: Sequence[JudgeRequest]) -> list[tuple[JudgeRequest, ...]]:
        """One item's requests, grouped into those that travel in one call; each by itself unless it can do better."""
        return [(request,) for request in requests]

    async def ask_together(
        self,
        requests: Sequence[JudgeRequest],
        *,
        timeout: float,  # noqa: ASYNC109 - as above
        on_text: OnText | None = None,
    ) -> list[JudgeReply]:
        """Send one of `bundles` and give the replies to its requests, in order.

        What the call used is in the first reply's usage; the others have zeros. A server that answers fewer requests
        at once than it was asked gives fewer replies, one at least; `bundles` of the rest are smaller then.

        Raises:
            ProviderError: when no reply came back.
        """
        (request,) = requests
        return [await self.ask(request, timeout=timeout, on_text=on_text)]

    def batches(self, learned: Mapping[str, str]) -> BatchService | None:
        """The batch service behind it; None where there is none.

        Args:
            learned: as `learned` was when a batch was planned. What is learned later changes nothing in what is sent
                by it, nor in how its results are read.
        """
        return None

    @abstractmethod
    async def count_tokens(self, request: JudgeRequest) -> TokenCount:
        """Tokens of the request's prompt; never waits for a network."""

    async def count_there(self, request: JudgeRequest, seconds: float) -> TokenCount | None:
        """The same by the provider's own counter, asked over the network for so many seconds at most; None
        where there is none or it does not answer."""
        return None

    @abstractmethod
    async def close(self) -> None:
        """Free what the judge holds; it may be asked again afterwards."""


@dataclass(frozen=True, slots=True)
class TokenCount:
    """A number of prompt tokens and how it was found.

    Args:
        exact: whether the model's own vocabulary counted them.
        method: such as `llama.cpp`, `tiktoken o200k_base`, `characters / 4`.
    """

    tokens: int
    exact: bool
    method: str


@dataclass(frozen=True, slots=True)
class JudgeListing:
    """A judge or provider as `judgetui models` and the chooser list it.

    Args:
        ready: whether it can be asked now.
        detail: what it is, or what to do to make it ready.
    """

    judge: str
    ready: bool
    detail: str
