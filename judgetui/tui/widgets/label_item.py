"""The item that is labelled: what was asked, and the answers in the order the person sees them."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content

from judgetui.core.item import Item
from judgetui.core.request import Order
from judgetui.tui.text import literal
from judgetui.tui.widgets.answers import SHOWN, TextPane, background, capped, inputs_text, letter, turns_text


class LabelItem(Container):
    """Source and answers; who gave them, and what the item is called, shows once it is not blind."""

    def compose(self) -> ComposeResult:
        """The source, and two panes for answers."""
        yield TextPane("source")
        yield TextPane("left")
        yield TextPane("right")

    def put(self, item: Item, shown: str, inputs: Sequence[str], *, blind: bool, again: bool = False) -> None:
        """Show an item.

        Args:
            shown: the order of its answers; empty for a single one.
            inputs: the fields that the judge sees.
            again: whether it is the item that is shown already, whose places are kept.
        """
        order = Order(shown).indices if shown else (0,)
        text, content = inputs_text(item, inputs)
        title = "source"
        if not blind:
            more = "\n".join(f"{name}: {value}" for name, value in background(item, inputs))
            text, content = (f"{text}\n\n{more}", None) if more else (text, content)
            title = " · ".join(part for part in (item.id, item.category) if part)
        self._pane("source", title, text, content, again)
        if len(order) > 2:
            parts = [f"{letter(place)}\n{_text(item, index)[0]}" for place, index in enumerate(order)]
            self._pane("left", f"{len(order)} answers", "\n\n".join(parts), None, again)
        else:
            for place, name in enumerate(("left", "right")[: len(order)]):
                who = item.models[order[place]] if not blind and order[place] < len(item.models) else None
                own = f"the item's {letter(order[place])}" if not blind and order[place] != place else ""
                parts = [letter(place) if len(order) > 1 else "answer", own, who or ""]
                self._pane(name, " · ".join(filter(None, parts)), *_text(item, order[place]), again)
        self.query_one("#right").display = len(order) == 2
        self.set_class(len(order) == 2, "-pair")

    def scroll_answers(self, by: int) -> None:
        """Scroll the answers by half a pane; those of a pair together."""
        for name in ("left", "right"):
            pane = self.query_one(f"#{name}", TextPane)
            pane.scroll_relative(y=by * max(1, pane.size.height // 2), animate=False)

    def _pane(self, name: str, title: str, text: str, content: Content | None, again: bool) -> None:
        shown = content if content is not None else literal(capped(text, SHOWN, "o shows all"))
        self.query_one(f"#{name}", TextPane).put(title, text, shown, keep_place=again)


def _text(item: Item, answer: int) -> tuple[str, Content | None]:
    response = item.responses[answer]
    return turns_text((response,) if isinstance(response, str) else response)
