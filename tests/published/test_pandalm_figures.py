"""PandaLM's released labels and judgements give the figures that its README and paper print.

WeOpenML/PandaLM: data/testset-v1.json, gpt-3.5-turbo-testset-v1.json, pandalm-7b-testset-v1.json (999 items). The
table of accuracy, precision, recall and F1 and the tables of wins are those of the README revision that came with
these files; both are left out of later ones. The kappas and label counts are in all revisions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from judgetui.analysis.agreement_figures import Kind, agreement
from judgetui.analysis.chance_corrected import macro_averages
from judgetui.core.vote import Failures
from judgetui.services.agreeing import Choice, agree
from judgetui.services.agreement_pairs import Report
from tests.analysis import formulas
from tests.published.data import published, read_json

WORDS: Final = {0: "tie", 1: "A", 2: "B"}
FILES: Final = {
    "gpt-3.5-turbo": ("gpt-3.5-turbo-testset-v1.json.gz", "gpt_result"),
    "PandaLM-7B": ("pandalm-7b-testset-v1.json.gz", "pandalm_result"),
}
RAW: Final = {"1": "A", "2": "B", "Tie": "tie", 1: "A", 2: "B", 0: "tie"}
"""What a stored result says; `garbage` says nothing."""

TABLE: Final = {
    "gpt-3.5-turbo": (71.07, 58.79, 57.36, 57.55),
    "PandaLM-7B": (66.77, 57.38, 57.50, 57.43),
}
"""Accuracy, macro precision, recall and F1 in percent, by the README."""

MODELS: Final = ("llama-7b", "bloom-7b", "cerebras-gpt-6.7B", "opt-7b", "pythia-6.9b")
WINS: Final = {
    "human": [
        (72, 28, 11),
        (80, 24, 6),
        (71, 24, 11),
        (58, 27, 9),
        (59, 30, 11),
        (43, 35, 11),
        (49, 47, 11),
        (33, 49, 9),
        (27, 53, 11),
        (32, 53, 15),
    ],
    "gpt-3.5-turbo": [
        (69, 32, 10),
        (80, 24, 6),
        (70, 29, 7),
        (60, 28, 6),
        (67, 29, 4),
        (46, 38, 5),
        (52, 48, 7),
        (38, 45, 8),
        (28, 57, 6),
        (43, 53, 4),
    ],
    "PandaLM-7B": [
        (57, 37, 17),
        (75, 26, 9),
        (60, 33, 13),
        (46, 41, 7),
        (57, 31, 12),
        (46, 36, 7),
        (51, 41, 15),
        (37, 45, 9),
        (33, 52, 6),
        (40, 48, 12),
    ],
}
"""Wins, losses and ties of each model against each later one, by the README."""


def items() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_json(published("pandalm/testset-v1.json.gz"))
    return found


def judged(judge: str) -> list[dict[str, object]]:
    """Judgements with three raters' labels, as a judgements file has them."""
    name, key = FILES[judge]
    lines = []
    for item, result in zip(items(), read_json(published(f"pandalm/{name}")), strict=True):
        assert item["idx"] == result["idx"]
        verdict = RAW.get(result[key])
        labels = {f"human.{n}": WORDS[item[f"annotator{n}"]] for n in (1, 2, 3)}
        lines.append(
            {
                "id": str(item["idx"]),
                "judge": judge,
                "status": "unparsed" if verdict is None else "ok",
                "verdict": verdict,
                "pair": item["cmp_key"],
                **labels,
            }
        )
    return lines


def overall(folder: Path, lines: list[dict[str, object]], failures: Failures) -> Report:
    path = folder / "judgements.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return agree(path, None, Choice(failures=failures)).by_criterion["overall"]


def percent(report: Report) -> tuple[float, ...]:
    names = ("accuracy", "macro_precision", "macro_recall", "macro_f1")
    values = [report.agreement.figures[name].value for name in names]
    return tuple(round(100 * value, 2) for value in values if value is not None)


@pytest.mark.parametrize("judge", TABLE)
def test_the_table_with_garbage_counted_as_a_tie(judge: str, tmp_path: Path) -> None:
    report = overall(tmp_path, judged(judge), Failures.TIE)
    assert percent(report) == TABLE[judge]
    assert report.agreement.n == 999
    assert (report.counted_as, dict(report.skipped)) == (Failures.TIE, {})
    assert report.failures == {"gpt-3.5-turbo": 25, "PandaLM-7B": 0}[judge]


def test_the_table_with_garbage_as_a_failure(tmp_path: Path) -> None:
    """On the 974 replies that say something, all four figures of gpt-3.5-turbo differ from the published ones."""
    lines = judged("gpt-3.5-turbo")
    report = overall(tmp_path, lines, Failures.STATE)
    assert report.agreement.n == 974
    assert (dict(report.skipped), report.failures) == ({"unparsed": 25}, 25)
    code = {"tie": 0, "A": 1, "B": 2}
    kept = [line for line in lines if line["status"] == "ok"]
    judge = [code[str(line["verdict"])] for line in kept]
    labels = [majority(line) for line in kept]
    right = sum(a == b for a, b in zip(judge, labels, strict=True))
    expected = (right / 974, *formulas.macro(judge, labels))
    assert percent(report) == tuple(round(100 * value, 2) for value in expected)
    assert all(ours != theirs for ours, theirs in zip(percent(report), TABLE["gpt-3.5-turbo"], strict=True))


def majority(line: Mapping[str, object]) -> int:
    """The label that at least two raters gave; the test set has no item with three."""
    given = [line[f"human.{n}"] for n in (1, 2, 3)]
    (word,) = {word for word in given if given.count(word) > 1}
    return {"tie": 0, "A": 1, "B": 2}[str(word)]


def test_the_function_over_three_classes_gives_the_table_too() -> None:
    lines = judged("gpt-3.5-turbo")
    judge = [{"A": 1, "B": 2}.get(str(line["verdict"]), 0) for line in lines]
    averages = macro_averages(judge, list(map(majority, lines)), classes=[0, 1, 2])
    assert tuple(round(100 * value, 2) for value in averages) == TABLE["gpt-3.5-turbo"][1:]


def test_kappas_of_the_annotators() -> None:
    sides = {n: [WORDS[item[f"annotator{n}"]] for item in items()] for n in (1, 2, 3)}
    found = {
        pair: agreement(sides[pair[0]], sides[pair[1]], Kind.VERDICT, resamples=200).figures["kappa"]
        for pair in combinations(sides, 2)
    }
    kappas = {pair: round(figure.value, 2) for pair, figure in found.items() if figure.value is not None}
    assert kappas == {(1, 2): 0.85, (1, 3): 0.88, (2, 3): 0.86}
    for figure in found.values():
        assert figure.n == 999 and figure.low is not None and figure.value is not None
        assert figure.low < figure.value


def test_the_annotators_are_the_ceiling_of_a_judge(tmp_path: Path) -> None:
    """A judge's report has the mean of the three kappas, and the judge's with one annotator, on the same items."""
    found = overall(tmp_path, judged("gpt-3.5-turbo"), Failures.TIE).agreement.ceiling
    assert found is not None and (found.raters, found.n) == (("1", "2", "3"), 999)
    sides = {n: [item[f"annotator{n}"] for item in items()] for n in (1, 2, 3)}
    kappas = [cohen_kappa_score(sides[a], sides[b]) for a, b in combinations(sides, 2)]
    assert [round(kappa, 2) for kappa in kappas] == [0.85, 0.88, 0.86]
    people, judge = found.people["kappa"], found.judge["kappa"]
    assert people.value == pytest.approx(sum(kappas) / 3)
    codes = {"tie": 0, "A": 1, "B": 2, None: 0}
    own = [
        codes[RAW.get(line["gpt_result"])]
        for line in read_json(published(f"pandalm/{FILES['gpt-3.5-turbo'][0]}"))
    ]
    assert judge.value == pytest.approx(sum(cohen_kappa_score(own, side) for side in sides.values()) / 3)
    assert people.low is not None and judge.high is not None and judge.high < people.low
    alpha = krippendorff.alpha(np.array(list(sides.values())), level_of_measurement="nominal")
    assert found.people["krippendorff_alpha"].value == pytest.approx(alpha)


def test_label_counts(tmp_path: Path) -> None:
    confusion = overall(tmp_path, judged("PandaLM-7B"), Failures.STATE).agreement.confusion
    counts = {label: sum(row.values()) for label, row in confusion.items()}
    assert counts == {"tie": 105, "A": 422, "B": 472}


def wins(confusion: Mapping[str, Mapping[str, int]], of: str, flipped: bool) -> tuple[int, int, int]:
    """Wins, losses and ties of the labels, or of the judge's verdicts, in a pair's confusion counts."""
    count = {
        word: sum(confusion.get(word, {}).values())
        if of == "human"
        else sum(row.get(word, 0) for row in confusion.values())
        for word in ("A", "B", "tie")
    }
    first, second = ("B", "A") if flipped else ("A", "B")
    return count[first], count[second], count["tie"]


@pytest.mark.parametrize("of", WINS)
def test_win_tables(of: str, tmp_path: Path) -> None:
    """All of 30 pairs but one: the labels have Bloom 47 wins and 49 losses against Pythia, printed the other way."""
    lines = judged("PandaLM-7B" if of == "human" else of)
    found = []
    for better, worse in combinations(MODELS, 2):
        flipped = f"{worse}_{better}" in {line["pair"] for line in lines}
        pair = f"{worse}_{better}" if flipped else f"{better}_{worse}"
        own = [line for line in lines if line["pair"] == pair]
        confusion = overall(tmp_path, own, Failures.TIE).agreement.confusion
        found.append(wins(confusion, of, flipped))
    expected = list(WINS[of])
    if of == "human":
        place = list(combinations(MODELS, 2)).index(("bloom-7b", "pythia-6.9b"))
        assert (found[place], expected[place]) == ((47, 49, 11), (49, 47, 11))
        del found[place], expected[place]
    assert found == expected
