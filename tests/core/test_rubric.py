"""Rubrics: one form whatever the way in, strict reading, and hashes that hold still."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from judgetui.core.protocols.registry import get_protocol, protocol_names, rubric_hash
from judgetui.core.rubric import (
    Criterion,
    Example,
    InputField,
    Rubric,
    Sampling,
    TemplateMessage,
    rubric_from_mapping,
)
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.errors import RubricError
from tests.core.strategies import rubrics

BASE: dict[str, Any] = {
    "judgetui": 1,
    "name": "r",
    "protocol": "g-eval",
    "task": "Judge.",
    "criteria": [{"name": "c", "description": "It is right."}],
}


def made(**changes: Any) -> Rubric:
    return rubric_from_mapping(BASE | changes)


def test_everything_is_read() -> None:
    rubric = made(
        title=" T ",
        criteria=[{"name": "c", "weight": 2}],
        scale={"min": 1, "max": 3, "anchors": {1: "bad"}},
        inputs=["question", "reference?"],
        steps=["Read.", " Score. "],
        examples=[{"fields": {"question": "q"}, "expected": 3, "why": "w"}],
        template=[{"content": " {{ response }} "}],
        sampling={"n": 2, "temperature": 0, "max_tokens": 9, "top_logprobs": 0},
        order="seeded",
        notes="n",
    )
    assert rubric == Rubric(
        name="r",
        title="T",
        protocol="g-eval",
        task="Judge.",
        criteria=(Criterion("c", "", 2.0),),
        scale=NumericScale(1, 3, {1: "bad"}),
        inputs=(InputField("question"), InputField("reference", optional=True)),
        steps=("Read.", "Score."),
        examples=(Example({"question": "q"}, "3", "w"),),
        template=(TemplateMessage("user", " {{ response }} "),),
        sampling=Sampling(2, 0.0, 9, 0),
        order="seeded",
        notes="n",
    )
    assert rubric.criterion("c").weight == 2
    with pytest.raises(KeyError):
        rubric.criterion("d")


def test_null_is_absent() -> None:
    nothing = dict.fromkeys(
        ["title", "scale", "inputs", "steps", "examples", "template", "sampling", "order"]
    )
    assert made(**nothing) == made()


@given(rubrics())
def test_a_rubric_is_read_back_as_it_was_written(rubric: Rubric) -> None:
    assert rubric_from_mapping(rubric.to_mapping()) == rubric
    assert rubric_hash(rubric_from_mapping(rubric.to_mapping())) == rubric_hash(rubric)


BROKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"judgetui": None}, "judgetui", "this is missing"),
    ({"judgetui": 2}, "judgetui", "format 2 is not known"),
    ({"judgetui": "1"}, "judgetui", "format '1' is not known"),
    ({"name": None}, "name", "Add a line `name: ...`"),
    ({"name": 3}, "name", "expected text, found a number. Put it in quotes."),
    ({"name": "  "}, "name", "no name"),
    (
        {"protocol": None, "protocl": "g-eval"},
        "protocl",
        "'protocl' is not a known key. Did you mean 'protocol'?",
    ),
    ({"task": ["x"]}, "task", "expected text, found a list"),
    ({"criteria": None}, "criteria", "no criteria"),
    ({"criteria": "c"}, "criteria", "expected a list, found text"),
    ({"criteria": ["c"]}, "criteria.0", "this is text, not a mapping"),
    ({"criteria": [{"description": "x"}]}, "criteria.0.name", "this is missing"),
    ({"criteria": [{"name": " "}]}, "criteria.0.name", "a criterion has no name"),
    ({"criteria": [{"name": "a"}, {"name": "A"}]}, "criteria.1.name", "two criteria named 'A'"),
    ({"criteria": [{"name": "a", "weight": -1}]}, "criteria.0.weight", "out of range"),
    ({"criteria": [{"name": "a", "weight": float("nan")}]}, "criteria.0.weight", "out of range"),
    ({"criteria": [{"name": "a", "weight": "2"}]}, "criteria.0.weight", "expected a number, found text"),
    ({"criteria": [{"name": "a", "wieght": 2}]}, "criteria.0.wieght", "Did you mean 'weight'?"),
    ({"critera": []}, "critera", "Did you mean 'criteria'?"),
    ({"temperature": 1}, "temperature", "'temperature' is not known here. Write it under `sampling`."),
    ({"zzz": 1}, "zzz", "The known keys are judgetui, name"),
    ({"inputs": "question"}, "inputs", "expected a list"),
    ({"inputs": ["a b"]}, "inputs.0", "not a field name"),
    ({"inputs": ["q", "q?"]}, "inputs.1", "there twice"),
    ({"inputs": ["response"]}, "inputs.0", "always there"),
    ({"inputs": ["human"]}, "inputs.0", "not shown to a judge"),
    ({"inputs": ["loop"]}, "inputs.0", "a word of the template language"),
    ({"steps": ["a", " "]}, "steps.1", "this is empty"),
    ({"steps": [1]}, "steps.0", "expected text"),
    ({"examples": [{"fields": {"q": 1}, "expected": 1}]}, "examples.0.fields.q", "expected text"),
    ({"examples": [{"fields": {}}]}, "examples.0.expected", "expected a result, found nothing"),
    ({"examples": [{"expected": True}]}, "examples.0.expected", "found true or false"),
    ({"template": []}, "template", "no messages"),
    ({"template": [{"role": "judge", "content": "x"}]}, "template.0.role", "'judge' is not known"),
    ({"template": [{"role": "user"}]}, "template.0.content", "expected text, found nothing"),
    ({"template": [{"role": "usr", "content": "x"}]}, "template.0.role", "Did you mean user?"),
    ({"sampling": {"n": 0}}, "sampling.n", "Use 1 to 1000"),
    ({"sampling": {"n": 1.0}}, "sampling.n", "expected a whole number"),
    ({"sampling": {"temperature": 3}}, "sampling.temperature", "Use 0 to 2"),
    ({"sampling": {"top_k": 3}}, "sampling.top_k", "not a known key"),
    ({"order": "random"}, "order", "Use both, seeded, as-given"),
]


@pytest.mark.parametrize(("changes", "field", "message"), BROKEN)
def test_broken_rubrics_name_the_field(changes: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(RubricError) as caught:
        made(**changes)
    assert caught.value.field == field
    assert message in str(caught.value)


def test_a_list_is_no_rubric() -> None:
    with pytest.raises(RubricError, match="this is a list, not a mapping"):
        rubric_from_mapping([])


def test_texts_are_stripped_whichever_way_they_come_in() -> None:
    typed = Rubric(" r ", "g-eval", "Judge.\n", (Criterion("c ", " It is right.\n"),), steps=(" Read. ",))
    assert typed == made(steps=["Read."])
    assert rubric_hash(typed) == rubric_hash(made(steps=["Read."]))


def test_an_empty_step_is_refused_when_made_too() -> None:
    with pytest.raises(RubricError) as caught:
        Rubric("r", "g-eval", "t", (Criterion("c"),), steps=("a", " "))
    assert caught.value.field == "steps.1"


def test_weights_are_checked_when_made_too() -> None:
    with pytest.raises(RubricError, match="out of range"):
        Rubric("r", "g-eval", "t", (Criterion("c", weight=-1),))


# hashes


def test_name_title_and_notes_are_not_in_the_hash() -> None:
    base = made()
    for changes in ({"name": "other"}, {"title": "T"}, {"notes": "N"}):
        assert rubric_hash(replace(base, **changes)) == rubric_hash(base)  # type: ignore[arg-type]


def test_everything_else_is_in_the_hash() -> None:
    base = made(inputs=["question"])
    others = [
        made(inputs=["question?"]),
        made(inputs=["question"], task="Other."),
        made(inputs=["question"], criteria=[{"name": "c", "description": "Other."}]),
        made(inputs=["question"], criteria=[{"name": "c", "description": "It is right.", "weight": 2}]),
        made(inputs=["question"], scale={"min": 1, "max": 5}),
        made(inputs=["question"], steps=["Read."]),
        made(inputs=["question"], examples=[{"expected": 1}]),
        made(inputs=["question"], template=[{"content": "{{ response }}"}]),
        made(inputs=["question"], sampling={"n": 3}),
        made(inputs=["question"], order="seeded"),
        made(inputs=["question"], protocol="mt-bench-single"),
    ]
    assert len({rubric_hash(rubric) for rubric in [base, *others]}) == len(others) + 1


@pytest.mark.parametrize("name", protocol_names())
def test_published_sampling_spelled_out_is_the_same_rubric(name: str) -> None:
    published = get_protocol(name).published
    plain = made(protocol=name)
    assert rubric_hash(replace(plain, sampling=published)) == rubric_hash(plain)


def test_whole_numbers_and_floats_are_one_value() -> None:
    assert rubric_hash(replace(made(), sampling=Sampling(temperature=0))) == rubric_hash(
        replace(made(), sampling=Sampling(temperature=0.0))
    )
    ints, floats = ({"a": 0, "b": 1}, {"a": 0.0, "b": 1.0})
    assert rubric_hash(replace(made(), scale=LabelScale(("a", "b"), values=ints))) == rubric_hash(
        replace(made(), scale=LabelScale(("a", "b"), values=floats))
    )
    assert rubric_hash(made(criteria=[{"name": "c", "weight": 2}])) == rubric_hash(
        made(criteria=[{"name": "c", "weight": 2.0}])
    )


def test_an_empty_anchor_is_no_anchor() -> None:
    assert rubric_hash(made(scale={"min": 1, "max": 5, "anchors": {1: " "}})) == rubric_hash(
        made(scale={"min": 1, "max": 5})
    )


def test_the_hash_is_pinned() -> None:
    """A change here makes every stored run look like another rubric's: it needs a new format number."""
    assert rubric_hash(made()) == "f5c6b51bbda736b6f258aae3b11ffdc093fccd91e7cc544e2b3c30d098b0e1f0"


def test_an_unknown_protocol_names_the_nearest() -> None:
    with pytest.raises(RubricError, match="Did you mean 'g-eval'") as caught:
        get_protocol("g_eval")
    assert caught.value.field == "protocol"
    with pytest.raises(RubricError, match="`judgetui protocols` lists them"):
        get_protocol("elo")
