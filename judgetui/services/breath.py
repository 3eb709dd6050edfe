"""Lets the event loop go on with other things while a long loop runs."""

from __future__ import annotations

import asyncio
import time
from typing import Final

SECONDS: Final = 0.008
"""Work after which others get a turn: a key press must not wait for all of it, and a turn has its price, too."""


class Breath:
    """Counts the time since the last turn."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    async def take(self) -> None:
        """Step aside if it is time."""
        if time.perf_counter() - self._since >= SECONDS:
            await asyncio.sleep(0)
            self._since = time.perf_counter()
