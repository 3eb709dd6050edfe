"""Rows of Parquet files, one row group after another; the only module that sees pyarrow."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any, Final

from judgetui.errors import ItemError, Place

_ROWS: Final = 1024
"""Rows that are turned into Python values at a time."""

_DEEPEST: Final = 50


def parquet_columns(file: IO[bytes], name: str) -> list[str]:
    """The names of the columns.

    Raises:
        ItemError: if this is no Parquet file, or pyarrow is not installed.
    """
    return list(_opened(file, name).schema_arrow.names)


def parquet_rows(
    file: IO[bytes], name: str, without: Collection[str] = ()
) -> Iterator[tuple[int, dict[str, object] | ItemError]]:
    """Every row by column name with its number from 1, or what is wrong with it; null and NaN are absent.

    Moments become ISO 8601 text, decimals numbers.

    Args:
        without: columns that are left out.

    Raises:
        ItemError: if this is no Parquet file, it is damaged, or pyarrow is not installed.
    """
    parquet = _opened(file, name)
    columns = list(parquet.schema_arrow.names)
    if twice := [column for column in columns if columns.count(column) > 1]:
        raise ItemError(f"two columns are named {twice[0]!r}.", "Rename or remove one.", place=Place(name))
    columns = [column for column in columns if column not in without]
    number = 0
    try:
        for batch in parquet.iter_batches(batch_size=_ROWS, columns=columns):
            parts = [column.to_pylist() for column in batch.columns]
            for row in zip(*parts, strict=True) if parts else ():
                number += 1
                yield number, _row(columns, row, Place(name, number))
    except (OSError, ValueError, NotImplementedError) as error:
        raise ItemError(
            f"the file is damaged after row {number}: {_first_line(error)}.",
            "Write it again.",
            place=Place(name),
        ) from None


def _opened(file: IO[bytes], name: str) -> Any:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise ItemError(
            f"Parquet files need pyarrow, which cannot be loaded: {_first_line(error)}.",
            "Install pyarrow, or save the table as .csv or .jsonl.",
            place=Place(name),
        ) from None
    try:
        return ParquetFile(file)
    except (ArrowException, OSError) as error:
        raise ItemError(
            f"this is no Parquet file, or a damaged one: {_first_line(error)}.",
            "Write it again.",
            place=Place(name),
        ) from None


def _row(columns: list[str], row: tuple[object, ...], place: Place) -> dict[str, object] | ItemError:
    found: dict[str, object] = {}
    for column, value in zip(columns, row, strict=True):
        if type(value) is str:
            found[column] = value
            continue
        try:
            plain = _plain(value)
        except ValueError as error:
            return ItemError(f"{error}.", "Turn the column into text or numbers.", field=column, place=place)
        if plain is not None:
            found[column] = plain
    return found


def _plain(value: object, depth: int = 0) -> object:
    """A value as JSON has it; None for what says nothing.

    Raises:
        ValueError: if JSON has no word for it.
    """
    match value:
        case None | str() | bool() | int():
            return value
        case float():
            if math.isinf(value):
                raise ValueError("an infinite number cannot be kept")
            return None if math.isnan(value) else value
        case Decimal():
            return _plain(float(value))
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case _ if depth == _DEEPEST:
            raise ValueError("the value is nested too deep")
        case Mapping():
            return {str(key): _plain(part, depth + 1) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part, depth + 1) for part in value]
    what = "bytes" if isinstance(value, bytes) else type(value).__name__
    raise ValueError(f"a value of {what} cannot be kept")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
