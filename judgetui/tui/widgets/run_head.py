"""The lines above a run's verdicts: which run it is, how far it came, and what its verdicts come to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from textual.content import Content
from textual.widgets import Static

from judgetui.analysis.agreement import accuracy
from judgetui.analysis.bias import flip_rate
from judgetui.analysis.intervals import Rate
from judgetui.core.run import Run, RunOrigin, RunStatus
from judgetui.tui.text import one_line, visible
from judgetui.tui.widgets.status import bar, money, progress_text
from judgetui.tui.workspace import Workspace

SHARE: Final = 0.05
"""Most of the time that figures may take while verdicts come in; keys have the rest."""

STATES: Final = {
    RunStatus.RUNNING: "running",
    RunStatus.DONE: "done",
    RunStatus.CANCELLED: "stopped",
    RunStatus.INTERRUPTED: "cut short",
    RunStatus.HALTED: "halted",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run's verdicts come to; None where there is nothing to count."""

    flips: Rate | None
    matches: Rate | None


def state_words(run: Run, space: Workspace) -> str:
    """Where a run stands, in a word or two."""
    if run.status is RunStatus.RUNNING or (space.live is not None and space.live.id == run.id):
        return "running" if space.live is not None and space.live.id == run.id else "running elsewhere"
    return STATES[run.status]


def totals_text(run: Run, short: bool) -> str:
    """A run's totals in one line, as stored."""
    without = run.counts.get("unparsed", 0) + run.counts.get("refused", 0)
    tokens = (run.usage.input or 0) + (run.usage.output or 0)
    parts = [
        "" if short else bar(run.done, run.total),
        f"{run.done}/{run.total}",
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


def detail_text(run: Run, counts: Mapping[str, int], notices: list[str]) -> str:
    """Everything about a run that the table has no room for."""
    settings, usage = run.settings, run.usage
    most = settings.concurrency
    at_once = "one call at a time" if most == 1 else f"at most {most} calls at once"
    asked = [at_once, f"timeout {settings.timeout:g} s"]
    if settings.samples is not None:
        asked.append(f"{settings.samples} samples a vote")
    if settings.order is not None:
        asked.append(f"order {settings.order}")
    read, written = usage.input or 0, usage.output or 0
    cached = f" ({usage.cached:,} of them from the judge's cache)" if usage.cached else ""
    times = f"started {run.created.astimezone():%Y-%m-%d %H:%M:%S}"
    if run.finished is not None:
        times += f", ended {run.finished.astimezone():%Y-%m-%d %H:%M:%S}"
    recorded = "recorded: these verdicts were not made now" if run.origin is RunOrigin.RECORDED else ""
    lines = [
        f"{run.rubric_name} v{run.version_number} ({run.protocol}) · {', '.join(run.judges)}"
        + (f" · {recorded}" if recorded else ""),
        f"{sum(counts.values())} of {run.total} judged: {results_words(counts)}",
        f"{read:,} tokens read{cached}, {written:,} written · {money(run.cost_usd)}"
        + (f" · {run.retries} retries" if run.retries else ""),
        times,
        f"asked for: {', '.join(asked)}",
    ]
    if run.reason:
        lines.append(f"why it stopped: {run.reason}")
    lines += [f"note: {notice}" for notice in notices]
    return "\n".join(lines)


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
    return " · ".join([*parts, "95% CI" if short else "95% intervals"])


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
        self._count(space, live)
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
        going = progress if live else None
        told = (
            totals_text(run, short)
            if going is None
            else progress_text(going, live=True, width=10 if short else 20)
        )
        gap = "  " if short and not live else "\n"
        parts.append((f"{gap}{told}", "$text-success" if live else ""))
        if not live and run.reason:
            parts.append((f"\n{one_line(run.reason, 300)}", "$text-warning"))
        if text := figures_text(self._figures, short):
            parts.append((f"\n{text}", ""))
        self.update(Content.assemble(*((visible(text), style) for text, style in parts)))

    def _count(self, space: Workspace, live: bool) -> None:
        """Count again when something came, but seldom while counting is slow and the run goes on."""
        source = space.judgements
        began = time.monotonic()
        of = (id(source), live)
        if of == self._of and not (self._pending and began >= self._due):
            return
        found = source.values()
        self._figures, self._of, self._pending = Figures(flip_rate(found), accuracy(found)), of, False
        ended = time.monotonic()
        self._due = ended + (ended - began) / SHARE
