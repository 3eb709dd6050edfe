"""Vicuna's prompts: one rubric that chooses by category, filled as upstream fills it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from judgetui.core.item import Item
from judgetui.core.request import Order
from judgetui.core.rubric import Sampling, TemplateMessage
from judgetui.core.template import render
from judgetui.errors import InputError
from judgetui.interchange.reading import Imported
from judgetui.interchange.vicuna import READER, routed
from tests.interchange.sources import HOSTILE, imported, sent

TEMPLATE = "[Q]\n{question}\n\n[1]\n{answer_1}\n\n[2]\n{answer_2}\n\n[System]\n{prompt}\n\n"
PROMPTS: list[dict[str, Any]] = [
    {
        "prompt_id": number,
        "system_prompt": "Be precise.",
        "prompt_template": TEMPLATE,
        "defaults": {"prompt": f"Two scores for {category}: {{x}} {{{{y}}}}\n\n1. Go {{% on %}}."},
        "category": category,
    }
    for number, category in enumerate(("general", "coding", "math"), 1)
]
REVIEWERS: list[dict[str, Any]] = [
    {"prompt_id": n, "metadata": {"temperature": 0.2, "max_tokens": 1024}, "category": each["category"]}
    for n, each in enumerate(PROMPTS, 1)
]


def lines(entries: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def read(prompts: list[dict[str, Any]], reviewers: list[dict[str, Any]] | None = None) -> Imported:
    files = {} if reviewers is None else {"tool/reviewer.jsonl": lines(reviewers)}
    (found,) = imported(READER, lines(prompts), "tool/prompt.jsonl", None, **files)
    return found


def user(found: Imported, category: str | None, *answers: str) -> str:
    assert found.rubric is not None, found.reason
    item = Item("i", answers or ("one", "two"), {"question": "Why?"}, category=category)
    (system, text) = sent(found.rubric, item, Order.AB)
    assert (system[0], text[0]) == ("system", "user")
    return text[1]


def filled(number: int, one: str = "one", two: str = "two") -> str:
    entry = PROMPTS[number]
    template: str = entry["prompt_template"]
    return template.format(question="Why?", answer_1=one, answer_2=two, **entry["defaults"])


@pytest.mark.parametrize("reviewers", [None, REVIEWERS])
@pytest.mark.parametrize("value", HOSTILE)
def test_the_category_chooses_the_prompt(value: str, reviewers: list[dict[str, Any]] | None) -> None:
    found = read(PROMPTS, reviewers)
    for category, number in (("coding", 1), ("Math ", 2), ("general", 0), ("fermi", 0), (None, 0)):
        assert user(found, category, value, "two") == filled(number, value)
    assert found.rubric is not None
    assert "{% elif category == 'math' %}\n" in (found.rubric.template or ())[1].content


def test_reviewers_choose_the_prompt_by_number_and_the_first_is_the_default() -> None:
    reviewers = [
        {"prompt_id": 3, "category": "math"},
        {"prompt_id": 1, "category": "coding"},
        {"prompt_id": 2, "category": "coding"},  # the first of a category counts
    ]
    found = read(PROMPTS, reviewers)
    assert user(found, "fermi") == user(found, "math") == filled(2)
    assert user(found, "coding") == filled(0)


def test_sampling_is_the_first_reviewers_and_other_ones_are_noted() -> None:
    other = {"temperature": 1, "max_tokens": 5, "model": "m"}
    found = read(PROMPTS, [REVIEWERS[0], REVIEWERS[1] | {"metadata": other, "reviewer_id": 7}])
    assert found.rubric is not None
    assert found.rubric.sampling == Sampling(temperature=0.2, max_tokens=1024)
    assert "no place for metadata of the coding reviewer.model: m" in found.notes
    assert "no place for reviewer coding: reviewer_id: 7" in found.notes
    assert all(note in found.rubric.notes for note in found.notes)


def test_one_prompt_needs_no_choice() -> None:
    found = read(PROMPTS[:1])
    assert found.rubric is not None
    assert "{%" not in (found.rubric.template or ())[1].content.replace("{{ '{' }}%", "")
    assert user(found, "math") == filled(0)
    assert any("no reviewer.jsonl" in note for note in found.notes)


def test_three_classes_are_guanacos() -> None:
    classes = {"prompt": "Write the number 1 or 2, or choose 3 for a tie."}
    found = read([PROMPTS[0] | {"defaults": classes}])
    assert found.rubric is not None
    assert (found.name, found.rubric.protocol) == ("guanaco", "guanaco")
    assert user(found, None).endswith(f"[System]\n{classes['prompt']}\n\n")


def test_the_reviewers_of_a_prompt_file_have_its_prefix() -> None:
    files = {
        "tool/reviewer.jsonl": lines([{"prompt_id": 2, "category": "x"}]),
        "tool/oa_reviewer.jsonl": lines([{"prompt_id": 3, "category": "x"}]),
    }
    for name, number in (("oa_prompt_x.jsonl", 2), ("v_prompt.jsonl", 1), ("other.jsonl", 1)):
        (found,) = imported(READER, lines(PROMPTS), f"tool/{name}", None, **files)
        assert user(found, None) == filled(number)


TEXTS = st.text(st.sampled_from("ab{}%\n \t'"), max_size=12)


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS, TEXTS)
@example(["", "\n", " "], "\n", "\n")
@example([" a ", "\n a", ""], " ", "\n ")
@example(["a", "b"], "", "")
@example(["a", "b"], "", "{\n")
def test_any_texts_are_chosen_to_the_letter(texts: list[str], before: str, after: str) -> None:
    categories = ("general", "o'clock", 'a"b\\')
    routes = [(name, (before + text + after,)) for name, text in zip(categories, texts, strict=False)]
    template = [TemplateMessage("user", routed(routes))]
    for index in range(3):
        values = {"category": categories[index]}
        expected = before + texts[index if index < len(texts) else 0] + after
        assert render(template, values)[0].content == expected


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"defaults": None}, r"prompt\.jsonl:2 its template has \{prompt\}, for which there is no value"),
        ({"defaults": [1]}, "its `defaults` is a list"),
        ({"defaults": {"prompt": 1}}, "its `prompt` is a number, not text"),
        ({"system_prompt": None}, "its `system_prompt` is missing"),
        ({"prompt_template": "{question} {answer_1}"}, r"lacks \{answer_2\}"),
        ({"prompt_template": "{answer_1.x}{answer_2}"}, "more than a name"),
        (
            {"defaults": {"prompt": "Write the number 1 or 2, or choose 3."}},
            "of its prompts some ask for two scores",
        ),
    ],
)
def test_a_prompt_that_cannot_be_taken_says_why(changes: dict[str, Any], reason: str) -> None:
    found = read([PROMPTS[0], PROMPTS[1] | changes])
    assert found.rubric is None
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(f"{found.place} {found.reason}")


@pytest.mark.parametrize(
    ("reviewer", "reason"),
    [
        ({"category": "math"}, r"reviewer\.jsonl:1 its `prompt_id` is missing"),
        ({"category": "math", "prompt_id": 4}, "there are 3 prompts"),
        ({"category": "math", "prompt_id": "1"}, "text, not a number"),
        ({"prompt_id": 1}, "its `category` is missing"),
        ({"category": "math", "prompt_id": 1, "metadata": 3}, "its `metadata` is a number"),
        ({"category": "math", "prompt_id": 1, "metadata": {"temperature": 5}}, "it can be 0 to 2"),
    ],
)
def test_a_reviewer_that_cannot_be_taken_says_why(reviewer: dict[str, Any], reason: str) -> None:
    found = read(PROMPTS, [reviewer])
    assert found.rubric is None
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(f"{found.place} {found.reason}")


def test_files_of_another_kind_are_named() -> None:
    with pytest.raises(InputError, match=r"tool/prompt\.jsonl: no line has `prompt_template`"):
        read([{"question_id": 1}])
    with pytest.raises(InputError, match=r"tool/reviewer\.jsonl: the file has no reviewers"):
        read(PROMPTS, [])
