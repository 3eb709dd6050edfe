"""What a probing will ask before it asks: which probes apply, their variants, calls and what they cost."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from judgetui.core.item import Item
from judgetui.core.probes.base import BASE, Probe, Setting, Variant
from judgetui.core.probes.records import ITEMS, ProbeSettings
from judgetui.core.probes.registry import ALL
from judgetui.core.protocols.base import source_for
from judgetui.core.protocols.prompts import Prompter
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.request import JudgeRequest
from judgetui.core.rubric import Rubric, digest
from judgetui.core.vote import ScoreSource
from judgetui.errors import InputError
from judgetui.providers.base import JudgeProvider
from judgetui.services.breath import Breath
from judgetui.services.planned_calls import plan_calls
from judgetui.services.planning import Estimate, Estimates, estimate
from judgetui.services.sessions import fitting
from judgetui.storage.database import SessionFile

_SAME: Final = "the judge would be asked the very same."

_LEFT_OUT: Final = "it was not chosen."

_Asked = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class PlannedProbe:
    """One probe before it is asked.

    Args:
        probe: None for the base, which all others are compared with.
        calls: requests of its variants, if the session held no reply.
        held: of these, those that the session answers.
        items: how many items are changed, at most.
        why: why it is not asked; empty when it is.
    """

    probe: Probe | None
    variants: tuple[Variant, ...]
    calls: int = 0
    held: int = 0
    items: int = 0
    why: str = ""

    @property
    def name(self) -> str:
        """As commands name it."""
        return BASE if self.probe is None else self.probe.name

    @property
    def title(self) -> str:
        """As people read it."""
        return "Base" if self.probe is None else self.probe.title


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """A probing before it is asked.

    Args:
        items: the sample that is judged.
        base: what all variants are compared with.
        probes: every probe there is, in order.
        estimate: tokens and cost of all calls together.
    """

    setting: Setting
    settings: ProbeSettings
    base: PlannedProbe
    probes: tuple[PlannedProbe, ...]
    estimate: Estimates

    @property
    def calls(self) -> int:
        """Requests over all probes, if the session held no reply."""
        return sum(each.calls for each in (self.base, *self.probes))

    @property
    def held(self) -> int:
        """Of these, those that the session answers."""
        return sum(each.held for each in (self.base, *self.probes))

    @property
    def steps(self) -> list[tuple[str, Variant]]:
        """Every run in order: the name of its probe, and its variant."""
        return [(each.name, own) for each in (self.base, *self.probes) for own in each.variants]


def sampled(rubric: Rubric, items: Sequence[Item], count: int = ITEMS, seed: int = 0) -> list[Item]:
    """So many of the items that the rubric can judge, drawn by a seed, in their own order."""
    usable = fitting(rubric, items)
    if len(usable) <= count:
        return usable
    chosen = sorted(random.Random(seed).sample(range(len(usable)), count))
    return [usable[place] for place in chosen]


async def plan(
    rubric: Rubric,
    items: Sequence[Item],
    judge: JudgeProvider,
    probes: Sequence[Probe] = ALL,
    *,
    count: int = ITEMS,
    seed: int = 0,
    session: SessionFile | None = None,
) -> ProbePlan:
    """Work out what probing a judge would ask.

    Args:
        items: those to draw from.
        probes: the chosen ones.
        count: how many items are drawn.
        session: where replies are looked up; None when all is asked afresh.

    Raises:
        InputError: if no item can be judged by the rubric, or the judge cannot be asked in its way.
        TemplateError: if the rubric's template cannot be rendered.
    """
    sample = sampled(rubric, items, count, seed)
    if not sample:
        raise InputError(f"no item fits {rubric.name}.", "Give items that its protocol can judge.")
    setting = Setting(rubric, tuple(sample), judge.judge, seed)
    planner = _Planner(setting, judge, session)
    base = await planner.planned(None, (Variant(BASE, rubric, setting.items),))
    chosen = {probe.name for probe in probes}
    found = [await planner.probe(probe, probe.name in chosen) for probe in ALL]
    settings = ProbeSettings(
        items=count,
        seed=seed,
        probes=tuple(each.name for each in found if not each.why),
        skipped={each.name: each.why for each in found if each.why},
        digest=sample_digest(sample),
    )
    steps = [own for each in (base, *found) for own in each.variants]
    return ProbePlan(setting, settings, base, tuple(found), await planner.estimate(steps))


def sample_digest(items: Iterable[Item]) -> str:
    """Names a sample by its items' ids and contents."""
    return digest([[item.id, item.content_hash] for item in items])[:16]


Requests = Callable[[Variant], Sequence[Sequence[JudgeRequest]]]
"""Gives what a variant asks of each item."""


def applicable(probe: Probe, setting: Setting, requests_of: Requests) -> tuple[Variant, ...] | str:
    """A probe's variants that ask something else than the base, or why there are none.

    Of items that a change makes the same, such as by an answer that is the same for all, the first is kept: one reply
    would count as many.
    """
    try:
        variants = probe.variants(setting)
        if isinstance(variants, str) or not variants:
            return variants
        asked = requests_of(Variant(BASE, setting.rubric, setting.items))
        base = dict(zip((item.id for item in setting.items), map(_content, asked), strict=True))
        found = [each if each.fresh else _differing(each, requests_of(each), base) for each in variants]
    except InputError as error:
        return str(error)
    return tuple(each for each in found if each.items) or _SAME


def _differing(
    variant: Variant, requests: Sequence[Sequence[JudgeRequest]], base: Mapping[str, _Asked]
) -> Variant:
    """A variant with those of its items that ask something, each once; with none where all ask what the base does."""
    kept: dict[_Asked, Item] = {}
    news = False
    for item, own in zip(variant.items, requests, strict=True):
        content = _content(own)
        kept.setdefault(content, item)
        news = news or not set(content) <= set(base[item.id])
    return replace(variant, items=tuple(kept.values()) if news else ())


def _content(requests: Sequence[JudgeRequest]) -> _Asked:
    """What is asked of an item, sample numbers aside."""
    return tuple(
        (each.messages, None if each.question is None else repr(each.question.to_mapping()))
        for each in requests
    )


def single_requests(judge: JudgeProvider) -> Requests:
    """What a judge is asked of each item when scores come from single replies, or from decisions."""
    decisions = judge.capabilities.decisions

    def requests(variant: Variant) -> list[tuple[JudgeRequest, ...]]:
        protocol = get_protocol(variant.rubric.protocol)
        source = ScoreSource.DECISION if decisions else ScoreSource.SINGLE
        prompter = Prompter(protocol, variant.rubric, source)
        return [prompter.requests(item) for item in variant.items]

    return requests


class _Planner:
    """Counts the calls of probes."""

    def __init__(self, setting: Setting, judge: JudgeProvider, session: SessionFile | None) -> None:
        self._setting = setting
        self._judge = judge
        self._session = session
        self._requests_of = single_requests(judge)
        self._breath = Breath()

    async def probe(self, probe: Probe, chosen: bool) -> PlannedProbe:
        """A probe with its calls, or with the reason why it is not asked."""
        if not chosen:
            return PlannedProbe(probe, (), why=_LEFT_OUT)
        found = applicable(probe, self._setting, self._requests_of)
        if isinstance(found, str):
            return PlannedProbe(probe, (), why=found)
        return await self.planned(probe, found)

    async def planned(self, probe: Probe | None, variants: tuple[Variant, ...]) -> PlannedProbe:
        """Variants with their calls."""
        calls = held = 0
        for each in variants:
            session = None if each.fresh else self._session
            counted = await plan_calls(self._judge, self._prompts(each), session)
            calls += counted.calls
            held += counted.calls - len(counted.sent)
            await self._breath.take()
        items = max((len(each.items) for each in variants), default=len(self._setting.items))
        return PlannedProbe(probe, variants, calls, held, items)

    async def estimate(self, variants: Sequence[Variant]) -> Estimates:
        """Tokens and cost of all variants: those that share a rubric are counted together."""
        groups: list[tuple[Rubric, bool, list[Item]]] = []
        for each in variants:
            for rubric, fresh, items in groups:
                if fresh == each.fresh and rubric == each.rubric:
                    items += each.items
                    break
            else:
                groups.append((each.rubric, each.fresh, list(each.items)))
        work = [
            estimate(rubric, items, self._judge, session=None if fresh else self._session)
            for rubric, fresh, items in groups
        ]
        return Estimates((merged(await asyncio.gather(*work)),))

    def _prompts(self, variant: Variant) -> Iterable[tuple[JudgeRequest, ...]]:
        can, protocol = self._judge.capabilities, self._setting.protocol
        source = source_for(protocol, variant.rubric, can.logprobs is not False, decisions=can.decisions)
        prompter = Prompter(protocol, variant.rubric, source)
        return (prompter.requests(item) for item in variant.items)


def merged(estimates: Sequence[Estimate]) -> Estimate:
    """Several estimates of one judge as one; what counted the most prompts names the method."""
    most = max(estimates, key=lambda each: each.sent)
    low, high = ([getattr(each, name) for each in estimates] for name in ("cost_low", "cost_high"))
    return replace(
        most,
        calls=sum(each.calls for each in estimates),
        held=sum(each.held for each in estimates),
        input_tokens=sum(each.input_tokens for each in estimates),
        cacheable_tokens=sum(each.cacheable_tokens for each in estimates),
        exact=all(each.exact for each in estimates),
        least_output=sum(each.least_output for each in estimates),
        most_output=sum(each.most_output for each in estimates),
        cost_low=None if None in low else sum(low),
        cost_high=None if None in high else sum(high),
    )
