"""Agreement corrected for chance, and macro averages: the figures of two sides, from the libraries that have them.

Pairs come as cells, the judge's side on the left; texts stand as their codes. The corrected figures need two items
and, over both sides, two different points: chance agrees with everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from judgetui.analysis import paired_cells
from judgetui.analysis.kinds import Level
from judgetui.analysis.paired_cells import Cells

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_TABLE: Final = 20_000_000
"""Numbers that the krippendorff package may hold at once, 160 MB; it makes a matrix of all points for each item."""


def cohen_kappa(cells: Cells) -> float:
    """Cohen's kappa (Cohen 1960), -1 to 1."""
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(cells.left, cells.right, sample_weight=cells.once[0]))


def quadratic_kappa(cells: Cells) -> float:
    """Quadratic weighted kappa (Cohen 1968) of whole-number points, -1 to 1.

    Every point between the least and the greatest counts, so that a point that nobody gave keeps its distance.
    """
    import numpy as np
    from sklearn.metrics import cohen_kappa_score

    points = cells.points.astype(np.int64)
    x, y, scale = points[cells.left], points[cells.right], np.arange(points[0], points[-1] + 1)
    return float(cohen_kappa_score(x, y, labels=scale, weights="quadratic", sample_weight=cells.once[0]))


def krippendorff_alpha(cells: Cells, level: Level) -> float:
    """Krippendorff's alpha of two sides without gaps (Krippendorff 2011), at most 1."""
    import krippendorff
    import numpy as np

    if len(cells.kinds) * len(cells.points) ** 2 > _TABLE:
        return float(paired_cells.alpha(cells, cells.once, level)[0])
    sides = np.stack([cells.points[side][cells.kinds] for side in (cells.left, cells.right)])
    return float(krippendorff.alpha(sides, level_of_measurement=level.value))


def gwet_ac1(cells: Cells) -> float:
    """Gwet's AC1 (Gwet 2008) over the points that occur, -1 to 1."""
    return float(paired_cells.ac1(cells, cells.once)[0])


def macro_averages(
    judge: Sequence[object],
    labels: Sequence[object],
    classes: Sequence[object] | None = None,
    times: Sequence[float] | Floats | None = None,
) -> tuple[float, float, float]:
    """Macro-averaged precision, recall and F1 with the labels as the truth, each 0 to 1.

    As PandaLM (data/compute_metrics.py) and JudgeLM (judgelm/llm_judge/eval_model_judgement.py): a class that is
    never predicted, or never occurs, counts 0.

    Args:
        classes: what is averaged over; None takes every class that occurs on a side. PandaLM takes all three.
        times: how often each pair is there; None is once.
    """
    from sklearn.metrics import precision_recall_fscore_support

    precision, recall, f1, _ = precision_recall_fscore_support(
        labels, judge, labels=classes, average="macro", zero_division=0, sample_weight=times
    )
    return float(precision), float(recall), float(f1)
