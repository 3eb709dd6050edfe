"""Games between models, counted from verdicts on pairs, and the ratings that come of them."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from judgetui.core.vote import Verdict

START: Final = 1000.0
"""Everyone's Elo before the first game, and the mean of Bradley-Terry ratings."""

SCALE: Final = 400.0
"""Points that stand for odds of 10 to 1 (Elo 1978, The Rating of Chessplayers)."""

RESAMPLES: Final = 1000
"""Times that games are drawn anew for an interval, as the Chatbot Arena does (FastChat, serve/monitor/elo_analysis.py,
`get_bootstrap_result`)."""

_HALVES: Final = {Verdict.A: 2, Verdict.B: 0, Verdict.TIE: 1, Verdict.BOTH_BAD: 1}


class Method(StrEnum):
    """How ratings are made."""

    ELO = "elo"
    BRADLEY_TERRY = "bradley-terry"


class Standing(StrEnum):
    """Whether a model has a rating, or else where it stands against those that have one."""

    RATED = "rated"
    ABOVE = "above"
    BELOW = "below"
    APART = "apart"


@dataclass(slots=True)
class Games:
    """Who played whom and how it ended, held as numbers.

    Args:
        models: the index of every model, in the order of appearance.
        first: index of model A of each game.
        second: index of model B of each game.
        halves: what A got in each game, in half points: 2, 1 or 0.
        ties: verdicts of neither side.
        both_bad: verdicts that both are bad; each is half a point for either side, as a tie.
        skipped: pairs without a verdict.
    """

    models: dict[str, int] = field(default_factory=dict)
    first: array[int] = field(default_factory=lambda: array("i"))
    second: array[int] = field(default_factory=lambda: array("i"))
    halves: array[int] = field(default_factory=lambda: array("b"))
    ties: int = 0
    both_bad: int = 0
    skipped: int = 0

    @property
    def n(self) -> int:
        """Games that count."""
        return len(self.halves)

    def add(self, model_a: str, model_b: str, verdict: Verdict | None) -> None:
        """Count a game; without a verdict it is skipped.

        Raises:
            ValueError: when a model plays itself.
        """
        if model_a == model_b:
            raise ValueError(f"{model_a!r} plays itself")
        if verdict is None:
            self.skipped += 1
            return
        self.first.append(self.models.setdefault(model_a, len(self.models)))
        self.second.append(self.models.setdefault(model_b, len(self.models)))
        self.halves.append(_HALVES[verdict])
        self.ties += verdict is Verdict.TIE
        self.both_bad += verdict is Verdict.BOTH_BAD

    def of_each(self) -> list[int]:
        """Games that each model took part in, by index."""
        counts = Counter(self.first)
        counts.update(self.second)
        return [counts[index] for index in range(len(self.models))]


@dataclass(frozen=True, slots=True)
class Rating:
    """One model's rating.

    Args:
        rating: None where there is no finite one.
        low: lower bound of the 95% interval; None when there is none.
        high: upper bound; None when there is none.
        games: games that the model took part in.
        why: the reason for what is absent, or what to know of the interval.
    """

    model: str
    rating: float | None
    low: float | None
    high: float | None
    games: int
    standing: Standing = Standing.RATED
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings of all models, best first, with their origin.

    Args:
        games: games that count.
        ties: ties among them, without `both_bad`.
        both_bad: verdicts among them that both are bad, counted as ties.
        skipped: pairs without a verdict, which do not count.
        seed: of orders and resamples.
        resamples: of the bootstrap that makes the intervals.
        k: Elo's K; None for Bradley-Terry.
        orders: random orders that an Elo rating is the mean of; 0 for Bradley-Terry.
        order_error: half width of the 95% interval of that mean over the orders, the largest of all models; how
            far other orders of the same games might move it. None for Bradley-Terry, or a single order.
        split: resamples in which games did not link all rated models; 0 for Elo.
    """

    method: Method
    ratings: tuple[Rating, ...]
    games: int
    ties: int
    both_bad: int
    skipped: int
    seed: int
    resamples: int
    k: float | None = None
    orders: int = 0
    order_error: float | None = None
    split: int = 0
