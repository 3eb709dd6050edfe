"""A redacted copy: what was named is nowhere in its bytes, and what figures need is there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from judgetui.core.answer import Answer
from judgetui.core.item import ADJUDICATED, Item, Label
from judgetui.core.rubric import digest
from judgetui.core.run import RunOrigin, RunSettings
from judgetui.core.session import Draft
from judgetui.errors import InputError, StorageError
from judgetui.storage import files
from judgetui.storage.connections import side_files
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import current_owner
from judgetui.storage.redaction import MARKER, redact
from judgetui.storage.repositories import Repositories
from tests.storage.builders import Clock, a_call, a_judgement, a_rubric, items, untouched

QUESTION = "zebra-question of a customer, with an ümlaut"
ANSWER = "quagga-answer that nobody else may read"
REPLY = "okapi-reply: Score: 4"
NOTE = "tapir-note"
LABELS = (Label("zoelina", 4), Label("human", 5), Label("abednego", "pass", "tone"), Label(ADJUDICATED, 4))
ITEM = Item(
    "one", (ANSWER,), {"question": QUESTION, "human_a": {"zoelina": 3}}, ("m",), "c", "g", "test", LABELS
)
PAIR = Item("two", ((ANSWER, "more"), "plain"), {"conversation": [{"role": "user", "content": QUESTION}]})


@pytest.fixture
def filled(session: SessionFile) -> Iterator[SessionFile]:
    def make(q: Repositories) -> None:
        q.items.add([ITEM, PAIR, *items(1)])
        rubric_id = q.rubrics.create(a_rubric(task=f"Judge as in: {QUESTION}")).rubric_id
        version = q.rubrics.latest(rubric_id)
        run = q.runs.create(
            version.id, ["openai:gpt"], RunSettings(), RunOrigin.LIVE, [ITEM, PAIR], current_owner()
        )
        judged = a_judgement(run)
        vote = replace(judged.votes[0], raw=REPLY, rationale=REPLY, detail=REPLY)
        outcome = replace(judged.outcome, rationale=REPLY, detail=REPLY)
        q.judgements.put(
            replace(judged, item=ITEM, item_hash=ITEM.content_hash, votes=(vote,), outcome=outcome)
        )
        q.calls.add(a_call(reply=REPLY, system=f"{QUESTION} {ANSWER} " * 20), run.id)
        q.runs.add_notice(run.id, REPLY)
        q.drafts.put(Draft(rubric_id, 1, "{}", run.created))
        q.answers.put(Answer("one", ITEM.content_hash, "zoelina", {"overall": 4}, note=NOTE))

    session.write_now(make)
    yield session


def bytes_of(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in (path, *side_files(path)) if file.exists())


def holds(path: Path, text: str) -> bool:
    """Whether a text stands in a file, as UTF-8 or in JSON's escapes."""
    data = bytes_of(path)
    return (
        text.encode() in data
        or text.encode("ascii", "backslashreplace") in data
        or text[:12].encode() in data
    )


def opened(path: Path) -> SessionFile:
    return SessionFile.open(path)


def test_nothing_of_the_fields_is_left_in_the_copy(filled: SessionFile, tmp_path: Path) -> None:
    assert all(holds(filled.path, text) for text in (QUESTION, ANSWER, REPLY, NOTE))
    # What was deleted before must not stand in a page that nothing refers to either.
    filled.write_now(lambda q: q.items.add([Item("gone", (ANSWER * 50,), {"question": "x"})]))
    filled.write_now(lambda q: q.items.remove(["gone"]))
    copy = tmp_path / "copy.db"
    done = redact(filled.path, copy, fields=["question", "response", "conversation"])
    assert not any(holds(copy, text) for text in (ANSWER, REPLY, NOTE))
    assert (done.contents, done.calls, done.raters) == (4, 1, 0)
    assert done.quoting == ("coherence v1",)  # which is told, since a rubric is nobody's item
    with opened(copy) as session:
        one, two, _ = session.read_now(lambda q: q.items.all())
        assert one == replace(ITEM, responses=(MARKER,), fields={**ITEM.fields, "question": MARKER})
        assert two.responses == ((MARKER, MARKER), MARKER)
        assert two.fields == {"conversation": [{"role": "user", "content": MARKER}]}
        assert session.read_now(lambda q: q.items.raters()) == ["abednego", ADJUDICATED, "human", "zoelina"]
    assert not holds(copy, ANSWER)


def test_what_figures_need_is_there_and_hashes_are_right(filled: SessionFile, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    redact(filled.path, copy, fields=["question"], raw=True)
    with opened(copy) as session:
        (run,) = session.read_now(lambda q: q.runs.all())
        (before,) = filled.read_now(lambda q: q.judgements.for_run(run.id))
        (after,) = session.read_now(lambda q: q.judgements.for_run(run.id))
        assert (after.outcome.score, after.outcome.scores, after.cost_usd, after.usage) == (
            before.outcome.score, before.outcome.scores, before.cost_usd, before.usage,
        )  # fmt: skip
        assert after.item.labels == before.item.labels
        assert after.item_hash == after.item.content_hash == digest(after.item.content())
        assert (after.votes[0].raw, after.votes[0].rationale, after.outcome.rationale) == ("", "", "")
        assert after.votes[0].score == before.votes[0].score
        assert [item.split for item in session.read_now(lambda q: q.items.all())] == ["test", None, None]
    files.compact(copy)


def test_raw_texts_alone(filled: SessionFile, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    done = redact(filled.path, copy, raw=True, name="To send")
    assert not holds(copy, REPLY)
    assert holds(copy, QUESTION) and holds(copy, NOTE)
    assert (done.contents, done.calls, done.quoting) == (0, 1, ())
    with opened(copy) as session:
        assert session.name == "To send"
        assert session.read_now(lambda q: q.items.all()) == filled.read_now(lambda q: q.items.all())


def test_raters_have_numbers_in_place_of_names(filled: SessionFile, tmp_path: Path) -> None:
    filled.write_now(lambda q: q.items.set_label("two", Label("rater-2", 1)))
    copy = tmp_path / "copy.db"
    assert redact(filled.path, copy, raters=True).raters == 3
    with opened(copy) as session:
        one, two, _ = session.read_now(lambda q: q.items.all())
        assert set(one.labels) == {
            Label("rater-3", 4),
            Label("human", 5),
            Label("rater-1", "pass", "tone"),
            LABELS[3],
        }
        assert two.labels == (Label("rater-2", 1),)
        assert one.fields["human_a"] == MARKER
    data = bytes_of(copy)
    assert b"zoelina" not in data and b"abednego" not in data and NOTE.encode() not in data
    assert holds(copy, QUESTION)


def test_the_session_itself_is_not_touched_and_no_hosts_are_named(
    filled: SessionFile, tmp_path: Path
) -> None:
    copy = tmp_path / "there" / "copy.db"
    copy.parent.mkdir()
    filled.close()
    with untouched(filled.path):
        redact(filled.path, copy, raw=True)
    assert socket.gethostname().encode() not in bytes_of(copy)


def test_what_cannot_be_redacted_is_refused_and_nothing_made(filled: SessionFile, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with pytest.raises(InputError, match="nothing is named"):
        redact(filled.path, copy)
    with pytest.raises(InputError, match=r"no item has a field 'questoin'\. Did you mean question"):
        redact(filled.path, copy, fields=["questoin"])
    assert not copy.exists()
    assert list(tmp_path.glob(".*")) == []
    copy.write_bytes(b"")
    with pytest.raises(StorageError, match="already exists"):
        redact(filled.path, copy, raw=True)


def test_contents_that_become_the_same_are_one(session: SessionFile, tmp_path: Path, clock: Clock) -> None:
    session.write_now(lambda q: q.items.add(items(3)))
    copy = tmp_path / "copy.db"
    redact(session.path, copy, fields=["response"])
    with opened(copy) as redacted:
        assert [item.responses for item in redacted.read_now(lambda q: q.items.all())] == [(MARKER,)] * 3
        assert redacted.write_now(lambda q: q.items.add(items(1))).changed == 1
