"""A probing in words: what it will ask, and what it found, as rows and lines for a terminal and for pages."""

from __future__ import annotations

from collections.abc import Iterator

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import RESAMPLES, SEED
from judgetui.analysis.probe_effects import LEVEL, SHARE, Effect
from judgetui.services.figure_words import interval_text, value_text
from judgetui.services.probe_reports import Finding, ProbeReport, ProbeResult
from judgetui.services.probing_plan import ProbePlan

PLAN_HEAD = ("probe", "calls", "answered already", "items", "note")
EFFECT_HEAD = ("probe", "finding", "effect", "value", "95% interval", "n", "unit", "note")


def plan_rows(found: ProbePlan) -> list[tuple[str, ...]]:
    """What each probe will ask: rows for `PLAN_HEAD`, the base first."""
    rows: list[tuple[str, ...]] = []
    for each in (found.base, *found.probes):
        numbers = (f"{each.calls:,}", f"{each.held:,}" if each.held else "", f"{each.items:,}")
        note = "from the base alone" if not each.calls else ""
        rows.append((each.name, *(("-", "", "") if each.why else numbers), each.why or note))
    return rows


def effect_row(result: ProbeResult, effect: Effect) -> tuple[str, ...]:
    """One effect: a row for `EFFECT_HEAD`."""
    share = effect.unit == SHARE
    figure = effect.figure
    value = "n/a" if figure.value is None else value_text(figure.value, share=share)
    unit = "share of items" if share else effect.unit
    finding = _finding(effect)
    return (
        result.name,
        finding,
        effect.title,
        value,
        interval_text(figure, share=share) or "-",
        str(figure.n),
        unit,
        figure.why if figure.low is None else "",
    )


def _finding(effect: Effect) -> str:
    if effect.clear is None:
        return ""
    return Finding.CLEAR.value if effect.clear else Finding.WITHIN_NOISE.value


def effect_rows(report: ProbeReport, *, full: bool = False) -> list[tuple[str, ...]]:
    """The effects of all probes that have some: rows for `EFFECT_HEAD`.

    Args:
        full: whether those are among them that no verdict rests on; else only where the probe is clear.
    """
    return [
        effect_row(result, effect)
        for result in report.results
        for effect in result.effects
        if effect.main or full or (result.finding is Finding.CLEAR and _tells(effect.figure))
    ]


def _tells(figure: Figure) -> bool:
    return figure.value is not None


def head_lines(report: ProbeReport) -> list[str]:
    """What was probed."""
    base = (
        ", ".join(f"{count} {status}" for status, count in report.base.items() if count) or "nothing judged"
    )
    state = "" if report.finished is not None else "; it is not finished"
    return [
        f"probing {report.id}: {report.rubric} v{report.version} ({report.protocol}) by {report.judge}",
        f"{report.items} items drawn with seed {report.seed}, the base {base}; {report.calls:,} replies{state}",
    ]


def finding_lines(report: ProbeReport) -> Iterator[str]:
    """What the clear effects mean and what to do, then what was left out or not asked."""
    for result in report.clear:
        yield f"{result.title}: {result.direction}."
        if result.advice:
            yield f"    {result.advice}"
    if not report.clear:
        yield "No effect is more than noise at this number of items."
    for result in report.results:
        without = ", ".join(f"{count} {status}" for status, count in (result.left_out or {}).items())
        if without:
            yield f"{result.title}: without a result and in no figure: {without}."
        if result.missing:
            yield f"{result.title}: {result.missing} judgements are not made yet."
    for result in report.results:
        if result.finding is Finding.NOT_ASKED:
            yield f"{result.title}: not asked, {result.why.rstrip('.')}."


def origin_words(report: ProbeReport) -> str:
    """Where intervals and findings come from."""
    tested = sum(effect.adjusted is not None for result in report.results for effect in result.effects)
    return (
        "Intervals: Wilson for shares of items, else percentile bootstrap by item, "
        f"{RESAMPLES:,} resamples, seed {SEED}. An effect is clear when its p-value (sign-flip or permutation test) is "
        f"below {LEVEL:g} after Holm's adjustment over the {tested} main effects; of the retest, when anything changed."
    )
