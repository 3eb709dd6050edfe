"""Orca and Tulu: a candidate against a reference model."""

from __future__ import annotations

import pytest

from judgetui.analysis.win_rates import ratio_of_sums
from judgetui.core.item import Item
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.request import Order
from judgetui.core.vote import Parser, Status, Verdict
from tests.core.protocols.builders import item, plan, read, rubric

ORCA = rubric("orca")
TULU = rubric("tulu")


@pytest.mark.parametrize("category", [None, "math", "coding"])
def test_orca_has_the_general_prompt_for_every_category(category: str | None) -> None:
    about = Item("i1", ("First.", "Second."), {"question": "Why?"}, category=category)
    (request,) = plan(ORCA, about=about)
    (vicuna,) = plan(rubric("vicuna"), about=item("First.", "Second."))
    assert request.messages == vicuna.messages
    assert (request.order, request.form) == (Order.AB, vicuna.form)
    assert (request.temperature, request.max_tokens) == (vicuna.temperature, vicuna.max_tokens)


def test_the_reference_model_stands_first() -> None:
    text = plan(ORCA, about=item("Reference.", "Candidate."))[0].messages[1].content
    assert text.index("Reference.") < text.index("Candidate.")
    for name in ("orca", "tulu"):
        assert "`response_a` is the reference model's" in get_protocol(name).card.needs


def test_orca_s_scores_are_on_the_first_line_only() -> None:
    text = "Both are right, Assistant 1 and Assistant 2.\nOutput: (8, 9)"
    assert read(text, rubric("vicuna"), order=Order.AB).answer_scores == (8, 9)
    for parser in Parser:
        assert read(text, ORCA, order=Order.AB, parser=parser).status is Status.UNPARSED
        assert read("8 9\nThe second.", ORCA, order=Order.AB, parser=parser).answer_scores == (8, 9)


def test_orca_s_figure_is_a_ratio_of_sums() -> None:
    protocol = get_protocol("orca")
    outcomes = [protocol.combine(ORCA, [read(text, ORCA, order=Order.AB)]) for text in ("8 9", "10 4", "2 4")]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.B, Verdict.A, Verdict.B]
    found = ratio_of_sums([(scores[1], scores[0]) for scores in (each.answer_scores for each in outcomes)])
    assert found is not None
    assert found.value == pytest.approx(100 * 17 / 20)  # not the mean of the ratios, which is above 100


def test_tulu_ranks_as_alpaca_eval_1_does() -> None:
    about = item("Reference.", "Candidate.")
    (request,) = plan(TULU, about=about)
    (alpaca,) = plan(rubric("alpaca-eval-1"), about=about)
    assert (request.messages, request.order, request.labels) == (alpaca.messages, alpaca.order, alpaca.labels)
    text = "[{'model': 'model_1', 'rank': 2}, {'model': 'model_2', 'rank': 1}]"
    vote = read(text, TULU, order=Order.AB)
    assert (vote.verdict, vote.parser) == (Verdict.B, "tulu/repaired-1")
    assert get_protocol("tulu").combine(TULU, [vote]).verdict is Verdict.B
