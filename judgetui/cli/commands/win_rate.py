"""`judgetui win-rate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from judgetui.cli.loop import complete
from judgetui.cli.options import FILE, json_option
from judgetui.errors import ExitCode, InputError

if TYPE_CHECKING:
    from judgetui.analysis.figures import Figure
    from judgetui.services.duels import Duel, Standing, Table


@click.command("win-rate")
@click.argument("judgements")
@click.option("--baseline", metavar="MODEL", help="By default the model that is in every pair.")
@click.option(
    "--data",
    "items",
    type=FILE,
    metavar="FILE",
    help="The items that were judged, for the lengths of answers.",
)
@click.option(
    "--run", "number", type=click.IntRange(1), help="Of a session: the run; by default the newest on pairs."
)
@click.option("--judge", metavar="NAME", help="Only this judge's verdicts; needed when there are several.")
@click.option("--hard", is_flag=True, help="Count verdicts even where the judge gave probabilities.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the resamples.")
@json_option
def win_rate(
    judgements: str,
    baseline: str | None,
    items: Path | None,
    number: int | None,
    judge: str | None,
    hard: bool,
    seed: int,
    as_json: bool,
) -> int:
    """Say how often each model beats a baseline, and how often it would with answers of the baseline's length.

    JUDGEMENTS is a session, or a file of judgements of pairs with model_a and model_b; - is stdin. A session holds the
    answers; for a file name the items with --data. Ties count half; judgements that are not ok are left out and counted.

    The length-controlled rate is AlpacaEval's regression, without the difficulty of instructions: with L the lengths,
    logit P(model wins) = a tanh((L_baseline - L_model) / sd) + c, told at equal lengths. Where every verdict has the
    judge's own probabilities, these are the preferences, as in AlpacaEval 2; --hard counts verdicts.

    \b
    Examples:
      judgetui win-rate chats.db --baseline gpt-4
      judgetui win-rate judgements.jsonl --data pairs.jsonl --json
    """
    from judgetui.cli.output import put_json
    from judgetui.services.duels import baseline_of, one_judge, table

    duels = complete(_duels(judgements, items, number, judge))
    chosen = one_judge(duels, judge)
    found = table(chosen, baseline_of(chosen, baseline), by_verdict=hard, seed=seed)
    if as_json:
        put_json(_mapping(found))
    else:
        _put(found)
    return ExitCode.DONE


async def _duels(text: str, items: Path | None, number: int | None, judge: str | None) -> list[Duel]:
    from judgetui.services.context import Context
    from judgetui.services.duels import duels_in, duels_of
    from judgetui.services.rating import pairwise_run, session_named
    from judgetui.storage.database import SessionFile

    path = session_named(Context.load().paths, text)
    if path is None:
        if number is not None:
            raise InputError(f"{text} is a file, not a session.", "Leave --run out.")
        return duels_in(Path(text), items)
    if items is not None:
        raise InputError("a session holds its answers.", "Leave --data out.")
    with SessionFile.open(path) as session:
        run = await pairwise_run(session, number)
        if judge is None and len(run.judges) > 1:
            raise InputError(
                f"run {run.id} has several judges, and figures would mix them.",
                f"Choose one with --judge: {', '.join(run.judges)}.",
            )
        if judge is not None and judge not in run.judges:
            raise InputError(f"run {run.id} has no judge {judge!r}.", f"It has {', '.join(run.judges)}.")
        found = await duels_of(session, run, judge or run.judges[0])
    if not found:
        raise InputError(f"run {run.id} has no judgements.", "Go on with `judgetui resume`.")
    return found


def _mapping(found: Table) -> dict[str, object]:
    return {
        "baseline": found.baseline,
        "judge": found.judge or None,
        "preferences": _preferences(found),
        "unmatched": found.unmatched,
        "models": [_model(each) for each in found.standings],
    }


def _model(each: Standing) -> dict[str, object]:
    fit = each.fit
    return {
        "model": each.model,
        "n": each.n,
        "failed": each.failed,
        "win_rate": _figure(each.win_rate) | {"standard_error": each.standard_error},
        "length_controlled_win_rate": _figure(each.controlled)
        | {
            "formula": None if fit is None else fit.formula.value,
            "length_weight": None if fit is None else fit.weights.length,
        },
    }


def _figure(figure: Figure) -> dict[str, object]:
    return {
        "value": figure.value,
        "n": figure.n,
        "interval": None if figure.low is None else [figure.low, figure.high],
        "why": figure.why or None,
    }


def _preferences(found: Table) -> str:
    return "probabilities" if found.weighed else "verdicts"


def _put(found: Table) -> None:
    from judgetui.analysis.intervals import RESAMPLES
    from judgetui.analysis.length_control import RESAMPLES as REFITS
    from judgetui.cli.output import put, put_table

    put(f"against {found.baseline}, in percent, by the judge's {_preferences(found)}\n")
    put_table(
        (
            "model",
            "win rate",
            "95% interval",
            "se",
            "length-controlled",
            "95% interval",
            "n",
            "failed",
            "note",
        ),
        [_row(each) for each in found.standings],
        right=(1, 3, 4, 6, 7),
    )
    lines = [
        f"\nIntervals are percentile bootstraps by item: {RESAMPLES:,} resamples, and {REFITS:,} refits with the "
        "penalty held where length is controlled.",
        "The length-controlled rate is AlpacaEval's regression without the difficulty of instructions, at equal lengths.",
    ]
    if found.unmatched:
        lines.append(f"{found.unmatched} pairs have no lengths.")
    put("\n".join(lines))


def _row(each: Standing) -> tuple[str, ...]:
    plain, controlled = each.win_rate, each.controlled
    error = "-" if each.standard_error is None else f"{each.standard_error:.2f}"
    notes = "; ".join(dict.fromkeys(filter(None, (plain.why, controlled.why))))
    return (
        each.model, _number(plain), _interval(plain), error, _number(controlled), _interval(controlled),
        str(each.n), str(each.failed), notes,
    )  # fmt: skip


def _number(figure: Figure) -> str:
    return "-" if figure.value is None else f"{figure.value:.2f}"


def _interval(figure: Figure) -> str:
    return "-" if figure.low is None or figure.high is None else f"[{figure.low:.2f}, {figure.high:.2f}]"
