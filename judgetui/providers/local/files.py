"""What can be said of a model file without loading it, and what was measured of it before."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from judgetui.config.files import write_whole
from judgetui.config.paths import Paths
from judgetui.errors import JudgetuiError, NoJudgeError
from judgetui.providers.models import MODELS, model_path

_MAGIC: Final = b"GGUF"
_SAMPLED: Final = 1 << 16
_MEMORY: Final = "local-threads.json"
_BUSY_SHARE: Final = 0.75


def check_model(name: str, paths: Paths) -> Path:
    """The file of a local judge, if it looks like one that llama.cpp can load.

    Args:
        name: what stands behind `local:`, a catalogue name, a file name in the models folder, or a path.

    Raises:
        NoJudgeError: no such file, not a GGUF file, or a fetched model that was cut short; with what to do.
    """
    path = model_path(name, paths)
    known = MODELS.get(name)
    again = f"Run: judgetui model pull {name}" if known else "Fetch the file again."
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except FileNotFoundError:
        hint = (
            again
            if known
            else f"Give the path of a GGUF file, or put one into {paths.models}. {_others(paths)}"
        )
        raise NoJudgeError(f"There is no model file {path}.", hint.strip()) from None
    except OSError as error:
        raise NoJudgeError(f"The model file {path} cannot be read: {error.strerror or error}.") from None
    if magic != _MAGIC:
        raise NoJudgeError(f"{path} is not a GGUF file.", again if known else "Local judges are GGUF files.")
    if known and size != known.size:
        raise NoJudgeError(f"{path} has {size:,} bytes instead of {known.size:,}.", again)
    return path


def _others(paths: Paths) -> str:
    found = sorted(file.stem for file in paths.models.glob("*.gguf")) if paths.models.is_dir() else []
    return f"There: {', '.join(found[:5])}." if found else "To try one: judgetui model pull smollm2"


def fingerprint(path: Path) -> str:
    """A hash that tells model files apart, from a file's size, beginning and end; empty for a missing file.

    Large files are not read whole: it takes part in the identity of every call.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest = hashlib.sha256(str(size).encode() + file.read(_SAMPLED))
            file.seek(max(0, size - _SAMPLED))
            digest.update(file.read(_SAMPLED))
    except OSError:
        return ""
    return digest.hexdigest()


class ThreadMemory:
    """The number of threads that was fastest, for each machine, llama.cpp and model.

    Args:
        cache: the cache folder; losing the file costs one new measurement.
    """

    def __init__(self, cache: Path) -> None:
        self._file = cache / _MEMORY

    def recall(self, model: str) -> int | None:
        """Threads for the model with this fingerprint; None when they were not measured."""
        entry = self._read().get(_here(model))
        threads = entry.get("threads") if isinstance(entry, dict) else None
        return threads if isinstance(threads, int) and 0 < threads <= 1024 else None

    def keep(self, model: str, threads: int, speeds: dict[str, float]) -> None:
        """Remember a measurement; a cache that cannot be written is no trouble.

        Args:
            speeds: prompt tokens a second, by threads.
        """
        known = self._read()
        known[_here(model)] = {"threads": threads, "speeds": speeds}
        with suppress(OSError, JudgetuiError):
            write_whole(self._file, json.dumps(known, indent=1).encode())

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def is_busy() -> bool:
    """Whether other programs keep most of the processors busy, by the last minute's load."""
    try:
        return os.getloadavg()[0] > (os.cpu_count() or 1) * _BUSY_SHARE
    except OSError:
        return False


def _here(model: str) -> str:
    """The key of a model on this machine: a shared home folder may serve several."""
    try:
        engine = version("xllamacpp")
    except PackageNotFoundError:
        engine = ""
    return "/".join([platform.node(), platform.machine(), str(os.cpu_count()), engine, model[:16]])
