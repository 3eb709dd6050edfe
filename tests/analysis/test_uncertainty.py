"""Entropy of an item's votes, and who is sent to people."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.analysis.uncertainty import bpde, for_people, label_shares
from judgetui.core.vote import Verdict

A, B, TIE, BOTH_BAD = Verdict.A, Verdict.B, Verdict.TIE, Verdict.BOTH_BAD


def test_shares_are_of_the_votes_that_have_a_verdict() -> None:
    assert label_shares([A, A, B, TIE, BOTH_BAD, None]) == (0.4, 0.4, 0.2)
    assert label_shares([None, None]) is None
    assert label_shares([]) is None


def test_entropy_by_hand() -> None:
    assert bpde((1, 0, 0)) == 0
    assert bpde((0.5, 0, 0.5)) == pytest.approx(log(2))
    assert bpde((1 / 3, 1 / 3, 1 / 3)) == pytest.approx(log(3))
    assert bpde((2 / 3, 1 / 6, 1 / 6)) == pytest.approx(2 / 3 * log(3 / 2) + 1 / 3 * log(6))


@pytest.mark.parametrize("wrong", [(0.5, 0.4), (1.5, -0.5), (float("nan"), 1.0), ()])
def test_what_are_no_shares_is_refused(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="no shares"):
        bpde(wrong)


@given(st.lists(st.sampled_from(list(Verdict)), min_size=1, max_size=12))
def test_swapping_the_sides_leaves_the_entropy(votes: list[Verdict]) -> None:
    shares, swapped = label_shares(votes), label_shares([vote.swapped for vote in votes])
    assert shares is not None and swapped is not None
    assert bpde(shares) == pytest.approx(bpde(swapped))
    assert 0 <= bpde(shares) <= log(3) + 1e-12


def test_the_least_certain_go_to_people_and_ties_by_order() -> None:
    assert for_people([0.1, 0.9, 0.5, 0.9, 0.0], 0.4) == (1, 3)
    assert for_people([0.5] * 80) == tuple(range(16))  # the paper's fifth of 80 questions
    assert for_people([0.3, 0.7], 0) == ()
    assert for_people([0.3, 0.7], 1) == (1, 0)
    assert for_people([], 0.2) == ()


@pytest.mark.parametrize(
    ("entropies", "share"), [([0.1], 1.5), ([0.1], -0.1), ([-0.1], 0.2), ([float("nan")], 0.2)]
)
def test_what_cannot_be_ranked_is_refused(entropies: list[float], share: float) -> None:
    with pytest.raises(ValueError, match=r"share|entropy"):
        for_people(entropies, share)
