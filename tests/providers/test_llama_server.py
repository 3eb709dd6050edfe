"""The judges over a network against llama.cpp's own server, which speaks three of their APIs: real HTTP, real model.

What it refuses or passes over is what the ladder of formats and the lessons of refusals are for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from judgetui.config.paths import Paths
from judgetui.config.settings import Profile, Settings
from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Message
from judgetui.core.rubric import Rubric, Sampling
from judgetui.core.vote import ScoreSource, Status, Vote
from judgetui.providers.base import FailureKind, JudgeProvider, ProviderError
from judgetui.providers.formats import demanded
from judgetui.providers.registry import open_judge
from tests.core.protocols.test_every_protocol import an_item
from tests.providers.llama_server import SLOTS, llama_server

pytestmark = pytest.mark.local_model

SECONDS = 120


@pytest.fixture(scope="module")
def server(model_file: Path) -> Iterator[str]:
    """One server for the whole module."""
    with llama_server(model_file) as address:
        yield address


@pytest.fixture
def settings(server: str) -> Settings:
    """With a profile that points at it."""
    return Settings(profiles={"lab": Profile("lab", f"{server}/v1")})


def rubric(protocol: str, **sampling: int) -> Rubric:
    return replace(starter_rubric("mine", protocol), sampling=Sampling(**sampling))


def requests(of: Rubric, source: ScoreSource = ScoreSource.SINGLE) -> tuple[JudgeRequest, ...]:
    protocol = get_protocol(of.protocol)
    return protocol.plan(of, an_item(protocol, of), source)


def vote(of: Rubric, request: JudgeRequest, reply: JudgeReply) -> Vote:
    return get_protocol(of.protocol).parse(of, request, reply)


async def asked(judge: JudgeProvider, *each: JudgeRequest) -> list[JudgeReply]:
    """The requests one after the other; the judge is closed afterwards."""
    try:
        return [await judge.ask(request, timeout=SECONDS) for request in each]
    finally:
        await judge.close()


async def test_a_score_weighed_by_token_probabilities(settings: Settings, paths: Paths) -> None:
    of = rubric("g-eval")
    request = requests(of, ScoreSource.LOGPROBS)[0]
    judge = open_judge("lab:smollm2?format=grammar", settings, paths)
    (reply,) = await asked(judge, request)
    assert reply.dropped == {} and judge.capabilities.logprobs is True
    assert all(len(token.top) == 20 for token in reply.logprobs)
    assert "".join(token.token for token in reply.logprobs).startswith(reply.text)
    found = vote(of, request, reply)
    assert (found.status, found.source) == (Status.OK, ScoreSource.LOGPROBS)
    assert found.score is not None and 1 < found.score < 5 and not found.score.is_integer()
    assert math.isclose(sum(found.probabilities.values()), 1)
    expected = sum(int(point) * share for point, share in found.probabilities.items())
    assert math.isclose(found.score, expected)


async def test_log_probabilities_of_free_text(settings: Settings, paths: Paths) -> None:
    request = requests(rubric("g-eval"), ScoreSource.LOGPROBS)[0]
    (reply,) = await asked(open_judge("lab:smollm2", settings, paths), request)
    assert "".join(token.token for token in reply.logprobs) == reply.text
    assert reply.usage.output == len(reply.logprobs) == request.max_tokens
    assert reply.finish == "length" and reply.model


async def test_samples_travel_together_as_far_as_the_server_takes_them(
    settings: Settings, paths: Paths
) -> None:
    each = requests(rubric("g-eval", n=SLOTS + 1), ScoreSource.SAMPLES)[: SLOTS + 1]
    judge = open_judge("lab:smollm2", settings, paths)
    assert judge.bundles(each) == [each]
    fitting = await judge.ask_together(each[:SLOTS], timeout=SECONDS)
    assert judge.learned == {}
    assert len({reply.text for reply in fitting}) > 1
    assert [reply.usage.input == 0 for reply in fitting] == [False, *[True] * (SLOTS - 1)]
    (first,) = await judge.ask_together(each, timeout=SECONDS)
    await judge.close()
    assert first.text and judge.bundles(each) == [(request,) for request in each]
    assert "but got 4" in judge.learned["n"] and judge.capabilities.samples == 1


async def test_a_verdict_by_a_schema(settings: Settings, paths: Paths) -> None:
    of = rubric("pass-fail")
    request = requests(of)[0]
    assert request.form is not None
    short = replace(request, form=replace(request.form, reasons=0))  # a model this small may never end them
    judge = open_judge("lab:smollm2", settings, paths)
    (reply,) = await asked(judge, short)
    found = vote(of, short, reply)
    assert (found.status, found.label) == (Status.OK, json.loads(reply.text)["verdict"])
    assert reply.dropped == {} and judge.capabilities.schema is True


async def test_reasons_in_a_schema(settings: Settings, paths: Paths) -> None:
    of = rubric("pass-fail", max_tokens=20)
    request = requests(of)[0]
    judge = open_judge("lab:smollm2", settings, paths)
    (reply,) = await asked(judge, request)
    assert reply.text.lstrip("{ \n").startswith('"reasons"'), "before the verdict"
    assert judge.learned == {}, "JSON that was cut is JSON"


@pytest.mark.parametrize("protocol", ["g-eval", "alpaca-farm"])
async def test_a_schema_has_room_where_the_published_limit_is_a_few_tokens(
    settings: Settings, paths: Paths, protocol: str
) -> None:
    of = rubric(protocol)
    request = requests(of)[0]
    assert request.max_tokens <= 20
    (reply,) = await asked(open_judge("lab:smollm2?format=schema", settings, paths), request)
    assert json.loads(reply.text) and reply.finish == "stop"
    assert vote(of, request, reply).status is Status.OK


async def test_a_tool_that_is_passed_over(settings: Settings, paths: Paths) -> None:
    """This model's template has no place for tools, so that the next call comes with a grammar."""
    of = rubric("pass-fail", max_tokens=60)
    request = requests(of)[0]
    judge = open_judge("lab:smollm2?format=tool", settings, paths)
    first, second = await asked(judge, request, request)
    assert "though asked for JSON" in first.dropped["tools"]
    assert vote(of, request, second).status is Status.OK
    assert "[[" in second.text and judge.capabilities.grammar is True


@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_a_verdict_by_a_grammar(settings: Settings, paths: Paths, api: str) -> None:
    of = rubric("mt-bench-single", max_tokens=60)
    request = requests(of)[0]
    judge = open_judge(f"lab:smollm2?format=grammar&api={api}", settings, paths)
    (reply,) = await asked(judge, request)
    found = vote(of, request, reply)
    assert (found.status, reply.finish, reply.dropped) == (Status.OK, "stop", {})
    assert reply.text.endswith(f"[[{found.score:g}]]")


@pytest.mark.parametrize(
    "name", ["lab:smollm2", "lab:smollm2?api=responses", "anthropic:smollm2?format=text"]
)
async def test_streaming(
    server: str, settings: Settings, paths: Paths, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server)
    request = requests(rubric("mt-bench-single", max_tokens=16))[0]
    judge, pieces = open_judge(name, settings, paths), list[str]()
    streamed = await judge.ask(request, timeout=SECONDS, on_text=pieces.append)
    (whole,) = await asked(judge, request)
    assert len(pieces) > 1 and "".join(pieces) == streamed.text
    assert streamed.usage.input == whole.usage.input is not None
    assert {streamed.finish, whole.finish} <= {"length", "stop"}
    # Messages take no temperature, and so their replies differ.
    assert name.startswith("anthropic") or streamed.text == whole.text


async def test_responses_pass_over_a_schema_until_a_grammar_is_asked_for(
    settings: Settings, paths: Paths
) -> None:
    of = rubric("pass-fail", max_tokens=60)
    request = requests(of)[0]
    judge = open_judge("lab:smollm2?api=responses", settings, paths)
    first, second, third = await asked(judge, request, request, request)
    assert "though asked for JSON" in first.dropped["text"]
    assert set(judge.learned) == {"text", "tools"}
    assert vote(of, request, third).status is Status.OK
    assert first.usage.cached is not None and second.text


async def test_responses_without_log_probabilities(settings: Settings, paths: Paths) -> None:
    """The server refuses them here, and a score is one number then."""
    of = rubric("g-eval")
    request = requests(of, ScoreSource.LOGPROBS)[0]
    judge = open_judge("lab:smollm2?api=responses&format=grammar", settings, paths)
    (reply,) = await asked(judge, request)
    assert set(reply.dropped) == {"top_logprobs", "include"}
    assert judge.capabilities.logprobs is False
    found = vote(of, request, reply)
    assert (found.status, found.source) == (Status.OK, ScoreSource.SINGLE)


async def test_messages(server: str, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anthropic's API: a schema and a tool are passed over, so that the protocol's own text is left."""
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server)
    request = requests(rubric("pass-fail", max_tokens=16))[0]
    judge = open_judge("anthropic:smollm2", Settings(), paths)
    replies = await asked(judge, request, request, request)
    assert all(reply.text and reply.finish in {"length", "stop"} for reply in replies)
    assert all("no sampling parameters" in reply.dropped["temperature"] for reply in replies)
    room = [16 + demanded(request, format) for format in ("schema", "tool", "text")]
    for reply, most in zip(replies, room, strict=True):
        assert reply.usage.output and reply.usage.output <= most
    known = judge.capabilities
    assert (known.schema, known.tool) == (False, False)


@pytest.mark.parametrize(
    "name", ["lab:smollm2", "lab:smollm2?api=responses", "anthropic:smollm2?format=text"]
)
async def test_the_servers_own_count_is_the_one_that_is_used(
    server: str, settings: Settings, paths: Paths, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server)
    request = requests(rubric("mt-bench-single", max_tokens=1))[0]
    judge = open_judge(name, settings, paths)
    count = await judge.count_there(request, 30)
    (reply,) = await asked(judge, request)
    assert count is not None and count.exact
    assert count.tokens == reply.usage.input


async def test_a_prompt_that_is_too_long(settings: Settings, paths: Paths) -> None:
    long = JudgeRequest((Message("user", "word " * 12_000),), max_tokens=1)
    for api in ("chat", "responses"):
        judge = open_judge(f"lab:smollm2?api={api}", settings, paths)
        with pytest.raises(ProviderError) as caught:
            await judge.ask(long, timeout=SECONDS)
        await judge.close()
        assert caught.value.kind is FailureKind.TOO_LONG
        assert judge.learned == {}
