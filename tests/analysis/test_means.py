"""Means of scores and their intervals."""

from __future__ import annotations

from collections import Counter
from random import Random
from statistics import fmean, stdev

import pytest

from judgetui.analysis import means
from judgetui.analysis.means import mean


def scores(n: int) -> list[float]:
    chance = Random(1)
    return [float(chance.randint(1, 10)) for _ in range(n)]


def test_the_mean_is_that_of_all_items_and_its_interval_has_the_width_of_the_normal_one() -> None:
    found = scores(400)
    figure = mean(Counter(found))
    assert figure.value == pytest.approx(fmean(found)) and figure.n == 400
    assert figure.low is not None and figure.high is not None
    half = 1.96 * stdev(found) / 400**0.5
    assert figure.high - figure.low == pytest.approx(2 * half, rel=0.1)
    assert figure.low < fmean(found) < figure.high


def test_counting_anew_and_drawing_items_give_the_same_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = Counter(scores(300))
    counted = mean(counts)
    monkeypatch.setattr(means, "_FEW", 0)
    drawn = mean(counts)
    assert counted.low == pytest.approx(drawn.low, abs=0.05)
    assert counted.high == pytest.approx(drawn.high, abs=0.05)
    assert counted.value == drawn.value


def test_the_same_scores_have_the_same_interval() -> None:
    assert mean(Counter(scores(50))) == mean(Counter(scores(50)))


@pytest.mark.parametrize(
    ("counts", "value", "words"),
    [({}, None, "no item"), ({4.0: 1}, 4.0, "two items"), ({4.0: 9}, 4.0, "do not vary")],
)
def test_where_there_is_no_interval_the_reason_is_told(
    counts: dict[float, int], value: float | None, words: str
) -> None:
    figure = mean(counts)
    assert (figure.value, figure.low, figure.high) == (value, None, None)
    assert words in figure.why
