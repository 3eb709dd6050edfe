"""How far recorded judges agree with themselves: the ceiling for any agreement with one of their runs."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from judgetui.analysis.agreement_figures import Agreement, Kind, agreement
from judgetui.analysis.raters import ceiling
from judgetui.analysis.swap_figures import swap_figures
from judgetui.core.vote import Verdict
from tests.published.data import published, read_json, read_lines

VERDICTS = {1: Verdict.A, 2: Verdict.B, 3: Verdict.TIE}
SUFFIX = "-gpt-4-reviewer-threeclass.jsonl"


def runs(name: str) -> list[Agreement]:
    """GPT-4's three runs on Prometheus' test sets, each pair of runs compared (prometheus-eval, gpt4_score)."""
    lines: list[dict[str, Any]] = read_json(published(f"prometheus/{name}.json.gz"))
    assert len(lines) == 320
    scores = [[float(line["gpt4_score"][run]) for line in lines] for run in range(3)]
    return [agreement(a, b, Kind.SCORE, resamples=200) for a, b in combinations(scores, 2)]


@pytest.mark.parametrize(
    ("name", "pearson", "exact"), [("mt_bench_eval", 0.851, 0.603), ("vicuna_eval", 0.809, 0.728)]
)
def test_gpt4_from_run_to_run(name: str, pearson: float, exact: float) -> None:
    """Pearson is the mean over the three pairs of runs, the exact match that of the first two runs."""
    found = runs(name)
    correlations = [each.figures["pearson"] for each in found]
    values = [figure.value for figure in correlations if figure.value is not None]
    assert sum(values) / 3 == pytest.approx(pearson, abs=0.0005)
    assert found[0].figures["accuracy"].value == pytest.approx(exact, abs=0.0005)
    for figure in correlations:
        assert figure.n == 320 and figure.low is not None and figure.high is not None
        assert figure.value is not None and figure.low < figure.value < figure.high


@pytest.mark.parametrize(("name", "pearson"), [("mt_bench_eval", 0.851), ("vicuna_eval", 0.809)])
def test_gpt4s_runs_as_raters_of_each_other(name: str, pearson: float) -> None:
    """The three runs at once, as the figures between people are told: the mean over the pairs of runs."""
    lines: list[dict[str, Any]] = read_json(published(f"prometheus/{name}.json.gz"))
    said = [{f"run {n}": float(score) for n, score in enumerate(line["gpt4_score"])} for line in lines]
    found = ceiling([each["run 0"] for each in said], said, Kind.SCORE, resamples=500)
    assert found is not None and (found.n, len(found.raters)) == (320, 3)
    figure = found.people["pearson"]
    assert figure.value == pytest.approx(pearson, abs=0.0005)
    assert figure.low is not None and figure.high is not None and figure.low < pearson < figure.high


def test_gpt4_in_both_orders() -> None:
    """GPT-4's verdicts on the Vicuna questions as QLoRA released them, all pairs of eight systems in both orders."""
    scores: dict[tuple[str, str, int], int] = {}
    for line in read_lines(published("qlora/pairwise_vicuna.jsonl.gz")):
        first, second = line["file"].removesuffix(SUFFIX).split("-vs-")
        scores[first, second, line["question_id"]] = line["score"]
    pairs, changed, first_wins, second_wins = [], 0, 0, 0
    for (first, second, question), score in scores.items():
        other = scores[second, first, question]
        if first < second and -1 not in {score, other}:
            pairs.append((VERDICTS[score], VERDICTS[other].swapped))
            changed += (score, other) not in {(1, 2), (2, 1), (3, 3)}
        if -1 not in {score, other}:
            first_wins += score == 1
            second_wins += score == 2
    found = swap_figures(pairs, resamples=200)
    assert (len(scores), len(pairs)) == (4480, 2240 - 13)  # 13 replies are unparsed, each in another pair
    assert found.total_bias.value == pytest.approx(changed / len(pairs))
    assert found.consistency.value == pytest.approx(1 - changed / len(pairs))
    assert first_wins > second_wins
    assert found.prefers_first.low is not None and found.prefers_second.high is not None
    assert found.prefers_first.low > found.prefers_second.high  # so do more of the changes
