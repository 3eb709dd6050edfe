"""Prompts with gaps: what optional fields change, and differences in words."""

from __future__ import annotations

from dataclasses import replace

from judgetui.core.rubric import InputField, TemplateMessage
from judgetui.interchange.prompts import Choice, Gap, Text, compared, filled, gapped_prompt, texts_of
from tests.interchange.rubrics import POINTWISE


def test_optional_fields_are_choices_of_their_lines_alone() -> None:
    (message,) = gapped_prompt(POINTWISE, POINTWISE.criteria[0])
    kinds = [type(part).__name__ for part in message.parts]
    assert kinds == ["Text", "Gap", "Text", "Choice", "Text", "Gap", "Text"]
    choice = message.parts[3]
    assert choice == Choice("reference", (Text("Reference answer: "), Gap("reference"), Text("\n")), ())


def test_two_optional_fields_that_depend_on_each_other() -> None:
    source = (
        "{% if a and b %}both {{ a }}{{ b }}{% elif a %}{{ a }} alone{% else %}none{% endif %}|{{ response }}"
    )
    rubric = replace(
        POINTWISE,
        inputs=(InputField("a", optional=True), InputField("b", optional=True)),
        template=(TemplateMessage("user", source),),
    )
    (message,) = gapped_prompt(rubric, rubric.criteria[0])
    assert filled(message.parts, {"a": "1", "b": "2", "response": "r"}) == "both 12|r"
    assert filled(message.parts, {"a": "1", "response": "r"}) == "1 alone|r"
    assert filled(message.parts, {"b": "2", "response": "r"}) == "none|r"
    assert filled(message.parts, {"response": "r"}) == "none|r"
    texts, names = texts_of([message])
    assert names == ["a", "b", "response"]
    assert "none|" in texts


def test_differences_are_told_in_words() -> None:
    assert compared([("user", "a")], [("user", "a")], "c") == []
    assert compared([("user", "a")], [], "c") == ["c: 0 messages where the screen shows 1."]
    assert compared([("system", "abc")], [("user", "abx")], "c") == [
        "c, message 1: role user where the screen shows system.",
        "c, message 1, character 3: 'x' where the screen shows 'c'.",
    ]
    assert compared([("user", "ab")], [("user", "abc")], "c") == [
        "c, message 1, character 3: 'c' where the screen shows ''."
    ]
