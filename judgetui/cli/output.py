"""The one module that writes to stdout: data, and nothing else."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # type checkers take it for true; typing and collections would slow `--version` down

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def put(text: str) -> None:
    """Plain text and a line break; what could steer a terminal is made visible."""
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        from judgetui.core.text import visible

        text = visible(text)
    _write(f"{text}\n".encode(sys.stdout.encoding or "utf-8", "backslashreplace"))


def put_json(value: object) -> None:
    """One JSON value, readable, in UTF-8; on a terminal what could steer it stands as JSON's escapes."""
    import json

    from judgetui.core.text import json_escaped

    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    if is_terminal():
        text = json_escaped(text)
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair, which a file or a reply may hold
        data = json_escaped(text).encode("utf-8")
    _write(data + b"\n")


def put_lines(lines: Iterable[bytes]) -> None:
    """Lines of JSONL, as `put_line` does."""
    for line in lines:
        put_line(line)


def put_line(line: bytes) -> None:
    """A line of JSONL in UTF-8, with its break; on a terminal what could steer it stands as JSON's escapes."""
    if is_terminal():
        from judgetui.core.text import json_escaped

        line = json_escaped(line.decode()).encode()
    _write(line)


def put_table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> None:
    """Aligned columns under a line of headings.

    Args:
        right: the columns of numbers, by index.
    """
    from judgetui.core.text import aligned

    for line in aligned((head, *rows), right):
        put(line)


def is_terminal() -> bool:
    """Whether a person reads stdout."""
    return sys.stdout.isatty()


def flush() -> None:
    """Write out what is still on its way.

    Raises:
        BrokenPipeError: when nobody reads any more.
    """
    sys.stdout.flush()


def abandon() -> None:
    """Drop what nobody reads any more, so that the interpreter does not complain of it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _write(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    if is_terminal():
        sys.stdout.buffer.flush()  # in step with what goes to stderr
