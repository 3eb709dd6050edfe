"""Counts what recorded replies came to, and figures it: means, shares, win rates, sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Final, TypeVar

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import RESAMPLES, SEED, Rate, wilson
from judgetui.analysis.means import mean
from judgetui.analysis.win_rates import (
    Percent,
    PreferenceRates,
    WinRate,
    preference_of,
    preference_rates,
    ratio_of_sums,
    win_rate,
)
from judgetui.core.item import OVERALL
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.cards import TaskType
from judgetui.core.vote import Failures, Status, Verdict, Vote

_Value = TypeVar("_Value")

BOOTSTRAP: Final = f"percentile bootstrap by item, {RESAMPLES} resamples, seed {SEED}"
WILSON: Final = "Wilson"


@dataclass(frozen=True, slots=True)
class Named:
    """One figure of a summary.

    Args:
        name: what it is, with its formula where there are several.
        value: in the scale's points, or in percent; None where it has no meaning.
        low: lower bound of the 95% interval; None when there is no interval.
        high: upper bound; None when there is no interval.
        n: items that count.
        left_out: items that do not.
        percent: whether the value is a percentage.
        interval: how the interval was made.
        counts: what the figure is made of, by name.
        why: the reason for an absent value or interval, or what to know of it.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    left_out: int
    percent: bool
    interval: str
    counts: Mapping[str, float] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a file of recorded replies came to.

    Args:
        parsers: the versions of the parsers that read them.
        judgements: items by status.
        replies: replies by status; those that are counted as a result are among the ok ones.
        counted: replies without a result that are counted as `failures`.
        sources: where the results of the ok items came from, and how often.
    """

    parsers: tuple[str, ...]
    failures: Failures
    judgements: Mapping[str, int]
    replies: Mapping[str, int]
    counted: int
    sources: Mapping[str, int]
    figures: tuple[Named, ...]


@dataclass(slots=True)
class Tally:
    """Counts of judgements, and no text but names."""

    parsers: Counter[str] = field(default_factory=Counter)
    judgements: Counter[str] = field(default_factory=Counter)
    replies: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    scores: Counter[tuple[str, float]] = field(default_factory=Counter)
    labels: Counter[tuple[str, str]] = field(default_factory=Counter)
    verdicts: Counter[Verdict | None] = field(default_factory=Counter)
    preferences: Counter[float | None] = field(default_factory=Counter)
    answer_scores: Counter[tuple[float, ...]] = field(default_factory=Counter)
    first: Counter[str] = field(default_factory=Counter)
    consistent: Counter[bool] = field(default_factory=Counter)

    def add(self, outcome: Outcome, votes: Sequence[Vote], soft: bool, times: int = 1) -> None:
        """Count a judgement that was made so many times.

        Args:
            soft: as `is_soft`.
        """
        for vote in votes:
            version, _, failures = vote.parser.partition("+")
            self.parsers[version] += times
            self.replies[vote.status.value] += times
            if failures:
                self.counted[failures] += times
        self.judgements[outcome.status.value] += times
        if outcome.status is not Status.OK:
            self.verdicts[None] += times
            if soft:
                self.preferences[None] += times
            return
        if outcome.source is not None:
            self.sources[outcome.source.value] += times
        if outcome.score is not None:
            self.scores[OVERALL, outcome.score] += times
        if len(outcome.scores) > 1:
            self.scores.update({(name, score): times for name, score in outcome.scores.items()})
        if outcome.consistent is not None:
            self.consistent[outcome.consistent] += times
        if outcome.answer_scores and not outcome.ranking:
            self.answer_scores[outcome.answer_scores] += times
        if outcome.ranking:
            self.first[ascii_uppercase[outcome.ranking[0]]] += times
        if outcome.verdict is not None:
            self.verdicts[outcome.verdict] += times
            if soft:
                self.preferences[_preference(outcome)] += times
        else:
            self.labels.update({(name, label): times for name, label in outcome.labels.items()})

    def merge(self, other: Tally) -> None:
        """Count all that another has counted."""
        for name in self.__dataclass_fields__:
            getattr(self, name).update(getattr(other, name))

    def summary(self, failures: Failures) -> Summary:
        """Everything that was counted, with its figures.

        Args:
            failures: what replies without a result were counted as.
        """
        return Summary(
            parsers=tuple(self.parsers),
            failures=failures,
            judgements={status.value: self.judgements[status.value] for status in Status},
            replies={status.value: self.replies[status.value] for status in Status},
            counted=self.counted[failures.value],
            sources=dict(self.sources),
            figures=tuple(_figures(self)),
        )


def load_figures() -> None:
    """Load what figures are computed with, which takes a while, as long as there is time."""
    mean({0.0: 1, 1.0: 1})


def is_soft(protocol: JudgeProtocol) -> bool:
    """Whether a pair's result is how probable each verdict was, as AlpacaEval 2 has it."""
    return protocol.uses_logprobs and protocol.card.task_type is TaskType.PAIRWISE


def _figures(tally: Tally) -> Iterator[Named]:
    total = tally.judgements.total()
    for criterion, scores in _by_name(tally.scores).items():
        yield _mean("mean score" if criterion == OVERALL else f"mean score, {criterion}", scores, total)
    labels = _by_name(tally.labels)
    for criterion, found in labels.items():
        yield from _shares(f"share of {criterion}:" if len(labels) > 1 else "share of", found, total)
    if preferences := preference_rates(tally.preferences.elements()):
        yield _soft_rate(preferences, total)
    if won := win_rate(tally.verdicts.elements()):
        yield _wins(won, total)
    yield from _sums(tally.answer_scores, total)
    yield from _shares("ranked first:", tally.first, total)
    if flips := wilson(tally.consistent[False], tally.consistent.total()):
        yield _share("verdict changes with the order", flips, total)


def _by_name(counts: Mapping[tuple[str, _Value], int]) -> dict[str, dict[_Value, int]]:
    found: dict[str, dict[_Value, int]] = {}
    for (name, value), times in counts.items():
        found.setdefault(name, {})[value] = times
    return found


def _wins(found: WinRate, total: int) -> Named:
    counts: dict[str, float] = {"won": found.wins, "tied": found.ties, "lost": found.losses}
    if found.both_bad:
        counts["both bad, as ties"] = found.both_bad
    return _of_percent("win rate of A, ties half", found.percent, total, counts)


def _soft_rate(found: PreferenceRates, total: int) -> Named:
    counts = {"B better": found.n_wins, "draws": found.n_draws, "A better": found.n_wins_base}
    return _of_percent("win rate of B, 100 * mean(preference - 1)", found.win_rate, total, counts)


def _sums(found: Mapping[tuple[float, ...], int], total: int) -> Iterator[Named]:
    """The mean score of each answer with the sum behind it, and for pairs the ratio of the sums."""
    for place in range(max(map(len, found), default=0)):
        column: Counter[float] = Counter()
        for scores, times in found.items():
            if place < len(scores):
                column[scores[place]] += times
        whole = sum(score * times for score, times in column.items())
        yield _mean(f"mean score of {ascii_uppercase[place]}", column, total, {"sum": whole})
    if all(len(scores) == 2 for scores in found):
        pairs = [(scores[0], scores[1]) for scores, times in found.items() for _ in range(times)]
        if ratio := ratio_of_sums(pairs):
            yield _of_percent("ratio of sums, A to B", ratio, total)


def _preference(outcome: Outcome) -> float | None:
    """AlpacaEval's preference, 1 for A to 2 for B: from probabilities where there are any."""
    shares = outcome.probabilities
    if not shares:
        return preference_of(outcome.verdict)
    return 1 + shares.get("B", 0.0) + (1 - shares.get("A", 0.0) - shares.get("B", 0.0)) / 2


def _mean(
    name: str, scores: Mapping[float, int], total: int, counts: Mapping[str, float] | None = None
) -> Named:
    return _named(name, mean(scores), total, interval=BOOTSTRAP, counts=counts or {})


def _shares(name: str, found: Mapping[str, int], total: int) -> Iterator[Named]:
    """What part of the items each has, the commonest first."""
    n = sum(found.values())
    for text, hits in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])):
        if rate := wilson(hits, n):
            yield _share(f"{name} {text}", rate, total)


def _share(name: str, rate: Rate, total: int) -> Named:
    figure = Figure(100 * rate.value, rate.n, 100 * rate.low, 100 * rate.high)
    return _named(name, figure, total, percent=True, interval=WILSON, counts={"items": rate.hits})


def _of_percent(name: str, found: Percent, total: int, counts: Mapping[str, float] | None = None) -> Named:
    figure = Figure(found.value, found.n, found.low, found.high, found.why)
    how = BOOTSTRAP if found.interval != WILSON else WILSON
    return _named(name, figure, total, percent=True, interval=how, counts=counts or {})


def _named(
    name: str,
    figure: Figure,
    total: int,
    *,
    percent: bool = False,
    interval: str,
    counts: Mapping[str, float] | None = None,
) -> Named:
    return Named(
        name=name,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        n=figure.n,
        left_out=total - figure.n,
        percent=percent,
        interval="" if figure.low is None else interval,
        counts=counts or {},
        why=figure.why,
    )
