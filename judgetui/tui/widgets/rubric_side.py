"""What stands beside the form: the prompt, the steps and the YAML of the same rubric, one at a time."""

from __future__ import annotations

from typing import Final

from textual import on
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from judgetui.tui.widgets.prompt_pane import PromptPane
from judgetui.tui.widgets.steps_pane import StepsPane
from judgetui.tui.widgets.strip import Strip
from judgetui.tui.widgets.yaml_pane import YamlPane

PANES: Final = {"prompt-pane": "Prompt (p)", "steps-pane": "Steps (s)", "yaml-pane": "YAML (y)"}
"""Names of the panes, in their order."""


class RubricSide(Vertical):
    """Three panes of which one is shown. Empty until `fill`, since the form is waited for, and this is not."""

    class Turned(Message):
        """Another pane is in sight and wants its content."""

    def __init__(self) -> None:
        super().__init__(id="side")
        self.prompt = PromptPane()
        self.steps = StepsPane()
        self.yaml = YamlPane()
        self._names = Strip(list(PANES.values()), id="pane-names")
        self._panes = ContentSwitcher(self.prompt, self.steps, self.yaml, id="panes", initial="prompt-pane")
        self.shown = "prompt-pane"
        """The pane in sight."""
        self.filled = False
        """Whether the panes are there."""
        self._focus_next = False

    async def fill(self) -> None:
        """Mount the panes, once."""
        if self.filled:
            return
        await self.mount(self._names, self._panes)
        if not self._panes.is_mounted:  # the screen was left meanwhile
            return
        self.filled = True
        self.turn_to(self.shown, focus=self._focus_next)

    def turn_to(self, pane: str, *, focus: bool = True) -> None:
        """Show a pane, one of `PANES`; asked for before there are panes, it is shown as soon as they come."""
        self.shown, self._focus_next = pane, focus
        if not self.filled:
            return
        self._panes.current = pane
        self._names.put(list(PANES.values()), list(PANES).index(pane))
        self.post_message(self.Turned())
        if focus:
            # After the refresh, since what is not in sight yet takes no focus.
            self.call_after_refresh(self._heart.focus)

    @property
    def _heart(self) -> Widget:
        """What keys act on in the pane in sight."""
        hearts: dict[str, Widget] = {"steps-pane": self.steps.list, "yaml-pane": self.yaml.area}
        return hearts.get(self.shown) or self.prompt.scroll

    @on(Strip.Chosen, "#pane-names")
    def _chosen(self, event: Strip.Chosen) -> None:
        event.stop()
        self.turn_to(list(PANES)[event.place])
