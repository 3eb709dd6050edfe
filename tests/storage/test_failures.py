"""What people are told when SQLite fails."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from judgetui.errors import NotASessionError, SessionBusyError, StorageError
from judgetui.storage import database
from judgetui.storage.connections import connect, read_header
from judgetui.storage.database import SessionFile
from judgetui.storage.failures import opening_failed, translated
from judgetui.storage.making import prepare

PATH = Path("folder/s.db")


def failing(code: int | None, message: str = "broken") -> sqlite3.Error:
    error = sqlite3.OperationalError(message)
    if code is not None:
        error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        (sqlite3.SQLITE_FULL, StorageError, "the disk is full; nothing was saved."),
        (sqlite3.SQLITE_BUSY, SessionBusyError, "another process is writing to the session"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, SessionBusyError, "another process"),
        (sqlite3.SQLITE_LOCKED, SessionBusyError, "another process"),
        (sqlite3.SQLITE_READONLY_DBMOVED, StorageError, "cannot be written to"),
        (sqlite3.SQLITE_CORRUPT_VTAB, StorageError, "damaged"),
        (sqlite3.SQLITE_NOTADB, NotASessionError, "not a judgetui session"),
        (sqlite3.SQLITE_IOERR_WRITE, StorageError, r"does not answer as it should \(broken\)"),
        (sqlite3.SQLITE_CANTOPEN, StorageError, "does not answer"),
        (sqlite3.SQLITE_TOOBIG, StorageError, "too big to store"),
        (sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, StorageError, "no longer in the session"),
    ],
)
def test_each_failure_says_what_where_and_what_to_do(code: int, kind: type[StorageError], said: str) -> None:
    told = translated(failing(code), PATH, "nothing was saved")
    assert type(told) is kind
    with pytest.raises(kind, match=said):
        raise told
    assert str(PATH) in told.message
    assert told.hint or code == sqlite3.SQLITE_TOOBIG


@pytest.mark.parametrize("code", [None, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT_UNIQUE])
def test_mistakes_in_the_program_are_not_explained_away(code: int | None) -> None:
    assert translated(failing(code), PATH) is None
    assert "damaged (broken)" in opening_failed(failing(code), PATH).message


def test_a_file_system_that_cannot_share_memory_is_named() -> None:
    with closing(sqlite3.connect(":memory:")) as db, pytest.raises(StorageError, match="Move the session"):
        prepare(db, PATH)


def test_a_connection_that_cannot_be_set_up_is_closed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []

    class Refusing(sqlite3.Connection):
        def execute(self, *_: object) -> sqlite3.Cursor:
            raise sqlite3.OperationalError("no")

        def close(self) -> None:
            closed.append(True)
            super().close()

    path.touch()
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Refusing))
    with pytest.raises(sqlite3.OperationalError, match="no"):
        connect(path)
    assert closed
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        connect(path.with_name("missing.db"))


def test_a_header_that_cannot_be_read_says_so(path: Path) -> None:
    with pytest.raises(StorageError, match="does not answer"):
        read_header(path)


def test_a_reader_that_cannot_start_ends_the_writer_too(
    session: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.close()
    opened = 0

    def second_fails(path: Path, **options: float) -> sqlite3.Connection:
        nonlocal opened
        opened += 1
        db = connect(path, **options)  # type: ignore[arg-type]  # `timeout` alone
        if opened == 2:
            db.close()  # whatever is asked of it now fails
        return db

    monkeypatch.setattr(database, "connect", second_fails)
    with pytest.raises(StorageError, match="closed database"):
        SessionFile.open(session.path)
    assert list(session.path.parent.iterdir()) == [session.path]
