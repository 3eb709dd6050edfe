"""What stands beside a judge's figures: a constant judge, people among each other, distributions, and differences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgetui.analysis import correlations, raters
from judgetui.analysis.agreement_figures import agreement
from judgetui.analysis.intervals import wilson
from judgetui.analysis.kinds import Kind
from judgetui.analysis.misses import Miss, misses
from judgetui.analysis.raters import ceiling
from tests.analysis import formulas

points = st.integers(1, 5).map(float)

# the constant judge


@given(st.lists(st.tuples(points, points), min_size=2, max_size=20))
def test_the_baseline_is_a_judge_that_says_the_commonest_label(pairs: list[tuple[float, float]]) -> None:
    judge, labels = [a for a, _ in pairs], [b for _, b in pairs]
    found = agreement(judge, labels, Kind.SCORE, positive=3, resamples=5)
    commonest = min({*labels}, key=lambda label: (-labels.count(label), label))
    alone = agreement([commonest] * len(labels), labels, Kind.SCORE, positive=3, resamples=5)
    assert found.constant == f"{commonest:.0f}"
    assert found.baseline.keys() == found.figures.keys() - {"baseline_accuracy"}
    assert found.figures["baseline_accuracy"] == found.baseline["accuracy"]
    for name, figure in found.baseline.items():
        value = alone.figures[name].value
        assert figure.value == (None if value is None else pytest.approx(value))
        assert figure.value is not None or figure.why


def test_chance_corrected_figures_of_a_constant_are_nothing_and_its_correlations_none() -> None:
    found = agreement([1.0, 2, 3, 3], [2.0, 2, 3, 1], Kind.SCORE, resamples=50).baseline
    assert found["kappa"].value == found["weighted_kappa"].value == 0
    assert found["accuracy"].value == 0.5
    assert found["within_one"].value == 1
    assert {found[name].why for name in correlations.MEASURES} == {"a constant has no correlation"}


def test_nothing_has_no_baseline() -> None:
    found = agreement([], [], Kind.VERDICT)
    assert (found.constant, found.ceiling) == ("", None)
    assert {figure.value for figure in found.baseline.values()} == {None}


# distributions


def test_both_sides_are_counted_by_point() -> None:
    found = agreement([4.4, 5, 5, 2.5], [4, 4, 5, 1], Kind.SCORE, resamples=5)
    assert found.judge_counts == {"1": 0, "2": 1, "4": 1, "5": 2}
    assert found.label_counts == {"1": 1, "2": 0, "4": 2, "5": 1}
    assert list(found.judge_counts) == list(found.label_counts) == ["1", "2", "4", "5"]


# people


def test_two_people_are_a_rater_against_a_rater() -> None:
    random = np.random.default_rng(0)
    ann = random.integers(1, 6, 40).astype(float)
    ben = np.clip(ann + random.integers(-1, 2, 40), 1, 5)
    judge = np.clip(ann + random.integers(-2, 3, 40), 1, 5)
    said = [{"ann": a, "ben": b} for a, b in zip(ann.tolist(), ben.tolist(), strict=True)]
    found = ceiling(judge.tolist(), said, Kind.SCORE)
    assert found is not None and (found.raters, found.n) == (("ann", "ben"), 40)
    apart = agreement(ann.tolist(), ben.tolist(), Kind.SCORE).figures
    for name, figure in found.people.items():
        assert figure.value == pytest.approx(apart[name].value)
        assert figure.n == 40
        assert (figure.low, figure.high) == pytest.approx((apart[name].low, apart[name].high), abs=0.03)
    for name, figure in found.judge.items():
        single = [
            agreement(judge.tolist(), side.tolist(), Kind.SCORE, resamples=5).figures[name].value or 0
            for side in (ann, ben)
        ]
        assert figure.value == pytest.approx(sum(single) / 2)
        assert figure.low is not None and figure.high is not None and figure.value is not None
        assert figure.low < figure.value < figure.high
    hits = int((ann == ben).sum())
    rate = wilson(hits, 40)
    assert rate is not None
    assert (found.people["accuracy"].low, found.people["accuracy"].high) == (rate.low, rate.high)


def test_pairs_weigh_as_much_as_they_have_in_common() -> None:
    said: list[dict[str, float | str]] = [{"a": "A", "b": "A", "c": "B"}, {"a": "B", "b": "B"}]
    said += [{"a": "A", "b": "B"}, {"b": "A", "c": "A"}, {"c": "B"}, {}]
    found = ceiling(["A"] * 6, said, Kind.VERDICT, resamples=50)
    assert found is not None and (found.n, found.raters) == (4, ("a", "b", "c"))
    # a and b: 2 of 3; a and c: 0 of 1; b and c: 1 of 2
    assert found.people["accuracy"].value == pytest.approx((2 + 0 + 1) / (3 + 1 + 2))
    # the judge with a: 2 of 3; with b: 2 of 4; with c: 1 of 2
    assert found.judge["accuracy"].value == pytest.approx((2 + 2 + 1) / (3 + 4 + 2))
    a, b = [1.0, 2, 1], [1.0, 2, 2]
    kappas = [(formulas.cohen(a, b), 3), (formulas.cohen([2, 1], [1, 1]), 2)]
    expected = sum(value * n for value, n in kappas) / 5
    assert found.people["kappa"].value == pytest.approx(expected)
    assert found.people["kappa"].n == 4  # a and c have but one item, yet others have that item too
    assert found.people["weighted_kappa"].why == "verdicts have no distances"
    assert found.people["spearman"].why == "verdicts are no numbers"


def test_one_person_is_no_ceiling() -> None:
    assert ceiling([1.0, 2], [{"a": 1.0}, {"b": 2.0}], Kind.SCORE) is None
    assert ceiling([], [], Kind.SCORE) is None


def test_people_who_say_the_same_of_every_item_have_a_reason() -> None:
    found = ceiling([3.0] * 4, [{"a": 3.0, "b": 3.0}] * 4, Kind.SCORE, resamples=20)
    assert found is not None and found.people["accuracy"].value == 1
    for name in ("kappa", "krippendorff_alpha", "gwet_ac1", "spearman", "kendall"):
        for figures in (found.people, found.judge):
            assert figures[name].value is None and figures[name].why


def test_one_item_of_two_people_has_shares_alone() -> None:
    found = ceiling([3.0], [{"a": 3.0, "b": 4.0}], Kind.SCORE, resamples=20)
    assert found is not None
    assert (found.people["accuracy"].value, found.people["within_one"].value) == (0, 1)
    assert found.people["kappa"].value is found.people["pearson"].value is None


def test_a_crowd_has_an_alpha_and_no_pairs() -> None:
    count = raters.MOST_RATERS + 1
    said = [{f"r{n}": float(n % 2), f"r{(n + 1) % count}": 1.0} for n in range(count)]
    found = ceiling([1.0] * count, said, Kind.SCORE, resamples=20)
    assert found is not None and found.people["krippendorff_alpha"].value is not None
    assert "more than 30 people" in found.people["kappa"].why


def test_groups_of_items_are_resampled_whole() -> None:
    random = np.random.default_rng(3)
    base = random.integers(1, 5, (3, 30)).astype(float)
    once = [{"a": a, "b": b} for a, b in base[1:].T.tolist()]
    alone = ceiling(base[0].tolist(), once, Kind.SCORE)
    thrice = [said for said in once for _ in range(3)]
    groups = [str(n // 3) for n in range(90)]
    together = ceiling(np.repeat(base[0], 3).tolist(), thrice, Kind.SCORE, groups)
    careless = ceiling(np.repeat(base[0], 3).tolist(), thrice, Kind.SCORE)
    assert alone is not None and together is not None and careless is not None

    def width(found: raters.Ceiling, name: str) -> float:
        figure = found.people[name]
        return (figure.high or 0) - (figure.low or 0)

    for name in ("accuracy", "kappa", "spearman"):
        assert width(together, name) == pytest.approx(width(alone, name), rel=0.15)
        assert width(careless, name) < 0.75 * width(together, name)


@given(st.integers(0, 100))
@settings(max_examples=3)
def test_many_values_have_the_same_figures(seed: int) -> None:
    """Values that hardly repeat take their intervals from each item's influence."""
    random = np.random.default_rng(seed)
    quality = random.normal(size=150)
    said: list[dict[str, float | str]] = [
        {name: float(q + random.normal()) for name in "abc" if random.random() < 0.9} for q in quality
    ]
    found = ceiling(quality.tolist(), said, Kind.SCORE)
    assert found is not None
    assert "jackknife" in found.people["kendall"].why
    sides = [[line.get(name) for line in said if len(line) > 1] for name in "abc"]
    common = [
        [(float(a), float(b)) for a, b in zip(*pair, strict=True) if a is not None and b is not None]
        for pair in combinations(sides, 2)
    ]
    values = [formulas.kendall([a for a, _ in each], [b for _, b in each]) for each in common]
    sizes = [len(each) for each in common]
    assert found.people["kendall"].value == pytest.approx(np.average(values, weights=sizes))


def test_influence_and_resamples_give_people_the_same_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(4)
    quality = random.normal(size=300)
    said: list[dict[str, float | str]] = [
        {name: float(np.rint(2 * q + random.normal())) for name in "abc" if random.random() < 0.8}
        for q in quality
    ]
    drawn = ceiling(quality.tolist(), said, Kind.SCORE)
    monkeypatch.setattr(correlations, "_CELLS", 0)
    moved = ceiling(quality.tolist(), said, Kind.SCORE)
    assert drawn is not None and moved is not None
    for name in correlations.MEASURES:
        one, other = drawn.people[name], moved.people[name]
        assert "jackknife" in other.why and not one.why
        assert other.value == pytest.approx(one.value)
        assert one.low is not None and one.high is not None
        width = one.high - one.low
        assert (other.low, other.high) == pytest.approx((one.low, one.high), abs=0.15 * width)


# differences


@pytest.mark.parametrize(
    ("kind", "pairs", "expected"),
    [
        (Kind.SCORE, [("x", 1.0, 5.0), ("w", 3.4, 3.0), ("b", 4.0, 2.0), ("a", 2.0, 4.0)], "x4 a2 b2"),
        (Kind.VERDICT, [("x", "A", "tie"), ("w", "B", "B"), ("y", "B", "A"), ("a", "tie", "B")], "y2 a1 x1"),
        (Kind.LABEL, [("x", "A", "B"), ("w", "B", "B"), ("a", "C", "B")], "a1 x1"),
    ],
)
def test_differences_come_by_size_then_by_id(
    kind: Kind, pairs: Sequence[tuple[str, float | str, float | str]], expected: str
) -> None:
    assert " ".join(f"{each.id}{each.size:g}" for each in misses(pairs, kind)) == expected


def test_what_rounds_to_the_same_point_is_no_difference() -> None:
    assert misses([("x", 2.5, 2.0), ("y", 3.4, 2.6)], Kind.SCORE) == ()
    assert misses([("x", 3.5, 2.0)], Kind.SCORE) == (Miss("x", 3.5, 2.0, 1.5),)


@given(st.lists(st.tuples(points, points), min_size=1, max_size=20))
def test_as_many_differ_as_the_accuracy_says(pairs: list[tuple[float, float]]) -> None:
    found = agreement([a for a, _ in pairs], [b for _, b in pairs], Kind.SCORE, resamples=5)
    differing = misses([(str(n), a, b) for n, (a, b) in enumerate(pairs)], Kind.SCORE)
    assert found.figures["accuracy"].value == pytest.approx(1 - len(differing) / len(pairs))
