"""`judgetui reparse`."""

from __future__ import annotations

import click

from judgetui.cli.loop import complete
from judgetui.cli.options import failures_option, json_option, parser_option, session_argument
from judgetui.errors import ExitCode, InputError


@click.command()
@session_argument
@click.argument("number", metavar="[RUN]", required=False, type=click.IntRange(1))
@parser_option
@failures_option
@json_option
def reparse(session: str, number: int | None, parser: str, failures: str, as_json: bool) -> int:
    """Read a run's stored replies again, without a call.

    For when a newer judgetui reads replies better than the one that ran, or to see what the original code would have
    made of them. Votes say how they were read; reading them again as before brings the earlier judgements back. Without
    a number it is the newest run.
    """
    return complete(_reparse(session, number, parser, failures, as_json))


async def _reparse(text: str, number: int | None, parser: str, failures: str, as_json: bool) -> int:
    from judgetui.analysis.compare import result_text
    from judgetui.cli.output import put, put_json, put_table
    from judgetui.cli.results import judgements_of
    from judgetui.core.vote import Failures, Parser
    from judgetui.services import headless
    from judgetui.services.context import Context
    from judgetui.storage.database import SessionFile

    with SessionFile.open(headless.known_session(Context.load().paths, text)) as session:
        runs = await headless.all_runs(session)
        if number is not None:
            run = await session.read(lambda repos: repos.runs.get(number))
        elif runs:
            run = runs[0]
        else:
            raise InputError(f"{session.path} holds no runs.", "Run something first.")
        before = {(j.judge, j.position): j for j in await judgements_of(session, run)}
        reread = await headless.reparse(session, run, Parser(parser), Failures(failures))
        changes = [
            {
                "id": judgement.item.id,
                "judge": judgement.judge,
                "before": result_text(before[judgement.judge, judgement.position]),
                "after": result_text(judgement),
            }
            for judgement in reread.changed
        ]
        if as_json:
            put_json(
                {
                    "run": run.id,
                    "session": str(session.path),
                    "parser": parser,
                    "failures": {"counted_as": failures, "n": reread.counted},
                    "judgements": reread.judgements,
                    "replies": reread.replies,
                    "missing": reread.missing,
                    "changed": changes,
                }
            )
            return ExitCode.DONE
        replies = "1 reply" if reread.replies == 1 else f"{reread.replies} replies"
        judgements = "1 judgement" if reread.judgements == 1 else f"{reread.judgements} judgements"
        put(f"run {run.id}: {replies} read again ({parser}), {len(changes)} of {judgements} changed")
        if reread.counted:
            counted = (
                "1 reply without a result counts"
                if reread.counted == 1
                else (f"{reread.counted} replies without a result count")
            )
            put(f"{counted} as {failures}, as in the original")
        if reread.missing:
            votes = "1 vote has" if reread.missing == 1 else f"{reread.missing} votes have"
            put(f"{votes} no stored reply, and nothing changes there")
        if changes:
            put_table(("item", "judge", "before", "after"), [tuple(change.values()) for change in changes])
    return ExitCode.DONE
