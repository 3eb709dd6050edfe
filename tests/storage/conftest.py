from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from judgetui.storage.database import SessionFile
from tests.storage.builders import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "session.db"


@pytest.fixture
def session(path: Path, clock: Clock) -> Iterator[SessionFile]:
    with SessionFile.create(path, "A session", clock=clock) as opened:
        yield opened
