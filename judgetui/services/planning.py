"""What a run will ask for, before it asks: calls, tokens, cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from judgetui.core.item import Item
from judgetui.core.protocols.base import source_for
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.rubric import Rubric
from judgetui.core.vote import ScoreSource, Usage
from judgetui.providers.base import JudgeProvider
from judgetui.providers.prices import price


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will ask for.

    Args:
        calls: requests, when nothing is answered from the session and nothing is retried.
        input_tokens: of all prompts.
        exact: whether the model's own vocabulary counted them.
        method: how they were counted.
        most_output: tokens, when every reply is as long as it may be.
        cost_low: US dollars without any output; None when the price is not known.
        cost_high: US dollars with the longest replies.
        source: where scores will come from; None for verdicts.
    """

    calls: int
    input_tokens: int
    exact: bool
    method: str
    most_output: int
    cost_low: float | None
    cost_high: float | None
    source: ScoreSource | None


async def estimate(
    rubric: Rubric, items: Sequence[Item], judge: JudgeProvider, samples: int | None = None
) -> Estimate:
    """Count what judging these items would send.

    Raises:
        ItemError: if an item has not what the rubric needs.
        TemplateError: if the template cannot be rendered.
    """
    protocol = get_protocol(rubric.protocol)
    source = source_for(protocol, rubric, judge.capabilities.logprobs is not False, samples)
    requests = [request for item in items for request in protocol.plan(rubric, item, source)]
    total, exact, method = 0, True, ""
    counted: dict[object, int] = {}
    for request in requests:
        tokens = counted.get(request.messages)
        if tokens is None:
            count = await judge.count_tokens(request)
            tokens = counted[request.messages] = count.tokens
            exact, method = exact and count.exact, count.method
        total += tokens
    most = sum(request.max_tokens for request in requests)
    endpoint = str(judge.body(requests[0]).get("endpoint", "")) if requests else ""
    return Estimate(
        calls=len(requests),
        input_tokens=total,
        exact=exact,
        method=method,
        most_output=most,
        cost_low=price(judge.judge, Usage(total, 0, 0), endpoint),
        cost_high=price(judge.judge, Usage(total, most, 0), endpoint),
        source=source if protocol.default_scale is not None else None,
    )
