"""The schema, as a list of steps that are never edited once released.

Imported only where a file is made or brought up to date: sqlite-utils takes longer to import than a session to open.
"""

from __future__ import annotations

from sqlite3 import Connection
from typing import Final

from sqlite_utils import Database, Migrations

from judgetui.storage.schema import SCHEMA, user_version

MIGRATIONS: Final = Migrations("judgetui")


def migrate(db: Connection) -> None:
    """Bring an open database to `SCHEMA`, in one transaction; it must hold none open.

    Raises:
        sqlite3.Error: as the failing step raised it; the database is as it was.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        # The other process may have done it while this one waited for the lock.
        if user_version(db) < SCHEMA:
            # Plug-ins of sqlite-utils are other people's code and have no business in a session.
            MIGRATIONS.apply(Database(db, execute_plugins=False))
            db.execute(f"PRAGMA user_version = {SCHEMA}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@MIGRATIONS()
def m001_rubrics(db: Database) -> None:
    db.execute("""
        CREATE TABLE session (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            name TEXT NOT NULL,
            created TEXT NOT NULL
        ) STRICT""")
    db.execute("""
        CREATE TABLE rubrics (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            created TEXT NOT NULL
        ) STRICT""")
    db.execute("""
        CREATE TABLE versions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            rubric_id INTEGER NOT NULL REFERENCES rubrics (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            rubric_hash TEXT NOT NULL,
            protocol TEXT NOT NULL,
            title TEXT NOT NULL,
            note TEXT NOT NULL,
            body TEXT NOT NULL,
            created TEXT NOT NULL,
            UNIQUE (rubric_id, number)
        ) STRICT""")
    db.execute("CREATE INDEX versions_by_hash ON versions (rubric_hash)")


@MIGRATIONS()
def m002_items(db: Database) -> None:
    db.execute("CREATE TABLE item_contents (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT")
    db.execute("""
        CREATE TABLE items (
            id TEXT PRIMARY KEY,
            position INTEGER NOT NULL UNIQUE,
            responses INTEGER NOT NULL,
            content_hash TEXT NOT NULL REFERENCES item_contents (hash)
        ) STRICT""")
    db.execute("CREATE INDEX items_by_content ON items (content_hash)")
    # No reference to items: a run may outlive the item, and what people said of it is still worth having.
    db.execute("""
        CREATE TABLE labels (
            item_id TEXT NOT NULL,
            rater TEXT NOT NULL,
            criterion TEXT NOT NULL,
            value TEXT NOT NULL,
            created TEXT NOT NULL,
            PRIMARY KEY (item_id, rater, criterion)
        ) STRICT""")


@MIGRATIONS()
def m003_runs(db: Database) -> None:
    db.execute("""
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            version_id INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
            judges TEXT NOT NULL,
            settings TEXT NOT NULL,
            origin TEXT NOT NULL,
            status TEXT NOT NULL,
            reason TEXT NOT NULL,
            items INTEGER NOT NULL,
            retries INTEGER NOT NULL DEFAULT 0,
            owner TEXT NOT NULL,
            heartbeat TEXT NOT NULL,
            created TEXT NOT NULL,
            finished TEXT
        ) STRICT""")
    db.execute("CREATE INDEX runs_by_version ON runs (version_id)")
    db.execute("CREATE INDEX runs_by_status ON runs (status)")
    db.execute("""
        CREATE TABLE run_items (
            run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            item_id TEXT NOT NULL,
            content_hash TEXT NOT NULL REFERENCES item_contents (hash),
            PRIMARY KEY (run_id, position)
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX run_items_by_item ON run_items (item_id)")
    db.execute("CREATE INDEX run_items_by_content ON run_items (content_hash)")
    db.execute("""
        CREATE TABLE run_notices (
            id INTEGER PRIMARY KEY,
            run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            text TEXT NOT NULL,
            created TEXT NOT NULL,
            UNIQUE (run_id, text)
        ) STRICT""")


@MIGRATIONS()
def m004_calls(db: Database) -> None:
    db.execute("CREATE TABLE texts (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT")
    # A key may stand here twice: asked afresh, a judge may answer otherwise; the first run keeps its answer.
    db.execute("""
        CREATE TABLE calls (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL,
            judge TEXT NOT NULL,
            request TEXT NOT NULL,
            reply TEXT NOT NULL,
            sent TEXT NOT NULL,
            created TEXT NOT NULL
        ) STRICT""")
    db.execute("CREATE INDEX calls_by_key ON calls (key)")
    db.execute("""
        CREATE TABLE run_calls (
            run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            call_id INTEGER NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
            PRIMARY KEY (run_id, call_id)
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX run_calls_by_call ON run_calls (call_id)")


@MIGRATIONS()
def m005_judgements(db: Database) -> None:
    # Figures and texts stand apart, so that tables and totals need not read past 10,000 replies.
    db.execute("""
        CREATE TABLE judgements (
            id INTEGER PRIMARY KEY,
            run_id INTEGER NOT NULL,
            position INTEGER NOT NULL,
            judge TEXT NOT NULL,
            status TEXT NOT NULL,
            score REAL,
            verdict TEXT,
            label TEXT,
            consistent INTEGER,
            source TEXT,
            input_tokens INTEGER,
            cached_tokens INTEGER,
            output_tokens INTEGER,
            cost_usd REAL,
            started TEXT NOT NULL,
            UNIQUE (run_id, position, judge),
            FOREIGN KEY (run_id, position) REFERENCES run_items (run_id, position) ON DELETE CASCADE
        ) STRICT""")
    db.execute("""
        CREATE INDEX judgements_totals
        ON judgements (run_id, status, input_tokens, cached_tokens, output_tokens, cost_usd)""")
    db.execute("""
        CREATE TABLE judgement_bodies (
            judgement_id INTEGER PRIMARY KEY REFERENCES judgements (id) ON DELETE CASCADE,
            outcome TEXT NOT NULL,
            votes TEXT NOT NULL
        ) STRICT""")


@MIGRATIONS()
def m006_drafts(db: Database) -> None:
    db.execute("""
        CREATE TABLE drafts (
            rubric_id INTEGER PRIMARY KEY REFERENCES rubrics (id) ON DELETE CASCADE,
            base_version INTEGER NOT NULL,
            text TEXT NOT NULL,
            updated TEXT NOT NULL
        ) STRICT""")


@MIGRATIONS()
def m007_judges(db: Database) -> None:
    # What an endpoint turned out to refuse, and the model it last said it was.
    db.execute("""
        CREATE TABLE judge_facts (
            judge TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            fact TEXT NOT NULL,
            value TEXT NOT NULL,
            updated TEXT NOT NULL,
            PRIMARY KEY (judge, endpoint, fact)
        ) STRICT, WITHOUT ROWID""")
    # What a run paid for replies, whether or not a judgement came of them, and what other calls may have cost.
    db.execute("ALTER TABLE runs ADD COLUMN paid_usd REAL NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE runs ADD COLUMN lost_usd REAL NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE judgements ADD COLUMN reasoning_tokens INTEGER")
    db.execute("ALTER TABLE judgements ADD COLUMN cache_write_tokens INTEGER")
    db.execute("DROP INDEX judgements_totals")
    db.execute("""
        CREATE INDEX judgements_totals
        ON judgements (
            run_id, status, input_tokens, cached_tokens, output_tokens, cost_usd, reasoning_tokens,
            cache_write_tokens
        )""")


@MIGRATIONS()
def m008_batches(db: Database) -> None:
    db.execute("""
        CREATE TABLE batches (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            judge TEXT NOT NULL,
            step TEXT NOT NULL,
            token TEXT NOT NULL UNIQUE,
            source TEXT NOT NULL,
            learned TEXT NOT NULL,
            upload TEXT NOT NULL,
            remote TEXT NOT NULL,
            requests INTEGER NOT NULL,
            detail TEXT NOT NULL,
            created TEXT NOT NULL,
            updated TEXT NOT NULL
        ) STRICT""")
    db.execute("CREATE INDEX batches_by_run ON batches (run_id)")
    # The keys are those of the calls that answer it; the costs are there once it was answered.
    db.execute("""
        CREATE TABLE batch_calls (
            batch_id INTEGER NOT NULL REFERENCES batches (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            position INTEGER NOT NULL,
            keys TEXT NOT NULL,
            costs TEXT,
            PRIMARY KEY (batch_id, number)
        ) STRICT, WITHOUT ROWID""")


@MIGRATIONS()
def m009_trust(db: Database) -> None:
    # A split says what an item is used for, not what is judged, so it is no part of the content.
    db.execute("ALTER TABLE items ADD COLUMN split TEXT")
    # Each answer of a person, in the order given; the labels are what the latest ones come to.
    db.execute("""
        CREATE TABLE answers (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            item_id TEXT NOT NULL,
            content_hash TEXT NOT NULL REFERENCES item_contents (hash),
            rubric_id INTEGER REFERENCES rubrics (id) ON DELETE SET NULL,
            rater TEXT NOT NULL,
            queue TEXT NOT NULL,
            picked TEXT NOT NULL,
            shown TEXT NOT NULL,
            said TEXT NOT NULL,
            before TEXT NOT NULL,
            note TEXT NOT NULL,
            skipped INTEGER NOT NULL,
            flagged INTEGER NOT NULL,
            blind INTEGER NOT NULL,
            seconds REAL,
            created TEXT NOT NULL,
            undone INTEGER NOT NULL DEFAULT 0
        ) STRICT""")
    db.execute("CREATE INDEX answers_by_item ON answers (item_id, rater)")
    db.execute("CREATE INDEX answers_by_content ON answers (content_hash)")
    # Rubrics that were made to probe another one are not the user's.
    db.execute("ALTER TABLE rubrics ADD COLUMN purpose TEXT NOT NULL DEFAULT ''")
    db.execute("""
        CREATE TABLE probes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            version_id INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
            judge TEXT NOT NULL,
            settings TEXT NOT NULL,
            created TEXT NOT NULL,
            finished TEXT
        ) STRICT""")
    db.execute("""
        CREATE TABLE probe_runs (
            probe_id INTEGER NOT NULL REFERENCES probes (id) ON DELETE CASCADE,
            probe TEXT NOT NULL,
            variant TEXT NOT NULL,
            run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
            PRIMARY KEY (probe_id, probe, variant)
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX probe_runs_by_run ON probe_runs (run_id)")
