"""A copy of a session without what must not leave the house; the figures can still be computed from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from judgetui.core.item import ADJUDICATED
from judgetui.core.reading import nearest
from judgetui.core.rubric import digest
from judgetui.errors import InputError, StorageError
from judgetui.storage.columns import dump, from_column, load, to_column
from judgetui.storage.connections import check_session
from judgetui.storage.files import at_once, copying, fold
from judgetui.storage.schema import SCHEMA

MARKER: Final = "[redacted]"
"""Stands where a text was."""

UNNAMED: Final = "human"
"""The rater of labels that name nobody."""

_PAIR_LABELS: Final = ("human_a", "human_b")
"""Fields that hold what raters, by name, said of the single answers of a pair."""

_QUOTABLE: Final = 20
"""Characters from which on a redacted text is looked for in rubrics."""

_RESPONSES: Final = ("response", "response_a", "response_b", "responses")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What was left out of a copy.

    Args:
        contents: items' contents in which a field was replaced.
        calls: prompts and replies that were dropped.
        raters: names that were replaced.
        quoting: rubrics, by name and version, in which a text stands that was replaced in the items; they are as they were.
    """

    contents: int
    calls: int
    raters: int
    quoting: tuple[str, ...]


def redact(
    path: Path,
    new_path: Path,
    *,
    fields: Sequence[str] = (),
    raw: bool = False,
    raters: bool = False,
    name: str = "",
) -> Redaction:
    """Copy a session and leave out of the copy what is named. The session itself is not changed.

    Scores, verdicts, labels, tokens, costs and times stay. Replies can no longer be read again, and nothing can be resumed
    without asking anew. Ids stay: that of an item that came without one is part of a hash of its content.

    Args:
        fields: of the items, input fields or `response` (which means every answer), replaced by a marker. Prompts and
            replies quote them, so `raw` is implied; raters' notes may, and are dropped.
        raw: drop prompts, replies, reasons, what went wrong in words, and what endpoints said of themselves.
        raters: name people `rater-1`, `rater-2`, ..., and drop their notes.
        name: the copy's; the stem of `new_path` when empty.

    Raises:
        InputError: if nothing is named, or no item has such a field.
        NotASessionError: if something else is in the file.
        StorageError: if it cannot be read or is of an older judgetui, something is at `new_path`, or the copy cannot be
            written.
    """
    if not (fields or raw or raters):
        raise InputError("nothing is named that is to be left out.", "Add --fields, --raw or --raters.")
    if check_session(path).schema < SCHEMA:
        raise StorageError(f"{path} was written by an older judgetui.", "Open it once to upgrade it.")
    wanted = _expanded(fields) | (set(_PAIR_LABELS) if raters else set())
    with copying(path, new_path, name) as db:
        with at_once(db):
            # Who runs judges on which machine is nobody's business either.
            db.execute("UPDATE runs SET owner = ''")
            _require_fields(db, fields)
            contents, quoting = _redact_contents(db, wanted) if wanted else (0, ())
            calls = _drop_raw(db) if raw or fields else 0
            renamed = _rename_raters(db) if raters else 0
            if raters or fields:
                db.execute("UPDATE answers SET note = ''")
        db.execute("VACUUM")  # what was deleted would still stand in the file
        fold(db)
    return Redaction(contents, calls, renamed, quoting)


def _expanded(fields: Sequence[str]) -> set[str]:
    wanted = set(fields)
    return wanted | set(_RESPONSES) if wanted & {"response", "responses"} else wanted


def _require_fields(db: Connection, fields: Sequence[str]) -> None:
    known: set[str] = set()
    for (body,) in db.execute("SELECT body FROM item_contents"):
        known.update(load(body))
    if known & set(_RESPONSES):
        known.add("response")
    for field in fields:
        if field not in known:
            near = nearest(field, known)
            hint = f"Did you mean {near}?" if near else f"They have {', '.join(sorted(known))}."
            raise InputError(f"no item has a field {field!r}.", hint, field="--fields")


def _redact_contents(db: Connection, wanted: set[str]) -> tuple[int, tuple[str, ...]]:
    """Replace fields in every content, under the hash that it has then, and find rubrics that quote them."""
    texts: set[str] = set()
    moved = 0
    for digest_before, body in db.execute("SELECT hash, body FROM item_contents").fetchall():
        data = load(body)
        if not wanted & data.keys():
            continue
        for field in wanted & data.keys():
            texts.update(_texts(data[field]))
            data[field] = _redacted(data[field])
        digest_after = digest(data)
        db.execute(
            "INSERT OR IGNORE INTO item_contents (hash, body) VALUES (?, ?)", (digest_after, dump(data))
        )
        for table in ("items", "run_items", "answers"):
            db.execute(
                f"UPDATE {table} SET content_hash = ? WHERE content_hash = ?", (digest_after, digest_before)
            )
        if digest_after != digest_before:
            db.execute("DELETE FROM item_contents WHERE hash = ?", (digest_before,))
        moved += 1
    return moved, _quoting(db, {text for text in texts if len(text) >= _QUOTABLE})


def _redacted(value: Any) -> Any:
    """The marker for each text; turns keep their number and roles."""
    match value:
        case list():
            return [_redacted(part) for part in value]
        case {"role": str() as role}:
            return {"role": role, "content": MARKER}
    return MARKER


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value.strip()]
        case list():
            return [text for part in value for text in _texts(part)]
        case Mapping():
            return [text for part in value.values() for text in _texts(part)]
    return []


def _quoting(db: Connection, texts: set[str]) -> tuple[str, ...]:
    """Rubrics in which one of some texts stands, as in examples."""
    found = []
    rows = db.execute("""
        SELECT r.name, 'v' || v.number, v.body FROM versions v JOIN rubrics r ON r.id = v.rubric_id
        UNION ALL SELECT r.name, 'edits', d.text FROM drafts d JOIN rubrics r ON r.id = d.rubric_id""")
    for name, version, body in rows.fetchall():
        held = "\n".join(_texts(load(body))) if version != "edits" else from_column(body)
        if any(text in held for text in texts):
            found.append(f"{from_column(name)} {version}")
    return tuple(found)


def _drop_raw(db: Connection) -> int:
    (calls,) = db.execute("SELECT COUNT(*) FROM calls").fetchone()
    for table in ("run_calls", "calls", "texts", "batch_calls", "batches", "run_notices", "judge_facts"):
        db.execute(f"DELETE FROM {table}")
    db.execute("UPDATE runs SET reason = ? WHERE reason <> ''", (to_column(MARKER),))
    for identity, outcome, votes in db.execute(
        "SELECT judgement_id, outcome, votes FROM judgement_bodies"
    ).fetchall():
        kept = {key: part for key, part in load(outcome).items() if key not in {"rationale", "detail"}}
        db.execute(
            "UPDATE judgement_bodies SET outcome = ?, votes = ? WHERE judgement_id = ?",
            (dump(kept), dump([_vote(vote) for vote in load(votes)]), identity),
        )
    return int(calls)


def _vote(vote: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: part for key, part in vote.items() if key not in {"rationale", "detail", "call"}}
    return kept | {"raw": ""}


def _rename_raters(db: Connection) -> int:
    names = {
        name
        for table in ("labels", "answers")
        for (name,) in db.execute(f"SELECT DISTINCT rater FROM {table}")
        if from_column(name) not in {UNNAMED, ADJUDICATED}
    }
    # By way of names that nobody has, as somebody may be called `rater-2`.
    steps = [("\t" + str(number), f"rater-{number}") for number in range(1, len(names) + 1)]
    for table in ("labels", "answers"):
        for name, (between, _) in zip(sorted(names), steps, strict=True):
            db.execute(f"UPDATE {table} SET rater = ? WHERE rater = ?", (between, name))
        for between, new in steps:
            db.execute(f"UPDATE {table} SET rater = ? WHERE rater = ?", (new, between))
    return len(names)
