"""A real HTTP server on loopback whose answers a test lays out beforehand."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import Loopback


@dataclass
class Answer:
    """What the server does with one request.

    Args:
        body: JSON data, or bytes as they are.
        events: server-sent events instead of a body: each a (name, data) pair, the name may be empty.
        cut: close the connection without a proper end.
        hold: wait for this before answering.
    """

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    events: list[tuple[str, object]] | None = None
    cut: bool = False
    hold: threading.Event | None = None


@dataclass(frozen=True)
class Seen:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Endpoint(Loopback):
    """The server. Answers are given in order, the last one again and again."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answers: deque[Answer] = deque()
        self.arrived = threading.Event()
        self.listen(_handler(self))

    def will(self, *answers: Answer) -> None:
        """Lay out the next answers."""
        self.answers.extend(answers)

    def next_answer(self) -> Answer:
        """The answer to give now."""
        return self.answers.popleft() if len(self.answers) > 1 else self.answers[0]

    def close(self) -> None:
        """Stop serving; held requests are let go."""
        for answer in self.answers:
            if answer.hold is not None:
                answer.hold.set()
        super().close()


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            endpoint.seen.append(Seen(self.path, headers, json.loads(raw)))
            answer = endpoint.next_answer()
            endpoint.arrived.set()
            if answer.hold is not None:
                answer.hold.wait(10)
            try:
                self._give(answer)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _give(self, answer: Answer) -> None:
            if answer.cut and answer.events is None:
                self.close_connection = True
                return
            data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.events is not None:
                self.send_header("content-type", "text/event-stream")
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                for name, event in answer.events:
                    text = event if isinstance(event, str) else json.dumps(event)
                    line = (f"event: {name}\n" if name else "") + f"data: {text}\n\n"
                    self.wfile.write(f"{len(line.encode()):x}\r\n".encode() + line.encode() + b"\r\n")
                if answer.cut:
                    self.close_connection = True
                    return
                self.wfile.write(b"0\r\n\r\n")
                return
            self.send_header("content-type", answer.kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
