"""How many tokens many prompts have: counted where that is quick, and scaled by length where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from judgetui.providers.base import JudgeProvider, TokenCount
from judgetui.providers.prices import service
from judgetui.providers.tokens import BY_LENGTH, CHARACTERS_A_TOKEN
from judgetui.services.breath import Breath
from judgetui.services.planned_calls import PlannedCalls, Prompt

COUNT_SECONDS: Final = 2.0
"""Seconds that a provider's own counter has, for all prompts together."""

_ASKED: Final = 5
"""Prompts that a provider's own counter is asked about."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens of the calls that will be sent.

    Args:
        rate: tokens a character, of those that were counted.
        counted: tokens by the call's number.
        exact: whether the model's own vocabulary counted all of them.
        method: how they were counted.
    """

    rate: float
    method: str
    exact: bool
    counted: Mapping[int, int] = field(default_factory=dict)

    def tokens(self, call: int, characters: int) -> int:
        """Tokens of a call's prompt."""
        found = self.counted.get(call)
        return round(characters * self.rate) if found is None else found


async def count_prompts(
    judge: JudgeProvider, planned: PlannedCalls, seconds: float = COUNT_SECONDS
) -> Counts:
    """Count the prompts of the calls that will be sent.

    A service that is paid for is asked itself, about a few prompts, if it has a counter. Where it does not answer in
    time, or there is none, the judge's local way is taken; the method says which it was.

    Args:
        seconds: until the service's counter is given up.
    """
    if not planned.sent:
        return Counts(1 / CHARACTERS_A_TOKEN, "nothing to count", exact=True)
    provider = judge.judge.partition(":")[0]
    asked = _has_counter(judge)
    if asked:
        chosen = _evenly(planned.sample, _ASKED)
        counts = await _ask(judge, chosen, seconds)
        if counts:
            return _scaled(planned, counts, f"{provider}'s counter")
    found: list[tuple[Prompt, TokenCount]] = []
    breath = Breath()
    for prompt in planned.sample:
        found.append((prompt, await judge.count_tokens(prompt.request)))
        await breath.take()
    note = f"; {provider}'s counter did not answer" if asked else ""
    return _scaled(planned, found, found[-1][1].method, note)


def _has_counter(judge: JudgeProvider) -> bool:
    """Whether calls are paid for at a known service that counts tokens."""
    counts = type(judge).count_there is not JudgeProvider.count_there
    return counts and judge.capabilities.network and bool(service(judge.judge, judge.endpoint))


def _evenly(prompts: Sequence[Prompt], most: int) -> list[Prompt]:
    """So many of them, from the first to the last."""
    if len(prompts) <= most:
        return list(prompts)
    return [prompts[place * (len(prompts) - 1) // (most - 1)] for place in range(most)]


async def _ask(
    judge: JudgeProvider, prompts: Sequence[Prompt], seconds: float
) -> list[tuple[Prompt, TokenCount]]:
    """What the service counted in time."""
    tasks = [asyncio.create_task(judge.count_there(prompt.request, seconds)) for prompt in prompts]
    try:
        await asyncio.wait(tasks, timeout=seconds)
    finally:
        for task in tasks:
            task.cancel()
    counts = [
        task.result() if task.done() and not task.cancelled() and task.exception() is None else None
        for task in tasks
    ]
    return [(prompt, count) for prompt, count in zip(prompts, counts, strict=True) if count is not None]


def _scaled(
    planned: PlannedCalls, found: Sequence[tuple[Prompt, TokenCount]], method: str, note: str = ""
) -> Counts:
    """The counts that were made, and the rate for the calls that were not counted."""
    counted: dict[int, int] = {}
    for prompt, count in found:
        whole = planned.sent[prompt.call].characters
        # A call's further questions are no part of the request that was counted.
        counted[prompt.call] = round(count.tokens * (whole / prompt.characters if prompt.characters else 1))
    characters = sum(prompt.characters for prompt, _ in found)
    tokens = sum(count.tokens for _, count in found)
    all_of_them = len(found) == len(planned.sent)
    if not all_of_them and found[-1][1].method != BY_LENGTH:
        method = f"{method} on {len(found):,} of {len(planned.sent):,} prompts, the rest scaled by length"
    return Counts(
        rate=tokens / characters if characters else 1 / CHARACTERS_A_TOKEN,
        method=method + note,
        exact=all_of_them and all(count.exact for _, count in found),
        counted=counted,
    )
