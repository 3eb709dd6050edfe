"""What is read and how, and what becomes of lines that cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from judgetui.core.item import Item
from judgetui.datasets.encodings import Found
from judgetui.datasets.formats import Layout
from judgetui.datasets.shapes import TITLES, Shape
from judgetui.datasets.sources import Source
from judgetui.errors import ItemError

KEPT_PROBLEMS: Final = 100
"""Problems that are kept with their words; all are counted."""


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


class Refused:
    """Lets good items through, and keeps the first of what is wrong with the others.

    Args:
        skip: whether bad ones are left out; else the first is raised.

    Attributes:
        kept: the first problems of what was left out.
        count: how much was.
    """

    def __init__(self, skip: bool) -> None:
        self.kept: list[ItemError] = []
        self.count = 0
        self.skip = skip

    def good(self, found: Iterable[Item | ItemError]) -> Iterator[Item]:
        """The items.

        Raises:
            ItemError: the first of them, unless they are left out.
        """
        for each in found:
            if isinstance(each, Item):
                yield each
                continue
            if not self.skip:
                raise each
            self.count += 1
            if self.count <= KEPT_PROBLEMS:
                self.kept.append(each)
