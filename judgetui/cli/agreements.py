"""How far a judge agrees with labels, as tables for people and as a mapping for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Final

from judgetui.core.vote import Failures

if TYPE_CHECKING:
    from judgetui.analysis.agreement_figures import Agreement
    from judgetui.analysis.figures import Figure
    from judgetui.analysis.misses import Miss
    from judgetui.analysis.raters import Ceiling
    from judgetui.services.agreement_pairs import Report

TITLES: Final = {
    "accuracy": "accuracy",
    "within_one": "within one point",
    "kappa": "Cohen's kappa",
    "weighted_kappa": "quadratic weighted kappa",
    "krippendorff_alpha_interval": "Krippendorff's alpha (interval)",
    "krippendorff_alpha_ordinal": "Krippendorff's alpha (ordinal)",
    "krippendorff_alpha_nominal": "Krippendorff's alpha (nominal)",
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

_OF_SLICES: Final = {
    "score": ("accuracy", "weighted_kappa", "spearman"),
    "verdict": ("accuracy", "kappa", "gwet_ac1"),
    "label": ("accuracy", "kappa", "gwet_ac1"),
}
"""What a table of slices shows of each kind; JSON has every figure."""


def mapping(report: Report, confusion: bool, misses: int) -> dict[str, object]:
    """What `--json` says of a criterion.

    Args:
        confusion: whether to say how often each label met each judgement.
        misses: of how many of the largest differences to tell.
    """
    found = report.agreement
    data: dict[str, object] = {
        "n": found.n,
        "skipped": sum(report.skipped.values()),
        "skipped_reasons": dict(report.skipped),
        "failures": {"counted_as": report.counted_as.value, "n": report.failures},
        **_agreement(found, confusion),
        "slices": {
            name: {value: {"n": each.n, **_agreement(each, confusion)} for value, each in parts.items()}
            for name, parts in report.slices.items()
        },
        "differing": len(report.misses),
    }
    return data | ({"misses": [_miss(each) for each in report.misses[:misses]]} if misses else {})


def _agreement(found: Agreement, confusion: bool) -> dict[str, object]:
    grouped = _grouped(found)
    named = {**found.figures} | {f"by_group.{name}": figure for name, figure in grouped.items()}
    why = {name: figure.why for name, figure in named.items() if figure.value is None}
    why |= {f"intervals.{name}": f.why for name, f in named.items() if f.value is not None and f.why}
    if found.ceiling is None:
        why["ceiling"] = "no item has the labels of two people"
    data: dict[str, object] = {
        "compared": found.kind.value,
        **{name: figure.value for name, figure in found.figures.items()},
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
        "baseline": {"says": found.constant or None, "figures": _figures(found.baseline)},
        "ceiling": None if found.ceiling is None else _ceiling(found.ceiling),
        "counts": {"judge": dict(found.judge_counts), "labels": dict(found.label_counts)},
    }
    return data | ({"confusion": found.confusion} if confusion else {})


def _figures(figures: Mapping[str, Figure]) -> dict[str, object]:
    return {
        name: {"value": f.value, "n": f.n, "low": f.low, "high": f.high, "why": f.why}
        for name, f in figures.items()
    }


def _ceiling(found: Ceiling) -> dict[str, object]:
    return {
        "raters": list(found.raters),
        "n": found.n,
        "people": _figures(found.people),
        "judge": _figures(found.judge),
    }


def _miss(miss: Miss) -> dict[str, object]:
    return {"id": miss.id, "judge": miss.judge, "label": miss.label, "size": miss.size}


def _grouped(found: Agreement) -> dict[str, Figure]:
    group = found.by_group
    return dict(zip(_MEASURES, (group.pearson, group.spearman, group.kendall), strict=True))


def put_report(name: str, report: Report, by: str, confusion: bool, misses: int) -> None:
    """Show a criterion's report on stdout; see `mapping`."""
    from judgetui.cli.output import put, put_table

    found = report.agreement
    skipped = ", ".join(f"{n} {reason}" for reason, n in report.skipped.items())
    put(f"{name}: {found.n} {found.kind}s compared with labels; left out: {skipped or 'none'}")
    if report.counted_as is not Failures.STATE:
        put(
            f"{report.failures:,} unparsed judgements are among them, counted as {_counted(report.counted_as)}"
        )
    put("")
    columns = ("figure", "value", "95% interval", "n", "constant", "note")
    put_table(columns, _rows(found, by), right=(1, 3, 4))
    put(f"\n{_origin(found)}")
    if found.constant:
        put(f"constant: the figure of a judge that says {found.constant} of every item, the commonest label.")
    if found.ceiling is not None:
        _put_ceiling(found.ceiling)
    for field, parts in report.slices.items():
        _put_slices(field, parts)
    if confusion and found.confusion:
        put("\nlabels down, judgements across")
        head, rows = _confusion(found.confusion)
        put_table(head, rows, right=range(1, len(head)))
    if misses and report.misses:
        put(f"\nthe largest of {len(report.misses):,} differences")
        shown = ((m.id, _said(m.judge), _said(m.label)) for m in report.misses[:misses])
        put_table(("item", "judge", "label"), shown, right=(1, 2))


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"


def _counted(failures: Failures) -> str:
    return {Failures.TIE: "a tie", Failures.ZERO: "0", Failures.MINUS_ONE: "-1"}[failures]


def _rows(found: Agreement, by: str) -> Iterator[tuple[str, ...]]:
    """The table's rows; figures that are absent for one reason share a row."""
    for absent, names in groupby(TITLES, lambda name: _absence(found.figures[name])):
        if absent:
            *_, last = together = list(names)
            yield _row(", ".join(TITLES[name] for name in together), found.figures[last], "")
        else:
            yield from (
                _row(TITLES[name], found.figures[name], _value(found.baseline[name])) for name in names
            )
    group = found.by_group
    if absent := _absence(group.pearson):
        yield _row(f"mean correlations within {by}", group.pearson, "")
        return
    counts = f"of {group.groups} groups; {group.skipped} with a constant side skipped"
    for name, figure in _grouped(found).items():
        yield _row(f"mean {TITLES[name]} within {by}", figure, "", counts)


def _put_ceiling(found: Ceiling) -> None:
    from judgetui.cli.output import put, put_table

    put(f"\nbetween {len(found.raters)} people, and the judge with one of them, on {found.n:,} items")
    rows = [
        (TITLES[name], *_cells(figure), *_cells(found.judge[name]), figure.why)
        for name in TITLES
        if (figure := found.people.get(name)) is not None
        and (figure.value is not None or found.judge[name].value is not None)
    ]
    head = ("figure", "people", "95% interval", "n", "judge", "95% interval", "n", "note")
    put_table(head, rows, right=(1, 3, 4, 6))


def _put_slices(field: str, parts: Mapping[str, Agreement]) -> None:
    from judgetui.cli.output import put, put_table

    if not parts:
        return
    put(f"\nby {field}")
    names = _OF_SLICES[next(iter(parts.values())).kind.value]
    head = (field, *(part for name in names for part in (TITLES[name], "95% interval")), "n")
    rows = [
        (value, *(cell for name in names for cell in _cells(each.figures[name])[:2]), str(each.n))
        for value, each in parts.items()
    ]
    put_table(head, rows, right=(*range(1, len(head) - 1, 2), len(head) - 1))


def _absence(figure: Figure) -> str:
    return figure.why if figure.value is None else ""


def _row(title: str, figure: Figure, constant: str, note: str = "") -> tuple[str, ...]:
    return (title, *_cells(figure), constant, "; ".join(filter(None, (note, figure.why))))


def _cells(figure: Figure) -> tuple[str, str, str]:
    bounds = [f"{bound:.3f}" for bound in (figure.low, figure.high) if bound is not None]
    return _value(figure), f"[{', '.join(bounds)}]" if bounds else "-", str(figure.n)


def _value(figure: Figure) -> str:
    return "-" if figure.value is None else f"{figure.value:.3f}"


def _origin(found: Agreement) -> str:
    """Where the intervals come from."""
    units = f"{found.n:,} items" if found.clusters is None else f"{found.clusters:,} groups"
    shares = "Wilson" if found.clusters is None else "Wilson with the groups' design effect"
    return (
        f"Intervals: {shares} for accuracy, within one point and the positive rates, else percentile bootstrap, "
        f"{found.resamples:,} resamples of {units} (of the groups where within), seed {found.seed}."
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
