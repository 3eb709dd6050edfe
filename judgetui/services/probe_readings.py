"""From the judgements of a probing to the paired values that its effects are taken of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2

from judgetui.analysis.probe_effects import (
    Effect,
    Kin,
    Lengths,
    Pair,
    Words,
    attack_effects,
    change_effects,
    family_effects,
    instability_effects,
    length_effects,
    opinion_effects,
    order_effects,
    repeat_effects,
)
from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.probes.base import BASE, Kind, Probe, Setting
from judgetui.core.probes.families import family_of, own_answers
from judgetui.core.probes.records import ProbeRecord
from judgetui.core.probes.retest import Retest
from judgetui.core.probes.seen import Seen, by_order, said_by_people, seen, shown_in, span_of
from judgetui.core.protocols.prompting import response_text
from judgetui.core.request import Order
from judgetui.core.rubric import Rubric
from judgetui.core.vote import Verdict

Judged = Mapping[tuple[str, str], Sequence[Judgement]]
"""The judgements of each (probe, variant)."""


class Readings:
    """What the judge said of each item, with and without each change.

    Args:
        rubric: the one that is probed.
        items: those of the base, in order.
    """

    def __init__(self, rubric: Rubric, record: ProbeRecord, items: Sequence[Item], judged: Judged) -> None:
        self._rubric = rubric
        self._setting = Setting(rubric, tuple(items), record.judge, record.settings.seed)
        self._protocol = self._setting.protocol
        self._judged = judged
        self._base = {each.item.id: each for each in judged[BASE, BASE]}
        self._span = span_of(self._protocol, rubric)

    def effects(self, probe: Probe) -> list[Effect]:
        """The effects of a probe, not yet tested together with those of others."""
        words = Words(self._span, probe.parts)
        match probe.kind:
            case Kind.CHANGE:
                return change_effects(self._parts(probe), words)
            case Kind.INSTABILITY:
                again = self._pairs(Retest.name, next(iter(Retest.parts)))
                return instability_effects(self._parts(probe), again, words)
            case Kind.OPINION:
                return opinion_effects(self._opinions(probe), words)
            case Kind.ATTACK:
                return attack_effects(self._parts(probe), words)
            case Kind.ORDER:
                return order_effects(self._orders(probe))
            case Kind.REPEATS:
                return repeat_effects(self._base_seen(), self._parts(probe), words)
            case Kind.LENGTH:
                return length_effects(self._lengths(), words)
            case Kind.FAMILY:
                return family_effects(self._kin(), words)

    def _parts(self, probe: Probe) -> dict[str, list[Pair]]:
        """The pairs of each variant, in the probe's order."""
        return {
            part: self._pairs(probe.name, part) for part in probe.parts if (probe.name, part) in self._judged
        }

    def _pairs(self, probe: str, part: str) -> list[Pair]:
        """Each item without the change and with it; the base counts in the orders that the variant was shown in."""
        return [
            Pair(after.item.id, self._seen(before, side, after), self._seen(after, side))
            for after in self._judged.get((probe, part), ())
            if (before := self._base.get(after.item.id)) is not None
            for side in (self._side(before.item, after.item),)
        ]

    def _opinions(self, probe: Probe) -> list[Pair]:
        against = {each.item.id: each for each in self._judged.get((probe.name, "against"), ())}
        return [
            Pair(each.item.id, self._seen(against[each.item.id], side), self._seen(each, side))
            for each in self._judged.get((probe.name, "for"), ())
            if each.item.id in against
            for side in (self._setting.side(each.item),)
        ]

    def _orders(self, probe: Probe) -> list[tuple[Verdict, Verdict]]:
        judgements = self._judged.get((probe.name, "both"), tuple(self._base.values()))
        found = [by_order(self._protocol, self._rubric, judgement) for judgement in judgements]
        return [(both[Order.AB], both[Order.BA]) for both in found if both is not None]

    def _base_seen(self) -> dict[str, Seen]:
        return {
            name: self._seen(judgement, self._setting.side(judgement.item))
            for name, judgement in self._base.items()
        }

    def _lengths(self) -> list[Lengths]:
        found = []
        for judgement in self._base.values():
            item, value = judgement.item, self._seen(judgement, 0).value
            sizes = [len(response_text(response)) for response in item.responses]
            if value is None or not all(sizes):
                continue
            own, *others = (log2(size) for size in sizes)
            doublings = own - sum(others) / len(others) if others else own
            found.append(Lengths(value, doublings, said_by_people(item, self._rubric, 0)))
        return found

    def _kin(self) -> list[Kin]:
        family = family_of(self._setting.judge)
        found = []
        for judgement in self._base.values():
            item = judgement.item
            own = own_answers(item, family) if family else []
            pair = len(item.responses) > 1
            known = len(item.responses) == 2 and len(own) == 1 and all(item.models)
            side = own[0] if pair and own else 0
            value = self._seen(judgement, side).value
            if value is None or (pair and not known) or not any(item.models):
                continue
            found.append(Kin(bool(own), value, said_by_people(item, self._rubric, side), pair))
        return found

    def _seen(self, judgement: Judgement, side: int, like: Judgement | None = None) -> Seen:
        orders = None if like is None or not like.votes else shown_in(like)
        return seen(self._protocol, self._rubric, judgement, side, orders)

    def _side(self, before: Item, after: Item) -> int:
        """The answer that was changed; where none was, or several were, the one in question."""
        pairs = zip(before.responses, after.responses, strict=True)
        changed = [side for side, (one, other) in enumerate(pairs) if one != other]
        return changed[0] if len(changed) == 1 else self._setting.side(before)
