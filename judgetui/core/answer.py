"""What a person said of an item in one go, and the orders in which items and answers are shown to people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from string import ascii_uppercase
from typing import Final

from judgetui.core.item import ADJUDICATED
from judgetui.core.request import Order
from judgetui.core.vote import Verdict

Said = Mapping[str, str | float]
"""What was said, by criterion; the key of the whole item is `OVERALL`."""

SEED: Final = "0"
"""Seed of both orders, so that the same session shows them alike on every machine."""


class Queue(StrEnum):
    """Which items wait for a person: those without a label of theirs, those that somebody else has labelled, or those
    on which people disagree."""

    FIRST = "first"
    SECOND = "second"
    ADJUDICATION = "adjudication"


class Pick(StrEnum):
    """How the next item of a queue is picked."""

    IN_ORDER = "in order"
    AT_RANDOM = "at random"
    UNCERTAIN = "uncertain"
    DISAGREEMENT = "disagreement"


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that a person did with an item: labelled or skipped it, wrote a note, set or took away a flag.

    Args:
        content_hash: of the content that was shown.
        rubric_id: the rubric it was labelled by; None once that is gone.
        rater: the person, also where the label is stored as `ADJUDICATED`.
        said: in the item's own letters, whatever order was shown; empty for a skip, a note or a flag alone.
        picked: how the item was picked.
        shown: in which order the answers stood, such as `ba`; empty for a single one.
        before: what the labels were that `said` replaced, None where there was none.
        note: the person's note on the item as it is from here on; `flagged` likewise.
        skipped: whether the person passed the item over.
        blind: whether the judge was hidden until then.
        seconds: time spent on the item, pauses left out; None when it is not known.
        created: None until it is stored.
        undone: whether it was taken back.
        id: 0 until it is stored.
    """

    item_id: str
    content_hash: str
    rater: str
    said: Said = field(default_factory=dict)
    rubric_id: int | None = None
    queue: Queue = Queue.FIRST
    picked: Pick = Pick.IN_ORDER
    shown: str = ""
    before: Mapping[str, str | float | None] = field(default_factory=dict)
    note: str = ""
    skipped: bool = False
    flagged: bool = False
    blind: bool = True
    seconds: float | None = None
    created: datetime | None = None
    undone: bool = False
    id: int = 0

    @property
    def label_rater(self) -> str:
        """Under whose name the labels are stored."""
        return ADJUDICATED if self.queue is Queue.ADJUDICATION else self.rater

    def to_mapping(self) -> dict[str, object]:
        """One line of an answers file."""
        return {
            "id": self.item_id,
            "content_hash": self.content_hash,
            "rubric_id": self.rubric_id,
            "rater": self.rater,
            "queue": self.queue.value,
            "picked": self.picked.value,
            "shown": self.shown or None,
            "said": dict(self.said),
            "before": dict(self.before),
            "note": self.note,
            "skipped": self.skipped,
            "flagged": self.flagged,
            "blind": self.blind,
            "seconds": self.seconds,
            "created": None if self.created is None else self.created.isoformat(),
            "undone": self.undone,
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands with an item, by the latest of their answers that was not taken back.

    Args:
        last: number of that answer; 0 where none is left.
        blind: whether the judge was hidden before every answer, those that were taken back included.
    """

    last: int = 0
    picked: Pick | None = None
    skipped: bool = False
    flagged: bool = False
    note: str = ""
    blind: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that can be labelled, as it is now."""

    item_id: str
    content_hash: str
    split: str | None = None


def shown_order(rater: str, item_id: str, answers: int) -> str:
    """The order in which a person sees an item's answers; empty for a single one.

    Each order is as likely as any other over items and people, and always the same for one person and item.
    """
    if answers < 2:
        return ""
    places = sorted(range(answers), key=lambda answer: _hash("order", rater, item_id, str(answer)))
    return Order.of(places).value


def lot(item_id: str) -> str:
    """What items are sorted by to come at random: the same for all people, so that they label the same ones.

    The first so many of this order are a simple random sample of the items it is made of.
    """
    return _hash("lot", item_id)


def own_value(value: str | float, shown: str) -> str | float:
    """A verdict or ranking in the letters of the places on screen, in the item's own letters."""
    return _relettered(value, {ascii_uppercase[i]: letter.upper() for i, letter in enumerate(shown)})


def shown_value(value: str | float, shown: str) -> str | float:
    """The reverse of `own_value`: in the letters of the places on screen."""
    return _relettered(value, {letter.upper(): ascii_uppercase[i] for i, letter in enumerate(shown)})


def _relettered(value: str | float, letters: Mapping[str, str]) -> str | float:
    if not isinstance(value, str) or value in (Verdict.TIE, Verdict.BOTH_BAD):
        return value
    return "".join(letters.get(char, char) for char in value)


def _hash(*parts: str) -> str:
    return sha256("\0".join((SEED, *parts)).encode("utf-8", "surrogatepass")).hexdigest()
