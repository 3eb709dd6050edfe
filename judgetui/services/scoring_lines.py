"""Judgements of recorded replies as lines of a judgements file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring, encode_basestring_ascii
from operator import itemgetter
from typing import Final

from judgetui.core.item import Item
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.vote import Vote

RECORDED: Final = "recorded"
"""The judge's name where nobody was asked."""

ID: Final = 0
"""Place of the id among the texts of a template; for each vote the parts of its reply and its reasons follow."""

_MARK: Final = "\ue000"
"""Encloses the place of a text in a template; a private character, which JSON leaves as it is."""

_plain: Final = json.JSONEncoder(ensure_ascii=False).encode


def line_of(protocol: str, identity: str, outcome: Outcome, votes: Sequence[Vote], kept: str) -> str:
    """A judgement with the keys of `Judgement.to_mapping`, as one line of JSON, with its break.

    There is no rubric and no time: their keys are null. Reasons stand once, in the judgement.

    Args:
        kept: what the judgement takes over of its item, each made by `json_item`.
    """
    never = datetime.min.replace(tzinfo=UTC)
    item = Item(identity, ())
    judgement = Judgement(0, 0, item, "", "", "", protocol, RECORDED, outcome, tuple(votes), never)
    data = judgement.to_mapping() | {"rubric": None, "rubric_hash": None, "started": None}
    data["votes"] = [
        {key: value for key, value in vote.to_mapping().items() if key != "rationale"} for vote in votes
    ]
    return f"{_plain(data)[:-1]}{kept}}}\n"


def json_item(key: str, value: object) -> str:
    """A key and its value as they stand behind another in a JSON object."""
    if isinstance(value, str):
        return f'{_key(key)}"{escaped(value)}"'
    return f"{_key(key)}{value if type(value) is int else _plain(value)}"


def escaped(text: str) -> str:
    """A text as it stands between the quotes of JSON."""
    # For nearly all texts both are the same, and the first is quicker.
    quoted = encode_basestring_ascii if text.isascii() and "\x7f" not in text else encode_basestring
    return quoted(text)[1:-1]


def escaped_parts(reply: str, reasons: str) -> tuple[str, str, str]:
    """A reply in two parts, and its reasons, with which it usually starts; what they share is encoded once."""
    if not reasons:
        return "", escaped(reply), ""
    shown = escaped(reasons)
    if reply.startswith(reasons):
        return shown, escaped(reply[len(reasons) :]), shown
    return "", escaped(reply), shown


@lru_cache(maxsize=1000)
def _key(name: str) -> str:
    return f', "{escaped(name)}": '


class Template:
    """A line that many judgements share, but for their texts.

    Args:
        parts: what stands between the texts, in turn with any text in place of each of them.
        places: which of the texts goes there; two or more.
    """

    __slots__ = ("_chosen", "_parts")

    def __init__(self, parts: Sequence[str], places: Sequence[int]) -> None:
        self._parts = list(parts)
        self._chosen: Callable[[Sequence[str]], tuple[str, ...]] = itemgetter(*places)

    def parts(self, texts: Sequence[str], kept: str) -> list[str]:
        """The line as `line_of` makes it, in parts, with a line break.

        Args:
            texts: each as it stands between the quotes of JSON.
            kept: as `line_of` takes it.
        """
        parts = self._parts.copy()
        parts[1::2] = self._chosen(texts)
        parts += (kept, "}\n")
        return parts


def template_of(
    protocol: str, votes: Sequence[Vote], combine: Callable[[Sequence[Vote]], Outcome]
) -> Template:
    """The template of a judgement, whatever the texts of its votes say.

    Args:
        combine: makes the outcome of the votes.
    """
    blank = [
        replace(
            vote,
            raw=_place(3 * n + 1) + _place(3 * n + 2),
            rationale=_place(3 * n + 3) if vote.rationale else "",
        )
        for n, vote in enumerate(votes)
    ]
    line = line_of(protocol, _place(ID), combine(blank), blank, "")
    parts = re.split(f"{_MARK}([0-9]+){_MARK}", line[:-2])
    return Template(parts, [int(place) for place in parts[1::2]])


def _place(number: int) -> str:
    return f"{_MARK}{number}{_MARK}"
