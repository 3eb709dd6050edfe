"""What `probe` does: plan, ask, follow the runs to their end, report."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from judgetui.cli import talk
from judgetui.cli.estimates import estimate_lines
from judgetui.cli.interrupts import Interrupts
from judgetui.cli.meter import Meter
from judgetui.cli.output import put, put_json, put_table
from judgetui.cli.running import (
    Chosen,
    Wanted,
    items_of,
    judges_of,
    new_session,
    opened_context,
    rubric_of,
    settings_of,
)
from judgetui.core.events import HaltCause, Noticed, RunEnded, RunStarted, Written
from judgetui.core.item import Item
from judgetui.core.probes.records import ITEMS, ProbeRecord
from judgetui.core.probes.registry import chosen
from judgetui.core.run import RunStatus
from judgetui.core.session import Version
from judgetui.core.text import aligned
from judgetui.errors import ExitCode, InputError
from judgetui.providers.base import JudgeProvider
from judgetui.rubric_files import placed_in
from judgetui.services import headless
from judgetui.services.context import Context
from judgetui.services.probe_text import (
    EFFECT_HEAD,
    PLAN_HEAD,
    effect_rows,
    finding_lines,
    head_lines,
    origin_words,
    plan_rows,
)
from judgetui.services.probing import (
    ProbeEvent,
    ProbePlan,
    Probing,
    create,
    plan,
    replan,
    report_of,
    unfinished,
)
from judgetui.services.requirements import require_prices
from judgetui.storage import files
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

_NUMBERS: Final = (3, 5)
"""Columns of numbers among the effects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """The options of `probe` that `run` has not."""

    items: int = ITEMS
    seed: int = 0
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    full: bool = False


async def probe_judge(wanted: Wanted, battery: Battery) -> int:
    """Probe a judge and return the exit code.

    Raises:
        JudgetuiError: if something is wrong with what was asked; then nothing was made.
    """
    async with opened_context() as context:
        judge = _one_judge(context, wanted)
        path = None if wanted.session is None else headless.session_file(context.paths, wanted.session)
        known = SessionFile.open(path) if path is not None and path.exists() else None
        try:
            rubric = await rubric_of(context, wanted, known)
            items = await items_of(wanted, rubric.rubric, known)
            require_prices(wanted.budget, [judge])
            with placed_in(rubric.file):
                found = await plan(
                    rubric.rubric,
                    items,
                    judge,
                    chosen(battery.only, battery.skip),
                    count=battery.items,
                    seed=battery.seed,
                    session=known,
                )
            if not _agreed(wanted, judge, found):
                return ExitCode.ANSWER_IS_NO
        except BaseException:
            if known is not None:
                known.close()
            raise
        session = known or new_session(context, path, rubric.rubric)
        with session:
            try:
                record = await _made(session, rubric, wanted, found)
            except BaseException:
                if known is None:
                    session.close()
                    with contextlib.suppress(OSError, InputError):
                        files.delete(session.path)
                raise
            return await _to_its_end(context, wanted, battery, session, record, found)


async def resume_probing(wanted: Wanted, battery: Battery) -> int:
    """Go on with the newest probing of a session that was cut short, and return the exit code.

    Raises:
        JudgetuiError: if there is no such session, or no probing in it.
    """
    async with opened_context() as context:
        with _session(context, wanted) as session:
            open_ones = await unfinished(session)
            if not open_ones:
                talk.say(f"{session.path}: every probing has ended; there is nothing to resume.")
                return await _shown(session, await _newest(session), wanted, battery)
            record = open_ones[0]
            judge = context.judge(record.judge)
            require_prices(wanted.budget, [judge])
            found = await replan(session, record, judge)
            if not _agreed(wanted, judge, found):
                return ExitCode.ANSWER_IS_NO
            return await _to_its_end(context, wanted, battery, session, record, found)


async def show_probing(wanted: Wanted, battery: Battery) -> int:
    """Report the newest probing of a session without asking anything, and return the exit code.

    Raises:
        JudgetuiError: if there is no such session, or no probing in it.
    """
    async with opened_context() as context:
        with _session(context, wanted) as session:
            return await _shown(session, await _newest(session), wanted, battery)


def _one_judge(context: Context, wanted: Wanted) -> JudgeProvider:
    names = judges_of(context, wanted)
    if len(names) > 1:
        raise InputError("several judges are named.", "Probe them one after the other.", field="--judge")
    return context.judge(names[0])


def _session(context: Context, wanted: Wanted) -> SessionFile:
    if wanted.session is None:
        raise InputError("no session is named.", "Add --session SESSION.", field="--session")
    return SessionFile.open(headless.known_session(context.paths, wanted.session))


async def _newest(session: SessionFile) -> ProbeRecord:
    records = await session.read(lambda repos: repos.probes.all())
    if not records:
        raise InputError(f"{session.path} holds no probing.", "Probe a judge first.")
    return records[0]


async def _made(session: SessionFile, rubric: Chosen, wanted: Wanted, found: ProbePlan) -> ProbeRecord:
    version: Version = rubric.version or await headless.add_rubric(session, rubric.rubric, rubric.note)
    if wanted.data is not None:
        await session.write(lambda repos: _add(repos, found.setting.items))
    return await create(session, version, found)


def _add(repos: Repositories, items: tuple[Item, ...]) -> None:
    repos.items.add(items)


def _agreed(wanted: Wanted, judge: JudgeProvider, found: ProbePlan) -> bool:
    """Tell what will be asked, and ask a person whether calls that may cost something may be made."""
    for line in aligned((PLAN_HEAD, *plan_rows(found)), right=(1, 2, 3)):
        talk.say(line.rstrip())
    for line in estimate_lines(found.estimate, talk.columns()):
        talk.say(line)
    if wanted.yes or not talk.can_ask() or found.calls == found.held or not headless.may_cost(judge):
        return True
    if talk.confirm("Send them?"):
        return True
    talk.say("nothing was sent.")
    return False


async def _to_its_end(
    context: Context,
    wanted: Wanted,
    battery: Battery,
    session: SessionFile,
    record: ProbeRecord,
    found: ProbePlan,
) -> int:
    talk.say(f"probing {record.id} of {session.path}: {len(found.steps)} runs by {record.judge}")
    probing = Probing(session, context.runner(session), record, found)
    ended, code = await _followed(probing, probing.go(settings_of(context, wanted)))
    if ended is not None and ended.status is not RunStatus.DONE:
        talk.say("stopped." if code == ExitCode.INTERRUPTED else f"stopped: {ended.reason}")
    if probing.record.finished is None:
        talk.say(f"`judgetui probe --session {session.path} --resume` goes on with the rest.")
    if probing.record.runs:
        await _shown(session, probing.record, wanted, battery)
    return code


async def _followed(probing: Probing, events: AsyncIterator[ProbeEvent]) -> tuple[RunEnded | None, int]:
    """Take a probing to its end with a meter on stderr, and say which exit code it comes to."""
    meter = Meter()

    def stop() -> None:
        meter.note("stopping; what has finished is kept. ctrl+c again ends at once.")
        probing.cancel()

    ended: RunEnded | None = None
    failed = 0
    with Interrupts(stop) as interrupts, contextlib.closing(meter):
        async for told in events:
            match told.event:
                case RunStarted():
                    variant = "" if told.variant == told.probe else f", {told.variant}"
                    meter.note(f"{told.step} of {told.steps}: {told.probe}{variant}")
                case RunEnded():
                    ended = told.event
                    failed += ended.run.counts.get("failed", 0)
                case Noticed(message=message):
                    meter.note(message)
                case Written():
                    pass
                case event:
                    meter.show(event.progress)
            if interrupts.hit:
                probing.cancel()
    if ended is not None and ended.status is RunStatus.HALTED:
        return ended, ExitCode.NO_JUDGE if ended.cause is HaltCause.JUDGE else ExitCode.USAGE
    if interrupts.hit and probing.record.finished is None:
        return ended, ExitCode.INTERRUPTED
    whole = probing.record.finished is not None and not failed
    return ended, ExitCode.DONE if whole else ExitCode.ANSWER_IS_NO


async def _shown(session: SessionFile, record: ProbeRecord, wanted: Wanted, battery: Battery) -> int:
    """Print what a probing found."""
    report = await report_of(session, record.id)
    if wanted.as_json:
        put_json({"session": str(session.path), **report.to_mapping()})
        return ExitCode.DONE
    for line in head_lines(report):
        put(line)
    put("")
    put_table(EFFECT_HEAD, effect_rows(report, full=battery.full), right=_NUMBERS)
    put("")
    for line in finding_lines(report):
        put(line)
    put(f"\n{origin_words(report)}")
    return ExitCode.DONE
