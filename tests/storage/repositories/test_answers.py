"""What people did is stored with the labels it gives, and can be taken back in any order of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgetui.core.answer import Answer, Candidate, Pick, Queue, Standing
from judgetui.core.item import ADJUDICATED, OVERALL, Item, Label
from judgetui.errors import StorageError
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from tests.storage.builders import a_rubric, an_item, items

Labels = dict[tuple[str, str, str], str | float]


def said(item: Item, rater: str = "ana", **more: object) -> Answer:
    """An answer on the whole item, 4 unless told otherwise."""
    answer = Answer(item.id, item.content_hash, rater, {OVERALL: 4})
    return replace(answer, **more)  # type: ignore[arg-type]


def labels_of(session: SessionFile) -> Labels:
    found = session.read_now(lambda q: q.answers.labels())
    return {
        (item_id, label.rater, label.criterion or OVERALL): label.value
        for item_id, labels in found.items()
        for label in labels
    }


@pytest.fixture
def one(session: SessionFile) -> Item:
    item = an_item("one")
    session.write_now(lambda q: q.items.add([item]))
    return item


def test_an_answer_comes_back_as_it_was_with_its_labels(session: SessionFile, one: Item) -> None:
    version = session.write_now(lambda q: q.rubrics.create(a_rubric()))
    session.write_now(lambda q: q.items.set_label("one", Label("ana", 2, "coherence")))
    given_ = said(
        one,
        said={"coherence": 5, OVERALL: "pass\0"},
        rubric_id=version.rubric_id,
        picked=Pick.AT_RANDOM,
        shown="ba",
        note="odd \ud800",
        flagged=True,
        blind=False,
        seconds=12.5,
    )
    stored = session.write_now(lambda q: q.answers.put(given_))
    assert stored == replace(
        given_, id=stored.id, created=stored.created, before={"coherence": 2, OVERALL: None}
    )
    assert session.read_now(lambda q: q.answers.of_item("one")) == [stored]
    assert session.read_now(lambda q: q.answers.all("ana")) == [stored]
    assert session.read_now(lambda q: q.answers.all("ben")) == []
    assert labels_of(session) == {("one", "ana", "coherence"): 5, ("one", "ana", OVERALL): "pass\0"}


def test_an_answer_and_its_labels_are_written_together_or_not_at_all(session: SessionFile, one: Item) -> None:
    with pytest.raises(StorageError):
        session.write_now(lambda q: q.answers.put(said(one, content_hash="no such content")))
    assert labels_of(session) == {}

    def fails(q: Repositories) -> None:
        q.answers.put(said(one))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        session.write_now(fails)
    assert labels_of(session) == {}
    assert session.read_now(lambda q: q.answers.all()) == []


def test_undo_puts_back_what_was_there_and_redo_what_was_said(session: SessionFile, one: Item) -> None:
    session.write_now(lambda q: q.items.set_label("one", Label("ana", 1)))
    session.write_now(lambda q: q.answers.put(said(one)))
    session.write_now(lambda q: q.answers.put(said(one, said={OVERALL: 5})))
    key = ("one", "ana", OVERALL)
    expected = [4, 1]
    for value in expected:
        taken = session.write_now(lambda q: q.answers.undo("ana"))
        assert taken is not None and taken.undone
        assert labels_of(session) == {key: value}
    assert session.write_now(lambda q: q.answers.undo("ana")) is None
    assert session.write_now(lambda q: q.answers.redo("ana")) is not None
    assert labels_of(session) == {key: 4}
    session.write_now(lambda q: q.answers.put(said(one, said={OVERALL: 3})))
    assert session.write_now(lambda q: q.answers.redo("ana")) is None
    session.write_now(lambda q: q.answers.undo("ana"))
    session.write_now(lambda q: q.answers.redo("ana"))
    assert labels_of(session) == {key: 3}


def test_undo_is_of_one_person_and_one_rubric(session: SessionFile, one: Item) -> None:
    version = session.write_now(lambda q: q.rubrics.create(a_rubric()))
    session.write_now(lambda q: q.answers.put(said(one)))
    assert session.write_now(lambda q: q.answers.undo("ben")) is None
    assert session.write_now(lambda q: q.answers.undo("ana", version.rubric_id)) is None
    assert labels_of(session) == {("one", "ana", OVERALL): 4}


def test_undo_leaves_a_label_that_a_file_has_set_since(session: SessionFile, one: Item) -> None:
    session.write_now(lambda q: q.answers.put(said(one)))
    session.write_now(lambda q: q.items.add([replace(one, labels=(Label("ana", 2),))]))
    session.write_now(lambda q: q.answers.undo("ana"))
    assert labels_of(session) == {("one", "ana", OVERALL): 2}


def test_what_another_has_settled_since_stays(session: SessionFile, one: Item) -> None:
    settled = said(one, queue=Queue.ADJUDICATION, said={OVERALL: 1})
    session.write_now(lambda q: q.answers.put(settled))
    session.write_now(lambda q: q.answers.put(replace(settled, rater="ben", said={OVERALL: 2})))
    session.write_now(lambda q: q.answers.undo("ana"))
    assert labels_of(session) == {("one", ADJUDICATED, OVERALL): 2}
    session.write_now(lambda q: q.answers.undo("ben"))
    assert labels_of(session) == {}


def test_where_a_person_stands_is_their_latest_answer(session: SessionFile, one: Item) -> None:
    def standing(**more: bool) -> Standing | None:
        return session.read_now(lambda q: q.answers.standings("ana", None, **more).get("one"))

    assert standing() is None
    first = session.write_now(
        lambda q: q.answers.put(said(one, said={}, skipped=True, picked=Pick.UNCERTAIN))
    )
    assert standing() == Standing(first.id, Pick.UNCERTAIN, skipped=True)
    second = session.write_now(lambda q: q.answers.put(said(one, note="hm", flagged=True, blind=False)))
    assert standing() == Standing(second.id, Pick.IN_ORDER, flagged=True, note="hm", blind=False)
    assert standing(adjudicating=True) is None
    session.write_now(lambda q: q.answers.undo("ana"))
    assert standing() == Standing(first.id, Pick.UNCERTAIN, skipped=True, blind=False)
    session.write_now(lambda q: q.answers.undo("ana"))
    assert standing() == Standing(blind=False)


def test_candidates_have_the_answers_and_fields_that_are_needed(session: SessionFile) -> None:
    full = Item("full", ("a",), {"question": "Why?", "context": ""}, split="test")
    pair = Item("pair", ("a", "b"), {"question": "Why?"})
    empty = Item("empty", ("a",), {"question": None})
    session.write_now(lambda q: q.items.add([full, pair, empty, an_item("bare")]))

    def ids(responses: tuple[int, int], *required: str) -> list[str]:
        return [
            each.item_id for each in session.read_now(lambda q: q.answers.candidates(responses, required))
        ]

    assert ids((1, 1)) == ["full", "empty", "bare"]
    assert ids((1, 1), "question") == ["full"]
    assert ids((1, 1), "question", "context") == ["full"]
    assert ids((2, 9), "question") == ["pair"]
    first = session.read_now(lambda q: q.answers.candidates((1, 1)))[0]
    assert first == Candidate("full", full.content_hash, "test")
    assert session.read_now(lambda q: (q.answers.content_hash("full"), q.answers.content_hash("no"))) == (
        full.content_hash,
        "",
    )


RATERS = ("ana", "ben")
STEPS = st.one_of(
    st.tuples(
        st.just("say"),
        st.sampled_from(RATERS),
        st.integers(0, 1),
        st.sampled_from((Queue.FIRST, Queue.ADJUDICATION)),
        st.dictionaries(st.sampled_from((OVERALL, "clarity")), st.integers(1, 5), min_size=1),
    ),
    st.tuples(st.sampled_from(("skip", "flag")), st.sampled_from(RATERS), st.integers(0, 1)),
    st.tuples(st.sampled_from(("undo", "redo")), st.sampled_from(RATERS)),
)


def set_label(q: Repositories, item_id: str, label: Label) -> None:
    q.items.set_label(item_id, label)


def go_back(q: Repositories, what: str, rater: str) -> None:
    getattr(q.answers, what)(rater)


def put(q: Repositories, answer: Answer) -> None:
    q.answers.put(answer)


class History:
    """What the labels come to: the answers that stand, one after the other, over the labels there were."""

    def __init__(self, start: Labels) -> None:
        self.start = start
        self.given: list[Answer] = []
        self.stands: list[bool] = []
        self.back: dict[str, list[int]] = {rater: [] for rater in RATERS}

    def put(self, answer: Answer) -> None:
        self.given.append(answer)
        self.stands.append(True)
        self.back[answer.rater].clear()

    def undo(self, rater: str) -> None:
        own = [n for n, each in enumerate(self.given) if each.rater == rater and self.stands[n]]
        if own:
            self.stands[own[-1]] = False
            self.back[rater].append(own[-1])

    def redo(self, rater: str) -> None:
        if self.back[rater]:
            self.stands[self.back[rater].pop()] = True

    def labels(self) -> Labels:
        found = dict(self.start)
        for answer, stands in zip(self.given, self.stands, strict=True):
            if stands:
                found |= {(answer.item_id, answer.label_rater, key): v for key, v in answer.said.items()}
        return found


@settings(max_examples=40)
@given(st.lists(STEPS, max_size=14), st.booleans())
def test_labels_are_what_the_history_says(steps: list[tuple[object, ...]], labelled: bool) -> None:
    two = items(2)
    start: Labels = {(two[0].id, "ana", OVERALL): 3} if labelled else {}
    with TemporaryDirectory() as folder, SessionFile.create(Path(folder) / "s.db", "S") as session:
        session.write_now(lambda q: q.items.add(two))
        for (item_id, rater, _), value in start.items():
            session.write_now(partial(set_label, item_id=item_id, label=Label(rater, value)))
        history = History(start)
        for what, who, *rest in steps:
            if what in ("undo", "redo"):
                session.write_now(partial(go_back, what=str(what), rater=str(who)))
                getattr(history, str(what))(who)
            else:
                answer = answer_of(two, str(what), str(who), rest)
                session.write_now(partial(put, answer=answer))
                history.put(answer)
            assert labels_of(session) == history.labels()


def answer_of(every: list[Item], what: str, rater: str, rest: Sequence[object]) -> Answer:
    item = every[int(str(rest[0]))]
    answer = Answer(item.id, item.content_hash, rater)
    if what != "say":
        return replace(answer, skipped=what == "skip", flagged=what == "flag")
    given_ = rest[2]
    assert isinstance(given_, dict)
    return replace(answer, queue=Queue(str(rest[1])), said=given_)
