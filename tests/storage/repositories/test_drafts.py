from __future__ import annotations

from datetime import UTC, datetime

import pytest

from judgetui.core.session import Draft
from judgetui.errors import StorageError
from judgetui.storage.database import SessionFile
from tests.storage.builders import a_rubric

NOW = datetime(2026, 5, 6, 7, 8, 9, 123456, UTC)


def put(session: SessionFile, draft: Draft) -> None:
    session.write_now(lambda q: q.drafts.put(draft))


def test_a_draft_is_kept_replaced_and_forgotten(session: SessionFile) -> None:
    rubric_id = session.write_now(lambda q: q.rubrics.create(a_rubric())).rubric_id
    assert session.read_now(lambda q: q.drafts.get(rubric_id)) is None
    for text in ('{"task": "first"}', '{"task": "second \\ud800"}'):
        draft = Draft(rubric_id, 1, text, NOW)
        put(session, draft)
        assert session.read_now(lambda q: q.drafts.get(rubric_id)) == draft
        assert session.read_now(lambda q: q.drafts.all()) == [draft]
    session.write_now(lambda q: q.drafts.clear(rubric_id))
    session.write_now(lambda q: q.drafts.clear(rubric_id))
    assert session.read_now(lambda q: q.drafts.all()) == []


def test_drafts_come_last_touched_first(session: SessionFile) -> None:
    ids = session.write_now(lambda q: [q.rubrics.create(a_rubric(name)).rubric_id for name in ("a", "b")])
    put(session, Draft(ids[0], 1, "{}", NOW.replace(day=2)))
    put(session, Draft(ids[1], 1, "{}", NOW.replace(day=1)))
    assert session.read_now(lambda q: [draft.rubric_id for draft in q.drafts.all()]) == ids


def test_a_draft_needs_its_rubric(session: SessionFile) -> None:
    with pytest.raises(StorageError, match="no longer in the session"):
        session.write_now(lambda q: q.drafts.put(Draft(9, 1, "{}", NOW)))
