"""Makes session files whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from judgetui.errors import StorageError
from judgetui.storage.columns import stamp, to_column
from judgetui.storage.connections import APPLICATION_ID, connect, side_files
from judgetui.storage.failures import result_code, translated
from judgetui.storage.schema import SCHEMA

_LOG_LIMIT: Final = 16 * 1024 * 1024
"""Bytes to which the write-ahead log shrinks again after a long transaction."""

_NO_HARD_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """An empty file for its owner alone, which takes its place at `path` once the block has ended well.

    Raises:
        StorageError: if something is at `path` already, or the disk or folder does not take the file.
    """
    if path.exists() or path.is_symlink():
        raise _taken(path)
    temporary = path.with_name(f".{secrets.token_hex(8)}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield temporary
        place(temporary, path)
    except sqlite3.Error as error:
        raise translated(error, path, "nothing was made") or error from error
    except OSError as error:
        raise StorageError(
            f"{path} cannot be made: {error.strerror}.", "Choose another folder, or check its permissions."
        ) from error
    finally:
        for left_over in (temporary, *side_files(temporary)):
            with suppress(OSError):  # whatever keeps it there has been told already
                left_over.unlink()


def fill(path: Path, name: str, now: datetime) -> None:
    """Turn an empty file into a session without content.

    Raises:
        sqlite3.Error: if it cannot be written.
        StorageError: if the file system is not fit for sessions.
    """
    from judgetui.storage.migrations import migrate

    with closing(connect(path)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        prepare(db, path)
        migrate(db)
        db.execute("INSERT INTO session (id, name, created) VALUES (1, ?, ?)", (to_column(name), stamp(now)))


def prepare(db: Connection, path: Path) -> None:
    """Set up a connection for writing.

    Raises:
        sqlite3.Error: if the file is locked or cannot be written.
        StorageError: if the file system has no shared memory, as some network shares.
    """
    (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StorageError(
            f"{path}: its file system cannot be shared between a reader and a writer.",
            "Move the session to a local disk.",
        )
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute(f"PRAGMA journal_size_limit = {_LOG_LIMIT}")


def upgrade(db: Connection, path: Path) -> None:
    """Bring an older session to today's schema.

    Raises:
        SessionBusyError: if another process holds the lock.
        StorageError: if a step fails; the session is as it was.
    """
    from judgetui.storage.migrations import migrate

    try:
        migrate(db)
        # So that the header, which is looked at before anything else, tells the new schema too.
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except Exception as error:
        if isinstance(error, sqlite3.Error) and result_code(error) == sqlite3.SQLITE_BUSY:
            raise
        raise StorageError(
            f"{path} could not be brought to schema {SCHEMA} ({error}); nothing in it was changed.",
            "The judgetui that wrote it can still open it.",
        ) from error


def place(file: Path, path: Path) -> None:
    """Give a file another name, which nobody else may have.

    Raises:
        StorageError: if the name is taken.
        OSError: if the file system refuses.
    """
    try:
        os.link(file, path)
        file.unlink()
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            raise _taken(path) from None
        file.replace(path)


def _taken(path: Path) -> StorageError:
    return StorageError(f"{path} already exists.", "Choose another name, or open it.")
