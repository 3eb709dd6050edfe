"""`judgetui rate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from judgetui.cli.loop import complete
from judgetui.cli.options import json_option
from judgetui.errors import ExitCode, InputError

if TYPE_CHECKING:
    from judgetui.analysis.ratings import Games, Rating, Ratings

POSITIVE = click.FloatRange(0, 10_000, min_open=True)


@click.command()
@click.argument("verdicts")
@click.option(
    "--method",
    type=click.Choice(("elo", "bradley-terry")),
    required=True,
    help="Elo, the mean over random orders of the games, or Bradley-Terry, a fit to all games at once.",
)
@click.option(
    "--k",
    type=POSITIVE,
    help="Elo's K, how far a game moves a rating; 4 by default. QLoRA's text says 32, but its table is K=4.",
)
@click.option(
    "--orders", type=click.IntRange(1), help="Elo's random orders; 1000 by default, QLoRA took 10000."
)
@click.option(
    "--run", "number", type=click.IntRange(1), help="Of a session: the run; by default the newest on pairs."
)
@click.option(
    "--judge", metavar="NAME", help="Of a session: only this judge's verdicts; by default all of them."
)
@click.option("--anchor", metavar="MODEL", help="Bradley-Terry: the model at 1000; by default the mean is.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of orders and resamples.")
@json_option
def rate(
    verdicts: str,
    method: str,
    k: float | None,
    orders: int | None,
    number: int | None,
    judge: str | None,
    anchor: str | None,
    seed: int,
    as_json: bool,
) -> int:
    """Rate models by the pairs they were judged in.

    VERDICTS is a session, or a file with lines of {"model_a", "model_b", "verdict"}, the verdict A, B, tie or both_bad,
    or a judgements file of pairs; - is stdin. both_bad counts as a tie. Judgements that are not ok are skipped and
    counted. Of several judges each verdict is a game.

    Intervals are 95% and come from games drawn anew, 1000 times. Bradley-Terry gives no rating to a model that
    won all its games, or lost them all.

    \b
    Examples:
      judgetui rate verdicts.jsonl --method elo --orders 10000
      judgetui rate judgements.jsonl --method bradley-terry --anchor gpt-4 --json
      judgetui rate chats.db --run 3 --method bradley-terry
    """
    from judgetui.analysis.bradley_terry import bradley_terry
    from judgetui.analysis.elo import ORDERS, K, elo

    if method == "elo" and anchor is not None:
        raise InputError("Elo has no anchor.", "Leave --anchor out, or rate by bradley-terry.")
    if method != "elo" and (k is not None or orders is not None):
        raise InputError(
            "Bradley-Terry has no K and no orders.", "Leave --k and --orders out, or rate by elo."
        )
    games = complete(_games(verdicts, number, judge))
    if method == "elo":
        ratings = elo(games, k or K, orders or ORDERS, seed=seed)
    else:
        if anchor is not None and anchor not in games.models:
            raise InputError(f"{anchor!r} is none of the models.", f"They are {', '.join(games.models)}.")
        ratings = bradley_terry(games, anchor, seed=seed)
    _put(ratings, anchor, as_json)
    return ExitCode.DONE


async def _games(text: str, number: int | None, judge: str | None) -> Games:
    from judgetui.services.context import Context
    from judgetui.services.rating import games_in, games_of, pairwise_run, session_named
    from judgetui.storage.database import SessionFile

    path = session_named(Context.load().paths, text)
    if path is None:
        if number is not None or judge is not None:
            raise InputError(f"{text} is a file, not a session.", "Leave --run and --judge out.")
        return games_in(Path(text))
    with SessionFile.open(path) as session:
        return await games_of(session, await pairwise_run(session, number), judge)


def _put(ratings: Ratings, anchor: str | None, as_json: bool) -> None:
    from judgetui.cli.output import put, put_json, put_table
    from judgetui.cli.talk import say

    origin = "\n".join(_origin(ratings, anchor))
    if as_json:
        found = [
            {
                "model": each.model,
                "rating": each.rating,
                "low": each.low,
                "high": each.high,
                "games": each.games,
            }
            for each in ratings.ratings
        ]
        put_json(found)
        say(origin)
    else:
        put_table(("model", "rating", "95% interval", "games"), map(_row, ratings.ratings), right=(1, 3))
        put(f"\n{origin}")


def _row(rating: Rating) -> tuple[str, str, str, str]:
    value = rating.standing.value if rating.rating is None else f"{rating.rating:.1f}"
    bounds = ["open" if bound is None else f"{bound:.1f}" for bound in (rating.low, rating.high)]
    shown = "none" if rating.low is None and rating.high is None else " to ".join(bounds)
    return rating.model, value, shown, str(rating.games)


def _origin(ratings: Ratings, anchor: str | None) -> list[str]:
    """Where the figures come from and what is missing, in lines."""
    lines = [
        f"games: {ratings.games}, with {ratings.ties} ties, and {ratings.both_bad} both_bad counted as ties",
        f"judgements without a verdict, skipped: {ratings.skipped}",
    ]
    if ratings.k is not None:
        lines.append(f"elo: from 1000 with K={ratings.k:g}, the mean of {ratings.orders} random orders")
        if ratings.order_error is not None:
            lines.append(f"other random orders may move a rating by {ratings.order_error:.2g} (95%)")
    else:
        lines.append(f"bradley-terry: {'the mean' if anchor is None else anchor} at 1000, ties half")
    lines.append(f"intervals: games drawn anew, {ratings.resamples} times; seed {ratings.seed}")
    if ratings.split:
        lines.append(f"in {ratings.split} of them the games did not link all rated models")
    for rating in ratings.ratings:
        if rating.rating is None:
            lines.append(f"no rating for {rating.model}: {rating.why}")
        elif rating.low is None or rating.high is None:
            lines.append(f"no full interval for {rating.model}: {rating.why}")
    if any(rating.rating is None for rating in ratings.ratings):
        lines.append("elo rates every model")
    return lines
