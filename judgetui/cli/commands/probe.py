"""`judgetui probe`."""

from __future__ import annotations

import click

from judgetui.cli.commands.run import budget_option, concurrency_option
from judgetui.cli.intake import encoding_option, map_option
from judgetui.cli.loop import complete
from judgetui.cli.options import FILE, json_option, yes_option
from judgetui.errors import InputError


@click.command()
@click.option(
    "--rubric", metavar="RUBRIC", help="A YAML file, a starter's name, or of a rubric in the session."
)
@click.option("--data", type=FILE, metavar="FILE", help="Items to draw from. Default: the session's.")
@map_option
@encoding_option
@click.option("--judge", metavar="JUDGE", help="provider:model. Default: the settings'.")
@click.option("--session", metavar="SESSION", help="A session file or name, new or not. Default: a new one.")
@click.option(
    "--items",
    "count",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    metavar="N",
    help="Items that are drawn.",
)
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Draws the items.")
@click.option("--only", multiple=True, metavar="NAME", help="Ask this probe; may be given several times.")
@click.option("--skip", multiple=True, metavar="NAME", help="Leave this probe out; likewise.")
@click.option("--resume", is_flag=True, help="Go on with the session's newest probing that was cut short.")
@click.option("--report", is_flag=True, help="Report the session's newest probing; nothing is asked.")
@click.option("--full", is_flag=True, help="Show every figure, not only those that findings rest on.")
@concurrency_option
@budget_option
@click.option(
    "--max-retries",
    "retries",
    type=click.IntRange(0, 100),
    metavar="N",
    help="Further tries after a failure that may pass.",
)
@click.option("--timeout", type=click.FloatRange(0.1, 86_400), metavar="S", help="Seconds a call may take.")
@json_option
@yes_option
def probe(
    rubric: str | None,
    judge: str | None,
    session: str | None,
    count: int,
    seed: int,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    resume: bool,
    report: bool,
    full: bool,
    **values: object,
) -> int:
    """Probe a judge for bias, on your own rubric and items.

    Position, length, authority, the crowd's opinion and yours, formatting, style, names, the order of scale and
    criteria, retest, and a dozen attacks in the answer: each is an effect with an interval, and what to do about it.
    What it will ask is told first. The same command again goes on where the last one stopped.

    \b
    Examples:
      judgetui probe --rubric better-explanation --data pairs.jsonl --judge openai:MODEL --session p
      judgetui probe --rubric r.yaml --data items.jsonl --judge local:smollm2 --items 10 --skip injection
      judgetui probe --session p --resume
      judgetui probe --session p --report --json
    """
    from judgetui.cli.probing import Battery, probe_judge, resume_probing, show_probing
    from judgetui.cli.running import Wanted

    judges = () if judge is None else (judge,)
    wanted = Wanted(rubric=rubric or "", judges=judges, session=session, **values)  # type: ignore[arg-type]  # checked by click
    battery = Battery(items=count, seed=seed, only=only, skip=skip, full=full)
    if resume and report:
        raise InputError("--resume and --report exclude each other.", "Choose one.")
    if resume or report:
        return complete((resume_probing if resume else show_probing)(wanted, battery))
    if rubric is None:
        raise InputError(
            "no rubric is named.", "Add --rubric RUBRIC, or --session S --resume.", field="--rubric"
        )
    return complete(probe_judge(wanted, battery))
