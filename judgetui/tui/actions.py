"""Bindings, palette and help, all made from the one list of actions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider

from judgetui.config.keymap import ACTIONS, Action, Scope, actions, keys_shown
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


LEAVES: Final = "app.quit"
"""The action that dialogs do not hold up."""


def bindings(scope: Scope) -> list[BindingType]:
    """Textual bindings of one place's actions."""
    return [
        Binding(
            ",".join(action.keys),
            action.name,
            action.label,
            show=action.footer,
            id=action.id,
            priority=action.id == LEAVES,
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


IN_DIALOGS: Final = frozenset({"theme", "debug", "quit"})
"""The app's actions that a dialog leaves room for: they neither answer it nor change what it is about."""


class Command(NamedTuple):
    """An entry of the palette."""

    title: str
    help: str
    run: Callable[[], Awaitable[bool]]


class ActionCommands(Provider):
    """Every action that works now, in the palette."""

    async def discover(self) -> Hits:
        """List all of them."""
        for title, told, run in self._available():
            yield DiscoveryHit(literal(title), run, text=title, help=literal(told).plain)

    async def search(self, query: str) -> Hits:
        """Match label and help."""
        matcher = self.matcher(query)
        for title, told, run in self._available():
            text = f"{title} · {told}"
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(text), run, text=text)

    def _available(self) -> Iterator[Command]:
        screen = self.screen
        if screen.is_modal:
            yield from self._of_dialog()
        for action in ACTIONS:
            node = owner_of(action, screen)
            if node is None or action.name == "palette" or not node.check_action(action.name, ()):
                continue
            if screen.is_modal and action.name not in IN_DIALOGS:
                continue
            yield Command(
                entry_title(action.label, action.shown_keys),
                action.help,
                partial(screen.app.run_action, action.name, node),
            )

    def _of_dialog(self) -> Iterator[Command]:
        """What a dialog's own keys do."""
        screen = self.screen
        seen = set()
        for node, binding, enabled, told in screen.active_bindings.values():
            if told and enabled and binding.action not in seen:
                seen.add(binding.action)
                title = entry_title(binding.description, keys_shown([binding.key]))
                yield Command(title, told, partial(screen.app.run_action, binding.action, node))


def entry_title(label: str, keys: str) -> str:
    """How the palette names an action."""
    return f"{label[:1].upper()}{label[1:]} ({keys})"
