"""Which of several results in one reply is the judge's own, and whether there is a single one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from judgetui.core.request import JudgeRequest

MOST: Final = 200
"""Results of one reply that are looked at, the last ones; a reply with more repeats itself."""

CONTEXT: Final = 60
"""Characters before a result that tell whether it was copied from the prompt."""

_LEAST: Final = 15
"""Characters before a result below which nothing is said of where it came from."""


@dataclass(frozen=True, slots=True)
class Found:
    """A result as it stands in a reply.

    Args:
        value: what it says, in one spelling.
        start: where it begins.
        end: where it ends.
    """

    value: str
    start: int
    end: int


def own(found: Sequence[Found], text: str, request: JudgeRequest) -> list[Found]:
    """The results that do not stand in the prompt with the same words before them."""
    if not request.messages:
        return list(found[-MOST:])
    prompt = "\n\n".join(message.content for message in request.messages)
    return [
        each
        for each in found[-MOST:]
        if each.start < _LEAST or text[max(0, each.start - CONTEXT) : each.end] not in prompt
    ]


def settled(found: Sequence[Found], text: str) -> Found | None:
    """The result that stands: the last one, if all say the same or nothing but its line ends the reply.

    None when there is no result, or when several contradict each other.
    """
    if not found:
        return None
    last = found[-1]
    if len({each.value for each in found}) > 1 and "\n" in text[last.end :].strip():
        return None
    return last
