"""What a reader of another tool's judges is, and what all of them need: names, rubrics, lines, numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Final, Protocol

from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reading import type_name
from judgetui.core.rubric import InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import NumericScale, Scale
from judgetui.errors import InputError, Place
from judgetui.interchange.pieces import Refusal

LONGEST_NAME: Final = 80

DEEPEST: Final = 8
"""Levels of a value without a place that are listed one by one."""


@dataclass(frozen=True, slots=True)
class Imported:
    """One judge of a source: a rubric, or why there is none.

    Args:
        name: of the judge in its source.
        rubric: None when it was refused.
        reason: why, in a sentence; empty when it was not.
        notes: what of the source the rubric has no place for, or has otherwise.
        place: where the judge stands in the source.
    """

    name: str
    rubric: Rubric | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()
    place: Place = field(default_factory=Place)


@dataclass(frozen=True, slots=True)
class Given:
    """What a user says where the source does not.

    Args:
        criterion: the name of what is judged; empty for none.
        scale: None for none.
    """

    criterion: str = ""
    scale: NumericScale | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """A YAML document as plain data, and where each of its entries stands.

    Args:
        place: gives the place of a dotted path.
    """

    data: object
    place: Callable[[str], Place]


class Source(Protocol):
    """A file that a reader reads, and the way to those beside it."""

    @property
    def path(self) -> PurePath:
        """The file as the user named it."""

    @property
    def text(self) -> str:
        """All of it; every line ends with a single line feed, as Python's text files have it."""

    def other(self, name: str, up: int = 0) -> Source | None:
        """Another file, None when there is none.

        Args:
            name: below this file's folder.
            up: so many folders above it instead.

        Raises:
            InputError: if it lies outside of that folder, or is not text.
        """

    def tree(self) -> Tree:
        """The file read as YAML.

        Raises:
            InputError: with file and line, if it is not.
        """


class Reader(Protocol):
    """A tool whose judges become rubrics. Implementations hold no state and touch no disk."""

    @property
    def name(self) -> str:
        """The short name, as in `--from NAME`."""

    @property
    def title(self) -> str:
        """The name for people."""

    @property
    def reads(self) -> str:
        """Which files are read and what becomes of them, in one or two sentences."""

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the file that is read when a folder is given, in the order they are looked for."""

    def read(self, source: Source, given: Given) -> tuple[Imported, ...]:
        """Every judge of a source, in its order.

        Raises:
            InputError: if the source as a whole cannot be read.
        """


# rubrics


def made_name(text: str) -> str:
    """A name for a rubric: one line, without characters that do not print.

    Raises:
        Refusal: if nothing is left.
    """
    name = "".join(char if char.isprintable() else " " for char in text)
    name = " ".join(name.split())[:LONGEST_NAME].strip()
    if not name:
        raise Refusal("it has no name.")
    return name


def made_rubric(
    name: str,
    protocol: str,
    template: Sequence[TemplateMessage],
    inputs: Sequence[str],
    *,
    title: str = "",
    scale: Scale | None = None,
    sampling: Sampling | None = None,
    order: str | None = None,
) -> Rubric:
    """A rubric whose whole prompt is its template.

    Task and criteria are those of the protocol's authors in our words; a judge does not see them.

    Raises:
        RubricError: if an input cannot have its name.
    """
    starter = get_protocol(protocol).starter
    return Rubric(
        name=name,
        title=title,
        protocol=protocol,
        task=starter.task,
        criteria=starter.criteria,
        scale=scale,
        inputs=tuple(InputField(each) for each in inputs),
        template=tuple(template),
        sampling=sampling or Sampling(),
        order=order,
    )


def noted(rubric: Rubric, origin: str, notes: Sequence[str]) -> Rubric:
    """The rubric with where it comes from, and what of it has no place, in its notes."""
    about = (
        f"Imported from {origin}.",
        "The template is the original's and all that a judge is sent; task and criteria name what is judged.",
    )
    return replace(rubric, notes="\n".join([*about, *(f"- {note}" for note in notes)]))


def origin(path: PurePath) -> str:
    """A file by its name and its folder's, without the rest of the way to it."""
    return "/".join(path.parts[-2:]).lstrip("/")


def scale_in(text: str) -> NumericScale | None:
    """The scale of a prompt that says `a scale of 1 to 10`; None when it says nothing of the kind."""
    found = re.search(r"\bscale (?:of|from) (\d{1,3})\s*(?:to|-)\s*(\d{1,3})\b", text, re.ASCII)
    if found is None or not 0 < int(found[2]) - int(found[1]) <= 100:
        return None
    return NumericScale(int(found[1]), int(found[2]))


# files


def json_lines(source: Source) -> Iterator[tuple[Place, dict[str, object]]]:
    """The objects of a JSONL file with their places; blank lines are passed over.

    Raises:
        InputError: with file and line, if one is not JSON, is no object, or has half a character in it.
    """
    file = str(source.path)
    for number, line in enumerate(source.text.split("\n"), 1):
        if not line.strip():
            continue
        place = Place(file, number)
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            why = error.msg if isinstance(error, json.JSONDecodeError) else "it cannot be read"
            raise InputError(
                f"this line is not JSON: {why}.", "The file is JSONL: one object on each line.", place=place
            ) from None
        if not isinstance(value, dict):
            raise InputError(
                f"this line is {type_name(value)}, not an object.",
                "Write one {...} on each line.",
                place=place,
            )
        yield place, value


def required_text(entry: Mapping[str, object], key: str) -> str:
    """An entry's text.

    Raises:
        Refusal: if it is missing or something else.
    """
    value = entry.get(key)
    if isinstance(value, str):
        return value
    if value is None:
        raise Refusal(f"its `{key}` is missing.")
    raise Refusal(f"its `{key}` is {type_name(value)}, not text.")


def whole_in(value: object, name: str, low: int, high: int) -> int | None:
    """A whole number of a source, None when absent.

    Raises:
        Refusal: if it is something else or out of range.
    """
    found = number_in(value, name, low, high)
    if found is None:
        return None
    if found != int(found):
        raise Refusal(f"its `{name}` is {found:g}, not a whole number.")
    return int(found)


def number_in(value: object, name: str, low: float, high: float) -> float | None:
    """A number of a source, None when absent.

    Raises:
        Refusal: if it is something else or out of range.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal(f"its `{name}` is {type_name(value)}, not a number.")
    if not low <= value <= high:
        raise Refusal(f"its `{name}` is {str(value)[:20]}; it can be {low:g} to {high:g}.")
    return float(value)


def left_out(path: str, value: object) -> Iterator[str]:
    """What has no place in a rubric, a note for each value, by dotted path; of what lies deep, for its top."""
    if isinstance(value, Mapping) and value and path.count(".") < DEEPEST:
        for key, part in value.items():
            yield from left_out(f"{path}.{key}", part)
    else:
        shown = value if isinstance(value, str) else _shown(value)
        yield f"no place for {path}: {shown if len(shown) <= 200 else shown[:199] + '…'}"


def _shown(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return "..."
