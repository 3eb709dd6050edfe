"""The app on a session file, as a command line names it."""

from __future__ import annotations

from pathlib import Path

import click

from judgetui.cli.launch import open_app


@click.command("judgetui")
@click.argument("session", type=click.Path(path_type=Path))
def open_session(session: Path) -> int:
    """Open the app on a session file."""
    return open_app(session)
