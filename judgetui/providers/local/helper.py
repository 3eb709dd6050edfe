"""The process in which llama.cpp runs, started as a script by `process`. It imports nothing of judgetui.

llama.cpp aborts on some broken files, and its Python binding holds the interpreter's lock while a model
loads; here neither harms the app. Both sides write JSON lines. The first line in says what to load; then come
`ask`, `count` and `cancel`. When the input ends, so does this process.
"""

from __future__ import annotations

import codecs
import http.client
import json
import os
import queue
import secrets
import shutil
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final, NoReturn

LONGEST_SOCKET: Final = 100
"""Bytes of a socket's path; systems take 104 or 108."""

MEASURE_SECONDS: Final = 2.0
"""After so long no further number of threads is tried."""

_PROMPT_CACHE_MIB: Final = 512
_SAMPLES: Final = (
    "The judge reads the task, and then the answer.",
    "What is said is weighed against what was asked.",
    "A long answer is not a good one for its length.",
    "One that is right in everything gets the most points.",
)
_FEWER_WINS: Final = 0.9
"""The fewest threads with this share of the best speed are taken."""


class Leaving:
    """Ends this process at once, whatever llama.cpp is doing, with its folder swept away."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._once = threading.Lock()  # never let go: who comes second waits for the end

    def __call__(self) -> NoReturn:
        self._once.acquire()
        shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(0)


class Output:
    """Lines to the parent, one at a time."""

    def __init__(self, descriptor: int, leave: Leaving) -> None:
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", newline="\n")
        self._lock = threading.Lock()
        self._leave = leave

    def send(self, **message: Any) -> None:
        """Write one message; a parent that is gone ends this process."""
        with self._lock:
            try:
                self._file.write(json.dumps(message) + "\n")
                self._file.flush()
            except OSError:
                self._leave()


class Model:
    """A loaded model.

    llama.cpp's server cannot be had without a listener. It listens on a socket in a folder that is closed to
    other users, and wants a random key; only where there are no such sockets it listens on a free port of
    127.0.0.1.

    Args:
        options: path, context, folder (for the socket).
        threads: CPU threads.
    """

    _count = 0

    def __init__(self, options: dict[str, Any], threads: int) -> None:
        import xllamacpp

        Model._count += 1
        self._key = secrets.token_hex(24)
        self._socket = f"{options['folder']}/{Model._count}.sock"
        params = xllamacpp.CommonParams()
        params.model.path = options["path"]
        params.n_ctx = options["context"]
        params.n_parallel = 1
        params.verbosity = -1
        params.warmup = False
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        gpu = any("CPU" not in str(device["type"]) for device in xllamacpp.get_device_info())
        params.fit_params = gpu
        if not gpu:  # between batches a call can be ended; bigger ones are no faster on a CPU
            params.n_batch = params.n_ubatch = 128
        params.cache_ram_mib = _PROMPT_CACHE_MIB
        params.use_jinja = True
        params.force_pure_content_parser = True  # the text as it came, thinking included
        if options.get("template"):
            params.chat_template = options["template"]
        params.ui = params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
        params.api_keys = [self._key]
        private = hasattr(socket, "AF_UNIX") and len(os.fsencode(self._socket)) <= LONGEST_SOCKET
        params.hostnames = [self._socket] if private else ["127.0.0.1"]
        self._server: Any = xllamacpp.Server(params)
        self._address = str(self._server.listening_address)

    def chat(self, body: dict[str, Any], take: Any) -> None:
        """Answer a chat request; `take` gets every chunk and returns whether to stop."""
        self._server.handle_chat_completions(body, take)

    def speed(self, until: float) -> float:
        """Prompt tokens a second: the best of a few short texts, as many as there is time for, at least one.

        Args:
            until: by the monotonic clock, when no further text is begun.
        """
        best = 0.0
        self._server.handle_completions({"prompt": "Ready?", "n_predict": 1, "cache_prompt": False})
        for text in _SAMPLES:
            reply = self._server.handle_completions({"prompt": text, "n_predict": 1, "cache_prompt": False})
            best = max(best, float(reply["timings"]["prompt_per_second"]))
            if time.monotonic() > until:
                break
        return best

    def count(self, messages: list[dict[str, str]]) -> int:
        """Tokens of the prompt that these messages become."""
        prompt = self._post("/apply-template", {"messages": messages})["prompt"]
        wanted = {"content": prompt, "add_special": True, "parse_special": True}
        return len(self._post("/tokenize", wanted)["tokens"])

    def free(self) -> None:
        """Give the memory back."""
        self._server = None

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        connection: http.client.HTTPConnection
        if self._address.startswith("unix:"):
            connection = _SocketConnection(self._socket)
        else:
            connection = http.client.HTTPConnection(self._address.removeprefix("http://"), timeout=5)
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        try:
            connection.request("POST", path, json.dumps(body), headers)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(5)
        self.sock.connect(self._path)


class Pieces:
    """What of a reply's chunks is passed on: text, tokens that spell it out, the end, the figures."""

    def __init__(self) -> None:
        # A character may take several tokens; decoding them in a row lets their texts add up to the reply.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self, chunk: dict[str, Any]) -> dict[str, Any]:
        """The parts of one chunk that matter; empty when none do."""
        found: dict[str, Any] = {}
        if "error" in chunk:
            return {"error": chunk["error"]}
        for choice in chunk.get("choices") or []:
            if text := (choice.get("delta") or {}).get("content"):
                found["text"] = text
            if tokens := (choice.get("logprobs") or {}).get("content"):
                found["tokens"] = [self._token(token) for token in tokens]
            if choice.get("finish_reason"):
                found["finish"] = choice["finish_reason"]
        if chunk.get("usage"):
            found["usage"] = chunk["usage"]
        return found

    def _token(self, token: dict[str, Any]) -> list[Any]:
        raw = token.get("bytes")
        text = self._decoder.decode(bytes(raw)) if raw else token.get("token", "")
        top = [[other["token"], other["logprob"]] for other in token.get("top_logprobs") or []]
        return [text, token["logprob"], top]


def candidates(cores: int) -> list[int]:
    """Numbers of threads worth trying, the likeliest first."""
    return list(dict.fromkeys([max(1, cores // 2), cores, 1]))


def choose(speeds: dict[int, float]) -> int:
    """The fewest threads that are nearly as fast as the fastest."""
    best = max(speeds.values())
    return min(threads for threads, speed in speeds.items() if speed >= best * _FEWER_WINS)


def load(options: dict[str, Any]) -> tuple[Model, int, dict[int, float]]:
    """Load the model, and when no number of threads is given, find a good one first.

    Returns:
        The model, its threads, and the speeds measured, in prompt tokens a second.
    """
    if options["threads"]:
        return Model(options, options["threads"]), options["threads"], {}
    tries = candidates(cores())
    last = tries[0]
    model = Model(options, last)
    if len(tries) == 1:
        return model, last, {}
    until = time.monotonic() + MEASURE_SECONDS
    speeds = {last: model.speed(until)}
    for threads in tries[1:]:
        if time.monotonic() > until:
            break
        model.free()
        model, last = Model(options, threads), threads
        speeds[threads] = model.speed(until)
    best = choose(speeds)
    if best != last:
        model.free()
        model = Model(options, best)
    return model, best, speeds


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Service:
    """Answers the parent: asks one after the other, counts and cancels at once."""

    def __init__(self, output: Output, leave: Leaving) -> None:
        self._output = output
        self._leave = leave
        self._asks: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._model: Model | None = None

    def listen(self) -> None:
        """Read the parent's lines until they end, then end this process."""
        for line in sys.stdin.buffer:
            message = json.loads(line)
            match message["op"]:
                case "ask":
                    self._asks.put(message)
                case "cancel":
                    self._cancelled.add(message["id"])
                case "count":
                    self._count(message)
        self._leave()

    def serve(self, model: Model) -> None:
        """Answer asks for ever."""
        self._model = model
        while True:
            self._answer(model, self._asks.get())

    def _answer(self, model: Model, message: dict[str, Any]) -> None:
        number = message["id"]
        pieces = Pieces()

        def take(chunk: dict[str, Any]) -> bool:
            try:
                if found := pieces.read(chunk):
                    self._output.send(id=number, **found)
            except Exception as error:
                self._output.send(id=number, error={"message": f"{type(error).__name__}: {error}"})
                return True
            return number in self._cancelled

        if number not in self._cancelled:
            self._output.send(id=number, started=True)
            try:
                model.chat(message["body"], take)
            except Exception as error:  # the binding raises what llama.cpp says of templates and JSON
                self._output.send(id=number, error={"message": str(error)})
        self._cancelled.discard(number)
        self._output.send(id=number, end=True)

    def _count(self, message: dict[str, Any]) -> None:
        tokens: int | None = None
        if self._model is not None:
            try:
                tokens = self._model.count(message["messages"])
            except Exception:
                tokens = None
        self._output.send(id=message["id"], tokens=tokens, end=True)


def main() -> None:
    """Load what the first line says, and serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)  # whatever llama.cpp prints there is none of the parent's lines
    first = sys.stdin.buffer.readline()
    if not first:
        return
    options = json.loads(first)
    leave = Leaving(options["folder"])
    output = Output(channel, leave)
    service = Service(output, leave)
    threading.Thread(target=service.listen, daemon=True).start()
    try:
        model, threads, speeds = load(options)
    except ImportError as error:
        output.send(event="failed", reason=f"xllamacpp cannot be loaded: {error}", missing=True)
        return
    except Exception as error:
        output.send(event="failed", reason=str(error) or type(error).__name__)
        return
    size = Path(options["path"]).stat().st_size
    output.send(
        event="loaded", threads=threads, speeds={str(n): round(s, 1) for n, s in speeds.items()}, size=size
    )
    service.serve(model)


if __name__ == "__main__":
    main()
