"""An endpoint of the benchmarks' own: chat completions on loopback, each answered after a fixed time.

It runs in a process of its own and does as little as an HTTP server can, so that what is measured is the client.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

PATH: Final = "/v1"

_REPLY: Final = {
    "id": "chatcmpl-benchmark",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "fixed",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {
                "role": "assistant",
                "content": '{"reasons": "It answers the question and says nothing that is not so.", "verdict": "pass"}',
            },
        }
    ],
    "usage": {"prompt_tokens": 200, "completion_tokens": 20, "total_tokens": 220},
}
_BODY: Final = json.dumps(_REPLY).encode()
_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: fixed\r\ncontent-length: "
    + str(len(_BODY)).encode()
    + b"\r\n\r\n"
    + _BODY
)


@dataclass(slots=True)
class _Seen:
    """The bodies that came: how many, and a digest that does not depend on their order."""

    count: int = 0
    digest: int = 0

    def add(self, body: bytes) -> None:
        self.count += 1
        # As JSON: the order in which a client writes a body's keys says nothing.
        told = json.dumps(json.loads(body), sort_keys=True)
        self.digest ^= int.from_bytes(hashlib.sha256(told.encode()).digest()[:8])


class _Connection(asyncio.Protocol):
    """One client's connection: one request at a time, each answered after `latency` seconds."""

    def __init__(self, latency: float, seen: _Seen) -> None:
        self._latency = latency
        self._seen = seen
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer when a request is whole."""
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(rest) >= length:
            self._buffer = rest[length:]
            self._seen.add(rest[:length])
            asyncio.get_running_loop().call_later(self._latency, self._answer)

    def _answer(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_ANSWER)


async def _serve(latency: float) -> None:
    """Serve until stdin ends; each line of stdin is answered with what came since the one before."""
    loop, seen = asyncio.get_running_loop(), _Seen()
    server = await loop.create_server(lambda: _Connection(latency, seen), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(seen.count, seen.digest, flush=True)
        seen.count = seen.digest = 0
    server.close()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that runs.

    Args:
        url: its base URL.
    """

    url: str
    _process: subprocess.Popen[str]

    def seen(self) -> tuple[int, int]:
        """How many bodies came since the last look, and a digest of them all, whatever their order."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        count, digest = self._process.stdout.readline().split()
        return int(count), int(digest)


@contextmanager
def endpoint(latency: float) -> Iterator[Endpoint]:
    """An endpoint that answers after so many seconds."""
    command = [sys.executable, "-m", "benchmarks.parts.endpoint", str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        try:
            yield Endpoint(f"http://127.0.0.1:{int(process.stdout.readline())}{PATH}", process)
        finally:
            process.stdin.close()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
