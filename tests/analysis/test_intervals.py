"""Wilson's interval and the bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm, t

from judgetui.analysis import intervals
from judgetui.analysis.intervals import bootstrap, drawn, percentiles, wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def mean_of(values: Floats) -> Callable[[Floats], Floats]:
    def statistic(weights: Floats) -> Floats:
        found: Floats = weights @ values / weights.sum(axis=1)
        return found

    return statistic


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys(hits_n: tuple[int, int]) -> None:
    hits, n = hits_n
    rate = wilson(hits, n)
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    assert rate is not None
    assert (rate.low, rate.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= rate.low <= rate.value <= rate.high <= 1


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_newcombe_prints_it(hits: int, n: int, low: float, high: float) -> None:
    """Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3."""
    rate = wilson(hits, n)
    assert rate is not None
    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)


def test_wilson_of_nothing_is_nothing() -> None:
    assert wilson(0, 0) is None
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


def test_every_resample_draws_as_many_items_as_there_are() -> None:
    (weights,) = drawn(7, None, 50, 1)
    assert weights.shape == (50, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert (weights == 0).any() and (weights > 1).any()


def test_clusters_are_drawn_whole() -> None:
    clusters = [0, 0, 1, 2, 2, 2]
    (weights,) = drawn(6, clusters, 50, 1)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 4]).all() and (weights[:, 4] == weights[:, 5]).all()
    assert (weights[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_batches_hold_all_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "_AT_ONCE", 40)
    batches = list(drawn(20, None, 7, 0))
    assert [len(batch) for batch in batches] == [2, 2, 2, 1]
    (interval,) = bootstrap(mean_of(np.arange(20.0)), 20, resamples=7)
    assert interval.low is not None


# kinds of items


def moments(counts: Floats) -> tuple[Floats, Floats]:
    return counts.mean(axis=0), np.cov(counts.T)


def test_drawing_kinds_at_once_is_drawing_items() -> None:
    """Multinomial counts have the means and covariances that the counts of drawn items have."""
    kinds = np.repeat([0, 1, 2], [30, 60, 110])
    at_once = np.concatenate(list(drawn(200, None, 20_000, 3, kinds)))
    by_item = np.concatenate(list(drawn(200, None, 20_000, 4))) @ np.eye(3)[kinds]
    assert (at_once.sum(axis=1) == 200).all()
    for one, other in zip(moments(at_once), moments(by_item), strict=True):
        assert one == pytest.approx(other, abs=1.2)
    shares = np.array([0.15, 0.3, 0.55])
    expected = 200 * (np.diag(shares) - np.outer(shares, shares))
    assert moments(at_once)[1] == pytest.approx(expected, abs=1.2)


@pytest.mark.parametrize("dense", [0.0, 2.0])
def test_kinds_in_drawn_clusters_are_those_of_their_items(
    monkeypatch: pytest.MonkeyPatch, dense: float
) -> None:
    monkeypatch.setattr(intervals, "_DENSE", dense)
    random = np.random.default_rng(0)
    clusters = [*range(12), *random.integers(0, 12, 60).tolist()]
    kinds = np.array([*range(5), *random.integers(0, 5, 67)])
    (items,) = drawn(72, clusters, 40, 1)
    (counted,) = drawn(72, clusters, 40, 1, kinds)
    assert counted.tolist() == (items @ np.eye(5)[kinds]).tolist()


def test_many_kinds_are_drawn_by_item() -> None:
    (items,) = drawn(30, None, 40, 1)
    kinds = np.arange(30) // 2
    (counted,) = drawn(30, None, 40, 1, kinds)
    assert counted.tolist() == (items @ np.eye(15)[kinds]).tolist()


def test_batches_of_kinds_hold_all_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "_AT_ONCE", 6)
    kinds = np.arange(200) % 3
    assert [len(batch) for batch in drawn(200, None, 5, 0, kinds)] == [2, 2, 1]


def test_few_units_widen_the_percentiles() -> None:
    """Hesterberg 2015: the normal quantile sqrt(n / (n - 1)) t, here of 10 units: 2.3845, its tail 0.0086."""
    figures = np.arange(100_001.0)
    found = percentiles(figures, 10)
    tail = norm.cdf(-sqrt(10 / 9) * t.ppf(0.975, 9))
    assert (found.low, found.high) == pytest.approx((100_000 * tail, 100_000 * (1 - tail)))
    many = percentiles(figures, 10**6)
    assert (many.low, many.high) == pytest.approx((2500, 97_500), abs=1)


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="nothing"):
        next(drawn(0, None, 5, 0))


def test_the_interval_of_a_mean_is_that_of_the_normal_theory() -> None:
    values = np.random.default_rng(3).normal(size=2000)
    (interval,) = bootstrap(mean_of(values), len(values), resamples=4000)
    half = 1.96 * values.std() / sqrt(len(values))
    assert interval.low == pytest.approx(values.mean() - half, abs=half / 10)
    assert interval.high == pytest.approx(values.mean() + half, abs=half / 10)


def test_the_seed_decides() -> None:
    values = np.arange(30.0)
    first, again, other = (bootstrap(mean_of(values), 30, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_copies_in_clusters_tell_nothing_more() -> None:
    """Each value four times, drawn as a cluster, has the interval of the values themselves."""
    values = np.random.default_rng(0).normal(size=40)
    alone = bootstrap(mean_of(values), 40)
    copies = bootstrap(mean_of(np.repeat(values, 4)), 160, [index // 4 for index in range(160)])
    careless = bootstrap(mean_of(np.repeat(values, 4)), 160)
    assert (alone[0].low, alone[0].high) == pytest.approx((copies[0].low, copies[0].high))
    width = [(each.high or 0) - (each.low or 0) for (each,) in (copies, careless)]
    assert width[1] < 0.7 * width[0]


def test_several_figures_share_the_resamples() -> None:
    values = np.arange(30.0)

    def both(weights: Floats) -> Floats:
        mean = mean_of(values)(weights)
        return np.stack([mean, 10 * mean], axis=1)

    one, ten = bootstrap(both, 30)
    assert one.low is not None and one.high is not None
    assert (ten.low, ten.high) == pytest.approx((10 * one.low, 10 * one.high))


@pytest.mark.parametrize(
    ("figures", "units", "why"),
    [
        ([0.1, 0.2], 1, "two items"),
        ([0.1, 0.2] * 44 + [float("nan")] * 12, 9, "12 of 100 resamples have no value"),
        ([float("nan")] * 5, 9, "5 of 5"),
        ([0.5] * 100, 9, "do not vary"),
    ],
)
def test_no_interval_says_why(figures: list[float], units: int, why: str) -> None:
    interval = percentiles(np.array(figures), units)
    assert (interval.low, interval.high) == (None, None)
    assert why in interval.why


def test_a_few_resamples_without_a_value_are_left_out() -> None:
    interval = percentiles(np.array([0.1, 0.2] * 47 + [float("nan")] * 6), 9)
    assert (interval.low, interval.high) == pytest.approx((0.1, 0.2))
