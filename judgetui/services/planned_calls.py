"""The calls that a run will make, worked out without making any."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from judgetui.core.request import JudgeRequest
from judgetui.providers.base import JudgeProvider
from judgetui.providers.keys import call_key
from judgetui.providers.tokens import fewest_tokens
from judgetui.services.breath import Breath
from judgetui.storage.database import SessionFile

_AT_ONCE: Final = 200
"""Items whose requests are looked up in the session together."""

_SAMPLE: Final = 500
"""Prompts that are kept for counting, at least, if there are as many; at most twice as many."""

_LIMITS: Final = ("max_completion_tokens", "max_output_tokens", "max_tokens")
"""What bodies call the most that a reply may have: chat completions, responses, messages."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call that will be sent, with one request or several.

    Args:
        characters: of its prompt.
        stable: characters at the beginning that are the rubric's.
        first: whether no call before begins with the same rubric's part.
        least_output: tokens of the bare verdicts; none where the judge writes nothing.
        most_output: tokens that the replies may have.
    """

    characters: int
    stable: int
    first: bool
    least_output: int
    most_output: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt to count.

    Args:
        call: which of the calls sent it is the prompt of, from 0.
        characters: of this request alone.
    """

    call: int
    request: JudgeRequest
    characters: int


@dataclass(slots=True)
class PlannedCalls:
    """What a judge will be asked.

    Args:
        calls: how many there would be if the session held no reply.
        sent: those that are left to send.
        sample: prompts of calls that are sent, evenly spaced; all of them where they are few.
    """

    calls: int = 0
    sent: list[PlannedCall] = field(default_factory=list)
    sample: list[Prompt] = field(default_factory=list)
    _every: int = 1

    def add(self, call: PlannedCall, request: JudgeRequest, characters: int) -> None:
        """Take in a call that will be sent, with its first request."""
        if len(self.sent) % self._every == 0:
            self.sample.append(Prompt(len(self.sent), request, characters))
        self.sent.append(call)
        if len(self.sample) > 2 * _SAMPLE:
            self.sample = self.sample[::2]
            self._every *= 2


async def plan_calls(
    judge: JudgeProvider, requests: Iterable[Sequence[JudgeRequest]], session: SessionFile | None
) -> PlannedCalls:
    """Work out what a judge will be sent.

    Args:
        requests: those of each item.
        session: where replies are looked up; None when all is asked afresh.

    Raises:
        Exception: whatever `requests` raises while it is gone through.
    """
    planned, begun, breath = PlannedCalls(), set[str](), Breath()
    writes = not judge.capabilities.decisions
    waiting = iter(requests)
    while True:
        portion: list[Sequence[JudgeRequest]] = []
        for each in islice(waiting, _AT_ONCE):
            portion.append(each)
            await breath.take()
        if not portion:
            return planned
        held = set[str]() if session is None else await _held(judge, portion, session, breath)
        for each in portion:
            missing = each if not held else [r for r in each if call_key(judge.body(r), r.sample) not in held]
            left = judge.bundles(missing)
            planned.calls += len(left) if len(missing) == len(each) else len(judge.bundles(each))
            for bundle in left:
                _add(planned, bundle, begun, longest_reply(judge, bundle[0]) if writes else 0)
            await breath.take()


async def _held(
    judge: JudgeProvider, portion: Iterable[Sequence[JudgeRequest]], session: SessionFile, breath: Breath
) -> set[str]:
    """The keys of those requests that the session holds the reply to."""
    keys = list[str]()
    for each in portion:
        keys += [call_key(judge.body(request), request.sample) for request in each]
        await breath.take()
    return await session.read(lambda repos: repos.calls.known(keys))


def longest_reply(judge: JudgeProvider, request: JudgeRequest) -> int:
    """Tokens that a reply may have, as the judge sends it: more than was asked for where a format needs them."""
    body = judge.body(request)
    sent = [body[name] for name in _LIMITS if name in body]
    return max([number for number in sent if isinstance(number, int)], default=request.max_tokens)


def _add(planned: PlannedCalls, bundle: Sequence[JudgeRequest], begun: set[str], longest: int) -> None:
    """Take in a call.

    Args:
        begun: the beginnings of the calls before it, to which its own is added.
        longest: tokens that each reply may have; none where the judge answers questions and writes nothing.
    """
    request = bundle[0]
    beginning = "".join(message.content for message in request.messages)[: request.stable]
    prompt = sum(len(message.content) for message in request.messages)
    questions = [0 if longest else _question_characters(each) for each in bundle]
    call = PlannedCall(
        characters=prompt + sum(questions),
        stable=len(beginning),
        first=beginning not in begun,
        least_output=sum(min(_bare_verdict(each), longest) for each in bundle),
        most_output=longest * len(bundle),
    )
    begun.add(beginning)
    planned.add(call, request, prompt + questions[0])


def _question_characters(request: JudgeRequest) -> int:
    """Characters that a question adds to what it is about."""
    question = request.question
    if question is None:
        return 0
    return len(question.text) + sum(len(label) + len(meaning) for label, meaning in question.options)


def _bare_verdict(request: JudgeRequest) -> int:
    """Tokens of the shortest reply that gives a verdict."""
    shortest = min(request.labels, key=len, default="")
    form = request.form
    text = shortest if form is None else form.verdict(shortest, *[shortest for _ in form.between])
    return fewest_tokens(text)
