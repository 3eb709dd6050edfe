"""The openai package against a real server on loopback: every kind of answer, and every kind of trouble."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import Any

import pytest

from judgetui.config.secrets import Secret
from judgetui.core.reply import Usage
from judgetui.core.request import JudgeRequest, Message
from judgetui.errors import InputError, NoJudgeError
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.providers.openai.chat import OpenAIJudge
from tests.providers.conftest import KEY
from tests.providers.endpoint import Answer, Endpoint


def completion(text: str | None = "4", **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-test-2026-01-01",
        "choices": [choice | more],
        "usage": {
            "prompt_tokens": 20,
            "completion_tokens": 9,
            "total_tokens": 29,
            "prompt_tokens_details": {"cached_tokens": 16},
            "completion_tokens_details": {"reasoning_tokens": 8},
        },
    }


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-test-2026-01-01",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish} | more],
    }


def refusal_of(param: str | None, message: str) -> Answer:
    return Answer(
        {"error": {"message": message, "type": "invalid_request_error", "param": param}}, status=400
    )


LOGPROBS = {
    "content": [
        {
            "token": "4",
            "logprob": -0.1,
            "bytes": [52],
            "top_logprobs": [
                {"token": "5", "logprob": -2.5, "bytes": [53]},
                {"token": "4", "logprob": -0.1, "bytes": [52]},
            ],
        }
    ]
}


def judge_at(endpoint: Endpoint, **more: Any) -> OpenAIJudge:
    url = f"{endpoint.url}/v1"
    return OpenAIJudge(
        "openai:gpt-test", "gpt-test", base_url=url, key=Secret(KEY), key_env="OPENAI_API_KEY", **more
    )


async def failure_of(judge: OpenAIJudge, request: JudgeRequest, seconds: float = 5) -> ProviderError:
    try:
        with pytest.raises(ProviderError) as caught:
            await judge.ask(request, timeout=seconds)
    finally:
        await judge.close()
    return caught.value


async def test_a_plain_answer(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(completion(logprobs=LOGPROBS), headers={"x-request-id": "req-7"}))
    judge = judge_at(endpoint)
    before = judge.capabilities
    reply = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert reply.text == "4"
    assert reply.finish == "stop"
    assert reply.usage == Usage(input=20, output=9, cached=16, reasoning=8)
    assert reply.logprobs[0].token == "4"
    assert reply.logprobs[0].top == (("4", -0.1), ("5", -2.5))
    assert reply.model == "gpt-test-2026-01-01"
    assert reply.request_id == "req-7"
    assert reply.refusal is None
    assert reply.dropped == {}
    assert reply.latency_ms is not None and 0 < reply.latency_ms < 5000
    assert (before.logprobs, before.temperature) == (None, None)
    assert (judge.capabilities.logprobs, judge.capabilities.temperature) == (True, True)


async def test_what_is_sent_is_the_body(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(completion(logprobs=LOGPROBS)))
    judge = judge_at(endpoint, headers={"x-lab": "one"})
    await judge.ask(request_one, timeout=5)
    await judge.close()
    seen = endpoint.seen[0]
    assert seen.path == "/v1/chat/completions"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["x-lab"] == "one"
    assert seen.body == {
        "model": "gpt-test",
        "messages": [
            {"role": "system", "content": "You are a judge."},
            {"role": "user", "content": "Rate this."},
        ],
        "max_completion_tokens": 7,
        "temperature": 0.0,
        "logprobs": True,
        "top_logprobs": 20,
    }
    body = dict(judge.body(request_one))
    assert body.pop("provider") == "openai"
    assert body.pop("endpoint") == f"{endpoint.url}/v1/chat/completions"
    assert body == seen.body


async def test_an_absent_temperature_is_not_sent(endpoint: Endpoint) -> None:
    endpoint.will(Answer(completion()))
    judge = judge_at(endpoint)
    await judge.ask(JudgeRequest((Message("user", "Hi"),)), timeout=5)
    await judge.close()
    absent = {"temperature", "top_p", "seed", "logprobs", "top_logprobs", "stream", "n"}
    assert not absent & set(endpoint.seen[0].body)


async def test_streaming(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    endpoint.will(
        Answer(
            events=[
                ("", chunk({"role": "assistant", "content": ""})),
                ("", chunk({"content": "The score: "})),
                ("", chunk({"content": "4"}, logprobs=LOGPROBS)),
                ("", chunk({}, "length")),
                ("", {**chunk({}), "choices": [], "usage": usage}),
                ("", "[DONE]"),
            ],
            headers={"x-request-id": "req-8"},
        )
    )
    judge, pieces = judge_at(endpoint), list[str]()
    reply = await judge.ask(request_one, timeout=5, on_text=pieces.append)
    await judge.close()
    assert pieces == ["The score: ", "4"]
    assert reply.text == "The score: 4"
    assert reply.finish == "length"
    assert [token.token for token in reply.logprobs] == ["4"]
    assert reply.usage == Usage(3, 2)
    assert reply.request_id == "req-8"
    assert endpoint.seen[0].body["stream_options"] == {"include_usage": True}
    assert endpoint.seen[0].headers["connection"] == "close", "some servers close after a stream, unsaid"


async def test_a_stream_that_breaks_off_is_no_reply(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(events=[("", chunk({"content": "The"}))], cut=True))
    judge = judge_at(endpoint)
    with pytest.raises(ProviderError) as caught:
        await judge.ask(request_one, timeout=5, on_text=lambda piece: None)
    await judge.close()
    assert caught.value.kind is FailureKind.UNREACHABLE


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([("", chunk({"content": "The"})), ("", "[DONE]")], FailureKind.UNREACHABLE),
        ([("", "[DONE]")], FailureKind.MALFORMED),
        ([("", "not json at all")], FailureKind.MALFORMED),
        ([("", {"error": {"message": "the server had an error", "code": None}})], FailureKind.SERVER),
        ([("", {"error": {"message": "slow down", "code": "429"}})], FailureKind.RATE_LIMIT),
    ],
)
async def test_streams_that_are_none(
    endpoint: Endpoint, request_one: JudgeRequest, events: list[tuple[str, object]], kind: FailureKind
) -> None:
    endpoint.will(Answer(events=events))
    judge = judge_at(endpoint)
    with pytest.raises(ProviderError) as caught:
        await judge.ask(request_one, timeout=5, on_text=lambda piece: None)
    await judge.close()
    assert caught.value.kind is kind


async def test_what_an_error_quotes_of_the_request_is_left_out(
    endpoint: Endpoint, request_one: JudgeRequest
) -> None:
    mistake = {"loc": ["body", "user"], "msg": "Field required", "input": {"messages": "Rate this."}}
    endpoint.will(Answer({"detail": [mistake]}, status=422))
    failure = await failure_of(judge_at(endpoint), request_one)
    assert failure.kind is FailureKind.BAD_REQUEST
    assert "'user': Field required" in failure.message and "Rate this" not in failure.message


@pytest.mark.parametrize(
    ("code", "told", "kind"),
    [
        ("rate_limit_exceeded", "rate_limit_error", FailureKind.RATE_LIMIT),
        ("tokens", "rate_limit_error", FailureKind.RATE_LIMIT),
        ("slow_down", "rate_limit_error", FailureKind.RATE_LIMIT),
        ("insufficient_quota", "insufficient_quota", FailureKind.AUTH),
        ("some_limit", "insufficient_quota", FailureKind.AUTH),
        ("invalid_api_key", "invalid_request_error", FailureKind.AUTH),
        ("invalid_prompt", "invalid_request_error", FailureKind.BAD_REQUEST),
        ("context_length_exceeded", "invalid_request_error", FailureKind.TOO_LONG),
        (400, "exceed_context_size_error", FailureKind.TOO_LONG),
        (404, "NotFoundError", FailureKind.NO_MODEL),
        ("server_is_overloaded", "service_unavailable_error", FailureKind.OVERLOADED),
        (None, "server_error", FailureKind.SERVER),
        ("unheard_of", "unheard_of_error", FailureKind.SERVER),
        (None, None, FailureKind.SERVER),
    ],
)
async def test_an_error_inside_a_stream(
    endpoint: Endpoint,
    request_one: JudgeRequest,
    code: str | int | None,
    told: str | None,
    kind: FailureKind,
) -> None:
    """It is what the same error with a status of its own would be."""
    error = {"error": {"message": "Something is amiss.", "type": told, "code": code}}
    endpoint.will(Answer(events=[("", chunk({"content": "4"})), ("", error)]))
    judge = judge_at(endpoint)
    with pytest.raises(ProviderError, match="Something is amiss") as caught:
        await judge.ask(request_one, timeout=5, on_text=lambda text: None)
    await judge.close()
    assert caught.value.kind is kind


async def test_refusals(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    said = {"role": "assistant", "content": None, "refusal": "I can't judge that."}
    endpoint.will(
        Answer(completion(message=said)),
        Answer(completion("", finish_reason="content_filter")),
    )
    judge = judge_at(endpoint)
    first = await judge.ask(request_one, timeout=5)
    second = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert (first.text, first.finish, first.refusal) == ("", "refusal", "I can't judge that.")
    assert second.finish == "refusal" and second.refusal is not None and "filter" in second.refusal


async def test_an_empty_answer_is_a_reply(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(completion(None)))
    judge = judge_at(endpoint)
    reply = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert reply.text == "" and reply.refusal is None


@pytest.mark.parametrize(
    ("status", "error", "kind", "hint"),
    [
        (401, {"message": "Incorrect API key"}, FailureKind.AUTH, "OPENAI_API_KEY"),
        (403, {"message": "Country not supported"}, FailureKind.FORBIDDEN, ""),
        (404, {"message": "The model `gpt-test` does not exist"}, FailureKind.NO_MODEL, "model's name"),
        (408, {"message": "slow"}, FailureKind.TIMEOUT, ""),
        (413, {"message": "too large"}, FailureKind.TOO_LONG, "Shorten"),
        (429, {"message": "slow down"}, FailureKind.RATE_LIMIT, ""),
        (429, {"message": "no money", "code": "insufficient_quota"}, FailureKind.AUTH, "credit"),
        (
            429,
            {"message": "spent", "type": "insufficient_quota", "code": "some_limit"},
            FailureKind.AUTH,
            "credit",
        ),
        (
            429,
            {"message": "spent", "type": "billing", "code": "project_spend_limit_exceeded"},
            FailureKind.AUTH,
            "limit",
        ),
        (400, {"message": "x", "code": "400", "type": "exceed_context_size_error"}, FailureKind.TOO_LONG, ""),
        (500, {"message": "oops"}, FailureKind.SERVER, ""),
        (503, {"message": "busy"}, FailureKind.OVERLOADED, ""),
        (400, {"message": "bad", "param": "messages"}, FailureKind.BAD_REQUEST, ""),
        (400, {"message": "x", "code": "context_length_exceeded"}, FailureKind.TOO_LONG, "Shorten"),
    ],
)
async def test_http_errors(
    endpoint: Endpoint,
    request_one: JudgeRequest,
    status: int,
    error: dict[str, str],
    kind: FailureKind,
    hint: str,
) -> None:
    endpoint.will(Answer({"error": error}, status=status))
    failure = await failure_of(judge_at(endpoint), request_one)
    assert failure.kind is kind
    assert hint in failure.hint
    assert error["message"] in failure.message
    assert len(endpoint.seen) == 1, "retries are the runner's business"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
async def test_retry_after(
    endpoint: Endpoint, request_one: JudgeRequest, headers: dict[str, str], seconds: float | None
) -> None:
    endpoint.will(Answer({"error": {"message": "slow down"}}, status=429, headers=headers))
    failure = await failure_of(judge_at(endpoint), request_one)
    assert failure.retry_after == seconds


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<!doctype html><p>Welcome</p>", kind="text/html"),
        Answer(b"welcome", kind="text/plain"),
        Answer({"hello": "world"}),
        Answer({**completion(), "choices": []}),
        Answer({**completion(), "choices": [{"index": 0, "message": None}]}),
        Answer(b"{not json", kind="application/json"),
        Answer(b"", kind="application/json"),
        Answer([1, 2]),
        Answer(b"\xff\xfe\x00", kind="application/json"),
    ],
    ids=["html", "text", "no choices", "empty choices", "no message", "not json", "empty", "list", "bytes"],
)
async def test_answers_with_status_200_that_are_none(
    endpoint: Endpoint, request_one: JudgeRequest, answer: Answer
) -> None:
    endpoint.will(answer)
    failure = await failure_of(judge_at(endpoint), request_one)
    assert failure.kind is FailureKind.MALFORMED
    assert failure.kind.may_pass
    assert endpoint.url in failure.hint


async def test_a_web_page_as_an_error_is_not_quoted(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(b"<html><body>nginx</body></html>", status=502, kind="text/html"))
    failure = await failure_of(judge_at(endpoint), request_one)
    assert failure.kind is FailureKind.SERVER
    assert "<html>" not in failure.message


async def test_a_dropped_connection(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(cut=True))
    failure = await failure_of(judge_at(endpoint), request_one)
    assert failure.kind is FailureKind.UNREACHABLE


async def test_nobody_there(request_one: JudgeRequest) -> None:
    gone = Endpoint()
    gone.close()
    failure = await failure_of(judge_at(gone), request_one)
    assert failure.kind is FailureKind.UNREACHABLE
    assert gone.url in failure.message


async def test_a_timeout_counts_the_whole_call(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    from threading import Event

    endpoint.will(Answer(completion(), hold=Event()))
    failure = await failure_of(judge_at(endpoint), request_one, seconds=0.2)
    assert failure.kind is FailureKind.TIMEOUT
    assert "0.2 s" in failure.message


async def test_cancelling_ends_the_call(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    from threading import Event

    endpoint.will(Answer(completion(), hold=Event()))
    judge = judge_at(endpoint)
    task = asyncio.create_task(judge.ask(request_one, timeout=30))
    await asyncio.to_thread(endpoint.arrived.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await judge.close()


async def test_half_a_character_is_no_request(endpoint: Endpoint) -> None:
    failure = await failure_of(judge_at(endpoint), JudgeRequest((Message("user", "a\ud800b"),)))
    assert failure.kind is FailureKind.BAD_REQUEST
    assert endpoint.seen == []


async def test_it_works_again_after_close_and_in_another_loop(
    endpoint: Endpoint, request_one: JudgeRequest
) -> None:
    endpoint.will(Answer(completion()))
    judge = judge_at(endpoint)
    await judge.ask(request_one, timeout=5)
    await judge.close()
    await judge.ask(request_one, timeout=5)
    await judge.close()

    def elsewhere() -> str:
        async def ask() -> str:
            try:
                return (await judge.ask(request_one, timeout=5)).text
            finally:
                await judge.close()

        return asyncio.run(ask())

    assert await asyncio.to_thread(elsewhere) == "4"


@pytest.mark.parametrize("status", [400, 401, 500])
async def test_the_key_shows_nowhere(
    endpoint: Endpoint, request_one: JudgeRequest, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    header = "hdr-secret-42-abcdefgh"
    endpoint.will(Answer({"error": {"message": f"wrong key {KEY} and {header}"}}, status=status))
    judge = judge_at(endpoint, headers={"x-auth": Secret(header)})
    failure = await failure_of(judge, request_one)
    assert endpoint.seen[0].headers["x-auth"] == header
    assert failure.__cause__ is None and failure.__context__ is None
    shown = [
        str(failure),
        repr(failure),
        "".join(traceback.TracebackException.from_exception(failure, capture_locals=True).format()),
        repr(judge),
        str(judge.body(request_one)),
        caplog.text,
        "".join(str(vars(record)) for record in caplog.records),
    ]
    for text in shown:
        assert KEY not in text
        assert header not in text
    assert "********" in failure.message


def test_opening_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoJudgeError) as caught:
        OpenAIJudge.open("openai:gpt", "gpt", base_url="https://example.org/v1", key_env="OPENAI_API_KEY")
    assert "OPENAI_API_KEY" in caught.value.message
    assert "keyring set judgetui OPENAI_API_KEY" in caught.value.hint
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    OpenAIJudge.open("openai:gpt", "gpt", base_url="https://example.org/v1", key_env="OPENAI_API_KEY")


async def test_a_key_of_two_lines_shows_nowhere(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    """The SDK's trouble with it quotes the header, with the line break escaped."""
    lines = ("sk-first-secret-000", "sk-second-secret-111")
    key = Secret("\n".join(lines))
    failure = await failure_of(OpenAIJudge("lab:m", "m", base_url=endpoint.url, key=key), request_one)
    assert "********" in failure.message and not any(line in failure.message for line in lines)
    assert endpoint.seen == []


def test_what_cannot_be_sent_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened() -> OpenAIJudge:
        url, headers = "https://example.org/v1", {"x-key": "$LAB_HEADER"}
        return OpenAIJudge.open("lab:m", "m", base_url=url, key_env="LAB_KEY", headers=headers)

    monkeypatch.setenv("LAB_KEY", f"{KEY}\nanother")
    monkeypatch.setenv("LAB_HEADER", "Basic one")
    with pytest.raises(NoJudgeError, match="LAB_KEY cannot be sent"):
        opened()
    monkeypatch.setenv("LAB_KEY", KEY)
    opened()
    monkeypatch.setenv("LAB_HEADER", "Basic \u201cone\u201d")
    with pytest.raises(NoJudgeError, match="LAB_HEADER cannot be sent"):
        opened()


async def test_an_endpoint_on_this_machine_needs_no_key(
    endpoint: Endpoint, request_one: JudgeRequest
) -> None:
    endpoint.will(Answer(completion()))
    judge = OpenAIJudge.open("lab:m", "m", base_url=f"{endpoint.url}/v1", key_env="LAB_KEY")
    assert (await judge.ask(request_one, timeout=5)).text == "4"
    await judge.close()
    assert endpoint.seen[0].headers["authorization"].startswith("Bearer ")


def test_header_values_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"x-plain": "a", "x-key": "$LAB_HEADER"}
    url = "https://example.org/v1"
    with pytest.raises(NoJudgeError, match="LAB_HEADER"):
        OpenAIJudge.open("lab:m", "m", base_url=url, key_env="", headers=headers)
    monkeypatch.setenv("LAB_HEADER", KEY)
    judge = OpenAIJudge.open("lab:m", "m", base_url=url, key_env="", headers=headers)
    assert KEY not in repr(vars(judge))


@pytest.mark.parametrize("url", ["example.org/v1", "ftp://example.org", "http://", "http://[::1"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(InputError, match="not a web address"):
        OpenAIJudge.open("lab:m", "m", base_url=url, key_env="")


async def test_first_calls_side_by_side_share_one_client(
    endpoint: Endpoint, request_one: JudgeRequest
) -> None:
    endpoint.will(Answer(completion()))
    judge = judge_at(endpoint)
    clients = await asyncio.gather(*(judge._connect() for _ in range(5)))
    assert len(set(map(id, clients))) == 1
    await judge.close()
