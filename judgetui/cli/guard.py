"""Around every command: whatever it raises becomes one line on stderr and an exit code."""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true; typing and collections would slow `--version` down

if TYPE_CHECKING:
    from collections.abc import Callable

INTERRUPTED = 130
"""`errors.ExitCode.INTERRUPTED`, written out for the same reason."""

NOBODY_READS = 141
"""What a shell reports of a program that writes into a closed pipe."""


def guarded(command: Callable[[], int]) -> int:
    """Run a command and return its exit code, or the one that what it raised comes to."""
    from judgetui.cli import output

    try:
        try:
            code = command()
        finally:
            output.flush()
    except BrokenPipeError:
        output.abandon()
        return NOBODY_READS
    except KeyboardInterrupt:
        from judgetui.cli.talk import say

        say("interrupted.")
        return INTERRUPTED
    except Exception as error:
        from judgetui.cli.talk import complain

        return complain(error)
    return code
