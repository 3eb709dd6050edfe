"""How fast an endpoint is asked: as many calls at once as it bears, and no more a minute than is allowed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Final

Sleep = Callable[[float], Awaitable[None]]

FIRST_WINDOW: Final = 4
"""Calls at once to begin with, where no number is given."""

LARGEST_WINDOW: Final = 64
"""The most of them."""

MINUTE: Final = 60.0


class Pace:
    """Says when the next call to an endpoint may start. Additive increase, multiplicative decrease, as TCP's
    congestion avoidance has it (Chiu & Jain 1989): one call more at once for each round of answers, half as many
    after a refusal.

    Args:
        window: calls at once to begin with.
        most: the most calls at once.
        requests: most requests a minute; None for no limit.
        tokens: most tokens a minute; None for no limit.
        timer: seconds on a clock that never goes back.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        window: int,
        most: int,
        *,
        timer: Callable[[], float],
        sleep: Sleep,
        requests: int | None = None,
        tokens: int | None = None,
    ) -> None:
        self._window = float(window)
        self._most = most
        self._timer = timer
        self._sleep = sleep
        self._requests = None if requests is None else _Allowance(requests, timer())
        self._tokens = None if tokens is None else _Allowance(tokens, timer())
        self._under_way = 0
        self._started = 0
        self._cut_at = 0
        self._until = -math.inf
        self._changed = asyncio.Event()

    @property
    def window(self) -> int:
        """Calls that may be under way at once now."""
        return int(self._window)

    @property
    def under_way(self) -> int:
        """Calls that are."""
        return self._under_way

    @property
    def open(self) -> bool:
        """Whether another call may start now."""
        return self._under_way < self.window and self._hold() <= 0

    async def room(self) -> None:
        """Wait until another call may start."""
        while not self.open:
            if (wait := self._hold()) > 0:
                await self._sleep(wait)
            else:
                self._changed.clear()
                await self._changed.wait()

    def start(self, tokens: int) -> int:
        """Count a call that starts, of so many tokens; gives its number, which `refused` wants."""
        now = self._timer()
        if self._requests is not None:
            self._requests.take(1, now)
        if self._tokens is not None:
            self._tokens.take(tokens, now)
        self._under_way += 1
        self._started += 1
        return self._started

    def end(self) -> None:
        """Count a call that ended, in whatever way."""
        self._under_way -= 1
        self._changed.set()

    def answered(self) -> None:
        """Note an answer: a round of them makes room for one call more."""
        self._window = min(self._most, self._window + 1 / self._window)
        self._changed.set()

    def refused(self, number: int, retry_after: float | None) -> None:
        """Note that the endpoint had too much to do: half as many calls at once, and none before it said.

        Of calls that were under way together only the first halves: they were all sent at the same pace.
        """
        if number > self._cut_at:
            self._cut_at = self._started
            self._window = max(1.0, self._window / 2)
        if retry_after is not None:
            self._until = max(self._until, self._timer() + retry_after)

    def _hold(self) -> float:
        """Seconds for which nothing may start, however few calls are under way."""
        now = self._timer()
        limits = [limit for limit in (self._requests, self._tokens) if limit is not None]
        return max(self._until - now, 0.0, *(limit.wait(now) for limit in limits))


class _Allowance:
    """So many a minute, evenly, with one second's worth in reserve, but one at least; what is taken beyond it is owed.

    So in any minute it gives the limit and the reserve, and to calls that take more than one each, as of tokens,
    what the last of them is owing.
    """

    def __init__(self, a_minute: int, now: float) -> None:
        self._rate = a_minute / MINUTE
        self._most = max(1.0, self._rate)
        self._left = self._most
        self._at = now

    def wait(self, now: float) -> float:
        """Seconds until one may be taken."""
        self._refill(now)
        return 0.0 if self._left >= 1 else (1 - self._left) / self._rate + 1e-3

    def take(self, amount: float, now: float) -> None:
        self._refill(now)
        self._left -= amount

    def _refill(self, now: float) -> None:
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
