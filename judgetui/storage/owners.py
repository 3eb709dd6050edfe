"""Who runs a run: named so that another process can tell whether that one still lives."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

HEARTBEAT_LASTS: Final = timedelta(seconds=60)
"""A run on another host counts as alive this long after its last heartbeat."""


def current_owner() -> str:
    """This process as `pid@hostname:start`, the start empty where the system does not tell."""
    pid = os.getpid()
    return f"{pid}@{socket.gethostname()}:{_started(pid) or ''}"


def owner_is_alive(owner: str, heartbeat: datetime | None = None, now: datetime | None = None) -> bool:
    """Whether the process of that name still runs.

    Args:
        owner: as `current_owner` named it; anything else is taken for dead.
        heartbeat: the last sign of life, which decides for a process on another host.
        now: the time to compare it with.
    """
    pid_text, _, rest = owner.partition("@")
    host, _, started = rest.rpartition(":")
    if not (pid_text.isascii() and pid_text.isdecimal()) or not host:
        return False
    if host != socket.gethostname():
        return heartbeat is not None and now is not None and now - heartbeat < HEARTBEAT_LASTS
    pid = int(pid_text)
    if _proc(os.getpid()).exists():
        return _started(pid) == started
    return _exists(pid)


def _started(pid: int) -> str | None:
    """When a process began, in kernel ticks; None if it is gone, a zombie, or the system does not tell."""
    try:
        stat = _proc(pid).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the command in brackets, which may itself hold brackets and spaces.
    state, *after = stat.rpartition(")")[2].split()
    return None if state in "ZX" else after[18]


def _proc(pid: int) -> Path:
    """Where Linux tells of a process."""
    return Path(f"/proc/{pid}/stat")


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    except OverflowError:
        return False
    return True
