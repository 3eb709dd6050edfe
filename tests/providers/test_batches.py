"""The batch services of the judges: what is sent, and how results are read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from judgetui.core.request import JudgeRequest, Message
from judgetui.providers.anthropic.messages import AnthropicJudge
from judgetui.providers.base import FailureKind, JudgeProvider, ProviderError
from judgetui.providers.batches import BatchResult, BatchService, BatchState, json_lines
from judgetui.providers.openai.chat import OpenAIJudge
from judgetui.providers.openai.decisions import DecisionsJudge
from judgetui.providers.openai.responses import ResponsesJudge
from tests.providers.batch_server import CREATED, BatchServer

SINCE = datetime.fromtimestamp(CREATED, UTC)
JUDGES = ["chat", "responses", "messages"]


@pytest.fixture
def server() -> Iterator[BatchServer]:
    made = BatchServer(looks=1)
    yield made
    made.close()


@pytest.fixture
async def judge(server: BatchServer, request: pytest.FixtureRequest) -> AsyncIterator[JudgeProvider]:
    made = judge_at(f"{server.url}", request.param)
    yield made
    await made.close()


def judge_at(url: str, api: str) -> JudgeProvider:
    match api:
        case "chat":
            return OpenAIJudge("openai:m", "m", base_url=f"{url}/v1", key=None)
        case "responses":
            return ResponsesJudge("openai:m?api=responses", "m", base_url=f"{url}/v1", key=None)
    return AnthropicJudge("anthropic:m", "m", base_url=url, key=None)


def service(judge: JudgeProvider) -> BatchService:
    found = judge.batches(judge.learned)
    assert found is not None
    return found


def sent_in(line: bytes) -> dict[str, Any]:
    data = json.loads(line)
    found: dict[str, Any] = data.get("body") or data["params"]
    return found


@pytest.mark.parametrize("judge", JUDGES, indirect=True)
@pytest.mark.parametrize("refuses", [False, True])
async def test_a_line_holds_what_a_call_by_itself_sends(
    server: BatchServer, judge: JudgeProvider, request_one: JudgeRequest, refuses: bool
) -> None:
    part = "cache_control" if isinstance(judge, AnthropicJudge) else "top_logprobs"
    if refuses:
        server.refuse = lambda body: f"{part} is not supported" if part in json.dumps(body) else ""
    asked = replace(request_one, stable=len("You are a judge."))
    before = sent_in(service(judge).line("x-0", (asked,)))
    await judge.ask(asked, timeout=5)
    assert before == server.singles[0]
    if refuses:
        assert sent_in(service(judge).line("x-0", (asked,))) == server.singles[-1]
    assert (part in json.dumps(server.singles[-1])) is not refuses


@pytest.mark.parametrize("judge", ["chat"], indirect=True)
async def test_samples_of_a_prompt_are_one_line(
    server: BatchServer, judge: JudgeProvider, request_one: JudgeRequest
) -> None:
    bundle = tuple(replace(request_one, sample=n, top_logprobs=0) for n in range(3))
    await judge.ask_together(bundle, timeout=5)
    assert sent_in(service(judge).line("x-0", bundle)) == server.singles[-1]
    assert server.singles[-1]["n"] == 3


@pytest.mark.parametrize("judge", JUDGES, indirect=True)
async def test_a_batch_from_its_lines_to_its_replies(
    server: BatchServer, judge: JudgeProvider, request_one: JudgeRequest
) -> None:
    asked = [
        (replace(request_one, top_logprobs=0, messages=(Message("user", f"answer-{n}."),)),) for n in range(9)
    ]
    server.answer = lambda body: {1: None, 2: 400}.get(
        number := int(json.dumps(body).partition("answer-")[2][0]), f"It is {number}."
    )
    batches = service(judge)
    lines = [batches.line(f"t-{n}", bundle) for n, bundle in enumerate(asked)]
    upload = await batches.upload(lines)
    remote = await batches.create(upload, lines, "t")
    assert await batches.find("t", 9, SINCE) == remote
    status = await batches.status(remote)
    assert (status.state, status.total) == (BatchState.ENDED, 9)

    found: dict[int, str] = {}
    failed: dict[int, FailureKind] = {}
    order = []
    async for result in batches.results(remote):
        number = int(result.custom_id.removeprefix("t-"))
        order.append(number)
        try:
            (reply,) = batches.replies(asked[number], result)
            found[number] = reply.text
            assert (reply.usage.input, reply.usage.output, reply.model) == (1000, 10, "m-1")
        except ProviderError as error:
            failed[number] = error.kind
    assert found == {n: f"It is {n}." for n in range(9) if n not in {1, 2}}
    assert failed == {1: FailureKind.TIMEOUT, 2: FailureKind.BAD_REQUEST}
    assert order != sorted(order)


@pytest.mark.parametrize("judge", ["chat", "messages"], indirect=True)
async def test_a_batch_that_is_not_ours_is_not_found(
    server: BatchServer, judge: JudgeProvider, request_one: JudgeRequest
) -> None:
    batches = service(judge)
    lines = [batches.line("t-0", (request_one,))]
    assert await batches.find("t", 1, SINCE) is None
    remote = await batches.create(await batches.upload(lines), lines, "t")
    assert await batches.find("t", 1, SINCE, {remote}) is None
    later = await batches.find("t", 1, datetime.fromtimestamp(CREATED + 86_400, UTC))
    assert later == (None if isinstance(judge, AnthropicJudge) else remote)
    other = ("t", 2) if isinstance(judge, AnthropicJudge) else ("other", 1)
    assert await batches.find(*other, SINCE) is None


@pytest.mark.parametrize("judge", ["chat", "messages"], indirect=True)
async def test_a_cancelled_batch_says_so(
    server: BatchServer, judge: JudgeProvider, request_one: JudgeRequest
) -> None:
    server.looks = 100
    server.answer = lambda body: None
    batches = service(judge)
    lines = [batches.line("t-0", (request_one,))]
    remote = await batches.create(await batches.upload(lines), lines, "t")
    assert (await batches.status(remote)).state is BatchState.WORKING
    await batches.cancel(remote)
    assert (await batches.status(remote)).state is BatchState.CANCELLED


@pytest.mark.parametrize("judge", JUDGES, indirect=True)
@pytest.mark.parametrize(
    "data",
    [
        {},
        {"response": {"status_code": 200, "body": {"choices": [{"message": 3}], "output": None}}},
        {"response": {"status_code": 200, "body": {"choices": 7, "status": "completed", "output": 7}}},
        {"result": {"type": "succeeded", "message": {"content": "text"}}},
        {"result": {"type": "something new"}},
        {"result": None, "response": None, "error": None},
    ],
)
async def test_a_result_that_is_none_is_a_failure_of_its_request(
    judge: JudgeProvider, request_one: JudgeRequest, data: dict[str, Any]
) -> None:
    asked = replace(request_one, top_logprobs=0)
    with pytest.raises(ProviderError):
        service(judge).replies((asked,), BatchResult("t-0", data))


@pytest.mark.parametrize("judge", ["chat"], indirect=True)
async def test_an_error_in_a_result_is_told_as_that_of_a_call(
    judge: JudgeProvider, request_one: JudgeRequest
) -> None:
    """By its code or its type, and without what it quotes of the request."""
    mistake = {"loc": ["body", "user"], "msg": "Field required", "input": "Rate this."}
    for status, error, kind, words in (
        (429, {"code": "some_limit", "type": "insufficient_quota", "message": "Spent."}, "AUTH", "Spent."),
        (422, {"message": {"detail": [mistake]}}, "BAD_REQUEST", "'user': Field required"),
    ):
        data = {"response": {"status_code": status, "body": {"error": error}}}
        with pytest.raises(ProviderError) as caught:
            service(judge).replies((request_one,), BatchResult("t-0", data))
        assert caught.value.kind is FailureKind[kind]
        assert words in caught.value.message and "Rate this" not in caught.value.message


@pytest.mark.parametrize("judge", ["chat"], indirect=True)
async def test_what_a_result_teaches_changes_nothing_about_the_others(
    judge: JudgeProvider, request_one: JudgeRequest
) -> None:
    message = {"role": "assistant", "content": "4"}
    body = {"choices": [{"message": message, "finish_reason": "stop"}], "model": "m"}
    result = BatchResult("t-0", {"response": {"status_code": 200, "body": body}})
    (reply,) = service(judge).replies((request_one,), result)
    assert "logprobs" in reply.dropped
    assert judge.learned == {}
    assert judge.capabilities.logprobs is None


def test_only_the_vendors_and_this_machine_have_a_batch_service() -> None:
    def has(judge: JudgeProvider) -> bool:
        return judge.batches({}) is not None

    assert has(judge_at("https://api.openai.com", "chat"))
    assert has(judge_at("https://api.anthropic.com", "messages"))
    assert has(judge_at("http://127.0.0.1:8080", "chat"))
    assert not has(judge_at("https://example.org", "chat"))
    assert not has(judge_at("https://api.openai.com.example.org", "responses"))
    assert not has(judge_at("https://api.anthropic.com.example.org", "messages"))
    assert not has(DecisionsJudge("decisions:m", "m", base_url="https://api.openai.com/v1", key=None))


async def test_lines_end_at_a_line_feed_alone() -> None:
    texts = ["a\u2028b\u2029c\x85d\x0be", "second", ""]
    whole = b"\n".join(json.dumps({"t": text}, ensure_ascii=False).encode() for text in texts)

    async def pieces(size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(whole), size):
            yield whole[start : start + size]

    for size in (1, 7, 1000):
        assert [line["t"] async for line in json_lines(pieces(size))] == texts


async def test_lines_that_are_no_object_are_passed_over() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'\n[1]\nnot json\n{"a": 1}\r\n\xff\xfe\n'

    assert [line async for line in json_lines(pieces())] == [{"a": 1}]
