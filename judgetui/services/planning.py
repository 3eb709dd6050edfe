"""What a run will ask for, before it asks: calls, tokens, and between what and what it will cost."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from judgetui.core.item import Item
from judgetui.core.protocols.base import source_for
from judgetui.core.protocols.prompts import Prompter
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import Usage
from judgetui.core.rubric import Rubric
from judgetui.core.vote import ScoreSource
from judgetui.providers.base import JudgeProvider
from judgetui.providers.prices import price
from judgetui.providers.prompt_caches import cached_from, most_written
from judgetui.services.breath import Breath
from judgetui.services.planned_calls import PlannedCalls, plan_calls
from judgetui.services.token_counts import COUNT_SECONDS, Counts, count_prompts
from judgetui.storage.database import SessionFile


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will ask of one judge, when nothing is retried.

    Args:
        calls: requests, of which several may travel as one, if nothing were answered from the session.
        held: of these, those that the session holds the replies to; they cost nothing.
        certain: whether the judge is asked about every item; a later one of a cascade may be asked about none.
        input_tokens: of the prompts that are sent, all of them.
        cacheable_tokens: of these, those that the provider may have in its cache from an earlier call of the run.
        exact: whether the model's own vocabulary counted them.
        method: how they were counted.
        least_output: tokens, when every reply is the bare verdict.
        most_output: tokens, when every reply is as long as it may be, thinking included.
        cost_low: US dollars at the least; None when the price is not known.
        cost_high: US dollars at the most.
        source: where scores will come from; None for verdicts.
        batch: whether both figures are those of a batch.
    """

    judge: str
    calls: int
    held: int
    certain: bool
    input_tokens: int
    cacheable_tokens: int
    exact: bool
    method: str
    least_output: int
    most_output: int
    cost_low: float | None
    cost_high: float | None
    source: ScoreSource | None
    batch: bool

    @property
    def sent(self) -> int:
        """Calls that will be sent, at most."""
        return self.calls - self.held

    @property
    def least_sent(self) -> int:
        """Calls that will be sent, at least."""
        return self.sent if self.certain else 0

    @property
    def low_assumes(self) -> str:
        """What the low figure takes for granted, in a few words; empty where there is nothing to say."""
        if not self.certain:
            return "no item comes so far"
        replies = "bare verdicts" if self.most_output else ""
        cache = "the rubric from the cache" if self.cacheable_tokens else ""
        return ", ".join(filter(None, (replies, cache)))

    @property
    def high_assumes(self) -> str:
        """The same of the high one."""
        replies = "the longest replies" if self.most_output else ""
        cache = "nothing from the cache" if self.cacheable_tokens else ""
        return ", ".join(filter(None, (replies, cache)))


@dataclass(frozen=True, slots=True)
class Estimates:
    """What a run will ask of each of its judges, in their order.

    A sum of costs is None as soon as one of them is not known.
    """

    judges: tuple[Estimate, ...]

    @property
    def calls(self) -> int:
        """Of all judges, when each is asked about every item."""
        return sum(each.calls for each in self.judges)

    @property
    def held(self) -> int:
        """Of these, those that are answered from the session."""
        return sum(each.held for each in self.judges)

    @property
    def cost_low(self) -> float | None:
        """US dollars at the least."""
        return _total([each.cost_low for each in self.judges])

    @property
    def cost_high(self) -> float | None:
        """US dollars at the most."""
        return _total([each.cost_high for each in self.judges])


async def estimate_run(
    rubric: Rubric,
    items: Sequence[Item],
    judges: Sequence[JudgeProvider],
    samples: int | None = None,
    *,
    order: str | None = None,
    session: SessionFile | None = None,
    batch: bool = False,
    cascade: bool = False,
) -> Estimates:
    """Count what judging these items by several judges would send.

    Args:
        cascade: whether only the first judge is asked about every item, and each further one about those that the one
            before leaves open: none of them at the least, all at the most.

    Raises:
        ItemError: if an item has not what the rubric needs.
        TemplateError: if the template cannot be rendered.
    """
    tasks = [
        asyncio.create_task(
            estimate(
                rubric,
                items,
                judge,
                samples,
                order=order,
                session=session,
                batch=batch,
                certain=not (cascade and place),
            )
        )
        for place, judge in enumerate(judges)
    ]
    try:
        return Estimates(tuple([await task for task in tasks]))
    finally:
        for task in tasks:
            task.cancel()


async def estimate(
    rubric: Rubric,
    items: Sequence[Item],
    judge: JudgeProvider,
    samples: int | None = None,
    *,
    order: str | None = None,
    session: SessionFile | None = None,
    batch: bool = False,
    certain: bool = True,
    seconds: float = COUNT_SECONDS,
) -> Estimate:
    """Count what judging these items would send.

    The least it costs: what the session holds is free, the rubric's part of a prompt comes from the provider's cache
    in all calls but the first that begins so, and replies are bare verdicts. The most: nothing comes from that cache,
    all that may be is written to it, and every reply is as long as it may be.

    Args:
        samples: overrides the rubric's number of votes.
        order: overrides the rubric's order of answers.
        session: where replies are looked up; None when all is asked afresh.
        batch: whether the calls go to the provider's batch service.
        certain: whether the judge is asked about every item.
        seconds: until the provider's own token counter is given up.

    Raises:
        ItemError: if an item has not what the rubric needs.
        TemplateError: if the template cannot be rendered.
    """
    protocol = get_protocol(rubric.protocol)
    if samples is not None:
        rubric = replace(rubric, sampling=replace(rubric.sampling, n=samples))
    capabilities = judge.capabilities
    source = source_for(
        protocol, rubric, capabilities.logprobs is not False, samples, decisions=capabilities.decisions
    )
    prompter = Prompter(protocol, rubric, source, order)
    planned = await plan_calls(judge, (prompter.requests(item) for item in items), session)
    counts = await count_prompts(judge, planned, seconds)
    sums = await _summed(judge, planned, counts, batch)
    return Estimate(
        judge=judge.judge,
        calls=planned.calls,
        held=planned.calls - len(planned.sent),
        certain=certain,
        input_tokens=sums.input,
        cacheable_tokens=sums.cacheable,
        exact=counts.exact,
        method=counts.method,
        least_output=sums.least_output,
        most_output=sums.most_output,
        cost_low=sums.low if certain or sums.low is None else 0.0,
        cost_high=sums.high,
        source=source if protocol.default_scale is not None else None,
        batch=batch,
    )


@dataclass(slots=True)
class _Sums:
    """Tokens and US dollars of all calls that are sent."""

    input: int = 0
    cacheable: int = 0
    least_output: int = 0
    most_output: int = 0
    low: float | None = 0.0
    high: float | None = 0.0


async def _summed(judge: JudgeProvider, planned: PlannedCalls, counts: Counts, batch: bool) -> _Sums:
    name, endpoint = judge.judge, judge.endpoint
    sums, breath = _Sums(), Breath()
    if await asyncio.to_thread(price, name, Usage(0, 0), endpoint, batch) is None:  # it loads the table
        sums.low = sums.high = None
    least_cached = cached_from(name, endpoint)
    for number, call in enumerate(planned.sent):
        tokens = counts.tokens(number, call.characters)
        stable = round(tokens * call.stable / call.characters) if call.stable else 0
        kept = 0 if least_cached is None or stable < least_cached else stable
        read, write = (0, kept) if call.first else (kept, 0)
        sums.input += tokens
        sums.cacheable += read
        sums.least_output += call.least_output
        sums.most_output += call.most_output
        cheap = Usage(tokens, call.least_output, read, cache_write=write)
        dear = Usage(tokens, call.most_output, cache_write=most_written(name, endpoint, tokens, stable))
        sums.low = _plus(sums.low, name, cheap, endpoint, batch)
        sums.high = _plus(sums.high, name, dear, endpoint, batch)
        await breath.take()
    return sums


def _plus(cost: float | None, judge: str, usage: Usage, endpoint: str, batch: bool) -> float | None:
    more = None if cost is None else price(judge, usage, endpoint, batch)
    return None if cost is None or more is None else cost + more


def _total(costs: Sequence[float | None]) -> float | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
