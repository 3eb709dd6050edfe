"""From a command to the services, which are asynchronous."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def complete(work: Coroutine[Any, Any, T]) -> T:
    """Take work to its end on an event loop; asyncio is imported here, so that help does without it."""
    import asyncio

    return asyncio.run(work)
