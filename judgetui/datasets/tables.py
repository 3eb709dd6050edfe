"""Rows of CSV and TSV files as the mappings an item is read from."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from judgetui.datasets.encodings import require_short
from judgetui.datasets.json_text import decode_line, unreadable
from judgetui.errors import ItemError, Place

_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_JSON_COLUMNS: Final = frozenset({"conversation", "conversations", "messages", "responses", "models"})
MAX_CELL: Final = 50_000_000
"""Characters in a cell."""


class TextLines:
    """Lines of a file as text, of which those that cannot be read are kept as problems.

    Args:
        lines: in UTF-8, with their endings.
        name: the file, for messages.
        encoding: of the file, for messages.

    Attributes:
        problems: by line number, filled while the lines are read.
    """

    def __init__(self, lines: Iterable[bytes], name: str, encoding: str = "UTF-8") -> None:
        self.problems: dict[int, ItemError] = {}
        self._lines, self._name, self._encoding = lines, name, encoding

    def __iter__(self) -> Iterator[str]:
        for number, raw in enumerate(self._lines, 1):
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError as error:
                self.problems[number] = unreadable(self._encoding, Place(self._name, number, error.start + 1))
                text = raw.decode("utf-8", "replace")
            if "\0" in text:
                self.problems.setdefault(
                    number,
                    ItemError("there is a NUL byte here.", "Remove it.", place=Place(self._name, number)),
                )
            try:
                require_short(raw, self._name, number)
            except ItemError as error:
                self.problems[number] = error
            yield text

    def within(self, first: int, last: int) -> ItemError | None:
        """The first problem of some lines, which is then forgotten."""
        found = [self.problems.pop(line) for line in range(first, last + 1) if line in self.problems]
        return found[0] if found else None


def each_row(
    lines: Iterable[str],
    name: str,
    delimiter: str,
    names: Mapping[str, str] | None = None,
    *,
    convert: bool = True,
) -> Iterator[tuple[int, dict[str, object] | ItemError]]:
    """Every row by field name with the line it starts on, or what is wrong with it; an empty cell is absent.

    Args:
        names: the field of a column, where it has another name; an empty one leaves the column out.
        convert: whether the cells of some columns are read as what they are; else all are text.

    Raises:
        ItemError: for a broken header.
    """
    csv.field_size_limit(MAX_CELL)  # the default, 131,072, is less than a long document
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    problems = lines if isinstance(lines, TextLines) else TextLines((), name)
    header: list[str] | None = None
    special: list[str] = []
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            problem: ItemError | None = _broken_row(error, Place(name, line))
            row = []
        else:
            problem = None
        if row is None:
            return
        if problems.problems:
            problem = problems.within(line, reader.line_num) or problem
        if problem is not None:
            if header is None:
                raise problem
            yield line, problem
        elif not any(row) or not any(map(str.strip, row)):
            continue
        elif header is None:
            header = _header(row, names or {}, Place(name, line))
            special = [column for column in header if convert and is_special(column)]
        elif len(row) != len(header):
            yield line, _ragged(row, header, Place(name, line))
        else:
            cells: dict[str, object] = {
                column: text for column, text in zip(header, row, strict=True) if text and not text.isspace()
            }
            cells.pop("", None)
            yield line, converted(cells, special, Place(name, line)) if special else cells


def header_of(lines: Iterable[str], name: str, delimiter: str) -> list[str]:
    """The names of a table's columns; none when it has no line of names.

    Raises:
        ItemError: for a broken header.
    """
    csv.field_size_limit(MAX_CELL)
    try:
        for row in csv.reader(lines, delimiter=delimiter, strict=True):
            if any(map(str.strip, row)):
                return _header(row, {}, Place(name, 1))
    except csv.Error as error:
        raise _broken_row(error, Place(name, 1)) from None
    return []


def _broken_row(error: csv.Error, place: Place) -> ItemError:
    if "unexpected end of data" in str(error):
        return ItemError(
            "the row opens a double quote that is never closed.",
            'Close it, and write " inside quoted text as "".',
            place=place,
        )
    return ItemError(
        f"the row cannot be read: {error}.",
        'Put text with commas, quotes or line breaks in double quotes, and write " inside as "".',
        place=place,
    )


def _header(row: list[str], names: Mapping[str, str], place: Place) -> list[str]:
    columns = [cell.strip() for cell in row]
    for index, column in enumerate(columns):
        if not column:
            raise ItemError(f"column {index + 1} has no name.", "Name it in the first line.", place=place)
        if columns.index(column) < index:
            raise ItemError(f"two columns are named {column!r}.", "Rename or remove one.", place=place)
    fields = [names.get(column, column) for column in columns]
    for index, field in enumerate(fields):
        if field and (other := fields.index(field)) < index:
            raise ItemError(
                f"the columns {columns[other]!r} and {columns[index]!r} would both be {field!r}.",
                "Map one of them to another name.",
                field=field,
                place=place,
            )
    return fields


def _ragged(row: list[str], header: list[str], place: Place) -> ItemError:
    return ItemError(
        f"the row has {len(row)} cells; the first line names {len(header)} columns.",
        "Put text that holds the separator in double quotes.",
        place=place,
    )


def is_special(column: str) -> bool:
    """Whether the cells of a column may be more than text: JSON, or what a person said."""
    return column in _JSON_COLUMNS or column == "human" or column.startswith("human.")


def converted(
    cells: dict[str, object], special: Iterable[str], place: Place
) -> dict[str, object] | ItemError:
    """The row with the text of some columns read as what it is, or what is wrong with one."""
    for column in special:
        text = cells.get(column)
        if isinstance(text, str):
            try:
                cells[column] = _cell(column, text, place)
            except ItemError as error:
                return error
    return cells


def _cell(column: str, text: str, place: Place) -> object:
    bare = text.strip()
    human = column not in _JSON_COLUMNS
    if (human and bare.startswith("{")) or (not human and bare.startswith("[")):
        try:
            return decode_line(bare, place.file, place.line)
        except ItemError as error:
            hint = (
                "Write JSON here, with double quotes; this is Python's notation."
                if "'" in bare[:3]
                else error.hint
            )
            raise ItemError(error.message, hint, field=column, place=place) from None
    if human and _NUMBER.fullmatch(bare):
        number = float(bare)
        return int(number) if number.is_integer() else number
    return text
