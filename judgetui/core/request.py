"""Requests: what is asked of a judge, before a provider turns it into its own format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import ClassVar, Literal, Self

from judgetui.core.reading import MappingReader
from judgetui.errors import InputError


class Order(str):
    """In which order the judge saw the answers: their letters, such as `ba` or `cab`.

    Raises:
        ValueError: unless the text has each of the first two or more letters once.
    """

    __slots__ = ()

    AB: ClassVar[Order]
    BA: ClassVar[Order]

    def __new__(cls, letters: str) -> Self:
        if len(letters) < 2 or sorted(letters) != list(ascii_lowercase[: len(letters)]):
            raise ValueError(f"{letters!r} is no order of answers")
        return super().__new__(cls, letters)

    @classmethod
    def of(cls, indices: Sequence[int]) -> Self:
        """The order that shows the item's answers of these indices, first one first."""
        return cls("".join(ascii_lowercase[index] for index in indices))

    @property
    def value(self) -> str:
        """The letters as plain text."""
        return str(self)

    @property
    def indices(self) -> tuple[int, ...]:
        """Which of the item's answers stands at each place, from 0."""
        return tuple(ascii_lowercase.index(letter) for letter in self)


Order.AB = Order("ab")
Order.BA = Order("ba")


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message as it is sent."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Form:
    """How a verdict stands in a reply, for judges that can be held to it while they write.

    The reply is at most `reasons` characters without square brackets (none when 0), then `opening`, one of
    the request's labels, for each text of `between` that text and another label, `closing`, and at most
    `after` further characters. With `lines` it is so many numbered lines instead, fewest and most.
    """

    opening: str = ""
    closing: str = ""
    reasons: int = 0
    lines: tuple[int, int] | None = None
    between: tuple[str, ...] = ()
    after: int = 0

    def verdict(self, *labels: str) -> str:
        """The part of a reply that gives the verdict.

        Raises:
            ValueError: unless there is one label more than `between` has texts.
        """
        first, *rest = labels
        more = (before + label for before, label in zip(self.between, rest, strict=True))
        return "".join([self.opening, first, *more, self.closing])

    def to_list(self) -> list[object]:
        """Plain data for storage."""
        plain: list[object] = [self.opening, self.closing, self.reasons, list(self.lines or ())]
        return [*plain, list(self.between), self.after] if self.between or self.after else plain


@dataclass(frozen=True, slots=True)
class Question:
    """What a request asks, apart from the words of its prompt, for judges that answer questions and write nothing.

    Args:
        kind: `predicate` (is a statement so), `choice`, or `score` (a choice among ordered levels).
        text: the statement or the question.
        options: (label, what it means), in the scale's order; of a predicate the label of what is so, then of
            what is not.
        evidence: what is judged, by the names of its fields: data, never instructions.
    """

    kind: Literal["predicate", "choice", "score"]
    text: str
    options: tuple[tuple[str, str], ...]
    evidence: Mapping[str, str] = field(default_factory=dict)

    def to_mapping(self) -> dict[str, object]:
        """Plain data for storage."""
        return {
            "kind": self.kind,
            "text": self.text,
            "options": [list(option) for option in self.options],
            "evidence": dict(self.evidence),
        }


@dataclass(frozen=True, slots=True)
class JudgeRequest:
    """One call to a judge, before a provider turns it into its own format.

    Args:
        criterion: which criterion is asked about; empty for the whole.
        order: which answer of a pair stands first; None when there is no pair.
        sample: 0 for the first vote, 1 for the next with the same prompt, and so on.
        top_logprobs: alternatives wanted at each position; 0 wants none.
        top_p: share of the probability that is sampled from, 0 to 1; None leaves it to the provider.
        labels: the texts a verdict may have; empty when the reply is free text.
        form: where the verdict stands; None leaves the judge free.
        structured: whether the verdict may be asked for as JSON in place of the protocol's text, because no
            published wording is at stake.
        stable: how many characters at the beginning of the messages' joined contents are the rubric's, and so
            the same for every item; 0 where that is not known.
        question: the same request as a question; None where the protocol has no such form.
    """

    messages: tuple[Message, ...]
    criterion: str = ""
    order: Order | None = None
    sample: int = 0
    temperature: float | None = None
    max_tokens: int = 1024
    top_logprobs: int = 0
    labels: tuple[str, ...] = ()
    form: Form | None = None
    top_p: float | None = None
    structured: bool = False
    stable: int = 0
    question: Question | None = None

    def about(self, messages: tuple[Message, ...], stable: int = 0) -> JudgeRequest:
        """The same request with another prompt; `dataclasses.replace` takes several times as long."""
        return JudgeRequest(
            messages,
            self.criterion,
            self.order,
            self.sample,
            self.temperature,
            self.max_tokens,
            self.top_logprobs,
            self.labels,
            self.form,
            self.top_p,
            self.structured,
            stable,
            self.question,
        )

    def to_mapping(self) -> dict[str, object]:
        """Plain data for storage; what is as usual is left out."""
        form = self.form
        data: dict[str, object] = {} if self.top_p is None else {"top_p": self.top_p}
        if self.structured:
            data["structured"] = True
        if self.stable:
            data["stable"] = self.stable
        if self.question is not None:
            data["question"] = self.question.to_mapping()
        return data | {
            "messages": [{"role": m.role, "content": m.content} for m in self.messages],
            "criterion": self.criterion,
            "order": None if self.order is None else self.order.value,
            "sample": self.sample,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "top_logprobs": self.top_logprobs,
            "labels": list(self.labels),
            "form": None if form is None else form.to_list(),
        }


def request_from_mapping(data: object) -> JudgeRequest:
    """Read back `JudgeRequest.to_mapping`."""
    reader = MappingReader(data, InputError)
    messages = []
    for child in reader.children("messages"):
        content = child.take("content")
        messages.append(Message(child.text("role"), content if isinstance(content, str) else ""))
    order = reader.take("order")
    temperature = reader.number("temperature", 0, 100)
    return JudgeRequest(
        messages=tuple(messages),
        criterion=reader.text("criterion"),
        order=None if order is None else Order(str(order)),
        sample=reader.whole("sample", 0, 10**9) or 0,
        temperature=temperature,
        max_tokens=reader.whole("max_tokens", 1, 10**9) or 1,
        top_logprobs=reader.whole("top_logprobs", 0, 10**4) or 0,
        labels=tuple(str(label) for label in reader.sequence("labels")),
        form=form_from_list(reader.sequence("form")),
        top_p=reader.number("top_p", 0, 1),
        structured=reader.take("structured") is True,
        stable=reader.whole("stable", 0, 10**9) or 0,
        question=question_from_mapping(reader.take("question")),
    )


def question_from_mapping(data: object) -> Question | None:
    """Read back `Question.to_mapping`; None for anything else."""
    match data:
        case {
            "kind": "predicate" | "choice" | "score" as kind,
            "text": str() as text,
            "options": [*options],
            "evidence": {**evidence},
        }:
            pairs = tuple((str(label), str(meaning)) for label, meaning in options)
            return Question(kind, text, pairs, {str(key): str(value) for key, value in evidence.items()})
    return None


def form_from_list(data: Sequence[object]) -> Form | None:
    """Read back `Form.to_list`; None for anything else."""
    match data:
        case [str() as opening, str() as closing, int() as reasons, [int() as fewest, int() as most]]:
            return Form(opening, closing, reasons, (fewest, most))
        case [str() as opening, str() as closing, int() as reasons, []]:
            return Form(opening, closing, reasons)
        case [str() as opening, str() as closing, int() as reasons, [], [*between], int() as after]:
            return Form(opening, closing, reasons, between=tuple(map(str, between)), after=after)
    return None
