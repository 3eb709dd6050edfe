"""promptfoo: config and prompt as the real program reads them (0.123.1, run against a mock, 23 Nov 2026)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import pytest
from ruamel.yaml import YAML

from judgetui.core.item import Item
from judgetui.core.protocols.prompting import response_text
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import prompt
from judgetui.core.request import Order
from judgetui.core.rubric import Criterion, InputField, Rubric, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.errors import ExportError
from judgetui.interchange import ExportContext, export, get_target
from judgetui.interchange.engines import render_nunjucks
from judgetui.interchange.promptfoo import pass_mark
from tests.interchange.rubrics import BARE, HOSTILE, ITEM, LABELS, PAIR, PAIR_ITEM, POINTWISE, SINGLE

TARGET = get_target("promptfoo")


def files(rubric: Rubric, **context: Any) -> dict[str, str]:
    return {str(file.path): file.text for file in export(TARGET, rubric, ExportContext(**context)).files}


def config(rubric: Rubric, **context: Any) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(files(rubric, **context)["promptfooconfig.yaml"])
    return found


def test_a_pointwise_config() -> None:
    found = config(POINTWISE, version=3, judge="openai:gpt-6-luna", items=(ITEM, BARE))
    assert found == {
        "description": "An answer version 3, exported from judgetui",
        "prompts": ["{{ response }}"],
        "providers": ["echo"],
        "defaultTest": {
            "assert": [
                {
                    "type": "llm-rubric",
                    "metric": "answer",
                    "value": 'Mind {"status": "ok"} and $5 or 50% off.',
                    "rubricPrompt": "file://rubric_prompt.json",
                    "threshold": 4,
                }
            ],
            "options": {"provider": "openai:chat:gpt-6-luna"},
        },
        "tests": [
            {
                "description": "item one",
                "vars": {"question": "Why?", "reference": "Since.", "response": "Because."},
            },
            {"description": "item two", "vars": {"question": "How?", "response": "So.\nIt is."}},
        ],
    }


def test_the_prompt_escapes_rubric_text_and_leaves_variables() -> None:
    (message,) = json.loads(files(POINTWISE)["rubric_prompt.json"])
    assert message["role"] == "system"
    assert message["content"] == (
        "{% raw %}Judge {{first_name}}'s answer.\n\nEvaluation Criteria:\n"
        'Correctness (1-5): Mind {"status": "ok"} and $5 or 50% off.\n1 = wrong\n5 = right\n\n'
        "Evaluation Steps:\n1. Read.\n2. Score {% endraw %}{{ '{%' }}{% raw %} raw %}.\n\n"
        "Example:\nQuestion: {% endraw %}{{ question }}\n"
        "{% if reference is defined %}Reference answer: {{ reference }}\n{% endif %}"
        "Response: {{ output }}\n\n"
        'Answer with one JSON object and nothing else: {"reason": string, "score": number, "pass": boolean}. '
        '"reason" is a short explanation. "score" is your whole number from 1 to 5 for correctness; '
        '"pass" is true when it is 4 or more.'
    )


@pytest.mark.parametrize(
    ("low", "high", "mark"), [(1, 5, 4), (1, 10, 8), (0, 10, 8), (0, 1, 1), (-2, 2, 1), (0, 100, 75)]
)
def test_the_pass_mark_is_three_quarters_up_the_scale(low: int, high: int, mark: int) -> None:
    assert pass_mark(NumericScale(low, high)) == mark


def test_several_criteria_are_several_weighed_assertions_and_prompts() -> None:
    found = config(SINGLE)["defaultTest"]["assert"]
    assert [(each["metric"], each["weight"], each["rubricPrompt"], each["threshold"]) for each in found] == [
        ("help.facts", 3, "file://rubric_prompt_1_facts.json", 8),
        ("help.tone", 1, "file://rubric_prompt_2_tone.json", 8),
    ]
    system, user = json.loads(files(SINGLE)["rubric_prompt_2_tone.json"])
    assert system["content"] == "You are a careful and impartial judge."
    assert "on tone: It is kind." in user["content"]
    assert "[[" not in user["content"]


def test_labels_carry_their_scores() -> None:
    (check,) = config(LABELS)["defaultTest"]["assert"]
    assert "threshold" not in check
    (message,) = json.loads(files(LABELS)["rubric_prompt.json"])
    assert "fail: score 0, pass false; pass: score 1, pass true." in message["content"]
    bare = replace(LABELS, scale=LabelScale(("bad", "fair", "good"), ("good",)))
    (message,) = json.loads(files(bare)["rubric_prompt.json"])
    assert (
        "bad: score 0, pass false; fair: score 1, pass false; good: score 2, pass true." in message["content"]
    )


def test_a_pair_is_select_best_with_the_whole_prompt() -> None:
    found = config(PAIR, items=(PAIR_ITEM,))
    assert found["prompts"] == ["{{ response_a }}", "{{ response_b }}"]
    assert found["defaultTest"]["assert"] == [
        {
            "type": "select-best",
            "metric": "pair",
            "value": "They hold.",
            "rubricPrompt": "file://rubric_prompt.json",
        }
    ]
    assert found["tests"][0]["vars"] == {"question": "Why?", "response_a": "First.", "response_b": "Second."}
    system, user = json.loads(files(PAIR)["rubric_prompt.json"])
    assert system["content"].endswith("After the explanation give your verdict.")
    assert "[The Start of Response A]\n{{ outputs[0] }}\n" in user["content"]
    assert user["content"].endswith("0 if response A is better, 1 if response B is better. There is no tie.")


def test_without_items_there_is_one_test_to_replace() -> None:
    assert config(PAIR)["tests"] == [
        {
            "description": "replace with your own",
            "vars": {
                "question": "Write the question here.",
                "context": "Write the context here.",
                "response_a": "Write the response a here.",
                "response_b": "Write the response b here.",
            },
        }
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_responses_reach_the_judge_as_they_stand(text: str) -> None:
    item = Item("i", (text,), {"question": "Why?", "reference": "a: [b"})
    made = export(TARGET, POINTWISE, ExportContext(items=(item,)))
    assert made.differences == ()
    variables = YAML(typ="safe", pure=True).load(made.files[0].text)["tests"][0]["vars"]
    # promptfoo renders the response once, as the whole of a prompt ...
    assert render_nunjucks(variables["response"], {"question": "WRONG", "x": "WRONG"}) == text
    # ... after it looked for names to fill in or to load by pattern, raw block or not.
    assert "{{ env" not in variables["response"]
    assert "{{question" not in variables["response"].replace(" ", "")
    assert not variables["response"].startswith(("file:", "package:"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_rubrics_reach_the_judge_as_they_stand(text: str) -> None:
    rubric = replace(
        POINTWISE, task=text, title=text, criteria=(Criterion("c " + text[:9], text),), steps=(f"x{text}",)
    )
    made = export(TARGET, rubric, ExportContext(items=(ITEM, BARE)))
    assert made.differences == ()
    (check,) = YAML(typ="safe", pure=True).load(made.files[0].text)["defaultTest"]["assert"]
    assert render_nunjucks(check["value"], {}) == (rubric.criteria[0].description or rubric.criteria[0].name)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_inputs_are_left_out_where_no_escape_works(text: str) -> None:
    changed = text.startswith(("file://", "package:")) or any(mark in text for mark in ("{{", "{%", "{#"))
    item = Item("bad", ("So.",), {"question": text})
    made = export(TARGET, POINTWISE, ExportContext(items=(item, ITEM)))
    names = [test["description"] for test in YAML(typ="safe", pure=True).load(made.files[0].text)["tests"]]
    assert names == (["item one"] if changed else ["item bad", "item one"])
    assert ("Left out" in made.files[0].note) is changed


def test_many_left_out_items_are_counted() -> None:
    items = tuple(Item(f"i{n}", ("So.",), {"question": "{{ x }}"}) for n in range(8))
    note = export(TARGET, POINTWISE, ExportContext(items=items)).files[0].note
    assert "i0, i1, i2, i3, i4 and 3 more" in note


def test_what_promptfoo_changes_is_reported() -> None:
    item = Item("i", ('{"a":  1}',), {"question": "Why?\n"})
    found = TARGET.verify(POINTWISE, item, TARGET.write(POINTWISE, ExportContext()))
    assert any("JSON in its own spacing" in difference for difference in found)
    assert any("where the screen shows" in difference for difference in found)


def test_a_broken_prompt_file_is_found_out() -> None:
    files = TARGET.write(POINTWISE, ExportContext())
    broken = [replace(file, text=file.text.replace("{% endraw %}", "")) for file in files]
    assert "Nunjucks cannot read the prompt" in TARGET.verify(POINTWISE, ITEM, broken)[0]


@pytest.mark.parametrize(
    ("rubric", "message"),
    [
        (replace(POINTWISE, inputs=(InputField("output"),)), "promptfoo keeps the name 'output'"),
        (replace(POINTWISE, inputs=(InputField("_conversation"),)), "'_conversation'"),
        (replace(LABELS, scale=LabelScale(("a", "b"))), "no labels that pass"),
        (replace(PAIR, criteria=(Criterion("a"), Criterion("b"))), "it has 2 criteria"),
        (
            replace(PAIR, template=(TemplateMessage("user", "{{ response_a | upper }}"),)),
            "does more with item fields",
        ),
    ],
)
def test_refusals(rubric: Rubric, message: str) -> None:
    with pytest.raises(ExportError, match=message):
        export(TARGET, rubric, ExportContext())


def test_the_rendered_prompt_is_the_screen_s_but_for_the_form_of_answer() -> None:
    (message,) = json.loads(files(POINTWISE)["rubric_prompt.json"])
    for item in (ITEM, BARE):
        values = {name: str(value) for name, value in item.fields.items()} | {
            "output": response_text(item.responses[0])
        }
        sent = render_nunjucks(message["content"], values)
        (shown,) = prompt(get_protocol("g-eval"), POINTWISE, item, POINTWISE.criteria[0])
        before_form = shown.content.partition("\n\nEvaluation Form")[0]
        assert sent.startswith(before_form + "\n\nAnswer with one JSON object")
    system, user = json.loads(files(PAIR)["rubric_prompt.json"])
    values = {"question": "Why?", "outputs[0]": "First.", "outputs[1]": "Second."}
    shown_pair = prompt(get_protocol("mt-bench-pair"), PAIR, PAIR_ITEM, PAIR.criteria[0], Order.AB)
    assert render_nunjucks(user["content"], values).startswith(shown_pair[1].content)
    assert shown_pair[0].content.startswith(render_nunjucks(system["content"], values).removesuffix("."))


def test_paths() -> None:
    odd = replace(SINGLE, criteria=(Criterion("Ton / Stil!"), Criterion("日本")))
    made = export(TARGET, odd, ExportContext())
    assert [file.path for file in made.files[1:]] == [
        PurePosixPath("rubric_prompt_1_ton_stil.json"),
        PurePosixPath("rubric_prompt_2.json"),
    ]
