"""A comparison of two versions, or two judges, as plain text."""

from __future__ import annotations

from typing import Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.paired_agreement import ERROR, Contrast
from judgetui.services.comparing import VersionComparison
from judgetui.services.figure_words import NAMES, value_text
from judgetui.services.study_text import wrapped

_SHARES: Final = frozenset({"accuracy"})


def comparison_lines(found: VersionComparison, width: int) -> list[str]:
    """What came of a comparison: a sentence a criterion, the figures of both sides, and labels needed.

    Args:
        width: cells of a line.
    """
    one, two = found.first, found.second
    lines = wrapped(
        [
            f"{one.name} (run {one.run.id}) and {two.name} (run {two.run.id}): {found.items} items judged by both."
        ],
        width,
    )
    if found.lost or found.gained:
        lines += wrapped(
            [f"{one.name} alone has a result of {found.lost}, {two.name} alone of {found.gained}."], width
        )
    for criterion, each in found.criteria.items():
        lines += ["", *wrapped([f"{criterion}: {found.sentence(criterion)}."], width)]
        if criterion in found.problems:
            lines += wrapped([f"its labels cannot be used: {found.problems[criterion]}"], width)
        if each.labelled:
            lines += _table(each, one.name, two.name)
            lines += wrapped([needed_words(each)], width)
    return lines


def _table(found: Contrast, one: str, two: str) -> list[str]:
    titles = {name: "mean absolute error" if name == ERROR else NAMES[name].title for name in found.tests}
    first = max(map(len, titles.values()))
    lines = [f"{'':<{first}} {one[:6]:>6} {two[:6]:>6}   diff. {'95% interval':<14} {'p':>6}"]
    for name, test in found.tests.items():
        p = test.p if test.adjusted is None else test.adjusted
        interval = (
            ""
            if test.low is None or test.high is None
            else f"[{_gap(test.low, name)}, {_gap(test.high, name)}]"
        )
        gap = "n/a" if test.effect is None else _gap(test.effect, name)
        shown = "-" if p is None else "<0.001" if p < 0.001 else f"{p:.3f}"
        before, after = _value(found.first[name], name), _value(found.second[name], name)
        lines.append(f"{titles[name]:<{first}} {before:>6} {after:>6} {gap:>7} {interval:<14} {shown:>6}")
    return lines


def needed_words(found: Contrast) -> str:
    """How many labels would tell the two apart."""
    needed = found.needed
    if needed.items is None:
        return f"Labels to tell them apart: n/a, {needed.why}."
    more = max(0, needed.items - found.labelled)
    extra = f", {more:,} more than there are" if more else ", which there are"
    return (
        f"About {needed.items:,} labelled items would tell them apart in {needed.power:.0%} of cases{extra}."
    )


def _value(figure: Figure, name: str) -> str:
    return "n/a" if figure.value is None else value_text(figure.value, share=name in _SHARES)


def _gap(value: float, name: str) -> str:
    """A difference with its sign; of shares in percentage points."""
    return f"{value * 100:+.0f}" if name in _SHARES else f"{value:+.2f}"
