"""A session's items as a list that is read, filtered and sorted bit by bit, so that nobody waits for all of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from time import perf_counter
from typing import TYPE_CHECKING, Final

from judgetui.core.item_summary import ItemSummary

if TYPE_CHECKING:
    from judgetui.core.item import Item
    from judgetui.storage.database import SessionFile

FIRST: Final = 100
"""Rows of the first portion: more than any screen shows."""

PORTION: Final = 1_000
"""Rows read at a time: about 25 ms of the reading thread, which others need in between."""

LOOKED_THROUGH: Final = 2_000
"""Rows that are filtered at a time: a few milliseconds."""

TELL_EVERY: Final = 0.05
"""Seconds between two results of a search that goes on."""

NONE: Final = "none"
"""What `key:` is followed by to find items that have nothing there."""


class Sort(StrEnum):
    """What a list of items is sorted by."""

    POSITION = "position"
    ID = "id"
    CATEGORY = "category"
    SPLIT = "split"
    LENGTH = "length"
    LABEL = "label"
    RESULT = "result"


Test = Callable[[ItemSummary], bool]


@dataclass(frozen=True, slots=True)
class Query:
    """What a filter asks for; an item is found where it passes every test and holds every text.

    Args:
        tests: of an item's row.
        texts: to be found in the item's whole text.
    """

    tests: tuple[Test, ...] = ()
    texts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tests or self.texts)


_TERM: Final = re.compile(r'(-?)(?:([a-z]+):(?:"([^"]*)"?|(\S*))|"([^"]*)"?|(\S+))', re.IGNORECASE)

_CONTAINED: Final[dict[str, Callable[[ItemSummary], Collection[str | None]]]] = {
    "id": lambda row: (row.id,),
    "category": lambda row: (row.category,),
    "group": lambda row: (row.group,),
    "model": lambda row: row.models or (None,),
    "rater": lambda row: row.raters or (None,),
}
"""Where `key:word` finds a part of what is there."""

_EXACT: Final[dict[str, Callable[[ItemSummary], Collection[str | None]]]] = {
    "split": lambda row: (row.split,),
    "label": lambda row: row.label.split(" / ") if row.label else (None,),
    "result": lambda row: row.result.split(" / ") if row.result else (None,),
    "answers": lambda row: (str(row.answers),),
}
"""Where `key:word` finds all of what is there, so that `label:1` does not find 10."""

_MARKED: Final = "marked"
_FLAGGED: Final = frozenset({"flag", "flagged"})

KEYS: Final = (*_CONTAINED, *_EXACT, "text")
"""What a filter knows before a colon."""


def parse_query(line: str, marked: Collection[str] = frozenset()) -> Query:
    """Read a filter: words of which each must be there, upper and lower case the same.

    A plain word is looked for in the id, the first words of the question, category, group, split, models, label and
    raters; `text:word` in all of the item's texts. `category:`, `group:`, `model:`, `rater:` and `id:` find a part of
    a name, `split:`, `label:`, `result:` and `answers:` all of it; `none` behind them finds items without. `flag`
    finds flagged items, `marked` those in `marked`. A minus in front turns a word round, except of `text:`; quotes
    keep spaces.

    Args:
        marked: ids.
    """
    tests: list[Test] = []
    texts: list[str] = []
    for minus, key, *words in _TERM.findall(line):
        word, name, bare = "".join(words), key.casefold(), not words[2]
        if word == "-" and not name:  # the start of what is to be turned round
            continue
        if name == "text" and not minus:
            if word:
                texts.append(word)
            continue
        if name and name not in KEYS:
            word, name = f"{key}:{word}", ""
        if word or name:
            test = _test(name, word, bare=bare, marked=marked)
            tests.append(_not(test) if minus else test)
    return Query(tuple(tests), tuple(texts))


def _not(test: Test) -> Test:
    return lambda row: not test(row)


def _test(name: str, word: str, *, bare: bool, marked: Collection[str]) -> Test:
    wanted = word.casefold()
    if not name and bare and wanted in _FLAGGED:
        return lambda row: row.flagged
    if not name and bare and wanted == _MARKED:
        return lambda row: row.id in marked
    values = _CONTAINED.get(name) or _EXACT.get(name)
    if values is None:
        return lambda row: wanted in _shown(row)
    if wanted == NONE:
        return lambda row: not any(values(row))
    if name in _EXACT:
        # While it is being typed, nothing is asked for yet.
        return lambda row: not wanted or any(wanted == (value or "").casefold() for value in values(row))
    return lambda row: any(wanted in (value or "").casefold() for value in values(row))


def _shown(row: ItemSummary) -> str:
    """All that a row shows, as one text to look in."""
    names = [name for name in (*row.models, *row.raters, row.category, row.group, row.split) if name]
    return "\n".join((row.id, row.text, row.label, *names)).casefold()


# ------------------------------------------------------------------------------------------------ reading


async def read_rows(session: SessionFile) -> AsyncIterator[list[ItemSummary]]:
    """The rows of all items by position, a few at first and then in larger portions.

    Raises:
        StorageError: if the session cannot be read.
    """
    behind, limit = -1, FIRST
    while True:
        after, many = behind, limit
        rows = await session.read(lambda repos: repos.item_rows.summaries(after, many))  # noqa: B023
        if rows:
            yield rows
            behind = rows[-1].position
        if len(rows) < limit:
            return
        limit = PORTION


async def all_items(session: SessionFile) -> list[Item]:
    """All items by position, read in portions, so that others can read meanwhile.

    Raises:
        StorageError: if the session cannot be read.
    """
    items: list[Item] = []
    last: int | None = -1
    while last is not None:
        behind = last
        found, last = await session.read(lambda repos: repos.item_rows.whole(behind, PORTION))  # noqa: B023
        items += found
    return items


async def select(
    session: SessionFile,
    rows: Sequence[ItemSummary],
    query: Query,
    sort: Sort = Sort.POSITION,
    *,
    descending: bool = False,
) -> AsyncIterator[tuple[Sequence[int], int]]:
    """Find the rows that a filter asks for, in the order asked for; the work is done in another thread.

    Args:
        rows: by position.

    Yields:
        The places in `rows` of those found so far, sorted, and how many rows were looked through.
    """
    found: list[int] = []
    count, told = len(rows), perf_counter()
    if not query:
        yield await asyncio.to_thread(in_order, rows, range(count), sort, descending), count
        return
    for start in range(0, count, LOOKED_THROUGH):
        portion = range(start, min(start + LOOKED_THROUGH, count))
        places = await asyncio.to_thread(_passing, rows, portion, query.tests)
        if places and query.texts:
            first, last = rows[places[0]].position, rows[places[-1]].position
            holding = set(
                await session.read(lambda repos: repos.item_rows.containing(query.texts, first, last))  # noqa: B023
            )
            places = [place for place in places if rows[place].position in holding]
        found += places
        if perf_counter() - told > TELL_EVERY and portion.stop < count:
            yield await asyncio.to_thread(in_order, rows, tuple(found), sort, descending), portion.stop
            told = perf_counter()
    yield await asyncio.to_thread(in_order, rows, found, sort, descending), count


def _passing(rows: Sequence[ItemSummary], places: range, tests: Sequence[Test]) -> list[int]:
    return [place for place in places if all(test(rows[place]) for test in tests)]


# ------------------------------------------------------------------------------------------------ sorting

_RUN: Final = 4_000
"""Rows that are sorted at a stretch, in about 3 ms; runs that are sorted already merge fast."""


def in_order(
    rows: Sequence[ItemSummary], places: Sequence[int], sort: Sort, descending: bool = False
) -> Sequence[int]:
    """The places, which come by position, sorted; rows that are alike stay by position, those without come last."""
    match sort:
        case Sort.POSITION:
            return places[::-1] if descending else places
        case Sort.CATEGORY:
            return _by_name(places, lambda place: rows[place].category or "", descending)
        case Sort.SPLIT:
            return _by_name(places, lambda place: rows[place].split or "", descending)
        case Sort.LABEL:
            return _by_name(places, lambda place: rows[place].label, descending)
        case Sort.RESULT:
            return _by_name(places, lambda place: rows[place].result, descending)
        case Sort.ID:
            return _in_runs(places, lambda place: rows[place].id, descending)
        case Sort.LENGTH:
            return _in_runs(places, lambda place: rows[place].length, descending)


def _by_name(places: Sequence[int], name: Callable[[int], str], descending: bool) -> list[int]:
    """Few names stand in many rows: the names are sorted, not the rows."""
    named: dict[str, list[int]] = {}
    for place in places:
        named.setdefault(name(place), []).append(place)
    without = named.pop("", [])
    order = sorted(named, key=_natural, reverse=descending)
    return [place for key in order for place in named[key]] + without


def _natural(name: str) -> tuple[bool, float, str]:
    """Numbers by value and before words."""
    try:
        number = float(name.split(" / ")[0])
    except ValueError:
        return True, 0.0, name.casefold()
    return False, number if number == number else 0.0, name


def _in_runs(places: Sequence[int], key: Callable[[int], str | int], descending: bool) -> list[int]:
    """Sort without keeping other threads waiting: they get their turn between runs."""
    runs: list[int] = []
    for start in range(0, len(places), _RUN):
        runs += sorted(places[start : start + _RUN], key=key, reverse=descending)
    runs.sort(key=key, reverse=descending)
    return runs


# ------------------------------------------------------------------------------------------------ at a glance


@dataclass(frozen=True, slots=True)
class Held:
    """What rows hold at all, so that a table shows no empty columns and none wider than it need be.

    Args:
        widths: characters of the longest value, by column; 0 where no row holds one.
        several: whether some items hold more answers than others.
    """

    widths: Mapping[str, int] = field(default_factory=dict)
    several: bool = False


SHOWN: Final[dict[str, Callable[[ItemSummary], str]]] = {
    "id": lambda row: row.id,
    "category": lambda row: row.category or "",
    "group": lambda row: row.group or "",
    "split": lambda row: row.split or "",
    "model": lambda row: ", ".join(model or "?" for model in row.models),
    "answers": lambda row: str(row.answers),
    "length": lambda row: f"{row.length:,}",
    "label": lambda row: row.label or ("criteria" if row.raters else ""),
    "raters": lambda row: ", ".join(row.raters),
    "judge": lambda row: row.result,
}
"""What a column shows of a row."""


def held(rows: Sequence[ItemSummary], before: Held | None = None) -> Held:
    """What these rows hold, and what was held before."""
    known = before or Held()
    widths = {
        name: max(known.widths.get(name, 0), max((len(shown(row)) for row in rows), default=0))
        for name, shown in SHOWN.items()
    }
    several = known.several or any(row.answers != rows[0].answers for row in rows)
    return Held(widths, several)


def by_split(rows: Sequence[ItemSummary]) -> Iterator[tuple[str, int]]:
    """Each split with how many items are in it, by name; items in none are under an empty name, last."""
    names = sorted((row.split or "" for row in rows), key=lambda name: (not name, name))
    for name, group in groupby(names):
        yield name, sum(1 for _ in group)
