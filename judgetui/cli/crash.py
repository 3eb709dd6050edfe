"""Writes the log of a failure that nobody foresaw."""

from __future__ import annotations

import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from judgetui.cli.masking import mask
from judgetui.cli.version import version_text


def write_log(error: BaseException) -> Path:
    """Write versions, the command and the traceback, keys masked, to a new file in the logs folder.

    Raises:
        OSError: if the file cannot be written.
        InputError: if its folder cannot be found or made.
    """
    from judgetui.config.files import write_whole
    from judgetui.config.paths import find_paths

    moment = datetime.now(UTC)
    parts = [version_text(), f"at {moment.isoformat()}", f"arguments: {sys.argv[1:]!r}"]
    parts.append("".join(traceback.format_exception(error)))
    path = find_paths().logs / f"crash-{moment:%Y%m%d-%H%M%S-%f}.log"
    write_whole(path, mask("\n".join(parts)).encode("utf-8", "backslashreplace"))
    return path
