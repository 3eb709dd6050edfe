"""TOML by the line: where a key stands, and one key changed while everything else stays byte for byte.

The standard library reads TOML and does not write it. `set_line` knows plain `key = value` lines only;
whoever calls it reads the outcome with tomllib and compares before anything is written.
"""

from __future__ import annotations

import json
import re
from typing import Final

_HEADER: Final = re.compile(r"\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(#.*)?$")
_PAIR: Final = re.compile(r"""(\s*)((?:[\w.-]|"[^"]*"|'[^']*')+)(\s*=\s*)""")
_VALUE: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'#\[\]{}]+""")
_PART: Final = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


def find_line(text: str, path: str) -> int:
    """Line, from 1, of the dotted key `path` or, failing that, of its nearest parent; 0 for nowhere."""
    wanted = path.split(".")
    table: list[str] = []
    best = (0, 0)
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            here = table
        elif pair := _PAIR.match(line):
            here = table + _parts(pair[2])
        else:
            continue
        # Profile names may hold dots, so whole paths are compared as text too.
        if ".".join(here) == path:
            return number
        if here == wanted[: len(here)] and len(here) > best[0]:
            best = (len(here), number)
    return best[1]


def set_line(text: str, key: str, value: str | int | None) -> str:
    """`text` with `name` or `table.name` set to a value; None takes it out.

    A comment behind the old value stays. A key that is not there yet goes after the last one of its table.
    """
    table, _, name = key.rpartition(".")
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    start, end = _region(lines, table)
    if start is None:
        if value is None:
            return text
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += newline
        gap = newline if lines and lines[-1].strip() else ""
        return "".join([*lines, gap, f"[{table}]{newline}", f"{name} = {_written(value)}{newline}"])
    last = start
    for index in range(start, end):
        pair = _PAIR.match(lines[index])
        if pair is None:
            continue
        last = index + 1
        if _parts(pair[2]) != [name]:
            continue
        if value is None:
            return "".join(lines[:index] + lines[index + 1 :])
        old = _VALUE.match(lines[index], pair.end())
        if old is None:
            return text
        lines[index] = lines[index][: pair.end()] + _written(value) + lines[index][old.end() :]
        return "".join(lines)
    if value is None:
        return text
    if last and not lines[last - 1].endswith("\n"):
        lines[last - 1] += newline
    new = f"{name} = {_written(value)}{newline}"
    gap = newline if not table and last == 0 and lines and lines[0].strip() else ""
    return "".join([*lines[:last], new, gap, *lines[last:]])


def _region(lines: list[str], table: str) -> tuple[int | None, int]:
    """First and last line (exclusive) of a table's own keys; no first one when the table is not there."""
    start: int | None = None if table else 0
    for index, line in enumerate(lines):
        if header := _HEADER.match(line):
            if start is not None:
                return start, index
            if ".".join(_parts(header[1])) == table:
                start = index + 1
    return start, len(lines)


def _parts(key: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(key)]


def _written(value: str | int) -> str:
    # JSON's escapes for a string are TOML's too, once what is not ASCII is left as it is.
    return (
        str(value)
        if isinstance(value, int)
        else json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    )
