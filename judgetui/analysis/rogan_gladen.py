"""A judge's rate of positives, corrected by how often it errs on the items that people labelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import wilson

NOT_RANDOM: Final = (
    "the labelled items were not drawn at random, so it holds only as far as they are like the rest"
)
"""What is said of figures that take the labelled items for a random sample of all."""

_Z: Final = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Counts:
    """Judged items by what the judge said, and those that people labelled by what they said too.

    Args:
        both: labelled items that judge and label call positive.
        judge_only: labelled items that the judge alone calls positive.
        label_only: labelled items that the label alone calls positive.
        neither: labelled items that neither calls positive.
        rest_positive: items without a label that the judge calls positive.
        rest_negative: items without a label that the judge does not.
    """

    both: int
    judge_only: int
    label_only: int
    neither: int
    rest_positive: int = 0
    rest_negative: int = 0

    def __post_init__(self) -> None:
        if min(self.both, self.judge_only, self.label_only, self.neither, *self.rest) < 0:
            raise ValueError(f"{self} has a negative count")

    @classmethod
    def of(cls, judge: Sequence[bool], labels: Sequence[bool | None]) -> Counts:
        """Count items; None stands for no label.

        Raises:
            ValueError: if the lengths differ.
        """
        found = dict.fromkeys([(said, label) for said in (True, False) for label in (True, False, None)], 0)
        for pair in zip(judge, labels, strict=True):
            found[pair] += 1
        return cls(
            both=found[True, True],
            judge_only=found[True, False],
            label_only=found[False, True],
            neither=found[False, False],
            rest_positive=found[True, None],
            rest_negative=found[False, None],
        )

    @property
    def rest(self) -> tuple[int, int]:
        """Items without a label: positive and negative ones by the judge."""
        return self.rest_positive, self.rest_negative

    @property
    def labelled(self) -> int:
        """Items with a label."""
        return self.both + self.judge_only + self.label_only + self.neither

    @property
    def n(self) -> int:
        """All judged items."""
        return self.labelled + self.rest_positive + self.rest_negative

    @property
    def positive_labels(self) -> int:
        """Labelled items whose label is positive."""
        return self.both + self.label_only

    @property
    def negative_labels(self) -> int:
        """Labelled items whose label is negative."""
        return self.judge_only + self.neither


def naive_rate(counts: Counts) -> Figure:
    """The share that the judge calls positive, of all items, with Wilson's interval; it trusts the judge."""
    return Figure.of_rate(wilson(counts.both + counts.judge_only + counts.rest_positive, counts.n))


def labelled_rate(counts: Counts, *, at_random: bool = True) -> Figure:
    """The share that people call positive, of the labelled items, with Wilson's interval; it leaves the judge out."""
    return noted(Figure.of_rate(wilson(counts.positive_labels, counts.labelled)), at_random)


def sensitivity(counts: Counts) -> Figure:
    """Of the items whose label is positive, the share that the judge calls so (Wilson)."""
    if not counts.positive_labels:
        return Figure(None, 0, why="no label is positive")
    return Figure.of_rate(wilson(counts.both, counts.positive_labels))


def specificity(counts: Counts) -> Figure:
    """Of the items whose label is not positive, the share of which the judge says the same (Wilson)."""
    if not counts.negative_labels:
        return Figure(None, 0, why="no label is negative")
    return Figure.of_rate(wilson(counts.neither, counts.negative_labels))


def rogan_gladen(counts: Counts, *, at_random: bool = True) -> Figure:
    """The judge's rate corrected by its sensitivity and specificity, (p + sp - 1) / (se + sp - 1), cut to 0 to 1.

    Rogan and Gladen 1978, American Journal of Epidemiology 107, 71-76. With p over all items, labelled ones among
    them, it equals f * (share of positive labels) + (1 - f) * (the same formula with p over the items without a label),
    f being the labelled share of all: the two parts do not depend on each other. The interval of the second is that of
    Lang and Reiczigel 2014 (Preventive Veterinary Medicine 113, 13-22), which counts the error of p, sensitivity and
    specificity; the first adds Agresti and Coull's variance (1998, The American Statistician 52).

    Args:
        at_random: whether the labelled items were drawn at random from all.

    Returns:
        Without a value where sensitivity or specificity is not known, or they add up to 1 or less; without an
        interval where they might, since the rate could then be anything. n is that of all items.
    """
    n = counts.n
    ones, zeros = counts.positive_labels, counts.negative_labels
    if not counts.labelled:
        return Figure(None, n, why="no item has a label")
    if not ones or not zeros:
        kind = "negative" if ones else "positive"
        return Figure(None, n, why=f"no label is {kind}, so the judge's errors on such items are not known")
    found, correct = counts.both / ones, counts.neither / zeros
    if found + correct <= 1:
        return Figure(
            None, n, why="sensitivity and specificity add up to 1 or less, so the judge's rate tells nothing"
        )
    apparent = (counts.both + counts.judge_only + counts.rest_positive) / n
    raw = (apparent + correct - 1) / (found + correct - 1)
    value = min(1.0, max(0.0, raw))
    note = "" if value == raw else f"cut to {value:.0f}; the formula gives {raw:.3f}"
    bounds = _bounds(counts)
    if bounds is None:
        why = "the labels do not show the judge to be better than chance, so the rate could be anything"
        return noted(Figure(value, n, why="; ".join(filter(None, (note, why)))), at_random)
    low, high = bounds
    return noted(Figure(value, n, max(0.0, min(low, value)), min(1.0, max(high, value)), note), at_random)


def _bounds(counts: Counts) -> tuple[float, float] | None:
    """The interval of the Rogan-Gladen estimate, before it is cut; None where se + sp - 1 may be 0."""
    z2 = _Z * _Z
    ones, zeros, rest = counts.positive_labels, counts.negative_labels, sum(counts.rest)
    se, se_error = _shrunk(counts.both, ones)
    sp, sp_error = _shrunk(counts.neither, zeros)
    gain = se + sp - 1
    if gain <= _Z * sqrt(se_error + sp_error):
        return None
    labelled = counts.labelled / counts.n
    share = (ones + z2 / 2) / (counts.labelled + z2)
    centre = labelled * share
    variance = labelled**2 * share * (1 - share) / (counts.labelled + z2)
    if rest:
        p = (counts.rest_positive + z2 / 2) / (rest + z2)
        rate = (p + sp - 1) / gain
        shift = 2 * z2 * (rate * se * (1 - se) / (ones + 2) - (1 - rate) * sp * (1 - sp) / (zeros + 2))
        spread = p * (1 - p) / (rest + z2) + rate**2 * se_error + (1 - rate) ** 2 * sp_error
        centre += (1 - labelled) * (rate + shift)
        variance += (1 - labelled) ** 2 * spread / gain**2
    half = _Z * sqrt(variance)
    return centre - half, centre + half


def _shrunk(hits: int, n: int) -> tuple[float, float]:
    """(hits + 1) / (n + 2) and its variance, as Lang and Reiczigel take them for sensitivity and specificity."""
    share = (hits + 1) / (n + 2)
    return share, share * (1 - share) / (n + 2)


def noted(figure: Figure, at_random: bool) -> Figure:
    """The figure, which says so where it stands on labels that were not drawn at random."""
    if at_random or figure.value is None:
        return figure
    why = "; ".join(filter(None, (figure.why, NOT_RANDOM)))
    return Figure(figure.value, figure.n, figure.low, figure.high, why)
