"""The judge card: on one page what a judge is and how far it can be trusted, as JSON and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

import judgetui
from judgetui.analysis.figures import Figure
from judgetui.core.item import OVERALL
from judgetui.services.agreement_pairs import Report
from judgetui.services.alignment import Study
from judgetui.services.figure_words import figure_text, interval_text
from judgetui.services.reporting.blocks import Bullets, Code, Document, Facts, Paragraph, Section, Table
from judgetui.services.study_text import figure_rows, origin_words, table_notes
from judgetui.storage.database import SessionFile

FORMAT: Final = 1
"""The number of the card's JSON format."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card tells.

    Args:
        answered_by: the models as the judge's endpoint named them.
        date: when the run began.
        written_by: judgetui and its version.
    """

    study: Study
    answered_by: tuple[str, ...]
    date: datetime
    written_by: str

    @classmethod
    async def of(cls, session: SessionFile, study: Study) -> Self:
        """The card of a study."""
        run, judge = study.run, study.judge
        models = await session.read(lambda repos: repos.judgements.models(run.id, judge))
        return cls(study, tuple(models), run.created, f"judgetui {judgetui.__version__}")

    def to_mapping(self) -> dict[str, object]:
        """Plain data, which `judgetui gate` and other programs read."""
        study = self.study
        version, rubric = study.version, study.version.rubric
        return {
            "judge_card": FORMAT,
            "rubric": {
                "name": rubric.name,
                "title": rubric.title,
                "version": version.number,
                "hash": version.rubric_hash,
                "protocol": rubric.protocol,
                "criteria": [criterion.name for criterion in rubric.criteria],
            },
            "judge": {"name": study.judge, "answered_by": list(self.answered_by)},
            "date": self.date.date().isoformat(),
            "judgements": {"n": len(study.judged), "statuses": dict(study.statuses)},
            "score_sources": dict(study.sources),
            "labels": {"items": study.labelled, "raters": dict(study.raters), "split": study.selection.split},
            "agreement": {name: _report(report) for name, report in study.reports.items()},
            "not_compared": dict(study.problems),
            "bias": {"position_flips": _figure(study.flips), "longer_answer_wins": _figure(study.longer)},
            "written_by": self.written_by,
        }


def _report(report: Report) -> dict[str, object]:
    found = report.agreement
    return {
        "n": found.n,
        "compared": found.kind.value,
        "skipped": dict(report.skipped),
        "constant": found.constant or None,
        "figures": {
            row.name: _figure(row.figure)
            | {"constant": row.constant.value, "people": None if row.people is None else row.people.value}
            for row in figure_rows(found)
        },
        "origin": origin_words(found),
    }


def _figure(figure: Figure) -> dict[str, object]:
    return {
        "value": figure.value,
        "interval": None if figure.low is None else [figure.low, figure.high],
        "n": figure.n,
        "why": figure.why or None,
    }


def card_document(card: Card) -> Document:
    """The card for people."""
    study = card.study
    version, rubric = study.version, study.version.rubric
    people = ", ".join(f"{rater} ({count})" for rater, count in study.raters.items())
    split = f", split {study.selection.split}" if study.selection.split is not None else ""
    facts = Facts(
        (
            ("rubric", (Code(rubric.name), f" v{version.number}, {rubric.protocol}")),
            ("rubric hash", (Code(version.rubric_hash),)),
            ("judge", (Code(study.judge),)),
            ("answered by", ", ".join(card.answered_by) or "not told"),
            ("judgements", _counts(study.statuses)),
            ("score sources", _counts(study.sources)),
            ("labels", f"{study.labelled} items{split}; {people or 'nobody'}"),
            ("date", f"{card.date:%Y-%m-%d}"),
        )
    )
    sections = [_agreement(name, report) for name, report in study.reports.items()]
    sections += [
        Section(f"Agreement: {name}", f"not-{number}", (Paragraph(f"Not compared: {why}", warning=True),))
        for number, (name, why) in enumerate(study.problems.items(), 1)
    ]
    if not sections:
        nobody = Paragraph("Nobody has labelled these items: nothing is known of it.", warning=True)
        sections = [Section("Agreement", "agreement", (nobody,))]
    bias = (("position flips", study.flips), ("longer answer wins", study.longer))
    sections.append(Section("Bias", "bias", (Bullets(tuple(_bias(*each) for each in bias)),)))
    return Document(
        title=rubric.title or rubric.name,
        kicker="judge card",
        facts=facts,
        sections=tuple(sections),
        foot=f"Written by {card.written_by}.",
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _agreement(name: str, report: Report) -> Section:
    rows = figure_rows(report.agreement)
    shown = tuple(
        (
            row.told.title,
            row.text(row.figure),
            interval_text(row.figure, share=row.told.share) or "-",
            str(row.figure.n),
            row.text(row.constant),
            row.text(row.people),
        )
        for row in rows
        if row.figure.value is not None
    )
    head = ("figure", "value", "95% interval", "n", "constant", "people")
    absent = {
        row.figure.why: [each.told.title for each in rows if each.figure.why == row.figure.why]
        for row in rows
        if row.figure.value is None
    }
    notes = [f"n/a: {', '.join(titles)}: {why}" for why, titles in absent.items()]
    blocks = (Table(head, shown, right=frozenset({1, 3, 4, 5})), Bullets((*notes, *table_notes(report))))
    title = "Agreement" if name == OVERALL else f"Agreement: {name}"
    return Section(title, f"agreement-{name}", blocks)


def _bias(title: str, figure: Figure) -> str:
    if figure.value is None:
        return f"{title}: n/a, {figure.why}"
    return f"{title}: {figure_text(figure, share=True)}, n {figure.n}"
