"""Reads items from any source, streaming where the format allows it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from itertools import islice
from pathlib import Path

from judgetui.core.item import Item, item_from_mapping
from judgetui.datasets.formats import Layout, layout_of, require_known
from judgetui.datasets.mapping import likely_response
from judgetui.datasets.records import records
from judgetui.datasets.shapes import Shape
from judgetui.datasets.sources import Source, from_path
from judgetui.errors import ItemError, Place


def load_items(path: Path) -> list[Item]:
    """All items of a file, or none.

    Raises:
        ItemError: as `read_items`.
    """
    return list(read_items(path))


def read_items(
    path: Path, limit: int | None = None, names: Mapping[str, str] | None = None
) -> Iterator[Item]:
    """The items of a file, one after another; what stands behind the `limit`-th is not taken.

    Args:
        names: the field of a column, where it has another name; an empty one leaves the column out.

    Raises:
        ItemError: with file, line and field: no such file, no format that is known, an encoding that can only be
            guessed, a line that cannot be read, an item without a response, an id that is there twice, or a file
            without items.
    """
    source = from_path(path)
    layout = layout_of(source)
    require_known(layout, source)
    found = each_item(source, layout, names)
    return (_taken(item) for item in islice(found, limit))


def _taken(item: Item | ItemError) -> Item:
    if isinstance(item, ItemError):
        raise item
    return item


def each_item(
    source: Source, layout: Layout, names: Mapping[str, str] | None = None, shape: Shape = Shape.ITEMS
) -> Generator[Item | ItemError, None, None]:
    """Every item of a source, or what is wrong with a record, placed.

    Args:
        names: the field of a column, where it has another name; an empty one leaves the column out.
        shape: of the records.

    Raises:
        ItemError: if the source cannot be read at all, or holds nothing.
    """
    read = ItemReader()
    for place, data in records(source, layout, names, shape):
        yield read(place, data)
    if not read.records:
        raise nothing_in(source)


def nothing_in(source: Source) -> ItemError:
    """The error for a source without items."""
    return ItemError(
        "the file holds no items.", 'Write {"id": ..., "response": ...}.', place=Place(source.name)
    )


class ItemReader:
    """Makes items of records, and finds ids that are there twice.

    Attributes:
        records: that it was given.
    """

    def __init__(self) -> None:
        self.records = 0
        self._first: dict[str, Place] = {}

    def __call__(self, place: Place, data: object) -> Item | ItemError:
        """The item of a record, or what is wrong with it."""
        self.records += 1
        if isinstance(data, ItemError):
            return data
        try:
            item = item_from_mapping(data)
        except ItemError as error:
            return _explained(error, data, place)
        before = self._first.setdefault(item.id, place)
        if before is place:
            return item
        where = f"line {before.line}" if before.file == place.file else str(before)
        return ItemError(
            f"the id {item.id!r} is there twice, first on {where}.",
            "Give every item an id of its own, or remove one of the two.",
            field="id",
            place=place,
        )


def _explained(error: ItemError, data: object, place: Place) -> ItemError:
    """The error with its place; where the answer is missing, with the column that is likely to hold it."""
    likely = None
    if isinstance(data, Mapping) and error.field == "response" and "no response" in error.message:
        likely = likely_response([str(column) for column in data])
    if likely is None:
        return ItemError(error.message, error.hint, field=error.field, place=place)
    maps = " ".join(f"--map {column}={field}" for column, field in likely.items())
    named = " and ".join(f"`{column}`" for column in likely)
    return ItemError(error.message, f"Is it in {named}? Then add {maps}.", field=error.field, place=place)
