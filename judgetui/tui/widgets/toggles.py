"""Check boxes and radio buttons that show their state by a sign, not by colour alone."""

from __future__ import annotations

from textual.widgets import Checkbox, RadioButton


class Tick(Checkbox):
    """A check box: `X` when it is on, blank when it is off."""

    BUTTON_INNER = " "

    def watch_value(self) -> None:
        """Change the sign with the value."""
        self.BUTTON_INNER = Checkbox.BUTTON_INNER if self.value else " "
        super().watch_value()


class Choice(RadioButton):
    """A radio button: a dot when it is chosen, blank when it is not."""

    BUTTON_INNER = " "

    def watch_value(self) -> None:
        """Change the sign with the value."""
        self.BUTTON_INNER = RadioButton.BUTTON_INNER if self.value else " "
        super().watch_value()
