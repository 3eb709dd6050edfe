"""Small pure pieces of the rubric screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from judgetui.core.protocols.registry import get_protocol
from judgetui.core.rubric import Rubric
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
