"""Requests, replies, and votes: what is asked of a judge, what comes back, and what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from string import ascii_lowercase
from typing import ClassVar, Literal, Self

from judgetui.core.reading import MappingReader
from judgetui.errors import InputError


class Status(StrEnum):
    """What became of a vote or judgement. Anything but `ok` has no score, label or verdict."""

    OK = "ok"
    UNPARSED = "unparsed"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def severity(self) -> int:
        """Higher is worse: cancelled, failed, refused, unparsed, ok."""
        return ("ok", "unparsed", "refused", "failed", "cancelled").index(self.value)


class Verdict(StrEnum):
    """Which answer of a pair is better, in the item's own order."""

    A = "A"
    B = "B"
    TIE = "tie"
    BOTH_BAD = "both_bad"

    @property
    def swapped(self) -> Verdict:
        """The same verdict after the answers changed places."""
        return {Verdict.A: Verdict.B, Verdict.B: Verdict.A}.get(self, self)


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


class Parser(StrEnum):
    """How a reply is read.

    Faithful does what the original code does, wrong turns included; repaired what a careful person would do.
    """

    REPAIRED = "repaired"
    FAITHFUL = "faithful"


class Failures(StrEnum):
    """What a reply without a result counts as: nothing, or what some originals counted it as."""

    STATE = "state"
    ZERO = "zero"
    TIE = "tie"
    MINUS_ONE = "minus-one"


class ScoreSource(StrEnum):
    """Where a score came from, best first."""

    LOGPROBS = "logprobs"
    DECISION = "decision"
    SAMPLES = "samples"
    SINGLE = "single"


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


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one or more calls. Numbers are None when the provider did not say.

    Args:
        input: all of the prompt, whatever was cached of it.
        output: all that was written, thinking included.
        cached: the part of `input` that was served from a cache.
        reasoning: the part of `output` that was thinking.
        cache_write: the part of `input` that was put into a cache for later calls.
    """

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    reasoning: int | None = None
    cache_write: int | None = None

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            _plus(self.input, other.input),
            _plus(self.output, other.output),
            _plus(self.cached, other.cached),
            _plus(self.reasoning, other.reasoning),
            _plus(self.cache_write, other.cache_write),
        )

    def to_mapping(self) -> dict[str, int | None]:
        """Plain data for storage and files; what few providers tell is there when it was told."""
        data = {"input": self.input, "cached": self.cached, "output": self.output}
        if self.reasoning is not None:
            data["reasoning"] = self.reasoning
        if self.cache_write is not None:
            data["cache_write"] = self.cache_write
        return data


def _plus(left: int | None, right: int | None) -> int | None:
    if left is None:
        return right
    return left if right is None else left + right


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """One token that was written, and the alternatives at its place.

    Args:
        top: (token, natural log of its probability), most probable first.
    """

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class JudgeReply:
    """What a judge answered.

    Args:
        text: the reply, exactly as it came.
        finish: why the model stopped: stop, length, refusal, or the provider's own word.
        model: the model's name as the server returned it.
        dropped: parts of the request that the provider could not send, with the reason.
        refusal: the provider's own refusal text, None when it did not refuse.
        latency_ms: milliseconds from sending to the last byte.
        said: the reply in the protocol's own text, where the judge was held to another form (JSON, an answer to
            a question); empty where `text` is it.
        probabilities: of each label that was asked about, where the judge answers with them.
    """

    text: str
    finish: str = "stop"
    logprobs: tuple[TokenLogprob, ...] = ()
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    latency_ms: float | None = None
    request_id: str = ""
    refusal: str | None = None
    dropped: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    probabilities: Mapping[str, float] = field(default_factory=dict)

    def to_mapping(self) -> dict[str, object]:
        """Plain data for storage; what is as usual is left out."""
        data: dict[str, object] = {"said": self.said} if self.said else {}
        if self.probabilities:
            data["probabilities"] = dict(self.probabilities)
        return data | {
            "text": self.text,
            "finish": self.finish,
            "logprobs": [[t.token, t.logprob, [list(pair) for pair in t.top]] for t in self.logprobs],
            "usage": self.usage.to_mapping(),
            "model": self.model,
            "latency_ms": self.latency_ms,
            "request_id": self.request_id,
            "refusal": self.refusal,
            "dropped": dict(self.dropped),
        }


@dataclass(frozen=True, slots=True)
class Vote:
    """One parsed reply, or one call that gave none.

    Args:
        parser: name and version of the parser that read it, such as `g-eval/repaired-1`.
        score: on the criterion's scale; an expectation when `source` is logprobs.
        probabilities: of each scale point or verdict, among those on the scale; sums to 1.
        outside: probability mass on tokens that are no scale point, 0 to 1; None without log-probabilities.
        verdict: in the item's own order, whatever order was shown.
        answer_scores: one for each answer, in the item's own order; empty where answers are not scored one by one.
        ranking: indices of the item's answers, best first; empty where answers are not ranked.
        scores: by criterion, from a reply on all criteria at once.
        labels: by criterion, likewise.
        rationale: the judge's reasons, without the verdict.
        detail: why there is no result, or what was noticed while reading it.
        call: key of the stored call; empty when nothing came back.
    """

    status: Status
    criterion: str = ""
    order: Order | None = None
    sample: int = 0
    score: float | None = None
    label: str | None = None
    verdict: Verdict | None = None
    source: ScoreSource | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    outside: float | None = None
    answer_scores: tuple[float, ...] = ()
    ranking: tuple[int, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    rationale: str = ""
    raw: str = ""
    finish: str = ""
    parser: str = ""
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    latency_ms: float | None = None
    detail: str = ""
    call: str = ""

    def to_mapping(self) -> dict[str, object]:
        """Plain data, with the keys of the judgements file."""
        data: dict[str, object] = {
            "criterion": self.criterion,
            "order": None if self.order is None else self.order.value,
            "sample": self.sample,
            "status": self.status.value,
        }
        optional = {
            "score": self.score,
            "label": self.label,
            "verdict": None if self.verdict is None else self.verdict.value,
            "answer_scores": list(self.answer_scores) or None,
            "ranking": list(self.ranking) or None,
            "scores": dict(self.scores) or None,
            "labels": dict(self.labels) or None,
            "score_source": None if self.source is None else self.source.value,
            "probabilities": dict(self.probabilities) or None,
            "outside": self.outside,
            "rationale": self.rationale or None,
            "detail": self.detail or None,
            "call": self.call or None,
            "model": self.model or None,
        }
        data |= {key: value for key, value in optional.items() if value is not None}
        return data | {
            "raw": self.raw,
            "finish": self.finish,
            "parser": self.parser,
            "usage": self.usage.to_mapping(),
            "latency_ms": self.latency_ms,
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


def usage_from_mapping(data: object) -> Usage:
    """Read back `Usage.to_mapping`."""
    reader = MappingReader(data, InputError)
    most = 10**15
    return Usage(
        *(reader.whole(part, 0, most) for part in ("input", "output", "cached", "reasoning", "cache_write"))
    )


def reply_from_mapping(data: object) -> JudgeReply:
    """Read back `JudgeReply.to_mapping`."""
    reader = MappingReader(data, InputError)
    text, refusal, said = reader.take("text"), reader.take("refusal"), reader.take("said")
    tokens: list[TokenLogprob] = []
    for row in reader.sequence("logprobs"):
        match row:
            case [str() as token, int() | float() as logprob, list() as top]:
                pairs = tuple((str(pair[0]), float(pair[1])) for pair in top)
                tokens.append(TokenLogprob(token, float(logprob), pairs))
            case _:
                raise reader.fail("logprobs", "expected [token, logprob, alternatives].")
    return JudgeReply(
        text=text if isinstance(text, str) else "",
        finish=reader.text("finish"),
        logprobs=tuple(tokens),
        usage=usage_from_mapping(reader.take("usage") or {}),
        model=reader.text("model"),
        latency_ms=reader.number("latency_ms", 0, 1e12),
        request_id=reader.text("request_id"),
        refusal=refusal if isinstance(refusal, str) else None,
        dropped={str(key): str(value) for key, value in reader.mapping("dropped").items()},
        said=said if isinstance(said, str) else "",
        probabilities={str(key): float(str(value)) for key, value in reader.mapping("probabilities").items()},
    )


def vote_from_mapping(data: object) -> Vote:
    """Read back `Vote.to_mapping`."""
    reader = MappingReader(data, InputError)
    order, verdict, source = reader.take("order"), reader.take("verdict"), reader.take("score_source")
    label, raw = reader.take("label"), reader.take("raw")
    return Vote(
        status=Status(reader.text("status", None)),
        criterion=reader.text("criterion"),
        order=None if order is None else Order(str(order)),
        sample=reader.whole("sample", 0, 10**9) or 0,
        score=reader.number("score", -1e12, 1e12),
        label=None if label is None else str(label),
        verdict=None if verdict is None else Verdict(str(verdict)),
        source=None if source is None else ScoreSource(str(source)),
        probabilities={str(key): float(str(value)) for key, value in reader.mapping("probabilities").items()},
        outside=reader.number("outside", 0, 1.000001),
        answer_scores=tuple(float(str(value)) for value in reader.sequence("answer_scores")),
        ranking=tuple(int(str(value)) for value in reader.sequence("ranking")),
        scores={str(key): float(str(value)) for key, value in reader.mapping("scores").items()},
        labels={str(key): str(value) for key, value in reader.mapping("labels").items()},
        rationale=reader.text("rationale"),
        raw=raw if isinstance(raw, str) else "",
        finish=reader.text("finish"),
        parser=reader.text("parser"),
        model=reader.text("model"),
        usage=usage_from_mapping(reader.take("usage") or {}),
        latency_ms=reader.number("latency_ms", 0, 1e12),
        detail=reader.text("detail"),
        call=reader.text("call"),
    )
