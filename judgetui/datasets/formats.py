"""How a file is laid out: its format by its ending, else by how it begins; the separator of a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Final

from judgetui.datasets.encodings import Encoding, Found, detect, utf8_lines, with_mark
from judgetui.datasets.sources import Source
from judgetui.errors import ItemError, Place


class Format(StrEnum):
    """What a file is made of."""

    JSONL = "jsonl"
    JSON = "json"
    TABLE = "table"
    PARQUET = "parquet"
    FASTCHAT = "fastchat"


ENDINGS: Final = {
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".json": Format.JSON,
    ".csv": Format.TABLE,
    ".tsv": Format.TABLE,
    ".tab": Format.TABLE,
    ".parquet": Format.PARQUET,
}
"""Format by the ending of a file's name; a name with another ending, or none, is looked into."""

DELIMITERS: Final = (",", "\t", ";", "|")
"""Separators of tables, the likelier first."""

DELIMITER_NAMES: Final = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}

_TITLES: Final = {
    Format.JSONL: "JSON lines",
    Format.JSON: "JSON",
    Format.PARQUET: "Parquet",
    Format.FASTCHAT: "FastChat questions and answers",
}
_SNIFFED: Final = 20
"""Lines at which a separator is looked for."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is read.

    Args:
        encoding: of its text; None where there is none, in Parquet.
        delimiter: of a table.
    """

    format: Format
    encoding: Encoding | None = None
    delimiter: str = ","

    @property
    def words(self) -> str:
        """Format and encoding for people."""
        title = _TITLES.get(self.format, "")
        if self.format is Format.TABLE:
            title = f"table, {DELIMITER_NAMES.get(self.delimiter, repr(self.delimiter))}-separated"
        return title if self.encoding is None else f"{title}, read as {self.encoding.words}"


def format_by_name(path: Path) -> Format | None:
    """The format that the ending of a file's name says; None when it says nothing."""
    return ENDINGS.get(path.suffix.lower())


def layout_of(
    source: Source,
    *,
    encoding: Encoding | None = None,
    format: Format | None = None,
    delimiter: str | None = None,
) -> Layout:
    """How a source is laid out; what is given is not looked for.

    A table's separator is a tab in `.tsv` and `.tab`, else the first of comma, tab, semicolon and bar of which every
    one of the first rows has the same number, at least one.

    Raises:
        ItemError: if the source is missing, no text, or in a format that is not known.
    """
    if source.answers or (source.path is not None and source.path.is_dir()):
        return Layout(Format.FASTCHAT, encoding)
    with source.opened() as file:
        kind = format or ENDINGS.get(source.suffix)
        if kind is Format.PARQUET or (kind is None and _begins(file, b"PAR1")):
            return Layout(Format.PARQUET)
        found = detect(file, source.name) if encoding is None else with_mark(encoding, file)
        if kind is None:
            kind = _format_by_text(file, found, source)
        if kind is not Format.TABLE:
            return Layout(kind, found)
        if delimiter is None and source.suffix in {".tsv", ".tab"}:
            delimiter = "\t"
        return Layout(kind, found, delimiter or _delimiter(_first_lines(file, found)))


def require_known(layout: Layout, source: Source) -> None:
    """Make sure that the encoding is no guess, where nobody could be told of it.

    Raises:
        ItemError: naming the guess.
    """
    if layout.encoding is not None and layout.encoding.found is Found.GUESS:
        raise ItemError(
            f"the file is not UTF-8; {layout.encoding.name} is a guess.",
            "Save it as UTF-8, or as UTF-16 with a byte order mark.",
            place=Place(source.name),
        )


def _begins(file: IO[bytes], magic: bytes) -> bool:
    head = file.read(len(magic))
    file.seek(0)
    return head == magic


def _first_lines(file: IO[bytes], encoding: Encoding) -> list[str]:
    """The first lines that are not blank; what cannot be read in them is told when they are read in earnest."""
    found: list[str] = []
    for line in utf8_lines(file, encoding):
        if line.strip():
            found.append(line.decode("utf-8", "replace"))
        if len(found) == _SNIFFED:
            break
    return found


def _format_by_text(file: IO[bytes], encoding: Encoding, source: Source) -> Format:
    """By the first character: lines of objects, a list or object over several lines, else a table."""
    lines = _first_lines(file, encoding)
    if not lines:
        raise ItemError("this holds nothing.", "Give items.", place=Place(source.name))
    first = lines[0].strip()
    if first.startswith("["):
        return Format.JSON
    if first.startswith("{"):
        return Format.JSONL if first.endswith("}") else Format.JSON
    if len(lines) > 1 and any(lines[0].count(each) for each in DELIMITERS):
        return Format.TABLE
    known = ", ".join(ENDINGS)
    if source.suffix:
        message = f"files that end in {source.suffix!r} are not read, and this is neither JSON nor a table."
    else:
        message = "this is neither JSON nor a table with a line of names."
    raise ItemError(message, f"Use one of {known}.", place=Place(source.name))


def _delimiter(lines: Sequence[str]) -> str:
    """The separator of a table by its first lines; a comma when they do not tell."""
    best, most = ",", 0
    for each in DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=each) if row]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        # The last row may be cut where the lines end.
        alike = sum(width == widths[0] for width in widths)
        if alike >= max(1, len(widths) - 1) and widths[0] > most:
            best, most = each, widths[0]
    if most:
        return best
    counts = {each: lines[0].count(each) if lines else 0 for each in DELIMITERS}
    return max(DELIMITERS, key=lambda each: counts[each])
