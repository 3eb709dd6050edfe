"""AlpacaEval's released replies and log-probabilities, read again: they give the stored preferences.

Data: tatsu-lab/alpaca_eval, results/*/annotations.json (see the folder's README). A preference is 1 plus the
probability that the model's answer, response B, is better.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from judgetui.core.item import Item
from judgetui.core.protocols.alpaca_eval import AlpacaEval1
from judgetui.core.protocols.alpaca_eval_2 import AlpacaEval2
from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.orders import orders_for
from judgetui.core.protocols.registry import starter_rubric
from judgetui.core.reply import JudgeReply, TokenLogprob
from judgetui.core.request import JudgeRequest
from judgetui.core.vote import Parser, ScoreSource, Status, Verdict
from tests.published.data import published, read_json, read_lines

SOFT, RANKED = AlpacaEval2(), AlpacaEval1()
OF = starter_rubric("mine", "alpaca-eval-2")
EXACT = 1e-6
"""Stored preferences have ten decimals, stored log-probabilities of the extract fewer."""


def preference(protocol: JudgeProtocol, item: Item, reply: JudgeReply, parser: Parser) -> float | None:
    """The preference that a reply in the drawn order gives; None when it gives none."""
    (order,) = orders_for(item, protocol.order)
    vote = protocol.parse(OF, JudgeRequest((), OF.criteria[0].name, order), reply, parser)
    if vote.status is not Status.OK:
        return None
    assert vote.source is ScoreSource.LOGPROBS
    share = vote.probabilities["B"]
    assert vote.verdict is (Verdict.B if share > 0.5 else Verdict.A if share < 0.5 else Verdict.TIE)
    return 1 + protocol.combine(OF, [vote]).probabilities["B"]


def annotated(row: dict[str, Any]) -> Item:
    """A released annotation's item: response A is the baseline's."""
    return Item("i", (row["output_1"], row["output_2"]), {"instruction": row["instruction"]})


def released(raw: dict[str, Any]) -> JudgeReply:
    """A released raw completion, the API's choice object, as a reply."""
    tokens = [
        TokenLogprob(
            each["token"],
            each["logprob"],
            tuple((top["token"], top["logprob"]) for top in each["top_logprobs"]),
        )
        for each in raw["logprobs"]["content"]
    ]
    return JudgeReply(raw["message"]["content"], raw["finish_reason"], tuple(tokens))


def written(tokens: dict[str, float]) -> JudgeReply:
    """A reply whose one token is the likelier of those in the extract."""
    top = sorted(tokens.items(), key=lambda pair: -pair[1])
    return JudgeReply(top[0][0], "length", (TokenLogprob(*top[0], tuple(top)),))


@pytest.mark.parametrize("parser", list(Parser))
def test_raw_replies_give_the_stored_preferences(parser: Parser) -> None:
    rows = read_json(
        published(
            "alpaca_eval/annotations/full/gpt4_gamed__weighted_alpaca_eval_gpt4_turbo__annotations.json.gz"
        )
    )
    asked, settled = 0, 0
    for row in rows:
        item = annotated(row)
        draw = SOFT.settled(OF, item)
        if row["raw_completion"] is None:
            assert draw is not None and 1 + draw.probabilities["B"] == row["preference"]
            settled += 1
            continue
        assert draw is None
        found = preference(SOFT, item, released(row["raw_completion"]), parser)
        assert found == pytest.approx(row["preference"], abs=EXACT)
        asked += 1
    assert (asked, settled) == (803, 2)


def soft_rows() -> Iterator[tuple[str, float, dict[str, float]]]:
    """Instruction, stored preference and log-probabilities of each released row that has them."""
    instructions = read_json(published("alpaca_eval/annotations/instructions.json.gz"))
    path = published("alpaca_eval/annotations/weighted_alpaca_eval_gpt4_turbo.extract.jsonl.gz")
    for model in read_lines(path):
        for index, stored, _, _, *tokens in model["rows"]:
            if tokens:
                yield instructions[index], stored, tokens[0]


def test_every_released_log_probability_gives_the_stored_preference() -> None:
    count, worst, alone = 0, 0.0, 0
    for instruction, stored, tokens in soft_rows():
        item = Item("i", ("one answer", "another answer"), {"instruction": instruction})
        for parser in Parser:
            found = preference(SOFT, item, written(tokens), parser)
            assert found is not None
            worst = max(worst, abs(found - stored))
        count += 1
        alone += len(tokens) == 1
    assert (count, alone) == (41_732, 21)
    assert worst < EXACT


def test_the_drawn_order_is_needed() -> None:
    """As they stand, without the way back, no more than about half of the preferences are the stored ones."""
    rows = list(soft_rows())[:805]
    kept = 0
    for _, stored, tokens in rows:
        vote = SOFT.parse(OF, JudgeRequest((), OF.criteria[0].name), written(tokens))
        kept += abs(1 + vote.probabilities["B"] - stored) < EXACT
    assert 0.4 < kept / len(rows) < 0.6


def test_equal_answers_are_the_stored_draws() -> None:
    """Version 1 stored draws as 0: all of them, and nothing else, are answers that are equal."""
    path = published("alpaca_eval/annotations/full/text_davinci_001__alpaca_eval_gpt4__annotations.json.gz")
    of = starter_rubric("mine", "alpaca-eval-1")
    rows = read_json(path)
    draws = [row["preference"] == 0 for row in rows]
    outcomes = [RANKED.settled(of, annotated(row)) for row in rows]
    assert [outcome is not None for outcome in outcomes] == draws
    assert sum(draws) == 20
    assert all(outcome.verdict is Verdict.TIE for outcome in outcomes if outcome is not None)
