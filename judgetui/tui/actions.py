"""Bindings, palette and help, all made from the one list of actions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider

from judgetui.config.keymap import ACTIONS, Action, Scope, actions
from judgetui.tui.text import literal

if TYPE_CHECKING:
    from textual.dom import DOMNode

LIST_KEYS: list[BindingType] = [
    Binding("j", "cursor_down", "down", show=False),
    Binding("k", "cursor_up", "up", show=False),
    Binding("g", "scroll_top", "first", show=False),
    Binding("G", "scroll_bottom", "last", show=False),
]
"""Keys that every list has beside the arrows."""


def bindings(scope: Scope) -> list[BindingType]:
    """Textual bindings of one place's actions."""
    return [
        Binding(
            ",".join(action.keys),
            action.name,
            action.label,
            show=action.footer,
            id=action.id,
            tooltip=action.help,
        )
        for action in actions(scope)
    ]


def owner_of(action: Action, screen: DOMNode) -> DOMNode | None:
    """The node that carries an action out: the screen, the app, or None when it is not at hand."""
    for node in (screen, screen.app):
        if hasattr(node, f"action_{action.name}") and _has_scope(node, action.scope):
            return node
    return None


def _has_scope(node: DOMNode, scope: Scope) -> bool:
    return getattr(node, "SCOPE", None) is scope


class ActionCommands(Provider):
    """Every action that works now, in the palette."""

    async def discover(self) -> Hits:
        """List all of them."""
        for action, run in self._available():
            yield DiscoveryHit(
                literal(self._title(action)), run, text=self._title(action), help=literal(action.help).plain
            )

    async def search(self, query: str) -> Hits:
        """Match label and help."""
        matcher = self.matcher(query)
        for action, run in self._available():
            text = f"{self._title(action)} · {action.help}"
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(text), run, text=text)

    def _title(self, action: Action) -> str:
        return f"{action.label.capitalize()} ({action.shown_keys})"

    def _available(self) -> Iterator[tuple[Action, Callable[[], Awaitable[bool]]]]:
        screen = self.screen
        for action in ACTIONS:
            node = owner_of(action, screen)
            if node is not None and action.name != "palette":
                yield action, partial(screen.app.run_action, action.name, node)
