"""How far a judge agrees with labels: every usual figure on the same pairs, each with n, interval and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judgetui.analysis.class_rates import CLASS_RATES, Positive, class_rates, positives
from judgetui.analysis.correlations import MEASURES, ByGroup, by_group, pooled
from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import RESAMPLES, SEED
from judgetui.analysis.kinds import Kind as Kind
from judgetui.analysis.point_figures import POINT_FIGURES, point_figures
from judgetui.analysis.raters import Ceiling
from judgetui.analysis.sides import Sample, cluster_numbers, coded, to_points

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a judge agrees with labels.

    Args:
        n: pairs of a judgement and a label.
        figures: by name: accuracy, within_one, kappa, weighted_kappa, krippendorff_alpha (ordinal for scores, else
            nominal), krippendorff_alpha_nominal, _ordinal and _interval, gwet_ac1, pearson, spearman, kendall,
            macro_precision, macro_recall, macro_f1, true_positive_rate, false_positive_rate, baseline_accuracy.
        baseline: the same figures but the last of a judge that says `constant` of every item.
        constant: the commonest label, the least of several; empty when there is none.
        ceiling: how far people agree with each other; None when no item has the labels of two.
        confusion: how often each label (outer) met each value of the judge (inner); scores rounded.
        judge_counts: how often the judge gave each point or text that occurs on a side; scores rounded.
        label_counts: the same of the labels.
        clusters: how many groups were resampled for the intervals; None when single items were.
        resamples: how many resamples each interval has, unless its figure says otherwise.
    """

    kind: Kind
    n: int
    figures: Mapping[str, Figure]
    baseline: Mapping[str, Figure]
    constant: str
    ceiling: Ceiling | None
    by_group: ByGroup
    confusion: Mapping[str, Mapping[str, int]]
    judge_counts: Mapping[str, int]
    label_counts: Mapping[str, int]
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
    """All figures of paired values; a ceiling is `ceiling`'s to tell.

    Scores are rounded to the nearest whole point, halves to the even one, for all but the correlations and the true
    and false positive rates. Where at least 10 groups are given, intervals resample whole groups; an item without a
    group is one of its own.

    Args:
        judge: numbers for scores, texts for verdicts and labels.
        labels: of the same length and kind.
        groups: the group of each item, None for an item without; empty when no item has one.
        positive: the positive side that the true and false positive rates need: texts of verdicts and labels, or
            the least score. None is A for verdicts, else nothing.

    Raises:
        ValueError: if the lengths differ.
    """
    import numpy as np

    n = len(judge)
    if n != len(labels) or (groups and len(groups) != n):
        raise ValueError(f"{n} judgements, {len(labels)} labels, {len(groups)} groups")
    sample = Sample(cluster_numbers(groups), resamples, seed)
    (given, wanted), texts = coded((judge, labels), kind)
    x, y = to_points(given), to_points(wanted)
    names = {point: texts[int(point)] if texts else f"{point:.0f}" for point in np.unique([x, y]).tolist()}
    side = frozenset({"A"}) if positive is None and kind is Kind.VERDICT else positive
    constant = _commonest(y)
    if kind is Kind.SCORE:
        correlations = pooled(given, wanted, sample.clusters, resamples=resamples, seed=seed)
        grouped = by_group(given, wanted, groups, resamples=resamples, seed=seed)
    else:
        why = f"{kind}s are no numbers"
        correlations = {name: Figure(None, n, why=why) for name in MEASURES}
        grouped = ByGroup.none(why)
    if constant is None:
        baseline = {name: Figure.of_rate(None) for name in (*POINT_FIGURES, *MEASURES, *CLASS_RATES)}
    else:
        same = [names[constant] if texts else constant] * n
        never = Figure(None, n, why="a constant has no correlation")
        baseline = point_figures(np.full(n, constant), y, kind, sample) | dict.fromkeys(MEASURES, never)
        baseline |= _class_rates(same, labels, side, sample)
    figures = point_figures(x, y, kind, sample) | correlations
    return Agreement(
        kind=kind,
        n=n,
        figures=figures
        | _class_rates(judge, labels, side, sample)
        | {"baseline_accuracy": baseline["accuracy"]},
        baseline=baseline,
        constant="" if constant is None else names[constant],
        ceiling=None,
        by_group=grouped,
        confusion=_confusion(x, y, names),
        judge_counts=_counts(x, names),
        label_counts=_counts(y, names),
        clusters=None if sample.clusters is None else max(sample.clusters) + 1,
        resamples=resamples,
        seed=seed,
    )


def _commonest(points: Floats) -> float | None:
    """The point that occurs most often, the least of several; None of none."""
    import numpy as np

    if not len(points):
        return None
    distinct, times = np.unique(points, return_counts=True)
    return float(distinct[times.argmax()])


def _class_rates(
    judge: Sequence[float | str], labels: Sequence[float | str], positive: Positive | None, sample: Sample
) -> dict[str, Figure]:
    if not judge:
        return dict.fromkeys(CLASS_RATES, Figure.of_rate(None))
    if positive is None:
        return dict.fromkeys(CLASS_RATES, Figure(None, len(judge), why="no positive side is named"))
    return class_rates(positives(judge, positive), positives(labels, positive), sample.clusters)


def _counts(points: Floats, names: Mapping[float, str]) -> dict[str, int]:
    counts = Counter(points.tolist())
    return {name: counts[point] for point, name in names.items()}


def _confusion(judge: Floats, labels: Floats, names: Mapping[float, str]) -> dict[str, dict[str, int]]:
    counts = Counter(zip(labels.tolist(), judge.tolist(), strict=True))
    table: dict[str, dict[str, int]] = {}
    for (label, given), count in sorted(counts.items()):
        table.setdefault(names[label], {})[names[given]] = count
    return table
