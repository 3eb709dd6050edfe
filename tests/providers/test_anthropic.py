"""The anthropic package against a real server on loopback."""

from __future__ import annotations

import asyncio
import logging
import traceback
from dataclasses import replace
from threading import Event
from typing import Any

import httpx2
import pytest
from anthropic import AsyncAnthropic

from judgetui.core.reply import Usage
from judgetui.core.request import JudgeRequest, Message
from judgetui.errors import InputError, NoJudgeError
from judgetui.providers.anthropic.messages import AnthropicJudge
from judgetui.providers.base import FailureKind, ProviderError, TokenCount
from tests.providers.anthropic_answers import (
    block_delta,
    block_start,
    events,
    judge_at,
    message,
    refused,
    stream,
    text_block,
)
from tests.providers.conftest import KEY
from tests.providers.endpoint import Answer, Endpoint


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


@pytest.mark.parametrize("streamed", [False, True])
async def test_it_is_sent_as_the_sdk_itself_would(endpoint: Endpoint, streamed: bool) -> None:
    """Also a number of tokens for which the SDK insists on streaming, unless it is given a time limit."""
    endpoint.will(Answer(events=events("4")) if streamed else Answer(message()))
    judge = judge_at(endpoint)
    request = JudgeRequest((Message("user", "Hi"),), max_tokens=200_000)
    await judge.ask(request, timeout=5, on_text=(lambda piece: None) if streamed else None)
    await judge.close()
    bare: Any = AsyncAnthropic(api_key=KEY, base_url=endpoint.url, max_retries=0)
    body = {**endpoint.seen[0].body, "timeout": httpx2.Timeout(10, connect=10)}
    answer = await bare.messages.create(**body)
    await (answer if streamed else bare).close()
    await bare.close()
    ours, theirs = endpoint.seen
    assert ours.headers.pop("connection") == ("close" if streamed else theirs.headers["connection"])
    assert ours.headers.items() <= theirs.headers.items()
    assert ours.path == theirs.path and ours.body == theirs.body
    assert ours.headers["authorization"] == f"Bearer {KEY}"
    assert ours.headers["anthropic-version"] == "2026-10-21"


async def test_thinking_is_counted_and_never_text(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    thinking = {"type": "thinking", "thinking": "[[2]]?", "text": "[[2]]?", "signature": "x"}
    hidden = {"type": "redacted_thinking", "data": "xyz"}
    details = {"output_tokens_details": {"thinking_tokens": 30}}
    usage = {"input_tokens": 3, "output_tokens": 40, **details}
    deltas = [
        block_start(0, {"type": "thinking", "thinking": "", "signature": ""}),
        block_delta(0, "thinking_delta", thinking="[[2]]?"),
        block_delta(0, "signature_delta", signature="x"),
        block_start(1, hidden),
        block_start(2, text_block("[[")),
        block_delta(2, "text_delta", text="4]]"),
    ]
    endpoint.will(
        Answer(message(thinking, hidden, text_block("[[4]]"), usage=usage)),
        Answer(events=stream(*deltas, usage=details)),
    )
    judge, pieces = judge_at(endpoint), list[str]()
    whole = await judge.ask(request_one, timeout=5)
    streamed = await judge.ask(request_one, timeout=5, on_text=pieces.append)
    await judge.close()
    assert whole.text == streamed.text == "".join(pieces) == "[[4]]"
    assert whole.usage == Usage(input=3, output=40, reasoning=30)
    assert streamed.usage == Usage(input=130, output=42, cached=100, reasoning=30, cache_write=20)


async def test_fields_that_are_not_there(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(
        Answer({"content": [{"type": "text"}, "?", {"text": "5"}, {}, text_block("4")]}),
        Answer(
            events=[
                ("message_start", {"type": "message_start"}),
                ("content_block_start", {"type": "content_block_start"}),
                ("content_block_delta", {"type": "content_block_delta"}),
                block_delta(0, "text_delta", text="4"),
                ("message_delta", {"type": "message_delta"}),
                ("news", {"type": "news", "delta": {"text": "5"}}),
                ("message_stop", {"type": "message_stop"}),
            ]
        ),
    )
    judge = judge_at(endpoint)
    whole = await judge.ask(request_one, timeout=5)
    streamed = await judge.ask(request_one, timeout=5, on_text=lambda piece: None)
    await judge.close()
    for reply in (whole, streamed):
        assert (reply.text, reply.finish, reply.usage, reply.model) == ("4", "stop", Usage(), "")


async def test_a_refusal_says_why(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "It asks for malware."}
    endpoint.will(
        Answer(message(content=[], stop_reason="refusal", stop_details=details)),
        Answer(message(content=[], stop_reason="refusal", stop_details=None)),
    )
    judge = judge_at(endpoint)
    told, untold = [(await judge.ask(request_one, timeout=5)).refusal for _ in range(2)]
    await judge.close()
    assert told == "It asks for malware."
    assert untold == "The model refused."


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
        ("model_context_window_exceeded", "model_context_window_exceeded", False),
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


async def test_later_counts_of_a_stream_hold(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    counts = {"input_tokens": 11, "cache_read_input_tokens": None}
    endpoint.will(Answer(events=stream(block_delta(0, "text_delta", text="4"), usage=counts)))
    judge = judge_at(endpoint)
    reply = await judge.ask(request_one, timeout=5, on_text=lambda piece: None)
    await judge.close()
    assert reply.usage == Usage(input=131, output=42, cached=100, cache_write=20)


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


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "words",
    [
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or "
        "purchase credits.",
        "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
    ],
)
async def test_an_account_without_credit_ends_a_run(
    endpoint: Endpoint, request_one: JudgeRequest, words: str, stream: bool
) -> None:
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": words}}
    endpoint.will(Answer(events=[("error", body)]) if stream else Answer(body, status=400))
    failure = await failure_of(endpoint, request_one, stream=stream)
    assert failure.kind.ends_run and "no credit" in failure.hint
    assert words[:40] in failure.message and len(endpoint.seen) == 1


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


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("status", [400, 401, 529])
async def test_the_key_shows_nowhere(
    endpoint: Endpoint,
    request_one: JudgeRequest,
    status: int,
    streamed: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint.will(refused(f"bad key {KEY}", status))
    failure = await failure_of(endpoint, request_one, stream=streamed)
    judge = judge_at(endpoint)
    assert any(KEY in value for value in endpoint.seen[0].headers.values())
    assert failure.__cause__ is None and failure.__context__ is None
    shown = [
        str(failure),
        repr(failure),
        "".join(traceback.TracebackException.from_exception(failure, capture_locals=True).format()),
        repr(judge),
        repr(vars(judge)),
        str(judge.body(request_one)),
        caplog.text,
        "".join(str(vars(record)) for record in caplog.records),
    ]
    for text in shown:
        assert KEY not in text
    assert "********" in failure.message


async def test_what_is_learned_holds_no_key(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(refused(f"effort: not for {KEY}"), Answer(message()))
    judge = judge_at(endpoint, effort="low")
    reply = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert "********" in reply.dropped["output_config.effort"]
    assert KEY not in str(judge.learned) + str(reply)


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


async def test_the_api_counts_all_that_would_be_sent(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer({"input_tokens": 14}))
    judge = judge_at(endpoint, effort="low")
    count = await judge.count_there(request_one, 5)
    await judge.close()
    assert count == TokenCount(14, exact=True, method="count_tokens")
    (seen,) = endpoint.seen
    assert seen.path == "/v1/messages/count_tokens"
    sent = {
        name: value for name, value in judge.body(request_one).items() if name not in {"provider", "endpoint"}
    }
    assert "max_tokens" in sent and "output_config" in sent
    assert seen.body == {name: value for name, value in sent.items() if name != "max_tokens"}


@pytest.mark.parametrize(
    "answer",
    [
        refused("effort: not here"),
        refused("no such page", 404),
        Answer({}),
        Answer({"input_tokens": "many"}),
        Answer([3]),
        Answer(b"<html>", kind="text/html"),
        Answer(cut=True),
        Answer({"input_tokens": 3}, hold=Event()),
    ],
    ids=["400", "404", "empty", "words", "list", "html", "cut", "slow"],
)
async def test_a_counter_that_does_not_answer(
    endpoint: Endpoint, request_one: JudgeRequest, answer: Answer
) -> None:
    endpoint.will(answer)
    judge = judge_at(endpoint, effort="low")
    assert await judge.count_there(request_one, 5 if answer.hold is None else 0.2) is None
    await judge.close()
    assert len(endpoint.seen) == 1
    assert judge.learned == {}


async def test_half_a_character_is_not_counted(endpoint: Endpoint) -> None:
    judge = judge_at(endpoint)
    assert await judge.count_there(JudgeRequest((Message("user", "a\ud800b"),)), 5) is None
    await judge.close()
    assert endpoint.seen == []
