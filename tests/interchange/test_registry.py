"""Targets: found by name, told apart, the same bytes each time, and nothing private in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from judgetui.core.item import Item
from judgetui.core.rubric import Criterion, InputField, Rubric, TemplateMessage
from judgetui.errors import ExportError
from judgetui.interchange import ExportContext, Target, export, get_target, targets
from tests.core.strategies import rubrics
from tests.interchange.rubrics import ALL, BARE, ITEM, OWN, PAIR, PAIR_ITEM, POINTWISE

CONTEXT = ExportContext(version=3, judge="openai:gpt-6-luna", items=(ITEM, BARE, PAIR_ITEM))


def test_targets_are_described_and_found() -> None:
    assert [target.name for target in targets()] == ["markdown", "json-schema", "promptfoo"]
    for target in targets():
        assert get_target(target.name) is target
        assert target.title
        assert target.describe.endswith(".")
        assert target.folder in {target.name, f"{target.name}_judge"}


def test_an_unknown_target_names_the_nearest() -> None:
    with pytest.raises(ExportError, match="Did you mean 'promptfoo'"):
        get_target("promptfo")
    with pytest.raises(ExportError, match="Known are markdown"):
        get_target("zzz")


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
@pytest.mark.parametrize("rubric", ALL, ids=lambda rubric: rubric.name)
def test_every_export_reads_back_identical(target: Target, rubric: Rubric) -> None:
    made = export(target, rubric, CONTEXT)
    assert made.differences == ()
    assert made.files
    assert export(target, rubric, CONTEXT) == made
    for file in made.files:
        assert file.text.endswith("\n")
        assert not file.path.is_absolute()
        assert ".." not in file.path.parts


@settings(max_examples=40)
@given(rubrics())
def test_any_rubric_exports_identically_or_is_refused(rubric: Rubric) -> None:
    for target in targets():
        if target.refuse(rubric) is None:
            assert export(target, rubric, ExportContext()).differences == ()


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_local_paths_and_other_judges_stay_out(target: Target) -> None:
    for judge in (
        "local:/home/kim/models/x.gguf",
        "replay:/tmp/replies.jsonl",
        "scripted:1",
        "nonsense",
        "openai:",
    ):
        made = export(target, POINTWISE, replace(CONTEXT, judge=judge))
        text = "".join(file.text for file in made.files)
        assert "kim" not in text
        assert "replies" not in text
        assert "provider: " not in text


def test_refusals_say_why() -> None:
    for template, reason in (
        ("{{ response | upper }}", "does more with item fields than print them"),
        ("{% if response|length > 5 %}{{ response }}{% endif %}", "does more with item fields"),
        ("{{ response[100] }}", "template cannot be rendered"),
    ):
        reading = replace(POINTWISE, template=(TemplateMessage("user", template),))
        for name in ("markdown", "promptfoo"):
            with pytest.raises(ExportError, match=reason):
                export(get_target(name), reading, CONTEXT)
        assert export(get_target("json-schema"), reading, CONTEXT).differences == ()


def test_too_many_optional_inputs_are_refused() -> None:
    many = replace(POINTWISE, inputs=tuple(InputField(f"field{n}", optional=True) for n in range(5)))
    with pytest.raises(ExportError, match="5 optional inputs; the most is 4"):
        export(get_target("promptfoo"), many, CONTEXT)


def test_half_a_character_is_refused() -> None:
    broken = replace(POINTWISE, criteria=(Criterion("c", "\ud83d"),))
    with pytest.raises(ExportError, match="half a character"):
        export(get_target("markdown"), broken, CONTEXT)


def test_own_templates_are_exported() -> None:
    for target in targets():
        assert export(target, replace(POINTWISE, template=(OWN,)), CONTEXT).differences == ()


def test_items_that_lack_a_field_are_not_read_back_with() -> None:
    lacking = Item("x", ("So.",), {})
    made = export(get_target("promptfoo"), POINTWISE, ExportContext(items=(lacking,)))
    assert made.differences == ()


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.name)
def test_a_changed_file_is_found_out(target: Target) -> None:
    for rubric, item in ((POINTWISE, ITEM), (PAIR, PAIR_ITEM)):
        changed = [replace(file, text=_spoilt(file.text)) for file in target.write(rubric, CONTEXT)]
        assert target.verify(rubric, item, changed)


def _spoilt(text: str) -> str:
    """Other words in a prompt, another value in a schema."""
    for old, new in (("Judge", "Praise"), ("Compare", "Prefer"), ('"tie"', '"A"'), ("    5\n", "    6\n")):
        text = text.replace(old, new)
    return text
