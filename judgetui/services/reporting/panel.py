"""What a run's judges come to together, and how the models whose answers they judged compare."""

from __future__ import annotations

from collections.abc import Iterator

from judgetui.analysis.figures import Figure
from judgetui.core.vote import Status
from judgetui.services.duels import Table as WinRates
from judgetui.services.juries import Jury
from judgetui.services.reporting.blocks import Block, Paragraph, Section, Table
from judgetui.services.reporting.findings import Absent, Findings
from judgetui.services.reporting.scrubbing import shown_judge
from judgetui.services.reporting.words import absent, counted, plural, with_n


def panel_section(found: Findings) -> Section:
    """What the run's judges come to together, and the ratings of the models whose answers were judged."""
    jury = found.jury
    first: tuple[Block, ...] = (absent(jury),) if isinstance(jury, Absent) else tuple(_jury(jury))
    second = (absent(found.ratings),) if isinstance(found.ratings, Absent) else tuple(_ratings(found))
    rates = found.win_rates
    third: tuple[Block, ...] = (absent(rates),) if isinstance(rates, Absent) else tuple(_win_rates(rates))
    return Section(
        "Juries and ratings",
        "panel",
        (
            Section("The run's judges together", "jury", first),
            Section("Ratings of the models judged", "ratings", second),
            Section("Win rates", "win-rates", third),
        ),
    )


def _jury(jury: Jury) -> Iterator[Block]:
    yield Paragraph(f"By {jury.rule}, over {plural(len(jury.items), 'item')}: {counted(jury.counts)}.")
    results = tuple(
        (text.replace("_", " "), f"{rate.hits:,}", f"{rate.value:.0%}", f"[{rate.low:.0%}, {rate.high:.0%}]")
        for text, rate in jury.shares.items()
    )
    if results:
        yield Table((str(jury.kind), "items", "share", "95% interval"), results, frozenset({1, 2, 3}))
    if jury.mean is not None:
        yield Paragraph(f"Mean score {with_n(jury.mean)}.")
    rows = []
    for juror in jury.jurors:
        agrees = "-" if juror.agreement is None else with_n(juror.agreement.figure, share=True)
        rows.append((shown_judge(juror.judge), f"{juror.asked:,}", f"{juror.spoke:,}", agrees))
    yield Table(
        ("judge", "asked", "with a result", "agrees with the rest"), tuple(rows), frozenset({1, 2, 3})
    )


def _ratings(found: Findings) -> Iterator[Block]:
    ratings = found.ratings
    assert not isinstance(ratings, Absent)
    rows = []
    for each in ratings.ratings:
        value = "n/a" if each.rating is None else f"{each.rating:,.0f}"
        low, high = ("open" if bound is None else f"{bound:,.0f}" for bound in (each.low, each.high))
        interval = "none" if each.low is None and each.high is None else f"[{low}, {high}]"
        rows.append((each.model, value, interval, f"{each.games:,}", each.why))
    yield Table(
        ("model", "rating", "95% interval", "pairs", "what to know"), tuple(rows), frozenset({1, 2, 3})
    )
    judged = found.study.statuses.get(Status.OK.value, 0)
    yield Paragraph(
        f"Bradley-Terry over {plural(ratings.games, 'pair')} of {judged:,} with a result: {ratings.ties:,} ties, "
        f"{ratings.both_bad:,} with both bad, which count as ties; {ratings.skipped:,} without a verdict. "
        f"{ratings.resamples:,} resamples, seed {ratings.seed}."
    )


def _win_rates(found: WinRates) -> Iterator[Block]:
    rows = []
    for each in found.standings:
        notes = "; ".join(dict.fromkeys(filter(None, (each.win_rate.why, each.controlled.why))))
        rates = (_percent(each.win_rate), _percent(each.controlled))
        rows.append((each.model, *rates, f"{each.n:,}", f"{each.failed:,}", notes))
    head = ("model", "win rate", "length-controlled", "n", "failed", "what to know")
    yield Table(head, tuple(rows), frozenset({1, 2, 3, 4}), f"Against {found.baseline}")
    how = "the judge's probabilities" if found.weighed else "the judge's verdicts, ties half"
    yield Paragraph(f"By {how}. The second column is the rate if answers had the baseline's length.")


def _percent(figure: Figure) -> str:
    """A figure that is in percent already, with its interval."""
    if figure.value is None:
        return "n/a"
    interval = "" if figure.low is None or figure.high is None else f" [{figure.low:.0f}, {figure.high:.0f}]"
    return f"{figure.value:.0f}%{interval}"
