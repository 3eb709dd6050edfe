"""The sides of a comparison as numbers, and how their items are resampled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from judgetui.analysis.kinds import Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST_CLUSTERS: Final = 10
"""Below this many groups single items are resampled: whole groups are then too few to tell their own spread
(Cameron, Gelbach and Miller 2008, Bootstrap-Based Improvements for Inference with Clustered Errors)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """How intervals are resampled.

    Args:
        clusters: the cluster of each item, drawn as a whole; None draws single items.
    """

    clusters: Sequence[int] | None
    resamples: int
    seed: int


def cluster_numbers(groups: Sequence[str | None]) -> list[int] | None:
    """The number of each item's group; None when groups are too few to be resampled.

    An item without a group is one of its own.
    """
    places: dict[object, int] = {}
    numbers = [
        places.setdefault(index if group is None else group, len(places))
        for index, group in enumerate(groups)
    ]
    named = sum(isinstance(place, str) for place in places)
    return numbers if named >= FEWEST_CLUSTERS and len(places) < len(groups) else None


def coded(sides: Sequence[Sequence[float | str | None]], kind: Kind) -> tuple[list[Floats], tuple[str, ...]]:
    """Sides as numbers, each of shape (n,), nan where one has nothing; and the texts that they are codes of.

    Args:
        sides: scores as numbers, else texts, which are numbered in their order.
    """
    import numpy as np

    if kind is Kind.SCORE:
        return [np.asarray(side, dtype=np.float64) for side in sides], ()
    texts = tuple(sorted({str(value) for side in sides for value in side if value is not None}))
    codes: dict[object, float] = {text: float(code) for code, text in enumerate(texts)}
    return [np.array([codes.get(value, np.nan) for value in side], dtype=np.float64) for side in sides], texts


def to_points(side: Floats) -> Floats:
    """Numbers rounded to whole ones, halves to the even one; codes of texts stay as they are."""
    import numpy as np

    points: Floats = np.rint(side) + 0.0  # no -0
    return points
