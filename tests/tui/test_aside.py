from __future__ import annotations

import asyncio
import threading
import time

import pytest

from judgetui.tui.aside import aside


async def test_what_a_call_gives_or_raises_comes_back() -> None:
    assert await aside(lambda: threading.current_thread().daemon) is True

    def fails() -> None:
        raise ValueError("so it is")

    with pytest.raises(ValueError, match="so it is"):
        await aside(fails)


def test_the_loop_ends_while_a_call_goes_on() -> None:
    release = threading.Event()

    async def begin() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(aside(lambda: release.wait(30)), 0.05)

    began = time.monotonic()
    asyncio.run(begin())
    release.set()
    assert time.monotonic() - began < 10
