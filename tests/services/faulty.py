"""A server on loopback that speaks OpenAI's chat completions and Anthropic's messages, well or badly as a test says."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

from tests.loopback import Loopback

LONG: Final = 1 << 20
"""Characters of a long reply."""

ESCAPES: Final = (
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J\x9b1;1H [bold]markup[/bold] [/] [@click=app.quit]x[/] "
    "<script>alert(1)</script> {{ 7*7 }} {% raw %} %s %(x)s \\x1b \u202e\u200b \x00 \ud800 \r\n \x08"
)
"""What a terminal, a template or a database could trip over."""

FAULTS: Final = ("429", "500", "dropped", "cut short", "not JSON", "empty")
"""Answers that bring no reply, so that the call is made again."""

HANGS: Final = "hangs"
"""No answer until the server is closed."""

ODD: Final = ("long", "no verdict", "escapes")
"""Answers with a reply that is unusual."""


@dataclass
class FaultyServer(Loopback):
    """The server.

    Args:
        plan: what becomes of a request, given which item it is about and how many tries came before: one of
            `FAULTS` or `ODD`, `HANGS`, or an empty text for a plain reply.

    Attributes:
        received: requests by item; `replied` are those that were answered with a whole reply.
        closing: set when the server closes.
    """

    plan: Callable[[int, int], str]
    received: Counter[int] = field(default_factory=Counter)
    replied: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self.listen(_handler(self))

    def close(self) -> None:
        """Stop serving."""
        self.closing.set()
        super().close()

    def next(self, raw: bytes) -> tuple[int, str]:
        """Which item a request is about, and what becomes of it."""
        item = int(raw.partition(b"answer-")[2].partition(b".")[0])
        with self._lock:
            fate = self.plan(item, self.received[item])
            self.received[item] += 1
            if fate not in FAULTS and fate != HANGS:
                self.replied[item] += 1
        return item, fate


def text_for(fate: str) -> str:
    """A reply's text; all but one have a verdict of 4."""
    match fate:
        case "long":
            return f"Rating: [[4]]\n{'It is long. ' * (LONG // 12)}\nRating: [[4]]"
        case "no verdict":
            return "I would rather not say."
        case "escapes":
            return f"{ESCAPES}\nRating: [[4]]"
    return "Because it is good.\nRating: [[4]]"


def body_for(path: str, fate: str) -> bytes:
    """A whole answer in the words of the API that was asked."""
    text = text_for(fate)
    answer: dict[str, Any]
    if path.endswith("/chat/completions"):
        answer = {
            "id": "c-1",
            "object": "chat.completion",
            "model": "m-1",
            "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
            ],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        }
    else:
        answer = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "m-1",
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 10, "output_tokens": 5},
        }
    return json.dumps(answer).encode()


def _handler(server: FaultyServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            _, fate = server.next(raw)
            try:
                self._give(fate)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _give(self, fate: str) -> None:
            error = {"type": "error", "error": {"type": "api_error", "message": "not now"}}
            match fate:
                case "429":
                    self._send(429, json.dumps(error).encode(), ("retry-after", "2"))
                case "500":
                    self._send(500, json.dumps(error).encode())
                case "hangs":
                    server.closing.wait(30)
                    self.close_connection = True
                case "dropped":
                    self.close_connection = True
                case "cut short":
                    whole = body_for(self.path, "")
                    self._send(200, whole[: len(whole) // 2], length=len(whole))
                    self.close_connection = True
                case "not JSON":
                    self._send(200, b"<html><body>It works!</body></html>")
                case "empty":
                    self._send(200, b"")
                case _:
                    self._send(200, body_for(self.path, fate))

        def _send(
            self,
            status: int,
            body: bytes,
            header: tuple[str, str] | None = None,
            *,
            length: int | None = None,
        ) -> None:
            self.send_response(status)
            if header is not None:
                self.send_header(*header)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
