"""What a chat judge asks for and how: samples together, the ladder of formats, options, caches, thinking."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from judgetui.config.secrets import Secret
from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.request import JudgeRequest, Message
from judgetui.core.vote import ScoreSource, Status, Vote
from judgetui.errors import InputError
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.providers.formats import demanded, grammar, verdict_schema
from judgetui.providers.openai.chat import MOST_SAMPLES, OpenAIJudge
from tests.core.protocols.test_every_protocol import an_item
from tests.providers.conftest import KEY
from tests.providers.endpoint import Answer, Endpoint
from tests.providers.test_openai import completion, judge_at, refusal_of

RUBRIC = starter_rubric("mine", "pass-fail")
PROTOCOL = get_protocol("pass-fail")
CHECK = PROTOCOL.plan(RUBRIC, an_item(PROTOCOL, RUBRIC), ScoreSource.SINGLE)[0]
"""A request of a protocol whose verdict may be asked for as JSON."""

PASSED = json.dumps({"reasons": "All of it is true.", "verdict": "pass"})


def choices(*texts: str) -> dict[str, Any]:
    each = [
        {"index": at, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
        for at, text in enumerate(texts)
    ]
    return completion() | {"choices": each}


def calling(arguments: str, said: str | None = None) -> dict[str, Any]:
    function = {"name": "verdict", "arguments": arguments}
    message = {
        "role": "assistant",
        "content": said,
        "tool_calls": [{"type": "function", "function": function}],
    }
    return completion(message=message, finish_reason="tool_calls")


def samples(count: int, text: str = "Rate this.") -> list[JudgeRequest]:
    return [JudgeRequest((Message("user", text),), temperature=1.0, sample=at) for at in range(count)]


def vote_of(reply: JudgeReply) -> Vote:
    return PROTOCOL.parse(RUBRIC, CHECK, reply)


async def asked(judge: OpenAIJudge, *requests: JudgeRequest) -> list[JudgeReply]:
    """The requests one after the other; the judge is closed afterwards."""
    try:
        return [await judge.ask(request, timeout=5) for request in requests]
    finally:
        await judge.close()


async def together(judge: OpenAIJudge, requests: Sequence[JudgeRequest]) -> list[JudgeReply]:
    """The requests as the runner asks them: those without a reply are bundled anew."""
    replies: list[JudgeReply] = []
    try:
        while len(replies) < len(requests):
            replies += await judge.ask_together(judge.bundles(requests[len(replies) :])[0], timeout=5)
        return replies
    finally:
        await judge.close()


def test_only_samples_of_the_same_prompt_travel_together(endpoint: Endpoint) -> None:
    judge = judge_at(endpoint)
    one, other = samples(3), samples(2, "Rate that.")
    weighed = [replace(request, top_logprobs=5) for request in other]
    assert judge.bundles([*one, *other, *weighed]) == [tuple(one), tuple(other), tuple(weighed)]
    many = samples(MOST_SAMPLES + 1)
    assert [len(bundle) for bundle in judge.bundles(many)] == [MOST_SAMPLES, 1]
    assert judge.bundles([]) == []


async def test_samples_in_one_call(endpoint: Endpoint) -> None:
    endpoint.will(Answer(choices("3", "4", "5"), headers={"x-request-id": "req-1"}))
    judge = judge_at(endpoint)
    replies = await together(judge, samples(3))
    (seen,) = endpoint.seen
    assert seen.body["n"] == 3
    assert [reply.text for reply in replies] == ["3", "4", "5"]
    assert [reply.usage.output for reply in replies] == [9, 0, 0], "the call's tokens are counted once"
    total = sum((reply.usage for reply in replies), Usage())
    assert total == Usage(input=20, output=9, cached=16, reasoning=8)
    assert {reply.request_id for reply in replies} == {"req-1"}
    assert all(reply.latency_ms is not None and reply.dropped == {} for reply in replies)
    assert "n" not in judge.body(samples(1)[0]), "how votes travel is no part of a call's identity"


async def test_one_sample_is_asked_for_without_a_number(endpoint: Endpoint) -> None:
    endpoint.will(Answer(completion()))
    await together(judge_at(endpoint), samples(1))
    assert "n" not in endpoint.seen[0].body


@pytest.mark.parametrize(
    "refusal",
    [
        refusal_of("n", "Only one choice, please."),
        refusal_of(None, "Field 'n': Value must be between 1 <= value <= 1, but got 3"),
        Answer({"detail": [{"type": "extra_forbidden", "loc": ["body", "n"], "msg": "x"}]}, status=422),
    ],
    ids=["param", "llama.cpp", "pydantic"],
)
async def test_a_server_that_refuses_several(endpoint: Endpoint, refusal: Answer) -> None:
    endpoint.will(refusal, *(Answer(completion(text)) for text in "345"))
    judge = judge_at(endpoint)
    replies = await together(judge, samples(3))
    assert [reply.text for reply in replies] == ["3", "4", "5"]
    assert [seen.body.get("n") for seen in endpoint.seen] == [3, None, None, None]
    assert [reply.usage.output for reply in replies] == [9, 9, 9]
    assert judge.capabilities.samples == 1
    assert [len(bundle) for bundle in judge.bundles(samples(3))] == [1, 1, 1]


async def test_a_server_that_ignores_how_many_are_asked_for(endpoint: Endpoint) -> None:
    endpoint.will(*(Answer(completion(text)) for text in "345"))
    judge = judge_at(endpoint)
    replies = await together(judge, samples(3))
    assert [reply.text for reply in replies] == ["3", "4", "5"]
    assert [seen.body.get("n") for seen in endpoint.seen] == [3, None, None]
    assert "sent 1 replies" in judge.learned["n"]
    assert all(reply.dropped == {} for reply in replies), "every vote came; only the way was another"


async def test_an_error_about_something_else_is_not_taken_for_the_number(endpoint: Endpoint) -> None:
    endpoint.will(refusal_of(None, "Something is not right in it."))
    judge = judge_at(endpoint)
    with pytest.raises(ProviderError) as caught:
        await together(judge, samples(3))
    assert caught.value.kind is FailureKind.BAD_REQUEST
    assert len(endpoint.seen) == 1 and judge.learned == {}


async def test_a_verdict_is_asked_for_by_a_schema(endpoint: Endpoint) -> None:
    endpoint.will(Answer(completion(PASSED)))
    judge = judge_at(endpoint)
    (reply,) = await asked(judge, CHECK)
    schema = endpoint.seen[0].body["response_format"]["json_schema"]
    assert schema["strict"] is True and schema["schema"] == verdict_schema(CHECK)
    room = endpoint.seen[0].body["max_completion_tokens"] - CHECK.max_tokens
    assert len('{"reasons": "", "verdict": "pass"}') <= room < 60, "the braces take no room from the reasons"
    assert reply.text == PASSED and reply.said.endswith("[[pass]]")
    vote = vote_of(reply)
    assert (vote.label, vote.rationale, vote.raw) == ("pass", "All of it is true.", PASSED)
    assert judge.capabilities.schema is True
    body = dict(judge.body(CHECK))
    assert {name: body[name] for name in endpoint.seen[0].body} == endpoint.seen[0].body


async def test_a_verdict_in_a_code_fence(endpoint: Endpoint) -> None:
    endpoint.will(Answer(completion(f"```json\n{PASSED}\n```")))
    (reply,) = await asked(judge_at(endpoint), CHECK)
    assert vote_of(reply).label == "pass"
    assert reply.dropped == {}


async def test_the_ladder_by_refusals(endpoint: Endpoint) -> None:
    endpoint.will(
        refusal_of("response_format", "response_format is not available"),
        refusal_of(None, "tool_choice: this model calls no tools"),
        refusal_of(None, "unknown field `grammar`"),
        Answer(completion("Fine.\n[[pass]]")),
    )
    judge = judge_at(endpoint)
    before = judge.body(CHECK)
    (reply,) = await asked(judge, CHECK)
    parts = ("response_format", "tools", "grammar")
    assert [[part in seen.body for part in parts] for seen in endpoint.seen] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
        [False, False, False],
    ]
    function = endpoint.seen[1].body["tools"][0]["function"]
    assert function["strict"] is True and function["parameters"] == verdict_schema(CHECK)
    assert endpoint.seen[1].body["tool_choice"]["function"]["name"] == function["name"]
    assert CHECK.form is not None
    assert endpoint.seen[2].body["grammar"] == grammar(CHECK.form, CHECK.labels)
    limits = [seen.body["max_completion_tokens"] - CHECK.max_tokens for seen in endpoint.seen]
    formats = ("schema", "tool", "grammar", "text")
    assert limits == [demanded(CHECK, format) for format in formats] and limits[-1] == 0
    assert vote_of(reply).label == "pass" and reply.said == ""
    assert "not available" in reply.dropped["response_format"]
    known = judge.capabilities
    assert (known.schema, known.tool, known.grammar) == (False, False, False)
    assert judge.body(CHECK) == before


async def test_the_ladder_by_being_ignored(endpoint: Endpoint) -> None:
    plain = Answer(completion("Fine.\n[[pass]]"))
    endpoint.will(plain, plain, Answer(completion("So it is.\n[[fail]]")))
    judge = judge_at(endpoint)
    first, second, third = await asked(judge, CHECK, CHECK, CHECK)
    assert [sorted({"response_format", "tools", "grammar"} & set(seen.body)) for seen in endpoint.seen] == [
        ["response_format"],
        ["tools"],
        ["grammar"],
    ]
    assert [vote_of(reply).label for reply in (first, second, third)] == ["pass", "pass", "fail"]
    for reply in (first, second, third):
        assert reply.dropped["response_format"].endswith("sent plain text, though asked for JSON.")


@pytest.mark.parametrize(
    ("answer", "learned"),
    [
        (completion("The answer goes on and on", finish_reason="length"), True),
        (completion('{"reasons": "The answer goes on and', finish_reason="length"), False),
        (completion("<think>Let me see", finish_reason="length"), False),
        (completion("", finish_reason="length"), False),
        (completion("I will not.", finish_reason="content_filter"), False),
    ],
    ids=["text", "json", "thinking", "nothing", "refusal"],
)
async def test_what_a_reply_that_was_cut_teaches(
    endpoint: Endpoint, answer: dict[str, Any], learned: bool
) -> None:
    endpoint.will(Answer(answer))
    judge = judge_at(endpoint)
    await asked(judge, CHECK)
    assert ("response_format" in judge.learned) is learned


async def test_a_call_of_a_tool_is_the_reply(endpoint: Endpoint) -> None:
    endpoint.will(Answer(calling(PASSED)))
    (reply,) = await asked(judge_at(endpoint, verdict_format="tool"), CHECK)
    assert reply.text == PASSED and reply.finish == "stop"
    assert vote_of(reply).label == "pass"


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("verdict", "status"), [("pass", Status.OK), ("9", Status.UNPARSED)])
async def test_words_before_the_call_of_a_tool(
    endpoint: Endpoint, verdict: str, status: Status, streamed: bool
) -> None:
    given = json.dumps({"reasons": "All of it is true.", "verdict": verdict})
    whole = calling(given, "I call it.")
    delta = {
        "choices": [{"index": 0, "delta": whole["choices"][0]["message"], "finish_reason": "tool_calls"}]
    }
    endpoint.will(Answer(events=[("", delta), ("", "[DONE]")]) if streamed else Answer(whole))
    judge = judge_at(endpoint, verdict_format="tool")
    reply = await judge.ask(CHECK, timeout=5, on_text=(lambda piece: None) if streamed else None)
    await judge.close()
    assert reply.text == f"I call it.\n{given}"
    assert vote_of(reply).status is status
    assert judge.learned == {} and judge.capabilities.tool is True


async def test_a_streamed_call_of_a_tool(endpoint: Endpoint) -> None:
    pieces = [
        {"index": 0, "function": {"arguments": PASSED[:20]}},
        {"index": 0, "function": {"arguments": PASSED[20:]}},
    ]
    events: list[tuple[str, object]] = [
        ("", {"choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]}) for piece in pieces
    ]
    done = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
    endpoint.will(Answer(events=[*events, ("", done), ("", "[DONE]")]))
    judge = judge_at(endpoint, verdict_format="tool")
    reply = await judge.ask(CHECK, timeout=5, on_text=lambda piece: None)
    await judge.close()
    assert reply.text == PASSED and vote_of(reply).label == "pass"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ('{"reasons": "Hm.", "verdict": "perhaps"}', Status.UNPARSED),
        ('{"reasons": "Hm.", "label": "pass"}', Status.UNPARSED),
        ('{"answer": "All is well. [[pass]]"}', Status.OK),
    ],
)
async def test_json_that_breaks_the_schema_is_read_as_text(
    endpoint: Endpoint, text: str, status: Status
) -> None:
    endpoint.will(Answer(completion(text)))
    judge = judge_at(endpoint)
    (reply,) = await asked(judge, CHECK)
    assert reply.said == "" and reply.text == text
    assert vote_of(reply).status is status
    assert judge.learned == {}, "it did send JSON"


async def under_way_at_once(
    judge: OpenAIJudge, endpoint: Endpoint, count: int, first: Answer, *later: Answer
) -> list[JudgeReply]:
    """As many calls, all of them sent before any is answered.

    Args:
        first: the answer to each of them.
        later: answers to what is sent after that.
    """
    hold = threading.Event()
    endpoint.will(*[replace(first, hold=hold)] * count, *later)
    tasks = []
    for _ in range(count):
        endpoint.arrived.clear()
        tasks.append(asyncio.create_task(judge.ask(CHECK, timeout=30)))
        await asyncio.to_thread(endpoint.arrived.wait, 10)
    hold.set()
    try:
        return await asyncio.gather(*tasks)
    finally:
        await judge.close()


async def test_calls_under_way_at_once_do_not_push_each_other_down(endpoint: Endpoint) -> None:
    """Each answer teaches something of what its own call was asked for, and of nothing else."""
    judge = judge_at(endpoint)
    replies = await under_way_at_once(judge, endpoint, 4, Answer(completion("Fine.\n[[pass]]")))
    assert ["response_format" in seen.body for seen in endpoint.seen] == [True] * 4
    assert set(judge.learned) == {"response_format"}
    assert [vote_of(reply).label for reply in replies] == ["pass"] * 4


@pytest.mark.parametrize(
    ("option", "part"),
    [("schema", "response_format"), ("tool", "tools"), ("grammar", "grammar"), ("text", "")],
)
async def test_a_format_that_was_chosen(endpoint: Endpoint, option: str, part: str) -> None:
    endpoint.will(Answer(completion("7")))
    of = starter_rubric("mine", "mt-bench-single")
    protocol = get_protocol("mt-bench-single")
    published = protocol.plan(of, an_item(protocol, of), ScoreSource.SINGLE)[0]
    name = f"lab:m?format={option}"
    judge = OpenAIJudge.open(name, f"m?format={option}", base_url=f"{endpoint.url}/v1", key_env="")
    await asked(judge, published)
    assert {"response_format", "tools", "grammar"} & set(endpoint.seen[0].body) == ({part} if part else set())
    assert endpoint.seen[0].body["model"] == "m"
    assert judge.judge == name


async def test_a_published_wording_is_left_as_it_is(endpoint: Endpoint) -> None:
    endpoint.will(Answer(completion("7")))
    await asked(judge_at(endpoint), replace(CHECK, structured=False))
    assert not {"response_format", "tools", "grammar"} & set(endpoint.seen[0].body)


async def test_how_hard_it_thinks(endpoint: Endpoint, request_one: JudgeRequest) -> None:
    endpoint.will(
        Answer(completion()), refusal_of("reasoning_effort", "no such effort"), Answer(completion())
    )
    judge = OpenAIJudge.open("lab:m", "m?effort=low&format=text", base_url=f"{endpoint.url}/v1", key_env="")
    first, second = await asked(judge, request_one, request_one)
    assert endpoint.seen[0].body["reasoning_effort"] == "low"
    assert "reasoning_effort" not in endpoint.seen[2].body
    assert "reasoning_effort" not in first.dropped and "reasoning_effort" in second.dropped


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("effrt=low", "Did you mean effort"),
        ("zzz=1", "The options are effort, format, api"),
        ("effort=lots", "Use none, minimal, low, medium, high, xhigh, max"),
        ("format=", "Use schema, tool, grammar, text"),
        ("api=chats", "Use chat, responses"),
    ],
)
def test_options_that_are_none(options: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        OpenAIJudge.open("lab:m", f"m?{options}", base_url="http://127.0.0.1:9", key_env="")
    assert words in str(caught.value.hint)


def test_a_cache_key_is_the_rubrics_and_openais(endpoint: Endpoint) -> None:
    def one(text: str, stable: int) -> JudgeRequest:
        return JudgeRequest((Message("system", "You are a judge."), Message("user", text)), stable=stable)

    openai = OpenAIJudge("openai:m", "m", base_url="https://api.openai.com/v1", key=Secret(KEY))
    stable = len("You are a judge.Rubric. ")
    first, second = one("Rubric. Item 1", stable), one("Rubric. Item 2", stable)
    key = openai.body(first)["prompt_cache_key"]
    assert key == openai.body(second)["prompt_cache_key"]
    assert key == hashlib.sha256(b"You are a judge.Rubric. ").hexdigest()[:32]
    assert key != openai.body(one("Other!. Item 1", stable))["prompt_cache_key"]
    assert "prompt_cache_key" not in openai.body(one("Rubric. Item 1", 0))
    assert "prompt_cache_key" not in judge_at(endpoint).body(first), "another server may not know the word"


@pytest.mark.parametrize(
    "message",
    [
        {"content": "It is so.\n[[fail]]", "reasoning_content": "Surely [[pass]]."},
        {"content": "It is so.\n[[fail]]", "reasoning": "Surely [[pass]]."},
        {"content": "<think>Surely [[pass]].</think>\nIt is so.\n[[fail]]"},
        {"content": "Surely [[pass]].</think>\nIt is so.\n[[fail]]"},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "[[pass]]"}]},
                     {"type": "text", "text": "It is so.\n[[fail]]"}]},
        {"content": [{"type": "reasoning", "text": "[[pass]]"}, {"type": "text", "text": "[[fail]]"}]},
        {"content": '<think>{"reasons": "x", "verdict": "pass"}</think>{"reasons": "y", "verdict": "fail"}'},
    ],
)  # fmt: skip
async def test_thinking_is_no_verdict(endpoint: Endpoint, message: dict[str, Any]) -> None:
    endpoint.will(Answer(completion(message={"role": "assistant", **message})))
    (reply,) = await asked(judge_at(endpoint), CHECK)
    assert vote_of(reply).label == "fail"
    assert reply.usage.reasoning == 8


@pytest.mark.parametrize(
    "message",
    [{"content": "<think>Surely [[pass]]."}, {"content": None, "reasoning_content": "Surely [[pass]]."}],
)
async def test_thinking_alone_is_no_verdict_either(endpoint: Endpoint, message: dict[str, Any]) -> None:
    endpoint.will(Answer(completion(message={"role": "assistant", **message}, finish_reason="length")))
    (reply,) = await asked(judge_at(endpoint), CHECK)
    vote = vote_of(reply)
    assert vote.status is Status.UNPARSED and vote.label is None
    assert vote.usage.reasoning == 8


async def test_streamed_thinking_is_passed_over(endpoint: Endpoint) -> None:
    deltas = [{"reasoning_content": "Surely [[pass]]."}, {"content": "It is so.\n"}, {"content": "[[fail]]"}]
    events: list[tuple[str, object]] = [("", {"choices": [{"index": 0, "delta": delta}]}) for delta in deltas]
    done = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    endpoint.will(Answer(events=[*events, ("", done), ("", "[DONE]")]))
    judge, pieces = judge_at(endpoint, verdict_format="text"), list[str]()
    reply = await judge.ask(CHECK, timeout=5, on_text=pieces.append)
    await judge.close()
    assert pieces == ["It is so.\n", "[[fail]]"]
    assert vote_of(reply).label == "fail"


async def test_a_server_on_this_machine_counts(endpoint: Endpoint) -> None:
    endpoint.will(Answer({"object": "response.input_tokens", "input_tokens": 321}))
    judge = judge_at(endpoint)
    count = await judge.count_there(CHECK, 5)
    await judge.close()
    assert count is not None and (count.tokens, count.exact) == (321, True)
    seen = endpoint.seen[0]
    assert seen.path == "/v1/responses/input_tokens"
    assert seen.body["input"][0] == {"role": "system", "content": CHECK.messages[0].content}
    assert seen.body["text"]["format"]["schema"] == verdict_schema(CHECK)
    assert set(seen.body) == {"model", "input", "text"}


@pytest.mark.parametrize(
    "answer",
    [
        Answer({"error": {"message": "no such path"}}, status=404),
        Answer({"input_tokens": None}),
        Answer({"hello": "world"}),
        Answer(b"<!doctype html>", kind="text/html"),
        Answer(cut=True),
    ],
    ids=["404", "null", "other", "html", "cut"],
)
async def test_a_server_that_does_not_count(endpoint: Endpoint, answer: Answer) -> None:
    endpoint.will(answer)
    judge = judge_at(endpoint)
    assert await judge.count_there(CHECK, 5) is None
    await judge.close()


async def test_counting_does_not_wait_longer_than_it_may(endpoint: Endpoint) -> None:
    endpoint.will(Answer({"input_tokens": 1}, hold=threading.Event()))
    judge = judge_at(endpoint)
    await judge._connect()
    assert await judge.count_there(CHECK, 0.1) is None
    await judge.close()


async def test_somebody_else_is_not_asked_to_count() -> None:
    judge = OpenAIJudge("far:m", "m", base_url="https://judges.example/v1", key=None)
    assert await judge.count_there(CHECK, 5) is None
    assert judge._client is None, "nothing was sent"


async def test_broken_text_is_not_counted(endpoint: Endpoint) -> None:
    judge = judge_at(endpoint)
    assert await judge.count_there(JudgeRequest((Message("user", "a\ud800b"),)), 5) is None
    await judge.close()
    assert endpoint.seen == []
