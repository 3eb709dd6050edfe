"""`judgetui run` and `judgetui resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from judgetui.cli.intake import encoding_option, map_option
from judgetui.cli.loop import complete
from judgetui.cli.options import FILE, STDOUT, json_option, out_option, session_argument, yes_option
from judgetui.errors import InputError

if TYPE_CHECKING:
    from judgetui.cli.running import Wanted


def _wanted(**values: object) -> Wanted:
    from judgetui.cli.running import Wanted

    return Wanted(**values)  # type: ignore[arg-type]  # click has checked each option's type


budget_option = click.option(
    "--budget",
    type=click.FloatRange(0, min_open=True),
    metavar="USD",
    help="No call is sent that could take the run past it; the run pauses and can go on.",
)
concurrency_option = click.option(
    "--concurrency",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Calls at once: where it starts and the most. Default: a few, more while answers come.",
)


@click.command()
@click.option(
    "--rubric",
    required=True,
    metavar="RUBRIC",
    help="A YAML file, the name of a starter, or of a rubric in the session.",
)
@click.option(
    "--data",
    type=FILE,
    metavar="FILE",
    help="Items: JSONL, JSON, CSV, TSV, Parquet, a folder of FastChat's; - is stdin.",
)
@map_option
@encoding_option
@click.option("--split", metavar="NAME", help="Judge the items of this split alone.")
@click.option(
    "--judge",
    "judges",
    multiple=True,
    metavar="JUDGE",
    help="provider:model; several are a jury. Default: the settings'.",
)
@click.option(
    "--session",
    metavar="SESSION",
    help="A session file or name, new or not. Default: a new one in the sessions folder.",
)
@out_option
@concurrency_option
@click.option("--n", "samples", type=click.IntRange(1, 1000), metavar="N", help="Samples a vote.")
@click.option("--order", type=click.Choice(("both", "seeded", "as-given")), help="How pairs are shown.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Judge the first N items alone.")
@budget_option
@click.option(
    "--cascade",
    type=click.FloatRange(0, 1),
    metavar="T",
    help="Ask each further judge only about what the one before was less certain of than T, 0 to 1.",
)
@click.option(
    "--max-retries",
    "retries",
    type=click.IntRange(0, 100),
    metavar="N",
    help="Further tries after a failure that may pass.",
)
@click.option("--timeout", type=click.FloatRange(0.1, 86_400), metavar="S", help="Seconds a call may take.")
@click.option("--fresh", is_flag=True, help="Ask again even where the session holds the reply.")
@click.option(
    "--batch", is_flag=True, help="Use the providers' batch services: half the price, within a day."
)
@json_option
@yes_option
def run(judges: tuple[str, ...], **values: object) -> int:
    """Judge the items of a file by a rubric.

    Every judgement is stored in a session file as soon as it is made, so that a run that was cut short can go
    on with `judgetui resume`. A request whose reply the session holds is not sent again. Without --data the
    items of the session are judged.

    With --batch one call is made at once and the others are handed to the provider's batch service. The command waits
    for them; stopped with ctrl+c it leaves them there, and `judgetui resume` takes the results.

    \b
    Examples:
      judgetui run --rubric answer-correctness --data items.jsonl --judge local:smollm2
      judgetui run --rubric r.yaml --data pairs.csv --judge openai:MODEL --out verdicts.jsonl
      judgetui run --rubric r.yaml --data items.jsonl --judge openai:MODEL --limit 3 --json
    """
    _one_stdout(values.get("out"), values.get("as_json"))
    from judgetui.cli.running import run_items

    return complete(run_items(_wanted(judges=judges, **values)))


@click.command()
@session_argument
@click.argument("number", metavar="[RUN]", required=False, type=click.IntRange(1))
@out_option
@concurrency_option
@budget_option
@click.option("--failed", is_flag=True, help="Ask again for the judgements whose calls failed, too.")
@json_option
@yes_option
def resume(session: str, number: int | None, **values: object) -> int:
    """Go on with a run that was cut short; nothing is asked twice.

    Without a number it is the newest run of the session that has not ended.
    """
    _one_stdout(values.get("out"), values.get("as_json"))
    from judgetui.cli.running import resume_run

    return complete(resume_run(_wanted(session=session, **values), number))


def _one_stdout(out: object, as_json: object) -> None:
    if as_json and out == STDOUT:
        raise InputError("--json and --out - both want stdout.", "Write the judgements to a file.")
