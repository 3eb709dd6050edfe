"""Replies without a result, counted as some originals counted them."""

from __future__ import annotations

from dataclasses import replace

from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.vote import Failures, ScoreSource, Status, Verdict, Vote
from judgetui.errors import InputError


def counted(protocol: JudgeProtocol, vote: Vote, failures: Failures) -> Vote:
    """An unparsed vote as an original counted it; any other vote, and any vote as a state, unchanged.

    The vote's parser says what it was counted as, and `detail` says it in words.
    """
    if failures is Failures.STATE or vote.status is not Status.UNPARSED:
        return vote
    made = replace(
        vote,
        status=Status.OK,
        source=ScoreSource.SAMPLES if vote.sample else ScoreSource.SINGLE,
        parser=f"{vote.parser}+{failures.value}",
        detail=f"a reply without a result counts as {failures.value}, as in the original.",
    )
    match failures:
        case Failures.ZERO:
            return replace(made, score=0.0)
        case Failures.MINUS_ONE:
            answers = 2 if vote.order is None else len(vote.order)
            pair = Verdict.TIE if answers == 2 else None
            return replace(made, answer_scores=(-1.0,) * answers, verdict=pair)
    return replace(made, verdict=Verdict.TIE)


def require_counted(protocol: JudgeProtocol, failures: Failures) -> None:
    """Make sure that a protocol's original counted failures so.

    Raises:
        InputError: naming what it counted them as.
    """
    own = protocol.counts_failures_as
    if failures in {Failures.STATE, own}:
        return
    hint = "Leave it out." if own is Failures.STATE else f"Use {own.value}, or leave it out."
    did = "kept them apart" if own is Failures.STATE else f"counted them as {own.value}"
    raise InputError(
        f"{protocol.card.name} has no failures that count as {failures.value}: its original {did}.",
        hint,
        field="--failures",
    )
