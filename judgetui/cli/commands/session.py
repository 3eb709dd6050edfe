"""`judgetui session`: session files and what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from judgetui.cli.commands import session_items, session_splits
from judgetui.cli.commands.labels import labels
from judgetui.cli.loop import complete
from judgetui.cli.options import FILE, STDOUT, json_option, rubric_name_option, session_argument
from judgetui.errors import ExitCode, InputError

if TYPE_CHECKING:
    from judgetui.core.session import SessionSummary


@click.group()
def session() -> None:
    """List, show and keep session files.

    SESSION is a file, or the name of one of `judgetui session list`.
    """


@session.command("list")
@json_option
def list_sessions(as_json: bool) -> int:
    """List the sessions folder, last modified first."""
    from judgetui.cli.output import put, put_json, put_table
    from judgetui.config.paths import find_paths
    from judgetui.core.session import SessionSummary
    from judgetui.storage import files

    folder = find_paths().sessions
    found = files.list_sessions(folder)
    if as_json:
        put_json(
            [
                _summary(each)
                if isinstance(each, SessionSummary)
                else {"path": each.path, "problem": f"{each.message} {each.hint}".rstrip()}
                for each in found
            ]
        )
        return ExitCode.DONE
    if not found:
        put(f"no sessions in {folder}; `judgetui run` and the app make them")
        return ExitCode.DONE
    put_table(
        ("session", "rubrics", "items", "runs", "judgements", "changed", ""),
        [
            (
                each.name,
                ", ".join(f"{r.name} v{r.version}" for r in each.rubrics),
                str(each.items),
                str(each.runs),
                str(each.judgements),
                f"{each.modified.astimezone():%Y-%m-%d %H:%M}",
                f"{each.unfinished} unfinished" if each.unfinished else "",
            )
            if isinstance(each, SessionSummary)
            else (
                Path(each.path).name,
                "",
                "",
                "",
                "",
                f"{each.modified.astimezone():%Y-%m-%d %H:%M}",
                each.message,
            )
            for each in found
        ],
        right=(2, 3, 4),
    )
    return ExitCode.DONE


@session.command("show")
@session_argument
@json_option
def show(session: str, as_json: bool) -> int:
    """Show a session: rubrics, items, runs."""
    return complete(_show(session, as_json))


async def _show(text: str, as_json: bool) -> int:
    from judgetui.cli.output import put, put_json, put_table
    from judgetui.cli.results import counts_words, run_mapping
    from judgetui.services import headless
    from judgetui.storage import files
    from judgetui.storage.database import SessionFile

    path = _path(text)
    with SessionFile.open(path) as opened:
        runs = await headless.all_runs(opened)
        raters = await opened.read(lambda repos: repos.items.raters())
    summary = files.summary(path)
    if as_json:
        put_json(_summary(summary) | {"raters": raters, "run_list": [run_mapping(run) for run in runs]})
        return ExitCode.DONE
    put(f"{summary.name}: {summary.path}")
    put(
        f"{summary.items} items, labelled by {', '.join(raters)}"
        if raters
        else f"{summary.items} items, no labels"
    )
    if summary.rubrics:
        put("")
        put_table(
            ("rubric", "protocol", "version", "title"),
            [
                (r.name, r.protocol, f"v{r.version}" + (" + edits" if r.has_draft else ""), r.title)
                for r in summary.rubrics
            ],
        )
    if runs:
        put("")
        put_table(
            ("run", "rubric", "judge", "status", "done", "judgements", "started"),
            [
                (
                    str(run.id),
                    f"{run.rubric_name} v{run.version_number}",
                    ", ".join(run.judges),
                    run.status.value + (" (recorded)" if run.origin.value == "recorded" else ""),
                    f"{run.done}/{run.total}",
                    counts_words(run),
                    f"{run.created.astimezone():%Y-%m-%d %H:%M}",
                )
                for run in runs
            ],
            right=(0, 4),
        )
    return ExitCode.DONE


@session.command("versions")
@session_argument
@rubric_name_option
@json_option
def versions(session: str, name: str | None, as_json: bool) -> int:
    """List a rubric's versions, newest first."""
    return complete(_versions(session, name, as_json))


async def _versions(text: str, name: str | None, as_json: bool) -> int:
    from judgetui.cli.output import put_json, put_table
    from judgetui.services import headless
    from judgetui.storage.database import SessionFile

    with SessionFile.open(_path(text)) as opened:
        newest = await headless.session_rubric(opened, name)
        found = await opened.read(lambda repos: repos.rubrics.versions(newest.rubric_id))
    if as_json:
        put_json(
            [
                {
                    "rubric": each.rubric.name,
                    "version": each.number,
                    "rubric_hash": each.rubric_hash,
                    "note": each.note,
                    "created": each.created.isoformat(),
                }
                for each in found
            ]
        )
        return ExitCode.DONE
    put_table(
        ("version", "hash", "saved", "note"),
        [
            (f"v{e.number}", e.rubric_hash[:12], f"{e.created.astimezone():%Y-%m-%d %H:%M}", e.note)
            for e in found
        ],
    )
    return ExitCode.DONE


@session.command("restore")
@session_argument
@click.argument("version", type=click.IntRange(1))
@rubric_name_option
def restore(session: str, version: int, name: str | None) -> int:
    """Make a new version that equals an older one.

    Edits of the rubric that were not saved as a version are dropped.
    """
    return complete(_restore(session, version, name))


async def _restore(text: str, number: int, name: str | None) -> int:
    from judgetui.cli.output import put
    from judgetui.services import headless
    from judgetui.services.authoring import Authoring
    from judgetui.storage.database import SessionFile

    with SessionFile.open(_path(text)) as opened:
        older = await headless.session_rubric(opened, name, number)
        working = await Authoring(opened).restore(older)
    put(f"{older.rubric.name} v{working.base.number} equals v{number}")
    return ExitCode.DONE


@session.command("rename")
@session_argument
@click.argument("name")
def rename(session: str, name: str) -> int:
    """Rename a session and its file."""
    from judgetui.cli.output import put
    from judgetui.storage import files

    put(str(files.rename(_path(session), name)))
    return ExitCode.DONE


@session.command("copy")
@session_argument
@click.argument("new")
def copy(session: str, new: str) -> int:
    """Copy a session, even while it is in use.

    NEW is a file that is not there yet, or a name in the sessions folder.
    """
    from judgetui.cli.output import put
    from judgetui.config.paths import find_paths, make_private
    from judgetui.services.headless import session_file
    from judgetui.storage import files

    paths = find_paths()
    target = session_file(paths, new)
    if target.parent == paths.sessions:
        make_private(target.parent)
    put(str(files.copy(_path(session), target)))
    return ExitCode.DONE


@session.command("delete")
@session_argument
@click.option("--yes", "-y", is_flag=True, help="Ask no question.")
def delete(session: str, yes: bool) -> int:
    """Delete a session file; this cannot be undone."""
    from judgetui.cli import talk
    from judgetui.storage import files

    path = _path(session)
    summary = files.summary(path)
    if not yes:
        if not talk.can_ask():
            raise InputError("deleting cannot be undone, and nobody is here to ask.", "Add --yes.")
        what = f"{summary.items} items, {summary.runs} runs, {summary.judgements} judgements"
        if not talk.confirm(f"Delete {path} ({what})?"):
            talk.say("nothing was deleted.")
            return ExitCode.ANSWER_IS_NO
    files.delete(path)
    talk.say(f"{path} is deleted.")
    return ExitCode.DONE


@session.command("compact")
@session_argument
def compact(session: str) -> int:
    """Make a session's file smaller: what nothing refers to any more goes."""
    from judgetui.cli.output import put
    from judgetui.storage import files

    path = _path(session)
    before, after = files.compact(path)
    put(f"{path}: {before:,} bytes before, {after:,} now")
    return ExitCode.DONE


@session.command("items")
@session_argument
@click.option("--out", type=FILE, metavar="FILE", help="Write the items as JSONL; - is stdout.")
@json_option
def items(session: str, out: Path | None, as_json: bool) -> int:
    """List a session's items, or write them to a file."""
    from judgetui.cli import talk
    from judgetui.cli.output import put_json, put_lines, put_table
    from judgetui.datasets import item_line, write_items
    from judgetui.services.reading import label_words
    from judgetui.storage.database import SessionFile

    if as_json and out == STDOUT:
        raise InputError("--json and --out - both want stdout.", "Choose one.")
    with SessionFile.open(_path(session)) as opened:
        found = opened.read_now(lambda repos: repos.items.all())
    if out == STDOUT:
        put_lines(map(item_line, found))
    elif out is not None:
        talk.say(f"{write_items(out, found)} items written to {out}")
    if as_json:
        put_json([item.to_mapping() for item in found])
    elif out is None:
        put_table(
            ("id", "answers", "category", "labels"),
            [(item.id, str(len(item.responses)), item.category or "", label_words(item)) for item in found],
            right=(1,),
        )
    return ExitCode.DONE


session.add_command(labels)


session.add_command(session_items.add)
session.add_command(session_splits.split)
session.add_command(session_splits.duplicates)
session.add_command(session_splits.redact)


def _path(text: str) -> Path:
    from judgetui.config.paths import find_paths
    from judgetui.services.headless import known_session

    return known_session(find_paths(), text)


def _summary(summary: SessionSummary) -> dict[str, object]:
    return {
        "path": summary.path,
        "name": summary.name,
        "rubrics": [
            {
                "name": each.name,
                "title": each.title,
                "protocol": each.protocol,
                "version": each.version,
                "note": each.note,
                "has_draft": each.has_draft,
            }
            for each in summary.rubrics
        ],
        "items": summary.items,
        "runs": summary.runs,
        "judgements": summary.judgements,
        "unfinished": summary.unfinished,
        "modified": summary.modified.isoformat(),
    }
