"""Which schema a session has. The steps to it stand in `migrations`, which takes long to import."""

from __future__ import annotations

from sqlite3 import Connection
from typing import Final

SCHEMA: Final = 9
"""The schema this program writes, which is also the file's user_version: one for each step of `migrations`."""


def user_version(db: Connection) -> int:
    """The schema number of an open database."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])
