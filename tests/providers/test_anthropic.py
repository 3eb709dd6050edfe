"""The anthropic package against a real server on loopback."""

from __future__ import annotations

import asyncio
import logging
import traceback
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from judgetui.config.secrets import Secret
from judgetui.core.vote import JudgeRequest, Message, Usage
from judgetui.errors import InputError, NoJudgeError
from judgetui.providers.anthropic.messages import AnthropicJudge
from judgetui.providers.base import FailureKind, ProviderError
from tests.providers.conftest import KEY
from tests.providers.endpoint import Answer, Endpoint


def message(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-test-2026",
        "content": list(blocks) or [{"type": "text", "text": "Rating: [[4]]"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 10,
            "output_tokens": 5,
            "cache_read_input_tokens": 100,
            "cache_creation_input_tokens": 20,
        },
        **more,
    }


def events(*pieces: str, stop: str | None = "end_turn") -> list[tuple[str, object]]:
    begin = message(content=[], stop_reason=None)
    found: list[tuple[str, object]] = [
        ("message_start", {"type": "message_start", "message": begin}),
        ("ping", {"type": "ping"}),
        (
            "content_block_start",
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        ),
    ]
    for piece in pieces:
        delta = {"type": "text_delta", "text": piece}
        found.append(("content_block_delta", {"type": "content_block_delta", "index": 0, "delta": delta}))
    found.append(("content_block_stop", {"type": "content_block_stop", "index": 0}))
    if stop is not None:
        end = {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 42}}
        found += [("message_delta", end), ("message_stop", {"type": "message_stop"})]
    return found


def judge_at(endpoint: Endpoint) -> AnthropicJudge:
    return AnthropicJudge("anthropic:claude-test", "claude-test", base_url=endpoint.url, key=Secret(KEY))


async def failure_of(
    endpoint: Endpoint, request: JudgeRequest, *, stream: bool = False, seconds: float = 5
) -> ProviderError:
    judge = judge_at(endpoint)
    try:
        with pytest.raises(ProviderError) as caught:
            await judge.ask(request, timeout=seconds, on_text=(lambda piece: None) if stream else None)
    finally:
        await judge.close()
    return caught.value


async def test_a_share_to_sample_from_is_not_sent(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(message({"type": "text", "text": "4"})))
    judge = judge_at(endpoint)
    reply = await judge.ask(replace(request_one, top_p=0.9), timeout=5)
    await judge.close()
    assert "top_p" in reply.dropped and "top_p" not in endpoint.seen[0].body


async def test_a_plain_answer(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    thinking = {"type": "thinking", "thinking": "Hm, 5?", "signature": "x"}
    endpoint.will(Answer(message(thinking, {"type": "text", "text": "4"}), headers={"request-id": "req-1"}))
    judge = judge_at(endpoint)
    reply = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert reply.text == "4"
    assert reply.finish == "stop"
    assert reply.usage == Usage(input=130, output=5, cached=100, cache_write=20)
    assert reply.model == "claude-test-2026"
    assert reply.request_id == "req-1"
    assert set(reply.dropped) == {"temperature", "logprobs"}
    assert reply.latency_ms is not None and reply.latency_ms > 0
    assert judge.capabilities.logprobs is False
    seen = endpoint.seen[0]
    assert seen.path == "/v1/messages"
    assert seen.body == {
        "model": "claude-test",
        "max_tokens": 7,
        "messages": [{"role": "user", "content": "Rate this."}],
        "system": "You are a judge.",
    }
    body = dict(judge.body(request_one))
    assert body.pop("provider") == "anthropic"
    assert body.pop("endpoint") == f"{endpoint.url}/v1/messages"
    assert body == seen.body


async def test_a_lone_system_message_is_moved(endpoint: Endpoint) -> None:
    endpoint.will(Answer(message()))
    judge = judge_at(endpoint)
    reply = await judge.ask(JudgeRequest((Message("system", "All in one."),)), timeout=5)
    await judge.close()
    assert endpoint.seen[0].body["messages"] == [{"role": "user", "content": "All in one."}]
    assert "system" not in endpoint.seen[0].body
    assert set(reply.dropped) == {"system role"}


async def test_a_conversation_keeps_its_order(endpoint: Endpoint) -> None:
    endpoint.will(Answer(message()))
    judge = judge_at(endpoint)
    turns = ("system", "user", "assistant", "user", "system")
    request = JudgeRequest(tuple(Message(role, f"{n}") for n, role in enumerate(turns)))
    await judge.ask(request, timeout=5)
    await judge.close()
    sent = endpoint.seen[0].body
    assert [turn["content"] for turn in sent["messages"]] == ["1", "2", "3"]
    assert sent["system"] == "0\n\n4"


@pytest.mark.parametrize(
    ("stop", "finish", "refused"),
    [
        ("max_tokens", "length", False),
        ("stop_sequence", "stop", False),
        ("refusal", "refusal", True),
        ("model_context_window_exceeded", "length", False),
        ("pause_turn", "pause_turn", False),
        ("tool_use", "stop", False),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_stop_reasons(
    endpoint: Endpoint, request_one: JudgeRequest, stop: str, finish: str, refused: bool, stream: bool
) -> None:
    answer = Answer(events=events("No", stop=stop)) if stream else Answer(message(stop_reason=stop))
    endpoint.will(answer)
    judge = judge_at(endpoint)
    reply = await judge.ask(request_one, timeout=5, on_text=(lambda piece: None) if stream else None)
    await judge.close()
    assert reply.finish == finish
    assert (reply.refusal is not None) is refused


async def test_streaming(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(events=events("Rating: ", "[[4]]"), headers={"request-id": "req-2"}))
    judge, pieces = judge_at(endpoint), list[str]()
    reply = await judge.ask(request_one, timeout=5, on_text=pieces.append)
    await judge.close()
    assert pieces == ["Rating: ", "[[4]]"]
    assert reply.text == "Rating: [[4]]"
    assert reply.usage == Usage(input=130, output=42, cached=100, cache_write=20)
    assert reply.request_id == "req-2"
    assert endpoint.seen[0].body["stream"] is True


async def test_a_stream_that_breaks_off_is_no_reply(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(events=events("Rating", stop=None), cut=True))
    assert (await failure_of(endpoint, request_one, stream=True)).kind is FailureKind.UNREACHABLE
    endpoint.answers[0] = Answer(events=events("Rating", stop=None))
    assert (await failure_of(endpoint, request_one, stream=True)).kind is FailureKind.UNREACHABLE
    endpoint.answers[0] = Answer(events=[])
    assert (await failure_of(endpoint, request_one, stream=True)).kind is FailureKind.MALFORMED
    endpoint.answers[0] = Answer(b"<html>", kind="text/html")
    assert (await failure_of(endpoint, request_one, stream=True)).kind is FailureKind.MALFORMED


async def test_an_error_inside_a_stream(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    endpoint.will(Answer(events=[*events("Ra", stop=None), ("error", error)]))
    failure = await failure_of(endpoint, request_one, stream=True)
    assert failure.kind is FailureKind.OVERLOADED
    assert "Overloaded" in failure.message


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (400, FailureKind.BAD_REQUEST, ""),
        (401, FailureKind.AUTH, "ANTHROPIC_API_KEY"),
        (404, FailureKind.NO_MODEL, "model's name"),
        (413, FailureKind.TOO_LONG, "Shorten"),
        (429, FailureKind.RATE_LIMIT, ""),
        (529, FailureKind.OVERLOADED, ""),
    ],
)
async def test_http_errors(
    endpoint: Endpoint, request_one: JudgeRequest, status: int, kind: FailureKind, hint: str
) -> None:
    body = {"type": "error", "error": {"type": "some_error", "message": "what went wrong"}}
    endpoint.will(Answer(body, status=status, headers={"retry-after": "3"}))
    failure = await failure_of(endpoint, request_one)
    assert failure.kind is kind
    assert hint in failure.hint
    assert "what went wrong" in failure.message
    assert failure.retry_after == 3
    assert len(endpoint.seen) == 1


async def test_a_prompt_that_is_too_long(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    error = {"type": "invalid_request_error", "message": "prompt is too long: 9 tokens > 8 maximum"}
    endpoint.will(Answer({"type": "error", "error": error}, status=400))
    assert (await failure_of(endpoint, request_one)).kind is FailureKind.TOO_LONG


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<!doctype html><p>Welcome</p>", kind="text/html"),
        Answer({"hello": "world"}),
        Answer(b"{not json"),
        Answer(b""),
        Answer([1]),
    ],
    ids=["html", "no content", "not json", "empty", "list"],
)
async def test_answers_with_status_200_that_are_none(
    endpoint: Endpoint, request_one: JudgeRequest, answer: Answer
) -> None:
    endpoint.will(answer)
    assert (await failure_of(endpoint, request_one)).kind is FailureKind.MALFORMED


async def test_dropped_and_slow_connections(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(cut=True))
    assert (await failure_of(endpoint, request_one)).kind is FailureKind.UNREACHABLE
    endpoint.answers[0] = Answer(message(), hold=Event())
    assert (await failure_of(endpoint, request_one, seconds=0.2)).kind is FailureKind.TIMEOUT


async def test_cancelling_ends_the_call(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(message(), hold=Event()))
    judge = judge_at(endpoint)
    task = asyncio.create_task(judge.ask(request_one, timeout=30))
    await asyncio.to_thread(endpoint.arrived.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await judge.close()


async def test_the_key_shows_nowhere(
    endpoint: Endpoint, request_one: JudgeRequest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"type": "error", "error": {"type": "authentication_error", "message": f"bad key {KEY}"}}
    endpoint.will(Answer(body, status=401))
    failure = await failure_of(endpoint, request_one)
    judge = judge_at(endpoint)
    assert any(KEY in value for value in endpoint.seen[0].headers.values())
    assert failure.__cause__ is None and failure.__context__ is None
    shown = [
        str(failure),
        "".join(traceback.TracebackException.from_exception(failure, capture_locals=True).format()),
        repr(judge),
        repr(vars(judge)),
        str(judge.body(request_one)),
        caplog.text,
        "".join(str(vars(record)) for record in caplog.records),
    ]
    for text in shown:
        assert KEY not in text


def test_opening_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoJudgeError, match="ANTHROPIC_API_KEY is not set"):
        AnthropicJudge.open("anthropic:c", "c", base_url="https://example.org")
    AnthropicJudge.open("anthropic:c", "c", base_url="http://localhost:1")
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    AnthropicJudge.open("anthropic:c", "c", base_url="https://example.org")
    with pytest.raises(InputError, match="not a web address"):
        AnthropicJudge.open("anthropic:c", "c", base_url="example.org")


async def test_the_count_is_an_estimate(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    count = await judge_at(endpoint).count_tokens(request_one)
    assert not count.exact and count.method == "characters / 4"
    assert endpoint.seen == []
