"""Lint: each finding on a rubric that deserves it, none on one that does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from judgetui.core.lint import Finding, lint
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale

CLEAN = Rubric(
    "r",
    "g-eval",
    "Judge.",
    (Criterion("c", "It is right."),),
    scale=NumericScale(1, 5, {1: "bad", 5: "good"}),
    inputs=(InputField("question"),),
    steps=("Read.",),
)
SINGLE = replace(CLEAN, protocol="mt-bench-single", steps=())
PAIR = replace(CLEAN, protocol="mt-bench-pair", steps=(), scale=None)


def own(text: str) -> tuple[TemplateMessage, ...]:
    return (TemplateMessage("user", text),)


@pytest.mark.parametrize("rubric", [CLEAN, SINGLE, PAIR], ids=lambda rubric: rubric.protocol)
def test_a_sound_rubric_has_no_findings(rubric: Rubric) -> None:
    assert lint(rubric) == []


@pytest.mark.parametrize(
    ("base", "changes", "level", "field", "message"),
    [
        (PAIR, {"scale": NumericScale(1, 5)}, "warning", "scale", "mt-bench-pair does not use `scale`"),
        (SINGLE, {"steps": ("Read.",)}, "warning", "steps", "mt-bench-single does not use `steps`"),
        (PAIR, {"steps": ("Read.",)}, "warning", "steps", "does not use `steps`"),
        (CLEAN, {"order": "seeded"}, "warning", "order", "g-eval does not use `order`"),
        (SINGLE, {"sampling": Sampling(top_logprobs=5)}, "warning", "sampling.top_logprobs", "does not use"),
        (CLEAN, {"steps": ()}, "warning", "steps", "no evaluation steps"),
        (
            CLEAN,
            {"scale": NumericScale(1, 5, {3: "so-so"})},
            "warning",
            "scale",
            "neither end of the scale, 1 or 5",
        ),
        (CLEAN, {"scale": None}, "warning", "scale", "neither end"),
        (CLEAN, {"scale": LabelScale(("bad", "good"))}, "warning", "scale", "bad or good"),
        (CLEAN, {"criteria": (Criterion("c"),)}, "warning", "criteria.0.description", "c has no description"),
        (CLEAN, {"criteria": (Criterion("c", "d", 0),)}, "error", "criteria", "every weight is 0"),
        (CLEAN, {"task": " "}, "warning", "task", "the task is empty"),
        (
            CLEAN,
            {"template": own("{{ response }}{{ steps }}")},
            "warning",
            "inputs.0",
            "never shows 'question'",
        ),
        (CLEAN, {"template": own("{{ fields }}{{ steps }}")}, "error", "template", "never shows 'response'"),
        (
            PAIR,
            {"template": own("{{ fields }}{{ response_a }}")},
            "error",
            "template",
            "never shows 'response_b'",
        ),
        (CLEAN, {"template": own("{{ respons }}")}, "error", "template.0.content", "unknown field 'respons'"),
        (CLEAN, {"protocol": "g-evil"}, "error", "protocol", "not a known protocol"),
    ],
)
def test_each_finding(base: Rubric, changes: dict[str, Any], level: str, field: str, message: str) -> None:
    found = lint(replace(base, **changes))
    assert [(finding.level, finding.field) for finding in found] == [(level, field)]
    assert message in found[0].message
    assert found[0].hint


def test_a_template_of_the_rubric_s_own_decides_what_is_used() -> None:
    shown = own("{{ fields }}{{ response }}{{ steps }}")
    assert lint(replace(SINGLE, steps=("Read.",), template=shown)) == []
    pair = own("{{ fields }}{{ response_a }}{{ response_b }}{{ scale.low }}")
    assert lint(replace(PAIR, scale=NumericScale(1, 5), template=pair)) == []
    assert lint(replace(CLEAN, steps=(), template=own("{{ fields }}{{ response }}"))) == []


def test_errors_come_first() -> None:
    found = lint(replace(CLEAN, task="", criteria=(Criterion("c", "", 0),)))
    assert [finding.level for finding in found] == ["error", "warning", "warning"]
    assert isinstance(found[0], Finding)


def test_a_template_that_cannot_be_rendered_is_found_without_an_item() -> None:
    broken = "{{ response }}\n{{ task.__class__.__mro__ }}"
    rubric = replace(CLEAN, template=(TemplateMessage("user", broken),))
    assert [f.line for f in lint(rubric) if "cannot be rendered" in f.message] == [2]
    fine = replace(
        CLEAN, template=(TemplateMessage("user", "{{ response }} {{ question }} {{ scale.low }}"),)
    )
    assert not any("cannot be rendered" in finding.message for finding in lint(fine))


def test_steps_that_a_template_leaves_out_are_the_templates_affair() -> None:
    rubric = replace(
        CLEAN, steps=("Look.",), template=(TemplateMessage("user", "{{ response }} {{ question }}"),)
    )
    (finding,) = [finding for finding in lint(rubric) if finding.field == "steps"]
    assert "template" in finding.message


def test_a_template_without_a_scale_needs_no_anchors() -> None:
    rubric = replace(CLEAN, scale=NumericScale(1, 5), steps=(), template=own("{{ question }} {{ response }}"))
    assert lint(rubric) == []
    assert lint(replace(rubric, template=own("{{ fields }} {{ response }} {{ scale.low }}"))) != []


def test_a_conversations_turns_show_question_and_reference() -> None:
    rubric = replace(
        PAIR,
        protocol="mt-bench-pair-ref-multi-turn",
        inputs=(InputField("question"), InputField("reference"), InputField("context")),
        template=own("{{ turns[0].question }} {{ turns[1].response_a }} {{ turns[1].response_b }}"),
    )
    assert [(finding.field, finding.level) for finding in lint(rubric)] == [("inputs.2", "warning")]


def test_a_scale_that_names_the_answers_is_used() -> None:
    rubric = replace(
        PAIR,
        protocol="alpaca-eval-2",
        scale=LabelScale(("A", "B")),
        template=own("{{ fields }}{{ responses }}"),
    )
    assert lint(rubric) == []
    assert [finding.field for finding in lint(replace(rubric, scale=NumericScale(1, 5)))] == ["scale"]
