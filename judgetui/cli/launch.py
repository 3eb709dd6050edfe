"""Opens the app: the one place where the command line meets the screens, and not before it has to."""

from __future__ import annotations

import sys
from pathlib import Path

from judgetui.errors import InputError


def has_terminal() -> bool:
    """Whether there is a terminal to show the app on and to type into."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def open_app(session: Path | None = None, *, demo: bool = False) -> int:
    """Run the app until it is left, and return its exit code.

    Args:
        session: a session file to open at once.
        demo: open the demo session, and make it if it is missing.

    Raises:
        InputError: if there is no terminal, no such file, or the settings file is broken.
    """
    if not has_terminal():
        raise InputError(
            "the app needs a terminal.",
            "Without one there are commands: `judgetui demo`, `judgetui run`, `judgetui --help`.",
        )
    if session is not None and not session.exists():
        raise InputError(f"{session} does not exist.", "`judgetui session list` lists the sessions.")
    from judgetui.services.context import Context
    from judgetui.tui import paste
    from judgetui.tui.app import JudgetuiApp

    paste.install()
    app = JudgetuiApp(Context.load(), session=session, demo=demo)
    app.run()
    return app.return_code or 0
