"""The two threads of an open session: one that writes, and one that reads meanwhile."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from sqlite3 import Connection
from time import monotonic, sleep
from typing import Any, Final, TypeVar

from judgetui.errors import StorageError
from judgetui.storage.failures import result_code, translated
from judgetui.storage.repositories import Repositories
from judgetui.storage.repositories.base import Clock

T = TypeVar("T")

GROUP_SECONDS: Final = 0.05
"""Writes that arrive within this time of the first share one transaction."""

_BREATH: Final = 0.003
"""Pause after a full group, in which another process may get the write lock."""

_ASK_AGAIN: Final = 0.001
"""Pause between two tries to get it."""


@dataclass(slots=True)
class _Job:
    run: Callable[[Repositories], Any]
    answer: Future[Any]


class Worker(threading.Thread):
    """A thread that owns a connection and runs functions on it, one after the other.

    Args:
        path: the session file, for messages.
        connect: opens the connection; called in the thread.
        clock: for the moments the repositories store.
    """

    def __init__(self, path: Path, connect: Callable[[], Connection], clock: Clock) -> None:
        # A daemon, so that a session somebody forgot to close does not keep the program alive.
        super().__init__(name=f"{type(self).__name__} {path.name}", daemon=True)
        self.opened: Future[None] = Future()
        self._path = path
        self._connect = connect
        self._clock = clock
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False

    def submit(self, run: Callable[[Repositories], T]) -> Future[T]:
        """Queue a function.

        Returns:
            A future that nobody can cancel: what is queued is done.

        Raises:
            StorageError: if the session was closed.
        """
        if threading.current_thread() is self:
            raise RuntimeError("a function that runs in a session's thread must use the repositories it got")
        answer: Future[T] = Future()
        answer.set_running_or_notify_cancel()
        with self._gate:
            if self._closed:
                raise StorageError(f"{self._path}: the session is closed.", "Open it again.")
            self._jobs.put(_Job(run, answer))
        return answer

    def stop(self) -> None:
        """Do what is queued, then end; safe to call twice."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self.join()

    def run(self) -> None:
        """Open, work through the queue, close."""
        try:
            db = self._connect()
        except BaseException as error:
            self.opened.set_exception(error)
            return
        try:
            repositories = Repositories(db, self._clock)
            self.opened.set_result(None)
            while (job := self._jobs.get()) is not None:
                group = [job]
                try:
                    self._work(db, repositories, group)
                except BaseException as error:
                    # Whatever happens, nobody may be left waiting for an answer.
                    self._refuse_all(group, error)
            self._finish(db)
        finally:
            db.close()

    def _work(self, db: Connection, repositories: Repositories, group: list[_Job]) -> None:
        """Do the job in `group`, and perhaps further ones, which it adds to `group` as it takes them.

        What it raises is the answer to all of them that have none yet.
        """
        raise NotImplementedError

    def _finish(self, db: Connection) -> None:
        """Tidy up before the connection closes."""

    def _refuse(self, job: _Job, error: BaseException, lost: str = "") -> None:
        told = translated(error, self._path, lost) if isinstance(error, sqlite3.Error) else None
        if told is None:
            job.answer.set_exception(error)
        else:
            told.__cause__ = error
            job.answer.set_exception(told)

    def _refuse_all(self, group: list[_Job], error: BaseException) -> None:
        waiting = [job for job in group if not job.answer.done()]
        for job in waiting:
            self._refuse(job, error, self._lost(len(waiting)))

    def _lost(self, count: int) -> str:
        """What the caller should know is lost when so many jobs fail together."""
        return ""


class Reader(Worker):
    """Runs each function in a transaction of its own, so that it sees one state of the session."""

    def _work(self, db: Connection, repositories: Repositories, group: list[_Job]) -> None:
        (job,) = group
        db.execute("BEGIN")
        try:
            result = job.run(repositories)
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")
        job.answer.set_result(result)


class Writer(Worker):
    """Runs functions that arrive together in one transaction, each in a savepoint of its own.

    Nobody is answered before the transaction is committed. A function that fails takes back only what it did
    itself; a transaction that fails, fails for all.

    Args:
        busy_timeout: seconds to wait for another process's write.
    """

    def __init__(
        self, path: Path, connect: Callable[[], Connection], clock: Clock, busy_timeout: float
    ) -> None:
        super().__init__(path, connect, clock)
        self._busy_timeout = busy_timeout

    def _work(self, db: Connection, repositories: Repositories, group: list[_Job]) -> None:
        try:
            self._begin(db)
        except sqlite3.Error:
            # The others waited as long as this one did: they need not wait their turn to hear the same.
            while self._take_next(group):
                pass
            raise
        until, full = monotonic() + GROUP_SECONDS, False
        results: list[tuple[_Job, Any]] = []
        try:
            while not full:
                job = group[-1]
                try:
                    results.append((job, _run_in_savepoint(db, repositories, job)))
                except BaseException as error:
                    if not db.in_transaction:
                        raise
                    self._refuse(job, error, self._lost(1))
                full = monotonic() >= until
                if not full and not self._take_next(group):
                    break
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        for job, result in results:
            job.answer.set_result(result)
        if full:
            sleep(_BREATH)

    def _begin(self, db: Connection) -> None:
        """Take the write lock.

        Asks more often than SQLite itself would: a busy process lets go for no longer than `_BREATH`.
        """
        until = monotonic() + self._busy_timeout
        db.execute("PRAGMA busy_timeout = 0")
        while True:
            try:
                db.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if result_code(error) != sqlite3.SQLITE_BUSY or monotonic() >= until:
                    raise
                sleep(_ASK_AGAIN)
            else:
                return

    def _take_next(self, group: list[_Job]) -> bool:
        """Add the next job to the group; False when none is waiting."""
        try:
            job = self._jobs.get_nowait()
        except Empty:
            return False
        if job is None:
            self._jobs.put(None)  # the end of the queue, which `run` looks for
            return False
        group.append(job)
        return True

    def _lost(self, count: int) -> str:
        return "this change was not saved" if count == 1 else f"none of the last {count} changes was saved"

    def _finish(self, db: Connection) -> None:
        # Best effort: another process may be reading, and then the log stays until that one closes.
        with suppress(sqlite3.Error):
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _run_in_savepoint(db: Connection, repositories: Repositories, job: _Job) -> Any:
    db.execute("SAVEPOINT job")
    try:
        result = job.run(repositories)
    except BaseException:
        # A full disk or an I/O error may have ended the whole transaction already.
        if db.in_transaction:
            db.execute("ROLLBACK TO job")
            db.execute("RELEASE job")
        raise
    db.execute("RELEASE job")
    return result
