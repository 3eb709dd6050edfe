"""Reads what `score` scores, a line at a time: recorded replies, with what people said of their items."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, TypeVar

from judgetui.core.reading import nearest, type_name
from judgetui.datasets.json_text import decode_lines, require_whole
from judgetui.datasets.lines import opened
from judgetui.errors import InputError, Place

EXAMPLE: Final = '{"id": "1", "replies": ["..."]}'

CERTAIN: Final = 0.01
"""A log-probability above 0 by more than rounding is a probability that was written in its place."""

_PLAIN: Final = (str, int, float)
_PLAIN_OR_NONE: Final = (*_PLAIN, type(None))

_Check = Callable[[Any, str], object]
_Plain = TypeVar("_Plain", bound=str | float | None)

Alternatives = tuple[tuple[str, float], ...]
"""Tokens with the natural logs of their probabilities, most probable first."""


class Recorded(NamedTuple):
    """The replies on one item.

    Args:
        replies: those for which the answers stood in their own order, or there is one answer.
        swapped: those for which they stood the other way round.
        logprobs: the alternatives where each reply's verdict stands, those of `swapped` last; empty without,
            and an empty one for a reply that has none.
        kept: what the judgement takes over as it is: group, category, models, labels.
    """

    line: int
    id: str
    replies: Sequence[str]
    swapped: Sequence[str]
    logprobs: Sequence[Alternatives]
    kept: Mapping[str, object]


class Block(NamedTuple):
    """Some lines of a file, with the number that the first one has."""

    first: int
    lines: list[bytes]


def blocks(path: Path, size: int) -> Iterator[Block]:
    """The lines of a file, about so many bytes of them at a time; `-` is stdin.

    Raises:
        InputError: if the file cannot be opened.
    """
    first = 1
    with opened(path) as file:
        while lines := file.readlines(size):
            yield Block(first, lines)
            first += len(lines)


def block_at(file: IO[bytes], start: int, end: int) -> Block:
    """The lines that begin between two offsets of a file, counted from 0 unless it is the file's beginning."""
    file.seek(max(0, start - 1))
    if start:
        file.readline()  # the rest of a line that begins before
    size = end - file.tell()
    # It stops behind the line with which there are more bytes than so many, and takes 0 for all there are.
    lines = file.readlines(size - 1) if size > 1 else [file.readline()] if size == 1 else []
    return Block(0 if start else 1, lines)


def recorded_items(block: Block, name: str, single: bool) -> Iterator[Recorded]:
    """What is recorded in some lines.

    Args:
        name: the file, for messages.
        single: each item has one answer, so that nothing can be swapped.

    Raises:
        InputError: with file, line and field: a line that cannot be read, or swapped replies to a single answer.
    """
    for number, data in decode_lines(block.lines, name, EXAMPLE, block.first):
        try:
            item = _recorded(number, data, single)
        except InputError as error:
            raise error.at(Place(name, number)) from None
        yield item


def _recorded(number: int, data: object, single: bool) -> Recorded:
    if not isinstance(data, dict):
        raise InputError(f"this is {type_name(data)}, not an object.", f"Write {EXAMPLE}.")
    replies, swapped = _texts(data.get("replies"), "replies"), data.get("replies_swapped")
    if swapped is None:
        swapped = []
    elif single:
        raise InputError(
            "there is one answer, which nothing can be swapped with.",
            "Put every reply under `replies`, or choose a pairwise protocol.",
            field="replies_swapped",
        )
    else:
        swapped = _texts(swapped, "replies_swapped")
    if not replies and not swapped:
        raise _no_replies(data)
    kept: dict[str, object] = {}
    for key, check in _kept(tuple(data)):
        if data[key] is not None:
            kept[key] = check(data[key], key)
    tops = data.get("logprobs")
    return Recorded(
        number,
        _identity(data.get("id")),
        replies,
        swapped,
        () if tops is None else _alternatives(tops, len(replies) + len(swapped)),
        kept,
    )


@lru_cache(maxsize=1000)
def _kept(keys: tuple[str, ...]) -> tuple[tuple[str, _Check], ...]:
    """The keys whose values a judgement takes over, with what checks them."""
    found: list[tuple[str, _Check]] = []
    for key in keys:
        if key in {"group", "category", "model", "model_a", "model_b"}:
            found.append((key, _plain))
        elif key == "human" or key.startswith("human."):
            require_whole(key)
            found.append((key, _said))
        elif key == "models":
            found.append((key, _models))
    return tuple(found)


def _no_replies(data: Mapping[str, object]) -> InputError:
    if "replies" in data:
        return InputError("there is no reply.", "Leave the line out.", field="replies")
    near = nearest("replies", data)
    hint = f"Did you mean {near!r}?" if near else f"Write {EXAMPLE}."
    return InputError("this is missing.", hint, field="replies")


def _identity(value: object) -> str:
    if isinstance(value, str) and value.isascii() and value == value.strip() != "":
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        what = "this is missing." if value is None else f"expected text, found {type_name(value)}."
        raise InputError(what, "Every line needs the id of its item.", field="id")
    text = str(value).strip()
    if not text:
        raise InputError("this is empty.", "Every line needs the id of its item.", field="id")
    require_whole(text)
    return text


def _texts(value: object, key: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise InputError(
            f"expected a list of replies, found {type_name(value)}.", 'Write ["..."].', field=key
        )
    for index, text in enumerate(value):
        if not isinstance(text, str):
            raise InputError(
                f"expected text, found {type_name(text)}.",
                "Write each reply as it came, and an empty one as an empty text.",
                field=f"{key}.{index}",
            )
        if not text.isascii():
            require_whole(text)
    return value


def _plain(value: object, field: str) -> str | float:
    """A text or a number."""
    if isinstance(value, bool) or not isinstance(value, _PLAIN):
        raise InputError(f"expected text, found {type_name(value)}.", field=field)
    return _finite(value, field)


def _said(value: object, field: str) -> object:
    """What people said: a score, a label or a verdict, or one for each criterion."""
    if type(value) is int:
        return value
    parts = value if isinstance(value, dict) else {"": value}
    for criterion, part in parts.items():
        require_whole(criterion)
        if isinstance(part, bool) or not isinstance(part, _PLAIN_OR_NONE):
            raise InputError(
                f"expected a score, a label or a verdict, found {type_name(part)}.",
                'Write 4, "pass" or "A", or one for each criterion.',
                field=f"{field}.{criterion}" if criterion else field,
            )
        _finite(part, field)
    return value


def _finite(value: _Plain, field: str) -> _Plain:
    if isinstance(value, str):
        require_whole(value)
    elif isinstance(value, float) and not isfinite(value):  # 1e999, which JSON has no way to write again
        raise InputError("the number is too large.", "Put it in quotes.", field=field)
    return value


def _models(value: object, field: str) -> object:
    if not isinstance(value, list) or not all(each is None or isinstance(each, str) for each in value):
        raise InputError("expected a list of names.", 'Write ["x", "y", "z"].', field=field)
    for each in value:
        _finite(each, field)
    return value


def _alternatives(value: object, replies: int) -> list[Alternatives]:
    if not isinstance(value, list):
        raise InputError(f"expected a list, found {type_name(value)}.", _LOGPROBS, field="logprobs")
    if len(value) != replies:
        raise InputError(
            f"there are {len(value)} for {replies} {'reply' if replies == 1 else 'replies'}.",
            "Write one list a reply, those of `replies_swapped` last, and null for one that has none.",
            field="logprobs",
        )
    return [_top(each, f"logprobs.{index}") for index, each in enumerate(value)]


def _top(value: object, field: str) -> Alternatives:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InputError(f"expected a list, found {type_name(value)}.", _LOGPROBS, field=field)
    found: list[tuple[str, float]] = []
    for index, each in enumerate(value):
        token = each.get("token") if isinstance(each, dict) else None
        logprob = each.get("logprob") if isinstance(each, dict) else None
        here = f"{field}.{index}"
        if not isinstance(token, str) or isinstance(logprob, bool) or not isinstance(logprob, int | float):
            raise InputError("expected a token and the log of its probability.", _LOGPROBS, field=here)
        if not logprob <= CERTAIN:
            raise InputError(
                f"{logprob:g} is no log-probability, which is at most 0.",
                "Write the natural log of the probability.",
                field=here,
            )
        found.append((token, float(logprob)))
    return tuple(sorted(found, key=lambda pair: -pair[1]))


_LOGPROBS: Final = 'Write [[{"token": "4", "logprob": -0.1}, ...], ...].'
