"""Reads and figures all that a report of a run tells."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from judgetui.analysis.bradley_terry import bradley_terry
from judgetui.analysis.misses import Miss
from judgetui.analysis.ratings import Games, Ratings
from judgetui.core.answer import Answer, Pick
from judgetui.core.item import OVERALL
from judgetui.core.judgement import JudgedItem, Judgement
from judgetui.core.reply import Usage
from judgetui.core.run import Run
from judgetui.core.session import Version
from judgetui.core.vote import Status
from judgetui.errors import InputError, JudgetuiError
from judgetui.rubric_files import dump_rubric
from judgetui.services.alignment import Study
from judgetui.services.authoring import text_diff
from judgetui.services.comparing import VersionComparison, compare_judges, compare_versions, judges_of
from judgetui.services.duels import Table, baseline_of, duels_of, table
from judgetui.services.juries import Jury, jury_of
from judgetui.services.label_records import labels_picked
from judgetui.services.previewing import preview
from judgetui.services.probe_reports import ProbeReport, report_of
from judgetui.services.reading import sent_messages
from judgetui.services.reporting.calls import calls_of
from judgetui.services.reporting.corrected import corrects_of
from judgetui.services.reporting.findings import (
    Absent,
    Disagreement,
    Findings,
    Labeller,
    Reason,
    SentPrompt,
    Spent,
    Step,
)
from judgetui.services.reporting.packages import package_versions
from judgetui.services.reporting.scrubbing import shown_judge, without_folders
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

MOST_DISAGREEMENTS: Final = 20
"""Disagreements that are shown of the criterion that stands for the judge; of each other one half as many."""

MOST_REASONS: Final = 12
"""Different reasons for absent results that are shown."""

MOST_VERSIONS: Final = 12
"""Versions of the rubric that are shown, the newest ones."""

MOST_COMPARED: Final = 4
"""Earlier versions, and other judges, that the run is compared with."""

MOST_DUELS: Final = 1_000
"""Pairs up to which win rates with lengths controlled are refitted in a few seconds."""

FROM_FILE: Final = "file"
"""How an item was picked whose label came with a file."""


async def gather(session: SessionFile, found: Study, day: date | None = None) -> Findings:
    """All that a report tells beside a study: what the judge said where, how it was asked, what else there is.

    Args:
        day: the day in the report's head; None for that of the run.

    Raises:
        InputError: if the judge has judged nothing.
    """
    run, judge = found.run, found.judge
    if not found.judged:
        raise InputError(f"{judge} has judged nothing in run {run.id}.", "Go on with `judgetui resume`.")
    judgements = await _judgements(session, found)
    answers = await session.read(lambda repos: repos.answers.all())
    labellers, at_random = _labellers(found, await labels_picked(session), answers)
    steps, versions = await _steps(session, run)
    return Findings(
        session=session.name,
        day=run.created.date() if day is None else day,
        study=found,
        judge=shown_judge(judge),
        others=tuple(shown_judge(name) for name in run.judges if name != judge),
        missing=0 if run.settings.cascade is not None else run.items - await _done(session, run, judge),
        reasons=_reasons(judgements),
        spent=_spent(judgements),
        labellers=labellers,
        at_random=at_random,
        corrects=await asyncio.to_thread(corrects_of, found, at_random=at_random),
        disagreements=await _disagreements(session, found),
        battery=await _battery(session, found),
        steps=steps,
        versions=versions,
        comparisons=await _comparisons(session, found),
        jury=await _jury(session, run),
        ratings=await asyncio.to_thread(_ratings, found.judged),
        win_rates=await _win_rates(session, found),
        rubric_yaml=await asyncio.to_thread(dump_rubric, found.version.rubric),
        prompt=await _prompt(session, found),
        calls=await calls_of(session, found, judgements),
        packages=await asyncio.to_thread(package_versions),
    )


async def _judgements(session: SessionFile, found: Study) -> list[Judgement]:
    """The judgements that the study is of, with votes and texts."""
    run, judge = found.run, found.judge
    every = await session.read(lambda repos: repos.judgements.for_run(run.id, judge))
    positions = {each.position for each in found.judged}
    return [each for each in every if each.position in positions]


async def _done(session: SessionFile, run: Run, judge: str) -> int:
    """How many items of the run the judge has judged."""
    done = await session.read(lambda repos: repos.judgements.done(run.id))
    return sum(name == judge for name, _ in done)


def _reasons(judgements: Sequence[Judgement]) -> tuple[Reason, ...]:
    """Why judgements have no result, the most frequent first."""
    counts = Counter(
        (each.status, without_folders(each.outcome.detail) or "no reason was told")
        for each in judgements
        if each.status is not Status.OK
    )
    told = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0][0].severity, pair[0][1]))
    return tuple(Reason(status, text, n) for (status, text), n in told[:MOST_REASONS])


def _spent(judgements: Sequence[Judgement]) -> Spent:
    usages = [each.usage for each in judgements]
    costs = [each.cost_usd for each in judgements]
    known = [cost for cost in costs if cost is not None]
    unpriced = sum(
        cost is None and (usage.input is not None or usage.output is not None)
        for cost, usage in zip(costs, usages, strict=True)
    )
    return Spent(
        usage=sum(usages, Usage()),
        cost_usd=sum(known) if known else None,
        unpriced=unpriced,
        votes=sum(len(each.votes) for each in judgements),
    )


# labels


def _labellers(
    found: Study, picked: Mapping[str, Mapping[str, Pick]], answers: Sequence[Answer]
) -> tuple[tuple[Labeller, ...], bool]:
    """Who labelled the judged items, and whether every labelled item was picked at random."""
    seen = {
        (answer.label_rater, answer.item_id)
        for answer in answers
        if answer.said and not answer.undone and not answer.blind
    }
    items: dict[str, list[str]] = {}
    for each in found.judged:
        for rater in {label.rater for label in each.said if found.selection.rater in (None, label.rater)}:
            items.setdefault(rater, []).append(each.item_id)
    labellers = []
    random: set[str] = set()
    for rater, labelled in sorted(items.items()):
        how = {identity: picked.get(identity, {}).get(rater) for identity in labelled}
        random |= {identity for identity, pick in how.items() if pick is Pick.AT_RANDOM}
        counts = Counter(FROM_FILE if pick is None else pick.value for pick in how.values())
        blind = sum((rater, identity) not in seen for identity in labelled)
        labellers.append(Labeller(rater, len(labelled), dict(sorted(counts.items())), len(labelled) - blind))
    every = {identity for labelled in items.values() for identity in labelled}
    return tuple(labellers), bool(every) and every == random


# disagreements


async def _disagreements(session: SessionFile, found: Study) -> dict[str, tuple[Disagreement, ...]]:
    shown: dict[str, tuple[Disagreement, ...]] = {}
    by_id = {each.item_id: each for each in found.judged}
    for number, (criterion, report) in enumerate(found.reports.items()):
        most = MOST_DISAGREEMENTS if number == 0 else MOST_DISAGREEMENTS // 2
        chosen = report.misses[:most]
        judgements = await session.read(partial(_chosen, found=found, misses=chosen))
        shown[criterion] = tuple(
            Disagreement(
                miss=miss,
                said=_said(by_id[miss.id], criterion, found.selection.rater),
                item=judgement.item,
                rationale=_rationale(judgement, criterion),
            )
            for miss, judgement in zip(chosen, judgements, strict=True)
        )
    return shown


def _chosen(repos: Repositories, found: Study, misses: Sequence[Miss]) -> list[Judgement]:
    places = [found.positions[miss.id] for miss in misses]
    return [
        judgement
        for place in places
        if (judgement := repos.judgements.one(found.run.id, found.judge, place)) is not None
    ]


def _said(judged: JudgedItem, criterion: str, rater: str | None) -> Mapping[str, float | str]:
    return {
        label.rater: label.value
        for label in judged.said
        if (label.criterion or OVERALL) == criterion and rater in (None, label.rater)
    }


def _rationale(judgement: Judgement, criterion: str) -> str:
    """The judge's reasons: those of the criterion's votes where there are any, else of the whole."""
    own = [vote.rationale for vote in judgement.votes if vote.criterion == criterion and vote.rationale]
    return own[0] if own else judgement.outcome.rationale


# versions, juries, ratings


async def _steps(session: SessionFile, run: Run) -> tuple[tuple[Step, ...], int]:
    """The newest versions of the run's rubric up to the run's own and after it, and how many there are in all."""
    versions = await session.read(lambda repos: repos.rubrics.versions(run.rubric_id))
    runs = Counter(each.version_id for each in await session.read(lambda repos: repos.runs.all()))
    return await asyncio.to_thread(_stepped, versions, runs), len(versions)


def _stepped(versions: Sequence[Version], runs: Mapping[int, int]) -> tuple[Step, ...]:
    steps = []
    for place, version in enumerate(versions[:MOST_VERSIONS]):
        before = versions[place + 1] if place + 1 < len(versions) else None
        diff = None if before is None else tuple(text_diff(before.rubric, version.rubric))
        steps.append(Step(version, diff, runs.get(version.id, 0)))
    return tuple(steps)


async def _battery(session: SessionFile, found: Study) -> ProbeReport | Absent:
    """The newest probing of the judge by the version; one that has ended comes before one that has not."""
    version, judge = found.version, found.judge
    records = [
        record
        for record in await session.read(lambda repos: repos.probes.all(version.id))
        if record.judge == judge
    ]
    if not records:
        return Absent("this judge has not been probed with this version of the rubric: `judgetui probe` does")
    chosen = next((record for record in records if record.finished is not None), records[0])
    try:
        report = await report_of(session, chosen.id)
    except InputError as error:
        return Absent(error.message.rstrip("."))
    return replace(report, judge=shown_judge(report.judge))


async def _comparisons(session: SessionFile, found: Study) -> tuple[VersionComparison, ...]:
    """The version beside those before it by the same judge, the nearest first, and the judge beside the others."""
    own, chosen = found.version, found.selection
    versions = await session.read(lambda repos: repos.rubrics.versions(own.rubric_id))
    compared: list[VersionComparison] = []
    for other in versions:
        if other.number < own.number and len(compared) < MOST_COMPARED:
            if found.judge not in await judges_of(session, other):
                continue
            compared.append(
                await compare_versions(
                    session, other, own, found.judge, split=chosen.split, rater=chosen.rater
                )
            )
    others = [judge for judge in await judges_of(session, own) if judge != found.judge]
    for judge in others[:MOST_COMPARED]:
        compared.append(
            await compare_judges(session, own, judge, found.judge, split=chosen.split, rater=chosen.rater)
        )
    return tuple(compared)


async def _jury(session: SessionFile, run: Run) -> Jury | Absent:
    if len(run.judges) < 2:
        return Absent("the run has one judge, and a jury needs two or more")
    try:
        return await jury_of(session, run)
    except InputError as error:
        return Absent(error.message.rstrip("."))


def _ratings(judged: Sequence[JudgedItem]) -> Ratings | Absent:
    games = Games()
    for each in judged:
        match each.models:
            case (str() as one, str() as other) if one != other:
                games.add(one, other, each.verdict if each.status is Status.OK else None)
    if not games.n:
        return Absent("no pair of answers by two named models has a verdict")
    try:
        return bradley_terry(games)
    except ArithmeticError as error:
        return Absent(str(error))


async def _win_rates(session: SessionFile, found: Study) -> Table | Absent:
    """Win rates against the model that is in every pair; of two that are, against the one that gave the first B."""
    if not any(len(each.models) == 2 for each in found.judged):
        return Absent("no item is a pair of answers by named models")
    if len(found.judged) > MOST_DUELS:
        return Absent(
            f"the lengths of more than {MOST_DUELS:,} pairs are long in controlling, which `judgetui win-rate` does"
        )
    judged = {each.item_id for each in found.judged}
    try:
        duels = [each for each in await duels_of(session, found.run, found.judge) if each.id in judged]
        models = {model for each in duels for model in each.models}
        baseline = baseline_of(duels, duels[0].models[1] if len(models) == 2 else None)
    except InputError as error:
        return Absent(error.message.rstrip("."))
    return await asyncio.to_thread(table, duels, baseline)


# the prompt


async def _prompt(session: SessionFile, found: Study) -> SentPrompt | Absent:
    """The prompt of the first item with a result, beside what was sent of it."""
    first = next((each for each in found.judged if each.status is Status.OK), found.judged[0])
    run, rubric = found.run, found.version.rubric
    if run.settings.order is not None:
        rubric = replace(rubric, order=run.settings.order)
    stored = await session.read(lambda repos: repos.runs.item(run.id, first.position))
    judgement = await session.read(
        lambda repos: repos.judgements.one(run.id, found.judge, first.position),
    )
    if stored is None or judgement is None:
        return Absent(f"item {first.item_id} is no longer in the session")
    try:
        seen = await preview(rubric, stored.item, rubric.criteria[0].name, None)
    except JudgetuiError as error:
        return Absent(f"it cannot be rendered: {without_folders(error.message)}")
    keys = [vote.call for vote in judgement.votes if vote.call]
    calls = await session.read(lambda repos: repos.calls.get_many(keys, run.id))
    sent = [
        tuple((message.role, message.content) for message in sent_messages(calls[key]))
        for key in keys
        if key in calls
    ]
    shown = tuple((outline.role, outline.text) for outline in seen.outlines)
    return SentPrompt(
        item_id=stored.item.id,
        criterion=seen.criterion,
        outlines=seen.outlines,
        as_sent=None if not sent or shown in sent else sent[0],
        stored=bool(sent),
    )
