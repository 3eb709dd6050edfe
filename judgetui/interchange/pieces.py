"""Templates of other tools as text and slots, and the way from there to Jinja that keeps every character."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Final

from judgetui.errors import Place

_TAG: Final = re.compile(r"\{(?=[{%#\r]|\n?\Z)|\r")
"""A brace that Jinja would take for the start of a tag, here or where the next part follows, also after a line
break that `framed` prints; and the line ending that Jinja turns into another one."""

_BREAK: Final = r"{{ '\n' }}"


class Refusal(Exception):
    """Why a judge cannot become a rubric, in a sentence.

    Args:
        place: where in the source the reason stands; None for where the judge does.
    """

    def __init__(self, reason: str, place: Place | None = None) -> None:
        super().__init__(reason)
        self.place = place


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a template prints a value, by the name that the source has for it."""

    name: str


Piece = str | Slot


def format_pieces(template: str) -> list[Piece]:
    """A `str.format` template as text and slots.

    Raises:
        Refusal: for what is not valid, and for anything but plain names.
    """
    pieces: list[Piece] = []
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise Refusal(f"its template is no format string: {str(error).rstrip('.')}.") from None
    for text, name, form, conversion in parsed:
        if text:
            pieces.append(text)
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            shown = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            raise Refusal(f"its template has {{{shown}}}, which is more than a name.")
        pieces.append(Slot(name))
    return pieces


def pattern_pieces(template: str, pattern: re.Pattern[str]) -> list[Piece]:
    """A template as text and slots, where a pattern's first group names each slot; without one it is text."""
    pieces: list[Piece] = []
    start = 0
    for match in pattern.finditer(template):
        if match[1] is None:
            continue
        pieces += [template[start : match.start()], Slot(match[1])]
        start = match.end()
    return [piece for piece in (*pieces, template[start:]) if piece]


def slots(pieces: Sequence[Piece]) -> list[str]:
    """The names of all slots, in order, as often as they occur."""
    return [piece.name for piece in pieces if isinstance(piece, Slot)]


def require_slots(pieces: Sequence[Piece], known: Mapping[str, str], needed: Sequence[str]) -> None:
    """Make sure that a template has only known slots, and those without which nothing is judged.

    Raises:
        Refusal: naming the slot.
    """
    found = slots(pieces)
    for name in found:
        if name not in known:
            among = ", ".join(f"{{{each}}}" for each in known)
            shown = name if len(name) <= 40 else f"{name[:40]}..."
            raise Refusal(f"its template has {{{shown}}}, for which there is no value; known are {among}.")
    missing = [name for name in needed if name not in found]
    if missing:
        raise Refusal(f"its template lacks {', '.join(f'{{{name}}}' for name in missing)}.")


def jinja(pieces: Sequence[Piece], names: Mapping[str, str]) -> str:
    """Pieces as a Jinja template that renders to their text, to the letter.

    Args:
        names: the Jinja expression for each slot.
    """
    return framed(jinja_body(pieces, names))


def jinja_body(pieces: Sequence[Piece], names: Mapping[str, str]) -> str:
    """The same for a part of a template, whose end is not the template's."""
    return "".join(
        _TAG.sub(lambda match: f"{{{{ {match[0]!r} }}}}", piece)
        if isinstance(piece, str)
        else f"{{{{ {names[piece.name]} }}}}"
        for piece in pieces
    )


def framed(source: str) -> str:
    """A template with the line breaks at its two ends printed as strings.

    Jinja would take one away at the end, and YAML has no readable form for a text with such ends.
    """
    if source.startswith("\n"):
        source = _BREAK + source[1:]
    return source[:-1] + _BREAK if source.endswith("\n") else source
