"""Every figure of paired values: textbook cases, definitions, bounds, and the reason where there is no value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from judgetui.analysis import chance_corrected
from judgetui.analysis.agreement_figures import Agreement, Kind, agreement
from judgetui.analysis.chance_corrected import (
    cohen_kappa,
    gwet_ac1,
    krippendorff_alpha,
    macro_averages,
    quadratic_kappa,
)
from judgetui.analysis.intervals import wilson
from judgetui.analysis.kinds import Level
from judgetui.analysis.paired_cells import Cells
from judgetui.analysis.raters import ceiling
from tests.analysis import formulas
from tests.bounds import bounded

CHANCE = ("kappa", "weighted_kappa", "krippendorff_alpha", "gwet_ac1")
CORRELATIONS = ("pearson", "spearman", "kendall")

points = st.integers(1, 5).map(float)
sides = st.lists(st.tuples(points, points), min_size=3, max_size=25)


def table(**counts: int) -> tuple[list[str], list[str]]:
    """Both sides of a table whose cells are named by two letters, the left side's first."""
    pairs = [cell for cell, times in counts.items() for _ in range(times)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def labels_agreement(left: Sequence[str], right: Sequence[str]) -> Agreement:
    return agreement(left, right, Kind.LABEL, resamples=50)


# textbook cases


def test_cohens_kappa_of_two_by_two() -> None:
    """Both yes 20, first alone 5, second alone 10, both no 15: .70 observed, .50 by chance, so .40."""
    found = labels_agreement(*table(yy=20, yn=5, ny=10, nn=15))
    assert found.figures["accuracy"].value == pytest.approx(0.7)
    assert found.figures["kappa"].value == pytest.approx((0.7 - 0.5) / (1 - 0.5))


def test_gwets_ac1_where_kappa_fails() -> None:
    """Gwet 2008 starts from tables like 118, 5, 2, 0: agreement .94, kappa below 0, AC1 .94."""
    found = labels_agreement(*table(pp=118, pn=5, np=2, nn=0))
    shares = ((123 + 120) / 250, (2 + 5) / 250)
    chance = 2 * shares[0] * shares[1]
    assert found.figures["gwet_ac1"].value == pytest.approx((118 / 125 - chance) / (1 - chance))
    assert found.figures["gwet_ac1"].value == pytest.approx(0.94, abs=0.005)
    assert (found.figures["kappa"].value or 0) < 0


@pytest.mark.parametrize(
    ("left", "right", "alpha"),
    [
        # Krippendorff 2011, Computing Krippendorff's Alpha-Reliability: section A, binary, and section B, nominal.
        ("0100000010", "1110010000", 0.095),
        ("aabbdcccedda", "babbbccceddd", 0.692),
    ],
)
def test_krippendorffs_own_examples(left: str, right: str, alpha: float) -> None:
    found = labels_agreement(list(left), list(right))
    assert found.figures["krippendorff_alpha"].value == pytest.approx(alpha, abs=0.0005)


def test_kappa_of_three_diagnoses() -> None:
    """Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, table 18.1: 0.68."""
    found = labels_agreement(*table(pp=75, pn=1, po=4, np=5, nn=4, no=1, oo=10)).figures["kappa"]
    assert found.value == pytest.approx((0.89 - 0.66) / (1 - 0.66))


def test_krippendorffs_example_with_gaps() -> None:
    """Krippendorff 2011, section C: four observers, twelve units; .743 nominal, .815 ordinal, .849 interval."""
    rows = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
    said = [
        {name: float(row[unit]) for name, row in zip("ABCD", rows, strict=True) if row[unit] != "."}
        for unit in range(12)
    ]
    found = ceiling([1.0] * 12, said, Kind.SCORE, resamples=50)
    assert found is not None and found.n == 11
    for level, alpha in (("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)):
        assert found.people[f"krippendorff_alpha_{level}"].value == pytest.approx(alpha, abs=0.0005)


def test_a_point_that_nobody_gave_keeps_its_distance() -> None:
    """5 against 2 is three points apart, whether or not anybody gave 3 and 4."""
    left, right = [1.0, 2, 5, 5], [2.0, 2, 5, 1]
    found = agreement(left, right, Kind.SCORE, resamples=50)
    assert found.figures["weighted_kappa"].value == pytest.approx(formulas.cohen_squared(left, right))
    as_if_dense = formulas.cohen_squared([0, 1, 2, 2], [1, 1, 2, 0])
    assert found.figures["weighted_kappa"].value != pytest.approx(as_if_dense)


# definitions


@given(sides)
def test_every_figure_is_its_definition(pairs: list[tuple[float, float]]) -> None:
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    assume(len({*left, *right}) > 1)
    cells = Cells.of(np.array(left), np.array(right))
    assert cohen_kappa(cells) == pytest.approx(formulas.cohen(left, right))
    assert quadratic_kappa(cells) == pytest.approx(formulas.cohen_squared(left, right))
    for level in Level:
        defined = getattr(formulas, f"krippendorff_{level}")(left, right)
        assert krippendorff_alpha(cells, level) == pytest.approx(defined)
    assert gwet_ac1(cells) == pytest.approx(formulas.gwet(left, right))
    assert macro_averages(left, right) == pytest.approx(formulas.macro(left, right))


def test_alpha_is_the_same_where_the_library_would_take_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = Cells.of(*np.random.default_rng(0).integers(1, 8, (2, 40)).astype(float))
    library = [krippendorff_alpha(cells, level) for level in Level]
    monkeypatch.setattr(chance_corrected, "_TABLE", 0)
    assert [krippendorff_alpha(cells, level) for level in Level] == pytest.approx(library)


def test_macro_averages_over_given_classes() -> None:
    """PandaLM divides by three, though a class may be absent."""
    judge, labels = [1, 1, 2, 2], [1, 2, 2, 2]
    two, three = macro_averages(judge, labels), macro_averages(judge, labels, classes=[0, 1, 2])
    assert two == pytest.approx(formulas.macro(judge, labels))
    assert three == pytest.approx([2 / 3 * figure for figure in two])


# properties


@given(sides)
def test_bounds_and_order(pairs: list[tuple[float, float]]) -> None:
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    found = agreement(left, right, Kind.SCORE, resamples=60)
    backwards = agreement(left[::-1], right[::-1], Kind.SCORE, resamples=60)
    for name, figure in found.figures.items():
        assert figure.n == len(pairs)
        assert (figure.value is None) <= bool(figure.why)
        other = backwards.figures[name].value
        assert figure.value == (None if other is None else pytest.approx(other))
        if figure.value is not None:
            assert -1 - 1e-9 <= figure.value <= 1 + 1e-9
        if figure.low is not None and figure.high is not None:
            assert figure.value is not None and figure.low < figure.high


@given(sides.map(lambda pairs: [a for a, _ in pairs]))
def test_a_judge_that_says_what_people_say_agrees_wholly(side: list[float]) -> None:
    found = agreement(side, side, Kind.SCORE, resamples=20).figures
    assert found["accuracy"].value == 1
    for name in (*CHANCE, *CORRELATIONS):
        value = found[name].value
        assert value is None if len(set(side)) == 1 else value == pytest.approx(1)


@given(sides, st.permutations("vwxyz"))
def test_names_of_labels_do_not_matter(pairs: list[tuple[float, float]], names: list[str]) -> None:
    plain = labels_agreement(*([str(each) for each in side] for side in zip(*pairs, strict=True)))
    renamed = labels_agreement(
        *([names[int(each) - 1] for each in side] for side in zip(*pairs, strict=True))
    )
    for name, figure in plain.figures.items():
        value = renamed.figures[name].value
        assert figure.value == (None if value is None else pytest.approx(value))


# what is compared


def test_scores_are_rounded_halves_to_even_but_not_for_correlations() -> None:
    left, right = [2.5, 3.5, 1.2, 4.9, 3.0], [2.0, 4.0, 1.0, 5.0, 1.0]
    found = agreement(left, right, Kind.SCORE, resamples=50).figures
    rounded = [2.0, 4, 1, 5, 3]
    assert found["accuracy"].value == pytest.approx(4 / 5)
    assert found["kappa"].value == pytest.approx(formulas.cohen(rounded, right))
    assert found["krippendorff_alpha"].value == pytest.approx(formulas.krippendorff_ordinal(rounded, right))
    assert found["pearson"].value == pytest.approx(formulas.pearson(left, right))
    assert found["spearman"].value == pytest.approx(formulas.spearman(left, right))
    assert found["kendall"].value == pytest.approx(formulas.kendall(left, right))


def test_the_baseline_is_the_commonest_label() -> None:
    found = labels_agreement(["A", "A", "B", "B"], ["tie", "tie", "tie", "A"]).figures["baseline_accuracy"]
    rate = wilson(3, 4)
    assert rate is not None
    assert (found.value, found.n, found.low, found.high) == (0.75, 4, rate.low, rate.high)


def test_confusion_counts_labels_against_judgements() -> None:
    found = agreement([4.4, 5, 5, -0.2], [4, 4, 5, 5], Kind.SCORE, resamples=20)
    assert found.confusion == {"4": {"4": 1, "5": 1}, "5": {"0": 1, "5": 1}}


def test_lengths_have_to_be_equal() -> None:
    with pytest.raises(ValueError, match="2 judgements, 1 labels"):
        agreement([1, 2], [1], Kind.SCORE)
    with pytest.raises(ValueError, match="1 groups"):
        agreement([1, 2], [1, 2], Kind.SCORE, ["a"])


# where a figure has no meaning


def reasons(judge: Sequence[float | str], labels: Sequence[float | str], kind: Kind) -> dict[str, str]:
    found = agreement(judge, labels, kind, resamples=100).figures
    return {name: figure.why for name, figure in found.items() if figure.value is None}


def test_nothing_has_no_figure() -> None:
    assert set(reasons([], [], Kind.SCORE).values()) == {
        "there is nothing to compare",
    }
    assert set(reasons([], [], Kind.SCORE)) == set(agreement([1.0], [1.0], Kind.SCORE, resamples=5).figures)


def test_one_item_has_an_accuracy_alone() -> None:
    why = reasons([3.0], [3.0], Kind.SCORE)
    assert set(why) >= {*CHANCE, *CORRELATIONS} and not {"accuracy", "baseline_accuracy"} & set(why)
    assert "3 items" in why["pearson"] and "2 items" in why["kappa"]


def test_both_sides_constant() -> None:
    why = reasons([3.0] * 9, [3.0] * 9, Kind.SCORE)
    assert {why[name] for name in CHANCE} == {"both sides say the same of every item, as chance would"}
    assert {why[name] for name in CORRELATIONS} == {"both sides are constant"}


def test_a_constant_judge_has_no_correlation_and_a_kappa_of_zero() -> None:
    found = agreement([3.0] * 9, [1.0, 2, 3] * 3, Kind.SCORE, resamples=100).figures
    assert {found[name].why for name in CORRELATIONS} == {"the side of the judge is constant"}
    assert found["kappa"].value == found["weighted_kappa"].value == 0
    assert found["kappa"].low is None and "do not vary" in found["kappa"].why


def test_rounding_is_no_spread() -> None:
    """0.1 + 0.2 and 0.3 differ in the last bit."""
    why = reasons([0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2], [1.0, 2, 3, 4], Kind.SCORE)
    assert why["pearson"] == "the side of the judge is constant"


def test_verdicts_are_no_numbers() -> None:
    why = reasons(["A", "B", "tie"], ["A", "B", "B"], Kind.VERDICT)
    distances = {"weighted_kappa", "within_one", "krippendorff_alpha_interval"}
    assert set(why) == {*CORRELATIONS, *distances, "krippendorff_alpha_ordinal"}
    assert {why[name] for name in distances} == {"verdicts have no distances"}
    assert why["krippendorff_alpha_ordinal"] == "verdicts have no order"


def test_scores_on_no_scale_have_no_kappa() -> None:
    why = reasons([1.0, 2e6, 3], [1.0, 2, 3], Kind.SCORE)
    assert "1,000 points" in why["kappa"] and "pearson" not in why


# resampling


def test_whole_groups_are_resampled_from_ten_on() -> None:
    random = np.random.default_rng(5)
    base = random.integers(1, 6, 40).astype(float)
    judge = np.clip(base + random.integers(-1, 2, 40), 1, 5)
    alone = agreement(list(judge), list(base), Kind.SCORE)
    left, right = np.repeat(judge, 3).tolist(), np.repeat(base, 3).tolist()
    groups = [str(index // 3) for index in range(120)]
    together = agreement(left, right, Kind.SCORE, groups)
    assert (together.clusters, alone.clusters) == (40, None)
    for name in ("kappa", "weighted_kappa", "gwet_ac1", "pearson", "spearman"):
        one, three = alone.figures[name], together.figures[name]
        assert three.value == pytest.approx(one.value)
        assert (three.low, three.high) == pytest.approx((one.low, one.high))  # the copies add nothing
    few = agreement(left, right, Kind.SCORE, [str(index % 9) for index in range(120)])
    assert few.clusters is None


def test_an_item_without_a_group_is_one_of_its_own() -> None:
    groups = [str(index // 2) for index in range(24)] + [None, None]
    found = agreement([1.0, 2.0] * 13, [2.0, 1.0] * 13, Kind.SCORE, groups, resamples=20)
    assert found.clusters == 14
    assert found.by_group.ungrouped == 2


def test_ten_thousand_items_take_seconds() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(1, 6, 10_000).astype(float)
    judge = labels + random.normal(size=10_000)
    with bounded():
        found = agreement(list(judge), list(labels), Kind.SCORE)
        assert found.resamples == 2000 and found.figures["kendall"].low is not None
