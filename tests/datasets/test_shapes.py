"""Records of other tools: chats, evals, preferences, ShareGPT, FastChat's questions and answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from judgetui.core.item import Item, Label
from judgetui.datasets.shapes import Shape, shape_of
from judgetui.datasets.sources import from_path
from judgetui.errors import ItemError
from judgetui.services import intake

USER = {"role": "user", "content": "What is 2 + 2?"}
TEXT = {"type": "text", "text": "Yes,"}
SYSTEM = {"role": "system", "content": "Be brief."}


def one(*records: object) -> Item:
    text = "".join(json.dumps(record) + "\n" for record in records)
    return intake.read(intake.plan_for(intake.from_text(text))).items[0]


def test_a_chat_s_last_answer_is_judged_and_what_stands_before_is_its_conversation() -> None:
    item = one(
        {
            "messages": [SYSTEM, USER, {"role": "assistant", "content": "4"}, {"role": "user", "content": "Sure?"},
                         {"role": "assistant", "content": [TEXT, {"type": "text", "text": "4."}]}],
            "model": "m", "human": "good",
        }
    )  # fmt: skip
    assert item.responses == ("Yes,\n4.",)
    assert item.fields["question"] == "Sure?"
    assert item.fields["conversation"] == [
        SYSTEM, USER, {"role": "assistant", "content": "4"}, {"role": "user", "content": "Sure?"},
    ]  # fmt: skip
    assert (item.models, item.labels) == (("m",), (Label("human", "good"),))


def test_parts_that_are_no_text_are_named_and_tool_calls_kept() -> None:
    item = one(
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "See"}, {"type": "image_url", "image_url": {}}],
                },
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"id": "c", "function": {"name": "look"}}],
                },
                {"role": "tool", "content": "a cat", "tool_call_id": "c"},
                {"role": "assistant", "content": None, "refusal": "No."},
            ]
        }
    )
    assert item.responses == ("No.",)
    assert item.fields["question"] == "See\n[image_url]"
    assert "look" in str(item.fields["conversation"])


def test_evals_and_completions() -> None:
    item = one({"input": [SYSTEM, USER], "ideal": "4", "completion": "It is 4."})
    assert item.responses == ("It is 4.",)
    assert item.fields == {"question": USER["content"], "conversation": [SYSTEM, USER], "reference": "4"}
    several = one(
        {"prompt": [USER], "ideal": ["4", "four"], "completion": [{"role": "assistant", "content": "4"}]}
    )
    assert (several.responses, several.fields["reference"]) == (("4",), ["4", "four"])


def test_a_preference_is_a_pair_with_a_label() -> None:
    item = one(
        {
            "input": {"messages": [USER]},
            "preferred_output": [{"role": "assistant", "content": "4"}],
            "non_preferred_output": [{"role": "assistant", "content": "5"}],
        }
    )
    assert (item.responses, item.labels) == (("4", "5"), (Label("human", "A"),))


def test_sharegpt() -> None:
    item = one(
        {
            "id": "s",
            "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}],
            "system": "S",
        }
    )
    assert item.id == "s"
    assert item.responses == ("Ho",)
    assert item.fields["conversation"] == [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "Hi"},
    ]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"messages": [USER]}, "messages: no turn is the assistant's"),
        ({"messages": [USER, "x"]}, "messages.1: expected a turn, found text"),
        ({"messages": [{"content": "x"}]}, "messages.0: the turn has no role"),
        (
            {"messages": [{"role": "user", "content": 3}]},
            "messages.0.content: expected text or parts, found a number",
        ),
        (
            {"messages": [{"role": "user", "content": [3]}]},
            "messages.0.content.0: expected a part with its type",
        ),
    ],
)
def test_a_conversation_that_cannot_be_read_has_its_place(record: dict[str, object], message: str) -> None:
    with pytest.raises(ItemError) as caught:
        one(record)
    assert f"the pasted text:1: {message}" in str(caught.value)


def test_a_chat_in_a_table(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    chat = json.dumps([USER, {"role": "assistant", "content": "4"}]).replace('"', '""')
    path.write_text(f'messages,score\n"{chat}",5\n')
    plan = intake.plan_for(path, {"score": "human"})
    assert plan.words.endswith("OpenAI chats")
    (item,) = intake.read(plan).items
    assert (item.responses, item.labels) == (("4",), (Label("human", 5),))


def test_python_s_notation_in_a_table_says_so(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("conversation,response\n\"[{'role': 'user'}]\",x\n")
    with pytest.raises(ItemError, match="this is Python's notation"):
        intake.read(intake.plan_for(path))


def test_items_with_a_field_called_messages_are_items() -> None:
    assert shape_of([{"messages": [USER], "response": "x"}]) is Shape.ITEMS
    assert shape_of([{"messages": [USER]}, {"messages": [USER]}, {"response": "x"}]) is Shape.CHAT


# FastChat


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    (tmp_path / "model_answer").mkdir()
    (tmp_path / "reference_answer").mkdir()
    questions = [
        {"question_id": 81, "category": "math", "turns": ["2 + 2?", "And 3?"]},
        {"question_id": 82, "category": "writing", "turns": ["Write.", "More."]},
    ]
    lines = {"question.jsonl": questions}
    for model in ("m1", "m2"):
        lines[f"model_answer/{model}.jsonl"] = [
            {
                "question_id": each["question_id"],
                "model_id": model,
                "choices": [{"index": 0, "turns": ["a", model]}],
            }
            for each in questions
        ]
    lines["reference_answer/gpt-4.jsonl"] = [{"question_id": 81, "choices": [{"turns": ["4", "7"]}]}]
    for name, records in lines.items():
        (tmp_path / name).write_text("".join(json.dumps(record) + "\n" for record in records))
    return tmp_path


def test_mt_bench_is_joined_by_question(bench: Path) -> None:
    items = intake.read(intake.plan_for(bench)).items
    assert [item.id for item in items] == ["81-m1", "82-m1", "81-m2", "82-m2"]
    assert items[2] == Item(
        "81-m2",
        (("a", "m2"),),
        {"question": ["2 + 2?", "And 3?"], "question_id": 81, "reference": ["4", "7"]},
        ("m2",),
        category="math",
        group="81",
    )
    assert "reference" not in items[1].fields


def test_answers_are_named_beside_their_questions(bench: Path) -> None:
    source = from_path(bench / "question.jsonl", (bench / "model_answer" / "m2.jsonl",))
    assert [item.id for item in intake.read(intake.plan_for(source)).items] == ["81-m2", "82-m2"]


def test_vicuna_s_answers_are_single_texts(tmp_path: Path) -> None:
    (tmp_path / "answer").mkdir()
    (tmp_path / "question.jsonl").write_text('{"question_id": 1, "text": "Why?", "category": "generic"}\n')
    (tmp_path / "answer" / "a.jsonl").write_text(
        '{"question_id": 1, "text": "So.", "model_id": "alpaca:v1"}\n'
    )
    (item,) = intake.read(intake.plan_for(tmp_path)).items
    assert (item.id, item.responses, item.fields["question"]) == ("1-alpaca:v1", ("So.",), "Why?")


def test_problems_of_fastchat_files_are_placed(bench: Path) -> None:
    answers = bench / "model_answer" / "m2.jsonl"
    answers.write_text(answers.read_text() + '{"question_id": 99, "choices": []}\n')
    taken = intake.read(intake.plan_for(bench), skip_bad=True)
    assert len(taken.items) == 4
    assert str(taken.refused[0]).startswith(f"{answers}:3: question_id: there is no question 99")
    answers.write_text('{"question_id": 81}\n')
    with pytest.raises(ItemError, match=r"m2\.jsonl:1: choices: the answer has neither choices nor text"):
        intake.read(intake.plan_for(bench))
    for path in (bench / "model_answer").iterdir():
        path.unlink()
    with pytest.raises(ItemError, match="the folder has questions and no answers"):
        intake.plan_for(bench)
