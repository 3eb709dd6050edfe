"""What a figure is: a value with its n, its interval, and the reason where there is none."""

from __future__ import annotations

from dataclasses import dataclass

from judgetui.analysis.intervals import Interval, Rate


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure about judgements.

    Args:
        value: None where it has no meaning.
        n: how many items, pairs of votes or groups it was computed from.
        low: lower bound of the 95% interval; None when there is no interval.
        high: upper bound; None when there is no interval.
        why: the reason for the absent value or interval, or what to know of the interval.
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    why: str = ""

    @classmethod
    def of_rate(cls, rate: Rate | None) -> Figure:
        """A share with Wilson's interval; None stands for a share of nothing."""
        if rate is None:
            return cls(None, 0, why="there is nothing to compare")
        return cls(rate.value, rate.n, rate.low, rate.high)

    def within(self, interval: Interval) -> Figure:
        """The same figure with this interval; a figure without a value takes none."""
        if self.value is None:
            return self
        return Figure(self.value, self.n, interval.low, interval.high, interval.why)
