"""Two judges, or two versions of a rubric, beside the same labels: what changed, which way, and by more than chance?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from judgetui.analysis.agreement_figures import agreement
from judgetui.analysis.figures import Figure
from judgetui.analysis.kinds import Kind
from judgetui.analysis.means import mean
from judgetui.analysis.paired_tests import (
    Outcomes,
    PairedTest,
    Statistic,
    adjusted,
    changed,
    mcnemar,
    paired_bootstrap,
    sign_flip,
)
from judgetui.analysis.power import LabelsNeeded, for_mcnemar, for_mean

SAME: Final = 0.005
"""Scores nearer than this are the same: they are shown with two decimals."""

SURE: Final = 0.05
"""A p-value below this is more than chance."""

Value = float | str

ERROR: Final = "mean_absolute_error"
"""How far a judge's scores are from the labels on average, in points; less is better."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What two sides say of one item.

    Args:
        first: a score, a verdict or a label.
        second: of the same sort.
        label: what people say together; None where they say nothing, or their votes draw.
    """

    first: Value
    second: Value
    label: Value | None = None


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two sides on one criterion.

    Args:
        kind: what is compared.
        n: items of which both have a result.
        changed: share of them whose result differs.
        changes: how many those are.
        labelled: items of `n` with a label.
        towards: items whose result the second side has nearer to the label.
        away: items whose result it has farther from it.
        first: agreement of the first side with the labels: accuracy, kappa or weighted kappa, of scores the mean
            absolute error too.
        second: the same of the second side.
        tests: of the differences, by the names of the figures.
        headline: the name of the test that stands for all of them.
        needed: labelled items that the headline's test needs to tell the two apart.
    """

    kind: Kind
    n: int
    changed: Figure
    changes: int
    labelled: int
    towards: int
    away: int
    first: Mapping[str, Figure]
    second: Mapping[str, Figure]
    tests: Mapping[str, PairedTest]
    headline: str
    needed: LabelsNeeded

    @property
    def test(self) -> PairedTest:
        """The test that stands for all of them: McNemar's, of scores the one of the errors' signs."""
        return self.tests[self.headline]

    @property
    def p(self) -> float | None:
        """The headline's p-value, adjusted for the number of criteria where it was."""
        return self.test.p if self.test.adjusted is None else self.test.adjusted


def contrast(pairs: Sequence[Pair], kind: Kind) -> Contrast:
    """Compare two sides on the items of which both have a result.

    Accuracy, for scores after rounding to whole points, is compared by the exact McNemar test; the distance of scores
    from the labels by the signs of its differences; kappa by a paired bootstrap. Labels needed are for the test that
    stands for the others: McNemar's, of scores the one of distances.

    Args:
        pairs: numbers where scores are compared, else texts.
    """
    known = [(pair.first, pair.second, pair.label) for pair in pairs if pair.label is not None]
    first, second, labels = ([each[side] for each in known] for side in range(3))
    changes = sum(_differ(pair.first, pair.second) for pair in pairs)
    right = Outcomes.of(
        *([_right(said, label) for said, label in zip(s, labels, strict=True)] for s in (first, second))
    )
    kappa = "weighted_kappa" if kind is Kind.SCORE else "kappa"
    figures = [_figures(side, labels, kind, kappa) for side in (first, second)]
    tests = {"accuracy": mcnemar(right), kappa: _kappa(first, second, labels, kind)}
    absent = next((figure[kappa].why for figure in figures if figure[kappa].value is None), "")
    if absent:
        tests[kappa] = PairedTest(tests[kappa].method, len(known), None, None, None, None, absent)
    if kind is Kind.SCORE:
        before, after = (
            [_distance(said, label) for said, label in zip(s, labels, strict=True)] for s in (first, second)
        )
        gaps = [b - a for a, b in zip(before, after, strict=True)]
        towards, away = sum(gap < -SAME for gap in gaps), sum(gap > SAME for gap in gaps)
        tests = {ERROR: sign_flip(gaps)} | tests
        figures = [
            figure | {ERROR: _mean(errors)} for figure, errors in zip(figures, (before, after), strict=True)
        ]
        headline, needed = ERROR, for_mean(gaps)
    else:
        towards, away = right.second, right.first
        headline, needed = "accuracy", for_mcnemar(right)
    return Contrast(
        kind=kind,
        n=len(pairs),
        changed=changed(changes, len(pairs)),
        changes=changes,
        labelled=len(known),
        towards=towards,
        away=away,
        first=figures[0],
        second=figures[1],
        tests=tests,
        headline=headline,
        needed=needed,
    )


def over_criteria(contrasts: Mapping[str, Contrast]) -> dict[str, Contrast]:
    """The same contrasts, each figure's tests adjusted for the number of criteria (Holm 1979)."""
    found = dict(contrasts)
    for name in dict.fromkeys(name for each in contrasts.values() for name in each.tests):
        criteria = [criterion for criterion, each in contrasts.items() if name in each.tests]
        tests = adjusted([contrasts[criterion].tests[name] for criterion in criteria])
        for criterion, test in zip(criteria, tests, strict=True):
            found[criterion] = replace(found[criterion], tests={**found[criterion].tests, name: test})
    return found


def sentence(found: Contrast, name: str) -> str:
    """What came of it in a sentence, such as `v4 changed 7 of 60 verdicts, 5 towards the labels and 2 away; p = 0.45:
    could be chance`.

    Args:
        name: of the second side.
    """
    what = f"{found.kind}s"
    if not found.n:
        return f"no item has a result of both, so {name} cannot be compared"
    if not found.changes:
        return f"{name} changed none of {found.n:,} {what}"
    told = f"{name} changed {found.changes:,} of {found.n:,} {what}"
    if not found.labelled:
        return f"{told}; no item has a label, so nobody knows whether for the better"
    told += f", {found.towards:,} towards the labels and {found.away:,} away"
    if found.labelled < found.n:
        told += f" ({found.labelled:,} items have one)"
    if found.p is None:
        return f"{told}; {found.test.why}"
    shown = (
        "p < 0.001" if found.p < 0.001 else f"p = {found.p:.2f}" if found.p >= 0.1 else f"p = {found.p:.3f}"
    )
    if found.p >= SURE:
        return f"{told}; {shown}: could be chance"
    better = (found.test.effect or 0.0) * (-1 if found.headline == ERROR else 1) > 0
    return f"{told}; {shown}: {'better' if better else 'worse'} by more than chance"


def _differ(first: Value, second: Value) -> bool:
    if isinstance(first, str) or isinstance(second, str):
        return first != second
    return abs(first - second) >= SAME


def _right(said: Value, label: Value) -> bool:
    """Scores agree when they round to the same point, halves to the even one, as in the accuracy."""
    if isinstance(said, str) or isinstance(label, str):
        return said == label
    return round(said) == round(label)


def _distance(said: Value, label: Value) -> float:
    return abs(float(said) - float(label))


def _kappa(
    first: Sequence[Value], second: Sequence[Value], labels: Sequence[Value], kind: Kind
) -> PairedTest:
    if kind is Kind.SCORE:
        rounded = [[float(round(float(value))) for value in side] for side in (first, second, labels)]
        return paired_bootstrap(Statistic.WEIGHTED_KAPPA, *rounded)
    codes = {
        text: float(code) for code, text in enumerate(sorted({str(v) for v in (*first, *second, *labels)}))
    }
    return paired_bootstrap(
        Statistic.KAPPA, *([codes[str(v)] for v in side] for side in (first, second, labels))
    )


def _figures(side: Sequence[Value], labels: Sequence[Value], kind: Kind, kappa: str) -> dict[str, Figure]:
    found = agreement(side, labels, kind).figures
    return {name: found[name] for name in ("accuracy", kappa)}


def _mean(values: Sequence[float]) -> Figure:
    return (
        mean(Counter(values)) if values else Figure(None, 0, why="no item has a label and a result of both")
    )
