"""Where Anthropic's prompt is split and marked for its cache."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.request import JudgeRequest, Message
from judgetui.providers.anthropic.prompt import prompt_part
from tests.providers.anthropic_answers import judge_at, message, refused, text_block
from tests.providers.endpoint import Answer, Endpoint

MARK = {"cache_control": {"type": "ephemeral"}}
SYSTEM, USER = Message("system", "You are a judge."), Message("user", "The rubric. The item.")
LENGTH = len(SYSTEM.content + USER.content)

texts = st.text(st.sampled_from("ab \n"), max_size=8)
roles = st.sampled_from(["system", "developer", "user", "assistant"])
prompts = st.lists(st.builds(Message, roles, texts), min_size=1, max_size=5).map(tuple)


def marked(*texts: str) -> list[dict[str, Any]]:
    first, *rest = texts
    return [text_block(first) | MARK, *map(text_block, rest)]


def blocks_of(body: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """All contents in the order in which the API reads them; a plain text is one block."""
    contents = [body[name] for name in ("system",) if name in body]
    contents += [turn["content"] for turn in body["messages"]]
    return [[text_block(content)] if isinstance(content, str) else content for content in contents]


def part(*messages: Message, stable: int) -> dict[str, Any]:
    return prompt_part(JudgeRequest(messages, stable=stable), marked=True)


def test_a_message_is_split_where_the_rubric_ends() -> None:
    stable = len(SYSTEM.content) + len("The rubric.")
    assert part(SYSTEM, USER, stable=stable) == {
        "system": SYSTEM.content,
        "messages": [{"role": "user", "content": marked("The rubric.", " The item.")}],
    }


@pytest.mark.parametrize(
    ("stable", "system", "user"),
    [
        (0, SYSTEM.content, USER.content),
        (3, marked("You", " are a judge."), USER.content),
        (len(SYSTEM.content), marked(SYSTEM.content), USER.content),
        (LENGTH, SYSTEM.content, marked(USER.content)),
        (LENGTH + 9, SYSTEM.content, marked(USER.content)),
    ],
    ids=["nowhere", "inside of the system prompt", "behind it", "at the end", "past the end"],
)
def test_where_the_mark_is(stable: int, system: object, user: object) -> None:
    body = part(SYSTEM, USER, stable=stable)
    assert body == {"system": system, "messages": [{"role": "user", "content": user}]}


def test_no_block_is_blank() -> None:
    blank_begin, blank_end = Message("user", "\n\nItem"), Message("user", "Rubric \n")
    stable = len(SYSTEM.content)
    body = part(SYSTEM, blank_begin, stable=stable + 2)
    assert body["system"] == marked(SYSTEM.content)
    assert body["messages"][0]["content"] == "\n\nItem"
    body = part(SYSTEM, blank_end, stable=stable + 6)
    assert body["system"] == marked(SYSTEM.content)
    assert body["messages"][0]["content"] == "Rubric \n"


def test_several_system_messages_are_one_prompt() -> None:
    more = Message("developer", "Be fair.")
    stable = len(SYSTEM.content) + 2
    body = part(SYSTEM, more, USER, stable=stable)
    assert body["system"] == marked(f"{SYSTEM.content}\n\nBe", " fair.")
    assert body["messages"] == [{"role": "user", "content": USER.content}]


def test_the_mark_keeps_to_the_order_in_which_the_api_reads() -> None:
    """A system message behind the item is read before it, and is no part of the rubric's."""
    late = Message("system", "Item 7.")
    body = part(SYSTEM, USER, late, stable=LENGTH - 5)
    assert body["system"] == marked(SYSTEM.content, "\n\nItem 7.")
    assert body["messages"] == [{"role": "user", "content": USER.content}]


def test_a_lone_system_message_is_split_too() -> None:
    body = part(SYSTEM, stable=3)
    assert body == {"messages": [{"role": "user", "content": marked("You", " are a judge.")}]}


@given(prompts, st.data())
def test_blocks_are_the_messages_whatever_is_stable(
    messages: tuple[Message, ...], data: st.DataObject
) -> None:
    whole = "".join(each.content for each in messages)
    stable = data.draw(st.integers(0, len(whole)), "stable")
    request = JudgeRequest(messages, stable=stable)
    plain, body = (blocks_of(prompt_part(request, marked=mark)) for mark in (False, True))
    assert ["".join(block["text"] for block in blocks) for blocks in body] == [
        blocks[0]["text"] for blocks in plain
    ]
    in_blocks = [blocks for blocks in body if len(blocks) > 1 or "cache_control" in blocks[0]]
    assert all(block["text"].strip() for blocks in in_blocks for block in blocks)
    marks = [block for blocks in body for block in blocks if "cache_control" in block]
    assert len(marks) <= 1 and (stable or not marks)


@given(st.lists(texts.filter(str.strip), min_size=2, max_size=2), st.data())
def test_what_stands_before_the_mark_is_the_rubrics_part(contents: list[str], data: st.DataObject) -> None:
    """For the ordinary prompt; white space at the border may keep the mark before it."""
    whole = "".join(contents)
    stable = data.draw(st.integers(0, len(whole)), "stable")
    body = part(Message("system", contents[0]), Message("user", contents[1]), stable=stable)
    before, found = "", ""
    for block in (block for blocks in blocks_of(body) for block in blocks):
        before += block["text"]
        found = before if "cache_control" in block else found
    assert whole.startswith(found) and len(found) <= stable
    head = stable if stable <= len(contents[0]) else stable - len(contents[0])
    split = contents[0] if stable <= len(contents[0]) else contents[1]
    if split[:head].strip() and (split[head:].strip() or not split[head:]):
        assert found == whole[:stable]


async def test_a_server_without_a_cache(endpoint: Endpoint) -> None:
    endpoint.will(
        refused("system.0.cache_control: Extra inputs are not permitted"), Answer(message(text_block("4")))
    )
    judge = judge_at(endpoint)
    request = JudgeRequest((SYSTEM, USER), stable=len(SYSTEM.content))
    first = await judge.ask(request, timeout=5)
    second = await judge.ask(request, timeout=5)
    await judge.close()
    assert [seen.body["system"] for seen in endpoint.seen] == [
        marked(SYSTEM.content),
        SYSTEM.content,
        SYSTEM.content,
    ]
    assert set(first.dropped) == set(second.dropped) == {"cache_control"}
    assert judge.body(request)["system"] == marked(SYSTEM.content)
