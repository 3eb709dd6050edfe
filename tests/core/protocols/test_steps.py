"""G-Eval: evaluation steps, asked for once and read from whatever a model makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.protocols.g_eval import parse_steps, steps_request
from judgetui.core.rubric import Criterion
from judgetui.core.scale import LabelScale
from tests.core.protocols.builders import rubric

REPLIES = {
    "1. Read it.\n2. Compare it.": ("Read it.", "Compare it."),
    " Read it.\n2. Compare it.\n3. Score it.": ("Read it.", "Compare it.", "Score it."),
    "Evaluation Steps:\n1) Read it.\n2) Compare it.": ("Read it.", "Compare it."),
    "Here are the steps:\n\n1. Read it.\n\n2. Compare it.": ("Read it.", "Compare it."),
    "**Step 1:** Read it.\n**Step 2:** Compare it.": ("Read it.", "Compare it."),
    "1. **Read** it.\n2. Compare it.": ("Read it.", "Compare it."),
    "- Read it.\n- Compare it.": ("Read it.", "Compare it."),
    "• Read it.\n• Compare it.": ("Read it.", "Compare it."),
    "1. Read it\nwith care.\n2. Compare it.": ("Read it with care.", "Compare it."),
    "1. Read it.\n   - every fact\n2. Compare it.": ("Read it. - every fact", "Compare it."),
    "1. Read it.\n2. Read it.\n3. Compare it.": ("Read it.", "Compare it."),
    "1. Read it.\n2. Compare it.\n\nEvaluation Form (scores ONLY):\n- Correctness: 4": (
        "Read it.",
        "Compare it.",
    ),
    "1. Read it.\n2. Compare it.\n\nExample:\nQuestion: Why?": ("Read it.", "Compare it."),
    "<think>1. Hm.</think>1. Read it.": ("Read it.",),
    "Read it.": ("Read it.",),
    "Read it. 2. Compare it. 3. Score it.": ("Read it.", "Compare it.", "Score it."),
    "1. Read it. 2. Compare it.": ("Read it.", "Compare it."),
    "1. Read it, paying heed to no. 2 of the list.": ("Read it, paying heed to no. 2 of the list.",),
    "Sure, I will help\n1. Read it.": ("Read it.",),
    "": (),
    "1.\n2.\n": (),
    "## Evaluation Steps\n1. Read it.": ("Read it.",),
}


@pytest.mark.parametrize(("reply", "steps"), REPLIES.items())
def test_steps_are_read(reply: str, steps: tuple[str, ...]) -> None:
    assert parse_steps(reply) == steps


@given(st.text(alphabet=st.sampled_from("12. \n-*#:Stepxample")))
def test_steps_are_never_blank_or_twice(text: str) -> None:
    steps = parse_steps(text)
    assert all(step.strip() for step in steps)
    assert len(set(steps)) == len(steps)


def test_the_request_asks_from_task_criteria_and_scale() -> None:
    of = rubric(criteria=(Criterion("tone", "It is kind."), Criterion("facts", "They hold.")))
    (message,) = steps_request(of).messages
    assert message.role == "user"
    assert message.content.startswith(
        "Judge the answer.\n\nEvaluation Criteria:\nTone (1-5): It is kind.\nFacts (1-5)"
    )
    assert message.content.endswith("Evaluation Steps:")


def test_the_request_names_labels() -> None:
    (message,) = steps_request(rubric(scale=LabelScale(("bad", "good")))).messages
    assert "Correctness (bad / good)" in message.content


def test_steps_are_hashed_in_order() -> None:
    one, two = rubric(steps=("a", "b")).steps_hash, rubric(steps=("b", "a")).steps_hash
    assert one != two
    assert len(one) == 12
    assert rubric().steps_hash == ""
