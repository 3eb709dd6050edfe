"""AlpacaEval's leaderboards and soft preferences, from the released annotations.

Expected figures stand in the leaderboards that AlpacaEval publishes (tatsu-lab/alpaca_eval, src/alpaca_eval/
leaderboards, commit cd543a14); nothing is typed in here but their number.
"""

from __future__ import annotations

import csv
from math import exp
from typing import Any, Final

import pytest

from judgetui.analysis.win_rates import PreferenceRates, preference_rates
from judgetui.core.item import Item
from judgetui.core.protocols.orders import orders_for
from judgetui.core.request import Order
from tests.published.data import published, read_json, read_lines

FIRST: Final = "alpaca_eval_gpt4"
SECOND: Final = "weighted_alpaca_eval_gpt4_turbo"

VERSIONS: Final = {
    # annotator: (leaderboards, models that are both annotated and listed)
    FIRST: ("data_AlpacaEval", 52),
    SECOND: ("data_AlpacaEval_2", 57),
}

EXACT: Final = 1e-9
"""Released preferences have ten decimals."""


def released(annotator: str) -> list[dict[str, Any]]:
    """One record a model: its name and rows of [instruction, preference, lengths of both answers, ...]."""
    return list(read_lines(published(f"alpaca_eval/annotations/{annotator}.extract.jsonl.gz")))


def leaderboard(annotator: str) -> dict[str, dict[str, str]]:
    """The published row of every model."""
    path = published(f"alpaca_eval/leaderboards/{VERSIONS[annotator][0]}/{annotator}_leaderboard.csv")
    with path.open(encoding="utf-8", newline="") as lines:
        return {row[""]: row for row in csv.DictReader(lines)}


def figures(annotator: str) -> list[tuple[PreferenceRates, dict[str, str]]]:
    """What the annotations come to beside what is published, for every model that has both."""
    rows = leaderboard(annotator)
    found = []
    for model in released(annotator):
        if model["model"] in rows:
            rates = preference_rates([row[1] for row in model["rows"]], resamples=50)
            assert rates is not None
            found.append((rates, rows[model["model"]]))
    assert len(found) == VERSIONS[annotator][1]
    return found


@pytest.mark.parametrize("annotator", [FIRST, SECOND])
def test_every_column_of_the_leaderboard(annotator: str) -> None:
    for rates, row in figures(annotator):
        assert rates.win_rate.value == pytest.approx(float(row["win_rate"]), abs=EXACT)
        assert rates.discrete_win_rate.value == pytest.approx(float(row["discrete_win_rate"]), abs=EXACT)
        assert rates.standard_error == pytest.approx(float(row["standard_error"]), abs=EXACT)
        counts = (rates.n_wins, rates.n_wins_base, rates.n_draws, rates.n_total)
        assert counts == tuple(int(row[name]) for name in ("n_wins", "n_wins_base", "n_draws", "n_total"))


def test_a_soft_win_rate_is_no_share_of_wins() -> None:
    """As issue 427 of tatsu-lab/alpaca_eval explains: n_wins / n_total is not the weighted win rate."""
    for rates, _ in figures(SECOND):
        if rates.win_rate.value != rates.discrete_win_rate.value:
            share = 100 * (rates.n_wins + rates.n_draws / 2) / rates.n_total
            assert rates.discrete_win_rate.value == pytest.approx(share)
            assert rates.win_rate.value != pytest.approx(share, abs=1e-3)


def test_the_seeded_order_switch_and_the_soft_preference() -> None:
    """Every released record with log-probabilities: 2 - p(first shown), mirrored where the pair was switched."""
    instructions = read_json(published("alpaca_eval/annotations/instructions.json.gz"))
    shown = [
        orders_for(Item(str(index), ("baseline", "model"), {"instruction": text}), "seeded")[0]
        for index, text in enumerate(instructions)
    ]
    assert {Order.AB, Order.BA} == set(shown)
    records = 0
    for model in released(SECOND):
        for index, preference, *_, logprobs in (row for row in model["rows"] if len(row) == 5):
            first, second = (exp(logprobs[token]) if token in logprobs else 0.0 for token in ("m", "M"))
            raw = 2 - first / (first + second)
            expected = 3 - raw if shown[index] is Order.BA else raw
            assert preference == pytest.approx(expected, abs=1e-6)
            records += 1
    assert records == 41_732  # all rows of the extract that carry log-probabilities
