"""Programs on a pseudo-terminal, timed from outside."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

QUERY_ANSWERS: Final = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",
    b"\x1b[c": b"\x1b[?62;22c",
}
"""What a plain terminal answers when it is asked for its abilities."""


def plain_environment() -> dict[str, str]:
    """This process's environment, without what keeps Python from storing compiled modules as it does for users."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Terminal:
    """A program on a pseudo-terminal of its own.

    Args:
        command: program and arguments.
        environment: added to this process's.
        size: columns and rows.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        size: tuple[int, int] = (120, 40),
    ) -> None:
        self.output = bytearray()
        self._leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            list(command),
            stdin=follower,
            stdout=follower,
            stderr=follower,
            env={
                **plain_environment(),
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                **(environment or {}),
            },
            start_new_session=True,
        )
        os.close(follower)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        os.close(self._leader)

    def read(self, seconds: float) -> bytes:
        """Whatever comes within so many seconds, at the first piece."""
        ready, _, _ = select.select([self._leader], [], [], max(0.0, seconds))
        if not ready:
            return b""
        try:
            piece = os.read(self._leader, 65536)
        except OSError:
            return b""
        self.output += piece
        for query, answer in QUERY_ANSWERS.items():
            if query in piece:
                os.write(self._leader, answer)
        return piece

    def wait_for(self, pattern: str, seconds: float = 30.0, start: int = 0) -> float:
        """Seconds from the start of the program until its output holds the pattern.

        Raises:
            TimeoutError: with the end of the output.
        """
        wanted = re.compile(pattern.encode())
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            if wanted.search(plain(bytes(self.output[start:]))):
                return time.perf_counter() - self.began
            if not self.read(deadline - time.perf_counter()) and self._process.poll() is not None:
                break
        tail = plain(bytes(self.output))[-1500:].decode(errors="replace")
        raise TimeoutError(f"{pattern!r} did not show within {seconds} s; the output ends:\n{tail}")

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._leader, keys)

    def peak_memory(self) -> int:
        """Highest resident memory of the program so far, in bytes (Linux)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found.group(1)) * 1024 if found else 0


def plain(output: bytes) -> bytes:
    """Terminal output without escape sequences."""
    return re.sub(
        rb"\x1b(?:\[[0-9;?<>=$]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|.)",
        b"",
        output,
    )


PYTHON: Final = sys.executable
