"""Views of a study that have to read more of its session: what changed since the version before, and the other judges."""

from __future__ import annotations

from judgetui.core.run import Run
from judgetui.services.alignment import Study
from judgetui.services.comparing import VersionComparison, compare_judges, compare_versions
from judgetui.services.comparison_text import comparison_lines
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
