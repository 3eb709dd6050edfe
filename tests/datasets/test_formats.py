"""Formats and shapes: what a file is by its name or its text, and that every one gives the same items."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from judgetui.core.item import Item, Label
from judgetui.datasets import load_items
from judgetui.errors import ItemError, JudgetuiError
from judgetui.services import intake

ITEM = Item("a", ("So.",), {"question": "Why?"})


def read(text: str) -> list[Item]:
    return list(intake.read(intake.plan_for(intake.from_text(text))).items)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"id": "a", "question": "Why?", "response": "So."}\n', "JSON lines"),
        ('\n {"id": "a", "question": "Why?", "response": "So."}', "JSON lines"),
        ('[{"id": "a", "question": "Why?", "response": "So."}]', "JSON"),
        ('{\n"items": [{"id": "a", "question": "Why?", "response": "So."}]}', "JSON"),
        ('{\n"data": [{"id": "a", "question": "Why?", "response": "So."}], "version": 2}', "JSON"),
        ('{\n"id": ["a"], "question": ["Why?"], "response": ["So."]}', "JSON"),
        ('{\n"id": {"0": "a"}, "question": {"0": "Why?"}, "response": {"0": "So."}}', "JSON"),
        ("id,question,response\na,Why?,So.\n", "table, comma-separated"),
        ("id;question;response\na;Why?;So.\n", "table, semicolon-separated"),
        ("id\tquestion\tresponse\na\tWhy?\tSo.\n", "table, tab-separated"),
        ("id|question|response\na|Why?|So.\n", "table, bar-separated"),
    ],
)
def test_the_format_of_a_paste_is_found(text: str, words: str) -> None:
    plan = intake.plan_for(intake.from_text(text))
    assert plan.words == f"{words}, read as UTF-8"
    assert intake.read(plan).items == (ITEM,)


def test_a_separator_inside_text_is_not_taken_for_one() -> None:
    (item,) = read('id;question;response\na;"One, two, three; four";So, it is.\n')
    assert item.fields["question"] == "One, two, three; four"
    assert item.responses == ("So, it is.",)


def test_a_file_s_name_says_the_format_before_its_text(tmp_path: Path) -> None:
    path = tmp_path / "d.txt"
    path.write_text("id|response\na|x, y\n")
    assert load_items(path)[0].responses == ("x, y",)


def table(rows: dict[str, list[Any]], folder: Path, **options: Any) -> Path:
    path = folder / "d.parquet"
    parquet.write_table(pyarrow.table(rows), path, **options)
    return path


def test_parquet_is_read_by_row_groups(tmp_path: Path) -> None:
    count = 5000
    path = table(
        {"id": [str(n) for n in range(count)], "response": ["x"] * count, "human": list(range(count))},
        tmp_path,
        row_group_size=700,
    )
    items = load_items(path)
    assert [item.id for item in items] == [str(n) for n in range(count)]
    assert items[4999].labels == (Label("human", 4999),)


def test_values_of_parquet_are_those_of_an_items_file(tmp_path: Path) -> None:
    path = table(
        {
            "response": ["x", "y"],
            "when": [date(2026, 1, 2), None],
            "price": [Decimal("1.50"), None],
            "human": [2.5, float("nan")],
            "conversation": [[{"role": "user", "content": "Hi"}], None],
            "tags": [["a", "b"], []],
        },
        tmp_path,
    )
    one, two = load_items(path)
    assert one.fields == {
        "when": "2026-01-02",
        "price": 1.5,
        "conversation": [{"role": "user", "content": "Hi"}],
        "tags": ["a", "b"],
    }
    assert one.labels == (Label("human", 2.5),)
    assert (two.fields, two.labels) == ({"tags": []}, ())


def test_problems_of_parquet_have_their_row_and_column(tmp_path: Path) -> None:
    path = table({"id": ["a", "b"], "response": ["x", "y"], "raw": [None, b"\x00"]}, tmp_path)
    with pytest.raises(ItemError, match=r"d\.parquet:2: raw: a value of bytes cannot be kept"):
        load_items(path)
    plan = intake.plan_for(path, {"raw": ""})
    assert [item.fields for item in intake.read(plan).items] == [{}, {}]
    assert [(column.name, column.field) for column in intake.inspect(plan).columns][-1] == ("raw", "")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ItemError, match="no Parquet file, or a damaged one"):
        load_items(path)


def test_a_broken_page_of_parquet_is_told(tmp_path: Path) -> None:
    path = table({"response": [f"text {n} " * 50 for n in range(100)]}, tmp_path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[100:160] = b"\xff" * 60
    path.write_bytes(bytes(data))
    with pytest.raises(ItemError, match="the file is damaged after row 0"):
        load_items(path)


# any items through any format, and any bytes at all

NAMES = st.sampled_from(["question", "context", "note", "größe", "a b", "x.y", "column;1"])
VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)


def _is_plain(text: str) -> bool:
    return bool(text.strip())


ROWS = st.lists(
    st.fixed_dictionaries(
        {"response": VALUES.filter(_is_plain)},
        optional={
            "question": VALUES.filter(_is_plain),
            "größe": VALUES.filter(_is_plain),
            "a;b": VALUES.filter(_is_plain),
        },
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60)
@given(ROWS, st.sampled_from([".csv", ".tsv", ".json", ".jsonl", ".parquet"]))
def test_items_come_back_from_every_format(rows: list[dict[str, str]], suffix: str) -> None:
    data = [{"id": str(number), **row} for number, row in enumerate(rows)]
    columns = list(dict.fromkeys(name for row in data for name in row))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"d{suffix}"
        match suffix:
            case ".parquet":
                parquet.write_table(pyarrow.table({c: [row.get(c) for row in data] for c in columns}), path)
            case ".json":
                path.write_text(json.dumps(data), encoding="utf-8")
            case ".jsonl":
                path.write_text("".join(json.dumps(row) + "\n" for row in data), encoding="utf-8")
            case _:
                out = io.StringIO()
                writer = csv.DictWriter(out, columns, delimiter="\t" if suffix == ".tsv" else ",")
                writer.writeheader()
                writer.writerows(data)
                path.write_bytes(out.getvalue().encode())
        assert [item.to_mapping() for item in load_items(path)] == [
            {key: row[key] for key in ("id", *[k for k in row if k != "id" and k != "response"], "response")}
            for row in data
        ]


@settings(max_examples=150)
@given(
    st.binary(max_size=400) | st.text('{}[]",:;\n\t\\a1é ', max_size=80).map(str.encode),
    st.sampled_from([".csv", ".tsv", ".json", ".jsonl", ".parquet", ".txt", ""]),
    st.booleans(),
)
def test_any_bytes_are_read_or_refused(data: bytes, suffix: str, skip_bad: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"d{suffix}"
        path.write_bytes(data)
        try:
            plan = intake.plan_for(path)
            seen = intake.inspect(plan)
            taken = intake.read(plan, skip_bad=skip_bad)
        except JudgetuiError as error:
            assert error.message and "d" in str(error)
        else:
            assert seen.good == len(taken.items)
            assert seen.bad == taken.bad
            assert skip_bad or not seen.bad
