"""From votes to an outcome: swap rules, means of scores, rankings, and what failures count as."""

from __future__ import annotations

from itertools import product
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.protocols.base import better
from judgetui.core.protocols.combining import (
    combine_answer_scores,
    combine_probabilities,
    combine_rankings,
    combine_scores,
    combine_verdicts,
    conservative,
    first_order,
)
from judgetui.core.protocols.failures import counted
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.request import Order
from judgetui.core.rubric import Criterion
from judgetui.core.vote import Failures, ScoreSource, Status, Verdict, Vote
from tests.core.protocols.builders import rubric

ONE = rubric("mt-bench-pair")
TWO = rubric("mt-bench-pair", criteria=(Criterion("right", weight=3), Criterion("clear")))
A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
SCORES = st.floats(1, 10, allow_nan=False)


def vote(
    criterion: str = "correctness", order: Order | None = Order.AB, sample: int = 0, **more: object
) -> Vote:
    status = Status.OK if more else Status.UNPARSED
    return Vote(status, criterion, order, sample, **more)  # type: ignore[arg-type]


def pair(first: Verdict | None, second: Verdict | None, criterion: str = "correctness") -> list[Vote]:
    return [
        vote(criterion, order) if given is None else vote(criterion, order, verdict=given)
        for order, given in ((Order.AB, first), (Order.BA, second))
    ]


@pytest.mark.parametrize(("first", "second"), list(product((A, B, TIE), repeat=2)))
def test_the_conservative_rule(first: Verdict, second: Verdict) -> None:
    expected = first if first is second else TIE
    assert conservative({Order.AB: first, Order.BA: second}) is expected
    outcome = combine_verdicts(ONE, pair(first, second))
    assert (outcome.verdict, outcome.consistent) == (expected, first is second)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (A, A, A),
        (A, B, TIE),
        (B, A, TIE),
        (TIE, TIE, TIE),
        (A, TIE, A),
        (B, TIE, B),
        (TIE, A, TIE),
        (TIE, B, TIE),
    ],
)
def test_pandalm_s_rule_follows_the_first_order(first: Verdict, second: Verdict, expected: Verdict) -> None:
    assert first_order({Order.AB: first, Order.BA: second}) is expected
    assert combine_verdicts(ONE, pair(first, second), first_order).verdict is expected


def test_an_order_without_a_verdict_leaves_none() -> None:
    outcome = combine_verdicts(ONE, pair(A, None))
    assert (outcome.status, outcome.verdict) == (Status.UNPARSED, None)


def test_criteria_are_weighed() -> None:
    cast = [*pair(A, A, "right"), *pair(B, B, "clear")]
    assert combine_verdicts(TWO, cast).verdict is A
    assert combine_verdicts(TWO, cast).labels == {"right": "A", "clear": "B"}


@given(
    st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=6),
    st.lists(st.tuples(SCORES, SCORES), max_size=6),
)
def test_scores_of_answers_are_averaged_over_orders_and_samples(
    forward: list[tuple[float, float]], backward: list[tuple[float, float]]
) -> None:
    cast = [
        vote(order=order, sample=n, answer_scores=scores, verdict=better(scores, ()))
        for order, given in ((Order.AB, forward), (Order.BA, backward))
        for n, scores in enumerate(given)
    ]
    outcome = combine_answer_scores(ONE, cast)
    every = forward + backward
    expected = (fmean(s for s, _ in every), fmean(s for _, s in every))
    assert outcome.answer_scores == pytest.approx(expected)
    assert outcome.verdict is better(outcome.answer_scores, ())
    assert (outcome.consistent is None) == (not backward)
    if len(every) > 1:
        wins = sum(a > b for a, b in every) / len(every)
        assert outcome.probabilities.get("A", 0.0) == pytest.approx(wins)
        assert sum(outcome.probabilities.values()) == pytest.approx(1)
        assert outcome.source is ScoreSource.SAMPLES


def test_replies_without_scores_are_left_out_unless_they_are_half() -> None:
    good = [vote(sample=n, answer_scores=(8.0, 6.0), verdict=A) for n in range(2)]
    outcome = combine_answer_scores(ONE, [*good, vote(sample=2)])
    assert outcome.answer_scores == (8.0, 6.0)
    assert "2 of 3 replies have scores" in outcome.detail
    assert combine_answer_scores(ONE, [good[0], vote(sample=2)]).status is Status.UNPARSED


def test_many_answers_are_ordered_by_their_means() -> None:
    cast = [
        vote(order=Order("abc"), answer_scores=(5.0, 9.0, 5.0)),
        vote(order=Order("cba"), answer_scores=(5.0, 7.0, 5.0)),
    ]
    outcome = combine_answer_scores(ONE, cast)
    assert (outcome.verdict, outcome.label) == (None, "B > A = C")
    assert (outcome.ranking, outcome.answer_scores) == ((1, 0, 2), (5.0, 8.0, 5.0))
    assert outcome.consistent is True


@given(st.lists(st.permutations(range(4)), min_size=1, max_size=8))
def test_rankings_are_counted_by_borda(rankings: list[list[int]]) -> None:
    cast = [vote(order=Order("abcd"), sample=n, ranking=tuple(each)) for n, each in enumerate(rankings)]
    outcome = combine_rankings(ONE, cast)
    beaten = [fmean(3 - each.index(answer) for each in rankings) for answer in range(4)]
    assert outcome.answer_scores == pytest.approx(beaten)
    assert [beaten[answer] for answer in outcome.ranking] == pytest.approx(sorted(beaten, reverse=True))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_probabilities_are_averaged(shares: list[float]) -> None:
    cast = [
        vote(
            sample=n,
            verdict=A if p > 0.5 else B,
            probabilities={"A": p, "B": 1 - p},
            source=ScoreSource.LOGPROBS,
        )
        for n, p in enumerate(shares)
    ]
    outcome = combine_probabilities(ONE, cast)
    mean = fmean(shares)
    assert outcome.probabilities["A"] == pytest.approx(mean)
    assert outcome.margin == pytest.approx(abs(2 * mean - 1), abs=1e-12)
    assert outcome.source is ScoreSource.LOGPROBS
    if abs(mean - 0.5) > 1e-9:
        assert outcome.verdict is (A if mean > 0.5 else B)


def test_a_reply_on_all_criteria_is_one_vote_for_each() -> None:
    of = rubric("g-eval", criteria=(Criterion("right", weight=3), Criterion("clear")))
    outcome = combine_scores(of, [vote("", None, scores={"right": 5.0, "clear": 1.0})])
    assert (outcome.scores, outcome.score) == ({"right": 5.0, "clear": 1.0}, 4.0)


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        (Failures.ZERO, {"score": 0.0}),
        (Failures.TIE, {"verdict": TIE}),
        (Failures.MINUS_ONE, {"answer_scores": (-1.0, -1.0), "verdict": TIE}),
    ],
)
def test_a_failure_counts_as_a_number_only_by_name(failures: Failures, expected: dict[str, object]) -> None:
    protocol = get_protocol("mt-bench-pair")
    blank = Vote(Status.UNPARSED, "correctness", Order.AB, parser="x/faithful-1", detail="no verdict.")
    assert counted(protocol, blank, Failures.STATE) == blank
    made = counted(protocol, blank, failures)
    assert made.status is Status.OK
    assert {name: getattr(made, name) for name in expected} == expected
    assert made.parser == f"x/faithful-1+{failures.value}"
    assert failures.value in made.detail
    refused = Vote(Status.REFUSED, "correctness", Order.AB)
    assert counted(protocol, refused, failures) == refused


def test_g_eval_s_zeros_stay_in_the_mean_and_are_told() -> None:
    protocol, of = get_protocol("g-eval"), rubric("g-eval")
    cast = [vote(order=None, sample=n, score=4.0) for n in range(3)] + [vote(order=None, sample=3)]
    assert protocol.combine(of, cast).score == 4.0
    zeros = protocol.combine(of, [counted(protocol, each, Failures.ZERO) for each in cast])
    assert zeros.score == 3.0
    assert "counts as zero" in zeros.detail
