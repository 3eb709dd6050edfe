"""The entry point: `--version` at once, everything else through click, and one exit code whatever happens."""

from __future__ import annotations

import gc
import sys
from typing import Final

COLLECTED: Final = (20_000, 20, 50)
"""When Python looks for cycles of objects; its own 700 make it look all the time, for nothing: a tenth of a run."""


def main(arguments: list[str] | None = None) -> int:
    """Run judgetui and return its exit code.

    Args:
        arguments: without the program's name; None for this process's.
    """
    gc.set_threshold(*COLLECTED)
    from judgetui.cli.guard import guarded

    given = sys.argv[1:] if arguments is None else list(arguments)
    return guarded(lambda: _version() if given in (["--version"], ["-V"]) else _command(given))


def _version() -> int:
    from judgetui.cli.output import put
    from judgetui.cli.version import version_text

    put(version_text())
    return 0


def _command(given: list[str]) -> int:
    if _is_session(given):
        # As click would come to, without the time it takes to load: the first screen is waited for.
        from pathlib import Path

        from judgetui.cli.launch import open_app

        return open_app(Path(given[0]))
    from judgetui.cli.group import run

    return run(given)


def _is_session(given: list[str]) -> bool:
    return len(given) == 1 and given[0].endswith(".db") and not given[0].startswith("-")
