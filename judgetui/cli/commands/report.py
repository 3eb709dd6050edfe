"""`judgetui report`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from judgetui.cli.loop import complete
from judgetui.cli.options import FILE, STDOUT, session_argument, study_options
from judgetui.errors import ExitCode


@click.command()
@session_argument
@click.option(
    "--out",
    type=FILE,
    required=True,
    metavar="FILE",
    help="Where it goes, by its ending: .html a page, .md Markdown; - is Markdown on stdout.",
)
@study_options
@click.option(
    "--date",
    "day",
    type=click.DateTime(("%Y-%m-%d",)),
    metavar="DAY",
    help="The day in its head, such as 2026-01-31.  [default: the run's]",
)
def report(
    session: str,
    out: Path,
    name: str | None,
    number: int | None,
    judge: str | None,
    split: str | None,
    day: datetime | None,
) -> int:
    """Write a report of a run: one HTML file, or Markdown.

    It tells what was judged and left out, how far judge and people agree, where they differ, what versions changed, and
    how each figure is made. The page needs nothing else: no script, no network. The same session gives the same file.
    Without a number it is the newest run that has judgements.

    \b
    Examples:
      judgetui report summaries --out report.html
      judgetui report summaries.db --run 3 --split test --out report.md
    """
    return complete(_report(session, out, (name, number, judge, split), day))


async def _report(
    text: str,
    out: Path,
    wanted: tuple[str | None, int | None, str | None, str | None],
    day: datetime | None,
) -> int:
    from judgetui.cli.output import put
    from judgetui.cli.talk import say
    from judgetui.datasets import replacing
    from judgetui.services import headless
    from judgetui.services.alignment import Selection, find_study
    from judgetui.services.context import Context
    from judgetui.services.reporting.markdown import markdown
    from judgetui.services.reporting.writing import report_text, writer_for
    from judgetui.storage.database import SessionFile

    write = markdown if out == STDOUT else writer_for(out)
    name, number, judge, split = wanted
    with SessionFile.open(headless.known_session(Context.load().paths, text)) as session:
        study = await find_study(
            session, rubric=name, run=number, judge=judge, selection=Selection(split=split)
        )
        written = await report_text(session, study, write, None if day is None else day.date())
    if out == STDOUT:
        put(written.removesuffix("\n"))
        return ExitCode.DONE
    with replacing(out) as file:
        file.write(written.encode("utf-8"))
    say(f"report of run {study.run.id} written to {out}")
    return ExitCode.DONE
