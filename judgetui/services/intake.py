"""Items in: looked at before anything is taken, then read or put into a session, whole or not at all.

`plan_for` finds out how a source is to be read; `inspect` says what would come of it; `read` gives the items and `take`
stores them. All but `take` block: call them in a thread where somebody waits for a key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from judgetui.core.item import Item
from judgetui.core.run import ItemCounts
from judgetui.datasets.encodings import chosen
from judgetui.datasets.formats import Format, layout_of
from judgetui.datasets.items import ItemReader, each_item, nothing_in
from judgetui.datasets.mapping import require_columns
from judgetui.datasets.pairs import ID, Pairs, paired
from judgetui.datasets.records import columns_of, first_records, named, raw_records
from judgetui.datasets.shapes import Shape, item_record, shape_of
from judgetui.datasets.sources import Source, from_path, from_text
from judgetui.errors import InputError, ItemError
from judgetui.services.intake_columns import SAMPLE, Column, ColumnTally
from judgetui.services.intake_plans import KEPT_PROBLEMS, Plan, Refused
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

__all__ = [
    "KEPT_PROBLEMS",
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
    "pairs",
    "plan_for",
    "read",
    "take",
    "with_suggested",
]

FIRST_ITEMS: Final = 5
Progress = Callable[[int], object]
"""Is told how many items have been read, every so often; the import is given up when it returns False."""

_EVERY: Final = 500


class IntakeStopped(InputError):
    """The import was given up; nothing was taken."""


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
        InputError: if there is no encoding of that name, or no column that is mapped.
    """
    source = from_path(source) if isinstance(source, Path) else source
    given = None if encoding is None else chosen(encoding)
    layout = layout_of(source, encoding=given, format=format, delimiter=delimiter)
    sample = first_records(source, layout, SAMPLE) if shape is None or names else []
    shape = shape_of(sample) if shape is None else shape
    if names and len(sample) < SAMPLE:
        shaped = (value for value in map(partial(_tried, shape), sample) if value is not None)
        require_columns(names, sorted(columns_of(source, layout, shaped)))
    return Plan(source, layout, dict(names or {}), shape)


def _tried(shape: Shape, record: object) -> object:
    try:
        return item_record(shape, record)
    except ItemError:
        return None


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
    """
    reader = ItemReader()
    tally = ColumnTally()
    items: list[Item] = []
    problems: list[ItemError] = []
    bad = 0
    complete = True
    with closing(raw_records(plan.source, plan.layout, plan.shape, plan.names)) as found:
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
    return replace(plan, names={**inspect(plan, inputs=inputs, limit=SAMPLE).suggested, **plan.names})


def read(plan: Plan, *, skip_bad: bool = False, limit: int | None = None) -> Taken:
    """The items of a source: all, or none at all unless bad lines may be left out.

    Args:
        skip_bad: whether lines that cannot be read are left out and told, rather than refuse the whole.
        limit: the first so many items.

    Raises:
        ItemError: for the first bad line, with file, line and field; or if the source cannot be read at all.
    """
    refused = Refused(skip_bad)
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
    refused = Refused(skip_bad)

    def store(repos: Repositories) -> ItemCounts:
        with closing(each_item(plan.source, plan.layout, plan.names, plan.shape)) as found:
            return repos.items.add(_told(refused.good(found), progress))

    counts = await session.write(store)
    return Stored(counts, tuple(refused.kept), refused.count)


def pairs(first: Plan, second: Plan, key: str = ID) -> Pairs:
    """Pair the single answers of two sources by id, or by a field that both have.

    Raises:
        ItemError: as `read`; or if an item holds more than one answer, lacks the key, or a key is there twice.
    """
    return paired(read(first).items, read(second).items, key)


def _told(items: Iterable[Item], progress: Progress | None) -> Iterator[Item]:
    for number, item in enumerate(items, 1):
        if progress is not None and number % _EVERY == 0 and progress(number) is False:
            raise IntakeStopped("the import was stopped; nothing was taken.")
        yield item
