"""Whether the process that runs a run still lives."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from judgetui.storage import owners
from judgetui.storage.owners import HEARTBEAT_LASTS, current_owner, owner_is_alive
from tests.storage.builders import FOREIGN_OWNER

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_this_process_is_alive() -> None:
    assert owner_is_alive(current_owner())
    assert current_owner().startswith(f"{os.getpid()}@{socket.gethostname()}:")


def test_a_process_that_ended_is_not_even_before_it_is_collected() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "from judgetui.storage.owners import *; print(current_owner()); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        owner = process.stdout.readline().strip()
        assert owner_is_alive(owner)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not owner_is_alive(owner)
    assert not owner_is_alive(owner)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="start times are read from /proc")
def test_another_process_with_the_same_number_is_somebody_else() -> None:
    pid, _, rest = current_owner().partition("@")
    host = rest.rpartition(":")[0]
    assert not owner_is_alive(f"{pid}@{host}:12345678901")


def test_without_proc_the_number_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owners, "_proc", lambda pid: Path("/nowhere") / str(pid))
    assert current_owner().endswith(":")
    assert owner_is_alive(current_owner())
    host = socket.gethostname()
    assert owner_is_alive(f"1@{host}:")
    assert not owner_is_alive(f"{2**22 + 1}@{host}:")
    assert not owner_is_alive(f"{2**70}@{host}:")


def test_a_process_that_belongs_to_somebody_else_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(pid: int, number: int) -> None:
        raise PermissionError

    monkeypatch.setattr(owners, "_proc", lambda pid: Path("/nowhere") / str(pid))
    monkeypatch.setattr(os, "kill", refused)
    assert owner_is_alive(f"1@{socket.gethostname()}:")


def test_another_host_is_known_by_its_heartbeat() -> None:
    almost = HEARTBEAT_LASTS - timedelta(seconds=1)
    assert owner_is_alive(FOREIGN_OWNER, NOW - almost, NOW)
    assert not owner_is_alive(FOREIGN_OWNER, NOW - HEARTBEAT_LASTS, NOW)
    assert not owner_is_alive(FOREIGN_OWNER)


@pytest.mark.parametrize("owner", ["", "nobody", "x@y:z", "12", "12@", "@host:1", "-1@host:1", "\uff11@h:1"])
def test_what_is_no_owner_is_dead(owner: str) -> None:
    assert not owner_is_alive(owner, NOW, NOW)
