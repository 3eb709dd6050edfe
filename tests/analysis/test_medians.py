"""The median and its interval, against numpy's over the same draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import RESAMPLES, SEED, percentiles
from judgetui.analysis.medians import median


@given(st.lists(st.floats(0, 1e6), min_size=8, max_size=40, unique=True))
def test_the_interval_is_that_of_numpys_medians(values: list[float]) -> None:
    ordered = np.sort(np.asarray(values))
    draws = np.random.default_rng(SEED).integers(0, len(values), (RESAMPLES, len(values)))
    interval = percentiles(np.median(ordered[draws], axis=1), len(values))
    found = median(values, "none")
    assert found.value == pytest.approx(np.median(values))
    assert found.n == len(values)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_nothing_has_no_median_and_says_why() -> None:
    assert median([], "no answer was timed") == Figure(None, 0, why="no answer was timed")
