"""A session file that is open: functions go in, and are run on its repositories in threads of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import Self, TypeVar

from judgetui.errors import InputError, NewerSessionError
from judgetui.storage.connections import (
    BUSY_TIMEOUT,
    check_session,
    check_writable,
    connect,
    session_name,
)
from judgetui.storage.failures import opening_failed
from judgetui.storage.making import fill, new_file, prepare, upgrade
from judgetui.storage.repositories import Repositories
from judgetui.storage.repositories.base import Clock
from judgetui.storage.schema import SCHEMA, user_version
from judgetui.storage.workers import Reader, Writer

T = TypeVar("T")


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class SessionFile:
    """An open session. Made by `create` and `open`; a context manager that closes it.

    Attributes:
        path: the session file.
        name: the session's name, as it was when opened.
    """

    def __init__(self, path: Path, clock: Clock, busy_timeout: float) -> None:
        self.path = path
        self.name = ""
        self._busy_timeout = busy_timeout
        self._writer = Writer(path, self._connect_writer, clock, busy_timeout)
        self._reader = Reader(path, self._connect_reader, clock)

    @classmethod
    def create(
        cls, path: Path | str, name: str, *, clock: Clock = utc_now, busy_timeout: float = BUSY_TIMEOUT
    ) -> Self:
        """Make a new session that only its owner may read, and the folder it goes into; then open it.

        Args:
            path: where; nothing may be there yet.
            name: what people call the session.
            clock: where the moments that are stored come from.
            busy_timeout: seconds to wait for another process's write.

        Raises:
            InputError: if the name is empty.
            StorageError: if something is at `path`, or the file cannot be written.
        """
        path, name = Path(path), name.strip()
        if not name:
            raise InputError("the session needs a name.", "Write one.", field="name")
        with new_file(path) as temporary:
            fill(temporary, name, clock())
        return cls.open(path, clock=clock, busy_timeout=busy_timeout)

    @classmethod
    def open(cls, path: Path | str, *, clock: Clock = utc_now, busy_timeout: float = BUSY_TIMEOUT) -> Self:
        """Open a session for reading and writing, and bring an older one to today's schema.

        Args:
            path: the session file.
            clock: where the moments that are stored come from.
            busy_timeout: seconds to wait for another process's write.

        Raises:
            NotASessionError: if something else is in the file.
            NewerSessionError: if a newer judgetui wrote it.
            SessionBusyError: if another process holds its lock.
            StorageError: if it is missing, damaged or read-only. In all of these cases nothing was touched.
        """
        path = Path(path)
        check_session(path)
        check_writable(path)
        session = cls(path, clock, busy_timeout)
        session._start()
        return session

    async def write(self, fn: Callable[[Repositories], T]) -> T:
        """Run a function that may change the session, and wait until what it did is committed.

        Whoever stops waiting (a cancelled task) does not stop the write.

        Args:
            fn: gets the repositories of the writing thread; must neither keep them nor call this session.

        Returns:
            What `fn` returned.

        Raises:
            SessionBusyError: if another process held the lock for too long.
            StorageError: if the session is closed, or the disk is full or broken; then nothing was saved.
            Exception: whatever `fn` raised; then what it did was taken back.
        """
        return await asyncio.wrap_future(self._writer.submit(fn))

    def write_now(self, fn: Callable[[Repositories], T]) -> T:
        """`write` for callers without an event loop; blocks."""
        return self._writer.submit(fn).result()

    async def read(self, fn: Callable[[Repositories], T]) -> T:
        """Run a function that only reads, on one state of the session, while writes go on.

        Args:
            fn: gets the repositories of the reading thread; must neither keep them nor call this session.

        Returns:
            What `fn` returned.

        Raises:
            StorageError: if the session is closed or cannot be read.
            Exception: whatever `fn` raised.
        """
        return await asyncio.wrap_future(self._reader.submit(fn))

    def read_now(self, fn: Callable[[Repositories], T]) -> T:
        """`read` for callers without an event loop; blocks."""
        return self._reader.submit(fn).result()

    def close(self) -> None:
        """Finish what is queued, fold the write-ahead log into the file, end both threads.

        Safe to call twice.
        """
        # The reader first: the last connection to close is the one that removes the log, and must be able to.
        self._reader.stop()
        self._writer.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        self._writer.start()
        try:
            self._writer.opened.result()
        except sqlite3.Error as error:
            raise opening_failed(error, self.path) from error
        self._reader.start()
        try:
            self._reader.opened.result()
        except sqlite3.Error as error:
            self._writer.stop()
            raise opening_failed(error, self.path) from error

    def _connect_writer(self) -> Connection:
        db = connect(self.path, timeout=self._busy_timeout)
        try:
            if user_version(db) > SCHEMA:  # it stands in the log alone while the newer judgetui is still open
                raise NewerSessionError(
                    f"{self.path} was written by a newer judgetui.", "Upgrade judgetui to open it."
                )
            prepare(db, self.path)
            if user_version(db) < SCHEMA:
                upgrade(db, self.path)
            self.name = session_name(db, self.path)
        except BaseException:
            db.close()
            raise
        return db

    def _connect_reader(self) -> Connection:
        db = connect(self.path, timeout=self._busy_timeout)
        try:
            db.execute("PRAGMA query_only = ON")
        except BaseException:
            db.close()
            raise
        return db
