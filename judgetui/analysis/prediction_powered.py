"""Prediction-powered inference: a mean under people's labels, from labels on some items and a judge's word on all.

The mean of the labels is shifted by how the judge's mean on the items without a label differs from its mean on those
with one:

    mean(label) + t * (mean of the judge on the rest - mean of the judge on the labelled)

t = 1 is Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023 (Science 382, 669-674, for a mean); the t that makes the
variance least is PPI++ (Angelopoulos, Duchi and Zrnic 2023, arXiv:2311.01453, section 6). t = 0 leaves the judge out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist
from typing import Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.rogan_gladen import Counts, noted

_Z: Final = NormalDist().inv_cdf(0.975)

_HALF: Final = 0.5
"""Added to each count before the interval of a rate is made, so that counts of 0 do not pass for certainty (Agresti and
Min 2005, Statistics in Medicine 24, 729-740, for matched pairs)."""

_EVERY: Final = "every item has a label"


@dataclass(frozen=True, slots=True)
class Moments:
    """What the estimates need of the data.

    Args:
        n: labelled items; not whole where halves were added.
        rest: items without a label.
        label: mean of the labels.
        judge: mean of the judge's values on the labelled items.
        judge_rest: the same on the others; 0 when there are none.
        label_variance: of the labels.
        judge_variance: of the judge's values on the labelled items.
        covariance: of labels and the judge's values on the labelled items.
        rest_variance: of the judge's values on the others.
        pooled_variance: of the judge's values on all items.
    """

    n: float
    rest: float
    label: float
    judge: float
    judge_rest: float
    label_variance: float
    judge_variance: float
    covariance: float
    rest_variance: float
    pooled_variance: float

    @classmethod
    def of_values(cls, judge: Sequence[float], labels: Sequence[float], rest: Sequence[float]) -> Moments:
        """Of values: variances with n - 1.

        Args:
            judge: its values on the labelled items, two or more.
            labels: of the same length.
            rest: the judge's values on the items without a label.
        """
        import numpy as np

        x, y, others = (np.asarray(values, dtype=np.float64) for values in (judge, labels, rest))
        table = np.cov(x, y)
        return cls(
            n=len(y),
            rest=len(others),
            label=float(y.mean()),
            judge=float(x.mean()),
            judge_rest=float(others.mean()) if len(others) else 0.0,
            label_variance=float(table[1, 1]),
            judge_variance=float(table[0, 0]),
            covariance=float(table[0, 1]),
            rest_variance=float(others.var(ddof=1)) if len(others) > 1 else 0.0,
            pooled_variance=float(np.concatenate([x, others]).var(ddof=1)),
        )

    @classmethod
    def of_counts(cls, counts: Counts, added: float = 0.0) -> Moments:
        """Of counts, `added` to each: variances p (1 - p)."""
        n = counts.labelled + 4 * added
        rest = sum(counts.rest) + (2 * added if sum(counts.rest) else 0.0)
        label = (counts.positive_labels + 2 * added) / n
        judge = (counts.both + counts.judge_only + 2 * added) / n
        positive = counts.rest_positive + added if rest else 0.0
        others = positive / rest if rest else 0.0
        pooled = (judge * n + positive) / (n + rest)
        return cls(
            n=n,
            rest=rest,
            label=label,
            judge=judge,
            judge_rest=others,
            label_variance=label * (1 - label),
            judge_variance=judge * (1 - judge),
            covariance=(counts.both + added) / n - label * judge,
            rest_variance=others * (1 - others),
            pooled_variance=pooled * (1 - pooled),
        )

    @property
    def tuning(self) -> float:
        """PPI++'s t for a mean, cov(label, judge) / ((1 + n / rest) var(judge)), cut to 0 to 1 as in ppi_py."""
        if not self.rest or self.pooled_variance <= 0:
            return 0.0
        return min(1.0, max(0.0, self.covariance / ((1 + self.n / self.rest) * self.pooled_variance)))

    def estimate(self, tuning: float) -> float:
        """The mean under labels."""
        return self.label + tuning * (self.judge_rest - self.judge) if self.rest else self.label

    def parts(self, tuning: float) -> tuple[float, float]:
        """The variance of the estimate: what comes of the labelled items, and what of the others."""
        residual = self.label_variance + tuning**2 * self.judge_variance - 2 * tuning * self.covariance
        return max(residual, 0.0) / self.n, tuning**2 * self.rest_variance / self.rest if self.rest else 0.0


@dataclass(frozen=True, slots=True)
class Powered:
    """A mean under labels.

    Args:
        figure: its n is that of all items, with a label and without.
        tuning: how much the judge counts, 0 to 1; None where there is no figure.
    """

    figure: Figure
    tuning: float | None


def powered_rate(counts: Counts, *, tuned: bool = True, at_random: bool = True) -> Powered:
    """The share of positives under labels.

    The interval is a normal one with half a count added to each cell.

    Args:
        tuned: whether the judge counts as far as it helps (PPI++), or fully (PPI).
        at_random: whether the labelled items were drawn at random from all.
    """
    refused = _refused(counts.labelled, sum(counts.rest), tuned)
    if refused:
        return Powered(Figure(None, counts.n, why=refused), None)
    plain, wide = Moments.of_counts(counts), Moments.of_counts(counts, _HALF)
    tuning = plain.tuning if tuned else 1.0
    spread = wide.tuning if tuned else 1.0
    half = _Z * sqrt(sum(wide.parts(spread)))
    centre = wide.estimate(spread)
    figure = _figure(plain.estimate(tuning), counts.n, centre - half, centre + half, (0.0, 1.0))
    return Powered(_told(figure, counts.labelled, sum(counts.rest), at_random), tuning)


def powered_mean(
    judge: Sequence[float],
    labels: Sequence[float],
    rest: Sequence[float],
    bounds: tuple[float, float] | None = None,
    *,
    tuned: bool = True,
    at_random: bool = True,
) -> Powered:
    """The mean label of all items.

    The interval takes Student's t with Welch's degrees of freedom (Welch 1947, Biometrika 34) in place of the normal
    quantile, which is too small where few items have a label.

    Args:
        judge: the judge's values on the labelled items, in the labels' unit.
        labels: of the same length.
        rest: the judge's values on the items without a label.
        bounds: the least and the greatest label there can be; None where there are none.
        tuned: whether the judge counts as far as it helps (PPI++), or fully (PPI).
        at_random: whether the labelled items were drawn at random from all.

    Raises:
        ValueError: if there are not as many labels as values of the judge.
    """
    if len(judge) != len(labels):
        raise ValueError(f"{len(judge)} values of the judge, {len(labels)} labels")
    n = len(labels) + len(rest)
    refused = _refused(len(labels), len(rest), tuned)
    if refused:
        return Powered(Figure(None, n, why=refused), None)
    from scipy.stats import t

    moments = Moments.of_values(judge, labels, rest)
    tuning = moments.tuning if tuned else 1.0
    value = moments.estimate(tuning)
    of_labelled, of_rest = moments.parts(tuning)
    variance = of_labelled + of_rest
    if of_labelled <= 1e-24 * max(1.0, value * value):
        why = "labels do not vary" if moments.label_variance <= 0 else "judge is off by the same everywhere"
        figure = _figure(value, n, None, None, bounds, f"the {why}, which says little of the uncertainty")
    else:
        freedom = variance**2 / (of_labelled**2 / (len(labels) - 1) + of_rest**2 / max(len(rest) - 1, 1))
        half = float(t.ppf(0.975, freedom)) * sqrt(variance)
        figure = _figure(value, n, value - half, value + half, bounds)
    return Powered(_told(figure, len(labels), len(rest), at_random), tuning)


@dataclass(frozen=True, slots=True)
class MoreLabels:
    """How many more items need a label for an interval of a chosen width.

    Args:
        half_width: half of the 95% interval that is asked for, in the labels' unit.
        more: labels beyond those there are; None where the judged items cannot give it.
        without_judge: labels beyond those there are if the judge were left out; they may be more than there are items.
        why: what the number takes for granted, or why there is none.
    """

    half_width: float
    more: int | None
    without_judge: int | None
    why: str


def more_labels(moments: Moments, half_width: float) -> MoreLabels:
    """How many more labels bring the tuned estimate's interval down to a half-width, over the same judged items.

    With N items, n labels, the labels' variance v and their correlation r with the judge, the least variance is
    v (1 - r^2) / n + v r^2 / N (from PPI++'s t with N - n items without a label), which is solved for n.

    Args:
        moments: of what there is; of a rate as `Moments.of_counts(counts, 0.5)` gives it.
        half_width: above 0, in the labels' unit.

    Raises:
        ValueError: for another half-width.
    """
    if not half_width > 0:
        raise ValueError(f"{half_width} is no half-width")
    have, total = moments.n, moments.n + moments.rest
    variance = moments.label_variance
    if variance <= 0:
        return MoreLabels(half_width, None, None, "the labels do not vary, which tells nothing of the next")
    both = variance * moments.judge_variance
    shared = max(0.0, moments.covariance) ** 2 / both if both > 0 else 0.0
    wanted = (half_width / _Z) ** 2
    alone = max(0, ceil(variance / wanted - have))
    room = wanted - variance * shared / total
    needed = variance * (1 - shared) / room if room > 0 else float("inf")
    if needed > total:
        best = _Z * sqrt(variance / total)
        why = (
            f"with all {total:.0f} items labelled the half-width would still be {best:.3f}; judge more items"
        )
        return MoreLabels(half_width, None, alone, why)
    why = f"if they are drawn at random from the {moments.rest:.0f} items without a label and are like those there are"
    return MoreLabels(half_width, max(0, ceil(needed - have - 1e-9)), alone, why)


def _refused(labelled: int, rest: int, tuned: bool) -> str:
    """Why there is no estimate; empty when there is one."""
    if labelled < 2:
        return f"{labelled or 'no'} item{'' if labelled == 1 else 's'} with a label; it needs 2"
    if not rest and not tuned:
        return f"{_EVERY}, so the labels alone tell it"
    return ""


def _figure(
    value: float,
    n: int,
    low: float | None,
    high: float | None,
    bounds: tuple[float, float] | None,
    why: str = "",
) -> Figure:
    """A figure cut to what labels can be."""
    least, most = bounds or (float("-inf"), float("inf"))
    kept = min(most, max(least, value))
    if kept != value:
        why = "; ".join(filter(None, (f"cut to {kept:g}; the formula gives {value:.3f}", why)))
    if low is None or high is None:
        return Figure(kept, n, why=why)
    return Figure(kept, n, max(least, min(low, kept)), min(most, max(high, kept)), why)


def _told(figure: Figure, labelled: int, rest: int, at_random: bool) -> Figure:
    if not rest:
        why = "; ".join(filter(None, (figure.why, f"{_EVERY}, so the judge adds nothing")))
        return Figure(figure.value, figure.n, figure.low, figure.high, why)
    return noted(figure, at_random)
