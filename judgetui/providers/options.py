"""Options behind a model's name, as in `openai:MODEL?effort=low&format=text`: part of the judge's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from judgetui.core.reading import nearest
from judgetui.errors import InputError

EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""How hard a reasoning model may think, by both vendors' words; which of them a model knows is its own business."""

FORMATS: Final = ("schema", "tool", "grammar", "text")
"""Ways to ask for a verdict, best first."""


def split_options(model: str, known: Mapping[str, tuple[str, ...]]) -> tuple[str, dict[str, str]]:
    """A model's name and its options.

    Args:
        model: what stands behind the provider's colon.
        known: the options there are, with their values.

    Raises:
        InputError: for an unknown option or value, naming the nearest.
    """
    name, mark, query = model.partition("?")
    found: dict[str, str] = {}
    for option, value in parse_qsl(query, keep_blank_values=True) if mark else ():
        if option not in known:
            near = nearest(option, known)
            hint = f"Did you mean {near}?" if near else f"The options are {', '.join(known)}."
            raise InputError(f"{name} has no option {option!r}.", hint)
        if value not in known[option]:
            raise InputError(
                f"{value!r} is no value for {name}'s {option}.", f"Use {', '.join(known[option])}."
            )
        found[option] = value
    return name, found


def model_name(judge: str) -> str:
    """The model of a judge `provider:model`, without options."""
    return judge.partition(":")[2].partition("?")[0]
