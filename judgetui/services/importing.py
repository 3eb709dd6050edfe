"""Imports: judges in other tools' own files become rubric files, each checked before any is written."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

from judgetui.core.lint import lint
from judgetui.core.reading import nearest
from judgetui.core.rubric import Rubric
from judgetui.errors import InputError, Place, RubricError
from judgetui.interchange.reading import Given, Imported, Reader, Tree
from judgetui.rubric_files import dump_rubric, parse_rubric, write_rubric
from judgetui.rubric_files.nodes import read_document
from judgetui.services.sessions import RUBRIC_FILES
from judgetui.storage.files import session_path

READERS: Final[Mapping[str, str]] = {
    "fastchat": "fastchat",
    "alpaca-eval": "alpaca_eval",
    "vicuna": "vicuna",
    "g-eval": "g_eval",
}
"""The module of `judgetui.interchange` that reads each tool's files, in the order they are listed."""

MAX_BYTES: Final = 4_000_000
"""Far more than any file of prompts."""

_OTHER_MARKS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an import.

    Args:
        written: the judges that became rubrics, with their files.
        refused: the others.
    """

    written: tuple[tuple[Imported, Path], ...]
    refused: tuple[Imported, ...]


def readers() -> tuple[Reader, ...]:
    """All readers, in the order they are listed."""
    return tuple(map(get_reader, READERS))


def get_reader(name: str) -> Reader:
    """The reader of that name.

    Raises:
        InputError: naming the nearest one.
    """
    if name not in READERS:
        near = nearest(name, READERS)
        hint = f"Did you mean {near!r}?" if near else f"Known are {', '.join(READERS)}."
        raise InputError(f"{name!r} cannot be imported from.", hint)
    return _load(READERS[name])


@cache
def _load(module: str) -> Reader:
    found: Reader = import_module(f"judgetui.interchange.{module}").READER
    return found


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file on disk, for readers, which touch none themselves."""

    path: Path
    text: str

    def other(self, name: str, up: int = 0) -> SourceFile | None:
        """Another file below this one's folder, or below one `up` folders above it; None when there is none.

        Raises:
            InputError: if it lies outside of that folder, also by way of a link, or is not text.
        """
        folder = self.path.parent.resolve()
        root = folder.parents[up - 1] if 0 < up <= len(folder.parents) else folder
        try:
            found = (root / name).resolve()
            if not found.is_relative_to(root):
                raise InputError(
                    f"{name!r} lies outside of {root}.", "Put the file there, and name it from there."
                )
            return read_file(found) if found.is_file() else None
        except (OSError, ValueError):  # no file has such a name
            return None

    def tree(self) -> Tree:
        """The file read as YAML.

        Raises:
            InputError: with file and line.
        """
        document = read_document(self.text, str(self.path), "config")
        if document is None:
            raise InputError("the file is empty.", "Check the path.", place=Place(str(self.path)))
        return Tree(document.data, document.place)


def read_file(path: Path) -> SourceFile:
    """Read a text file as Python's text files are read: without a byte order mark, lines ended by a line feed.

    Raises:
        InputError: if it is missing, a folder, too long, or not UTF-8, with the line.
    """
    place = Place(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError("there is no such file.", "Check the path.", place=place) from None
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}.", place=place) from None
    if len(data) > MAX_BYTES:
        raise InputError(
            f"the file has more than {MAX_BYTES:,} bytes.", "Is this a file of prompts?", place=place
        )
    if data.startswith(_OTHER_MARKS):
        raise InputError("the file is UTF-16 or UTF-32.", "Save it as UTF-8.", place=place)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            "the file is not UTF-8 text.", "Save it as UTF-8.", place=Place(str(path), line)
        ) from None
    return SourceFile(path, text.replace("\r\n", "\n").replace("\r", "\n"))


def source_file(path: Path, reader: Reader) -> SourceFile:
    """The file that a reader reads: the one named, or the one it looks for in a folder.

    Raises:
        InputError: if there is none, or it is not text.
    """
    if not path.is_dir():
        return read_file(path)
    found = next((path / name for name in reader.files if (path / name).is_file()), None)
    if found is None:
        looked = " or ".join(reader.files)
        raise InputError(
            f"this is a folder without {looked}." if looked else "this is a folder.",
            "Give the file, or its folder." if looked else "Give a file in it.",
            place=Place(str(path)),
        )
    return read_file(found)


def read_judges(
    path: Path, reader: Reader, given: Given | None = None, name: str | None = None
) -> tuple[Imported, ...]:
    """Every judge of a source, each checked: its rubric is read back from its YAML and has no errors.

    Args:
        given: what the source may not say.
        name: of the only judge that is wanted.

    Raises:
        InputError: if the source cannot be read, or has no judge of that name.
    """
    found = reader.read(source_file(path, reader), given or Given())
    if name is not None:
        names = list(dict.fromkeys(each.name for each in found))
        if name not in names:
            near = nearest(name, names)
            hint = f"Did you mean {near}?" if near else f"It has {', '.join(names)}."
            raise InputError(f"it has no judge {name!r}.", hint, place=Place(str(path)))
        found = tuple(each for each in found if each.name == name)
    return tuple(map(_checked, found))


def write_rubrics(found: Sequence[Imported], out: Path) -> Outcome:
    """Write the rubrics, each to a file of its own; nothing is written before all files are known to be free.

    Args:
        out: the file of the only rubric, by its `.yaml` or `.yml`; any other path is a folder, which is made.

    Raises:
        InputError: if a file is there already, or there are several rubrics for one file.
        RubricError: if a file cannot be written.
    """
    made = [each for each in found if each.rubric is not None]
    refused = tuple(each for each in found if each.rubric is None)
    single = out.suffix.lower() in RUBRIC_FILES and not out.is_dir()
    if single and len(made) > 1:
        raise InputError(
            f"{len(made)} rubrics do not go into one file, {out}.",
            f"Give a folder as --out, or choose one with --name: {', '.join(each.name for each in made)}.",
        )
    paths = [out] * len(made) if single else _paths(out, [each.name for each in made])
    taken = next((path for path in paths if path.exists()), None)
    if taken is not None:
        raise InputError(f"{taken} already exists.", "Choose another --out, or move the file away.")
    if made and not single:
        _make(out)
    for each, path in zip(made, paths, strict=True):
        assert each.rubric is not None  # by the choice above
        write_rubric(path, each.rubric)
    return Outcome(tuple(zip(made, paths, strict=True)), refused)


def _checked(imported: Imported) -> Imported:
    """The same, or refused where its rubric would not be read back as it is, or lint finds an error in it."""
    if imported.rubric is None:
        return imported
    problem = _problem(imported.rubric)
    return replace(imported, rubric=None, reason=problem, notes=()) if problem else imported


def _problem(rubric: Rubric) -> str:
    try:
        json.dumps(rubric.to_mapping(), ensure_ascii=False).encode("utf-8")
        if parse_rubric(dump_rubric(rubric)) != rubric:
            return "its text does not stay the same in a rubric file."
    except UnicodeEncodeError:
        return "half a character (surrogate) in it cannot be sent to a judge."
    except RubricError as error:
        return str(error)
    return next((str(found.message) for found in lint(rubric) if found.level == "error"), "")


def _paths(folder: Path, names: Sequence[str]) -> list[Path]:
    """A free file of its own for each name, as rubric files are named."""
    paths: list[Path] = []
    for name in names:
        first = session_path(folder, name).with_suffix(RUBRIC_FILES[0])
        path, number = first, 1
        while path in paths:
            number += 1
            path = first.with_name(f"{first.stem}-{number}{first.suffix}")
        paths.append(path)
    return paths


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError(f"{folder} is a file.", "Give a folder, or a name that ends with .yaml.") from None
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}.") from None
