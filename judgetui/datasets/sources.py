"""Where items come from: a file, a folder, standard input, or text that was pasted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from judgetui.datasets.lines import STDIN, name_of, open_data

PASTE = "the pasted text"
"""How messages name a paste."""


@dataclass(frozen=True, slots=True)
class Source:
    """What can be read from its start as often as need be.

    Args:
        name: as messages name it.
        path: of a file or folder; None when `data` holds the content.
        data: a paste's text in UTF-8, or what standard input gave.
        answers: answer files whose questions are at `path`, as FastChat keeps them.
    """

    name: str
    path: Path | None = None
    data: bytes = b""
    answers: tuple[Path, ...] = ()

    @property
    def suffix(self) -> str:
        """The ending of the file's name in lower case, with its dot; empty when there is none."""
        return "" if self.path is None else self.path.suffix.lower()

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The content from its start.

        Raises:
            ItemError: if the file is missing, a folder, or cannot be read.
        """
        if self.path is None:
            yield BytesIO(self.data)
            return
        with open_data(self.path) as file:
            yield file


def from_path(path: Path, answers: tuple[Path, ...] = ()) -> Source:
    """A file or folder; `-` is standard input, which is read to its end."""
    if path == STDIN:
        return Source(name_of(path), data=sys.stdin.buffer.read())
    return Source(name_of(path), path, answers=answers)


def from_text(text: str) -> Source:
    """A paste."""
    return Source(PASTE, data=text.encode("utf-8", "surrogatepass"))
