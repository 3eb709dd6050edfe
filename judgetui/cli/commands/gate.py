"""`judgetui gate`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from judgetui.cli.loop import complete
from judgetui.cli.options import FILE, json_option, session_argument, study_options
from judgetui.errors import ExitCode

if TYPE_CHECKING:
    from judgetui.services.alignment import Study
    from judgetui.services.gating import Bar, Ruling

Command = TypeVar("Command", bound=Callable[..., Any])

BARS: Final = {
    "--min-accuracy": ("accuracy", "Share of judgements that say what people say."),
    "--min-within-one": ("within_one", "Share of scores within one point of people's."),
    "--min-kappa": ("kappa", "Cohen's kappa."),
    "--min-weighted-kappa": ("weighted_kappa", "Quadratic weighted kappa, of scores."),
    "--min-alpha": ("krippendorff_alpha", "Krippendorff's alpha: ordinal of scores, else nominal."),
    "--min-ac1": ("gwet_ac1", "Gwet's AC1."),
    "--min-pearson": ("pearson", "Pearson's r, of scores."),
    "--min-spearman": ("spearman", "Spearman's rho, of scores."),
    "--min-kendall": ("kendall", "Kendall's tau-b, of scores."),
    "--min-tpr": ("true_positive_rate", "True positive rate."),
    "--max-fpr": ("false_positive_rate", "False positive rate."),
    "--max-flips": ("flips", "Share of pairs whose verdict changes with the order."),
    "--max-failures": ("failures", "Share of judgements without a result."),
}
"""The options, with the figure each is about."""


def _bar_options(command: Command) -> Command:
    for option, (name, told) in reversed(BARS.items()):
        command = click.option(option, name, type=click.FloatRange(-1, 1), metavar="X", help=told)(command)
    return command


@click.command()
@session_argument
@_bar_options
@click.option(
    "--criterion",
    "criteria",
    multiple=True,
    metavar="NAME",
    help="The criterion that has to clear the bars; may be given again.  [default: the whole, else the first labelled]",
)
@study_options
@click.option("--junit", type=FILE, metavar="FILE", help="Write a JUnit file for a CI server as well.")
@json_option
def gate(
    session: str,
    criteria: Sequence[str],
    name: str | None,
    number: int | None,
    judge: str | None,
    split: str | None,
    junit: Path | None,
    as_json: bool,
    **values: float | None,
) -> int:
    """Fail when a judge does not clear its bars: for CI.

    A figure clears a bar with the bound of its 95% interval: the lower one for --min, the upper one for --max. A
    figure that is missing, or has no interval, clears none. The exit code is 0 when all bars are cleared and 1 when
    one is not. Without a number it is the newest run that has judgements.

    \b
    Examples:
      judgetui gate summaries --min-weighted-kappa 0.6 --max-failures 0.02
      judgetui gate summaries.db --split test --min-kappa 0.5 --junit gate.xml
    """
    from judgetui.services.gating import Bar

    bars = [Bar(figure, value) for figure, value in values.items() if value is not None]
    return complete(_gate(session, bars, criteria, name, number, judge, split, junit, as_json))


async def _gate(
    text: str,
    bars: Sequence[Bar],
    criteria: Sequence[str],
    name: str | None,
    number: int | None,
    judge: str | None,
    split: str | None,
    junit: Path | None,
    as_json: bool,
) -> int:
    from judgetui.cli.output import put, put_json
    from judgetui.cli.talk import say
    from judgetui.datasets import replacing
    from judgetui.services.alignment import Selection, find_study
    from judgetui.services.context import Context
    from judgetui.services.gating import junit_xml, rule
    from judgetui.services.headless import known_session
    from judgetui.storage.database import SessionFile

    with SessionFile.open(known_session(Context.load().paths, text)) as opened:
        found = await find_study(opened, rubric=name, run=number, judge=judge, selection=Selection(split))
    rulings = rule(found, bars, criteria)
    if junit is not None:
        with replacing(junit) as file:
            file.write(junit_xml(found, rulings))
        say(f"{junit} written")
    failed = [each for each in rulings if not each.passed]
    if as_json:
        put_json(_mapping(found, rulings))
    else:
        version = found.version
        put(f"{version.rubric.name} v{version.number} · run {found.run.id} · {found.judge}")
        for each in rulings:
            put(f"{'pass' if each.passed else 'FAIL'}  {each.words}{f': {each.why}' if each.why else ''}")
        put(f"{len(rulings) - len(failed)} of {len(rulings)} bars cleared")
    return ExitCode.ANSWER_IS_NO if failed else ExitCode.DONE


def _mapping(study: Study, rulings: Sequence[Ruling]) -> dict[str, object]:
    return {
        "passed": all(each.passed for each in rulings),
        "rubric": study.version.rubric.name,
        "version": study.version.number,
        "rubric_hash": study.version.rubric_hash,
        "run": study.run.id,
        "judge": study.judge,
        "bars": [
            {
                "figure": each.bar.name,
                "criterion": each.criterion or None,
                "at_most" if each.bar.at_most else "at_least": each.bar.value,
                "value": each.figure.value,
                "interval": None if each.figure.low is None else [each.figure.low, each.figure.high],
                "n": each.figure.n,
                "passed": each.passed,
                "why": each.why or None,
            }
            for each in rulings
        ],
    }
