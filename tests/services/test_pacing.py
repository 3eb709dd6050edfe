"""How fast an endpoint is asked: growth, halving, holds, and limits a minute, on a clock of the test's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.services.pacing import MINUTE, Pace


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Wait, in no time."""
        assert seconds > 0
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    """A clock of the test's own."""
    return Clock()


def pace(clock: Clock, window: int = 4, most: int = 64, **limits: int) -> Pace:
    return Pace(window, most, timer=clock, sleep=clock.sleep, **limits)


def round_of(one: Pace) -> None:
    """As many calls as may be under way, all of them answered."""
    calls = one.window
    for _ in range(calls):
        one.start(1)
    for _ in range(calls):
        one.answered()
        one.end()


async def starts(one: Pace, clock: Clock, costs: Iterator[int], until: float) -> list[tuple[float, int]]:
    """When calls started, and their tokens, where each is answered at once."""
    found = []
    while clock.now < until:
        await one.room()
        tokens = next(costs)
        one.start(tokens)
        found.append((clock.now, tokens))
        one.end()
    return found


def densest(started: list[tuple[float, int]], amount: int) -> float:
    """The most that was taken in any stretch of a minute; `amount` is 0 for calls, 1 for tokens."""
    most, first, taken = 0.0, 0, 0.0
    for at, tokens in started:
        taken += tokens if amount else 1
        while started[first][0] <= at - MINUTE:
            taken -= started[first][1] if amount else 1
            first += 1
        most = max(most, taken)
    return most


def test_a_round_of_answers_makes_room_for_one_call_more(clock: Clock) -> None:
    """The window rises by 1/w for each of w answers: a little less than one a round, so never by two."""
    one, seen = pace(clock), []
    for _ in range(30):
        seen.append(one.window)
        round_of(one)
    steps = [later - earlier for earlier, later in pairwise(seen)]
    assert seen[0] == 4 and set(steps) <= {0, 1}
    assert seen[-1] >= 4 + 29 - 4


def test_it_grows_up_to_the_most(clock: Clock) -> None:
    one = pace(clock, 2, 5)
    for _ in range(50):
        round_of(one)
    assert one.window == 5


def test_a_given_number_stays(clock: Clock) -> None:
    one = pace(clock, 7, 7)
    for _ in range(5):
        round_of(one)
    assert one.window == 7


def test_calls_under_way_together_halve_it_once(clock: Clock) -> None:
    one = pace(clock, 16, 16)
    together = [one.start(1) for _ in range(16)]
    for number in together:
        one.refused(number, None)
        one.end()
    assert one.window == 8
    one.refused(one.start(1), None)
    assert one.window == 4


def test_a_late_refusal_of_an_early_call_halves_nothing(clock: Clock) -> None:
    one = pace(clock, 16, 16)
    slow, quick = one.start(1), one.start(1)
    one.refused(quick, None)
    later = one.start(1)
    one.refused(slow, None)
    assert one.window == 8
    one.refused(later, None)
    assert one.window == 4


def test_one_call_is_always_allowed(clock: Clock) -> None:
    one = pace(clock, 4, 4)
    for _ in range(10):
        one.refused(one.start(1), None)
        one.end()
    assert one.window == 1
    round_of(one)
    assert one.window == 2


async def test_no_call_starts_before_the_endpoint_said(clock: Clock) -> None:
    held, free = pace(clock), pace(clock)
    held.refused(held.start(1), 30.0)
    held.end()
    held.refused(held.start(1), 10.0)  # which is over sooner, and takes nothing back
    held.end()
    assert (held.open, free.open) == (False, True)
    await free.room()
    assert clock.now == 0
    await held.room()
    assert clock.now == 30


async def test_a_hold_that_grows_while_it_is_waited_out_is_waited_out(clock: Clock) -> None:
    one = pace(clock)
    number = one.start(1)
    one.refused(number, 5.0)

    async def meanwhile(seconds: float) -> None:
        await Clock.sleep(clock, seconds)
        if clock.now == 5:
            one.refused(number, 20.0)

    one._sleep = meanwhile
    await one.room()
    assert clock.waits == [5, 20]


async def test_a_full_endpoint_waits_for_a_call_to_end(clock: Clock) -> None:
    one = pace(clock, 2, 2)
    one.start(1)
    one.start(1)
    waiting = asyncio.create_task(one.room())
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done() and not one.open
    one.end()
    await asyncio.wait_for(waiting, 5)
    assert one.under_way == 1


@given(limit=st.integers(1, 600), minutes=st.integers(2, 5))
async def test_requests_a_minute(limit: int, minutes: int) -> None:
    """At most the limit and the reserve, a second's worth or one call, in any minute; and about the limit."""
    clock = Clock()
    one = pace(clock, 4, 64, requests=limit)
    began = await starts(one, clock, iter(lambda: 1, 0), minutes * MINUTE)
    reserve = max(1.0, limit / 60)
    assert densest(began, 0) <= limit + reserve
    assert len(began) >= 0.95 * limit * minutes


@given(
    limit=st.integers(60, 100_000),
    costs=st.lists(st.integers(1, 5_000), min_size=1, max_size=20),
)
async def test_tokens_a_minute(limit: int, costs: list[int]) -> None:
    """At most the limit, the reserve of a second's worth, and one call, the one that goes into debt."""
    clock = Clock()
    one = pace(clock, 4, 64, tokens=limit)

    def cycle() -> Iterator[int]:
        while True:
            yield from costs

    began = await starts(one, clock, cycle(), 3 * MINUTE)
    assert densest(began, 1) <= limit + max(1.0, limit / 60) + max(costs)
    assert sum(tokens for _, tokens in began) >= 0.95 * limit * 3 - max(costs)


async def test_an_idle_minute_saves_up_no_more_than_the_reserve(clock: Clock) -> None:
    one = pace(clock, 64, 64, requests=120)
    await starts(one, clock, iter(lambda: 1, 0), 10)
    clock.now += 600
    began = [at for at, _ in await starts(one, clock, iter(lambda: 1, 0), clock.now + 1)]
    assert sum(at == began[0] for at in began) == 2


@given(events=st.lists(st.sampled_from(["start", "answer", "refuse", "hold"]), max_size=80))
async def test_whatever_happens(events: list[str]) -> None:
    """The window stays within its bounds, no call is lost, and nothing starts during a hold or without room."""
    clock = Clock()
    one = pace(clock, 4, 8)
    under_way: list[int] = []
    until = 0.0
    for event in events:
        before = one.window
        if event == "start":
            if len(under_way) < one.window:
                await one.room()
                assert clock.now >= until
                under_way.append(one.start(1))
            else:
                assert not one.open
        elif under_way:
            number = under_way.pop(0)
            if event == "answer":
                one.answered()
                assert before <= one.window <= before + 1
            else:
                wait = 3.0 if event == "hold" else None
                one.refused(number, wait)
                until = until if wait is None else max(until, clock.now + wait)
                assert one.window in {before, max(1, before // 2)}
            one.end()
        assert 1 <= one.window <= 8
        assert one.under_way == len(under_way)
