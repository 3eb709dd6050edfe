"""`judgetui session add`: items in, looked at before they are taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from judgetui.cli.intake import (
    encoding_option,
    map_option,
    nothing,
    require_asking,
    session_path,
    sure_option,
)
from judgetui.cli.loop import complete
from judgetui.cli.options import FILE, json_option, session_argument
from judgetui.errors import ExitCode, InputError, ItemError

if TYPE_CHECKING:
    from judgetui.services.intake import Stored


@click.command("add")
@session_argument
@click.argument("file", type=FILE)
@click.option(
    "--answers",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="FILE holds FastChat's questions; this a model's answers to them.",
)
@click.option(
    "--pair-with",
    "other",
    type=FILE,
    metavar="FILE2",
    help="Make pairs: FILE's answers are A, FILE2's are B.",
)
@click.option(
    "--key", default="id", show_default=True, metavar="FIELD", help="What both files have, to pair by."
)
@map_option
@encoding_option
@click.option("--skip-bad", is_flag=True, help="Leave out lines that cannot be read, and take the rest.")
@click.option("--dry-run", is_flag=True, help="Show what would be taken, and take nothing.")
@json_option
@sure_option
def add(session: str, file: Path, **values: Any) -> int:
    """Add the items of a file to a session.

    FILE is JSONL, JSON, CSV, TSV or Parquet, a folder of FastChat's questions and answers, or - for stdin. Nothing is
    taken before it was shown and you agreed, and nothing at all when a line cannot be read, unless --skip-bad says
    so. An item whose id the session knows is changed.

    \b
    Examples:
      judgetui session add s.db items.csv --map prompt=question --map output=response
      judgetui session add s.db chats.jsonl --dry-run
      judgetui session add s.db model-one.jsonl --pair-with model-two.jsonl --yes
    """
    return complete(_add(session, file, **values))


async def _add(
    session: str,
    file: Path,
    *,
    answers: Sequence[Path],
    other: Path | None,
    key: str,
    maps: Sequence[str],
    encoding: str | None,
    skip_bad: bool,
    dry_run: bool,
    as_json: bool,
    yes: bool,
) -> int:
    from judgetui.cli import talk
    from judgetui.cli.intake import inspection_mapping, plan_of, preview_lines, problem_lines
    from judgetui.cli.output import put, put_json
    from judgetui.services import intake
    from judgetui.storage.database import SessionFile

    path = session_path(session)
    if other is not None:
        return await _add_pairs(path, (file, other), key, maps, encoding, dry_run, as_json, yes)
    plan = plan_of(file, maps, encoding, answers=answers)
    if dry_run:
        inspection = intake.inspect(plan)
        if as_json:
            put_json(inspection_mapping(inspection))
        else:
            for line in preview_lines(inspection):
                put(line)
        return ExitCode.ANSWER_IS_NO if inspection.bad else ExitCode.DONE
    if not yes:
        require_asking()
        inspection = intake.inspect(plan)
        for line in preview_lines(inspection):
            talk.say(line)
        if inspection.bad and not skip_bad:
            talk.say(f"nothing was taken; --skip-bad takes the other {inspection.good}.")
            return ExitCode.ANSWER_IS_NO
        if not talk.confirm(f"Add {inspection.good} items to {path}?"):
            return nothing()
    with SessionFile.open(path) as opened:
        try:
            stored = await intake.take(opened, plan, skip_bad=skip_bad)
        except ItemError as error:
            if error.place.line:
                talk.say(
                    "nothing was taken. --dry-run shows all that cannot be read, --skip-bad takes the rest."
                )
            raise
    for line in problem_lines(stored.refused, stored.bad):
        talk.say(line)
    _put_stored(path, stored, as_json)
    return ExitCode.DONE


async def _add_pairs(
    path: Path,
    files: tuple[Path, Path],
    key: str,
    maps: Sequence[str],
    encoding: str | None,
    dry_run: bool,
    as_json: bool,
    yes: bool,
) -> int:
    from judgetui.cli import talk
    from judgetui.cli.intake import plan_of
    from judgetui.cli.output import put, put_json
    from judgetui.services import intake
    from judgetui.storage.database import SessionFile

    first, second = (plan_of(file, maps, encoding) for file in files)
    found = intake.pairs(first, second, key)
    lines = [f"{len(found.items)} pairs; {first.source.name} is A, {second.source.name} is B"]
    for name, alone in ((first.source.name, found.alone_a), (second.source.name, found.alone_b)):
        if alone:
            lines.append(f"without a partner in {name}: {_some(alone)}")
    if found.differing:
        fields = sorted({field for each in found.differing.values() for field in each})
        lines.append(f"{len(found.differing)} pairs differ in {', '.join(fields)}; A's are kept")
    about = {
        "pairs": len(found.items),
        "alone_a": list(found.alone_a),
        "alone_b": list(found.alone_b),
        "differing": {identity: list(fields) for identity, fields in found.differing.items()},
    }
    if dry_run:
        if as_json:
            put_json(about)
        for line in () if as_json else lines:
            put(line)
        return ExitCode.DONE
    for line in lines:
        talk.say(line)
    if not found.items:
        raise InputError(
            "the two files have no answers to the same questions.", f"Pair by another key than {key}."
        )
    if not yes:
        require_asking()
        if not talk.confirm(f"Add them to {path}?"):
            return nothing()
    with SessionFile.open(path) as opened:
        counts = await opened.write(lambda repos: repos.items.add(found.items))
    _put_stored(path, intake.Stored(counts), as_json, about)
    return ExitCode.DONE


def _put_stored(path: Path, stored: Stored, as_json: bool, more: Mapping[str, object] | None = None) -> None:
    from judgetui.cli.intake import problem_mappings
    from judgetui.cli.output import put, put_json

    counts = stored.counts
    if as_json:
        put_json(
            {
                "session": str(path),
                "new": counts.new,
                "changed": counts.changed,
                "same": counts.same,
                "bad": stored.bad,
                "problems": problem_mappings(stored.refused),
                **(more or {}),
            }
        )
        return
    left_out = f"; {stored.bad} lines left out" if stored.bad else ""
    put(f"{path}: {counts.new} items new, {counts.changed} changed, {counts.same} as before{left_out}")


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
