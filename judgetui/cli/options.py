"""Options and arguments that several commands have, and what they take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

FILE: Final = click.Path(path_type=Path)
"""A path as written; what reads it says what is wrong with it."""

STDOUT: Final = Path("-")
"""Where an output file of this name goes."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value on stdout.")

rubric_name_option = click.option(
    "--rubric", "name", metavar="NAME", help="Which of the session's rubrics; needed when it has several."
)

yes_option = click.option("--yes", "-y", is_flag=True, help="Ask no question before spending.")

out_option = click.option(
    "--out", type=FILE, metavar="FILE", help="Write the judgements as JSONL, in item order; - is stdout."
)

parser_option = click.option(
    "--parser",
    type=click.Choice(("repaired", "faithful")),
    default="repaired",
    show_default=True,
    help="As a careful person reads replies, or as the system's original code does, wrong turns included.",
)

failures_option = click.option(
    "--failures",
    type=click.Choice(("state", "zero", "tie", "minus-one")),
    default="state",
    show_default=True,
    help="What a reply without a result counts as: nothing, or what the system's original counted it as.",
)

session_argument = click.argument("session")


_Command = TypeVar("_Command", bound=Callable[..., Any])


def study_options(command: _Command) -> _Command:
    """The options of commands that compare a run of a session with people: `name`, `number`, `judge`, `split`."""
    options = (
        click.option("--rubric", "name", metavar="NAME", help="The newest run of this rubric."),
        click.option("--run", "number", type=click.IntRange(1), metavar="N", help="The run of this number."),
        click.option("--judge", metavar="NAME", help="Of this judge; needed when the run has several."),
        click.option("--split", metavar="NAME", help="Only items of this split, such as test."),
    )
    for option in reversed(options):
        command = option(command)
    return command
