"""Writes items and judgements as JSONL, in one step: a reader sees the old file or the whole new one."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import orjson

from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.errors import ItemError, Place

_BUFFER: Final = 1 << 20
"""Bytes that are written at a time."""


def json_value(value: object) -> bytes:
    """Plain data as JSON, in UTF-8 and on one line."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # Half a surrogate pair, a number of more than 64 bits, or very deep: a reply may hold them.
        return json.dumps(value, separators=(",", ":")).encode()


def json_line(data: Mapping[str, object]) -> bytes:
    """Plain data as a line of JSONL, in UTF-8, with its break."""
    return json_value(data) + b"\n"


def item_line(item: Item) -> bytes:
    """An item as a line of JSONL, in UTF-8, with its break."""
    return json_line(item.to_mapping())


def judgement_line(judgement: Judgement) -> bytes:
    """A judgement as a line of JSONL, in UTF-8, with its break."""
    return json_line(judgement.to_mapping())


def write_items(path: Path, items: Iterable[Item]) -> int:
    """Write an items file and return how many items it holds.

    Raises:
        ItemError: if the file cannot be written; what was there before is then untouched.
    """
    return _write(path, map(item_line, items))


def write_judgements(path: Path, judgements: Iterable[Judgement]) -> int:
    """Write a judgements file and return how many judgements it holds.

    Raises:
        ItemError: if the file cannot be written; what was there before is then untouched.
    """
    return _write(path, map(judgement_line, judgements))


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which takes the place of another when all is written and nothing went wrong.

    Raises:
        ItemError: if it cannot be written; what was there before is then untouched.
    """
    target = path.resolve()  # a link stays a link
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
        os.close(handle)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with Path(name).open("wb", _BUFFER) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        mode = target.stat().st_mode if target.exists() else 0o666 & ~_umask()
        Path(name).chmod(mode & 0o777)
        Path(name).replace(target)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise _unwritable(path, error) from None
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _write(path: Path, lines: Iterable[bytes]) -> int:
    count = 0
    with replacing(path) as file:
        for line in lines:
            file.write(line)
            count += 1
    return count


def _unwritable(path: Path, error: OSError) -> ItemError:
    return ItemError(
        f"the file cannot be written: {error.strerror}.", "Choose another path.", place=Place(str(path))
    )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
