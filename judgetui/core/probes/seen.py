"""What a judgement comes to, as probes compare it: a number for the answer in question, and the result in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from judgetui.core.item import Item
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.combining import ROUNDING
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.request import Order
from judgetui.core.rubric import Rubric
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import Status, Verdict


@dataclass(frozen=True, slots=True)
class Span:
    """The range of the numbers that `Seen.value` has.

    Args:
        step: the least distance of two different results.
        unit: what the numbers are, in words.
    """

    low: float
    high: float
    step: float
    unit: str

    @property
    def reach(self) -> float:
        """The largest change there can be."""
        return self.high - self.low

    @property
    def near_top(self) -> float:
        """Where the upper tenth of the range begins: what an attack has to reach."""
        return self.high - self.reach / 10


@dataclass(frozen=True, slots=True)
class Seen:
    """What a judgement came to for one answer.

    Args:
        value: its score; of several answers the share of the others that it beats, ties half. None where the
            judgement has no result, or labels that are worth nothing in numbers.
        result: verdict, order or label; empty for a bare score.
    """

    status: Status
    value: float | None = None
    result: str = ""

    def differs(self, other: Seen, span: Span) -> bool:
        """Whether two results are different; scores are when they are half a step apart."""
        if self.result and other.result:
            return self.result != other.result
        if self.value is None or other.value is None:
            return self.value is not other.value
        return abs(self.value - other.value) >= span.step / 2 - ROUNDING


def span_of(protocol: JudgeProtocol, rubric: Rubric) -> Span:
    """The range of values under a rubric."""
    if protocol.card.task_type is TaskType.PAIRWISE:
        return Span(0.0, 1.0, 0.5, "share of wins")
    if protocol.card.task_type is TaskType.LISTWISE:
        return Span(0.0, 1.0, 0.5, "share of the others beaten")
    scale = scale_of(protocol, rubric)
    if isinstance(scale, NumericScale):
        return Span(scale.low, scale.high, 1.0, f"points of {scale.low} to {scale.high}")
    worth = sorted(set(scale.values.values()))
    if len(worth) > 1:
        step = min(high - low for low, high in pairwise(worth))
        return Span(worth[0], worth[-1], step, f"points of {worth[0]:g} to {worth[-1]:g}")
    return Span(0.0, 1.0, 1.0, "share passed")


def seen(
    protocol: JudgeProtocol,
    rubric: Rubric,
    judgement: Judgement,
    side: int,
    orders: Collection[Order | None] | None = None,
) -> Seen:
    """What a judgement came to for the answer of this index.

    Args:
        orders: when given, only votes in these orders count, combined anew by the protocol's rule.
    """
    outcome = judgement.outcome
    if orders is not None and shown_in(judgement) != set(orders):
        votes = [vote for vote in judgement.votes if vote.order in orders]
        if not votes:
            return Seen(Status.FAILED)
        outcome = protocol.combine(rubric, votes)
    if outcome.status is not Status.OK:
        return Seen(outcome.status)
    if len(judgement.item.responses) > 1:
        return Seen(Status.OK, _rank_share(outcome, side), _standing(outcome))
    return Seen(Status.OK, _point(outcome, protocol, rubric), _labels(outcome))


def shown_in(judgement: Judgement) -> set[Order | None]:
    """The orders of a judgement's votes."""
    return {vote.order for vote in judgement.votes}


def by_order(
    protocol: JudgeProtocol, rubric: Rubric, judgement: Judgement
) -> Mapping[Order | None, Verdict] | None:
    """The verdict in each order, in the item's own; None unless both orders of a pair have one."""
    found: dict[Order | None, Verdict] = {}
    for order in (Order.AB, Order.BA):
        votes = [vote for vote in judgement.votes if vote.order == order]
        outcome = protocol.combine(rubric, votes) if votes else Outcome(Status.FAILED)
        if outcome.verdict is None:
            return None
        found[order] = outcome.verdict
    return found


def said_by_people(item: Item, rubric: Rubric, side: int) -> float | None:
    """The same number by the item's labels on the whole: the mean of scores, or the majority of verdicts or labels.

    None without labels, where raters draw, and for labels that are worth nothing in numbers.
    """
    values = [label.value for label in item.labels if label.criterion is None]
    numbers = [float(value) for value in values if not isinstance(value, str)]
    if numbers:
        return sum(numbers) / len(numbers) if len(numbers) == len(values) else None
    (word, most), *others = Counter(str(value).strip().casefold() for value in values).most_common(2) or [
        ("", 0)
    ]
    if not most or (others and others[0][1] == most):
        return None
    if len(item.responses) == 2:
        ties = {"tie": 0.5, "both_bad": 0.5}
        return ties.get(word, {"a": 1.0, "b": 0.0}.get(word) if side == 0 else {"a": 0.0, "b": 1.0}.get(word))
    scale = rubric.scale
    if not isinstance(scale, LabelScale):
        return None
    named = {label.casefold(): label for label in scale.labels}
    return _worth(scale, named[word]) if word in named else None


def _rank_share(outcome: Outcome, side: int) -> float | None:
    if outcome.verdict is not None:
        wins = {Verdict.A: 1.0 - side, Verdict.B: float(side)}
        return wins.get(outcome.verdict, 0.5)
    standing: Sequence[float] = outcome.answer_scores
    if not standing:
        standing = [-outcome.ranking.index(index) for index in sorted(outcome.ranking)]
    if len(standing) < 2:
        return None
    own = standing[side]
    others = [score for index, score in enumerate(standing) if index != side]
    beaten = sum(1.0 if own > each + ROUNDING else 0.5 if own > each - ROUNDING else 0.0 for each in others)
    return beaten / len(others)


def _standing(outcome: Outcome) -> str:
    return outcome.verdict.value if outcome.verdict is not None else outcome.label or ""


def _point(outcome: Outcome, protocol: JudgeProtocol, rubric: Rubric) -> float | None:
    if outcome.score is not None:
        return outcome.score
    scale = scale_of(protocol, rubric)
    if not isinstance(scale, LabelScale):
        return None
    given = [
        _worth(scale, outcome.labels[each.name]) for each in rubric.criteria if each.name in outcome.labels
    ]
    known = [worth for worth in given if worth is not None]
    return sum(known) / len(known) if known and len(known) == len(rubric.criteria) else None


def _worth(scale: LabelScale, label: str) -> float | None:
    """What a label is worth: its value, or else whether it is a pass."""
    if scale.values:
        return scale.values.get(label)
    return float(label in scale.passing) if scale.passing else None


def _labels(outcome: Outcome) -> str:
    return " / ".join(f"{name}: {label}" for name, label in sorted(outcome.labels.items()))
