"""How sure a judgement is: from probabilities, from votes, and not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.certainty import certainty, is_uncertain, tells_certainty
from judgetui.core.item import Item
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.protocols.registry import get_protocol, protocol_names, starter_rubric
from judgetui.core.request import Order
from judgetui.core.rubric import Rubric, Sampling
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote

SINGLE = Item("i", ("one",), {"question": "q", "reference": "r"})
PAIR = Item("p", ("one", "two"), {"question": "q", "reference": "r"})


def judged(outcome: Outcome, votes: Sequence[Vote]) -> Judgement:
    """A judgement of these votes."""
    return Judgement(1, 0, SINGLE, "h", "r", "rh", "p", "j", outcome, tuple(votes), datetime.now(UTC))


def combined(protocol: str, votes: Sequence[Vote], **more: object) -> Judgement:
    """What a protocol makes of votes on its starter's first criterion."""
    rubric = starter_rubric("mine", protocol)
    rubric = replace(rubric, criteria=rubric.criteria[:1], **more)  # type: ignore[arg-type]
    named = [replace(vote, criterion=rubric.criteria[0].name) for vote in votes]
    return judged(get_protocol(protocol).combine(rubric, named), named)


def point(score: float, source: ScoreSource = ScoreSource.SINGLE, **probabilities: float) -> Vote:
    shares = {name.removeprefix("p"): share for name, share in probabilities.items()}
    return Vote(Status.OK, score=score, source=source, probabilities=shares)


def verdict(said: str, order: Order, source: ScoreSource = ScoreSource.SINGLE, **shares: float) -> Vote:
    return Vote(Status.OK, verdict=Verdict(said), order=order, source=source, probabilities=shares)


# probabilities


def test_probabilities_tell_by_the_margin() -> None:
    judgement = combined("g-eval", [point(3.7, ScoreSource.LOGPROBS, p3=0.3, p4=0.65, p5=0.05)])
    assert certainty(judgement) == pytest.approx(0.35) == judgement.outcome.margin


def test_orders_with_probabilities_that_contradict_each_other_are_unsure() -> None:
    told = ScoreSource.DECISION
    votes = [verdict("A", Order.AB, told, A=0.9, B=0.1), verdict("B", Order.BA, told, A=0.1, B=0.9)]
    assert certainty(combined("mt-bench-pair", votes)) == pytest.approx(0.0)
    votes[1] = verdict("A", Order.BA, told, A=0.7, B=0.3)
    assert certainty(combined("mt-bench-pair", votes)) == pytest.approx(0.6)


def test_a_reply_that_only_counts_as_certain_tells_nothing() -> None:
    """AlpacaEval 2 takes a reply without token probabilities for probability 1."""
    judgement = combined("alpaca-eval-2", [verdict("A", Order.AB)])
    assert judgement.outcome.margin == 1.0
    assert certainty(judgement) is None


# votes


def test_samples_tell_by_the_share_that_agrees() -> None:
    assert certainty(combined("g-eval", [point(4)] * 3 + [point(5)])) == 0.75
    assert certainty(combined("g-eval", [point(1), point(5)])) == 0.0
    passed = [Vote(Status.OK, label=label) for label in ("pass", "pass", "fail")]
    assert certainty(combined("pass-fail", passed)) == pytest.approx(2 / 3)
    assert certainty(combined("pass-fail", passed[1:])) == 0.0


def test_orders_tell_by_whether_they_agree() -> None:
    both = [verdict("A", Order.AB), verdict("A", Order.BA)]
    assert certainty(combined("mt-bench-pair", both)) == 1.0
    against = [verdict("A", Order.AB), verdict("B", Order.BA)]
    assert certainty(combined("mt-bench-pair", against)) == 0.0
    half = [verdict("A", Order.AB), verdict("tie", Order.BA)]
    assert certainty(combined("mt-bench-pair", half)) == 0.5


def test_answers_scores_and_rankings_tell_by_their_order() -> None:
    scored = [
        Vote(Status.OK, order=order, answer_scores=scores, verdict=Verdict(said))
        for order, scores, said in ((Order.AB, (8.0, 7.0), "A"), (Order.BA, (9.0, 6.0), "A"))
    ]
    assert certainty(combined("vicuna", scored)) == 1.0
    orders = [Vote(Status.OK, order=Order("abc"), ranking=each) for each in ((0, 1, 2), (0, 1, 2), (1, 0, 2))]
    assert certainty(combined("listwise", orders)) == pytest.approx(2 / 3)


def test_votes_without_a_result_are_left_out() -> None:
    votes = [point(4), point(4), Vote(Status.UNPARSED)]
    assert certainty(combined("g-eval", votes)) == 1.0


def test_of_several_criteria_the_least_certain_counts() -> None:
    rubric = starter_rubric("mine", "analytic")
    names = [criterion.name for criterion in rubric.criteria]
    assert len(names) > 1
    said = [dict.fromkeys(names, 4.0), dict.fromkeys(names, 4.0) | {names[1]: 5.0}, dict.fromkeys(names, 4.0)]
    votes = [Vote(Status.OK, scores=each) for each in said]
    judgement = judged(get_protocol("analytic").combine(rubric, votes), votes)
    assert certainty(judgement) == pytest.approx(2 / 3)
    apart = [
        Vote(Status.OK, criterion, score=score)
        for criterion, score in (("a", 4), ("a", 4), ("b", 1), ("b", 2))
    ]
    assert certainty(judged(Outcome(Status.OK, scores={"a": 4.0, "b": 1.5}), apart)) == 0.5


# neither


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.OK])
def test_nothing_is_certain_about_a_failure(status: Status) -> None:
    judgement = judged(Outcome(status), [Vote(status)])
    assert certainty(judgement) == 0.0
    assert is_uncertain(judgement, 0.01) and not is_uncertain(judgement, 0.0)


def test_what_needed_no_call_needs_no_other_judge() -> None:
    settled = judged(Outcome(Status.OK, verdict=Verdict.TIE), [])
    assert certainty(settled) == 1.0 and not is_uncertain(settled, 1.0)


def test_a_single_reply_tells_nothing_and_goes_on() -> None:
    for judgement in (
        combined("g-eval", [point(4)]),
        combined("alpaca-eval-1", [verdict("A", Order.AB)]),
    ):
        assert certainty(judgement) is None
        assert is_uncertain(judgement, 0.0)


def test_grades_of_each_answer_by_itself_tell_nothing() -> None:
    votes = [Vote(Status.OK, order=order, score=score) for order, score in ((Order.AB, 4), (Order.BA, 2))]
    judgement = combined("prometheus-1-relative", votes)
    assert judgement.outcome.verdict is Verdict.A
    assert certainty(judgement) is None


@given(st.lists(st.integers(1, 5), min_size=2, max_size=9), st.floats(0, 1))
def test_a_certainty_is_a_share_whatever_the_votes(scores: list[int], threshold: float) -> None:
    judgement = combined("g-eval", [point(score) for score in scores])
    found = certainty(judgement)
    assert found is not None and 0 <= found <= 1
    assert is_uncertain(judgement, threshold) == (found < threshold)


# before a run


def sampled(rubric: Rubric, samples: int) -> Rubric:
    return replace(rubric, sampling=replace(rubric.sampling, n=samples))


def test_what_a_judge_can_do_says_whether_it_can_begin_a_cascade() -> None:
    g_eval, rubric = get_protocol("g-eval"), starter_rubric("mine", "g-eval")
    assert tells_certainty(g_eval, rubric, SINGLE, ScoreSource.LOGPROBS)
    assert tells_certainty(g_eval, rubric, SINGLE, ScoreSource.DECISION)
    assert tells_certainty(g_eval, sampled(rubric, 3), SINGLE, ScoreSource.SAMPLES)
    assert not tells_certainty(g_eval, sampled(rubric, 1), SINGLE, ScoreSource.SAMPLES)
    assert not tells_certainty(g_eval, rubric, SINGLE, ScoreSource.SINGLE)
    pairs, rubric = get_protocol("mt-bench-pair"), starter_rubric("mine", "mt-bench-pair")
    assert tells_certainty(pairs, rubric, PAIR, ScoreSource.SINGLE)
    assert tells_certainty(pairs, rubric, PAIR, ScoreSource.SINGLE, "all")
    assert not tells_certainty(pairs, rubric, PAIR, ScoreSource.SINGLE, "as-given")
    assert not tells_certainty(pairs, replace(rubric, order="seeded"), PAIR, ScoreSource.SINGLE)
    apart = get_protocol("prometheus-1-relative")
    assert not tells_certainty(
        apart, sampled(starter_rubric("mine", apart.card.name), 3), PAIR, ScoreSource.SAMPLES
    )


@pytest.mark.parametrize("name", protocol_names())
def test_what_is_said_before_a_run_holds_for_single_verdicts(name: str) -> None:
    """Where a protocol asks once, nothing tells how sure it is; where it asks again, something does."""
    protocol, rubric = get_protocol(name), starter_rubric("mine", name)
    rubric = replace(rubric, criteria=rubric.criteria[:1], sampling=Sampling(n=1))
    fewest, _ = protocol.answers
    item = replace(SINGLE, responses=("one", "two")[:fewest])
    if protocol.turns:
        item = replace(item, responses=tuple(("first", "second") for _ in range(fewest)))
    planned = protocol.calls(rubric, item, ScoreSource.SINGLE)
    told = tells_certainty(protocol, rubric, item, ScoreSource.SINGLE)
    assert told == (len(planned) > 1 and name != "prometheus-1-relative")
