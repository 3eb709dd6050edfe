"""How far people agree with each other, the ceiling for a judge, and how far the judge agrees with one of them.

Both are means over pairs, of two people or of the judge and a person, in which a pair weighs as much as it has items
in common. Krippendorff's alpha between people is that of all of them at once, gaps included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Final

from judgetui.analysis import paired_cells
from judgetui.analysis.correlations import INFLUENCES, LEAST, MEASURES, resampled, senseless
from judgetui.analysis.figures import Figure
from judgetui.analysis.influence import influence_interval
from judgetui.analysis.intervals import RESAMPLES, SEED, bootstrap, incidence
from judgetui.analysis.kinds import Kind, Level
from judgetui.analysis.pair_means import PairMeans, gaps, patterns_of
from judgetui.analysis.paired_cells import Cells
from judgetui.analysis.point_figures import CORRECTED, MAX_SPAN, SHARES, corrected, no_distances, no_order
from judgetui.analysis.shares import share
from judgetui.analysis.sides import Sample, cluster_numbers, coded, to_points

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Pairs = Sequence[tuple[int, int]]

MOST_RATERS: Final = 30
"""Among more people the pairs are too many, and have too little in common, for figures of pairs."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How far people agree with each other, and the judge with one of them, on the same items.

    Args:
        raters: who labelled these items.
        n: items that the judge has something to say of and that two or more people labelled.
        people: by name: accuracy, within_one, kappa, weighted_kappa, krippendorff_alpha and its three levels,
            gwet_ac1, pearson, spearman, kendall; the n of each is the items it was computed from.
        judge: the same of the judge and one person, over the same items.
    """

    raters: tuple[str, ...]
    n: int
    people: Mapping[str, Figure]
    judge: Mapping[str, Figure]


def ceiling(
    judge: Sequence[float | str],
    said: Sequence[Mapping[str, float | str]],
    kind: Kind,
    groups: Sequence[str | None] = (),
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Ceiling | None:
    """The ceiling over the items that two or more people labelled; None when there are none.

    Intervals are Wilson's for shares of two people, else the bootstrap's; see `agreement`.

    Args:
        judge: what the judge said of each item.
        said: what people said of it, by rater; empty where nobody did.
        groups: the group of each item; empty when no item has one.
    """
    kept = [index for index, raters in enumerate(said) if len(raters) > 1]
    if not kept:
        return None
    import numpy as np

    names = tuple(dict.fromkeys(rater for index in kept for rater in said[index]))
    sides: list[list[float | str | None]] = [[judge[index] for index in kept]]
    sides += [[said[index].get(name) for index in kept] for name in names]
    columns = np.stack(coded(sides, kind)[0])
    sample = Sample(cluster_numbers([groups[index] for index in kept] if groups else ()), resamples, seed)
    people = tuple(combinations(range(1, len(sides)), 2))
    return Ceiling(
        raters=names,
        n=len(kept),
        people=_figures(columns, people, kind, sample) | _alphas(to_points(columns[1:]), kind, sample),
        judge=_figures(columns, [(0, rater) for rater in range(1, len(sides))], kind, sample),
    )


def _figures(columns: Floats, pairs: Pairs, kind: Kind, sample: Sample) -> dict[str, Figure]:
    """The figures of `Ceiling` as means over pairs of rows.

    Args:
        columns: what each side says of each item, nan where nothing; shape (sides, n).
    """
    names = (*SHARES, *CORRECTED, *MEASURES)
    if len(columns) - 1 > MOST_RATERS:
        why = f"there are more than {MOST_RATERS} people, too many for figures of pairs"
        return {name: Figure(None, columns.shape[1], why=why) for name in names}
    met = [pair for pair in pairs if (~gaps(columns, pair)).any()]
    points = to_points(columns)
    return {
        **_shares(points, met, kind, sample),
        **_corrected(points, met, kind, sample),
        **_correlations(columns, met, kind, sample),
    }


def _shares(points: Floats, pairs: Pairs, kind: Kind, sample: Sample) -> dict[str, Figure]:
    import numpy as np

    n = points.shape[1]
    absent = {} if kind is Kind.SCORE else {"within_one": Figure(None, n, why=no_distances(kind))}
    if len(pairs) == 1:
        ((a, b),) = pairs
        both = ~gaps(points, pairs[0])
        apart = np.abs(points[a] - points[b])
        limits = zip(SHARES, (0, 1), strict=True)
        return {name: share(apart <= limit, sample.clusters, both) for name, limit in limits} | absent

    def measured(cells: Cells, counts: Floats) -> tuple[Floats, ...]:
        return paired_cells.agreement(cells, counts), paired_cells.within_one(cells, counts)

    return (
        PairMeans(points, pairs, 1).figures(SHARES, measured, "no two have an item in common", sample)
        | absent
    )


def _corrected(points: Floats, pairs: Pairs, kind: Kind, sample: Sample) -> dict[str, Figure]:
    import numpy as np

    n = points.shape[1]
    if kind is Kind.SCORE and np.nanmax(points) - np.nanmin(points) > MAX_SPAN:
        why = f"the scores span more than {MAX_SPAN:,} points, which is no scale"
        return dict.fromkeys(CORRECTED, Figure(None, n, why=why))
    means = PairMeans(points, pairs, 2)
    found = means.figures(
        CORRECTED,
        lambda cells, counts: corrected(cells, counts, kind),
        "no two have 2 items in common and differ from chance",
        sample,
    )
    return found | _without(kind, n)


def _without(kind: Kind, n: int) -> dict[str, Figure]:
    """The figures that verdicts and labels cannot have."""
    if kind is Kind.SCORE:
        return {}
    return {
        "weighted_kappa": Figure(None, n, why=no_distances(kind)),
        "krippendorff_alpha_ordinal": Figure(None, n, why=no_order(kind)),
        "krippendorff_alpha_interval": Figure(None, n, why=no_distances(kind)),
    }


def _correlations(columns: Floats, pairs: Pairs, kind: Kind, sample: Sample) -> dict[str, Figure]:

    if kind is not Kind.SCORE:
        return dict.fromkeys(MEASURES, Figure(None, columns.shape[1], why=f"{kind}s are no numbers"))
    means = PairMeans(columns, pairs, LEAST)
    why = f"no two have {LEAST} items in common on which both vary"
    few = resampled(means.cells)

    def measured(cells: Cells, counts: Floats) -> tuple[Floats, ...]:
        return tuple(measure(cells, counts) for measure in few)

    found = means.figures(MEASURES[: len(few)], measured, why, sample) if few else {}
    for name, influence in list(zip(MEASURES, INFLUENCES, strict=True))[len(few) :]:
        found[name] = _from_influence(columns, pairs, getattr(paired_cells, name), influence, sample)
        if found[name].value is None:
            found[name] = replace(found[name], why=why)
    return found


def _from_influence(
    columns: Floats,
    pairs: Pairs,
    measure: Callable[[Cells, Floats], Floats],
    influence: Callable[[Floats, Floats], Floats],
    sample: Sample,
) -> Figure:
    """The mean of a correlation over pairs, with an interval from each item's influence on it."""
    import numpy as np

    n = columns.shape[1]
    values, moved = [], []
    for a, b in pairs:
        both = ~gaps(columns, (a, b))
        x, y = columns[a][both], columns[b][both]
        if senseless(x, y):
            continue
        cells = Cells.of(x, y)
        values.append(float(measure(cells, cells.once)[0]))
        each = np.full(n, np.nan)
        each[both] = influence(x, y) + values[-1]
        moved.append(each)
    if not values:
        return Figure(None, n)
    table = np.array(moved)
    sizes = (~np.isnan(table)).sum(axis=1)
    mean = float(np.average(values, weights=sizes))
    influences = np.nansum(table - mean, axis=0) * n / sizes.sum()
    counted = int((~np.isnan(table)).any(axis=0).sum())
    return Figure(mean, counted).within(influence_interval(mean, influences, sample.clusters))


def _alphas(points: Floats, kind: Kind, sample: Sample) -> dict[str, Figure]:
    """Krippendorff's alpha of all people at once, gaps included; see `paired_cells.alpha` for its pairs.

    Args:
        points: what each person says of each item, two at least of each; shape (people, n).
    """
    import numpy as np

    patterns, kinds = patterns_of(points)
    n = len(kinds)
    rows, people = np.nonzero(~np.isnan(patterns))
    values, together = patterns[rows, people], np.bincount(rows)
    met = [
        (values[:-step][same], values[step:][same], rows[step:][same])
        for step in range(1, int(together.max()))
        for same in [rows[step:] == rows[:-step]]
    ]
    left, right, of = (np.concatenate(column) for column in zip(*met, strict=True))
    cells = Cells.of(left, right)
    table = incidence(of, cells.kinds, (len(patterns), len(cells.left)), 1 / (together[of] - 1))
    names = {Level.NOMINAL: "krippendorff_alpha_nominal"}
    if kind is Kind.SCORE:
        names |= {level: f"krippendorff_alpha_{level}" for level in Level}
    found: dict[str, Figure] = {}
    if len(cells.points) < 2 or np.ptp(cells.points) > MAX_SPAN:
        why = (
            "all people say the same of every item" if len(cells.points) < 2 else "the scores lie on no scale"
        )
        found = dict.fromkeys(names.values(), Figure(None, n, why=why))
    else:

        def alphas(counts: Floats) -> Floats:
            drawn = table(counts)
            return np.stack([paired_cells.alpha(cells, drawn, level) for level in names], axis=1)

        values = alphas(np.bincount(kinds)[None].astype(np.float64))[0]
        intervals = bootstrap(
            alphas, n, sample.clusters, kinds=kinds, resamples=sample.resamples, seed=sample.seed
        )
        for name, value, interval in zip(names.values(), values, intervals, strict=True):
            found[name] = Figure(float(value), n).within(interval)
    main = names[Level.ORDINAL if kind is Kind.SCORE else Level.NOMINAL]
    return (
        found
        | {"krippendorff_alpha": found[main]}
        | {name: figure for name, figure in _without(kind, n).items() if name.startswith("krippendorff")}
    )
