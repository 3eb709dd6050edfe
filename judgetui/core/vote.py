"""Votes: what a reply means, or why it means nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from judgetui.core.reading import MappingReader
from judgetui.core.reply import Usage, usage_from_mapping
from judgetui.core.request import Order
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
