"""`judgetui card`."""

from __future__ import annotations

from pathlib import Path

import click

from judgetui.cli.loop import complete
from judgetui.cli.options import FILE, STDOUT, json_option, session_argument, study_options
from judgetui.errors import ExitCode


@click.command()
@session_argument
@study_options
@click.option(
    "--out", type=FILE, metavar="FILE", help="Write it here: .json is JSON, all else Markdown; - is stdout."
)
@json_option
def card(
    session: str,
    name: str | None,
    number: int | None,
    judge: str | None,
    split: str | None,
    out: Path | None,
    as_json: bool,
) -> int:
    """Write a judge's card: what it is, and how far it can be trusted.

    The card names the rubric with its hash, the judge and the models that answered, where scores came from, which
    labels were used, agreement with people and biases, each with its interval, and what is not known. Without a
    number it is of the newest run that has judgements.

    \b
    Examples:
      judgetui card summaries --out summaries-card.md
      judgetui card summaries.db --split test --json
    """
    return complete(_card(session, name, number, judge, split, out, as_json))


async def _card(
    text: str,
    name: str | None,
    number: int | None,
    judge: str | None,
    split: str | None,
    out: Path | None,
    as_json: bool,
) -> int:
    from judgetui.cli.output import put, put_json
    from judgetui.cli.talk import say
    from judgetui.datasets import json_value, replacing
    from judgetui.services.alignment import Selection, find_study
    from judgetui.services.cards import Card, card_document
    from judgetui.services.context import Context
    from judgetui.services.headless import known_session
    from judgetui.services.reporting.markdown import markdown
    from judgetui.storage.database import SessionFile

    with SessionFile.open(known_session(Context.load().paths, text)) as opened:
        found = await find_study(opened, rubric=name, run=number, judge=judge, selection=Selection(split))
        made = await Card.of(opened, found)
    if out is not None and out != STDOUT:
        plain = out.suffix.lower() == ".json"
        data = json_value(made.to_mapping()) + b"\n" if plain else markdown(card_document(made)).encode()
        with replacing(out) as file:
            file.write(data)
        say(f"{out} written")
    if as_json:
        put_json(made.to_mapping())
    elif out is None or out == STDOUT:
        put(markdown(card_document(made)).rstrip("\n"))
    return ExitCode.DONE
