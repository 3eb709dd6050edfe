"""Turns SQLite's errors into ones that say what happened, where, and what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from judgetui.errors import NotASessionError, SessionBusyError, StorageError

_PRIMARY: Final = 0xFF
"""Masks SQLite's extended result codes down to the primary one."""


def result_code(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code; None when the error came from the Python module."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY


def translated(error: sqlite3.Error, path: Path, lost: str = "") -> StorageError | None:
    """What to raise in place of a SQLite error.

    Args:
        error: as sqlite3 raised it.
        path: the session file it happened to.
        lost: a sentence on what was not saved; empty when nothing was being written.

    Returns:
        The error for people; None when it is a mistake in the program, which should surface as it is.
    """
    match result_code(error):
        case sqlite3.SQLITE_FULL:
            return StorageError(_said("the disk is full", path, lost), "Make room, then try again.")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return SessionBusyError(
                _said("another process is writing to the session", path, lost),
                "Wait until it has finished, or close it, then try again.",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StorageError(
                _said("the session cannot be written to", path, lost), "Check its permissions, or copy it."
            )
        case sqlite3.SQLITE_CORRUPT:
            return _damaged(path, lost=lost)
        case sqlite3.SQLITE_NOTADB:
            return NotASessionError(f"{path} is not a judgetui session.", "Give a file that judgetui made.")
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PROTOCOL:
            return StorageError(
                _said(f"the disk does not answer as it should ({error})", path, lost),
                "Check the disk or the network share, then try again.",
            )
        case sqlite3.SQLITE_TOOBIG | sqlite3.SQLITE_NOMEM:
            return StorageError(_said(f"something is too big to store ({error})", path, lost))
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return StorageError(
            _said("this belongs to something that is no longer in the session", path, lost),
            "Something else may have deleted it meanwhile.",
        )
    return None


def opening_failed(error: sqlite3.Error, path: Path) -> StorageError:
    """What to raise when SQLite cannot read a file that bears a session's mark: the file is to blame."""
    return translated(error, path) or _damaged(path, f" ({error})")


def _damaged(path: Path, why: str = "", lost: str = "") -> StorageError:
    return StorageError(
        _said(f"the session file is damaged{why}", path, lost),
        "Put a backup in its place; `sqlite3 FILE .recover` may save parts of it.",
    )


def _said(what: str, path: Path, lost: str) -> str:
    return f"{path}: {what}{f'; {lost}' if lost else ''}."
