"""What one go at a run has done so far, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from judgetui.core.events import BatchProgress, Progress
from judgetui.core.reply import Usage


@dataclass(slots=True)
class Tally:
    """The count of one invocation.

    Args:
        total: judgements asked for, over the run's life.
        counts: stored judgements by status, over the run's life.
        timer: seconds on a clock that never goes back.
        at_work: the judgements that are being made, by judge and the item's position.
        at_once: gives how many calls may be under way now.
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
    paused: bool = False
    at_once: Callable[[], int] = int
    batch: BatchProgress | None = None

    def progress(self) -> Progress:
        """Where the run stands now."""
        seconds = max(0.0, self.timer() - self.began)
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
            seconds_left=self._seconds_left(seconds),
            at_once=self.at_once(),
            paused=self.paused,
            batch=self.batch,
        )

    def _seconds_left(self, seconds: float) -> float | None:
        """What is left, as if none of it were in the session: what came from there took no time."""
        asked = self.judged * self.calls / (self.calls + self.cached) if self.calls else 0.0
        return seconds / asked * (self.total - sum(self.counts.values())) if asked else None

    def add(self, usage: Usage, cost: float | None) -> None:
        """Count a call that was answered."""
        self.calls += 1
        self.usage += usage
        self.cost_usd = None if cost is None or self.cost_usd is None else self.cost_usd + cost
