"""Evaluation steps that a judge writes from task and criteria."""

from __future__ import annotations

from dataclasses import dataclass, replace

from judgetui.core.protocols.g_eval import parse_steps, steps_request
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.rubric import Rubric
from judgetui.errors import InputError, RubricError
from judgetui.providers.base import JudgeProvider, OnText


@dataclass(frozen=True, slots=True)
class GeneratedSteps:
    """Evaluation steps that a judge wrote.

    Args:
        raw: the reply they were read from.
    """

    steps: tuple[str, ...]
    raw: str
    model: str


async def generate_steps(
    rubric: Rubric,
    judge: JudgeProvider,
    *,
    timeout: float,  # noqa: ASYNC109  # handed on to the judge, whose clock it is
    on_text: OnText | None = None,
    sample: int = 0,
) -> GeneratedSteps:
    """Have a judge write evaluation steps from task and criteria.

    Args:
        timeout: seconds.
        on_text: given each piece of the reply as it is written.
        sample: 1 for a second proposal, 2 for a third.

    Raises:
        RubricError: if the protocol has no place for steps.
        ProviderError: if no reply came back.
        InputError: if the judge writes nothing, or the reply holds no steps.
    """
    if not get_protocol(rubric.protocol).uses_steps:
        raise RubricError(
            f"{rubric.protocol} has no evaluation steps.", "Steps belong to g-eval.", field="protocol"
        )
    if judge.capabilities.decisions:
        raise InputError(
            f"{judge.judge} answers questions and writes nothing, so no steps either.",
            "Have a judge write them that writes, such as openai:MODEL or a local one; this one can judge by them.",
        )
    request = replace(steps_request(rubric), sample=sample)
    reply = await judge.ask(request, timeout=timeout, on_text=on_text)
    steps = parse_steps(reply.text)
    if not steps:
        raise InputError("the reply holds no steps.", "Try again, or write them by hand.")
    return GeneratedSteps(steps, reply.text, reply.model)
