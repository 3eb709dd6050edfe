"""A server on loopback that speaks the batch services of both vendors, and their single calls.

Shapes as in openai/types/batch*.py and anthropic/types/messages/*batch*.py of the vendors' packages.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import Loopback

CREATED = 1_790_000_000

Json = dict[str, Any]


@dataclass
class RemoteBatch:
    """A batch as the server has it.

    Args:
        lines: what was handed in.
        looks: how often it is asked about before it has ended.
        state: `completed`, `expired`, `cancelled` or `failed`, once it has ended.
    """

    id: str
    lines: list[Json]
    metadata: Json
    looks: int
    created: int
    state: str = "completed"
    cancelled: bool = False

    @property
    def ended(self) -> bool:
        return self.looks <= 0 or self.cancelled


@dataclass
class BatchServer(Loopback):
    """The server.

    Attributes:
        answer: the reply's text to a request's body; an int is a status that it is refused with; None leaves it
            undone; the string `missing` leaves it out of the results.
        single: the same of calls that come one by one.
        refuse: what a body is refused for, in a batch or not; empty where it is taken.
        samples: the most choices that a reply has.
        logprobs: whether single replies tell probabilities when asked; those of a batch never do.
        seen: method and path of every request, in order.
        batches: by id, in order of their creation.
        singles: bodies of the calls that came one by one.
        lose: given a request's number, how it is lost: `request` before anything is done, `answer` after all is.
    """

    answer: Callable[[Json], str | int | None] = lambda body: "4"
    single: Callable[[Json], str | int] = lambda body: "4"
    samples: int = 100
    logprobs: bool = False
    looks: int = 2
    state: str = "completed"
    clock: int = CREATED
    seen: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, RemoteBatch] = field(default_factory=dict)
    singles: list[Json] = field(default_factory=list)
    lose: Callable[[int], str] = lambda number: ""
    refuse: Callable[[Json], str] = lambda body: ""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.listen(_handler(self))

    @property
    def asked(self) -> list[str]:
        """The custom ids of all calls that were handed in, in whatever batch."""
        return [line["custom_id"] for batch in self.batches.values() for line in batch.lines]

    def handle(self, method: str, path: str, raw: bytes, kind: str) -> tuple[int, bytes, str]:
        """Status, body, and how the exchange is lost, if it is."""
        with self._lock:
            lost = self.lose(len(self.seen))
            self.seen.append(f"{method} {path.partition('?')[0]}")
            if lost == "request":
                return 0, b"", lost
            status, body = self._route(method, path.partition("?")[0], raw, kind)
            return status, body if isinstance(body, bytes) else json.dumps(body).encode(), lost

    def _route(self, method: str, path: str, raw: bytes, kind: str) -> tuple[int, Json | bytes]:
        parts = path.strip("/").split("/")
        match method, parts:
            case "POST", ["v1", "files"]:
                name = f"file-{len(self.files)}"
                self.files[name] = _uploaded(raw, kind)
                return 200, {"id": name, "object": "file", "purpose": "batch"}
            case "GET", ["v1", "files", name, "content"]:
                return 200, self.files[name]
            case "POST", ["v1", "batches"]:
                asked = json.loads(raw)
                lines = [json.loads(line) for line in self.files[asked["input_file_id"]].split(b"\n") if line]
                assert all(line["url"] == asked["endpoint"] for line in lines)
                return 200, self._openai(self._new(lines, asked["metadata"]))
            case "GET", ["v1", "batches"]:
                listed = [self._openai(batch) for batch in reversed(self.batches.values())]
                return 200, {"object": "list", "data": listed, "has_more": False}
            case "GET", ["v1", "batches", name]:
                return 200, self._openai(self._looked_at(name))
            case "POST", ["v1", "batches", name, "cancel"]:
                self.batches[name].cancelled = True
                return 200, self._openai(self.batches[name])
            case "POST", ["v1", "messages", "batches"]:
                return 200, self._anthropic(self._new(json.loads(raw)["requests"], {}))
            case "GET", ["v1", "messages", "batches"]:
                listed = [self._anthropic(batch) for batch in reversed(self.batches.values())]
                return 200, {"data": listed, "has_more": False, "first_id": None, "last_id": None}
            case "GET", ["v1", "messages", "batches", name]:
                return 200, self._anthropic(self._looked_at(name))
            case "POST", ["v1", "messages", "batches", name, "cancel"]:
                self.batches[name].cancelled = True
                return 200, self._anthropic(self.batches[name])
            case "GET", ["v1", "messages", "batches", name, "results"]:
                return 200, self._lines(name, self._anthropic_line)
            case "POST", ["v1", _] | ["v1", "chat", "completions"]:
                body = json.loads(raw)
                self.singles.append(body)
                status, data = self._answered(parts[1], body, self.single(body))
                if self.logprobs and body.get("logprobs") and status == 200:
                    token = {"token": "4", "logprob": -0.1, "top_logprobs": []}
                    data["choices"][0]["logprobs"] = {"content": [token]}
                return status, data
        return 404, {"error": {"message": f"no such thing: {method} {path}"}}

    def _new(self, lines: list[Json], metadata: Json) -> RemoteBatch:
        self.clock += 1
        name = f"batch_{len(self.batches)}"
        self.batches[name] = RemoteBatch(name, lines, metadata, self.looks, self.clock, self.state)
        return self.batches[name]

    def _looked_at(self, name: str) -> RemoteBatch:
        self.batches[name].looks -= 1
        return self.batches[name]

    def _answered(self, api: str, body: Json, found: str | int | None) -> tuple[int, Json]:
        if why := self.refuse(body):
            return 400, {"error": {"message": why, "type": "invalid_request_error", "param": None}}
        if isinstance(found, int):
            return found, {"type": "error", "error": {"type": "invalid_request_error", "message": "no."}}
        body = body | ({"n": min(body["n"], self.samples)} if "n" in body else {})
        return 200, _REPLIES[api](body, found or "")

    def _lines(self, name: str, line: Callable[[RemoteBatch, Json], Json | None]) -> bytes:
        """The results, shuffled; in UTF-8 as it is, where a text may hold any character but a line feed."""
        batch = self.batches[name]
        lines = [found for each in batch.lines if (found := line(batch, each)) is not None]
        random.Random(name).shuffle(lines)
        return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in lines)

    # OpenAI

    def _openai(self, batch: RemoteBatch) -> Json:
        status = ("cancelled" if batch.cancelled else batch.state) if batch.ended else "in_progress"
        files: Json = {"output_file_id": None, "error_file_id": None}
        if batch.ended and status != "failed":
            good, bad = f"{batch.id}-out", f"{batch.id}-errors"
            self.files[good] = self._lines(batch.id, lambda b, line: self._openai_line(line, good=True))
            self.files[bad] = self._lines(batch.id, lambda b, line: self._openai_line(line, good=False))
            files = {k: v for k, v in {"output_file_id": good, "error_file_id": bad}.items() if self.files[v]}
        errors = {"object": "list", "data": [{"code": "token_limit_exceeded", "message": "Too many tokens."}]}
        return {
            "id": batch.id,
            "object": "batch",
            "endpoint": batch.lines[0]["url"],
            "completion_window": "24h",
            "input_file_id": "file-0",
            "status": status,
            "created_at": batch.created,
            "metadata": batch.metadata,
            "errors": errors if status == "failed" else None,
            "request_counts": {"total": len(batch.lines), "completed": 1, "failed": 0},
            **files,
        }

    def _openai_line(self, line: Json, *, good: bool) -> Json | None:
        found = self.answer(line["body"])
        if found == "missing" or good is (found is None):
            return None
        made: Json = {"id": "batch_req_1", "custom_id": line["custom_id"], "response": None, "error": None}
        if found is None:
            return made | {"error": {"code": "batch_expired", "message": "It was not done within 24h."}}
        status, body = self._answered(line["url"].rpartition("/")[2], line["body"], found)
        return made | {"response": {"status_code": status, "request_id": "req_1", "body": body}}

    # Anthropic

    def _anthropic(self, batch: RemoteBatch) -> Json:
        found = [self.answer(line["params"]) for line in batch.lines]
        counts = dict.fromkeys(("succeeded", "errored", "canceled", "expired", "processing"), 0)
        for each in found:
            undone = "canceled" if batch.cancelled else "expired"
            kind = undone if each is None else "errored" if isinstance(each, int) else "succeeded"
            counts[kind if batch.ended else "processing"] += 1
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": "ended" if batch.ended else "in_progress",
            "request_counts": counts,
            "created_at": _moment(batch.created),
            "expires_at": _moment(batch.created + 86_400),
            "results_url": f"{self.url}/v1/messages/batches/{batch.id}/results" if batch.ended else None,
        }

    def _anthropic_line(self, batch: RemoteBatch, line: Json) -> Json | None:
        found = self.answer(line["params"])
        if found == "missing":
            return None
        if found is None:
            return {
                "custom_id": line["custom_id"],
                "result": {"type": "canceled" if batch.cancelled else "expired"},
            }
        status, body = self._answered("messages", line["params"], found)
        result = (
            {"type": "errored", "error": body} if status >= 400 else {"type": "succeeded", "message": body}
        )
        return {"custom_id": line["custom_id"], "result": result}


def _moment(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _chat(body: Json, text: str) -> Json:
    choices = [
        {"index": n, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        for n in range(body.get("n", 1))
    ]
    usage = {"prompt_tokens": 1000, "completion_tokens": 10 * len(choices), "total_tokens": 1010}
    return {"id": "c", "object": "chat.completion", "model": "m-1", "choices": choices, "usage": usage}


def _response(body: Json, text: str) -> Json:
    message = {"type": "message", "content": [{"type": "output_text", "text": text}]}
    usage = {"input_tokens": 1000, "output_tokens": 10}
    return {"id": "r", "status": "completed", "model": "m-1", "output": [message], "usage": usage}


def _message(body: Json, text: str) -> Json:
    return {
        "id": "msg",
        "type": "message",
        "role": "assistant",
        "model": "m-1",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1000, "output_tokens": 10},
    }


_REPLIES = {"chat": _chat, "completions": _chat, "responses": _response, "messages": _message}


def _uploaded(raw: bytes, kind: str) -> bytes:
    """The file of a multipart form."""
    form = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + raw)
    for part in form.iter_parts():
        if part.get_filename():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return content
    raise AssertionError("no file was sent")


def _handler(server: BatchServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._give()

        def do_POST(self) -> None:
            self._give()

        def _give(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, body, lost = server.handle(
                self.command, self.path, raw, self.headers.get("content-type") or ""
            )
            if lost:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
