"""Means of figures over pairs of sides that have items in common, for many resamples at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import bootstrap, incidence
from judgetui.analysis.paired_cells import Cells
from judgetui.analysis.sides import Sample

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.intp]
    Flags = NDArray[np.bool_]
    Pairs = Sequence[tuple[int, int]]


def gaps(columns: Floats, pair: tuple[int, int]) -> Flags:
    """The items of which one of two sides says nothing."""
    import numpy as np

    missing: Flags = np.isnan(columns[pair[0]]) | np.isnan(columns[pair[1]])
    return missing


def patterns_of(columns: Floats) -> tuple[Floats, Codes]:
    """The distinct items, of shape (p, sides), and which of them each item is, of shape (n,)."""
    import numpy as np

    known = np.unique(columns[~np.isnan(columns)])
    codes = np.where(np.isnan(columns), -1, np.searchsorted(known, columns))
    rows, kinds = np.unique(codes.T, axis=0, return_inverse=True)
    return np.where(rows < 0, np.nan, known[rows]), kinds.reshape(-1)


class PairMeans:
    """Means of figures over pairs of sides, weighted by common items, for many resamples at once.

    Args:
        columns: what each side says of each item, nan where nothing; shape (sides, n).
        pairs: of sides.
        least: pairs with fewer items in common are left out.
    """

    def __init__(self, columns: Floats, pairs: Pairs, least: int) -> None:
        import numpy as np

        patterns, self._kinds = patterns_of(columns)
        self._times = np.bincount(self._kinds)[None].astype(np.float64)
        self._both: list[Flags] = []
        self._tables: list[Callable[[Floats], Floats]] = []
        self.cells: list[Cells] = []
        for pair in pairs:
            both = ~gaps(patterns.T, pair)
            if self._times[0, both].sum() < least:
                continue
            cells = Cells.of(*(patterns[both, side] for side in pair))
            self._both.append(both)
            self.cells.append(cells)
            self._tables.append(
                incidence(np.flatnonzero(both), cells.kinds, (len(patterns), len(cells.left)))
            )

    def figures(
        self,
        names: Sequence[str],
        measured: Callable[[Cells, Floats], tuple[Floats, ...]],
        absent: str,
        sample: Sample,
    ) -> dict[str, Figure]:
        """The mean of each figure with its interval.

        Args:
            measured: the figures of a pair from counts of its cells, nan where one has no value.
            absent: why no pair may have a value.
        """
        import numpy as np

        items = len(self._kinds)
        counted = np.zeros((len(names), self._times.shape[1]), dtype=np.bool_)
        for both, known in zip(self._both, self._known(measured), strict=True):
            counted |= known[:, None] & both
        n = [int(self._times[0, each].sum()) for each in counted]
        if not any(n):
            return dict.fromkeys(names, Figure(None, items, why=absent))

        def means(counts: Floats) -> Floats:
            above, below = np.zeros((2, len(counts), len(names)))
            for cells, table in zip(self.cells, self._tables, strict=True):
                drawn = table(counts)
                size = drawn.sum(axis=1)
                drawn[size == 0] = cells.once  # has no weight
                figures = np.stack(measured(cells, drawn), axis=1)
                weights = np.where(np.isnan(figures), 0.0, size[:, None])
                above += np.nan_to_num(figures) * weights
                below += weights
            return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)

        values = means(self._times)[0]
        intervals = bootstrap(
            means, items, sample.clusters, kinds=self._kinds, resamples=sample.resamples, seed=sample.seed
        )
        return {
            name: Figure(float(value), each).within(interval) if each else Figure(None, items, why=absent)
            for name, value, each, interval in zip(names, values, n, intervals, strict=True)
        }

    def _known(self, measured: Callable[[Cells, Floats], tuple[Floats, ...]]) -> Iterator[Flags]:
        """Which figures each pair has a value of."""
        import numpy as np

        for cells, table in zip(self.cells, self._tables, strict=True):
            yield ~np.isnan([each[0] for each in measured(cells, table(self._times))])
