"""Encodings: what is found, what is guessed, and where a byte cannot be read."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.datasets import load_items
from judgetui.datasets.encodings import MAX_LINE, Encoding, Found, chosen, detect, utf8_lines
from judgetui.datasets.sources import from_path
from judgetui.errors import InputError, ItemError
from judgetui.services import intake

TEXT = "id,question,response\na,Grüße?,“Ja” – natürlich\nb,Größe?,Groß\n"


def found(data: bytes) -> Encoding:
    return detect(io.BytesIO(data), "f")


def lines(data: bytes) -> list[str]:
    file = io.BytesIO(data)
    return [line.decode() for line in utf8_lines(file, detect(file, "f"))]


@pytest.mark.parametrize(
    ("codec", "name", "how"),
    [
        ("utf-8", "UTF-8", Found.VALID),
        ("utf-8-sig", "UTF-8", Found.MARK),
        ("utf-16", "UTF-16 (little endian)", Found.MARK),
        ("utf-32", "UTF-32 (little endian)", Found.MARK),
        ("utf-16-le", "UTF-16 (little endian)", Found.GUESS),
        ("utf-16-be", "UTF-16 (big endian)", Found.GUESS),
        ("cp1252", "Windows-1252", Found.GUESS),
    ],
)
def test_an_encoding_is_found_and_read(codec: str, name: str, how: Found, tmp_path: Path) -> None:
    data = TEXT.encode(codec)
    encoding = found(data)
    assert (encoding.name, encoding.found) == (name, how)
    assert encoding.words == (f"{name} (a guess)" if how is Found.GUESS else name)
    assert lines(data) == TEXT.splitlines(keepends=True)
    path = tmp_path / "d.csv"
    path.write_bytes(data)
    plan = intake.plan_for(path)
    assert plan.guessed == (name if how is Found.GUESS else "")
    first, _ = intake.read(plan).items
    assert first.responses == ("“Ja” – natürlich",)


@pytest.mark.parametrize("codec", ["shift_jis", "euc_jp", "gb18030", "cp1251"])
def test_a_named_encoding_is_taken_at_its_word(codec: str, tmp_path: Path) -> None:
    said = {
        "shift_jis": "これは答えです。",
        "euc_jp": "これは答えです。",
        "gb18030": "这是答案。",
        "cp1251": "Привет!",
    }
    path = tmp_path / "d.jsonl"
    path.write_bytes(f'{{"id": "a", "response": "{said[codec]}"}}\n'.encode(codec))
    plan = intake.plan_for(path, encoding=codec)
    assert plan.guessed == ""
    assert intake.read(plan).items[0].responses == (said[codec],)


def test_a_guess_by_statistics_is_said_to_be_one() -> None:
    text = "id,response\n1,Привет, как дела? Расскажи про погоду на завтра.\n" * 5
    encoding = found(text.encode("cp1251"))
    assert (encoding.name, encoding.found) == ("Windows-1251", Found.GUESS)


def test_where_nobody_can_be_told_a_guess_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes(TEXT.encode("cp1252"))
    with pytest.raises(ItemError, match="the file is not UTF-8; Windows-1252 is a guess"):
        load_items(path)


@pytest.mark.parametrize("name", ["d.jsonl", "d.csv"])
def test_a_line_in_another_encoding_than_the_rest_is_placed(name: str, tmp_path: Path) -> None:
    head = b"" if name == "d.jsonl" else b"id,response\n"
    rows = [
        f'{{"id": "{n}", "response": "gr\u00f6\u00dfer"}}\n'
        if name == "d.jsonl"
        else f"{n},gr\u00f6\u00dfer\n"
        for n in range(4)
    ]
    data = [row.encode() for row in rows]
    data[2] = rows[2].encode("cp1252")
    path = tmp_path / name
    path.write_bytes(head + b"".join(data))
    plan = intake.plan_for(path)
    assert plan.guessed == ""
    taken = intake.read(plan, skip_bad=True)
    assert [item.id for item in taken.items] == ["0", "1", "3"]
    (problem,) = taken.refused
    assert problem.place.line == 3 + bool(head)
    assert "the line is not UTF-8 text" in problem.message
    with pytest.raises(ItemError, match="not UTF-8"):
        intake.read(plan)


def test_bytes_that_the_chosen_encoding_lacks_are_placed(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_bytes(b'{"id": "a", "response": "x"}\n{"id": "b", "response": "\x81"}\n')
    taken = intake.read(intake.plan_for(path, encoding="windows-1252"), skip_bad=True)
    assert [item.id for item in taken.items] == ["a"]
    assert "2: the line is not Windows-1252 text" in str(taken.refused[0])
    with pytest.raises(InputError, match="no encoding 'klingon'"):
        chosen("klingon")
    with pytest.raises(InputError, match="no encoding 'base64'"):
        chosen("base64")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04rest", "a packed file, such as a spreadsheet"),
        (b"\x1f\x8b\x08rest", "a gzip file. Unpack it with gunzip."),
        (b"SQLite format 3\x00rest", "a database"),
        (b"%PDF-1.7", "a PDF file"),
        (b"a,b\n1,\x00\x01\x02\x00\xff\n", "f:2: there is a NUL byte here"),
        (b"PAR1", "a Parquet file. Name it .parquet."),
    ],
)
def test_what_is_no_text_says_what_it_is(data: bytes, message: str) -> None:
    with pytest.raises(ItemError) as caught:
        found(data)
    assert message in str(caught.value)


def test_nul_bytes_within_a_table_are_problems_of_their_row(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    filler = "".join(f"{n},{'x' * 100}\n" for n in range(1000))
    path.write_bytes(f"id,response\n{filler}b,a\0b\nc,y\n".encode())
    taken = intake.read(intake.plan_for(path), skip_bad=True)
    assert len(taken.items) == 1001
    assert "there is a NUL byte here" in str(taken.refused[0])
    assert taken.refused[0].place.line == 1002


def test_a_line_that_is_too_long_is_cut_and_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    with path.open("wb") as file:
        file.write(b'{"id": "a", "response": "x"}\n{"id": "b", "response": "')
        file.write(b"y" * (MAX_LINE + 10))
        file.write(b'"}\n{"id": "c", "response": "z"}\n')
    taken = intake.read(intake.plan_for(path), skip_bad=True)
    assert [item.id for item in taken.items] == ["a", "c"]
    assert f"2: the line is longer than {MAX_LINE // 1_000_000} MB" in str(taken.refused[0])


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.sampled_from(["utf-16", "utf-32", "utf-8-sig"]),
)
def test_every_text_comes_through_an_encoding_with_a_mark(text: str, codec: str) -> None:
    data = text.encode(codec)
    if codec == "utf-8-sig" or text:
        assert "".join(lines(data)) == text


def test_standard_input_is_read_as_a_file_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Piped:
        buffer = io.BytesIO(TEXT.encode("utf-16"))

    monkeypatch.setattr("sys.stdin", Piped)
    plan = intake.plan_for(from_path(Path("-")))
    assert plan.words == "table, comma-separated, read as UTF-16 (little endian)"
    assert [item.id for item in intake.read(plan).items] == ["a", "b"]
