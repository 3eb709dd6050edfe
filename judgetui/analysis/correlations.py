"""Correlations of a judge's scores with people's: pooled over all items, and within groups of them.

Pooled is what Chiang and Lee 2023 (A Closer Look into Automatic Evaluation Using LLMs) call method 1. Within groups
is G-Eval's meta-evaluation on SummEval: one correlation a document, then their mean (nlpyang/geval,
meta_eval_summeval.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from judgetui.analysis import paired_cells
from judgetui.analysis.figures import Figure
from judgetui.analysis.influence import (
    influence_interval,
    kendall_influence,
    pearson_influence,
    spearman_influence,
)
from judgetui.analysis.intervals import RESAMPLES, SEED, Interval, bootstrap
from judgetui.analysis.paired_cells import Cells

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MEASURES: Final = ("pearson", "spearman", "kendall")

LEAST: Final = 3
"""Two points always lie on a line, so that a correlation needs three."""

_NEAR_CONSTANT: Final = 1e-13
"""As in `scipy.stats.pearsonr`: a smaller spread, as a share of the mean, is rounding."""


_CELLS: Final = 4000
"""So many distinct pairs, resampled, take a second."""

_LARGE: Final = 100
"""Groups of s items are taken one by one where they are fewer than s^2 over this."""


@dataclass(frozen=True, slots=True)
class ByGroup:
    """Mean correlations within groups.

    Args:
        pearson: its n is the number of groups, as of the other two.
        groups: how many groups are in the mean.
        skipped: groups in which a side is constant.
        ungrouped: items that belong to no group.
    """

    pearson: Figure
    spearman: Figure
    kendall: Figure
    groups: int = 0
    skipped: int = 0
    ungrouped: int = 0

    @classmethod
    def none(cls, why: str, ungrouped: int = 0) -> ByGroup:
        """No means, and why."""
        none = Figure(None, 0, why=why)
        return cls(none, none, none, ungrouped=ungrouped)


def pooled(
    judge: Sequence[float] | Floats,
    labels: Sequence[float] | Floats,
    clusters: Sequence[int] | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, Figure]:
    """Pearson, Spearman and Kendall's tau-b over all items, by the names of `MEASURES`.

    No value below three items or where a side is constant. Where values hardly repeat and items are many, the
    intervals are from each item's influence and say so.

    Args:
        clusters: the cluster of each item, drawn as a whole; see `bootstrap`.
    """
    import numpy as np

    x, y = np.asarray(judge, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    why = senseless(x, y)
    if why:
        return {name: Figure(None, len(x), why=why) for name in MEASURES}
    cells = Cells.of(x, y)
    values = _correlations(x, y)
    few = resampled([cells])
    intervals: list[Interval] = []
    if few:
        intervals += bootstrap(
            lambda counts: np.stack([measure(cells, counts) for measure in few], axis=1),
            len(x),
            clusters,
            kinds=cells.kinds,
            resamples=resamples,
            seed=seed,
        )
    for value, influence in list(zip(values, INFLUENCES, strict=True))[len(few) :]:
        intervals.append(influence_interval(value, influence(x, y), clusters))
    return {
        name: Figure(value, len(x)).within(interval)
        for name, value, interval in zip(MEASURES, values, intervals, strict=True)
    }


INFLUENCES: Final = (pearson_influence, spearman_influence, kendall_influence)


def resampled(tables: Sequence[Cells]) -> tuple[Callable[[Cells, Floats], Floats], ...]:
    """Which of the measures, in their order, can be resampled quickly over these tables; none of many cells."""
    if sum(len(cells.left) for cells in tables) > _CELLS:
        return ()
    quick = all(map(paired_cells.kendall_is_quick, tables))
    return (paired_cells.pearson, paired_cells.spearman, paired_cells.kendall)[: 2 + quick]


def by_group(
    judge: Sequence[float] | Floats,
    labels: Sequence[float] | Floats,
    groups: Sequence[str | None],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> ByGroup:
    """The mean over groups of the correlation within each, groups in which a side is constant left out.

    Intervals resample the groups that are in the mean.

    Args:
        groups: the group of each item; None leaves the item out.
    """
    import numpy as np

    x, y = np.asarray(judge, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    members: dict[str, list[int]] = {}
    for index, group in enumerate(groups):
        if group is not None:
            members.setdefault(group, []).append(index)
    ungrouped = sum(group is None for group in groups)
    if not members:
        return ByGroup.none("no item has a group", ungrouped)
    kept = [inside for inside in members.values() if not (_constant(x[inside]) or _constant(y[inside]))]
    skipped = len(members) - len(kept)
    if not kept:
        return replace(ByGroup.none("a side is constant in every group", ungrouped), skipped=skipped)
    sizes: dict[int, list[list[int]]] = {}
    for inside in kept:
        sizes.setdefault(len(inside), []).append(inside)
    table = np.concatenate([_in_rows(x[rows], y[rows]) for rows in map(np.array, sizes.values())])

    def means(weights: Floats) -> Floats:
        found: Floats = weights @ table / weights.sum(axis=1, keepdims=True)
        return found

    intervals = bootstrap(means, len(kept), resamples=resamples, seed=seed)
    first, second, third = (
        Figure(float(value), len(kept)).within(interval)
        for value, interval in zip(table.mean(axis=0), intervals, strict=True)
    )
    return ByGroup(first, second, third, len(kept), skipped, ungrouped)


def _in_rows(x: Floats, y: Floats) -> Floats:
    """The correlations of each row, of shape (g, 3), from sides of shape (g, s) that vary in every row.

    scipy takes one pair of sides at a time, which is slow for many small groups.
    """
    import numpy as np
    from scipy.stats import rankdata

    if len(x) * _LARGE < x.shape[1] * x.shape[1]:
        return np.array([_correlations(*row) for row in zip(x, y, strict=True)])
    score, untied_x, untied_y = np.zeros((3, len(x)))
    for step in range(1, x.shape[1]):
        sign_x, sign_y = np.sign(x[:, step:] - x[:, :-step]), np.sign(y[:, step:] - y[:, :-step])
        score += (sign_x * sign_y).sum(axis=1)
        untied_x += np.abs(sign_x).sum(axis=1)
        untied_y += np.abs(sign_y).sum(axis=1)
    tau = score / (np.sqrt(untied_x) * np.sqrt(untied_y))
    ranks_x, ranks_y = rankdata(x, axis=1), rankdata(y, axis=1)
    return np.stack([_products(x, y), _products(ranks_x, ranks_y), tau], axis=1)


def _products(x: Floats, y: Floats) -> Floats:
    """Pearson's correlation of each row."""
    import numpy as np

    apart_x, apart_y = (side - side.mean(axis=1, keepdims=True) for side in (x, y))
    norms = np.linalg.norm(apart_x, axis=1) * np.linalg.norm(apart_y, axis=1)
    found: Floats = np.clip((apart_x * apart_y).sum(axis=1) / norms, -1, 1)
    return found


def senseless(x: Floats, y: Floats) -> str:
    """Why two sides have no correlation; empty when they have one."""
    if not len(x):
        return "there is nothing to compare"
    if len(x) < LEAST:
        return f"a correlation needs {LEAST} items"
    constant = [name for name, side in (("judge", x), ("labels", y)) if _constant(side)]
    if not constant:
        return ""
    return "both sides are constant" if len(constant) == 2 else f"the side of the {constant[0]} is constant"


def _constant(side: Floats) -> bool:
    import numpy as np

    apart = side - side.mean()
    return bool((side == side[0]).all() or np.linalg.norm(apart) <= _NEAR_CONSTANT * abs(side.mean()))


def _correlations(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Pearson's, Spearman's and Kendall's (tau-b) of two sides that vary; both of shape (n,)."""
    from scipy.stats import kendalltau, pearsonr, spearmanr

    measures: tuple[Callable[..., tuple[float, float]], ...] = (pearsonr, spearmanr, kendalltau)
    first, second, third = (float(measure(x, y)[0]) for measure in measures)
    return first, second, third
