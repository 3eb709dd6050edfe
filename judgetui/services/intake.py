"""Items in: looked at before anything is taken, then read or put into a session, whole or not at all.

`plan_for` finds out how a source is to be read; `inspect` says what would come of it; `read` gives the items and `take`
stores them. All but `take` block: call them in a thread where somebody waits for a key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

from judgetui.core.item import Item
from judgetui.core.run import ItemCounts
from judgetui.datasets.encodings import Found, chosen
from judgetui.datasets.formats import Format, Layout, layout_of
from judgetui.datasets.items import ItemReader, each_item, nothing_in
from judgetui.datasets.mapping import Suggestion, require_columns, suggest
from judgetui.datasets.records import first_records, named, raw_records
from judgetui.datasets.shapes import TITLES, Shape, shape_of
from judgetui.datasets.sources import Source, from_path, from_text
from judgetui.datasets.writing import json_value
from judgetui.errors import InputError, ItemError
from judgetui.storage.database import SessionFile

__all__ = [
    "Column",
    "Inspection",
    "IntakeStopped",
    "Plan",
    "Progress",
    "Stored",
    "Taken",
    "from_path",
    "from_text",
    "inspect",
    "plan_for",
    "read",
    "take",
    "with_suggested",
]

KEPT_PROBLEMS: Final = 100
"""Problems that are kept with their words; all are counted."""

FIRST_ITEMS: Final = 5
_SAMPLE: Final = 1000
"""Records by which shape and fields are suggested."""

_EXAMPLE: Final = 200
"""Characters of an example."""

Progress = Callable[[int], object]
"""Is told how many items have been read, every so often; the import is given up when it returns False."""

_EVERY: Final = 500

_LONGEST_NAME: Final = 200
"""Characters beyond which a text is neither an id, a model nor a label."""


class IntakeStopped(InputError):
    """The import was given up; nothing was taken."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read, and how.

    Args:
        names: the field of a column, where it has another name; an empty one leaves the column out.
        shape: of the records: items, chats, ...
    """

    source: Source
    layout: Layout
    names: Mapping[str, str]
    shape: Shape = Shape.ITEMS

    @property
    def words(self) -> str:
        """Format, encoding and shape for people."""
        shape = "" if self.shape is Shape.ITEMS else f", {TITLES[self.shape]}"
        return self.layout.words + shape

    @property
    def guessed(self) -> str:
        """The encoding's name where it was guessed, which has to be said; else empty."""
        encoding = self.layout.encoding
        return encoding.name if encoding is not None and encoding.found is Found.GUESS else ""


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


@dataclass(frozen=True, slots=True)
class Inspection:
    """What would come of a plan; nothing has been taken.

    Args:
        records: that were looked at.
        complete: whether these are all; else there are at least so many.
        columns: in the order in which they turn up.
        items: the first, as they would be.
        good: how many records make an item.
        problems: the first `KEPT_PROBLEMS`, each with file, line and field.
        bad: how many there are.
    """

    plan: Plan
    records: int
    complete: bool
    columns: tuple[Column, ...]
    items: tuple[Item, ...]
    good: int
    problems: tuple[ItemError, ...]
    bad: int

    @property
    def suggested(self) -> dict[str, str]:
        """The names that the suggestions would add to the plan's."""
        return {each.suggestion.column: each.suggestion.field for each in self.columns if each.suggestion}


@dataclass(frozen=True, slots=True)
class Taken:
    """What was read.

    Args:
        refused: the first problems of lines that were left out, as the user wished.
        bad: how many lines were left out.
    """

    items: tuple[Item, ...]
    refused: tuple[ItemError, ...] = ()
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """What an import did to a session.

    Args:
        counts: items that were new, changed, or there already.
        refused: the first problems of lines that were left out, as the user wished.
        bad: how many lines were left out.
    """

    counts: ItemCounts
    refused: tuple[ItemError, ...] = ()
    bad: int = 0


def plan_for(
    source: Source | Path,
    names: Mapping[str, str] | None = None,
    *,
    encoding: str | None = None,
    format: Format | None = None,
    delimiter: str | None = None,
    shape: Shape | None = None,
) -> Plan:
    """How a source is to be read; what is given is not looked for.

    Args:
        source: a file, a folder of FastChat's, `-` for standard input, or what `from_text` made of a paste.
        names: the field of a column, where it has another name; an empty one leaves the column out.
        encoding: a name such as `cp1252`; without one it is found, or guessed.
        shape: of the records; without one it is that of most of the first.

    Raises:
        ItemError: if the source cannot be read.
        InputError: if there is no encoding of that name.
    """
    source = from_path(source) if isinstance(source, Path) else source
    given = None if encoding is None else chosen(encoding)
    layout = layout_of(source, encoding=given, format=format, delimiter=delimiter)
    if shape is None:
        shape = shape_of(first_records(source, layout, _SAMPLE))
    return Plan(source, layout, dict(names or {}), shape)


def inspect(
    plan: Plan, *, inputs: Sequence[str] = (), limit: int | None = None, first: int = FIRST_ITEMS
) -> Inspection:
    """Read a source without taking anything.

    Args:
        inputs: the inputs of the rubric that will judge, which columns may be.
        limit: records to look at; None for all.
        first: items to show.

    Raises:
        ItemError: if the source cannot be read at all, or holds nothing.
        InputError: if a column is mapped that is not there.
    """
    reader = ItemReader()
    tally = _Tally()
    items: list[Item] = []
    problems: list[ItemError] = []
    bad = 0
    complete = True
    with closing(raw_records(plan.source, plan.layout, plan.shape)) as found:
        for place, raw in found:
            if limit is not None and reader.records == limit:
                complete = False
                break
            tally.add(raw)
            item = reader(place, named(place, raw, plan.names, plan.layout))
            if isinstance(item, ItemError):
                bad += 1
                if bad <= KEPT_PROBLEMS:
                    problems.append(item)
            elif len(items) < first:
                items.append(item)
    if not reader.records:
        raise nothing_in(plan.source)
    if tally.filled:
        require_columns(plan.names, list(tally.filled))
    return Inspection(
        plan=plan,
        records=reader.records,
        complete=complete,
        columns=tally.columns(plan.names, inputs),
        items=tuple(items),
        good=reader.records - bad,
        problems=tuple(problems),
        bad=bad,
    )


def with_suggested(plan: Plan, inputs: Sequence[str] = ()) -> Plan:
    """The plan with every suggestion taken for columns that it does not map; the first records are looked at.

    Raises:
        ItemError: as `inspect`.
    """
    return replace(plan, names={**inspect(plan, inputs=inputs, limit=_SAMPLE).suggested, **plan.names})


def read(plan: Plan, *, skip_bad: bool = False, limit: int | None = None) -> Taken:
    """The items of a source: all, or none at all unless bad lines may be left out.

    Args:
        skip_bad: whether lines that cannot be read are left out and told, rather than refuse the whole.
        limit: the first so many items.

    Raises:
        ItemError: for the first bad line, with file, line and field; or if the source cannot be read at all.
    """
    refused = _Refused(skip_bad)
    items = tuple(islice(refused.good(each_item(plan.source, plan.layout, plan.names, plan.shape)), limit))
    return Taken(items, tuple(refused.kept), refused.count)


async def take(
    session: SessionFile, plan: Plan, *, skip_bad: bool = False, progress: Progress | None = None
) -> Stored:
    """Put the items of a source into a session, in one step: all, or none at all.

    Items whose id the session knows are changed. The source is read as it is stored, so that memory stays small.

    Args:
        skip_bad: whether lines that cannot be read are left out and told, rather than refuse the whole.
        progress: is called in another thread.

    Raises:
        ItemError: for the first bad line, with file, line and field; or if the source cannot be read at all.
        IntakeStopped: if `progress` returned False.
        StorageError: if the session cannot be written.
    """
    refused = _Refused(skip_bad)
    items = refused.good(each_item(plan.source, plan.layout, plan.names, plan.shape))
    counts = await session.write(lambda repos: repos.items.add(_told(items, progress)))
    return Stored(counts, tuple(refused.kept), refused.count)


class _Refused:
    """Lets good items through, and keeps the first of what is wrong with the others."""

    def __init__(self, skip: bool) -> None:
        self.kept: list[ItemError] = []
        self.count = 0
        self._skip = skip

    def good(self, found: Iterable[Item | ItemError]) -> Iterator[Item]:
        for each in found:
            if isinstance(each, Item):
                yield each
                continue
            if not self._skip:
                raise each
            self.count += 1
            if self.count <= KEPT_PROBLEMS:
                self.kept.append(each)


def _told(items: Iterable[Item], progress: Progress | None) -> Iterator[Item]:
    for number, item in enumerate(items, 1):
        if progress is not None and number % _EVERY == 0 and progress(number) is False:
            raise IntakeStopped("the import was stopped; nothing was taken.")
        yield item


class _Tally:
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
            if self._records <= _SAMPLE:
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
        return tuple(
            Column(
                column,
                count,
                _example(self._examples.get(column)),
                names.get(column, column),
                None if column in names else found.get(column),
            )
            for column, count in self.filled.items()
        )


def _example(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json_value(value).decode()
    return text[:_EXAMPLE]
