"""How Anthropic's messages are asked for a verdict: by a schema, a tool or freely, and what a refusal teaches."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from threading import Barrier, Event
from typing import Any, cast

import pytest

from judgetui.core.request import Form, JudgeRequest, Message
from judgetui.errors import InputError
from judgetui.providers.anthropic.messages import AnthropicJudge
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.providers.formats import demanded, verdict_schema
from tests.providers.anthropic_answers import (
    block_delta,
    block_start,
    judge_at,
    message,
    refused,
    stream,
    text_block,
    tool_block,
)
from tests.providers.endpoint import Answer, Endpoint

FORMAT = "output_config.format"
EFFORT = "output_config.effort"
NO_THINKING = "tool_choice: Thinking may not be enabled when tool_choice forces tool use."
GIVEN = {"reasons": "It holds.", "verdict": "yes"}
SAID = "It holds.\n[[yes]]"

ASKED = JudgeRequest(
    (Message("system", "You are a judge."), Message("user", "Does it hold?")),
    labels=("yes", "no"),
    form=Form("[[", "]]", reasons=200),
    structured=True,
)
SCHEMA = verdict_schema(ASKED)
TOOL = {"name": "verdict", "description": "Give the verdict.", "strict": True, "input_schema": SCHEMA}


def forced(body: dict[str, Any]) -> bool:
    wanted = {"type": "tool", "name": "verdict", "disable_parallel_tool_use": True}
    return bool(body["tool_choice"] == wanted)


def by_tool(**more: Any) -> Answer:
    return Answer(message(tool_block(**GIVEN), stop_reason="tool_use", **more))


async def test_a_schema_is_asked_for_first(endpoint: Endpoint) -> None:
    written = json.dumps(GIVEN)
    endpoint.will(Answer(message(text_block(written))))
    judge = judge_at(endpoint)
    assert judge.capabilities.schema is None
    reply = await judge.ask(ASKED, timeout=5)
    await judge.close()
    (seen,) = endpoint.seen
    assert seen.body["output_config"] == {"format": {"type": "json_schema", "schema": SCHEMA}}
    assert not {"tools", "tool_choice", "thinking"} & set(seen.body)
    assert (reply.text, reply.said, reply.dropped) == (written, SAID, {})
    assert judge.capabilities.schema is True


@pytest.mark.parametrize(
    ("request_", "format_"),
    [(ASKED, "text"), (replace(ASKED, structured=False), ""), (replace(ASKED, form=None), "")],
    ids=["chosen", "published wording", "free text"],
)
async def test_text_is_asked_for_where_it_must_be(
    endpoint: Endpoint, request_: JudgeRequest, format_: str
) -> None:
    endpoint.will(Answer(message(text_block("[[yes]]"))))
    judge = judge_at(endpoint, verdict_format=format_)
    reply = await judge.ask(request_, timeout=5)
    await judge.close()
    assert set(endpoint.seen[0].body) == {"model", "max_tokens", "system", "messages"}
    assert (reply.text, reply.said, reply.dropped) == ("[[yes]]", "", {})


async def test_a_tool_can_be_chosen(endpoint: Endpoint) -> None:
    endpoint.will(by_tool())
    judge = judge_at(endpoint, verdict_format="tool")
    reply = await judge.ask(ASKED, timeout=5)
    await judge.close()
    body = endpoint.seen[0].body
    assert body["tools"] == [TOOL] and forced(body) and "output_config" not in body
    assert (json.loads(reply.text), reply.said, reply.finish) == (GIVEN, SAID, "stop")
    assert judge.capabilities.tool is True


async def test_text_before_a_tool_call_is_kept(endpoint: Endpoint) -> None:
    endpoint.will(Answer(message(text_block("I call it."), tool_block(**GIVEN))))
    judge = judge_at(endpoint, verdict_format="tool")
    reply = await judge.ask(ASKED, timeout=5)
    await judge.close()
    first, second = reply.text.split("\n")
    assert first == "I call it." and json.loads(second) == GIVEN
    assert reply.said == SAID
    assert judge.learned == {}


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_tool_that_was_called_with_no_label_is_a_tool_that_was_called(
    endpoint: Endpoint, streamed: bool
) -> None:
    off = GIVEN | {"verdict": "9"}
    blocks = (text_block("I call it."), tool_block(**off))
    events = stream(*(block_start(at, block) for at, block in enumerate(blocks)), stop="tool_use")
    endpoint.will(Answer(events=events) if streamed else Answer(message(*blocks, stop_reason="tool_use")))
    judge = judge_at(endpoint, verdict_format="tool")
    reply = await judge.ask(ASKED, timeout=5, on_text=(lambda piece: None) if streamed else None)
    await judge.close()
    assert (reply.text, reply.said) == (f"I call it.\n{json.dumps(off)}", "")
    assert reply.dropped == judge.learned == {}
    assert judge.capabilities.tool is True


async def test_down_the_ladder(endpoint: Endpoint) -> None:
    endpoint.will(
        refused("output_config.format: Extra inputs are not permitted"),
        refused("tools.0.custom.strict: Extra inputs are not permitted"),
        Answer(message(text_block("[[yes]]"))),
    )
    judge = judge_at(endpoint)
    before = judge.body(ASKED)
    first = await judge.ask(ASKED, timeout=5)
    second = await judge.ask(ASKED, timeout=5)
    await judge.close()
    bodies = [seen.body for seen in endpoint.seen]
    assert [set(body) & {"output_config", "tools", "tool_choice"} for body in bodies] == [
        {"output_config"},
        {"tools", "tool_choice"},
        set(),
        set(),
    ]
    room = [body["max_tokens"] - ASKED.max_tokens for body in bodies]
    assert room == [demanded(ASKED, "schema"), demanded(ASKED, "tool"), 0, 0] and room[0] > 0
    assert set(first.dropped) == {FORMAT, "tools", "tool_choice"}
    assert first.dropped == second.dropped
    assert "Extra inputs" in first.dropped[FORMAT] and "strict" in first.dropped["tools"]
    assert (judge.capabilities.schema, judge.capabilities.tool) == (False, False)
    assert judge.body(ASKED) == before, "the identity of a call does not move"


@pytest.mark.parametrize(
    "told",
    [
        "output_config: Extra inputs are not permitted",
        "'claude-test' does not support output format.",
        "Schema is too complex for compilation.",
        "json_schema: unknown",
        "Schemas are for others.",
        "This model does not support structured outputs.",
    ],
)
async def test_the_schema_is_refused_in_many_words(endpoint: Endpoint, told: str) -> None:
    endpoint.will(refused(told), by_tool())
    judge = judge_at(endpoint)
    reply = await judge.ask(ASKED, timeout=5)
    await judge.close()
    assert set(reply.dropped) == {FORMAT} and reply.said == SAID
    assert endpoint.seen[1].body["tools"] == [TOOL]


@pytest.mark.parametrize(
    "told", ["tools: not supported", "no tool here", "Schema is too complex.", "strict: unknown field"]
)
async def test_the_tool_is_refused_in_many_words(endpoint: Endpoint, told: str) -> None:
    endpoint.will(refused(told), Answer(message(text_block("[[yes]]"))))
    judge = judge_at(endpoint, verdict_format="tool")
    reply = await judge.ask(ASKED, timeout=5)
    await judge.close()
    assert set(reply.dropped) == {"tools", "tool_choice"} and reply.text == "[[yes]]"


async def test_another_process_need_not_learn_again(endpoint: Endpoint) -> None:
    endpoint.will(by_tool())
    judge = judge_at(endpoint)
    judge.recall({FORMAT: "refused yesterday", "tool_choice": "refused as well"})
    reply = await judge.ask(ASKED, timeout=5)
    await judge.close()
    assert endpoint.seen[0].body["tool_choice"]["type"] == "auto"
    assert reply.dropped == {FORMAT: "refused yesterday", "tool_choice": "sent as auto; refused as well"}


async def test_a_model_that_thinks_is_left_to_call_the_tool_itself(endpoint: Endpoint) -> None:
    endpoint.will(refused(NO_THINKING), by_tool())
    judge = judge_at(endpoint, verdict_format="tool")
    first = await judge.ask(ASKED, timeout=5)
    await judge.ask(ASKED, timeout=5)
    await judge.close()
    assert [forced(seen.body) for seen in endpoint.seen] == [True, False, False]
    assert endpoint.seen[1].body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    assert first.said == SAID
    assert set(first.dropped) == {"tool_choice"}
    assert first.dropped["tool_choice"].startswith("sent as auto; ")
    assert judge.capabilities.tool is True


async def test_a_tool_that_stays_refused_is_left_out(endpoint: Endpoint) -> None:
    endpoint.will(
        refused(NO_THINKING), refused("tool_choice: not here at all"), Answer(message(text_block("[[no]]")))
    )
    judge = judge_at(endpoint, verdict_format="tool")
    reply = await judge.ask(ASKED, timeout=5)
    await judge.close()
    assert "tools" not in endpoint.seen[2].body
    assert set(reply.dropped) == {"tools", "tool_choice"}
    assert "as auto" not in reply.dropped["tool_choice"]


async def test_calls_under_way_learn_the_same_together(endpoint: Endpoint) -> None:
    """Each of them was sent before the first one's refusal came, and none of them unlearns more than that."""
    calls = 5
    all_there = cast(Event, Barrier(calls))  # no refusal is sent before the last of these calls has come
    endpoint.will(*[replace(refused(NO_THINKING), hold=all_there)] * calls, by_tool())
    judge = judge_at(endpoint, verdict_format="tool")
    replies = await asyncio.gather(*(judge.ask(ASKED, timeout=5) for _ in range(calls)))
    await judge.close()
    assert [reply.said for reply in replies] == [SAID] * calls
    assert set(judge.learned) == {"tool_choice"}
    assert len(endpoint.seen) == 2 * calls


async def test_a_complaint_of_what_was_not_sent_teaches_nothing(endpoint: Endpoint) -> None:
    endpoint.will(refused("tools, format, effort, cache_control, output_config, schema"))
    judge = judge_at(endpoint, verdict_format="text")
    with pytest.raises(ProviderError) as caught:
        await judge.ask(ASKED, timeout=5)
    await judge.close()
    assert caught.value.kind is FailureKind.BAD_REQUEST
    assert len(endpoint.seen) == 1 and judge.learned == {}


@pytest.mark.parametrize(
    "told",
    [
        "messages: this request was blocked. For more information see the docs.",
        "The toolbox is malformed, and its information is unstructured; an effortless request is no stricter.",
        "A reformatted schematic.",
    ],
)
@pytest.mark.parametrize("format_", ["schema", "tool"])
async def test_a_part_of_a_word_names_nothing(endpoint: Endpoint, told: str, format_: str) -> None:
    endpoint.will(refused(told))
    judge = judge_at(endpoint, effort="low", verdict_format=format_)
    with pytest.raises(ProviderError) as caught:
        await judge.ask(ASKED, timeout=5)
    await judge.close()
    assert caught.value.kind is FailureKind.BAD_REQUEST
    assert len(endpoint.seen) == 1 and judge.learned == {}


async def test_a_part_that_is_refused_for_ever_is_no_endless_loop(endpoint: Endpoint) -> None:
    endpoint.will(refused("output_config, tools, tool_choice: no"))
    judge = judge_at(endpoint, effort="low")
    with pytest.raises(ProviderError) as caught:
        await judge.ask(ASKED, timeout=5)
    await judge.close()
    assert caught.value.kind is FailureKind.BAD_REQUEST
    assert len(endpoint.seen) == 5


@pytest.mark.parametrize(
    "given",
    [{"reasons": "Hm."}, {**GIVEN, "verdict": "maybe"}, {"reasons": 1, "verdict": "yes"}, {}],
    ids=["no verdict", "no label", "no text", "nothing"],
)
async def test_a_verdict_that_breaks_the_schema_is_left_to_the_parser(
    endpoint: Endpoint, given: dict[str, Any]
) -> None:
    endpoint.will(Answer(message(text_block(json.dumps(given)))), Answer(message(tool_block(**given))))
    for name in ("schema", "tool"):
        judge = judge_at(endpoint, verdict_format=name)
        reply = await judge.ask(ASKED, timeout=5)
        await judge.close()
        assert reply.said == "" and json.loads(reply.text) == given
        assert judge.learned == {}


@pytest.mark.parametrize("stop", ["end_turn", "max_tokens"])
async def test_plain_text_in_place_of_json_is_learned(endpoint: Endpoint, stop: str) -> None:
    plain = Answer(message(text_block("It holds. [[yes]]"), stop_reason=stop))
    endpoint.will(plain)
    judge = judge_at(endpoint)
    replies = [await judge.ask(ASKED, timeout=5) for _ in range(3)]
    await judge.close()
    assert [reply.said for reply in replies] == [""] * 3
    assert [sorted(reply.dropped) for reply in replies] == [[FORMAT], [FORMAT, "tools"], [FORMAT, "tools"]]
    assert "plain text" in replies[0].dropped[FORMAT]
    assert "tools" in endpoint.seen[1].body and "tools" not in endpoint.seen[2].body


@pytest.mark.parametrize(
    ("text", "stop"),
    [('{"reasons": "It ho', "max_tokens"), ("", "end_turn"), ("I won't.", "refusal")],
    ids=["cut short", "empty", "refusal"],
)
async def test_what_is_no_answer_teaches_nothing(endpoint: Endpoint, text: str, stop: str) -> None:
    endpoint.will(Answer(message(text_block(text), stop_reason=stop)))
    judge = judge_at(endpoint)
    reply = await judge.ask(ASKED, timeout=5)
    await judge.close()
    assert (reply.said, reply.dropped, judge.learned) == ("", {}, {})


async def test_a_tools_input_is_streamed_where_it_is_all_there_is(endpoint: Endpoint) -> None:
    pieces = ['{"reasons": "It ', 'holds.", ', '"verdict": "yes"}']
    blank = block_start(0, text_block(""))
    call = [
        block_start(1, {"type": "tool_use", "id": "toolu_1", "name": "verdict", "input": {}}),
        *(block_delta(1, "input_json_delta", partial_json=piece) for piece in pieces),
    ]
    words = [blank, block_delta(0, "text_delta", text="I call it.")]
    endpoint.will(
        Answer(events=stream(blank, *call, stop="tool_use")),
        Answer(events=stream(*words, *call, stop="tool_use")),
    )
    judge = judge_at(endpoint, verdict_format="tool")
    for text in (pieces, ["I call it."]):
        shown: list[str] = []
        reply = await judge.ask(ASKED, timeout=5, on_text=shown.append)
        assert shown == text
        assert (reply.said, reply.finish) == (SAID, "stop")
        assert json.loads(reply.text.split("\n")[-1]) == GIVEN
    await judge.close()


async def test_a_tools_input_that_broke_off_is_kept_as_text(endpoint: Endpoint) -> None:
    begun = '{"reasons": "It ho'
    call = [block_start(0, tool_block()), block_delta(0, "input_json_delta", partial_json=begun)]
    endpoint.will(Answer(events=stream(*call, stop="max_tokens")))
    judge = judge_at(endpoint, verdict_format="tool")
    reply = await judge.ask(ASKED, timeout=5, on_text=lambda piece: None)
    await judge.close()
    assert (reply.text, reply.said, reply.finish) == (begun, "", "length")
    assert judge.learned == {}


async def test_a_schemas_reply_is_streamed(endpoint: Endpoint) -> None:
    pieces = ['{"reasons": "It holds.", "ver', 'dict": "yes"}']
    deltas = [block_delta(0, "text_delta", text=piece) for piece in pieces]
    endpoint.will(refused("effort?"), Answer(events=stream(*deltas)))
    judge, shown = judge_at(endpoint, effort="max"), list[str]()
    reply = await judge.ask(ASKED, timeout=5, on_text=shown.append)
    await judge.close()
    assert shown == pieces
    assert (reply.said, set(reply.dropped)) == (SAID, {EFFORT})


async def test_effort_stands_beside_the_format(endpoint: Endpoint) -> None:
    endpoint.will(Answer(message(text_block(json.dumps(GIVEN)))))
    judge = judge_at(endpoint, effort="xhigh")
    await judge.ask(ASKED, timeout=5)
    await judge.close()
    config = endpoint.seen[0].body["output_config"]
    assert config == {"effort": "xhigh", "format": {"type": "json_schema", "schema": SCHEMA}}


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ("This model does not support the effort parameter.", {"format"}),
        ("output_config: unknown", {"effort"}),
    ],
)
async def test_one_of_two_settings_is_left_out(endpoint: Endpoint, told: str, left: set[str]) -> None:
    endpoint.will(refused(told), Answer(message(text_block(json.dumps(GIVEN)))))
    judge = judge_at(endpoint, effort="low")
    reply = await judge.ask(ASKED, timeout=5)
    await judge.close()
    assert set(endpoint.seen[1].body["output_config"]) == left
    assert set(reply.dropped) & {EFFORT, FORMAT} == {
        f"output_config.{n}" for n in {"effort", "format"} - left
    }


def test_options_stand_behind_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    name = "c?effort=max&format=tool"
    judge = AnthropicJudge.open(f"anthropic:{name}", name, base_url="https://example.org")
    body = judge.body(ASKED)
    assert (judge.judge, body["model"], body["output_config"]) == (
        f"anthropic:{name}",
        "c",
        {"effort": "max"},
    )
    assert body["tools"] == [TOOL]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("effort=none", "'none' is no value for c's effort"),
        ("effort=minimal", "'minimal' is no value"),
        ("format=grammar", "'grammar' is no value for c's format"),
        ("efort=low", "no option 'efort'"),
    ],
)
def test_options_that_there_are_not(options: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        AnthropicJudge.open("anthropic:c", f"c?{options}", base_url="http://localhost:1")
