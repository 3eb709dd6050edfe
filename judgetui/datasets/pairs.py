"""Pairs of answers, made from two files of single answers to the same questions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from judgetui.core.item import OVERALL, Item, Label
from judgetui.errors import ItemError

ID: Final = "id"
"""The key that pairs items by their ids."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """What came of pairing two files.

    Args:
        items: a pair each, in the order of the first file.
        alone_a: keys of the first file that the second lacks.
        alone_b: the reverse.
        differing: names of fields by the id of the pair whose two items do not say the same there; the first's is kept.
    """

    items: tuple[Item, ...]
    alone_a: tuple[str, ...]
    alone_b: tuple[str, ...]
    differing: Mapping[str, tuple[str, ...]]


def paired(first: Iterable[Item], second: Iterable[Item], key: str = ID) -> Pairs:
    """Pair the answers of two files by their ids, or by a field that both have.

    Fields, category, group and split are the first item's where both have them. What people said of the single answers
    is nothing they said of the pair: it is kept in the fields `human_a` and `human_b`, and is no label.

    Args:
        key: `id`, or the name of a field, such as `question`.

    Raises:
        ItemError: if an item holds more than one answer, lacks the key, or a key is there twice in a file.
    """
    left, right = _by_key(first, key, "first"), _by_key(second, key, "second")
    items: list[Item] = []
    differing: dict[str, tuple[str, ...]] = {}
    for name, one in left.items():
        other = right.get(name)
        if other is not None:
            pair, fields = _pair(one, other)
            items.append(pair)
            if fields:
                differing[pair.id] = fields
    return Pairs(
        tuple(items),
        tuple(name for name in left if name not in right),
        tuple(name for name in right if name not in left),
        differing,
    )


def _by_key(items: Iterable[Item], key: str, which: str) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for item in items:
        if len(item.responses) != 1:
            raise ItemError(
                f"item {item.id!r} of the {which} file holds {len(item.responses)} answers.",
                "Pairs are made from files of single answers.",
                field="response",
            )
        value = item.id if key == ID else item.group if key == "group" else item.fields.get(key)
        if value is None:
            raise ItemError(
                f"item {item.id!r} of the {which} file has no {key!r}.", "Pair by another field.", field=key
            )
        name = str(value)
        if name in found:
            raise ItemError(
                f"{name[:80]!r} is there twice in the {which} file.", "Pair by another field.", field=key
            )
        found[name] = item
    return found


def _pair(one: Item, other: Item) -> tuple[Item, tuple[str, ...]]:
    """The pair, and the fields that differ."""
    differing = [
        name for name, value in one.fields.items() if name in other.fields and other.fields[name] != value
    ]
    fields = {**other.fields, **one.fields}
    for side, item in (("a", one), ("b", other)):
        if item.labels:
            fields[f"human_{side}"] = _said(item.labels)
    known = {}
    for name in ("category", "group", "split"):
        mine, theirs = getattr(one, name), getattr(other, name)
        known[name] = theirs if mine is None else mine
        if None not in (mine, theirs) and mine != theirs:
            differing.append(name)
    models = (one.models[0] if one.models else None, other.models[0] if other.models else None)
    pair = Item(
        id=one.id,
        responses=(*one.responses, *other.responses),
        fields=fields,
        models=models if any(models) else (),
        **known,
    )
    return pair, tuple(differing)


def _said(labels: Iterable[Label]) -> object:
    """Labels as a field: the value when there is one alone, else values by rater, and by criterion."""
    said: dict[str, dict[str, str | float]] = {}
    for label in labels:
        said.setdefault(label.rater, {})[label.criterion or OVERALL] = label.value
    plain = {rater: parts[OVERALL] if list(parts) == [OVERALL] else parts for rater, parts in said.items()}
    return next(iter(plain.values())) if len(plain) == 1 else plain
