"""Which judge has which items to judge: all of them, or of a cascade's later judges the uncertain ones alone."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from judgetui.core.certainty import is_uncertain
from judgetui.core.judgement import Judgement
from judgetui.core.run import Run
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

Place = tuple[str, int]
"""A judge and an item's position."""


class Feed:
    """The positions that one judge has yet to judge, in order.

    Args:
        positions: those known from the beginning, ascending; none where more may be added.
        pending: whether the run asks this judge for a position of those.
        open: whether more may be added, as to the later judges of a cascade.
    """

    def __init__(
        self, positions: Iterable[int], pending: Callable[[int], bool], *, open: bool = False
    ) -> None:
        self._rest: Iterator[int] = filter(pending, positions)
        self._pending = pending
        self._added: deque[int] = deque()
        self._early: set[int] = set()
        self._passed = -1
        self._dry = open
        self.open = open

    def add(self, position: int) -> None:
        """Have one more judged."""
        self._added.append(position)

    def take(self, count: int) -> list[int]:
        """The next positions, so many at most."""
        found: list[int] = []
        while len(found) < count and self._added:
            found.append(self._added.popleft())
        while len(found) < count and not self._dry:
            position = next(self._rest, None)
            if position is None:
                self._dry = True
                continue
            self._passed = position
            if position in self._early:
                self._early.discard(position)
            else:
                found.append(position)
        return found

    def take_early(self, position: int) -> bool:
        """Take one out of its turn; False when it was taken already or is not to be judged."""
        if position in self._added:
            self._added.remove(position)
            return True
        known = not self._dry and position > self._passed and position not in self._early
        if not known or not self._pending(position):
            return False
        self._early.add(position)
        return True


class Division:
    """Who judges what.

    Args:
        done: what needs no judging any more.

    Attributes:
        feeds: what each judge has yet to judge.
    """

    def __init__(self, run: Run, done: set[Place]) -> None:
        self._judges = run.judges
        self._threshold = run.settings.cascade
        self._done = done
        self._left: dict[str, int] = {}
        self.feeds: dict[str, Feed] = {}
        self._changed: Sequence[asyncio.Event] = ()
        for number, judge in enumerate(run.judges):
            later = self._threshold is not None and number > 0
            positions = () if later else range(run.items)
            self.feeds[judge] = Feed(positions, self._pending(judge), open=later)
            finished = sum(1 for name, _ in done if name == judge)
            self._left[judge] = 0 if later else run.items - finished

    async def resume(self, session: SessionFile, run: Run) -> None:
        """Of a cascade that was cut short: hand on what earlier judges were uncertain of."""
        if self._threshold is None:
            return
        for judge in run.judges[:-1]:
            known = {position for name, position in self._done if name == judge}
            if known:
                made = await session.read(partial(_judgements, run.id, judge))
                for judgement in made:
                    if judgement.position in known:
                        self._hand_on(judgement)
            self._close(judge)

    @property
    def left(self) -> int:
        """Judgements that are yet to be made, as far as is known."""
        return sum(self._left.values())

    def watch(self, changed: Sequence[asyncio.Event]) -> None:
        """Have events set whenever a feed changes."""
        self._changed = changed

    def judged(self, judgement: Judgement) -> None:
        """Take in a judgement: what its judge is uncertain of goes to the next."""
        self._left[judgement.judge] -= 1
        if self._threshold is None:
            return
        self._hand_on(judgement)
        self._close(judgement.judge)
        for event in self._changed:
            event.set()

    def _pending(self, judge: str) -> Callable[[int], bool]:
        return lambda position: (judge, position) not in self._done

    def _next(self, judge: str) -> str | None:
        rest: Sequence[str] = self._judges[self._judges.index(judge) + 1 :]
        return rest[0] if rest else None

    def _hand_on(self, judgement: Judgement) -> None:
        following = self._next(judgement.judge)
        if following is None or self._threshold is None or not is_uncertain(judgement, self._threshold):
            return
        if (following, judgement.position) not in self._done:
            self._left[following] += 1
            self.feeds[following].add(judgement.position)

    def _close(self, judge: str) -> None:
        """Close the next judge's feed once nothing can come to it; and so on down the line."""
        following = self._next(judge)
        while following is not None and not self.feeds[judge].open and not self._left[judge]:
            self.feeds[following].open = False
            judge, following = following, self._next(following)


def _judgements(run_id: int, judge: str, repos: Repositories) -> list[Judgement]:
    return repos.judgements.for_run(run_id, judge)
