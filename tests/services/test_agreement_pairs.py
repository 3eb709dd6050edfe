"""Labelled rows, of files or of a session, become one criterion's report."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from judgetui.analysis.kinds import Kind
from judgetui.core.item import ADJUDICATED
from judgetui.core.vote import Failures, Status
from judgetui.errors import InputError
from judgetui.services.agreement_pairs import LabelledRow, Report, report
from tests.analysis import formulas

Value = float | str


def row(identity: str, given: Value | None, said: Mapping[str, Value] | Value, **slices: str) -> LabelledRow:
    """A row of a session, with a score or a verdict, or a judgement that failed to say anything."""
    verdict = given if isinstance(given, str) else None
    return LabelledRow(
        id=identity,
        said=said if isinstance(said, Mapping) else {"ann": said},
        score=None if isinstance(given, str) else given,
        label=None,
        verdict=verdict,
        status=Status.UNPARSED if given is None else Status.OK,
        group=None,
        slices=slices,
        place=None,
    )


def made(*rows: LabelledRow, failures: Failures = Failures.STATE, **more: object) -> Report:
    return report("overall", rows, len(rows), failures, **more)  # type: ignore[arg-type]


def test_what_was_adjudicated_is_the_label_and_nobody_among_people() -> None:
    found = made(
        row("1", "A", {"ann": "B", "ben": "B", ADJUDICATED: "A"}),
        row("2", "B", {"ann": "A", "ben": "B", ADJUDICATED: "B"}),
        row("3", "tie", {"ann": "A", "ben": "A"}),
        row("4", "A", {"ann": "A", ADJUDICATED: "A"}),
    )
    assert found.agreement.confusion == {"A": {"A": 2, "tie": 1}, "B": {"B": 1}}
    assert found.skipped == {}
    people = found.agreement.ceiling
    assert people is not None and (people.raters, people.n) == (("ann", "ben"), 3)
    assert people.people["accuracy"].value == pytest.approx(2 / 3)


def test_a_score_that_was_settled_is_not_averaged() -> None:
    found = made(
        row("1", 4.0, {"ann": 1.0, "ben": 2.0, ADJUDICATED: 4.0}), row("2", 2.0, {"ann": 1.0, "ben": 3.0})
    )
    assert found.agreement.figures["accuracy"].value == 1


def test_people_who_draw_still_tell_how_far_they_agree() -> None:
    """Left out where people draw, the ceiling would be of those items alone on which they agree."""
    found = made(
        row("1", "A", {"ann": "A", "ben": "A"}),
        row("2", "A", {"ann": "A", "ben": "B"}),
        row("3", None, {"ann": "A", "ben": "B"}),
    )
    assert found.skipped == {"raters draw": 2} and found.agreement.n == 1
    assert found.failures == 0  # the judgement that failed has no label
    people = found.agreement.ceiling
    assert people is not None
    assert (people.n, people.people["accuracy"].value, people.judge["accuracy"].value) == (2, 0.5, 0.75)


def test_spellings_of_people_are_those_of_the_judge() -> None:
    found = made(
        row("1", "A", {"ann": "a", "ben": "A"}), row("2", "B", {"ann": "b", "ben": "tie", "cy": "B"})
    )
    people = found.agreement.ceiling
    assert people is not None and people.people["accuracy"].value == pytest.approx(2 / 4)
    assert found.agreement.figures["accuracy"].value == 1


def test_slices_are_reports_of_their_items() -> None:
    rows = [
        row("1", 1.0, 1.0, category="b", split="dev"),
        row("2", 2.0, 3.0, category="b"),
        row("3", 4.0, 4.0, category="a"),
        row("4", 5.0, 5.0),
    ]
    found = made(*rows, slices=("category", "split"), positive=3.0)
    assert list(found.slices) == ["category", "split"]
    assert {name: part.n for name, part in found.slices["category"].items()} == {"a": 1, "b": 2}
    assert list(found.slices["category"]) == ["a", "b"]
    alone = made(*rows[:2], positive=3.0).agreement
    assert found.slices["category"]["b"] == alone
    assert alone.figures["accuracy"].low is not None and alone.figures["true_positive_rate"].n == 1
    assert found.slices["category"]["a"].figures["kappa"].why == "it needs 2 items"
    assert found.slices["split"]["dev"].n == 1


def test_differences_are_listed_by_size() -> None:
    found = made(
        row("b", 4.2, 4.0), row("a", 5.0, {"ann": 1.0, "ben": 2.0}), row("d", 3.0, 2.0), row("c", 2.0, 3.0)
    )
    assert [(miss.id, miss.judge, miss.label, miss.size) for miss in found.misses] == [
        ("a", 5, 1.5, 3.5),
        ("c", 2, 3, 1),
        ("d", 3, 2, 1),
    ]


def test_what_counts_as_a_tie_is_a_difference_too() -> None:
    found = made(row("a", None, "A"), row("b", "B", "A"), row("c", "A", "A"), failures=Failures.TIE)
    assert [(miss.id, miss.judge, miss.size) for miss in found.misses] == [("b", "B", 2), ("a", "tie", 1)]


@pytest.mark.parametrize(
    ("positive", "rate"),
    [(None, 0.5), (frozenset({"a"}), 0.5), (frozenset({"TIE", "b"}), 1.0), (3.0, 0.5)],
)
def test_the_positive_side_of_verdicts(positive: frozenset[str] | float | None, rate: float) -> None:
    """A unless another is named; a number is for scores."""
    rows = [row("1", "A", "A"), row("2", "B", "A"), row("3", "tie", "tie"), row("4", "B", "both_bad")]
    figure = made(*rows, positive=positive).agreement.figures["true_positive_rate"]
    assert (figure.value, figure.n) == (rate, 2)


def test_figures_are_those_of_the_rows() -> None:
    pairs = [(1.0, 2.0), (3.0, 3.0), (5.0, 4.0), (2.0, 2.0), (4.0, 5.0)]
    found = made(*(row(str(n), a, b) for n, (a, b) in enumerate(pairs))).agreement
    judge, labels = [a for a, _ in pairs], [b for _, b in pairs]
    assert found.kind is Kind.SCORE and found.ceiling is None
    assert found.figures["weighted_kappa"].value == pytest.approx(formulas.cohen_squared(judge, labels))
    alpha = found.figures["krippendorff_alpha_interval"].value
    assert alpha == pytest.approx(formulas.krippendorff_interval(judge, labels))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("i1", 3.0, {"ann": 3.0, "ben": "x"})], ("item i1: human", "some a text")),
        ([row("i1", 3.0, "good")], ("item i1: human", "'good' is text")),
        ([row("i1", "A", 2.0)], ("item i1: human", "has a verdict")),
        ([row("i1", "A", "C")], ("item i1: human", "'C' is no verdict")),
        ([row("i1", 3.0, 3.0), row("i2", None, "x")], ("item i2: human", "the label at i1 is a number")),
    ],
)
def test_errors_name_the_item_where_there_is_no_file(rows: list[LabelledRow], words: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as raised:
        made(*rows)
    for word in words:
        assert word in str(raised.value)
