"""G-Eval's prompt texts: what they state of criterion and scale, and the text as upstream replaces it."""

from __future__ import annotations

import pytest

from judgetui.core.item import Item
from judgetui.core.scale import NumericScale
from judgetui.errors import InputError
from judgetui.interchange.g_eval import READER
from judgetui.interchange.reading import Given, Imported
from tests.interchange.sources import HOSTILE, imported, sent

PROMPT = """\
Rate one summary.

Evaluation Criteria:

Tone (1-4) - how {kind} it is. {% raw %}

Evaluation Steps:

1. Read.

Source Text:

{{Document}}

Summary: {{Summary}} {{Summary}}

Evaluation Form (scores ONLY):

- Tone:"""

LEVELS = """\
Evaluation Criteria:

Word order (0-2): whether words
stand in order.

- 0: Poor: they do not.
- 1: Fair.
2 = Good.
- 7: off the scale

Example:

{{Fact}} {{Response}}"""


def read(text: str, given: Given | None = None) -> Imported:
    (found,) = imported(READER, text, "prompts/tone.txt", given)
    return found


@pytest.mark.parametrize("value", HOSTILE)
def test_a_prompt_is_one_system_message_as_upstream_replaces_it(value: str) -> None:
    found = read(PROMPT)
    assert found.rubric is not None
    item = Item("i", (f"A {value}",), {"source": value if "{{Summary}}" not in value else "plain"})
    expected = PROMPT.replace("{{Document}}", item.text("source")).replace("{{Summary}}", f"A {value}")
    assert sent(found.rubric, item) == [("system", expected)]


def test_criterion_and_scale_are_read_where_they_stand() -> None:
    found = read(PROMPT)
    rubric = found.rubric
    assert rubric is not None
    assert (rubric.name, rubric.protocol, rubric.task) == ("g-eval-tone", "g-eval", "Rate one summary.")
    (criterion,) = rubric.criteria
    assert (criterion.name, criterion.description) == ("tone", "how {kind} it is. {% raw %}")
    assert rubric.scale == NumericScale(1, 4)
    assert [str(spec) for spec in rubric.inputs] == ["source"]
    assert found.notes == ("the evaluation steps stand in the template; `steps` is empty",)


def test_levels_become_anchors() -> None:
    rubric = read(LEVELS).rubric
    assert rubric is not None
    assert rubric.scale == NumericScale(0, 2, {0: "Poor: they do not.", 1: "Fair.", 2: "Good."})
    assert rubric.criteria[0].description == "whether words\nstand in order."
    assert [str(spec) for spec in rubric.inputs] == ["fact"]
    assert sent(rubric, Item("i", ("R",), {"fact": "F"}))[0][1].endswith("F R")


def test_what_a_text_does_not_state_is_given() -> None:
    bare = "Judge {{Document}} and {{Response}}."
    with pytest.raises(InputError, match=r"prompts/tone\.txt: .*Name it with --criterion"):
        read(bare)
    with pytest.raises(InputError, match=r"states no scale for tone.*--scale"):
        read(bare, Given("tone"))
    rubric = read(bare, Given("tone", NumericScale(1, 3))).rubric
    assert rubric is not None
    assert (rubric.criteria[0].name, rubric.scale) == ("tone", NumericScale(1, 3))
    assert rubric.task  # the protocol's own


def test_what_is_given_does_not_contradict_the_text() -> None:
    assert read(PROMPT, Given("Tone", NumericScale(1, 4))).rubric is not None
    with pytest.raises(InputError, match="it is on tone, and --criterion says mood"):
        read(PROMPT, Given("mood"))
    with pytest.raises(InputError, match="says 1-4, and --scale says 1-5"):
        read(PROMPT, Given(scale=NumericScale(1, 5)))


def test_a_scale_without_points_is_none() -> None:
    with pytest.raises(InputError, match="states no scale for tone"):
        read(PROMPT.replace("(1-4)", "(4-1)"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PROMPT.replace("{{Summary}}", "-"), r"neither \{\{Summary\}\} or \{\{Response\}\}"),
        (PROMPT + "{{Response}}", "has both"),
        (PROMPT + "{{Task}}", "'task' is always there"),
        (PROMPT + "{{7}}", "'7' is not a field name"),
    ],
)
def test_a_text_that_cannot_be_taken_says_why(text: str, reason: str) -> None:
    found = read(text)
    assert found.rubric is None
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(found.reason)


def test_a_text_without_placeholders_is_none() -> None:
    with pytest.raises(InputError, match=r"no placeholder such as \{\{Summary\}\}"):
        read("A letter to {Summary} and { { Document } }.")
