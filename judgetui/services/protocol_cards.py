"""Protocols in words: the card in sections, and what it says of the published settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from judgetui.core.scale import NumericScale
from judgetui.core.text import one_line

if TYPE_CHECKING:
    # Imported by who has a protocol at hand: the first screen is drawn without one.
    from judgetui.core.protocols.base import JudgeProtocol
    from judgetui.core.rubric import Sampling
    from judgetui.core.scale import Scale

ANCHOR: Final = 60
"""Characters of a scale's texts that one line has room for."""

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


def card_sections(protocol: JudgeProtocol) -> tuple[tuple[str, str], ...]:
    """A card as headings and texts, in the order in which a reader needs them."""
    card = protocol.card
    return (
        ("What it is for", card.summary),
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
        ("at most {} token" if sampling.max_tokens == 1 else "at most {} tokens", sampling.max_tokens),
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
