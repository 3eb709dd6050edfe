"""The parent's side of the helper process: starting it, asking it, and noticing when it is gone."""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

_SCRIPT: Final = Path(__file__).with_name("helper.py")
_SHORT_FOLDER: Final = Path("/tmp")
_LONGEST_FOLDER: Final = 80
"""Characters of the folder for the helper's socket; a system's own temporary folder may be longer."""


class HelperGone(Exception):
    """The helper process ended; the text says why as far as that is known."""


class LoadFailed(Exception):
    """The model could not be loaded; `missing` when llama.cpp itself could not."""

    def __init__(self, reason: str, missing: bool = False) -> None:
        super().__init__(reason)
        self.missing = missing


class Call:
    """Messages of the helper on one request, in order."""

    def __init__(self, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self.number = number
        self._loop = loop
        self._messages: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()

    def put(self, message: Mapping[str, Any]) -> None:
        """Hand a message over, from any thread; a loop that is closed no longer wants it."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._messages.put_nowait, message)

    async def __aiter__(self) -> AsyncIterator[Mapping[str, Any]]:
        """The messages up to the last one.

        Raises:
            HelperGone: when the process ended instead.
        """
        while True:
            message = await self._messages.get()
            if "gone" in message:
                raise HelperGone(message["gone"])
            yield message
            if message.get("end"):
                return


class Helper:
    """A running helper process with one model. Make it in any thread; it belongs to no event loop.

    Args:
        options: what to load: path, context, threads (None to measure), and perhaps template.

    Raises:
        OSError: when no process can be started.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.loaded: concurrent.futures.Future[Mapping[str, Any]] = concurrent.futures.Future()
        self.loaded.set_running_or_notify_cancel()  # nobody who stops waiting cancels it for the others
        self._calls: dict[int, Call] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._gone = ""
        self._folder = _private_folder()
        self._said = self._folder / "said.txt"
        try:
            self._process = _spawn(self._said)
        except OSError:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._end = weakref.finalize(self, _end, self._process, self._folder)
        self._send({**options, "folder": str(self._folder)})
        # The thread must not keep the helper alive: forgetting it is how it ends.
        reader = threading.Thread(
            target=_read, args=(weakref.ref(self), self._stdout()), name="judgetui-llama", daemon=True
        )
        reader.start()

    @property
    def alive(self) -> bool:
        """Whether it can be asked, now or once it has loaded."""
        return not self._gone

    def ask(self, body: Mapping[str, Any]) -> Call:
        """Queue a chat request. The running event loop gets the messages."""
        return self._start({"op": "ask", "body": body})

    def count(self, messages: list[dict[str, str]]) -> Call:
        """Count the tokens of messages, at once, also while a request is being answered."""
        return self._start({"op": "count", "messages": messages})

    def cancel(self, call: Call) -> None:
        """Stop a request; its further messages go nowhere."""
        with self._lock:
            known = self._calls.pop(call.number, None)
        if known is not None:
            self._send({"op": "cancel", "id": call.number})

    def end(self) -> None:
        """End the process; requests under way get `HelperGone`."""
        self._lose("it was closed")
        self._end()

    def receive(self, message: Mapping[str, Any]) -> None:
        """Take in a line of the helper, on the reader's thread."""
        match message.get("event"):
            case "loaded":
                self.loaded.set_result(message)
            case "failed":
                self._lose(message["reason"], LoadFailed(message["reason"], bool(message.get("missing"))))
            case _:
                with self._lock:
                    call = self._calls.get(message["id"])
                    if call is not None and message.get("end"):
                        del self._calls[message["id"]]
                if call is not None:
                    call.put(message)

    def ended(self) -> None:
        """Find out why the process is gone, on the reader's thread, and tell everybody who waits."""
        code = self._process.wait()
        self._lose(_why(code, self._said))
        self._end()

    def _start(self, message: dict[str, Any]) -> Call:
        call = Call(next(self._numbers), asyncio.get_running_loop())
        with self._lock:
            if self._gone:
                raise HelperGone(self._gone)
            self._calls[call.number] = call
        self._send({**message, "id": call.number})
        return call

    def _send(self, message: Mapping[str, Any]) -> None:
        line = json.dumps(message).encode() + b"\n"
        stdin = self._process.stdin
        with self._writing, suppress(OSError, ValueError):  # a process that is gone is the reader's to tell
            if stdin is not None:
                stdin.write(line)
                stdin.flush()

    def _stdout(self) -> IO[bytes]:
        stdout = self._process.stdout
        assert stdout is not None, "it was opened as a pipe"
        return stdout

    def _lose(self, why: str, error: Exception | None = None) -> None:
        with self._lock:
            self._gone = self._gone or why
            calls, self._calls = list(self._calls.values()), {}
        if not self.loaded.done():
            self.loaded.set_exception(error or LoadFailed(why))
            self.loaded.exception()  # seen: nobody may be waiting
        for call in calls:
            call.put({"gone": why})


def _spawn(said: Path) -> subprocess.Popen[bytes]:
    with said.open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-P", str(_SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl+C is for the parent, which then ends the calls itself
            env={**os.environ, "GGML_NO_BACKTRACE": "1"},
        )


def _read(owner: weakref.ref[Helper], lines: IO[bytes]) -> None:
    with suppress(ValueError, OSError):  # closed under the reader's hands, or half a line at a crash
        for line in lines:
            helper = owner()
            if helper is None:
                break
            helper.receive(json.loads(line))
            del helper
    lines.close()
    helper = owner()
    if helper is not None:
        helper.ended()


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Nothing in the helper needs saving, so it is simply ended."""
    process.kill()
    process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    shutil.rmtree(folder, ignore_errors=True)


def _private_folder() -> Path:
    """A new folder, open to its owner alone, with a path short enough for a socket in it."""
    folder = Path(tempfile.gettempdir())
    if len(str(folder)) > _LONGEST_FOLDER and os.access(_SHORT_FOLDER, os.W_OK):
        folder = _SHORT_FOLDER
    return Path(tempfile.mkdtemp(prefix="judgetui-", dir=folder))


def _why(code: int, said: Path) -> str:
    """Why the helper ended: what llama.cpp said last, or what its exit code means."""
    with suppress(OSError):
        lines = [line.strip() for line in said.read_text(encoding="utf-8", errors="replace").splitlines()]
        told = [line for line in lines if "GGML_ASSERT" in line or "rror" in line]
        if told:
            return told[-1].rpartition("/")[2][:300]
    if code == -9:
        return "the system ended it, most likely for lack of memory"
    return f"it ended with {code}"
