"""Work that waits for a pause: after the last key, or until changes have gathered."""

from __future__ import annotations

from collections.abc import Callable

from textual.message_pump import MessagePump
from textual.timer import Timer


class Later:
    """Calls a function once it has not been asked for again for a while.

    Args:
        node: whose timer it is.
        seconds: the pause.
        call: what is called then.
    """

    def __init__(self, node: MessagePump, seconds: float, call: Callable[[], object]) -> None:
        self._node, self._seconds, self._call = node, seconds, call
        self._timer: Timer | None = None

    @property
    def waiting(self) -> bool:
        """Whether it has been asked for and is still to come."""
        return self._timer is not None

    def ask(self) -> None:
        """Begin to wait, anew where it waits already."""
        self.stop()
        self._timer = self._node.set_timer(self._seconds, self._due)

    def stop(self) -> None:
        """Wait no more."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _due(self) -> None:
        self._timer = None
        self._call()
