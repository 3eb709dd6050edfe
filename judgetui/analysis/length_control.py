"""AlpacaEval's length-controlled win rate: what the win rate would be if answers had the baseline's length.

The model and its fit are those of tatsu-lab/alpaca_eval, metrics/glm_winrate.py (Dubois et al. 2024, arXiv
2404.04475). With L1 and L2 the lengths of the baseline's and the model's answer in characters, and d the
difficulty of the instruction:

    logit P(model wins) = a * tanh((L1 - L2) / sd(L1 - L2)) + b * d + c
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from judgetui.analysis.intervals import SEED, Interval
from judgetui.analysis.length_fit import (
    Formula,
    Row,
    design,
    fit,
    formula_for,
    interval,
    require_spread,
    sigmoid,
    unfitted,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES: Final = 1000
"""Resamples of an interval; each is a fit of some milliseconds."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Coefficients of one model against a baseline; all 0 for the baseline itself.

    Args:
        length: a, `np.tanh(std_delta_len)` in upstream's files; negative where longer answers win.
        difficulty: b, `instruction_difficulty`; 0 in a model without difficulty.
        strength: c, `not_gamed_baseline.astype(float)`.
    """

    length: float
    difficulty: float
    strength: float


@dataclass(frozen=True, slots=True)
class LengthControlled:
    """A length-controlled win rate, with its origin.

    Args:
        value: in percent.
        low: lower bound of the 95% interval in percent, by bootstrap over rows with the penalty held; None when
            there is no interval. Upstream has no such interval.
        high: upper bound; None when there is no interval.
        why: the reason for an absent interval, or what to know of it.
        n: rows that the model was fitted to.
        predicted: rows whose predictions are averaged: all rows, those without a preference too, as upstream.
        failed: rows without a preference.
        raw: the win rate before control, in percent, of the `n` rows; None when n is 0.
        standard_error: upstream's `lc_standard_error`, in percent: the standard error of the mean of the
            predictions. It tells how predictions differ between instructions, not how sure the win rate is.
        extreme: whether the value is so far from `raw` that upstream warns of a failed fit.
        converged: whether the solver came to its end for every penalty it tried.
        penalty: scikit-learn's C, which cross-validation chose; None without a fit.
    """

    formula: Formula
    weights: Weights
    value: float
    low: float | None
    high: float | None
    why: str
    n: int
    predicted: int
    failed: int
    raw: float | None
    standard_error: float | None
    extreme: bool
    converged: bool
    penalty: float | None

    @property
    def shrunk(self) -> bool:
        """Whether cross-validation left no weight at all, so that the value is 50 whatever the rows say."""
        return self.penalty is not None and self.weights == Weights(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Prediction:
    """A length-controlled win rate from weights that were fitted before.

    Args:
        value: in percent.
        n: instructions.
        standard_error: as in `LengthControlled`; None for a single instruction.
        why: why there is no interval.
    """

    value: float
    n: int
    standard_error: float | None
    why: str = "weights alone do not tell how sure they are"


def predict(model: Weights, baseline: Weights, difficulties: Sequence[float]) -> Prediction:
    """Length-controlled win rate of any model against any other, both fitted against the same baseline.

    The mean over instructions of sigmoid((c_m - c_b) + (b_m - b_b) * d), upstream's `predict_winrate` times
    100. Exchanging the two gives 100 minus it; a model against itself has 50.

    Args:
        difficulties: of the instructions; zeros for models that were fitted without difficulty.

    Raises:
        ValueError: without instructions.
    """
    import numpy as np

    if len(difficulties) == 0:
        raise ValueError("no instructions")
    slope = model.difficulty - baseline.difficulty
    chances = sigmoid(np.asarray(difficulties, dtype=float) * slope + model.strength - baseline.strength)
    return Prediction(*_mean(chances), standard_error=_error(chances))


def is_extreme(raw: float, controlled: float) -> bool:
    """Whether upstream warns: a fall by more than a quarter and by 10 points, or such a rise towards 100.

    Args:
        raw: the win rate in percent.
        controlled: the length-controlled one in percent.
    """
    fallen = controlled < min(raw - raw / 4, raw - 10)
    return fallen or controlled > max(raw + (100 - raw) / 4, raw + 10)


def length_controlled(
    rows: Sequence[Row],
    gamed: Sequence[Sequence[Row]] = (),
    *,
    same_model: bool = False,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> LengthControlled:
    """Fit one model's rows and predict its win rate at the baseline's length.

    The formula follows from what is given. Without difficulties it is the minimal one, which suits data of one's
    own; with difficulties but no gamed rows it is the one without regularisation. On few rows cross-validation may
    choose a penalty that leaves no weight, see `LengthControlled.shrunk`.

    Args:
        rows: of one model against the baseline.
        gamed: rows of the baseline told to be verbose, and of the baseline told to be concise, against the
            baseline. A row of theirs weighs 0.1 and keeps the effect of length near the baseline's own.
        same_model: whether the model is the baseline itself; the value is then 50 by construction.
        resamples: of the bootstrap; 0 leaves the interval out.
        seed: of the bootstrap.

    Raises:
        InputError: if there is too little to fit: fewer rows than folds, one difference of lengths everywhere,
            or one side that wins everything; or if only some rows have a difficulty.
        ValueError: for a preference outside 1 to 2, or gamed rows without difficulties.
    """
    formula = formula_for(rows, gamed)
    data = design(rows, formula)
    if same_model:
        found = unfitted(data)
        bounds = Interval(None, None, "a model against itself has 50 by construction")
    else:
        require_spread(data)
        fixed = [design(each, formula, gamed=True) for each in gamed]
        found = fit(data, fixed)
        bounds = interval(rows, formula, fixed, found, resamples, seed)
    length, *difficulty, strength = (float(x) for x in found.coefficients)
    chances = data.chances(found.coefficients)
    value, predicted = _mean(chances)
    raw = data.win_rate
    return LengthControlled(
        formula=formula,
        weights=Weights(length, difficulty[0] if difficulty else 0.0, strength),
        value=value,
        low=bounds.low,
        high=bounds.high,
        why=bounds.why,
        n=data.n,
        predicted=predicted,
        failed=predicted - data.n,
        raw=raw,
        standard_error=_error(chances),
        extreme=raw is not None and is_extreme(raw, value),
        converged=found.converged,
        penalty=found.penalty,
    )


def _mean(chances: NDArray[np.float64]) -> tuple[float, int]:
    """Mean in percent, and of how many."""
    return 100 * float(chances.mean()), len(chances)


def _error(chances: NDArray[np.float64]) -> float | None:
    """Standard error of the mean, in percent; None for a single value."""
    return 100 * float(chances.std(ddof=1)) / len(chances) ** 0.5 if len(chances) > 1 else None
