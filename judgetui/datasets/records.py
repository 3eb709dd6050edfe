"""The records of any source, one after another, each with its line, or with what is wrong with it."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import IO

from judgetui.datasets.encodings import UTF8, utf8_lines
from judgetui.datasets.fastchat import fastchat_records
from judgetui.datasets.formats import Format, Layout, layout_of, require_known
from judgetui.datasets.json_text import each_line, listed_items
from judgetui.datasets.parquet import parquet_columns, parquet_rows
from judgetui.datasets.shapes import Shape, item_record
from judgetui.datasets.sources import Source, from_path
from judgetui.datasets.tables import TextLines, converted, each_row, header_of, is_special
from judgetui.errors import ItemError, Place

Record = tuple[Place, object]
"""Where it stands, and what an item is read from or an `ItemError`, which is placed."""


def records(
    source: Source, layout: Layout, names: Mapping[str, str] | None = None, shape: Shape = Shape.ITEMS
) -> Iterator[Record]:
    """Every record of a source, in the columns of an items file.

    A bad record does not end it where the format allows to go on behind it; in a JSON list it does.

    Args:
        names: the field of a column, where it has another name; an empty one leaves the column out.
        shape: of the records, which are turned into items first.

    Raises:
        ItemError: if the source cannot be read at all: missing, no names of columns, damaged.
    """
    renamed = {column: field for column, field in (names or {}).items() if column != field}
    if layout.format is Format.TABLE and shape is Shape.ITEMS:
        with source.opened() as file:  # names are given to the columns once, not to every row
            for line, value in _rows(file, source.name, layout, renamed):
                yield Place(source.name, line), value
    elif not renamed:
        yield from raw_records(source, layout, shape)
    else:
        for place, value in raw_records(source, layout, shape, names):
            yield place, named(place, value, renamed, layout)


def raw_records(
    source: Source, layout: Layout, shape: Shape = Shape.ITEMS, names: Mapping[str, str] | None = None
) -> Generator[Record, None, None]:
    """Every record of a source with its columns as they are, before `named`; of a table's items all cells are text.

    Args:
        names: as `records`; columns of Parquet that are left out are not read.

    Raises:
        ItemError: as `records`.
    """
    if layout.format is Format.FASTCHAT:
        for file_name, line, value in fastchat_records(source):
            yield Place(file_name, line), value
        return
    with source.opened() as file:
        without = frozenset(column for column, field in (names or {}).items() if not field)
        for line, value in _values(file, source.name, layout, without, convert=shape is not Shape.ITEMS):
            place = Place(source.name, line)
            yield place, value if shape is Shape.ITEMS else _shaped(place, value, shape)


def strict_records(path: Path) -> Iterator[tuple[int, object]]:
    """Every record of a file with its line; `-` is standard input.

    Raises:
        ItemError: with file, line and field: for the first record that cannot be read, or an encoding that can only be
            guessed.
    """
    source = from_path(path)
    layout = layout_of(source)
    require_known(layout, source)
    for place, value in records(source, layout):
        if isinstance(value, ItemError):
            raise value
        yield place.line, value


def first_records(source: Source, layout: Layout, count: int) -> list[object]:
    """The first records before any shape is given to them; bad ones are left out.

    Raises:
        ItemError: as `records`.
    """
    if layout.format is Format.FASTCHAT:
        found = (value for _, _, value in fastchat_records(source))
        return [value for value in islice(found, count) if not isinstance(value, ItemError)]
    with source.opened() as file:
        values = (value for _, value in _values(file, source.name, layout, convert=True))
        return [value for value in islice(values, count) if not isinstance(value, ItemError)]


def columns_of(source: Source, layout: Layout, sample: Iterable[object]) -> set[str]:
    """The names of the columns: of a table's first line, of Parquet's schema, and of some records.

    Raises:
        ItemError: as `records`.
    """
    found = {str(column) for record in sample if isinstance(record, Mapping) for column in record}
    if layout.format is Format.PARQUET:
        with source.opened() as file:
            found.update(parquet_columns(file, source.name))
    if layout.format is Format.TABLE:
        encoding = layout.encoding or UTF8
        with source.opened() as file:
            found.update(
                header_of(TextLines(utf8_lines(file, encoding), source.name), source.name, layout.delimiter)
            )
    return found


def named(place: Place, value: object, names: Mapping[str, str], layout: Layout) -> object:
    """A raw record with its columns under their fields' names, or what is wrong with it."""
    if not isinstance(value, Mapping):
        return value
    try:
        record = renamed_record(value, names)
    except ItemError as error:
        return error.at(place)
    if layout.format is Format.TABLE:
        return converted(record, filter(is_special, list(record)), place)
    return record


def _values(
    file: IO[bytes], name: str, layout: Layout, without: frozenset[str] = frozenset(), *, convert: bool
) -> Iterator[tuple[int, object]]:
    """Each value with its line."""
    encoding = layout.encoding or UTF8
    match layout.format:
        case Format.PARQUET:
            yield from parquet_rows(file, name, without)
        case Format.TABLE:
            yield from _rows(file, name, layout, {}, convert=convert)
        case Format.JSON:
            try:
                yield from listed_items(utf8_lines(file, encoding), name)
            except ItemError as error:
                yield error.place.line, error
        case _:
            lines = utf8_lines(file, encoding)
            first = next(lines, b"")
            if first.strip() == b"[":
                raise ItemError(
                    "this is one JSON list, not an item a line.",
                    "Name the file .json.",
                    place=Place(name, 1),
                )
            yield from each_line(chain((first,), lines), name, encoding.name)


def _rows(
    file: IO[bytes], name: str, layout: Layout, names: Mapping[str, str], *, convert: bool = True
) -> Iterator[tuple[int, object]]:
    encoding = layout.encoding or UTF8
    lines = TextLines(utf8_lines(file, encoding), name, encoding.name)
    return each_row(lines, name, layout.delimiter, names, convert=convert)


def _shaped(place: Place, value: object, shape: Shape) -> object:
    if isinstance(value, ItemError):
        return value
    try:
        return item_record(shape, value)
    except ItemError as error:
        return error.at(place)


def renamed_record(record: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    """The record with its columns under their fields' names.

    Raises:
        ItemError: if two columns would have the same name.
    """
    found: dict[str, object] = {}
    for column, value in record.items():
        field = names.get(column, column)
        if not field:
            continue
        if field in found and found[field] is not None and value is not None:
            raise ItemError(
                f"{column!r} and another column would both be {field!r}.",
                "Map one of them to another name.",
                field=field,
            )
        if field not in found or value is not None:
            found[field] = value
    return found
