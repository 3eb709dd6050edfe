"""Rows of CSV and TSV files as the mappings an item is read from."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from typing import Final

from judgetui.datasets.json_text import decode_line
from judgetui.errors import ItemError, Place

_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_JSON_COLUMNS: Final = frozenset({"conversation", "responses"})
MAX_CELL: Final = 50_000_000


def table_rows(lines: Iterable[str], name: str, delimiter: str) -> Iterator[tuple[int, dict[str, object]]]:
    """Every row by column name, with the line it starts on; an empty cell is an absent field.

    Raises:
        ItemError: with file, line and column name: a broken header, a row of another length, a cell that is
            not the JSON it starts like.
    """
    csv.field_size_limit(MAX_CELL)  # the default, 131,072, is less than a long document
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise ItemError(
                f"the row cannot be read: {error}.",
                'Put text with commas, quotes or line breaks in double quotes, and write " inside as "".',
                place=Place(name, line),
            ) from None
        if row is None:
            return
        if not any(cell.strip() for cell in row):
            continue
        if header is None:
            header = _header(row, Place(name, line))
        else:
            yield line, _row(header, row, Place(name, line))


def _header(row: list[str], place: Place) -> list[str]:
    names = [cell.strip() for cell in row]
    for index, column in enumerate(names):
        if not column:
            raise ItemError(f"column {index + 1} has no name.", "Name it in the first line.", place=place)
        if names.index(column) < index:
            raise ItemError(f"two columns are named {column!r}.", "Rename or remove one.", place=place)
    return names


def _row(header: list[str], row: list[str], place: Place) -> dict[str, object]:
    if len(row) != len(header):
        raise ItemError(
            f"the row has {len(row)} cells; the first line names {len(header)} columns.",
            "Put text that holds the separator in double quotes.",
            place=place,
        )
    return {
        column: _cell(column, text, place) for column, text in zip(header, row, strict=True) if text.strip()
    }


def _cell(column: str, text: str, place: Place) -> object:
    bare = text.strip()
    human = column == "human" or column.startswith("human.")
    if (column in _JSON_COLUMNS and bare.startswith("[")) or (human and bare.startswith("{")):
        try:
            return decode_line(bare, place.file, place.line)
        except ItemError as error:
            raise ItemError(error.message, error.hint, field=column, place=place) from None
    if human and _NUMBER.fullmatch(bare):
        number = float(bare)
        return int(number) if number.is_integer() else number
    return text
