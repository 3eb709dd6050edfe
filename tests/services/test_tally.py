"""What one go at a run has done so far."""

from __future__ import annotations

from collections import Counter

from judgetui.core.reply import Usage
from judgetui.services.tally import Tally


def test_what_came_from_the_session_says_nothing_of_the_time_that_is_left() -> None:
    tally = Tally(1, 14, Counter(ok=3), timer=lambda: 110.0, began=100.0, judged=3, cached=6)
    assert tally.progress().seconds_left is None
    tally.add(Usage(), None)
    tally.add(Usage(), None)
    tally.judged, tally.counts = 4, Counter(ok=4)
    # Ten seconds for the one that was asked; ten more are to come.
    assert tally.progress().seconds_left == 100.0


def test_without_replies_from_the_session_the_pace_is_that_of_all() -> None:
    tally = Tally(1, 10, Counter(ok=5), timer=lambda: 15.0, began=0.0, judged=5)
    assert tally.progress().seconds_left is None
    for _ in range(5):
        tally.add(Usage(), None)
    assert tally.progress().seconds_left == 15.0
