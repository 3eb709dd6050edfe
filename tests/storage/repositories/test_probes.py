"""Probings: stored whole, found again, and hidden where the user's own rubrics and runs are listed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from judgetui.core.probes.base import BASE
from judgetui.core.probes.records import ProbeRecord, ProbeSettings
from judgetui.core.run import Run, RunOrigin, RunSettings, own_first
from judgetui.errors import InputError
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from tests.storage.builders import JUDGE, a_rubric, items, table_count

SETTINGS = ProbeSettings(20, 1, ("names", "retest"), {"position": "no pairs."}, "abc")


def begun(q: Repositories) -> ProbeRecord:
    version = q.rubrics.create(a_rubric())
    return q.probes.create(version.id, JUDGE, SETTINGS)


def run(q: Repositories, record: ProbeRecord, probe: str = "names", task: str = "Other.") -> Run:
    return q.probes.add_run(record.id, probe, f"{task}", a_rubric(task=task), items(2), RunSettings(), "me")


def test_a_probing_comes_back_as_it_was(session: SessionFile) -> None:
    record = session.write_now(begun)
    assert session.read_now(lambda q: q.probes.get(record.id)) == record
    assert (record.judge, record.settings, record.finished, record.runs) == (JUDGE, SETTINGS, None, {})
    first = session.write_now(lambda q: run(q, record))
    assert session.read_now(lambda q: q.probes.get(record.id)).runs == {("names", "Other."): first.id}
    assert session.write_now(lambda q: q.probes.finish(record.id)).finished is not None
    with pytest.raises(InputError):
        session.read_now(lambda q: q.probes.get(99))


def test_the_same_probing_is_found_again(session: SessionFile) -> None:
    record = session.write_now(begun)

    def find(**change: object) -> ProbeRecord | None:
        wanted = replace(SETTINGS, **change)  # type: ignore[arg-type]
        return session.read_now(lambda q: q.probes.find(record.version_id, JUDGE, wanted))

    assert find() == record and find(skipped={}) == record
    assert find(seed=2) is None and find(digest="x") is None and find(probes=("names",)) is None
    assert session.read_now(lambda q: q.probes.find(record.version_id, "other:judge", SETTINGS)) is None
    newer = session.write_now(lambda q: q.probes.create(record.version_id, JUDGE, SETTINGS))
    assert find() == newer
    assert session.read_now(lambda q: q.probes.all()) == [newer, record]


def test_runs_of_variants_are_listed_nowhere_and_the_base_is(session: SessionFile) -> None:
    record = session.write_now(begun)
    base = session.write_now(
        lambda q: q.probes.add_run(record.id, BASE, BASE, a_rubric(), items(2), RunSettings(), "me")
    )
    hidden = session.write_now(lambda q: run(q, record))
    assert [each.id for each in session.read_now(lambda q: q.runs.all())] == [base.id]
    assert base.version_id == record.version_id != hidden.version_id
    assert [each.name for each in session.read_now(lambda q: q.rubrics.summaries())] == ["coherence"]
    assert session.read_now(lambda q: q.runs.get(hidden.id)).items == 2
    assert base.probing == record.id
    assert session.read_now(lambda q: q.runs.latest_for_rubric(base.rubric_id)) == base


def test_a_probing_stands_for_a_rubric_only_when_nothing_else_does(session: SessionFile) -> None:
    record = session.write_now(begun)

    def add(q: Repositories, count: int) -> Run:
        return q.probes.add_run(record.id, BASE, BASE, a_rubric(), items(count), RunSettings(), "me")

    own = session.write_now(
        lambda q: q.runs.create(record.version_id, [JUDGE], RunSettings(), RunOrigin.LIVE, items(5), "me")
    )
    base = session.write_now(lambda q: add(q, 2))
    runs = session.read_now(lambda q: q.runs.all())
    assert [each.id for each in runs] == [base.id, own.id]
    assert own_first(runs) == [own, base]
    assert session.read_now(lambda q: q.runs.latest_for_rubric(own.rubric_id)) == own


def test_variants_that_say_the_same_share_a_rubric(session: SessionFile) -> None:
    record = session.write_now(begun)
    one = session.write_now(lambda q: run(q, record, "names"))
    two = session.write_now(lambda q: run(q, record, "style"))
    other = session.write_now(lambda q: run(q, record, "names", "A third."))
    assert one.version_id == two.version_id != other.version_id
    stored = session.read_now(lambda q: q.rubrics.version(one.version_id)).rubric
    assert stored.task == "Other."


def test_what_cannot_be_stored_leaves_nothing(session: SessionFile) -> None:
    record = session.write_now(begun)
    before = table_count(session, "rubrics"), table_count(session, "runs")

    def both(q: Repositories) -> None:
        run(q, record)
        q.probes.add_run(99, "names", "x", a_rubric(task="U."), items(1), RunSettings(), "me")

    with pytest.raises(InputError):
        session.write_now(both)
    assert (table_count(session, "rubrics"), table_count(session, "runs")) == before


def test_probings_go_with_the_rubric_they_probed_and_their_rubrics_with_the_next(
    session: SessionFile,
) -> None:
    record = session.write_now(begun)
    session.write_now(lambda q: run(q, record))
    rubric_id = session.read_now(lambda q: q.rubrics.version(record.version_id)).rubric_id
    session.write_now(lambda q: q.rubrics.delete(rubric_id))
    assert session.read_now(lambda q: q.probes.all()) == []
    fresh = session.write_now(begun)
    session.write_now(lambda q: run(q, fresh))
    assert (table_count(session, "rubrics"), table_count(session, "runs")) == (2, 1)
    session.write_now(lambda q: q.probes.create(fresh.version_id, "other:judge", SETTINGS))
    assert table_count(session, "runs") == 1
