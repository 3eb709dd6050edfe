"""What judges over a vendor's SDK do for their batch service."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Generic, Self, TypeVar

from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.providers.base import ProviderError
from judgetui.providers.batches import BatchService, json_lines
from judgetui.providers.endpoints import malformed
from judgetui.providers.sdk import SdkJudge

T = TypeVar("T")

SECONDS: Final = 60.0
"""For a call about a batch, and between two pieces of its results."""

UPLOAD_SECONDS: Final = 900.0
"""For a call that carries a whole batch."""


class BatchingJudge(SdkJudge):
    """A judge whose requests can go in a batch."""

    @abstractmethod
    def batch_body(self, bundle: Sequence[JudgeRequest]) -> dict[str, Any]:
        """What a call with these requests sends, by what the model is known to refuse."""

    @abstractmethod
    def batch_replies(
        self, bundle: Sequence[JudgeRequest], data: Mapping[str, Any], request_id: str
    ) -> list[JudgeReply]:
        """The replies that the answer to `batch_body` holds.

        Raises:
            ProviderError: where it is none.
        """

    def as_of(self, learned: Mapping[str, str]) -> Self:
        """The same judge, knowing of the model's refusals what was known then; it teaches this one nothing."""
        other = copy.copy(self)
        other._refused, other._shown = dict(learned), set()
        return other

    async def over(self, call: Callable[[Any], Awaitable[T]], seconds: float = SECONDS) -> T:
        """What a call of the SDK's client gives within the time there is.

        Raises:
            ProviderError: for whatever goes wrong, and for too long a wait.
        """
        client = await self._connect()
        return await self._guarded(seconds, lambda: call(client))

    async def lines(
        self, opened: Callable[[Any], AbstractAsyncContextManager[Any]]
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """The objects of a file of JSON lines, as they arrive.

        Args:
            opened: the SDK's streamed answer, of its client.

        Raises:
            ProviderError: for whatever goes wrong.
        """
        client = await self._connect()
        try:
            async with opened(client) as answer:
                async for line in json_lines(answer.iter_bytes()):
                    yield line
            return
        except Exception as error:  # as `_guarded`
            failure = self._failure(error)
        raise failure.with_traceback(None)

    def read(
        self, bundle: Sequence[JudgeRequest], data: Mapping[str, Any], request_id: str
    ) -> list[JudgeReply]:
        """`batch_replies`, whatever the answer holds.

        Raises:
            ProviderError: where it is none.
        """
        try:
            return self.batch_replies(bundle, data, request_id)
        except ProviderError:
            raise
        except Exception as error:  # as `_guarded`
            failure = self._failure(error)
        raise failure.with_traceback(None)

    def named(self, made: Any) -> str:
        """The name that the provider gave to what it made.

        Raises:
            ProviderError: where it gave none.
        """
        name = getattr(made, "id", None)
        if not isinstance(name, str) or not name:
            raise malformed(self._judge, "something else than what it was to make", self._url)
        return name


J = TypeVar("J", bound=BatchingJudge)


class SdkBatches(BatchService, Generic[J]):
    """A batch service over an SDK.

    Args:
        judge: whose requests these are.
        learned: what its model was known to refuse when the batch was planned.
    """

    def __init__(self, judge: J, learned: Mapping[str, str]) -> None:
        self._judge = judge
        self._learned = dict(learned)

    def _planned(self) -> J:
        """The judge as it was known then. A line may teach it something, so that each has its own."""
        return self._judge.as_of(self._learned)
