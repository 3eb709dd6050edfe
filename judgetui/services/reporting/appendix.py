"""What a report ends with: the rubric, the prompt, how figures are made, and where all of it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Final

from judgetui.core.run import RunSettings
from judgetui.services.figure_words import NAMES
from judgetui.services.reporting.blocks import (
    Block,
    Bullets,
    Code,
    Facts,
    Line,
    Paragraph,
    Prompt,
    Section,
    Strong,
    Table,
    Verbatim,
)
from judgetui.services.reporting.findings import Absent, Corrects, Findings
from judgetui.services.reporting.method_notes import INTERVALS, NOTES
from judgetui.services.reporting.words import absent, counted, moment_text, plural
from judgetui.services.study_text import figure_rows

MOST_FORMS: Final = 6
"""Different forms of a request that are listed."""


def rubric_section(found: Findings) -> Section:
    """The rubric as a file, and the very prompt of one item."""
    version = found.study.version
    blocks: list[Block] = [
        Paragraph((f"Version {version.number}, hash ", Code(version.rubric_hash), ".")),
        Verbatim(found.rubric_yaml, "the rubric as YAML"),
    ]
    prompt = found.prompt
    inner: list[Block] = []
    if isinstance(prompt, Absent):
        inner.append(absent(prompt))
    else:
        criteria = version.rubric.criteria
        about = f" for {prompt.criterion}, one of {len(criteria)} criteria" if len(criteria) > 1 else ""
        inner.append(
            Paragraph(
                f"The prompt of item {prompt.item_id}{about}. What comes from the item is marked; all else is the "
                "rubric's and the protocol's."
            )
        )
        if any(not outline.told for outline in prompt.outlines):
            inner.append(
                Paragraph(
                    "The template does more with the item than print it, so its parts are not told apart."
                )
            )
        inner.append(Prompt(prompt.outlines))
        if not prompt.stored:
            inner.append(
                Paragraph("The request that was sent is not stored, so the two could not be compared.")
            )
        elif prompt.as_sent is None:
            inner.append(Paragraph("The stored request has these messages to the letter."))
        else:
            inner.append(Paragraph("The stored request has other messages. As they were sent:"))
            inner += [Verbatim(text, role) for role, text in prompt.as_sent]
    blocks.append(Section("The prompt", "prompt", tuple(inner)))
    return Section("The rubric", "rubric", tuple(blocks))


# methods


def methods_section(found: Findings) -> Section:
    """Every figure that the report uses: what it is, its source, and how its interval is made."""
    rows: list[tuple[Line, ...]] = []
    for name in _used(found):
        note = NOTES[name]
        title = NAMES[name].title if name in NAMES else _TITLES[name]
        what: Line = (f"{note.what} ", Code(note.formula)) if note.formula else note.what
        rows.append((title, what, note.source or "-", note.interval or "-"))
    study = found.study
    blocks: list[Block] = [
        Bullets(
            (
                "A figure without a value is absent, with its reason; it is never 0. What is unparsed, refused, failed "
                "or cancelled is counted and is in no figure.",
                "Several people's labels of an item count as one: the mean of scores, the majority of verdicts and "
                "labels; where votes draw, the item is left out. Who settled a dispute counts alone.",
                *((Strong(f"{name.capitalize()}: "), told) for name, told in INTERVALS.items()),
                *_origins(found),
            )
        ),
        Table(("figure", "what it is", "source", "95% interval"), tuple(rows)),
    ]
    left = [f"{name}: {counted(report.skipped)}." for name, report in study.reports.items() if report.skipped]
    if left:
        blocks += [Paragraph("What could not be compared, by criterion:"), Bullets(tuple(left))]
    return Section("How the figures are made", "methods", tuple(blocks))


_TITLES: Final[Mapping[str, str]] = {
    "constant": "constant",
    "people": "people",
    "flips": "position flips",
    "longer": "longer answer wins",
    "rogan_gladen": "Rogan-Gladen",
    "ppi": "prediction-powered",
    "bradley_terry": "Bradley-Terry",
    "win_rate": "win rate",
    "length_controlled": "length-controlled win rate",
    "jury": "agrees with the rest",
    "mcnemar": "difference in exact agreement",
    "sign_flip": "difference in distance from the labels",
    "paired_kappa": "difference in kappa",
}


def _used(found: Findings) -> Iterator[str]:
    """The names of the notes that the report needs, in the order of `NOTES`."""
    study = found.study
    names: set[str] = set()
    for report in study.reports.values():
        if report.agreement.n:
            rows = figure_rows(report.agreement)
            names |= {row.name for row in rows if row.figure.value is not None} | {"constant"}
        if report.agreement.ceiling is not None:
            names.add("people")
    names |= {"flips"} if study.flips.value is not None else set()
    names |= {"longer"} if study.longer.value is not None else set()
    if isinstance(found.corrects, Corrects):
        names |= {"ppi"} | (
            {"rogan_gladen"} if found.corrects.figures.rogan_gladen.value is not None else set()
        )
    names |= set() if isinstance(found.ratings, Absent) else {"bradley_terry"}
    names |= set() if isinstance(found.win_rates, Absent) else {"win_rate", "length_controlled"}
    names |= set() if isinstance(found.jury, Absent) else {"jury"}
    tests = {
        test for each in found.comparisons for contrast in each.criteria.values() for test in contrast.tests
    }
    by_test = {
        "accuracy": "mcnemar",
        "mean_absolute_error": "sign_flip",
        "kappa": "paired_kappa",
        "weighted_kappa": "paired_kappa",
    }
    names |= {by_test[test] for test in tests if test in by_test}
    return (name for name in NOTES if name in names)


def _origins(found: Findings) -> Iterator[str]:
    """How resamples are drawn, by criterion where they differ."""
    drawn: dict[str, list[str]] = {}
    for name, report in found.study.reports.items():
        each = report.agreement
        if each.n:
            units = (
                plural(each.n, "item")
                if each.clusters is None
                else f"{plural(each.clusters, 'group')} of items"
            )
            drawn.setdefault(f"{each.resamples:,} resamples of {units}, seed {each.seed}", []).append(name)
    for text, names in drawn.items():
        about = f" ({', '.join(names)})" if len(drawn) > 1 else ""
        yield f"The bootstrap draws{about} {text}."


# provenance


def provenance_section(found: Findings) -> Section:
    """Run, judge, what was asked, sent and dropped, who answered, and what the figures were made with."""
    run, calls = found.study.run, found.calls
    asked = [f"{name} {value}" for name, value in _settings(run.settings)]
    rows: list[tuple[str, Line]] = [
        ("Session", found.session),
        ("Run", f"{run.id}, {run.status.value}, replies {run.origin.value}"),
        ("Created", moment_text(run.created)),
        ("Finished", moment_text(run.finished)),
        (
            "Rubric",
            (f"{run.rubric_name}, version {run.version_number}, ", Code(found.study.version.rubric_hash)),
        ),
        ("Protocol", run.protocol),
        ("Judge asked", found.judge),
    ]
    if found.others:
        rows.append(("Other judges of the run", ", ".join(found.others)))
    rows += [
        ("Model as the server said it", _with_calls(calls.models)),
        ("Run settings", ", ".join(asked)),
        ("Retries", f"{run.retries:,}"),
        (
            "Stored calls",
            f"{calls.calls:,}" + (f"; {plural(calls.lost, 'vote')} without one" if calls.lost else ""),
        ),
        ("Replies read by", ", ".join(calls.parsers) or "nothing"),
        ("Figures made with", ", ".join(f"{name} {version}" for name, version in found.packages.items())),
    ]
    blocks: list[Block] = [Facts(tuple(rows))]
    for title, counts in (
        ("Asked for", calls.asked),
        ("Sent beside the prompt", calls.sent),
        ("Not sent as asked", calls.dropped),
    ):
        blocks += _forms(title, counts)
    return Section("Provenance", "provenance", tuple(blocks))


def _settings(settings: RunSettings) -> Iterator[tuple[str, object]]:
    """The settings that were chosen, and those that hold in any case."""
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value is not None and value is not False:
            yield field.name.replace("_", " "), f"{value:g}" if isinstance(value, float) else value


def _with_calls(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({plural(n, 'call')})" for name, n in counts.items()) or "not known"


def _forms(title: str, counts: Mapping[str, int]) -> Iterator[Block]:
    if not counts:
        return
    shown = list(counts.items())[:MOST_FORMS]
    lines: list[Line] = [(Code(text), f" ({plural(n, 'call')})") for text, n in shown]
    if len(counts) > len(shown):
        lines.append(f"and {len(counts) - len(shown):,} other forms")
    yield Paragraph((Strong(title), ":"))
    yield Bullets(tuple(lines))
