"""A report's findings as a document: the sections in the order in which a sceptical reader wants them."""

from __future__ import annotations

from judgetui.services.reporting.agreement import agreement_section
from judgetui.services.reporting.appendix import methods_section, provenance_section, rubric_section
from judgetui.services.reporting.bias import bias_section
from judgetui.services.reporting.blocks import Document, Facts, Line
from judgetui.services.reporting.disagreements import disagreements_section
from judgetui.services.reporting.findings import Findings
from judgetui.services.reporting.opening import judged_section, name_of, verdict_section
from judgetui.services.reporting.panel import panel_section
from judgetui.services.reporting.versions import versions_section


def document(found: Findings) -> Document:
    """The whole report."""
    study = found.study
    run, version = study.run, study.version
    head: list[tuple[str, Line]] = [
        ("Rubric", f"{run.rubric_name}, version {version.number}"),
        ("Judge", found.judge),
        ("Protocol", run.protocol),
        ("Session", f"{found.session}, run {run.id}"),
        ("Date", found.day.isoformat()),
    ]
    if study.selection.split is not None:
        head.append(("Split", study.selection.split))
    if study.selection.rater is not None:
        head.append(("Labels of", f"{study.selection.rater} alone"))
    return Document(
        title=name_of(version.rubric),
        kicker="Judge report",
        facts=Facts(tuple(head)),
        sections=(
            judged_section(found),
            verdict_section(found),
            agreement_section(found),
            disagreements_section(found),
            bias_section(found),
            versions_section(found),
            panel_section(found),
            rubric_section(found),
            methods_section(found),
            provenance_section(found),
        ),
        foot=f"Written by judgetui {found.packages.get('judgetui', '')} from the session alone; no network was used.",
    )
