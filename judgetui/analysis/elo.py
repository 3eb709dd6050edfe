"""Online Elo over many random orders, which are played side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Final

from judgetui.analysis.intervals import RESAMPLES, SEED, Interval, percentiles
from judgetui.analysis.ratings import SCALE, START, Games, Method, Rating, Ratings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Picks = NDArray[np.int32]

K: Final = 4.0
"""Points that a game can move a rating. QLoRA's text says 32, but its Table 1 comes out with 4."""

ORDERS: Final = 1000
"""Random orders; QLoRA takes 10,000."""

_AT_ONCE: Final = 32_000_000
"""Picks of games in memory at a time, 128 MB of them, and once more while they are turned."""

_WIDTH: Final = 4096
"""Orders that are played side by side, so that their ratings stay in the processor's cache."""


def elo(
    games: Games,
    k: float = K,
    orders: int = ORDERS,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    *,
    start: float = START,
    scale: float = SCALE,
    base: float = 10.0,
) -> Ratings:
    """Online Elo ratings, the mean over random orders of the games.

    Each game moves either rating by K * (S - E), where S is 1, 0.5 or 0 and E = 1 / (1 + base ** ((R_other - R) /
    scale)) (Elo 1978). The mean over orders is QLoRA's (Dettmers et al. 2023, arXiv 2305.14314, Table 1). The
    interval is the Chatbot Arena's bootstrap (FastChat, serve/monitor/elo_analysis.py): as many games, drawn with
    replacement, in random order, are rated anew. It holds which games were played, and in which order.

    Args:
        k: points that a game can move a rating.
        orders: how many random orders are played.
        resamples: of the bootstrap; 0 leaves the interval out.
        seed: of orders and resamples; the same seed gives the same figures.
        start: every rating before the first game.
        scale: difference of ratings that stands for odds of `base` to 1.

    Raises:
        ValueError: without games, or for a k, scale or base that rates nothing.
    """
    import numpy as np

    if not games.n or not (k > 0 and scale > 0 and base > 1 and orders > 0):
        raise ValueError("Elo needs games, orders, a base above 1, and k and scale above 0")
    table = _Table.of(games, k, start, log(base) / scale)
    for_orders, for_resamples = (
        np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(2)
    )

    def shuffled(rows: int) -> Picks:
        each = np.broadcast_to(np.arange(games.n, dtype=np.int32), (rows, games.n))
        return for_orders.permuted(each, axis=1)

    def redrawn(rows: int) -> Picks:
        return for_resamples.integers(0, games.n, (rows, games.n), dtype=np.int32)

    played = table.played(shuffled, orders)
    error = 1.96 * float(played.std(axis=0, ddof=1).max()) / orders**0.5 if orders > 1 else None
    if resamples:
        bounds = [percentiles(column, games.n) for column in table.played(redrawn, resamples).T]
    else:
        bounds = [Interval(None, None, "no resamples were asked for")] * len(games.models)
    means = [float(mean) for mean in played.mean(axis=0)]
    ratings = [
        Rating(model, mean, bound.low, bound.high, count, why=bound.why)
        for model, mean, bound, count in zip(games.models, means, bounds, games.of_each(), strict=True)
    ]
    best_first = sorted(zip(means, ratings, strict=True), key=lambda each: (-each[0], each[1].model))
    return Ratings(
        method=Method.ELO,
        ratings=tuple(rating for _, rating in best_first),
        games=games.n,
        ties=games.ties,
        both_bad=games.both_bad,
        skipped=games.skipped,
        seed=seed,
        resamples=resamples,
        k=k,
        orders=orders,
        order_error=error,
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """The games as arrays of shape (games,), and how they are rated.

    Args:
        score: S of model A.
        rate: natural logarithm of the odds that one point of difference stands for.
    """

    models: int
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    score: Floats
    k: float
    start: float
    rate: float

    @classmethod
    def of(cls, games: Games, k: float, start: float, rate: float) -> _Table:
        import numpy as np

        return cls(
            models=len(games.models),
            first=np.array(games.first, dtype=np.intp),
            second=np.array(games.second, dtype=np.intp),
            score=np.array(games.halves, dtype=float) / 2,
            k=k,
            start=start,
            rate=rate,
        )

    def played(self, draw: Callable[[int], Picks], rows: int) -> Floats:
        """Final ratings of so many sequences of games, of shape (rows, models)."""
        import numpy as np

        return np.concatenate([self._play(draw(some)) for some in _portions(rows, len(self.score))])

    def _play(self, picks: Picks) -> Floats:
        """Final ratings of sequences of games, each a row of `picks`."""
        import numpy as np

        rows = len(picks)
        ratings = np.full(rows * self.models, self.start, dtype=float)
        place = np.arange(rows) * self.models
        with np.errstate(over="ignore"):  # a hopeless game: the chance is then 0
            for games in np.ascontiguousarray(picks.T):
                a, b = place + self.first[games], place + self.second[games]
                rating_a, rating_b = ratings[a], ratings[b]
                chance = 1 / (1 + np.exp((rating_b - rating_a) * self.rate))
                change = self.k * (self.score[games] - chance)
                ratings[a] = rating_a + change
                ratings[b] = rating_b - change
        return ratings.reshape(rows, self.models)


def _portions(rows: int, games: int) -> Iterator[int]:
    """How many sequences are played at a time, so that memory stays bounded."""
    size = max(1, min(_WIDTH, _AT_ONCE // games))
    for start in range(0, rows, size):
        yield min(size, rows - start)
