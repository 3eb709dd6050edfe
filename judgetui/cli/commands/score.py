"""`judgetui score`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from judgetui.cli.options import FILE, STDOUT, failures_option, json_option, out_option, parser_option
from judgetui.errors import ExitCode, InputError

if TYPE_CHECKING:
    from judgetui.services.scoring_figures import Named, Summary
    from judgetui.services.scoring_runs import Run


@click.command()
@click.option("--protocol", metavar="P", required=True, help="The system that the replies answer.")
@click.option(
    "--replies", type=FILE, required=True, metavar="FILE", help="Recorded replies, JSONL; - is stdin."
)
@click.option(
    "--scale", metavar="RANGE", help="Points such as 1-5, or labels: pass,fail.  [default: the protocol's]"
)
@click.option(
    "--criterion", "criteria", multiple=True, metavar="NAME", help="What replies are about; may be repeated."
)
@parser_option
@failures_option
@out_option
@json_option
def score(
    protocol: str,
    replies: Path,
    scale: str | None,
    criteria: tuple[str, ...],
    parser: str,
    failures: str,
    out: Path | None,
    as_json: bool,
) -> int:
    """Judge recorded replies: no model is asked.

    A line an item: {"id", "replies": ["...", ...]}, for pairs also "replies_swapped", those to the answers the other way
    round; optional "logprobs" (for each reply the alternatives where its verdict stands), "group", "category", "human"
    or "human.RATER", and the models' names. What comes out is a judgements file, on stdout unless --out says where; what
    it comes to is told on stderr, or with --json on stdout.

    \b
    Examples:
      judgetui score --protocol vicuna --replies reviews.jsonl --parser faithful --failures minus-one --out scored.jsonl
      judgetui score --protocol g-eval --scale 1-3 --replies - --out fluency.jsonl --json
    """
    from judgetui.core.vote import Failures, Parser
    from judgetui.services.scoring import Choice, scale_from_text
    from judgetui.services.scoring_runs import Run

    if as_json and out in {None, STDOUT}:
        raise InputError(
            "the judgements and the summary cannot both go to stdout.",
            "Write the judgements with --out FILE.",
        )
    chosen = Choice(
        protocol,
        None if scale is None else scale_from_text(scale),
        criteria,
        Parser(parser),
        Failures(failures),
    )
    run = Run(chosen)
    _write(run, replies, out)
    _tell(run.summary(), as_json)
    return ExitCode.DONE


def _write(run: Run, replies: Path, out: Path | None) -> None:
    if out is None or out == STDOUT:
        from judgetui.cli.output import put_line

        run.stream(replies, put_line)
    else:
        run.write(replies, out)


def _tell(summary: Summary, as_json: bool) -> None:
    if as_json:
        from judgetui.cli.output import put_json

        put_json(
            {
                "judgements": dict(summary.judgements),
                "replies": dict(summary.replies),
                "parsers": list(summary.parsers),
                "failures": {"counted_as": summary.failures.value, "n": summary.counted},
                "score_sources": dict(summary.sources),
                "figures": [_value(figure) for figure in summary.figures],
            }
        )
        return
    from judgetui.cli.talk import say

    say("\n".join(_lines(summary)))


def _value(figure: Named) -> dict[str, object]:
    return {
        "name": figure.name,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "n": figure.n,
        "left_out": figure.left_out,
        "percent": figure.percent,
        "interval": figure.interval or None,
        "counts": dict(figure.counts),
        "why": figure.why or None,
    }


def _lines(summary: Summary) -> list[str]:
    """The summary for people: what was read, and each figure with its n, interval and origin."""
    lines = [
        f"items: {_counted(summary.judgements)}",
        f"replies: {_counted(summary.replies)}, read by {', '.join(summary.parsers) or 'nothing'}",
    ]
    if summary.counted:
        had = (
            "1 of the ok replies had no result and counts"
            if summary.counted == 1
            else (f"{summary.counted:,} of the ok replies had no result and count")
        )
        lines.append(f"{had} as {summary.failures.value}, as in the original")
    for figure in summary.figures:
        lines.append(_figure(figure))
    return lines


def _counted(counts: Mapping[str, int]) -> str:
    parts = [f"{count:,} {status}" for status, count in counts.items() if count]
    return f"{sum(counts.values()):,}" + (f" ({', '.join(parts)})" if parts else "")


def _figure(figure: Named) -> str:
    if figure.value is None:
        return f"{figure.name}: none; {figure.why}"
    sign = "%" if figure.percent else ""
    line = f"{figure.name}: {figure.value:.2f}{sign}, n {figure.n:,}"
    if figure.low is not None and figure.high is not None:
        line += f", 95% {figure.low:.2f} to {figure.high:.2f} ({figure.interval})"
    if figure.counts:
        line += f"; {', '.join(f'{name} {count:,g}' for name, count in figure.counts.items())}"
    if figure.left_out:
        line += f"; left out {figure.left_out:,}"
    return line + (f"; {figure.why}" if figure.why else "")
