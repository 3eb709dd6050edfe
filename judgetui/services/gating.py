"""Whether a judge is good enough: bars that its figures have to clear, for CI."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import wilson
from judgetui.core.text import visible
from judgetui.core.vote import Status
from judgetui.errors import InputError
from judgetui.services.alignment import Study
from judgetui.services.figure_words import NAMES, figure_text, value_text

FLIPS: Final = "flips"
FAILURES: Final = "failures"

OF_THE_RUN: Final = (FLIPS, FAILURES)
"""Figures of the run as a whole, which need no label: verdicts that change with the order, and judgements without a
result."""

AT_MOST: Final = ("false_positive_rate", *OF_THE_RUN)
"""Figures that have to stay below their bar; all others have to stay above it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure has to clear with the bound of its interval that stands nearer to it.

    Args:
        name: of the figure: one of agreement, or of `OF_THE_RUN`.
        value: the bar, in the figure's unit.
    """

    name: str
    value: float

    @property
    def at_most(self) -> bool:
        """Whether the figure has to stay below."""
        return self.name in AT_MOST

    @property
    def title(self) -> str:
        """What the figure is called."""
        return {FLIPS: "position flips", FAILURES: "judgements without a result"}.get(self.name) or NAMES[
            self.name
        ].title

    @property
    def share(self) -> bool:
        """Whether the figure is written in percent."""
        return self.name in OF_THE_RUN or NAMES[self.name].share


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a figure clears its bar.

    Args:
        criterion: what the figure is about; empty for the run as a whole.
        why: what keeps it from passing; empty when it passes.
    """

    bar: Bar
    criterion: str
    figure: Figure
    why: str

    @property
    def passed(self) -> bool:
        """Whether it does."""
        return not self.why

    @property
    def words(self) -> str:
        """The figure beside its bar."""
        sign = "at most" if self.bar.at_most else "at least"
        about = f"{self.criterion}: " if self.criterion else ""
        text = figure_text(self.figure, share=self.bar.share)
        return f"{about}{self.bar.title} {text}, n {self.figure.n}, {sign} {_bar(self.bar)}"


def rule(study: Study, bars: Sequence[Bar], criteria: Sequence[str] = ()) -> tuple[Ruling, ...]:
    """Hold a study's figures against bars. A figure without a value, or without an interval, passes none.

    Args:
        criteria: which ones have to clear the bars of agreement; empty takes the headline alone.

    Raises:
        InputError: if nothing is asked for, or the rubric and its labels know no such criterion.
    """
    if not bars:
        raise InputError("no bar is given.", "Give one or more, such as --min-kappa 0.6.")
    known = [*study.reports, *study.problems, *(each.name for each in study.version.rubric.criteria)]
    for name in criteria:
        if name not in known:
            raise InputError(
                f"there is no criterion {name!r}.", f"Known are {', '.join(dict.fromkeys(known))}."
            )
    headline = study.headline
    wanted = list(criteria) or ([headline[0]] if headline is not None else [""])
    rulings = []
    for bar in bars:
        if bar.name in OF_THE_RUN:
            rulings.append(_ruling(bar, "", _of_run(study, bar.name)))
        else:
            rulings += [_ruling(bar, name, _of_labels(study, bar.name, name)) for name in wanted]
    return tuple(rulings)


def _of_run(study: Study, name: str) -> Figure:
    if name == FLIPS:
        return study.flips
    failed = sum(count for status, count in study.statuses.items() if status != Status.OK)
    return Figure.of_rate(wilson(failed, len(study.judged)))


def _of_labels(study: Study, name: str, criterion: str) -> Figure:
    report = study.reports.get(criterion)
    if report is None:
        why = study.problems.get(
            criterion, "no item has a label for it" if criterion else "no item has a label"
        )
        return Figure(None, 0, why=why)
    return report.agreement.figures.get(name, Figure(None, 0, why="there is no such figure"))


def _ruling(bar: Bar, criterion: str, figure: Figure) -> Ruling:
    bound = figure.high if bar.at_most else figure.low
    side = "upper" if bar.at_most else "lower"
    if figure.value is None:
        why = f"there is no figure: {figure.why}"
    elif bound is None:
        why = f"the figure has no interval: {figure.why}"
    elif bound > bar.value if bar.at_most else bound < bar.value:
        where = "above" if bar.at_most else "under"
        why = f"the {side} bound {value_text(bound, share=bar.share)} is {where} {_bar(bar)}"
    else:
        why = ""
    return Ruling(bar, criterion, figure, why)


def _bar(bar: Bar) -> str:
    return f"{bar.value * 100:g}%" if bar.share else f"{bar.value:g}"


def junit_xml(study: Study, rulings: Iterable[Ruling]) -> bytes:
    """The rulings as a JUnit file, one test case a bar (the form that CI servers read, as Ant's junitreport has it)."""
    made = list(rulings)
    version, failed = study.version, sum(not each.passed for each in made)
    suite = ElementTree.Element(
        "testsuite",
        name=_text(f"judgetui gate: {version.rubric.name} v{version.number}"),
        tests=str(len(made)),
        failures=str(failed),
        errors="0",
        skipped="0",
    )
    for each in made:
        about = f"{each.criterion}: " if each.criterion else ""
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_text(f"judgetui.{version.rubric.name}.{study.judge}"),
            name=_text(f"{about}{each.bar.title}"),
        )
        if not each.passed:
            failure = ElementTree.SubElement(case, "failure", message=_text(each.why), type="bar")
            failure.text = _text(each.words)
        else:
            ElementTree.SubElement(case, "system-out").text = _text(each.words)
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    written: bytes = ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _text(text: str) -> str:
    """Text that XML can hold: it knows neither control characters nor U+FFFE and U+FFFF."""
    return visible(text).translate({0xFFFE: "\ufffd", 0xFFFF: "\ufffd"})
