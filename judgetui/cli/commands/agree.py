"""`judgetui agree`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from judgetui.cli.options import FILE, json_option
from judgetui.core.vote import Failures
from judgetui.errors import ExitCode

if TYPE_CHECKING:
    from judgetui.analysis.agreement_figures import Agreement
    from judgetui.analysis.figures import Figure
    from judgetui.services.agreement_pairs import Report

_TITLES: Final = {
    "accuracy": "accuracy",
    "baseline_accuracy": "accuracy of the commonest label",
    "kappa": "Cohen's kappa",
    "weighted_kappa": "quadratic weighted kappa",
    "krippendorff_alpha": "Krippendorff's alpha",
    "gwet_ac1": "Gwet's AC1",
    "macro_precision": "macro precision",
    "macro_recall": "macro recall",
    "macro_f1": "macro F1",
    "true_positive_rate": "true positive rate",
    "false_positive_rate": "false positive rate",
    "pearson": "Pearson",
    "spearman": "Spearman",
    "kendall": "Kendall tau-b",
}
_MEASURES: Final = ("pearson", "spearman", "kendall")


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
@click.option("--confusion", is_flag=True, help="Show how often each label met each judgement.")
@json_option
def agree(
    judgements: Path,
    labels: Path | None,
    by: str | None,
    judge: str | None,
    rubric: str | None,
    failures: str,
    confusion: bool,
    as_json: bool,
) -> int:
    """Say how far judgements agree with people's labels.

    JUDGEMENTS is a file that `judgetui run --out` wrote; - is stdin. Labels are the keys `human` and
    `human.RATER` of its lines, of several raters the mean or the majority.

    Scores are rounded to whole points for all but the correlations. Judgements that are not ok are left out
    and counted. PandaLM counted unparsed ones as a tie, G-Eval as 0, Vicuna and QLoRA as -1: `--failures`
    does the same, and the figures then say so.
    """
    from judgetui.cli.output import put, put_json
    from judgetui.cli.talk import say
    from judgetui.services.agreeing import Choice
    from judgetui.services.agreeing import agree as compare

    reports = compare(judgements, labels, Choice(by, judge, rubric, Failures(failures)))
    if reports.unmatched:
        say(f"{reports.unmatched} labelled ids of {labels} have no judgement")
    if as_json:
        put_json({name: _mapping(report, confusion) for name, report in reports.by_criterion.items()})
        return ExitCode.DONE
    for index, (name, report) in enumerate(reports.by_criterion.items()):
        if index:
            put("")
        _put_report(name, report, reports.by, confusion)
    return ExitCode.DONE


def _mapping(report: Report, confusion: bool) -> dict[str, object]:
    """What `--json` says of a criterion."""
    found = report.agreement
    grouped = _grouped(found)
    named = {**found.figures} | {f"by_group.{name}": figure for name, figure in grouped.items()}
    why = {name: figure.why for name, figure in named.items() if figure.value is None}
    why |= {f"intervals.{name}": f.why for name, f in named.items() if f.value is not None and f.why}
    data: dict[str, object] = {
        "n": found.n,
        "skipped": sum(report.skipped.values()),
        "skipped_reasons": dict(report.skipped),
        "failures": {"counted_as": report.counted_as.value, "n": report.failures},
        "compared": found.kind.value,
        **{name: found.figures[name].value for name in _TITLES},
        "by_group": {
            **{name: figure.value for name, figure in grouped.items()},
            "groups": found.by_group.groups,
            "skipped": found.by_group.skipped,
            "ungrouped": found.by_group.ungrouped,
        },
        "intervals": {name: [f.low, f.high] for name, f in named.items() if f.low is not None},
        "why": why,
        "resampled": {
            "units": "items" if found.clusters is None else "groups",
            "n": found.n if found.clusters is None else found.clusters,
            "resamples": found.resamples,
            "seed": found.seed,
        },
    }
    return data | ({"confusion": found.confusion} if confusion else {})


def _grouped(found: Agreement) -> dict[str, Figure]:
    group = found.by_group
    return dict(zip(_MEASURES, (group.pearson, group.spearman, group.kendall), strict=True))


def _put_report(name: str, report: Report, by: str, confusion: bool) -> None:
    from judgetui.cli.output import put, put_table

    found = report.agreement
    skipped = ", ".join(f"{n} {reason}" for reason, n in report.skipped.items())
    put(f"{name}: {found.n} {found.kind}s compared with labels; left out: {skipped or 'none'}")
    if report.counted_as is not Failures.STATE:
        put(
            f"{report.failures:,} unparsed judgements are among them, counted as {_counted(report.counted_as)}"
        )
    put("")
    put_table(("figure", "value", "95% interval", "n", "note"), _rows(found, by), right=(1, 3))
    put(f"\n{_origin(found)}")
    if confusion and found.confusion:
        put("\nlabels down, judgements across")
        head, rows = _confusion(found.confusion)
        put_table(head, rows, right=range(1, len(head)))


def _counted(failures: Failures) -> str:
    return {Failures.TIE: "a tie", Failures.ZERO: "0", Failures.MINUS_ONE: "-1"}[failures]


def _rows(found: Agreement, by: str) -> Iterator[tuple[str, ...]]:
    """The table's rows; figures that are absent for one reason share a row."""
    level = "ordinal" if found.kind == "score" else "nominal"
    titles = _TITLES | {"krippendorff_alpha": f"{_TITLES['krippendorff_alpha']} ({level})"}
    for absent, names in groupby(titles, lambda name: _absence(found.figures[name])):
        if absent:
            *_, last = together = list(names)
            yield _row(", ".join(titles[name] for name in together), found.figures[last])
        else:
            yield from (_row(titles[name], found.figures[name]) for name in names)
    group = found.by_group
    if absent := _absence(group.pearson):
        yield _row(f"mean correlations within {by}", group.pearson)
        return
    counts = f"of {group.groups} groups; {group.skipped} with a constant side skipped"
    for name, figure in _grouped(found).items():
        yield _row(f"mean {_TITLES[name]} within {by}", figure, counts)


def _absence(figure: Figure) -> str:
    return figure.why if figure.value is None else ""


def _row(title: str, figure: Figure, note: str = "") -> tuple[str, ...]:
    value = "-" if figure.value is None else f"{figure.value:.3f}"
    bounds = [f"{bound:.3f}" for bound in (figure.low, figure.high) if bound is not None]
    interval = f"[{', '.join(bounds)}]" if bounds else "-"
    return title, value, interval, str(figure.n), "; ".join(filter(None, (note, figure.why)))


def _origin(found: Agreement) -> str:
    """Where the intervals come from."""
    units = f"{found.n:,} items" if found.clusters is None else f"{found.clusters:,} groups"
    return (
        f"Intervals: Wilson for both accuracies, else percentile bootstrap, {found.resamples:,} resamples of "
        f"{units} (of the groups where within), seed {found.seed}."
    )


def _confusion(
    table: Mapping[str, Mapping[str, int]],
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    columns = sorted({column for row in table.values() for column in row} | set(table), key=_numeric)
    rows = [(label, *(str(row.get(column, 0)) for column in columns)) for label, row in table.items()]
    return ("", *columns), rows


def _numeric(text: str) -> tuple[float, str]:
    """Numbers in their order, other texts behind them."""
    try:
        return float(text), text
    except ValueError:
        return float("inf"), text
