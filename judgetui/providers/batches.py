"""What a provider's batch service is: many requests handed in together, answered within a day, at half the price."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest

CLOCKS_DIFFER: Final = timedelta(minutes=15)
"""How far a provider's clock may be from this machine's, when a batch is looked for by its age."""


class BatchState(StrEnum):
    """Where a batch stands at its provider.

    `ended` has results, though perhaps not of all requests; `cancelled` likewise, because somebody stopped it; `failed`
    was refused as a whole and has none.
    """

    WORKING = "working"
    ENDED = "ended"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """What a provider says of a batch.

    Args:
        done: requests that are answered, as far as it tells before the end.
        failed: requests that brought an error instead.
        detail: in its own words, why it was refused; else empty.
    """

    state: BatchState
    done: int = 0
    failed: int = 0
    total: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What came of one request.

    Args:
        data: the provider's own JSON; `BatchService.replies` reads it.
    """

    custom_id: str
    data: Mapping[str, Any]


class BatchService(ABC):
    """The batch service behind one judge. Every method that goes over the network raises ProviderError.

    Attributes:
        most_requests: in one batch.
        most_bytes: of one batch's lines, line ends included.
    """

    most_requests: int
    most_bytes: int

    @abstractmethod
    def line(self, custom_id: str, bundle: Sequence[JudgeRequest]) -> bytes:
        """The JSON of one call, with the body that the judge would send by itself; without a line end.

        Args:
            custom_id: 64 characters at most, of ASCII letters, digits, `-` and `_`.
            bundle: requests that travel in one call, as `JudgeProvider.bundles` groups them.
        """

    @abstractmethod
    async def upload(self, lines: Sequence[bytes]) -> str:
        """Hand in the lines, where that is a step of its own; gives their name there, else an empty one."""

    @abstractmethod
    async def create(self, upload: str, lines: Sequence[bytes], token: str) -> str:
        """Start a batch of lines; gives its name at the provider.

        Args:
            upload: as `upload` gave it.
            lines: the same; not looked at by a service that has them from `upload`.
            token: 64 characters at most, by which `find` knows it again.
        """

    @abstractmethod
    async def find(self, token: str, count: int, since: datetime, others: Collection[str] = ()) -> str | None:
        """The batch that was started with this token, if there is one.

        A service whose batches carry no token gives one with as many requests; whether it is the right one is told by
        its results' ids alone.

        Args:
            since: when it was started at the earliest, by this machine's clock.
            others: names of batches that are known to be others.
        """

    @abstractmethod
    async def status(self, remote: str) -> BatchStatus:
        """Where a batch stands."""

    @abstractmethod
    def results(self, remote: str) -> AsyncGenerator[BatchResult, None]:
        """What came of each request of a batch that has ended, in any order."""

    @abstractmethod
    def replies(self, bundle: Sequence[JudgeRequest], result: BatchResult) -> list[JudgeReply]:
        """The replies to a bundle's requests, in order; fewer where the judge sent fewer.

        Raises:
            ProviderError: when the request brought none.
        """

    @abstractmethod
    async def cancel(self, remote: str) -> None:
        """Ask the provider to answer no further request of a batch; one that has ended stays as it is."""


async def json_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[Mapping[str, Any]]:
    """The objects of JSON lines that come in pieces; lines that are no object are passed over.

    Lines end at a line feed alone: a text may hold the other characters that Unicode breaks lines at.
    """
    rest = b""
    async for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if (found := _object(line)) is not None:
                yield found
    if (found := _object(rest)) is not None:
        yield found


def _object(line: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def dumped(value: object) -> bytes:
    """A value as one line of JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
