"""Listwise ranking: a full order of several responses, combined by Borda's count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.rubric import Criterion, Example
from judgetui.core.vote import Parser, ScoreSource, Status, Verdict, Vote
from judgetui.errors import ItemError
from tests.bounds import bounded
from tests.core.protocols.builders import item, plan, read, rubric

OF = rubric("listwise")
ABC = Order("abc")
LISTWISE = get_protocol("listwise")

READ = {
    "B is right.\n\n[[B > A > C]]": (1, 0, 2),
    "[[B>A>C]]": (1, 0, 2),
    "[[b > a > c]]": (1, 0, 2),
    "[[B, A, C]]": (1, 0, 2),
    "**[[B > A > C]]**": (1, 0, 2),
    "My ranking: [[B > A > C]].": (1, 0, 2),
    "At first [[A > B > C]], but no: [[B > A > C]]": (1, 0, 2),
    "[[B > A > C]]\n\nAgain: [[B > A > C]]\nThat is\nall.": (1, 0, 2),
    "[[1]] is cited. [[B > A > C]]": (1, 0, 2),
    "<think>[[A > B > C]]</think>[[B > A > C]]": (1, 0, 2),
    "B is right.\n[B > A > C]": (1, 0, 2),
    "B is right.\nFinal ranking: **B > A > C**": (1, 0, 2),
    "B is right.\nB > A > C": (1, 0, 2),
}

NOT_READ = {
    "[[B > A]]": "the ranking leaves out C.",
    "[[B]]": "no verdict in the reply.",
    "[[B > A > A]]": "the ranking names A more than once.",
    "[[B > A > C > B]]": "the ranking names B more than once.",
    "[[B > A > D]]": "the ranking names D; the responses are A to C.",
    "[[B > A = C]]": "the ranking has a tie; it must put one response before the other.",
    "[[A > B > C]]\nWell.\n[[B > A > C]]\nWho\nknows.": "several different rankings in the reply.",
    "[[best > second best > ... > worst]]": "no verdict in the reply.",
    "B > A > C is what some would say.": "no verdict in the reply.",
    "[[\u0392 > \u0391 > C]]": "no verdict in the reply.",
    "": "the reply is empty.",
}


@pytest.mark.parametrize(("text", "ranking"), READ.items())
def test_rankings_are_read(text: str, ranking: tuple[int, ...]) -> None:
    vote = read(text, OF, order=ABC)
    assert (vote.status, vote.ranking, vote.verdict) == (Status.OK, ranking, None), vote.detail
    if "<think>" not in text:
        assert read(text, OF, order=ABC, parser=Parser.FAITHFUL).ranking == ranking


@pytest.mark.parametrize(("text", "detail"), NOT_READ.items())
def test_what_is_no_full_ranking_says_why(text: str, detail: str) -> None:
    vote = read(text, OF, order=ABC)
    assert (vote.status, vote.ranking, vote.detail) == (Status.UNPARSED, (), detail)


def test_letters_are_places_and_the_vote_is_on_the_items_own_answers() -> None:
    assert read("[[B > A > C]]", OF, order=Order("cab")).ranking == (0, 2, 1)
    assert read("[[A > B]]", OF, order=Order.BA).verdict is Verdict.B


def test_both_orders_are_asked_and_all_are_on_request() -> None:
    three = item("First.", "Second.", "Third.")
    one, two = plan(OF, about=three)
    assert (one.order, two.order) == (ABC, Order("cba"))
    shown = (
        "[The Start of Response A]\n{}\n[The End of Response A]\n\n[The Start of Response B]\n{}\n[The End"
    )
    assert shown.format("First.", "Second.") in one.messages[1].content
    assert shown.format("Third.", "Second.") in two.messages[1].content
    assert one.messages[1].content.endswith("[The Start of Response C]\nThird.\n[The End of Response C]")
    assert "the 3 responses below on correctness: It is right." in one.messages[0].content
    assert "every response once, from A to C." in one.messages[0].content
    every = LISTWISE.plan(OF, three, ScoreSource.SINGLE, "all")
    assert {request.order for request in every} == {"".join(each) for each in permutations("abc")}
    with pytest.raises(ItemError, match="6 responses"):
        LISTWISE.plan(OF, item(*"123456"), ScoreSource.SINGLE, "all")


@pytest.mark.parametrize(("answers", "labels"), [(2, 2), (3, 6), (4, 24), (5, 5), (26, 26)])
def test_the_rankings_of_a_few_are_labels_and_of_many_the_letters(answers: int, labels: int) -> None:
    request = plan(OF, about=item(*(f"Answer {n}." for n in range(answers))))[0]
    form = request.form
    assert form is not None
    assert (len(request.labels), len(form.between)) == (labels, 0 if answers < 5 else answers - 1)
    given = request.labels[-1:] if answers < 5 else request.labels[::-1]
    vote = LISTWISE.parse(OF, request, JudgeReply("Reasons.\n" + form.verdict(*given)))
    assert vote.ranking == tuple(range(answers))[::-1]


def test_items_with_a_single_response_are_refused() -> None:
    with pytest.raises(ItemError, match="`responses`"):
        plan(OF, about=item("One."))


def test_an_example_that_is_echoed_is_no_verdict() -> None:
    of = replace(OF, examples=(Example({"question": "1+1?"}, "B > A > C", "Only B says two."),))
    request = plan(of, about=item("First.", "Second.", "Third."))[0]
    text = request.messages[0].content
    assert "Only B says two. [[B > A > C]]" in text
    assert LISTWISE.parse(of, request, JudgeReply(text)).status is Status.UNPARSED
    after = LISTWISE.parse(of, request, JudgeReply(f"{text}\n\nC is right.\n[[C > A > B]]"))
    assert after.ranking == (2, 0, 1)


def test_long_replies_are_read_quickly() -> None:
    for text in ("[[A > B > C]] " * 7_000, "[[" * 50_000, "A > " * 25_000, ">" * 100_000, "the " * 25_000):
        with bounded():
            read(text, OF, order=ABC)


# Borda's count


def ranked(rankings: Sequence[tuple[str, Order, tuple[int, ...]]]) -> list[Vote]:
    seen: dict[tuple[str, Order], int] = defaultdict(int)
    votes = []
    for criterion, order, ranking in rankings:
        votes.append(
            Vote(
                Status.OK,
                criterion,
                order,
                seen[criterion, order],
                ranking=ranking,
                source=ScoreSource.SINGLE,
            )
        )
        seen[criterion, order] += 1
    return votes


def duels(rankings: list[tuple[int, ...]], answer: int) -> Fraction:
    """The mean number of duels that an answer wins: counted pair by pair, without places."""
    won = sum(
        ranking.index(answer) < ranking.index(other)
        for ranking in rankings
        for other in ranking
        if other != answer
    )
    return Fraction(won, len(rankings))


RANKINGS = st.lists(st.permutations(range(4)).map(tuple), min_size=1, max_size=6)
TENTHS = st.integers(1, 30)


@given(RANKINGS, RANKINGS, RANKINGS, TENTHS, TENTHS)
def test_points_are_duels_won_over_orders_and_samples_weighed_over_criteria(
    forwards: list[tuple[int, ...]],
    backwards: list[tuple[int, ...]],
    other: list[tuple[int, ...]],
    first: int,
    second: int,
) -> None:
    of = rubric("listwise", criteria=(Criterion("x", weight=first / 10), Criterion("y", weight=second / 10)))
    abcd, dcba = Order("abcd"), Order("dcba")
    votes = ranked(
        [("x", abcd, each) for each in forwards]
        + [("x", dcba, each) for each in backwards]
        + [("y", abcd, each) for each in other]
    )
    outcome = LISTWISE.combine(of, votes)
    total = first + second
    exact = [
        Fraction(first, total) * duels(forwards + backwards, answer)
        + Fraction(second, total) * duels(other, answer)
        for answer in range(4)
    ]
    assert outcome.answer_scores == pytest.approx([float(points) for points in exact])
    assert sum(outcome.answer_scores) == pytest.approx(6)
    # Exact fractions decide the order and what is equal; equal answers stand in the item's own order.
    assert outcome.ranking == tuple(sorted(range(4), key=lambda answer: (-exact[answer], answer)))
    text = "ABCD"[outcome.ranking[0]]
    for before, after in zip(outcome.ranking, outcome.ranking[1:], strict=False):
        text += f" {'=' if exact[before] == exact[after] else '>'} {'ABCD'[after]}"
    assert outcome.label == text


@given(st.lists(st.permutations(range(2)).map(tuple), min_size=1, max_size=9))
def test_two_answers_have_a_verdict(rankings: list[tuple[int, ...]]) -> None:
    outcome = LISTWISE.combine(OF, ranked([("correctness", Order.AB, each) for each in rankings]))
    lead = sum(1 if each == (0, 1) else -1 for each in rankings)
    assert outcome.verdict is (Verdict.A if lead > 0 else Verdict.B if lead < 0 else Verdict.TIE)


def test_weights_that_do_not_sum_exactly_still_tie() -> None:
    criteria = (Criterion("x", weight=0.1), Criterion("y", weight=0.2), Criterion("z", weight=0.3))
    of = rubric("listwise", criteria=criteria)
    outcome = LISTWISE.combine(
        of, ranked([("x", Order.AB, (0, 1)), ("y", Order.AB, (0, 1)), ("z", Order.AB, (1, 0))])
    )
    assert (outcome.verdict, outcome.label, outcome.ranking) == (Verdict.TIE, "A = B", (0, 1))


def test_orders_are_compared_by_what_they_come_to() -> None:
    abc, cba = ABC, Order("cba")
    name = "correctness"
    same = [(name, abc, (0, 1, 2)), (name, abc, (0, 1, 2)), (name, cba, (0, 1, 2)), (name, cba, (0, 1, 2))]
    assert LISTWISE.combine(OF, ranked(same)).consistent is True
    assert LISTWISE.combine(OF, ranked(same)).source is ScoreSource.SAMPLES
    assert LISTWISE.combine(OF, ranked(same[1:3])).source is ScoreSource.SINGLE
    assert LISTWISE.combine(OF, ranked(same[:2])).consistent is None
    different = [*same[:2], (name, cba, (2, 1, 0)), (name, cba, (2, 1, 0))]
    assert LISTWISE.combine(OF, ranked(different)).consistent is False
    two = rubric("listwise", criteria=(Criterion("x"), Criterion("y")))
    apart = [("x", abc, (0, 1, 2)), ("x", cba, (0, 1, 2)), ("y", abc, (2, 1, 0)), ("y", cba, (2, 1, 0))]
    assert LISTWISE.combine(two, ranked(apart)).consistent is True


def test_replies_without_a_ranking_are_left_out_unless_they_are_half_of_an_order() -> None:
    votes = ranked([("correctness", ABC, (0, 1, 2)), ("correctness", ABC, (0, 2, 1))])
    missing = Vote(Status.UNPARSED, "correctness", ABC, 2, detail="the ranking leaves out C.")
    outcome = LISTWISE.combine(OF, [*votes, missing])
    assert (outcome.status, outcome.answer_scores) == (Status.OK, (2.0, 0.5, 0.5))
    assert "2 of 3 replies have a ranking" in outcome.detail
    assert LISTWISE.combine(OF, [votes[0], missing]).status is Status.UNPARSED
    back = replace(missing, order=Order("cba"))
    failed = LISTWISE.combine(OF, [*votes, back])
    assert (failed.status, failed.ranking, failed.detail) == (
        Status.UNPARSED,
        (),
        "the ranking leaves out C.",
    )


@given(st.permutations(range(5)), st.permutations(range(5)))
def test_a_judge_that_keeps_to_the_text_gives_one_ranking_in_any_order(
    shown: list[int], likes: list[int]
) -> None:
    order = Order.of(shown)
    said = " > ".join("ABCDE"[shown.index(answer)] for answer in likes)
    vote = LISTWISE.parse(OF, JudgeRequest((), "correctness", order), JudgeReply(f"[[{said}]]"))
    assert vote.ranking == tuple(likes)


def test_every_pair_of_labels_is_told_apart() -> None:
    labels = LISTWISE.labels(OF, 4)
    rankings = [read(f"[[{label}]]", OF, order=Order("abcd")).ranking for label in labels]
    assert all(one != two for one, two in combinations(rankings, 2))
