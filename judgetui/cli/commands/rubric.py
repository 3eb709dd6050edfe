"""`judgetui rubric`: rubric files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from judgetui.cli.options import FILE, json_option
from judgetui.errors import ExitCode, InputError, RubricError

if TYPE_CHECKING:
    from judgetui.core.rubric import Rubric


@click.group()
def rubric() -> None:
    """Make, list, show, check and compare rubric files.

    RUBRIC is a YAML file or the name of one of `judgetui rubric list`.
    """


@rubric.command("list")
@json_option
def list_rubrics(as_json: bool) -> int:
    """List the starter rubrics and your own."""
    from judgetui.cli.output import put_json, put_table
    from judgetui.config.paths import find_paths
    from judgetui.services.sessions import starter_rubrics

    found = starter_rubrics(find_paths())
    if as_json:
        put_json(
            [
                {
                    "name": each.name,
                    "title": each.title,
                    "protocol": each.protocol,
                    "summary": each.summary,
                    "file": str(each.path),
                    "own": each.own,
                    "problem": each.problem or None,
                }
                for each in found
            ]
        )
        return ExitCode.DONE
    put_table(
        ("name", "protocol", "from", "title"),
        [(e.name, e.protocol, "you" if e.own else "judgetui", e.problem or e.title) for e in found],
    )
    return ExitCode.DONE


@rubric.command("show")
@click.argument("source", metavar="RUBRIC")
@json_option
def show(source: str, as_json: bool) -> int:
    """Show a rubric as YAML, with its hash."""
    from judgetui.cli.output import put, put_json
    from judgetui.core.protocols.registry import rubric_hash
    from judgetui.rubric_files import dump_rubric

    path, found = _load(source)
    if as_json:
        put_json({"file": str(path), "rubric_hash": rubric_hash(found), "rubric": found.to_mapping()})
        return ExitCode.DONE
    put(f"# {path}\n# hash {rubric_hash(found)}\n{dump_rubric(found)}".rstrip("\n"))
    return ExitCode.DONE


@rubric.command("new")
@click.argument("name")
@click.option("--from", "source", metavar="RUBRIC", help="Start from this one.")
@click.option("--protocol", metavar="P", help="Start as this system's authors did; g-eval by default.")
@click.option("--out", type=FILE, metavar="FILE", help="Default: NAME.yaml in your rubrics folder.")
def new(name: str, source: str | None, protocol: str | None, out: Path | None) -> int:
    """Make a rubric file."""
    from judgetui.cli.output import put
    from judgetui.config.paths import find_paths, make_private
    from judgetui.core.protocols.registry import starter_rubric
    from judgetui.rubric_files import write_rubric
    from judgetui.storage.files import session_path

    name = name.strip()
    if source is not None and protocol is not None:
        raise InputError("--from and --protocol do not go together.", "Leave one out.")
    made = (
        replace(_load(source)[1], name=name)
        if source is not None
        else starter_rubric(name, protocol or "g-eval")
    )
    paths = find_paths()
    # The same rule for what a file may be called as sessions have.
    path = out or session_path(paths.rubrics, name).with_suffix(".yaml")
    if path.exists():
        raise InputError(f"{path} already exists.", "Choose another name, or --out.")
    if out is None:
        make_private(path.parent)
    write_rubric(path, made)
    put(str(path))
    return ExitCode.DONE


@rubric.command("lint")
@click.argument("sources", metavar="RUBRIC...", nargs=-1, required=True)
@json_option
def lint(sources: tuple[str, ...], as_json: bool) -> int:
    """Check rubrics; errors make the exit code 1, warnings do not."""
    from judgetui.cli.output import put, put_json

    found = [finding for source in sources for finding in _findings(source)]
    errors = sum(finding["level"] == "error" for finding in found)
    if as_json:
        put_json(found)
    else:
        for each in found:
            place = f"{each['file']}:{each['line']}" if each["line"] else each["file"]
            field = f"{each['field']}: " if each["field"] else ""
            put(f"{place}: {each['level']}: {field}{each['message']} {each['hint']}".rstrip())
        warnings = len(found) - errors
        put(f"{len(sources)} checked, {errors} errors, {warnings} warnings")
    return ExitCode.ANSWER_IS_NO if errors else ExitCode.DONE


@rubric.command("diff")
@click.argument("before", metavar="RUBRIC")
@click.argument("after", metavar="RUBRIC")
@json_option
def diff(before: str, after: str, as_json: bool) -> int:
    """Show what differs between two rubrics' text."""
    from judgetui.cli.output import put, put_json
    from judgetui.core.protocols.registry import rubric_hash
    from judgetui.services.authoring import text_diff

    pair = [_load(before)[1], _load(after)[1]]
    lines = text_diff(*pair)
    same = rubric_hash(pair[0]) == rubric_hash(pair[1])
    if as_json:
        put_json({"diff": lines, "same_hash": same})
        return ExitCode.DONE
    put("\n".join(lines) or "the text is the same")
    if lines and same:
        put("the hash is the same: a judge sees no difference")
    return ExitCode.DONE


def _load(source: str) -> tuple[Path, Rubric]:
    from judgetui.config.paths import find_paths
    from judgetui.rubric_files import load_rubric
    from judgetui.services.headless import rubric_file

    path = rubric_file(find_paths(), source)
    return path, load_rubric(path)


def _findings(source: str) -> list[dict[str, object]]:
    """What is wrong with one rubric; a file that is no rubric has one error, one that is not there raises."""
    from judgetui.config.paths import find_paths
    from judgetui.core.lint import lint as lint_rubric
    from judgetui.rubric_files import load_rubric
    from judgetui.rubric_files.nodes import read_document
    from judgetui.services.headless import rubric_file

    path = rubric_file(find_paths(), source)
    try:
        found = lint_rubric(load_rubric(path))
    except RubricError as error:
        if not path.is_file():
            raise
        return [_finding(str(path), error.place.line, "error", error.field, error.message, error.hint)]
    document = read_document(path.read_text("utf-8-sig"), str(path))
    assert document is not None  # it has just been read as a rubric
    return [
        _finding(
            str(path),
            document.place_of_line(each.field, each.line).line,
            each.level,
            each.field,
            each.message,
            each.hint,
        )
        for each in found
    ]


def _finding(file: str, line: int, level: str, field: str, message: str, hint: str) -> dict[str, object]:
    return {"file": file, "line": line, "level": level, "field": field, "message": message, "hint": hint}
