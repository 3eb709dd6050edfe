"""The light figures that lists and the compare screen show."""

from __future__ import annotations

import subprocess
import sys

import pytest

from judgetui.analysis.agreement import accuracy, matches_label
from judgetui.core.item import Label
from judgetui.core.judgement import JudgementRow
from judgetui.core.vote import Status, Verdict


def row(
    label: str | float | None,
    *,
    score: float | None = None,
    verdict: Verdict | None = None,
    word: str | None = None,
    status: Status = Status.OK,
) -> JudgementRow:
    labels = () if label is None else (Label("human", label),)
    return JudgementRow(0, "a:b", status, score, verdict, word, None, labels)


@pytest.mark.parametrize(
    ("judged", "matches"),
    [
        (row(4, score=4.4), True),
        (row(4, score=4.6), False),
        (row(4, score=4.5), True),  # halves to the even point
        (row(4, score=3.5), True),
        (row(2, score=2.5), True),
        (row("a", verdict=Verdict.A), True),
        (row("tie", verdict=Verdict.B), False),
        (row("Pass", word="pass"), True),
        (row(4), None),
        (row(None, score=4), None),
        (row("A", score=4), None),
        (row(4, score=4, status=Status.UNPARSED), None),
    ],
)
def test_matches_label(judged: JudgementRow, matches: bool | None) -> None:
    assert matches_label(judged) is matches


def test_accuracy_is_over_what_can_be_compared() -> None:
    rate = accuracy(
        [row(4, score=4), row(4, score=5), row(4, score=4, status=Status.REFUSED), row(None, score=1)]
    )
    assert rate is not None
    assert (rate.hits, rate.n) == (1, 2)
    assert accuracy([row(None)]) is None


def test_they_load_no_numeric_library() -> None:
    code = (
        "import sys, judgetui.analysis.agreement\n"
        "assert not {'numpy', 'scipy', 'sklearn', 'krippendorff'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
