"""Online Elo over many random orders, which are played side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any, Final

from judgetui.analysis.intervals import SEED, Interval, percentiles
from judgetui.analysis.ratings import RESAMPLES, SCALE, START, Games, Method, Rating, Ratings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.unsignedinteger[Any]]

K: Final = 4.0
"""Points that a game can move a rating. QLoRA's text says 32, but its Table 1 comes out with 4."""

ORDERS: Final = 1000
"""Random orders; QLoRA takes 10,000."""

_AT_ONCE: Final = 128_000_000
"""Bytes of shuffled games in memory at a time."""

_WIDTH: Final = 500
"""Orders that are played side by side: enough to make up for the call that each step is, and few enough for their
ratings to stay in the processor's cache."""

_STEPS: Final = 256
"""Games of each order that are looked up at a time."""


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
    played = table.played(table.shuffled(for_orders, orders))
    error = 1.96 * float(played.std(axis=0, ddof=1).max()) / orders**0.5 if orders > 1 else None
    if resamples:
        redrawn = table.played(table.redrawn(for_resamples, resamples))
        bounds = [percentiles(column, games.n) for column in redrawn.T]
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
    """The games by their kinds, since those with the same models and the same end are alike, and how they are rated.

    Args:
        kinds: the kind of each game, of shape (games,), in the smallest type that holds it.
        first: index of model A, of shape (kinds,).
        second: index of model B, likewise.
        score: S of model A, likewise.
        rate: natural logarithm of the odds that one point of difference stands for.
    """

    models: int
    kinds: Codes
    first: NDArray[np.intp]
    second: NDArray[np.intp]
    score: Floats
    k: float
    start: float
    rate: float

    @classmethod
    def of(cls, games: Games, k: float, start: float, rate: float) -> _Table:
        import numpy as np

        models = len(games.models)
        first, second, halves = (
            np.array(each, dtype=np.int64) for each in (games.first, games.second, games.halves)
        )
        distinct, kinds = np.unique((first * models + second) * 3 + halves, return_inverse=True)
        return cls(
            models=models,
            kinds=kinds.astype(np.min_scalar_type(len(distinct))),
            first=(distinct // 3 // models).astype(np.intp),
            second=(distinct // 3 % models).astype(np.intp),
            score=distinct % 3 / 2,
            k=k,
            start=start,
            rate=rate,
        )

    def shuffled(self, random: np.random.Generator, rows: int) -> Iterator[Iterator[Codes]]:
        """Every game once, in random orders: for so many orders at a time the kinds of the next games, of shape
        (games, orders)."""
        import numpy as np

        n = len(self.kinds)
        for some in _portions(rows, _AT_ONCE // (n * self.kinds.itemsize)):
            each = np.empty((some, n), dtype=self.kinds.dtype)
            for order in each:
                order[:] = random.permutation(self.kinds)
            yield (each[:, at : at + _STEPS].T for at in range(0, n, _STEPS))

    def redrawn(self, random: np.random.Generator, rows: int) -> Iterator[Iterator[Codes]]:
        """As many games drawn with replacement, in random order; as `shuffled`."""
        n = len(self.kinds)
        for some in _portions(rows, _WIDTH):
            yield (
                self.kinds[random.integers(0, n, (steps, some), dtype="int32")]
                for steps in _portions(n, _STEPS)
            )

    def played(self, orders: Iterable[Iterator[Codes]]) -> Floats:
        """Final ratings after sequences of games, of shape (sequences, models)."""
        import numpy as np

        return np.concatenate([self._play(steps) for steps in orders])

    def _play(self, steps: Iterator[Codes]) -> Floats:
        """Final ratings of sequences that are played side by side.

        Ratings are held in units of K above the start, so that a game adds S - E.
        """
        import numpy as np

        scale = self.k * self.rate
        ratings = np.empty(0)
        place: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        with np.errstate(over="ignore"):  # a hopeless game: the chance is then 0
            for kinds in steps:
                rows = kinds.shape[1]
                if not len(place):
                    place, ratings = np.arange(rows) * self.models, np.zeros(rows * self.models)
                    rating_a, rating_b, change = np.empty((3, rows))
                first, second = self.first[kinds] + place, self.second[kinds] + place
                for a, b, won in zip(first, second, self.score[kinds], strict=True):
                    # "clip" writes to `out` without a copy; no index is out of range
                    ratings.take(a, out=rating_a, mode="clip")
                    ratings.take(b, out=rating_b, mode="clip")
                    np.subtract(rating_b, rating_a, out=change)
                    change *= scale
                    np.exp(change, out=change)
                    change += 1
                    np.divide(1.0, change, out=change)
                    np.subtract(won, change, out=change)
                    rating_a += change
                    rating_b -= change
                    ratings[a] = rating_a
                    ratings[b] = rating_b
        return self.start + self.k * ratings.reshape(-1, self.models)


def _portions(whole: int, most: int) -> Iterator[int]:
    """How many at a time; no more than `_WIDTH`, so that memory stays bounded."""
    size = max(1, min(_WIDTH, most))
    for start in range(0, whole, size):
        yield min(size, whole - start)
