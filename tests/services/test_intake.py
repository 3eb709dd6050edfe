"""Items in: seen before they are taken, all or none, and told what was left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from judgetui.core.item import Item, Label
from judgetui.core.run import ItemCounts
from judgetui.errors import InputError, ItemError
from judgetui.services import intake
from judgetui.storage.database import SessionFile

TABLE = """prompt,output,score,note
Why?,So.,4,
Where?,,5,x
Who?,Me.,high,
When?,Now.,2,,
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "d.csv"
    file.write_text(TABLE)
    return file


@pytest.fixture
def session(tmp_path: Path) -> SessionFile:
    return SessionFile.create(tmp_path / "s.db", "s")


NAMES = {"prompt": "question", "output": "response", "score": "human"}


def test_an_inspection_tells_what_would_come(path: Path) -> None:
    found = intake.inspect(intake.plan_for(path), inputs=("question",))
    assert (found.records, found.complete, found.good, found.bad) == (4, True, 0, 4)
    assert [(each.name, each.filled, each.example, each.field) for each in found.columns] == [
        ("prompt", 3, "Why?", "prompt"),
        ("output", 2, "So.", "output"),
        ("score", 3, "4", "score"),
        ("note", 1, "x", "note"),
    ]
    assert found.suggested == NAMES
    assert "Is it in `output`? Then add --map output=response." in found.problems[0].hint
    assert found.plan.words == "table, comma-separated, read as UTF-8"


def test_with_names_the_good_records_are_items_and_the_bad_have_their_lines(path: Path) -> None:
    found = intake.inspect(intake.plan_for(path, NAMES), first=1)
    assert (found.good, found.bad) == (2, 2)
    assert [(each.place.line, each.field, each.place.file) for each in found.problems] == [
        (3, "response", str(path)),
        (5, "", str(path)),
    ]
    (item,) = found.items
    assert (item.responses, item.fields, item.labels) == (
        ("So.",),
        {"question": "Why?"},
        (Label("human", 4),),
    )
    assert found.suggested == {}
    assert [each.field for each in found.columns] == ["question", "response", "human", "note"]


def test_suggestions_are_taken_only_when_asked(path: Path) -> None:
    assert intake.plan_for(path).names == {}
    plan = intake.with_suggested(intake.plan_for(path, {"prompt": "context"}))
    assert plan.names == {"prompt": "context", "output": "response", "score": "human"}


def test_nothing_is_read_when_a_line_is_bad_unless_it_may_be_left_out(path: Path) -> None:
    plan = intake.plan_for(path, NAMES)
    with pytest.raises(ItemError, match=r"d\.csv:3: response: the item has no response"):
        intake.read(plan)
    taken = intake.read(plan, skip_bad=True)
    assert [item.fields["question"] for item in taken.items] == ["Why?", "Who?"]
    assert (taken.bad, [each.place.line for each in taken.refused]) == (2, [3, 5])
    assert [item.responses for item in intake.read(plan, limit=1).items] == [("So.",)]


def test_a_column_can_be_left_out_or_take_another_s_name(path: Path) -> None:
    plan = intake.plan_for(path, {"prompt": "", "output": "response", "score": "", "note": "prompt"})
    first, second = intake.read(plan, skip_bad=True).items
    assert (first.fields, second.labels) == ({}, ())
    swapped = intake.plan_for(
        intake.from_text('{"a": "1", "response": "x", "answer": "y"}\n'),
        {"response": "", "answer": "response"},
    )
    assert intake.read(swapped).items[0].responses == ("y",)
    with pytest.raises(ItemError, match="the columns 'output' and 'note' would both be 'response'"):
        intake.read(intake.plan_for(path, {"output": "response", "note": "response"}))
    both = intake.plan_for(intake.from_text('{"a": "1", "b": "2", "response": "x"}\n'), {"a": "q", "b": "q"})
    with pytest.raises(ItemError, match="'b' and another column would both be 'q'"):
        intake.read(both)


def test_a_column_that_is_not_there_is_named_before_anything_is_read(path: Path) -> None:
    with pytest.raises(InputError, match="no column 'promt'"):
        intake.plan_for(path, {"promt": "question"})


def test_a_limited_inspection_says_that_there_is_more(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text("".join(json.dumps({"id": str(n), "response": "x"}) + "\n" for n in range(50)))
    found = intake.inspect(intake.plan_for(file), limit=10)
    assert (found.records, found.complete, len(found.items)) == (10, False, intake.FIRST_ITEMS)


def test_all_problems_are_counted_and_the_first_hundred_kept(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text("{}\n" * 150 + '{"response": "x"}\n')
    found = intake.inspect(intake.plan_for(file))
    assert (found.good, found.bad, len(found.problems)) == (1, 150, 100)


def test_columns_that_can_be_no_id_or_label_are_not_suggested_to_be() -> None:
    rows = [{"question_id": 1, "output": "x" * 300, "label": "y" * 300} for _ in range(3)]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    assert intake.inspect(intake.plan_for(intake.from_text(text))).suggested == {"output": "response"}


@pytest.mark.parametrize(
    "row", ['{"id": "a", "response": "x", "meta": {"a": [1]}}', '{"id": "a", "response": ["x", "y"]}']
)
def test_what_is_inspected_is_what_is_taken(row: str) -> None:
    plan = intake.plan_for(intake.from_text(row + "\n"))
    assert intake.inspect(plan).items == intake.read(plan).items


async def test_items_are_taken_into_a_session_in_one_step(path: Path, session: SessionFile) -> None:
    plan = intake.plan_for(path, NAMES)
    with session:
        with pytest.raises(ItemError, match="no response"):
            await intake.take(session, plan)
        assert session.read_now(lambda repos: repos.items.count()) == 0
        stored = await intake.take(session, plan, skip_bad=True)
        assert (stored.counts, stored.bad) == (ItemCounts(new=2), 2)
        assert (await intake.take(session, plan, skip_bad=True)).counts == ItemCounts(same=2)
        assert session.read_now(lambda repos: repos.items.all()) == list(
            intake.read(plan, skip_bad=True).items
        )


async def test_an_import_can_be_stopped_and_leaves_nothing(tmp_path: Path, session: SessionFile) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text("".join(json.dumps({"id": str(n), "response": "x"}) + "\n" for n in range(3000)))
    seen: list[int] = []

    def progress(count: int) -> bool:
        seen.append(count)
        return count < 1500

    with session:
        with pytest.raises(intake.IntakeStopped):
            await intake.take(session, intake.plan_for(file), progress=progress)
        assert session.read_now(lambda repos: repos.items.count()) == 0
        assert seen == [500, 1000, 1500]
        await intake.take(session, intake.plan_for(file), progress=lambda count: None)
        assert session.read_now(lambda repos: repos.items.count()) == 3000


def test_two_sources_are_paired() -> None:
    first = intake.plan_for(intake.from_text('{"id": "1", "response": "a"}\n{"id": "2", "response": "b"}\n'))
    second = intake.plan_for(intake.from_text('{"id": "2", "response": "c"}\n'))
    found = intake.pairs(first, second)
    assert found.items == (Item("2", ("b", "c")),)
    assert found.alone_a == ("1",)
