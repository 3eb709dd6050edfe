"""Small pure pieces of the rubric screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar

from judgetui.core.protocols.registry import get_protocol
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.scale import NumericScale

T = TypeVar("T")


def without(entries: Sequence[T], index: int) -> tuple[T, ...]:
    """All entries but one."""
    return (*entries[:index], *entries[index + 1 :])


def moved(entries: Sequence[T], index: int, by: int) -> tuple[T, ...]:
    """The entries with one moved by some places."""
    rest = list(entries)
    rest.insert(index + by, rest.pop(index))
    return tuple(rest)


LONGEST_NAME: Final = 80
"""Characters of a criterion's name: a name, not a description."""


def name_problem(name: str, others: Sequence[Criterion]) -> str:
    """What is wrong with a criterion's name beside the others; empty when nothing is."""
    if len(name) > LONGEST_NAME:
        return f"a name has at most {LONGEST_NAME} characters; the description has room for more."
    if name.casefold() in {other.name.casefold() for other in others}:
        return "there is a criterion of that name; choose another."
    return ""


def named(criterion: Criterion, text: str) -> Criterion:
    """A criterion renamed by `name` or `name, weight`."""
    name, _, weight = text.rpartition(",")
    try:
        value = float(weight)
    except ValueError:
        return replace(criterion, name=text.strip())
    if not name.strip() or not 0 <= value <= 1e6:
        return replace(criterion, name=text.strip())
    return replace(criterion, name=name.strip(), weight=value)


def scale_lines(rubric: Rubric) -> list[str]:
    """The scale and sampling in words, as the form shows them."""
    protocol = get_protocol(rubric.protocol)
    scale = rubric.scale or protocol.default_scale
    lines = [f"{protocol.card.title} ({protocol.card.name})"]
    if scale is None:
        lines.append(
            "verdict A, B or tie; both orders" if rubric.order == "both" else f"order: {rubric.order}"
        )
    else:
        ends = (
            f"{scale.texts[0]} to {scale.texts[-1]}"
            if isinstance(scale, NumericScale)
            else " / ".join(scale.texts)
        )
        own = "" if rubric.scale is not None else ", the protocol's own"
        lines.append(f"scale {ends}{own}; change it in the YAML pane (y) or $EDITOR (f4)")
        lines += [f"{text} = {scale.anchor(text)}" for text in scale.texts if scale.anchor(text)]
    return lines
