"""JSON as items files hold it, read strictly: nothing twice, no NaN, no half characters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NoReturn

import orjson

from judgetui.datasets.encodings import require_short
from judgetui.datasets.lines import text_lines
from judgetui.errors import ItemError, Place

_EXACT: Final = 2.0**53
"""Where whole numbers stop to have a float each."""

ITEM: Final = '{"id": "1", "response": "..."}'
"""What a line of an items file looks like, for messages."""

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


def decode_at(
    text: str, start: int, name: str, first_line: int = 1, example: str = ITEM
) -> tuple[object, int]:
    """Read the JSON value that starts at an offset.

    Args:
        name: the file, for messages.
        first_line: number of the text's first line in the file.
        example: of what should be there, for messages.

    Returns:
        The value and the offset behind it.

    Raises:
        ItemError: with file, line and column.
    """
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise broken(text, error.pos, name, first_line, error.msg, example) from None
    except _Refused as refused:
        message, hint = refused.args
        raise ItemError(message, hint, place=place_at(text, start, name, first_line)) from None
    except RecursionError:
        raise ItemError(
            "the JSON is nested too deep.", f"Write {example}.", place=place_at(text, start, name, first_line)
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


def decode_line(text: str, name: str, number: int, example: str = ITEM) -> object:
    """Read a line that is one JSON value.

    Args:
        name: the file, for messages.
        number: of the line.
        example: of what should be there, for messages.

    Raises:
        ItemError: with file, line and column.
    """
    start = skip_space(text, 0)
    value, end = decode_at(text, start, name, number, example)
    rest = skip_space(text, end)
    if rest < len(text):
        raise broken(text, rest, name, number, "there is more after the value", example)
    return value


def decode_lines(
    lines: Iterable[bytes], name: str, example: str = ITEM, first: int = 1
) -> Iterator[tuple[int, object]]:
    """Read lines of which each is one JSON value; blank ones are left out.

    It reads what `decode_line` reads, most lines several times as fast.

    Args:
        name: the file, for messages.
        example: of a line, for messages.
        first: number of the first line.

    Returns:
        The number of a line and its value.

    Raises:
        ItemError: with file, line and column.
    """
    for number, line in enumerate(lines, first):
        value = _quickly(line)
        if value is not None:
            yield number, value
            continue
        for text in text_lines((line,), name, number):
            if text.strip():
                yield number, decode_line(text.rstrip("\r\n"), name, number, example)


def _quickly(line: bytes) -> object | None:
    """The value of a line of JSON; None for one that must be looked at closely."""
    try:
        value: object = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    # A key that is there twice is one of the value's, but has two pairs of quotes.
    quotes = 2 * _texts_in(value)
    if line.count(b'"') != quotes:  # as long as no text has quotes in it
        bare = line.replace(rb"\\", b"")
        if bare.count(b'"') - bare.count(rb"\"") != quotes:
            return None
    return value


def _texts_in(value: Any) -> int:
    """How many texts are in a value, keys included; less than none when there is a number that may be rounded."""
    texts, rest = 0, [value]
    if type(value) is dict:  # most lines are an object of texts
        texts, rest = len(value), []
        for each in value.values():
            if type(each) is str:
                texts += 1
            else:
                rest.append(each)
    for each in rest:
        kind = type(each)
        if kind is str:
            texts += 1
        elif kind is list:
            rest += each
        elif kind is dict:
            texts += len(each)
            rest += each.values()
        elif kind is float and abs(each) >= _EXACT:
            return -1
    return texts


def each_line(
    lines: Iterable[bytes], name: str, encoding: str = "UTF-8"
) -> Iterator[tuple[int, object | ItemError]]:
    """Read lines of which each is one JSON value, or say what is wrong with a line; blank ones are left out.

    Args:
        lines: in UTF-8, whatever the file is in.
        name: the file, for messages.
        encoding: of the file, for messages.

    Returns:
        The number of a line and its value.
    """
    for number, line in enumerate(lines, 1):
        value = _quickly(line)
        if value is not None:
            yield number, value
        elif line.strip():
            try:
                require_short(line, name, number)
                yield number, decode_line(line.decode("utf-8").rstrip("\r\n"), name, number)
            except UnicodeDecodeError as error:
                yield number, unreadable(encoding, Place(name, number, error.start + 1))
            except ItemError as error:
                yield number, error


def unreadable(encoding: str, place: Place) -> ItemError:
    """The error for bytes that an encoding has no character for."""
    return ItemError(
        f"the line is not {encoding} text.", "Save the file as UTF-8, or name its encoding.", place=place
    )


def listed_items(file: Iterable[bytes], name: str) -> Iterator[tuple[int, object]]:
    """The items of a JSON file, each with the line it starts on; a blank file has none.

    The file is a list; or an object that holds one, under `items` or as its only list of objects; or an object of
    columns, each a list of values or an object of values by row, as pandas writes them.

    Raises:
        ItemError: with file, line and column.
    """
    text = "".join(text_lines(file, name))
    if not text.strip():
        return
    start = skip_space(text, 0)
    if text[start : start + 1] == "{":
        found = _list_in_object(text, start, name)
        if not isinstance(found, int):
            line = place_at(text, start, name).line
            yield from ((line, row) for row in found)
            return
        start = found
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


def broken(
    text: str, position: int, name: str, first_line: int, problem: str, example: str = ITEM
) -> ItemError:
    """The error for text that is not JSON."""
    place = place_at(text, position, name, first_line)
    words = problem[:1].lower() + problem[1:]
    hint = f"Write one JSON object, such as {example}."
    if words.startswith(("invalid control", "unterminated string")):
        hint = "Write a line break inside text as \\n, and close the quotes."
    elif words.startswith("invalid \\escape"):
        hint = "Write a backslash inside text as \\\\."
    elif words.startswith(("expecting property name", "illegal trailing comma")):
        hint = "Put keys in double quotes, and no comma before a closing bracket."
    return ItemError(f"this is not JSON: {words}, at column {place.column}.", hint, place=place)


def _list_in_object(text: str, start: int, name: str) -> int | list[dict[str, object]]:
    """Offset of the list of items in the object that starts at `start`, or the rows of its columns."""
    position = skip_space(text, start + 1)
    values: dict[str, object] = {}
    starts: dict[str, int] = {}
    while text[position : position + 1] not in {"}", ""}:
        key, position = decode_at(text, position, name)
        position = skip_space(text, position)
        if text[position : position + 1] != ":":
            raise broken(text, position, name, 1, "expecting ':' delimiter")
        position = skip_space(text, position + 1)
        if key == "items":
            return position
        starts[str(key)] = position
        values[str(key)], position = decode_at(text, position, name)
        position = _behind_comma(text, position, "}", name)
    place = place_at(text, start, name)
    rest = skip_space(text, position + 1)
    if rest < len(text):
        raise broken(text, rest, name, 1, "there is more after the object")
    lists = [key for key, value in values.items() if _holds_objects(value)]
    if len(lists) == 1:
        return starts[lists[0]]
    if len(lists) > 1:
        raise ItemError(
            f"the object holds several lists: {', '.join(lists[:5])}.", "Keep one of them.", place=place
        )
    if rows := _rows(values):
        return rows
    raise ItemError("the object has no list of items.", 'Write {"items": [...]} or a list.', place=place)


def _holds_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _rows(columns: Mapping[str, object]) -> list[dict[str, object]]:
    """The rows of columns of equal length, null being absent; none when these are no columns."""
    lists = [value for value in columns.values() if isinstance(value, list)]
    by_row = [value for value in columns.values() if isinstance(value, dict)]
    if len(lists) == len(columns) and len({len(each) for each in lists}) == 1:
        rows = zip(*lists, strict=True)
    elif len(by_row) == len(columns) and len({tuple(each) for each in by_row}) == 1:
        rows = zip(*(each.values() for each in by_row), strict=True)
    else:
        return []
    return [{name: cell for name, cell in zip(columns, row, strict=True) if cell is not None} for row in rows]


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
