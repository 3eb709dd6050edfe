"""`judgetui people`."""

from __future__ import annotations

from pathlib import Path

import click

from judgetui.cli.options import FILE, json_option
from judgetui.errors import ExitCode


@click.command()
@click.argument("judgements", type=FILE)
@click.option(
    "--share",
    type=click.FloatRange(0, 1),
    default=0.2,
    show_default=True,
    help="Of the pairs, 0 to 1; FairEval sends a fifth to people.",
)
@json_option
def people(judgements: Path, share: float, as_json: bool) -> int:
    """Choose the pairs that people should judge: those whose votes disagree most.

    The measure is FairEval's BPDE, the entropy of a pair's votes over both orders and all samples; protocol faireval
    asks for six. The file is one of pairwise judgements with their votes; - is stdin. Judgements without a result are
    listed apart.

    \b
    Examples:
      judgetui people judgements.jsonl
      judgetui people judgements.jsonl --share 0.1 --json
    """
    from judgetui.cli.output import put, put_json, put_table
    from judgetui.services.people import choose

    found = choose(judgements, share)
    if as_json:
        put_json(
            {
                "chosen": [{"id": e.id, "bpde": e.entropy, "votes": e.votes} for e in found.chosen],
                "pairs": found.pairs,
                "share": share,
                "undecided": list(found.undecided),
            }
        )
        return ExitCode.DONE
    put_table(
        ("item", "BPDE", "votes"),
        [(e.id, f"{e.entropy:.3f}", str(e.votes)) for e in found.chosen],
        right=(1, 2),
    )
    pairs = "1 pair" if found.pairs == 1 else f"{found.pairs} pairs"
    put(
        f"\n{len(found.chosen)} of {pairs}, the least certain first; BPDE is 0 when all votes agree, at most 1.099"
    )
    if 0 < found.most_votes <= 2:
        put("no pair has more than 2 votes, so BPDE can only tell whether they agree; faireval asks for 6")
    if found.undecided:
        put(f"without a result, for people in any case: {', '.join(found.undecided)}")
    return ExitCode.DONE
