"""Protocols in words: a line for a list, a few words for a form, and the card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from textual.content import Content

from judgetui.core.scale import NumericScale
from judgetui.tui.text import one_line, visible

if TYPE_CHECKING:
    # Imported by who has a protocol at hand: the first screen is drawn without one.
    from judgetui.core.protocols.base import JudgeProtocol
    from judgetui.core.rubric import Sampling
    from judgetui.core.scale import Scale

ANCHOR: Final = 60
"""Characters of a scale's texts that one line has room for."""

KINDS: Final = {"pointwise": "one", "pairwise": "pair", "listwise": "list"}
"""What is judged, in a list's few cells, by the value of a task type."""

JUDGED: Final = {
    "pointwise": "one answer at a time",
    "pairwise": "pairs of answers",
    "listwise": "lists of answers",
}
"""The same in words."""

GIVEN: Final = {
    "point": "a point of the scale",
    "verdict": "a verdict, A, B or a tie",
    "answer scores": "a score for each answer",
    "ranking": "an order of the answers",
    "points": "a point for each criterion",
}
"""What a reply gives, by the value of a `Result`."""

ORDERS: Final = {
    "both": "asked in both orders",
    "seeded": "asked in one order, drawn by a seed",
    "as-given": "asked in the order of the item",
    "all": "asked in every order",
}
"""Orders of several answers, by the value of `rubric.ORDERS`."""

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


def span_words(scale: Scale) -> str:
    """A scale in short: its ends, or all labels."""
    texts = scale.texts
    ends = f"{texts[0]} to {texts[-1]}" if isinstance(scale, NumericScale) else " / ".join(texts)
    return one_line(ends, ANCHOR)


def result_words(protocol: JudgeProtocol, order: str) -> str:
    """What a reply gives, and in which order several answers are shown."""
    given = GIVEN[protocol.card.result.value]
    return given if protocol.answers[1] == 1 else f"{given}; {order_words(protocol, order)}"


def order_words(protocol: JudgeProtocol, order: str) -> str:
    """In which order several answers are shown; a list has no two orders but one and its reverse."""
    if order == "both" and protocol.answers[1] > 2:
        return "asked forwards and backwards"
    return ORDERS.get(order, order)


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
    card = protocol.card
    told: list[Part] = []
    if counts:
        none = not fitting(protocol, counts)
        told.append((f"{fit_words(protocol, counts)}\n\n", "$text-warning" if none else "$text-success"))
    told.append((f"{card.summary}\n", ""))
    rows = (
        ("Name", f"{card.name}, {card.task_type.value}"),
        ("Gives", f"{result_words(protocol, protocol.order)}{_habits(protocol)}"),
        ("Needs", card.needs),
        ("Messages", card.messages),
        ("Reply", card.grammar),
        ("Parsing", card.parsing),
        ("No result", card.failure),
        ("Aggregation", card.aggregation),
        ("Published settings", published_words(protocol)),
        ("Known biases", card.biases),
        ("Published in", card.citation),
    )
    for heading, text in rows:
        told += [(f"\n{heading}  ", "bold $accent"), (f"{text}\n", "")]
    return Content.assemble(*((visible(words), style) for words, style in told)).rstrip()


def published_words(protocol: JudgeProtocol) -> str:
    """Sampling, order, scale and counting as the authors had them, for whatever a rubric leaves out."""
    parts = _sampling(protocol.published)
    if protocol.answers[1] > 1:
        parts.append(order_words(protocol, protocol.order))
    if protocol.default_scale is not None:
        parts.append(f"scale {span_words(protocol.default_scale)}")
    if protocol.tie_delta:
        parts.append(f"scores at most {protocol.tie_delta:g} apart are a tie")
    if protocol.counts_failures_as.value != "state":
        parts.append(f"a reply without a result counted as {protocol.counts_failures_as.value}")
    return ", ".join(parts) + "."


def _sampling(sampling: Sampling) -> list[str]:
    votes = sampling.n or 1
    named = (
        ("1 reply" if votes == 1 else "{} replies", votes),
        ("temperature {:g}", sampling.temperature),
        ("top-p {:g}", sampling.top_p),
        ("at most {} tokens", sampling.max_tokens),
        ("{} log-probs", sampling.top_logprobs or None),
    )
    return [words.format(value) for words, value in named if value is not None]


def _habits(protocol: JudgeProtocol) -> str:
    """What sets a protocol apart in how it asks."""
    habits = (
        (protocol.at_once, "all criteria in one request"),
        (protocol.turns, "whole conversations"),
        (protocol.uses_logprobs, "read from token probabilities where the judge has them"),
        (protocol.uses_steps, "with evaluation steps"),
    )
    return "".join(f"; {words}" for there, words in habits if there)
