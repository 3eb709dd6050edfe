"""What a rate or a mean score would be under people's labels, where people labelled only some of the judged items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from judgetui.analysis.figures import Figure
from judgetui.analysis.means import mean
from judgetui.analysis.prediction_powered import (
    Moments,
    MoreLabels,
    more_labels,
    powered_mean,
    powered_rate,
)
from judgetui.analysis.rogan_gladen import (
    Counts,
    labelled_rate,
    naive_rate,
    noted,
    rogan_gladen,
    sensitivity,
    specificity,
)


@dataclass(frozen=True, slots=True)
class Corrected:
    """One quantity, estimated in every way there is.

    Args:
        labelled: items with a label.
        n: all judged items.
        naive: as the judge has it, over all items.
        labels_only: as the labels have it, over the labelled items.
        rogan_gladen: the judge's rate corrected by sensitivity and specificity; of a mean it has no value.
        ppi: prediction-powered inference.
        ppi_tuned: the same where the judge counts as far as it helps (PPI++); the narrowest of those that do not
            trust the judge.
        tuning: how much the judge counts there, 0 to 1; None where there is no value.
        sensitivity: of the judge; of a mean it has no value.
        specificity: of the judge; of a mean it has no value.
        more: further labels for the half-width that was asked for; None where none was.
    """

    labelled: int
    n: int
    naive: Figure
    labels_only: Figure
    rogan_gladen: Figure
    ppi: Figure
    ppi_tuned: Figure
    tuning: float | None
    sensitivity: Figure
    specificity: Figure
    more: MoreLabels | None


def corrected_rate(counts: Counts, half_width: float | None = None, *, at_random: bool = True) -> Corrected:
    """The share of positives: as judged, as labelled, and as it would be if every item were labelled.

    Args:
        half_width: half of the 95% interval that is wanted, as a share; None does not ask.
        at_random: whether the labelled items were drawn at random from all; else the figures say that they were not.
    """
    tuned = powered_rate(counts, at_random=at_random)
    return Corrected(
        labelled=counts.labelled,
        n=counts.n,
        naive=naive_rate(counts),
        labels_only=labelled_rate(counts, at_random=at_random),
        rogan_gladen=rogan_gladen(counts, at_random=at_random),
        ppi=powered_rate(counts, tuned=False, at_random=at_random).figure,
        ppi_tuned=tuned.figure,
        tuning=tuned.tuning,
        sensitivity=sensitivity(counts),
        specificity=specificity(counts),
        more=_more(half_width, Moments.of_counts(counts, 0.5) if counts.labelled > 1 else None),
    )


def corrected_mean(
    judge: Sequence[float],
    labels: Sequence[float],
    rest: Sequence[float],
    half_width: float | None = None,
    *,
    bounds: tuple[float, float] | None = None,
    at_random: bool = True,
) -> Corrected:
    """The mean of a score, or of a win rate with ties half: as judged, as labelled, and under labels everywhere.

    Args:
        judge: the judge's values on the labelled items.
        labels: of the same length.
        rest: the judge's values on the items without a label.
        half_width: half of the 95% interval that is wanted, in the score's unit; None does not ask.
        bounds: the least and the greatest value there can be; None where there are none.
        at_random: as in `corrected_rate`.

    Raises:
        ValueError: if there are not as many labels as values of the judge.
    """
    tuned = powered_mean(judge, labels, rest, bounds, at_random=at_random)
    missing = Figure(None, len(labels), why="a mean has no sensitivity and specificity")
    return Corrected(
        labelled=len(labels),
        n=len(labels) + len(rest),
        naive=mean(Counter([*judge, *rest])),
        labels_only=noted(mean(Counter(labels)), at_random),
        rogan_gladen=missing,
        ppi=powered_mean(judge, labels, rest, bounds, tuned=False, at_random=at_random).figure,
        ppi_tuned=tuned.figure,
        tuning=tuned.tuning,
        sensitivity=missing,
        specificity=missing,
        more=_more(half_width, Moments.of_values(judge, labels, rest) if len(labels) > 1 else None),
    )


def _more(half_width: float | None, moments: Moments | None) -> MoreLabels | None:
    if half_width is None:
        return None
    if moments is None:
        return MoreLabels(half_width, None, None, "it needs 2 labelled items to tell how labels vary")
    return more_labels(moments, half_width)
