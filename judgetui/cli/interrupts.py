"""ctrl+c during a run: the first stops it properly, the second ends the process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from judgetui.errors import ExitCode

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """A context manager inside a running event loop that takes interrupts over.

    Args:
        stop: asks the work to stop; called once, on the loop's thread.

    Attributes:
        hit: whether there was one.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self.hit = False
        self._stop = stop
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> Self:
        for number in SIGNALS:
            self._loop.add_signal_handler(number, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in SIGNALS:
            self._loop.remove_signal_handler(number)

    def _take(self) -> None:
        if not self.hit:
            self.hit = True
            self._stop()
        else:
            # Whatever was told as done is committed, so that nothing is lost by leaving at once.
            os._exit(ExitCode.INTERRUPTED)
