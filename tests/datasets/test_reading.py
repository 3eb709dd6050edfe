"""Data files: every format gives the same items, every problem has its place, nothing is half-taken."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.item import Item, Label
from judgetui.datasets import load_items, read_items
from judgetui.errors import ItemError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def error_of(path: Path) -> ItemError:
    with pytest.raises(ItemError) as caught:
        load_items(path)
    assert str(caught.value).startswith(str(path))
    assert caught.value.hint or "read" in caught.value.message
    return caught.value


LINE = '{"id": "a", "question": "Why?", "response": "So."}\n'
ITEM = Item("a", ("So.",), {"question": "Why?"})


# formats


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("d.jsonl", LINE),
        ("d.JSONL", LINE),
        ("d.jsonl", "\ufeff" + LINE),
        ("d.jsonl", "\n\n" + LINE.replace("\n", "\r\n") + "   \n"),
        ("d.jsonl", LINE.strip()),
        ("d.json", f"[{LINE}]"),
        ("d.json", f"\ufeff [\n\n{LINE}\n]\n"),
        ("d.json", f'{{"about": {{"x": [1, 2]}}, "items": [{LINE}], "more": 1}}'),
        ("d.csv", "id,question,response\na,Why?,So.\n"),
        ("d.csv", '\ufeffid,question,response\r\n"a","Why?","So."\r\n\r\n'),
        ("d.csv", "response,id , question,empty\nSo.,a,Why?,\n"),
        ("d.tsv", "id\tquestion\tresponse\na\tWhy?\tSo.\n"),
    ],
)
def test_every_format_gives_the_same_item(folder: Path, name: str, text: str) -> None:
    assert load_items(written(folder, name, text)) == [ITEM]


def test_the_demo_s_items_are_read() -> None:
    for name, answers in (("demo-pointwise", 1), ("demo-pairwise", 2)):
        items = load_items(ROOT / "sessions" / f"{name}.jsonl")
        assert {len(item.responses) for item in items} == {answers}


def test_cells_of_a_table(folder: Path) -> None:
    text = (
        "id,conversation,response,model,category,human,human.kim,n,text\n"
        '1,"[{""role"": ""user"", ""content"": ""Hi""}]","[not json]",m,c,4,"{""facts"": 2.5}",7,"{x}"\n'
        "2,,So.,,,good,tie,, [x]\n"
        "3,,So.,,,-4.5,nan,,1e3\n"
    )
    one, two, three = load_items(written(folder, "d.csv", text))
    assert one.responses == ("[not json]",)
    assert one.fields == {"conversation": [{"role": "user", "content": "Hi"}], "n": "7", "text": "{x}"}
    assert (one.models, one.category) == (("m",), "c")
    assert one.labels == (Label("human", 4), Label("kim", 2.5, "facts"))
    assert two.fields == {"text": " [x]"}
    assert two.labels == (Label("human", "good"), Label("kim", "tie"))
    assert three.labels == (Label("human", -4.5), Label("kim", "nan"))


def test_responses_of_a_table(folder: Path) -> None:
    text = 'id\tresponses\tmodel\n1\t["a", ["b", "c"], "d"]\t\n'
    (item,) = load_items(
        written(
            folder,
            "d.tsv",
            text.replace("\tmodel", "")
            .replace("\t\n", "\n")
            .replace('"', '""')
            .replace("\t[", '\t"[')
            .replace("]\n", ']"\n'),
        )
    )
    assert item.responses == ("a", ("b", "c"), "d")


def test_cells_of_several_lines_and_long_ones(folder: Path) -> None:
    long = "x" * 200_000
    path = written(folder, "d.csv", f'id,response\n1,"a ""quoted""\nline, and more"\n2,{long}\n')
    one, two = load_items(path)
    assert one.responses == ('a "quoted"\nline, and more',)
    assert two.responses == (long,)


def test_items_are_streamed_up_to_the_limit(folder: Path) -> None:
    path = written(folder, "d.jsonl", LINE + '{"id": "b", "response": "x"}\nbroken\n')
    assert [item.id for item in read_items(path, limit=2)] == ["a", "b"]
    assert [item.id for item in islice(read_items(path), 2)] == ["a", "b"]
    with pytest.raises(ItemError):
        load_items(path)


@given(st.lists(st.fixed_dictionaries({"response": st.text(), "question": st.text()}), min_size=1))
def test_any_text_comes_through_jsonl_and_json(rows: list[dict[str, str]]) -> None:
    import tempfile

    data = [{"id": str(number), **row} for number, row in enumerate(rows)]
    with tempfile.TemporaryDirectory() as name:
        lines = written(
            Path(name), "d.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in data)
        )
        listed = written(Path(name), "d.json", json.dumps({"items": data}, indent=1, ensure_ascii=False))
        assert [item.responses[0] for item in load_items(lines)] == [row["response"] for row in data]
        assert load_items(listed) == load_items(lines)


# problems


@pytest.mark.parametrize(
    ("name", "text", "line", "column", "field", "message"),
    [
        (
            "d.jsonl",
            LINE + '{"id": "b", "response": }\n',
            2,
            25,
            "",
            "this is not JSON: expecting value, at column 25",
        ),
        ("d.jsonl", LINE + '\n{"id": "b"\n', 3, 11, "", "expecting ',' delimiter"),
        ("d.jsonl", '{"id": "b", "response": "a\nb"}\n', 1, 25, "", "Write a line break inside text as \\n"),
        ("d.jsonl", '{"id": "b", "response": "a\\d"}\n', 1, 27, "", "Write a backslash inside text as \\\\"),
        ("d.jsonl", "{'id': 'b'}\n", 1, 2, "", "Put keys in double quotes"),
        ("d.jsonl", LINE.strip() + " x\n", 1, 52, "", "there is more after the value"),
        ("d.jsonl", LINE.strip() + LINE, 1, 51, "", "there is more after the value"),
        ("d.jsonl", "broken\n", 1, 1, "", "expecting value"),
        ("d.jsonl", LINE + '{"id": "b", "id": "c"}\n', 2, 1, "", "the key 'id' is there twice"),
        ("d.jsonl", LINE + '{"id": "b", "x": NaN}\n', 2, 1, "", "NaN is not JSON. Write null"),
        ("d.jsonl", LINE + '{"id": "b", "x": ' + "9" * 5000 + "}\n", 2, 1, "", "a number is too long"),
        ("d.jsonl", LINE + "[" * 100_000 + "\n", 2, 1, "", "nested too deep"),
        ("d.jsonl", LINE + '{"response": "\\ud83d"}\n', 2, 1, "", "half a surrogate pair"),
        ("d.jsonl", LINE + '{"id": "b", "question": "x"}\n', 2, 0, "response", "the item has no response"),
        (
            "d.jsonl",
            LINE + '{"id": "b", "response": 4}\n',
            2,
            0,
            "response",
            "expected text or a list of turns",
        ),
        ("d.jsonl", LINE + '["a"]\n', 2, 0, "", "this is a list, not an item"),
        ("d.jsonl", LINE + LINE, 2, 0, "id", "the id 'a' is there twice, first on line 1"),
        ("d.jsonl", '{"response": "x"}\n\n{"response": "x"}\n', 3, 0, "id", "first on line 1"),
        ("d.jsonl", "[\n" + LINE + "]\n", 1, 0, "", "one JSON list, not an item a line. Name the file .json"),
        ("d.json", "[\n" + LINE + ",\n{}]", 4, 0, "response", "the item has no response"),
        ("d.json", "[\n" + LINE + "]\nx", 4, 1, "", "there is more after the list"),
        ("d.json", "[\n" + LINE + "\n" + LINE + "]", 4, 1, "", "expecting ',' delimiter"),
        ("d.json", "[\n" + LINE + ",\n]", 3, 1, "", "no comma before a closing bracket"),
        ("d.json", "[\n" + LINE, 3, 1, "", "expecting ',' delimiter"),
        ("d.json", "[", 1, 2, "", "expecting value"),
        ("d.json", '{"rows": [], "more": [{}]}', 1, 1, "", "the object holds several lists: rows, more"),
        ("d.json", '{"rows": 3}', 1, 1, "", 'the object has no list of items. Write {"items": [...]}'),
        ("d.json", '{"a": [1, 2], "b": [3]}', 1, 1, "", "the object has no list of items"),
        ("d.json", '{"rows": [{}]} x', 1, 16, "", "there is more after the object"),
        ("d.json", '{"rows": []}', 0, 0, "", "the file holds no items"),
        ("d.json", '{"items": {}}', 1, 11, "", 'neither a list nor {"items": [...]}'),
        ("d.json", '{"rows" []}', 1, 9, "", "expecting ':' delimiter"),
        ("d.json", '{"rows": 1 "items": []}', 1, 12, "", "expecting ',' delimiter"),
        ("d.json", '{"rows": 1, }', 1, 11, "", "no comma before a closing bracket"),
        ("d.json", "3", 1, 1, "", "neither a list nor"),
        ("d.csv", "id,response\na,x\nb\n", 3, 0, "", "the row has 1 cells; the first line names 2 columns"),
        ("d.csv", "id,response\na,x, y\n", 2, 0, "", "Put text that holds the separator in double quotes"),
        ("d.csv", "id,response\na,\n", 2, 0, "response", "the item has no response"),
        ("d.csv", 'id,response\na,"x\ny"\nb,\n', 4, 0, "response", "the item has no response"),
        ("d.csv", 'id,response\na,"x\n', 2, 0, "", "opens a double quote that is never closed"),
        ("d.csv", 'id,response\na,"x"y\n', 2, 0, "", "the row cannot be read"),
        ("d.csv", "id,,response\n", 1, 0, "", "column 2 has no name"),
        ("d.csv", "id,response,id\n", 1, 0, "", "two columns are named 'id'"),
        ("d.csv", "id,responses\na,[1\n", 2, 0, "responses", "this is not JSON"),
        ("d.csv", 'id,responses\na,"[""x"", 1]"\n', 2, 0, "responses.1", "found a number"),
        ("d.csv", "id,response\na,x\na,y\n", 3, 0, "id", "the id 'a' is there twice, first on line 2"),
        ("d.csv", "id,response\n", 0, 0, "", "the file holds no items"),
        ("d.jsonl", "", 0, 0, "", "the file holds no items"),
        ("d.jsonl", "\n \n", 0, 0, "", "the file holds no items"),
        ("d.json", "", 0, 0, "", "the file holds no items"),
        ("d.json", "[]", 0, 0, "", "the file holds no items"),
        ("d.json", '{"items": []}', 0, 0, "", "the file holds no items"),
        ("d.csv", "", 0, 0, "", "the file holds no items"),
        ("d.parquet", "PAR1", 0, 0, "", "this is no Parquet file, or a damaged one"),
        (
            "d.txt",
            "x",
            0,
            0,
            "",
            "files that end in '.txt' are not read, and this is neither JSON nor a table.",
        ),
        ("d", "x", 0, 0, "", "neither JSON nor a table with a line of names. Use one of .jsonl"),
        ("d", "", 0, 0, "", "this holds nothing"),
    ],
)
def test_problems_are_placed(
    folder: Path, name: str, text: str, line: int, column: int, field: str, message: str
) -> None:
    error = error_of(written(folder, name, text))
    assert message in str(error)
    assert (error.place.line, error.place.column, error.field) == (line, column, field)


def test_files_that_are_not_there(folder: Path) -> None:
    assert "no such file" in str(error_of(folder / "absent.jsonl"))
    (folder / "d.jsonl").mkdir()
    assert "this is a folder" in str(error_of(folder / "d.jsonl"))
    assert "no such file" in str(error_of(folder / "absent.parquet"))
    written(folder, "file", "x")
    with pytest.raises(ItemError, match="cannot be read: Not a directory"):
        load_items(folder / "file" / "d.jsonl")
