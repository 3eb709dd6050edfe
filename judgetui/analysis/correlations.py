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

_SORTED: Final = 10_000_000
"""Items that may be sorted over all resamples where tau-b has to sort: a few seconds' work."""

_FEWEST: Final = 200
"""Resamples that are taken however long each lasts."""


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

    No value below three items or where a side is constant. Where tau-b has to sort every resample (many distinct
    values on both sides) and there are more than 10,000 items, its interval takes fewer resamples and says so.

    Args:
        clusters: the cluster of each item, drawn as a whole; see `bootstrap`.
    """
    import numpy as np

    x, y = np.asarray(judge, dtype=np.float64), np.asarray(labels, dtype=np.float64)
    why = _senseless(x, y)
    if why:
        return {name: Figure(None, len(x), why=why) for name in MEASURES}
    cells = Cells.of(x, y)
    ranked = (paired_cells.pearson, paired_cells.spearman)

    def both(weights: Floats) -> Floats:
        counts = cells.counted(weights)
        return np.stack([measure(cells, counts) for measure in ranked], axis=1)

    intervals = (
        *bootstrap(both, len(x), clusters, resamples=resamples, seed=seed),
        _kendall_interval(x, y, cells, clusters, resamples, seed),
    )
    values = _correlations(x, y)
    return {
        name: Figure(value, len(x)).within(interval)
        for name, value, interval in zip(MEASURES, values, intervals, strict=True)
    }


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
    kept = [
        _correlations(x[inside], y[inside])
        for inside in members.values()
        if not (_constant(x[inside]) or _constant(y[inside]))
    ]
    skipped = len(members) - len(kept)
    if not kept:
        return replace(ByGroup.none("a side is constant in every group", ungrouped), skipped=skipped)
    table = np.array(kept)

    def means(weights: Floats) -> Floats:
        found: Floats = weights @ table / weights.sum(axis=1, keepdims=True)
        return found

    intervals = bootstrap(means, len(kept), resamples=resamples, seed=seed)
    first, second, third = (
        Figure(float(value), len(kept)).within(interval)
        for value, interval in zip(table.mean(axis=0), intervals, strict=True)
    )
    return ByGroup(first, second, third, len(kept), skipped, ungrouped)


def _senseless(x: Floats, y: Floats) -> str:
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


def _kendall_interval(
    x: Floats, y: Floats, cells: Cells, clusters: Sequence[int] | None, resamples: int, seed: int
) -> Interval:
    if paired_cells.kendall_is_quick(cells):
        (interval,) = bootstrap(
            lambda weights: paired_cells.kendall(cells, cells.counted(weights)),
            len(x),
            clusters,
            resamples=resamples,
            seed=seed,
        )
        return interval
    import numpy as np
    from scipy.stats import kendalltau

    def sorted_out(weights: Floats) -> Floats:
        drawn = [np.repeat(np.arange(len(x)), row.astype(np.intp)) for row in weights]
        return np.array([kendalltau(x[rows], y[rows], method="asymptotic")[0] for rows in drawn])

    affordable = min(resamples, max(_FEWEST, _SORTED // len(x)))
    (interval,) = bootstrap(sorted_out, len(x), clusters, resamples=affordable, seed=seed)
    if affordable == resamples or interval.low is None:
        return interval
    return Interval(interval.low, interval.high, f"the interval is from {affordable} resamples")
