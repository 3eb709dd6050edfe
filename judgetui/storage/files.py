"""Session files as files: looked at, listed, renamed, copied, deleted and made smaller."""

from __future__ import annotations

import os
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from judgetui.core.run import RunStatus
from judgetui.core.session import SessionProblem, SessionSummary
from judgetui.errors import InputError, SessionBusyError, StorageError
from judgetui.storage.columns import from_column, to_column
from judgetui.storage.connections import check_session, check_writable, connect, session_name, side_files
from judgetui.storage.database import utc_now
from judgetui.storage.failures import opening_failed, result_code, translated
from judgetui.storage.making import new_file, place
from judgetui.storage.owners import owner_is_alive
from judgetui.storage.repositories.base import Clock, batches, marks
from judgetui.storage.repositories.live import live_elsewhere
from judgetui.storage.repositories.rubrics import RubricRepository
from judgetui.storage.schema import SCHEMA
from judgetui.storage.texts import referred

SUFFIX: Final = ".db"
"""What the name of a session file ends with."""

_PROBING: Final = """
    SELECT u.id FROM runs u JOIN versions v ON v.id = u.version_id JOIN rubrics r ON r.id = v.rubric_id
    WHERE r.purpose <> ''"""
"""Runs of rubrics that are not the user's own."""

_LONGEST: Final = 80
_WAIT: Final = 0.5
"""Seconds to wait for the sole use of a file."""


def session_path(folder: Path, name: str) -> Path:
    """Where a session of that name goes: always straight into `folder`.

    The file's name is the session's in lower case; what is neither a letter nor a digit becomes a hyphen.

    Raises:
        InputError: if nothing of the name is left.
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    slug = re.sub(r"(?:[^\w.]|\.{2,})+", "-", plain)[:_LONGEST].strip("-._")
    # Eighty letters may be 320 bytes, and a file name holds 255.
    while len(os.fsencode(slug)) > 200:
        slug = slug[:-1]
    if not slug:
        raise InputError(f"{name!r} cannot be a file's name.", "Use a letter or digit in it.", field="name")
    return folder / f"{slug}{SUFFIX}"


def summary(path: Path, *, clock: Clock = utc_now) -> SessionSummary:
    """A session at a glance; nothing is written, and nothing is left beside the file.

    Args:
        path: the session file, which may be open here or in another process.
        clock: to tell whether runs of other hosts are still alive.

    Raises:
        NotASessionError: if something else is in the file.
        NewerSessionError: if a newer judgetui wrote it.
        StorageError: if it is missing, damaged, unreadable, or so old that it has to be opened once.
    """
    header = check_session(path)
    if header.schema < SCHEMA:
        raise StorageError(f"{path} was written by an older judgetui.", "Open it once to upgrade it.")
    try:
        with closing(_reading(path)) as db:
            name = session_name(db, path)
            (items,) = db.execute("SELECT COUNT(*) FROM items").fetchone()
            (judgements,) = db.execute("SELECT COUNT(*) FROM judgements").fetchone()
            (hidden,) = db.execute(f"SELECT COUNT(*) FROM judgements WHERE run_id IN ({_PROBING})").fetchone()
            runs = db.execute(
                f"SELECT status, owner, heartbeat FROM runs WHERE id NOT IN ({_PROBING})"
            ).fetchall()
            rubrics = RubricRepository(db, clock).summaries()
    except sqlite3.Error as error:
        raise opening_failed(error, path) from error
    now = clock()
    return SessionSummary(
        path=str(path),
        name=name,
        rubrics=tuple(rubrics),
        items=items,
        runs=len(runs),
        judgements=judgements - hidden,
        unfinished=sum(_is_cut_short(*run, now=now) for run in runs),
        modified=_modified(path),
    )


def list_sessions(folder: Path, *, clock: Clock = utc_now) -> list[SessionSummary | SessionProblem]:
    """Every `*.db` of a folder, last modified first; a missing folder holds none."""
    found: list[SessionSummary | SessionProblem] = []
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            found.append(summary(path, clock=clock))
        except StorageError as error:
            found.append(SessionProblem(str(path), error.message, error.hint, _modified(path)))
    return sorted(found, key=lambda each: (each.modified, each.path), reverse=True)


def rename(path: Path, name: str) -> Path:
    """Rename a session, and its file to match.

    Returns:
        Where the file is now.

    Raises:
        InputError: if the name cannot be a file's, or another file has it.
        SessionBusyError: if the session is open somewhere.
        StorageError: if the file cannot be written.
    """
    name = name.strip()
    target = session_path(path.parent, name)
    if target != path and target.exists() and not target.samefile(path):
        raise InputError(f"{target} already exists.", "Choose another name.", field="name")
    with _alone(path) as db:
        db.execute("UPDATE session SET name = ?", (to_column(name),))
        fold(db)
        if target.exists():  # the same file, under a name that differs in case at most
            path.rename(target)
        else:
            place(path, target)
        if target != path:
            _remove_side_files(path)
    return target


def copy(path: Path, new_path: Path, name: str = "") -> Path:
    """Copy a session as it is at this moment, even while it is in use or lies in a read-only folder.

    Runs that are under way are `interrupted` in the copy, which nobody is working on.

    Args:
        path: the session file.
        new_path: where the copy goes; nothing may be there yet.
        name: the copy's name; the stem of `new_path` when empty.

    Returns:
        `new_path`.

    Raises:
        NotASessionError: if something else is in the file.
        StorageError: if it cannot be read, something is at `new_path`, or the copy cannot be written.
    """
    with copying(path, new_path, name):
        pass
    return new_path


@contextmanager
def copying(path: Path, new_path: Path, name: str = "") -> Iterator[Connection]:
    """A connection to a copy in the making, which takes its place at `new_path` once the block has ended well.

    Raises:
        NotASessionError: if something else is in the file.
        StorageError: if it cannot be read, something is at `new_path`, or the copy cannot be written.
    """
    header = check_session(path)
    with new_file(new_path) as temporary, closing(connect(temporary)) as db:
        with closing(_reading(path, to_copy=True)) as source:
            source.backup(db)
        if header.schema == SCHEMA:
            db.execute("UPDATE session SET name = ?", (to_column(name.strip() or new_path.stem),))
            db.execute(
                "UPDATE runs SET status = ?, reason = ?, finished = heartbeat, owner = '' WHERE status = ?",
                (RunStatus.INTERRUPTED.value, "Copied while it was running.", RunStatus.RUNNING.value),
            )
        yield db


def delete(path: Path) -> None:
    """Delete a session with the files SQLite keeps beside it.

    Raises:
        NotASessionError: if something else is in the file, which stays.
        SessionBusyError: if the session is open somewhere, or one of its runs is live.
        StorageError: if it cannot be deleted.
    """
    with _alone(path) as db:
        if running := live_elsewhere(db, utc_now()):
            raise SessionBusyError(
                f"{path}: run {running[0]} is live in another process.", "Wait until it has finished."
            )
        path.unlink()
        _remove_side_files(path)


def compact(path: Path) -> tuple[int, int]:
    """Drop contents, texts and calls that nothing refers to any more, and give the room back to the disk.

    Returns:
        The file's bytes before and after.

    Raises:
        NotASessionError: if something else is in the file.
        SessionBusyError: if the session is open somewhere.
        StorageError: if it cannot be written, or the disk has no room for the work; nothing in use is lost.
    """
    before = sum(file.stat().st_size for file in (path, *side_files(path)) if file.exists())
    with _alone(path) as db:
        with at_once(db):
            _drop_orphans(db)
        db.execute("VACUUM")
        fold(db)
    return before, path.stat().st_size


@contextmanager
def at_once(db: Connection) -> Iterator[None]:
    """A transaction around the block, taken back if it fails."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def fold(db: Connection) -> None:
    """Write the log's content into the file, so that the file alone is the session."""
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _remove_side_files(path: Path) -> None:
    """Remove what SQLite leaves alone when the session itself has moved; only while the lock is held."""
    for file in side_files(path):
        file.unlink(missing_ok=True)


def _drop_orphans(db: Connection) -> None:
    db.execute("DELETE FROM calls WHERE id NOT IN (SELECT call_id FROM run_calls)")
    db.execute("""
        DELETE FROM item_contents WHERE hash NOT IN (
            SELECT content_hash FROM items UNION SELECT content_hash FROM run_items
            UNION SELECT content_hash FROM answers)""")
    db.execute("""
        DELETE FROM labels WHERE item_id NOT IN (SELECT id FROM items UNION SELECT item_id FROM run_items)""")
    kept: set[str] = set()
    for request, sent in db.execute("SELECT request, sent FROM calls"):
        kept.update(referred(request), referred(sent))
    every = {name for (name,) in db.execute("SELECT hash FROM texts")}
    for portion in batches(every - kept):
        db.execute(f"DELETE FROM texts WHERE hash IN ({marks(portion)})", portion)


@contextmanager
def _alone(path: Path) -> Iterator[Connection]:
    """A connection while nobody else, here or in another process, has the session open or can open it.

    Raises:
        SessionBusyError: if somebody has it open.
        StorageError: if it is no session, damaged or read-only.
    """
    check_session(path)
    check_writable(path)
    try:
        with closing(connect(path, timeout=_WAIT)) as db:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            # The first transaction takes the lock; it is held until the connection closes.
            db.execute("BEGIN IMMEDIATE")
            db.execute("COMMIT")
            yield db
    except sqlite3.Error as error:
        if result_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise SessionBusyError(f"{path} is open somewhere.", "Close it there, then try again.") from error
        raise translated(error, path, "nothing was changed") or error from error
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}.", "Check the permissions of its folder.") from error


def _reading(path: Path, *, to_copy: bool = False) -> Connection:
    """A connection that reads a session whether or not somebody writes to it.

    Without a write-ahead log nobody has the session open: then it is read without locks, which leaves no
    trace. A copy takes longer, so that somebody may begin to write meanwhile: it takes locks where it may.
    """
    log, index = side_files(path)
    writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    if log.exists():
        if not writable and not index.exists():
            raise StorageError(
                f"{path} was not closed in good order, and its folder is read-only.",
                f"Copy it together with {log.name} to a folder of your own.",
            )
        return connect(path, mode="ro")
    return connect(path, mode="rw" if to_copy and writable else "immutable")


def _is_cut_short(status: str, owner: str, heartbeat: str, *, now: datetime) -> bool:
    if status == RunStatus.RUNNING.value:
        return not owner_is_alive(from_column(owner), datetime.fromisoformat(heartbeat), now)
    return status != RunStatus.DONE.value


def _modified(path: Path) -> datetime:
    """When the session last changed; what was written last may still be in the log."""
    times = [0.0]
    for file in (path, side_files(path)[0]):
        try:
            times.append(file.stat().st_mtime)
        except OSError:
            continue
    return datetime.fromtimestamp(max(times), UTC)
