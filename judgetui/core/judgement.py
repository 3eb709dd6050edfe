"""Judgements: the votes on one item under one rubric version by one judge, combined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from judgetui.core.item import Item, Label
from judgetui.core.reply import Usage
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a protocol makes of an item's votes.

    Args:
        scores: by criterion; only criteria whose votes are all ok.
        score: weighted mean over the criteria, only when all have one.
        consistent: whether all orders gave the same verdict; None when only one was asked.
        answer_scores: one for each answer, in the item's own order.
        ranking: indices of the answers, best first; where it is given, `label` says the same in letters.
        probabilities: of each point or verdict, for a judgement on a single criterion.
        outside: probability mass on tokens that are no scale point; None without log-probabilities.
        detail: why there is no result, or what was noticed.
    """

    status: Status
    score: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    label: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    verdict: Verdict | None = None
    consistent: bool | None = None
    source: ScoreSource | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    outside: float | None = None
    answer_scores: tuple[float, ...] = ()
    ranking: tuple[int, ...] = ()
    rationale: str = ""
    detail: str = ""

    @property
    def margin(self) -> float | None:
        """How far the most probable answer leads the next, 0 to 1; None without probabilities."""
        if not self.probabilities:
            return None
        first, second = sorted([*self.probabilities.values(), 0.0], reverse=True)[:2]
        return first - second


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judgement as it is stored.

    Args:
        cost_usd: US dollars; None when the price is not known.
        started: when its first call was sent.
    """

    run_id: int
    position: int
    item: Item
    item_hash: str
    rubric: str
    rubric_hash: str
    protocol: str
    judge: str
    outcome: Outcome
    votes: tuple[Vote, ...]
    started: datetime
    cost_usd: float | None = None

    @property
    def status(self) -> Status:
        """What became of it."""
        return self.outcome.status

    @property
    def usage(self) -> Usage:
        """Tokens over all votes."""
        return sum((vote.usage for vote in self.votes), Usage())

    def to_mapping(self) -> dict[str, object]:
        """One line of a judgements file."""
        out = self.outcome
        data: dict[str, object] = {
            "id": self.item.id,
            "rubric": self.rubric,
            "rubric_hash": self.rubric_hash,
            "protocol": self.protocol,
            "judge": self.judge,
            "status": out.status.value,
            "score": out.score,
            "scores": dict(out.scores),
            "label": out.label,
            "labels": dict(out.labels),
            "verdict": None if out.verdict is None else out.verdict.value,
            "answer_scores": list(out.answer_scores),
            "ranking": list(out.ranking),
            "probabilities": dict(out.probabilities),
            "margin": out.margin,
            "outside": out.outside,
            "score_source": None if out.source is None else out.source.value,
            "consistent": out.consistent,
            "votes": [vote.to_mapping() for vote in self.votes],
            "rationale": out.rationale,
            "detail": out.detail,
            "usage": self.usage.to_mapping(),
            "cost_usd": self.cost_usd,
            "started": self.started.isoformat(),
        }
        kept = self.item.to_mapping()
        data |= {
            key: value
            for key, value in kept.items()
            if key in {"model", "model_a", "model_b", "models", "category", "group", "split", "human"}
            or key.startswith("human.")
        }
        return data


@dataclass(frozen=True, slots=True)
class JudgementRow:
    """A judgement as a table shows and counts it, without votes and texts.

    Args:
        labels: what people said of its item.
    """

    position: int
    judge: str
    status: Status
    score: float | None
    verdict: Verdict | None
    label: str | None
    consistent: bool | None
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """A judgement as figures are made of it: its results and what is known of its item, without votes and texts.

    Args:
        scores: by criterion.
        labels: by criterion.
        said: what people said of the item.
        models: who gave each answer, None where unknown.
        lengths: characters of each answer.
    """

    position: int
    item_id: str
    item_hash: str
    status: Status
    score: float | None
    scores: Mapping[str, float]
    label: str | None
    labels: Mapping[str, str]
    verdict: Verdict | None
    consistent: bool | None
    source: ScoreSource | None
    said: tuple[Label, ...]
    category: str | None
    group: str | None
    split: str | None
    models: tuple[str | None, ...]
    lengths: tuple[int, ...]


def row_of(judgement: Judgement | JudgementRow) -> JudgementRow:
    """What a table shows of a judgement."""
    if isinstance(judgement, JudgementRow):
        return judgement
    out = judgement.outcome
    return JudgementRow(
        position=judgement.position,
        judge=judgement.judge,
        status=out.status,
        score=out.score,
        verdict=out.verdict,
        label=out.label,
        consistent=out.consistent,
        labels=judgement.item.labels,
    )


def worst(votes: Iterable[Vote]) -> Status:
    """The worst status among votes: cancelled, failed, refused, unparsed, ok."""
    return max((vote.status for vote in votes), key=lambda status: status.severity, default=Status.OK)


def broken(votes: Sequence[Vote]) -> Outcome | None:
    """The outcome of votes that are not all ok; None when they are."""
    status = worst(votes)
    if status is Status.OK:
        return None
    first = next(vote for vote in votes if vote.status is status)
    return Outcome(status=status, detail=first.detail, rationale="")


_WEAKEST_FIRST: Final = tuple(reversed(ScoreSource))


def weakest_source(votes: Iterable[Vote]) -> ScoreSource | None:
    """The least informative score source among votes, so that a mean claims no more than its weakest part."""
    sources = {vote.source for vote in votes if vote.source is not None}
    return next((source for source in _WEAKEST_FIRST if source in sources), None)
