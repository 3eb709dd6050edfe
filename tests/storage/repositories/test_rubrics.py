from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from judgetui.core.protocols.registry import rubric_hash
from judgetui.core.rubric import Rubric, Sampling
from judgetui.core.session import Draft, Version
from judgetui.errors import InputError, RubricError
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from tests.storage.builders import Clock, a_rubric, a_run, table_count


def create(rubric: Rubric, q: Repositories) -> Version:
    return q.rubrics.create(rubric)


def test_a_new_rubric_is_version_1(session: SessionFile, clock: Clock) -> None:
    rubric = a_rubric(title="Coherence")
    made = session.write_now(lambda q: q.rubrics.create(rubric, "as I found it"))
    assert made.number == 1
    assert made.rubric == rubric
    assert made.rubric_hash == rubric_hash(rubric)
    assert made.note == "as I found it"
    assert made.created == clock.now
    assert session.read_now(lambda q: q.rubrics.versions(made.rubric_id)) == [made]
    assert session.read_now(lambda q: q.rubrics.by_name("coherence")) == made.rubric_id
    assert session.read_now(lambda q: q.rubrics.by_name("other")) is None


def test_a_name_is_taken_once(session: SessionFile) -> None:
    session.write_now(lambda q: q.rubrics.create(a_rubric()))
    with pytest.raises(InputError, match="already has a rubric named 'coherence'") as caught:
        session.write_now(lambda q: q.rubrics.create(a_rubric(" coherence ")))
    assert caught.value.field == "name"


def test_versions_count_on_even_when_the_content_comes_back(session: SessionFile) -> None:
    first = session.write_now(lambda q: q.rubrics.create(a_rubric()))
    edited = replace(first.rubric, task="Judge harder.")
    second = session.write_now(lambda q: q.rubrics.add_version(first.rubric_id, edited, "harder"))
    restored = session.write_now(lambda q: q.rubrics.add_version(first.rubric_id, first.rubric, "back"))
    assert [first.number, second.number, restored.number] == [1, 2, 3]
    assert restored.rubric_hash == first.rubric_hash != second.rubric_hash
    assert session.read_now(lambda q: q.rubrics.versions(first.rubric_id)) == [restored, second, first]
    assert session.read_now(lambda q: q.rubrics.latest(first.rubric_id)) == restored
    assert session.read_now(lambda q: q.rubrics.number(first.rubric_id, 2)) == second
    assert session.read_now(lambda q: q.rubrics.version(second.id)) == second
    assert session.read_now(lambda q: q.rubrics.find_hash(first.rubric_hash)) == restored
    assert session.read_now(lambda q: q.rubrics.find_hash("0" * 64)) is None


def test_what_is_stored_is_what_its_hash_is_of(session: SessionFile) -> None:
    made = session.write_now(lambda q: q.rubrics.create(a_rubric(task="Judge.  \n\n")))
    assert made.rubric.task == "Judge."
    read = session.read_now(lambda q: q.rubrics.latest(made.rubric_id))
    assert rubric_hash(read.rubric) == read.rubric_hash == made.rubric_hash


def test_what_the_format_cannot_hold_is_refused(session: SessionFile) -> None:
    wrong = (
        replace(a_rubric(), protocol="unheard-of"),
        replace(a_rubric(), order="upside-down"),
        replace(a_rubric(), sampling=Sampling(n=0)),
    )
    for rubric in wrong:
        with pytest.raises(RubricError):
            session.write_now(partial(create, rubric))
    assert table_count(session, "rubrics") == 0


def test_summaries_tell_the_newest_version(session: SessionFile) -> None:
    first = session.write_now(lambda q: q.rubrics.create(a_rubric("one", title="Old title"), "first"))
    session.write_now(lambda q: q.rubrics.create(a_rubric("two")))
    newer = replace(first.rubric, title="New title")
    session.write_now(lambda q: q.rubrics.add_version(first.rubric_id, newer, "second"))
    session.write_now(lambda q: q.drafts.put(Draft(first.rubric_id, 2, "{}", first.created)))
    one, two = session.read_now(lambda q: q.rubrics.summaries())
    assert (one.name, one.title, one.protocol, one.version) == ("one", "New title", "g-eval", 2)
    assert (one.note, one.has_draft) == ("second", True)
    assert (two.name, two.version, two.note, two.has_draft) == ("two", 1, "", False)


def test_a_rename_reaches_old_versions_but_not_their_content(session: SessionFile) -> None:
    made = session.write_now(lambda q: q.rubrics.create(a_rubric()))
    session.write_now(lambda q: q.rubrics.rename(made.rubric_id, " flow "))
    read = session.read_now(lambda q: q.rubrics.version(made.id))
    assert read == replace(made, rubric=replace(made.rubric, name="flow"))
    newer = session.write_now(lambda q: q.rubrics.add_version(made.rubric_id, a_rubric("ignored"), ""))
    assert newer.rubric.name == "flow"


def test_a_rename_refuses_names_that_are_empty_or_taken(session: SessionFile) -> None:
    one = session.write_now(lambda q: q.rubrics.create(a_rubric("one")))
    session.write_now(lambda q: q.rubrics.create(a_rubric("two")))
    with pytest.raises(InputError, match="already has"):
        session.write_now(lambda q: q.rubrics.rename(one.rubric_id, "two"))
    with pytest.raises(InputError, match="needs a name"):
        session.write_now(lambda q: q.rubrics.rename(one.rubric_id, "  "))
    session.write_now(lambda q: q.rubrics.rename(one.rubric_id, "one"))
    assert [each.name for each in session.read_now(lambda q: q.rubrics.summaries())] == ["one", "two"]


def test_a_copy_starts_from_the_newest_version(session: SessionFile) -> None:
    first = session.write_now(lambda q: q.rubrics.create(a_rubric()))
    edited = replace(first.rubric, task="Judge harder.")
    second = session.write_now(lambda q: q.rubrics.add_version(first.rubric_id, edited, ""))
    copied = session.write_now(lambda q: q.rubrics.copy(first.rubric_id, "second try"))
    assert copied.number == 1
    assert copied.rubric == replace(edited, name="second try")
    assert copied.rubric_hash == second.rubric_hash
    assert copied.note == "Copy of coherence, version 2."
    with pytest.raises(InputError, match="already has"):
        session.write_now(lambda q: q.rubrics.copy(first.rubric_id, "second try"))


def test_deleting_takes_runs_along_and_says_how_many(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q))
    session.write_now(lambda q: a_run(q))
    other = session.write_now(lambda q: a_run(q, name="other"))
    session.write_now(lambda q: q.drafts.put(Draft(run.rubric_id, 1, "{}", run.created)))
    assert session.write_now(lambda q: q.rubrics.delete(run.rubric_id)) == 2
    assert session.read_now(lambda q: q.runs.all()) == [other]
    assert session.read_now(lambda q: q.drafts.all()) == []
    assert session.read_now(lambda q: q.rubrics.by_name("coherence")) is None


def test_numbers_are_not_used_again(session: SessionFile) -> None:
    made = session.write_now(lambda q: q.rubrics.create(a_rubric()))
    session.write_now(lambda q: q.rubrics.delete(made.rubric_id))
    again = session.write_now(lambda q: q.rubrics.create(a_rubric()))
    assert again.rubric_id > made.rubric_id
    assert again.id > made.id


def test_what_is_not_there_says_so(session: SessionFile) -> None:
    made = session.write_now(lambda q: q.rubrics.create(a_rubric()))
    with pytest.raises(InputError, match=r"coherence has no version 9\. Its newest is version 1"):
        session.read_now(lambda q: q.rubrics.number(made.rubric_id, 9))
    for missing in (
        lambda q: q.rubrics.version(99),
        lambda q: q.rubrics.latest(99),
        lambda q: q.rubrics.number(99, 1),
        lambda q: q.rubrics.copy(99, "x"),
        lambda q: q.rubrics.rename(99, "x"),
        lambda q: q.rubrics.delete(99),
        lambda q: q.rubrics.add_version(99, a_rubric(), ""),
    ):
        with pytest.raises(InputError, match="99 is not in this session"):
            session.write_now(missing)
    assert session.read_now(lambda q: q.rubrics.versions(99)) == []
