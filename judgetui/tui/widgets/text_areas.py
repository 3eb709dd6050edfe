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


class Field(Area):
    """A text area that is one field of a form.

    Args:
        title: in the border.
        language: for colours; None for plain text.
    """

    def __init__(self, id: str, title: str, *, language: str | None = None, disabled: bool = False) -> None:
        super().__init__(id=id, language=language, soft_wrap=True, tab_behavior="focus", disabled=disabled)
        self.border_title = title

    def put(self, text: str) -> None:
        """Set the text without telling anyone; nothing happens where it is the same but for space around it."""
        if self.text.strip() != text.strip():
            with self.prevent(TextArea.Changed):
                self.load_text(text)
