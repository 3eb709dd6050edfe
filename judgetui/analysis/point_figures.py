"""The figures of paired points: shares, agreement corrected for chance, and macro averages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from judgetui.analysis import paired_cells
from judgetui.analysis.chance_corrected import (
    cohen_kappa,
    gwet_ac1,
    krippendorff_alpha,
    macro_averages,
    quadratic_kappa,
)
from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import bootstrap
from judgetui.analysis.kinds import Kind, Level
from judgetui.analysis.paired_cells import Cells
from judgetui.analysis.shares import share
from judgetui.analysis.sides import Sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MAX_SPAN: Final = 1000
"""Scores whose labels span more points than this lie on no scale, and have no kappa."""

SHARES: Final = ("accuracy", "within_one")

CORRECTED: Final = (
    "kappa",
    "weighted_kappa",
    "krippendorff_alpha",
    "krippendorff_alpha_nominal",
    "krippendorff_alpha_ordinal",
    "krippendorff_alpha_interval",
    "gwet_ac1",
)

MACRO: Final = ("macro_precision", "macro_recall", "macro_f1")

POINT_FIGURES: Final = (*SHARES, *CORRECTED, *MACRO)

_NO_MACRO: Final = "precision and recall are for verdicts and labels"


def point_figures(judge: Floats, labels: Floats, kind: Kind, sample: Sample) -> dict[str, Figure]:
    """The figures by the names of `POINT_FIGURES`.

    Args:
        judge: whole points of scores, or codes of texts; shape (n,).
        labels: likewise.
    """
    n = len(judge)
    if not n:
        return dict.fromkeys(POINT_FIGURES, Figure.of_rate(None))
    cells = Cells.of(judge, labels)
    score = kind is Kind.SCORE
    near = paired_cells.near(cells)[cells.kinds]
    figures = {
        "accuracy": share(judge == labels, sample.clusters),
        "within_one": share(near, sample.clusters) if score else Figure(None, n, why=no_distances(kind)),
    }
    chance = _no_chance(cells, kind)
    if score and chance:
        return (
            figures
            | dict.fromkeys(CORRECTED, Figure(None, n, why=chance))
            | dict.fromkeys(MACRO, Figure(None, n, why=_NO_MACRO))
        )

    def resampled(counts: Floats) -> Floats:
        import numpy as np

        macro = paired_cells.macro(cells, counts, len(cells.points))
        return np.stack([*corrected(cells, counts, kind), *macro], axis=1)

    intervals = bootstrap(
        resampled, n, sample.clusters, kinds=cells.kinds, resamples=sample.resamples, seed=sample.seed
    )
    values = (*_corrected_values(cells, kind, chance), *_macro_values(cells, kind))
    for name, value, interval in zip((*CORRECTED, *MACRO), values, intervals, strict=True):
        figure = Figure(None, n, why=value) if isinstance(value, str) else Figure(value, n)
        figures[name] = figure.within(interval)
    return figures


def corrected(cells: Cells, counts: Floats, kind: Kind) -> tuple[Floats, ...]:
    """The figures of `CORRECTED`, one of shape (r,) each from counts of shape (r, c); nan where one has no value."""
    import numpy as np

    nominal = paired_cells.alpha(cells, counts, Level.NOMINAL)
    if kind is Kind.SCORE:
        weighted = paired_cells.weighted_kappa(cells, counts)
        ordinal = paired_cells.alpha(cells, counts, Level.ORDINAL)
        interval = paired_cells.alpha(cells, counts, Level.INTERVAL)
    else:
        weighted = ordinal = interval = np.full(len(counts), np.nan)
    main = ordinal if kind is Kind.SCORE else nominal
    kappa, ac1 = paired_cells.kappa(cells, counts), paired_cells.ac1(cells, counts)
    return kappa, weighted, main, nominal, ordinal, interval, ac1


def no_distances(kind: Kind) -> str:
    """Why there are no distances between points, for verdicts and labels."""
    return f"{kind}s have no distances"


def no_order(kind: Kind) -> str:
    """Why there are no ranks, for verdicts and labels."""
    return f"{kind}s have no order"


def _corrected_values(cells: Cells, kind: Kind, chance: str) -> tuple[float | str, ...]:
    """The value for each name of `CORRECTED`, or in a text why there is none."""
    if chance:
        return (chance,) * len(CORRECTED)
    kappa, ac1 = cohen_kappa(cells), gwet_ac1(cells)
    nominal = krippendorff_alpha(cells, Level.NOMINAL)
    if kind is not Kind.SCORE:
        return kappa, no_distances(kind), nominal, nominal, no_order(kind), no_distances(kind), ac1
    ordinal, interval = (krippendorff_alpha(cells, level) for level in (Level.ORDINAL, Level.INTERVAL))
    return kappa, quadratic_kappa(cells), ordinal, nominal, ordinal, interval, ac1


def _macro_values(cells: Cells, kind: Kind) -> tuple[float | str, ...]:
    if kind is Kind.SCORE:
        return (_NO_MACRO,) * len(MACRO)
    return macro_averages(cells.left.tolist(), cells.right.tolist(), times=cells.once[0])


def _no_chance(cells: Cells, kind: Kind) -> str:
    """Why agreement cannot be corrected for chance; empty when it can."""
    if len(cells.kinds) < 2:
        return "it needs 2 items"
    if len(cells.points) < 2:
        return "both sides say the same of every item, as chance would"
    if kind is Kind.SCORE and cells.points[-1] - cells.points[0] > MAX_SPAN:
        return f"the scores span more than {MAX_SPAN:,} points, which is no scale"
    return ""
