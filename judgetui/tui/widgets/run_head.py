"""The lines above a run's verdicts: which run it is, how far it came, and what its verdicts come to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from textual.content import Content
from textual.widgets import Static

from judgetui.analysis.agreement import accuracy
from judgetui.analysis.bias import flip_rate
from judgetui.analysis.intervals import Rate
from judgetui.core.events import Progress
from judgetui.core.reply import Usage
from judgetui.core.run import Run, RunOrigin, RunStatus
from judgetui.services.pacing import FIRST_WINDOW, LARGEST_WINDOW
from judgetui.tui.text import one_line, visible
from judgetui.tui.widgets.status import bar, money, progress_text
from judgetui.tui.workspace import Workspace

SHARE: Final = 0.05
"""Most of the time that figures may take while verdicts come in; keys have the rest."""

STATES: Final[Mapping[RunStatus, str]] = {
    RunStatus.PAUSED: "paused: budget",
    RunStatus.WAITING: "waiting for a batch",
    RunStatus.CANCELLED: "stopped",
    RunStatus.INTERRUPTED: "cut short",
}
"""What states are called; the others by their own names."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run's verdicts come to; None where there is nothing to count.

    Args:
        judged: of a cascade, how many items each judge judged, in the order of its judges.
        whose: the judge that they are of, where there are several: two judgements of an item are no two items.
    """

    flips: Rate | None
    matches: Rate | None
    judged: tuple[int, ...] = ()
    whose: str = ""


def state_words(run: Run, space: Workspace) -> str:
    """Where a run stands, in a word or two."""
    if space.live is not None and space.live.id == run.id:
        return "paused" if space.progress is not None and space.progress.paused else "running"
    return (
        "running elsewhere" if run.status is RunStatus.RUNNING else STATES.get(run.status, run.status.value)
    )


def wanted(run: Run, progress: Progress | None = None) -> int:
    """Judgements that a run comes to; of a cascade that has not ended, the most it may come to.

    Args:
        progress: of the run while it goes; None otherwise.
    """
    if progress is not None:
        return progress.total
    ended = run.settings.cascade is not None and run.status is RunStatus.DONE
    return run.done if ended else run.total


def of_wanted(done: int, run: Run, progress: Progress | None = None) -> str:
    """How many judgements there are of how many, such as `3/14`, or `3/≤28` where a cascade may come to fewer."""
    open_end = run.settings.cascade is not None and progress is None and run.status is not RunStatus.DONE
    return f"{done}/{'≤' if open_end else ''}{wanted(run, progress)}"


def totals_text(run: Run, short: bool) -> str:
    """A run's totals in one line, as stored."""
    without = run.counts.get("unparsed", 0) + run.counts.get("refused", 0)
    tokens = (run.usage.input or 0) + (run.usage.output or 0)
    parts = [
        "" if short else bar(run.done, wanted(run)),
        of_wanted(run.done, run),
        f"{run.counts.get('failed', 0)} failed",
        f"{without} without verdict" if without else "",
        f"{tokens:,} tok",
        money(run.cost_usd),
        "" if short else f"{run.created.astimezone():%Y-%m-%d %H:%M}",
    ]
    return "  ".join(part for part in parts if part)


def results_words(counts: Mapping[str, int]) -> str:
    """Judgements by status, such as `12 ok 1 unparsed`; a dash when there are none."""
    return " ".join(f"{count} {status}" for status, count in counts.items() if count) or "-"


def detail_text(
    run: Run,
    counts: Mapping[str, int],
    notices: list[str],
    *,
    progress: Progress | None = None,
    judged: Mapping[str, int] | None = None,
) -> str:
    """Everything about a run that the table has no room for.

    Args:
        progress: of the run while it goes; None otherwise.
        judged: of a cascade, how many items each judge judged.
    """
    done, cascade = sum(counts.values()), run.settings.cascade
    times = f"started {run.created.astimezone():%Y-%m-%d %H:%M:%S}"
    if run.finished is not None:
        times += f", ended {run.finished.astimezone():%Y-%m-%d %H:%M:%S}"
    recorded = "recorded: these verdicts were not made now" if run.origin is RunOrigin.RECORDED else ""
    at_most = "at most " if of_wanted(done, run, progress) != f"{done}/{wanted(run, progress)}" else ""
    lines = [
        f"{run.rubric_name} v{run.version_number} ({run.protocol}) · {', '.join(run.judges)}"
        + (f" · {recorded}" if recorded else ""),
        f"{done} of {at_most}{wanted(run, progress)} judged: {results_words(counts)}",
        *([] if cascade is None else cascade_lines(run, cascade, judged or {})),
        f"{spent_words(run.usage)} · {money(run.cost_usd)}"
        + (f" · {run.retries} retries" if run.retries else ""),
        cache_words(run.usage),
        times,
        f"asked for: {', '.join(_asked(run, progress))}",
    ]
    if run.reason:
        lines.append(f"why it stopped: {run.reason}")
    lines += [f"note: {notice}" for notice in notices]
    return "\n".join(filter(None, lines))


def cascade_lines(run: Run, threshold: float, judged: Mapping[str, int]) -> list[str]:
    """How many items each judge of a cascade was asked about."""
    first = run.judges[0]
    lines = [f"cascade: {first} judged {judged.get(first, 0)} of {run.items} items"]
    for before, judge in pairwise(run.judges):
        lines.append(
            f"{judged.get(judge, 0)} of {judged.get(before, 0)} items went on to {judge} "
            f"(certainty below {threshold:g})"
        )
    return lines


def spent_words(usage: Usage) -> str:
    """Tokens read and written."""
    thinking = f" ({usage.reasoning:,} of them thinking)" if usage.reasoning else ""
    return f"{usage.input or 0:,} tokens read, {usage.output or 0:,} written{thinking}"


def cache_words(usage: Usage) -> str:
    """What of the prompts came from the judge's cache and went into it; empty where the judge does not tell."""
    parts = []
    if usage.cached is not None and usage.input:
        share = usage.cached / usage.input
        parts.append(
            f"{share:.0%} of prompt tokens from the judge's cache ({usage.cached:,} of {usage.input:,})"
        )
    if usage.cache_write:
        place = "it" if parts else "the judge's cache"
        parts.append(f"{usage.cache_write:,} written to {place}")
    return ", ".join(parts)


def _asked(run: Run, progress: Progress | None) -> list[str]:
    """What was asked of a run."""
    settings = run.settings
    most = settings.concurrency
    if most is None:
        at_once = f"{FIRST_WINDOW} to {LARGEST_WINDOW} calls at once, as the endpoint bears"
    else:
        at_once = "one call at a time" if most == 1 else f"at most {most} calls at once"
    if progress is not None and progress.at_once:
        at_once += f" ({progress.at_once} for the moment)"
    asked = [at_once, f"timeout {settings.timeout:g} s"]
    if settings.samples is not None:
        asked.append(f"{settings.samples} samples a vote")
    if settings.order is not None:
        asked.append(f"order {settings.order}")
    if settings.budget is not None:
        asked.append(f"budget {money(settings.budget)}")
    return asked


def figures_text(figures: Figures, short: bool) -> str:
    """The figures with their n, interval and origin; empty where there are none.

    Args:
        short: in the fewest words that still say all of it.
    """
    flips, matches = figures.flips, figures.matches
    if flips is None and matches is None:
        return ""
    parts = []
    if flips is not None:
        parts.append(f"{'flips' if short else 'flip rate'} {_rate(flips)}")
    if matches is not None:
        whose = "items'" if short else "items' own"
        parts.append(f"{whose} labels matched {_rate(matches)}")
    told = " · ".join([*parts, "95% CI" if short else "95% intervals"])
    return f"{one_line(figures.whose, 20 if short else 60)}: {told}" if figures.whose else told


def _rate(rate: Rate) -> str:
    return f"{rate.hits}/{rate.n} = {rate.value:.0%} [{rate.low * 100:.0f}–{rate.high * 100:.0f}]"


class RunHead(Static):
    """Run, progress and figures, repainted at every flush."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._figures = Figures(None, None)
        self._of: object = None
        self._pending = False
        self._due = 0.0

    def put(self, space: Workspace, *, counted: bool = False) -> None:
        """Show the run of the workspace.

        Args:
            counted: whether the judgements are those that were counted last.
        """
        self._pending = self._pending or not counted
        run = space.shown
        if run is None:
            self.update("")
            return
        progress = space.progress if space.progress is not None and space.progress.run_id == run.id else None
        live = space.live is not None and space.live.id == run.id
        self._count(space, run, live)
        short = self.screen.has_class("-narrow")
        names = one_line(", ".join(run.judges), 24 if short else 60)
        rubric = "" if short else f" · {one_line(run.rubric_name, 40)}"
        recorded = run.origin is RunOrigin.RECORDED
        whole = short and recorded and run.status is RunStatus.DONE
        state = "" if whole else f" · {state_words(run, space)}"
        parts: list[tuple[str, str]] = [
            (f"Run {run.id}", "bold"),
            (f"{rubric} v{run.version_number} · {names}{state}", ""),
        ]
        retries = progress.retries if live and progress else run.retries
        if retries:
            parts.append((f" · {retries} retries", "$text-warning" if live else ""))
        if recorded:
            said = "recorded" if short else f"recorded run of {names}: these verdicts were not made now"
            parts.append((f" · ● {said}", "bold $text-warning"))
        if run.settings.cascade is not None:
            judged = " → ".join(map(str, self._figures.judged))
            parts.append((f" · cascade below {run.settings.cascade:g}: {judged}", ""))
        if live and progress is not None:
            room = (self.size.width or self.screen.size.width) - 2
            told = progress_text(progress, room=room, width=10 if short else 20)
        else:
            told = totals_text(run, short)
        gap = "  " if short and not live else "\n"
        paused = progress is not None and progress.paused
        parts.append((f"{gap}{told}", "" if not live else "$text-warning" if paused else "$text-success"))
        if not live and run.reason:
            parts.append((f"\n{one_line(run.reason, 300)}", "$text-warning"))
        if text := figures_text(self._figures, short):
            parts.append((f"\n{text}", ""))
        self.update(Content.assemble(*((visible(text), style) for text, style in parts)))

    def _count(self, space: Workspace, run: Run, live: bool) -> None:
        """Count again when something came, but seldom while counting is slow and the run goes on."""
        source = space.judgements
        began = time.monotonic()
        of = (id(source), live)
        if of == self._of and not (self._pending and began >= self._due):
            return
        whose = run.judges[0] if len(run.judges) > 1 else ""
        found = [row for (judge, _), row in source.items() if whose in ("", judge)]
        by_judge = Counter(judge for judge, _ in source) if run.settings.cascade is not None else {}
        judged = tuple(by_judge.get(judge, 0) for judge in run.judges)
        self._figures = Figures(flip_rate(found), accuracy(found), judged, whose)
        self._of, self._pending = of, False
        ended = time.monotonic()
        self._due = ended + (ended - began) / SHARE
