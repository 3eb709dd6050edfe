from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from judgetui.core.item import ADJUDICATED, Item, Label
from judgetui.core.item_summary import FIRST_WORDS, ItemSummary, RemovedItem
from judgetui.errors import InputError
from judgetui.storage.connections import connect
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from tests.storage.builders import a_run, items

PAIR = Item(
    "pair",
    ("Yes.", "No, never."),
    {"question": "Is [b] it\x1b[31m so?\nSay why."},
    models=("m1", None),
    category="c",
    group="g",
    split="test",
    labels=(Label("ana", "A"), Label("ben", "B"), Label("ana", 3, "style")),
)
CHAT = Item("chat", (("Hello?", "Bye."),), {"conversation": [{"role": "user", "content": "Hi there"}]})
MANY = Item("many", ("a", "bb", "ccc"), models=("x", "y", "z"))


def rows_of(session: SessionFile, behind: int = -1, limit: int = 100) -> list[ItemSummary]:
    return session.read_now(lambda q: q.item_rows.summaries(behind, limit))


def test_a_row_says_who_the_item_is_and_how_it_begins(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add([PAIR, CHAT, MANY]))
    pair, chat, many = rows_of(session)
    assert pair == ItemSummary(
        id="pair",
        position=0,
        answers=2,
        length=len("Yes.") + len("No, never."),
        models=("m1", None),
        category="c",
        group="g",
        split="test",
        raters=("ana", "ben"),
        label="A / B",
        flagged=False,
        result="",
        text="Is [b] it␛[31m so? Say why.",
    )
    assert (chat.text, chat.answers, chat.length, chat.raters, chat.label) == ("Hi there", 1, 10, (), "")
    assert (many.text, many.answers, many.length, many.models) == ("a", 3, 6, ("x", "y", "z"))


def test_first_words_are_cut_and_a_settled_label_stands_alone(session: SessionFile) -> None:
    settled = Item("s", ("x" * 5000,), labels=(Label("ana", 1), Label(ADJUDICATED, 2.5), Label("ben", 4)))
    session.write_now(lambda q: q.items.add([settled]))
    (row,) = rows_of(session)
    assert len(row.text) == FIRST_WORDS and row.text.endswith("…")
    assert row.label == "2.5"
    assert row.raters == ("ana", ADJUDICATED, "ben")


def test_portions_follow_one_another_over_gaps(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add(items(7)))
    session.write_now(lambda q: q.items.remove(["item-1", "item-4"]))
    first = rows_of(session, limit=3)
    rest = rows_of(session, behind=first[-1].position, limit=3)
    assert [row.id for row in (*first, *rest)] == ["item-0", "item-2", "item-3", "item-5", "item-6"]
    assert rows_of(session, behind=rest[-1].position) == []


def test_texts_are_found_whatever_their_case_and_not_by_the_names_of_fields(session: SessionFile) -> None:
    session.write_now(
        lambda q: q.items.add(
            [
                Item("a", ('The Ünïcode "quote" is here.',), {"question": "WATER?"}),
                Item(
                    "b", (("one", "two WATER turns"),), {"conversation": [{"role": "user", "content": "x"}]}
                ),
                Item("c", ("nothing",), {"water": "dry"}),
                Item("d", ("half \ud800 a pair",)),
            ]
        )
    )

    def found(*words: str) -> list[int]:
        return session.read_now(lambda q: q.item_rows.containing(words, 0, 99))

    assert found("water") == [0, 1]
    assert found("water", "turns") == [1]
    assert found("ÜNÏCODE") == [0]
    assert found('"QUOTE"') == [0]
    assert found("question") == []
    assert found("\ud800") == [3]
    assert session.read_now(lambda q: q.item_rows.containing(["water"], 1, 99)) == [1]


def test_what_is_taken_out_comes_back_as_it_was(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add([CHAT, PAIR, MANY]))
    before = session.read_now(lambda q: q.items.all())
    dates = _label_dates(session)
    removed = session.write_now(lambda q: q.item_rows.take_out(["pair", "many", "nobody"]))
    assert [item.id for item in removed] == ["pair", "many"]
    assert session.read_now(lambda q: [item.id for item in q.items.all()]) == ["chat"]
    assert _label_dates(session) == {}
    assert session.write_now(lambda q: q.item_rows.put_back(removed)) == {"pair": 1, "many": 2}
    assert session.read_now(lambda q: q.items.all()) == before
    assert _label_dates(session) == dates
    assert session.write_now(lambda q: q.item_rows.put_back(removed)) == {}


def test_a_place_that_was_taken_meanwhile_is_not_taken_away(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add([CHAT, PAIR]))
    removed = session.write_now(lambda q: q.item_rows.take_out(["pair"]))
    session.write_now(lambda q: q.items.add([MANY]))
    assert session.write_now(lambda q: q.item_rows.put_back(removed)) == {"pair": 2}
    assert [(row.id, row.position) for row in rows_of(session)] == [("chat", 0), ("many", 1), ("pair", 2)]


def test_labels_of_judged_items_stay_with_their_runs(session: SessionFile) -> None:
    labelled = [replace(item, labels=(Label("ana", 4),)) for item in items(2)]
    session.write_now(lambda q: q.items.add(labelled))
    run = session.write_now(lambda q: a_run(q, count=2))
    removed = session.write_now(lambda q: q.item_rows.take_out(["item-0", "item-1"]))
    assert [item.item.labels for item in session.read_now(lambda q: q.runs.items(run.id))] == [
        (Label("ana", 4),)
    ] * 2
    session.write_now(lambda q: q.item_rows.put_back(removed))
    assert session.read_now(lambda q: q.items.all()) == labelled


def test_content_that_is_gone_is_told(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add([CHAT]))
    (removed,) = session.write_now(lambda q: q.item_rows.take_out(["chat"]))
    with pytest.raises(InputError, match="compacted"):
        session.write_now(lambda q: q.item_rows.put_back([replace(removed, content_hash="0" * 64)]))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(out=st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=4), max_size=5))
def test_undoing_in_turn_brings_everything_back(session: SessionFile, out: list[list[int]]) -> None:
    session.write_now(lambda q: q.items.remove([row.id for row in q.item_rows.summaries(-1, 100)]))
    session.write_now(lambda q: q.items.add(items(6)))
    before = rows_of(session)
    history = [
        session.write_now(partial(_take_out, ids=[f"item-{number}" for number in some])) for some in out
    ]
    for removed in reversed(history):
        session.write_now(partial(_put_back, removed=removed))
    assert rows_of(session) == before


def _take_out(q: Repositories, ids: list[str]) -> list[RemovedItem]:
    return q.item_rows.take_out(ids)


def _put_back(q: Repositories, removed: list[RemovedItem]) -> dict[str, int]:
    return q.item_rows.put_back(removed)


def _label_dates(session: SessionFile) -> dict[str, list[str]]:
    """When each label was given, as stored."""
    with closing(connect(session.path, mode="ro")) as db:
        found: dict[str, list[str]] = {}
        for identity, created in db.execute(
            "SELECT item_id, created FROM labels ORDER BY 1, rater, criterion"
        ):
            found.setdefault(identity, []).append(created)
        return found
