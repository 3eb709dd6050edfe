"""Older sessions are upgraded in one go, or left as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from judgetui.core.session import SessionSummary
from judgetui.errors import SessionBusyError, StorageError
from judgetui.storage import connections, database, files, making, migrations
from judgetui.storage.connections import APPLICATION_ID, connect
from judgetui.storage.database import SessionFile
from judgetui.storage.making import new_file, prepare
from judgetui.storage.migrations import MIGRATIONS
from judgetui.storage.schema import SCHEMA, user_version
from tests.storage.builders import a_rubric, untouched


def make_older(path: Path, schema: int) -> None:
    """A session as the program wrote it when it knew so many steps."""
    following = [step.name for step in MIGRATIONS._migrations][schema]
    with new_file(path) as temporary, closing(connect(temporary)) as db:
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        prepare(db, temporary)
        MIGRATIONS.apply(Database(db), stop_before=following)
        db.execute(f"PRAGMA user_version = {schema}")
        db.execute("INSERT INTO session (id, name, created) VALUES (1, 'Old', '2026-01-01T00:00:00+00:00')")


@contextmanager
def one_more_step(monkeypatch: pytest.MonkeyPatch, works: bool) -> Iterator[None]:
    """The program as it may be one day: its schema has another step."""
    longer = Migrations(MIGRATIONS.name)
    longer._migrations = list(MIGRATIONS._migrations)

    @longer()
    def m999_one_more(db: Database) -> None:
        db.execute("ALTER TABLE rubrics ADD COLUMN colour TEXT")
        db.execute("DELETE FROM rubrics")
        if not works:
            raise RuntimeError("the step does not fit")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", longer)
        for module in (migrations, connections, making, database, files):
            patch.setattr(module, "SCHEMA", SCHEMA + 1)
        yield


def schema_of(path: Path) -> int:
    return connections.read_header(path).schema


def test_the_schema_number_counts_the_steps() -> None:
    assert len(MIGRATIONS._migrations) == SCHEMA


@pytest.mark.parametrize("schema", range(1, SCHEMA))
def test_each_older_schema_is_upgraded(path: Path, schema: int) -> None:
    make_older(path, schema)
    with SessionFile.open(path) as session:
        assert session.name == "Old"
        version = session.write_now(lambda q: q.rubrics.create(a_rubric()))
        assert session.read_now(lambda q: q.rubrics.latest(version.rubric_id)) == version
        assert session.read_now(lambda q: (q.runs.all(), q.drafts.all(), q.items.all())) == ([], [], [])
    assert schema_of(path) == SCHEMA


def test_an_older_session_is_not_summed_up_but_listed(path: Path) -> None:
    make_older(path, 3)
    with untouched(path):
        (problem,) = files.list_sessions(path.parent)
        assert not isinstance(problem, SessionSummary)
        assert "older judgetui" in problem.message
        assert "Open it once" in problem.hint


def test_an_older_session_can_be_copied_as_it_is(path: Path) -> None:
    make_older(path, 3)
    files.copy(path, path.with_name("copy.db"))
    assert schema_of(path.with_name("copy.db")) == 3


def test_todays_session_is_upgraded_one_day(session: SessionFile, monkeypatch: pytest.MonkeyPatch) -> None:
    session.write_now(lambda q: q.rubrics.create(a_rubric()))
    session.close()
    with one_more_step(monkeypatch, works=True):
        opened = SessionFile.open(session.path)
        # The header says so at once, not when the session is closed.
        assert schema_of(session.path) == SCHEMA + 1
        opened.close()
    with pytest.raises(StorageError, match="newer judgetui"):
        SessionFile.open(session.path)


def test_a_step_that_fails_leaves_the_old_data_readable(
    session: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = session.write_now(lambda q: q.rubrics.create(a_rubric()))
    session.close()
    with one_more_step(monkeypatch, works=False), pytest.raises(StorageError) as caught:
        SessionFile.open(session.path)
    assert "the step does not fit" in caught.value.message
    assert "nothing in it was changed" in caught.value.message
    assert schema_of(session.path) == SCHEMA
    with SessionFile.open(session.path) as again:
        assert again.read_now(lambda q: q.rubrics.version(made.id)) == made


def test_an_upgrade_waits_for_its_turn(path: Path) -> None:
    make_older(path, 3)
    with closing(connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SessionBusyError):
            SessionFile.open(path, busy_timeout=0.01)
        other.execute("ROLLBACK")
    assert schema_of(path) == 3
    SessionFile.open(path).close()


def test_an_upgrade_that_somebody_else_has_done_is_not_done_twice(path: Path) -> None:
    make_older(path, 3)
    SessionFile.open(path).close()
    with closing(connect(path)) as db:
        migrations.migrate(db)
        assert user_version(db) == SCHEMA
