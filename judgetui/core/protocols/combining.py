"""Combines votes: samples into criteria, criteria into a score, orders into a verdict, by the published rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from string import ascii_uppercase
from typing import Final

from judgetui.core.judgement import Outcome, broken, weakest_source
from judgetui.core.protocols.base import better
from judgetui.core.request import Order
from judgetui.core.rubric import Rubric
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote

SwapRule = Callable[[Mapping[Order | None, Verdict]], Verdict]
"""Makes one verdict of the verdicts in each order, which stand in the order they were asked."""

NO_VOTE = Outcome(status=Status.CANCELLED, detail="no vote.")

ROUNDING: Final = 1e-9
"""What sums of fractions can be off by: means this close are equal."""


def usable(votes: Sequence[Vote]) -> list[Vote]:
    """The ok votes, if they are more than half; else none, since what is missing could decide."""
    good = [vote for vote in votes if vote.status is Status.OK]
    return good if 2 * len(good) > len(votes) else []


def combine_scores(rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
    """The mean over samples for each criterion, then the weighted mean over criteria.

    Labels are not averaged: a criterion has the label that most of its samples give, and none when two are
    given equally often. A criterion has a result when more than half of its samples do; samples without one
    are left out. Where a criterion has none, the outcome is the worst status among the votes that are missing.
    """
    scores: dict[str, float] = {}
    labels: dict[str, str] = {}
    notes: list[str] = []
    kept: list[Vote] = []
    missing: list[Vote] = []
    votes = [each for vote in votes for each in _by_criterion(rubric, vote)]
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
        given = [vote.label for vote in good if vote.label is not None]
        named = Counter(given).most_common(2) if len(given) > 1 else [(label, 1) for label in given]
        if len(named) == 2 and named[0][1] == named[1][1]:
            notes.append(f"{criterion.name}: as many samples say {named[0][0]} as {named[1][0]}.")
        elif named:
            labels[criterion.name] = named[0][0]
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
    return _mean(weighed) if weighed and len(weighed) == len(votes) else {}


def _by_criterion(rubric: Rubric, vote: Vote) -> list[Vote]:
    """A vote on all criteria at once as one for each; any other vote as it is."""
    if vote.criterion or (len(rubric.criteria) == 1 and not (vote.scores or vote.labels)):
        return [vote if vote.criterion else replace(vote, criterion=rubric.criteria[0].name)]
    return [
        replace(vote, criterion=c.name, score=vote.scores.get(c.name), label=vote.labels.get(c.name))
        for c in rubric.criteria
    ]


# verdicts on a pair


def conservative(verdicts: Mapping[Order | None, Verdict]) -> Verdict:
    """A side wins only when all orders say so; a win in one order and a tie in the other is a tie too.

    MT-Bench's rule (lm-sys/FastChat, llm_judge/show_result.py).
    """
    distinct = set(verdicts.values())
    return distinct.pop() if len(distinct) == 1 else Verdict.TIE


def first_order(verdicts: Mapping[Order | None, Verdict]) -> Verdict:
    """Opposite winners are a tie; otherwise the verdict in the first order stands, a tie in it included.

    PandaLM's rule (WeOpenML/PandaLM, issue 41): two ties are a tie, the same place in both orders is one too,
    and else the first order is followed, so that a win there beats a tie in the other order, but not the
    other way round.
    """
    found = list(verdicts.values())
    winners = {Verdict.A, Verdict.B}
    return Verdict.TIE if winners <= set(found) else found[0]


def combine_verdicts(rubric: Rubric, votes: Sequence[Vote], rule: SwapRule = conservative) -> Outcome:
    """The majority over samples in each order, the orders by the rule, and the criteria by weight.

    The side with more weight behind it wins. An order has a verdict when more than half of its samples do. The
    rule is for verdicts: where votes have probabilities, their mean is told beside it and decides nothing.
    """
    verdicts: dict[str, Verdict] = {}
    agree: list[bool] = []
    kept: list[Vote] = []
    missing: list[Vote] = []
    for criterion in rubric.criteria:
        own = [vote for vote in votes if vote.criterion == criterion.name]
        if not own:
            return NO_VOTE
        by_order: dict[Order | None, Verdict] = {}
        for shown in dict.fromkeys(vote.order for vote in own):
            cast = [vote for vote in own if vote.order == shown]
            good = usable(cast)
            if good:
                by_order[shown] = _majority([vote.verdict for vote in good if vote.verdict is not None])
            else:
                missing += cast
            kept += good
        if by_order:
            verdicts[criterion.name] = rule(by_order)
        if len(by_order) > 1:
            agree.append(len(set(by_order.values())) == 1)
    if failure := broken(missing):
        return failure
    several = len(votes) > sum(len({v.order for v in kept if v.criterion == name}) for name in verdicts)
    return Outcome(
        status=Status.OK,
        verdict=_weighed(rubric, verdicts),
        labels={name: verdict.value for name, verdict in verdicts.items()},
        consistent=all(agree) if agree else None,
        source=_source(kept, several),
        probabilities=_likely(kept, several) if len(rubric.criteria) == 1 else {},
        rationale=_first_rationale(kept),
        detail=_notes(kept),
    )


def combine_probabilities(rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
    """The mean probability that A is better, over orders and samples; the likelier side wins, weighed over criteria.

    AlpacaEval 2's soft preference is 1 plus the probability of B (tatsu-lab/alpaca_eval, decoders and
    completion_parsers.py, `logprob_parser`). Votes without probabilities count as certain.
    """
    if failure := _first_failure(rubric, votes):
        return failure
    verdicts: dict[str, Verdict] = {}
    agree: list[bool] = []
    kept = [vote for vote in votes if vote.status is Status.OK]
    shares: dict[str, float] = {}
    for criterion in rubric.criteria:
        own = [vote for vote in kept if vote.criterion == criterion.name]
        shares = _mean([vote.probabilities or {str(vote.verdict): 1.0} for vote in own])
        lead = shares.get("A", 0.0) - shares.get("B", 0.0)
        verdicts[criterion.name] = Verdict.A if lead > 0 else Verdict.B if lead < 0 else Verdict.TIE
        if len({vote.order for vote in own}) > 1:
            agree.append(len({vote.verdict for vote in own}) == 1)
    return Outcome(
        status=Status.OK,
        verdict=_weighed(rubric, verdicts),
        labels={name: verdict.value for name, verdict in verdicts.items()},
        consistent=all(agree) if agree else None,
        source=weakest_source(kept),
        probabilities=shares if len(rubric.criteria) == 1 else {},
        rationale=_first_rationale(kept),
        detail=_notes(kept),
    )


# a score for each answer


def combine_answer_scores(rubric: Rubric, votes: Sequence[Vote], delta: float = 0.0) -> Outcome:
    """The mean score of each answer over orders and samples, weighed over criteria; the higher one wins.

    FairEval's balanced position calibration and QLoRA's mean (section 3.2 of arXiv:2305.17926). The
    probabilities of a pair are the shares of its single replies that say A, B or tie, of which FairEval takes
    the entropy. Replies without scores are left out, unless half or more of them have none.

    Args:
        delta: means no further apart than this are a tie.
    """
    if failure := _first_failure(rubric, votes):
        return failure
    means: dict[str, tuple[float, ...]] = {}
    agree: list[bool] = []
    kept: list[Vote] = []
    notes: list[str] = []
    for criterion in rubric.criteria:
        own = [vote for vote in votes if vote.criterion == criterion.name]
        good = usable(own)
        kept += good
        means[criterion.name] = _mean_scores(good)
        if len(good) < len(own):
            notes.append(f"{criterion.name}: {len(good)} of {len(own)} replies have scores.")
        orders = dict.fromkeys(vote.order for vote in good)
        if len(orders) > 1:
            ways = {ranked(_mean_scores([v for v in good if v.order == each]), delta) for each in orders}
            agree.append(len(ways) == 1)
    scores = _weighted(rubric, means)
    verdict = better(scores, (), delta)
    several = len(kept) > len(rubric.criteria)
    return Outcome(
        status=Status.OK,
        verdict=verdict,
        label=None if verdict is not None else ranked(scores, delta),
        ranking=() if verdict is not None else best_first(scores),
        answer_scores=scores,
        consistent=all(agree) if agree else None,
        source=_source(kept, several),
        probabilities=_shares(kept) if verdict and several and len(rubric.criteria) == 1 else {},
        rationale=_first_rationale(kept),
        detail=" ".join(dict.fromkeys([*notes, *filter(None, [_notes(kept)])])),
    )


# rankings


def combine_rankings(rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
    """Borda's count: an answer gets a point for each answer ranked below it, averaged over votes.

    Votes of all orders and samples are averaged alike, then criteria by weight (de Borda 1781; the mean rank is
    the number of answers less these points). Answers with equal points are shown as equal, and stand in the
    item's own order. Replies without a ranking are left out, unless half or more of an order's have none.
    """
    if failure := _first_failure(rubric, votes):
        return failure
    means: dict[str, tuple[float, ...]] = {}
    agree: list[bool] = []
    kept: list[Vote] = []
    notes: list[str] = []
    for criterion in rubric.criteria:
        own = [vote for vote in votes if vote.criterion == criterion.name]
        good = usable(own)
        kept += good
        means[criterion.name] = _borda(good)
        if len(good) < len(own):
            notes.append(f"{criterion.name}: {len(good)} of {len(own)} replies have a ranking.")
        orders = dict.fromkeys(vote.order for vote in good)
        if len(orders) > 1:
            ways = {ranked(_borda([v for v in good if v.order == each]), ROUNDING) for each in orders}
            agree.append(len(ways) == 1)
    scores = _weighted(rubric, means)
    return Outcome(
        status=Status.OK,
        verdict=better(scores, (), ROUNDING),
        label=ranked(scores, ROUNDING),
        ranking=best_first(scores),
        answer_scores=scores,
        consistent=all(agree) if agree else None,
        source=_source(kept, len(kept) > len({(vote.criterion, vote.order) for vote in kept})),
        rationale=_first_rationale(kept),
        detail=" ".join(dict.fromkeys([*notes, *filter(None, [_notes(kept)])])),
    )


def _borda(votes: Sequence[Vote]) -> tuple[float, ...]:
    """The mean number of answers that each answer is ranked above, 0 to one less than there are answers."""
    points = [0] * len(votes[0].ranking)
    for vote in votes:
        for place, answer in enumerate(vote.ranking):
            points[answer] += len(points) - 1 - place
    return tuple(point / len(votes) for point in points)


def _first_failure(rubric: Rubric, votes: Sequence[Vote]) -> Outcome | None:
    """The outcome where some criterion has too few votes; None when all have enough."""
    missing: list[Vote] = []
    for criterion in rubric.criteria:
        own = [vote for vote in votes if vote.criterion == criterion.name]
        if not own:
            return NO_VOTE
        for shown in dict.fromkeys(vote.order for vote in own):
            cast = [vote for vote in own if vote.order == shown]
            if not usable(cast):
                missing += cast
    return broken(missing)


def _majority(verdicts: Sequence[Verdict]) -> Verdict:
    """The most common verdict; a tie when two are equally common."""
    found = Counter(verdicts).most_common(2)
    if len(found) == 2 and found[0][1] == found[1][1]:
        return Verdict.TIE
    return found[0][0]


def _weighed(rubric: Rubric, verdicts: Mapping[str, Verdict]) -> Verdict:
    """The verdict on one criterion, or the side with more weight behind it."""
    if len(verdicts) == 1:
        return next(iter(verdicts.values()))
    side = {Verdict.A: 1, Verdict.B: -1}
    lean = sum(criterion.weight * side.get(verdicts[criterion.name], 0) for criterion in rubric.criteria)
    return Verdict.A if lean > ROUNDING else Verdict.B if lean < -ROUNDING else Verdict.TIE


def _mean_scores(votes: Sequence[Vote]) -> tuple[float, ...]:
    columns = zip(*(vote.answer_scores for vote in votes), strict=True)
    return tuple(sum(column) / len(votes) for column in columns)


def _weighted(rubric: Rubric, means: Mapping[str, Sequence[float]]) -> tuple[float, ...]:
    """The mean of each answer's scores over criteria, by weight."""
    total = sum(criterion.weight for criterion in rubric.criteria) or 1.0
    return tuple(
        sum(means[c.name][place] * c.weight for c in rubric.criteria) / total
        for place in range(len(means[rubric.criteria[0].name]))
    )


def best_first(scores: Sequence[float]) -> tuple[int, ...]:
    """Places, best first; what differs by rounding alone keeps its order."""
    return tuple(sorted(range(len(scores)), key=lambda index: -round(scores[index] / ROUNDING)))


def ranked(scores: Sequence[float], delta: float = ROUNDING) -> str:
    """An order of the answers in letters, best first, such as `B > A = C`."""
    places = best_first(scores)
    text = ascii_uppercase[places[0]]
    for before, index in pairwise(places):
        sign = "=" if scores[before] - scores[index] <= delta else ">"
        text += f" {sign} {ascii_uppercase[index]}"
    return text


def _likely(votes: Sequence[Vote], several: bool) -> dict[str, float]:
    """The mean of the votes' probabilities, or else the shares of several verdicts."""
    return _mean_probabilities(votes) or (_shares(votes) if several else {})


def _shares(votes: Sequence[Vote]) -> dict[str, float]:
    found = Counter(vote.verdict.value for vote in votes if vote.verdict is not None)
    return {key: found[key] / found.total() for key in ("A", "B", "tie", "both_bad") if key in found}


def _mean(distributions: Sequence[Mapping[str, float]]) -> dict[str, float]:
    keys = dict.fromkeys(key for each in distributions for key in each)
    return {key: sum(each.get(key, 0.0) for each in distributions) / len(distributions) for key in keys}


def _source(votes: Sequence[Vote], several: bool) -> ScoreSource:
    source = weakest_source(votes) or ScoreSource.SINGLE
    return ScoreSource.SAMPLES if source is ScoreSource.SINGLE and several else source


def _first_rationale(votes: Sequence[Vote]) -> str:
    return next((vote.rationale for vote in votes if vote.rationale), "")


def _notes(votes: Sequence[Vote]) -> str:
    return " ".join(dict.fromkeys(vote.detail for vote in votes if vote.detail))
