"""What is known of a judge's biases: from the run itself, and from probes."""

from __future__ import annotations

from judgetui.services.figure_words import figure_text
from judgetui.services.reporting.blocks import Block, Bullets, Section, Table
from judgetui.services.reporting.findings import Findings
from judgetui.services.reporting.words import absent


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
    blocks.append(Section("The bias battery", "battery", (absent(found.battery),)))
    return Section("Bias", "bias", tuple(blocks))
