"""Protocols in words: a line for a list, a few words for a form, and the card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from textual.content import Content

from judgetui.services.protocol_cards import card_sections
from judgetui.tui.text import one_line, visible

if TYPE_CHECKING:
    # Imported by who has a protocol at hand: the first screen is drawn without one.
    from judgetui.core.protocols.base import JudgeProtocol

KINDS: Final = {"pointwise": "one", "pairwise": "pair", "listwise": "list"}
"""What is judged, in a list's few cells, by the value of a task type."""

JUDGED: Final = {
    "pointwise": "one answer at a time",
    "pairwise": "pairs of answers",
    "listwise": "lists of answers",
}
"""The same in words."""

Part = tuple[str, str]


def protocol_line(name: str, protocol: JudgeProtocol | None, *, chosen: bool, fits: bool) -> Content:
    """A protocol in a list.

    Args:
        protocol: None while it is not loaded.
        chosen: whether the rubric has it.
        fits: whether the session has items for it.
    """
    look = "bold" if chosen else "" if fits else "dim"
    kind = "" if protocol is None else f"  {KINDS[protocol.card.task_type.value]}"
    return Content.assemble(("● " if chosen else "  ", ""), (one_line(name), look), (kind, "dim"))


def searched(name: str, protocol: JudgeProtocol | None) -> str:
    """What a filter looks into: the name, and of a card title, kind, result and citation."""
    if protocol is None:
        return name.casefold()
    card = protocol.card
    texts = (name, card.title, card.task_type.value, KINDS[card.task_type.value], card.result.value)
    return " ".join((*texts, card.citation)).casefold()


def fit_words(protocol: JudgeProtocol, counts: Mapping[int, int]) -> str:
    """How many items have the answers that the protocol judges.

    Args:
        counts: the session's items by their number of answers.
    """
    kind, total = JUDGED[protocol.card.task_type.value], sum(counts.values())
    if not total:
        return f"It judges {kind}; this session has no items yet."
    items = "item fits" if total == 1 else "items fit"
    return f"{fitting(protocol, counts)} of {total:,} {items}: it judges {kind}."


def fitting(protocol: JudgeProtocol, counts: Mapping[int, int]) -> int:
    """How many items have as many answers as the protocol judges."""
    fewest, most = protocol.answers
    return sum(count for answers, count in counts.items() if fewest <= answers <= most)


def card_content(protocol: JudgeProtocol, counts: Mapping[int, int]) -> Content:
    """A protocol's card and published settings; whatever stands in it is literal text.

    Args:
        counts: the session's items by their number of answers; empty while they are not known.
    """
    told: list[Part] = []
    if counts:
        none = not fitting(protocol, counts)
        told.append((f"{fit_words(protocol, counts)}\n\n", "$text-warning" if none else "$text-success"))
    card = protocol.card
    (_, summary), *rest = card_sections(protocol)
    told.append((f"{summary}\n", ""))
    rows = (("Name", f"{card.name}, {card.task_type.value}"), *rest)
    for heading, text in rows:
        told += [(f"\n{heading}  ", "bold $accent"), (f"{text}\n", "")]
    return Content.assemble(*((visible(words), style) for words, style in told)).rstrip()
