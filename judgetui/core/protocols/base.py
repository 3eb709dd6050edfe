"""What a protocol is: a published system's way from rubric to messages, reply to vote, votes to outcome."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final, Protocol

from judgetui.core.item import Item, Response
from judgetui.core.judgement import Outcome
from judgetui.core.rubric import Criterion, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import NumericScale, Scale
from judgetui.core.template import Outline, check, outline, render
from judgetui.core.vote import (
    JudgeReply,
    JudgeRequest,
    Message,
    Order,
    ScoreSource,
    Status,
    Vote,
)
from judgetui.errors import ItemError


class TaskType(StrEnum):
    """What a protocol judges: one response, or two beside each other."""

    POINTWISE = "pointwise"
    PAIRWISE = "pairwise"


@dataclass(frozen=True, slots=True)
class Card:
    """What a user should know before choosing a protocol.

    Args:
        grammar: the form a reply must have.
        biases: known biases, with published figures.
        citation: where the system was published.
    """

    name: str
    title: str
    task_type: TaskType
    summary: str
    needs: str
    grammar: str
    biases: str
    citation: str


class JudgeProtocol(Protocol):
    """A published system. Implementations hold no state."""

    @property
    def card(self) -> Card:
        """What it is."""

    @property
    def published(self) -> Sampling:
        """The sampling its authors used, for whatever a rubric leaves out."""

    @property
    def default_scale(self) -> Scale | None:
        """The scale used when a rubric has none; None where a verdict needs no scale."""

    @property
    def uses_logprobs(self) -> bool:
        """Whether a score can be read from token probabilities."""

    @property
    def uses_steps(self) -> bool:
        """Whether evaluation steps have a place in the prompt."""

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The protocol's own template, in the words of this program."""

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without its demand for a form of answer, for tools that bring a form of their own."""

    def plan(
        self, rubric: Rubric, item: Item, source: ScoreSource, order: str | None = None
    ) -> tuple[JudgeRequest, ...]:
        """Every call that one judgement needs.

        Args:
            source: where scores shall come from, given what the judge can do.
            order: overrides the rubric's pairwise order.

        Raises:
            ItemError: if the item has not what the rubric needs.
            TemplateError: if the template cannot be rendered.
        """

    def parse(self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply) -> Vote:
        """Read one reply. Never raises: a reply without a result is an unparsed vote."""

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Combine an item's votes."""


FIELD_LABELS: Final = {"question": "Question", "context": "Context", "reference": "Reference answer"}


@dataclass(frozen=True, slots=True)
class Field:
    """An input field as a template lists it."""

    name: str
    label: str
    text: str


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


def scale_of(protocol: JudgeProtocol, rubric: Rubric) -> Scale:
    """The rubric's scale, or the protocol's own."""
    scale = rubric.scale or protocol.default_scale
    return scale if scale is not None else NumericScale(1, 10)


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

    Raises:
        ItemError: if a required input is absent.
    """
    found: dict[str, str] = {}
    for spec in rubric.inputs:
        value = item.fields.get(spec.name)
        if value is None:
            if not spec.optional:
                raise ItemError(
                    f"item {item.id!r} has no {spec.name!r}, which the rubric needs.",
                    f"Add it to the item, or write `{spec.name}?` in the rubric's inputs.",
                    field=spec.name,
                )
            continue
        found[spec.name] = field_text(value)
    texts = [response_text(response) for response in item.responses]
    if order is None:
        found["response"] = texts[0]
    else:
        first, second = texts if order is Order.AB else reversed(texts)
        found |= {"response_a": first, "response_b": second}
    return found


def template_values(
    rubric: Rubric, criterion: Criterion, scale: Scale, shown: Mapping[str, str]
) -> dict[str, object]:
    """Everything a template may use: rubric text, scale, and the item's fields as `shown`."""
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
        **absent,
        **shown,
    }


def template_names(protocol: JudgeProtocol, rubric: Rubric) -> frozenset[str]:
    """Every name a template of this rubric may use."""
    answers = {"response"} if protocol.card.task_type is TaskType.POINTWISE else {"response_a", "response_b"}
    return frozenset(
        {"task", "title", "criterion", "criteria", "scale", "steps", "examples", "fields"}
        | answers
        | {spec.name for spec in rubric.inputs}
    )


def effective_template(protocol: JudgeProtocol, rubric: Rubric) -> tuple[TemplateMessage, ...]:
    """The rubric's template, or the protocol's own.

    Raises:
        TemplateError: if the rubric's template is broken or names an unknown field.
    """
    if rubric.template is None:
        return protocol.template(rubric)
    check(rubric.template, template_names(protocol, rubric))
    return rubric.template


def prompt(
    protocol: JudgeProtocol, rubric: Rubric, item: Item, criterion: Criterion, order: Order | None = None
) -> tuple[Message, ...]:
    """The messages for one criterion of one item."""
    shown = item_fields(rubric, item, order)
    values = template_values(rubric, criterion, scale_of(protocol, rubric), shown)
    return render(effective_template(protocol, rubric), values)


def prompt_outline(
    protocol: JudgeProtocol, rubric: Rubric, item: Item, criterion: Criterion, order: Order | None = None
) -> tuple[Outline, ...]:
    """The same messages, with what comes from the item set apart."""
    scale = scale_of(protocol, rubric)
    return outline(
        effective_template(protocol, rubric),
        lambda shown: template_values(rubric, criterion, scale, shown),
        item_fields(rubric, item, order),
    )


def fits(protocol: JudgeProtocol, item: Item) -> bool:
    """Whether the item has as many answers as the protocol judges."""
    return len(item.responses) == (1 if protocol.card.task_type is TaskType.POINTWISE else 2)


def require_fit(protocol: JudgeProtocol, item: Item) -> None:
    """Raise `ItemError` unless the item fits."""
    if fits(protocol, item):
        return
    pointwise = protocol.card.task_type is TaskType.POINTWISE
    wanted = "one `response`" if pointwise else "`response_a` and `response_b`"
    raise ItemError(
        f"item {item.id!r} has {len(item.responses)} responses; {protocol.card.name} judges {wanted}.",
        "Choose other items or another protocol.",
        field="response",
    )


def orders_for(rubric: Rubric, item: Item, order: str | None) -> tuple[Order, ...]:
    """The orders a pair is shown in.

    `seeded` draws one per item from its text, with AlpacaEval's seed string and seed 0
    (tatsu-lab/alpaca_eval, annotators/pairwise_evaluator.py): the same item is always shown the same way
    round.
    """
    match order or rubric.order:
        case "as-given":
            return (Order.AB,)
        case "seeded":
            instruction = item.text("instruction") or item.text("question")
            swap = Random(f"is_switched_outputs{instruction}0").choices([False, True], k=1)[0]
            return (Order.BA,) if swap else (Order.AB,)
        case _:
            return (Order.AB, Order.BA)


_THINKING: Final = re.compile(r"\A\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT: Final = re.compile(r"\A.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


def visible(text: str) -> str:
    """A reply without the thinking that a reasoning model may put before it.

    Some chat templates open the thinking in the prompt, so that the reply only closes it.
    """
    rest = _THINKING.sub("", text, count=1)
    return _THOUGHT.sub("", text, count=1) if rest == text else rest


def last_line(text: str) -> int:
    """Where the last line that is not blank begins."""
    return text.rfind("\n", 0, len(text.rstrip())) + 1


def blank_vote(request: JudgeRequest, reply: JudgeReply, parser: str) -> Vote:
    """A vote with all of a reply but its result: unparsed, or refused when the judge refused."""
    refused = reply.refusal is not None or reply.finish in {"refusal", "content_filter"}
    if refused:
        detail = reply.refusal or "the judge refused to answer."
    elif not reply.text.strip():
        detail = "the reply is empty."
    elif reply.finish == "length":
        detail = f"no verdict; the reply was cut at {request.max_tokens} tokens (sampling.max_tokens)."
    else:
        detail = "no verdict in the reply."
    return Vote(
        status=Status.REFUSED if refused else Status.UNPARSED,
        criterion=request.criterion,
        order=request.order,
        sample=request.sample,
        raw=reply.text or (reply.refusal or ""),
        finish=reply.finish,
        parser=parser,
        model=reply.model,
        usage=reply.usage,
        latency_ms=reply.latency_ms,
        detail=detail,
    )


def failed_vote(request: JudgeRequest, detail: str, status: Status = Status.FAILED) -> Vote:
    """A vote for a call that brought no reply."""
    return Vote(
        status=status,
        criterion=request.criterion,
        order=request.order,
        sample=request.sample,
        detail=detail,
    )


def source_for(
    protocol: JudgeProtocol, rubric: Rubric, logprobs: bool, samples: int | None = None
) -> ScoreSource:
    """The best score source a judge can give: token probabilities, else samples, else the single reply.

    Args:
        logprobs: whether the judge returns token probabilities.
        samples: overrides the rubric's number of votes.
    """
    sampling = rubric.sampling.filled(protocol.published)
    if protocol.uses_logprobs and logprobs and sampling.top_logprobs:
        return ScoreSource.LOGPROBS
    return ScoreSource.SAMPLES if (samples or sampling.n or 1) > 1 else ScoreSource.SINGLE
