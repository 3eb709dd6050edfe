"""What a template may print: the rubric's text, the scale, and the item's fields as the judge is shown them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from judgetui.core.item import Item, Response
from judgetui.core.request import Order
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.scale import NumericScale, Scale
from judgetui.errors import ItemError

FIELD_LABELS: Final = {"question": "Question", "context": "Context", "reference": "Reference answer"}

TURNED: Final = ("question", "reference")
"""Input fields that a conversation has one of for each turn."""

_ANSWER: Final = re.compile(r"response_([a-z])")


@dataclass(frozen=True, slots=True)
class Field:
    """An input field as a template lists it."""

    name: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One of several answers as a template lists it; letter and number count places, not the item's answers."""

    letter: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation as a template lists it; what there is none of is empty."""

    number: int
    question: str
    reference: str = ""
    response: str = ""
    response_a: str = ""
    response_b: str = ""


@dataclass(frozen=True, slots=True)
class ScalePoint:
    """A scale point as a template lists it; `anchor` may be empty."""

    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class ScaleView:
    """A scale as a template sees it; `low` and `high` are the first and last point."""

    low: str
    high: str
    points: tuple[ScalePoint, ...]
    numeric: bool

    @property
    def span(self) -> str:
        """The scale in short: its ends, or all labels."""
        if self.numeric:
            return f"{self.low}-{self.high}"
        return " / ".join(point.text for point in self.points)

    @property
    def anchored(self) -> tuple[ScalePoint, ...]:
        """The points that have an anchor."""
        return tuple(point for point in self.points if point.anchor)


def scale_view(scale: Scale) -> ScaleView:
    """A scale for templates."""
    points = tuple(ScalePoint(text, scale.anchor(text)) for text in scale.texts)
    return ScaleView(points[0].text, points[-1].text, points, isinstance(scale, NumericScale))


def field_label(name: str) -> str:
    """How a template names an input field to the judge."""
    return FIELD_LABELS.get(name, name.replace("_", " ").capitalize())


def response_text(response: Response) -> str:
    """An answer as one text; turns are set apart by a blank line."""
    return response if isinstance(response, str) else "\n\n".join(response)


def field_text(value: object) -> str:
    """An input field as text; a conversation becomes one `role: content` paragraph a turn."""
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        turns = []
        for turn in value:
            if isinstance(turn, Mapping) and "content" in turn:
                turns.append(f"{turn.get('role', 'user')}: {turn['content']}")
            else:
                turns.append(str(turn))
        return "\n\n".join(turns)
    return str(value)


def item_fields(rubric: Rubric, item: Item, order: Order | None = None) -> dict[str, str]:
    """The item's part of a prompt: input fields and answers by name, as text.

    A single answer is `response`; of several, the one shown first is `response_a`, the next `response_b`.

    Raises:
        ItemError: if a required input is absent.
    """
    found = {name: field_text(value) for name, value in _inputs(rubric, item).items()}
    texts = [response_text(response) for response in item.responses]
    if order is None:
        found["response"] = texts[0]
    else:
        for place, index in enumerate(order.indices):
            found[f"response_{'abcdefghijklmnopqrstuvwxyz'[place]}"] = texts[index]
    return found


def turn_fields(rubric: Rubric, item: Item, order: Order | None = None) -> dict[str, str]:
    """The same for a conversation: question, reference and answer of each turn, numbered from 1.

    A question is a list of turns, or the `conversation` that the answers belong to; answers are lists of as
    many turns.

    Raises:
        ItemError: if a required input is absent, or questions and answers have not equally many turns.
    """
    inputs = _inputs(rubric, item)
    found = {name: field_text(value) for name, value in inputs.items() if name not in TURNED}
    questions = _turns(inputs.get("question", ""))
    for number, text in enumerate(questions, 1):
        found[f"question_{number}"] = text
    for number, text in enumerate(_turns(inputs.get("reference", ())), 1):
        found[f"reference_{number}"] = text
    shown = item.responses if order is None else [item.responses[index] for index in order.indices]
    for place, response in enumerate(shown):
        name = "response" if order is None else f"response_{'ab'[place]}"
        answers = (response,) if isinstance(response, str) else response
        if len(answers) != len(questions):
            raise ItemError(
                f"item {item.id!r} has an answer of {len(answers)} turns to {len(questions)} questions.",
                "Write `question` and each response as lists of as many turns.",
                field="response",
            )
        found |= {f"{name}_{number}": text for number, text in enumerate(answers, 1)}
    return found


def template_values(
    rubric: Rubric, criterion: Criterion, scale: Scale, shown: Mapping[str, str], category: str = ""
) -> dict[str, object]:
    """Everything a template may use: rubric text, scale, the item's category, and its fields as `shown`."""
    listed = [
        Field(spec.name, field_label(spec.name), shown[spec.name])
        for spec in rubric.inputs
        if spec.name in shown
    ]
    absent = {spec.name: "" for spec in rubric.inputs if spec.name not in shown}
    return {
        "task": rubric.task,
        "title": rubric.title or rubric.name,
        "criterion": criterion,
        "criteria": rubric.criteria,
        "scale": scale_view(scale),
        "steps": rubric.steps,
        "examples": rubric.examples,
        "fields": listed,
        "category": category,
        "responses": _answers(shown),
        "turns": _turn_views(shown),
        **absent,
        **shown,
    }


def _inputs(rubric: Rubric, item: Item) -> dict[str, object]:
    """The item's input fields that are there.

    Raises:
        ItemError: if a required one is not.
    """
    found: dict[str, object] = {}
    for spec in rubric.inputs:
        value = item.fields.get(spec.name)
        if value is None and not spec.optional:
            raise ItemError(
                f"item {item.id!r} has no {spec.name!r}, which the rubric needs.",
                f"Add it to the item, or write `{spec.name}?` in the rubric's inputs.",
                field=spec.name,
            )
        if value is not None:
            found[spec.name] = value
    return found


def _turns(value: object) -> list[str]:
    """The turns of a field: of a conversation what the user said, else each text."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [str(value)]
    return [
        str(turn["content"]) if isinstance(turn, Mapping) else str(turn)
        for turn in value
        if not isinstance(turn, Mapping) or (turn.get("role", "user") == "user" and "content" in turn)
    ]


def _answers(shown: Mapping[str, str]) -> tuple[Answer, ...]:
    places = (match for match in map(_ANSWER.fullmatch, shown) if match is not None)
    return tuple(Answer(place[1].upper(), number, shown[place[0]]) for number, place in enumerate(places, 1))


def _turn_views(shown: Mapping[str, str]) -> tuple[Turn, ...]:
    names = ("question", "reference", "response", "response_a", "response_b")
    found: list[Turn] = []
    while f"question_{len(found) + 1}" in shown:
        number = len(found) + 1
        found.append(Turn(number, *(shown.get(f"{name}_{number}", "") for name in names)))
    return tuple(found)
