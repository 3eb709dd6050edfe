"""Session files as files."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from judgetui.core.run import RunStatus
from judgetui.core.session import Draft, SessionProblem, SessionSummary
from judgetui.errors import InputError, NotASessionError, SessionBusyError, StorageError
from judgetui.storage import files
from judgetui.storage.connections import connect, side_files
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import HEARTBEAT_LASTS
from judgetui.storage.repositories import Repositories
from tests.storage.builders import (
    FOREIGN_OWNER,
    Clock,
    a_call,
    a_judgement,
    a_rubric,
    a_run,
    an_item,
    items,
    table_count,
    untouched,
)


def fill(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add(items(3)))
    run = session.write_now(lambda q: a_run(q, 3))
    session.write_now(lambda q: q.judgements.put(a_judgement(run)))
    session.write_now(lambda q: q.calls.add(a_call(), run.id))
    session.write_now(lambda q: q.drafts.put(Draft(run.rubric_id, 1, "{}", run.created)))


# -------------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Summary quality", "summary-quality.db"),
        ("  v1.2 (final)!  ", "v1.2-final.db"),
        ("../../etc/passwd", "etc-passwd.db"),
        ("a/b\\c:d", "a-b-c-d.db"),
        ("..", None),
        ("", None),
        ("///", None),
        ("\0", None),
        ("a\0b", "a-b.db"),
        (".hidden", "hidden.db"),
        ("-rf", "rf.db"),
        ("Prüfung 评分", "prüfung-评分.db"),
        ("\uff0e\uff0e\uff0fx", "x.db"),
        ("\ud800x", "x.db"),
        ("x" * 500, "x" * 80 + ".db"),
        ("评" * 500, "评" * 66 + ".db"),
    ],
)
def test_a_session_lies_straight_in_its_folder(tmp_path: Path, name: str, file: str | None) -> None:
    if file is None:
        with pytest.raises(InputError, match="cannot be a file's name"):
            files.session_path(tmp_path, name)
    else:
        assert files.session_path(tmp_path, name) == tmp_path / file


# ------------------------------------------------------------------------------------------------ summary


def test_a_summary_tells_what_is_in_a_session_open_or_closed(session: SessionFile) -> None:
    fill(session)
    session.write_now(lambda q: q.runs.set_status(1, RunStatus.HALTED))
    for _ in ("open", "closed"):
        found = files.summary(session.path)
        assert (found.path, found.name) == (str(session.path), "A session")
        assert (found.items, found.runs, found.judgements, found.unfinished) == (3, 1, 1, 1)
        assert [(rubric.name, rubric.version, rubric.has_draft) for rubric in found.rubrics] == [
            ("coherence", 1, True)
        ]
        assert timedelta(0) <= datetime.now(UTC) - found.modified < timedelta(minutes=5)
        session.close()


def test_a_summary_leaves_no_trace(session: SessionFile) -> None:
    fill(session)
    session.close()
    with untouched(session.path):
        files.summary(session.path)
        files.list_sessions(session.path.parent)


def test_a_summary_of_a_session_that_was_not_closed(session: SessionFile, tmp_path: Path) -> None:
    fill(session)
    left = tmp_path / "left"
    left.mkdir()
    for file in (session.path, side_files(session.path)[0]):
        shutil.copy(file, left)
    found = files.summary(left / session.path.name)
    assert (found.items, found.judgements) == (3, 1)


def test_a_run_counts_as_unfinished_when_it_can_go_on(session: SessionFile, clock: Clock) -> None:
    def make(q: Repositories) -> None:
        for _ in range(7):
            a_run(q, owner=FOREIGN_OWNER)
        ended = (RunStatus.DONE, RunStatus.CANCELLED, RunStatus.INTERRUPTED, RunStatus.HALTED)
        for number, status in enumerate(ended, 1):
            q.runs.set_status(number, status)

    session.write_now(make)
    assert files.summary(session.path, clock=lambda: clock.now).unfinished == 3
    assert files.summary(session.path, clock=lambda: clock.now + HEARTBEAT_LASTS).unfinished == 6


def test_a_damaged_session_has_no_summary(session: SessionFile) -> None:
    session.close()
    whole = session.path.read_bytes()
    session.path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StorageError, match="damaged"):
        files.summary(session.path)


# --------------------------------------------------------------------------------------------------- list


def test_sessions_are_listed_newest_first_and_problems_with_them(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "old", "older")):
        path = tmp_path / f"{name}.db"
        SessionFile.create(path, name).close()
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "notes.db").write_text("not a session")
    os.utime(tmp_path / "notes.db", (999_999.5, 999_999.5))
    (tmp_path / "folder.db").mkdir()
    os.utime(tmp_path / "folder.db", (1, 1))
    (tmp_path / "other.txt").write_text("x")
    found = files.list_sessions(tmp_path)
    assert [Path(each.path).name for each in found] == [
        "new.db",
        "notes.db",
        "old.db",
        "older.db",
        "folder.db",
    ]
    assert [type(each) for each in found] == [
        SessionSummary,
        SessionProblem,
        SessionSummary,
        SessionSummary,
        SessionProblem,
    ]
    problem = found[1]
    assert isinstance(problem, SessionProblem)
    assert "not a judgetui session" in problem.message
    assert problem.hint


def test_a_dangling_link_is_a_problem_and_a_missing_folder_is_empty(tmp_path: Path) -> None:
    (tmp_path / "gone.db").symlink_to(tmp_path / "nowhere")
    (problem,) = files.list_sessions(tmp_path)
    assert isinstance(problem, SessionProblem)
    assert files.list_sessions(tmp_path / "nowhere") == []


def test_a_row_that_is_missing_is_a_problem_and_no_crash(session: SessionFile) -> None:
    session.close()
    with closing(connect(session.path)) as db:
        db.execute("DELETE FROM session")
    assert files.summary(session.path).name == session.path.stem
    with closing(connect(session.path)) as db:
        db.execute("DROP TABLE items")
    (problem,) = files.list_sessions(session.path.parent)
    assert isinstance(problem, SessionProblem)
    assert "damaged (no such table: items)" in problem.message


# ------------------------------------------------------------------------------------------------- rename


def test_a_rename_moves_the_file_and_changes_the_name_inside(session: SessionFile) -> None:
    fill(session)
    session.close()
    moved = files.rename(session.path, " Other Name ")
    assert moved == session.path.with_name("other-name.db")
    assert list(moved.parent.iterdir()) == [moved]
    with SessionFile.open(moved) as again:
        assert again.name == "Other Name"
        assert again.read_now(lambda q: q.items.all()) == items(3)


def test_a_rename_may_change_the_name_inside_alone(session: SessionFile) -> None:
    session.close()
    path = files.rename(session.path, "SESSION")
    assert path == session.path
    assert list(path.parent.iterdir()) == [path]
    assert files.summary(path).name == "SESSION"


def test_a_rename_takes_nobody_elses_place(session: SessionFile) -> None:
    session.close()
    other = session.path.with_name("other.db")
    other.write_text("something")
    with untouched(session.path), pytest.raises(InputError, match="already exists"):
        files.rename(session.path, "Other")
    with untouched(session.path), pytest.raises(InputError, match="cannot be"):
        files.rename(session.path, " / ")
    assert other.read_text() == "something"


def test_a_session_that_is_open_here_is_not_moved_deleted_or_compacted(session: SessionFile) -> None:
    fill(session)
    with pytest.raises(SessionBusyError, match="open somewhere"):
        files.rename(session.path, "New")
    with pytest.raises(SessionBusyError, match="open somewhere"):
        files.delete(session.path)
    with pytest.raises(SessionBusyError, match="open somewhere"):
        files.compact(session.path)
    session.write_now(lambda q: q.items.add([an_item("still works")]))
    assert session.read_now(lambda q: q.items.count()) == 4


# --------------------------------------------------------------------------------------------------- copy


def test_a_copy_of_a_session_in_use_is_whole_and_on_its_own(session: SessionFile, tmp_path: Path) -> None:
    fill(session)
    target = tmp_path / "deep" / "copy.db"
    assert files.copy(session.path, target) == target
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target]
    session.write_now(lambda q: q.items.add([an_item("later")]))
    with SessionFile.open(target) as copied:
        assert copied.name == "copy"
        assert copied.read_now(lambda q: q.items.all()) == items(3)
        (run,) = copied.read_now(lambda q: q.runs.all())
        assert (run.status, run.reason) == (RunStatus.INTERRUPTED, "Copied while it was running.")
        assert run.finished is not None
    assert session.read_now(lambda q: q.runs.get(1)).status is RunStatus.RUNNING
    assert files.copy(session.path, tmp_path / "named.db", " My copy ").exists()
    assert files.summary(tmp_path / "named.db").name == "My copy"


def test_a_copy_takes_nobodys_place(session: SessionFile) -> None:
    other = session.path.with_name("other.db")
    other.write_text("something")
    for taken in (other, session.path):
        with pytest.raises(StorageError, match="already exists"):
            files.copy(session.path, taken)
    assert other.read_text() == "something"


def test_only_sessions_are_copied(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("no session")
    with pytest.raises(NotASessionError):
        files.copy(tmp_path / "x.db", tmp_path / "y.db")
    assert [file.name for file in tmp_path.iterdir()] == ["x.db"]


def test_a_copy_that_fails_leaves_nothing(session: SessionFile, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(session)
    session.close()

    def broken(path: Path, *, to_copy: bool = False) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(files, "_reading", broken)
    with pytest.raises(sqlite3.OperationalError):
        files.copy(session.path, session.path.with_name("copy.db"))
    assert list(session.path.parent.iterdir()) == [session.path]


def test_a_read_only_session_can_be_copied(
    session: SessionFile, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(session)
    session.close()
    folder = tmp_path_factory.mktemp("mine")
    monkeypatch.setattr(os, "access", lambda at, mode: not (mode & os.W_OK))
    with untouched(session.path):
        files.copy(session.path, folder / "copy.db")
    monkeypatch.undo()
    with SessionFile.open(folder / "copy.db") as copied:
        assert copied.read_now(lambda q: q.items.count()) == 3


def test_a_read_only_session_that_was_not_closed_says_what_to_copy(
    session: SessionFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(session)
    left = tmp_path / "left"
    left.mkdir()
    for file in (session.path, side_files(session.path)[0]):
        shutil.copy(file, left)
    monkeypatch.setattr(os, "access", lambda at, mode: not (mode & os.W_OK))
    with pytest.raises(StorageError, match=r"together with session\.db-wal"):
        files.summary(left / "session.db")


# ------------------------------------------------------------------------------------------------- delete


def test_deleting_leaves_nothing(session: SessionFile) -> None:
    fill(session)
    session.write_now(lambda q: q.runs.set_status(1, RunStatus.DONE))
    session.close()
    files.delete(session.path)
    assert list(session.path.parent.iterdir()) == []


def test_deleting_takes_what_a_crash_left_beside_it(session: SessionFile, tmp_path: Path) -> None:
    fill(session)
    left = tmp_path / "left"
    left.mkdir()
    for file in (session.path, *side_files(session.path)):
        shutil.copy(file, left)
    files.delete(left / session.path.name)
    assert list(left.iterdir()) == []


def test_a_session_with_a_live_run_is_not_deleted(session: SessionFile) -> None:
    with SessionFile.open(session.path) as other:  # this one's clock is the real one
        other.write_now(lambda q: a_run(q, owner=FOREIGN_OWNER))
    session.close()
    with pytest.raises(SessionBusyError, match="run 1 is live"):
        files.delete(session.path)
    assert files.summary(session.path).runs == 1


def test_what_is_no_session_is_not_deleted(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_text("no session")
    for action in (files.delete, files.compact):
        with untouched(path), pytest.raises(NotASessionError):
            action(path)
    with pytest.raises(StorageError, match="does not exist"):
        files.delete(tmp_path / "y.db")


def test_a_folder_that_does_not_let_go_says_so(session: SessionFile, monkeypatch: pytest.MonkeyPatch) -> None:
    session.close()

    def refused(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(StorageError, match="Operation not permitted"):
        files.delete(session.path)
    monkeypatch.undo()
    assert files.summary(session.path).name == "A session"


# ------------------------------------------------------------------------------------------------ compact


def test_compacting_drops_what_nothing_refers_to_and_keeps_the_rest(session: SessionFile) -> None:
    fill(session)
    filler = [an_item(f"big-{number}", f"{number} {'x' * 5000}") for number in range(200)]
    session.write_now(lambda q: q.items.add(filler))
    session.write_now(lambda q: q.items.remove([item.id for item in filler]))
    session.write_now(lambda q: q.items.add([replace(items(1)[0], responses=("Edited.",))]))
    session.write_now(lambda q: q.calls.add(a_call("unused", system="other system text " * 50), None))
    session.close()
    before, after = files.compact(session.path)
    assert after == session.path.stat().st_size < before - 500_000
    assert list(session.path.parent.iterdir()) == [session.path]
    counts = {
        table: table_count(session, table)
        for table in ("item_contents", "items", "calls", "texts", "judgements")
    }
    assert counts == {"item_contents": 4, "items": 3, "calls": 1, "texts": 1, "judgements": 1}
    with SessionFile.open(session.path) as again:
        assert again.read_now(lambda q: q.calls.used_by(1)) == [a_call()]
        assert [entry.item for entry in again.read_now(lambda q: q.runs.items(1))] == items(3)
        assert len(again.read_now(lambda q: q.judgements.for_run(1))) == 1
        (rubric,) = again.read_now(lambda q: q.rubrics.summaries())
        assert rubric.has_draft


def test_compacting_twice_changes_nothing_more(session: SessionFile) -> None:
    session.write_now(lambda q: q.rubrics.create(a_rubric()))
    session.close()
    _, first = files.compact(session.path)
    assert files.compact(session.path) == (first, first)
