"""Making, opening, refusing and closing sessions."""

from __future__ import annotations

import os
import sqlite3
import stat
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from judgetui.errors import InputError, NewerSessionError, NotASessionError, SessionBusyError, StorageError
from judgetui.storage.connections import APPLICATION_ID, connect
from judgetui.storage.database import SessionFile
from judgetui.storage.schema import SCHEMA
from tests.storage.builders import a_rubric, untouched


def test_a_new_session_is_private_empty_and_named(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder" / "mine.db"
    with SessionFile.create(path, "  Mine ") as session:
        assert session.name == "Mine"
        assert session.path == path
        assert session.read_now(lambda q: q.rubrics.summaries()) == []
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert list(path.parent.iterdir()) == [path]


def test_the_header_tells_what_the_file_is(session: SessionFile) -> None:
    session.close()
    header = session.path.read_bytes()[:100]
    assert struct.unpack(">I", header[68:72]) == (APPLICATION_ID,)
    assert struct.unpack(">I", header[60:64]) == (SCHEMA,)


def test_a_connection_is_set_up_for_safety_and_speed(session: SessionFile) -> None:
    pragmas = ("journal_mode", "foreign_keys", "synchronous", "trusted_schema")
    found = session.write_now(
        lambda q: [q.rubrics._db.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
    )
    assert found == ["wal", 1, 1, 0]


def test_what_was_written_is_there_when_opened_again(session: SessionFile) -> None:
    made = session.write_now(lambda q: q.rubrics.create(a_rubric(), "first"))
    session.close()
    with SessionFile.open(session.path) as again:
        assert again.name == "A session"
        assert again.read_now(lambda q: q.rubrics.version(made.id)) == made


def test_creating_refuses_what_is_there(session: SessionFile, tmp_path: Path) -> None:
    dangling = tmp_path / "link.db"
    dangling.symlink_to(tmp_path / "nowhere.db")
    session.close()
    for taken in (session.path, dangling, tmp_path):
        with untouched(session.path), pytest.raises(StorageError, match="already exists"):
            SessionFile.create(taken, "Other")


def test_creating_refuses_an_empty_name(path: Path) -> None:
    with pytest.raises(InputError, match="needs a name"):
        SessionFile.create(path, "  ")
    assert not path.exists()


def test_creating_below_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot be made"):
        SessionFile.create(tmp_path / "file" / "s.db", "S")


def test_a_name_that_is_taken_in_the_last_moment_is_not_overwritten(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def taken_meanwhile(source: Path, target: Path) -> None:
        target.write_text("somebody else's")
        link(source, target)

    monkeypatch.setattr(os, "link", taken_meanwhile)
    with pytest.raises(StorageError, match="already exists"):
        SessionFile.create(path, "S")
    assert path.read_text() == "somebody else's"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("taken", [False, True])
def test_a_file_system_without_hard_links_will_do(
    path: Path, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    def refused(source: Path, target: Path) -> None:
        if taken:
            target.write_text("somebody else's")
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    if taken:
        with pytest.raises(StorageError, match="already exists"):
            SessionFile.create(path, "S")
        assert path.read_text() == "somebody else's"
    else:
        SessionFile.create(path, "S").close()
    assert list(path.parent.iterdir()) == [path]


def test_a_broken_disk_while_making_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(source: Path, target: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "link", broken)
    with pytest.raises(StorageError, match="Input/output error"):
        SessionFile.create(path, "S")
    assert list(path.parent.iterdir()) == []


def test_a_missing_file_is_not_made(path: Path) -> None:
    with pytest.raises(StorageError, match="does not exist"):
        SessionFile.open(path)
    assert not path.exists()


def test_a_folder_is_no_session(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is a folder"):
        SessionFile.open(tmp_path)


def test_a_pipe_is_no_session(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.db")
    with pytest.raises(NotASessionError):
        SessionFile.open(tmp_path / "pipe.db")


def test_a_path_through_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot be read"):
        SessionFile.open(tmp_path / "file" / "s.db")


def other_database(path: Path, journal: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA journal_mode = {journal}")
        db.execute("CREATE TABLE bookmarks (url TEXT)")
        db.commit()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"id,response\n1,hello\n"), id="short text"),
        pytest.param(lambda path: path.write_bytes(b"no database \xff" * 1000), id="long garbage"),
        pytest.param(lambda path: path.write_bytes(b"SQLite format 3\0"), id="signature alone"),
        pytest.param(lambda path: other_database(path, "DELETE"), id="other database"),
        pytest.param(lambda path: other_database(path, "WAL"), id="other database with a log"),
    ],
)
def test_foreign_files_are_refused_and_untouched(path: Path, make: Callable[[Path], object]) -> None:
    make(path)
    with untouched(path), pytest.raises(NotASessionError, match="not a judgetui session"):
        SessionFile.open(path)


def test_another_programs_open_database_is_untouched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE bookmarks (url TEXT)")
        with untouched(path), pytest.raises(NotASessionError):
            SessionFile.open(path)


def test_a_newer_session_is_refused_and_untouched(session: SessionFile) -> None:
    session.close()
    with closing(connect(session.path)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    with untouched(session.path), pytest.raises(NewerSessionError, match="Upgrade judgetui"):
        SessionFile.open(session.path)


def test_a_newer_session_whose_header_still_stands_in_the_log_is_refused(session: SessionFile) -> None:
    session.close()
    with closing(connect(session.path)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
        with untouched(session.path), pytest.raises(NewerSessionError, match="newer judgetui"):
            SessionFile.open(session.path)


@pytest.mark.parametrize("size", [600, 4096, 4097, 20_000])
def test_a_file_cut_short_is_refused_and_untouched(session: SessionFile, size: int) -> None:
    session.close()
    session.path.write_bytes(session.path.read_bytes()[:size])
    with untouched(session.path), pytest.raises(StorageError, match="cut short"):
        SessionFile.open(session.path)


def test_a_file_damaged_inside_says_so(session: SessionFile) -> None:
    session.close()
    whole = session.path.read_bytes()
    session.path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StorageError, match="damaged"):
        SessionFile.open(session.path)


def test_a_session_without_its_tables_says_so(session: SessionFile) -> None:
    session.close()
    with closing(connect(session.path)) as db:
        db.execute("DROP TABLE session")
    with pytest.raises(StorageError, match=r"damaged \(no such table: session\)"):
        SessionFile.open(session.path)


@pytest.mark.parametrize("which", ["file", "folder"])
def test_a_read_only_session_is_refused_and_untouched(
    session: SessionFile, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.close()
    place = session.path if which == "file" else session.path.parent
    # Tests may run as root, whom permission bits do not stop.
    monkeypatch.setattr(os, "access", lambda at, mode: not (at == place and mode & os.W_OK))
    with untouched(session.path), pytest.raises(StorageError, match=r"is read-only.*Copy it"):
        SessionFile.open(session.path)


def test_an_unreadable_session_says_so(session: SessionFile, monkeypatch: pytest.MonkeyPatch) -> None:
    session.close()
    monkeypatch.setattr(os, "access", lambda at, mode: False)
    with untouched(session.path), pytest.raises(StorageError, match="permission denied"):
        SessionFile.open(session.path)


def test_a_locked_session_is_busy(session: SessionFile) -> None:
    session.close()
    with closing(connect(session.path)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(SessionBusyError, match="another process"):
            SessionFile.open(session.path, busy_timeout=0.01)
        db.execute("ROLLBACK")
    SessionFile.open(session.path).close()


def test_an_old_sqlite_is_refused(session: SessionFile, monkeypatch: pytest.MonkeyPatch) -> None:
    session.close()
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with untouched(session.path), pytest.raises(StorageError, match=r"SQLite 3\.37"):
        SessionFile.open(session.path)


@pytest.mark.parametrize("name", ["a?b.db", "a#b.db", "100%.db", "a%20b.db", "ünï.db", "a b.db", "x;y.db"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    SessionFile.create(tmp_path / name, "S").close()
    SessionFile.open(tmp_path / name).close()
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_closing_leaves_one_file_and_may_be_done_twice(session: SessionFile) -> None:
    session.write_now(lambda q: q.rubrics.create(a_rubric()))
    session.close()
    session.close()
    assert [file.name for file in session.path.parent.iterdir()] == ["session.db"]


def test_two_sessions_on_one_file_see_each_other(session: SessionFile) -> None:
    with SessionFile.open(session.path) as other:
        session.write_now(lambda q: q.rubrics.create(a_rubric("first")))
        other.write_now(lambda q: q.rubrics.create(a_rubric("second")))
        names = session.read_now(lambda q: [summary.name for summary in q.rubrics.summaries()])
    assert names == ["first", "second"]


def test_looking_at_an_open_session_keeps_its_locks(session: SessionFile, tmp_path: Path) -> None:
    """Reading a file by hand and closing it would drop this process's locks: opening it again must not."""
    SessionFile.open(session.path).close()
    with closing(connect(session.path, timeout=0)) as db:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            db.execute("BEGIN IMMEDIATE")
