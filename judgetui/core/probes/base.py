"""What a probe is: from a rubric, items and a seed to variants of both, or the reason why it does not apply."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final

from judgetui.core.item import Item, Response
from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.orders import orders_for
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import order_of
from judgetui.core.rubric import Rubric

BASE: Final = "base"
"""Name of the probe, and of its only variant, that asks for what all others are compared with."""

SINGLE_ORDERS: Final = ("as-given", "seeded")
"""Orders in which each item is shown once."""

_NO_PARTS: Final[Mapping[str, str]] = MappingProxyType({})


class Kind(StrEnum):
    """How the effect of a probe is taken.

    `change`: the mean change of what was said of the answer, with a direction. `instability`: the share of results
    that change, beyond those that change when the same is asked again. `opinion`: what was said under an opinion for
    the answer less what was said under one against it. `attack`: the share of items won. `order`, `repeats`,
    `length` and `family` are what the probes of those names take.
    """

    CHANGE = "change"
    INSTABILITY = "instability"
    OPINION = "opinion"
    ATTACK = "attack"
    ORDER = "order"
    REPEATS = "repeats"
    LENGTH = "length"
    FAMILY = "family"


@dataclass(frozen=True, slots=True)
class Variant:
    """What is judged in place of the base.

    Args:
        items: those of the base that the change applies to, under their own ids.
        fresh: whether the judge is asked again where its reply is known.
    """

    name: str
    rubric: Rubric
    items: tuple[Item, ...]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What is probed.

    Args:
        items: those that are judged, a sample of the user's.
        judge: its name, `provider:model`.
        seed: decides which of an item's answers is changed.
    """

    rubric: Rubric
    items: tuple[Item, ...]
    judge: str
    seed: int = 0

    @property
    def protocol(self) -> JudgeProtocol:
        """The rubric's protocol."""
        return get_protocol(self.rubric.protocol)

    @property
    def task(self) -> TaskType:
        """Whether single answers, pairs or lists are judged."""
        return self.protocol.card.task_type

    @property
    def single_order(self) -> Rubric:
        """The rubric, by which each item is shown in one order: the rubric's own if it has one, else as given."""
        single = self.task is TaskType.POINTWISE or order_of(self.protocol, self.rubric) in SINGLE_ORDERS
        return self.rubric if single else replace(self.rubric, order="as-given")

    def side(self, item: Item) -> int:
        """Which of an item's answers is the one in question, from 0: drawn from the seed and the item's id."""
        if len(item.responses) < 2:
            return 0
        drawn = hashlib.sha256(f"{self.seed}/{item.id}".encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(drawn[:8], "big") % len(item.responses)

    def place(self, item: Item, side: int) -> int:
        """At which place, from 0, the answer is shown in the one order of `single_order`."""
        if len(item.responses) < 2:
            return 0
        order = orders_for(item, order_of(self.protocol, self.single_order))[0]
        return order.indices.index(side)


class Probe(ABC):
    """One question about a judge.

    Attributes:
        name: as commands and reports name it.
        question: what is asked, in a sentence.
        source: where it comes from.
        parts: its variants by name, in words.
        more: what it means that the effect is above zero; `less`, below.
        less_is_fine: whether an effect below zero is nothing to mend.
        advice: what to do about a clear effect.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    question: ClassVar[str]
    source: ClassVar[str]
    kind: ClassVar[Kind]
    parts: ClassVar[Mapping[str, str]] = _NO_PARTS
    more: ClassVar[str] = ""
    less: ClassVar[str] = ""
    less_is_fine: ClassVar[bool] = False
    advice: ClassVar[str]

    @abstractmethod
    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """What is judged for it, none where the base says it all; or why it does not apply, in a sentence."""


Edit = Callable[[str], str]


def edited(item: Item, side: int, edit: Edit) -> Item | None:
    """The item with one of its answers edited, of several turns the last; None when that changes nothing."""
    before = item.responses[side]
    after: Response = edit(before) if isinstance(before, str) else (*before[:-1], edit(before[-1]))
    if after == before:
        return None
    responses = (*item.responses[:side], after, *item.responses[side + 1 :])
    return replace(item, responses=responses)


def answer_text(item: Item, side: int) -> str:
    """One of an item's answers, of several turns the last."""
    response = item.responses[side]
    return response if isinstance(response, str) else response[-1]


def edits(setting: Setting, name: str, edit: Edit, rubric: Rubric | None = None) -> Variant | None:
    """The variant in which the answer in question is edited; None when that changes no item."""
    changed = (edited(item, setting.side(item), edit) for item in setting.items)
    return variant(name, rubric or setting.rubric, changed)


def variant(name: str, rubric: Rubric, items: Iterable[Item | None]) -> Variant | None:
    """The variant of those items that there are; None without any."""
    kept = tuple(item for item in items if item is not None)
    return Variant(name, rubric, kept) if kept else None


def present(*variants: Variant | None, otherwise: str) -> tuple[Variant, ...] | str:
    """Those variants that there are, or else the reason."""
    found = tuple(each for each in variants if each is not None)
    return found or otherwise
