"""What commands that read items share: how a file is to be read, and a preview of it in plain lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from judgetui.errors import ExitCode, InputError

if TYPE_CHECKING:
    from judgetui.core.item import Item
    from judgetui.services.intake import Inspection, Plan

AUTO: Final = "auto"
"""What `--map` takes every suggestion with."""

_SHOWN: Final = 10
"""Problems that are shown; the rest are counted."""

map_option = click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="A column is this field of the items; FIELD empty leaves it out; `auto` takes what is suggested.",
)
encoding_option = click.option(
    "--encoding",
    metavar="NAME",
    help="Of the file, such as cp1252. Default: UTF-8, or by its mark, or guessed.",
)

sure_option = click.option("--yes", "-y", is_flag=True, help="Ask no question.")


def plan_of(
    path: Path,
    maps: Sequence[str],
    encoding: str | None,
    *,
    inputs: Sequence[str] = (),
    answers: Sequence[Path] = (),
) -> Plan:
    """How a file is to be read; a guess of its encoding is told on stderr.

    Args:
        inputs: the inputs of the rubric that will judge, which columns may be.
        answers: answer files, when the path is a file of FastChat's questions.

    Raises:
        InputError: if the file cannot be read, or an option names what is not there.
    """
    from judgetui.cli import talk
    from judgetui.datasets.mapping import read_names
    from judgetui.datasets.sources import from_path
    from judgetui.services import intake

    names = read_names(each for each in maps if each != AUTO)
    plan = intake.plan_for(from_path(path, tuple(answers)), names, encoding=encoding)
    if plan.guessed:
        talk.say(
            f"{plan.source.name}: read as {plan.guessed}, which is a guess; --encoding names another, UTF-8 needs none."
        )
    if AUTO in maps:
        plan = intake.with_suggested(plan, inputs)
        if plan.names:
            said = ", ".join(f"{column} is {field}" for column, field in plan.names.items())
            talk.say(f"{plan.source.name}: {said}.")
    return plan


def preview_lines(inspection: Inspection) -> Iterator[str]:
    """What would come of reading a file, in lines."""
    from judgetui.core.text import one_line

    plan = inspection.plan
    least = "" if inspection.complete else "at least "
    yield f"{plan.source.name}: {plan.words}"
    yield f"{least}{inspection.records} records: {inspection.good} items, {inspection.bad} that cannot be read"
    width = max((len(one_line(each.name, 30)) for each in inspection.columns), default=0)
    for column in inspection.columns:
        share = f"{column.filled / inspection.records:4.0%}"
        become = "left out" if not column.field else column.field if column.field != column.name else ""
        if column.suggestion is not None:
            become = f"perhaps {column.suggestion.field} ({column.suggestion.score:.0f} of 100)"
        head = f"  {one_line(column.name, 30):<{width}}  {share}"
        yield f"{head}  {become:<28}  {one_line(column.example, 40)}".rstrip()
    for item in inspection.items[:2]:
        yield f"  item {one_line(item.id, 30)}: {len(item.responses)} answers, fields {', '.join(item.fields) or 'none'}"
    if inspection.suggested:
        maps = " ".join(f"--map {column}={field}" for column, field in inspection.suggested.items())
        yield f"suggested: {maps} (all of them: --map {AUTO})"
    yield from problem_lines(inspection.problems, inspection.bad)


def problem_lines(problems: Sequence[InputError], count: int) -> Iterator[str]:
    """What is wrong with lines of a file: the first few, and how many more."""
    for problem in problems[:_SHOWN]:
        yield f"  {problem}"
    if count > min(len(problems), _SHOWN):
        yield f"  and {count - min(len(problems), _SHOWN)} more"


def inspection_mapping(inspection: Inspection) -> dict[str, object]:
    """A preview for JSON."""
    plan = inspection.plan
    return {
        "file": plan.source.name,
        "format": plan.layout.format.value,
        "encoding": None if plan.layout.encoding is None else plan.layout.encoding.name,
        "encoding_guessed": bool(plan.guessed),
        "shape": plan.shape.value,
        "records": inspection.records,
        "complete": inspection.complete,
        "good": inspection.good,
        "bad": inspection.bad,
        "columns": [
            {
                "name": each.name,
                "filled": each.filled,
                "example": each.example,
                "field": each.field or None,
                "suggestion": None
                if each.suggestion is None
                else {"field": each.suggestion.field, "score": each.suggestion.score},
            }
            for each in inspection.columns
        ],
        "items": [item.to_mapping() for item in inspection.items],
        "problems": problem_mappings(inspection.problems),
    }


def problem_mappings(problems: Sequence[InputError]) -> list[dict[str, object]]:
    """Problems for JSON."""
    return [
        {
            "file": each.place.file,
            "line": each.place.line or None,
            "field": each.field or None,
            "message": each.message,
            "hint": each.hint,
        }
        for each in problems
    ]


def read_items(plan: Plan, split: str | None, limit: int | None) -> list[Item]:
    """The items of a file, of one split if it is named, at most so many.

    Raises:
        InputError: as `intake.read` and `of_split`.
    """
    from judgetui.services import intake

    found = intake.read(plan, limit=limit if split is None else None)
    return of_split(found.items, split, limit, plan.source.name)


def of_split(items: Sequence[Item], split: str | None, limit: int | None, where: str) -> list[Item]:
    """The items of a split, or all; at most so many.

    Raises:
        InputError: if there are none of that split.
    """
    if split is not None:
        splits = sorted({item.split for item in items if item.split is not None})
        items = [item for item in items if item.split == split]
        if not items:
            hint = f"There are {', '.join(splits)}." if splits else "`judgetui session split` makes splits."
            raise InputError(f"{where} holds no items of the split {split!r}.", hint, field="--split")
    return list(items[:limit])


def session_path(text: str) -> Path:
    """The session file that a text names, which is there.

    Raises:
        InputError: naming the nearest session.
    """
    from judgetui.config.paths import find_paths
    from judgetui.services.headless import known_session

    return known_session(find_paths(), text)


def require_asking() -> None:
    """Make sure that somebody can be asked.

    Raises:
        InputError: if nobody is here.
    """
    from judgetui.cli import talk

    if not talk.can_ask():
        raise InputError("nobody is here to ask.", "Add --yes, or --dry-run to look first.")


def nothing() -> int:
    """Tell that nothing was done, as the user wished."""
    from judgetui.cli import talk

    talk.say("nothing was changed.")
    return ExitCode.ANSWER_IS_NO
