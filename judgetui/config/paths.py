"""Where judgetui's files live: one rule, asked once by whoever composes the program."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from judgetui.errors import InputError

HOME_VARIABLE = "JUDGETUI_HOME"
SETTINGS_FILE = "settings.toml"
_APP = "judgetui"


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders in use. None of them need exist; `make_private` makes one before the first file goes in.

    Args:
        home: which rule chose them, in words for people.
        config_file: the settings file.
        sessions: where new sessions go and are looked for.
        rubrics: the user's rubric files.
        models: GGUF files.
        logs: log files.
        cache: what may be deleted at any time.
    """

    home: str
    config_file: Path
    sessions: Path
    rubrics: Path
    models: Path
    logs: Path
    cache: Path


def find_paths(environ: Mapping[str, str] | None = None, current: Path | None = None) -> Paths:
    """The folders by the rule: JUDGETUI_HOME, else a workspace in the current folder, else the platform's
    own.

    Args:
        environ: environment variables; None for this process's.
        current: the current folder; None for this process's.

    Raises:
        InputError: when JUDGETUI_HOME names something that is not a folder.
    """
    environ = os.environ if environ is None else environ
    current = current or Path.cwd()
    named = environ.get(HOME_VARIABLE, "").strip()
    if named:
        return _under(current / Path(named).expanduser())
    return _platform(current if is_workspace(current) else None)


def is_workspace(folder: Path) -> bool:
    """Whether a folder is used as it is: it has both `rubrics/` and `sessions/`."""
    return (folder / "rubrics").is_dir() and (folder / "sessions").is_dir()


def _under(home: Path) -> Paths:
    if home.exists() and not home.is_dir():
        raise InputError(f"{HOME_VARIABLE} is {home}, which is not a folder.", "Name a folder, or unset it.")
    return Paths(
        home=f"{HOME_VARIABLE} ({home})",
        config_file=home / SETTINGS_FILE,
        sessions=home / "sessions",
        rubrics=home / "rubrics",
        models=home / "models",
        logs=home / "logs",
        cache=home / "cache",
    )


def _platform(workspace: Path | None) -> Paths:
    from platformdirs import PlatformDirs

    dirs = PlatformDirs(_APP, appauthor=False)
    data = workspace or dirs.user_data_path
    return Paths(
        home=f"the workspace {workspace}" if workspace else "this system's own folders",
        config_file=dirs.user_config_path / SETTINGS_FILE,
        sessions=data / "sessions",
        rubrics=data / "rubrics",
        models=dirs.user_data_path / "models",
        logs=dirs.user_log_path,
        cache=dirs.user_cache_path,
    )


def make_private(folder: Path) -> Path:
    """The folder, made if it is missing, with its missing parents, open to its owner alone (mode 0700).

    Raises:
        InputError: when it cannot be made.
    """
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    try:
        for part in reversed(missing):
            part.mkdir(mode=0o700, exist_ok=True)
        if not folder.is_dir():
            raise NotADirectoryError(f"{folder} is not a folder")
    except OSError as error:
        raise InputError(
            f"The folder {folder} cannot be made: {error.strerror or error}.",
            f"Set {HOME_VARIABLE} to a folder that can be written to.",
        ) from error
    return folder


def package_data() -> Path:
    """The folder that holds the shipped `rubrics/` and `sessions/`.

    Raises:
        InputError: when the installation lacks them.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_data", package.parent):
        if is_workspace(folder):
            return folder
    raise InputError("The starter rubrics and the demo are missing.", "Install judgetui again.")
