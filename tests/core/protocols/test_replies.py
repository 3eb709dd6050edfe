"""What is told of a reply that no verdict was found in."""

from __future__ import annotations

import pytest

from judgetui.core.protocols.replies import blank_vote
from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.request import JudgeRequest
from judgetui.core.vote import Status


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (JudgeReply("Well."), "no verdict in the reply."),
        (JudgeReply(" \n"), "the reply is empty."),
        (
            JudgeReply("Well,", finish="length"),
            "no verdict; the reply was cut at 80 tokens (sampling.max_tokens).",
        ),
        (
            JudgeReply("", finish="length", usage=Usage(10, 80, reasoning=80)),
            "no verdict; the reply was cut at 80 tokens, 80 of them thinking (sampling.max_tokens).",
        ),
        (
            JudgeReply("Well,", finish="model_context_window_exceeded"),
            "no verdict in the reply; the judge ended with model_context_window_exceeded.",
        ),
        (JudgeReply("", finish="pause_turn"), "the reply is empty; the judge ended with pause_turn."),
    ],
)
def test_it_says_why_where_that_is_known(reply: JudgeReply, told: str) -> None:
    vote = blank_vote(JudgeRequest(messages=(), max_tokens=80), reply, "p/repaired-1")
    assert (vote.status, vote.detail) == (Status.UNPARSED, told)


def test_a_reason_that_was_found_stands() -> None:
    vote = blank_vote(
        JudgeRequest(messages=()), JudgeReply("", finish="length"), "p/repaired-1", "two verdicts."
    )
    assert vote.detail == "two verdicts."
