"""Each item's influence on a correlation, and the interval that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import kendalltau, pearsonr, spearmanr

from judgetui.analysis import correlations, paired_cells
from judgetui.analysis.correlations import INFLUENCES, MEASURES, by_group, pooled
from judgetui.analysis.influence import influence_interval, kendall_influence
from judgetui.analysis.paired_cells import Cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SCIPY = (pearsonr, spearmanr, kendalltau)

values = st.integers(-6, 6).map(float)
samples = st.lists(st.tuples(values, values), min_size=4, max_size=30)


def varied(pairs: list[tuple[float, float]]) -> tuple[Floats, Floats]:
    x, y = np.array(pairs).T
    assume(np.ptp(x) and np.ptp(y))
    return x, y


@given(samples)
@pytest.mark.parametrize("at", [0, 1], ids=["pearson", "spearman"])
def test_an_influence_is_the_slope_of_the_figure(at: int, pairs: list[tuple[float, float]]) -> None:
    """The figure with a little more weight on one item, by the weighted formula."""
    x, y = varied(pairs)
    cells, step = Cells.of(x, y), 1e-5
    figure: Callable[[Cells, Floats], Floats] = getattr(paired_cells, MEASURES[at])
    found = INFLUENCES[at](x, y)
    for item in range(len(x)):
        weights = np.ones(len(x))
        up, down = (weights + sign * step * (len(x) * (np.arange(len(x)) == item) - 1) for sign in (1, -1))
        counts = np.stack([up, down]) @ np.eye(len(cells.left))[cells.kinds]
        above, below = figure(cells, counts)
        assert found[item] == pytest.approx((above - below) / (2 * step), abs=1e-4)


@given(samples)
def test_the_influence_on_tau_is_that_of_its_pairs(pairs: list[tuple[float, float]]) -> None:
    x, y = varied(pairs)
    sign_x, sign_y = (np.sign(side[:, None] - side) for side in (x, y))
    c, u, v = (sign_x * sign_y).sum(axis=1), np.abs(sign_x).sum(axis=1), np.abs(sign_y).sum(axis=1)
    root = np.sqrt(u.mean() * v.mean())
    tau = c.mean() / root
    expected = 2 * ((c - c.mean()) / root - tau / 2 * (u / u.mean() - 1 + v / v.mean() - 1))
    assert kendall_influence(x, y).tolist() == pytest.approx(expected.tolist(), abs=1e-9)


@pytest.mark.parametrize("cluster", [1, 4])
def test_it_gives_the_interval_of_resampling(monkeypatch: pytest.MonkeyPatch, cluster: int) -> None:
    random = np.random.default_rng(1)
    base = np.repeat(random.normal(size=400 // cluster), cluster)
    x, y = np.rint(2 * base + random.normal(size=(2, 400)))
    clusters = [n // cluster for n in range(400)] if cluster > 1 else None
    drawn = pooled(x, y, clusters)
    monkeypatch.setattr(correlations, "_CELLS", 0)
    moved = pooled(x, y, clusters)
    for name in MEASURES:
        one, other = drawn[name], moved[name]
        assert one.why == "" and other.why == "the interval is from the infinitesimal jackknife"
        assert one.low is not None and one.high is not None
        width = one.high - one.low
        assert (other.low, other.high) == pytest.approx((one.low, one.high), abs=0.15 * width)


def test_what_does_not_vary_has_no_interval() -> None:
    assert "would vary" in influence_interval(1.0, np.zeros(5)).why
    assert "two groups" in influence_interval(0.5, np.ones(5), [0] * 5).why
    x = np.arange(5000.0)
    assert pooled(x, x)["kendall"].low is None


@given(st.lists(samples, min_size=2, max_size=4))
def test_many_groups_at_once_have_scipys_figures(groups: list[list[tuple[float, float]]]) -> None:
    size = min(map(len, groups))
    rows = [
        np.array(group[:size]) for group in groups for _ in range(size)
    ]  # so many that all are taken at once
    assume(all(np.ptp(row[:, 0]) and np.ptp(row[:, 1]) for row in rows))
    names = [str(n) for n in range(len(rows)) for _ in range(size)]
    x, y = np.concatenate(rows).T
    found = by_group(x, y, names, resamples=5)
    for name, measure in zip(MEASURES, SCIPY, strict=True):
        mean = np.mean([measure(*row.T)[0] for row in rows])
        assert getattr(found, name).value == pytest.approx(mean, abs=1e-9)
