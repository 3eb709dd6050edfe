"""Fetches one Python package's wheel with whatever installer the user has, under the user's own settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_POLL_SECONDS: Final = 0.2
_STEP: Final = 10_000_000
"""Bytes between two lines of progress."""

_SETTINGS: Final = "Check the network, and pip's index and proxy settings."


class FetchError(Exception):
    """The package did not come; `hint` says what to do."""

    def __init__(self, message: str, hint: str = _SETTINGS) -> None:
        super().__init__(message)
        self.hint = hint


def fetch_package(
    package: str, version: str, work: Path, report: Callable[[str], None], *, expected: int = 0
) -> Path:
    """Fetch a package without its dependencies and without installing it.

    pip of the running interpreter is used if it has one, else uv, else a pip that the standard library
    brings.

    Args:
        work: an empty folder for everything temporary.
        report: called with a line on progress.
        expected: rough size in bytes, for progress; 0 is unknown.

    Returns:
        A folder with the wheel, or with the wheel's content.

    Raises:
        FetchError: with the installer's own last words.
    """
    out, scratch = work / "out", work / "scratch"
    out.mkdir()
    scratch.mkdir()
    wanted = f"{package}=={version}"
    pip = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "-q", "-d", str(out)]
    uv = shutil.which("uv")
    if find_spec("pip") is not None:
        command = [sys.executable, *pip, wanted]
    elif uv is not None:
        # uv has no download command; unpacking into a folder comes to the same.
        install = ["pip", "install", "--no-deps", "--only-binary=:all:", "-q", "--python", sys.executable]
        command = [uv, *install, "--target", str(out), wanted]
    else:
        command = [str(_python_with_pip(work, report)), *pip, wanted]
    _run(command, scratch, report, expected)
    return out


def _python_with_pip(work: Path, report: Callable[[str], None]) -> Path:
    """An interpreter with a pip, in an environment of its own, for when the running one has none."""
    report("This Python has no pip; a temporary one is made.")
    home = work / "environment"
    try:
        _run([sys.executable, "-m", "venv", str(home)], work / "scratch", lambda line: None, 0)
    except FetchError:
        raise FetchError("there is neither pip nor uv", "Install pip or uv.") from None
    return home / "bin" / "python"


def _run(command: Sequence[str], scratch: Path, report: Callable[[str], None], expected: int) -> None:
    """Run an installer quietly, with its temporary files in `scratch`, and tell how far they have grown."""
    environment = {
        **os.environ,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_USER": "0",
        "TMPDIR": str(scratch),
    }
    said = scratch.parent / "said.txt"
    with said.open("wb") as sink:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=environment, cwd=scratch
            )
        except OSError as error:
            raise FetchError(f"{Path(command[0]).name} cannot be started: {error.strerror}") from None
        try:
            told = 0
            while process.poll() is None:
                time.sleep(_POLL_SECONDS)
                size = _size(scratch)
                # Past the end it is copies and caches that grow.
                if size - told >= _STEP and size <= expected:
                    told = size
                    report(f"{size // 1_000_000} of about {expected // 1_000_000} MB")
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    if process.returncode:
        raise FetchError(_last_words(said) or f"the installer ended with {process.returncode}")


def _size(folder: Path) -> int:
    """Bytes of the files in a folder that an installer fills, empties and moves about meanwhile."""
    total = 0
    for place, _, names in os.walk(folder):  # unlike rglob, passes over a folder that is gone again
        for name in names:
            with suppress(OSError):
                total += (Path(place) / name).lstat().st_size
    return total


def _last_words(said: Path) -> str:
    """What the installer gave as the reason, in one line."""
    lines = [
        line.strip()
        for line in said.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.strip()
    ]
    errors = [
        line.removeprefix("ERROR:").strip() for line in lines if line.startswith(("ERROR:", "error:", "× "))
    ]
    return " ".join((errors or lines)[-2:])[:400]
