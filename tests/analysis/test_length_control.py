"""The length-controlled win rate: its fit against one made by hand, and what it must do by its meaning."""

from __future__ import annotations

from dataclasses import replace
from math import exp, tanh
from random import Random
from statistics import fmean, stdev
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgetui.analysis.length_control import LengthControlled, Weights, is_extreme, length_controlled, predict
from judgetui.analysis.length_fit import Formula, Row
from judgetui.errors import InputError


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x))


def drawn_rows(
    weights: Weights, count: int = 400, seed: int = 0, hard: bool = True, longer_by: int = 100
) -> list[Row]:
    """Rows whose preferences follow from weights, on lengths with a standard deviation of about 400."""
    random = Random(seed)
    rows = []
    for _ in range(count):
        gap = round(random.gauss(-longer_by, 400))
        difficulty = random.gauss(0, 1)
        chance = sigmoid(
            weights.length * tanh(gap / 400) + weights.difficulty * difficulty + weights.strength
        )
        preference = 1 + (float(random.random() < chance) if hard else chance)
        rows.append(Row(preference, 2000, 2000 - gap, difficulty))
    return rows


def without_difficulty(rows: list[Row]) -> list[Row]:
    return [replace(row, difficulty=None) for row in rows]


def swapped(rows: list[Row]) -> list[Row]:
    """The same pairs with the baseline in the model's place."""
    return [
        Row(
            None if row.preference is None else 3 - row.preference,
            row.length,
            row.baseline_length,
            row.difficulty,
        )
        for row in rows
    ]


def controlled(rows: list[Row], gamed: tuple[list[Row], ...] = ()) -> LengthControlled:
    return length_controlled(rows, gamed, resamples=0)


ROWS = drawn_rows(Weights(-1.2, 0.5, 0.3))


# prediction


@given(
    st.tuples(*[st.floats(-3, 3)] * 4),
    st.lists(st.floats(-5, 5), min_size=1, max_size=30),
)
def test_exchanging_model_and_baseline_gives_the_rest(
    numbers: tuple[float, ...], difficulties: list[float]
) -> None:
    a, b, c, d = numbers
    model, baseline = Weights(-1, a, b), Weights(2, c, d)
    there, back = predict(model, baseline, difficulties), predict(baseline, model, difficulties)
    assert there.value + back.value == pytest.approx(100)
    assert there.value == pytest.approx(100 * fmean(sigmoid((b - d) + (a - c) * x) for x in difficulties))
    assert there.n == len(difficulties) and there.why


def test_a_model_against_itself_has_fifty() -> None:
    model = Weights(-0.9, 0.8, 0.4)
    assert predict(model, model, [-1.0, 0.0, 2.0]).value == 50


def test_length_has_no_part_in_a_prediction() -> None:
    difficulties = [0.1, -0.4, 1.2]
    zero = Weights(0, 0, 0)
    first, second = (predict(Weights(a, 0.5, 0.2), zero, difficulties) for a in (-3.0, 3.0))
    assert first == second


def test_the_standard_error_is_of_the_predictions() -> None:
    found = predict(Weights(0, 1, 0), Weights(0, 0, 0), [-1.0, 0.0, 1.0, 2.0])
    chances = [100 * sigmoid(x) for x in (-1, 0, 1, 2)]
    assert found.standard_error == pytest.approx(stdev(chances) / 2)
    assert predict(Weights(0, 1, 0), Weights(0, 0, 0), [1.0]).standard_error is None


def test_no_instructions_have_no_prediction() -> None:
    with pytest.raises(ValueError, match="no instructions"):
        predict(Weights(0, 0, 0), Weights(0, 0, 0), [])


# the warning


@pytest.mark.parametrize(
    ("raw", "value", "extreme"),
    # upstream's own examples: from 20 on below 10 or above 40, from 50 on below 37.5 or above 62.5
    [
        (20, 9.9, True),
        (20, 10.1, False),
        (20, 39.9, False),
        (20, 40.1, True),
        (50, 37.4, True),
        (50, 37.6, False),
        (50, 62.4, False),
        (50, 62.6, True),
    ],
)
def test_an_extreme_change_is_a_quarter_and_ten_points(raw: float, value: float, extreme: bool) -> None:
    assert is_extreme(raw, value) is extreme


# the fit


@pytest.mark.parametrize("with_difficulty", [True, False])
def test_the_fit_is_the_one_that_cross_validation_by_hand_finds(with_difficulty: bool) -> None:
    """Upstream's scoring, written out: the log loss of the soft target, averaged over both copies of each row."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    rows = drawn_rows(Weights(-1.2, 0.5, 0.3), 120)
    rows = [replace(row, preference={1.0: 1.1, 2.0: 1.8}[row.preference or 0]) for row in rows]
    rows[3] = replace(rows[3], preference=None)
    rows[7] = replace(rows[7], preference=0)  # an old draw
    gaps = [row.baseline_length - row.length for row in rows]
    features = np.array(
        [
            [tanh(gap / stdev(gaps)), *([row.difficulty] if with_difficulty else []), 1]
            for gap, row in zip(gaps, rows, strict=True)
        ],
        dtype=float,
    )
    kept = [index for index, row in enumerate(rows) if row.preference is not None]
    target = np.array([(rows[index].preference or 1.5) - 1 for index in kept])
    x = np.concatenate([features[kept]] * 2)
    y = np.repeat([1, 0], len(kept))
    weight = np.concatenate([target, 1 - target])
    both = np.concatenate([target, target])
    groups = np.tile(np.arange(len(kept)), 2)

    def fitted(rows: Any, c: float) -> Any:
        model = LogisticRegression(C=c, l1_ratio=1, solver="liblinear", fit_intercept=False, random_state=123)
        return model.fit(x[rows], y[rows], sample_weight=weight[rows])

    totals = dict.fromkeys(np.logspace(-4, 4, 10), 0.0)
    for train, test in GroupKFold(5).split(x, y, groups):
        for c in totals:
            chances = fitted(train, c).predict_proba(x[test])[:, 1]
            totals[c] += np.mean(both[test] * np.log(chances) + (1 - both[test]) * np.log(1 - chances))
    best = max(totals, key=lambda c: totals[c])
    expected = fitted(slice(None), best).coef_[0]

    found = controlled(rows if with_difficulty else without_difficulty(rows))
    assert found.formula is (Formula.NOREG if with_difficulty else Formula.MINIMAL)
    assert found.penalty == pytest.approx(best)
    weights = found.weights
    fitted_weights = [weights.length, *([weights.difficulty] if with_difficulty else []), weights.strength]
    assert fitted_weights == pytest.approx(list(expected), abs=1e-3)
    chances = [sigmoid(float(row[1:] @ expected[1:])) for row in features]
    assert found.value == pytest.approx(100 * fmean(chances), abs=0.02)
    assert (found.n, found.failed, found.predicted) == (119, 1, 120)
    assert found.raw == pytest.approx(100 * fmean(target))
    assert found.converged


@pytest.mark.parametrize("gamed", [False, True])
def test_the_coefficients_are_the_minimum_of_the_loss_with_an_l1_penalty(gamed: bool) -> None:
    """At the minimum of C * loss + |w|, C times the slope of the loss is -1 or 1 against w, less where w is 0."""
    rows = drawn_rows(Weights(-0.5, 0.3, 0.2), 100)
    others = [drawn_rows(Weights(-1.5, 0.1, 0), 80, seed) for seed in (1, 2)] if gamed else []
    found = length_controlled(rows, others, resamples=0)
    slopes = [0.0, 0.0, 0.0]
    weights = (found.weights.length, found.weights.difficulty, found.weights.strength)
    for some, row_weight, strength in [(rows, 1.0, 1.0), *[(each, 0.1, 0.0) for each in others]]:
        spread = stdev([row.baseline_length - row.length for row in some])
        for row in some:
            assert row.preference is not None and row.difficulty is not None
            x = (tanh((row.baseline_length - row.length) / spread), row.difficulty, strength)
            miss = sigmoid(sum(a * b for a, b in zip(x, weights, strict=True))) - (row.preference - 1)
            for index in range(3):
                slopes[index] += row_weight * miss * x[index]
    assert found.penalty is not None and any(weights)
    for slope, weight in zip(slopes, weights, strict=True):
        scaled = slope * found.penalty
        assert abs(scaled) < 1.02
        assert weight == 0 or scaled == pytest.approx(-1 if weight > 0 else 1, abs=0.02)


def test_a_penalty_that_leaves_no_weight_is_told() -> None:
    random = Random(0)
    coins = [Row(1.0 + random.randrange(2), 100, random.randrange(200)) for _ in range(60)]
    found = controlled(coins)
    assert found.weights == Weights(0, 0, 0) and found.value == 50
    assert found.shrunk and not controlled(ROWS).shrunk


def test_known_weights_are_found_again() -> None:
    known = Weights(-1.5, 0.8, 0.4)
    rows = drawn_rows(known, 4000)
    found = controlled(rows)
    assert found.weights.length == pytest.approx(known.length, abs=0.2)
    assert found.weights.difficulty == pytest.approx(known.difficulty, abs=0.15)
    assert found.weights.strength == pytest.approx(known.strength, abs=0.15)


def test_an_advantage_that_is_all_length_is_taken_away() -> None:
    rows = without_difficulty(drawn_rows(Weights(-2, 0, 0), 2000, longer_by=300))
    found = controlled(rows)
    assert found.raw is not None and found.raw > 65
    assert found.value == pytest.approx(50, abs=6)
    assert found.weights.length < -1 and found.extreme


def test_gamed_baselines_bind_the_effect_of_length() -> None:
    """Rows of a baseline that draws however long it is pull the effect of length towards none."""
    rows = drawn_rows(Weights(-1.5, 0.2, 1.0), 200, seed=4)
    level = [Row(1.5, row.baseline_length, row.length, row.difficulty) for row in rows]
    free, bound = controlled(rows), controlled(rows, (level, level))
    assert (free.formula, bound.formula) == (Formula.NOREG, Formula.FULL)
    assert abs(bound.weights.length) < abs(free.weights.length)
    assert (bound.n, bound.predicted) == (200, 200)


@given(st.integers(0, 10**6), st.booleans(), st.booleans())
@settings(max_examples=15)
def test_a_fit_of_the_exchanged_pairs_gives_the_rest(seed: int, hard: bool, difficulty: bool) -> None:
    rows = drawn_rows(Weights(-1, 0.4, 0.2), 80, seed, hard)
    given = rows if difficulty else without_difficulty(rows)
    assert controlled(given).value + controlled(swapped(given)).value == pytest.approx(100, abs=0.1)


def test_the_baseline_against_itself_has_fifty_by_construction() -> None:
    rows = [Row(1.5, 10, 10, 0.3), Row(1.5, 20, 20, -0.2), Row(None, 5, 5, 0.0)]
    found = length_controlled(rows, same_model=True)
    assert found.value == 50 and found.weights == Weights(0, 0, 0)
    assert (found.low, found.high, found.penalty, found.standard_error) == (None, None, None, 0)
    assert found.why and not found.extreme and (found.n, found.failed) == (2, 1)


def test_the_interval_holds_the_value_is_seeded_and_is_no_standard_error() -> None:
    found = length_controlled(ROWS, resamples=100)
    assert found.low is not None and found.high is not None and found.standard_error is not None
    assert found.low < found.value < found.high
    assert found.high - found.low > 2 * 1.96 * found.standard_error
    # About as wide as the raw win rate's: 400 verdicts near one half.
    assert found.high - found.low == pytest.approx(2 * 196 * (0.25 / 400) ** 0.5, rel=0.4)
    assert length_controlled(ROWS, resamples=100) == found
    assert length_controlled(ROWS, resamples=100, seed=1).low != found.low
    assert controlled(ROWS).why


# what cannot be fitted


def test_too_few_rows() -> None:
    rows = [Row(1.0, 10, 20), Row(2.0, 10, 5), Row(1.0, 10, 9), Row(2.0, 10, 30), Row(None, 10, 1)]
    with pytest.raises(InputError, match="4 rows have a preference"):
        length_controlled(rows)


def test_lengths_without_a_difference() -> None:
    with pytest.raises(InputError, match="same number of characters"):
        length_controlled([Row(1.0 + n % 2, 10, 30) for n in range(10)])


@pytest.mark.parametrize("preference", [1.0, 2.0])
def test_one_side_that_wins_everything(preference: float, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="one side wins every row"):
        length_controlled([Row(preference, 10, n) for n in range(10)])
    assert capfd.readouterr().out == ""


def test_a_single_loss_is_fitted_and_nothing_is_written(capfd: pytest.CaptureFixture[str]) -> None:
    """The fold that holds it leaves the others with one side only."""
    rows = [Row(2.0, 100, 80 + 7 * n) for n in range(20)] + [Row(1.0, 100, 120)]
    found = length_controlled(rows, resamples=20)
    assert 80 < found.value < 100
    said = capfd.readouterr()
    assert said.out == said.err == ""


def test_difficulties_are_for_all_rows_or_none() -> None:
    rows = [*ROWS[:9], *without_difficulty(ROWS[9:20])]
    with pytest.raises(InputError, match="9 of 20 rows have a difficulty"):
        length_controlled(rows)
    with pytest.raises(ValueError, match="difficulties only"):
        length_controlled(without_difficulty(ROWS), [without_difficulty(ROWS)])


def test_other_numbers_are_no_preferences() -> None:
    with pytest.raises(ValueError, match="between 1 and 2"):
        length_controlled([Row(0.4, 1, 2, 0.0), *ROWS])
