"""OpenAI's responses against a real server on loopback: what is sent, read, streamed, refused and learned."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from judgetui.config.paths import Paths
from judgetui.config.secrets import Secret
from judgetui.config.settings import Profile, Settings
from judgetui.core.reply import Usage
from judgetui.core.request import JudgeRequest, Message
from judgetui.core.vote import Status
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.providers.formats import demanded, grammar, verdict_schema
from judgetui.providers.openai.chat import OpenAIJudge
from judgetui.providers.openai.responses import ResponsesJudge
from judgetui.providers.registry import open_judge
from tests.providers.conftest import KEY
from tests.providers.endpoint import Answer, Endpoint
from tests.providers.test_openai import refusal_of
from tests.providers.test_openai_formats import CHECK, PASSED, vote_of

LOGPROBS = [
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
THOUGHT = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "Surely [[pass]]."}],
    "content": [{"type": "reasoning_text", "text": "Surely [[pass]]."}],
}


def message(text: str, **more: Any) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []} | more
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}


def response(*output: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "model": "gpt-test-2026-01-01",
        "output": list(output),
        "usage": {
            "input_tokens": 20,
            "input_tokens_details": {"cached_tokens": 16, "cache_write_tokens": 4},
            "output_tokens": 5,
            "output_tokens_details": {"reasoning_tokens": 3},
            "total_tokens": 25,
        },
    } | more


def event(kind: str, **data: Any) -> tuple[str, object]:
    return kind, {"type": kind, "sequence_number": 1, **data}


def judge_at(endpoint: Endpoint, **more: Any) -> ResponsesJudge:
    url = f"{endpoint.url}/v1"
    return ResponsesJudge(
        "openai:gpt-test?api=responses",
        "gpt-test",
        base_url=url,
        key=Secret(KEY),
        key_env="OPENAI_API_KEY",
        **more,
    )


async def failure_of(judge: ResponsesJudge, request: JudgeRequest, streamed: bool = False) -> ProviderError:
    try:
        with pytest.raises(ProviderError) as caught:
            await judge.ask(request, timeout=5, on_text=(lambda piece: None) if streamed else None)
    finally:
        await judge.close()
    return caught.value


async def test_a_plain_answer(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    answer = response(THOUGHT, message("4", logprobs=LOGPROBS))
    endpoint.will(Answer(answer, headers={"x-request-id": "req-7"}))
    judge = judge_at(endpoint)
    reply = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert (reply.text, reply.finish, reply.refusal) == ("4", "stop", None)
    assert reply.usage == Usage(input=20, output=5, cached=16, reasoning=3, cache_write=4)
    assert reply.logprobs[0].top == (("4", -0.1), ("5", -2.5))
    assert (reply.model, reply.request_id) == ("gpt-test-2026-01-01", "req-7")
    assert reply.dropped == {} and reply.latency_ms is not None
    assert (judge.capabilities.logprobs, judge.capabilities.temperature) == (True, True)
    assert judge.capabilities.samples == 1


async def test_what_is_sent_is_the_body(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(response(message("4", logprobs=LOGPROBS))))
    judge = judge_at(endpoint)
    await judge.ask(request_one, timeout=5)
    await judge.close()
    seen = endpoint.seen[0]
    assert seen.path == "/v1/responses"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.body == {
        "model": "gpt-test",
        "input": [
            {"role": "system", "content": "You are a judge."},
            {"role": "user", "content": "Rate this."},
        ],
        "max_output_tokens": 7,
        "store": False,
        "temperature": 0.0,
        "top_logprobs": 20,
        "include": ["message.output_text.logprobs"],
    }
    body = dict(judge.body(request_one))
    assert (body.pop("provider"), body.pop("endpoint")) == ("openai", f"{endpoint.url}/v1/responses")
    assert body == seen.body


async def test_nothing_is_kept_whatever_is_refused(endpoint: Endpoint) -> None:
    endpoint.will(refusal_of("store", "store is not supported"))
    judge = judge_at(endpoint)
    assert (await failure_of(judge, CHECK)).kind is FailureKind.BAD_REQUEST
    assert [seen.body["store"] for seen in endpoint.seen] == [False]


async def test_samples_are_asked_for_one_by_one(endpoint: Endpoint) -> None:
    judge = judge_at(endpoint)
    requests = [replace(CHECK, sample=at) for at in range(3)]
    assert judge.bundles(requests) == [(request,) for request in requests]


@pytest.mark.parametrize("effort", ["", "low"])
async def test_how_hard_it_thinks(endpoint: Endpoint, effort: str) -> None:
    endpoint.will(Answer(response(message(PASSED))))
    judge = judge_at(endpoint, effort=effort)
    await judge.ask(CHECK, timeout=5)
    await judge.close()
    assert endpoint.seen[0].body.get("reasoning") == ({"effort": "low"} if effort else None)


def test_a_cache_key_is_the_chat_judges(endpoint: Endpoint) -> None:
    request = replace(CHECK, stable=30)
    url = "https://api.openai.com/v1"
    judges = [kind("openai:m", "m", base_url=url, key=Secret(KEY)) for kind in (ResponsesJudge, OpenAIJudge)]
    keys = [judge.body(request)["prompt_cache_key"] for judge in judges]
    assert keys[0] and keys[0] == keys[1]
    assert "prompt_cache_key" not in judge_at(endpoint).body(request)


async def test_a_verdict_by_a_schema(endpoint: Endpoint) -> None:
    endpoint.will(Answer(response(THOUGHT, message(PASSED))))
    judge = judge_at(endpoint)
    reply = await judge.ask(CHECK, timeout=5)
    await judge.close()
    sent = endpoint.seen[0].body["text"]["format"]
    assert (sent["type"], sent["strict"], sent["schema"]) == ("json_schema", True, verdict_schema(CHECK))
    assert reply.text == PASSED and vote_of(reply).label == "pass"
    assert judge.capabilities.schema is True


async def test_a_verdict_by_a_tool(endpoint: Endpoint) -> None:
    call = {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "verdict", "arguments": PASSED}
    endpoint.will(Answer(response(THOUGHT, call)))
    judge = judge_at(endpoint, verdict_format="tool")
    reply = await judge.ask(CHECK, timeout=5)
    await judge.close()
    (tool,) = endpoint.seen[0].body["tools"]
    assert tool["strict"] is True and tool["parameters"] == verdict_schema(CHECK)
    assert endpoint.seen[0].body["tool_choice"] == {"type": "function", "name": tool["name"]}
    assert reply.text == PASSED and vote_of(reply).label == "pass"


async def test_words_before_the_call_of_a_tool(endpoint: Endpoint) -> None:
    call = {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "verdict", "arguments": PASSED}
    off = call | {"arguments": PASSED.replace("pass", "9")}
    endpoint.will(*(Answer(response(message("I call it."), each)) for each in (call, off)))
    judge = judge_at(endpoint, verdict_format="tool")
    first, second = [await judge.ask(CHECK, timeout=5) for _ in range(2)]
    await judge.close()
    assert first.text == f"I call it.\n{PASSED}" and vote_of(first).label == "pass"
    assert second.said == "" and judge.learned == {}


async def test_the_ladder(endpoint: Endpoint) -> None:
    endpoint.will(
        refusal_of("text.format", "Invalid parameter: 'text.format' of type 'json_schema'"),
        refusal_of("tools[0].strict", "no strict tools"),
        Answer(response(message("Fine.\n[[pass]]"))),
    )
    judge = judge_at(endpoint)
    before = judge.body(CHECK)
    reply = await judge.ask(CHECK, timeout=5)
    await judge.close()
    parts = ("text", "tools", "tool_choice", "grammar")
    assert [[part for part in parts if part in seen.body] for seen in endpoint.seen] == [
        ["text"],
        ["tools", "tool_choice"],
        ["grammar"],
    ]
    limits = [seen.body["max_output_tokens"] - CHECK.max_tokens for seen in endpoint.seen]
    assert limits == [demanded(CHECK, format) for format in ("schema", "tool", "grammar")]
    assert CHECK.form is not None
    assert endpoint.seen[2].body["grammar"] == grammar(CHECK.form, CHECK.labels)
    assert vote_of(reply).label == "pass"
    assert set(reply.dropped) == {"text"} and "json_schema" in reply.dropped["text"]
    assert judge.body(CHECK) == before


async def test_a_schema_that_is_ignored(endpoint: Endpoint) -> None:
    endpoint.will(Answer(response(message("Fine.\n[[pass]]"))))
    judge = judge_at(endpoint)
    first = await judge.ask(CHECK, timeout=5)
    await judge.ask(CHECK, timeout=5)
    await judge.close()
    assert ["text" in seen.body for seen in endpoint.seen] == [True, False]
    assert vote_of(first).label == "pass" and "though asked for JSON" in first.dropped["text"]


@pytest.mark.parametrize(
    ("param", "words", "gone", "capability"),
    [
        ("temperature", "Unsupported parameter: 'temperature'", {"temperature"}, "temperature"),
        ("top_logprobs", "not with this model", {"top_logprobs", "include"}, "logprobs"),
        ("include[0]", "no such thing", {"top_logprobs", "include"}, "logprobs"),
        (None, "top_logprobs requires logprobs to be set to true", {"top_logprobs", "include"}, "logprobs"),
        ("reasoning.effort", "Unsupported value", {"reasoning"}, ""),
        (None, "Unknown parameter: 'reasoning'.", {"reasoning"}, ""),
    ],
)
async def test_a_refused_part_is_dropped_once_and_remembered(
    endpoint: Endpoint,
    request_one: JudgeRequest,
    param: str | None,
    words: str,
    gone: set[str],
    capability: str,
) -> None:
    endpoint.will(refusal_of(param, words), Answer(response(message("4", logprobs=LOGPROBS))))
    judge = judge_at(endpoint, effort="low")
    first = await judge.ask(request_one, timeout=5)
    second = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert len(endpoint.seen) == 3
    assert gone <= set(endpoint.seen[0].body)
    for sent in endpoint.seen[1:]:
        assert not gone & set(sent.body)
        assert sent.body["store"] is False
    assert set(first.dropped) == set(second.dropped) == gone
    assert not capability or getattr(judge.capabilities, capability) is False


@pytest.mark.parametrize(
    "words", ["Please include more context.", "The text of reasoning models is too free."]
)
async def test_ordinary_words_are_no_parts(endpoint: Endpoint, words: str) -> None:
    endpoint.will(refusal_of(None, words))
    judge = judge_at(endpoint, effort="low")
    request = replace(CHECK, temperature=None)
    assert (await failure_of(judge, request)).kind is FailureKind.BAD_REQUEST
    assert judge.learned == {} and len(endpoint.seen) == 1


async def test_asked_for_log_probabilities_that_do_not_come(
    endpoint: Endpoint, request_one: JudgeRequest
) -> None:
    endpoint.will(Answer(response(message("4", logprobs=[]))))
    judge = judge_at(endpoint)
    reply = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert judge.capabilities.logprobs is False
    assert set(reply.dropped) == {"top_logprobs", "include"}


@pytest.mark.parametrize(
    ("answer", "text", "finish"),
    [
        (
            response(
                message("Half of"), status="incomplete", incomplete_details={"reason": "max_output_tokens"}
            ),
            "Half of",
            "length",
        ),
        (
            response(THOUGHT, status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
            "",
            "length",
        ),
        (
            response(message("It goes on"), usage={"input_tokens": 9, "output_tokens": 7}),
            "It goes on",
            "length",
        ),
        (response(message("4"), usage=None), "4", "stop"),
        (response(message("4"), status=None), "4", "stop"),
        (response(), "", "stop"),
        (response(message("Ha"), message("lf")), "Half", "stop"),
        ({"output": [message("4"), None, {"type": "message", "content": None}]}, "4", "stop"),
    ],
    ids=["cut", "thought only", "cut unsaid", "no usage", "no status", "nothing", "two messages", "bare"],
)
async def test_how_it_ended(endpoint: Endpoint, answer: dict[str, Any], text: str, finish: str) -> None:
    endpoint.will(Answer(answer))
    judge = judge_at(endpoint)
    reply = await judge.ask(JudgeRequest((Message("user", "Hi"),), max_tokens=7), timeout=5)
    await judge.close()
    assert (reply.text, reply.finish, reply.refusal) == (text, finish, None)


async def test_refusals(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    said = message("") | {"content": [{"type": "refusal", "refusal": "I can't judge that."}]}
    held = response(message("It"), status="incomplete", incomplete_details={"reason": "content_filter"})
    endpoint.will(Answer(response(said)), Answer(held))
    judge = judge_at(endpoint)
    first = await judge.ask(request_one, timeout=5)
    second = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert (first.text, first.finish, first.refusal) == ("", "refusal", "I can't judge that.")
    assert second.finish == "refusal" and second.refusal is not None and "filter" in second.refusal
    assert vote_of(first).status is vote_of(second).status is Status.REFUSED
    assert judge.capabilities.logprobs is not False, "a refusal says nothing of log-probabilities"


async def test_thinking_is_no_verdict(endpoint: Endpoint) -> None:
    cut = response(THOUGHT, status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    endpoint.will(Answer(response(THOUGHT, message("So it is.\n[[fail]]"))), Answer(cut))
    judge = judge_at(endpoint, verdict_format="text")
    first = vote_of(await judge.ask(CHECK, timeout=5))
    second = vote_of(await judge.ask(CHECK, timeout=5))
    await judge.close()
    assert (first.label, first.usage.reasoning) == ("fail", 3)
    assert second.status is Status.UNPARSED


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("server_error", FailureKind.SERVER),
        ("rate_limit_exceeded", FailureKind.RATE_LIMIT),
        ("invalid_prompt", FailureKind.BAD_REQUEST),
        ("bio_policy", FailureKind.BAD_REQUEST),
        ("server_is_overloaded", FailureKind.OVERLOADED),
        ("slow_down", FailureKind.RATE_LIMIT),
        ("invalid_api_key", FailureKind.AUTH),
        ("credit_balance_exhausted", FailureKind.AUTH),
        (None, FailureKind.SERVER),
    ],
)
async def test_a_response_that_failed(
    endpoint: Endpoint, request_one: JudgeRequest, code: str | None, kind: FailureKind, streamed: bool
) -> None:
    failed = response(status="failed", error={"code": code, "message": f"It broke, {KEY}."})
    endpoint.will(Answer(events=[event("response.failed", response=failed)]) if streamed else Answer(failed))
    failure = await failure_of(judge_at(endpoint), request_one, streamed)
    assert failure.kind is kind
    assert "It broke" in failure.message and KEY not in failure.message


@pytest.mark.parametrize(
    "answer",
    [
        Answer({"hello": "world"}),
        Answer(response(status="in_progress")),
        Answer(response(output=None)),
        Answer(b"<!doctype html>", kind="text/html"),
    ],
)
async def test_answers_that_are_none(endpoint: Endpoint, request_one: JudgeRequest, answer: Answer) -> None:
    endpoint.will(answer)
    failure = await failure_of(judge_at(endpoint), request_one)
    assert failure.kind is FailureKind.MALFORMED


STARTED = event("response.created", response=response(status="in_progress"))


async def test_streaming(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(
        Answer(
            events=[
                STARTED,
                event("response.reasoning_text.delta", delta="Surely 5."),
                event("response.output_text.delta", delta="The score: "),
                event("response.output_text.delta", delta="4"),
                event(
                    "response.completed",
                    response=response(THOUGHT, message("The score: 4", logprobs=LOGPROBS)),
                ),
            ],
            headers={"x-request-id": "req-8"},
        )
    )
    judge, pieces = judge_at(endpoint), list[str]()
    reply = await judge.ask(request_one, timeout=5, on_text=pieces.append)
    await judge.close()
    assert pieces == ["The score: ", "4"]
    assert (reply.text, reply.finish, reply.request_id) == ("The score: 4", "stop", "req-8")
    assert [token.token for token in reply.logprobs] == ["4"]
    assert reply.usage.output == 5
    assert endpoint.seen[0].body["stream"] is True
    assert "stream" not in judge.body(request_one)


async def test_a_stream_that_is_cut_at_the_limit(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    cut = response(message("The"), status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    endpoint.will(
        Answer(
            events=[
                event("response.output_text.delta", delta="The"),
                event("response.incomplete", response=cut),
            ]
        )
    )
    judge = judge_at(endpoint)
    reply = await judge.ask(request_one, timeout=5, on_text=lambda piece: None)
    await judge.close()
    assert (reply.text, reply.finish) == ("The", "length")


async def test_a_refusal_of_a_part_before_the_stream(endpoint: Endpoint) -> None:
    whole = event("response.completed", response=response(message("Fine.\n[[pass]]")))
    endpoint.will(refusal_of("text.format", "no"), refusal_of("tools", "no"), Answer(events=[whole]))
    judge = judge_at(endpoint)
    reply = await judge.ask(CHECK, timeout=5, on_text=lambda piece: None)
    await judge.close()
    assert vote_of(reply).label == "pass" and set(reply.dropped) == {"text"}


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([STARTED, event("response.output_text.delta", delta="The")], FailureKind.UNREACHABLE),
        ([], FailureKind.MALFORMED),
        ([("", "not json at all")], FailureKind.MALFORMED),
        ([STARTED, event("error", code="server_error", message="Oops.", param=None)], FailureKind.SERVER),
        ([STARTED, event("error", code="rate_limit_exceeded", message="Wait.")], FailureKind.RATE_LIMIT),
        ([event("response.completed", response=None)], FailureKind.MALFORMED),
    ],
    ids=["broke off", "empty", "no json", "error", "rate", "hollow"],
)
async def test_streams_that_are_none(
    endpoint: Endpoint, request_one: JudgeRequest, events: list[tuple[str, object]], kind: FailureKind
) -> None:
    endpoint.will(Answer(events=events))
    assert (await failure_of(judge_at(endpoint), request_one, streamed=True)).kind is kind


async def test_a_stream_whose_connection_breaks(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(Answer(events=[event("response.output_text.delta", delta="The")], cut=True))
    failure = await failure_of(judge_at(endpoint), request_one, streamed=True)
    assert failure.kind is FailureKind.UNREACHABLE


async def test_a_server_on_this_machine_counts(endpoint: Endpoint) -> None:
    endpoint.will(Answer({"object": "response.input_tokens", "input_tokens": 77}))
    judge = judge_at(endpoint, verdict_format="tool")
    count = await judge.count_there(CHECK, 5)
    await judge.close()
    assert count is not None and (count.tokens, count.exact) == (77, True)
    assert endpoint.seen[0].path == "/v1/responses/input_tokens"
    assert set(endpoint.seen[0].body) == {"model", "input", "tools", "tool_choice"}


def test_the_api_is_chosen_by_the_judges_name(
    endpoint: Endpoint, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{endpoint.url}/v1")
    lab = Settings(profiles={"lab": Profile("lab", f"{endpoint.url}/v1")})
    for name, kind in [
        ("openai:m?api=responses&effort=low", ResponsesJudge),
        ("lab:m?api=responses", ResponsesJudge),
        ("openai:m?api=chat", OpenAIJudge),
        ("lab:m", OpenAIJudge),
    ]:
        judge = open_judge(name, lab, paths)
        assert type(judge) is kind and judge.judge == name
        assert judge.body(CHECK)["model"] == "m"


async def test_what_was_learned_is_taken_up_by_another_process(endpoint: Endpoint) -> None:
    endpoint.will(refusal_of("temperature", "no temperature"), Answer(response(message(PASSED))))
    first, second = judge_at(endpoint), judge_at(endpoint)
    await first.ask(CHECK, timeout=5)
    second.recall(json.loads(json.dumps(first.learned)))
    reply = await second.ask(CHECK, timeout=5)
    await first.close()
    await second.close()
    assert len(endpoint.seen) == 3
    assert reply.dropped == first.learned
