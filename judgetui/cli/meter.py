"""How a run goes, on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from judgetui.cli import talk
from judgetui.core.events import Progress
from judgetui.core.text import one_line

REDRAW: Final = 0.1
"""Seconds between two drawings of the bar."""

PATIENCE: Final = 10.0
"""Seconds after which a line is due where there is no bar, however little has been done."""

STEPS: Final = 10
"""Lines for a whole run where there is no bar, unless it is slow."""

BREATH: Final = 1.0
"""Seconds between two lines, at least: a quick run tells its end alone."""

_BAR: Final = 20
_CLEAR: Final = "\r\x1b[K"


class Meter:
    """Shows the progress of one run.

    Args:
        timer: seconds on a clock that never goes back.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._bar = talk.is_terminal()
        self._drawn = ""
        self._at = timer()
        self._done = 0

    def show(self, progress: Progress) -> None:
        """Take in where the run stands."""
        now = self._timer()
        if self._bar:
            if now - self._at >= REDRAW or not self._drawn or progress.done == progress.total:
                self._at = now
                self._draw(progress)
            return
        news, waited = progress.done - self._done, now - self._at
        wanted = max(1, progress.total // STEPS) if waited < PATIENCE else 1
        if news >= wanted and waited >= BREATH:
            self._at, self._done = now, progress.done
            talk.say(progress_words(progress))

    def note(self, message: str) -> None:
        """Tell something in between."""
        self._wipe()
        talk.say(message)
        if self._drawn:
            talk.write(self._drawn)

    def close(self) -> None:
        """Take the bar away."""
        self._wipe()
        self._drawn = ""

    def _draw(self, progress: Progress) -> None:
        filled = _BAR * progress.done // progress.total if progress.total else _BAR
        line = f"[{'#' * filled}{'-' * (_BAR - filled)}] {progress_words(progress)}"
        self._drawn = one_line(line, max(10, talk.columns() - 1))
        talk.write(_CLEAR + self._drawn)

    def _wipe(self) -> None:
        if self._drawn:
            talk.write(_CLEAR)


def progress_words(progress: Progress) -> str:
    """Where a run stands, in words: what is known, and nothing that is not."""
    parts = [f"{progress.done} of {progress.total} judged"]
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    tokens = (progress.usage.input or 0) + (progress.usage.output or 0)
    if tokens:
        parts.append(f"{tokens:,} tokens")
    if progress.cost_usd:
        parts.append(money(progress.cost_usd))
    if progress.batch is not None:
        waiting = progress.batch
        parts.append(f"{waiting.done:,} of {waiting.total:,} calls done at the provider")
        parts.append(f"next look in {seconds_words(waiting.next_look)}")
    elif progress.seconds_left is not None and progress.done < progress.total:
        parts.append(f"about {seconds_words(progress.seconds_left)} left")
    return ", ".join(parts)


def money(usd: float | None) -> str:
    """An amount of US dollars; unknown is not nothing."""
    if usd is None:
        return "cost unknown"
    return f"${usd:.4f}" if 0 < usd < 0.1 else f"${usd:.2f}"


def seconds_words(seconds: float) -> str:
    """A time that a person grasps."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"
