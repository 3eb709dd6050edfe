"""JSON as items files hold it, read strictly: nothing twice, no NaN, no half characters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final, NoReturn

from judgetui.datasets.lines import text_lines
from judgetui.errors import ItemError, Place

_TOGETHER: Final = 64
"""Lines that are read together: more of a usual length than a processor's nearest cache holds are slower."""

_SPACE: Final = re.compile(r"[ \t\n\r]*")


class _Refused(ValueError):
    pass


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    data = dict(pairs)
    if len(data) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Refused(f"the key {twice!r} is there twice.", "Keep one of the two.")
    return data


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not JSON.", "Write null, or leave the field out.")


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)


def decode_at(text: str, start: int, name: str, first_line: int = 1) -> tuple[object, int]:
    """Read the JSON value that starts at an offset.

    Args:
        name: the file, for messages.
        first_line: number of the text's first line in the file.

    Returns:
        The value and the offset behind it.

    Raises:
        ItemError: with file, line and column.
    """
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise broken(text, error.pos, name, first_line, error.msg) from None
    except _Refused as refused:
        message, hint = refused.args
        raise ItemError(message, hint, place=place_at(text, start, name, first_line)) from None
    except RecursionError:
        raise ItemError(
            "the JSON is nested too deep.", "Is this an item?", place=place_at(text, start, name, first_line)
        ) from None
    except ValueError:  # Python refuses whole numbers of thousands of digits
        raise ItemError(
            "a number is too long.", "Put it in quotes.", place=place_at(text, start, name, first_line)
        ) from None
    if "\\ud" in text[start:end].casefold():
        require_whole(json.dumps(value, ensure_ascii=False), place_at(text, start, name, first_line))
    return value, end


def require_whole(text: str, place: Place | None = None) -> None:
    """Make sure that a text has no half characters, which no file can hold.

    Raises:
        ItemError: if it has.
    """
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ItemError(
            "half a surrogate pair (\\ud800 to \\udfff) is no character.",
            "Write both halves, or remove it.",
            place=place,
        ) from None


def decode_line(text: str, name: str, number: int) -> object:
    """Read a line that is one JSON value.

    Raises:
        ItemError: with file, line and column.
    """
    start = skip_space(text, 0)
    value, end = decode_at(text, start, name, number)
    rest = skip_space(text, end)
    if rest < len(text):
        raise broken(text, rest, name, number, "there is more after the value")
    return value


def decode_lines(
    lines: Sequence[bytes], name: str, first: int = 1
) -> Iterator[tuple[Sequence[int], Sequence[object]]]:
    """Read lines of JSON, some at a time where all are objects; blank ones are left out.

    Half characters are looked for only where something else is wrong: `require_whole` does it for single texts.

    Args:
        name: the file, for messages.
        first: number of the first line.

    Returns:
        The numbers of some lines and the value of each.

    Raises:
        ItemError: with file, line and column.
    """
    for start in range(0, len(lines), _TOGETHER):
        some, at = lines[start : start + _TOGETHER], first + start
        values = _objects(some)
        if values is not None:
            yield range(at, at + len(some)), values
            continue
        for number, line in enumerate(text_lines(some, name, at), at):
            if line.strip():
                yield (number,), (decode_line(line.rstrip("\r\n"), name, number),)


def _objects(lines: Sequence[bytes]) -> list[object] | None:
    """The objects of as many lines, read as one list; None when there is anything to say of a line."""
    together = b",".join(lines)
    if not together.startswith(b"{") or together.count(b"}\n,{") < len(lines) - 1:
        return None
    try:
        values = _DECODER.decode(f"[{together.decode('utf-8')}]")
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, list) and len(values) == len(lines) else None


def listed_items(text: str, name: str) -> Iterator[tuple[int, object]]:
    """The items of a JSON file that is a list, or `{"items": [...]}`, each with the line it starts on.

    Raises:
        ItemError: with file, line and column.
    """
    start = skip_space(text, 0)
    if text[start : start + 1] == "{":
        start = _items_key(text, start, name)
    if text[start : start + 1] != "[":
        raise ItemError(
            'this is neither a list nor {"items": [...]}.',
            "Write a list of items, or one item a line in a .jsonl file.",
            place=place_at(text, start, name),
        )
    line, counted = 1, 0
    position = skip_space(text, start + 1)
    while text[position : position + 1] != "]":
        line, counted = line + text.count("\n", counted, position), position
        value, position = decode_at(text, position, name)
        yield line, value
        position = _behind_comma(text, position, "]", name)
    rest = skip_space(text, position + 1)
    if text[rest : rest + 1] not in {"", ",", "}"}:
        raise broken(text, rest, name, 1, "there is more after the list")


def skip_space(text: str, position: int) -> int:
    """Offset of the next character that is no white space."""
    match = _SPACE.match(text, position)
    return match.end() if match else position


def place_at(text: str, position: int, name: str, first_line: int = 1) -> Place:
    """Line and column of an offset."""
    line = text.count("\n", 0, position)
    return Place(name, first_line + line, position - text.rfind("\n", 0, position))


def broken(text: str, position: int, name: str, first_line: int, problem: str) -> ItemError:
    """The error for text that is not JSON."""
    place = place_at(text, position, name, first_line)
    words = problem[:1].lower() + problem[1:]
    hint = 'Write one JSON object, such as {"id": "1", "response": "..."}.'
    if words.startswith(("invalid control", "unterminated string")):
        hint = "Write a line break inside text as \\n, and close the quotes."
    elif words.startswith("invalid \\escape"):
        hint = "Write a backslash inside text as \\\\."
    elif words.startswith(("expecting property name", "illegal trailing comma")):
        hint = "Put keys in double quotes, and no comma before a closing bracket."
    return ItemError(f"this is not JSON: {words}, at column {place.column}.", hint, place=place)


def _items_key(text: str, start: int, name: str) -> int:
    """Offset of the value of `items` in the object that starts at `start`."""
    position = skip_space(text, start + 1)
    while text[position : position + 1] not in {"}", ""}:
        key, position = decode_at(text, position, name)
        position = skip_space(text, position)
        if text[position : position + 1] != ":":
            raise broken(text, position, name, 1, "expecting ':' delimiter")
        position = skip_space(text, position + 1)
        if key == "items":
            return position
        _, position = decode_at(text, position, name)
        position = _behind_comma(text, position, "}", name)
    raise ItemError(
        "the object has no `items`.", 'Write {"items": [...]} or a list.', place=place_at(text, start, name)
    )


def _behind_comma(text: str, position: int, close: str, name: str) -> int:
    position = skip_space(text, position)
    found = text[position : position + 1]
    if found == close:
        return position
    if found != ",":
        raise broken(text, position, name, 1, "expecting ',' delimiter")
    after = skip_space(text, position + 1)
    if text[after : after + 1] == close:
        raise broken(text, position, name, 1, "illegal trailing comma")
    return after
