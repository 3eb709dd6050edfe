"""The versions of a report's rubric, what changed between them, and what that did to agreement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from judgetui.analysis.paired_agreement import Contrast
from judgetui.analysis.paired_tests import PairedTest
from judgetui.services.comparing import VersionComparison
from judgetui.services.figure_words import NAMES, figure_text, value_text
from judgetui.services.reporting.blocks import Block, Bullets, Code, Diff, Line, Paragraph, Section, Table
from judgetui.services.reporting.findings import Findings, Step
from judgetui.services.reporting.scrubbing import shown_judge
from judgetui.services.reporting.words import moment_text, plural

DIFF_LINES: Final = 400
"""Lines of one version's change that are shown."""

_TITLES: Final = {"mean_absolute_error": "mean distance from the labels, in points"}


def versions_section(found: Findings) -> Section:
    """The rubric's versions, what changed between them, and what that did to agreement."""
    own = found.study.version
    rows: list[tuple[Line, ...]] = [
        (
            f"v{step.version.number}{' (this run)' if step.version.id == own.id else ''}",
            moment_text(step.version.created),
            step.version.note,
            (Code(step.version.rubric_hash[:12]),),
            f"{step.runs:,}",
        )
        for step in found.steps
    ]
    blocks: list[Block] = [Table(("version", "made", "note", "hash", "runs"), tuple(rows), frozenset({4}))]
    if found.versions > len(found.steps):
        blocks.append(Paragraph(f"The newest {len(found.steps):,} of {found.versions:,} versions."))
    for number, comparison in enumerate(found.comparisons, 1):
        blocks.append(_comparison(comparison, number))
    blocks += [_change(step) for step in found.steps if step.diff is not None]
    return Section("Versions and comparisons", "versions", tuple(blocks))


def _change(step: Step) -> Section:
    number, lines = step.version.number, step.diff or ()
    blocks: list[Block] = [Diff(lines[:DIFF_LINES])] if lines else [Paragraph("The text is the same.")]
    if len(lines) > DIFF_LINES:
        blocks.append(Paragraph(f"The first {DIFF_LINES:,} of {len(lines):,} lines."))
    return Section(f"What v{number} changed", f"change-{number}", tuple(blocks))


def _comparison(found: VersionComparison, number: int) -> Section:
    first, second = shown_judge(found.first.name), shown_judge(found.second.name)
    sentences: list[Line] = [
        f"{name}: {_told(found, name)}." if len(found.criteria) > 1 else f"{_told(found, name)}."
        for name in found.criteria
    ]
    sentences.append(
        f"{plural(found.items, 'item')} that both judged, in run {found.first.run.id} and run {found.second.run.id}; "
        f"{found.lost:,} with a result of {first} alone, {found.gained:,} of {second} alone; {found.unmatched:,} that "
        "one run alone has."
    )
    sentences += [f"{name} is compared without labels: {why}" for name, why in found.problems.items()]
    blocks: list[Block] = [Bullets(tuple(sentences))]
    rows = tuple(row for name, contrast in found.criteria.items() for row in _tests(name, contrast))
    if rows:
        head = ("criterion", "figure", first, second, "difference", "95% interval", "p", "p, adjusted", "n")
        blocks.append(Table(head, rows, frozenset(range(2, 9))))
    needed = [
        f"{name}: {plural(each.needed.items, 'labelled item')} would tell the two apart in {each.needed.power:.0%} of "
        "cases, if they differ as those so far."
        for name, each in found.criteria.items()
        if each.needed.items is not None
    ]
    blocks += [Bullets(tuple(needed))] if needed else []
    return Section(f"{second} beside {first}", f"comparison-{number}", tuple(blocks))


def _told(found: VersionComparison, criterion: str) -> str:
    text = found.sentence(criterion)
    return text.replace(found.second.name, shown_judge(found.second.name), 1)


def _tests(name: str, contrast: Contrast) -> Iterator[tuple[Line, ...]]:
    for figure, test in contrast.tests.items():
        if test.effect is None:
            continue
        told = NAMES.get(figure)
        share = told is not None and told.share
        sides = (contrast.first.get(figure), contrast.second.get(figure))
        yield (
            name,
            _TITLES.get(figure, figure) if told is None else told.title,
            *("-" if side is None else figure_text(side, share=share) for side in sides),
            _signed(test.effect, share),
            _interval(test, share),
            _p(test.p),
            _p(test.adjusted),
            f"{test.n:,}",
        )


def _signed(value: float, share: bool) -> str:
    text = value_text(value, share=share)
    return f"+{text}" if value > 0 else text


def _interval(test: PairedTest, share: bool) -> str:
    if test.low is None or test.high is None:
        return "none"
    return f"[{value_text(test.low, share=share)}, {value_text(test.high, share=share)}]"


def _p(p: float | None) -> str:
    return "-" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"
