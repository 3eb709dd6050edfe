"""What is known of a judge's biases: from the run itself, and from probes."""

from __future__ import annotations

from collections.abc import Iterator

from judgetui.services.figure_words import figure_text
from judgetui.services.probe_reports import ProbeReport
from judgetui.services.probe_text import EFFECT_HEAD, effect_rows, finding_lines, head_lines, origin_words
from judgetui.services.reporting.blocks import Block, Bullets, Paragraph, Section, Table
from judgetui.services.reporting.findings import Absent, Findings
from judgetui.services.reporting.scrubbing import shown_judge, without_folders
from judgetui.services.reporting.words import absent, sentence


def bias_section(found: Findings) -> Section:
    """Position and length, as the run's own verdicts show them, and the bias battery."""
    study = found.study
    told = (
        ("position flips", study.flips, "share of pairs whose verdict changed with the order"),
        ("longer answer wins", study.longer, "share of decided pairs; the better answers may be longer"),
    )
    rows = tuple(
        (name, figure_text(figure, share=True), f"{figure.n:,}", about)
        for name, figure, about in told
        if figure.value is not None
    )
    blocks: list[Block] = []
    if rows:
        head = ("in this run", "value", "n", "what it is")
        blocks.append(Table(head, rows, frozenset({1, 2})))
    missing = tuple(f"{name}: {figure.why}." for name, figure, _ in told if figure.value is None)
    blocks += [Bullets(missing)] if missing else []
    battery = found.battery
    inner: tuple[Block, ...] = (
        (absent(battery),) if isinstance(battery, Absent) else tuple(_battery(battery, study.judge))
    )
    blocks.append(Section("The bias battery", "battery", inner))
    return Section("Bias", "bias", tuple(blocks))


def _battery(report: ProbeReport, judge: str) -> Iterator[Block]:
    """What each probe found, what it means and what to do about it.

    Args:
        judge: its whole name, which a file's folder is taken out of.
    """
    yield Bullets(tuple(sentence(line) for line in head_lines(report)))
    lines: list[str] = []
    for line in finding_lines(report):
        told = sentence(without_folders(line.replace(judge, shown_judge(judge))))
        if line.startswith(" "):  # what to do about the finding before it
            lines[-1] += f" {told}"
        else:
            lines.append(told)
    yield Bullets(tuple(lines))
    yield Table(EFFECT_HEAD, tuple(effect_rows(report)), frozenset({3, 4, 5}))
    yield Paragraph(origin_words(report))
    sources = tuple(f"{each.title}: {each.source}" for each in report.results if each.effects and each.source)
    yield Paragraph("Where the probes come from:")
    yield Bullets(tuple(sentence(line) for line in sources))
