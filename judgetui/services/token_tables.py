"""The token that carries a score, and what the judge might have written in its place, as a table of text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import exp

from judgetui.core.protocols.points import find_point, token_at
from judgetui.core.protocols.replies import visible
from judgetui.core.reply import JudgeReply, TokenLogprob
from judgetui.core.scale import Scale


def score_token(reply: JudgeReply, criterion: str, scale: Scale | None) -> int | None:
    """Index of the token that the score was read from; None when several share it."""
    text = visible(reply.text)
    point = None if scale is None else find_point(text, scale, criterion)
    if point is None:
        return None
    _, start, end = point
    return token_at(reply.logprobs, start + len(reply.text) - len(text), end - start)


def alternatives(tokens: Sequence[TokenLogprob], place: int, scale: Scale | None) -> list[str]:
    """The alternatives at one place, most probable first, with what each is on the scale; one line each."""
    token = tokens[place]
    every = dict(token.top)
    every.setdefault(token.token, token.logprob)
    points = {text.casefold(): text for text in scale.texts} if scale is not None else {}
    rows = [("token", "probability", "log-prob", "on the scale")]
    listed = 0.0
    for text, logprob in sorted(every.items(), key=lambda pair: -pair[1]):
        probability = exp(min(0.0, logprob))
        listed += probability
        point = points.get(text.strip().casefold())
        rows.append(
            (quoted(text), f"{probability:.2%}", f"{logprob:.3f}", f"point {point}" if point else "outside")
        )
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [f"token {place + 1} of {len(tokens)}, written: {quoted(token.token)}"]
    lines += [
        f"  {a.ljust(widths[0])}  {b.rjust(widths[1])}  {c.rjust(widths[2])}  {d}".rstrip()
        for a, b, c, d in rows
    ]
    rest = "" if listed > 0.99995 else "; the rest is on tokens that the judge did not list"
    return [*lines, f"  {min(1.0, listed):.2%} of the probability listed{rest}."]


def quoted(text: str) -> str:
    """A token in quotes, with what cannot be seen written out."""
    return json.dumps(text, ensure_ascii=False)
