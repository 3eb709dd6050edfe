"""Guards against work that grows out of all proportion."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

CPU_SECONDS: Final = 30.0
"""Far more than any guarded work takes on a slow machine; what is not linear would take hours."""


@contextmanager
def bounded() -> Iterator[None]:
    """Fails when the work inside takes more processor time than anything linear would."""
    began = time.process_time()
    yield
    assert time.process_time() - began < CPU_SECONDS
