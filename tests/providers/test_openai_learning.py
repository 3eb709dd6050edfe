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


def unknown_field(*place: str | int) -> dict[str, object]:
    """As pydantic puts it (docs.pydantic.dev/latest/errors/validation_errors)."""
    message = "Extra inputs are not permitted"
    return {"type": "extra_forbidden", "loc": ["body", *place], "msg": message, "input": 7}


LIMIT = "max_completion_tokens"
TOO_LARGE = f"max_tokens is too large: 9. This model supports at most 8 completion tokens, not {LIMIT} of 9."
FULL = (
    f"'max_tokens' or '{LIMIT}' is too large: 50. This model's maximum context length is 4096 tokens and your "
    "request has 4090 input tokens (50 > 4096 - 4090)."
)


@pytest.mark.parametrize(
    "refusal",
    [
        refusal_of(LIMIT, "unknown field"),
        refusal_of(None, f"Unrecognized request argument supplied: {LIMIT}"),
        refusal_of(LIMIT, f"Unsupported parameter: '{LIMIT}'. Use 'max_tokens' instead."),
        refusal_of(LIMIT, f"Please use `max_tokens` rather than `{LIMIT}`."),
        refusal_of(None, f"Additional properties are not allowed ('{LIMIT}' was unexpected)"),
        refusal_of(None, f"{LIMIT}\n  extra fields not permitted (type=value_error.extra)"),
        Answer({"error": {"message": "No.", "param": LIMIT, "code": "unsupported_parameter"}}, status=400),
        Answer({"detail": [unknown_field(LIMIT)]}, status=422),
        Answer({"object": "error", "message": {"detail": [unknown_field(LIMIT)]}}, status=422),
    ],
)
async def test_a_server_that_knows_only_max_tokens(
    endpoint: Endpoint, request_one: JudgeRequest, refusal: Answer
) -> None:
    endpoint.will(refusal, Answer(completion(logprobs=LOGPROBS)))
    judge = judge_at(endpoint)
    reply = await judge.ask(request_one, timeout=5)
    await judge.close()
    assert endpoint.seen[1].body["max_tokens"] == 7
    assert "max_completion_tokens" not in endpoint.seen[1].body
    assert reply.dropped["max_completion_tokens"].startswith("sent as max_tokens")


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        ({"message": TOO_LARGE, "param": LIMIT, "code": "invalid_value"}, FailureKind.BAD_REQUEST),
        ({"message": TOO_LARGE, "param": LIMIT}, FailureKind.BAD_REQUEST),
        ({"message": TOO_LARGE}, FailureKind.BAD_REQUEST),
        ({"message": f"Unsupported value: {LIMIT}.", "param": LIMIT}, FailureKind.BAD_REQUEST),
        ({"message": f"{LIMIT} must be at most 8.", "param": LIMIT}, FailureKind.BAD_REQUEST),
        ({"message": f"More than 8 {LIMIT} are not allowed."}, FailureKind.BAD_REQUEST),
        ({"message": f"{LIMIT} exceeds what is supported by it: unknown tier"}, FailureKind.BAD_REQUEST),
        ({"message": FULL, "type": "BadRequestError", "param": None, "code": 400}, FailureKind.TOO_LONG),
        ({"message": "temperature, grammar", "code": "context_length_exceeded"}, FailureKind.TOO_LONG),
    ],
)
async def test_a_value_that_is_refused_says_nothing_of_its_part(
    endpoint: Endpoint, request_one: JudgeRequest, refusal: dict[str, object], kind: FailureKind
) -> None:
    endpoint.will(Answer({"error": refusal}, status=400))
    judge = judge_at(endpoint)
    error = await failure_of(judge, request_one)
    assert error.kind is kind
    assert judge.learned == {} and len(endpoint.seen) == 1


async def test_what_an_error_quotes_of_the_request_is_not_what_it_refuses(
    endpoint: Endpoint, request_one: JudgeRequest
) -> None:
    judge = judge_at(endpoint)
    mistake = {"type": "value_error", "loc": ["body"], "msg": "Value error, no", "input": judge.body(CHECK)}
    endpoint.will(Answer({"detail": [mistake]}, status=422))
    assert (await failure_of(judge, request_one)).kind is FailureKind.BAD_REQUEST
    assert judge.learned == {} and len(endpoint.seen) == 1


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
