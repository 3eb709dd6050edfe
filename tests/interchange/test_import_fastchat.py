"""FastChat's judge prompts: which protocol, which roles, the text to the letter, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from judgetui.core.item import Item
from judgetui.core.request import Order
from judgetui.core.scale import NumericScale
from judgetui.errors import InputError
from judgetui.interchange.fastchat import READER
from tests.interchange.sources import HOSTILE, imported, sent

SINGLE = {
    "name": "one",
    "type": "single",
    "system_prompt": "Help {{nobody}}.",
    "prompt_template": "Q {question}\n{{\nA {answer}\n}} on a scale of 1 to 7\n",
    "output_format": "[[rating]]",
}
PAIR = SINGLE | {
    "name": "two",
    "type": "pairwise",
    "prompt_template": "{question} | {answer_a} | {answer_b}",
    "output_format": "[[A]]",
}
SINGLE_TURNS = "{question_1}>{answer_1}>{question_2}>{answer_2}"
PAIR_TURNS = "{question_1}>{answer_a_1}>{answer_b_1}>{question_2}>{answer_a_2}>{answer_b_2}"


def lines(*entries: dict[str, Any]) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def one(**changes: Any) -> Any:
    (found,) = imported(READER, lines(SINGLE | changes))
    return found


@pytest.mark.parametrize("value", HOSTILE)
def test_a_prompt_is_sent_as_upstream_fills_it(value: str) -> None:
    found = one()
    item = Item("i", (f"R {value}",), {"question": value})
    assert sent(found.rubric, item) == [
        ("system", SINGLE["system_prompt"]),  # upstream sends it unfilled
        ("user", SINGLE["prompt_template"].format(question=value, answer=f"R {value}")),
    ]
    assert found.rubric.scale == NumericScale(1, 7)
    (pair,) = imported(READER, lines(PAIR))
    assert pair.rubric is not None
    item = Item("i", (value, "other"), {"question": "Why?"})
    assert sent(pair.rubric, item, Order.BA)[1] == ("user", f"Why? | other | {value}")
    assert pair.rubric.scale is None


@pytest.mark.parametrize(
    ("kind", "template", "protocol", "inputs"),
    [
        ("single", "{answer}", "mt-bench-single", []),
        ("single", "{question}{answer}", "mt-bench-single", ["question"]),
        ("single", "{question}{answer}{ref_answer_1}", "mt-bench-single-ref", ["question", "reference"]),
        ("single", SINGLE_TURNS, "mt-bench-single-multi-turn", ["question"]),
        ("single", "{answer_2}", "mt-bench-single-multi-turn", ["question"]),
        (
            "single",
            SINGLE_TURNS + "{ref_answer_1}{ref_answer_2}",
            "mt-bench-single-ref-multi-turn",
            ["question", "reference"],
        ),
        ("pairwise", "{question}{answer_a}{answer_b}", "mt-bench-pair", ["question"]),
        ("pairwise", "{answer_b}{answer_a}{ref_answer_1}", "mt-bench-pair-ref", ["reference"]),
        ("pairwise", PAIR_TURNS, "mt-bench-pair-multi-turn", ["question"]),
        (
            "pairwise",
            PAIR_TURNS + "{ref_answer_2}",
            "mt-bench-pair-ref-multi-turn",
            ["question", "reference"],
        ),
    ],
)
def test_the_protocol_has_the_prompts_parts(
    kind: str, template: str, protocol: str, inputs: list[str]
) -> None:
    form = "[[rating]]" if kind == "single" else "[[A]]"
    found = one(type=kind, prompt_template=template, output_format=form)
    assert found.rubric.protocol == protocol
    assert [spec.name for spec in found.rubric.inputs] == inputs


def test_turns_are_filled_one_by_one() -> None:
    (found,) = imported(
        READER, lines(PAIR | {"prompt_template": PAIR_TURNS + "|{ref_answer_1}|{ref_answer_2}"})
    )
    assert found.rubric is not None
    item = Item("i", (("a1", "a2"), ("b1", "b2")), {"question": ["q1", "q2"], "reference": ["r1", "r2"]})
    assert sent(found.rubric, item, Order.AB)[1][1] == "q1>a1>b1>q2>a2>b2|r1|r2"
    assert sent(found.rubric, item, Order.BA)[1][1] == "q1>b1>a1>q2>b2>a2|r1|r2"


def test_an_empty_system_prompt_is_no_message() -> None:
    assert [role for role, _ in sent(one(system_prompt="").rubric, Item("i", ("R",), {"question": "Q"}))] == [
        "user"
    ]


def test_what_has_no_place_is_noted_in_the_rubric_too() -> None:
    found = one(category="math", x={"y": 1})
    assert found.notes == ("no place for category: math", "no place for x.y: 1")
    assert all(note in found.rubric.notes for note in found.notes)
    assert "FastChat, tool/file, prompt one" in found.rubric.notes


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"system_prompt": None}, "its `system_prompt` is missing"),
        ({"prompt_template": 3}, "its `prompt_template` is a number, not text"),
        ({"type": "triple"}, "its type is 'triple'"),
        ({"output_format": "[[rating_a,rating_b]]"}, r"it asks for '\[\[rating_a,rating_b\]\]'"),
        ({"prompt_template": "{question}"}, r"its template lacks \{answer\}"),
        ({"prompt_template": "{question} {answer} {mood}"}, r"has \{mood\}, for which there is no value"),
        ({"prompt_template": "{answer} {question_1}"}, r"has \{answer\}, for which there is no value"),
        ({"prompt_template": "{answer"}, "no format string: expected '}' before end of string"),
        ({"prompt_template": "{answer!r}"}, "more than a name"),
    ],
)
def test_a_prompt_that_cannot_be_taken_says_why(changes: dict[str, Any], reason: str) -> None:
    rest, refused = imported(READER, lines(PAIR, SINGLE | changes))
    assert rest.rubric is not None
    assert refused.rubric is None
    assert refused.place.line == 2
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(refused.reason)


def test_of_two_of_one_name_the_last_counts_as_upstream() -> None:
    first, second = imported(READER, lines(SINGLE, SINGLE | {"system_prompt": "Other."}))
    assert (first.rubric, second.reason) == (None, "")
    assert "line 2 has the same name" in first.reason


def test_another_file_is_named_as_such() -> None:
    with pytest.raises(InputError, match=r"tool/file: no line has .*judge_prompts\.jsonl"):
        imported(READER, lines({"question_id": 1, "turns": []}))
    with pytest.raises(InputError, match=r"tool/file: no line has"):
        imported(READER, "")
