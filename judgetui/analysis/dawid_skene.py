"""Judges' error rates and items' classes, estimated together from what several judges said.

Dawid and Skene 1979, Maximum Likelihood Estimation of Observer Error-Rates Using the EM Algorithm, Applied
Statistics 28, 20-28. Each item has one true class; a judge says each class with a probability that depends on
the true one alone, and judges err independently of each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import RESAMPLES, SEED, Interval, bootstrap

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FEWEST: Final = 3
"""Judges that the model needs. Two leave it unidentified: five unknowns of two classes, and three figures to know
them by (Hui and Walter 1980, Biometrics 36, 167-171; Walter and Irwig 1988, J Clin Epidemiol 41, 923-937); three
suffice, but for the names of the classes (Allman, Matias and Rhodes 2009, Annals of Statistics 37, 3099-3132)."""

TOLERANCE: Final = 1e-6
"""The fit ends when no item's probability of a class changes by more."""

MOST_ITERATIONS: Final = 2000
"""It ends without having converged after so many."""

_ROUGH: Final = 1e-3
_MOST_ROUGH: Final = 200
"""The same for resamples, which start from the fit to all items."""

_LARGEST: Final = 10_000
"""Distinct answers of the jury times classes above which items are not resampled: it would take minutes at 20,000."""

_AT_ONCE: Final = 500_000
"""Probabilities of resamples in memory at a time, 4 MB of each of the arrays they take."""

_DIGITS: Final = 12
"""Decimals of probabilities that are kept: where judges draw exactly, the rest would tip the scales by and by."""

_TINY: Final = 1e-300
"""Stands for 0 in logarithms."""

_HALF: Final = 0.5
"""Expected items of a class below which nothing is said of how a judge sees it."""


@dataclass(frozen=True, slots=True)
class JudgeModel:
    """What is estimated of one judge.

    Args:
        confusion: by true class, then by what it says; rows sum to 1.
        expected: how many of its items are of each class, by their probabilities.
        accuracy: the probability that it says an item's class, over all classes by their share.
        by_class: the same for each class, the diagonal of `confusion`.
    """

    confusion: tuple[tuple[float, ...], ...]
    expected: tuple[float, ...]
    accuracy: Figure
    by_class: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """What the model makes of the judges' answers.

    Args:
        prior: the share of each class.
        posterior: of each item, the probability of each class.
        judges: in the order given.
        objective: after each iteration, the log-likelihood plus the logarithm of the prior that the smoothing
            stands for; it never falls.
        converged: whether the last iteration changed next to nothing.
        smoothing: what was added to each count.
    """

    prior: tuple[float, ...]
    posterior: tuple[tuple[float, ...], ...]
    judges: tuple[JudgeModel, ...]
    objective: tuple[float, ...]
    converged: bool
    smoothing: float

    @property
    def iterations(self) -> int:
        """How many there were."""
        return len(self.objective)


def fit(
    counts: ArrayLike, *, smoothing: float | None = None, resamples: int = RESAMPLES, seed: int = SEED
) -> Fit:
    """Fit the model by EM, from the shares of the votes (formula 3.1 of the paper); the same data, the same fit.

    The M-step is formulas 2.3 and 2.4, the E-step 2.5. To each count of 2.3 and 2.4 the smoothing is added, so
    that few items do not make a probability 0 or 1: by default 1 in as many parts as there are classes, as if
    each judge had met one further item of each class and its answer were spread evenly (Perks 1947; for two
    classes Jeffreys' half). That is EM for the maximum of the posterior under a Dirichlet prior with parameters
    1 + smoothing (Dempster, Laird and Rubin 1977). With 0 it is the paper's own estimate.

    Intervals are percentile bootstrap by item (Efron and Tibshirani 1993, chapter 13); each resample is fitted
    from where all items left it.

    Args:
        counts: of shape (items, judges, classes), how often each judge said each class of each item.

    Raises:
        ValueError: for fewer than three judges, an item that nobody judged, or a judge without an item.
    """
    import numpy as np

    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 3 or table.shape[1] < FEWEST or not table.shape[0] or not table.shape[2]:
        raise ValueError(f"counts of shape {table.shape}; three judges are the fewest")
    if (table.sum((1, 2)) <= 0).any() or (table.sum((0, 2)) <= 0).any():
        raise ValueError("an item or a judge without any answer")
    items, judges, classes = table.shape
    extra = 1 / classes if smoothing is None else smoothing
    patterns, of_item, times = np.unique(
        table.reshape(items, -1), axis=0, return_inverse=True, return_counts=True
    )
    of_item = of_item.ravel()
    start = patterns.reshape(-1, judges, classes).sum(1)
    start /= start.sum(1, keepdims=True)
    found = _em(patterns, times[None].astype(np.float64), start, extra, TOLERANCE, MOST_ITERATIONS)

    def figures(weights: Floats) -> Floats:
        drawn = np.stack([np.bincount(of_item, row, len(patterns)).astype(np.float64) for row in weights])
        rows = max(1, _AT_ONCE // (len(patterns) * classes))
        return np.concatenate(
            [
                _diagonals(
                    patterns,
                    drawn[first : first + rows],
                    _em(
                        patterns, drawn[first : first + rows], found.posterior[0], extra, _ROUGH, _MOST_ROUGH
                    ),
                )
                for first in range(0, len(drawn), rows)
            ]
        )

    known = _diagonals(patterns, times[None].astype(np.float64), found)[0]
    if len(patterns) * classes > _LARGEST:
        why = f"the jury gave {len(patterns):,} different answers, too many to resample the items"
        intervals = (Interval(None, None, why),) * len(known)
    else:
        intervals = bootstrap(figures, items, resamples=resamples, seed=seed)
    each = [_figure(float(value), interval) for value, interval in zip(known, intervals, strict=True)]
    expected = _expected(patterns, times[None].astype(np.float64), found)[0]
    return Fit(
        prior=_floats(found.prior[0]),
        posterior=tuple(_floats(row) for row in found.posterior[0][of_item]),
        judges=tuple(
            JudgeModel(
                confusion=tuple(_floats(row) for row in found.rates[0, :, judge]),
                expected=_floats(expected[judge]),
                accuracy=_with_n(each[judge], expected[judge].sum()),
                by_class=tuple(
                    _with_n(each[judges + judge * classes + k], expected[judge, k]) for k in range(classes)
                ),
            )
            for judge in range(judges)
        ),
        objective=tuple(found.objective),
        converged=found.converged,
        smoothing=extra,
    )


@dataclass(slots=True)
class _Found:
    """EM's state for r weightings of p patterns: prior (r, k), rates (r, k, judges, k), posterior (r, p, k)."""

    prior: Floats
    rates: Floats
    posterior: Floats
    objective: list[float]
    converged: bool


def _em(
    patterns: Floats, weights: Floats, start: Floats, extra: float, tolerance: float, most: int
) -> _Found:
    """Run EM for several weightings of the same patterns at once.

    Args:
        patterns: of shape (p, judges * classes), each different set of answers once.
        weights: of shape (r, p), how many items have each.
        start: of shape (p, classes), the classes' probabilities to begin with.
    """
    import numpy as np

    runs, classes = len(weights), start.shape[1]
    posterior = np.broadcast_to(start, (runs, *start.shape))
    objective: list[float] = []
    while True:
        mass = weights[:, None, :] * posterior.transpose(0, 2, 1)
        prior = mass.sum(-1) + extra
        prior /= prior.sum(-1, keepdims=True)
        said = (mass @ patterns).reshape(runs, classes, -1, classes) + extra
        totals = said.sum(-1, keepdims=True)
        rates = np.divide(said, totals, out=np.full_like(said, 1 / classes), where=totals > 0)
        log_prior = np.log(np.maximum(prior, _TINY))
        log_rates = np.log(np.maximum(rates, _TINY)).reshape(runs, classes, -1)
        joint = log_prior[:, :, None] + log_rates @ patterns.T
        top = joint.max(1, keepdims=True)
        evidence = top + np.log(np.exp(joint - top).sum(1, keepdims=True))
        after = np.exp(joint - evidence).transpose(0, 2, 1).round(_DIGITS)
        likelihood = (weights * evidence[:, 0]).sum() + extra * (log_prior.sum() + log_rates.sum())
        objective.append(float(likelihood))
        change = float(np.abs(after - posterior).max())
        posterior = after
        if change < tolerance or len(objective) >= most:
            return _Found(prior, rates, posterior, objective, change < tolerance)


def _expected(patterns: Floats, weights: Floats, found: _Found) -> Floats:
    """How many items of each class each judge judged, of shape (r, judges, classes)."""
    classes = found.prior.shape[1]
    judged = patterns.reshape(len(patterns), -1, classes).sum(-1)
    mass: Floats = (weights[:, :, None] * found.posterior).transpose(0, 2, 1) @ judged
    return mass.transpose(0, 2, 1)


def _diagonals(patterns: Floats, weights: Floats, found: _Found) -> Floats:
    """Each judge's accuracy, then judge by judge that in each class, of shape (r, judges * (1 + classes)).

    A class of which a judge has less than half an item has no value.
    """
    import numpy as np

    right = np.einsum("rkjk->rjk", found.rates)
    whole = (right * found.prior[:, None, :]).sum(-1)
    seen = np.where(_expected(patterns, weights, found) >= _HALF, right, np.nan)
    return np.concatenate([whole, seen.reshape(len(seen), -1)], axis=1)


def _figure(value: float, interval: Interval) -> Figure:
    if value != value:
        return Figure(None, 0, why="next to none of its items is of this class")
    return Figure(value, 0).within(interval)


def _with_n(figure: Figure, n: float) -> Figure:
    return Figure(figure.value, round(float(n)), figure.low, figure.high, figure.why)


def _floats(values: Sequence[float] | Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
