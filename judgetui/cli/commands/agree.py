"""`judgetui agree`."""

from __future__ import annotations

from pathlib import Path

import click

from judgetui.cli.options import FILE, json_option
from judgetui.core.vote import Failures
from judgetui.errors import ExitCode


@click.command()
@click.argument("judgements", type=FILE)
@click.option(
    "--labels",
    type=FILE,
    metavar="FILE",
    help="Labels in place of those in JUDGEMENTS: lines of {id, human}, or an items file.",
)
@click.option(
    "--by",
    metavar="NAME",
    help="The field that groups items, for correlations within groups.  [default: group]",
)
@click.option("--judge", metavar="NAME", help="Only this judge's; needed when there are several.")
@click.option(
    "--rubric", metavar="NAME", help="Only this rubric's, by name or hash; needed when there are several."
)
@click.option(
    "--failures",
    type=click.Choice([failures.value for failures in Failures]),
    default=Failures.STATE.value,
    show_default=True,
    help="What unparsed judgements count as: nothing, or what some published figures counted them as.",
)
@click.option(
    "--slice",
    "slices",
    metavar="NAME",
    multiple=True,
    help="Figures of each value of a field too; may be given again.  [default: category]",
)
@click.option(
    "--positive",
    metavar="VALUE",
    multiple=True,
    help="The positive side of the true and false positive rates: a label or verdict, which may be given again, or "
    "the least score.  [default: A for verdicts]",
)
@click.option("--confusion", is_flag=True, help="Show how often each label met each judgement.")
@click.option(
    "--misses", type=click.IntRange(min=0), default=0, help="List so many of the largest differences."
)
@json_option
def agree(
    judgements: Path,
    labels: Path | None,
    by: str | None,
    judge: str | None,
    rubric: str | None,
    failures: str,
    slices: tuple[str, ...],
    positive: tuple[str, ...],
    confusion: bool,
    misses: int,
    as_json: bool,
) -> int:
    """Say how far judgements agree with people's labels.

    JUDGEMENTS is a file that `judgetui run --out` wrote; - is stdin. Labels are the keys `human` and
    `human.RATER` of its lines, of several raters the mean or the majority; `human.adjudicated` settles what the
    others say. Where two people or more labelled an item, the figures between them stand beside the judge's.

    Scores are rounded to whole points for all but the correlations and the positive rates. Judgements that are not
    ok are left out and counted. PandaLM counted unparsed ones as a tie, G-Eval as 0, Vicuna and QLoRA as -1:
    `--failures` does the same, and the figures then say so.
    """
    from judgetui.cli.agreements import mapping, put_report
    from judgetui.cli.output import put, put_json
    from judgetui.cli.talk import say
    from judgetui.services.agreeing import CATEGORY, Choice
    from judgetui.services.agreeing import agree as compare

    choice = Choice(by, judge, rubric, Failures(failures), slices or None, positive)
    reports = compare(judgements, labels, choice)
    if reports.unmatched:
        say(f"{reports.unmatched} labelled ids of {labels} have no judgement")
    if reports.unsliced:
        say(f"{CATEGORY} has {reports.unsliced:,} values; `--slice {CATEGORY}` gives the figures of each")
    if as_json:
        put_json({name: mapping(report, confusion, misses) for name, report in reports.by_criterion.items()})
        return ExitCode.DONE
    for index, (name, report) in enumerate(reports.by_criterion.items()):
        if index:
            put("")
        put_report(name, report, reports.by, confusion, misses)
    return ExitCode.DONE
