"""Markdown: complete, readable, and never broken by what a rubric says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from hypothesis import given

from judgetui.core.item import Item
from judgetui.core.protocols.registry import rubric_hash
from judgetui.core.rubric import Criterion, Rubric
from judgetui.interchange import ExportContext, export, get_target
from judgetui.interchange.markdown import fence, file_name, literal
from tests.core.strategies import texts
from tests.interchange.rubrics import HOSTILE, ITEM, LABELS, PAIR, POINTWISE, SINGLE

TARGET = get_target("markdown")


def document(rubric: Rubric, version: int | None = None) -> str:
    (file,) = export(TARGET, rubric, ExportContext(version=version)).files
    return file.text


def test_everything_is_there_in_order() -> None:
    text = document(POINTWISE, 3)
    headings = re.findall(r"^#+ .*", text, re.MULTILINE)
    assert headings == [
        "# An answer",
        "## Task",
        "## Criteria",
        "## Scale",
        "## Evaluation steps",
        "## Reply",
        "## Prompt",
    ]
    assert f"version 3, hash `{rubric_hash(POINTWISE)}`, steps hash `{POINTWISE.steps_hash}`" in text
    assert "- **Protocol:** G-Eval (`g-eval`)." in text
    assert "- **Item fields:** `question`, `reference` (may be absent), `response`" in text
    assert "- **Sampling:** n 20, temperature 1, max_tokens 5, top_logprobs 20" in text
    assert '- **correctness**: Mind {"status": "ok"} and $5 or 50% off.' in text
    assert "| point | anchor |\n| --- | --- |\n| 1 | wrong |\n| 2 |  |" in text
    assert "1. Read.\n2. Score {% raw %}." in text
    assert "The reply starts with a scale point." in text
    assert "**system**\n\n```text\nJudge {{first_name}}'s answer." in text
    assert "Question: {question}\nReference answer: {reference}\nResponse: {response}\n" in text


def test_parts_that_a_rubric_lacks_are_left_out() -> None:
    text = document(PAIR)
    assert "## Scale" not in text
    assert "## Evaluation steps" not in text
    assert "version" not in text.splitlines()[2]
    assert "- **Order:** every pair is judged both ways round" in text
    assert "The other way round, the two responses change places." in text
    assert "{response_a}" in text
    assert "the two responses" not in document(replace(PAIR, order="as-given"))


def test_several_criteria_have_weights_and_a_prompt_each() -> None:
    text = document(SINGLE)
    assert "- **facts** (weight 3): They hold.\n- **tone** (weight 1): It is kind." in text
    assert "### facts\n" in text
    assert "### tone\n" in text
    assert text.count("**user**") == 2


def test_labels_have_values() -> None:
    assert "| point | anchor | value | passes |" in document(LABELS)
    assert "| fail | it does not | 0 | no |\n| pass |  | 1 | yes |" in document(LABELS)


@pytest.mark.parametrize("hostile", [*HOSTILE, "```\nrm\n```", "````", "## Prompt", "**user**", "| x |\n\ny"])
def test_what_a_rubric_says_cannot_break_the_document(hostile: str) -> None:
    rubric = replace(
        POINTWISE,
        title=hostile,
        task=hostile,
        steps=("a", f"b {hostile}"),
        criteria=(Criterion("c", hostile),),
    )
    made = export(TARGET, rubric, ExportContext(items=(ITEM,)))
    assert made.differences == ()
    outside = re.sub(r"(?ms)^(`{3,})text\n.*?^\1$", "", made.files[0].text)
    assert "```" not in outside.replace("\\`", "")
    assert len(re.findall(r"^## ", outside, re.MULTILINE)) == (6 if rubric.task else 5)


@given(texts(), texts(), texts())
def test_any_item_fills_the_gaps(question: str, response: str, task: str) -> None:
    rubric = replace(POINTWISE, task=task)
    item = Item("i", (response,), {"question": question})
    assert TARGET.verify(rubric, item, TARGET.write(rubric, ExportContext())) == []


def test_a_field_s_mark_gets_more_braces_where_the_rubric_has_it_in_its_text() -> None:
    rubric = replace(POINTWISE, task="Say {question} or {{response}}.")
    text = document(rubric)
    assert "Question: {{question}}\n" in text
    assert "Response: {{{response}}}\n" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b _c_ *d*", "a_b \\_c\\_ \\*d\\*"),
        ("# a\n- b\n1. c", "\\# a\\\n\\- b\\\n1\\. c"),
        ("a\n\nb", "a\n\nb"),
        ("<b> [x] `y` ~z~ a|b \\", "\\<b> \\[x\\] \\`y\\` \\~z\\~ a\\|b \\\\"),
        ("&amp; & b", "\\&amp; & b"),
        ("    code", "code"),
    ],
)
def test_literal(text: str, shown: str) -> None:
    assert literal(text) == shown


def test_fences_are_longer_than_any_inside() -> None:
    assert fence("a") == "```text\na\n```"
    assert fence("````") == "`````text\n````\n`````"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("answer", "answer"),
        ("a b/c", "a-b-c"),
        ("../x", "x"),
        ("日本", "rubric"),
        ("x" * 200, "x" * 80),
        (".", "rubric"),
    ],
)
def test_file_names_are_safe(name: str, file: str) -> None:
    assert file_name(name) == file
    (made,) = export(TARGET, replace(POINTWISE, name=name), ExportContext()).files
    assert made.path == PurePosixPath(f"{file}.md")
