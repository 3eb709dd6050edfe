"""MT-Bench, pairwise: two orders, one verdict."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.mt_bench import Pair
from judgetui.core.protocols.orders import orders_for
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.request import Order
from judgetui.core.rubric import Criterion, Example
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote
from judgetui.errors import ItemError
from tests.core.protocols.builders import item, plan, read, rubric

OF = rubric("mt-bench-pair")
A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
PAIR = item("First.", "Second.")

VERDICTS = {
    "A is right.\n\n[[A]]": A,
    "[[B]]": B,
    "[[C]]": TIE,
    "[[ A ]]": A,
    "[[a]]": A,
    "[[Tie]]": TIE,
    "My verdict is [[A]] for its accuracy.": A,
    "[[A]], if only by a little.": A,
    "Verdict: [[B]] (answer B is better)": B,
    "At first [[A]]. On reflection [[B]]": B,
    "At first [[A]], but B names the cause.\nFinal verdict: [[B]].": B,
    'I say "[[A]]" if A is better, "[[B]]" if B is better, "[[C]]" for a tie.\n\n[[B]]': B,
    "[[A]] (answer A is better)\n[[B]] (answer B is better)\n[[C]] (a tie)\n\n[[B]]": B,
    "<think>[[A]]</think>[[B]]": B,
    # second brackets forgotten
    "B is right.\n\n[B]": B,
    "B is right.\n\n**Final verdict: [B]**": B,
}

NONE = [
    "",
    "A is better.",
    "[A] is better than [B] in every way",
    '"[[A]]" if A is better, "[[B]]" if B is better, "[[C]]" for a tie',
    "[[A]] (assistant A is better)\n[[B]] (assistant B is better)\n[[C]] (a tie)",
    "[[A]] if response A is better",
    "[[A]] or [[B]]?\nI cannot tell\nwhich.",
    "[[D]]",
    "[[A]]\n[[B]]\nBoth have merits.\nI cannot choose.",
    "<think>[[A]]",
]


@pytest.mark.parametrize(("text", "verdict"), VERDICTS.items())
def test_verdict_is_read(text: str, verdict: Verdict) -> None:
    vote = read(text, OF, order=Order.AB)
    assert (vote.status, vote.verdict, vote.source) == (Status.OK, verdict, ScoreSource.SINGLE)
    assert vote.parser == "mt-bench-pair/repaired-1"


@pytest.mark.parametrize("text", NONE)
def test_no_verdict_is_unparsed(text: str) -> None:
    vote = read(text, OF, order=Order.AB)
    assert (vote.status, vote.verdict) == (Status.UNPARSED, None)
    assert vote.detail


@pytest.mark.parametrize(("text", "verdict"), [("[[A]]", B), ("[[B]]", A), ("[[C]]", TIE)])
def test_a_verdict_on_the_swapped_pair_is_turned_back(text: str, verdict: Verdict) -> None:
    assert read(text, OF, order=Order.BA).verdict is verdict


def test_reasons_are_kept_without_the_mark() -> None:
    assert read("A is right. B is not.\n\n[[A]]", OF, order=Order.AB).rationale == "A is right. B is not."


def test_refusals() -> None:
    assert read("", OF, order=Order.AB, refusal="No.").status is Status.REFUSED


def test_both_orders_are_asked_and_show_the_same_pair_both_ways() -> None:
    one, two = plan(OF, about=PAIR)
    assert (one.order, two.order) == (Order.AB, Order.BA)
    shown = (
        "[The Start of Response A]\n{}\n[The End of Response A]\n\n[The Start of Response B]\n{}\n[The End"
    )
    assert shown.format("First.", "Second.") in one.messages[1].content
    assert shown.format("Second.", "First.") in two.messages[1].content
    assert one.messages[0] == two.messages[0]
    assert one.labels == ("A", "B", "C")


def test_the_system_message_has_no_loose_ends() -> None:
    plain = plan(OF, about=PAIR)[0].messages[0].content
    assert plain.endswith('"[[C]]" for a tie.')
    of = rubric("mt-bench-pair", examples=(Example({"question": "1+1?"}, "A", "2 is right."),))
    shown = plan(of, about=PAIR)[0].messages[0].content
    assert shown == plain + "\n\n[Worked Example]\nQuestion: 1+1?\n2 is right. [[A]]"


def test_items_with_one_response_are_refused() -> None:
    with pytest.raises(ItemError, match="`response_a` and `response_b`"):
        plan(OF, about=item("One."))


@given(st.text(), st.text())
def test_the_seeded_order_is_alpaca_eval_s(question: str, instruction: str) -> None:
    for fields in ({"question": question}, {"question": question, "instruction": instruction or "x"}):
        text = fields.get("instruction") or question
        swapped = Random(f"is_switched_outputs{text}0").choices([False, True], k=1)[0]
        pair = item("a", "b", **fields)
        assert orders_for(pair, "seeded") == ((Order.BA,) if swapped else (Order.AB,))


def test_known_seeds() -> None:
    orders = [orders_for(item("a", "b", instruction=f"q{n}"), "seeded")[0].value for n in range(8)]
    assert orders == ["ab", "ba", "ab", "ba", "ab", "ab", "ab", "ab"]


def test_a_run_can_override_the_order() -> None:
    given = rubric("mt-bench-pair", order="as-given")
    assert [request.order for request in plan(given, about=PAIR)] == [Order.AB]
    both = get_protocol("mt-bench-pair").plan(given, PAIR, ScoreSource.SINGLE, "both")
    assert [request.order for request in both] == [Order.AB, Order.BA]


def votes(*verdicts: tuple[Order, Verdict | None], criterion: str = "correctness") -> list[Vote]:
    return [
        Vote(Status.OK if verdict else Status.UNPARSED, criterion, order=order, sample=n, verdict=verdict)
        for n, (order, verdict) in enumerate(verdicts)
    ]


def combine(*cast: Vote, criteria: tuple[Criterion, ...] = (Criterion("correctness"),)) -> Outcome:
    return Pair().combine(rubric("mt-bench-pair", criteria=criteria), cast)


@pytest.mark.parametrize(
    ("one", "two", "verdict", "consistent"),
    [
        (A, A, A, True),
        (B, B, B, True),
        (TIE, TIE, TIE, True),
        (A, B, TIE, False),
        (B, A, TIE, False),
        (A, TIE, TIE, False),
        (TIE, B, TIE, False),
    ],
)
def test_a_side_wins_only_when_both_orders_agree(
    one: Verdict, two: Verdict, verdict: Verdict, consistent: bool
) -> None:
    outcome = combine(*votes((Order.AB, one), (Order.BA, two)))
    assert (outcome.status, outcome.verdict, outcome.consistent) == (Status.OK, verdict, consistent)
    assert outcome.labels == {"correctness": verdict.value}


def test_one_order_alone_says_nothing_of_consistency() -> None:
    outcome = combine(*votes((Order.AB, A)))
    assert (outcome.verdict, outcome.consistent) == (A, None)


def test_one_order_without_a_verdict_leaves_none() -> None:
    outcome = combine(*votes((Order.AB, A), (Order.BA, None)))
    assert (outcome.status, outcome.verdict, outcome.labels) == (Status.UNPARSED, None, {})


def test_the_worst_status_of_both_orders_counts() -> None:
    cast = [*votes((Order.AB, None)), Vote(Status.FAILED, "correctness", order=Order.BA, detail="timeout")]
    assert (combine(*cast).status, combine(*cast).detail) == (Status.FAILED, "timeout")


def test_no_vote_is_cancelled() -> None:
    assert combine().status is Status.CANCELLED


def test_samples_are_a_majority_within_each_order() -> None:
    cast = votes((Order.AB, A), (Order.AB, A), (Order.AB, B), (Order.BA, A), (Order.BA, A), (Order.BA, None))
    outcome = combine(*cast)
    assert (outcome.verdict, outcome.consistent, outcome.source) == (A, True, ScoreSource.SAMPLES)
    even = votes((Order.AB, A), (Order.AB, B), (Order.BA, TIE), (Order.BA, TIE))
    assert (combine(*even).verdict, combine(*even).consistent) == (TIE, True)


def test_criteria_are_weighed() -> None:
    criteria = (Criterion("x", weight=3), Criterion("y", weight=1), Criterion("z", weight=1))
    cast = [
        *votes((Order.AB, A), (Order.BA, A), criterion="x"),
        *votes((Order.AB, B), (Order.BA, B), criterion="y"),
        *votes((Order.AB, A), (Order.BA, B), criterion="z"),
    ]
    outcome = combine(*cast, criteria=criteria)
    assert (outcome.verdict, outcome.consistent) == (A, False)
    assert outcome.labels == {"x": "A", "y": "B", "z": "tie"}


@given(
    st.text(alphabet=st.sampled_from('[]ABCabc() \n"ifoertis.verdict:')),
    st.sampled_from([Order.AB, Order.BA]),
)
def test_parse_never_raises(text: str, order: Order) -> None:
    vote = read(text, OF, order=order)
    assert (vote.status is Status.OK) == (vote.verdict is not None)
