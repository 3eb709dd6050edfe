"""Agreement by criterion: every figure beside the constant judge and people, plots, slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from judgetui.analysis.agreement_figures import Agreement
from judgetui.analysis.class_rates import Positive
from judgetui.analysis.figures import Figure
from judgetui.services.agreement_pairs import Report
from judgetui.services.alignment import Study
from judgetui.services.figure_words import HEADLINE, NAMES, figure_text, interval_text, value_text
from judgetui.services.reporting.blocks import (
    Beside,
    Block,
    Bullets,
    Intervals,
    Line,
    Matrix,
    Paragraph,
    Section,
    Span,
    Spread,
    Table,
)
from judgetui.services.reporting.findings import Corrects, Findings
from judgetui.services.reporting.words import absent, counted, plural, value_or_none
from judgetui.services.study_text import figure_rows, origin_words, scale_points
from judgetui.services.text_plots import MOST_POINTS, point_order


def agreement_section(found: Findings) -> Section:
    """Agreement on each criterion, and the corrected rate."""
    study = found.study
    blocks: list[Block] = []
    if len(study.reports) > 1:
        blocks += [_by_criterion(study), _criteria_table(study)]
    for number, (name, report) in enumerate(study.reports.items(), 1):
        blocks.append(Section(name, f"criterion-{number}", tuple(_criterion(study, name, report))))
    blocks += [Paragraph(f"{name} cannot be compared: {why}") for name, why in study.problems.items()]
    if not study.reports and not study.problems:
        blocks.append(Paragraph("Nobody has labelled these items."))
    if isinstance(found.corrects, Corrects):
        blocks.append(_corrected_section(found.corrects))
    elif study.reports:
        blocks.append(Section("Under people's labels", "corrected", (absent(found.corrects),)))
    return Section("Agreement with people", "agreement", tuple(blocks))


# all criteria


def _by_criterion(study: Study) -> Intervals:
    spans = []
    for name, report in study.reports.items():
        headline = HEADLINE[report.agreement.kind]
        span = _span(name, report.agreement, headline)
        spans += [] if span is None else [span]
    return Intervals("Agreement by criterion", tuple(spans))


def _span(name: str, agreement: Agreement, figure_name: str) -> Span | None:
    figure = agreement.figures[figure_name]
    if figure.value is None:
        return None
    share = NAMES[figure_name].share
    marks: dict[str, float] = {}
    constant = agreement.baseline[figure_name].value
    if constant is not None:
        marks["constant"] = constant
    if agreement.ceiling is not None:
        people = agreement.ceiling.people.get(figure_name)
        if people is not None and people.value is not None:
            marks["people"] = people.value
    return Span(name, figure.value, figure.low, figure.high, figure_text(figure, share=share), marks)


def _criteria_table(study: Study) -> Table:
    rows: list[tuple[Line, ...]] = []
    for name, report in study.reports.items():
        found = report.agreement
        headline = HEADLINE[found.kind]
        people = None if found.ceiling is None else found.ceiling.people[headline]
        rows.append(
            (
                name,
                NAMES[headline].title,
                figure_text(found.figures[headline]),
                value_or_none(found.baseline[headline]),
                "-" if people is None else figure_text(people),
                figure_text(found.figures["accuracy"], share=True),
                value_or_none(found.baseline["accuracy"], share=True),
                f"{found.n:,}",
            )
        )
    head = ("criterion", "figure", "judge", "constant", "people", "exact", "exact, constant", "n")
    return Table(head, tuple(rows), frozenset(range(2, 8)))


# one criterion


def _criterion(study: Study, name: str, report: Report) -> list[Block]:
    found = report.agreement
    if not found.n:
        return [Paragraph(f"Nothing could be compared. Left out: {counted(report.skipped)}.")]
    blocks: list[Block] = []
    spans = [_span(NAMES[row.name].title, found, row.name) for row in figure_rows(found)]
    blocks.append(Intervals(f"{name}: every figure", tuple(span for span in spans if span is not None)))
    blocks.append(_figures_table(found))
    blocks.append(Bullets(tuple(_notes(study, report))))
    if found.ceiling is not None:
        blocks.append(_people_table(found))
    if found.by_group.groups:
        blocks += _groups(found)
    blocks += _plots(study, name, found)
    blocks += _slices(report)
    return blocks


def _figures_table(found: Agreement) -> Table:
    """Every figure with interval, n, the constant's value and people's."""
    between = found.ceiling is not None
    rows: list[tuple[Line, ...]] = []
    for row in figure_rows(found):
        share = row.told.share
        if row.figure.value is None:
            continue
        cells: list[Line] = [
            row.told.title,
            value_text(row.figure.value, share=share),
            interval_text(row.figure, share=share) or "none",
            f"{row.figure.n:,}",
            value_or_none(row.constant, share=share),
        ]
        if between:
            cells.append("-" if row.people is None else figure_text(row.people, share=share))
        rows.append(tuple(cells))
    head = ("figure", "judge", "95% interval", "n", "constant", *(("people",) if between else ()))
    return Table(head, tuple(rows), frozenset(range(1, 6)))


def _notes(study: Study, report: Report) -> list[str]:
    """What has to be known of the table: absent figures with their reasons, the constant, people, what was left out."""
    found = report.agreement
    absent: dict[str, list[str]] = {}
    for row in figure_rows(found):
        if row.figure.value is None:
            absent.setdefault(row.figure.why, []).append(row.told.title)
    notes = [f"Not there: {', '.join(titles)}: {why}." for why, titles in absent.items()]
    notes.append(f"Constant: the same figure of a judge that says {found.constant} of every item.")
    if found.ceiling is not None:
        notes.append("People: the same figure among people, on the items that two or more of them labelled.")
    if found.figures["true_positive_rate"].value is not None and study.positive is not None:
        notes.append(f"Positive: {_positive(study.positive)}.")
    notes.append(f"Left out: {counted(report.skipped)}.")
    whys = {row.figure.why for row in figure_rows(found) if row.figure.value is not None and row.figure.why}
    return [*notes, *(f"To know: {why}." for why in sorted(whys)), origin_words(found)]


def _positive(positive: Positive) -> str:
    """What counts as positive in the rates."""
    return " or ".join(sorted(positive)) if isinstance(positive, frozenset) else f"{positive:g} or more"


def _people_table(found: Agreement) -> Table:
    ceiling = found.ceiling
    assert ceiling is not None
    rows: list[tuple[Line, ...]] = []
    for name, told in NAMES.items():
        people, judge = ceiling.people.get(name), ceiling.judge.get(name)
        if people is None or judge is None or people.value is None:
            continue
        texts = (figure_text(people, share=told.share), figure_text(judge, share=told.share))
        rows.append((told.title, *texts, f"{people.n:,}"))
    head = ("figure", "people among themselves", "judge with one of them", "n")
    caption = f"On the {plural(ceiling.n, 'item')} that {', '.join(ceiling.raters)} labelled, two or more of them each"
    return Table(head, tuple(rows), frozenset({1, 2, 3}), caption)


def _groups(found: Agreement) -> list[Block]:
    by = found.by_group
    rows: list[tuple[Line, ...]] = [
        (NAMES[name].title, figure_text(figure), f"{figure.n:,}")
        for name, figure in (("pearson", by.pearson), ("spearman", by.spearman), ("kendall", by.kendall))
        if figure.value is not None
    ]
    told = f"Mean over {plural(by.groups, 'group')} of the correlation within each"
    if by.skipped:
        told += f"; {plural(by.skipped, 'group')} left out in which a side is constant"
    return [Table(("figure", "within groups", "groups"), tuple(rows), frozenset({1, 2}), told)]


def _plots(study: Study, name: str, found: Agreement) -> list[Block]:
    scale = scale_points(study, found)
    points = point_order([*found.judge_counts, *found.label_counts]) if scale is None else scale
    bins = _bins(points)
    if bins is None:
        return [Paragraph(f"{len(points)} different values: too many for plots.")]
    counts: dict[str, dict[str, int]] = {}
    for label, row in found.confusion.items():
        for value, n in row.items():
            inner = counts.setdefault(bins.of[label], {})
            inner[bins.of[value]] = inner.get(bins.of[value], 0) + n
    sides = {"judge": bins.pooled(found.judge_counts), "people": bins.pooled(found.label_counts)}
    matrix = Matrix(f"{name}: how often each label met each value of the judge", counts, bins.names)
    spread = Spread(f"{name}: how often each side gave each value", sides, bins.names)
    return [Beside((matrix, spread))]


@dataclass(frozen=True, slots=True)
class _Bins:
    """Points, or ranges of them.

    Args:
        of: the name that stands for each point.
        names: in their order.
    """

    of: Mapping[str, str]
    names: tuple[str, ...]

    def pooled(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Counts by the names."""
        found: dict[str, int] = {}
        for point, n in counts.items():
            found[self.of[point]] = found.get(self.of[point], 0) + n
        return found


def _bins(points: Sequence[str]) -> _Bins | None:
    """The points as they are; too many numbers as at most ten ranges of whole points, other texts as None."""
    if len(points) <= MOST_POINTS:
        return _Bins({point: point for point in points}, tuple(points))
    try:
        numbers = {point: round(float(point)) for point in points}
    except ValueError:
        return None
    low, high = min(numbers.values()), max(numbers.values())
    width = -(-(high - low + 1) // 10)
    starts = {point: low + (number - low) // width * width for point, number in numbers.items()}
    names = {start: f"{start} to {min(high, start + width - 1)}" for start in range(low, high + 1, width)}
    return _Bins({point: names[start] for point, start in starts.items()}, tuple(names.values()))


def _slices(report: Report) -> list[Block]:
    headline = HEADLINE[report.agreement.kind]
    tables: list[Block] = []
    for field, parts in report.slices.items():
        rows = tuple(
            (
                value,
                figure_text(found.figures[headline]),
                figure_text(found.figures["accuracy"], share=True),
                value_or_none(found.baseline["accuracy"], share=True),
                f"{found.n:,}",
            )
            for value, found in parts.items()
        )
        head = (field, NAMES[headline].title, "exact", "exact, constant", "n")
        tables.append(Table(head, rows, frozenset({1, 2, 3, 4}), f"By {field}"))
    return tables


# corrected


def _corrected_section(corrects: Corrects) -> Section:
    figures, share = corrects.figures, corrects.share
    told: tuple[tuple[str, Figure], ...] = (
        ("as the judge has it", figures.naive),
        ("labels alone", figures.labels_only),
        ("Rogan-Gladen", figures.rogan_gladen),
        ("prediction-powered", figures.ppi),
        ("prediction-powered, tuned", figures.ppi_tuned),
    )
    if share:
        told += (("sensitivity", figures.sensitivity), ("specificity", figures.specificity))
    rows = tuple(
        (name, figure_text(figure, share=share), f"{figure.n:,}", figure.why or "")
        for name, figure in told
        if figure.value is not None
    )
    absent: dict[str, list[str]] = {}
    for name, figure in told:
        if figure.value is None:
            absent.setdefault(figure.why, []).append(name)
    blocks: list[Block] = [
        Paragraph(
            f"The {corrects.what} over {plural(figures.n, 'item')}, of which {figures.labelled:,} have a label."
        ),
        Table((corrects.what, "value", "n", "what to know"), rows, frozenset({1, 2})),
    ]
    if absent:
        blocks.append(
            Bullets(tuple(f"Not there: {', '.join(names)}: {why}." for why, names in absent.items()))
        )
    return Section("Under people's labels", "corrected", tuple(blocks))
