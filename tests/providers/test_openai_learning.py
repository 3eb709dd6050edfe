"""What servers refuse is left out, told and remembered."""

from __future__ import annotations

import json

import pytest

from judgetui.core.reply import Usage
from judgetui.core.request import JudgeRequest, Message
from judgetui.providers.base import FailureKind
from tests.providers.endpoint import Answer, Endpoint
from tests.providers.test_openai import LOGPROBS, chunk, completion, failure_of, judge_at, refusal_of
from tests.providers.test_openai_formats import CHECK, PASSED, asked, calling, under_way_at_once, vote_of


async def test_a_share_to_sample_from_is_sent_and_dropped_when_refused(endpoint: Endpoint) -> None:
    endpoint.will(
        Answer(completion()), refusal_of("top_p", "Unsupported parameter: 'top_p'"), Answer(completion())
    )
    judge = judge_at(endpoint)
    request = JudgeRequest((Message("user", "Hi"),), top_p=0.9)
    assert (await judge.ask(request, timeout=5)).dropped == {}
    reply = await judge.ask(request, timeout=5)
    await judge.close()
    assert [seen.body.get("top_p") for seen in endpoint.seen] == [0.9, 0.9, None]
    assert set(reply.dropped) == {"top_p"}


@pytest.mark.parametrize(
    ("param", "message", "gone", "capability"),
    [
        (
            "temperature",
            "Unsupported value: 'temperature' does not support 0.",
            {"temperature"},
            "temperature",
        ),
        ("logprobs", "logprobs are not supported", {"logprobs", "top_logprobs"}, "logprobs"),
        ("top_logprobs", "top_logprobs is not supported", {"logprobs", "top_logprobs"}, "logprobs"),
        (None, "Unrecognized request argument: top_logprobs", {"logprobs", "top_logprobs"}, "logprobs"),
    ],
)
async def test_a_refused_part_is_dropped_once_and_remembered(
    endpoint: Endpoint,
    request_one: JudgeRequest,
    param: str | None,
    message: str,
    gone: set[str],
    capability: str,
) -> None:
    endpoint.will(refusal_of(param, message), Answer(completion()))
    judge = judge_at(endpoint)
    before = judge.body(request_one)
    first = await judge.ask(request_one, timeout=5)
    second = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert len(endpoint.seen) == 3
    for sent in endpoint.seen[1:]:
        assert not gone & set(sent.body)
    assert gone <= set(first.dropped) and first.dropped.keys() == second.dropped.keys()
    assert message[:10] in first.dropped[capability]
    assert getattr(judge.capabilities, capability) is False
    assert judge.body(request_one) == before, "the identity of a call does not move"


async def test_a_server_that_knows_only_max_tokens(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(refusal_of("max_completion_tokens", "unknown field"), Answer(completion(logprobs=LOGPROBS)))
    judge = judge_at(endpoint)
    reply = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert endpoint.seen[1].body["max_tokens"] == 7
    assert "max_completion_tokens" not in endpoint.seen[1].body
    assert reply.dropped["max_completion_tokens"].startswith("sent as max_tokens")


async def test_two_parts_are_dropped_one_after_the_other(
    endpoint: Endpoint, request_one: JudgeRequest
) -> None:
    endpoint.will(
        refusal_of("logprobs", "no logprobs"),
        refusal_of("temperature", "no temperature"),
        Answer(completion()),
    )
    judge = judge_at(endpoint)
    reply = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert set(reply.dropped) == {"logprobs", "top_logprobs", "temperature"}
    assert set(endpoint.seen[2].body) == {"model", "messages", "max_completion_tokens"}


async def test_refused_stream_options(endpoint: Endpoint) -> None:
    events: list[tuple[str, object]] = [("", chunk({"content": "4"}, "stop")), ("", "[DONE]")]
    endpoint.will(refusal_of("stream_options", "extra field"), Answer(events=events))
    judge = judge_at(endpoint)
    reply = await judge.ask(JudgeRequest((Message("user", "Hi"),)), timeout=5, on_text=lambda piece: None)
    await judge.close()
    assert reply.text == "4"
    assert reply.usage == Usage()
    assert "stream_options" not in endpoint.seen[1].body


async def test_a_part_that_is_refused_for_ever_is_no_endless_loop(
    endpoint: Endpoint, request_one: JudgeRequest
) -> None:
    endpoint.will(refusal_of("temperature", "no temperature"))
    error = await failure_of(judge_at(endpoint), request_one)
    assert error.kind is FailureKind.BAD_REQUEST
    assert len(endpoint.seen) == 2


async def test_asked_for_log_probabilities_that_do_not_come(
    endpoint: Endpoint, request_one: JudgeRequest
) -> None:
    endpoint.will(Answer(completion()))
    judge = judge_at(endpoint)
    reply = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert judge.capabilities.logprobs is False
    assert "though asked" in reply.dropped["logprobs"]


async def test_calls_under_way_at_once_are_all_sent_again_after_a_refusal(endpoint: Endpoint) -> None:
    refused = refusal_of("response_format", "no such thing")
    judge = judge_at(endpoint)
    replies = await under_way_at_once(judge, endpoint, 3, refused, Answer(calling(PASSED)))
    assert [vote_of(reply).label for reply in replies] == ["pass"] * 3
    assert ["tools" in seen.body for seen in endpoint.seen] == [False] * 3 + [True] * 3


async def test_what_was_learned_is_taken_up_by_another_process(endpoint: Endpoint) -> None:
    endpoint.will(refusal_of("temperature", "no temperature"), Answer(completion(PASSED)))
    first = judge_at(endpoint)
    await asked(first, CHECK)
    second = judge_at(endpoint)
    second.recall(json.loads(json.dumps(first.learned)))
    (reply,) = await asked(second, CHECK)
    assert len(endpoint.seen) == 3, "the second judge is not refused again"
    assert "temperature" not in endpoint.seen[2].body
    assert reply.dropped == {"temperature": first.learned["temperature"]}
    assert second.capabilities.temperature is False


async def test_an_error_that_names_a_part_that_was_not_sent_is_an_error(endpoint: Endpoint) -> None:
    endpoint.will(refusal_of(None, "temperature must not be given, and neither was it"))
    failure = await failure_of(judge_at(endpoint), JudgeRequest((Message("user", "Hi"),)))
    assert failure.kind is FailureKind.BAD_REQUEST
    assert len(endpoint.seen) == 1
