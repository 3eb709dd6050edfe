"""A run's budget: no call is sent that could take the run past it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from judgetui.core.reply import Usage
from judgetui.core.request import JudgeRequest
from judgetui.core.vote import ScoreSource
from judgetui.providers.base import JudgeProvider
from judgetui.providers.prices import price
from judgetui.providers.prompt_caches import most_written
from judgetui.services.planned_calls import longest_reply

BYTES_A_TOKEN: Final = 2.0
"""Bytes of prompt for each token, until answers have told: less than any usual vocabulary needs."""


class Purse:
    """What a run may still spend. Every call under way is counted at the most it may cost.

    Args:
        budget: US dollars; None for no limit.
        spent: US dollars that the run has cost before.

    Attributes:
        calls: how many are under way.
        reserved: US dollars that they may cost at most.
    """

    def __init__(self, budget: float | None, spent: float) -> None:
        self.budget = budget
        self.spent = spent
        self.calls = 0
        self.reserved = 0.0
        self._settled = asyncio.Event()
        self._density: dict[str, float] = {}

    def most(self, provider: JudgeProvider, requests: tuple[JudgeRequest, ...]) -> float:
        """US dollars that a call may cost at most; 0 where there is no budget to keep."""
        if self.budget is None:
            return 0.0
        density = self._density.get(provider.judge, 1 / BYTES_A_TOKEN)
        tokens = int(_size(requests) * density) + 100
        judge, endpoint = provider.judge, provider.endpoint
        longest = 0 if provider.capabilities.decisions else longest_reply(provider, requests[0])
        kept = most_written(judge, endpoint, tokens, tokens)
        worst = Usage(tokens, longest * len(requests), 0, cache_write=kept)
        return price(judge, worst, endpoint) or 0.0

    def has(self, amount: float) -> bool:
        """Whether a call of that cost may be sent now."""
        return self.budget is None or self.spent + self.reserved + amount <= self.budget

    def reserve(self, amount: float) -> None:
        """Set aside what a call may cost; `settle` gives it back."""
        self.calls += 1
        self.reserved += amount

    def settle(self, reserved: float, cost: float | None) -> float | None:
        """Count what a call did cost; one that does not tell is counted at the most it may have cost.

        Returns:
            What was counted; None where nothing is known and there is no budget to keep.
        """
        self.calls -= 1
        self.reserved -= reserved
        counted = reserved if cost is None else cost
        self.spent += counted
        self._settled.set()
        return None if cost is None and self.budget is None else counted

    def spend(self, amount: float) -> None:
        """Count what was paid in another way than call by call."""
        self.spent += amount

    async def settled(self) -> None:
        """Wait until one of the calls under way, of whichever endpoint, is settled."""
        self._settled.clear()
        await self._settled.wait()

    def learn(self, judge: str, requests: tuple[JudgeRequest, ...], usage: Usage) -> None:
        """Take in how many tokens a prompt came to, so that the next are valued better."""
        size = _size(requests)
        if usage.input and size:
            self._density[judge] = max(self._density.get(judge, 0.0), 1.1 * usage.input / size)


@dataclass(slots=True)
class Prepaid:
    """What a run's batches brought. The session holds the replies as it holds any others; this tells them apart.

    Args:
        brought: keys of the replies that came during this go at the run.
        sources: where the scores of each judge's judgements come from, as their requests were planned.
    """

    brought: set[str] = field(default_factory=set)
    sources: dict[str, ScoreSource] = field(default_factory=dict)
    _costs: dict[tuple[str, int], dict[str, float | None]] = field(default_factory=dict)

    def add(self, place: tuple[str, int], keys: Sequence[str], costs: Sequence[float | None]) -> None:
        """Take in replies that were asked for a judge's judgement of an item.

        Args:
            costs: US dollars for each, None where that is not known; fewer than keys where fewer came.
        """
        self._costs.setdefault(place, {}).update(zip(keys, costs, strict=False))

    def cost(self, place: tuple[str, int], key: str) -> float | None:
        """US dollars that a reply cost which is in the session: nothing, unless it was asked for this judgement."""
        return self._costs.get(place, {}).get(key, 0.0)

    def beside(self, place: tuple[str, int], keys: Sequence[str]) -> list[float | None]:
        """What replies cost that were asked for a judgement, and that are none of those that it needs after all."""
        return [cost for key, cost in self._costs.get(place, {}).items() if key not in keys]


def _size(requests: tuple[JudgeRequest, ...]) -> int:
    """Bytes of the prompt; requests that travel together share it."""
    return sum(len(message.content.encode("utf-8", "replace")) for message in requests[0].messages)
