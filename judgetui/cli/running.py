"""What `run` and `resume` do: all checked before anything is made, then the run followed to its end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from judgetui.cli import talk
from judgetui.cli.estimates import estimate_lines
from judgetui.cli.intake import of_split, plan_of, read_items
from judgetui.cli.interrupts import Interrupts
from judgetui.cli.meter import Meter, money
from judgetui.cli.options import STDOUT
from judgetui.cli.output import put_json
from judgetui.cli.results import put_judgements, tell_nothing_written, tell_result, totals
from judgetui.config.paths import make_private
from judgetui.core.events import HaltCause, Noticed, Progress, RunEnded, RunEvent, Written
from judgetui.core.item import Item
from judgetui.core.reply import Usage
from judgetui.core.rubric import Rubric
from judgetui.core.run import Run, RunSettings, RunStatus
from judgetui.core.session import Version
from judgetui.errors import ExitCode, InputError, Place
from judgetui.providers.base import JudgeProvider
from judgetui.providers.scripted import DETAIL
from judgetui.rubric_files import load_rubric, placed_in
from judgetui.services import headless
from judgetui.services.context import Context
from judgetui.services.planning import estimate_run
from judgetui.services.requirements import require_batches, require_prices
from judgetui.services.running import Runner
from judgetui.services.sessions import fitting
from judgetui.storage import files
from judgetui.storage.database import SessionFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options of `run` and `resume`; None is an option that was not given."""

    rubric: str = ""
    data: Path | None = None
    maps: tuple[str, ...] = ()
    encoding: str | None = None
    split: str | None = None
    judges: tuple[str, ...] = ()
    session: str | None = None
    out: Path | None = None
    concurrency: int | None = None
    samples: int | None = None
    order: str | None = None
    limit: int | None = None
    budget: float | None = None
    cascade: float | None = None
    retries: int | None = None
    timeout: float | None = None
    fresh: bool = False
    batch: bool = False
    failed: bool = False
    as_json: bool = False
    yes: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rubric of a run: a version of the session's, or a file's, which is yet to become one."""

    rubric: Rubric
    version: Version | None = None
    file: Path | None = None

    @property
    def note(self) -> str:
        """What the version is noted with."""
        return "" if self.file is None else f"from {self.file.name}"


async def run_items(wanted: Wanted) -> int:
    """Judge items and return the exit code.

    Raises:
        JudgetuiError: if something is wrong with what was asked; then nothing was made.
    """
    _check_out(wanted.out)
    async with opened_context() as context:
        judges = judges_of(context, wanted)
        path = None if wanted.session is None else headless.session_file(context.paths, wanted.session)
        known = SessionFile.open(path) if path is not None and path.exists() else None
        try:
            chosen = await rubric_of(context, wanted, known)
            items = await items_of(wanted, chosen.rubric, known)
            with placed_in(chosen.file):
                headless.check_items(chosen.rubric, items, wanted.order, wanted.data)
            providers = [context.judge(name) for name in judges]
            settings = settings_of(context, wanted)
            require_prices(settings.budget, providers)
            require_batches(settings, providers)
            held = None if wanted.fresh else known
            if not await _agreed(wanted, chosen.rubric, items, providers, settings, held):
                return ExitCode.ANSWER_IS_NO
        except BaseException:
            if known is not None:
                known.close()
            raise
        session = known or new_session(context, path, chosen.rubric)
        with session:
            try:
                runner = context.runner(session)
                version = chosen.version or await headless.add_rubric(session, chosen.rubric, chosen.note)
                if wanted.data is not None:
                    await session.write(lambda repos: repos.items.add(items))
                run = await runner.create(version, judges, items, settings)
            except BaseException:
                if known is None:
                    session.close()
                    with contextlib.suppress(OSError, InputError):
                        files.delete(session.path)
                raise
            _tell_start(session, run)
            return await _to_its_end(wanted, session, runner, runner.go(run))


async def resume_run(wanted: Wanted, number: int | None) -> int:
    """Go on with a run and return the exit code.

    Raises:
        JudgetuiError: if there is no such session or run, or it cannot go on.
    """
    _check_out(wanted.out)
    async with opened_context() as context:
        with SessionFile.open(headless.known_session(context.paths, wanted.session or "")) as session:
            runs = await headless.all_runs(session)
            failed = [run for run in runs if wanted.failed and run.counts.get("failed")]
            open_runs = failed or headless.unfinished(runs)
            if number is not None:
                run = await session.read(lambda repos: repos.runs.get(number))
            elif open_runs:
                run = open_runs[0]
            else:
                talk.say(f"{session.path}: every run has ended; there is nothing to resume.")
                return await _nothing_left(wanted, session, runs[0] if runs else None)
            if wanted.failed and not run.counts.get("failed"):
                talk.say(f"no judgement of run {run.id} failed.")
            going = run.without_failed if wanted.failed else run
            if going.done >= going.total:
                talk.say(f"run {run.id} is complete ({run.done} of {run.total}); there is nothing to resume.")
                return await _nothing_left(wanted, session, run)
            providers = [context.judge(name) for name in run.judges]
            if wanted.budget is not None:
                _check_budget(run, wanted.budget, providers)
            left = await headless.items_left(session, run, failed=wanted.failed)
            version = await session.read(lambda repos: repos.rubrics.version(run.version_id))
            paid_for = run.status is RunStatus.WAITING
            if not paid_for and not await _agreed(
                wanted, version.rubric, left, providers, run.settings, session
            ):
                return ExitCode.ANSWER_IS_NO
            if again := run.done - going.done:
                talk.say(f"{again} failed judgements of run {run.id} are asked for again.")
            _tell_start(session, going)
            runner = context.runner(session)
            events = runner.go(
                run, failed=wanted.failed, budget=wanted.budget, concurrency=wanted.concurrency
            )
            return await _to_its_end(wanted, session, runner, events)


def _check_budget(run: Run, budget: float, providers: Sequence[JudgeProvider]) -> None:
    """Complain if another budget would leave a run no room."""
    require_prices(budget, providers)
    if run.cost_usd is not None and budget <= run.cost_usd:
        raise InputError(
            f"run {run.id} has cost {money(run.cost_usd)} already; the budget is for the whole run.",
            "Give a larger one.",
            field="--budget",
        )


# before the run


@asynccontextmanager
async def opened_context() -> AsyncIterator[Context]:
    """Paths, settings and judges for one command."""
    context = Context.load()
    try:
        yield context
    finally:
        await context.close()


def judges_of(context: Context, wanted: Wanted) -> tuple[str, ...]:
    """The judges that are named, else the settings' own."""
    if len(set(wanted.judges)) < len(wanted.judges):
        raise InputError("a judge is named twice.", "Name each judge once.", field="--judge")
    if wanted.judges:
        return wanted.judges
    if context.settings.judge:
        return (context.settings.judge,)
    raise InputError("no judge is named.", "Add --judge provider:model; `judgetui models` lists them.")


async def rubric_of(context: Context, wanted: Wanted, known: SessionFile | None) -> Chosen:
    """A rubric of the session by its name, else a file."""
    if known is not None and Path(wanted.rubric).name == wanted.rubric:
        summaries = await known.read(lambda repos: repos.rubrics.summaries())
        for summary in summaries:
            if summary.name == wanted.rubric:
                if summary.has_draft:
                    talk.say(f"{summary.name} has edits that are not saved; v{summary.version} is what runs.")
                version = await headless.session_rubric(known, wanted.rubric)
                return Chosen(version.rubric, version)
    path = headless.rubric_file(context.paths, wanted.rubric)
    return Chosen(load_rubric(path), file=path)


async def items_of(wanted: Wanted, rubric: Rubric, known: SessionFile | None) -> list[Item]:
    """The items of the data file, else those of the session that the rubric can judge."""
    if wanted.data is not None:
        plan = plan_of(
            wanted.data, wanted.maps, wanted.encoding, inputs=[spec.name for spec in rubric.inputs]
        )
        return read_items(plan, wanted.split, wanted.limit)
    if known is None:
        raise InputError("no items are named.", "Add --data FILE.")
    items = fitting(rubric, await known.read(lambda repos: repos.items.all()))
    if not items:
        raise InputError(f"{known.path} holds no items that {rubric.name} can judge.", "Add --data FILE.")
    return of_split(items, wanted.split, wanted.limit, str(known.path))


def _check_out(out: Path | None) -> None:
    """Complain now of a file that cannot be written when everything has been paid for."""
    if out is None or out == STDOUT:
        return
    place = Place(str(out))
    if out.is_dir():
        raise InputError("this is a folder.", "Give the name of a file in it.", field="--out", place=place)
    if not out.absolute().parent.is_dir():
        raise InputError("its folder is not there.", "Make it first.", field="--out", place=place)
    if not os.access(out.absolute().parent, os.W_OK):
        raise InputError("its folder cannot be written to.", "Choose another.", field="--out", place=place)


async def _agreed(
    wanted: Wanted,
    rubric: Rubric,
    items: Sequence[Item],
    providers: Sequence[JudgeProvider],
    settings: RunSettings,
    session: SessionFile | None,
) -> bool:
    """Whether the calls that may cost something may be made: a person is asked, if there is one.

    Args:
        session: where replies are looked up that need not be asked for again.
    """
    if wanted.yes or not talk.can_ask() or not items:
        return True
    paid = [provider for provider in providers if headless.may_cost(provider)]
    if not paid:
        return True
    expected = await estimate_run(
        rubric,
        items,
        paid,
        settings.samples,
        order=settings.order,
        session=session,
        cascade=settings.cascade is not None,
        batch=settings.batch,
    )
    for line in estimate_lines(expected, talk.columns()):
        talk.say(line)
    if talk.confirm("Send them?"):
        return True
    talk.say("nothing was sent.")
    return False


def new_session(context: Context, path: Path | None, rubric: Rubric) -> SessionFile:
    """A session that is made: at this path, else in the sessions folder under the rubric's name."""
    if path is not None:
        if path.parent == context.paths.sessions:
            make_private(path.parent)
        return SessionFile.create(path, path.stem)
    return headless.new_session(context.paths, rubric, datetime.now().astimezone())


def settings_of(context: Context, wanted: Wanted) -> RunSettings:
    """What a run is made with: the options, else the settings."""
    settings = context.settings
    return RunSettings(
        concurrency=settings.concurrency if wanted.concurrency is None else wanted.concurrency,
        timeout=settings.timeout if wanted.timeout is None else wanted.timeout,
        max_retries=settings.max_retries if wanted.retries is None else wanted.retries,
        samples=wanted.samples,
        order=wanted.order,
        budget=wanted.budget,
        cascade=wanted.cascade,
        batch=wanted.batch,
        fresh=wanted.fresh,
    )


# the run


def _tell_start(session: SessionFile, run: Run) -> None:
    done = f", {run.done} of them done" if run.done else ""
    talk.say(
        f"run {run.id} of {session.path}: {run.rubric_name} v{run.version_number}, "
        f"{_asked_for(run)} by {', '.join(run.judges)}{done}"
    )
    for judge in run.judges:
        if judge.startswith("scripted:"):
            talk.say(f"{judge} is {DETAIL}")


def _asked_for(run: Run) -> str:
    if run.settings.cascade is None:
        return f"{run.total} judgements"
    return f"{run.items} to {run.total} judgements, the next judge below a certainty of {run.settings.cascade:g},"


async def _to_its_end(
    wanted: Wanted,
    session: SessionFile,
    runner: Runner,
    events: AsyncIterator[RunEvent],
) -> int:
    ended, code = await follow(runner, events)
    run = ended.run
    await put_judgements(session, run.id, wanted.out)
    to_stderr = wanted.out == STDOUT
    await tell_result(session, run, ended.progress, as_json=wanted.as_json, to_stderr=to_stderr)
    if ended.status is not RunStatus.DONE:
        by_hand = ended.status is RunStatus.CANCELLED and code == ExitCode.INTERRUPTED
        talk.say("stopped." if by_hand else f"stopped: {ended.reason}")
        more = " --budget USD" if ended.status is RunStatus.PAUSED else ""
        talk.say(f"`judgetui resume {session.path} {run.id}{more}` goes on with the rest.")
    return code


async def follow(runner: Runner, events: AsyncIterator[RunEvent]) -> tuple[RunEnded, int]:
    """Take a run to its end with a meter on stderr, and say which exit code it comes to.

    The first interrupt stops the run properly, the second ends the process.

    Args:
        events: what the runner tells of the run.
    """
    meter = Meter()

    def stop() -> None:
        meter.note("stopping; what has finished is kept. ctrl+c again ends at once.")
        runner.cancel()

    ended: RunEnded | None = None
    with Interrupts(stop) as interrupts, contextlib.closing(meter):
        async for event in events:
            match event:
                case RunEnded():
                    ended = event
                case Noticed(message=message):
                    meter.note(message)
                case Written():
                    pass
                case _:
                    meter.show(event.progress)
            if interrupts.hit:
                # Again and again: an interrupt may come before the run can be cancelled.
                runner.cancel()
    assert ended is not None
    if ended.status is RunStatus.HALTED:
        return ended, ExitCode.NO_JUDGE if ended.cause is HaltCause.JUDGE else ExitCode.USAGE
    if interrupts.hit and ended.status is not RunStatus.DONE:
        return ended, ExitCode.INTERRUPTED
    failed = ended.run.counts.get("failed", 0)
    return ended, ExitCode.ANSWER_IS_NO if failed or ended.status is not RunStatus.DONE else ExitCode.DONE


def _nothing_done(run: Run) -> Progress:
    return Progress(run.id, run.total, run.counts, frozenset(), 0, 0, 0, Usage(), 0.0, 0.0, None)


async def _nothing_left(wanted: Wanted, session: SessionFile, run: Run | None) -> int:
    if run is not None:
        await put_judgements(session, run.id, wanted.out)
    elif wanted.out is not None:
        tell_nothing_written(wanted.out)
    if wanted.as_json:
        put_json(None if run is None else totals(session.path, run, _nothing_done(run)))
    return ExitCode.DONE
