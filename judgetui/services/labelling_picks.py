"""Which items a person should label next by what judges said of them: the doubtful ones, the disputed ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from math import inf

from judgetui.analysis.uncertainty import bpde
from judgetui.core.certainty import certainty
from judgetui.core.item import OVERALL
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.rubric import Rubric
from judgetui.core.run import Run, own_first
from judgetui.core.scale import NumericScale
from judgetui.core.session import Version
from judgetui.core.vote import Status, Vote
from judgetui.errors import InputError
from judgetui.storage.repositories import Repositories

Ranks = Mapping[str, tuple[float, ...]]
"""What items are sorted by, smallest first, by item id; items that nothing is known of are not there."""


def by_uncertainty(repos: Repositories, version: Version, contents: Mapping[str, str]) -> Ranks:
    """Ranks by how unsure the judge of the rubric's newest run was of each item.

    First verdicts that changed with the order of the answers; then by `certainty`, the smallest margin of the
    probabilities or share of the votes first (Scheffer et al. 2001; Seung et al. 1992), in which a judgement without
    a result has 0; among equals the largest entropy of the votes. Of several judges the least certain one counts.

    Args:
        contents: hash of each item's content as it is now; what a run judged otherwise does not count.

    Raises:
        InputError: if the rubric has no run, or its newest one does not tell.
    """
    run = repos.runs.latest_for_rubric(version.rubric_id)
    if run is None:
        raise InputError(
            "The rubric has no run yet, so no item is known to be uncertain.",
            "Run it first (f5), or pick at random.",
        )
    ranks: dict[str, tuple[float, ...]] = {}
    for judgement in repos.judgements.for_run(run.id):
        sure = certainty(judgement)
        flips = judgement.outcome.consistent is False
        if contents.get(judgement.item.id) != judgement.item_hash or (sure is None and not flips):
            continue
        rank = (
            float(not flips),
            inf if sure is None else sure,
            -_entropy(judgement),
            float(judgement.position),
        )
        ranks[judgement.item.id] = min(rank, ranks.get(judgement.item.id, rank))
    if not ranks:
        raise InputError(
            f"Run {run.id} does not tell how sure its judge was: one reply an item, without token probabilities.",
            "Run with several samples or a judge that gives probabilities, or pick at random.",
        )
    return ranks


def by_disagreement(repos: Repositories, version: Version, contents: Mapping[str, str]) -> Ranks:
    """Ranks by how far judges are apart, the furthest first; items on which they agree are not there.

    The judges are those of the rubric's newest run with several, else of the newest runs of two.

    Args:
        contents: as `by_uncertainty`.

    Raises:
        InputError: if fewer than two judges have judged the rubric's items.
    """
    runs = own_first(run for run in repos.runs.all() if run.rubric_id == version.rubric_id)
    chosen = _judged_by_several(runs)
    if not chosen:
        raise InputError(
            "Fewer than two judges have judged by this rubric, so they cannot disagree.",
            "Run it with another judge as well (f5, then a), or pick at random.",
        )
    said: dict[str, list[tuple[int, Outcome]]] = {}
    for run in chosen:
        for judgement in repos.judgements.for_run(run.id):
            if contents.get(judgement.item.id) == judgement.item_hash:
                said.setdefault(judgement.item.id, []).append((judgement.position, judgement.outcome))
    spreads = {item: spread([out for _, out in found], version.rubric) for item, found in said.items()}
    return {item: (-apart, float(said[item][0][0])) for item, apart in spreads.items() if apart}


def _judged_by_several(runs: Sequence[Run]) -> list[Run]:
    """The newest run with several judges, else the newest run of each of two judges; newest first comes in."""
    if jury := next((run for run in runs if len(run.judges) > 1), None):
        return [jury]
    newest: dict[str, Run] = {}
    for run in runs:
        newest.setdefault(run.judges[0], run)
    return list(newest.values())[:2] if len(newest) > 1 else []


def spread(outcomes: Sequence[Outcome], rubric: Rubric) -> float:
    """How far judges' results on an item are apart, 0 to 1: the largest of its criteria and the whole.

    Of numbers the range as a share of the scale's, of texts the share of pairs of judges that differ. Judges without
    a result are left out; of fewer than two it is 0.
    """
    scale = scale_of(get_protocol(rubric.protocol), rubric)
    width = scale.high - scale.low if isinstance(scale, NumericScale) else 1.0
    found = [_values(out) for out in outcomes if out.status is Status.OK]
    apart = [0.0]
    for key in {key for values in found for key in values}:
        values = [each[key] for each in found if key in each]
        if len(values) < 2:
            continue
        numbers = [value for value in values if not isinstance(value, str)]
        if len(numbers) == len(values):
            apart.append(min(1.0, (max(numbers) - min(numbers)) / width))
        else:
            pairs = list(combinations(values, 2))
            apart.append(sum(one != other for one, other in pairs) / len(pairs))
    return max(apart)


def _values(out: Outcome) -> dict[str, str | float]:
    """A judge's results by criterion; the whole by its verdict, else label, else score."""
    values: dict[str, str | float] = {**out.scores, **out.labels}
    whole = (
        out.verdict.value if out.verdict is not None else out.label if out.label is not None else out.score
    )
    return values if whole is None else values | {OVERALL: whole}


def _entropy(judgement: Judgement) -> float:
    """Entropy of the probabilities of an item's results, else of what its votes say; in nats."""
    mass: Mapping[str, float] = judgement.outcome.probabilities
    if not mass:
        mass = Counter(_said(vote) for vote in judgement.votes if vote.status is Status.OK)
    total = sum(mass.values())
    return bpde([part / total for part in mass.values()]) if total > 0 else 0.0


def _said(vote: Vote) -> str:
    """What a vote says of its criterion, as text that is equal for equal votes."""
    return repr((vote.criterion, vote.score, vote.label, vote.verdict, vote.answer_scores, vote.ranking))
