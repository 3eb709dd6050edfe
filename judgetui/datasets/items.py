"""Reads items from a data file, by its extension, streaming where the format allows it."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO, Final

from judgetui.core.item import Item, item_from_mapping
from judgetui.datasets.json_text import decode_lines, listed_items
from judgetui.datasets.lines import open_data, text_lines
from judgetui.datasets.tables import table_rows
from judgetui.errors import ItemError, Place

EXTENSIONS: Final = (".jsonl", ".json", ".csv", ".tsv")


def load_items(path: Path) -> list[Item]:
    """All items of a file, or none.

    Raises:
        ItemError: as `read_items`.
    """
    return list(read_items(path))


def read_items(path: Path, limit: int | None = None) -> Iterator[Item]:
    """The items of a file, one after another; what stands behind the `limit`-th is not looked at.

    Raises:
        ItemError: with file, line and field: no such file, another encoding than UTF-8, a line that cannot be
            read, an item without a response, an id that is there twice, or a file without items.
    """
    return islice(_items(path), limit)


def _items(path: Path) -> Iterator[Item]:
    name = str(path)
    suffix = path.suffix.lower()
    if suffix == ".parquet" and path.is_file():
        raise ItemError(
            "Parquet files are not read by this version.",
            "Save the table as .jsonl, in pandas: df.to_json('items.jsonl', orient='records', lines=True).",
            place=Place(name),
        )
    first: dict[str, int] = {}
    with open_data(path) as file:
        if suffix not in EXTENSIONS:
            raise ItemError(
                f"files that end in {suffix!r} are not read." if suffix else "the name has no extension.",
                f"Use one of {', '.join(EXTENSIONS)}.",
                place=Place(name),
            )
        for line, data in _records(file, name, suffix):
            try:
                item = item_from_mapping(data)
            except ItemError as error:
                raise error.at(Place(name, line)) from None
            if item.id in first:
                raise ItemError(
                    f"the id {item.id!r} is there twice, first on line {first[item.id]}.",
                    "Give every item an id of its own, or remove one of the two.",
                    field="id",
                    place=Place(name, line),
                )
            first[item.id] = line
            yield item
    if not first:
        raise ItemError("the file holds no items.", 'Write {"id": ..., "response": ...}.', place=Place(name))


def _records(file: IO[bytes], name: str, suffix: str) -> Iterator[tuple[int, object]]:
    """Each record with the line it starts on."""
    match suffix:
        case ".jsonl":
            first = file.readline()
            if first.removeprefix(BOM_UTF8).strip() == b"[":
                raise ItemError(
                    "this is one JSON list, not an item a line.", "Name the file .json.", place=Place(name, 1)
                )
            yield from decode_lines(chain((first,), file), name)
        case ".json":
            yield from listed_items(file, name)
        case _:
            yield from table_rows(text_lines(file, name), name, "\t" if suffix == ".tsv" else ",")
