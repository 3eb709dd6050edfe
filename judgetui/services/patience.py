"""Steps over a network that are tried again while their failure may pass."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from judgetui.providers.base import ProviderError
from judgetui.services.desk import Desk
from judgetui.services.pacing import Sleep
from judgetui.services.retrying import RunHaltedError

T = TypeVar("T")

TRIES: Final = 5

FIRST_REST: Final = 10.0
"""Seconds before the second try; twice as long before each further one."""

LONGEST_REST: Final = 300.0
"""Seconds before a try at most, whatever was asked for."""


class Patience:
    """Tries again and tells of it.

    Args:
        sleep: waits so many seconds.
    """

    def __init__(self, desk: Desk, sleep: Sleep) -> None:
        self._desk = desk
        self._sleep = sleep

    async def result(self, call: Callable[[], Awaitable[T]], tries: int | None = TRIES) -> T:
        """What a call gives, made again while its failure may pass.

        Args:
            tries: how many are made at most; None for as many as it takes.

        Raises:
            RunHaltedError: when it fails for good.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return await call()
            except ProviderError as error:
                if not error.kind.may_pass or attempt == tries:
                    raise RunHaltedError(error) from None
                await self.rest(error, attempt)

    async def rest(self, error: ProviderError, attempt: int) -> None:
        """Wait before the next try."""
        wait = min(error.retry_after or FIRST_REST * 2.0 ** min(attempt - 1, 10), LONGEST_REST)
        self._desk.waiting(wait, error)
        await self._sleep(wait)
