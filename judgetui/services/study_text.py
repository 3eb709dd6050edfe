"""A study as plain text: its head line, a line for each criterion, and the views of one criterion."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from judgetui.analysis.agreement_figures import Agreement
from judgetui.analysis.figures import Figure
from judgetui.analysis.kinds import Kind
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.services.agreement_pairs import Report
from judgetui.services.alignment import Study
from judgetui.services.figure_words import HEADLINE, NAMES, Name, figure_text, interval_text, value_text
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
    wide = width >= 100
    parts = [f"{name[:14]:<14} {first:<28}" if wide else f"{name[:12]:<12} {first}"]
    if wide:
        parts.append(f"{bar(figure.value or 0.0, BAR_CELLS):<{BAR_CELLS}}")
    parts.append(f"exact {_share(found.figures['accuracy'])}")
    if (near := found.figures.get("within_one")) is not None and near.value is not None:
        parts.append(f"±1 {_share(near)}")
    if found.ceiling is not None and (people := found.ceiling.people.get(headline)) is not None:
        parts.append(f"people {figure_text(people) if width >= 110 else _value(people)}")
    parts.append(f"n {found.n}")
    return ("  " if wide else " ").join(parts)


def overall_words(study: Study) -> str:
    """What the run's own verdicts show: flips and length, and where scores came from."""
    parts = []
    for title, figure in (("position flips", study.flips), ("longer answer wins", study.longer)):
        if figure.value is not None:
            parts.append(f"{title} {figure_text(figure, share=True)} n {figure.n}")
    if study.sources:
        parts.append("scores from " + ", ".join(f"{source} {n}" for source, n in study.sources.items()))
    if study.headline is not None and study.headline[1].agreement.n < FEW_LABELS:
        parts.append("few labels: the intervals are wide")
    return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure of a criterion beside what it has to be held against.

    Args:
        constant: the same of a judge that always says the commonest label.
        people: the same of people among themselves; None where no item has two labels.
    """

    name: str
    figure: Figure
    constant: Figure
    people: Figure | None

    @property
    def told(self) -> Name:
        """What it is called."""
        return NAMES[self.name]

    def text(self, figure: Figure | None) -> str:
        """The value of one of the three; a dash where there is none."""
        return (
            "-" if figure is None or figure.value is None else value_text(figure.value, share=self.told.share)
        )


def figure_rows(found: Agreement) -> list[FigureRow]:
    """Every figure of a criterion, in the order they are listed.

    Krippendorff's alpha stands once where its level says nothing more.
    """
    names = [name for name in NAMES if name in found.figures]
    if found.kind is not Kind.SCORE:
        names = [name for name in names if not name.startswith("krippendorff_alpha_")]
    people = {} if found.ceiling is None else found.ceiling.people
    return [FigureRow(name, found.figures[name], found.baseline[name], people.get(name)) for name in names]


def figures_view(study: Study, report: Report, width: int) -> str:
    """The table of all figures; those without a value stand below with their reason."""
    found = report.agreement
    rows = figure_rows(found)
    there = [row for row in rows if row.figure.value is not None]
    first = max((len(row.told.title) for row in there), default=0)
    between = found.ceiling is not None
    head = f"{'':<{first}} value {'95% interval':<13} {'const.':>6}{' people' if between else ''} {'n':>5}"
    lines = [head] if there else []
    for row in there:
        interval = interval_text(row.figure, share=row.told.share)
        people = f" {row.text(row.people):>6}" if between else ""
        lines.append(
            f"{row.told.title:<{first}} {row.text(row.figure):>5} {interval:<13} {row.text(row.constant):>6}{people}"
            f" {row.figure.n:>5}"
        )
    absent: dict[str, list[str]] = {}
    for row in rows:
        if row.figure.value is None:
            absent.setdefault(row.figure.why, []).append(row.told.title)
    notes = [f"n/a: {', '.join(titles)}: {why}" for why, titles in absent.items()]
    return "\n".join([*lines, "", *wrapped([*notes, *table_notes(report)], width)])


def table_notes(report: Report) -> list[str]:
    """What has to be known of the table of figures, a sentence or two each."""
    found = report.agreement
    notes = []
    if found.constant:
        notes.append(f"const.: the same figure of a judge that says {found.constant} of every item.")
    if found.ceiling is not None:
        names = ", ".join(found.ceiling.raters)
        notes.append(
            f"people: the same between {names}, on {found.ceiling.n} items that two or more labelled."
        )
    skipped = ", ".join(f"{n} {reason}" for reason, n in report.skipped.items())
    notes.append(f"left out: {skipped or 'none'}.")
    notes += sorted(
        {figure.why for figure in found.figures.values() if figure.value is not None and figure.why}
    )
    return [*notes, origin_words(found)]


def wrapped(paragraphs: Iterable[str], width: int) -> list[str]:
    """Paragraphs broken at words into lines of at most `width` cells."""
    return [line for text in paragraphs for line in textwrap.wrap(text, max(20, width)) or [""]]


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
    sides = {"judge": found.judge_counts, "people": found.label_counts}
    return "\n".join(distribution_lines(sides, width, scale_points(study, found)))


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
        "The items have no category, split or model to be told apart by.\n"
        "Name one in the items file, or split the items (7)."
    )


def _slice_lines(parts: Mapping[str, Agreement], headline: str) -> Iterable[str]:
    first = max(len(value[:24]) for value in parts)
    for value, found in parts.items():
        figure = figure_text(found.figures[headline])
        exact = _share(found.figures["accuracy"])
        yield f"  {value[:24]:<{first}}  {NAMES[headline].short} {figure:<20}  exact {exact}  n {found.n}"


def _value(figure: Figure) -> str:
    return "n/a" if figure.value is None else value_text(figure.value)


def _share(figure: Figure) -> str:
    return "n/a" if figure.value is None else value_text(figure.value, share=True)


def _nothing(report: Report) -> str:
    skipped = ", ".join(f"{n} {reason}" for reason, n in report.skipped.items())
    return f"Nothing could be compared. Left out: {skipped or 'none'}."


View = Callable[[Study, Report, int], str]

VIEWS: Final[Mapping[str, View]] = {
    "figures": figures_view,
    "matrix": matrix_view,
    "spread": spread_view,
    "slices": slices_view,
}
"""What can be looked at of one criterion."""
