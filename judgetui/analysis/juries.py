"""Juries: what several judges of the same item come to together, and how far each agrees with the rest.

Judges without a result are left out and counted; nothing is put in their place. A panel of judges pools
labels by vote and scores by their mean (Verga et al. 2024, Replacing Judges with Juries, arXiv:2404.18796),
which are the default rules here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from statistics import fmean
from typing import Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import wilson
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import better
from judgetui.core.protocols.combining import ROUNDING, best_first, ranked
from judgetui.core.scale import LabelScale, NumericScale, Scale
from judgetui.core.vote import ScoreSource, Status, Verdict

_SIDES: Final = {Verdict.A.value, Verdict.B.value}


class Rule(StrEnum):
    """How a jury comes to a result; `cascade` is the result of the last judge that was asked."""

    MAJORITY = "majority"
    MEAN = "mean"
    DAWID_SKENE = "dawid-skene"
    CASCADE = "cascade"


class Kind(StrEnum):
    """What judges give: a verdict on a pair, a label, a score, or an order of three or more answers."""

    VERDICT = "verdict"
    LABEL = "label"
    SCORE = "score"
    RANKING = "ranking"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A jury's result on one item.

    Args:
        outcome: ok without a result where the judges draw, with the reason as its detail; where no judge has a
            result, the worst of their states.
        asked: judges that have a judgement.
        spoke: those of them whose result was used.
        said: how many said what, the most frequent first; empty where numbers were averaged.
    """

    outcome: Outcome
    asked: int
    spoke: int
    said: Mapping[str, int] = field(default_factory=dict)

    @property
    def decided(self) -> bool:
        """Whether there is a result."""
        out = self.outcome
        return out.status is Status.OK and (
            out.verdict is not None or out.label is not None or out.score is not None
        )

    @property
    def split(self) -> bool:
        """Whether several results were given equally often, more than any other."""
        return list(self.said.values()).count(max(self.said.values(), default=0)) > 1


Combine = Callable[[Sequence[Outcome]], Ruling]
"""A rule, ready to be used on the judges' outcomes of an item."""


def kind_of(outcomes: Iterable[Outcome]) -> Kind | None:
    """What judges give, by their results; None where none has a result of the whole."""
    scored = False
    for out in outcomes:
        if out.status is not Status.OK:
            continue
        if out.verdict is not None:
            return Kind.VERDICT
        if out.ranking or len(out.answer_scores) > 1:
            return Kind.RANKING
        if out.label is not None:
            return Kind.LABEL
        scored = scored or out.score is not None
    return Kind.SCORE if scored else None


def said(outcome: Outcome, kind: Kind) -> str | None:
    """What an outcome says, as text that is equal for equal results; None where it has no such result."""
    if outcome.status is not Status.OK:
        return None
    match kind:
        case Kind.VERDICT:
            return None if outcome.verdict is None else outcome.verdict.value
        case Kind.LABEL:
            return outcome.label
        case Kind.SCORE:
            return None if outcome.score is None else f"{outcome.score:g}"
    return outcome.label or (ranked(outcome.answer_scores) if outcome.answer_scores else None)


def points_only(outcomes: Iterable[Outcome], scale: Scale | None) -> bool:
    """Whether every score is a point of a numeric scale, so that points can be counted."""
    if not isinstance(scale, NumericScale):
        return False
    scores = [out.score for out in outcomes if out.status is Status.OK and out.score is not None]
    return all(score in scale.points for score in scores)


def majority(outcomes: Sequence[Outcome], kind: Kind, scale: Scale | None = None) -> Ruling:
    """The result that most judges give: a verdict, a label, or a point of the scale.

    Two that are equally frequent are no majority, which is a state with its reason. Of verdicts there is one
    exception: as many for A as for B is a tie, as opposite winners are in MT-Bench (lm-sys/FastChat,
    llm_judge/show_result.py) and PandaLM (WeOpenML/PandaLM, issue 41), also where as many again say tie. A win
    and a tie equally often are no majority: MT-Bench calls that a tie, PandaLM follows the first.

    Args:
        kind: any but a ranking, whose whole orders hardly meet.
        scale: what a label is worth, and so the score beside it.

    Raises:
        ValueError: for rankings.
    """
    if kind is Kind.RANKING:
        raise ValueError("orders of answers have no majority")
    values = [(out, text) for out in outcomes if (text := said(out, kind)) is not None]
    if not values:
        return _nothing(outcomes)
    counts = Counter(text for _, text in values)
    most = _most(counts, kind is Kind.VERDICT)
    spoken = [out for out, _ in values]
    named = {} if kind is Kind.SCORE else _majorities(spoken, kind)
    return Ruling(
        replace(
            result(most, kind, scale, spoken),
            labels=named,
            detail=_reason(counts, most, len(outcomes) - len(values)),
        ),
        len(outcomes),
        len(values),
        dict(counts.most_common()),
    )


def mean(outcomes: Sequence[Outcome], delta: float = 0.0) -> Ruling:
    """The mean of the judges' scores, or of each answer's scores, of which the highest wins.

    Args:
        delta: two answers' means no further apart than this are a tie.
    """
    good = [out for out in outcomes if out.status is Status.OK]
    answers = [out for out in good if len(out.answer_scores) > 1]
    scored = answers or [out for out in good if out.score is not None]
    if not scored:
        return _nothing(outcomes)
    source = _weakest(scored)
    note = _without(len(outcomes) - len(scored))
    if not answers:
        names = dict.fromkeys(name for out in scored for name in out.scores)
        by_name = {name: [out.scores[name] for out in scored if name in out.scores] for name in names}
        outcome = Outcome(
            Status.OK,
            score=fmean(out.score for out in scored if out.score is not None),
            scores={name: fmean(values) for name, values in by_name.items()},
            source=source,
            detail=note,
        )
        return Ruling(outcome, len(outcomes), len(scored))
    scores = tuple(fmean(column) for column in zip(*(out.answer_scores for out in answers), strict=True))
    several = len(scores) > 2
    outcome = Outcome(
        Status.OK,
        verdict=better(scores, (), max(delta, ROUNDING)),
        answer_scores=scores,
        ranking=best_first(scores) if several else (),
        label=ranked(scores) if several else None,
        source=source,
        detail=note,
    )
    return Ruling(outcome, len(outcomes), len(scored))


def last(outcomes: Sequence[Outcome]) -> Ruling:
    """The result of the last judge that was asked, whatever it is, as a cascade has it.

    Args:
        outcomes: in the order in which the judges are asked; one or more.
    """
    outcome = outcomes[-1]
    return Ruling(outcome, len(outcomes), int(outcome.status is Status.OK))


def result(text: str | None, kind: Kind, scale: Scale | None, outcomes: Sequence[Outcome]) -> Outcome:
    """An outcome that says this, with what a label is worth; without a result where there is no text.

    Args:
        outcomes: those it was made of: their source, and the criterion where they are all on the same one.
    """
    source = _weakest(outcomes)
    if text is None:
        return Outcome(Status.OK, source=source)
    names = list({name for out in outcomes for name in (*out.scores, *out.labels)})
    only = names if len(names) == 1 else []
    if kind is Kind.VERDICT:
        verdict = Verdict(text)
        return Outcome(Status.OK, verdict=verdict, labels=dict.fromkeys(only, text), source=source)
    label = text if kind is Kind.LABEL else None
    score = (
        float(text) if kind is Kind.SCORE else scale.value(text) if isinstance(scale, LabelScale) else None
    )
    return Outcome(
        Status.OK,
        score=score,
        scores={} if score is None else dict.fromkeys(only, score),
        label=label,
        labels={} if label is None else dict.fromkeys(only, label),
        source=source,
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a judge agrees with the jury of the others.

    Args:
        figure: share of items on which it says what they come to, with Wilson's interval.
        undecided: items left out because the others are split or have no result.
    """

    figure: Figure
    undecided: int


def with_the_rest(items: Iterable[Mapping[str, Outcome]], judge: str, kind: Kind, rest: Combine) -> Agreement:
    """Leave one judge out, and compare it with what the others come to.

    Others that are split are no standard, not even where opposite verdicts make a tie: with three judges a judge
    would differ from two that cancel each other out, whatever it says. Scores are compared after rounding to
    whole points, halves to the even one, as labels are.

    Args:
        items: the outcomes of each item by judge.
        rest: how the others are put together.
    """
    hits = n = undecided = 0
    for outcomes in items:
        own = outcomes.get(judge)
        if own is None or said(own, kind) is None:
            continue
        ruling = rest([out for name, out in outcomes.items() if name != judge])
        if ruling.split or not ruling.decided:
            undecided += 1
            continue
        n += 1
        if kind is Kind.SCORE and own.score is not None and ruling.outcome.score is not None:
            hits += round(own.score) == round(ruling.outcome.score)
        else:
            hits += said(own, kind) == said(ruling.outcome, kind)
    return Agreement(Figure.of_rate(wilson(hits, n)), undecided)


def _most(counts: Counter[str], verdicts: bool) -> str | None:
    top = max(counts.values())
    leaders = {text for text, count in counts.items() if count == top}
    if len(leaders) == 1:
        return leaders.pop()
    if verdicts and _SIDES <= leaders <= {*_SIDES, Verdict.TIE.value}:
        return Verdict.TIE.value
    return None


def _majorities(outcomes: Sequence[Outcome], kind: Kind) -> dict[str, str]:
    """The majority on each criterion that has one."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(name for out in outcomes for name in out.labels):
        most = _most(
            Counter(out.labels[name] for out in outcomes if name in out.labels), kind is Kind.VERDICT
        )
        if most is not None:
            found[name] = most
    return found


def _reason(counts: Counter[str], most: str | None, without: int) -> str:
    """How the judges came to their result, or why they have none."""
    told = ", ".join(f"{text.replace('_', ' ')} {count}" for text, count in counts.most_common())
    judges = "judges:" if counts.total() > 1 else "judge:"
    words = f"{'no majority of' if most is None else 'of'} {counts.total()} {judges} {told}."
    return " ".join(filter(None, (words, _without(without))))


def _without(count: int) -> str:
    return f"{count} without a result." if count else ""


def _nothing(outcomes: Sequence[Outcome]) -> Ruling:
    states = [out.status for out in outcomes]
    status = max(states, key=lambda state: state.severity, default=Status.CANCELLED)
    return Ruling(Outcome(status, detail="no judge has a result."), len(outcomes), 0)


def _weakest(outcomes: Sequence[Outcome]) -> ScoreSource | None:
    """The least informative source, so that the jury claims no more than its weakest part."""
    known = list(ScoreSource)
    return max((out.source for out in outcomes if out.source is not None), key=known.index, default=None)
