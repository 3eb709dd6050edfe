"""JudgeLM's figures on verdicts in both orders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.analysis.swap_figures import swap_figures
from judgetui.core.vote import Verdict

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE


def as_upstream(pairs: list[tuple[Verdict, Verdict]]) -> tuple[float, float, float]:
    """Consistency, delta bias and total bias, from labels as they stand in the two files.

    There a label speaks of the places: 1 where the first answer wins. The second file has the answers swapped.
    """
    sign = {A: 1, B: -1, TIE: 0, Verdict.BOTH_BAD: 0}
    same = before = after = 0
    for first, second in pairs:
        negated, reverse = -sign[first], -sign[second]  # the latter from the item's order into the places
        same += negated == reverse
        after += negated > reverse
        before += negated < reverse
    n = len(pairs)
    return same / n, abs(before - after) / n, (before + after) / n


@given(st.lists(st.tuples(*[st.sampled_from(list(Verdict))] * 2), min_size=1, max_size=20))
def test_they_are_upstreams(pairs: list[tuple[Verdict, Verdict]]) -> None:
    found = swap_figures(pairs, resamples=10)
    figures = (found.consistency, found.delta_bias, found.total_bias)
    assert tuple(figure.value for figure in figures) == pytest.approx(as_upstream(pairs))
    assert {figure.n for figure in figures} == {len(pairs)}


def test_a_judge_that_always_takes_the_first_place() -> None:
    found = swap_figures([(A, B)] * 8)
    assert (found.consistency.value, found.prefers_first.value, found.prefers_second.value) == (0, 1, 0)
    assert (found.delta_bias.value, found.total_bias.value) == (1, 1)


def test_opposite_preferences_cancel_in_delta_alone() -> None:
    found = swap_figures([(A, B), (B, A), (TIE, A), (A, A)])
    assert (found.prefers_first.value, found.prefers_second.value) == (0.25, 0.5)
    assert (found.delta_bias.value, found.total_bias.value) == (0.25, 0.75)
    assert found.delta_bias.low is not None


def test_nothing_judged_in_both_orders() -> None:
    assert swap_figures([]).consistency.value is None
