"""Requests that are alike: one of them is sent, and the others take its reply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from judgetui.core.reply import JudgeReply
from judgetui.services.making import Making

Waiting = tuple[Making, int]
"""A judgement, and which of its requests waits."""


class Sharing:
    """Who waits for whose reply. A key is claimed until its reply came or nobody wants it any more.

    Args:
        unsaved: the replies that are on their way into the session, by key.
    """

    def __init__(self, unsaved: Callable[[], Mapping[str, JudgeReply]]) -> None:
        self._unsaved = unsaved
        self._waiting: dict[str, list[Waiting]] = {}
        self._looking = 0
        self._recent: dict[str, JudgeReply] = {}

    @contextmanager
    def looking(self) -> Iterator[None]:
        """While keys are looked up in the session, `recent` knows the replies that the session may not show yet."""
        self._looking += 1
        self._recent |= self._unsaved()
        try:
            yield
        finally:
            self._looking -= 1
            if not self._looking:
                self._recent = {}

    def recent(self, key: str) -> JudgeReply | None:
        """A reply that came shortly before the session was looked into, or since."""
        return self._recent.get(key)

    def claim(self, making: Making, index: int) -> bool:
        """Whether a request is to be sent; if not, it waits for one like it."""
        key = making.keys[index]
        if key in self._waiting:
            self._waiting[key].append((making, index))
            return False
        self._waiting[key] = []
        return True

    def answered(self, key: str, reply: JudgeReply) -> list[Waiting]:
        """The requests that the reply answers, too."""
        if self._looking:
            self._recent[key] = reply
        return [waiting for waiting in self._waiting.pop(key, ()) if not waiting[0].over]

    def given_up(self, key: str) -> Waiting | None:
        """The request that is to be sent in place of one that brings nothing; the others wait for it."""
        while waiting := self._waiting.get(key):
            making, index = waiting.pop(0)
            if not making.over:
                return making, index
        self._waiting.pop(key, None)
        return None
