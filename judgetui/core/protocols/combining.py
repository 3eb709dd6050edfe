"""Combines the votes of pointwise protocols: samples into criteria, criteria into a score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from judgetui.core.judgement import Outcome, broken, weakest_source
from judgetui.core.rubric import Rubric
from judgetui.core.vote import ScoreSource, Status, Vote

NO_VOTE = Outcome(status=Status.CANCELLED, detail="no vote.")


def usable(votes: Sequence[Vote]) -> list[Vote]:
    """The ok votes, if they are more than half; else none, since what is missing could decide."""
    good = [vote for vote in votes if vote.status is Status.OK]
    return good if 2 * len(good) > len(votes) else []


def combine_scores(rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
    """The mean over samples for each criterion, then the weighted mean over criteria.

    A criterion has a result when more than half of its samples do; samples without one are left out. Where a
    criterion has none, the outcome is the worst status among the votes that are missing.
    """
    scores: dict[str, float] = {}
    labels: dict[str, str] = {}
    notes: list[str] = []
    kept: list[Vote] = []
    missing: list[Vote] = []
    for criterion in rubric.criteria:
        own = [vote for vote in votes if vote.criterion == criterion.name]
        if not own:
            return NO_VOTE
        good = usable(own)
        if not good:
            missing += own
            continue
        if len(good) < len(own):
            notes.append(f"{criterion.name}: {len(good)} of {len(own)} samples have a score.")
        kept += good
        numbers = [vote.score for vote in good if vote.score is not None]
        if numbers:
            scores[criterion.name] = sum(numbers) / len(numbers)
        named = Counter(vote.label for vote in good if vote.label is not None)
        if named:
            labels[criterion.name] = named.most_common(1)[0][0]
    if failure := broken(missing):
        return failure
    weight = sum(criterion.weight for criterion in rubric.criteria)
    complete = len(scores) == len(rubric.criteria) and weight > 0
    single = len(rubric.criteria) == 1
    source = weakest_source(kept)
    if source is ScoreSource.SINGLE and len(kept) > len(rubric.criteria):
        source = ScoreSource.SAMPLES
    notes += [vote.detail for vote in kept if vote.detail]
    return Outcome(
        status=Status.OK,
        score=sum(scores[c.name] * c.weight for c in rubric.criteria) / weight if complete else None,
        scores=scores,
        label=next(iter(labels.values())) if single and labels else None,
        labels=labels,
        source=source,
        probabilities=_mean_probabilities(kept) if single else {},
        outside=max((vote.outside for vote in kept if vote.outside is not None), default=None),
        rationale=next((vote.rationale for vote in kept if vote.rationale), ""),
        detail=" ".join(dict.fromkeys(notes)),
    )


def _mean_probabilities(votes: Sequence[Vote]) -> dict[str, float]:
    weighed = [vote.probabilities for vote in votes if vote.probabilities]
    if not weighed or len(weighed) < len(votes):
        return {}
    keys = dict.fromkeys(key for weights in weighed for key in weights)
    return {key: sum(weights.get(key, 0.0) for weights in weighed) / len(weighed) for key in keys}
