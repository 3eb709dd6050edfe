"""What one go at a run has done so far, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from judgetui.core.events import Progress
from judgetui.core.vote import Usage
from judgetui.providers.prices import price
from judgetui.services.asking import Answer


@dataclass(slots=True)
class Tally:
    """The count of one invocation.

    Args:
        counts: stored judgements by status, over the run's life.
        timer: seconds on a clock that never goes back.
        at_work: the judgements that are being made, by judge and the item's position.
        endpoints: the address that each judge answered from, for its price.
    """

    run_id: int
    total: int
    counts: Counter[str]
    timer: Callable[[], float]
    began: float = 0.0
    judged: int = 0
    at_work: set[tuple[str, int]] = field(default_factory=set)
    calls: int = 0
    cached: int = 0
    retries: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = 0.0
    endpoints: dict[str, str] = field(default_factory=dict)

    def progress(self) -> Progress:
        """Where the run stands now."""
        seconds = max(0.0, self.timer() - self.began)
        left = self.total - sum(self.counts.values())
        return Progress(
            run_id=self.run_id,
            total=self.total,
            counts=dict(self.counts),
            at_work=frozenset(self.at_work),
            calls=self.calls,
            cached=self.cached,
            retries=self.retries,
            usage=self.usage,
            cost_usd=self.cost_usd,
            seconds=seconds,
            seconds_left=seconds / self.judged * left if self.judged else None,
        )

    def add(self, judge: str, answer: Answer) -> None:
        """Count a reply."""
        self.endpoints[judge] = answer.endpoint
        if answer.cached:
            self.cached += 1
            return
        self.calls += 1
        self.usage += answer.reply.usage
        cost = self.cost(judge, answer.reply.usage)
        self.cost_usd = None if cost is None or self.cost_usd is None else self.cost_usd + cost

    def cost(self, judge: str, usage: Usage) -> float | None:
        """US dollars for a reply of a judge that has answered; None when its price is not known."""
        return price(judge, usage, self.endpoints.get(judge, ""))
