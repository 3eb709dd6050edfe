"""Drafts: edits that are not a version yet, kept so that nothing is lost."""

from __future__ import annotations

from typing import Any, Final

from judgetui.core.session import Draft
from judgetui.storage.columns import from_column, moment, stamp, to_column
from judgetui.storage.repositories.base import Repository

_DRAFTS: Final = "SELECT rubric_id, base_version, text, updated FROM drafts"


class DraftRepository(Repository):
    """At most one draft for each rubric."""

    def get(self, rubric_id: int) -> Draft | None:
        """A rubric's draft, None when there is none."""
        row = self._row(f"{_DRAFTS} WHERE rubric_id = ?", (rubric_id,))
        return None if row is None else _draft(row)

    def all(self) -> list[Draft]:
        """Every draft, last touched first."""
        return [_draft(row) for row in self._rows(f"{_DRAFTS} ORDER BY updated DESC, rubric_id")]

    def put(self, draft: Draft) -> None:
        """Store a draft in place of the one its rubric had.

        Raises:
            sqlite3.IntegrityError: if there is no such rubric; outside the session, a StorageError.
        """
        self._change(
            """INSERT INTO drafts (rubric_id, base_version, text, updated) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE
            SET base_version = excluded.base_version, text = excluded.text, updated = excluded.updated""",
            (draft.rubric_id, draft.base_version, to_column(draft.text), stamp(draft.updated)),
        )

    def clear(self, rubric_id: int) -> None:
        """Forget a rubric's draft, if it has one."""
        self._change("DELETE FROM drafts WHERE rubric_id = ?", (rubric_id,))


def _draft(row: Any) -> Draft:
    rubric_id, base_version, text, updated = row
    return Draft(rubric_id, base_version, from_column(text), moment(updated))
