"""`judgetui export` and `judgetui targets`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from judgetui.cli.loop import complete
from judgetui.cli.options import FILE, json_option, rubric_name_option
from judgetui.errors import ExitCode, ExportError

if TYPE_CHECKING:
    from judgetui.core.item import Item
    from judgetui.core.rubric import Rubric
    from judgetui.interchange.base import Target
    from judgetui.interchange.reading import Reader
    from judgetui.services.exchange import Written


@click.command()
@click.argument("source", metavar="RUBRIC")
@click.option(
    "--to", "names", multiple=True, required=True, metavar="TARGET", help="A target, or all; may be repeated."
)
@click.option(
    "--out", required=True, type=FILE, metavar="DIR", help="The folder; each target gets one in it."
)
@click.option("--data", type=FILE, metavar="FILE", help="Items, for targets that hold test cases.")
@click.option("--judge", default="", metavar="JUDGE", help="provider:model, for targets that name one.")
@rubric_name_option
@click.option(
    "--version", "number", type=click.IntRange(1), metavar="N", help="Which version in the session."
)
@json_option
def export(
    source: str,
    names: tuple[str, ...],
    out: Path,
    data: Path | None,
    judge: str,
    name: str | None,
    number: int | None,
    as_json: bool,
) -> int:
    """Write a rubric's prompt for other tools, and read it back.

    RUBRIC is a YAML file, the name of a starter, or a session file whose rubric --rubric names. Every file is
    read back by the target's own rules and compared with the prompt that judgetui sends; the line under the
    files says how that came out.
    """
    from judgetui.cli.output import put, put_json
    from judgetui.interchange.base import ExportContext
    from judgetui.interchange.prompts import require_rendering
    from judgetui.rubric_files import placed_in
    from judgetui.services.exchange import Written, chosen_targets, prepare, write_exports

    wanted = chosen_targets(names)
    rubric, version, file = complete(_rubric(source, name, number))
    context = ExportContext(version, judge, tuple(_items(rubric, data)))
    with placed_in(file):
        refused = [made for made in prepare(rubric, wanted, context) if isinstance(made, Written)]
        if refused:
            require_rendering(rubric)
            if "all" not in names:
                raise ExportError(refused[0].refused)
        written = write_exports(rubric, wanted, context, out)
    if as_json:
        put_json(
            [
                {
                    "target": each.target.name,
                    "files": [str(file) for file in each.files],
                    "differences": list(each.differences),
                    "refused": each.refused or None,
                }
                for each in written
            ]
        )
        return ExitCode.DONE
    for each in written:
        for file in each.files:
            put(str(file))
        put(proof(each))
    return ExitCode.DONE


@click.command()
@json_option
def targets(as_json: bool) -> int:
    """List the tools that rubrics are exported to and imported from."""
    from judgetui.cli.output import put_json, put_table
    from judgetui.interchange.registry import targets as all_targets
    from judgetui.services.importing import readers

    written = {target.name: target for target in all_targets()}
    read = {reader.name: reader for reader in readers()}
    names = list(dict.fromkeys([*written, *read]))
    if as_json:
        put_json([_listed(written.get(name), read.get(name)) for name in names])
        return ExitCode.DONE
    rows: list[tuple[str, str, str, str]] = []
    for name in names:
        if name in written:
            rows.append((name, written[name].title, "export", written[name].describe))
        if name in read:
            rows.append((name, read[name].title, "import", read[name].reads))
    put_table(("name", "title", "", "what is written or read"), rows)
    return ExitCode.DONE


def _listed(target: Target | None, reader: Reader | None) -> dict[str, object]:
    """A tool as JSON lists it; one of the two is there."""
    either = target or reader
    assert either is not None
    return {
        "name": either.name,
        "title": either.title,
        "describe": target.describe if target else None,
        "folder": target.folder if target else None,
        "written": target is not None,
        "read": reader is not None,
        "reads": reader.reads if reader else None,
    }


def proof(written: Written) -> str:
    """How the comparison of what was written with what judgetui sends came out."""
    name = written.target.name
    if written.refused:
        return f"  {name}: left out. {written.refused}"
    if not written.differences:
        return f"  {name}: read back; its prompt is identical to judgetui's"
    told = "\n".join(f"    {difference}" for difference in written.differences)
    return f"  {name}: read back; its prompt differs:\n{told}"


async def _rubric(
    source: str, name: str | None, number: int | None
) -> tuple[Rubric, int | None, Path | None]:
    """The rubric, with its version's number if it comes from a session, or with its file."""
    from judgetui.config.paths import find_paths
    from judgetui.errors import InputError
    from judgetui.rubric_files import load_rubric
    from judgetui.services.headless import known_session, rubric_file, session_rubric
    from judgetui.storage.database import SessionFile

    paths = find_paths()
    if not source.endswith(".db") and name is None and number is None:
        file = rubric_file(paths, source)
        return load_rubric(file), None, file
    if source.endswith((".yaml", ".yml")):
        raise InputError("--rubric and --version are for session files.", "Leave them out.")
    with SessionFile.open(known_session(paths, source)) as session:
        version = await session_rubric(session, name, number)
    return version.rubric, version.number, None


def _items(rubric: Rubric, data: Path | None) -> list[Item]:
    if data is None:
        return []
    from judgetui.services.sessions import fitting, items_from_file

    return fitting(rubric, items_from_file(rubric, data))
