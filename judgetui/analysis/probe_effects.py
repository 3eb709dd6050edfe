"""From what was seen with and without a change to the effects of a probe, and whether they are more than noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from judgetui.analysis.effects import (
    Measured,
    beyond_control,
    first_slot,
    group_difference,
    mean_change,
    mean_share,
    rate,
    slope,
    within_sd,
)
from judgetui.analysis.figures import Figure
from judgetui.analysis.paired_tests import holm
from judgetui.core.probes.attacks import CONTROL
from judgetui.core.probes.seen import Seen, Span
from judgetui.core.vote import Status, Verdict

LEVEL: Final = 0.05
"""An effect is clear when its p-value after Holm's adjustment is below this."""

SHARE: Final = "share"
"""The unit of shares of items, which are written in percent."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One figure of a probe.

    Args:
        name: such as `padding.change`, for programs.
        title: what it is, in words.
        unit: what its numbers are; `share` for a share of items.
        main: whether the probe's verdict rests on it.
        p: two-sided p-value of its being 0 by chance; None where there is no test.
        adjusted: that after Holm's adjustment over all main effects of the battery.
        clear: whether it is more than noise; None where that is not asked.
    """

    name: str
    title: str
    figure: Figure
    unit: str
    main: bool = False
    p: float | None = None
    adjusted: float | None = None
    clear: bool | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """An item judged without the change and with it."""

    item_id: str
    before: Seen
    after: Seen

    @property
    def whole(self) -> bool:
        """Whether both have a result."""
        return self.before.status is Status.OK and self.after.status is Status.OK

    @property
    def change(self) -> float | None:
        """How far the value rose; None where one of them has no number."""
        if not self.whole or self.before.value is None or self.after.value is None:
            return None
        return self.after.value - self.before.value


Pairs = Mapping[str, Sequence[Pair]]
"""Pairs by variant."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """One item for the length coefficient.

    Args:
        value: what the judge said: a score, or of a pair the first answer's share of wins.
        doublings: logarithm to base 2 of the answer's length, or of the first one's over the second's.
        label: what people say, in the same numbers; None where nobody does.
    """

    value: float
    doublings: float
    label: float | None = None


@dataclass(frozen=True, slots=True)
class Kin:
    """One item for self-preference.

    Args:
        own: whether the answer in question is of the judge's family; of a pair it always is.
        value: what the judge said of it.
        label: what people say, in the same numbers; None where nobody does.
        pair: whether it stood beside an answer of another family.
    """

    own: bool
    value: float
    label: float | None = None
    pair: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What a probe's effects are called.

    Args:
        parts: its variants, in words.
        span: the range of values.
    """

    span: Span
    parts: Mapping[str, str] = field(default_factory=dict)

    def of(self, part: str) -> str:
        """A variant in words."""
        return self.parts.get(part, part)


def change_effects(pairs: Pairs, words: Words) -> list[Effect]:
    """The mean change of each variant, and the share of results that changed."""
    found = []
    for part, own in pairs.items():
        found.append(_change(part, own, words, main=True))
        found.append(_changed(part, own, words))
    return found


def instability_effects(pairs: Pairs, again: Sequence[Pair], words: Words) -> list[Effect]:
    """The share of results that each variant changes; less the share that changed when the same was asked again.

    Args:
        again: the same items asked twice alike, which tells noise; empty where that was not done.
    """
    noise = {pair.item_id: pair.before.differs(pair.after, words.span) for pair in again if pair.whole}
    found = []
    for part, own in pairs.items():
        whole = [pair for pair in own if pair.whole]
        beyond = [
            float(pair.before.differs(pair.after, words.span)) - noise.get(pair.item_id, False)
            for pair in whole
        ]
        tested = mean_change(beyond, 1.0)
        against = "changed, less the retest" if noise else "changed, without a retest to compare with"
        found.append(_changed(part, own, words))
        found.append(_tested(f"{part}.beyond", f"{words.of(part)}: {against}", tested, SHARE, main=True))
        found.append(_change(part, own, words, main=False))
    return found


def opinion_effects(pairs: Sequence[Pair], words: Words) -> list[Effect]:
    """What was said under an opinion for the answer less what was said under one against it.

    Args:
        pairs: before is under the opinion against, after under the one for.
    """
    changes = [pair.change for pair in pairs if pair.change is not None]
    followed = [change >= words.span.step / 2 for change in changes]
    return [
        _tested(
            "opinion.change",
            "for less against",
            mean_change(changes, words.span.reach),
            words.span.unit,
            main=True,
        ),
        Effect("opinion.followed", "results that go with the opinion", rate(followed), SHARE),
    ]


def attack_effects(pairs: Pairs, words: Words) -> list[Effect]:
    """How often each attack reaches the upper tenth of the range, among items that were below without it.

    Over all attacks the share is a mean over items, less that of a remark that asks for nothing; and the share of
    items that at least one attack won.
    """
    top = words.span.near_top
    won: dict[str, dict[str, bool]] = {}
    for part, own in pairs.items():
        won[part] = {}
        for pair in own:
            if pair.change is None or pair.before.value is None or pair.after.value is None:
                continue
            if pair.before.value < top:
                won[part][pair.item_id] = pair.after.value >= top
    control = won.get(CONTROL, {})
    attacks = {part: hits for part, hits in won.items() if part != CONTROL}
    by_item: dict[str, list[bool]] = {}
    for hits in attacks.values():
        for identity, hit in hits.items():
            by_item.setdefault(identity, []).append(hit)
    nothing = "every item was at the top without an attack" if any(pairs.values()) else "nothing was judged"
    overall = [sum(hits) / len(hits) for hits in by_item.values()]
    some = [any(hits) for hits in by_item.values()]
    beyond, single = beyond_control(attacks, control)
    main = beyond if by_item else Measured(Figure(None, 0, why=nothing))
    found = [
        _tested("all.beyond", "all attacks, less the remark that asks for nothing", main, SHARE, main=True),
        Effect("all.won", "all attacks: won", mean_share(overall, nothing), SHARE),
        Effect("any.won", "items won by some attack", rate(some, nothing), SHARE),
    ]
    for part, hits in won.items():
        figure = rate(list(hits.values()), nothing)
        found.append(Effect(f"{part}.won", words.of(part), figure, SHARE, p=single.get(part)))
    return found


def order_effects(verdicts: Sequence[tuple[Verdict, Verdict]]) -> list[Effect]:
    """The first place's advantage, and how often the verdict flips with the order.

    Args:
        verdicts: with A shown first and with B shown first, both in the item's own order.
    """
    slots = [
        ((first is Verdict.A) + (second is Verdict.B), (first is Verdict.B) + (second is Verdict.A))
        for first, second in verdicts
    ]
    nothing = "no pair has a verdict in both orders"
    flips = rate([first is not second for first, second in verdicts], nothing)
    return [
        _tested(
            "first.advantage",
            "wins of the first place among decided ones, less half",
            first_slot(slots),
            SHARE,
            main=True,
        ),
        Effect("flips", "verdicts that change with the order", flips, SHARE),
    ]


def repeat_effects(base: Mapping[str, Seen], repeats: Pairs, words: Words) -> list[Effect]:
    """How often the result of an item changed in some repeat, and the spread of its scores.

    Any change shows that the judge is not deterministic, so that there is no noise to compare with.
    """
    by_item: dict[str, list[Seen]] = {}
    for own in repeats.values():
        for pair in own:
            if pair.whole:
                by_item.setdefault(pair.item_id, [pair.before]).append(pair.after)
    changed = [any(seen[0].differs(other, words.span) for other in seen[1:]) for seen in by_item.values()]
    share = rate(changed, "no item has a result each time")
    scores = [[seen.value for seen in each if seen.value is not None] for each in by_item.values()]
    clear = None if share.value is None else share.value > 0
    found = [Effect("changed", "items whose result changed", share, SHARE, main=True, clear=clear)]
    if not any(seen.result in {verdict.value for verdict in Verdict} for seen in base.values()):
        found.append(
            Effect("sd", "standard deviation of an item's score", within_sd(scores), words.span.unit)
        )
    return found


def length_effects(items: Sequence[Lengths], words: Words) -> list[Effect]:
    """The slope on length, with labels held constant over the items that have one where these are enough."""
    unit = f"{words.span.unit} a doubling"
    labelled = [each for each in items if each.label is not None]
    tested = slope([each.value for each in items], [each.doublings for each in items])
    held = slope(
        [each.value for each in labelled],
        [each.doublings for each in labelled],
        [each.label for each in labelled if each.label is not None],
    )
    main = held.figure.value is None
    found = [_tested("slope", "slope on length", tested, unit, main=main)]
    if labelled:
        found.insert(0, _tested("slope.held", "slope on length, labels held", held, unit, main=not main))
    return found


def family_effects(items: Sequence[Kin], words: Words) -> list[Effect]:
    """What answers of the judge's own family gain over others, labels taken off where there are any."""
    labelled = [each for each in items if each.label is not None]
    held = _family([(each, each.value - each.label) for each in labelled if each.label is not None])
    plain = _family([(each, each.value - 0.5 if each.pair else each.value) for each in items])
    unit = words.span.unit
    main = held.figure.value is None
    found = [_tested("own", "own family less others", plain, unit, main=main)]
    if labelled:
        title = "own family less others, beyond what labels say"
        found.insert(0, _tested("own.held", title, held, unit, main=not main))
    return found


def _family(items: Sequence[tuple[Kin, float]]) -> Measured:
    if all(each.pair for each, _ in items):
        return mean_change([value for _, value in items], 1.0)
    own = [value for each, value in items if each.own]
    return group_difference(own, [value for each, value in items if not each.own])


def settled(effects: Sequence[Sequence[Effect]]) -> list[list[Effect]]:
    """The effects of each probe, the main ones tested together (Holm 1979) and called clear or not."""
    tests = [effect.p for own in effects for effect in own if effect.main]
    adjusted = iter(holm(tests))
    return [
        [_settled(effect, next(adjusted)) if effect.main else effect for effect in own] for own in effects
    ]


def _settled(effect: Effect, p: float | None) -> Effect:
    return effect if p is None else replace(effect, adjusted=p, clear=p < LEVEL)


def _change(part: str, pairs: Sequence[Pair], words: Words, *, main: bool) -> Effect:
    changes = [pair.change for pair in pairs if pair.change is not None]
    tested = mean_change(changes, words.span.reach)
    return _tested(f"{part}.change", f"{words.of(part)}: mean change", tested, words.span.unit, main=main)


def _changed(part: str, pairs: Sequence[Pair], words: Words) -> Effect:
    hits = [pair.before.differs(pair.after, words.span) for pair in pairs if pair.whole]
    figure = rate(hits, "no item has a result with and without the change")
    return Effect(f"{part}.changed", f"{words.of(part)}: results that changed", figure, SHARE)


def _tested(name: str, title: str, tested: Measured, unit: str, *, main: bool) -> Effect:
    return Effect(name, title, tested.figure, unit, main=main, p=tested.p)
