"""`judgetui jury`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from judgetui.cli.loop import complete
from judgetui.cli.options import STDOUT, json_option, out_option, session_argument
from judgetui.errors import ExitCode, InputError

if TYPE_CHECKING:
    from judgetui.analysis.figures import Figure
    from judgetui.analysis.jury_models import Modelled
    from judgetui.services.juries import Juror, Jury


@click.command()
@session_argument
@click.argument("number", metavar="[RUN]", required=False, type=click.IntRange(1))
@click.option(
    "--rule",
    type=click.Choice(("majority", "mean", "dawid-skene")),
    help="How the judges are put together.  [default: the mean of scores, the majority of all else]",
)
@out_option
@json_option
def jury(session: str, number: int | None, rule: str | None, out: Path | None, as_json: bool) -> int:
    """Say what the judges of a run come to together, and how far each agrees with the rest.

    Judges without a result on an item are left out there and counted. Results that are equally frequent are a draw,
    with the reason; as many for A as for B is a tie. dawid-skene weighs judges by the errors it estimates of them: it
    needs three or more, and some hundred items. Of a cascade an item's result is that of the last judge asked.

    The file that --out writes is one of judgements, with the jury as the judge and what each said as `jurors`, for
    `judgetui agree` to read. Without a number it is the newest run.

    \b
    Examples:
      judgetui jury summaries --out jury.jsonl
      judgetui jury summaries.db 3 --rule dawid-skene --json
    """
    if as_json and out == STDOUT:
        raise InputError(
            "the judgements and the figures cannot both go to stdout.",
            "Write the judgements with --out FILE.",
        )
    return complete(_jury(session, number, rule, out, as_json))


async def _jury(text: str, number: int | None, rule: str | None, out: Path | None, as_json: bool) -> int:
    from judgetui.analysis.juries import Rule
    from judgetui.cli.output import put_json
    from judgetui.services import headless
    from judgetui.services.context import Context
    from judgetui.services.juries import jury_of
    from judgetui.storage.database import SessionFile

    with SessionFile.open(headless.known_session(Context.load().paths, text)) as session:
        runs = await headless.all_runs(session)
        if number is None and not runs:
            raise InputError(f"{session.path} holds no runs.", "Run something first.")
        run = runs[0] if number is None else await session.read(lambda repos: repos.runs.get(number))
        found = await jury_of(session, run, None if rule is None else Rule(rule))
    if out is not None:
        _write(found, out)
    if as_json:
        put_json(_mapping(found, session.path))
    elif out != STDOUT:
        _put(found, session.path)
    return ExitCode.DONE


def _write(found: Jury, out: Path) -> None:
    from judgetui.cli.output import put_lines
    from judgetui.cli.talk import say
    from judgetui.datasets import json_line, replacing

    lines = (json_line(found.line(each)) for each in found.items)
    if out == STDOUT:
        put_lines(lines)
        return
    with replacing(out) as file:
        file.writelines(lines)
    say(f"{len(found.items)} judgements written to {out}")


def _put(found: Jury, session: Path) -> None:
    from judgetui.cli.output import put, put_table
    from judgetui.services.juries import FEW

    run, cascade = found.run, found.run.settings.cascade
    how = f"cascade, on to the next below {cascade:g}" if cascade is not None else f"by {found.rule}"
    put(f"run {run.id} of {session}: {len(run.judges)} judges, {how}")
    put(f"{_items(found)}\n")
    if found.shares:
        rows = [
            (
                text.replace("_", " "),
                str(rate.hits),
                f"{rate.value:.3f}",
                f"[{rate.low:.3f}, {rate.high:.3f}]",
            )
            for text, rate in found.shares.items()
        ]
        put_table((str(found.kind), "items", "share", "95% interval"), rows, right=(1, 2))
    if found.mean is not None:
        value, interval, n, why = _cells(found.mean)
        put(f"mean score {value}, 95% {interval}, n {n}{f'; {why}' if why else ''}")
    put("")
    put_table(*_judges(found), right=(1, 2, 3, 5, 6) if cascade is None else (1, 2))
    if found.model is not None:
        put("")
        head, table = _confusion(found.model)
        put_table(head, table, right=range(2, len(head) - 1))
    put(f"\n{_origin(found)}")
    if found.model is not None and len(found.items) < FEW:
        put(
            f"With fewer than {FEW} items there is little to tell the judges' errors by; the majority is the safer rule."
        )


def _items(found: Jury) -> str:
    """How many items were judged, and what became of them."""
    counts = ", ".join(
        f"{count} {name}" for name, count in found.counts.items() if count or name == "decided"
    )
    left = found.run.items - len(found.items)
    more = f"; {left} not judged yet" if left else ""
    return f"{len(found.items)} of {found.run.items} items judged: {counts}{more}"


def _judges(found: Jury) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """A table of the judges: of a cascade how many items came to each, else how each agrees with the rest."""
    if found.run.settings.cascade is not None:
        return ("judge", "asked", "with a result"), [
            (each.judge, str(each.asked), str(each.spoke)) for each in found.jurors
        ]
    head = (
        "judge",
        "asked",
        "with a result",
        "agrees with the rest",
        "95% interval",
        "n",
        "others split",
        "note",
    )
    rows: list[tuple[str, ...]] = []
    for each in found.jurors:
        if each.agreement is not None:
            value, interval, n, why = _cells(each.agreement.figure)
            shown = (value, interval, n, str(each.agreement.undecided), why)
            rows.append((each.judge, str(each.asked), str(each.spoke), *shown))
    return head, rows


def _confusion(model: Modelled) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """How often each judge says what, by what it is; the last columns are how often it is right."""
    says = tuple(f"says {text.replace('_', ' ')}" for text in model.classes)
    rows: list[tuple[str, ...]] = []
    for judge, each in zip(model.judges, model.fit.judges, strict=True):
        value, interval, n, why = _cells(each.accuracy)
        rows.append((judge, "overall", *("" for _ in says), n, value, interval, why))
        for text, row, figure in zip(model.classes, each.confusion, each.by_class, strict=True):
            value, interval, n, why = _cells(figure)
            shares = (f"{share:.3f}" for share in row)
            rows.append((judge, text.replace("_", " "), *shares, n, value, interval, why))
    return ("judge", "when it is", *says, "n", "right", "95% interval", "note"), rows


def _origin(found: Jury) -> str:
    """Where the figures come from."""
    from judgetui.analysis.intervals import RESAMPLES, SEED

    drawn = f"percentile bootstrap by item, {RESAMPLES:,} resamples, seed {SEED}"
    lines = ["Intervals of shares are Wilson's."]
    if found.mean is not None:
        lines.append(f"That of the mean is a {drawn}.")
        lines.append("Scores are compared and counted by whole points.")
    if found.run.settings.cascade is None:
        rest = "mean" if found.rule == "mean" else "majority"
        lines.append(f"The rest is the {rest} of the other judges, who may be wrong together.")
    if found.model is not None:
        fit = found.model.fit
        state = "converged" if fit.converged else "has not converged"
        prior = ", ".join(
            f"{text.replace('_', ' ')} {share:.3f}"
            for text, share in zip(found.model.classes, fit.prior, strict=True)
        )
        lines.append(
            f"Dawid and Skene's model {state} after {fit.iterations} iterations; shares of what it is: {prior}. `right` "
            f"is an estimate without labels, n the items expected of that kind; {fit.smoothing:.3g} is added to each "
            f"count, and intervals are {drawn}."
        )
    return "\n".join(lines)


def _cells(figure: Figure) -> tuple[str, str, str, str]:
    """Value, interval, n and note of a figure."""
    value = "-" if figure.value is None else f"{figure.value:.3f}"
    known = figure.low is not None and figure.high is not None
    return (
        value,
        f"[{figure.low:.3f}, {figure.high:.3f}]" if known else "-",
        str(figure.n),
        figure.why,
    )


def _mapping(found: Jury, session: Path) -> dict[str, object]:
    """What `--json` says."""
    model = found.model
    return {
        "run": found.run.id,
        "session": str(session),
        "rule": found.rule.value,
        "jury": found.name,
        "kind": found.kind.value,
        "cascade": found.run.settings.cascade,
        "items": {"asked": found.run.items, "judged": len(found.items), **found.counts},
        "results": {
            text: {"n": rate.hits, "of": rate.n, "share": rate.value, "interval": [rate.low, rate.high]}
            for text, rate in found.shares.items()
        },
        "mean": None if found.mean is None else _figure(found.mean),
        "judges": list(_juror_mappings(found)),
        "model": None
        if model is None
        else {
            "classes": list(model.classes),
            "prior": dict(zip(model.classes, model.fit.prior, strict=True)),
            "iterations": model.fit.iterations,
            "converged": model.fit.converged,
            "smoothing": model.fit.smoothing,
        },
    }


def _juror_mappings(found: Jury) -> Iterator[dict[str, object]]:
    classes = () if found.model is None else found.model.classes
    for each in found.jurors:
        agreement = each.agreement
        yield {
            "judge": each.judge,
            "asked": each.asked,
            "spoke": each.spoke,
            "agreement": None
            if agreement is None
            else _figure(agreement.figure) | {"others_split": agreement.undecided},
            "model": _model(each, classes),
        }


def _model(juror: Juror, classes: tuple[str, ...]) -> dict[str, object] | None:
    if juror.model is None:
        return None
    rows = zip(classes, juror.model.confusion, strict=True)
    return {
        "accuracy": _figure(juror.model.accuracy),
        "by_class": {
            text: _figure(figure) for text, figure in zip(classes, juror.model.by_class, strict=True)
        },
        "confusion": {text: dict(zip(classes, row, strict=True)) for text, row in rows},
        "expected": dict(zip(classes, juror.model.expected, strict=True)),
    }


def _figure(figure: Figure) -> dict[str, object]:
    return {
        "value": figure.value,
        "n": figure.n,
        "interval": None if figure.low is None else [figure.low, figure.high],
        "why": figure.why or None,
    }
