"""The embedded model, held to the form of every protocol: what it may write is what the protocol reads."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from judgetui.core.protocols.registry import get_protocol, protocol_names, starter_rubric
from judgetui.core.request import Form, JudgeRequest
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
        for name, request in _requests().items():
            protocol = get_protocol(name)
            reply = await judge.ask(request, timeout=120)
            vote = protocol.parse(starter_rubric("mine", name), request, reply)
            if vote.status is not Status.OK:
                unread[name] = f"{vote.detail} {reply.text!r}"
    finally:
        await judge.close()
    assert unread == {}


def _requests() -> dict[str, JudgeRequest]:
    """A request for every form that some protocol has, with shorter reasons than a real run gives room for."""
    found: dict[tuple[Form | None, tuple[str, ...]], tuple[str, JudgeRequest]] = {}
    for name in protocol_names():
        protocol, rubric = get_protocol(name), starter_rubric("mine", name)
        request = protocol.plan(rubric, an_item(protocol, rubric), ScoreSource.SINGLE)[0]
        form = request.form
        if form is not None:
            form = replace(form, reasons=min(form.reasons, 60), after=min(form.after, 20))
        short = replace(request, form=form, temperature=0.0, max_tokens=min(request.max_tokens, 60))
        found.setdefault((form, request.labels), (name, short))
    return dict(found.values())
