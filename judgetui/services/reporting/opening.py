"""What a reader of a report wants first: what was judged and left out, and the verdict in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator

from judgetui.analysis.agreement_figures import Agreement
from judgetui.analysis.figures import Figure
from judgetui.core.item import OVERALL
from judgetui.core.rubric import Rubric
from judgetui.services.figure_words import HEADLINE, NAMES, figure_text, interval_text
from judgetui.services.reporting.blocks import (
    Block,
    Bullets,
    Facts,
    Key,
    Keys,
    Line,
    Paragraph,
    Ref,
    Section,
    Strong,
    Table,
)
from judgetui.services.reporting.findings import Absent, Corrects, Findings, Spent
from judgetui.services.reporting.words import counted, moment_text, money, plural, value_or_none, with_n
from judgetui.services.study_text import FEW_LABELS


def name_of(rubric: Rubric) -> str:
    """What a rubric is called."""
    return rubric.title or rubric.name


# what was judged


def judged_section(found: Findings) -> Section:
    """What was judged, what has no result and why, who labelled, and what it took."""
    study, spent = found.study, found.spent
    run = study.run
    of = "" if study.selection.split is None else f" of the split {study.selection.split}"
    left = {status: n for status, n in study.statuses.items() if status != "ok"}
    rows: list[tuple[str, Line]] = [
        ("Items judged", f"{len(study.judged):,}{of}; run {run.id} has {plural(run.items, 'item')}"),
        ("With a result", f"{study.statuses.get('ok', 0):,}"),
        ("Without a result", f"{counted(left)}{' (in no figure)' if left else ''}"),
    ]
    if found.missing:
        rows.append(("Not judged yet", f"{found.missing:,}"))
    rows.append(("Items with a label", f"{study.labelled:,}"))
    if study.sources:
        rows.append(("Scores come from", counted(study.sources)))
    rows += [
        ("Run", f"{moment_text(run.created)} to {moment_text(run.finished)}, {run.status.value}"),
        ("Tokens", _tokens(spent)),
        ("Cost", _cost(spent)),
    ]
    blocks: list[Block] = [Facts(tuple(rows))]
    if found.reasons:
        reasons = tuple((each.status.value, each.text, f"{each.n:,}") for each in found.reasons)
        blocks.append(
            Table(("status", "reason", "n"), reasons, frozenset({2}), "Why judgements have no result")
        )
    if found.labellers:
        labelled = tuple(
            (each.rater, f"{each.items:,}", counted(each.picked), f"{each.seen:,}")
            for each in found.labellers
        )
        head = ("rater", "items", "how they were picked", "had seen the judge")
        blocks.append(Table(head, labelled, frozenset({1, 3}), "Who labelled"))
    return Section("What was judged", "judged", tuple(blocks))


def _tokens(spent: Spent) -> str:
    usage = spent.usage
    if usage.input is None and usage.output is None:
        return "not told"
    parts = [f"{usage.input or 0:,} in", f"{usage.output or 0:,} out"]
    if usage.cached:
        parts.append(f"{usage.cached:,} of the input from a cache")
    if usage.reasoning:
        parts.append(f"{usage.reasoning:,} of the output thinking")
    return f"{', '.join(parts)}, over {plural(spent.votes, 'reply', 'replies')}"


def _cost(spent: Spent) -> str:
    if spent.unpriced:
        known = f"; the others took {money(spent.cost_usd)}" if spent.cost_usd else ""
        return f"unknown: {plural(spent.unpriced, 'judgement')} without a price{known}"
    return money(spent.cost_usd) if spent.cost_usd is not None else "nothing was charged"


# the verdict


def verdict_section(found: Findings) -> Section:
    """Agreement beside the constant judge and people, position flips, and the corrected rate, in sentences."""
    blocks: list[Block] = []
    study = found.study
    if study.headline is None:
        blocks.append(
            Paragraph(
                "Nobody has labelled the items of this run, so nothing can be said of how far the judge agrees with "
                "people.",
                warning=True,
            )
        )
    else:
        criterion, report = study.headline
        agreement = report.agreement
        blocks.append(Keys(tuple(_keys(found, agreement))))
        if 0 < agreement.n < FEW_LABELS:
            blocks.append(
                Paragraph(
                    f"Only {plural(agreement.n, 'item')} could be compared: the intervals are wide.",
                    warning=True,
                )
            )
        blocks.append(Bullets(tuple(_sentences(found, criterion, agreement))))
    blocks += [
        Paragraph(f"{name} cannot be compared: {why}", warning=True) for name, why in study.problems.items()
    ]
    others = tuple(_of_the_run(found))
    if others:
        blocks.append(Bullets(others))
    return Section("In short", "verdict", tuple(blocks))


def _keys(found: Findings, agreement: Agreement) -> Iterator[Key]:
    headline = HEADLINE[agreement.kind]
    yield _key(NAMES[headline].title, agreement.figures[headline])
    yield _key(NAMES["accuracy"].title, agreement.figures["accuracy"], share=True)
    if agreement.ceiling is not None:
        people = agreement.ceiling.people[headline]
        yield _key("people among themselves", people)
    if found.study.flips.value is not None:
        yield _key("position flips", found.study.flips, share=True)
    if isinstance(found.corrects, Corrects):
        figure = found.corrects.figures.ppi_tuned
        yield _key(f"{found.corrects.what}, corrected", figure, share=found.corrects.share)


def _key(title: str, figure: Figure, *, share: bool = False) -> Key:
    value = value_or_none(figure, share=share)
    interval = interval_text(figure, share=share)
    return Key(title, value, interval, f"n {figure.n:,}" if figure.value is not None else figure.why)


def _sentences(found: Findings, criterion: str, agreement: Agreement) -> Iterator[Line]:
    headline = HEADLINE[agreement.kind]
    told = NAMES[headline]
    figure, exact = agreement.figures[headline], agreement.figures["accuracy"]
    on = "" if criterion == OVERALL else f" on {criterion}"
    if figure.value is None:
        yield (Strong(f"Agreement{on}: "), f"there is no {told.title}: {figure.why}.")
    else:
        yield (Strong(f"Agreement{on}: "), f"{told.title} {with_n(figure)}.")
    if exact.value is not None:
        yield (Strong("Against a constant: "), _against_constant(agreement, exact))
    yield (Strong("Against people: "), _against_people(agreement, headline))
    if isinstance(found.corrects, Corrects):
        yield (
            Strong("Under people's labels: "),
            _corrected(found.corrects),
            " ",
            Ref("(all estimates)", "corrected"),
        )
    if not found.at_random and found.study.labelled < len(found.study.judged):
        yield (
            Strong("Which items were labelled: "),
            f"{found.study.labelled:,} of {len(found.study.judged):,}, not all of them picked at random, so the "
            "figures hold for the other items only as far as these are like them.",
        )


def _against_constant(agreement: Agreement, exact: Figure) -> str:
    constant = agreement.baseline["accuracy"]
    start = f"it says what people say of {figure_text(exact, share=True)} of the items"
    if constant.value is None:
        return f"{start}."
    always = f"always saying {agreement.constant} would of {value_or_none(constant, share=True)}"
    if exact.low is None or exact.high is None:
        return f"{start}; {always}."
    if exact.low > constant.value:
        return f"{start}; {always}, which is below the judge's interval."
    if exact.high < constant.value:
        return f"{start}; {always}, which is above the judge's interval: the constant does better."
    return (
        f"{start}; {always}, which lies in the judge's interval: these labels do not show that the judge does "
        "better."
    )


def _against_people(agreement: Agreement, headline: str) -> str:
    ceiling = agreement.ceiling
    if ceiling is None:
        return "no item was labelled by two, so how far people agree among themselves is not known."
    people, judge = ceiling.people[headline], ceiling.judge[headline]
    short = NAMES[headline].title
    return (
        f"on the {plural(ceiling.n, 'item')} that two or more labelled, people agree among themselves with "
        f"{short} {with_n(people)}; the judge agrees with one of them with {with_n(judge)}."
    )


def _corrected(corrects: Corrects) -> str:
    figures, share = corrects.figures, corrects.share
    naive = f"the {corrects.what} is {with_n(figures.naive, share=share)}, as the judge has it"
    if figures.ppi_tuned.value is None:
        return f"{naive}; what it would be under labels cannot be said: {figures.ppi_tuned.why}."
    return (
        f"{naive}; with the labels of {plural(figures.labelled, 'item')} it would be "
        f"{with_n(figures.ppi_tuned, share=share)}."
    )


def _of_the_run(found: Findings) -> Iterator[Line]:
    """What the run's own results show, labels or not."""
    study = found.study
    if study.flips.value is not None:
        share = figure_text(study.flips, share=True)
        pairs = plural(study.flips.n, "pair")
        yield (
            Strong("Position: "),
            f"the verdict changed with the order in {share} of {pairs} judged in both.",
        )
    if study.longer.value is not None:
        share = figure_text(study.longer, share=True)
        pairs = plural(study.longer.n, "pair")
        yield (
            Strong("Length: "),
            f"the longer answer won {share} of {pairs} decided between different lengths.",
        )
    if not isinstance(found.battery, Absent):
        clear = ", ".join(each.title for each in found.battery.clear)
        told = f"clear effects of {clear}." if clear else "no effect is more than noise."
        items = plural(found.battery.items, "item")
        yield (Strong("Bias battery: "), f"on {items}, {told} ", Ref("(all probes)", "battery"))
    lost = len(study.judged) - study.statuses.get("ok", 0)
    if lost:
        text = f"{lost:,} of {plural(len(study.judged), 'judgement')} have no result and are in no figure."
        yield (Strong("Failures: "), text)
