"""Rubrics, items and replies for tests of protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from judgetui.core.item import Item
from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import JudgeReply, TokenLogprob
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.rubric import Criterion, InputField, Rubric
from judgetui.core.scale import NumericScale, Scale
from judgetui.core.vote import Parser, ScoreSource, Vote

FIVE = NumericScale(1, 5)
TEN = NumericScale(1, 10)


def rubric(protocol: str = "g-eval", scale: Scale | None = None, **changes: Any) -> Rubric:
    """A rubric on one criterion, correctness."""
    settings: dict[str, Any] = {
        "name": "test",
        "protocol": protocol,
        "task": "Judge the answer.",
        "criteria": (Criterion("correctness", "It is right."),),
        "scale": scale,
        "inputs": (InputField("question"),),
    }
    return Rubric(**(settings | changes))


def item(*responses: str, **fields: object) -> Item:
    """An item with a question."""
    return Item("i1", responses or ("Because.",), {"question": "Why?"} | fields)


def plan(
    of: Rubric, source: ScoreSource = ScoreSource.SINGLE, about: Item | None = None
) -> tuple[JudgeRequest, ...]:
    """The requests for an item."""
    return get_protocol(of.protocol).plan(of, about or item(), source)


def read(
    text: str,
    of: Rubric | None = None,
    *,
    criterion: str = "correctness",
    order: Order | None = None,
    sample: int = 0,
    logprobs: Sequence[TokenLogprob] = (),
    finish: str = "stop",
    refusal: str | None = None,
    parser: Parser = Parser.REPAIRED,
) -> Vote:
    """The vote that a reply is read as."""
    of = of or rubric()
    request = JudgeRequest(messages=(), criterion=criterion, order=order, sample=sample)
    reply = JudgeReply(text=text, finish=finish, refusal=refusal, logprobs=tuple(logprobs))
    return protocol(of).parse(of, request, reply, parser)


def protocol(of: Rubric) -> JudgeProtocol:
    """The rubric's protocol."""
    return get_protocol(of.protocol)


def token(text: str, alternatives: Mapping[str, float] | None = None) -> TokenLogprob:
    """A token, with the probabilities of its alternatives."""
    shares = alternatives or {text: 1.0}
    top = tuple((part, log(share)) for part, share in sorted(shares.items(), key=lambda pair: -pair[1]))
    return TokenLogprob(text, log(shares.get(text, 1.0)), top)
