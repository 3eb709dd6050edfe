"""The totals of the Vicuna blog post, from the scores that its authors stored.

Published in "Vicuna: An Open-Source Chatbot Impressing GPT-4 with 90%* ChatGPT Quality" (LMSYS, 30 March 2023), in
the table of total scores; the reviews are those of lm-sys/vicuna-blog-eval, commit 29e5d378.
"""

from __future__ import annotations

import pytest

from judgetui.analysis.win_rates import ratio_of_sums, win_rate
from judgetui.core.vote import Verdict
from tests.published.data import published, read_lines

FOLDER = "vicuna_eval/review/vicuna-13b_20230322-clean-lang"


def stored(baseline: str) -> list[tuple[float, float]]:
    """Vicuna's and the baseline's score of each of the 80 questions; Vicuna is always Assistant 2."""
    reviews = list(read_lines(published(f"{FOLDER}/review_{baseline}_vicuna-13b.jsonl.gz")))
    assert len(reviews) == 80
    return [(review["score"][1], review["score"][0]) for review in reviews]


@pytest.mark.parametrize(
    ("baseline", "totals"),
    [
        ("llama-13b", (513.0, 694.0)),
        ("alpaca-13b", (583.0, 704.0)),
        ("bard", (664.0, 655.5)),
        ("gpt35", (693.0, 638.0)),
    ],
)
def test_totals(baseline: str, totals: tuple[float, float]) -> None:
    scores = stored(baseline)
    assert (sum(pair[1] for pair in scores), sum(pair[0] for pair in scores)) == totals
    found = ratio_of_sums(scores)
    assert found is not None
    assert found.value == pytest.approx(100 * totals[1] / totals[0])
    assert (found.n, found.failed) == (80, 0)


def test_vicuna_has_92_percent_of_chatgpts_quality() -> None:
    found = ratio_of_sums(stored("gpt35"))
    assert found is not None and found.low is not None and found.high is not None
    assert round(found.value, 2) == 92.06  # the post's "92%"
    assert found.low < 92.06 < found.high < 100


@pytest.mark.parametrize(
    ("baseline", "expected"),
    # The post's figure of wins and ties by baseline: Vicuna, tie, baseline.
    [("llama-13b", (77, 0, 3)), ("alpaca-13b", (76, 1, 3)), ("bard", (40, 10, 30)), ("gpt35", (14, 22, 44))],
)
def test_wins_ties_and_losses(baseline: str, expected: tuple[int, int, int]) -> None:
    verdicts = [
        Verdict.A if ours > theirs else Verdict.B if ours < theirs else Verdict.TIE
        for ours, theirs in stored(baseline)
    ]
    found = win_rate(verdicts)
    assert found is not None
    assert (found.wins, found.ties, found.losses) == expected
    assert found.percent.value == pytest.approx(100 * (expected[0] + expected[1] / 2) / 80)
