"""Chromium without a window, driven over a pipe by its DevTools protocol."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import pytest

NEEDED: Final = "JUDGETUI_NEEDS_BROWSER"
"""Set where a browser has to be there, so that its absence is no reason to pass over a test."""

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SECONDS: Final = 60.0

_FLAGS: Final = (
    "--headless",
    "--no-sandbox",  # a container's root has no other way
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


def found_browser() -> str:
    """The browser's program; without one the test is skipped, or fails where one is needed."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    if os.environ.get(NEEDED):
        pytest.fail(f"no {' or '.join(_NAMES)} is on the path, and {NEEDED} is set")
    pytest.skip(f"no {' or '.join(_NAMES)} is on the path")


class Tab:
    """One page of a browser.

    Attributes:
        events: what the browser told of the page, oldest first.
    """

    def __init__(self, process: subprocess.Popen[bytes], out: int, into: int) -> None:
        self.events: list[dict[str, Any]] = []
        self._process = process
        self._out = out
        self._into = into
        self._rest = b""
        self._number = 0
        self._session: str | None = None

    def attach(self) -> Self:
        """Make a page and listen to it."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(f"{domain}.enable")
        return self

    def call(self, method: str, /, **parameters: object) -> dict[str, Any]:
        """Send a command and wait for its result."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._into, json.dumps(message).encode() + b"\0")
        while True:
            found = self._message()
            if found.get("id") == self._number:
                assert "error" not in found, found["error"]
                result: dict[str, Any] = found["result"]
                return result
            self.events.append(found)

    def open(self, path: Path, width: int = 1200, height: int = 900, *, scheme: str = "light") -> None:
        """Show a file in a window of that size, in the light or dark scheme, and wait until it is there."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._message())

    def value(self, script: str) -> Any:
        """What an expression of the page's comes to."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def told(self, method: str) -> list[dict[str, Any]]:
        """The parameters of the events of a kind."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def picture(self, top: float = 0, height: float | None = None) -> bytes:
        """The page, or a strip of it, as a PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {
            "x": 0,
            "y": top,
            "width": size["width"],
            "height": min(height or size["height"], size["height"] - top),
            "scale": 1,
        }
        found = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(found["data"])

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def _message(self) -> dict[str, Any]:
        """The next message, in time."""
        until = time.monotonic() + _SECONDS
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._out], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"the browser has said nothing for {_SECONDS:g} s"
            portion = os.read(self._out, 1 << 20)
            assert portion, f"the browser has ended with {self._process.wait()}"
            self._rest += portion
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message


@contextmanager
def browser() -> Iterator[Tab]:
    """A page of a browser of its own, which has ended when this has."""
    program = found_browser()
    read_here, write_there = os.pipe()
    read_there, write_here = os.pipe()

    def connect() -> None:
        """In the browser's process: what it reads becomes 3, what it writes 4, as the protocol wants it."""
        reads, writes = os.dup(read_there), os.dup(write_there)
        os.dup2(reads, 3)
        os.dup2(writes, 4)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        process = subprocess.Popen(
            [program, *_FLAGS, f"--user-data-dir={home}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=connect,
        )
        os.close(read_there)
        os.close(write_there)
        try:
            yield Tab(process, read_here, write_here).attach()
        finally:
            os.close(write_here)
            os.close(read_here)
            process.kill()
            process.wait(30)
