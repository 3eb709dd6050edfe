from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.item import Item, Label
from judgetui.core.item_summary import ItemSummary
from judgetui.services import item_index
from judgetui.services.item_index import Sort, by_split, held, in_order, parse_query, read_rows, select
from judgetui.storage.database import SessionFile

ROW = ItemSummary("item-1", 0, 1, 10, (), None, None, None, (), "", False, "", "What is water?")


def row(**more: object) -> ItemSummary:
    return replace(ROW, **more)  # type: ignore[arg-type]


ROWS = [
    row(),
    row(
        id="item-2",
        position=1,
        category="Science",
        split="test",
        label="4",
        raters=("ana",),
        length=7,
        result="2.50",
    ),
    row(
        id="item-3",
        position=3,
        category="arts",
        split="train",
        label="10 / 4",
        raters=("ana", "ben"),
        length=99,
    ),
    row(
        id="other",
        position=4,
        models=("gpt-x", "claude-y"),
        flagged=True,
        answers=2,
        text="[b] Élan",
        length=1,
    ),
]


def matching(line: str, marked: frozenset[str] = frozenset()) -> list[str]:
    query = parse_query(line, marked)
    return [each.id for each in ROWS if all(test(each) for test in query.tests)]


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("", ["item-1", "item-2", "item-3", "other"]),
        ("item", ["item-1", "item-2", "item-3"]),
        ("WATER item-2", ["item-2"]),
        ("élan", ["other"]),
        ("[b]", ["other"]),
        ("science", ["item-2"]),
        ("claude", ["other"]),
        ("split:test", ["item-2"]),
        ("split:te", []),
        ("split:", ["item-1", "item-2", "item-3", "other"]),
        ("-split:test", ["item-1", "item-3", "other"]),
        ("split:none", ["item-1", "other"]),
        ("category:sci", ["item-2"]),
        ("category:none label:none", ["item-1", "other"]),
        ("-label:none", ["item-2", "item-3"]),
        ("label:4", ["item-2", "item-3"]),
        ("label:1", []),
        ("rater:ben", ["item-3"]),
        ("rater:none", ["item-1", "other"]),
        ("model:GPT", ["other"]),
        ("model:none", ["item-1", "item-2", "item-3"]),
        ("answers:2", ["other"]),
        ("result:2.50", ["item-2"]),
        ("result:none", ["item-1", "item-3", "other"]),
        ("flag", ["other"]),
        ("-flagged", ["item-1", "item-2", "item-3"]),
        ('"flag"', []),
        ('"is water"', ["item-1", "item-2", "item-3"]),
        ('"is water', ["item-1", "item-2", "item-3"]),
        ("marked", ["item-3"]),
        ("unknown:key", []),
        ("-", ["item-1", "item-2", "item-3", "other"]),
        ("other -", ["other"]),
    ],
)
def test_a_filter_finds_by_words_and_by_keys(line: str, ids: list[str]) -> None:
    assert matching(line, frozenset({"item-3"})) == ids


def test_words_for_all_of_the_text_are_set_apart() -> None:
    query = parse_query('text:rain text:"two words" text: item')
    assert query.texts == ("rain", "two words") and len(query.tests) == 1
    assert not parse_query("  ")


@given(st.text(max_size=40))
def test_any_line_can_be_typed(line: str) -> None:
    query = parse_query(line)
    assert all(test(each) in (True, False) for each in ROWS for test in query.tests)


def test_sorting_goes_both_ways_and_keeps_rows_without_last() -> None:
    def order(sort: Sort, descending: bool = False) -> list[str]:
        return [ROWS[place].id for place in in_order(ROWS, range(4), sort, descending)]

    assert order(Sort.POSITION, True) == ["other", "item-3", "item-2", "item-1"]
    assert order(Sort.ID, True) == ["other", "item-3", "item-2", "item-1"]
    assert order(Sort.CATEGORY) == ["item-3", "item-2", "item-1", "other"]
    assert order(Sort.CATEGORY, True) == ["item-2", "item-3", "item-1", "other"]
    assert order(Sort.SPLIT) == ["item-2", "item-3", "item-1", "other"]
    assert order(Sort.LENGTH) == ["other", "item-2", "item-1", "item-3"]
    assert order(Sort.LABEL) == ["item-2", "item-3", "item-1", "other"]


@given(st.lists(st.integers(0, 9), max_size=60), st.booleans())
def test_runs_sort_as_a_whole_does(lengths: list[int], descending: bool) -> None:
    rows = [row(position=place, length=length) for place, length in enumerate(lengths)]
    whole = sorted(range(len(rows)), key=lambda place: rows[place].length, reverse=descending)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(item_index, "_RUN", 7)
        assert list(in_order(rows, range(len(rows)), Sort.LENGTH, descending)) == whole


def test_what_rows_hold_adds_up() -> None:
    first = held(ROWS[:1])
    assert {name: width for name, width in first.widths.items() if width} == {
        "id": 6,
        "answers": 1,
        "length": 2,
    }
    both = held(ROWS[1:], first)
    assert both.several and not first.several
    assert both.widths["model"] == len("gpt-x, claude-y")
    assert both.widths["raters"] == len("ana, ben")
    assert both.widths["group"] == 0
    assert held([], both) == both
    assert list(by_split(ROWS)) == [("test", 1), ("train", 1), ("", 2)]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    with SessionFile.create(tmp_path / "s.db", "s") as made:
        made.write_now(lambda repos: repos.items.add(_items(500)))
        yield made


def _items(count: int) -> Iterator[Item]:
    for number in range(count):
        labels = (Label("ana", number % 5),) if number % 3 == 0 else ()
        answer = "needle in the hay" if number % 100 == 50 else "hay"
        yield Item(f"i{number:04}", (answer,), {"question": f"Question {number}?"}, labels=labels)


async def test_rows_come_in_portions_and_all_of_them(session: SessionFile) -> None:
    portions = [rows async for rows in read_rows(session)]
    assert len(portions[0]) == item_index.FIRST
    assert [each.id for rows in portions for each in rows] == [f"i{number:04}" for number in range(500)]


async def test_an_empty_session_has_no_portions(tmp_path: Path) -> None:
    with SessionFile.create(tmp_path / "none.db", "none") as made:
        assert [rows async for rows in read_rows(made)] == []


async def test_results_come_while_the_search_goes_on(
    session: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_index, "LOOKED_THROUGH", 100)
    monkeypatch.setattr(item_index, "TELL_EVERY", 0)
    rows = [each async for portion in read_rows(session) for each in portion]
    told = [found async for found in select(session, rows, parse_query("-label:none"))]
    assert [seen for _, seen in told] == [100, 200, 300, 400, 500]
    assert list(told[-1][0]) == list(range(0, 500, 3))
    assert [len(places) for places, _ in told] == [34, 67, 100, 134, 167]


async def test_all_of_the_text_is_looked_through(
    session: SessionFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_index, "LOOKED_THROUGH", 120)
    rows = [each async for portion in read_rows(session) for each in portion]

    async def found(line: str, *, descending: bool = False) -> list[int]:
        *_, (places, seen) = [
            each async for each in select(session, rows, parse_query(line), descending=descending)
        ]
        assert seen == 500
        return list(places)

    assert await found("text:needle") == [50, 150, 250, 350, 450]
    assert await found("text:needle label:none", descending=True) == [350, 250, 50]
    assert await found("text:nowhere") == []
    assert len(await found("")) == 500
