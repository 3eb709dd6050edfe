"""The error tree: every failure a user can meet carries what happened, what to do, and an exit code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    ANSWER_IS_NO = 1
    USAGE = 2
    NO_JUDGE = 3
    INTERRUPTED = 130


class JudgetuiError(Exception):
    """A failure with a message for people.

    Args:
        message: what happened, in one sentence.
        hint: what to do about it; empty when there is nothing to add.
    """

    exit_code: ExitCode = ExitCode.USAGE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands; `line` and `column` count from 1, 0 when unknown."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}" if self.file else f"line {self.line}"


class InputError(JudgetuiError):
    """Input that cannot be used: a file, a field, an option."""

    def __init__(self, message: str, hint: str = "", *, field: str = "", place: Place | None = None) -> None:
        super().__init__(message, hint)
        self.field = field
        self.place = place or Place()

    def __str__(self) -> str:
        where = str(self.place)
        head = f"{where}: " if where else ""
        field = f"{self.field}: " if self.field else ""
        return f"{head}{field}{super().__str__()}"

    def at(self, place: Place) -> InputError:
        """The same error, placed in a file."""
        return type(self)(self.message, self.hint, field=self.field, place=place)


class RubricError(InputError):
    """A rubric that breaks the format; `field` is a dotted path such as `criteria.0.weight`."""


class TemplateError(RubricError):
    """A template that cannot be rendered; `place` without a file is a line of the message's own text."""


class ItemError(InputError):
    """An item or data file that cannot be judged."""


class StorageError(JudgetuiError):
    """A session file that cannot be read or written."""


class NotASessionError(StorageError):
    """The file is not a judgetui session."""


class NewerSessionError(StorageError):
    """The session was written by a newer judgetui."""


class SessionBusyError(StorageError):
    """Another process holds the session's write lock."""


class NoJudgeError(JudgetuiError):
    """No judge could be reached, or none is set up."""

    exit_code = ExitCode.NO_JUDGE


class ExportError(JudgetuiError):
    """A target cannot carry this rubric."""
