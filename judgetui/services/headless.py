"""What commands need beside the screens' services: names to files, a run's checks, replies read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from judgetui.config.paths import Paths, make_private
from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.protocols.failures import counted, require_counted
from judgetui.core.protocols.registry import get_protocol, rubric_hash
from judgetui.core.reading import nearest
from judgetui.core.rubric import Rubric
from judgetui.core.run import Run, RunStatus, own_first
from judgetui.core.session import Version
from judgetui.core.vote import Failures, Parser, ScoreSource, Status, Vote
from judgetui.errors import InputError, ItemError, Place, TemplateError
from judgetui.providers.base import JudgeProvider
from judgetui.providers.endpoints import is_loopback
from judgetui.providers.registry import require_ready
from judgetui.services.cascading import Division
from judgetui.services.context import Context
from judgetui.services.sessions import RUBRIC_FILES, free_name, starter_rubrics
from judgetui.storage import files
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

CUT_SHORT: Final = (
    RunStatus.CANCELLED,
    RunStatus.INTERRUPTED,
    RunStatus.HALTED,
    RunStatus.PAUSED,
    RunStatus.WAITING,
)


# names


def session_file(paths: Paths, text: str) -> Path:
    """The session file that a text names: a path, or the name of a session in the sessions folder.

    Raises:
        InputError: if it can be neither.
    """
    path = Path(text).expanduser()
    if path.suffix == files.SUFFIX or path.name != text or path.is_file():
        return path
    return files.session_path(paths.sessions, text)


def known_session(paths: Paths, text: str) -> Path:
    """The session file that a text names, which is there.

    Raises:
        InputError: naming the nearest session.
    """
    path = session_file(paths, text)
    if path.exists():
        return path
    names = [found.stem for found in paths.sessions.glob(f"*{files.SUFFIX}")]
    near = nearest(Path(text).stem, names)
    hint = f"Did you mean {near}?" if near else "`judgetui session list` lists the sessions."
    raise InputError(f"there is no session {text!r}; {path} does not exist.", hint)


def rubric_file(paths: Paths, text: str) -> Path:
    """The rubric file that a text names: a path, or the name of one of the user's rubrics or of a starter.

    Raises:
        InputError: naming the nearest rubric.
    """
    path = Path(text).expanduser()
    if path.suffix.lower() in RUBRIC_FILES or path.name != text or path.is_file():
        return path
    found = [starter for starter in starter_rubrics(paths) if text in (starter.name, starter.path.stem)]
    if found:
        # The user's own comes before the shipped one of the same name.
        return max(found, key=lambda starter: starter.own).path
    names = [starter.name for starter in starter_rubrics(paths)]
    near = nearest(text, names)
    hint = f"Did you mean {near}?" if near else "Give a YAML file, or a name of `judgetui rubric list`."
    raise InputError(f"there is no rubric {text!r}.", hint)


def own_rubric_file(paths: Paths, text: str) -> Path:
    """The rubric file that a text names, to be written to: a path, or one of the user's rubrics by its name.

    Raises:
        InputError: if there is none, or it is a starter that belongs to the installation.
    """
    path = rubric_file(paths, text)
    if path == Path(text).expanduser() or path.resolve().is_relative_to(paths.rubrics.resolve()):
        return path
    raise InputError(
        f"{text} is a starter that comes with judgetui.",
        f"Make a copy first: `judgetui rubric new NAME --from {text}`.",
    )


async def session_rubric(session: SessionFile, name: str | None, number: int | None = None) -> Version:
    """A version of one of a session's rubrics.

    Args:
        name: None for the only rubric.
        number: None for the newest version.

    Raises:
        InputError: if there is no such rubric or version, or there are several and none is named.
    """
    known = {each.name: each.id for each in await session.read(lambda repos: repos.rubrics.summaries())}
    if not known:
        raise InputError(f"{session.path} holds no rubric.", "Add one in the app, or with `judgetui run`.")
    if name is None and len(known) > 1:
        raise InputError("the session has several rubrics.", f"Choose one with --rubric: {', '.join(known)}.")
    chosen = next(iter(known)) if name is None else name
    if chosen not in known:
        near = nearest(chosen, known)
        hint = f"Did you mean {near}?" if near else f"It has {', '.join(known)}."
        raise InputError(f"the session has no rubric {chosen!r}.", hint)
    if number is None:
        return await session.read(lambda repos: repos.rubrics.latest(known[chosen]))
    return await session.read(lambda repos: repos.rubrics.number(known[chosen], number))


# before a run


def check_items(rubric: Rubric, items: Sequence[Item], order: str | None, source: Path | None) -> None:
    """Make sure that every item can be judged.

    Args:
        order: overrides the rubric's pairwise order.
        source: the file the items came from, for messages.

    Raises:
        ItemError: with file and, in JSONL, line of the first item that cannot.
        TemplateError: with the first item for which the rubric's template cannot be rendered.
    """
    protocol = get_protocol(rubric.protocol)
    for index, item in enumerate(items):
        try:
            protocol.plan(rubric, item, ScoreSource.SINGLE, order)
        except ItemError as error:
            raise (error if source is None else error.at(_item_place(source, index))) from None
        except TemplateError as error:
            hint = f"{error.hint} Item {item.id!r} is the first that it fails on.".lstrip()
            raise TemplateError(error.message, hint, field=error.field, place=error.place) from None


def _item_place(path: Path, index: int) -> Place:
    if path.suffix.lower() != ".jsonl":
        return Place(str(path))
    with path.open("rb") as lines:
        filled = (number for number, line in enumerate(lines, 1) if line.strip())
        return Place(str(path), next(islice(filled, index, None), 0))


def require_judge(context: Context, name: str) -> None:
    """Make sure that a judge which is listed can be asked, before anything is loaded.

    Raises:
        NoJudgeError: with the command that gets what is missing.
    """
    for listing in context.judges():
        if listing.judge == name:
            require_ready(listing)


def may_cost(judge: JudgeProvider) -> bool:
    """Whether a call may be charged for: it leaves this machine."""
    return judge.capabilities.network and not is_loopback(judge.endpoint)


def new_session(paths: Paths, rubric: Rubric, today: datetime) -> SessionFile:
    """A new session in the sessions folder, named after a rubric and the day.

    Raises:
        InputError: if the folder cannot be made.
        StorageError: if the file cannot be written.
    """
    make_private(paths.sessions)
    name = free_name(paths, f"{rubric.name}-{today:%Y-%m-%d}")
    return SessionFile.create(files.session_path(paths.sessions, name), name)


async def add_rubric(session: SessionFile, rubric: Rubric, note: str) -> Version:
    """The rubric's version in a session: the newest that says the same under its name, else a new one."""
    wanted = rubric_hash(rubric)
    rubric_id = await session.read(lambda repos: repos.rubrics.by_name(rubric.name))
    if rubric_id is None:
        return await session.write(lambda repos: repos.rubrics.create(rubric, note))
    for version in await session.read(lambda repos: repos.rubrics.versions(rubric_id)):
        if version.rubric_hash == wanted:
            return version
    return await session.write(lambda repos: repos.rubrics.add_version(rubric_id, rubric, note))


# runs


async def all_runs(session: SessionFile) -> list[Run]:
    """Every run, newest first; those whose process is gone are interrupted ones."""
    await session.write(lambda repos: repos.runs.mark_interrupted())
    return await session.read(lambda repos: repos.runs.all())


def unfinished(runs: Iterable[Run]) -> list[Run]:
    """The runs that were cut short and can go on by themselves, in the order given; a probing goes on as a whole."""
    return [run for run in runs if run.status in CUT_SHORT and run.done < run.total and run.probing is None]


async def items_left(session: SessionFile, run: Run, *, failed: bool = False) -> list[Item]:
    """The items of a run that some judge has yet to judge, as far as is known of a cascade.

    Args:
        failed: whether those count whose calls failed.
    """
    items = await session.read(lambda repos: repos.runs.items(run.id))
    done = await session.read(lambda repos: repos.judgements.done(run.id, failed=not failed))
    division = Division(run, done)
    await division.resume(session, run)
    left = {position for feed in division.feeds.values() for position in feed.take(run.items)}
    return [each.item for each in items if each.position in left]


async def newest_run(session: SessionFile, version: Version) -> Run:
    """The newest run of a version that has judgements.

    Raises:
        InputError: if there is none.
    """
    for run in own_first(await session.read(lambda repos: repos.runs.all())):
        if run.version_id == version.id and run.done:
            return run
    raise InputError(
        f"{version.rubric.name} v{version.number} has not been run in this session.", "Run it first."
    )


# replies read again


@dataclass(frozen=True, slots=True)
class Reread:
    """What came of reading a run's stored replies again.

    Args:
        judgements: how many the run has.
        replies: how many were read.
        changed: the judgements that are different now.
        missing: votes whose reply is not stored; they stay as they were.
        counted: votes without a result that count as one.
    """

    judgements: int
    replies: int
    changed: tuple[Judgement, ...]
    missing: int
    counted: int = 0


async def reparse(
    session: SessionFile,
    run: Run,
    parser: Parser = Parser.REPAIRED,
    failures: Failures = Failures.STATE,
) -> Reread:
    """Read every stored reply of a run again with today's parser, and combine the votes anew.

    Args:
        parser: how replies are read.
        failures: what a reply without a result counts as.

    Raises:
        InputError: if the protocol's original did not count failures so.
        RubricError: if the run's protocol is not known.
        StorageError: if the session cannot be written.
    """
    version = await session.read(lambda repos: repos.rubrics.version(run.version_id))
    rubric = version.rubric
    if run.settings.samples is not None:
        rubric = replace(rubric, sampling=replace(rubric.sampling, n=run.settings.samples))
    protocol = get_protocol(rubric.protocol)
    require_counted(protocol, failures)
    judgements = await session.read(lambda repos: repos.judgements.for_run(run.id))
    keys = {vote.call for judgement in judgements for vote in judgement.votes if vote.call}
    calls = await session.read(lambda repos: repos.calls.get_many(keys, run.id))
    changed: list[Judgement] = []
    replies = missing = as_results = 0
    for judgement in judgements:
        votes: list[Vote] = []
        for vote in judgement.votes:
            call = calls.get(vote.call)
            if call is None:
                missing += 1
                votes.append(vote)
                continue
            replies += 1
            # Equal answers make equal calls, so the order is the vote's own and not the stored request's.
            request = replace(call.request, criterion=vote.criterion, order=vote.order, sample=vote.sample)
            plain = protocol.parse(rubric, request, call.reply, parser)
            read = counted(protocol, plain, failures)
            as_results += read is not plain
            votes.append(replace(read, call=vote.call))
        whole = judgement.status not in {Status.FAILED, Status.CANCELLED}
        if not (votes and whole):  # settled without a call, or without some that it needed
            continue
        new = replace(judgement, votes=tuple(votes), outcome=protocol.combine(rubric, votes))
        if new != judgement:
            changed.append(new)
    await session.write(lambda repos: _put_all(repos, changed))
    return Reread(len(judgements), replies, tuple(changed), missing, as_results)


def _put_all(repos: Repositories, judgements: Iterable[Judgement]) -> None:
    for judgement in judgements:
        repos.judgements.put(judgement)
