"""AlpacaEval's length-controlled win rates, from the released weights and the leaderboard.

The difficulties of the 805 instructions are not in the repository. They are put back here as a distribution with
five parameters, which are fitted to the leaderboard: that 198 win rates come out with five free numbers shows that
the formula is the published one.
"""

from __future__ import annotations

import csv
from itertools import pairwise
from statistics import NormalDist, fmean
from typing import Final

import pytest

from judgetui.analysis.length_control import Weights, length_controlled, predict
from judgetui.analysis.length_fit import Row
from tests.published.data import published, read_lines
from tests.published.test_alpaca_eval_figures import SECOND, leaderboard

BASELINE: Final = "gpt4_1106_preview"
INSTRUCTIONS: Final = 805


def released_weights() -> dict[str, Weights]:
    path = published(f"alpaca_eval/metrics/weights/{SECOND}/length_controlled_v1/baseline_{BASELINE}.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row[""]: Weights(
                float(row["np.tanh(std_delta_len)"]),
                float(row["instruction_difficulty"]),
                float(row["not_gamed_baseline.astype(float)"]),
            )
            for row in csv.DictReader(lines)
        }


@pytest.fixture(scope="module")
def weights() -> dict[str, Weights]:
    """The weights of every model that has a length-controlled win rate, without the baseline."""
    rows = leaderboard(SECOND)
    return {
        name: each
        for name, each in released_weights().items()
        if name != BASELINE and name in rows and rows[name]["length_controlled_winrate"]
    }


@pytest.fixture(scope="module")
def listed(weights: dict[str, Weights]) -> dict[str, float]:
    rows = leaderboard(SECOND)
    return {name: float(rows[name]["length_controlled_winrate"]) for name in weights}


def difficulties_of(parameters: list[float]) -> list[float]:
    """Quantiles of a distribution: a normal one bent by Hermite polynomials up to the fourth degree."""
    p0, p1, p2, p3, p4 = parameters
    normal = NormalDist()
    quantiles = [normal.inv_cdf((index + 0.5) / INSTRUCTIONS) for index in range(INSTRUCTIONS)]
    return [
        p0 + p1 * z + p2 * (z**2 - 1) + p3 * (z**3 - 3 * z) + p4 * (z**4 - 6 * z**2 + 3) for z in quantiles
    ]


@pytest.fixture(scope="module")
def difficulties(weights: dict[str, Weights], listed: dict[str, float]) -> list[float]:
    """The five parameters that fit best, from a normal distribution on."""
    from scipy.optimize import least_squares

    none = Weights(0, 0, 0)

    def misses(parameters: list[float]) -> list[float]:
        found = difficulties_of(parameters)
        return [predict(each, none, found).value - listed[name] for name, each in weights.items()]

    return difficulties_of(list(least_squares(misses, [0.0, 1.0, 0.0, 0.0, 0.0], x_scale="jac").x))


def test_198_win_rates_follow_from_the_weights(
    weights: dict[str, Weights], listed: dict[str, float], difficulties: list[float]
) -> None:
    """Of 198 models, with five fitted numbers: 0.0068 points off on average, and 0.168 at most."""
    none = Weights(0, 0, 0)
    misses = [abs(predict(each, none, difficulties).value - listed[name]) for name, each in weights.items()]
    assert len(misses) == 198
    assert fmean(misses) < 0.00685
    assert max(misses) < 0.1685


def test_the_baseline_is_all_zeros_and_has_fifty() -> None:
    found = released_weights()[BASELINE]
    assert found == Weights(0, 0, 0)
    assert predict(found, found, [0.3] * INSTRUCTIONS).value == 50
    assert float(leaderboard(SECOND)[BASELINE]["length_controlled_winrate"]) == 50


def test_any_pair_of_models_is_symmetric(weights: dict[str, Weights], difficulties: list[float]) -> None:
    for first, second in pairwise(sorted(weights)):
        there = predict(weights[first], weights[second], difficulties)
        back = predict(weights[second], weights[first], difficulties)
        assert there.value + back.value == pytest.approx(100)


def test_the_published_standard_error_is_that_of_the_predictions(
    weights: dict[str, Weights], difficulties: list[float]
) -> None:
    """The leaderboard's `lc_standard_error`: it says nothing of how sure the win rate is, and is always less."""
    rows, none = leaderboard(SECOND), Weights(0, 0, 0)
    checked = 0
    for name, each in weights.items():
        if error := rows[name]["lc_standard_error"]:
            found = predict(each, none, difficulties).standard_error
            assert found == pytest.approx(float(error), abs=0.02)
            assert float(error) < float(rows[name]["standard_error"])
            checked += 1
    assert checked == sum(bool(rows[name]["lc_standard_error"]) for name in weights) > 30


def test_a_fit_of_the_released_rows_has_the_released_sign() -> None:
    """Longer answers win with this judge: every model's weight for the baseline's surplus of length is negative."""
    expected = released_weights()
    checked = 0
    for model in read_lines(published(f"alpaca_eval/annotations/{SECOND}.extract.jsonl.gz")):
        if model["model"] not in expected or model["model"] == BASELINE or checked == 10:
            continue
        found = length_controlled([Row(row[1], row[2], row[3]) for row in model["rows"]], resamples=0)
        assert found.weights.length < 0 and expected[model["model"]].length < 0
        assert found.converged and found.n == len(model["rows"])
        checked += 1
    assert checked == 10
