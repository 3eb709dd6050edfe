"""Items that say almost the same, two at a time, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from judgetui.core.item import Item
from judgetui.datasets.duplicates import Duplicates, Near
from judgetui.tui.modals.dialogs import Dialog
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.item_words import item_content
from judgetui.tui.widgets.lists import TextList

MOST: Final = 2_000
"""Pairs that are listed, the most alike first."""

BOTH: Final = ""
"""The decision to keep both; else the id of the one that goes."""


class DuplicatesDialog(Dialog[list[str]]):
    """Shows pairs and asks which one goes; gives the ids to delete, or None. Nothing is deleted before it closes.

    Args:
        items: all of the session's.
        found: what is alike among them, by their places.
    """

    DEFAULT_CSS = """
    DuplicatesDialog #pairs { height: 30%; min-height: 4; text-wrap: nowrap; text-overflow: ellipsis; padding: 0; }
    DuplicatesDialog #sides { height: 1fr; }
    DuplicatesDialog .text-pane {
        width: 1fr; height: 1fr; border: round $foreground 25%; border-title-style: bold; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    DuplicatesDialog .text-pane:focus { border: round $border; }
    DuplicatesDialog .text-pane Static { height: auto; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1", "keep(1)", "keep first", tooltip="Keep the first of the pair, delete the second"),
        Binding("2", "keep(2)", "keep second", tooltip="Keep the second of the pair, delete the first"),
        Binding("b", "keep(0)", "keep both", tooltip="Keep both of the pair"),
        Binding("A", "keep_firsts", "first of all", tooltip="Of all pairs listed keep the first"),
        Binding("ctrl+s,f2", "accept", "delete", tooltip="Delete the items that are to go"),
    ]

    def __init__(self, items: Sequence[Item], found: Duplicates) -> None:
        super().__init__()
        self._items = items
        self._pairs = sorted(found.pairs, key=lambda near: (-near.score, near.first, near.second))[:MOST]
        self._more, self._crowded = len(found.pairs) - len(self._pairs), found.crowded
        self._goes: list[str] = [BOTH] * len(self._pairs)

    def body(self) -> ComposeResult:
        """The pairs over the two items at hand."""
        with Vertical(classes="dialog full"):
            yield Static(self._title, classes="dialog-title")
            yield TextList(id="pairs")
            with Horizontal(id="sides"):
                yield TextPane("first")
                yield TextPane("second")
            yield Static(id="decided", classes="dialog-hint")

    @property
    def _title(self) -> Content:
        count = len(self._pairs)
        parts = [(f"{count:,} pair{'' if count == 1 else 's'} of items that are nearly the same", "bold")]
        leaks = sum(self._leak(near) != "" for near in self._pairs)
        if leaks:
            parts.append((f" · {leaks:,} lie in different splits, which leaks", "$text-warning"))
        if self._more:
            parts.append((f" · {self._more:,} less alike are not listed", "dim"))
        if self._crowded:
            parts.append((f" · {self._crowded:,} items were not compared with all that begin alike", "dim"))
        return Content.assemble(*parts)

    def on_mount(self) -> None:
        """Begin with the pair most alike."""
        self._put()
        self.query_one("#pairs").focus()

    def _put(self) -> None:
        self.query_one("#pairs", TextList).put(
            [self._line(near, goes) for near, goes in zip(self._pairs, self._goes, strict=True)]
        )
        gone = len(self._gone)
        told = (
            f"{gone:,} to delete; ctrl+s deletes, u on the screen brings back"
            if gone
            else "nothing to delete yet"
        )
        self.query_one("#decided", Static).update(literal(told))

    def _line(self, near: Near, goes: str) -> Content:
        first, second = self._items[near.first], self._items[near.second]
        parts = [(f"{int(near.score):3} ", "bold")]  # 100 is the same but for case and punctuation
        for item, sign in ((first, "  ≈  "), (second, "")):
            struck = goes == item.id and goes != BOTH
            parts.append((one_line(item.id, 30), "strike dim" if struck else ""))
            parts.append((" (goes)" if struck else "", "$text-warning"))
            parts.append((sign, "dim"))
        if leak := self._leak(near):
            parts.append((f"  leak: {leak}", "$text-warning"))
        return Content.assemble(*(part for part in parts if part[0]))

    def _leak(self, near: Near) -> str:
        splits = self._items[near.first].split, self._items[near.second].split
        if None in splits or splits[0] == splits[1]:
            return ""
        return f"{one_line(str(splits[0]), 20)} and {one_line(str(splits[1]), 20)}"

    @on(OptionList.OptionHighlighted, "#pairs")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        near = self._pairs[event.option_index]
        for name, place, key in (("first", near.first, "1"), ("second", near.second, "2")):
            item, pane = self._items[place], self.query_one(f"#{name}", TextPane)
            content = item_content(item)
            pane.put(f"{item.id} ({key} keeps it alone)", content.plain, content)

    @property
    def _gone(self) -> list[str]:
        return list(dict.fromkeys(goes for goes in self._goes if goes != BOTH))

    def action_keep(self, which: int) -> None:
        """Decide on the pair at hand, and go to the next one."""
        pairs = self.query_one("#pairs", TextList)
        place = pairs.highlighted
        if place is None:
            return
        near = self._pairs[place]
        self._goes[place] = BOTH if not which else self._items[near.second if which == 1 else near.first].id
        self._put()
        pairs.highlighted = min(place + 1, len(self._pairs) - 1)

    def action_keep_firsts(self) -> None:
        """Keep the first of every pair; one that goes already does not make another go."""
        gone: set[str] = set()
        for place, near in enumerate(self._pairs):
            first, second = self._items[near.first].id, self._items[near.second].id
            self._goes[place] = BOTH if first in gone else second
            gone |= set() if first in gone else {second}
        self._put()

    def action_accept(self) -> None:
        """Close with what is to be deleted."""
        if self._gone:
            self.dismiss(self._gone)
        else:
            self.judgetui.tell("Nothing is to be deleted yet: 1 or 2 keeps one of a pair.")
