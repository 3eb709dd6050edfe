"""AlpacaEval 2: one token, `m` or `M`, and how probable each was."""

from __future__ import annotations

from math import e, inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.protocols.alpaca_eval_2 import AlpacaEval2, AlpacaEval2Cot
from judgetui.core.reply import TokenLogprob
from judgetui.core.request import Order
from judgetui.core.rubric import Criterion, Example, Sampling
from judgetui.core.scale import LabelScale
from judgetui.core.vote import Parser, ScoreSource, Status, Verdict, Vote
from tests.core.protocols.builders import item, plan, read, rubric, token

OF = rubric("alpaca-eval-2")
COT = rubric("alpaca-eval-2-cot")
A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE
PAIR = item("First.", "Second.", question="Why {{ task }}?")


def soft(of_token: TokenLogprob, parser: Parser = Parser.REPAIRED, order: Order = Order.AB) -> Vote:
    """A reply of one token."""
    return read(of_token.token, OF, order=order, logprobs=[of_token], parser=parser)


@pytest.mark.parametrize("parser", list(Parser))
def test_the_preference_is_the_share_of_the_first_identifier(parser: Parser) -> None:
    vote = soft(token("M", {"M": 0.6, "m": 0.2, "The": 0.1, " m": 0.05}), parser)
    assert (vote.status, vote.verdict, vote.source) == (Status.OK, B, ScoreSource.LOGPROBS)
    assert vote.probabilities == pytest.approx({"A": 0.25, "B": 0.75})
    assert vote.outside == pytest.approx(0.2)


@pytest.mark.parametrize("parser", list(Parser))
def test_the_way_back_from_a_swap(parser: Parser) -> None:
    vote = soft(token("M", {"M": 0.6, "m": 0.2}), parser, Order.BA)
    assert vote.verdict is A
    assert vote.probabilities == pytest.approx({"A": 0.75, "B": 0.25})


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize(
    ("shares", "first"), [({"m": 0.9, "The": 0.1}, 1.0), ({"M": 0.001, "The": 0.9}, 0.0), ({"m": 1.0}, 1.0)]
)
def test_an_absent_identifier_weighs_nothing(shares: dict[str, float], first: float, parser: Parser) -> None:
    written = max(shares, key=lambda text: shares[text])
    vote = soft(token(written, shares), parser)
    assert vote.probabilities == {"A": first, "B": 1 - first}


@pytest.mark.parametrize("parser", list(Parser))
def test_both_absent_is_no_result(parser: Parser) -> None:
    vote = soft(token("The", {"The": 0.7, " m": 0.1, "Model": 0.1, " M": 0.05}), parser)
    assert (vote.status, vote.verdict, vote.probabilities) == (Status.UNPARSED, None, {})
    assert vote.detail


@pytest.mark.parametrize("parser", list(Parser))
def test_the_likelier_identifier_wins_whatever_was_drawn(parser: Parser) -> None:
    assert soft(token("m", {"M": 0.6, "m": 0.4}), parser).verdict is B
    assert soft(token("The", {"The": 0.5, "m": 0.3, "M": 0.2}), parser).verdict is A
    assert soft(token("m", {"M": 0.5, "m": 0.5}), parser).verdict is TIE


@given(st.floats(-1000, 0), st.floats(-1000, 0))
def test_the_share_is_exact_for_any_log_probabilities(first: float, second: float) -> None:
    """p = 1 / (1 + exp(lp_M - lp_m)), by another way than the sum that is taken."""
    vote = soft(TokenLogprob("m", first, (("m", first), ("M", second))))
    lead = second - first
    expected = 0.0 if lead > 700 else 1 / (1 + e**lead)
    assert vote.probabilities["A"] == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert sum(vote.probabilities.values()) == pytest.approx(1)


def test_impossible_log_probabilities_do_no_harm() -> None:
    strange = TokenLogprob("m", nan, (("m", nan), ("M", -inf)))
    assert soft(strange, Parser.FAITHFUL).status is Status.UNPARSED
    assert (soft(strange).verdict, soft(strange).probabilities) == (A, {})
    for parser in Parser:
        vote = soft(TokenLogprob("m", 0.1, (("m", 0.1), ("M", nan))), parser)
        assert vote.probabilities == {"A": 1.0, "B": 0.0}


PLAIN = {
    "m": A,
    "M": B,
    " M": B,
    "M.": B,
    "`m`": A,
    "**M**": B,
    '"m"': A,
    "Model: M": B,
    "Best model identifier: m": A,
    "The best model is M.": B,
    "M\n\nIts output names the cause.": B,
    "It names the cause.\n\nM": B,
    "<think>m or M?</think>M": B,
}

NO_PLAIN = [
    "",
    "The",
    "m or M",
    "I'm not sure.",
    "The worst model is M.",
    "Mm",
    "Both",
    "m\nM",
    "write m or M and nothing around it",
]


@pytest.mark.parametrize(("text", "verdict"), PLAIN.items())
def test_the_token_itself_counts_without_probabilities(text: str, verdict: Verdict) -> None:
    vote = read(text, OF, order=Order.AB)
    assert (vote.verdict, vote.source, vote.probabilities) == (verdict, ScoreSource.SINGLE, {})


@pytest.mark.parametrize("text", NO_PLAIN)
def test_no_identifier_is_no_verdict(text: str) -> None:
    assert read(text, OF, order=Order.AB).status is Status.UNPARSED


def test_the_original_reads_probabilities_alone() -> None:
    bare = read("m", OF, order=Order.AB, parser=Parser.FAITHFUL)
    assert bare.status is Status.UNPARSED and "no token probabilities" in bare.detail
    several = [token("m"), token("\n")]
    longer = read("m\n", OF, order=Order.AB, logprobs=several, parser=Parser.FAITHFUL)
    assert longer.status is Status.UNPARSED and "2 tokens" in longer.detail
    assert read("m\n", OF, order=Order.AB, logprobs=several).source is ScoreSource.LOGPROBS


def test_the_identifier_s_own_token_is_weighed() -> None:
    tokens = [token("<think>"), token("M", {"M": 0.9, "m": 0.1}), token("</think>")]
    tokens += [token("m", {"m": 0.7, "M": 0.3}), token("."), token("\n")]
    vote = read("<think>M</think>m.\n", OF, order=Order.AB, logprobs=tokens)
    assert vote.probabilities == pytest.approx({"A": 0.7, "B": 0.3})


def test_an_identifier_that_is_part_of_a_token_has_no_probabilities() -> None:
    vote = read(" M", OF, order=Order.AB, logprobs=[token(" M", {" M": 0.6, " m": 0.4})])
    assert (vote.verdict, vote.source, vote.probabilities) == (B, ScoreSource.SINGLE, {})
    assert "token probabilities were not used" in vote.detail


def test_alternatives_without_their_text_stand_for_the_verdict() -> None:
    """Recorded replies may hold no more than the alternatives where the verdict stands."""
    vote = read("It is right.\n\nM", COT, order=Order.AB, logprobs=[token("M", {"M": 0.8, "m": 0.2})])
    assert vote.probabilities == pytest.approx({"A": 0.2, "B": 0.8})


def test_reasons_come_before_the_last_token() -> None:
    tokens = [token("It"), token(" is"), token(" right"), token(".\n\n"), token("M", {"M": 0.75, "m": 0.25})]
    for parser in Parser:
        vote = read("It is right.\n\nM", COT, order=Order.AB, logprobs=tokens, parser=parser)
        assert (vote.verdict, vote.source) == (B, ScoreSource.LOGPROBS)
        assert vote.probabilities == pytest.approx({"A": 0.25, "B": 0.75})
    assert read("It is right.\n\nM", COT, order=Order.AB, logprobs=tokens).rationale == "It is right."


def test_a_full_stop_ends_the_original_s_reading_alone() -> None:
    tokens = [
        token("Right"),
        token(".\n"),
        token("M", {"M": 0.75, "m": 0.25}),
        token(".", {".": 0.9, "!": 0.1}),
    ]
    faithful = read("Right.\nM.", COT, order=Order.AB, logprobs=tokens, parser=Parser.FAITHFUL)
    assert faithful.status is Status.UNPARSED and "neither m nor M" in faithful.detail
    assert read("Right.\nM.", COT, order=Order.AB, logprobs=tokens).probabilities["B"] == pytest.approx(0.75)


def test_reasons_that_were_cut_off_have_no_verdict() -> None:
    tokens = [token("M"), token("\n"), token("It"), token(" seems", {" seems": 0.5, "m": 0.5})]
    vote = read("M\nIt seems", COT, order=Order.AB, logprobs=tokens, finish="length")
    assert (vote.status, vote.verdict) == (Status.UNPARSED, None)


LABELLED = rubric("alpaca-eval-2", LabelScale(("A", "B")))


@pytest.mark.parametrize("parser", list(Parser))
def test_two_labels_replace_the_identifiers(parser: Parser) -> None:
    vote = read("B", LABELLED, order=Order.AB, logprobs=[token("B", {"B": 0.8, "A": 0.2})], parser=parser)
    assert vote.probabilities == pytest.approx({"A": 0.2, "B": 0.8})
    assert vote.verdict is B
    swapped = read("B", LABELLED, order=Order.BA, logprobs=[token("B", {"B": 0.8, "A": 0.2})], parser=parser)
    assert swapped.probabilities == pytest.approx({"A": 0.8, "B": 0.2})
    old = read("m", LABELLED, order=Order.AB, logprobs=[token("m", {"m": 0.8, "M": 0.2})], parser=parser)
    assert old.status is Status.UNPARSED


def test_labels_that_are_words_may_change_their_capitals() -> None:
    of = rubric("alpaca-eval-2", LabelScale(("first", "second")))
    assert read("Second", of, order=Order.AB).verdict is B
    three = rubric("alpaca-eval-2", LabelScale(("a", "b", "c")))
    assert plan(three, about=PAIR)[0].labels == ("m", "M")


def test_labels_are_text_in_the_prompt() -> None:
    of = rubric("alpaca-eval-2", LabelScale(("{{ task }}", "{% x %}")))
    user = plan(of, about=PAIR)[0].messages[1].content
    assert '"model_identifier": "{{ task }}"' in user and "{{ task }} or {% x %}" in user


def test_the_prompt() -> None:
    (request,) = plan(OF, ScoreSource.LOGPROBS, about=PAIR)
    assert [message.role for message in request.messages] == ["system", "user"]
    parts = ["Judge the answer.", "correctness", "## Instruction", "Why {{ task }}?", "## Model Outputs"]
    parts += ['"m"', "First.", '"M"', "Second.", "## Task", "m or M", "## Identifier"]
    user = request.messages[1].content
    places = [user.index(part) for part in parts]
    assert places == sorted(places)
    assert (request.temperature, request.max_tokens, request.top_logprobs) == (1.0, 1, 5)
    assert request.labels == ("m", "M")
    reasoned = plan(COT, ScoreSource.LOGPROBS, about=PAIR)[0]
    assert (reasoned.max_tokens, reasoned.top_logprobs) == (300, 5)
    assert reasoned.form is not None and reasoned.form.reasons > 300
    shorter = rubric("alpaca-eval-2-cot", sampling=Sampling(max_tokens=50))
    form = plan(shorter, about=PAIR)[0].form
    assert form is not None and form.reasons == 80


def test_the_formless_prompt_asks_for_no_identifier() -> None:
    for of, protocol in ((OF, AlpacaEval2()), (COT, AlpacaEval2Cot())):
        assert "identifier" in protocol.template(of)[1].content.partition("## Task")[2]
        assert "identifier" not in protocol.formless_template(of)[1].content.partition("## Task")[2]


def test_worked_examples_are_shown() -> None:
    of = rubric("alpaca-eval-2", examples=(Example({"question": "1+1?"}, "m", "2 is right."),))
    assert "\n2 is right.\nm\n" in plan(of, about=PAIR)[0].messages[1].content


def test_equal_answers_are_a_draw_of_even_chances() -> None:
    outcome = AlpacaEval2().settled(OF, item("Same.", "Same."))
    assert outcome is not None
    assert (outcome.verdict, outcome.probabilities) == (TIE, {"A": 0.5, "B": 0.5})
    two = rubric("alpaca-eval-2", criteria=(Criterion("x"), Criterion("y")))
    several = AlpacaEval2().settled(two, item("Same.", "Same."))
    assert several is not None and several.probabilities == {}
    assert AlpacaEval2().settled(OF, PAIR) is None


def test_the_outcome_is_the_mean_probability() -> None:
    votes = [
        soft(token("m", {"m": 0.9, "M": 0.1})),
        soft(token("m", {"m": 0.7, "M": 0.3}), order=Order.BA),
    ]
    outcome = AlpacaEval2().combine(OF, votes)
    assert outcome.probabilities == pytest.approx({"A": (0.9 + 0.3) / 2, "B": (0.1 + 0.7) / 2})
    assert (outcome.verdict, outcome.consistent, outcome.source) == (A, False, ScoreSource.LOGPROBS)
    lost = AlpacaEval2().combine(OF, [read("The", OF, order=Order.AB)])
    assert (lost.status, lost.verdict, lost.probabilities) == (Status.UNPARSED, None, {})
