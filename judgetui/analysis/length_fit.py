"""The regression behind AlpacaEval's length-controlled win rate (tatsu-lab/alpaca_eval, metrics/glm_winrate.py)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isnan
from typing import TYPE_CHECKING, Any, Final

from judgetui.analysis.intervals import Interval, percentiles
from judgetui.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

FOLDS: Final = 5
"""Folds of the cross-validation that chooses the penalty."""

GAMED_WEIGHT: Final = 0.1
"""Weight of a gamed baseline's row: lambda / 2 with lambda 0.2, for two such baselines."""

_SOLVER: Final[Mapping[str, Any]] = {"solver": "liblinear", "fit_intercept": False, "random_state": 123}

_CLIP: Final = 1e-15
"""How near a chance may come to 0 or 1 where its logarithm is taken."""

_TRACE: Final = 1e-12
"""Stands for a weight of 0 where a side has no other weight: liblinear drops such a side and writes to stdout."""


class Formula(StrEnum):
    """Upstream's names for the model with all its parts, without gamed baselines, and without difficulty too."""

    FULL = "length_controlled_v1"
    NOREG = "length_controlled_noreg"
    MINIMAL = "length_controlled_minimal"


@dataclass(frozen=True, slots=True)
class Row:
    """One instruction, answered by the baseline and the model.

    Args:
        preference: 1 (baseline better) to 2 (model better), 0 an old form of 1.5; None or not-a-number where
            the judge gave none.
        baseline_length: characters of the baseline's answer.
        length: characters of the model's answer.
        difficulty: of the instruction, upstream's number; None where it is not known.
    """

    preference: float | None
    baseline_length: int
    length: int
    difficulty: float | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """Rows as numbers.

    Args:
        features: of shape (rows, 2 or 3): tanh of the scaled difference of lengths, the difficulty where the
            formula has one, and 1, or 0 for a gamed baseline.
        target: of shape (rows,): preference - 1, nan where there is none.
        weight: of each row.
    """

    features: Floats
    target: Floats
    weight: float

    @property
    def n(self) -> int:
        """Rows that have a preference."""
        import numpy as np

        return len(self.target) - int(np.isnan(self.target).sum())

    @property
    def win_rate(self) -> float | None:
        """Mean of preference - 1 in percent, of the rows that have one; None without such rows."""
        import numpy as np

        return 100 * float(np.nanmean(self.target)) if self.n else None

    def chances(self, coefficients: Floats) -> Floats:
        """Each row's chance that the model wins if both answers had the same length."""
        return sigmoid(self.features[:, 1:] @ coefficients[1:])


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model.

    Args:
        coefficients: of the features, in their order.
        penalty: scikit-learn's C, which cross-validation chose; None without a fit.
        converged: whether the solver came to its end for every penalty it tried.
    """

    coefficients: Floats
    penalty: float | None
    converged: bool


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    import numpy as np

    chances: Floats = np.exp(-np.logaddexp(0, -x))
    return chances


def formula_for(rows: Sequence[Row], gamed: Sequence[Sequence[Row]]) -> Formula:
    """The formula that the data allow.

    Raises:
        InputError: if only some rows have a difficulty.
        ValueError: for gamed rows without difficulties.
    """
    known = sum(row.difficulty is not None for row in rows)
    if known not in {0, len(rows)}:
        raise InputError(
            f"{known} of {len(rows)} rows have a difficulty.", "Give it for every row, or for none."
        )
    if not gamed:
        return Formula.NOREG if known else Formula.MINIMAL
    if not known or any(row.difficulty is None for each in gamed for row in each):
        raise ValueError("gamed rows go with difficulties only")
    return Formula.FULL


def design(rows: Sequence[Row], formula: Formula, gamed: bool = False) -> Design:
    """Rows of one model as numbers; the difference of lengths is scaled by its standard deviation over them.

    Raises:
        ValueError: for a preference outside 1 to 2.
    """
    import numpy as np

    gaps = np.array([row.baseline_length - row.length for row in rows], dtype=float)
    spread = gaps.std(ddof=1) if len(rows) > 1 else 0.0
    columns = [np.tanh(gaps / spread) if spread > 0 else np.zeros(len(rows))]
    if formula is not Formula.MINIMAL:
        columns.append(np.array([row.difficulty for row in rows], dtype=float))
    columns.append(np.full(len(rows), 0.0 if gamed else 1.0))
    target = np.array([_target(row.preference) for row in rows], dtype=float)
    return Design(np.column_stack(columns), target, GAMED_WEIGHT if gamed else 1.0)


def require_spread(rows: Design) -> None:
    """Raise `InputError` where the rows cannot tell an effect of length."""
    import numpy as np

    if rows.n < FOLDS:
        raise InputError(
            f"{rows.n} rows have a preference; length control needs {FOLDS} or more.", "Judge more items."
        )
    if not rows.features[:, 0].any():
        raise InputError(
            "every answer differs from the baseline's by the same number of characters.",
            "There is no effect of length to control; use the win rate.",
        )
    if np.nanmin(rows.target) == 1 or np.nanmax(rows.target) == 0:
        raise InputError("one side wins every row, which tells no effect of length.", "Use the win rate.")


def unfitted(rows: Design) -> Fit:
    """The model of a baseline against itself: all coefficients 0, so that every chance is one half."""
    import numpy as np

    return Fit(np.zeros(rows.features.shape[1]), None, True)


def fit(rows: Design, gamed: Sequence[Design]) -> Fit:
    """Logistic regression with an L1 penalty chosen by cross-validation over the rows that have a preference.

    Each row enters once as won and once as lost, weighted by how much of either it is; both copies lie in the
    same fold. The score is the log-likelihood of the soft preferences.
    """
    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.model_selection import GroupKFold

    x, won, soft = _doubled(rows, gamed)
    groups = np.tile(np.arange(len(won) // 2), 2)
    folds = list(GroupKFold(FOLDS).split(x, won, groups))
    if not all(_two_sides(won[train], soft[train]) for train, _ in folds):
        soft = np.maximum(soft, _TRACE)

    def score(model: Any, x: Any, y: Any, sample_weight: Any) -> float:
        chances = np.clip(model.predict_proba(x)[:, 1], _CLIP, 1 - _CLIP)
        # Twice: upstream's score counts a soft preference for each of the two copies of its row.
        return float(2 * np.mean(sample_weight * np.log(np.where(y == 1, chances, 1 - chances))))

    model = LogisticRegressionCV(
        cv=folds, scoring=score, l1_ratios=(1.0,), use_legacy_attributes=False, **_SOLVER
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(x, won, sample_weight=soft)
    return Fit(model.coef_[0], float(np.ravel(model.C_)[0]), not caught)


def interval(
    rows: Sequence[Row], formula: Formula, gamed: Sequence[Design], found: Fit, resamples: int, seed: int
) -> Interval:
    """Percentile interval of the length-controlled win rate in percent, over rows drawn anew.

    The penalty is the one found, and gamed rows stay as they are.
    """
    import numpy as np
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if not resamples:
        return Interval(None, None, "no resamples were asked for")
    model = LogisticRegression(C=found.penalty, l1_ratio=1.0, **_SOLVER)
    random = np.random.default_rng(seed)
    values = np.full(resamples, np.nan)
    for index in range(resamples):
        drawn = design([rows[pick] for pick in random.integers(0, len(rows), len(rows))], formula)
        if not drawn.n:
            continue
        x, won, soft = _doubled(drawn, gamed)
        if not _two_sides(won, soft):
            soft = np.maximum(soft, _TRACE)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(x, won, sample_weight=soft)
        values[index] = 100 * drawn.chances(model.coef_[0]).mean()
    return percentiles(values, len(rows))


def _target(preference: float | None) -> float:
    if preference is None or isnan(preference):
        return float("nan")
    if preference != 0 and not 1 <= preference <= 2:
        raise ValueError(f"{preference} is no preference; it lies between 1 and 2")
    return (preference or 1.5) - 1


def _doubled(rows: Design, gamed: Sequence[Design]) -> tuple[Floats, Ints, Floats]:
    """Features, outcome and weight of every row that has a preference, once as won and once as lost.

    Gamed rows come first, as upstream has them.
    """
    import numpy as np

    parts = [(part, ~np.isnan(part.target)) for part in (*gamed, rows)]
    x = np.concatenate([part.features[known] for part, known in parts])
    target = np.concatenate([part.target[known] for part, known in parts])
    weight = np.concatenate([np.full(int(known.sum()), part.weight) for part, known in parts])
    won = np.repeat(np.array([1, 0], dtype=np.int64), len(target))
    return (
        np.concatenate([x, x]),
        won,
        np.concatenate([target, 1 - target]) * np.concatenate([weight, weight]),
    )


def _two_sides(won: Ints, soft: Floats) -> bool:
    return bool(soft[won == 1].any() and soft[won == 0].any())
