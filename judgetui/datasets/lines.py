"""Text lines of a data file, decoded one at a time: a wrong byte is placed, a long file streamed."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from judgetui.errors import ItemError, Place

STDIN: Final = Path("-")
"""The name by which `opened` knows standard input."""

_OTHER_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def open_data(path: Path) -> IO[bytes]:
    """Open a data file.

    Raises:
        ItemError: if it is missing, a folder, or cannot be read.
    """
    place = Place(str(path))
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise ItemError("there is no such file.", "Check the path.", place=place) from None
    except IsADirectoryError:
        raise ItemError("this is a folder.", "Give a data file in it.", place=place) from None
    except OSError as error:
        raise ItemError(f"the file cannot be read: {error.strerror}.", place=place) from None


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A data file, or standard input, which stays open.

    Raises:
        ItemError: as `open_data`.
    """
    if path == STDIN:
        yield sys.stdin.buffer
        return
    with open_data(path) as file:
        yield file


def name_of(path: Path) -> str:
    """What `opened` opens, as messages name it."""
    return "stdin" if path == STDIN else str(path)


def text_lines(file: Iterable[bytes], name: str, first: int = 1) -> Iterator[str]:
    """Every line with its ending, without a byte order mark.

    Args:
        name: the file, for messages.
        first: number of the first line that is given.

    Raises:
        ItemError: with the line that is not UTF-8.
    """
    for number, raw in enumerate(file, first):
        if number == 1:
            if raw.startswith(_OTHER_MARKS):
                raise ItemError("the file is UTF-16 or UTF-32.", "Save it as UTF-8.", place=Place(name, 1))
            raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            yield raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ItemError(
                "the line is not UTF-8 text.",
                "Save the file as UTF-8.",
                place=Place(name, number, error.start + 1),
            ) from None
