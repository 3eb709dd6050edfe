"""What a run's verdicts show of their own bias, without a further call."""

from __future__ import annotations

from collections.abc import Iterable

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import wilson
from judgetui.core.judgement import JudgedItem
from judgetui.core.vote import Status, Verdict


def longer_wins(judged: Iterable[JudgedItem]) -> Figure:
    """Share of pairs that the longer answer won, among decided ones with answers of different length.

    Lengths are in characters. A judge that prefers the better answers may favour longer ones for that reason.
    """
    decided = [
        (each.lengths[0] > each.lengths[1]) == (each.verdict is Verdict.A)
        for each in judged
        if each.status is Status.OK
        and each.verdict in {Verdict.A, Verdict.B}
        and len(each.lengths) == 2
        and each.lengths[0] != each.lengths[1]
    ]
    if not decided:
        return Figure(None, 0, why="no pair was decided between answers of different length")
    return Figure.of_rate(wilson(sum(decided), len(decided)))
