"""Conversations: questions, references and answers turn by turn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from judgetui.core.item import Item
from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.rubric import TemplateMessage
from judgetui.core.vote import ScoreSource
from judgetui.errors import ItemError

QUESTIONS = ["What is 6 times 7?", "And half of it?"]


def prompts(protocol: str, item: Item, **changes: Any) -> list[tuple[str, str]]:
    of = replace(starter_rubric("mine", protocol), **changes)
    request = get_protocol(protocol).plan(of, item, ScoreSource.SINGLE)[0]
    return [(message.role, message.content) for message in request.messages]


def one(**fields: object) -> Item:
    return Item("i1", (("42.", "21."),), {"question": QUESTIONS} | fields)


def in_order(text: str, *parts: str) -> bool:
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


def test_a_conversation_is_shown_turn_by_turn() -> None:
    (system, told), (user, shown) = prompts("mt-bench-single-multi-turn", one())
    assert (system, user) == ("system", "user")
    assert in_order(shown, QUESTIONS[0], "42.", QUESTIONS[1], "21.")
    assert "[[rating]]" in told and "[[rating]]" not in shown


def test_references_stand_before_the_conversation() -> None:
    item = one(reference=["It is 42.", "It is 21."])
    _, (_, shown) = prompts("mt-bench-single-ref-multi-turn", item)
    assert in_order(shown, "It is 42.", "It is 21.", "The Start of the Conversation", "[Assistant]\n42.")


def test_two_conversations_stand_one_after_the_other() -> None:
    item = Item("i1", (("42.", "21."), ("43.", "22.")), {"question": QUESTIONS})
    _, (_, shown) = prompts("mt-bench-pair-multi-turn", item)
    assert in_order(shown, "42.", "21.", "43.", "22.")
    assert shown.count(QUESTIONS[1]) == 2


def test_a_chat_gives_its_questions() -> None:
    chat = [
        {"role": "user", "content": QUESTIONS[0]},
        {"role": "assistant", "content": "not judged"},
        {"role": "user", "content": QUESTIONS[1]},
    ]
    _, (_, shown) = prompts("mt-bench-single-multi-turn", one(question=chat))
    assert in_order(shown, QUESTIONS[0], QUESTIONS[1]) and "not judged" not in shown


def test_a_template_reaches_single_turns() -> None:
    own = (TemplateMessage("user", "{{ turns[1].question }}|{{ turns[1].response }}|{{ turns | length }}"),)
    assert prompts("mt-bench-single-multi-turn", one(), template=own) == [("user", f"{QUESTIONS[1]}|21.|2")]


@pytest.mark.parametrize("response", ["42.", ("42.",), ("42.", "21.", "10.5")])
def test_answers_and_questions_must_go_together(response: str | tuple[str, ...]) -> None:
    with pytest.raises(ItemError, match="to 2 questions"):
        prompts("mt-bench-single-multi-turn", Item("i1", (response,), {"question": QUESTIONS}))
