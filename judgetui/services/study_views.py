"""Views of a study that have to read more of its session: other versions and judges, its jury, the models judged."""

from __future__ import annotations

import asyncio

from judgetui.analysis.bradley_terry import bradley_terry
from judgetui.core.run import Run
from judgetui.core.text import aligned
from judgetui.errors import InputError
from judgetui.services.alignment import Study
from judgetui.services.comparing import VersionComparison, compare_judges, compare_versions
from judgetui.services.comparison_text import comparison_lines
from judgetui.services.figure_words import figure_text
from judgetui.services.juries import jury_of
from judgetui.services.rating import games_of
from judgetui.services.study_text import wrapped
from judgetui.storage.database import SessionFile


async def versions_view(session: SessionFile, study: Study, width: int) -> str:
    """The study's version against the one before it by the same judge, and its judge against the version's others."""
    runs = await session.read(lambda repos: repos.runs.all())
    own = [run for run in runs if run.rubric_id == study.run.rubric_id and run.done]
    found = [*await _before(session, study, own), *await _others(session, study, own)]
    if found:
        return "\n\n".join("\n".join(comparison_lines(each, width)) for each in found)
    nothing = (
        f"v{study.version.number} is the only version that {study.judge} has judged by, and nobody else has judged by "
        "it: there is nothing to compare with. Change the rubric, or choose another judge (ctrl+o), and run it (f5)."
    )
    return "\n".join(wrapped([nothing], width))


async def _before(session: SessionFile, study: Study, runs: list[Run]) -> list[VersionComparison]:
    """The comparison with the newest earlier version that the judge was asked by; none where there is none."""
    earlier = [
        run.version_id
        for run in sorted(runs, key=lambda run: -run.version_number)
        if run.version_number < study.version.number and study.judge in run.judges
    ]
    if not earlier:
        return []
    before = await session.read(lambda repos: repos.rubrics.version(earlier[0]))
    chosen = study.selection
    return [
        await compare_versions(
            session, before, study.version, study.judge, split=chosen.split, rater=chosen.rater
        )
    ]


async def _others(session: SessionFile, study: Study, runs: list[Run]) -> list[VersionComparison]:
    """The comparisons with the other judges that were asked by the study's version."""
    asked = (judge for run in runs if run.version_id == study.version.id for judge in run.judges)
    others = [judge for judge in dict.fromkeys(asked) if judge != study.judge]
    chosen = study.selection
    return [
        await compare_judges(
            session, study.version, other, study.judge, split=chosen.split, rater=chosen.rater
        )
        for other in others
    ]


async def jury_view(session: SessionFile, study: Study, width: int) -> str:
    """How far each judge of the run agrees with the rest of them."""
    try:
        found = await jury_of(session, study.run)
    except InputError as error:
        return "\n".join(wrapped([str(error)], width))
    rows = [("judge", "asked", "results", "agrees with the rest", "n")]
    for each in found.jurors:
        figure = None if each.agreement is None else each.agreement.figure
        told = "n/a" if figure is None else figure_text(figure, share=True)
        rows.append(
            (each.judge, str(each.asked), str(each.spoke), told, "-" if figure is None else str(figure.n))
        )
    counts = ", ".join(f"{count} {name}" for name, count in found.counts.items() if count)
    notes = [
        f"{found.name}: {counts}.",
        "The rest is the others' mean or majority: judges may be wrong together. `judgetui jury` tells more.",
    ]
    return "\n".join([*aligned(rows, right=(1, 2, 4)), "", *wrapped(notes, width)])


async def ratings_view(session: SessionFile, study: Study, width: int) -> str:
    """How the models that answered fare against each other by the judge's verdicts."""
    try:
        games = await games_of(session, study.run, study.judge)
    except InputError as error:
        return "\n".join(wrapped([str(error)], width))
    found = await asyncio.to_thread(bradley_terry, games)
    rows = [("model", "rating", "95% interval", "games")]
    for each in found.ratings:
        bounds = ["open" if bound is None else f"{bound:.0f}" for bound in (each.low, each.high)]
        interval = "none" if each.low is None and each.high is None else f"[{', '.join(bounds)}]"
        value = each.standing.value if each.rating is None else f"{each.rating:.0f}"
        rows.append((each.model, value, interval, str(each.games)))
    notes = [
        f"Bradley-Terry of {found.games} verdicts by {study.judge}, {found.ties} of them ties, which count half; the "
        f"mean is 1000; intervals from {found.resamples:,} resamples. `judgetui rate` and `judgetui win-rate` tell more."
    ]
    notes += [f"{each.model}: {each.why}" for each in found.ratings if each.why]
    return "\n".join([*aligned(rows, right=(1, 3)), "", *wrapped(notes, width)])
