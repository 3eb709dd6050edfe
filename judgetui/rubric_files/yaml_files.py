"""Rubrics as YAML files.

Every problem in one is placed at its line, and over an existing file only changes go.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from judgetui.config.files import write_whole
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import effective_template
from judgetui.core.rubric import Rubric, rubric_from_mapping
from judgetui.errors import Place, RubricError, TemplateError
from judgetui.rubric_files.nodes import MAX_CHARACTERS, Document, read_document
from judgetui.rubric_files.patching import patched
from judgetui.rubric_files.styles import plain_yaml, top_value


def load_rubric(path: Path) -> Rubric:
    """Read a rubric file.

    Raises:
        RubricError: with file, line and column: the file cannot be read, is not UTF-8, is not YAML, breaks
            the rubric format, names an unknown protocol, or has a broken template.
    """
    return parse_rubric(_read_text(path), str(path))


def parse_rubric(text: str, file: str = "") -> Rubric:
    """Read a rubric from YAML text.

    Args:
        file: name for messages.

    Raises:
        RubricError: as `load_rubric`.
    """
    document = read_document(text.removeprefix("\ufeff"), file)
    if document is None:
        raise RubricError(
            "the file is empty.", "Start it with `judgetui: 1`.", place=Place(file, 1) if file else None
        )
    try:
        rubric = rubric_from_mapping(document.data)
        effective_template(get_protocol(rubric.protocol), rubric)
    except RubricError as error:
        raise error.at(_place(document, error)) from None
    return rubric


@contextmanager
def placed_in(path: Path | None) -> Iterator[None]:
    """Place what turns out to be wrong with a rubric after it was read, such as a template that cannot be rendered.

    Args:
        path: the file the rubric was read from; None when it came from elsewhere.
    """
    try:
        yield
    except RubricError as error:
        if path is None or error.place.file:
            raise
        try:
            document = read_document(_read_text(path), str(path))
        except RubricError:  # it was changed meanwhile
            document = None
        raise error.at(Place(str(path)) if document is None else _place(document, error)) from None


def dump_rubric(rubric: Rubric) -> str:
    """A rubric as YAML text that `parse_rubric` reads back as an equal rubric."""
    out = io.StringIO()
    plain_yaml().dump({key: top_value(key, value) for key, value in rubric.to_mapping().items()}, out)
    return out.getvalue()


def write_rubric(path: Path, rubric: Rubric) -> None:
    """Write a rubric file in one step: a reader sees the old file or the new one.

    Where the file is a rubric already, its comments, the order of its keys and what did not change stay.

    Raises:
        RubricError: if the file cannot be written.
    """
    text = dump_rubric(rubric)
    if path.exists():
        text = _over(path, rubric) or text
    if not path.parent.is_dir():
        raise RubricError("the folder is not there.", "Make it first.", place=Place(str(path)))
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise RubricError(f"the file cannot be written: {error.strerror}.", place=Place(str(path))) from None


def _place(document: Document, error: RubricError) -> Place:
    return document.place_of_line(error.field, error.place.line if isinstance(error, TemplateError) else 0)


def _read_text(path: Path) -> str:
    """The text of a rubric file, without a byte order mark.

    Raises:
        RubricError: if there is no such file, or it is not UTF-8 text.
    """
    place = Place(str(path))
    try:
        with path.open("rb") as file:
            # Four bytes a character at most; one more tells that the file is too long.
            data = file.read(4 * MAX_CHARACTERS + 1)
    except FileNotFoundError:
        raise RubricError("there is no such file.", "Check the path.", place=place) from None
    except IsADirectoryError:
        raise RubricError("this is a folder.", "Give a rubric file in it.", place=place) from None
    except OSError as error:
        raise RubricError(f"the file cannot be read: {error.strerror}.", place=place) from None
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RubricError(
            "the file is not UTF-8 text.", "Save it as UTF-8.", place=Place(str(path), line)
        ) from None


def _over(path: Path, rubric: Rubric) -> str | None:
    """The existing file's text with the changes put in; None where it is no rubric or would not read back."""
    try:
        old_text = _read_text(path)
        text = patched(old_text, parse_rubric(old_text).to_mapping(), rubric.to_mapping())
        return text if parse_rubric(text) == rubric else None
    except RubricError:
        return None
