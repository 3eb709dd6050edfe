"""What `--version` says: judgetui's version and those of what it stands on, without importing any of it.

`importlib.metadata` takes longer to import than all the rest of this command; the installed versions stand in
the names of the `.dist-info` folders, which one listing of each folder on the path gives.
"""

from __future__ import annotations

import os
import sys

from judgetui import checkout_version

SHOWN = ("textual", "openai", "anthropic", "xllamacpp")
"""Packages beside judgetui whose versions matter in a bug report."""

_SUFFIX = ".dist-info"


def installed_versions() -> dict[str, str]:
    """Versions by package name (lower case, with underscores) of everything that is installed.

    As for an import, the first folder on the path wins.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208  # pathlib alone takes 10 ms to import
        except OSError:
            continue
        for entry in names:
            if entry.endswith(_SUFFIX):
                name, _, version = entry[: -len(_SUFFIX)].rpartition("-")
                found.setdefault(name.lower().replace("-", "_").replace(".", "_"), version)
    return found


def version_text() -> str:
    """Lines of `name version`, judgetui first."""
    import _sqlite3  # a third of the time that sqlite3 takes, and its version is the same

    installed = installed_versions()
    python = ".".join(map(str, sys.version_info[:3]))
    lines = [
        f"judgetui {installed.get('judgetui') or checkout_version()}",
        f"python {python}",
        f"sqlite {_sqlite3.sqlite_version}",
    ]
    lines += [f"{name} {installed.get(name, 'not installed')}" for name in SHOWN]
    return "\n".join(lines)
