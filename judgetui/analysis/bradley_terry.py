"""Bradley-Terry ratings by maximum likelihood, with what to do where there is no maximum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, log
from typing import TYPE_CHECKING, Final

from judgetui.analysis.intervals import SEED, Interval
from judgetui.analysis.ratings import RESAMPLES, SCALE, START, Games, Method, Rating, Ratings, Standing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

_AT_ONCE: Final = 500_000
"""Numbers of one kind in memory at a time, 4 MB of them."""

_STEPS: Final = 500
_CLOSE: Final = 1e-7
"""Newton's method takes so many steps at most, and has come to its end when every model wins as many games as the
ratings expect, to this part of a game."""

_TINY: Final = 1e-300

_WHY: Final = {
    Standing.ABOVE: "it has no loss that links it to the rated models, so that no rating is high enough",
    Standing.BELOW: "it has no win that links it to the rated models, so that no rating is low enough",
    Standing.APART: "its wins and losses do not link it to the rated models",
}
_NONE_RATED: Final = "no two models are linked by wins both ways"


def bradley_terry(
    games: Games,
    anchor: str | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
    *,
    level: float = START,
    scale: float = SCALE,
) -> Ratings:
    """Bradley-Terry ratings: the log-odds of winning, fitted to all games at once, whatever their order.

    The fit minimises the logistic loss of the games, a tie being half a win and half a loss; 400 points are odds
    of 10 to 1 (Bradley and Terry 1952, Biometrika 39; FastChat, serve/monitor/elo_analysis.py). A finite minimum
    exists only among models that wins link both ways, directly or through others (Ford 1957, Am. Math. Monthly
    64). One that won all its games, say, is not among them: it gets a standing and no rating. Where there are
    several groups of linked models the anchor's is rated, or else the largest.

    The interval is a bootstrap over the games between rated models. Where a resample breaks a model's link, its
    rating there is beyond all bounds on the side where it stands, so that an interval can be open on that side.

    Args:
        anchor: the model that gets the rating `level`; without one, the mean of the rated models gets it.
        resamples: of the bootstrap; 0 leaves the interval out.
        seed: of the resamples; the same seed gives the same figures.
        scale: difference of ratings that stands for odds of 10 to 1.

    Raises:
        ValueError: without games, or for an anchor that did not play.
        ArithmeticError: if the fit comes to no end, which numbers of games beyond all use may lead to.
    """
    import numpy as np

    if not games.n:
        raise ValueError("Bradley-Terry needs games")
    if anchor is not None and anchor not in games.models:
        raise ValueError(f"{anchor!r} did not play")
    tally = _Tally.of(games)
    wins = tally.wins + (tally.ties + tally.ties.T) / 2
    (reach,) = _reached(wins[None])
    fixed = None if anchor is None else games.models[anchor]
    names = list(games.models)
    rated = _rated(reach, wins, names, fixed)
    points = np.full(len(wins), np.nan)
    bounds: dict[int, Interval] = {}
    split = 0
    if rated:
        unit = scale / log(10)
        among = np.ix_(rated, rated)
        (odds,) = _log_odds(wins[among][None], np.ones((1, len(rated)), dtype=bool))
        if np.isnan(odds).any():
            raise ArithmeticError("no maximum of the likelihood was found")
        place = None if fixed is None else rated.index(fixed)
        odds -= odds.mean() if place is None else odds[place]
        points[rated] = level + unit * odds
        tally = _Tally(tally.wins[among], tally.ties[among])
        lows, highs, split = _redrawn(tally, odds, place, resamples, seed)
        for at, index in enumerate(rated):
            bounds[index] = _interval(level + unit * lows[:, at], level + unit * highs[:, at], at == place)
    counts = games.of_each()
    found: list[tuple[tuple[bool, int, float, str], Rating]] = []
    for index, name in enumerate(names):
        if index in bounds:
            standing, bound, rating = Standing.RATED, bounds[index], float(points[index])
        else:
            standing, rating = _standing(reach, index, rated), None
            bound = Interval(None, None, _WHY[standing] if rated else _NONE_RATED)
        # Whoever is ahead, by wins over others or over those that won over others, comes first; then by rating.
        ahead = int(reach[index].sum()) - int(reach[:, index].sum())
        place_in_list = (standing is Standing.APART, -ahead, -(rating or 0.0), name)
        found.append(
            (place_in_list, Rating(name, rating, bound.low, bound.high, counts[index], standing, bound.why))
        )
    return Ratings(
        method=Method.BRADLEY_TERRY,
        ratings=tuple(rating for _, rating in sorted(found, key=lambda each: each[0])),
        games=games.n,
        ties=games.ties,
        both_bad=games.both_bad,
        skipped=games.skipped,
        seed=seed,
        resamples=resamples,
        split=split,
    )


@dataclass(frozen=True, slots=True)
class _Tally:
    """Games by pair.

    Args:
        wins: of shape (models, models): how often the row's model beat the column's.
        ties: of the same shape, each pair above the diagonal only.
    """

    wins: Floats
    ties: Floats

    @classmethod
    def of(cls, games: Games) -> _Tally:
        import numpy as np

        models = len(games.models)
        first, second = np.array(games.first), np.array(games.second)
        halves = np.array(games.halves)
        winner, loser = np.where(halves == 2, first, second), np.where(halves == 2, second, first)
        wins, ties = np.zeros((models, models)), np.zeros((models, models))
        decided = halves != 1
        np.add.at(wins, (winner[decided], loser[decided]), 1)
        low, high = np.minimum(first, second), np.maximum(first, second)
        np.add.at(ties, (low[~decided], high[~decided]), 1)
        return cls(wins, ties)

    def redrawn(self, resamples: int, seed: int) -> Iterator[Floats]:
        """As many games drawn with replacement: batches of wins, ties split, of shape (r, models, models)."""
        import numpy as np

        models = len(self.wins)
        won, tied = np.flatnonzero(self.wins), np.flatnonzero(self.ties)
        mirrored = tied % models * models + tied // models
        counts = np.concatenate([self.wins.ravel()[won], self.ties.ravel()[tied]])
        total = int(counts.sum())
        random = np.random.default_rng(seed)
        size = max(1, _AT_ONCE // models**2)
        for start in range(0, resamples, size):
            drawn = random.multinomial(total, counts / total, min(size, resamples - start)).astype(float)
            wins = np.zeros((len(drawn), models**2))
            wins[:, won] += drawn[:, : len(won)]
            wins[:, tied] += drawn[:, len(won) :] / 2
            wins[:, mirrored] += drawn[:, len(won) :] / 2
            yield wins.reshape(-1, models, models)


def _reached(wins: Floats) -> Bools:
    """Whom each model beat, or beat through others, itself included; shape (r, models, models) in and out."""
    import numpy as np

    models = wins.shape[-1]
    reach: Bools = (wins > 0) | np.eye(models, dtype=bool)
    for _ in range(max(1, (models - 1).bit_length())):
        reach = (reach.astype(np.float32) @ reach.astype(np.float32)) > 0
    return reach


def _rated(reach: Bools, played: Floats, names: Sequence[str], fixed: int | None) -> list[int]:
    """The models that get a rating: the anchor's group of linked models, else the largest.

    Among equals it is the group with the most games, then the first by name. A model linked to no other makes no
    group.
    """
    import numpy as np

    linked = reach & reach.T
    groups = {tuple(int(each) for each in row.nonzero()[0]) for row in linked}

    def rank(group: tuple[int, ...]) -> tuple[int, float, str]:
        inner = float(played[np.ix_(group, group)].sum())
        return -len(group), -inner, min(names[each] for each in group)

    if fixed is not None:
        groups = {group for group in groups if fixed in group}
    found = min(groups, key=rank)
    return list(found) if len(found) > 1 else []


def _standing(reach: Bools, index: int, rated: Sequence[int]) -> Standing:
    if rated and reach[index, rated[0]]:
        return Standing.ABOVE
    return Standing.BELOW if rated and reach[rated[0], index] else Standing.APART


def _log_odds(wins: Floats, members: Bools) -> Floats:
    """Fit by Newton's method with damped steps.

    Far from the minimum the loss is nearly flat, and full steps would leap out of reach. A step that changes the
    gap between two models by r is cut to ln(1 + r), with which the loss always falls (Sun and Tran-Dinh 2019,
    Mathematical Programming 178, for losses whose third derivative is at most the second, as here).

    Args:
        wins: of shape (r, models, models), ties split.
        members: of shape (r, models), models linked both ways.

    Returns:
        Of shape (r, models), with the mean 0 over members, and 0 for others; nan where no minimum was found.
    """
    import numpy as np

    both = members[:, :, None] & members[:, None, :]
    won = wins * both
    played = won + won.transpose(0, 2, 1)
    one = np.eye(won.shape[-1])
    # Only differences count; this fixes the mean, and gives others a step of 0.
    ridge = both / np.maximum(members.sum(axis=1), 1)[:, None, None] + one * ~members[:, None, :]

    odds = np.zeros(members.shape)
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(odds[:, None, :] - odds[:, :, None]))
        slope = (won - played * chance).sum(axis=2)
        going = np.abs(slope).max(axis=1) > _CLOSE
        if not going.any():
            return odds
        curve = played * chance * (1 - chance)
        curvature = ridge - curve + one * curve.sum(axis=2)[:, :, None]
        step = np.linalg.solve(curvature, slope[:, :, None])[:, :, 0]
        change = np.ptp(step, axis=1, keepdims=True)
        odds += step * going[:, None] * np.log1p(change) / np.maximum(change, _TINY)
    odds[going] = np.nan
    return odds


def _redrawn(
    tally: _Tally, odds: Floats, place: int | None, resamples: int, seed: int
) -> tuple[Floats, Floats, int]:
    """Log-odds in each resample as lower and upper bounds, of shape (resamples, models), and how many split.

    The bounds are equal where a model is rated, infinite where it is not.
    """
    import numpy as np

    models = len(odds)
    lows, highs = [np.empty((0, models))], [np.empty((0, models))]
    split = 0
    for wins in tally.redrawn(resamples, seed):
        reach = _reached(wins)
        linked = reach & reach.transpose(0, 2, 1)
        rows = np.arange(len(wins))
        centre = linked.sum(axis=2).argmax(axis=1) if place is None else np.full(len(wins), place)
        group = linked[rows, centre]
        members = group & (group.sum(axis=1, keepdims=True) > 1)
        found = _log_odds(wins, members)
        members &= ~np.isnan(found)
        if place is None:
            # As high, on average, as the same models stand in all games.
            size = np.maximum(members.sum(axis=1), 1)
            found += ((members * odds).sum(axis=1) / size)[:, None]
        else:
            found -= found[:, [place]]
        above, below = reach[rows, :, centre] & ~group, reach[rows, centre] & ~group
        if place is None:  # where no two are linked, only who is ahead of all or behind all stands somewhere
            alone = group.sum(axis=1, keepdims=True) == 1
            above = np.where(alone, reach.all(axis=2), above)
            below = np.where(alone, reach.all(axis=1), below)
        lows.append(np.where(members, found, np.where(above, inf, -inf)))
        highs.append(np.where(members, found, np.where(below, -inf, inf)))
        split += int((~members.all(axis=1)).sum())
    return np.concatenate(lows), np.concatenate(highs), split


def _interval(lows: Floats, highs: Floats, is_anchor: bool) -> Interval:
    """The interval between the 2.5th and 97.5th percentile, open where these are infinite."""
    import numpy as np

    if is_anchor:
        return Interval(None, None, "its rating is set")
    if not len(lows):
        return Interval(None, None, "no resamples were asked for")
    edge = int(0.025 * (len(lows) - 1))
    low, high = float(np.sort(lows)[edge]), float(np.sort(highs)[-1 - edge])
    broken = int((~np.isfinite(lows) | ~np.isfinite(highs)).sum())
    why = f"in {broken} of {len(lows)} resamples wins and losses do not link it both ways" if broken else ""
    return Interval(low if abs(low) < inf else None, high if abs(high) < inf else None, why)
