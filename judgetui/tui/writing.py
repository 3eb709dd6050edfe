"""What the judges are writing of the item on screen, as far as they have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from judgetui.core.events import Written


class Piecewise(NamedTuple):
    """Which reply to the item a text belongs to."""

    judge: str
    criterion: str
    order: str | None
    sample: int


class _Reply(NamedTuple):
    attempt: int
    pieces: list[str]


class Writing:
    """Replies to one item while they are written; those to any other item are not kept.

    Attributes:
        position: the item's; None while no item of a run that goes is on screen.
        changes: how many pieces have come, so that a screen sees whether there is more to show.
    """

    def __init__(self) -> None:
        self.position: int | None = None
        self.changes = 0
        self._replies: dict[Piecewise, _Reply] = {}
        self._missed: set[tuple[int, Piecewise, int]] = set()

    def turn_to(self, position: int | None) -> bool:
        """Keep what is written of another item from here on; False when it is the same one."""
        if position == self.position:
            return False
        if self.position is not None:
            self._missed.update(
                (self.position, which, reply.attempt) for which, reply in self._replies.items()
            )
        self._replies.clear()
        self.position = position
        return True

    def clear(self) -> None:
        """Forget everything, as when another run begins."""
        self.position = None
        self._replies.clear()
        self._missed.clear()

    def add(self, written: Written) -> None:
        """Take in a piece; the first one of another try takes the place of what the last one wrote."""
        which = Piecewise(written.judge, written.criterion, written.order, written.sample)
        if written.position != self.position:
            self._missed.add((written.position, which, written.attempt))
            return
        reply = self._replies.get(which)
        if reply is None or reply.attempt != written.attempt:
            begun = (self.position, which, written.attempt) in self._missed
            reply = self._replies[which] = _Reply(written.attempt, ["… "] if begun else [])
        reply.pieces.append(written.text)
        self.changes += 1

    def replies(self, judge: str, position: int) -> list[tuple[Piecewise, str]]:
        """What a judge has written of an item, in the order its replies began; one begins with `…` if its start was
        not seen."""
        if position != self.position:
            return []
        found = []
        for which, (_, pieces) in self._replies.items():
            if which.judge == judge:
                pieces[:] = ["".join(pieces)]
                found.append((which, pieces[0]))
        return found
