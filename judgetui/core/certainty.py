"""How sure a judgement is of its result, by which a cascade lets an item go on to the next judge.

Cheap judge first, the uncertain items to the next: Chen, Zaharia and Zou 2023, FrugalGPT, arXiv:2305.05176.
They learn a score of how reliable an answer is; here it is read from the judgement alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from judgetui.core.item import Item
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.combining import best_first
from judgetui.core.request import JudgeRequest
from judgetui.core.rubric import Rubric
from judgetui.core.vote import ScoreSource, Status, Vote

PROBABLE: Final = frozenset({ScoreSource.LOGPROBS, ScoreSource.DECISION})
"""Sources whose votes come with probabilities; shares of samples are counted as votes."""


def certainty(judgement: Judgement) -> float | None:
    """How sure a judgement is of its result, 0 to 1; None when it does not tell.

    Where every vote has probabilities, it is the margin of their mean: how far the likeliest point or verdict
    leads the next (Scheffer, Decomain and Wrobel 2001, Active Hidden Markov Models). Else it is the
    share of the ok votes, over samples and orders, that say what the judgement says (votes that disagree are
    what tells doubt in Seung, Opper and Sompolinsky 1992, Query by Committee); where two orders contradict each
    other neither says what comes of it, a tie, and it is 0. Numbers agree when they round to the same whole
    point. Of several criteria the least certain one counts.

    A judgement that is not ok has 0: nothing is certain about a failure. One that was settled without a call has
    1: every judge would be given the same. One vote without probabilities tells nothing, and neither do grades
    of each answer by itself, since none of them says which is better.
    """
    out = judgement.outcome
    if out.status is not Status.OK:
        return 0.0
    if not judgement.votes:
        return 1.0
    votes = [vote for vote in judgement.votes if vote.status is Status.OK]
    if any(out.verdict is not None and vote.verdict is None for vote in votes):
        return None
    criteria = dict.fromkeys(vote.criterion for vote in votes)
    found = [_on_one(out, [vote for vote in votes if vote.criterion == name]) for name in criteria]
    known = [each for each in found if each is not None]
    return min(known) if known and len(known) == len(found) else None


def is_uncertain(judgement: Judgement, threshold: float) -> bool:
    """Whether a judgement's certainty is below a threshold, so that a cascade asks the next judge.

    One that does not tell how sure it is counts as uncertain: nothing speaks for ending there.

    Args:
        threshold: 0 to 1; nothing is below 0, and at 1 only full certainty ends the cascade.
    """
    found = certainty(judgement)
    return found is None or found < threshold


def tells_certainty(
    protocol: JudgeProtocol, rubric: Rubric, item: Item, source: ScoreSource, order: str | None = None
) -> bool:
    """Whether judgements will have a certainty, by what would be asked: only such a judge can begin a cascade.

    Args:
        rubric: with the run's number of samples in its sampling.
        item: one of the run's, which stands for all.
        source: where scores come from, given what the judge can do.
        order: overrides the rubric's.

    Raises:
        ItemError: if the item cannot be judged.
    """
    by_criterion: dict[str, list[JudgeRequest]] = {}
    for call in protocol.calls(rubric, item, source, order):
        by_criterion.setdefault(call.criterion, []).append(call)
    alone = len({call.order for call in protocol.calls(rubric, item, source, "as-given")}) > 1
    if alone:  # answers graded one by one, whatever order is asked for
        return False
    return source in PROBABLE or all(len(calls) > 1 for calls in by_criterion.values())


def _on_one(out: Outcome, votes: Sequence[Vote]) -> float | None:
    """The certainty of the ok votes on one criterion, or on all at once."""
    if all(vote.source in PROBABLE and vote.probabilities for vote in votes):
        mass: Counter[str] = Counter()
        for vote in votes:
            mass.update(vote.probabilities)
        shares = {key: mass[key] / len(votes) for key in mass}
        return Outcome(Status.OK, probabilities=shares).margin
    if len(votes) < 2:
        return None
    return sum(_agrees(out, vote) for vote in votes) / len(votes)


def _agrees(out: Outcome, vote: Vote) -> bool:
    """Whether a vote says what the judgement says, of its criterion or of all."""
    if vote.labels:
        return all(label == out.labels.get(name) for name, label in vote.labels.items())
    if vote.scores:
        return all(_point(score) == _point(out.scores.get(name)) for name, score in vote.scores.items())
    if vote.verdict is not None:
        whole = None if out.verdict is None else out.verdict.value
        return vote.verdict.value == out.labels.get(vote.criterion, whole)
    if vote.ranking or vote.answer_scores:
        return (vote.ranking or best_first(vote.answer_scores)) == (
            out.ranking or best_first(out.answer_scores)
        )
    if vote.label is not None:
        return vote.label == out.labels.get(vote.criterion, out.label)
    return _point(vote.score) == _point(out.scores.get(vote.criterion, out.score))


def _point(score: float | None) -> int | None:
    """The nearest whole point, halves to the even one, as labels are compared."""
    return None if score is None else round(score)
