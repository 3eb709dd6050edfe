"""The model of Dawid and Skene: their own example, an independent EM, and what it must and must not do."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgetui.analysis.dawid_skene import Fit, fit

Counts = list[list[list[int]]]

# Dawid and Skene 1979, Table 1: 45 patients before an operation, judged 1 to 4 by five anaesthetists; the first of
# them judged each three times. One word a patient: the three, then the other four. Read from the copies in
# dallascard/dawid_skene and kajyuuen/Dawid-skene, which agree with each other.
ANAESTHETISTS = """
    1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111 2223212 1211111
    1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111 1111111 1121121
    1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222
"""


def tally(said: list[list[list[int]]], classes: int) -> Counts:
    """Counts of answers, from each item's answers by judge."""
    return [[[answers.count(k) for k in range(classes)] for answers in item] for item in said]


def anaesthetists() -> Counts:
    digits = [[int(digit) - 1 for digit in word] for word in ANAESTHETISTS.split()]
    return tally([[each[:3], *([one] for one in each[3:])] for each in digits], 4)


def answers(rows: list[list[int | None]], classes: int) -> Counts:
    """Counts from one answer of each judge, None where it has none."""
    return tally([[[] if said is None else [said] for said in row] for row in rows], classes)


def quick(counts: Counts, smoothing: float | None = None) -> Fit:
    """A fit whose intervals are of no interest."""
    return fit(counts, smoothing=smoothing, resamples=2)


def plain_em(counts: Counts, extra: float, rounds: int) -> tuple[list[float], list[list[float]], list[float]]:
    """The same by the formulas of the paper, one sum at a time: prior, posterior, penalised log-likelihoods."""
    judges, classes = range(len(counts[0])), range(len(counts[0][0]))
    posterior = []
    for item in counts:
        votes = [sum(item[j][k] for j in judges) for k in classes]
        posterior.append([vote / sum(votes) for vote in votes])
    prior: list[float] = []
    objective = []
    for _ in range(rounds):
        prior = [
            (sum(each[k] for each in posterior) + extra) / (len(counts) + extra * len(classes))
            for k in classes
        ]
        rates: list[list[list[float]]] = []
        for j in judges:
            rates.append([])
            for k in classes:
                row = [
                    sum(each[k] * item[j][said] for each, item in zip(posterior, counts, strict=True)) + extra
                    for said in classes
                ]
                rates[j].append([value / sum(row) for value in row])
        total = extra * sum(map(math.log, prior))
        total += extra * sum(math.log(rates[j][k][said]) for j in judges for k in classes for said in classes)
        posterior = []
        for item in counts:
            joint = [
                prior[k] * math.prod(rates[j][k][said] ** item[j][said] for j in judges for said in classes)
                for k in classes
            ]
            total += math.log(sum(joint))
            posterior.append([round(value / sum(joint), 12) for value in joint])
        objective.append(total)
    return prior, posterior, objective


@st.composite
def tables(draw: st.DrawFn) -> Counts:
    """Answers of three to five judges on some items, some of them missing."""
    classes, judges = draw(st.integers(2, 4)), draw(st.integers(3, 5))
    cell = st.one_of(st.none(), st.integers(0, classes - 1), st.integers(0, classes - 1))
    rows: list[list[int | None]] = draw(
        st.lists(st.lists(cell, min_size=judges, max_size=judges), min_size=3, max_size=12)
    )
    rows = [row if any(said is not None for said in row) else [0] * judges for row in rows]
    rows.append([0] * judges)
    return answers(rows, classes)


def test_the_published_example_comes_out_as_published() -> None:
    """Dawid and Skene 1979, Table 2 (marginal probabilities) and Table 3 (the first observer's error rates)."""
    found = quick(anaesthetists(), smoothing=0)
    assert found.converged
    assert [round(share, 2) for share in found.prior] == [0.40, 0.42, 0.11, 0.07]
    first = [[round(rate, 2) for rate in row] for row in found.judges[0].confusion]
    assert first == [
        [0.89, 0.11, 0.00, 0.00],
        [0.07, 0.88, 0.05, 0.00],
        [0.00, 0.34, 0.66, 0.00],
        [0.00, 0.00, 0.56, 0.44],
    ]
    assert [[round(share, 2) for share in row] for row in found.posterior[:3]] == [
        [1, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 1, 0, 0],
    ]


@settings(max_examples=40, deadline=None)
@given(tables(), st.sampled_from([0.01, 0.5, 1.0]))
def test_it_is_the_em_of_the_paper(counts: Counts, extra: float) -> None:
    found = quick(counts, extra)
    prior, posterior, objective = plain_em(counts, extra, found.iterations)
    assert found.prior == pytest.approx(prior, abs=1e-9)
    for row, expected in zip(found.posterior, posterior, strict=True):
        assert row == pytest.approx(expected, abs=1e-9)
    assert found.objective == pytest.approx(objective, abs=1e-7)


@settings(max_examples=50, deadline=None)
@given(tables(), st.sampled_from([None, 0.0, 1.0]))
def test_the_log_likelihood_never_falls(counts: Counts, extra: float | None) -> None:
    objective = quick(counts, extra).objective
    assert all(after >= before - 1e-9 for before, after in pairwise(objective))


@settings(max_examples=40, deadline=None)
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_items_and_judges_does_not_matter(counts: Counts, random: Random) -> None:
    items, judges = list(range(len(counts))), list(range(len(counts[0])))
    random.shuffle(items)
    random.shuffle(judges)
    found = quick(counts)
    moved = quick([[counts[i][j] for j in judges] for i in items])
    assert moved.prior == pytest.approx(found.prior, abs=1e-4)
    for place, item in enumerate(items):
        assert moved.posterior[place] == pytest.approx(found.posterior[item], abs=1e-3)


@given(st.lists(st.integers(0, 2), min_size=6, max_size=20).filter(lambda truth: len(set(truth)) == 3))
@settings(max_examples=30, deadline=None)
def test_perfect_judges_give_the_labels_back(truth: list[int]) -> None:
    found = quick(answers([[label] * 4 for label in truth], 3))
    assert [row.index(max(row)) for row in found.posterior] == truth
    assert all(max(judge.confusion[k]) == judge.confusion[k][k] for judge in found.judges for k in range(3))


def test_a_judge_that_is_always_wrong_counts_against_what_it_says() -> None:
    """Two good judges that err apart, and one that says the other class: where the good differ it is read reversed."""
    truth = [n % 2 for n in range(60)]
    rows: list[list[int | None]] = [[label, label, 1 - label] for label in truth]
    rows[0][0], rows[1][1], rows[2][0], rows[3][1] = 1, 0, 1, 0
    found = quick(answers(rows, 2))
    assert [row.index(max(row)) for row in found.posterior] == truth
    good, other, wrong = found.judges
    assert good.accuracy.value is not None and good.accuracy.value > 0.85
    assert other.accuracy.value is not None and other.accuracy.value > 0.85
    assert wrong.accuracy.value is not None and wrong.accuracy.value < 0.1
    sides = [rows[n] for n in range(4)]
    assert all(side.count(label) == 1 for side, label in zip(sides, truth, strict=False)), "outvoted"


def test_a_missing_answer_is_left_out_not_put_in() -> None:
    """A judge that answers half the items: its figures are of these alone."""
    truth = [n % 2 for n in range(40)]
    rows: list[list[int | None]] = [[label, label, label] for label in truth]
    for n in range(20, 40):
        rows[n][2] = None
    found = quick(answers(rows, 2))
    assert [round(sum(judge.expected)) for judge in found.judges] == [40, 40, 20]
    assert [judge.accuracy.n for judge in found.judges] == [40, 40, 20]


def test_figures_have_n_and_an_interval_of_resampled_items() -> None:
    random = Random(1)
    truth = [random.randrange(2) for _ in range(120)]
    rows: list[list[int | None]] = [
        [label if random.random() < right else 1 - label for right in (0.9, 0.8, 0.7)] for label in truth
    ]
    found, again = fit(answers(rows, 2)), fit(answers(rows, 2))
    assert found == again
    for judge in found.judges:
        for figure in (judge.accuracy, *judge.by_class):
            assert figure.value is not None and figure.low is not None and figure.high is not None
            assert 0 <= figure.low <= figure.value <= figure.high <= 1 and figure.n > 40
    share = sum(
        p * row[k] for k, (p, row) in enumerate(zip(found.prior, found.judges[0].confusion, strict=True))
    )
    assert found.judges[0].accuracy.value == pytest.approx(share)


def test_a_class_that_nothing_belongs_to_has_no_figure() -> None:
    rows: list[list[int | None]] = [[0, 0, 0] for _ in range(30)]
    rows[0] = [0, 0, 1]
    found = quick(answers(rows, 2))
    figure = found.judges[0].by_class[1]
    assert figure.value is None and figure.why


def test_too_many_different_answers_are_not_resampled_and_say_so() -> None:
    random = Random(2)
    rows: list[list[int | None]] = [[random.randrange(30) for _ in range(3)] for _ in range(400)]
    figure = fit(answers(rows, 30)).judges[0].accuracy
    assert figure.value is not None and figure.low is None and "too many" in figure.why


@pytest.mark.parametrize(
    "counts",
    [
        answers([[0, 1], [1, 0]], 2),
        answers([[0, 1, 0], [None, None, None]], 2),
        answers([[0, 1, None], [1, 1, None]], 2),
        [],
    ],
    ids=["two judges", "an item without answers", "a judge without answers", "nothing"],
)
def test_what_cannot_be_fitted_is_refused(counts: Counts) -> None:
    with pytest.raises(ValueError, match="judge"):
        fit(counts)
