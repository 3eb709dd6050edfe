"""Rubrics and their versions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from judgetui.core.rubric import Rubric, rubric_from_mapping
from judgetui.core.session import RubricSummary, Version
from judgetui.errors import InputError
from judgetui.storage.columns import dump, from_column, load, moment, stamp, to_column
from judgetui.storage.repositories.base import Repository

_VERSIONS: Final = """
    SELECT v.id, v.rubric_id, v.number, v.rubric_hash, v.note, v.created, v.body, r.name
    FROM versions v JOIN rubrics r ON r.id = v.rubric_id"""


class RubricRepository(Repository):
    """A rubric's name belongs to the session: every version, old ones too, reports the name it has now."""

    def create(self, rubric: Rubric, note: str = "", purpose: str = "") -> Version:
        """Store a new rubric as its version 1.

        Args:
            purpose: what it was made for, when it is not one of the user's; such rubrics and their runs are listed
                nowhere.

        Returns:
            The version, its rubric as the format reads it back (texts stripped at both ends).

        Raises:
            InputError: if the name is taken.
            RubricError: if the format cannot hold the rubric, or the protocol is unknown.
        """
        rubric = _normal(rubric)
        self._refuse_taken(rubric.name)
        rubric_id = self._inserted(
            "INSERT INTO rubrics (name, created, purpose) VALUES (?, ?, ?)",
            (to_column(rubric.name), stamp(self._clock()), purpose),
        )
        return self._add(rubric_id, 1, rubric, note)

    def add_version(self, rubric_id: int, rubric: Rubric, note: str) -> Version:
        """Store the next version, even when one with the same hash exists.

        The rubric's own name is not looked at: `rename` is what changes it.

        Raises:
            InputError: if there is no such rubric.
            RubricError: if the format cannot hold the rubric, or the protocol is unknown.
        """
        name = self._name(rubric_id)
        highest = self._value("SELECT MAX(number) FROM versions WHERE rubric_id = ?", (rubric_id,))
        return self._add(rubric_id, highest + 1, _normal(replace(rubric, name=name)), note)

    def summaries(self) -> list[RubricSummary]:
        """Every rubric of the user's at a glance, oldest first."""
        rows = self._rows("""
            SELECT r.id, r.name, v.title, v.protocol, v.number, v.note, d.rubric_id IS NOT NULL
            FROM rubrics r
            JOIN versions v ON v.rubric_id = r.id
                AND v.number = (SELECT MAX(number) FROM versions WHERE rubric_id = r.id)
            LEFT JOIN drafts d ON d.rubric_id = r.id
            WHERE r.purpose = ''
            ORDER BY r.id""")
        return [
            RubricSummary(
                id=identity,
                name=from_column(name),
                title=from_column(title),
                protocol=from_column(protocol),
                version=number,
                note=from_column(note),
                has_draft=bool(has_draft),
            )
            for identity, name, title, protocol, number, note, has_draft in rows
        ]

    def versions(self, rubric_id: int) -> list[Version]:
        """All versions of a rubric, newest first; empty when there is no such rubric."""
        rows = self._rows(f"{_VERSIONS} WHERE v.rubric_id = ? ORDER BY v.number DESC", (rubric_id,))
        return [_version(row) for row in rows]

    def version(self, version_id: int) -> Version:
        """A version by its id.

        Raises:
            InputError: if there is none.
        """
        row = self._row(f"{_VERSIONS} WHERE v.id = ?", (version_id,))
        if row is None:
            raise InputError(f"version {version_id} is not in this session.", "It may have been deleted.")
        return _version(row)

    def number(self, rubric_id: int, number: int) -> Version:
        """A version by its number within its rubric.

        Raises:
            InputError: naming the newest number.
        """
        row = self._row(f"{_VERSIONS} WHERE v.rubric_id = ? AND v.number = ?", (rubric_id, number))
        if row is None:
            newest = self.latest(rubric_id)
            raise InputError(
                f"{newest.rubric.name} has no version {number}.", f"Its newest is version {newest.number}."
            )
        return _version(row)

    def latest(self, rubric_id: int) -> Version:
        """The newest version of a rubric.

        Raises:
            InputError: if there is no such rubric.
        """
        row = self._row(f"{_VERSIONS} WHERE v.rubric_id = ? ORDER BY v.number DESC LIMIT 1", (rubric_id,))
        if row is None:
            raise _no_rubric(rubric_id)
        return _version(row)

    def by_name(self, name: str) -> int | None:
        """The id of the rubric of that name, None when there is none."""
        found: int | None = self._value("SELECT id FROM rubrics WHERE name = ?", (to_column(name.strip()),))
        return found

    def find_hash(self, rubric_hash: str) -> Version | None:
        """The newest version with that hash, of whatever rubric; None when there is none."""
        row = self._row(f"{_VERSIONS} WHERE v.rubric_hash = ? ORDER BY v.id DESC LIMIT 1", (rubric_hash,))
        return None if row is None else _version(row)

    def rename(self, rubric_id: int, name: str) -> None:
        """Give a rubric another name; its versions and their hashes stay as they are.

        Raises:
            InputError: if there is no such rubric, or the name is empty or taken.
        """
        name = name.strip()
        if name == self._name(rubric_id):
            return
        if not name:
            raise InputError("the rubric needs a name.", "Write one.", field="name")
        self._refuse_taken(name)
        self._change("UPDATE rubrics SET name = ? WHERE id = ?", (to_column(name), rubric_id))

    def copy(self, rubric_id: int, name: str) -> Version:
        """Store the newest version as version 1 of a new rubric.

        Raises:
            InputError: if there is no such rubric, or the name is taken.
        """
        source = self.latest(rubric_id)
        return self.create(
            replace(source.rubric, name=name), f"Copy of {source.rubric.name}, version {source.number}."
        )

    def delete(self, rubric_id: int) -> int:
        """Remove a rubric with its versions, draft, runs and their judgements.

        Returns:
            How many runs went with it.

        Raises:
            InputError: if there is no such rubric.
            SessionBusyError: if another process is running one of its runs.
        """
        self._name(rubric_id)
        of_rubric = "version_id IN (SELECT id FROM versions WHERE rubric_id = ?)"
        from judgetui.storage.repositories.live import refuse_live

        refuse_live(self._db, self._clock(), of_rubric, rubric_id)
        runs = int(self._value(f"SELECT COUNT(*) FROM runs WHERE {of_rubric}", (rubric_id,)))
        self._change("DELETE FROM rubrics WHERE id = ?", (rubric_id,))
        return runs

    def _add(self, rubric_id: int, number: int, rubric: Rubric, note: str) -> Version:
        from judgetui.core.protocols.registry import rubric_hash  # brings in every protocol

        digest, created = rubric_hash(rubric), self._clock()
        version_id = self._inserted(
            """INSERT INTO versions (rubric_id, number, rubric_hash, protocol, title, note, body, created)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                rubric_id,
                number,
                digest,
                to_column(rubric.protocol),
                to_column(rubric.title),
                to_column(note),
                dump(rubric.to_mapping()),
                stamp(created),
            ),
        )
        return Version(version_id, rubric_id, number, rubric, digest, note, moment(stamp(created)))

    def _name(self, rubric_id: int) -> str:
        name = self._value("SELECT name FROM rubrics WHERE id = ?", (rubric_id,))
        if name is None:
            raise _no_rubric(rubric_id)
        return from_column(name)

    def _refuse_taken(self, name: str) -> None:
        if self.by_name(name) is not None:
            raise InputError(
                f"the session already has a rubric named {name!r}.", "Choose another name.", field="name"
            )


def _normal(rubric: Rubric) -> Rubric:
    """The rubric as it will be read back, so that the stored hash is the hash of what is stored."""
    return rubric_from_mapping(rubric.to_mapping())


def _version(row: Any) -> Version:
    identity, rubric_id, number, digest, note, created, body, name = row
    rubric = replace(rubric_from_mapping(load(body)), name=from_column(name))
    return Version(identity, rubric_id, number, rubric, digest, from_column(note), moment(created))


def _no_rubric(rubric_id: int) -> InputError:
    return InputError(f"rubric {rubric_id} is not in this session.", "It may have been deleted.")
