"""What a bug report needs: versions, folders, terminal, settings. No keys."""

from __future__ import annotations

import os
import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import judgetui
from judgetui.services.context import Context

PACKAGES: Final = (
    "textual",
    "openai",
    "anthropic",
    "tiktoken",
    "sqlite-utils",
    "rapidfuzz",
    "xllamacpp",
)

SHOWN_VARIABLES: Final = (
    "TERM",
    "COLORTERM",
    "TERM_PROGRAM",
    "NO_COLOR",
    "LANG",
    "EDITOR",
    "TMUX",
    "JUDGETUI_HOME",
)


def versions() -> dict[str, str]:
    """Version of judgetui and of every package that matters, `not installed` where one is missing."""
    found = {
        "judgetui": judgetui.__version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def diagnosis(context: Context) -> str:
    """All of it as text."""
    paths = context.paths
    lines = [f"{name} {number}" for name, number in versions().items()]
    lines += ["", f"system {platform.platform()}", f"folders by {paths.home}"]
    lines += [
        f"{name} {folder}"
        for name, folder in (
            ("settings", paths.config_file),
            ("sessions", paths.sessions),
            ("rubrics", paths.rubrics),
            ("models", paths.models),
            ("cache", paths.cache),
        )
    ]
    lines.append("")
    lines += [f"{name}={os.environ.get(name, '')}" for name in SHOWN_VARIABLES]
    lines.append("")
    lines += [
        f"{listing.judge}: {'ready' if listing.ready else 'not ready'}; {listing.detail}"
        for listing in context.judges()
    ]
    return "\n".join(lines)
