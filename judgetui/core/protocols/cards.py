"""What is told of a protocol: its card, what it judges and gives, and the start of a rubric of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from judgetui.core.rubric import Criterion, InputField


class TaskType(StrEnum):
    """What a protocol judges: one response, two beside each other, or a list of them."""

    POINTWISE = "pointwise"
    PAIRWISE = "pairwise"
    LISTWISE = "listwise"


class Result(StrEnum):
    """What a reply gives.

    A point of the scale, a verdict on a pair, a score for each answer, an order of the answers, or a
    point for each criterion.
    """

    POINT = "point"
    VERDICT = "verdict"
    ANSWER_SCORES = "answer scores"
    RANKING = "ranking"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class Card:
    """What a user should know before choosing a protocol.

    Args:
        summary: what it is for.
        needs: what rubric and items must have.
        messages: which parts stand in which role.
        grammar: the form a reply must have.
        parsing: what the original parser does that the repaired one does not.
        failure: what the original makes of a reply without a result.
        aggregation: from votes to a judgement, and from judgements to the published figure.
        biases: known biases, with published figures.
        citation: where the system was published.
    """

    name: str
    title: str
    task_type: TaskType
    result: Result
    summary: str
    needs: str
    messages: str
    grammar: str
    parsing: str
    failure: str
    aggregation: str
    biases: str
    citation: str


@dataclass(frozen=True, slots=True)
class Starter:
    """What the system's authors had judged, in our words: the start of a rubric of one's own."""

    task: str
    criteria: tuple[Criterion, ...]
    inputs: tuple[InputField, ...] = (InputField("question"),)
