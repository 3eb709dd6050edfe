"""Programs outside the terminal app: the user's editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from judgetui.errors import JudgetuiError

if TYPE_CHECKING:
    from textual.app import App


def typed_path(text: str) -> Path:
    """The path that a user typed; `~` is their home, nothing is the current folder."""
    return Path(text.strip() or ".").expanduser()


def edit_in_editor(app: App[int], text: str, suffix: str) -> str | None:
    """Let the user edit text in $VISUAL or $EDITOR.

    Returns:
        The text as saved, or None when it is unchanged.

    Raises:
        JudgetuiError: if no editor is set, it cannot be started, or it failed.
    """
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
    if not command:
        raise JudgetuiError("no editor is set.", "Set EDITOR, as in: export EDITOR=nano")
    with tempfile.TemporaryDirectory(prefix="judgetui-") as folder:
        file = Path(folder) / f"rubric{suffix}"
        file.write_text(text, encoding="utf-8")
        try:
            with app.suspend():
                done = subprocess.run([*command, str(file)], check=False)
        except SuspendNotSupported:
            raise JudgetuiError(
                "this terminal cannot be handed to an editor.", "Edit in the YAML pane."
            ) from None
        except OSError as error:
            raise JudgetuiError(
                f"{command[0]} could not be started: {error.strerror}.", "Check EDITOR."
            ) from None
        if done.returncode:
            raise JudgetuiError(f"{command[0]} ended with code {done.returncode}; nothing was taken over.")
        edited = file.read_text(encoding="utf-8", errors="replace")
    return None if edited == text else edited
