"""The one module that writes to stderr: talk, questions, errors and their exit codes."""

from __future__ import annotations

import os
import sys

from judgetui.cli.masking import mask
from judgetui.core.text import one_line, visible
from judgetui.errors import ExitCode, JudgetuiError


def say(message: str) -> None:
    """Tell something, on lines of its own."""
    write(f"{safe(message)}\n")


def safe(message: str) -> str:
    """A message fit for a terminal: keys masked, what could steer it made visible."""
    return visible(mask(message))


def complain(error: BaseException) -> int:
    """Tell what went wrong and what to do, and return the exit code that goes with it."""
    if isinstance(error, JudgetuiError):
        say(f"error: {error}")
        return exit_code(error)
    if isinstance(error, OSError) and error.filename is not None:
        say(f"error: {error.filename}: {error.strerror or error}.")
        return ExitCode.USAGE
    from judgetui.cli.crash import write_log

    told = f"error: {type(error).__name__}: {one_line(str(error), 200)}"
    try:
        say(f"{told} (a mistake in judgetui; what a report needs is in {write_log(error)})")
    except (OSError, JudgetuiError) as reason:
        say(f"{told} (a mistake in judgetui; no log could be written: {one_line(str(reason), 200)})")
    return ExitCode.ANSWER_IS_NO


def exit_code(error: JudgetuiError) -> int:
    """The exit code of a failure; a call that failed says by its kind whether the judge was reached."""
    from judgetui.providers.base import FailureKind, ProviderError

    if not isinstance(error, ProviderError):
        return error.exit_code
    reached = {FailureKind.BAD_REQUEST, FailureKind.TOO_LONG, FailureKind.MALFORMED}
    return ExitCode.ANSWER_IS_NO if error.kind in reached else ExitCode.NO_JUDGE


def confirm(question: str) -> bool:
    """Ask a person on the terminal; only a `y` or `yes` is a yes.

    Call it only where `can_ask`.
    """
    write(f"{safe(question)} [y/N] ")
    return sys.stdin.readline().strip().casefold() in {"y", "yes"}


def can_ask() -> bool:
    """Whether a person is there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def is_terminal() -> bool:
    """Whether a person reads stderr."""
    return sys.stderr.isatty()


def columns() -> int:
    """How wide the terminal is on which stderr shows."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def write(text: str) -> None:
    """Text as it is, at once. A reader who has gone is no reason to stop working."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stderr.fileno())
        os.close(nowhere)
