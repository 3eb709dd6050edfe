"""Where judge and people differ most, with the answers and the judge's reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from judgetui.core.item import Item, Response
from judgetui.services.reporting.blocks import Block, Case, Paragraph, Section
from judgetui.services.reporting.findings import Disagreement, Findings
from judgetui.services.reporting.words import beginning, plural, point_text

ANSWER: Final = 500
"""Characters of an answer, or of a field of the item, that are shown of a disagreement."""

REASONS: Final = 900
"""Characters of the judge's reasons that are shown."""


def disagreements_section(found: Findings) -> Section:
    """Where judge and people differ most, with the answers and the judge's reasons."""
    blocks: list[Block] = []
    several = len(found.disagreements) > 1
    for number, (criterion, shown) in enumerate(found.disagreements.items(), 1):
        report = found.study.reports[criterion]
        told = (
            f"{len(report.misses):,} of {plural(report.agreement.n, 'compared item')} differ; the {len(shown):,} largest "
            "are shown."
            if len(report.misses) > len(shown)
            else f"{len(report.misses):,} of {plural(report.agreement.n, 'compared item')} differ; all are shown, the "
            "largest first."
        )
        cases: tuple[Block, ...] = (Paragraph(told), *(_case(each) for each in shown))
        blocks += [Section(criterion, f"disagreements-{number}", cases)] if several else cases
    if not blocks:
        blocks.append(Paragraph("Nobody has labelled these items."))
    return Section("Disagreements", "disagreements", tuple(blocks))


def _case(each: Disagreement) -> Case:
    miss = each.miss
    people = ", ".join(f"{rater} {point_text(value)}" for rater, value in each.said.items())
    title = f"{miss.id}: judge {point_text(miss.judge)}, people {point_text(miss.label)}"
    return Case(title, f"labels: {people}" if people else "", tuple(_texts(each.item, each.rationale)))


def _texts(item: Item, rationale: str) -> Iterator[tuple[str, str]]:
    for name in item.fields:
        if text := item.text(name):
            yield name, beginning(text, ANSWER)
    several = len(item.responses) > 1
    for number, response in enumerate(item.responses):
        model = item.models[number] if number < len(item.models) else None
        name = f"answer {chr(ord('A') + number)}" if several else "answer"
        yield f"{name}{f' by {model}' if model else ''}", beginning(_plain(response), ANSWER)
    yield "the judge's reasons", beginning(rationale, REASONS) or "The judge gave none."


def _plain(response: Response) -> str:
    return response if isinstance(response, str) else "\n\n".join(response)
