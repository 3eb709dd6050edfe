"""Small files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from judgetui.config.paths import make_private


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that readers see the old or the new content, whatever happens in between.

    A link is followed, the mode of an existing file is kept; a new one is the owner's alone.

    Raises:
        OSError: when it cannot be written.
        InputError: when its folder cannot be made.
    """
    path = path.resolve()
    make_private(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            new.chmod(path.stat().st_mode & 0o777)
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
