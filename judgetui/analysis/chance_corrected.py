"""Agreement corrected for chance, and macro averages: the figures of two sides, from the libraries that have them.

All take points as arrays of shape (n,), the judge's side first; texts stand as their codes. The corrected figures
need two items and, over both sides, two different points: chance agrees with everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from judgetui.analysis import paired_cells
from judgetui.analysis.paired_cells import Cells

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_TABLE: Final = 20_000_000
"""Numbers that the krippendorff package may hold at once, 160 MB; it makes a matrix of all points for each item."""


def cohen_kappa(judge: Floats, labels: Floats) -> float:
    """Cohen's kappa (Cohen 1960), -1 to 1."""
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(judge, labels))


def quadratic_kappa(judge: Floats, labels: Floats) -> float:
    """Quadratic weighted kappa (Cohen 1968) of whole-number points, -1 to 1.

    Every point between the least and the greatest counts, so that a point that nobody gave keeps its distance.
    """
    import numpy as np
    from sklearn.metrics import cohen_kappa_score

    x, y = judge.astype(np.int64), labels.astype(np.int64)
    scale = np.arange(min(x.min(), y.min()), max(x.max(), y.max()) + 1)
    return float(cohen_kappa_score(x, y, labels=scale, weights="quadratic"))


def krippendorff_alpha(judge: Floats, labels: Floats, *, ordinal: bool) -> float:
    """Krippendorff's alpha of two sides without gaps (Krippendorff 2011), at most 1; nominal unless `ordinal`."""
    import krippendorff
    import numpy as np

    cells = Cells.of(judge, labels)
    if len(judge) * len(cells.points) ** 2 > _TABLE:
        return float(paired_cells.alpha(cells, cells.counted(_once(judge)), ordinal=ordinal)[0])
    sides = np.stack([judge, labels])
    return float(krippendorff.alpha(sides, level_of_measurement="ordinal" if ordinal else "nominal"))


def gwet_ac1(judge: Floats, labels: Floats) -> float:
    """Gwet's AC1 (Gwet 2008) over the points that occur, -1 to 1."""
    cells = Cells.of(judge, labels)
    return float(paired_cells.ac1(cells, cells.counted(_once(judge)))[0])


def macro_averages(
    judge: Sequence[object], labels: Sequence[object], classes: Sequence[object] | None = None
) -> tuple[float, float, float]:
    """Macro-averaged precision, recall and F1 with the labels as the truth, each 0 to 1.

    As PandaLM (data/compute_metrics.py) and JudgeLM (judgelm/llm_judge/eval_model_judgement.py): a class that is
    never predicted, or never occurs, counts 0.

    Args:
        classes: what is averaged over; None takes every class that occurs on a side. PandaLM takes all three.
    """
    from sklearn.metrics import precision_recall_fscore_support

    precision, recall, f1, _ = precision_recall_fscore_support(
        labels, judge, labels=classes, average="macro", zero_division=0
    )
    return float(precision), float(recall), float(f1)


def _once(side: Floats) -> Floats:
    """Every item drawn once, as weights of shape (1, n)."""
    import numpy as np

    return np.ones((1, len(side)))
