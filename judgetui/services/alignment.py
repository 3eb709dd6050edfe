"""How one judge's run in a session compares with people: what the dashboard, the report, the card and the gate tell."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from judgetui.analysis.bias import flip_rate
from judgetui.analysis.class_rates import Positive
from judgetui.analysis.figures import Figure
from judgetui.analysis.kinds import Kind
from judgetui.analysis.observed import longer_wins
from judgetui.core.item import ADJUDICATED
from judgetui.core.judgement import JudgedItem
from judgetui.core.run import Run, own_first
from judgetui.core.scale import LabelScale
from judgetui.core.session import Version
from judgetui.core.vote import Failures
from judgetui.errors import InputError
from judgetui.services.agreement_pairs import Report, report
from judgetui.services.judged_rows import criteria_of, fields_of, labelled_judgement, said_of
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

SLICES: Final = ("category", "split", "model")
"""The fields that figures are sliced by, each where items have it."""

MOST_SLICES: Final = 30
"""A field with more values than this tells items apart and groups none."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which labels count.

    Args:
        split: only items of this split; None for all.
        rater: only this person's labels; None for everyone's.
        positive: the positive side, where the rubric does not name one; see `agreement`.
    """

    split: str | None = None
    rater: str | None = None
    positive: Positive | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """A run's judgements by one judge, beside what people said of the same items.

    Args:
        judged: every judgement of the judge in the selection.
        statuses: how many there are of each status.
        sources: how many scores came from where.
        raters: how many of the items each person labelled; the label that settles a dispute is told apart.
        labelled: items with a label.
        reports: agreement by criterion, `overall` first; a criterion without labels is not there.
        problems: by criterion, why its labels cannot be compared.
        flips: share of pairs whose verdict changed with the order.
        longer: share of decided pairs that the longer answer won.
        positive: what counts as positive in the rates, as text; empty where nothing does.
    """

    run: Run
    version: Version
    judge: str
    selection: Selection
    judged: tuple[JudgedItem, ...]
    statuses: Mapping[str, int]
    sources: Mapping[str, int]
    raters: Mapping[str, int]
    labelled: int
    reports: Mapping[str, Report]
    problems: Mapping[str, str]
    flips: Figure
    longer: Figure
    positive: Positive | None = None
    positions: Mapping[str, int] = field(default_factory=dict)

    @property
    def headline(self) -> tuple[str, Report] | None:
        """The criterion that stands for the judge: the whole, else the first one with labels."""
        return next(iter(self.reports.items()), None)


async def study(session: SessionFile, run: Run, judge: str, selection: Selection | None = None) -> Study:
    """Compare a judge's judgements of a run with the labels of its items as they are now.

    Raises:
        InputError: if the run has no such judge, or nothing is in the selection.
    """
    if judge not in run.judges:
        raise InputError(
            f"run {run.id} has no judge {judge!r}.", f"It has {', '.join(run.judges)}.", field="judge"
        )
    version, judged = await session.read(
        lambda repos: (repos.rubrics.version(run.version_id), _judged(repos, run, judge))
    )
    return await asyncio.to_thread(compared, run, version, judge, judged, selection or Selection())


async def find_study(
    session: SessionFile,
    *,
    rubric: str | None = None,
    run: int | None = None,
    judge: str | None = None,
    selection: Selection | None = None,
) -> Study:
    """The study of a run, as commands name it.

    Args:
        rubric: by name; None for the one of the run.
        run: by number; None for the newest that has judgements, one of a probing when there is no other.
        judge: None for the only one.

    Raises:
        InputError: if there is no such run, or it has several judges and none is named.
    """
    runs = await session.read(lambda repos: repos.runs.all())
    named = [each for each in runs if rubric in (None, each.rubric_name)]
    if rubric is not None and not named:
        names = ", ".join(dict.fromkeys(each.rubric_name for each in runs)) or "none"
        raise InputError(f"the session has no run of {rubric!r}.", f"It has runs of: {names}.")
    found = [each for each in named if (each.done if run is None else each.id == run)]
    if not found:
        which = "the session has no judgements" if run is None else f"the session has no run {run}"
        raise InputError(f"{which}.", "Run the rubric first, or see `judgetui session show`.")
    chosen = own_first(found)[0]
    if judge is None and len(chosen.judges) > 1:
        raise InputError(
            f"run {chosen.id} has several judges.", f"Choose one with --judge: {', '.join(chosen.judges)}."
        )
    return await study(session, chosen, judge or chosen.judges[0], selection)


def _judged(repos: Repositories, run: Run, judge: str) -> list[JudgedItem]:
    return repos.judgements.figures(run.id, judge)


def compared(
    run: Run, version: Version, judge: str, judged: Sequence[JudgedItem], selection: Selection
) -> Study:
    """The study of judgements that were read. Takes seconds where there are many: not for the event loop's thread.

    Raises:
        InputError: if nothing is in the selection.
    """
    chosen = tuple(each for each in judged if selection.split in (None, each.split))
    if judged and not chosen:
        splits = ", ".join(sorted({each.split for each in judged if each.split is not None})) or "none"
        raise InputError(
            f"no item of run {run.id} is in the split {selection.split!r}.", f"Its splits are: {splits}."
        )
    said = {each.item_id: said_of(each, selection.rater) for each in chosen}
    positive = selection.positive if selection.positive is not None else _passing(version)
    reports: dict[str, Report] = {}
    problems: dict[str, str] = {}
    slices = _slices(chosen)
    for criterion in criteria_of(version.rubric, said.values()):
        rows = [
            labelled_judgement(each, criterion, said[each.item_id][criterion])
            for each in chosen
            if criterion in said[each.item_id]
        ]
        try:
            reports[criterion] = report(
                criterion, rows, len(chosen), Failures.STATE, slices=slices, positive=positive
            )
        except InputError as error:
            problems[criterion] = str(error)
    return Study(
        run=run,
        version=version,
        judge=judge,
        selection=selection,
        judged=chosen,
        statuses=Counter(each.status.value for each in chosen),
        sources=Counter(each.source.value for each in chosen if each.source is not None),
        raters=_raters(chosen, selection.rater),
        labelled=sum(bool(each) for each in said.values()),
        reports=reports,
        problems=problems,
        flips=_flips(chosen),
        longer=longer_wins(chosen),
        positive=positive,
        positions={each.item_id: each.position for each in chosen},
    )


def _slices(judged: Sequence[JudgedItem]) -> list[str]:
    """The fields of which the items have some values, and not one of their own each."""
    values: dict[str, set[str]] = {}
    for each in judged:
        for name, value in fields_of(each).items():
            values.setdefault(name, set()).add(value)
    return [name for name in SLICES if 2 <= len(values.get(name, ())) <= MOST_SLICES]


def _passing(version: Version) -> Positive | None:
    scale = version.rubric.scale
    return frozenset(scale.passing) if isinstance(scale, LabelScale) and scale.passing else None


def _flips(judged: Iterable[JudgedItem]) -> Figure:
    rate = flip_rate(judged)
    return Figure(None, 0, why="no item was judged in both orders") if rate is None else Figure.of_rate(rate)


def _raters(judged: Iterable[JudgedItem], only: str | None) -> dict[str, int]:
    counts = Counter(
        rater
        for each in judged
        for rater in {label.rater for label in each.said}
        if rater != ADJUDICATED and only in (None, rater)
    )
    return dict(sorted(counts.items()))


def kind_of(study: Study) -> Kind | None:
    """What is compared in the headline; None without labels."""
    return None if study.headline is None else study.headline[1].agreement.kind
