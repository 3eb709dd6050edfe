"""Elo and Bradley-Terry, against plain loops, formulas and another library."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log, log10
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgetui.analysis.bradley_terry import bradley_terry
from judgetui.analysis.elo import elo
from judgetui.analysis.ratings import Games, Ratings, Standing
from judgetui.core.vote import Verdict
from tests.bounds import bounded

A, B, TIE, BOTH_BAD = Verdict.A, Verdict.B, Verdict.TIE, Verdict.BOTH_BAD

Played = Sequence[tuple[str, str, Verdict | None]]

pairs = st.permutations("xyzw").map(lambda names: (names[0], names[1]))
matches = st.lists(
    st.tuples(pairs, st.sampled_from([*Verdict])).map(lambda m: (*m[0], m[1])), min_size=1, max_size=25
)


def games(played: Played) -> Games:
    found = Games()
    for model_a, model_b, verdict in played:
        found.add(model_a, model_b, verdict)
    return found


def by_model(ratings: Ratings) -> dict[str, float | None]:
    return {rating.model: rating.rating for rating in ratings.ratings}


def drawn_games(strengths: dict[str, float], count: int, ties: float = 0.0, seed: int = 0) -> Games:
    """Games whose chances follow from strengths on the Elo scale."""
    random = Random(seed)
    played: list[tuple[str, str, Verdict | None]] = []
    for _ in range(count):
        a, b = random.sample(sorted(strengths), 2)
        chance = 1 / (1 + 10 ** ((strengths[b] - strengths[a]) / 400))
        verdict = TIE if random.random() < ties else A if random.random() < chance else B
        played.append((a, b, verdict))
    return games(played)


# counting


def test_games_are_counted() -> None:
    found = games([("x", "y", A), ("y", "z", TIE), ("z", "x", BOTH_BAD), ("x", "y", None)])
    assert (found.n, found.ties, found.both_bad, found.skipped) == (3, 1, 1, 1)
    assert list(found.models) == ["x", "y", "z"] and found.of_each() == [2, 2, 2]


def test_a_model_without_a_verdict_is_not_rated() -> None:
    assert list(games([("x", "y", A), ("x", "z", None)]).models) == ["x", "y"]


def test_a_model_does_not_play_itself() -> None:
    with pytest.raises(ValueError, match="itself"):
        games([("x", "x", A)])


# Elo


def test_one_game_by_hand() -> None:
    found = elo(games([("x", "y", A)]), k=32)
    assert by_model(found) == {"x": 1016.0, "y": 984.0}  # evens: half of K either way
    assert [rating.model for rating in found.ratings] == ["x", "y"]
    assert (found.games, found.k, found.orders, found.resamples) == (1, 32, 1000, 1000)
    assert found.ratings[0].low is None and found.ratings[0].why


def test_two_games_of_one_pair_by_hand() -> None:
    chance = 1 / (1 + 10 ** (-4 / 400))  # after the first game the gap is K
    expected = 1002 + 4 * (1 - chance)
    assert by_model(elo(games([("x", "y", A)] * 2)))["x"] == pytest.approx(expected)


def test_both_bad_is_a_tie_and_a_failure_is_no_game() -> None:
    played: Played = [("x", "y", A), ("x", "y", A), ("y", "x", BOTH_BAD), ("x", "y", None)]
    tied: Played = [(a, b, TIE if verdict is BOTH_BAD else verdict) for a, b, verdict in played[:3]]
    bad, plain = elo(games(played)), elo(games(tied))
    assert by_model(bad) == by_model(plain)
    assert (bad.games, bad.ties, bad.both_bad, bad.skipped) == (3, 0, 1, 1)
    assert (plain.games, plain.ties, plain.both_bad, plain.skipped) == (3, 1, 0, 0)


@given(matches, st.sampled_from([1.0, 4.0, 32.0]))
@settings(max_examples=25)
def test_side_by_side_is_as_one_after_another(played: Played, k: float) -> None:
    """The orders are those of numpy's shuffling, played here in a plain loop."""
    import numpy as np

    counted = games(played)
    orders = 7
    generator = np.random.default_rng(np.random.SeedSequence(3).spawn(2)[0])
    totals = dict.fromkeys(counted.models, 0.0)
    for _ in range(orders):
        ratings = dict.fromkeys(counted.models, 1000.0)
        for index in generator.permuted(np.arange(len(played), dtype=np.int32)):
            a, b, verdict = played[index]
            assert verdict is not None
            score = {A: 1.0, B: 0.0}.get(verdict, 0.5)
            chance = 1 / (1 + 10 ** ((ratings[b] - ratings[a]) / 400))
            ratings[a] += k * (score - chance)
            ratings[b] -= k * (score - chance)
        for model, rating in ratings.items():
            totals[model] += rating
    found = by_model(elo(counted, k, orders, resamples=0, seed=3))
    assert found == pytest.approx({model: total / orders for model, total in totals.items()})


@given(matches)
@settings(max_examples=25)
def test_swapping_the_sides_changes_no_rating(played: Played) -> None:
    swapped: Played = [(b, a, verdict.swapped if verdict else None) for a, b, verdict in played]
    ours, theirs = (by_model(elo(games(each), orders=20, resamples=0)) for each in (played, swapped))
    assert ours == pytest.approx(theirs)


@given(matches)
@settings(max_examples=25)
def test_turning_every_verdict_mirrors_the_ratings_around_the_start(played: Played) -> None:
    turned: Played = [(a, b, verdict.swapped if verdict else None) for a, b, verdict in played]
    ours, theirs = (by_model(elo(games(each), orders=20, resamples=0)) for each in (played, turned))
    assert theirs == pytest.approx({model: 2000 - (rating or 0) for model, rating in ours.items()})
    assert sum(rating or 0 for rating in ours.values()) == pytest.approx(1000 * len(ours))


def test_the_seed_decides_orders_and_interval() -> None:
    played = drawn_games({"x": 1100, "y": 1000, "z": 900}, 200)
    assert elo(played, orders=50, seed=1) == elo(played, orders=50, seed=1)
    assert elo(played, orders=50, seed=1) != elo(played, orders=50, seed=2)


def test_memory_bounds_do_not_change_the_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    played = drawn_games({"x": 1100, "y": 1000, "z": 900}, 60)
    whole = elo(played, orders=25, resamples=25)
    monkeypatch.setattr("judgetui.analysis.elo._AT_ONCE", 60 * 4)
    portions = elo(played, orders=25, resamples=25)
    assert by_model(portions) == pytest.approx(by_model(whole))
    assert portions.ratings[0].low == pytest.approx(whole.ratings[0].low)


def test_start_scale_and_base() -> None:
    played = games([("x", "y", A)] * 3)
    plain = by_model(elo(played, orders=2, resamples=0))
    moved = by_model(elo(played, orders=2, resamples=0, start=1500))
    assert moved == pytest.approx({model: (rating or 0) + 500 for model, rating in plain.items()})
    natural = by_model(elo(played, orders=2, resamples=0, scale=400 / log(10), base=2.718281828459045))
    assert natural == pytest.approx(plain)


def test_a_rating_lies_in_its_interval_and_more_games_narrow_it() -> None:
    strengths = {"x": 1150.0, "y": 1000.0, "z": 850.0}
    found = elo(drawn_games(strengths, 3000, ties=0.2), orders=300, resamples=300)
    for rating in found.ratings:
        assert rating.low is not None and rating.rating is not None and rating.high is not None
        assert rating.low < rating.rating < rating.high
    assert [rating.model for rating in found.ratings] == ["x", "y", "z"]
    assert found.order_error is not None and 0 < found.order_error < 5


@pytest.mark.parametrize("wrong", [{"k": 0}, {"orders": 0}, {"scale": 0}, {"base": 1}])
def test_elo_needs_numbers_that_rate(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="Elo needs"):
        elo(games([("x", "y", A)]), **wrong)


def test_nothing_is_not_rated() -> None:
    with pytest.raises(ValueError, match="needs games"):
        elo(games([]))
    with pytest.raises(ValueError, match="needs games"):
        bradley_terry(games([("x", "y", None)]))


def test_a_hopeless_game_overflows_nothing() -> None:
    found = elo(games([("x", "y", A), ("y", "x", A)] * 20), k=10_000, orders=5, resamples=5)
    assert all(rating.rating is not None and abs(rating.rating) < 1e7 for rating in found.ratings)


@pytest.mark.slow
def test_ten_thousand_orders_of_a_published_size_take_seconds() -> None:
    strengths = {f"m{n}": 900.0 + 50 * n for n in range(8)}
    played = drawn_games(strengths, 4480)
    with bounded():
        elo(played, orders=10_000)


# Bradley-Terry


def test_two_models_by_hand() -> None:
    found = bradley_terry(games([("x", "y", A)] * 3 + [("y", "x", A)]))
    gap = 400 * log10(3)
    assert by_model(found) == pytest.approx({"x": 1000 + gap / 2, "y": 1000 - gap / 2})


def test_ties_are_half_a_win_and_half_a_loss() -> None:
    found = bradley_terry(games([("x", "y", A)] * 2 + [("x", "y", TIE), ("y", "x", BOTH_BAD)]))
    assert by_model(found)["x"] == pytest.approx(1000 + 200 * log10(3))
    assert (found.games, found.ties, found.both_bad) == (4, 1, 1)


def test_an_anchor_sets_the_level() -> None:
    played = games([("x", "y", A)] * 3 + [("y", "x", A)])
    found = bradley_terry(played, "y", level=1114)
    assert by_model(found) == pytest.approx({"x": 1114 + 400 * log10(3), "y": 1114})
    anchor = next(rating for rating in found.ratings if rating.model == "y")
    assert anchor.low is anchor.high is None and anchor.why == "its rating is set"
    with pytest.raises(ValueError, match="did not play"):
        bradley_terry(played, "z")


def test_another_library_finds_the_same_maximum() -> None:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    counted = drawn_games({"x": 1150, "y": 1000, "z": 930, "w": 870}, 400, ties=0.2)
    names = list(counted.models)
    x = np.zeros((counted.n * 2, len(names)))
    for row, (first, second) in enumerate(zip(counted.first, counted.second, strict=True)):
        x[[row, row + counted.n], first] = log(10)
        x[[row, row + counted.n], second] = -log(10)
    won = np.repeat([1, 0], counted.n)
    halves = np.array(counted.halves)
    weight = np.concatenate([halves, 2 - halves]) / 2
    model = LogisticRegression(fit_intercept=False, C=np.inf, tol=1e-10, max_iter=10_000)
    model.fit(x, won, sample_weight=weight)
    odds = model.coef_[0]
    expected = {name: float(400 * (odd - odds.mean()) + 1000) for name, odd in zip(names, odds, strict=True)}
    assert by_model(bradley_terry(counted, resamples=0)) == pytest.approx(expected, abs=0.01)


def surplus(played: Played, ratings: Ratings) -> dict[str, float]:
    """Points that each rated model has beyond what the ratings expect of its games with rated models."""
    rated = {rating.model: rating.rating for rating in ratings.ratings if rating.rating is not None}
    found = dict.fromkeys(rated, 0.0)
    for a, b, verdict in played:
        if a in rated and b in rated and verdict is not None:
            miss = {A: 1.0, B: 0.0}.get(verdict, 0.5) - 1 / (1 + 10 ** ((rated[b] - rated[a]) / 400))
            found[a] += miss
            found[b] -= miss
    return found


@given(matches)
def test_at_the_maximum_everyone_wins_what_is_expected(played: Played) -> None:
    found = bradley_terry(games(played), resamples=0)
    assert all(abs(points) < 1e-5 for points in surplus(played, found).values())


@pytest.mark.parametrize("ladder", [(1, 1000, 1000, 1000), (1000, 1, 1, 1000), (3000, 1, 3000, 1)])
def test_ratings_far_apart_are_found_too(ladder: tuple[int, ...]) -> None:
    """Each beats the next so many times, and the last beats the first once: the loss is nearly flat."""
    names = "vwxyz"
    played: list[tuple[str, str, Verdict | None]] = [("z", "v", A)]
    for (a, b), times in zip(pairwise(names), ladder, strict=True):
        played += [(a, b, A)] * times
    found = bradley_terry(games(played), resamples=0)
    assert all(rating.standing is Standing.RATED for rating in found.ratings)
    assert all(abs(points) < 1e-5 for points in surplus(played, found).values())


@given(st.permutations([850.0, 950.0, 1050.0, 1150.0]), st.integers(0, 5))
@settings(max_examples=10)
def test_known_strengths_are_found_again(strengths: list[float], seed: int) -> None:
    known = dict(zip("wxyz", strengths, strict=True))
    found = bradley_terry(drawn_games(known, 6000, seed=seed), resamples=0)
    assert [rating.model for rating in found.ratings] == sorted(known, key=lambda name: -known[name])
    assert by_model(found) == pytest.approx(known, abs=40)


@given(matches)
@settings(max_examples=40)
def test_order_and_side_of_games_do_not_matter(played: Played) -> None:
    ours = bradley_terry(games(played), resamples=0)
    swapped: Played = [(b, a, verdict.swapped if verdict else None) for a, b, verdict in reversed(played)]
    theirs = by_model(bradley_terry(games(swapped), resamples=0))
    if Standing.APART not in {rating.standing for rating in ours.ratings}:
        assert theirs == pytest.approx(by_model(ours), abs=1e-5)


@given(matches)
@settings(max_examples=40)
def test_every_figure_is_finite_or_absent_with_a_reason(played: Played) -> None:
    found = bradley_terry(games(played), resamples=30)
    for rating in found.ratings:
        assert rating.rating is None or abs(rating.rating) < 1e5
        assert (rating.rating is None) == (rating.standing is not Standing.RATED)
        if rating.rating is None or rating.low is None or rating.high is None:
            assert rating.why


def test_who_won_everything_has_no_rating_and_says_so() -> None:
    found = bradley_terry(
        games([("top", "x", A)] * 9 + [("x", "y", A)] * 6 + [("y", "x", A)] * 4 + [("y", "low", A)] * 2)
    )
    assert [rating.model for rating in found.ratings] == ["top", "x", "y", "low"]
    assert [rating.standing for rating in found.ratings] == [
        Standing.ABOVE,
        Standing.RATED,
        Standing.RATED,
        Standing.BELOW,
    ]
    top, x, y, low = found.ratings
    assert top.rating is low.rating is None and "loss" in top.why and "win" in low.why
    assert x.rating == pytest.approx(1000 + 200 * log10(6 / 4))  # as without the two
    assert y.rating == pytest.approx(1000 - 200 * log10(6 / 4))


def test_a_chain_without_an_upset_rates_nobody_and_keeps_the_order() -> None:
    found = bradley_terry(games([("z", "y", A), ("y", "x", A), ("z", "x", A)]))
    assert by_model(found) == {"z": None, "y": None, "x": None}
    assert [rating.model for rating in found.ratings] == ["z", "y", "x"]
    assert {rating.standing for rating in found.ratings} == {Standing.APART}


def test_the_anchors_group_is_rated_else_the_largest() -> None:
    played = games([("a", "b", A), ("b", "a", A), ("x", "y", A), ("y", "z", A), ("z", "x", A), ("a", "x", A)])
    assert {r.model for r in bradley_terry(played).ratings if r.rating is not None} == {"x", "y", "z"}
    anchored = bradley_terry(played, "a")
    assert {r.model for r in anchored.ratings if r.rating is not None} == {"a", "b"}
    assert {r.standing for r in anchored.ratings if r.rating is None} == {Standing.BELOW}


def test_resamples_that_lose_the_link_open_the_interval() -> None:
    found = bradley_terry(games([("x", "y", A)] * 9 + [("y", "x", A)]))
    x = found.ratings[0]
    # Nine of ten are drawn ten times without the one loss in 0.9 ** 10 = 35% of the resamples.
    assert x.model == "x" and x.high is None and x.low is not None and x.low < 1100
    assert found.split / found.resamples == pytest.approx(0.9**10 + 0.1**10, abs=0.05)
    assert "resamples" in x.why


def test_intervals_hold_what_they_promise() -> None:
    """A 95% interval of the gap between two models; about one set of games in twenty may lie outside."""
    known = {"x": 1060.0, "y": 1000.0, "z": 940.0}
    held = 0
    for seed in range(60):
        found = bradley_terry(drawn_games(known, 240, seed=seed), "z", level=940, resamples=200)
        x = next(rating for rating in found.ratings if rating.model == "x")
        assert x.low is not None and x.high is not None
        held += x.low <= 1060 <= x.high
    assert held >= 52


def test_the_seed_decides_the_interval_alone() -> None:
    played = drawn_games({"x": 1100, "y": 1000, "z": 900}, 300)
    first, again, other = (bradley_terry(played, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert by_model(first) == by_model(other)
    none = bradley_terry(played, resamples=0).ratings[0]
    assert none.low is None and none.why
