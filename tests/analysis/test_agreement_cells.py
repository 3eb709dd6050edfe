"""Figures of resamples: what they say of some counts is what the definition says of the pairs written out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from judgetui.analysis import paired_cells
from judgetui.analysis.kinds import Level
from judgetui.analysis.paired_cells import Cells
from tests.analysis import formulas

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Pairs = list[tuple[float, float]]

DEFINED: dict[
    str, tuple[Callable[[Cells, Floats], Floats], Callable[[formulas.Side, formulas.Side], float]]
] = {
    "kappa": (paired_cells.kappa, formulas.cohen),
    "weighted_kappa": (paired_cells.weighted_kappa, formulas.cohen_squared),
    "within_one": (paired_cells.within_one, formulas.within_one),
    "alpha_nominal": (partial(paired_cells.alpha, level=Level.NOMINAL), formulas.krippendorff_nominal),
    "alpha_ordinal": (partial(paired_cells.alpha, level=Level.ORDINAL), formulas.krippendorff_ordinal),
    "alpha_interval": (partial(paired_cells.alpha, level=Level.INTERVAL), formulas.krippendorff_interval),
    "pearson": (paired_cells.pearson, formulas.pearson),
    "spearman": (paired_cells.spearman, formulas.spearman),
    "kendall": (paired_cells.kendall, formulas.kendall),
}

values = st.integers(1, 5).map(float)
drawn_pairs = st.lists(st.tuples(st.tuples(values, values), st.integers(0, 3)), min_size=2, max_size=14)


def cells_of(pairs: Pairs) -> Cells:
    left, right = np.array(pairs).T
    return Cells.of(left, right)


def counted(cells: Cells, weights: Floats) -> Floats:
    """How often each cell was drawn, from how often each pair was."""
    found: Floats = weights @ np.eye(len(cells.left))[cells.kinds]
    return found


@given(drawn_pairs)
@pytest.mark.parametrize("name", DEFINED)
def test_a_resample_has_the_figure_of_its_pairs(
    name: str, drawn: list[tuple[tuple[float, float], int]]
) -> None:
    assume(any(times for _, times in drawn))  # a resample is never empty
    measured, defined = DEFINED[name]
    cells = cells_of([pair for pair, _ in drawn])
    weights = np.array([[times for _, times in drawn], [1 for _ in drawn]], dtype=float)
    for row, found in zip(weights, measured(cells, counted(cells, weights)), strict=True):
        written = [pair for (pair, _), times in zip(drawn, row, strict=True) for _ in range(int(times))]
        left, right = [a for a, _ in written], [b for _, b in written]
        try:
            expected = defined(left, right)
        except ZeroDivisionError:  # sides that do not vary
            assert np.isnan(found)
        else:
            assert found == pytest.approx(expected, abs=1e-9)


@given(drawn_pairs)
def test_macro_averages_and_ac1_keep_the_classes_of_all_data(
    drawn: list[tuple[tuple[float, float], int]],
) -> None:
    pairs = [pair for pair, times in drawn for _ in range(times)]
    assume(len(pairs) > 1)
    cells = cells_of(pairs)
    counts = cells.once
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    found = [figure[0] for figure in paired_cells.macro(cells, counts, len(cells.points))]
    assert found == pytest.approx(formulas.macro(left, right))
    if len(cells.points) > 1:
        assert paired_cells.ac1(cells, counts)[0] == pytest.approx(formulas.gwet(left, right))
    else:
        assert np.isnan(paired_cells.ac1(cells, counts)[0])


@given(drawn_pairs, st.permutations([1.0, 2.0, 3.0, 4.0, 5.0]))
def test_nominal_figures_do_not_depend_on_names(
    drawn: list[tuple[tuple[float, float], int]], names: list[float]
) -> None:
    pairs = [pair for pair, _ in drawn]
    renamed = [(names[int(a) - 1], names[int(b) - 1]) for a, b in pairs]
    for figure in (paired_cells.kappa, DEFINED["alpha_nominal"][0], paired_cells.ac1, paired_cells.agreement):
        before, after = (figure(cells, cells.once)[0] for cells in map(cells_of, (pairs, renamed)))
        assert before == pytest.approx(after, nan_ok=True)


@given(drawn_pairs)
@pytest.mark.parametrize("name", DEFINED)
def test_the_sides_may_change_places(name: str, drawn: list[tuple[tuple[float, float], int]]) -> None:
    pairs = [pair for pair, _ in drawn]
    ahead, behind = (
        DEFINED[name][0](cells, cells.once)[0] for cells in map(cells_of, (pairs, [(b, a) for a, b in pairs]))
    )
    assert ahead == pytest.approx(behind, nan_ok=True)


def test_equal_pairs_share_a_cell() -> None:
    cells = cells_of([(3, 1), (1, 1), (3, 1), (1, 2)])
    assert cells.points.tolist() == [1, 2, 3]
    assert counted(cells, np.array([[1.0, 10.0, 100.0, 1000.0]])).tolist() == [[10, 1000, 101]]


def test_concordant_pairs_are_counted_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    left, right = random.integers(1, 6, (2, 60)).astype(float)
    cells = Cells.of(left, right)
    counts = counted(cells, random.integers(0, 3, (9, 60)).astype(float))
    whole = paired_cells.kendall(cells, counts)
    monkeypatch.setattr(paired_cells, "_AT_ONCE", 50)
    assert paired_cells.kendall(cells, counts).tolist() == whole.tolist()
