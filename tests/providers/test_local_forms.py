"""The embedded model, held to the form of every protocol: what it may write is what the protocol reads."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.registry import get_protocol, protocol_names, starter_rubric
from judgetui.core.vote import ScoreSource, Status
from judgetui.providers.local import LocalJudge
from tests.core.protocols.test_every_protocol import an_item


@pytest.mark.local_model
@pytest.mark.slow
def test_the_embedded_model_answers_in_every_form(model_file: Path, tmp_path: Path) -> None:
    asyncio.run(_ask_all(LocalJudge("smollm2", model_file, cache=tmp_path)))


async def _ask_all(judge: LocalJudge) -> None:
    unread: dict[str, str] = {}
    try:
        for name in protocol_names():
            protocol = get_protocol(name)
            text = await _one_reply(protocol, judge)
            if text is not None:
                unread[name] = text
    finally:
        await judge.close()
    assert unread == {}


async def _one_reply(protocol: JudgeProtocol, judge: LocalJudge) -> str | None:
    """What the model wrote, where its protocol cannot read it; None where it can."""
    rubric = starter_rubric("mine", protocol.card.name)
    rubric = replace(rubric, sampling=replace(rubric.sampling, max_tokens=60))
    request = protocol.plan(rubric, an_item(protocol, rubric), ScoreSource.SINGLE)[0]
    if request.form is not None:  # shorter reasons than a real run gives room for
        short = replace(
            request.form, reasons=min(request.form.reasons, 60), after=min(request.form.after, 20)
        )
        request = replace(request, form=short)
    reply = await judge.ask(replace(request, temperature=0.0), timeout=120)
    vote = protocol.parse(rubric, request, reply)
    return None if vote.status is Status.OK else f"{vote.detail} {reply.text!r}"
