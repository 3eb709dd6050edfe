"""A study as plain text: its head line, a line for each criterion, and the views of one criterion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from judgetui.analysis.agreement_figures import Agreement, Kind
from judgetui.analysis.figures import Figure
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.services.agreement_pairs import Report
from judgetui.services.alignment import Study
from judgetui.services.figure_words import HEADLINE, NAMES, figure_text, interval_text, value_text
from judgetui.services.text_plots import bar, distribution_lines, matrix_lines

FEW_LABELS: Final = 30
"""Below so many compared items every interval is wide, which is worth a word."""

BAR_CELLS: Final = 10


def head_text(study: Study) -> str:
    """Which run, judge and labels the figures are of, in one line."""
    people = ", ".join(study.raters) or "no labels yet"
    parts = [
        f"v{study.version.number}",
        f"run {study.run.id}",
        f"{len(study.judged)} items",
        f"{study.judge} vs {people}",
        f"{study.labelled} labelled",
    ]
    if study.selection.split is not None:
        parts.append(f"split {study.selection.split}")
    if study.selection.rater is not None:
        parts.append(f"labels of {study.selection.rater} alone")
    failed = [f"{n} {status}" for status, n in study.statuses.items() if status != "ok"]
    if failed:
        parts.append(f"left out: {', '.join(failed)}")
    return " · ".join(parts)


def criterion_words(name: str, report: Report, width: int) -> str:
    """A criterion's agreement in one line, as far as the width goes: headline figure, exact share, people, n."""
    found = report.agreement
    headline = HEADLINE[found.kind]
    figure = found.figures[headline]
    first = f"{NAMES[headline].short} {figure_text(figure)}"
    parts = [f"{name[:14]:<14} {first:<28}"]
    if width >= 100:
        parts.append(f"{bar(figure.value or 0.0, BAR_CELLS):<{BAR_CELLS}}")
    parts.append(f"exact {_share(found.figures['accuracy'])}")
    if (near := found.figures.get("within_one")) is not None and near.value is not None:
        parts.append(f"±1 {_share(near)}")
    parts.append(f"n {found.n}")
    return "  ".join(parts)


def overall_words(study: Study) -> str:
    """What the run's own verdicts show: flips and length, and where scores came from."""
    parts = []
    for title, figure in (("position flips", study.flips), ("longer answer wins", study.longer)):
        if figure.value is not None:
            parts.append(f"{title} {figure_text(figure, share=True)} n {figure.n}")
    if study.sources:
        parts.append("scores from " + ", ".join(f"{source} {n}" for source, n in study.sources.items()))
    return " · ".join(parts)


def figure_rows(report: Report) -> list[tuple[str, str, str, str, str]]:
    """Every figure of a criterion: title, value, interval, n, and what is to be known of it."""
    rows = []
    for name, told in NAMES.items():
        figure = report.agreement.figures.get(name)
        if figure is None:
            continue
        value = "n/a" if figure.value is None else value_text(figure.value, share=told.share)
        rows.append((told.title, value, interval_text(figure, share=told.share), str(figure.n), figure.why))
    return rows


def figures_view(study: Study, report: Report, width: int) -> str:
    """The table of all figures; those without a value stand below with their reason."""
    rows = figure_rows(report)
    there = [row for row in rows if row[1] != "n/a"]
    first = max((len(row[0]) for row in there), default=0)
    lines = [f"{title:<{first}}  {value:>5}  {interval:<14} n {n}" for title, value, interval, n, _ in there]
    absent: dict[str, list[str]] = {}
    for title, value, _, _, why in rows:
        if value == "n/a":
            absent.setdefault(why, []).append(title)
    lines += [f"n/a: {', '.join(titles)}: {why}" for why, titles in absent.items()]
    skipped = ", ".join(f"{n} {reason}" for reason, n in report.skipped.items()) or "none"
    return "\n".join([*lines, "", f"left out: {skipped}", origin_words(report.agreement)])


def origin_words(found: Agreement) -> str:
    """Where the intervals come from."""
    units = f"{found.n:,} items" if found.clusters is None else f"{found.clusters:,} groups"
    return (
        f"95% intervals: Wilson for shares, else bootstrap, {found.resamples:,} resamples of {units}, "
        f"seed {found.seed}."
    )


def matrix_view(study: Study, report: Report, width: int) -> str:
    """The confusion matrix."""
    found = report.agreement
    if not found.n:
        return _nothing(report)
    return "\n".join(["judge ↓  people →", *matrix_lines(found.confusion, scale_points(study, found))])


def spread_view(study: Study, report: Report, width: int) -> str:
    """How often each side gave each point."""
    found = report.agreement
    if not found.n:
        return _nothing(report)
    people = {label: sum(row.values()) for label, row in found.confusion.items()}
    judge: dict[str, int] = {}
    for row in found.confusion.values():
        for value, count in row.items():
            judge[value] = judge.get(value, 0) + count
    lines = distribution_lines({"judge": judge, "people": people}, width, scale_points(study, found))
    return "\n".join(lines)


def scale_points(study: Study, found: Agreement) -> list[str] | None:
    """The points of the rubric's scale, where all values lie on it; None takes those that occur."""
    scale = study.version.rubric.scale
    values = {*found.confusion, *(value for row in found.confusion.values() for value in row)}
    if found.kind is Kind.VERDICT:
        points: list[str] = ["A", "tie", "B"]
    elif isinstance(scale, NumericScale | LabelScale):
        points = list(scale.texts)
    else:
        return None
    return points if values <= set(points) else None


def slices_view(study: Study, report: Report, width: int) -> str:
    """The headline figure and the exact share over each value of each field."""
    lines: list[str] = []
    headline = HEADLINE[report.agreement.kind]
    for field, parts in report.slices.items():
        lines.append(f"by {field}")
        lines += _slice_lines(parts, headline)
        lines.append("")
    return "\n".join(lines).rstrip() or (
        "The items have no category, split or model in common to be told apart by.\n"
        "Name one in the items file, or split the items (7)."
    )


def _slice_lines(parts: Mapping[str, Agreement], headline: str) -> Iterable[str]:
    first = max(len(value[:24]) for value in parts)
    for value, found in parts.items():
        figure = figure_text(found.figures[headline])
        exact = _share(found.figures["accuracy"])
        yield f"  {value[:24]:<{first}}  {NAMES[headline].short} {figure:<20}  exact {exact}  n {found.n}"


def _share(figure: Figure) -> str:
    return "n/a" if figure.value is None else value_text(figure.value, share=True)


def _nothing(report: Report) -> str:
    skipped = ", ".join(f"{n} {reason}" for reason, n in report.skipped.items())
    return f"Nothing could be compared. Left out: {skipped or 'none'}."


View = Callable[[Study, Report, int], str]

VIEWS: Final[Sequence[tuple[str, View]]] = (
    ("figures", figures_view),
    ("matrix", matrix_view),
    ("spread", spread_view),
    ("slices", slices_view),
)
"""What can be looked at of one criterion."""
