"""Text areas that show control characters instead of sending them to the terminal."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import TextArea

from judgetui.core.text import one_sign_each


class Area(TextArea):
    """A text area whose text stays as it is while every hidden character is shown as one sign."""

    def get_line(self, line_index: int) -> Text:
        """The line as it is drawn."""
        line = super().get_line(line_index)
        shown = one_sign_each(line.plain)
        if shown != line.plain:
            line.plain = shown
        return line
