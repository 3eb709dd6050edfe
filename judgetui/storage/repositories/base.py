"""What every repository stands on: a database that is open in this thread, and a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from sqlite3 import Connection
from typing import Any, Final

Clock = Callable[[], datetime]
"""Tells the time, with its zone."""

Parameters = Sequence[object]

_AT_ONCE: Final = 500
"""Values in one `IN (...)`; SQLite's own limit is 999 in its older versions."""


class Repository:
    """Reads and writes one noun of a session. Every method blocks and belongs to the database's thread.

    Args:
        db: an open session; writes join the transaction it is in.
        clock: where the moments that are stored come from.
    """

    def __init__(self, db: Connection, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def _rows(self, sql: str, parameters: Parameters = ()) -> list[Any]:
        return self._db.execute(sql, parameters).fetchall()

    def _row(self, sql: str, parameters: Parameters = ()) -> Any:
        return self._db.execute(sql, parameters).fetchone()

    def _value(self, sql: str, parameters: Parameters = ()) -> Any:
        row = self._row(sql, parameters)
        return None if row is None else row[0]

    def _change(self, sql: str, parameters: Parameters = ()) -> int:
        """Run a statement that returns no rows, and say how many it touched."""
        return self._db.execute(sql, parameters).rowcount

    def _change_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run a statement that returns no rows once for each of some rows."""
        self._db.executemany(sql, rows)

    def _inserted(self, sql: str, parameters: Parameters = ()) -> int:
        """Run an INSERT and say the new row's id."""
        identity = self._db.execute(sql, parameters).lastrowid
        assert identity is not None
        return identity


def marks(values: Sequence[object]) -> str:
    """As many question marks as there are values, for `IN (...)`."""
    return ", ".join("?" * len(values))


def batches(values: Iterable[object]) -> Iterator[tuple[object, ...]]:
    """The values in portions that fit one statement."""
    rest = iter(values)
    while portion := tuple(islice(rest, _AT_ONCE)):
        yield portion
