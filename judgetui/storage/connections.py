"""Opens connections to session files, and looks at a file without touching it."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from judgetui.errors import NewerSessionError, NotASessionError, StorageError
from judgetui.storage.columns import from_column
from judgetui.storage.failures import result_code, translated
from judgetui.storage.schema import SCHEMA

APPLICATION_ID: Final = 0x4A554447
"""`JUDG` in the file's header: the number that tells a session from any other SQLite file."""

BUSY_TIMEOUT: Final = 5.0
"""Seconds to wait for another process's write before giving up."""

OLDEST_SQLITE: Final = (3, 37)
"""The first SQLite with STRICT tables."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a file's header says of it."""

    application_id: int
    schema: int
    whole: bool


def connect(path: Path, *, mode: str = "rw", timeout: float = BUSY_TIMEOUT) -> Connection:
    """A connection that the calling thread may use; transactions are begun and ended by hand.

    Args:
        path: the file, which must exist.
        mode: `rw`, `ro`, or `immutable` to read without locks a file that nobody has open.
        timeout: seconds to wait for a lock.

    Raises:
        sqlite3.Error: if SQLite cannot open it.
    """
    query = "mode=ro&immutable=1" if mode == "immutable" else f"mode={mode}"
    # A URI, so that no name can create a file or be taken for a parameter.
    uri = f"{path.absolute().as_uri()}?{query}"
    db = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=timeout, cached_statements=256)
    try:
        # A session may come by mail: its schema must not be able to call functions with side effects.
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        db.close()
        raise
    return db


def read_header(path: Path) -> Header:
    """What the header says, read in a way that neither writes, locks, nor leaves a file beside it.

    SQLite reads it rather than `open()`: closing a plain file handle would drop the locks that this process
    holds on the same file through another connection.

    Raises:
        NotASessionError: if the file is no SQLite database.
        StorageError: if it cannot be read.
    """
    try:
        with closing(connect(path, mode="immutable")) as db:
            # With this on, SQLite shows the header of a file that was cut short, too.
            db.execute("PRAGMA writable_schema = ON")
            (application_id,) = db.execute("PRAGMA application_id").fetchone()
            (schema,) = db.execute("PRAGMA user_version").fetchone()
            db.execute("PRAGMA writable_schema = OFF")
            return Header(application_id, schema, _is_whole(db))
    except sqlite3.Error as error:
        raise translated(error, path) or error from error


def _is_whole(db: Connection) -> bool:
    try:
        db.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        if result_code(error) == sqlite3.SQLITE_CORRUPT:
            return False
        raise
    return True


def check_session(path: Path) -> Header:
    """Make sure that a file is a session this program can read; the file is not touched.

    Raises:
        StorageError: if it is missing, no file, unreadable or cut short.
        NotASessionError: if something else is in it.
        NewerSessionError: if a newer judgetui wrote it.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StorageError(
            f"this Python brings SQLite {sqlite3.sqlite_version}, which is too old for sessions.",
            "Use a Python with SQLite 3.37 or newer.",
        )
    _check_file(path)
    header = read_header(path)
    if header.application_id != APPLICATION_ID:
        raise NotASessionError(
            f"{path} is not a judgetui session; something else wrote it.", "Give a file that judgetui made."
        )
    if header.schema > SCHEMA:
        raise NewerSessionError(
            f"{path} was written by a newer judgetui (schema {header.schema}; this one knows {SCHEMA}).",
            "Upgrade judgetui to open it.",
        )
    if not header.whole and not _has_log(path):
        raise StorageError(
            f"{path}: the session file is cut short.",
            "Put a backup in its place; `sqlite3 FILE .recover` may save parts of it.",
        )
    return header


def check_writable(path: Path) -> None:
    """Make sure that a session and the folder it lies in can be written to.

    Raises:
        StorageError: naming which of the two cannot.
    """
    for place, what in ((path, "the session is read-only"), (path.parent, "the folder is read-only")):
        if not os.access(place, os.W_OK):
            raise StorageError(
                f"{place}: {what}; a session is written to while it is open.",
                "Copy it to a folder of your own and open the copy.",
            )


def session_name(db: Connection, path: Path) -> str:
    """What people call an open session; the stem of its file should the name be missing."""
    row = db.execute("SELECT name FROM session").fetchone()
    return from_column(row[0]) if row else path.stem


def side_files(path: Path) -> tuple[Path, ...]:
    """The files SQLite may keep beside a session: the write-ahead log and its index."""
    return tuple(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))


def _has_log(path: Path) -> bool:
    """Whether there is a write-ahead log, which may complete a file that looks cut short."""
    log, _ = side_files(path)
    return log.exists() and log.stat().st_size > 0


def _check_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise StorageError(f"{path} does not exist.", "Check the name, or make a new session.") from None
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from error
    if stat.S_ISDIR(mode):
        raise StorageError(f"{path} is a folder, not a session.", "Give a file inside it.")
    if not stat.S_ISREG(mode):
        raise NotASessionError(f"{path} is not a judgetui session.", "Give a file that judgetui made.")
    if not os.access(path, os.R_OK):
        raise StorageError(f"{path} cannot be read: permission denied.", "Check its permissions.")
