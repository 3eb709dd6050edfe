"""The line at the bottom: the keys that work here."""

from __future__ import annotations

from textual.widgets import Footer


class KeysLine(Footer):
    """A footer that is made anew when its keys have changed, not whenever the focus has moved."""

    _shown: list[tuple[str, str, bool, str]] | None = None

    async def recompose(self) -> None:
        """Make the keys anew, unless they are those that are shown."""
        if not self.is_attached:  # a dialog that closed meanwhile
            return
        keys = [
            (binding.key, binding.description, enabled, tooltip)
            for _, binding, enabled, tooltip in self.screen.active_bindings.values()
            if binding.show
        ]
        if keys != self._shown:
            self._shown = keys
            await super().recompose()
