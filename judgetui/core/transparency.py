"""Whether a template does no more with an item's texts than print them, so that one rendering serves many items."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from judgetui.core.rubric import TemplateMessage
from judgetui.core.template import parsed

if TYPE_CHECKING:
    from jinja2 import nodes

LISTS: Final = frozenset({"fields", "responses", "turns"})
"""Names of lists whose entries carry an item's texts."""

_SAME: Final = frozenset({"name", "label", "letter", "number"})
"""What those entries have that is the same for every item with the same fields."""

_CLEAN, _TEXT, _ENTRY, _LIST, _OPAQUE = "clean", "text", "entry", "list", "opaque"


def is_transparent(template: Iterable[TemplateMessage], texts: frozenset[str]) -> bool:
    """Whether every text of an item is printed as it is, or asked no more than whether it is empty.

    Such a template gives the same prompt but for those texts, for all items that have the same fields and
    leave the same ones empty. False is always safe.

    Args:
        texts: the names of the item's texts.
    """
    return all(_is_transparent(message.content, texts) for message in template)


@lru_cache(maxsize=256)
def _is_transparent(source: str, texts: frozenset[str]) -> bool:
    return _body_is(parsed(source).body, texts, frozenset())


def _body_is(body: Iterable[nodes.Node], texts: frozenset[str], entries: frozenset[str]) -> bool:
    return all(_statement_is(node, texts, entries) for node in body)


def _statement_is(node: nodes.Node, texts: frozenset[str], entries: frozenset[str]) -> bool:
    from jinja2 import nodes

    if isinstance(node, nodes.Output):
        return all(_kind(each, texts, entries) in {_CLEAN, _TEXT} for each in node.nodes)
    if isinstance(node, nodes.If):
        inner = (*node.body, *node.elif_, *node.else_)
        return _may_ask(node.test, texts, entries) and _body_is(inner, texts, entries)
    if isinstance(node, nodes.For):
        kind = _kind(node.iter, texts, entries)
        if kind not in {_CLEAN, _LIST}:
            return False
        within = entries
        if kind == _LIST:
            if not isinstance(node.target, nodes.Name):
                return False
            within = entries | {node.target.name}
        asked = node.test is None or _may_ask(node.test, texts, within)
        return asked and _body_is((*node.body, *node.else_), texts, within)
    return _kind(node, texts, entries) == _CLEAN


def _may_ask(test: nodes.Node, texts: frozenset[str], entries: frozenset[str]) -> bool:
    """Whether a condition depends on nothing but which texts are there and not empty."""
    from jinja2 import nodes

    if isinstance(test, nodes.Not):
        return _may_ask(test.node, texts, entries)
    if isinstance(test, nodes.And | nodes.Or):
        return _may_ask(test.left, texts, entries) and _may_ask(test.right, texts, entries)
    if isinstance(test, nodes.Test) and test.name in {"defined", "undefined"}:
        return True
    return _kind(test, texts, entries) != _OPAQUE


def _kind(node: nodes.Node, texts: frozenset[str], entries: frozenset[str]) -> str:
    """What an expression gives: something of the rubric's, an item's text, an entry or a list of them, or
    something that was made of a text."""
    from jinja2 import nodes

    match node:
        case nodes.Name(name=name):
            if name in entries:
                return _ENTRY
            return _TEXT if name in texts else _LIST if name in LISTS else _CLEAN
        case nodes.Getattr(node=inner, attr=attr) if _kind(inner, texts, entries) == _ENTRY:
            return _CLEAN if attr in _SAME else _TEXT
        case nodes.Getitem(node=inner, arg=place) if _kind(inner, texts, entries) == _LIST:
            return _ENTRY if _kind(place, texts, entries) == _CLEAN else _OPAQUE
        case nodes.Filter(node=inner, name="length" | "count") if inner is not None:
            if _kind(inner, texts, entries) == _LIST:
                return _CLEAN
    parts = node.iter_child_nodes()
    return _CLEAN if all(_kind(part, texts, entries) == _CLEAN for part in parts) else _OPAQUE
