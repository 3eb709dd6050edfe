"""Lists with a cursor that hold literal text: criteria and evaluation steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from judgetui.core.rubric import Criterion
from judgetui.tui.text import literal, one_line


class TextList(OptionList):
    """A list of literal texts that keeps its cursor when the texts change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("g", "first", show=False),
        Binding("G", "last", show=False),
    ]

    def put(self, texts: Sequence[Content]) -> None:
        """Show these texts; the cursor stays at its place, as far as there is one."""
        place = self.highlighted
        self.clear_options()
        self.add_options([Option(text) for text in texts])
        if texts:
            self.highlighted = min(place or 0, len(texts) - 1)


def criterion_line(criterion: Criterion, alone: bool) -> Content:
    """A criterion in a list; its weight only where there are several."""
    parts = [(one_line(criterion.name, 40), "bold")]
    if not alone:
        parts.append((f"  weight {criterion.weight:g}", "dim"))
    if not criterion.description.strip():
        parts.append(("  no description", "$warning"))
    return Content.assemble(*parts)


def step_line(number: int, step: str, frozen: bool) -> Content:
    """A step in a list, numbered."""
    return Content.assemble((f"{number} ", "bold" if frozen else "bold $warning"), literal(step))
