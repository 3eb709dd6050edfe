from __future__ import annotations

from dataclasses import replace

import pytest

from judgetui.core.item import Item, Label
from judgetui.core.run import ItemCounts
from judgetui.errors import ItemError
from judgetui.storage.database import SessionFile
from tests.storage.builders import a_run, an_item, items, table_count

GOOD = Label("human", 4)
PAIR = Item("pair", ("Yes.", "No."), models=("m1", None), category="c", group="g", split="test")
CHAT = Item("chat", (("Hello?", "Bye."),), {"conversation": [{"role": "user", "content": "Hi"}]})


def test_items_come_back_as_they_were_and_in_order(session: SessionFile) -> None:
    given = [an_item("z", question="Why?"), PAIR, CHAT, Item("many", ("a", "b", "c"), models=("x", "y", "z"))]
    assert session.write_now(lambda q: q.items.add(given)) == ItemCounts(new=4)
    assert session.read_now(lambda q: q.items.all()) == given
    assert session.read_now(lambda q: q.items.all(responses=(1, 1))) == [given[0], given[2]]
    assert session.read_now(lambda q: q.items.all(responses=(2, 2))) == [PAIR]
    assert session.read_now(lambda q: [q.items.get(item.id) for item in given]) == given
    assert session.read_now(lambda q: q.items.get("nobody")) is None
    assert session.read_now(lambda q: (q.items.count(), q.items.count(2), q.items.count(7))) == (4, 1, 0)


def test_adding_again_counts_what_changed_and_keeps_places(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add(items(3)))
    other = replace(items(2)[1], responses=("Better.", "Two."))
    counts = session.write_now(lambda q: q.items.add([*items(1), other, an_item("late")]))
    assert counts == ItemCounts(new=1, changed=1, same=1)
    assert session.read_now(lambda q: q.items.all()) == [items(1)[0], other, items(3)[2], an_item("late")]
    assert session.read_now(lambda q: q.items.count(2)) == 1


def test_the_same_content_is_stored_once(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add(an_item(f"item-{number}") for number in range(5)))
    assert table_count(session, "items") == 5
    assert table_count(session, "item_contents") == 1


def test_labels_are_set_by_rater_and_criterion(session: SessionFile) -> None:
    labels = (GOOD, Label("ann", "pass"), Label("ann", 2.5, "coherence"), Label("ann", 3, "fluency"))
    session.write_now(lambda q: q.items.add([replace(an_item(), labels=labels)]))
    assert session.read_now(lambda q: q.items.get("one")) == replace(an_item(), labels=labels)
    assert session.read_now(lambda q: q.items.raters()) == ["ann", "human"]


def test_labels_that_are_not_mentioned_stay(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add([replace(an_item(), labels=(GOOD,))]))
    assert session.write_now(lambda q: q.items.add([an_item()])) == ItemCounts(same=1)
    ann = Label("ann", 1)
    counts = session.write_now(lambda q: q.items.add([replace(an_item(), labels=(ann,))]))
    assert counts == ItemCounts(changed=1)
    assert session.write_now(lambda q: q.items.add([replace(an_item(), labels=(ann,))])) == ItemCounts(same=1)
    found = session.read_now(lambda q: q.items.get("one"))
    assert found is not None
    assert found.labels == (GOOD, ann)


def test_a_label_can_be_set_changed_and_taken_back(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add([an_item()]))

    def labels() -> tuple[Label, ...]:
        found = session.read_now(lambda q: q.items.get("one"))
        assert found is not None
        return found.labels

    assert session.write_now(lambda q: q.items.set_label("one", GOOD))
    assert not session.write_now(lambda q: q.items.set_label("one", GOOD))
    assert session.write_now(lambda q: q.items.set_label("one", Label("human", 2, "coherence")))
    assert session.write_now(lambda q: q.items.set_label("one", Label("human", "tie")))
    assert labels() == (Label("human", "tie"), Label("human", 2, "coherence"))
    assert session.write_now(lambda q: q.items.remove_label("one", "human"))
    assert not session.write_now(lambda q: q.items.remove_label("one", "human"))
    assert labels() == (Label("human", 2, "coherence"),)


def test_a_run_keeps_the_content_it_judged(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add(items(3)))
    run = session.write_now(lambda q: a_run(q, 3))
    session.write_now(lambda q: q.items.add([replace(items(1)[0], responses=("Edited.",))]))
    session.write_now(lambda q: q.items.set_label("item-1", GOOD))
    assert session.write_now(lambda q: q.items.remove(["item-1", "nobody"])) == 1
    assert session.read_now(lambda q: [item.id for item in q.items.all()]) == ["item-0", "item-2"]
    kept = session.read_now(lambda q: q.runs.items(run.id))
    assert [entry.item for entry in kept] == [
        items(3)[0],
        replace(items(3)[1], labels=(GOOD,)),
        items(3)[2],
    ]
    assert [entry.content_hash for entry in kept] == [item.content_hash for item in items(3)]


def test_removing_what_no_run_used_takes_its_labels_along(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add([replace(an_item(), labels=(GOOD,))]))
    session.write_now(lambda q: q.items.remove(["one"]))
    session.write_now(lambda q: q.items.add([an_item()]))
    assert session.read_now(lambda q: q.items.get("one")) == an_item()


def test_many_can_be_removed_at_once(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add(items(1200)))
    gone = [item.id for item in items(1200)[:1150]]
    assert session.write_now(lambda q: q.items.remove(gone)) == 1150
    assert session.read_now(lambda q: q.items.count()) == 50


def test_what_json_cannot_carry_is_refused_with_the_items_name(session: SessionFile) -> None:
    with pytest.raises(ItemError, match="item 'one' cannot be stored"):
        session.write_now(lambda q: q.items.add([an_item("zero"), an_item(when=object())]))
    assert session.read_now(lambda q: q.items.count()) == 0


def test_a_split_is_no_part_of_what_was_judged(session: SessionFile) -> None:
    item = replace(an_item("a"), split="train")
    session.write_now(lambda q: q.items.add([item]))
    changed = session.write_now(lambda q: q.items.set_splits({"a": "test", "nobody": "test"}))
    assert changed == 1
    assert session.write_now(lambda q: q.items.set_splits({"a": "test"})) == 0
    (found,) = session.read_now(lambda q: q.items.all())
    assert found.split == "test"
    assert found.content_hash == item.content_hash
    # A file that says nothing of splits leaves them as they are; one that does sets them.
    assert session.write_now(lambda q: q.items.add([an_item("a")])).same == 1
    assert session.write_now(lambda q: q.items.add([item])).changed == 1
    assert session.read_now(lambda q: q.items.get("a")) == item
    session.write_now(lambda q: q.items.set_splits({"a": None}))
    assert session.read_now(lambda q: q.items.get("a")) == an_item("a")


def test_the_last_of_two_with_the_same_id_counts(session: SessionFile) -> None:
    other = replace(an_item("a"), responses=("Better.",), labels=(GOOD,))
    counts = session.write_now(lambda q: q.items.add([an_item("a"), an_item("b"), other]))
    assert counts == ItemCounts(new=2, changed=1)
    assert session.read_now(lambda q: q.items.all()) == [other, an_item("b")]


def test_many_items_are_added_as_few_are(session: SessionFile) -> None:
    given = [replace(each, labels=(GOOD, Label("ann", "pass", "tone"))) for each in items(2500)]
    assert session.write_now(lambda q: q.items.add(given)) == ItemCounts(new=2500)
    assert session.read_now(lambda q: q.items.all()) == given
    again = [replace(given[0], split="test"), *given[1:2400], an_item("late")]
    assert session.write_now(lambda q: q.items.add(again)) == ItemCounts(new=1, changed=1, same=2399)
