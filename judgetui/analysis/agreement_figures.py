"""How far a judge agrees with labels: every usual figure on the same pairs, each with n, interval and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from judgetui.analysis import paired_cells
from judgetui.analysis.chance_corrected import (
    cohen_kappa,
    gwet_ac1,
    krippendorff_alpha,
    macro_averages,
    quadratic_kappa,
)
from judgetui.analysis.class_rates import CLASS_RATES, Positive, class_rates, positives
from judgetui.analysis.correlations import MEASURES, ByGroup, by_group, pooled
from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import RESAMPLES, SEED, Interval, bootstrap, wilson
from judgetui.analysis.paired_cells import Cells

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MAX_SPAN: Final = 1000
"""Scores whose labels span more points than this lie on no scale, and have no kappa."""

FEWEST_CLUSTERS: Final = 10
"""Below this many groups single items are resampled: whole groups are then too few to tell their own spread
(Cameron, Gelbach and Miller 2008, Bootstrap-Based Improvements for Inference with Clustered Errors)."""


class Kind(StrEnum):
    """What is compared: scores are numbers, verdicts and labels only the same or not."""

    SCORE = "score"
    VERDICT = "verdict"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a judge agrees with labels.

    Args:
        n: pairs of a judgement and a label.
        figures: by name: accuracy, kappa, weighted_kappa, krippendorff_alpha, gwet_ac1, pearson, spearman,
            kendall, baseline_accuracy, macro_precision, macro_recall, macro_f1, true_positive_rate,
            false_positive_rate.
        confusion: how often each label (outer) met each value of the judge (inner); scores rounded.
        clusters: how many groups were resampled for the intervals; None when single items were.
        resamples: how many resamples each interval has, unless its figure says otherwise.
    """

    kind: Kind
    n: int
    figures: Mapping[str, Figure]
    by_group: ByGroup
    confusion: Mapping[str, Mapping[str, int]]
    clusters: int | None
    resamples: int
    seed: int


def agreement(
    judge: Sequence[float | str],
    labels: Sequence[float | str],
    kind: Kind,
    groups: Sequence[str | None] = (),
    *,
    positive: Positive | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Agreement:
    """All figures of paired values.

    Scores are rounded to the nearest whole point, halves to the even one, for all but the correlations. Where at
    least 10 groups are given, intervals resample whole groups; an item without a group is one of its own.

    Args:
        judge: numbers for scores, texts for verdicts and labels.
        labels: of the same length and kind.
        groups: the group of each item, None for an item without; empty when no item has one.
        positive: the positive side that the true and false positive rates need: texts of verdicts and labels, or
            the least score, which scores are held against without rounding. None is A for verdicts, else nothing.

    Raises:
        ValueError: if the lengths differ.
    """
    import numpy as np

    if len(judge) != len(labels) or (groups and len(groups) != len(judge)):
        raise ValueError(f"{len(judge)} judgements, {len(labels)} labels, {len(groups)} groups")
    clusters = _clusters(groups)
    sample = _Sample(clusters, resamples, seed)
    if kind is Kind.SCORE:
        given, wanted = np.asarray(judge, dtype=np.float64), np.asarray(labels, dtype=np.float64)
        x, y = np.rint(given) + 0.0, np.rint(wanted) + 0.0  # no -0
        names = {float(point): f"{point:.0f}" for point in np.unique([x, y])}
        correlations = pooled(given, wanted, clusters, resamples=resamples, seed=seed)
        grouped = by_group(given, wanted, groups, resamples=resamples, seed=seed)
    else:
        texts = sorted({str(value) for side in (judge, labels) for value in side})
        names = dict(enumerate(map(str, texts)))
        codes = {text: float(code) for code, text in names.items()}
        x, y = (np.array([codes[str(value)] for value in side]) for side in (judge, labels))
        why = f"{kind}s are no numbers"
        correlations = {name: Figure(None, len(judge), why=why) for name in MEASURES}
        grouped = ByGroup.none(why)
    return Agreement(
        kind=kind,
        n=len(judge),
        figures=_figures(x, y, kind, sample) | correlations | _class_rates(judge, labels, kind, positive),
        by_group=grouped,
        confusion=_confusion(x, y, names),
        clusters=None if clusters is None else max(clusters) + 1,
        resamples=resamples,
        seed=seed,
    )


def _class_rates(
    judge: Sequence[float | str], labels: Sequence[float | str], kind: Kind, positive: Positive | None
) -> dict[str, Figure]:
    if positive is None and kind is Kind.VERDICT:
        positive = frozenset({"A"})
    if not judge:
        return dict.fromkeys(CLASS_RATES, Figure.of_rate(None))
    if positive is None:
        return dict.fromkeys(CLASS_RATES, Figure(None, len(judge), why="no positive side is named"))
    return class_rates(positives(judge, positive), positives(labels, positive))


@dataclass(frozen=True, slots=True)
class _Sample:
    """How intervals are resampled."""

    clusters: Sequence[int] | None
    resamples: int
    seed: int


def _clusters(groups: Sequence[str | None]) -> list[int] | None:
    """The number of each item's group; None when groups are too few to be resampled."""
    places: dict[object, int] = {}
    numbers = [
        places.setdefault(index if group is None else group, len(places))
        for index, group in enumerate(groups)
    ]
    named = sum(isinstance(place, str) for place in places)
    return numbers if named >= FEWEST_CLUSTERS and len(places) < len(groups) else None


def _confusion(judge: Floats, labels: Floats, names: Mapping[float, str]) -> dict[str, dict[str, int]]:
    counts = Counter(zip(labels.tolist(), judge.tolist(), strict=True))
    table: dict[str, dict[str, int]] = {}
    for (label, given), count in sorted(counts.items()):
        table.setdefault(names[label], {})[names[given]] = count
    return table


def _figures(judge: Floats, labels: Floats, kind: Kind, sample: _Sample) -> dict[str, Figure]:
    """The figures on points: accuracy, the baseline, the chance-corrected ones and the macro averages."""
    n = len(judge)
    commonest = max(Counter(labels.tolist()).values(), default=0)
    figures = {
        "accuracy": Figure.of_rate(wilson(int((judge == labels).sum()), n)),
        "baseline_accuracy": Figure.of_rate(wilson(commonest, n)),
    }
    if not n:
        return figures | {name: Figure.of_rate(None) for name in _RESAMPLED}
    intervals = _intervals(judge, labels, kind, sample)
    for name, value, interval in zip(_RESAMPLED, _values(judge, labels, kind), intervals, strict=True):
        figure = Figure(None, n, why=value) if isinstance(value, str) else Figure(value, n)
        figures[name] = figure.within(interval)
    return figures


_RESAMPLED: Final = (
    "kappa",
    "weighted_kappa",
    "krippendorff_alpha",
    "gwet_ac1",
    "macro_precision",
    "macro_recall",
    "macro_f1",
)


def _intervals(judge: Floats, labels: Floats, kind: Kind, sample: _Sample) -> tuple[Interval, ...]:
    """An interval for each name of `_RESAMPLED`."""
    import numpy as np

    cells = Cells.of(judge, labels)

    def resampled(weights: Floats) -> Floats:
        counts = cells.counted(weights)
        figures = [
            paired_cells.kappa(cells, counts),
            paired_cells.weighted_kappa(cells, counts),
            paired_cells.alpha(cells, counts, ordinal=kind is Kind.SCORE),
            paired_cells.ac1(cells, counts),
            *paired_cells.macro(cells, counts, len(cells.points)),
        ]
        return np.stack(figures, axis=1)

    return bootstrap(resampled, len(judge), sample.clusters, resamples=sample.resamples, seed=sample.seed)


def _values(judge: Floats, labels: Floats, kind: Kind) -> tuple[float | str, ...]:
    """The value for each name of `_RESAMPLED`, or in a text why there is none."""
    ordinal = kind is Kind.SCORE
    chance = _no_chance(judge, labels, kind)
    return (
        chance or cohen_kappa(judge, labels),
        chance or (quadratic_kappa(judge, labels) if ordinal else f"{kind}s have no distances"),
        chance or krippendorff_alpha(judge, labels, ordinal=ordinal),
        chance or gwet_ac1(judge, labels),
        *(
            ("precision and recall are for verdicts and labels",) * 3
            if ordinal
            else macro_averages(judge.tolist(), labels.tolist())
        ),
    )


def _no_chance(judge: Floats, labels: Floats, kind: Kind) -> str:
    """Why agreement cannot be corrected for chance; empty when it can."""
    least, most = min(judge.min(), labels.min()), max(judge.max(), labels.max())
    if len(judge) < 2:
        return "it needs 2 items"
    if least == most:
        return "both sides say the same of every item, as chance would"
    if kind is Kind.SCORE and most - least > MAX_SPAN:
        return f"the scores span more than {MAX_SPAN:,} points, which is no scale"
    return ""
