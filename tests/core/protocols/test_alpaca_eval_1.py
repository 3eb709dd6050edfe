"""AlpacaEval 1: a Python list that ranks two models."""

from __future__ import annotations

import pytest

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.alpaca_eval import RANKINGS, AlpacaEval1
from judgetui.core.protocols.model_rankings import LONGEST, literal, literal_best
from judgetui.core.request import Order
from judgetui.core.rubric import Criterion, Example
from judgetui.core.vote import Parser, ScoreSource, Status, Verdict
from tests.bounds import bounded
from tests.core.protocols.builders import item, plan, read, rubric

OF = rubric("alpaca-eval-1")
A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
PAIR = item("First.", "Second.", question="Why {{ task }}?")

FIRST, SECOND = RANKINGS

BOTH_WAYS = {
    FIRST: A,
    SECOND: B,
    "[{'model': 'model_2', 'rank': 1}, {'model': 'model_1', 'rank': 2}]": B,
    '[{"rank": 1, "model": "model_1"}, {"rank": 2, "model": "model_2"}]': A,
    f"\n{FIRST}\n": A,
    "({'model': 'model_1', 'rank': 1}, {'model': 'model_2', 'rank': 2})": A,
    "[{'model': 'model_1', 'rank': 1}]": A,
    "[{'model': 'model_1', 'rank': 2.0}, {'model': 'model_2', 'rank': 1.0}]": B,
}
"""What both parsers read alike."""

FAITHFUL = {
    # only model_1's rank is looked at, and it may equal 1 or 2 in any type
    "[{'model': 'model_1', 'rank': 1}, {'model': 'model_2', 'rank': 1}]": A,
    "[{'model': 'model_1', 'rank': 1}, {'model': 'model_2'}]": A,
    "[{'model': 'model_1', 'rank': True}, {'model': 'model_2', 'rank': 2}]": A,
    "[{'model': 'model_1', 'rank': 2}, {'model': 'model_1', 'rank': 1}]": B,
    "# ranked\n[{'model': 'model_1', 'rank': 2}]": B,
}
"""What the original reads and a careful person does not, or not so."""

REPAIRED = {
    f"```python\n{SECOND}\n```": B,
    f"Sure! Here is the ranking:\n\n{FIRST}": A,
    f"{SECOND}\n\nmodel_2 names the cause.": B,
    '```json\n[{"model": "model_1", "rank": 1}, {"model": "model_2", "rank": 2}]\n```': A,
    "[{'model': 'model_1', 'rank': '2'}, {'model': 'model_2', 'rank': '1'}]": B,
    '{"ordered_models": [{"model": "M", "rank": 1}, {"model": "m", "rank": 2}]}': B,
    '{"concise_explanation": "It is right.", "ordered_models": [\n{"model": "m", "rank": 1},\n'
    '{"model": "M", "rank": 2}]}': A,
    "[{'model': 'Model 2', 'rank': 1}, {'model': 'Model 1', 'rank': 2}]": B,
    "[{'model_name': 'model_2', 'rank': 1}, {'model_name': 'model_1', 'rank': 2}]": B,
    "[{'model': 'model_1', 'rank': 1}, {'model': 'mod": A,  # cut off
    "{'model': 'model_2', 'rank': 1}\n{'model': 'model_1', 'rank': 2}": B,
    "[{'model': 'model_1', 'rank': None}, {'model': 'model_2', 'rank': 1}]": B,
    f"{FIRST}\n\nSo:\n{FIRST}": A,
    f"<think>{FIRST}</think>{SECOND}": B,
}
"""What the original has no result for."""

NEITHER = [
    "",
    "[]",
    "{}",
    "model_1 is better.",
    "[{'model': <name of a model>, 'rank': <its rank>},\n {'model': <name of a model>, 'rank': <its rank>}]",
    "[{'model': 'model_1', 'rank': 3}, {'model': 'model_2', 'rank': 1}]",
    "[{'model': 'model_1', 'rank': 0}, {'model': 'model_2', 'rank': 1}]",
    "[{'model': 'model_1', 'rank': '\u0661'}, {'model': 'model_2', 'rank': '\u0662'}]",
    "[{'name': 'x', 'rank': 1}]",
    "'rank'",
    "b'rank'",
    "[1, 'rank']",
]

UNPARSED = {
    "[{'model': 'model_1', 'rank': 1}, {'model': 'model_2', 'rank': 1}]": "both models have the rank 1",
    "[{'model': 'model_1', 'rank': 1}, {'model': 'model_2', 'rank': 4}]": "the rank 4 is neither 1 nor 2",
    f"{FIRST}\nOn reflection:\n{SECOND}": "several different rankings",
    "[{'model': 'model_1', 'rank': 2}, {'model': 'model_1', 'rank': 1}]": "several different rankings",
}
"""What a careful person does not read, and why."""


def verdict(text: str, parser: Parser) -> Verdict | None:
    return read(text, OF, order=Order.AB, parser=parser).verdict


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize(("text", "found"), BOTH_WAYS.items())
def test_a_ranking_is_read(text: str, found: Verdict, parser: Parser) -> None:
    vote = read(text, OF, order=Order.AB, parser=parser)
    assert (vote.status, vote.verdict, vote.source) == (Status.OK, found, ScoreSource.SINGLE)


@pytest.mark.parametrize(("text", "found"), FAITHFUL.items())
def test_the_faithful_parser_reads_what_the_original_reads(text: str, found: Verdict) -> None:
    assert verdict(text, Parser.FAITHFUL) is found


@pytest.mark.parametrize(("text", "found"), REPAIRED.items())
def test_the_repaired_parser_finds_the_list(text: str, found: Verdict) -> None:
    assert verdict(text, Parser.REPAIRED) is found
    assert verdict(text, Parser.FAITHFUL) is None


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize("text", NEITHER)
def test_no_ranking_is_unparsed(text: str, parser: Parser) -> None:
    vote = read(text, OF, order=Order.AB, parser=parser)
    assert (vote.status, vote.verdict) == (Status.UNPARSED, None)
    assert vote.detail


@pytest.mark.parametrize(("text", "why"), UNPARSED.items())
def test_a_ranking_that_does_not_count_is_named(text: str, why: str) -> None:
    vote = read(text, OF, order=Order.AB)
    assert (vote.status, vote.verdict) == (Status.UNPARSED, None)
    assert why in vote.detail


def test_the_first_shown_is_model_1() -> None:
    assert read(FIRST, OF, order=Order.BA).verdict is B
    assert read(SECOND, OF, order=Order.BA, parser=Parser.FAITHFUL).verdict is A


def test_reasons_are_kept() -> None:
    wrapped = '{"concise_explanation": "It is \\"right\\".", "ordered_models": %s}'
    ranked = '[{"model": "m", "rank": 1}, {"model": "M", "rank": 2}]'
    assert read(wrapped % ranked, OF, order=Order.AB).rationale == 'It is "right".'
    assert read(f"It is right.\n\n```\n{FIRST}\n```", OF, order=Order.AB).rationale == "It is right."
    assert read(FIRST, OF, order=Order.AB).rationale == ""


HOSTILE = [
    "[" * 5000,
    "-" * 9000 + "1",
    "rank" + "1+" * 4900 + "1",
    "rank" + ".a" * 4900,
    "9" * 5000,
    "{" * 5000 + "}" * 5000,
    "'\\d rank'",
    "\ud800 rank",
    "\x00 rank",
    "rank" * 100_000,
    "{'model': 'model_1'," * 10_000,
    "[{'model': 'model_1', 'rank': 1}]" + " " * LONGEST,
    '"explanation": "' * 1000 + FIRST,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_read_in_bounded_time(text: str) -> None:
    with bounded():
        literal(text)
        assert literal_best(text) is None
        for parser in Parser:
            read(text, OF, order=Order.AB, parser=parser)


def test_the_prompt() -> None:
    (request,) = plan(OF, about=PAIR)
    system, user = request.messages
    assert (system.role, user.role) == ("system", "user")
    parts = ["Judge the answer.", "correctness", "It is right.", "Why {{ task }}?", "model_1", "First."]
    parts += ["model_2", "Second.", "'rank': <its rank>"]
    places = [user.content.index(part) for part in parts]
    assert places == sorted(places)
    assert request.labels == RANKINGS
    assert (request.temperature, request.max_tokens) == (0.0, 100)
    assert "'rank'" not in AlpacaEval1().formless_template(OF)[1].content


def test_one_call_in_the_drawn_order() -> None:
    """`q1` and `q0` are drawn differently with AlpacaEval's seed string (see test_mt_bench_pair.py)."""
    swapped = plan(OF, about=item("First.", "Second.", instruction="q1"))
    given = plan(OF, about=item("First.", "Second.", instruction="q0"))
    assert [request.order for request in swapped] == [Order.BA]
    assert [request.order for request in given] == [Order.AB]
    text = swapped[0].messages[1].content
    assert text.index("Second.") < text.index("First.")


def test_worked_examples_are_shown() -> None:
    of = rubric("alpaca-eval-1", examples=(Example({"question": "1+1?"}, "model_2", "2 is right."),))
    assert '"question": """1+1?"""' in plan(of, about=PAIR)[0].messages[1].content
    assert "The right ranking: model_2 (2 is right.)\n" in plan(of, about=PAIR)[0].messages[1].content


def test_equal_answers_are_a_draw_without_a_call() -> None:
    of = rubric("alpaca-eval-1", criteria=(Criterion("x"), Criterion("y")))
    same = item("The same.", "The same.")
    assert plan(of, about=same) == ()
    outcome = AlpacaEval1().settled(of, same)
    assert outcome is not None
    assert (outcome.status, outcome.verdict, outcome.labels) == (Status.OK, TIE, {"x": "tie", "y": "tie"})
    assert AlpacaEval1().settled(of, PAIR) is None
    assert AlpacaEval1().settled(of, item("The same.", "The same. ")) is None


def combine(*texts: tuple[str, Order]) -> Outcome:
    return AlpacaEval1().combine(OF, [read(text, OF, order=order) for text, order in texts])


def test_the_one_verdict_stands_and_both_orders_must_agree() -> None:
    assert combine((FIRST, Order.BA)).verdict is B
    assert combine((FIRST, Order.BA)).consistent is None
    assert combine((FIRST, Order.AB), (SECOND, Order.BA)).verdict is A
    torn = combine((FIRST, Order.AB), (FIRST, Order.BA))
    assert (torn.verdict, torn.consistent) == (TIE, False)
    assert combine(("no", Order.AB)).status is Status.UNPARSED
