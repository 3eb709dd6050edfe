"""The line at the top: what is open, with which judge, and how the run is going."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from judgetui.tui.text import one_line

if TYPE_CHECKING:
    from judgetui.core.events import Progress
    from judgetui.tui.app import JudgetuiApp

BAR = 20
"""Cells of the progress bar."""


def bar(done: int, total: int, width: int = BAR) -> str:
    """A bar of block characters, `width` cells long."""
    filled = 0 if total <= 0 else min(width, round(width * done / total))
    return "█" * filled + "░" * (width - filled)


def duration(seconds: float) -> str:
    """Minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def money(usd: float | None) -> str:
    """US dollars; `unknown` when the price is not known."""
    if usd is None:
        return "cost unknown"
    return f"${usd:.4f}" if 0 < usd < 0.1 else f"${usd:.2f}"


def progress_text(progress: Progress, *, room: int, width: int = BAR) -> str:
    """A live run's progress in one line: bar, done, running, failed, time left, tokens, cost, and what else fits.

    Args:
        room: cells that the line may take; the part that can be left out is left out beyond them.
        width: cells of the bar.
    """
    unread = progress.counts.get("unparsed", 0) + progress.counts.get("refused", 0)
    usage = progress.usage
    parts = [
        f"{bar(progress.done, progress.total, width)} {progress.done}/{progress.total}",
        "paused, h goes on" if progress.paused else "",
        _under_way(progress),
        f"{progress.failed} failed",
        f"{unread} without verdict" if unread else "",
        _time_words(progress),
        f"{(usage.input or 0) + (usage.output or 0):,} tok",
        f"{progress.cached} from session" if progress.cached else "",
        money(progress.cost_usd),
    ]
    text = "  ".join(part for part in parts if part)
    more = [
        f"{progress.at_once} at once" if progress.at_once else "",
        f"{usage.cached / usage.input:.0%} of {usage.input:,} cached" if usage.cached and usage.input else "",
    ]
    for part in more:
        if part and len(text) + 2 + len(part) <= room:
            text += f"  {part}"
    return text


def _under_way(progress: Progress) -> str:
    """How many judgements are being made."""
    if progress.batch is not None:
        return f"{progress.batch.done:,} of {progress.batch.total:,} calls done at the provider"
    if progress.paused:
        return f"{progress.running} begun" if progress.running else ""
    return f"{progress.running} running"


def _time_words(progress: Progress) -> str:
    """How long it will take, or until there is news."""
    if progress.batch is not None:
        return f"next look in {duration(progress.batch.next_look)}"
    left = progress.seconds_left
    return "" if progress.paused or left is None else f"{duration(left)} left"


class StatusLine(Static):
    """One line: the session, rubric, version and judge on the left, the run on the right."""

    def show(self, app: JudgetuiApp) -> None:
        """Repaint from the app's state."""
        space = app.space
        if space is None:
            self.update(Content.assemble((" judgetui", "bold $accent"), " ", ("no session open", "dim")))
            return
        parts: list[tuple[str, str]] = [
            (" judgetui ", "bold $accent"),
            (one_line(space.session.name, 24), "bold"),
        ]
        if space.working is not None:
            state = "edited" if space.working.changed else "saved"
            mark = "" if state == "saved" else " ● "
            parts += [
                (f" · {one_line(space.working.rubric.name, 28)} v{space.working.base.number}", ""),
                (mark + (state if mark else ""), "$warning" if mark else ""),
            ]
        if space.live is None:
            parts.append((f" · {one_line(space.judge, 30)}", "dim"))
        if space.live is not None and space.progress is not None:
            room = max(0, self.size.width - sum(len(text) for text, _ in parts) - 4)
            told = progress_text(space.progress, room=room, width=10)
            parts.append(("   " + told[:room], "$warning" if space.progress.paused else "$success"))
        self.update(Content.assemble(*parts))
