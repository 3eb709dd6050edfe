"""How often a judge sees what people see on the positive side, and where people see none of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.shares import share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

CLASS_RATES: Final = ("true_positive_rate", "false_positive_rate")

Positive = frozenset[str] | float
"""The positive side: verdicts or labels, or the least score that counts as positive."""


def positives(side: object, positive: Positive) -> Flags:
    """Which values of a side are positive.

    Args:
        side: scores or texts, of shape (n,).
    """
    import numpy as np

    if isinstance(positive, frozenset):
        return np.isin(np.asarray(side, dtype=np.str_), sorted(positive))
    found: Flags = np.asarray(side, dtype=np.float64) >= positive
    return found


def class_rates(judge: Flags, labels: Flags, clusters: Sequence[int] | None = None) -> dict[str, Figure]:
    """The true and the false positive rate: sensitivity, and 1 - specificity (Yerushalmy 1947).

    Args:
        judge: which items the judge takes for positive; shape (n,).
        labels: which of them people do.
        clusters: see `share`.
    """
    rates = (
        share(judge, clusters, labels, "no label is positive"),
        share(judge, clusters, ~labels, "no label is negative"),
    )
    return dict(zip(CLASS_RATES, rates, strict=True))
