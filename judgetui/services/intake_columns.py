"""What the columns of a source hold, and which fields they may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from judgetui.datasets.mapping import Suggestion, suggest
from judgetui.datasets.writing import json_value

SAMPLE: Final = 1000
"""Records by which shape and fields are suggested."""

_EXAMPLE: Final = 200
"""Characters of an example."""

_LONGEST_NAME: Final = 200
"""Characters beyond which a text is neither an id, a model nor a label."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a source.

    Args:
        filled: records in which it holds something.
        example: the first such value as text, cut.
        field: the item's field it becomes; empty when it is left out.
        suggestion: a likelier field; None when there is none, or the column is mapped already.
    """

    name: str
    filled: int
    example: str
    field: str
    suggestion: Suggestion | None = None


class ColumnTally:
    """Counts what the columns hold."""

    def __init__(self) -> None:
        self.filled: dict[str, int] = {}
        self._examples: dict[str, object] = {}
        self._records = 0
        self._values: dict[str, set[object]] = {}
        self._unfit: dict[str, set[str]] = {}

    def add(self, record: object) -> None:
        """Count a record; what is none has no columns."""
        if not isinstance(record, Mapping):
            return
        self._records += 1
        filled = self.filled
        for column, value in record.items():
            if value is None or value == "":
                filled.setdefault(column, 0)
                continue
            before = filled.get(column, 0)
            filled[column] = before + 1
            if not before:
                self._examples[column] = value
            if self._records <= SAMPLE:
                self._weigh(str(column), value)

    def _weigh(self, column: str, value: object) -> None:
        """Note which fields a column cannot be: an id is there once, labels and models are short."""
        unfit = self._unfit.setdefault(column, set())
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            unfit |= {"id", "human", "model", "model_a", "model_b", "category", "group", "split"}
            return
        if isinstance(value, float):
            unfit.add("id")
        if isinstance(value, str) and len(value) > _LONGEST_NAME:
            unfit |= {"id", "human", "model", "model_a", "model_b", "category", "group", "split"}
        if not isinstance(value, str):
            unfit |= {"question", "response", "response_a", "response_b", "context"}
        seen = self._values.setdefault(column, set())
        if value in seen:
            unfit.add("id")
        seen.add(value)

    def columns(self, names: Mapping[str, str], inputs: Sequence[str]) -> tuple[Column, ...]:
        """Every column, with the field it becomes and perhaps a likelier one."""
        open_ones = [names.get(column, column) or "" for column in self.filled]
        free = [field for field in open_ones if field]
        unfit = {names.get(column, column): fields for column, fields in self._unfit.items()}
        found = {each.column: each for each in suggest(free, inputs, unfit)}
        unread = [column for column, field in names.items() if not field and column not in self.filled]
        return tuple(
            Column(
                column,
                count,
                _example(self._examples.get(column)),
                names.get(column, column),
                None if column in names else found.get(column),
            )
            for column, count in {**self.filled, **dict.fromkeys(unread, 0)}.items()
        )


def _example(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json_value(value).decode()
    return text[:_EXAMPLE]
