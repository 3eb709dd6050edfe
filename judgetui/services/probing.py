"""The bias battery: a probing is planned, made or found again, taken to its end run by run, and reported.

`plan` and `replan` work out what will be asked, `create` stores it, `Probing.go` asks, and `report_of`, which stands in
`probe_reports`, says what came of it. Every variant is a run of the session, so that calls are cached, and a probing
that was cut short goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, replace

from judgetui.core.events import RunEnded, RunEvent
from judgetui.core.item import Item
from judgetui.core.probes.base import BASE, Variant
from judgetui.core.probes.records import ProbeRecord
from judgetui.core.probes.registry import ALL
from judgetui.core.run import Run, RunSettings, RunStatus
from judgetui.core.session import Version
from judgetui.errors import InputError
from judgetui.providers.base import JudgeProvider
from judgetui.services.probe_reports import ProbeReport, ProbeResult, report_of
from judgetui.services.probing_plan import PlannedProbe, ProbePlan, plan
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import current_owner
from judgetui.storage.repositories import Repositories

__all__ = [
    "PlannedProbe",
    "ProbeEvent",
    "ProbePlan",
    "ProbeReport",
    "ProbeResult",
    "Probing",
    "create",
    "plan",
    "replan",
    "report_of",
    "unfinished",
]


@dataclass(frozen=True, slots=True)
class ProbeEvent:
    """What a run of a probing tells.

    Args:
        probe: its name, `base` for what the others are compared with.
        step: which run of the probing it is, from 1, of `steps`.
        event: as the runner tells it.
    """

    probe: str
    variant: str
    step: int
    steps: int
    event: RunEvent


async def create(session: SessionFile, version: Version, found: ProbePlan) -> ProbeRecord:
    """The probing of a plan: the one that the session has of the same version, judge, items and probes, else a new one.

    Args:
        version: whose rubric was planned.
    """
    judge, settings = found.setting.judge, found.settings

    def stored(repos: Repositories) -> ProbeRecord:
        known = repos.probes.find(version.id, judge, settings)
        return known or repos.probes.create(version.id, judge, settings)

    return await session.write(stored)


async def replan(session: SessionFile, record: ProbeRecord, judge: JudgeProvider) -> ProbePlan:
    """What is planned for a probing that was begun.

    Raises:
        InputError: if its base was never asked, or was deleted.
    """
    version = await session.read(lambda repos: repos.rubrics.version(record.version_id))
    items = await base_items(session, record)
    chosen = [probe for probe in ALL if probe.name in record.settings.probes]
    settings = record.settings
    found = await plan(
        version.rubric,
        items,
        judge,
        chosen,
        count=max(len(items), 1),
        seed=settings.seed,
        session=session,
    )
    return replace(found, settings=settings)


async def base_items(session: SessionFile, record: ProbeRecord) -> list[Item]:
    """The items that a probing judges.

    Raises:
        InputError: if its base was never asked, or was deleted.
    """
    run_id = record.runs.get((BASE, BASE))
    if run_id is None:
        raise InputError(
            f"probing {record.id} has nothing that its results could be compared with.",
            "Its base was not asked, or that run was deleted. Probe again with the same options.",
        )
    return [each.item for each in await session.read(lambda repos: repos.runs.items(run_id))]


async def unfinished(session: SessionFile) -> list[ProbeRecord]:
    """The session's probings that were cut short, newest first."""
    records = await session.read(lambda repos: repos.probes.all())
    return [record for record in records if record.finished is None]


class Probing:
    """Takes one probing to its end.

    Args:
        runner: of the same session; it takes one run after the other.
    """

    def __init__(self, session: SessionFile, runner: Runner, record: ProbeRecord, found: ProbePlan) -> None:
        self._session = session
        self._runner = runner
        self._plan = found
        self._cancelled = False
        self.record = record

    def cancel(self) -> None:
        """Stop: calls under way end, what has finished stays."""
        self._cancelled = True
        self._runner.cancel()

    async def go(self, settings: RunSettings | None = None) -> AsyncIterator[ProbeEvent]:
        """Ask whatever has no judgement yet, and tell how it goes; calls that failed before are made again.

        It ends early after a `RunEnded` whose status is not done; going again goes on.

        Args:
            settings: concurrency, timeout, retries, and the budget in US dollars, which is for the whole probing
                over its life. Samples and order are the rubric's own.

        Raises:
            SessionBusyError: if another process is at it.
            StorageError: if the session cannot be written.
        """
        wanted = settings or RunSettings()
        self.record = await self._session.write(lambda repos: _afresh(repos, self.record.id))
        steps = self._plan.steps
        for step, (probe, variant) in enumerate(steps, 1):
            if self._cancelled:
                return
            budget = await self._left(wanted.budget, (probe, variant.name))
            run = await self._run(probe, variant, replace(wanted, budget=budget, fresh=variant.fresh))
            if run.status is RunStatus.DONE and run.without_failed.done >= run.total:
                continue
            events = self._runner.go(run, failed=True, budget=budget, concurrency=wanted.concurrency)
            try:
                async for event in events:
                    yield ProbeEvent(probe, variant.name, step, len(steps), event)
                    if isinstance(event, RunEnded) and event.status is not RunStatus.DONE:
                        return
            finally:
                if isinstance(events, AsyncGenerator):  # whoever leaves early lets go of the run
                    await events.aclose()
        self.record = await self._session.write(lambda repos: repos.probes.finish(self.record.id))

    async def _run(self, probe: str, variant: Variant, settings: RunSettings) -> Run:
        """The run of a variant, which is stored when there is none."""
        known = self.record.runs.get((probe, variant.name))
        if known is not None:
            return await self._session.read(lambda repos: repos.runs.get(known))
        probing = self.record.id

        def add(repos: Repositories) -> tuple[Run, ProbeRecord]:
            run = repos.probes.add_run(
                probing, probe, variant.name, variant.rubric, variant.items, settings, current_owner()
            )
            return run, repos.probes.get(probing)

        run, self.record = await self._session.write(add)
        return run

    async def _left(self, budget: float | None, key: tuple[str, str]) -> float | None:
        """What the other runs leave of the budget for this one, in US dollars; None without a budget."""
        if budget is None:
            return None
        others = [run_id for own, run_id in self.record.runs.items() if own != key]
        spent = await self._session.read(lambda repos: sum(repos.runs.spent(run_id) for run_id in others))
        return max(0.0, budget - spent)


def _afresh(repos: Repositories, probe_id: int) -> ProbeRecord:
    """A probing as it is now, its runs whose process is gone noted as interrupted."""
    repos.runs.mark_interrupted()
    return repos.probes.get(probe_id)
